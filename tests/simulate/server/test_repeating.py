"""Applies that changed nothing are answered again, and only where the answer is the same."""

from __future__ import annotations

from typing import Any

import pytest

from reconcile.simulate import ApiServer

PATH = "/api/v1/namespaces/default/configmaps/c?fieldManager=m"
WANTED: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "ConfigMap",
    "metadata": {"name": "c"},
    "data": {"a": "1"},
}


def apply(server: ApiServer, wanted: dict[str, Any] = WANTED, query: str = "") -> Any:
    """Return the answer to an apply."""
    return server.request(
        "PATCH", PATH + query, body=wanted, content_type="application/apply-patch+yaml"
    )


@pytest.fixture
def server() -> ApiServer:
    """Return a server that knows an apply which changes nothing."""
    made = ApiServer()
    apply(made)
    first = apply(made)
    stored = made.world.objects.get("/ConfigMap/default/c")
    assert stored is not None
    assert stored.quiet is not None
    assert first.body is stored.document
    return made


def test_the_same_apply_has_the_same_answer(server: ApiServer) -> None:
    """The object itself is the answer, and the world is the same."""
    before = server.world
    answer = apply(server)
    stored = before.objects.get("/ConfigMap/default/c")
    assert stored is not None
    assert answer.status == 200
    assert answer.body is stored.document
    assert server.world is before


def test_another_apply_is_made(server: ApiServer) -> None:
    """Another value, another manager and a true where there was a one are not the same."""
    version = server.world.version
    assert apply(server, {**WANTED, "data": {"a": "2"}}).body["data"] == {"a": "2"}
    assert server.world.version == version + 1
    assert apply(server, query="2").status == 409
    assert apply(server, {**WANTED, "data": {"a": True}}).status == 500


def test_what_is_strict_is_looked_at(server: ApiServer) -> None:
    """An unknown field is warned of each time, and refused when that is asked for."""
    wanted = {**WANTED, "metadata": {"name": "c", "labels": {"a": "b"}}}
    assert apply(server, wanted).status == 200
    for _ in range(3):
        assert "Warning" not in apply(server, wanted).headers
    unknown = {**wanted, "more": 1}
    for _ in range(3):
        assert apply(server, unknown).status == 500
    assert apply(server, wanted, "&fieldValidation=Strict").status == 200


def test_a_dry_run_is_none_that_is_known(server: ApiServer) -> None:
    """A dry run is not answered from what is known, nor the other way about."""
    assert apply(server, query="&dryRun=All").status == 200
    stored = server.world.objects.get("/ConfigMap/default/c")
    assert stored is not None
    assert stored.quiet is not None
    assert stored.quiet.asked.said[1].dry_run is False  # type: ignore[attr-defined]  # an Asked


def test_a_write_in_between_counts(server: ApiServer) -> None:
    """What somebody else wrote meanwhile is there in the answer."""
    server.request(
        "PATCH",
        PATH.replace("=m", "=other"),
        body={"data": {"b": "2"}},
        content_type="application/merge-patch+json",
    )
    assert apply(server).body["data"] == {"a": "1", "b": "2"}
    assert apply(server).body["data"] == {"a": "1", "b": "2"}
