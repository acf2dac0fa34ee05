"""The types that server-side apply walks: one value, a list, a map, or several of them.

1. What a type is made of may be asked for late, so a type that holds itself is no trouble. What was
   asked for once is kept.
"""
# pyright: reportMissingTypeStubs=false, reportMissingImports=false
# pyright: reportMissingModuleSource=false, reportUnknownMemberType=false
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportPossiblyUnboundVariable=false

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from reconcile.value.types import ABSENT

try:
    import cython
except ImportError:  # the plain build needs no compiler installed
    from reconcile.value import _plain as cython

if not cython.compiled:
    from ._elements_cy import text

if TYPE_CHECKING:
    from reconcile.value.types import Absent, Json

__all__ = ["DEDUCED", "Kind", "ListKind", "MapKind"]

# What a scalar may be: nothing 0, a string 1, a boolean 2, a number 3, any of them 4.
_CODES = {None: 0, "string": 1, "boolean": 2, "numeric": 3}


class ListKind:
    """A list: atomic, a set of scalars, or items told apart by merge keys."""

    if not cython.compiled:
        __slots__ = ("_element", "_known", "atomic", "keys", "labels")

    def __init__(
        self, element: Callable[[], Kind], *, atomic: bool, keys: tuple[str, ...] = ()
    ) -> None:
        self._element = element
        self._known: Kind | None = None
        self.atomic = atomic
        self.keys = tuple(sorted(keys))
        self.labels = tuple(text(key) + ":" for key in self.keys)
        """The merge keys as they stand in an element."""

    def element(self) -> Kind:
        """Return the type of the items."""
        if self._known is None:
            self._known = self._element()
        return self._known


class MapKind:
    """An object: atomic or merged; its fields, and what all other members are."""

    if not cython.compiled:
        __slots__ = ("_default", "_element", "_field", "_fields", "_known", "atomic")

    def __init__(
        self,
        field: Callable[[str], Kind | None] | None,
        element: Callable[[], Kind | None],
        *,
        atomic: bool,
        default: Callable[[str], Json | Absent] | None = None,
    ) -> None:
        """`field` is None where no member is declared, `default` where none has a default."""
        self._field = field
        self._element = element
        self._default = default
        self._fields: dict[str, Kind] = {}
        self._known: Kind | None = None
        self.atomic = atomic

    def field(self, name: str) -> Kind | None:
        """Return the type of a declared member, None if it is not declared."""
        if self._field is None:
            return None
        found = self._fields.get(name)
        if found is None:
            found = self._field(name)
            if found is not None:
                self._fields[name] = found
        return found

    def element(self) -> Kind | None:
        """Return the type of the members that are not declared, None if there can be none."""
        if self._known is None:
            self._known = self._element()
        return self._known

    def member(self, name: str) -> Kind | None:
        """Return the type of a member, None if there can be none of this name."""
        found = self._fields.get(name)
        if found is None:
            found = self.field(name)
        return self.element() if found is None else found

    def default(self, name: str) -> Json | Absent:
        """Return the value of a member that is not there, ABSENT if none."""
        return ABSENT if self._default is None else self._default(name)


class Kind:
    """A type. One that can be several things is what the value at hand is."""

    if not cython.compiled:
        __slots__ = ("_as", "code", "list", "map", "scalar", "single")

    def __init__(
        self,
        scalar: str | None = None,
        list: ListKind | None = None,  # noqa: A002  # what it is called everywhere
        map: MapKind | None = None,  # noqa: A002
    ) -> None:
        self.scalar = scalar
        """string, numeric, boolean, or untyped for any of them."""
        self.code = _CODES.get(scalar, 4)
        """The same as a number."""
        self.list = list
        self.map = map
        self.single = (scalar is not None) + (list is not None) + (map is not None) < 2
        """Whether it can be one thing only."""
        self._as: tuple[Kind, Kind, Kind] | None = None

    def narrowed(self, value: Json | Absent) -> Kind:
        """Return what the type is for the value at hand."""
        if self.single:
            return self
        if self._as is None:
            self._as = self._parts()
        if isinstance(value, dict):
            return self._as[2]
        if isinstance(value, list):
            return self._as[1]
        return self._as[0] if isinstance(value, (str, int, float)) else self

    def _parts(self) -> tuple[Kind, Kind, Kind]:
        return (
            self if self.scalar is None else Kind(self.scalar),
            self if self.list is None else Kind(list=self.list),
            self if self.map is None else Kind(map=self.map),
        )


def _deduced() -> Kind:
    return DEDUCED


def _atomic() -> Kind:
    return _ATOMIC


_ATOMIC = Kind("untyped", ListKind(_atomic, atomic=True), MapKind(None, _atomic, atomic=True))
DEDUCED = Kind("untyped", ListKind(_atomic, atomic=True), MapKind(None, _deduced, atomic=False))
"""The type of what no schema describes."""
