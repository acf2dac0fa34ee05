"""What a server says, and what is made of it when it says something else."""

from __future__ import annotations

import json
import pickle
from typing import Any

import pytest

from reconcile.live import LiveError, Reader
from reconcile.live.reading import Served

MAPS = Served("v1", "ConfigMap", "configmaps", namespaced=True)


def _pages(*answers: tuple[int, Any]) -> tuple[Reader, list[str]]:
    asked: list[str] = []
    left = list(answers)

    def answered(path: str) -> tuple[int, bytes]:
        asked.append(path)
        status, body = left.pop(0)
        return status, body if isinstance(body, bytes) else json.dumps(body).encode()

    return Reader(answered), asked


def _page(*names: str, more: str = "") -> tuple[int, Any]:
    items = [{"metadata": {"name": name}} for name in names]
    return 200, {"kind": "ConfigMapList", "metadata": {"continue": more}, "items": items}


def test_a_list_comes_in_chunks() -> None:
    """Each chunk says where the next one begins; objects get their kind."""
    reader, asked = _pages(_page("a", "b", more="x/="), _page("c"))
    found: Any = reader.list(MAPS, namespace="team one", labels="a=b")
    assert [each["metadata"]["name"] for each in found] == ["a", "b", "c"]
    assert {(each["apiVersion"], each["kind"]) for each in found} == {("v1", "ConfigMap")}
    assert asked == [
        "/api/v1/namespaces/team%20one/configmaps?labelSelector=a%3Db&limit=500",
        "/api/v1/namespaces/team%20one/configmaps?labelSelector=a%3Db&limit=500&continue=x%2F%3D",
    ]


def test_a_list_that_became_too_old_is_read_anew() -> None:
    """Whole, so that it cannot happen again; nothing of the first try is kept."""
    reader, asked = _pages(_page("a", more="x"), (410, {"code": 410}), _page("b", "c"))
    found: Any = reader.list(MAPS)
    assert [each["metadata"]["name"] for each in found] == ["b", "c"]
    assert asked[-1] == "/api/v1/configmaps"


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (401, "log in again"),
        (403, "a role with get and list"),
        (429, "too much to do"),
        (400, "is the selector right"),
        (405, "refuses the question"),
        (500, "has an error"),
        (503, "has an error"),
    ],
)
def test_refusals(status: int, told: str) -> None:
    """One line with what was asked for, and what helps; never the body."""
    reader, _ = _pages((status, {"message": "canary"}))
    with pytest.raises(LiveError) as raised:
        reader.list(MAPS)
    text = str(raised.value)
    assert text.startswith(f"GET /api/v1/configmaps: answered with {status}: ")
    assert told in text
    assert "\n" not in text
    assert "canary" not in text
    assert raised.value.status == status
    assert str(pickle.loads(pickle.dumps(raised.value))) == text


@pytest.mark.parametrize("body", [b"<html>", b"[]", b"\xff", b""])
def test_an_answer_that_is_no_object(body: bytes) -> None:
    """A proxy has answered instead."""
    reader, _ = _pages((200, body))
    with pytest.raises(LiveError, match="no JSON object"):
        reader.list(MAPS)


def test_what_is_not_there() -> None:
    """A document that is not there is None; a group that is not served has no resources."""
    reader, asked = _pages((404, {}), (404, {}))
    assert reader.get("/x") is None
    assert reader.find("example.com/v1", kind="Web") is None
    assert reader.find("example.com/v1", plural="webs") is None
    assert asked == ["/x", "/apis/example.com/v1"]


def test_resources_are_found_by_kind_and_by_plural() -> None:
    """Subresources are passed over."""
    resources = [
        {"name": "webs/status", "kind": "Web", "namespaced": True},
        {"name": "webs", "kind": "Web", "namespaced": True},
        {"name": "sites", "kind": "Site", "namespaced": False},
    ]
    reader, _ = _pages((200, {"resources": resources}))
    web = reader.find("example.com/v1", kind="Web")
    assert web == Served("example.com/v1", "Web", "webs", namespaced=True)
    site = reader.find("example.com/v1", plural="sites")
    assert site is not None
    assert site.path("ignored", "a/b") == "/apis/example.com/v1/sites/a%2Fb"
