"""Where the Pods of a DaemonSet belong: Nodes that fit, taints they bear, the Node each is for.

1. A Node fits by its name, by the template's node selector and node affinity, and by its taints. A
   taint NoSchedule keeps new Pods off; only NoExecute drives out those that are there.
2. Each Pod is for one Node from the start: by an affinity to its name, which the scheduler obeys.

Source: k8s.io/kubernetes pkg/controller/daemon/daemon_controller.go, NodeShouldRunDaemonPod;
pkg/controller/daemon/util/daemonset_util.go; k8s.io/component-helpers
scheduling/corev1/nodeaffinity/nodeaffinity.go.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

from reconcile.simulate.actors.parts import about, labels_of, name_of, spec_of
from reconcile.simulate.actors.pods import Document
from reconcile.value.frozen import thaw

if TYPE_CHECKING:
    from reconcile.value.types import Json

__all__ = ["Fit", "fit", "for_node", "node_of", "with_tolerations"]

_NAME_FIELD: Final = "metadata.name"
_REQUIRED: Final = "requiredDuringSchedulingIgnoredDuringExecution"
_NOTHING: Final[Document] = {}
_NUMBER: Final = re.compile(r"[+-]?[0-9]+", re.ASCII)
_TOLERATED: Final = (
    ("not-ready", "NoExecute"),
    ("unreachable", "NoExecute"),
    ("disk-pressure", "NoSchedule"),
    ("memory-pressure", "NoSchedule"),
    ("pid-pressure", "NoSchedule"),
    ("unschedulable", "NoSchedule"),
)
"""What all Pods of DaemonSets tolerate."""
_TOLERATED_ON_HOST: Final = ("network-unavailable", "NoSchedule")
"""What those tolerate besides that use the network of their Node."""


class Fit(NamedTuple):
    """Whether a DaemonSet wants to be on a Node."""

    runs: bool
    """Whether a Pod is to be made there."""
    stays: bool
    """Whether a Pod that is there may stay."""


def fit(owner: Document, node: Document) -> Fit:
    """Return whether a DaemonSet is to run on a Node."""
    spec = spec_of(owner["spec"]["template"])
    if spec.get("nodeName") not in (None, "", name_of(node)) or not _selects(spec, node):
        return Fit(runs=False, stays=False)
    tolerations = _tolerations(spec)
    effects = {
        taint.get("effect")
        for taint in spec_of(node).get("taints") or ()
        if not any(_tolerates(each, taint) for each in tolerations)
    }
    if effects.isdisjoint(("NoExecute", "NoSchedule")):
        return Fit(runs=True, stays=True)
    return Fit(runs=False, stays="NoExecute" not in effects)


def node_of(pod: Document) -> str | None:
    """Return the name of the Node that a Pod is on or for, None if it does not say."""
    bound: str | None = pod["spec"].get("nodeName")
    if bound:
        return bound
    for term in _terms(pod["spec"]) or ():
        for field in cast("Iterable[Document]", term.get("matchFields") or ()):
            if field.get("key") == _NAME_FIELD and field.get("operator") == "In":
                values: list[str] = field.get("values") or []
                return values[0] if len(values) == 1 else None
    return None


def for_node(spec: dict[str, Any], node: str) -> None:
    """Let a Pod's spec ask for one Node, in place of what the affinity to Nodes required."""
    field: Json = {"key": _NAME_FIELD, "operator": "In", "values": [node]}
    affinity = cast("dict[str, Any]", spec.setdefault("affinity", {}))
    of_nodes = cast("dict[str, Any]", affinity.setdefault("nodeAffinity", {}))
    of_nodes[_REQUIRED] = {"nodeSelectorTerms": [{"matchFields": [field]}]}


def with_tolerations(spec: dict[str, Any]) -> None:
    """Give a Pod's spec the tolerations that Pods of DaemonSets have."""
    spec["tolerations"] = [thaw(each) for each in _tolerations(spec)]


def _tolerations(spec: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the tolerations of a spec with those that Pods of DaemonSets have."""
    made = [dict(each) for each in cast("Iterable[Document]", spec.get("tolerations") or ())]
    wanted = [*_TOLERATED, *([_TOLERATED_ON_HOST] if spec.get("hostNetwork") else ())]
    for name, effect in wanted:
        key = f"node.kubernetes.io/{name}"
        new = {"key": key, "operator": "Exists", "effect": effect}
        same = [place for place, each in enumerate(made) if _is_same(each, new)]
        for place in same:
            made[place] = new
        if not same:
            made.append(new)
    return made


def _is_same(one: Document, other: Document) -> bool:
    """Return whether two tolerations are for the same taint; for how long does not matter."""
    names = ("key", "effect", "operator", "value")
    return all((one.get(name) or "") == (other.get(name) or "") for name in names)


def _tolerates(toleration: Document, taint: Document) -> bool:
    for name in ("effect", "key"):
        if toleration.get(name) and toleration[name] != taint.get(name):
            return False
    match toleration.get("operator") or "Equal":
        case "Equal":
            return (toleration.get("value") or "") == (taint.get("value") or "")
        case "Exists":
            return True
        case _:
            return False


def _terms(spec: Mapping[str, Any]) -> list[Document] | None:
    """Return the terms of the node affinity that a Pod requires, None if it requires none."""
    affinity = cast("Document", spec.get("affinity") or {})
    of_nodes = cast("Document", affinity.get("nodeAffinity") or {})
    required = cast("Document | None", of_nodes.get(_REQUIRED))
    return None if required is None else list(required.get("nodeSelectorTerms") or ())


def _selects(spec: Mapping[str, Any], node: Document) -> bool:
    """Return whether the node selector and the node affinity of a Pod fit a Node."""
    labels = labels_of(node)
    wanted = cast("Mapping[str, str]", spec.get("nodeSelector") or {})
    if any(labels.get(name) != value for name, value in wanted.items()):
        return False
    terms = _terms(spec)
    return terms is None or any(_fits(term, node) for term in terms)


def _fits(term: Document, node: Document) -> bool:
    """Return whether a term fits a Node; a term that says nothing fits none."""
    expressions = cast("list[Document]", term.get("matchExpressions") or [])
    fields = cast("list[Document]", term.get("matchFields") or [])
    known = {_NAME_FIELD: about(node)["name"]}
    return bool(expressions or fields) and (
        all(_holds(each, labels_of(node)) for each in expressions)
        and all(_holds(each, known) for each in fields)
    )


def _holds(requirement: Document, labels: Mapping[str, str]) -> bool:
    value = labels.get(requirement["key"])
    values = cast("list[str]", requirement.get("values") or [])
    match requirement["operator"]:
        case "In":
            return value in values
        case "NotIn":
            return value not in values
        case "Exists":
            return value is not None
        case "DoesNotExist":
            return value is None
        case operator:
            bounds = [_number(each) for each in (value, *values)]
            if len(bounds) != 2 or None in bounds:
                return False
            found, bound = cast("list[int]", bounds)
            return found > bound if operator == "Gt" else operator == "Lt" and found < bound


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and _NUMBER.fullmatch(text) else None
