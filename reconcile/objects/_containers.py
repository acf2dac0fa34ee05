"""Lists and maps inside a document, seen as Python's own.

1. Each is a node: it reads and writes the live document, and is made at the first write.
2. Views of items are made when asked for; an item that is no object is an error with its place.
3. Lists and maps compare with lists and maps, strictly as JSON; they are never hashable.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping, MutableSequence
from typing import TYPE_CHECKING, Any, ClassVar, Final, TypeVar, overload

from reconcile.objects._node import Node, Place, become, copied, frozen_or_scalar, listed, plain
from reconcile.value.equality import equal
from reconcile.value.frozen import freeze
from reconcile.value.redact import describe

if TYPE_CHECKING:
    from reconcile.objects.view import View

__all__ = [
    "LISTS",
    "MAPS",
    "ScalarList",
    "ScalarMap",
    "TextList",
    "TextMap",
    "ViewList",
    "ViewMap",
    "WholeList",
]

T = TypeVar("T")
V = TypeVar("V", bound="View")

_new = object.__new__


class _Container(Node):
    __slots__ = ()
    __hash__ = None  # type: ignore[assignment] # what can change has no hash

    @property
    def raw(self) -> Any:
        """Return the live list or dict; a frozen copy where the document is observed."""
        found = self._find()
        if self._read_only():
            return freeze(found)
        return self._own() if found is self._empty else found

    def _same(self, other: object, kinds: tuple[type, ...]) -> bool | Any:
        if isinstance(other, _Container):
            return equal(self._find(), other._find())
        if isinstance(other, kinds):
            try:
                return equal(self._find(), plain(other))
            except TypeError:
                return False
        return NotImplemented

    def copy(self) -> Any:
        """Return a plain dict or list of its own, deeply."""
        return copied(self._find())

    def __copy__(self) -> Any:
        return self.copy()

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        return self.copy()

    def __reduce__(self) -> Any:
        return plain, (self.copy(),)

    def __repr__(self) -> str:
        return f"<{describe(self._find())}>"


class _List(_Container, MutableSequence[T]):
    __slots__ = ()
    __hash__ = None  # type: ignore[assignment] # what can change has no hash
    _container: ClassVar[type] = list
    _empty: ClassVar[Any] = []

    def __len__(self) -> int:
        return len(self._raw or self._find())

    def __eq__(self, other: object) -> bool:
        result: bool = self._same(other, (list, tuple))
        return result

    def __delitem__(self, index: int | slice) -> None:
        del self._own()[index]

    def insert(self, index: int, value: Any) -> None:
        """Put a value before a position."""
        self._own().insert(index, plain(value))

    def __setitem__(self, index: int | slice, value: Any) -> None:
        if isinstance(index, slice):
            self._own()[index] = listed(value, "a slice")
        else:
            self._own()[index] = plain(value)

    def clear(self) -> None:
        """Remove all items, in one step."""
        self._own().clear()


class ScalarList(_List[T]):
    """A list of texts or numbers."""

    __slots__ = ()

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> list[T]: ...
    def __getitem__(self, index: int | slice) -> T | list[T]:
        found: T | list[T] = frozen_or_scalar(self, self._find()[index])
        return found

    def __iter__(self) -> Iterator[T]:
        return iter(self._find())


class TextList(ScalarList[T]):
    """A list of texts; what is none is told where it is read."""

    __slots__ = ()
    _usual: ClassVar[type] = str
    _wanted: ClassVar[str] = "a text"

    if not TYPE_CHECKING:

        def __getitem__(self, index: int | slice) -> Any:
            found = self._find()[index]
            if found.__class__ is self._usual:
                return found
            if isinstance(index, slice):
                return [self[place] for place in range(len(self))[index]]
            place = index if index >= 0 else index + len(self)
            raise self._fault(place, f"must be {self._wanted}, is {describe(found)}")

        def __iter__(self) -> Iterator[Any]:
            found = self._find()
            usual = self._usual
            for item in found:
                if item.__class__ is not usual:
                    return (self[place] for place in range(len(found)))
            return iter(found)


class WholeList(TextList[T]):
    """A list of whole numbers."""

    __slots__ = ()
    _usual: ClassVar[type] = int
    _wanted: ClassVar[str] = "a whole number"


class ViewList(_List[V]):
    """A list of objects, each seen by its view."""

    __slots__ = ("_view",)
    _view: type[V]

    @overload
    def __getitem__(self, index: int) -> V: ...
    @overload
    def __getitem__(self, index: slice) -> list[V]: ...
    def __getitem__(self, index: int | slice) -> V | list[V]:
        found = self._raw or self._find()
        if isinstance(index, slice):
            return [self._at(place, found[place]) for place in range(len(found))[index]]
        item = found[index]
        if item.__class__ is not dict:
            self._check(index, item)
        view: Any = _new(Place)
        view._raw = item
        view._up = self
        view._key = index if index >= 0 else index + len(found)
        made: V = become(view, self._view)
        return made

    def __iter__(self) -> Iterator[V]:
        for place, item in enumerate(self._find()):
            yield self._at(place, item)

    def _at(self, place: int, item: Any) -> V:
        self._check(place, item)
        view: Any = _new(Place)
        view._raw = item
        view._up = self
        view._key = place
        made: V = become(view, self._view)
        return made

    def _check(self, index: int, item: Any) -> None:
        if not isinstance(item, dict):
            place = index if index >= 0 else index + len(self)
            raise self._fault(place, f"must be an object, is {describe(item)}")


class _Map(_Container, MutableMapping[str, T]):
    __slots__ = ()
    __hash__ = None  # type: ignore[assignment] # what can change has no hash

    def __len__(self) -> int:
        return len(self._find())

    def __iter__(self) -> Iterator[str]:
        return iter(self._find())

    def __contains__(self, key: object) -> bool:
        return key in self._find()

    def __eq__(self, other: object) -> bool:
        result: bool = self._same(other, (Mapping,))
        return result

    def __delitem__(self, key: str) -> None:
        del self._own()[key]

    def __setitem__(self, key: str, value: Any) -> None:
        if value is None:
            self._own().pop(key, None)
        else:
            self._own()[key] = plain(value)

    def clear(self) -> None:
        """Remove all members, in one step."""
        self._own().clear()

    def __or__(self, other: Mapping[str, T]) -> dict[str, T]:
        return {**self, **other}

    def __ror__(self, other: Mapping[str, T]) -> dict[str, T]:
        return {**other, **self}


class ScalarMap(_Map[T]):
    """A map of texts or numbers, or of JSON that has no type of its own."""

    __slots__ = ()

    def __getitem__(self, key: str) -> T:
        found: T = frozen_or_scalar(self, self._find()[key])
        return found


class TextMap(ScalarMap[T]):
    """A map of texts; what is none is told where it is read."""

    __slots__ = ()

    if not TYPE_CHECKING:

        def __getitem__(self, key: str) -> Any:
            found = self._find()[key]
            if found.__class__ is str or found is None:
                return found
            raise self._fault(key, f"must be a text, is {describe(found)}")


LISTS: Final[Mapping[type, type[ScalarList[Any]]]] = {str: TextList, int: WholeList}
MAPS: Final[Mapping[type, type[ScalarMap[Any]]]] = {str: TextMap}
"""The classes of lists and maps whose values are of one type, by that type."""


class ViewMap(_Map[V]):
    """A map of objects, each seen by its view."""

    __slots__ = ("_view",)
    _view: type[V]

    def __getitem__(self, key: str) -> V:
        item = self._find()[key]
        if not isinstance(item, dict):
            raise self._fault(key, f"must be an object, is {describe(item)}")
        view: Any = _new(Place)
        view._raw = item
        view._up = self
        view._key = key
        made: V = become(view, self._view)
        return made


def scalars(cls: type[Any], owner: Node, key: str, raw: Any) -> Any:
    """Return the list or map at one place of a document."""
    made = _new(cls)
    made._raw = raw
    made._up = owner
    made._key = key
    return made


def views(cls: type[Any], owner: Node, key: str, raw: Any, view: type[View]) -> Any:
    """Return the list or map of views at one place of a document."""
    made = scalars(cls, owner, key, raw)
    made._view = view
    return made


def mapped(values: Any, what: str) -> dict[str, Any]:
    """Return the members somebody writes into a map as plain values.

    Raises: TypeError for what is no mapping.
    """
    if isinstance(values, Mapping | Node):
        return {**plain(values)}
    message = f"{what} takes a mapping, not {describe(values)}"
    raise TypeError(message)
