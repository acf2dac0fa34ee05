"""What controllers of Pods share: the state of a Pod, a Pod from a template, whose a Pod is.

1. Nothing here decides or writes: it reads documents and makes new ones.
2. Documents that are read are never changed.

Source: k8s.io/kubernetes pkg/controller/controller_utils.go, pkg/api/v1/pod/util.go.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

from reconcile.value.frozen import thaw

if TYPE_CHECKING:
    from reconcile.value.types import JsonObject

__all__ = [
    "Document",
    "condition_of",
    "controller_reference",
    "first_to_go",
    "is_active",
    "is_ended",
    "is_ready",
    "moment",
    "phase",
    "pod_of",
    "restarts",
    "status_of",
    "terminating",
]

Document: TypeAlias = Mapping[str, Any]
"""An object that is read."""

_ORDER: Final = {"Pending": 0, "Unknown": 1, "Running": 2}
_LONGEST_NAME: Final = 253


def terminating(document: Document) -> bool:
    """Return whether an object is being deleted."""
    return bool(document["metadata"].get("deletionTimestamp"))


def status_of(document: Document) -> Document:
    """Return the status of an object, an empty one if it has none."""
    return cast("Document", document.get("status") or {})


def moment(text: object) -> datetime | None:
    """Return a time that an object holds, None if it holds none."""
    return datetime.fromisoformat(text).astimezone(UTC) if isinstance(text, str) and text else None


def phase(pod: Document) -> str:
    """Return the phase of a Pod, empty if nobody has said one."""
    return str(status_of(pod).get("phase") or "")


def is_ended(pod: Document) -> bool:
    """Return whether a Pod has ended, well or not."""
    return phase(pod) in ("Succeeded", "Failed")


def is_active(pod: Document) -> bool:
    """Return whether a Pod has not ended and is not being deleted."""
    return not is_ended(pod) and not terminating(pod)


def condition_of(document: Document, name: str) -> Document | None:
    """Return a condition in the status of an object, None if it is not there."""
    for each in status_of(document).get("conditions") or ():
        if each.get("type") == name:
            return cast("Document", each)
    return None


def is_ready(pod: Document) -> bool:
    """Return whether the condition `Ready` of a Pod is true."""
    found = condition_of(pod, "Ready")
    return found is not None and found.get("status") == "True"


def controller_reference(owner: Document) -> JsonObject:
    """Return the owner reference by which an object says that this one controls it."""
    about = owner["metadata"]
    return {
        "apiVersion": owner["apiVersion"],
        "kind": owner["kind"],
        "name": about["name"],
        "uid": about["uid"],
        "controller": True,
        "blockOwnerDeletion": True,
    }


def pod_of(template: Document, owner: Document, generate_name: str = "") -> dict[str, Any]:
    """Return the Pod that a controller makes from a template, as it is sent to the server.

    Shape: labels, annotations, finalizers and spec are the template's; the name begins with
        `generate_name`, or with the owner's name and a dash. The caller may change the result.
    """
    about: Document = template.get("metadata") or {}
    owned = owner["metadata"]
    prefix = f"{owned['name']}-"
    made: dict[str, Any] = {
        "generateName": generate_name or (prefix if len(prefix) <= _LONGEST_NAME else prefix[:-1]),
        "namespace": owned["namespace"],
    }
    for part in ("labels", "annotations", "finalizers"):
        if about.get(part):
            made[part] = thaw(about[part])
    made["ownerReferences"] = [controller_reference(owner)]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": made,
        "spec": thaw(template.get("spec") or {}),
    }


def first_to_go(pods: Iterable[Document]) -> list[Document]:
    """Return active Pods in the order in which they are given up.

    Guarantees: those that are bound to no node first, then those that are pending, not ready,
        ready for a shorter time, often restarted, and young. Otherwise the order stays.
    Source: pkg/controller/controller_utils.go, ActivePods.
    """
    return sorted(pods, key=_worth)


def _worth(pod: Document) -> tuple[float, ...]:
    ready = condition_of(pod, "Ready") if is_ready(pod) else None
    main, beside = restarts(pod)
    return (
        bool(pod["spec"].get("nodeName")),
        _ORDER.get(phase(pod), 0),
        ready is not None,
        0.0 if ready is None else _youth(ready.get("lastTransitionTime")),
        -main,
        -beside,
        _youth(pod["metadata"].get("creationTimestamp")),
    )


def _youth(text: object) -> float:
    """Return a number that is the smaller the later a time is, the smallest for none."""
    found = moment(text)
    return float("-inf") if found is None else -found.timestamp()


def restarts(pod: Document) -> tuple[int, int]:
    """Return how often a container was restarted at most, and one that runs beside (a sidecar)."""
    sidecars = {
        each["name"]
        for each in pod["spec"].get("initContainers") or ()
        if each.get("restartPolicy") == "Always"
    }
    known = status_of(pod)
    main = [each.get("restartCount", 0) for each in known.get("containerStatuses") or ()]
    beside = [
        each.get("restartCount", 0)
        for each in known.get("initContainerStatuses") or ()
        if each.get("name") in sidecars
    ]
    return max(main, default=0), max(beside, default=0)
