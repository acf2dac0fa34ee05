"""Facts about the words for what happened."""

from __future__ import annotations

from typing import Any

import pytest

from reconcile.hook.transport import Answer, Call
from reconcile.objects.gvk import Gvk
from reconcile.objects.ref import Ref
from reconcile.simulate import Cluster
from reconcile.simulate.history import Change
from reconcile.simulate.metacontroller.client import Write
from reconcile.simulate.metacontroller.process import HookCalled
from reconcile.simulate.metacontroller.webhook import Called
from reconcile.simulate.pictures.telling import (
    answered,
    clean,
    going,
    target,
    told_write,
    warned,
    wrote,
)

CALL = Call("POST", "http://h/sync", {}, b"", 10.0)
CONFIG = Ref(Gvk("v1", "ConfigMap"), "ns", "c")


def told(hook: str, body: bytes, status: int = 200) -> str:
    """The words for an answer."""
    return answered(HookCalled("c", hook, Called(CALL, Answer(status, {}, body))))


def change(before: dict[str, Any] | None, after: dict[str, Any] | None) -> Change:
    """A change of an object with some metadata."""
    verb: Any = "create" if before is None else "delete" if after is None else "update"
    return Change(2, "user", verb, CONFIG, before, after)


@pytest.mark.parametrize(
    ("hook", "body", "said"),
    [
        ("sync", b'{"children": [{}]}', "sync hook answered 1 child"),
        ("sync", b'{"attachments": [{}, {}]}', "sync hook answered 2 attachments"),
        ("sync", b'{"children": null}', "sync hook answered 0 children"),
        ("sync", b'{"resyncAfterSeconds": true}', "sync hook answered 0 children"),
        ("sync", b'{"resyncAfterSeconds": 5}', "sync hook answered 0 children, look again in 5s"),
        ("customize", b'{"relatedResources": [{}]}', "customize hook answered 1 related rule"),
        ("customize", b"{}", "customize hook answered 0 related rules"),
        ("finalize", b'{"finalized": true}', "finalize hook answered 0 children, finalized"),
        ("finalize", b'{"finalized": 1}', "finalize hook answered 0 children, not finalized"),
        ("sync", b"\xff", "sync hook answered 200 with what is no JSON object"),
    ],
)
def test_answered(hook: str, body: bytes, said: str) -> None:
    """An answer is told by how much it asks for."""
    assert told(hook, body) == said


def test_other_answers() -> None:
    """Other answers are told by their status."""
    assert told("sync", b"", 304) == "sync hook answered as before (304)"
    assert told("sync", b"", 429) == "sync hook asked to come back later (429)"
    assert told("sync", b"{}", 404) == "sync hook answered 404"
    assert answered(HookCalled("c", "sync", Called(CALL, None))) == "sync hook gave no answer"


@pytest.mark.parametrize(
    ("uri", "body", "said"),
    [
        ("/api/v1/namespaces/ns/configmaps/c", None, "ConfigMap ns/c"),
        ("/api/v1/namespaces/ns/configmaps", {"metadata": {"name": "c"}}, "ConfigMap ns/c"),
        ("/api/v1/namespaces/ns/configmaps", {"metadata": {"generateName": "c-"}},
         "ConfigMap ns/c-*"),
        ("/apis/apps/v1/namespaces/ns/deployments/d?fieldManager=m", None, "Deployment ns/d"),
        ("/api/v1/nodes/n", None, "Node n"),
        ("/api/v1/namespaces/ns", None, "Namespace ns"),
        ("/apis/ex.com/v1/things/t", None, "things t"),
    ],
)  # fmt: skip
def test_target(uri: str, body: Any, said: str) -> None:
    """The object of a write is read off its address, and off its body where it has no name yet."""
    cluster = Cluster()
    assert target(cluster, Write("update", uri, 200, body)) == (said, False)
    if body is None:
        path, mark, query = uri.partition("?")
        status = Write("update", f"{path}/status{mark}{query}", 200, body)
        assert target(cluster, status) == (said, True)


def test_told_write() -> None:
    """A write is told with its code, and finds its change among those made meanwhile."""
    cluster = Cluster()
    uri = "/api/v1/namespaces/ns/configmaps/c"
    before: dict[str, Any] = {"metadata": {"name": "c"}, "data": {"a": "1"}}
    mine = change(before, {**before, "data": {"a": "2"}})
    other = mine._replace(ref=CONFIG._replace(name="d"))
    write = Write("update", uri, 200, before)
    assert told_write(cluster, write, [other, mine], moved=True) == (
        "200 update ConfigMap ns/c", mine,
    )  # fmt: skip
    assert told_write(cluster, write, [], moved=False) == (
        "200 update ConfigMap ns/c (as it was)", None,
    )  # fmt: skip
    held: dict[str, Any] = {
        "metadata": {"name": "c", "deletionTimestamp": "t", "finalizers": ["a.b/c"]}
    }
    delete = Write("delete", uri, 200, {})
    assert told_write(cluster, delete, [change(before, held)], moved=True)[0] == (
        "200 delete ConfigMap ns/c (held by a.b/c)"
    )
    refused = Write("update", uri, 409, before, "Conflict", "the object\nhas been modified")
    assert told_write(cluster, refused, [], moved=False)[0] == (
        "409 update ConfigMap ns/c: Conflict: the object has been modified"
    )


def test_refusals_about_secrets() -> None:
    """The server's words about a Secret are not told."""
    write = Write("create", "/api/v1/namespaces/ns/secrets", 422, {}, "Invalid", "hush is wrong")
    text, _ = told_write(Cluster(), write, [], moved=False)
    assert text == "422 create Secret ns/*: Invalid"
    assert warned("Failed", {"kind": "Secret", "name": "s"}, "hush") == "Warning Failed Secret s"


def test_going() -> None:
    """Only the write that begins a deletion is one."""
    here: dict[str, Any] = {"metadata": {"name": "c"}}
    late: dict[str, Any] = {"metadata": {"name": "c", "deletionTimestamp": "t"}}
    assert going(change(here, late)) == "in its grace period"
    assert going(change(late, late)) is None
    assert going(change(here, here)) is None
    assert going(change(None, late)) is None
    assert going(change(late, None)) is None


def test_wrote() -> None:
    """Few places are told as they are, many by what holds them, and never more than some."""
    old: dict[str, Any] = {"metadata": {"name": "c", "generation": 1}, "spec": {}}
    few = {"metadata": {"name": "c", "generation": 2}, "spec": {"a": 1}}
    assert wrote(change(old, few)) == ("/spec/a",)
    same = {"x": 1, "y": 1}
    deep = {**old, "spec": {"a": {"b": 0}}, "status": {"c": dict.fromkeys("uvwxyz", 1), "d": 1}}
    less = {**old, "spec": {"a": {"b": 1}}, "status": {"c": dict.fromkeys("uvwxyz", 2), "d": 2}}
    assert wrote(change(deep, less)) == ("/spec/a", "/status/c", "/status/d")
    many = {**old, "data": dict.fromkeys("abcdefgh", 1), **same}
    more = {**old, "data": dict.fromkeys("abcdefgh", 2), **same}
    assert wrote(change(many, more)) == ("/data/a", "/data/b", "/data/c", "/data/d", "and 4 more")


def test_what_was_applied_is_not_told() -> None:
    """The annotation that holds what was applied changes with what it holds."""
    name = "metacontroller.k8s.io/last-applied-configuration"

    def applied(text: str, size: int) -> dict[str, Any]:
        return {"metadata": {"name": "c", "annotations": {name: text}}, "size": size}

    assert wrote(change(applied("a", 1), applied("b", 2))) == ("/size",)
    alone = wrote(change(applied("a", 1), applied("b", 1)))
    assert alone == (f"/metadata/annotations/{name.replace('/', '~1')}",)


def test_clean() -> None:
    """A text is one line, not too long, in which nothing acts on a terminal."""
    assert clean("a\n\tb  c") == "a b c"
    assert clean("\x1b[31m\u202e") == "\\x1b[31m\\u202e"
    assert clean("ok \ud800") == "ok \\ud800"
    assert clean("x" * 400) == f"{'x' * 300}..."
