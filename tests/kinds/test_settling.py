"""Objects that come to rest, those that never do, and what differs between two of them."""

from __future__ import annotations

import copy
import json
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
    "apply_quantities": {"/spec/template/spec/containers/0/resources", "/spec/resources"},
    "apply_secret_string_data": {"/stringData"},
    "apply_secret_string_data_recreate": {"/stringData"},
    "apply_service_ports": {"/spec/ports/0"},
    "apply_statefulset": {"/spec/volumeClaimTemplates/0"},
    "apply_statefulset_recreate": {"/spec/volumeClaimTemplates/0"},
}
"""Recordings in which Metacontroller writes whenever it syncs, and the fields that make it."""


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
        (pod({"env": [{"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "x"}}}]}), []),
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
        named = [loop for loop in loops(stored) if "null" not in loop.reason]
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
