"""What may not change: told of every kind, and never seen to change."""

from __future__ import annotations

import json
import re
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from reconcile.diff import diff
from reconcile.errors import ObjectError
from reconcile.kinds import fields, immutable_fields, known, with_crds
from reconcile.kinds._immutable import FIXED
from reconcile.kinds._index import MODULES
from tests.suites import shared

if TYPE_CHECKING:
    from collections.abc import Iterator

METADATA = ("/metadata/creationTimestamp", "/metadata/name", "/metadata/namespace", "/metadata/uid")


def covered(pointer: str, patterns: tuple[str, ...]) -> bool:
    """Return whether a place is one of those named, or in one of them."""
    parts = pointer.split("/")
    return any(
        all(wanted in ("*", part) for wanted, part in zip(pattern.split("/"), parts, strict=False))
        for pattern in patterns
        if pattern.count("/") <= pointer.count("/")
    )


def test_every_place_is_one_of_some_version() -> None:
    """The table names no kind that is not known, and no field that no version has."""
    for (group, kind), places in FIXED.items():
        versions = [v for v in MODULES if v.rpartition("/")[0] == group and known(v, kind)]
        assert versions, kind
        for place in places:
            if place.path.endswith("/0") or not place.path:
                continue
            above, _, name = place.path.removesuffix("/*").rpartition("/")
            assert any(name in fields(v, kind, pointer=above) for v in versions), (kind, place)
            assert all(
                any(member in fields(v, kind, pointer=place.path) for v in versions)
                for member in place.but
            ), (kind, place)


@pytest.mark.parametrize(
    ("api_version", "kind", "expected"),
    [
        ("v1", "ConfigMap", ()),
        ("apps/v1", "Deployment", ("/spec/selector",)),
        (
            "apps/v1",
            "StatefulSet",
            (
                "/spec/podManagementPolicy",
                "/spec/selector",
                "/spec/serviceName",
                "/spec/volumeClaimTemplates",
            ),
        ),
        ("rbac.authorization.k8s.io/v1", "RoleBinding", ("/roleRef",)),
        ("autoscaling/v2", "HorizontalPodAutoscaler", ()),
    ],
)
def test_what_may_never_change(api_version: str, kind: str, expected: tuple[str, ...]) -> None:
    """Of each kind, and of all that have metadata."""
    assert immutable_fields(api_version, kind) == tuple(sorted((*METADATA, *expected)))


@pytest.mark.parametrize(
    ("api_version", "kind", "observed", "pointer"),
    [
        ("v1", "ConfigMap", {"immutable": True}, "/data"),
        ("v1", "Secret", {"immutable": True}, "/data"),
        ("v1", "Service", {"spec": {"type": "ClusterIP", "clusterIP": "a"}}, "/spec/clusterIP"),
        ("v1", "Node", {"spec": {"podCIDR": "a"}}, "/spec/podCIDR"),
        ("v1", "Pod", {"spec": {}}, "/spec/nodeSelector"),
        ("v1", "Pod", {"spec": {"nodeName": "a"}}, "/spec/nodeName"),
        ("v1", "PersistentVolumeClaim", {"spec": {"volumeName": "a"}}, "/spec/volumeName"),
        ("batch/v1", "Job", {"spec": {}}, "/spec/template"),
        ("batch/v1", "Job", {"spec": {}}, "/spec/completions"),
        (
            "v1",
            "Service",
            {"spec": {"type": "LoadBalancer", "loadBalancerClass": "a"}},
            "/spec/loadBalancerClass",
        ),
        (
            "apiextensions.k8s.io/v1",
            "CustomResourceDefinition",
            {"status": {"conditions": [{"type": "Established", "status": "True"}]}},
            "/spec/scope",
        ),
    ],
)
def test_what_may_not_change_of_one_object(
    api_version: str, kind: str, observed: dict[str, Any], pointer: str
) -> None:
    """Under a condition only, which is asked of the object that is there."""
    assert pointer in immutable_fields(api_version, kind, observed=observed)
    assert pointer not in immutable_fields(api_version, kind)
    other = {"spec": {"suspend": True, "completionMode": "Indexed", "schedulingGates": [{}]}}
    assert pointer not in immutable_fields(api_version, kind, observed=other)


def test_fields_tell_it() -> None:
    """Of the place itself, of what is in it, and of nothing else."""
    assert fields("apps/v1", "Deployment", pointer="/spec")["selector"].immutable
    assert not fields("apps/v1", "Deployment", pointer="/spec")["replicas"].immutable
    assert fields("apps/v1", "Deployment", pointer="/spec/selector")["matchLabels"].immutable
    container = fields("v1", "Pod", pointer="/spec/containers/0")
    assert (container["name"].immutable, container["image"].immutable) == (True, False)
    assert not fields("apps/v1", "Deployment")["spec"].immutable


def test_kinds_of_other_scope_and_of_crds() -> None:
    """Objects in no namespace have none to change; a definition says itself what is fixed."""
    assert "/metadata/namespace" not in immutable_fields("v1", "Namespace")
    fixed = {"type": "string", "x-kubernetes-validations": [{"rule": "self == oldSelf"}]}
    schema = {
        "type": "object",
        "properties": {"spec": {"type": "object", "properties": {"a": fixed, "b": {}}}},
    }
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
    crd = {
        "spec": {
            "group": "example.com",
            "scope": "Namespaced",
            "names": {"plural": "things", "kind": "Thing"},
            "versions": [version],
        }
    }
    kinds = with_crds([crd])
    assert kinds.immutable_fields("example.com/v1", "Thing") == (*METADATA, "/spec/a")
    assert kinds.fields("example.com/v1", "Thing", pointer="/spec")["a"].immutable
    with pytest.raises(ObjectError):
        immutable_fields("example.com/v1", "Thing")


def worlds() -> Iterator[list[dict[str, Any]]]:
    """Yield what stood in each recorded world after each of its steps."""
    for name in ("metacontroller/*/recording.json", "workloads/*.json"):
        for file in sorted(shared("recordings").glob(name)):
            steps = json.loads(file.read_text(encoding="utf-8")).get("steps", ())
            yield [step["world"] for step in steps if isinstance(step.get("world"), list)]


def test_what_may_not_change_never_did() -> None:
    """In no recorded world did a field change that is said not to, while its object lived."""
    seen: Counter[str] = Counter()
    for states in worlds():
        for before, after in pairwise(states):
            old = {one["metadata"]["uid"]: one for one in before if "uid" in one["metadata"]}
            for new in after:
                was = old.get(new["metadata"].get("uid"))
                if was is None or not known(new["apiVersion"], new["kind"]):
                    continue
                patterns = immutable_fields(new["apiVersion"], new["kind"], observed=was)
                for change in diff(was, new, lists={"/*": "position"}):
                    seen[new["kind"]] += 1
                    assert not covered(change.path, patterns), (new["kind"], change.path)
    assert seen["Pod"] > 10
    assert seen["Service"] > 0


IMMUTABLE = re.compile(r"immutable|may not change fields other|updates to \w+ spec for fields")


def test_what_was_refused_is_named() -> None:
    """Where the server refused a change as one of what may not change, we say so too."""
    found: set[tuple[str, str]] = set()
    for file in sorted(shared("recordings", "metacontroller").glob("*/recording.json")):
        for step in json.loads(file.read_text(encoding="utf-8"))["steps"]:
            for entry in step["timeline"]:
                body, message = entry.get("body"), entry.get("message") or ""
                if entry.get("code") != 422 or not IMMUTABLE.search(message):
                    continue
                if isinstance(body, dict) and known(body["apiVersion"], body["kind"]):
                    found.add((body["apiVersion"], body["kind"]))
                    field = re.search(r" is invalid: \[?([a-zA-Z.]+)", message)
                    assert field is not None
                    place = "/" + field[1].replace(".", "/")
                    patterns = immutable_fields(body["apiVersion"], body["kind"], observed=body)
                    inside = tuple(one for one in patterns if one.startswith(place))
                    assert covered(place, patterns) or inside, (body["kind"], message[:80])
    assert len(found) >= 5
