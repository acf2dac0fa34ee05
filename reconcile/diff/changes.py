"""The leaves in which two documents differ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconcile.value.equality import equal
from reconcile.value.pointer import escape
from reconcile.value.types import ABSENT

if TYPE_CHECKING:
    from reconcile.value.types import Absent, Json

__all__ = ["Change", "changes"]


@dataclass(frozen=True, slots=True)
class Change:
    """One place at which two documents differ."""

    pointer: str
    before: Json | Absent
    after: Json | Absent


def changes(before: Json, after: Json) -> tuple[Change, ...]:
    """Return the places at which two documents differ, sorted by members, lists by position.

    Shape: a member or item that only one of them has is one change, with all that is in it.
    Guarantees: empty exactly if the two are equal. Values are references, not copies.
    Cost: linear; any depth.
    """
    found: list[Change] = []
    stack: list[tuple[str, Json | Absent, Json | Absent]] = [("", before, after)]
    while stack:
        pointer, x, y = stack.pop()
        if isinstance(x, dict) and isinstance(y, dict):
            keys = sorted({*x, *y}, reverse=True)
            stack.extend(
                (f"{pointer}/{escape(key)}", x.get(key, ABSENT), y.get(key, ABSENT)) for key in keys
            )
        elif isinstance(x, list) and isinstance(y, list):
            stack.extend(
                (
                    f"{pointer}/{index}",
                    x[index] if index < len(x) else ABSENT,
                    y[index] if index < len(y) else ABSENT,
                )
                for index in reversed(range(max(len(x), len(y))))
            )
        elif x is ABSENT or y is ABSENT or not equal(x, y):
            found.append(Change(pointer, x, y))
    return tuple(found)
