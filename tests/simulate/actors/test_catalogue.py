"""Which actors a value of the flag `--controllers` switches on."""

from __future__ import annotations

import pytest

from reconcile.errors import DefinitionError
from reconcile.simulate.actors import catalogue
from reconcile.simulate.actors.catalogue import KNOWN, built_in


class _Named:
    def __init__(self, name):
        self.name = name


@pytest.fixture
def some(monkeypatch):
    """Three actors that stand in another order than the controllers are registered in."""
    names = ("replicaset-controller", "bootstrap-signer-controller", "job-controller")
    monkeypatch.setattr(catalogue, "_ACTORS", tuple(_Named(name) for name in names))


def _names(controllers):
    return [each.name for each in built_in(controllers)]


@pytest.mark.usefixtures("some")
@pytest.mark.parametrize(
    ("controllers", "names"),
    [
        ("*", ["job-controller", "replicaset-controller"]),
        ("*,-job-controller", ["replicaset-controller"]),
        ("-job-controller , *", ["replicaset-controller"]),
        (
            "*,bootstrap-signer-controller",
            ["job-controller", "replicaset-controller", "bootstrap-signer-controller"],
        ),
        ("job-controller", ["job-controller"]),
        ("job-controller,-job-controller", ["job-controller"]),
        ("-job-controller,job-controller", []),
        ("", []),
        ("*,-ttl-controller", ["job-controller", "replicaset-controller"]),
    ],
)
def test_the_flag_is_read_as_the_real_one(controllers, names):
    """A star is all that run by default, the first mention counts, the order is the registered one."""
    assert _names(controllers) == names


def test_a_controller_that_nobody_knows_is_refused():
    """A name with a mistake in it is told, with the one that was likely meant."""
    with pytest.raises(DefinitionError, match="did you mean 'job-controller'"):
        built_in("*,-job-controler")


def test_all_actors_are_known_controllers_and_different():
    """What is built has a name that kube-controller-manager knows, once."""
    names = [each.name for each in catalogue._ACTORS]
    assert set(names) <= set(KNOWN)
    assert len(set(names)) == len(names)
