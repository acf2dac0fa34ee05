"""Strict JSON equality: True is not 1, 1 is not 1.0, null is not absent.

1. NaN equals NaN and 0.0 equals -0.0, so that a document always equals itself.
2. The order of an object's members does not count, the order of a list's items does.
3. Any depth works: the walk keeps its own stack of what is still to be compared.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .types import JsonIn

__all__ = ["equal"]

_LEAVES = frozenset({str, int, bool, float, type(None)})


def equal(a: JsonIn, b: JsonIn) -> bool:
    """Return whether two JSON documents are the same.

    Raises: TypeError for a value or a key that JSON does not have, where it is looked at.
    Cost: linear in the smaller document; stops at the first difference.
    """
    stack: list[tuple[object, object]] = [(a, b)]
    while stack:
        x, y = stack.pop()
        kind = type(x)
        if kind in _LEAVES and type(y) in _LEAVES:
            if kind is not type(y) or (x != y and not (x != x and y != y)):  # noqa: PLR0124  # NaN
                return False
        elif isinstance(x, dict) and isinstance(y, dict):
            if len(x) != len(y):
                return False
            for key, value in x.items():
                if type(key) is not str:
                    raise TypeError(f"JSON has no keys of type {type(key).__name__}")
                if key not in y:
                    return False
                stack.append((value, y[key]))
        elif isinstance(x, (list, tuple)) and isinstance(y, (list, tuple)):
            if len(x) != len(y):
                return False
            stack.extend(zip(x, y, strict=True))
        else:
            _known(x)
            _known(y)
            return False
    return True


def _known(value: object) -> None:
    if type(value) not in _LEAVES and not isinstance(value, (dict, list, tuple)):
        raise TypeError(f"JSON has no {type(value).__name__}")
