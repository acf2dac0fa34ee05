"""Whether a value is valid, told as fast as it can be told without saying why.

1. A check answers exactly as the walk of `values` that finds nothing; the walk tells what is wrong.
2. Made once from a schema, of functions that know only what their place asks of them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from ._go import is_list, is_object
from .values import Node, validate

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Check", "checking"]

Check: TypeAlias = Callable[[Any], bool]
_MAX: Final = 2**63 - 1
_MIN: Final = -(2**63)


def _anything(_value: Any) -> bool:
    return True


def checking(node: Node) -> Check:
    """Return a function that tells whether a value is valid by a schema."""
    junctors = bool(node.all_of or node.any_of or node.one_of or node.negated is not None)
    if junctors:
        return lambda value: not validate(node, value, "").found
    plain = not (node.enum or node.format)
    if node.types == ("string",):
        return _strings(node)
    if node.types == ("boolean",) and plain:
        return _booleans(node)
    if node.types == ("integer",) and not node.enum and node.format in {"", "int32", "int64"}:
        return _integers(node)
    if node.types == ("object",) and plain:
        return _objects(node)
    if node.types == ("array",) and plain and not node.unique:
        return _lists(node)
    if not node.types and plain and _asks_nothing(node):
        return _anything
    return lambda value: not validate(node, value, "").found


def _asks_nothing(node: Node) -> bool:
    bounds = (*node.length, *node.listed, *node.members, node.minimum, node.maximum)
    return (
        all(bound is None for bound in (*bounds, node.multiple_of, node.items, node.others))
        and not (node.pattern or node.properties or node.required or node.unique)
        and node.allows
    )


def _strings(node: Node) -> Check:
    nullable = node.nullable and not node.enum
    if node.format:
        return lambda value: not validate(node, value, "").found
    least, most = node.length
    search = node.search.search if node.search is not None else None
    choices = frozenset(each for each in node.enum if isinstance(each, str))
    any_choice = not node.enum
    if least is None and most is None and search is None:
        if any_choice:
            return lambda value: isinstance(value, str) or (value is None and nullable)
        return lambda value: isinstance(value, str) and value in choices
    shortest = least or 0
    longest = most if most is not None else _MAX

    def check(value: Any) -> bool:
        if not isinstance(value, str):
            return value is None and nullable
        return (
            shortest <= len(value) <= longest
            and (search is None or search(value) is not None)
            and (any_choice or value in choices)
        )

    return check


def _booleans(node: Node) -> Check:
    nullable = node.nullable
    return lambda value: value is True or value is False or (value is None and nullable)


def _integers(node: Node) -> Check:
    low, high = (-(2**31), 2**31 - 1) if node.format == "int32" else (_MIN, _MAX)
    nullable = node.nullable
    bounds = (node.minimum, node.maximum, node.multiple_of)
    simple = all(each is None or float(each).is_integer() for each in bounds)
    if node.minimum is not None and simple:
        low = max(low, int(node.minimum) + node.exclusive_minimum)
    if node.maximum is not None and simple:
        high = min(high, int(node.maximum) - node.exclusive_maximum)
    if node.multiple_of is not None or not simple:
        return lambda value: not validate(node, value, "").found

    def check(value: Any) -> bool:
        if type(value) is int:
            return low <= value <= high
        if value is None:
            return nullable
        return not validate(node, value, "").found

    return check


def _objects(node: Node) -> Check:
    least, most = node.members
    nullable = node.nullable
    required = node.required
    properties: Mapping[str, Check] = {
        name: made
        for name, each in node.properties.items()
        if (made := checking(each)) is not _anything
    }
    named = node.properties
    others = None if node.others is None else checking(node.others)
    if others is _anything:
        others = None
    looks = others is not None or not node.allows
    allows = node.allows
    find = properties.get

    def check(value: Any) -> bool:
        if not is_object(value):
            return value is None and nullable
        for name in required:
            if name not in value:
                return False
        for name, item in value.items():
            look = find(name)
            if look is not None:
                if not look(item):
                    return False
            elif (
                looks and name not in named and not (allows and others is not None and others(item))
            ):
                return False
        size = len(value)
        return (least is None or size >= least) and (most is None or size <= most)

    return check


def _lists(node: Node) -> Check:
    least, most = node.listed
    nullable = node.nullable
    items = _anything if node.items is None else checking(node.items)

    def check(value: Any) -> bool:
        if not is_list(value):
            return value is None and nullable
        size = len(value)
        if (least is not None and size < least) or (most is not None and size > most):
            return False
        if items is _anything:
            return True
        return all(map(items, value))

    return check
