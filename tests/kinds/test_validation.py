"""What the API server would refuse of an object, told before it is sent."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from reconcile.errors import LimitError, ObjectError
from reconcile.kinds import known, validate, with_crds
from tests.kinds.test_defaults import recorded
from tests.recorded import filled
from tests.suites import shared

if TYPE_CHECKING:
    from collections.abc import Iterator

CANARY = "k4n4r1-Value_"


def faults(document: Any, **how: bool) -> list[str]:
    """Return what is wrong with an object, as texts."""
    try:
        validate(document, **how)
    except ObjectError as error:
        return [str(fault) for fault in error.faults]
    return []


def created() -> Iterator[tuple[str, dict[str, Any], bool, bool]]:
    """Yield what was created of built-in kinds: a name, the object, strictly, whether taken."""
    for file in sorted(shared("recordings", "api").glob("*.json")):
        steps = json.loads(file.read_text(encoding="utf-8"))["steps"]
        for index, step in enumerate(steps):
            body = step.get("body")
            if step["method"] != "POST" or not isinstance(body, dict):
                continue
            version, kind = body.get("apiVersion"), str(body.get("kind"))
            if isinstance(version, str) and known(version, kind):
                document = filled(body, steps)
                strict = "fieldValidation=Strict" in step["path"]
                yield f"{file.stem}/{index}", document, strict, step["status"] < 300


def pod(**container: Any) -> dict[str, Any]:
    """Return a Pod with one container."""
    containers = [{"name": "c", "image": "i", **container}]
    about = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}}
    return {**about, "spec": {"containers": containers}}


def config_map(**metadata: Any) -> dict[str, Any]:
    """Return a ConfigMap."""
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", **metadata}}


def test_what_was_taken_is_valid() -> None:
    """Nothing that the real API server took is refused here; of what it refused much is."""
    counts: Counter[tuple[bool, bool]] = Counter()
    for case in recorded():
        assert faults(case["input"], unknown=False) == [], case["note"]
    for name, document, strict, taken in created():
        found = faults(document, unknown=strict)
        counts[taken, not found] += 1
        assert not (taken and found), (name, found)
    assert counts[True, True] >= 270
    assert counts[False, False] >= 65  # the others: rules of one kind, and of the cluster


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (pod(), []),
        (pod(imagePullPolic="x"), ["containers/0/imagePullPolic: is not a field, did you mean"]),
        (pod(ports=[{"containerPort": "80"}]), ["ports/0/containerPort: is a text"]),
        (pod(ports=[{"protocol": "TCP"}]), ["ports/0/containerPort: is not there; it is required"]),
        (pod(args="x"), ["containers/0/args: is a text"]),
        (pod(tty="true"), ["containers/0/tty: is a text"]),
        (pod(env={"name": "A"}), ["containers/0/env: is an object"]),
        (pod(resources={"limits": {"cpu": "1 cpu"}}), ["limits/cpu: is a text"]),
        (pod(livenessProbe={"httpGet": {"port": 1.5}}), ["httpGet/port: is a"]),
        (
            pod(ports=[{"containerPort": 80}, {"containerPort": 80, "protocol": "TCP"}]),
            ["ports/1: has the same containerPort and protocol as an item before it"],
        ),
        (pod(command=None, ports=None), []),
        (
            config_map(name="A_b"),
            ["/metadata/name: is a text of 3 characters: a lowercase RFC 1123"],
        ),
        (
            config_map(name="a" * 254),
            ["/metadata/name: is a text of 254 characters: must be no more than 253"],
        ),
        (
            config_map(name=""),
            ["/metadata/name: is not there; it is required: name or generateName"],
        ),
        (config_map(name="", generateName="a-"), []),
        (
            config_map(namespace="a.b"),
            ["/metadata/namespace: is a text of 3 characters: must not contain dots"],
        ),
        (
            config_map(labels={"a b": "c"}),
            ["/metadata/labels/a b: is a text of 3 characters: name part must consist"],
        ),
        (
            config_map(labels={"Up.com/a": "c"}),
            ["/metadata/labels/Up.com~1a: is a text of 8 characters: prefix part a"],
        ),
        (
            config_map(labels={"a": "-c"}),
            ["/metadata/labels/a: is a text of 2 characters: a valid label"],
        ),
        (
            config_map(labels={"a": "c" * 64}),
            ["/metadata/labels/a: is a text of 64 characters: must be"],
        ),
        (config_map(labels={"a": 1}), ["/metadata/labels/a: is a"]),
        (config_map(annotations={"A/b": "c", "UP": ""}), []),
        (config_map(annotations={"a/b/c": ""}), ["/metadata/annotations/a~1b~1c: is a text of 5"]),
        (
            config_map(annotations={"a": "x" * 262_144}),
            ["/metadata/annotations: is too much: may not"],
        ),
        (config_map(annotations={"a": "\ud800"}), []),
        (config_map(finalizers=["plain"]), ["/metadata/finalizers/0: is a text of 5 characters"]),
        (config_map(finalizers=["orphan", "example.com/a"]), []),
        (
            {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "a.b"}},
            ["/metadata/name: is a text of 3 characters: must not contain dots"],
        ),
        (
            {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "a", "namespace": "b"}},
            [],  # the server drops it
        ),
        (
            {
                "apiVersion": "rbac.authorization.k8s.io/v1",
                "kind": "Role",
                "metadata": {"name": "system:a/b"},
            },
            ["/metadata/name: is a text of 10 characters: may not contain '/'"],
        ),
        (
            {
                "apiVersion": "coordination.k8s.io/v1",
                "kind": "Lease",
                "metadata": {"name": "a"},
                "spec": {"renewTime": "now"},
            },
            ["/spec/renewTime: is no time"],
        ),
        ({"apiVersion": "v1", "kind": "ConfigMap"}, ["/metadata/name: is not there"]),
        ({"apiVersion": "v1"}, ["/kind: is"]),
        ([], ["the document: is a list"]),
    ],
)
def test_faults(document: Any, expected: list[str]) -> None:
    """Each fault says where it is, what it is, and what would be right."""
    found = faults(document)
    assert len(found) == len(expected), found
    assert all(part in text for part, text in zip(expected, found, strict=True)), found


def test_all_faults_at_once_sorted_and_without_values() -> None:
    """One look is enough; nothing that was sent is in a message but names of fields."""
    document = pod(
        image=[CANARY],
        ports=[{"containerPort": CANARY}],
        resources={"limits": {"cpu": CANARY}},
        imagePullPolic=CANARY,
    )
    document["metadata"] = {"name": CANARY, "namespace": CANARY, "labels": {"a": f"{CANARY}-"}}
    found = faults(document)
    pointers = [text.partition(":")[0] for text in found]
    assert pointers == sorted(pointers)
    assert len(found) == 7
    assert CANARY not in "".join(found)


def test_unknown_fields_may_pass() -> None:
    """As the server lets them, unless it is asked to be strict."""
    assert faults(pod(more=1), unknown=False) == []
    assert len(faults(pod(more=1))) == 1


def test_custom_resources_are_validated_too() -> None:
    """By the schema of their CRD."""
    spec = {
        "type": "object",
        "required": ["size"],
        "properties": {
            "size": {"type": "integer"},
            "mode": {"type": "string", "enum": ["a", "b"]},
            "tags": {"type": "array", "items": {"type": "string"}, "x-kubernetes-list-type": "set"},
        },
    }
    version = {
        "name": "v1",
        "served": True,
        "storage": True,
        "schema": {"openAPIV3Schema": {"type": "object", "properties": {"spec": spec}}},
    }
    names = {"plural": "things", "kind": "Thing"}
    crd = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "things.example.com"},
        "spec": {"group": "example.com", "scope": "Cluster", "names": names, "versions": [version]},
    }
    kinds = with_crds([crd])
    thing = {"apiVersion": "example.com/v1", "kind": "Thing", "metadata": {"name": "a"}}
    kinds.validate({**thing, "spec": {"size": 1, "mode": "a", "tags": ["x", "y"]}})
    with pytest.raises(ObjectError) as caught:
        kinds.validate({**thing, "spec": {"mode": "c", "tags": ["x", "x"], "sise": 1}})
    assert [str(fault) for fault in caught.value.faults] == [
        "/spec/mode: is none of a, b",
        "/spec/sise: is not a field, did you mean 'size'?",
        "/spec/size: is not there; it is required",
        "/spec/tags/1: has the same value as an item before it",
    ]


def test_depth_is_limited() -> None:
    """A document without end is a typed error."""
    deep: Any = {}
    for _ in range(200):
        deep = {"properties": {"a": deep}}
    crd = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "a"},
        "spec": {"versions": [{"schema": {"openAPIV3Schema": deep}}]},
    }
    with pytest.raises(LimitError):
        validate(crd)


def test_custom_resources_are_held_to_their_schemas() -> None:
    """Bounds, patterns, counts and rules of a schema are told with all else, without values."""
    pytest.importorskip("cel_expr_python")
    secret = "no such thing"
    spec = {
        "type": "object",
        "required": ["name"],
        "x-kubernetes-validations": [
            {"rule": "self.min <= self.max", "messageExpression": "'not ' + self.name"},
        ],
        "properties": {
            "name": {"type": "string"},
            "min": {"type": "integer", "default": 1},
            "max": {"type": "integer", "maximum": 10},
            "code": {"type": "string", "pattern": "^a+$"},
            "some": {"type": "array", "maxItems": 1, "items": {"type": "string"}},
        },
    }
    schema = {"type": "object", "properties": {"spec": spec}}
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
    names = {"plural": "widgets", "singular": "widget", "kind": "Widget"}
    crd = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "widgets.example.com"},
        "spec": {
            "group": "example.com",
            "scope": "Namespaced",
            "names": names,
            "versions": [version],
        },
    }
    table = with_crds([crd])

    def widget(**fields: Any) -> dict[str, Any]:
        metadata = {"name": "w", "namespace": "d"}
        return {
            "apiVersion": "example.com/v1",
            "kind": "Widget",
            "metadata": metadata,
            "spec": fields,
        }

    def told(**fields: Any) -> dict[str, str]:
        with pytest.raises(ObjectError) as caught:
            table.validate(widget(**fields))
        assert secret not in str(caught.value)
        return {fault.pointer: fault.message for fault in caught.value.faults}

    table.validate(widget(name=secret, max=1))
    assert told(name=secret, max=0) == {"/spec": "is wrong: failed rule: self.min <= self.max"}
    assert told(max=11, code=secret, some=["a", secret], more=1) == {
        "/spec/code": "is a text of 13 characters: should match '^a+$'",
        "/spec/max": "is a whole number: should be less than or equal to 10",
        "/spec/more": "is not a field",
        "/spec/name": "is not there; it is required",
        "/spec/some": "is too much: must have at most 1 item",
    }
