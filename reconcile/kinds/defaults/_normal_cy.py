"""The walks of the normal form: what a type keeps, and what it always writes."""
# ruff: noqa: FBT003  # compiled functions call each other by position
# pyright: reportMissingTypeStubs=false, reportMissingImports=false
# pyright: reportMissingModuleSource=false, reportPossiblyUnboundVariable=false
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from reconcile.errors import LimitError
from reconcile.value.limits import MAX_DEPTH

try:
    import cython
except ImportError:  # the plain build needs no compiler installed
    from reconcile.value import _plain as cython

if not cython.compiled:
    from reconcile.value._copy_cy import items_of, members_of, thaw

if TYPE_CHECKING:
    from reconcile.kinds._schema import Schema
    from reconcile.value.types import Json

__all__ = ["Member", "Shape", "filled", "normalized"]


class Shape:
    """What a type keeps and writes, as its schema says; made once for each schema."""

    if not cython.compiled:
        __slots__ = ("always", "below", "code", "leaf", "members", "nothing")

    def __init__(self) -> None:
        self.code = 0
        """0: a leaf, 1: one that is spelt, whatever it is, 2: an object, 3: a map, 4: a list, 5: a
        text that is spelt."""
        self.leaf: Callable[[Json, bool], Json] | None = None
        """How a leaf is spelt; told whether it belongs to resources."""
        self.members: dict[str, Member] = {}
        self.below: Shape | None = None
        self.nothing: Json = None
        """What null is below."""
        self.always: list[tuple[str, Json, bool]] = []
        """What is always written: a name, a value, and whether that is an empty object."""


class Member:
    """A member of an object."""

    if not cython.compiled:
        __slots__ = (
            "default",
            "make",
            "no_holder",
            "no_text",
            "no_zero",
            "required",
            "schema",
            "shape",
            "spelt",
        )

    def __init__(self, schema: Schema, make: Callable[[Schema], Shape]) -> None:
        self.schema = schema
        self.make = make
        self.shape: Shape | None = None
        """Its shape, None as long as nobody has asked: objects hold themselves."""
        self.default = False
        """Whether it has a default."""
        self.required = False
        self.spelt = False
        self.no_holder = False
        """Whether an empty list or object is as if it were not there; so for texts and zeros."""
        self.no_text = False
        self.no_zero = False


def normalized(value: Json, shape: Shape, resources: bool, depth: int) -> Json:
    """Return a value as its type keeps it; see `normal.normal`."""
    if depth > MAX_DEPTH:
        raise LimitError("levels of nesting", MAX_DEPTH)
    code = shape.code
    if code == 1:
        return shape.leaf(value, resources)  # type: ignore[misc]  # it has one
    if isinstance(value, dict):
        if code == 2:
            return _members(value, shape, depth)
        if code != 3:
            return thaw(value, depth)
        made: dict[str, Json] = {}
        for key, item in members_of(value).items():
            if item is None:
                made[key] = shape.nothing
            else:
                made[key] = normalized(item, shape.below, True, depth + 1)  # type: ignore[arg-type]  # maps have one
        return made
    if isinstance(value, list):
        if code != 4:
            return thaw(value, depth)
        items: list[Json] = []
        for item in items_of(value):
            if item is None:
                items.append(shape.nothing)
            else:
                items.append(normalized(item, shape.below, False, depth + 1))  # type: ignore[arg-type]  # lists have one
        return items
    if code == 5 and isinstance(value, str):
        return shape.leaf(value, resources)  # type: ignore[misc]  # it has one
    return value


def _members(value: Json, shape: Shape, depth: int) -> Json:
    kept: dict[str, Json] = {}
    for key, item in members_of(value).items():
        if item is None:
            continue  # a list that is always written is written as null again
        member = shape.members.get(key)
        if member is None:
            continue
        found: Json = item
        if member.spelt or isinstance(item, (dict, list)):
            below = member.shape
            if below is None:
                below = member.shape = member.schema.remember(member.make)
            found = normalized(item, below, False, depth + 1)
        if found:
            kept[key] = found
        elif member.required:
            kept[key] = None if isinstance(found, list) and not member.default else found
        elif isinstance(found, (dict, list)):
            if not member.no_holder:
                kept[key] = found
        elif isinstance(found, str):
            if not member.no_text:
                kept[key] = found
        elif isinstance(found, float) or not member.no_zero:
            kept[key] = found
    return kept


def filled(value: Json, shape: Shape, leaves: bool) -> None:
    """Write what a type always writes into a value; see `normal.fill`."""
    code = shape.code
    if isinstance(value, dict):
        if code == 2:
            for name, default, empty in shape.always:
                if name not in value:
                    if empty:
                        value[name] = {}
                    elif leaves:
                        value[name] = thaw(default)
            for key, item in members_of(value).items():
                if type(item) is dict or type(item) is list:
                    member = shape.members.get(key)
                    if member is not None:
                        below = member.shape
                        if below is None:
                            below = member.shape = member.schema.remember(member.make)
                        if below.code > 1:
                            filled(item, below, leaves)
        elif code == 3 and shape.below is not None and shape.below.code > 1:
            for item in members_of(value).values():
                if type(item) is dict or type(item) is list:
                    filled(item, shape.below, leaves)
    elif isinstance(value, list) and code == 4 and shape.below is not None and shape.below.code > 1:
        for item in items_of(value):
            if type(item) is dict or type(item) is list:
                filled(item, shape.below, leaves)
