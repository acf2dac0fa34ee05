"""The walk of reading an object into the server's structures: what fits costs next to nothing.

1. Where a value stands is a chain of steps, and is only written out when there is something to say
   of it: see `path_of` and `fields_of`.
2. What does not obviously fit is handed to `Reading.other`, which knows all the rest.
"""
# ruff: noqa: PLR0917  # compiled functions call each other by position
# pyright: reportMissingTypeStubs=false, reportMissingImports=false
# pyright: reportMissingModuleSource=false, reportPossiblyUnboundVariable=false
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

from reconcile.errors import LimitError
from reconcile.value.limits import MAX_DEPTH

try:
    import cython
except ImportError:  # the plain build needs no compiler installed
    from reconcile.value import _plain as cython

if not cython.compiled:
    from reconcile.value._copy_cy import items_of, members_of

if TYPE_CHECKING:
    from reconcile.kinds._schema import Schema
    from reconcile.value.types import Json

__all__ = ["Member", "Reading", "Shape", "Where", "fields_of", "path_of", "read_value"]

Where: TypeAlias = "tuple[Where, str | int, str] | None"
"""What a value is in, its name or place there, and the fields that a name stands for, if any."""


class Reading:
    """What was found on the way."""

    if not cython.compiled:
        __slots__ = ("first", "other", "unknown")

    def __init__(self, other: Callable[..., None]) -> None:
        self.first: str | None = None
        """What is said of the first value that does not fit."""
        self.unknown: list[str] = []
        self.other = other


class Shape:
    """How values of one schema are read; made once for each schema."""

    if not cython.compiled:
        __slots__ = ("below", "code", "form", "go", "members", "struct")

    def __init__(self, struct: str) -> None:
        self.struct = struct
        self.code = 0
        """0: anything, 1: a text, 2: a structure, 3: a list, 4: a map, 5: true or false, 6: a whole
        number or what may be one, 7: others."""
        self.form = "any"
        self.go = ""
        self.below: Shape | None = None
        self.members: dict[str, Member] = {}


class Member:
    """A field of a structure."""

    if not cython.compiled:
        __slots__ = ("go", "make", "schema", "shape", "step", "struct")

    def __init__(
        self, schema: Schema, make: Callable[[Schema], Shape], struct: str, step: str, go: str
    ) -> None:
        self.schema = schema
        self.make = make
        self.shape: Shape | None = None
        """How its values are read, None as long as nobody has asked: structures hold themselves."""
        self.struct = struct
        self.step = step
        self.go = go


def read_value(
    shape: Shape, value: Json, to: Reading, where: Where, struct: str, go: str, depth: int
) -> None:
    """Read a value; see `go_types.read`."""
    if value is None:
        return
    code = shape.code
    if code == 2:
        if isinstance(value, dict):
            if depth > MAX_DEPTH:
                raise LimitError("levels of nesting", MAX_DEPTH)
            for key, item in members_of(value).items():
                member = shape.members.get(key)
                if member is None:
                    to.unknown.append(path_of((where, key, "")))
                    continue
                below = member.shape
                if below is None:
                    below = member.shape = member.schema.remember(member.make)
                if item is None or (below.code == 1 and isinstance(item, str)):
                    continue
                step = (where, key, member.step)
                read_value(below, item, to, step, member.struct or struct, member.go, depth + 1)
            return
    elif code == 1:
        if isinstance(value, str):
            return
    elif code == 3 or code == 4:
        inner = shape.below
        if code == 3 and isinstance(value, list):
            if depth > MAX_DEPTH:
                raise LimitError("levels of nesting", MAX_DEPTH)
            for index, item in enumerate(items_of(value)):
                if inner.code != 1 or not isinstance(item, str):  # type: ignore[union-attr]  # lists have one
                    read_value(inner, item, to, (where, index, ""), struct, go, depth + 1)  # type: ignore[arg-type]
            return
        if code == 4 and isinstance(value, dict):
            if depth > MAX_DEPTH:
                raise LimitError("levels of nesting", MAX_DEPTH)
            for key, item in members_of(value).items():
                if inner.code != 1 or not isinstance(item, str):  # type: ignore[union-attr]  # maps have one
                    read_value(inner, item, to, (where, key, ""), struct, go, depth + 1)  # type: ignore[arg-type]
            return
    elif code == 6:
        if type(value) is int and -0x80000000 <= value <= 0x7FFFFFFF:
            return
    elif code == 5:
        if isinstance(value, bool):
            return
    elif code == 0:
        return
    to.other(shape, value, to, where, struct, go)


def path_of(where: Where) -> str:
    """Return where a value stands, as warnings say it: `spec.containers[0].cmd`."""
    path = ""
    for name, _ in _steps(where):
        step = f"[{name}]" if isinstance(name, int) else f".{name}" if path else name
        path = path + step
    return path


def fields_of(where: Where) -> str:
    """Return the fields on the way to a value, as errors say them: `spec.containers`."""
    fields = ""
    for _, step in _steps(where):
        if step:
            fields = f"{fields}.{step}" if fields else step
    return fields


def _steps(where: Any) -> list[tuple[Any, Any]]:
    steps: list[tuple[Any, Any]] = []
    while where is not None:
        where, name, step = where
        steps.append((name, step))
    return steps[::-1]
