"""How many replicas each ReplicaSet of a Deployment should have: pure arithmetic.

Source: k8s.io/kubernetes pkg/controller/deployment/util/deployment_util.go, sync.go and
rolling.go; k8s.io/apimachinery pkg/util/intstr/intstr.go.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from reconcile.simulate.actors.parts import annotations_of, spec_of, status_of
from reconcile.simulate.actors.pods import Document

__all__ = [
    "DESIRED",
    "LARGEST",
    "MAXIMUM",
    "is_rolling",
    "max_surge",
    "max_unavailable",
    "new_size",
    "saturated",
    "shares",
    "size",
    "total",
]

DESIRED: Final = "deployment.kubernetes.io/desired-replicas"
"""The annotation of a ReplicaSet that says how many replicas its Deployment wanted."""
MAXIMUM: Final = "deployment.kubernetes.io/max-replicas"
"""The annotation of a ReplicaSet that says how many its Deployment might have had with surge."""
LARGEST: Final = 2**31 - 1


def size(found: Document) -> int:
    """Return how many replicas a Deployment or ReplicaSet wants."""
    return int(spec_of(found)["replicas"])


def total(sets: Iterable[Document]) -> int:
    """Return how many replicas some ReplicaSets want."""
    return sum(size(each) for each in sets)


def is_rolling(deployment: Document) -> bool:
    """Return whether a Deployment replaces its Pods step by step."""
    return bool(spec_of(deployment)["strategy"].get("type") == "RollingUpdate")


def max_surge(deployment: Document) -> int:
    """Return how many replicas more than wanted there may be."""
    return _bounds(deployment)[0] if is_rolling(deployment) else 0


def max_unavailable(deployment: Document) -> int:
    """Return how many replicas fewer than wanted may be available."""
    wanted = size(deployment)
    return min(_bounds(deployment)[1], wanted) if is_rolling(deployment) and wanted else 0


def new_size(deployment: Document, sets: Iterable[Document], now: int) -> int:
    """Return how many replicas the new ReplicaSet should have, which has so many now.

    Shape: `sets` are all ReplicaSets of the Deployment.
    """
    wanted = size(deployment)
    if not is_rolling(deployment):
        return wanted
    room = wanted + _share(_rolling(deployment).get("maxSurge"), wanted, up=True) - total(sets)
    return now if room <= 0 else now + min(room, wanted - now)


def saturated(deployment: Document, new: Document | None) -> bool:
    """Return whether the new ReplicaSet has all that is wanted, and all of it is available."""
    if new is None:
        return False
    wanted = size(deployment)
    desired = annotations_of(new).get(DESIRED, "")
    known = desired.isascii() and desired.isdecimal() and int(desired) == wanted
    available = status_of(new).get("availableReplicas", 0)
    return known and size(new) == wanted and available == wanted


def shares(deployment: Document, sets: Sequence[Document]) -> list[tuple[Document, int]]:
    """Return the ReplicaSets with replicas and the size that each should have, in proportion.

    Shape: largest first; of those of one size the newest where replicas are added, the oldest
        where they are taken away. The first gets what rounding leaves over.
    """
    wanted = size(deployment)
    allowed = wanted + max_surge(deployment) if wanted else 0
    add = allowed - total(sets)
    ordered = sorted(sets, key=_age, reverse=add > 0)
    if add:
        ordered.sort(key=size, reverse=True)
    made: list[tuple[Document, int]] = []
    added = 0
    for each in ordered:
        part = 0
        if size(each) and add != added:
            left = add - added
            fraction = _fraction(deployment, each)
            part = min(fraction, left) if add > 0 else max(fraction, left)
        made.append((each, size(each) + part))
        added += part
    if made and add:
        first, count = made[0]
        made[0] = (first, max(count + add - added, 0))
    return made


def _age(found: Document) -> tuple[str, str]:
    about = found["metadata"]
    return str(about.get("creationTimestamp")), str(about["name"])


def _fraction(deployment: Document, found: Document) -> int:
    """Return how many replicas a ReplicaSet gains so that its part of the whole stays."""
    now = size(found)
    if size(deployment) == 0:
        return -now
    text = annotations_of(found).get(MAXIMUM, "")
    before = int(text) if text.isascii() and text.isdecimal() else 0
    if before == 0 or before > LARGEST:
        before = int(status_of(deployment).get("replicas", 0))
        if before == 0:
            return 0
    exact = now * (size(deployment) + max_surge(deployment)) / before
    return int(exact + 0.5) - now


def _rolling(deployment: Document) -> Mapping[str, object]:
    return spec_of(deployment)["strategy"].get("rollingUpdate") or {}


def _bounds(deployment: Document) -> tuple[int, int]:
    """Return surge and unavailable; where both are nothing, one may be unavailable."""
    wanted = size(deployment)
    rolling = _rolling(deployment)
    surge = _share(rolling.get("maxSurge"), wanted, up=True)
    unavailable = _share(rolling.get("maxUnavailable"), wanted, up=False)
    return (0, 1) if not surge and not unavailable else (surge, unavailable)


def _share(value: object, whole: int, *, up: bool) -> int:
    """Return a number, or so many percent of a whole, rounded up or down."""
    if isinstance(value, str):
        part = int(value.removesuffix("%")) * whole
        return -(-part // 100) if up else part // 100
    return value if isinstance(value, int) else 0
