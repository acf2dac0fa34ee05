"""The leaves in which two documents differ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconcile.value.equality import equal
from reconcile.value.types import ABSENT

from ._path import pointer_of

if TYPE_CHECKING:
    from reconcile.value.types import Absent, Json

    from ._path import Path

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
    stack: list[tuple[Path, Json | Absent, Json | Absent]] = [(None, before, after)]
    while stack:
        path, x, y = stack.pop()
        if isinstance(x, dict) and isinstance(y, dict):
            keys = sorted({*x, *y}, reverse=True)
            stack.extend(((path, key), x.get(key, ABSENT), y.get(key, ABSENT)) for key in keys)
        elif isinstance(x, list) and isinstance(y, list):
            stack.extend(
                (
                    (path, index),
                    x[index] if index < len(x) else ABSENT,
                    y[index] if index < len(y) else ABSENT,
                )
                for index in reversed(range(max(len(x), len(y))))
            )
        elif x is ABSENT or y is ABSENT or not equal(x, y):
            found.append(Change(pointer_of(path), x, y))
    return tuple(found)
