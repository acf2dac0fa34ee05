"""Conditions of a status, with times that stay while nothing happens.

1. `lastTransitionTime` changes when `status` changes and only then; otherwise each sync would
   change the status, and the changed status would cause the next sync.
2. The time is given by the caller; without one the field is left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, Literal

from reconcile.errors import Fault, ObjectError
from reconcile.value.redact import describe

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconcile.value.types import Json, JsonIn, JsonObject

__all__ = ["Condition", "ConditionStatus", "merge_conditions", "with_condition"]

ConditionStatus = Literal["True", "False", "Unknown"]

_STATUSES: Final = ("True", "False", "Unknown")


@dataclass(frozen=True, slots=True)
class Condition:
    """One aspect of an object's state, as people and `kubectl wait` read it.

    Raises: ObjectError if `type` is empty or `status` is none of the three texts (True and
        False are texts here, not truth values).
    """

    type: str
    """CamelCase, unique in the status: `Ready`."""
    status: ConditionStatus
    reason: str = ""
    """CamelCase, for programs; "" leaves it out."""
    message: str = ""
    """For people; "" leaves it out."""

    def __post_init__(self) -> None:
        faults: list[Fault] = []
        kind: object = self.type
        if not (isinstance(kind, str) and kind):
            faults.append(Fault("/type", "must be a text that is not empty"))
        if self.status not in _STATUSES or not isinstance(self.status, str):
            message = f"must be the text True, False or Unknown, not {describe(self.status)}"
            faults.append(Fault("/status", message))
        texts: tuple[tuple[str, object], ...] = (
            ("/reason", self.reason),
            ("/message", self.message),
        )
        faults += [
            Fault(pointer, f"must be a text, not {describe(text)}")
            for pointer, text in texts
            if not isinstance(text, str)
        ]
        if faults:
            raise ObjectError(faults)


def merge_conditions(
    observed: Sequence[JsonIn] | None,
    desired: Iterable[Condition],
    *,
    now: datetime | None,
    generation: int | None,
) -> list[Json]:
    """Return the conditions of a status: those desired, with times from those observed.

    Shape: sorted by type. `lastTransitionTime` is the observed one while `status` is the same,
        else `now` in RFC 3339 with seconds, else left out. `observedGeneration` is `generation`
        if given. Observed conditions that are not desired are dropped.
    Raises: ObjectError if two desired conditions of one type differ; ValueError if `now` knows
        no time zone.
    """
    before = _by_type(observed)
    wanted: dict[str, Condition] = {}
    twice = [
        Fault("/conditions", f"{condition.type} is given twice, with different content")
        for condition in desired
        if wanted.setdefault(condition.type, condition) != condition
    ]
    if twice:
        raise ObjectError(twice)
    return [
        _written(wanted[kind], before.get(kind), now=now, generation=generation)
        for kind in sorted(wanted)
    ]


def with_condition(
    status: Mapping[str, Json],
    condition: Condition,
    *,
    now: datetime | None,
    generation: int | None,
) -> JsonObject:
    """Return `status` with one condition set and all the rest kept.

    Shape: other conditions stay as they are and where they are, also those that are no objects;
        a new one is put at the end. `conditions` that is no list is replaced.
    Guarantees: `status` is not changed; values outside `conditions` are shared with it.
    Raises: ValueError if `now` knows no time zone.
    """
    observed = status.get("conditions")
    kept: list[Json] = list(observed) if isinstance(observed, list) else []
    places = [
        index
        for index, item in enumerate(kept)
        if isinstance(item, dict) and item.get("type") == condition.type
    ]
    before = kept[places[0]] if places else None
    written = _written(condition, before, now=now, generation=generation)
    if places:
        kept[places[0]] = written
    else:
        kept.append(written)
    for index in reversed(places[1:]):
        del kept[index]
    return {**status, "conditions": kept}


def _by_type(observed: Sequence[JsonIn] | None) -> dict[str, JsonIn]:
    found: dict[str, JsonIn] = {}
    for item in observed or ():
        if isinstance(item, Mapping):
            kind = item.get("type")
            if isinstance(kind, str):
                found.setdefault(kind, item)
    return found


def _written(
    condition: Condition, before: JsonIn, *, now: datetime | None, generation: int | None
) -> JsonObject:
    written: JsonObject = {"type": condition.type, "status": condition.status}
    if condition.reason:
        written["reason"] = condition.reason
    if condition.message:
        written["message"] = condition.message
    since = None
    if isinstance(before, Mapping) and before.get("status") == condition.status:
        since = before.get("lastTransitionTime")
    if isinstance(since, str) and since:
        written["lastTransitionTime"] = since
    elif now is not None:
        written["lastTransitionTime"] = _stamp(now)
    if generation is not None:
        written["observedGeneration"] = generation
    return written


def _stamp(now: datetime) -> str:
    if now.tzinfo is None:
        message = "now must know its time zone"
        raise ValueError(message)
    # Kubernetes' Time has seconds; anything finer would be cut off and differ at once.
    return now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
