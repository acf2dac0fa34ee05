"""Objects that come to rest, those that never do, and what differs between two of them."""

from __future__ import annotations

import copy
import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from reconcile.errors import ObjectError
from reconcile.kinds import defaulted, differences_that_matter, known, loops, with_crds
from tests.kinds.test_defaults import recorded
from tests.suites import shared

if TYPE_CHECKING:
    from collections.abc import Iterator

WRITTEN_AT_EVERY_SYNC = {
    "apply_container_no_name": {"/spec/template/spec/containers/0"},
    "apply_network_policy": {"/spec/ingress/0/ports"},
    "apply_null_in_configmap": {"/data", "/binaryData"},
    "apply_pod": {"/spec/tolerations"},
    "apply_pod_recreate_tolerations": {"/spec/tolerations"},
    "apply_quantities": {"/spec/template/spec/containers/0/resources", "/spec/resources"},
    "apply_secret_string_data": {"/stringData"},
    "apply_secret_string_data_recreate": {"/stringData"},
    "apply_service_ports": {"/spec/ports/0"},
    "apply_statefulset": {"/spec/volumeClaimTemplates/0"},
    "apply_statefulset_recreate": {"/spec/volumeClaimTemplates/0"},
}
"""Recordings in which Metacontroller writes whenever it syncs, and the fields that make it."""


NEVER_SETTLED = {
    "apply_container_no_name": "/spec/template/spec/containers/0/name",
    "apply_null_in_configmap": "/data/gone",
    "apply_pod_recreate_tolerations": "/spec/tolerations",
    "apply_secret_string_data_recreate": "/stringData",
    "apply_statefulset": "/spec/volumeClaimTemplates/0/apiVersion",
    "apply_statefulset_recreate": "/spec/volumeClaimTemplates/0/kind",
    "decorator_odd_attachments": "/metadata/name",
    "decorator_stringdata_loop": "/stringData",
    "error_invalid_children": "/metadata/name",
    "hooks_child_bad_labels": "/metadata/labels",
    "hooks_child_generate_name": "/metadata/generateName",
    "hooks_child_no_name": "/metadata/name",
    "hooks_echo_observed": "/metadata/resourceVersion",
    "ssa_bad_children": "/metadata/name",
    "ssa_env_duplicates": "/spec/template/spec/containers/0/env/1",
    "ssa_gadget_nulls": "/spec/labels",
    "status_with_failing_child": "/spec/size",
}
"""Recordings with a step that does not come to rest for the sake of a child, and its field."""
NOT_IN_THE_CHILD = {
    "a change of what may not change": "apply_pod apply_pvc apply_rbac ssa_job_immutable ssa_pods",
    "what another user, controller or process has written": """
        apply_merge_key_changed apply_table_annotation claim_two_controllers
        claim_two_controllers_selectors flags_cache_flush ssa_composite_and_decorator
        ssa_decorator_two ssa_steal_other_manager""",
    "the parent, its selector, scope, namespaces, declared versions or revisions": """
        claim_generate_selector claim_label_mismatch claim_no_selector error_namespace_deleted
        error_namespace_missing hooks_child_no_namespace_cluster_parent keys_version_mismatch
        rolling_template_labels_mismatch ssa_no_namespace""",
    "the parent's status or finalizer": """
        decorator_finalized_from_sync hooks_finalized_from_sync status_hot_loop
        status_ignore_changes status_schema""",
    "an answer that is no answer, or how it is asked for": """
        customize_cache customize_errors customize_invalid_rules
        customize_versions_other_namespace decorator_bad_answers decorator_not_started
        decorator_resync_after decorator_too_many_requests error_backoff finalize_error
        flags_etag_poisoned flags_resync_period flags_service_reference flags_webhook_forms
        hooks_bad_bodies hooks_children_forms hooks_strict hooks_wrong_types transport_etag_412
        transport_etag_poisoned transport_refused transport_statuses transport_timeout
        transport_too_many_requests transport_too_many_requests_no_delay trigger_lives
        trigger_resync_period""",
    "a child without a kind, which is refused here as no object": "hooks_child_identity",
    "a value that the hook makes anew from what it observes": "ssa_hot_loop_echo_version",
}


def never_settled() -> Iterator[tuple[str, set[str]]]:
    """Yield recordings that do not come to rest, and the fields that are named in them."""
    folder = shared("recordings", "metacontroller")
    kinds = with_crds(json.loads((folder / "kinds.json").read_text(encoding="utf-8")))
    for file in sorted(folder.glob("*/recording.json")):
        text = file.read_text(encoding="utf-8")
        if '"settled": false' not in text:
            continue
        recording = json.loads(text)
        server_side = any("server-side" in str(flag) for flag in recording.get("flags") or ())
        named = {
            loop.pointer
            for step in recording["steps"]
            if step.get("settled") is False
            for entry in step["timeline"]
            for child in _children(entry.get("response"))
            if kinds.known(str(child.get("apiVersion")), str(child.get("kind")))
            for loop in kinds.loops(child, apply="server-side" if server_side else "dynamic")
        }
        yield file.parent.name, named


def _children(answer: Any) -> list[dict[str, Any]]:
    """Return the children of a hook's answer, whatever it is."""
    if not isinstance(answer, dict):
        return []
    children = answer.get("children") or answer.get("attachments")
    found: list[Any] = children if isinstance(children, list) else []
    return [child for child in found if isinstance(child, dict)]


def thing(api_version: str, kind: str, **members: Any) -> dict[str, Any]:
    """Return an object, its metadata among the members."""
    metadata = {"name": "a"}
    for name in ("namespace", "labels", "annotations", "resourceVersion"):
        if name in members:
            metadata[name] = members.pop(name)
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, **members}


def test_every_recording_that_never_settles_is_named_or_accounted_for() -> None:
    """A child that is written or refused for ever is named; what is not has another cause."""
    found = dict(never_settled())
    named = {name for name, pointers in found.items() if pointers}
    assert named == set(NEVER_SETTLED)
    for name, pointer in NEVER_SETTLED.items():
        assert pointer in found[name], (name, found[name])
    assert set(found) - named == set(" ".join(NOT_IN_THE_CHILD.values()).split())


def test_what_is_refused_was_refused() -> None:
    """Under server-side apply no child is named that the server has taken."""
    folder = shared("recordings", "metacontroller")
    kinds = with_crds(json.loads((folder / "kinds.json").read_text(encoding="utf-8")))
    counts = {True: 0, False: 0}
    for file in sorted(folder.glob("ssa_*/recording.json")):
        recording = json.loads(file.read_text(encoding="utf-8"))
        if not any("server-side" in str(flag) for flag in recording.get("flags") or ()):
            continue
        for step in recording["steps"]:
            taken = {
                (entry["body"].get("kind"), entry["body"].get("metadata", {}).get("name"))
                for entry in step["timeline"]
                if entry.get("verb") == "patch" and entry["code"] in (200, 201)
                if isinstance(entry["body"], dict)
            }
            answers = [entry.get("response") for entry in step["timeline"] if "hook" in entry]
            for child in _children(answers[-1] if answers else None):
                if kinds.known(child["apiVersion"], child["kind"]):
                    named = kinds.loops(child, apply="server-side")
                    counts[bool(named)] += 1
                    if (child["kind"], child["metadata"].get("name")) in taken:
                        assert named == (), (file.parent.name, named)
    assert counts[True] >= 10
    assert counts[False] >= 100


def desired(name: str) -> Iterator[dict[str, Any]]:
    """Yield the built-in children that a recording's hooks answered with."""
    file = shared("recordings", "metacontroller") / name / "recording.json"
    for step in json.loads(file.read_text(encoding="utf-8"))["steps"]:
        for entry in step["timeline"]:
            answer = entry.get("response") if "hook" in entry else None
            for child in (answer or {}).get("children") or ():
                if known(child["apiVersion"], child["kind"]):
                    yield child


def pod(container: dict[str, Any], **spec: Any) -> dict[str, Any]:
    """Return a Pod with one container."""
    containers = [{"name": "c", "image": "i:1", **container}]
    about = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}}
    return {**about, "spec": {"containers": containers, **spec}}


def test_recorded_loops_are_named() -> None:
    """Each child that is written at every sync is named with the field, and no other child is."""
    folder = shared("recordings", "metacontroller")
    found: dict[str, set[str]] = {}
    for file in sorted(folder.glob("apply_*")):
        for child in desired(file.name):
            for loop in loops(child):
                found.setdefault(file.name, set()).add(loop.pointer)
    assert found.keys() == WRITTEN_AT_EVERY_SYNC.keys()
    for name, pointers in found.items():
        places = WRITTEN_AT_EVERY_SYNC[name]
        assert all(pointer.startswith(tuple(places)) for pointer in pointers), (name, pointers)
        assert all(any(p.startswith(place) for p in pointers) for place in places), (name, pointers)


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (pod({}), []),
        (
            pod(
                {"env": [{"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}]}
            ),
            [],
        ),
        (
            pod({"env": [{"name": "A", "value": ""}]}),
            [
                "/spec/containers/0/env/0/value is empty, which is not stored: leave it out",
            ],
        ),
        (
            pod({"command": None}),
            ["/spec/containers/0/command is null, which is not stored: leave it out"],
        ),
        (
            pod({"imagePullPolic": "Always"}),
            [
                "/spec/containers/0/imagePullPolic is a field that the kind does not have: "
                "leave it out",
            ],
        ),
        (
            pod({"resources": {"limits": {"cpu": "0.5"}}}),
            [
                "/spec/containers/0/resources/limits/cpu is stored in another spelling: "
                "write it as it is stored",
            ],
        ),
        (
            {
                "apiVersion": "networking.k8s.io/v1",
                "kind": "NetworkPolicy",
                "metadata": {"name": "a"},
                "spec": {"podSelector": {}, "ingress": [{"ports": [{"port": 80}]}]},
            },
            [
                "/spec/ingress/0/ports/0/protocol is a default that its list loses: "
                "write `protocol: TCP`",
            ],
        ),
        (
            {
                "apiVersion": "v1",
                "kind": "Service",
                "metadata": {"name": "a"},
                "spec": {
                    "ports": [
                        {"port": 53, "name": "t"},
                        {"port": 53, "name": "u", "protocol": "UDP"},
                    ]
                },
            },
            [
                f"/spec/ports/0/{name} is taken from another item with the same merge key: "
                "use server-side apply, which knows all keys of a list"
                for name in ("name", "protocol")
            ],
        ),
    ],
)
def test_complaints(document: dict[str, Any], expected: list[str]) -> None:
    """What users of Metacontroller ran into is named before it happens, with the remedy."""
    before = copy.deepcopy(document)
    assert [str(loop) for loop in loops(document)] == expected
    assert document == before


def test_what_the_remedy_says_helps() -> None:
    """An object as it is stored has no loops, but for text that is given as such."""
    for case in recorded():
        stored = defaulted(case["input"])
        stored.pop("status", None)
        named = [loop for loop in loops(stored) if not re.search("null|tolerat", loop.reason)]
        if case["kind"] != "Service":  # of two ports with one number
            assert named == [], case["note"]


def test_what_is_stored_of_an_object_does_not_differ_from_it() -> None:
    """Defaults, spelling, order and what the server adds do not matter."""
    found = {
        (case["kind"], case["note"])
        for case in recorded()
        if not case["apiVersion"].startswith(("authentication", "authorization"))
        and differences_that_matter(case["input"], case["output"])
    }
    assert found == {  # the cluster adds to lists that are replaced as a whole
        ("Node", "taints"),
        ("Pod", "dns, host aliases, tolerations"),
    }


def test_what_matters_is_found() -> None:
    """Another image, a field that is gone, a label: what desired speaks of."""
    want = pod({"image": "i:2", "resources": {"limits": {"cpu": 0.5}}}, nodeSelector={"a": "b"})
    have = defaulted(pod({"resources": {"limits": {"cpu": "500m"}}}, priority=0))
    patch = differences_that_matter(want, have)
    assert [operation.path for operation in patch] == [
        "/spec/containers/0/image",
        "/spec/nodeSelector",
    ]
    assert not differences_that_matter(pod({"image": "i:1"}), have)


PORTS = {"ports": [{"port": 53, "name": "t"}, {"port": 53, "name": "u", "protocol": "UDP"}]}


@pytest.mark.parametrize(
    ("document", "dynamic", "server_side"),
    [
        # An explicit null, and one that a map of texts keeps as an empty one.
        (pod({"command": None}), ["/spec/containers/0/command"], []),
        (thing("v1", "ConfigMap", data={"a": None}), ["/data/a"], []),
        # Empty maps and lists; a zero that is as if not given; an empty value.
        (thing("v1", "ConfigMap", data={}), ["/data"], []),
        (pod({"args": []}), ["/spec/containers/0/args"], []),
        (
            pod({"livenessProbe": {"tcpSocket": {"port": 1}, "initialDelaySeconds": 0}}),
            ["/spec/containers/0/livenessProbe/initialDelaySeconds"],
            [],
        ),
        (pod({"env": [{"name": "A", "value": ""}]}), ["/spec/containers/0/env/0/value"], []),
        # Two spellings of a quantity, and defaults in a list that is replaced as a whole.
        (
            pod({"resources": {"requests": {"cpu": 1, "memory": "1024Mi"}}}),
            [f"/spec/containers/0/resources/requests/{name}" for name in ("cpu", "memory")],
            [],
        ),
        (pod({}, tolerations=[{"key": "a"}]), ["/spec/tolerations"], []),
        # One merge key for two items, and an item without one.
        (
            thing("v1", "Service", spec=PORTS),
            ["/spec/ports/0/name", "/spec/ports/0/protocol"],
            [],
        ),
        (
            thing("v1", "Service", spec={"ports": [{"port": 1}, {"port": 2}]}),
            ["/spec/ports/0/name", "/spec/ports/1/name"],
            ["/spec/ports/0/name", "/spec/ports/1/name"],
        ),
        (
            pod({"env": [{"name": "A"}, {"name": "A"}]}),
            ["/spec/containers/0/env/1"],
            ["/spec/containers/0/env/1"],
        ),
        # A namespace where there is none, names that are none, labels that are none.
        (
            thing("v1", "Namespace", namespace="b"),
            ["/metadata/namespace"],
            ["/metadata/namespace"],
        ),
        (
            {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"generateName": "a-"}},
            ["/metadata/generateName"],
            ["/metadata/generateName"],
        ),
        (
            {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {}},
            ["/metadata/name"],
            ["/metadata/name"],
        ),
        (thing("v1", "ConfigMap", labels=None), ["/metadata/labels"], ["/metadata/labels"]),
        # What the server itself writes.
        (thing("v1", "ConfigMap", resourceVersion="1"), ["/metadata/resourceVersion"], []),
        # Unknown fields: dropped by the one, refused by the other.
        (thing("v1", "ConfigMap", dat={"a": "b"}), ["/dat"], ["/dat"]),
        (
            pod({"imagePullPolic": "a"}),
            ["/spec/containers/0/imagePullPolic"],
            ["/spec/containers/0/imagePullPolic"],
        ),
        # Refused whatever the strategy.
        (thing("v1", "Secret", data={"a": "%"}), ["/data/a"], ["/data/a"]),
        (thing("v1", "ConfigMap", data={"a": 1}), ["/data/a"], ["/data/a"]),
        # Quiet under both; what is no map of texts here is not stored, and not missed.
        (thing("v1", "ConfigMap", data={"a": "b"}), [], []),
        (thing("v1", "Secret", data={"a": "Yg==\n"}, type="Opaque"), ["/data/a"], []),
    ],
)
def test_worked_examples(
    document: dict[str, Any], dynamic: list[str], server_side: list[str]
) -> None:
    """What was seen to loop is named, for each strategy by itself."""
    assert [loop.pointer for loop in loops(document)] == dynamic
    assert [loop.pointer for loop in loops(document, apply="server-side")] == server_side


def test_annotations_that_are_no_texts_are_lost_but_settle() -> None:
    """Metacontroller puts its own in their place; server-side apply sends them and is refused."""
    document = thing("v1", "ConfigMap", annotations={"a": 1})
    assert loops(document) == ()
    named = loops(document, apply="server-side")
    assert [loop.pointer for loop in named] == ["/metadata/annotations/a"]


def test_another_strategy_is_refused() -> None:
    """There are two."""
    with pytest.raises(ObjectError, match="dynamic or server-side"):
        loops(pod({}), apply="client-side")  # type: ignore[arg-type]


def test_custom_resources_settle() -> None:
    """A null where a default is, and a field that is pruned, never settle."""
    crd = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "things.example.com"},
        "spec": {
            "group": "example.com",
            "scope": "Namespaced",
            "names": {"plural": "things", "kind": "Thing"},
            "versions": [
                {
                    "name": "v1",
                    "served": True,
                    "storage": True,
                    "schema": {
                        "openAPIV3Schema": {
                            "type": "object",
                            "properties": {
                                "spec": {
                                    "type": "object",
                                    "properties": {"size": {"type": "integer", "default": 1}},
                                }
                            },
                        }
                    },
                }
            ],
        },
    }
    kinds = with_crds([crd])
    thing = {"apiVersion": "example.com/v1", "kind": "Thing", "metadata": {"name": "a"}}
    assert kinds.loops({**thing, "spec": {}}) == ()
    found = kinds.loops({**thing, "spec": {"size": None, "more": 1}})
    assert [(loop.pointer, loop.reason) for loop in found] == [
        ("/spec/size", "is null, which is not stored"),
        ("/spec/more", "is a field that the kind does not have"),
    ]
    assert not kinds.differences_that_matter({**thing, "spec": {}}, {**thing, "spec": {"size": 1}})


def test_a_kind_that_is_not_known_is_refused() -> None:
    """With a typed error."""
    with pytest.raises(ObjectError):
        loops({"apiVersion": "example.com/v1", "kind": "Thing"})
    with pytest.raises(ObjectError):
        differences_that_matter({}, {"apiVersion": "v1", "kind": "Pode"})
