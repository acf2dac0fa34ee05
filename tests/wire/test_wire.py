"""The wire, message by message."""

from __future__ import annotations

import json
from typing import Any

import pytest

from reconcile import Gvk, Ref, Related
from reconcile.errors import LimitError, ObjectError, RequestError
from reconcile.kinds.core_v1 import ConfigMap, Secret
from reconcile.state.desired import Desired
from reconcile.value import equal
from reconcile.wire import envelope
from reconcile.wire.decode import decode_request
from reconcile.wire.encode import (
    encode_composite,
    encode_customize,
    encode_decorator,
    encode_request,
)
from reconcile.wire.envelope import open_envelope
from reconcile.wire.keys import inner_key, split_key


def named(name: str, namespace: str = "ns", kind: str = "ConfigMap") -> dict[str, Any]:
    """Return an object."""
    metadata = {"name": name, "namespace": namespace} if namespace else {"name": name}
    return {"apiVersion": "v1", "kind": kind, "metadata": metadata}


def request(version: str | None = "v1", *, place: str = "ns", **changes: Any) -> dict[str, Any]:
    """Return a composite's request."""
    hook = {} if version is None else {"version": version}
    whole = {
        "controller": {
            "kind": "CompositeController",
            "apiVersion": "metacontroller.k8s.io/v1alpha1",
            "metadata": {"name": "c"},
            "spec": {"hooks": {"sync": hook, "finalize": {"version": "v2"}}},
        },
        "parent": {**named("t", place), "kind": "Thing", "apiVersion": "example.com/v1"},
        "children": {"ConfigMap.v1": {}},
        "related": {},
        "finalizing": False,
    }
    return {**whole, **changes}


def decoded(body: dict[str, Any], hook: Any = "sync", **how: Any) -> Any:
    """Return what a request says."""
    return decode_request(json.dumps(body, **how).encode(), hook=hook)


# -- keys


@pytest.mark.parametrize(
    ("key", "version", "parent", "namespace", "name"),
    [
        ("c", "v1", "ns", "ns", "c"),
        ("c", "v1", "", "", "c"),
        ("ns/c", "v1", "", "ns", "c"),
        ("ns/c", "v2", "ns", "ns", "c"),
        ("ns/c", "v2", "", "ns", "c"),
        ("c", "v2", "ns", "", "c"),
        ("c", "v2", "", "", "c"),
    ],
)
def test_keys(key: str, version: Any, parent: str, namespace: str, name: str) -> None:
    """v1 keys are relative to the parent, v2 keys are not."""
    assert split_key(key, version=version, parent_namespace=parent) == (namespace, name)
    assert inner_key(namespace, name, version=version, parent_namespace=parent) == key


# -- requests


@pytest.mark.parametrize("version", [None, "", "v1", "v2"])
@pytest.mark.parametrize("parent", ["ns", ""])
def test_a_request(version: str | None, parent: str) -> None:
    """Its parts are found, whatever the version; an absent version is v1."""
    key = "c" if (version != "v2" and parent) else "ns/c"
    body = request(version, place=parent, children={"ConfigMap.v1": {key: named("c")}})
    for how in ({}, {"separators": (",", ":")}, {"indent": 1}):
        found = decoded(body, **how)
        assert found.version == ("v2" if version == "v2" else "v1")
        assert found.hook == "sync"
        assert not found.decorator
        assert not found.finalizing
        assert list(found.children) == [Ref(Gvk("v1", "ConfigMap"), "ns", "c")]
        assert found.children.get(Ref(Gvk("v1", "ConfigMap"), "ns", "c")) == named("c")
        assert equal(json.loads(encode_request(found)), body)


def test_versions_are_those_of_the_hook() -> None:
    """Each hook has its own; one that is not described is v1."""
    body = request("v1")
    assert decoded(body, "finalize").version == "v2"
    customize = {"controller": body["controller"], "parent": body["parent"]}
    assert decoded(customize, "customize").version == "v1"
    body["controller"]["spec"] = None
    assert decoded(body).version == "v1"
    body["controller"]["spec"] = {"hooks": {"sync": None}}
    assert decoded(body).version == "v1"


def test_customize_has_neither_children_nor_related() -> None:
    """Only the controller and the parent are sent, for decorators too."""
    body = {"controller": request()["controller"], "parent": request()["parent"]}
    found = decoded(body, "customize")
    assert len(found.children) == len(found.related) == 0
    assert equal(json.loads(encode_request(found)), body)
    body["controller"]["kind"] = "DecoratorController"
    found = decoded(body, "customize")
    assert found.decorator
    assert equal(json.loads(encode_request(found)), body)


def test_what_is_unknown_is_kept() -> None:
    """A member that a newer Metacontroller sends is not lost."""
    body = request(surprise={"a": [1, None]}, other=1)
    found = decoded(body)
    assert sorted(found.unknown) == ["other", "surprise"]
    assert equal(json.loads(encode_request(found)), body)


def test_keys_with_escapes_are_keys() -> None:
    """A key that is written with escapes is the key it stands for."""
    text = json.dumps(request(), separators=(",", ":")).replace(
        '"ConfigMap.v1"', '"\\u0043onfigMap.v1"'
    )
    found = decode_request(text.encode(), hook="sync")
    assert found.children.kinds == (Gvk("v1", "ConfigMap"),)


@pytest.mark.parametrize("where", ["children", "related", "kind"])
def test_a_long_key_that_is_there_twice(where: str) -> None:
    """A key that is rather a text is described, not repeated."""
    key = "K" * 120
    inner = f'{{"{key}.v1":{{}},"{key}.v1":{{}}}}'
    body = json.dumps(request(), separators=(",", ":"))
    if where == "kind":
        body = body.replace('"ConfigMap.v1":{}', f'"ConfigMap.v1":{{"{key}":1,"{key}":2}}')
    elif where == "children":
        body = body.replace('{"ConfigMap.v1":{}}', inner)
    else:
        body = body.replace('"related":{}', f'"related":{inner}')
    with pytest.raises(
        RequestError, match=r"the key a text of 12\d characters is there twice"
    ) as caught:
        decode_request(body.encode(), hook="sync")
    assert caught.value.code == "duplicate-key"
    expected = {"kind": "/children/ConfigMap.v1"}.get(where, f"/{where}")
    assert caught.value.pointer == expected


def test_a_value_that_is_there_twice() -> None:
    """Two equal members are found although they hold the same."""
    body = json.dumps(request(), separators=(",", ":"))
    with pytest.raises(RequestError, match="the key 'finalizing' is there twice"):
        decode_request((body[:-1] + ',"finalizing":false}').encode(), hook="sync")


@pytest.mark.parametrize(
    ("changes", "code", "pointer"),
    [
        ({"finalizing": 0}, "shape", "/finalizing"),
        ({"children": []}, "shape", "/children"),
        ({"related": "x"}, "shape", "/related"),
        ({"related": {"a/b": 1}}, "shape", "/related/a~1b"),
        ({"children": {"Pod": {}}}, "key", "/children"),
        ({"related": {".v1": {}}}, "key", "/related"),
        (
            {"parent": {"apiVersion": 1, "kind": "x", "metadata": {"name": "x"}}},
            "shape",
            "/parent/apiVersion",
        ),
        ({"parent": {"apiVersion": "v1", "metadata": {"name": "x"}}}, "shape", "/parent/kind"),
        (
            {"parent": {"apiVersion": "v1", "kind": "x", "metadata": None}},
            "shape",
            "/parent/metadata",
        ),
        (
            {"parent": {"apiVersion": "v1", "kind": "x", "metadata": {}}},
            "shape",
            "/parent/metadata",
        ),
        ({"object": {}}, "shape", ""),
        ({"controller": {"kind": "Other"}}, "controller-kind", "/controller/kind"),
        ({"controller": {}}, "controller-kind", "/controller/kind"),
    ],
)
def test_requests_of_a_wrong_shape(changes: Any, code: str, pointer: str) -> None:
    """What is wrong is told with a code and the place."""
    with pytest.raises(RequestError) as caught:
        decoded(request(**changes))
    assert (caught.value.code, caught.value.pointer, caught.value.status) == (code, pointer, 400)


@pytest.mark.parametrize("name", ["controller", "parent", "children", "related", "finalizing"])
def test_requests_with_something_missing(name: str) -> None:
    """Every member has to be there."""
    body = request()
    del body[name]
    with pytest.raises(RequestError) as caught:
        decoded(body)
    assert (caught.value.code, caught.value.pointer) == ("missing", f"/{name}")


def test_a_decorators_request() -> None:
    """The object and its attachments are parent and children inside."""
    body = request()
    body["controller"]["kind"] = "DecoratorController"
    body["object"] = body.pop("parent")
    body["attachments"] = body.pop("children")
    found = decoded(body)
    assert found.decorator
    assert found.parent.whole()["kind"] == "Thing"
    assert found.children.kinds == (Gvk("v1", "ConfigMap"),)
    assert equal(json.loads(encode_request(found)), body)
    for name in ("object", "attachments"):
        with pytest.raises(RequestError) as caught:
            decoded({key: value for key, value in body.items() if key != name})
        assert caught.value.pointer == f"/{name}"
    with pytest.raises(RequestError, match="a DecoratorController sends object"):
        decoded({**body, "parent": body["object"]})


def test_limits() -> None:
    """A body, and the number of objects in it, are bounded."""
    body = json.dumps(request()).encode()
    with pytest.raises(LimitError) as caught:
        open_envelope(body, max_body=len(body) - 1)
    assert (caught.value.limit, caught.value.maximum) == ("bytes in a request", len(body) - 1)
    assert open_envelope(body, max_body=len(body))
    many = {"ConfigMap.v1": {str(number): None for number in range(30_000)}}
    with pytest.raises(LimitError, match="more than 50000 observed objects"):
        decoded(request(children=many, related=many))
    assert len(decoded(request(children=many)).children) == 30_000
    some = {"ConfigMap.v1": {str(number): None for number in range(300)}}
    assert (
        len(decoded(request(children=some, related={"Pod.v1": {"a": None, "b": None}})).related)
        == 2
    )


def _names(count: int) -> dict[str, Any]:
    return {f"ns/{number}": {"a": number} for number in range(count)}


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"finalizing": True},
        {"children": {}},
        {"children": {"A.v1": {}, "B.v1": {}, "C.g/v1": {}}},
        {"children": {"A.v1": _names(1)}},
        {
            "children": {"A.v1": _names(2), "B.v1": _names(3)},
            "related": {"C.v1": _names(4), "D.v1": {}},
        },
        {"children": {"Ä.v1": {"ns/ü": None}}},
        {"parent": {"x": [1, {"y": "z"}]}, "controller": {}},
        {"object": {"x": 1}, "attachments": {"A.v1": _names(2)}},
    ],
)
def test_compact_requests_are_not_walked_through(
    changes: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What Metacontroller writes is accounted for by its length, to the byte."""
    body = json.dumps(request(**changes), separators=(",", ":"), ensure_ascii=False).encode()

    def walk(_body: bytes) -> Any:
        raise AssertionError

    monkeypatch.setattr(envelope, "_walk", walk)
    opened, unknown = open_envelope(body)
    assert envelope._length(opened) == len(body)
    assert unknown == {}
    with pytest.raises(AssertionError):
        open_envelope(body.replace(b":", b": ", 1))


# -- responses


def desired(**more: Any) -> Desired:
    """Return a desired state with one child."""
    return Desired({ConfigMap("c", namespace="ns").ref: named("c")}, **more)


def test_a_composites_response() -> None:
    """Status and children are always there, the rest where it means something."""
    assert json.loads(encode_composite(Desired({}), finalizing=False)) == {
        "status": {},
        "children": [],
    }
    full = desired(status={"x": None}, resync_after=2.0, finalized=True)
    assert encode_composite(full, finalizing=False) == (
        b'{"status":{"x":null},"children":[{"apiVersion":"v1","kind":"ConfigMap","metadata":'
        b'{"name":"c","namespace":"ns"}}],"resyncAfterSeconds":2}'
    )
    assert json.loads(encode_composite(full, finalizing=True))["finalized"] is True
    assert json.loads(encode_composite(desired(), finalizing=True))["finalized"] is False


def test_a_decorators_response() -> None:
    """Attachments are always there; what no rule speaks of is left alone."""
    assert json.loads(encode_decorator(Desired({}), finalizing=False)) == {"attachments": []}
    full = desired(
        status={}, labels={"a": None}, annotations={"b": "c"}, resync_after=0.5, finalized=True
    )
    assert json.loads(encode_decorator(full, finalizing=True)) == {
        "labels": {"a": None},
        "annotations": {"b": "c"},
        "status": {},
        "attachments": [named("c")],
        "resyncAfterSeconds": 0.5,
        "finalized": True,
    }
    assert "finalized" not in json.loads(encode_decorator(full, finalizing=False))


def test_a_customize_response() -> None:
    """The rules in their order, in an object as Metacontroller wants it."""
    told = json.loads(encode_customize([Related(Secret), Related(ConfigMap, names=["a"])]))
    assert [rule["resource"] for rule in told["relatedResources"]] == ["secrets", "configmaps"]
    assert json.loads(encode_customize([])) == {"relatedResources": []}


@pytest.mark.parametrize("seconds", [0.0, -1.0, float("inf"), float("nan")])
def test_a_resync_that_json_or_metacontroller_cannot_say(seconds: float) -> None:
    """It is refused, where msgspec would write null."""
    with pytest.raises(ObjectError, match="/resyncAfterSeconds: a finite time above 0 is needed"):
        encode_composite(desired(resync_after=seconds), finalizing=False)


def test_too_many_children() -> None:
    """An answer is bounded."""
    objects = {Ref(Gvk("v1", "Pod"), "ns", str(number)): {} for number in range(10_001)}
    with pytest.raises(LimitError, match="more than 10000 desired children"):
        encode_composite(Desired(objects), finalizing=False)
    objects.popitem()
    assert encode_composite(Desired(objects), finalizing=False)
