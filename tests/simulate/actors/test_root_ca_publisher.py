"""The ConfigMap with the authority of the cluster."""

from __future__ import annotations

import pytest

from reconcile.simulate.actors.root_ca_publisher import RootCaPublisher
from tests.simulate.actors.objects import World

_NAME = "kube-root-ca.crt"


@pytest.fixture
def world():
    made = World(RootCaPublisher())
    made.wait()
    return made


def test_every_namespace_has_it_and_keeps_it(world):
    """It is made again when it is deleted."""
    before = world.read("ConfigMap", _NAME)
    assert before["data"] == {"ca.crt": ""}
    world.remove("ConfigMap", _NAME)
    after = world.read("ConfigMap", _NAME)
    assert after["metadata"]["uid"] != before["metadata"]["uid"]


@pytest.mark.parametrize(
    "change",
    [
        {"data": {"ca.crt": "mine"}},
        {"data": {"more": "x"}},
        {"metadata": {"annotations": None}},
    ],
)
def test_what_others_write_is_put_right(world, change):
    """Its text and what it says of itself."""
    world.change("ConfigMap", _NAME, change)
    told = world.read("ConfigMap", _NAME)
    assert told["data"] == {"ca.crt": ""}
    assert told["metadata"]["annotations"]["kubernetes.io/description"]


def test_other_labels_stay(world):
    """A change that is no business of the publisher is left alone."""
    world.change("ConfigMap", _NAME, {"metadata": {"labels": {"x": "y"}}})
    version = world.version()
    world.wait(10)
    assert world.version() == version
    assert world.read("ConfigMap", _NAME)["metadata"]["labels"] == {"x": "y"}
