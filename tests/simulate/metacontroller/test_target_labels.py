"""Which controllers a process runs that is told a selector of their labels."""

from __future__ import annotations

import pytest

from reconcile.hook.transport import Answer
from reconcile.simulate import ApiError, ApiServer
from reconcile.simulate.metacontroller.definitions import definitions
from reconcile.simulate.metacontroller.flags import Flags
from reconcile.simulate.metacontroller.process import Metacontroller
from tests.simulate.things import DEFINITION, controller

CONTROLLERS = "/apis/metacontroller.k8s.io/v1alpha1/compositecontrollers"
MERGE = "application/merge-patch+json"


def _made(selector: str, *names: str) -> Metacontroller:
    """Return a process beside a server with controllers, each with a label that is its name."""
    server = ApiServer()
    for each in (*definitions(), DEFINITION):
        path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
        assert server.request("POST", path, body=each).status == 201
    server.settle()
    for name in names:
        document = controller(name=name)
        document["metadata"]["labels"] = {"team": name}
        assert server.request("POST", CONTROLLERS, body=document).status == 201
    made = Metacontroller(
        server,
        lambda _: Answer(200, {}, b"{}"),
        told=_ignored,
        flags=Flags(target_label_selector=selector),
    )
    made.start()
    _run(made)
    return made


def _ignored(row: object) -> None:
    """Do nothing with what is told."""


def _run(process: Metacontroller) -> None:
    process.deliver()
    while process.work():
        process.deliver()


def _running(process: Metacontroller) -> list[str]:
    return sorted(process.running)


@pytest.mark.parametrize(
    ("selector", "names"),
    [
        ("", ["a", "b"]),
        ("team=a", ["a"]),
        ("team in (b, c)", ["b"]),
        ("team!=a,team", ["b"]),
        ("other", []),
    ],
)
def test_those_with_the_labels_run(selector: str, names: list[str]) -> None:
    """An empty selector selects all."""
    process = _made(selector, "a", "b")
    assert _running(process) == [f"CompositeController/{name}" for name in names]


def test_labels_that_come_start_a_controller_and_labels_that_go_do_not_stop_it() -> None:
    """One that lost its label runs on, even when it is deleted, until the process ends."""
    process = _made("team=a", "a", "b")
    for name, team in (("b", "a"), ("a", "b")):
        body = {"metadata": {"labels": {"team": team}}}
        path = f"{CONTROLLERS}/{name}"
        assert process.server.request("PATCH", path, body=body, content_type=MERGE).status == 200
        _run(process)
    assert _running(process) == ["CompositeController/a", "CompositeController/b"]
    for name in ("a", "b"):
        assert process.server.request("DELETE", f"{CONTROLLERS}/{name}").status == 200
    _run(process)
    assert _running(process) == ["CompositeController/a"]
    process.stop()
    process.start()
    _run(process)
    assert _running(process) == []


def test_a_selector_that_cannot_be_read_is_refused() -> None:
    """At the door, as the real process ends at its start."""
    with pytest.raises(ApiError):
        Metacontroller(
            ApiServer(),
            lambda _: Answer(200, {}, b"{}"),
            told=_ignored,
            flags=Flags(target_label_selector="a in"),
        )
