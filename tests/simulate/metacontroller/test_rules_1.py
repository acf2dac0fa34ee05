"""What hooks are sent, and what becomes of what they answer."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from reconcile.simulate import NotSettledError
from tests.simulate.scenes import (
    API,
    CONFIG_MAP,
    THING,
    WIDGET,
    answering,
    cluster,
    composite,
    config_map,
    decorator,
    definition,
    requests,
    thing,
    warnings,
    widget,
    writes,
)

if TYPE_CHECKING:
    from reconcile.simulate import Cluster

BOTH = (("v1", "configmaps", "InPlace"), (API, "widgets", "InPlace"))
OWN = {"kind": "Thing", "name": "t1"}


def answered(body: Any, *, version: str = "v1", mode: str | None = None) -> Cluster:
    """Return a cluster that had a ConfigMap when its hook began to answer with `body`."""
    begun = []

    def sync(request: Any) -> Any:
        if request["parent"]["spec"].get("go"):
            begun.append(1)
            return body
        return {"status": {"n": 1}, "children": [config_map(v="1")]}

    hook: dict[str, Any] = {"version": version}
    if mode is not None:
        hook["webhook"] = {"responseUnMarshallMode": mode}
    made = cluster(composite(sync=sync, hooks={"sync": hook}))
    made.settle()
    made.patch(THING, "t1", {"spec": {"go": True}})
    made.settle(failures=True)
    assert begun
    return made


REFUSED = {
    "rule 1.20: nothing": "",
    "rule 1.20: a list": "[]",
    "rule 1.20: a text": '"a"',
    "rule 1.20: a number": "1",
    "rule 1.20: something after the object": "{} {}",
    "rule 1.20: a byte order mark": "\ufeff{}",
    "rule 1.20: no number": '{"status": {"a": NaN}}',
    "rule 1.20: a page": "<html></html>",
    "rule 1.22: children by name": '{"children": {"a": {}}}',
    "rule 1.22: a text among children": '{"children": ["a"]}',
    "rule 1.22: a number among children": '{"children": [1]}',
    "rule 1.24: a child without a kind": '{"children": [{"apiVersion": "v1", "metadata": {}}]}',
    "rule 1.24: two slashes": '{"children": [{"apiVersion": "a/b/c", "kind": "X"}]}',
    "rule 1.25: a delay that is a text": '{"resyncAfterSeconds": "5"}',
    "rule 1.25: a delay that is true": '{"resyncAfterSeconds": true}',
    "rule 1.25: finalized as a text": '{"finalized": "true"}',
    "rule 1.25: finalized as a number": '{"finalized": 1}',
    "rule 1.25: a status that is a text": '{"status": "x"}',
    "rule 1.25: a status that is a list": '{"status": []}',
}


@pytest.mark.parametrize("name", REFUSED)
def test_answers_that_fail_touch_nothing(name: str) -> None:
    """Children and status stay, and an event tells of it."""
    made = answered(REFUSED[name])
    assert made.get(CONFIG_MAP, "c")["data"] == {"v": "1"}
    assert made.get(THING, "t1")["status"]["n"] == 1
    assert any("sync hook failed" in message for message in warnings(made))


EMPTY = {
    "rule 1.20: null": "null",
    "rule 1.20: an empty object": "{}",
    "rule 1.21: no children": {"status": {}},
    "rule 1.21: null": {"children": None},
    "rule 1.21: an empty list": {"children": []},
    "rule 1.25: nulls for all": {
        "status": None,
        "children": None,
        "finalized": None,
        "resyncAfterSeconds": None,
    },
    "rule 1.51: a capital letter": {"Children": [config_map(v="1")]},
    "rule 1.53: the last of two counts": '{"children": [{"kind": "X"}], "children": []}',
}


@pytest.mark.parametrize("name", EMPTY)
def test_answers_without_children_delete_them(name: str) -> None:
    """What is owned goes, and the status is as good as empty (rules 1.41 and 1.43)."""
    made = answered(EMPTY[name])
    assert not made.failing
    assert [each["metadata"]["name"] for each in made.list(CONFIG_MAP, namespace="default")] == []
    assert made.get(THING, "t1")["status"] == {"observedGeneration": 2}


STRICT = {
    "rule 1.51: a capital letter": '{"Children": []}',
    "rule 1.52: an unknown field": '{"extra": 1}',
    "rule 1.52: a field twice": '{"finalized": false, "finalized": false}',
    "rule 1.52: a field of the status twice": '{"status": {"a": 1, "a": 2}}',
}


@pytest.mark.parametrize(("version", "mode"), [("v2", None), ("v1", "strict")])
@pytest.mark.parametrize("name", STRICT)
def test_strict_decoding_refuses(name: str, version: str, mode: str | None) -> None:
    """v2 is strict unless told otherwise, v1 when told so (rule 1.50)."""
    made = answered(STRICT[name], version=version, mode=mode)
    assert made.get(CONFIG_MAP, "c")["data"] == {"v": "1"}
    assert any("strict validation failed" in message for message in warnings(made))


@pytest.mark.parametrize(("version", "mode"), [("v1", None), ("v2", "loose")])
@pytest.mark.parametrize("name", STRICT)
def test_loose_decoding_takes_the_same(name: str, version: str, mode: str | None) -> None:
    """Unknown fields are nothing, the last of two counts (rules 1.50 and 1.53)."""
    made = answered(STRICT[name], version=version, mode=mode)
    assert not warnings(made)
    assert not made.list(CONFIG_MAP, namespace="default")


def test_strict_decoding_does_not_look_into_children() -> None:
    """A key twice in a child is taken, the last one (rule 1.52)."""
    body = (
        '{"children": [{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, '
        '"data": {"v": "2", "v": "3"}}]}'
    )
    assert answered(body, version="v2").get(CONFIG_MAP, "c")["data"] == {"v": "3"}


@pytest.mark.parametrize("controller", [composite, decorator])
def test_null_among_children_ends_the_process(controller: Any) -> None:
    """A null child is a crash, not an error (rule 1.23)."""
    answer = {"status": {}, "children": [None], "attachments": [None]}
    if controller is composite:
        del answer["attachments"]
    made = cluster(controller(sync=lambda _: answer))
    with pytest.raises(NotSettledError, match=r"rule 1\.23"):
        made.settle()
    assert not made.alive
    made.restart()
    with pytest.raises(NotSettledError, match="crashed"):
        made.settle()


def test_null_status_with_a_rolling_kind_ends_the_process() -> None:
    """A condition cannot be put into nothing (rule 1.42)."""
    rolling = (("v1", "configmaps", "RollingInPlace"),)
    made = cluster(composite(children=rolling, sync=lambda _: {"children": [config_map(v="1")]}))
    with pytest.raises(NotSettledError, match=r"rule 1\.42"):
        made.settle()


REQUESTS = {
    "rule 1.15: v1 in a namespace": ("v1", True, "c"),
    "rule 1.16: v2 in a namespace": ("v2", True, "default/c"),
    "rule 1.15: v1 without a namespace": ("v1", False, "default/c"),
    "rule 1.16: v2 without a namespace": ("v2", False, "default/c"),
}


@pytest.mark.parametrize("name", REQUESTS)
def test_keys_of_children(name: str) -> None:
    """Children are named by version and by the scope of the parent, kinds by rule 1.12."""
    version, namespaced, expected = REQUESTS[name]
    child = config_map(v="1")
    child["metadata"]["namespace"] = "default"
    made = cluster(
        composite(children=BOTH, sync=answering(child), hooks={"sync": {"version": version}}),
        kinds=[definition(namespaced=namespaced)],
    )
    made.settle()
    last = requests(made)[-1]
    assert list(last["children"]) == ["ConfigMap.v1", f"Widget.{API}"]
    assert list(last["children"]["ConfigMap.v1"]) == [expected]


@pytest.mark.parametrize(("version", "keys"), [("v1", []), ("v2", ["kube-system/r"])])
def test_what_is_elsewhere_is_left_out(version: str, keys: list[str]) -> None:
    """v1 shows a parent in a namespace nothing of other ones, but the group (rule 1.17)."""
    rule = {"apiVersion": "v1", "resource": "secrets", "namespace": "kube-system", "names": ["r"]}
    hooks = {"sync": {"version": version}, "customize": {"version": "v2"}}
    given = composite(
        sync=answering(), customize=lambda _: {"relatedResources": [rule]}, hooks=hooks
    )
    made = cluster(given, things=())
    metadata = {"name": "r", "namespace": "kube-system"}
    made.create({"apiVersion": "v1", "kind": "Secret", "metadata": metadata})
    made.create(thing())
    made.settle()
    assert {key: list(group) for key, group in requests(made)[-1]["related"].items()} == {
        "Secret.v1": keys
    }


def test_requests_have_all_their_fields() -> None:
    """Nothing is left out, empty maps are there, objects are whole (rules 1.9, 1.11 and 1.14)."""
    made = cluster(composite(children=BOTH, sync=answering()))
    made.settle()
    first = requests(made)[0]
    assert list(first) == ["controller", "parent", "children", "related", "finalizing"]
    assert first["children"] == {"ConfigMap.v1": {}, f"Widget.{API}": {}}  # rule 1.12
    assert first["related"] == {}
    assert first["finalizing"] is False
    assert first["parent"]["metadata"]["managedFields"]
    assert first["controller"]["status"] == {}
    assert first["controller"]["metadata"]["name"] == "cc"


def test_requests_of_decorators() -> None:
    """The object is called so in both versions (rules 1.8 and 1.9)."""
    for version in ("v1", "v2"):
        made = cluster(decorator(sync=lambda _: {}, hooks={"sync": {"version": version}}))
        made.settle()
        first = requests(made)[0]
        assert list(first) == ["controller", "object", "attachments", "related", "finalizing"]


def test_bytes_of_requests() -> None:
    """Keys are sorted, and what HTML would misread is escaped (rule 1.8)."""
    made = cluster(composite(sync=answering()), things=())
    made.create(thing(z="<&>\u2028", a=1))
    made.settle()
    body = made.calls[0].called.call.body
    assert b'"spec":{"a":1,"z":"\\u003c\\u0026\\u003e\\u2028"}' in body


def test_the_controller_is_a_snapshot() -> None:
    """A label of the controller does not show; a change of its spec does (rules 1.10 and 3.0b)."""
    made = cluster(composite(sync=answering()))
    made.settle()
    gvk = CONFIG_MAP._replace(
        api_version="metacontroller.k8s.io/v1alpha1", kind="CompositeController"
    )
    made.patch(gvk, "cc", {"metadata": {"labels": {"a": "b"}}})
    made.settle()
    calls = len(made.calls)
    made.patch(THING, "t1", {"spec": {"a": 1}})
    made.settle()
    assert len(made.calls) > calls
    assert "labels" not in requests(made)[-1]["controller"]["metadata"]
    made.patch(gvk, "cc", {"spec": {"resyncPeriodSeconds": 60}})
    made.settle()
    assert requests(made)[-1]["controller"]["metadata"]["labels"] == {"a": "b"}


def test_versions_may_be_mixed() -> None:
    """Each hook has its own version (rule 1.3)."""
    done = answering(finalized=True)
    hooks = {"sync": {"version": "v1"}, "finalize": {"version": "v2"}}
    made = cluster(composite(sync=answering(config_map(v="1")), finalize=done, hooks=hooks))
    made.settle()
    made.delete(THING, "t1")
    made.settle()
    assert list(requests(made)[-1]["children"]["ConfigMap.v1"]) == ["c"]
    assert list(requests(made, "finalize")[0]["children"]["ConfigMap.v1"]) == ["default/c"]


def test_an_empty_finalize_hook() -> None:
    """It puts the finalizer on; sync releases the parent (rules 1.4 and 1.7)."""

    def sync(request: Any) -> Any:
        return {"status": {}, "finalized": "deletionTimestamp" in request["parent"]["metadata"]}

    made = cluster(composite(sync=sync, hooks={"finalize": {}}))
    made.settle()
    finalizers = made.get(THING, "t1")["metadata"]["finalizers"]
    assert finalizers == ["metacontroller.io/compositecontroller-cc"]
    made.delete(THING, "t1")
    made.settle()
    assert made.find(THING, "t1") is None
    assert all(not request["finalizing"] for request in requests(made))


def test_controllers_without_hooks() -> None:
    """They do not start, and an event says so (rule 1.5)."""
    made = cluster(composite(hooks=None, spec={"hooks": None}))
    made.settle(failures=True)
    assert not made.calls
    assert [event["reason"] for event in made.events if event["type"] == "Warning"] == [
        "CreateError"
    ]


@pytest.mark.parametrize("controller", [composite, decorator])
def test_controllers_without_a_sync_hook(controller: Any) -> None:
    """Every living parent fails (rule 1.6)."""
    made = cluster(controller(finalize=answering(finalized=True)))
    made.settle(failures=True)
    assert ["dc" if controller is decorator else "cc"] == [name for name, _ in made.failing]
    assert any("hook" in message for message in warnings(made))


def test_without_a_sync_hook_a_rolling_kind_ends_the_process() -> None:
    """Nothing is called by nobody (rule 1.6)."""
    rolling = (("v1", "configmaps", "RollingInPlace"),)
    made = cluster(composite(children=rolling, finalize=answering()))
    with pytest.raises(NotSettledError, match=r"rule 1\.6"):
        made.settle()


def test_the_last_of_two_children_counts() -> None:
    """Of one name there is one child (rule 1.29), in the parent's namespace (rule 1.30)."""
    made = cluster(composite(sync=answering(config_map(v="1"), config_map(v="2"))))
    made.settle()
    held = made.get(CONFIG_MAP, "c")
    assert held["data"] == {"v": "2"}
    assert held["metadata"]["namespace"] == "default"


NUMBERS = {
    "rule 1.28: a whole float": ("1.0", 1),
    "rule 1.28: an exponent": ("1e3", 1000),
    "rule 1.28: more than 64 bits": ("12345678901234567890", 12345678901234567890.0),
    "rule 1.28: 64 bits": ("9223372036854775807", 9223372036854775807),
}


@pytest.mark.parametrize("name", NUMBERS)
def test_numbers(name: str) -> None:
    """A float that is whole is stored as a whole number, as Go writes it."""
    text, stored = NUMBERS[name]
    body = json.dumps({"status": {}, "children": [widget(a=0)]}).replace('"a": 0', f'"a": {text}')
    made = cluster(composite(children=BOTH, sync=lambda _: body))
    made.settle()
    assert made.get(WIDGET, "w")["spec"]["a"] == stored


def test_a_bad_kind_fails_alone() -> None:
    """Siblings and status are written, the sync fails (rules 1.24 and 7.8)."""
    made = cluster(
        composite(
            sync=answering({**widget(), "kind": "Nothing"}, config_map(v="1"), status={"a": 1})
        )
    )
    made.settle(failures=True)
    assert made.failing
    assert made.get(CONFIG_MAP, "c")["data"] == {"v": "1"}
    assert made.get(THING, "t1")["status"]["a"] == 1


def test_a_child_in_another_namespace() -> None:
    """It is made, and collected, and made again with the next sync (rule 1.33)."""
    child = config_map(v="1")
    child["metadata"]["namespace"] = "kube-system"
    made = cluster(composite(sync=answering(child)))
    made.settle()
    assert made.find(CONFIG_MAP, "c", namespace="kube-system") is None
    before = writes(made).count("create 201 kube-system/configmaps")
    made.patch(THING, "t1", {"spec": {"a": 1}})
    made.settle()
    assert writes(made).count("create 201 kube-system/configmaps") > before >= 1


@pytest.mark.parametrize(
    ("child", "kind"),
    [
        (
            {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "rules": []},
            "clusterroles",
        ),
        ({"apiVersion": "v1", "kind": "Secret"}, "secrets"),
    ],
    ids=["rule 1.34: without a namespace", "rule 1.36: of an undeclared kind"],
)
def test_children_that_are_never_seen(child: dict[str, Any], kind: str) -> None:
    """They are made once, met again, and neither updated nor deleted."""
    child["metadata"] = {"name": "x"}
    declared = BOTH
    if kind == "clusterroles":
        declared = (*BOTH, ("rbac.authorization.k8s.io/v1", kind, "InPlace"))
    made = cluster(composite(children=declared, sync=answering(child)))
    made.settle()
    codes = [row.split()[1] for row in writes(made) if row.endswith(kind)]
    assert codes[0] == "201"
    assert set(codes[1:]) == {"409"}
    assert not made.failing


def test_a_child_without_the_namespace_that_it_needs() -> None:
    """The server refuses it, the status is written all the same (rule 1.35)."""
    made = cluster(
        composite(sync=answering(config_map(v="1"))), kinds=[definition(namespaced=False)]
    )
    made.settle(failures=True)
    assert made.failing
    assert "create 405 v1/configmaps" in writes(made)
    assert made.get(THING, "t1", namespace="")["status"]


@pytest.mark.parametrize("labels", [None, {"a": 1}])
def test_bad_labels_fail_the_sync(labels: Any) -> None:
    """No child is touched and no status written (rules 1.38 and 0.1)."""
    bad = config_map("bad", v="1")
    bad["metadata"]["labels"] = labels
    made = cluster(composite(sync=answering(config_map(v="1"), bad, status={"a": 1})))
    made.settle(failures=True)
    assert made.failing
    assert writes(made) == []
    assert "status" not in made.get(THING, "t1")


def test_annotations_that_are_no_texts_wipe_the_others() -> None:
    """Only the record is left (rule 1.38)."""
    child = config_map(v="1")
    child["metadata"]["annotations"] = {"a": 1, "b": "c"}
    made = cluster(composite(sync=answering(child)))
    made.settle()
    annotations = made.get(CONFIG_MAP, "c")["metadata"]["annotations"]
    assert list(annotations) == ["metacontroller.k8s.io/last-applied-configuration"]


DECORATED = {
    "rule 1.45: no status": ({}, {"a": 1}, {"keep": "1"}),
    "rule 1.45: null": ({"status": None}, {"a": 1}, {"keep": "1"}),
    "rule 1.45: an empty one": ({"status": {}}, {}, {"keep": "1"}),
    "rule 1.45: another one": ({"status": {"b": 2}}, {"b": 2}, {"keep": "1"}),
    "rule 1.46: a label more": ({"labels": {"x": "y"}}, {"a": 1}, {"keep": "1", "x": "y"}),
    "rule 1.46: a label less": ({"labels": {"keep": None, "no": None}}, {"a": 1}, None),
}


@pytest.mark.parametrize("name", DECORATED)
def test_what_decorators_write(name: str) -> None:
    """What is not said stays; a status is not given an observedGeneration."""
    answer, status, labels = DECORATED[name]
    made = cluster(decorator(sync=lambda _: answer), things=())
    body = thing()
    made.create({**body, "metadata": {"name": "t1", "labels": {"keep": "1"}}, "status": {"a": 1}})
    made.settle()
    held = made.get(THING, "t1")
    assert held["status"] == status
    assert held["metadata"].get("labels") in (labels, labels or {})
