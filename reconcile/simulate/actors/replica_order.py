"""Which Pods of a ReplicaSet go first when there are too many.

Source: k8s.io/kubernetes pkg/controller/controller_utils.go, ActivePodsWithRanks;
pkg/apis/core/helper/helpers.go, GetDeletionCostFromPodAnnotations.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import cmp_to_key
from typing import Final, NamedTuple

from reconcile.simulate.actors.parts import annotations_of
from reconcile.simulate.actors.pods import (
    Document,
    condition_of,
    is_active,
    is_ready,
    moment,
    phase,
    restarts,
)

__all__ = ["to_delete"]

_COST: Final = "controller.kubernetes.io/pod-deletion-cost"
_NUMBER: Final = re.compile(r"0|-[0-9]+|[1-9][0-9]*")
_PHASES: Final = {"Pending": 0, "Unknown": 1, "Running": 2}


def to_delete(
    pods: Sequence[Document], related: Iterable[Document], count: int, now: datetime
) -> list[Document]:
    """Return as many Pods as are too many: those whose loss is the least.

    Shape: `related` are the Pods of all ReplicaSets of the same owner; where many of them share a
        node, one of that node goes first.
    """
    if count >= len(pods):
        return list(pods)
    on_node = Counter(pod["spec"].get("nodeName") for pod in related if is_active(pod))
    judged = [_judged(pod, on_node[pod["spec"].get("nodeName")]) for pod in pods]

    def compare(one: _Judged, other: _Judged) -> int:
        return _compare(one, other, now)

    judged.sort(key=cmp_to_key(compare))
    return [each.pod for each in judged[:count]]


class _Judged(NamedTuple):
    pod: Document
    worth: tuple[int, ...]
    """What is compared first; the smaller goes."""
    ready: datetime | None
    restarts: tuple[int, ...]
    made: datetime | None
    uid: str


def _judged(pod: Document, crowd: int) -> _Judged:
    cost = annotations_of(pod).get(_COST)
    worth = (
        int(bool(pod["spec"].get("nodeName"))),
        _PHASES.get(phase(pod), 0),
        int(is_ready(pod)),
        _cost(cost),
        -crowd,
    )
    made = moment(pod["metadata"].get("creationTimestamp"))
    return _Judged(pod, worth, _ready_since(pod), restarts(pod), made, str(pod["metadata"]["uid"]))


def _compare(one: _Judged, other: _Judged, now: datetime) -> int:
    """Return a negative number if the first goes before the second."""
    if one.worth != other.worth:
        return -1 if one.worth < other.worth else 1
    if one.worth[2] and one.ready != other.ready:
        return _younger(one.ready, other.ready, one.uid < other.uid, now)
    if one.restarts != other.restarts:
        return -1 if one.restarts > other.restarts else 1
    if one.made != other.made:
        return _younger(one.made, other.made, one.uid < other.uid, now)
    return 0


def _younger(one: datetime | None, other: datetime | None, first: bool, now: datetime) -> int:
    """Compare two times: no time first, then the younger; ages of one magnitude are alike."""
    if one is None or other is None:
        return -1 if one is None else 1
    difference = _magnitude(now - one) - _magnitude(now - other)
    if difference == 0:
        return -1 if first else 1
    return difference


def _magnitude(age: timedelta) -> int:
    """Return the logarithm of an age in nanoseconds, -1 of none."""
    nanoseconds = age // timedelta(microseconds=1) * 1000
    return int(math.log2(nanoseconds)) if nanoseconds > 0 else -1


def _ready_since(pod: Document) -> datetime | None:
    found = condition_of(pod, "Ready")
    if found is None or found.get("status") != "True":
        return None
    return moment(found.get("lastTransitionTime"))


def _cost(text: object) -> int:
    """Return the cost of a deletion, 0 where it is not said or not a number of 32 bits."""
    if not isinstance(text, str) or not _NUMBER.fullmatch(text):
        return 0
    number = int(text)
    return number if -(2**31) <= number < 2**31 else 0
