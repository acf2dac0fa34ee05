"""Conditions in a status, as the server and what runs beside it set them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, cast

if TYPE_CHECKING:
    from reconcile.value.types import JsonObject

__all__ = ["Condition", "holds", "put_condition", "set_condition"]


class Condition(NamedTuple):
    """What is to be said of an object, without since when."""

    type: str
    good: bool
    """Whether its status is `True`, not `False`."""
    reason: str
    message: str


def holds(status: JsonObject, name: str) -> bool:
    """Return whether a condition is there and its status is `True`."""
    return any(
        each.get("type") == name and each.get("status") == "True" for each in _listed(status)
    )


def set_condition(status: JsonObject, condition: Condition, now: str) -> None:
    """Set a condition with all that the server says in one; see `put_condition`.

    Shape: `status` is changed; `now` is the time as objects hold it.
    """
    made: JsonObject = {
        "type": condition.type,
        "status": "True" if condition.good else "False",
        "lastTransitionTime": now,
        "reason": condition.reason,
        "message": condition.message,
    }
    put_condition(status, made)


def put_condition(status: JsonObject, made: JsonObject) -> None:
    """Put a condition in the place where it stands, or behind the others.

    Shape: `status` is changed, and so is `made`, whose `lastTransitionTime` is now.
    Guarantees: the time moves with the condition's status only.
    """
    listed = _listed(status)
    places = [at for at, each in enumerate(listed) if each.get("type") == made["type"]]
    if places:
        before = listed[places[0]]
        if before.get("status") == made["status"]:
            made["lastTransitionTime"] = before.get("lastTransitionTime")
        listed[places[0]] = made
    else:
        listed.append(made)
    status["conditions"] = [*listed]


def _listed(status: JsonObject) -> list[JsonObject]:
    return list(cast("list[JsonObject]", status.get("conditions") or []))
