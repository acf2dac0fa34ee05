"""Strict JSON equality: True is not 1, 1 is not 1.0, null is not absent.

1. NaN equals NaN and 0.0 equals -0.0, so that a document always equals itself.
2. The order of an object's members does not count, the order of a list's items does.
3. The walk is that of the diff engine, left at the first difference.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._walk_cy import Walk

if TYPE_CHECKING:
    from .types import JsonIn

__all__ = ["equal"]


def equal(a: JsonIn, b: JsonIn) -> bool:
    """Return whether two JSON documents are the same.

    Raises: TypeError for a value or a key that JSON does not have, where it is looked at.
        LimitError for two documents that contain themselves.
    Cost: linear in the smaller document; stops at the first difference. Any depth.
    """
    walk = Walk(by_value=False)
    return walk.start(a, b) == 0 and walk.step() == 0
