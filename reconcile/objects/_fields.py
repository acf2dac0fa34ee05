"""The fields of views: what an annotation means to type checkers, and what it does.

1. Each class here is a descriptor, so `spec: Nested[PodSpec] = wire("spec")` tells mypy and
   pyright what is read and what may be written, and the constructor's keywords with it.
2. `wire` is not a field specifier of `dataclass_transform`, so each field counts as having a
   default: nothing must be given, because unset means no opinion.
3. The class a field names is looked up by name in its module, at first use, and remembered.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, MutableMapping, MutableSequence
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast, overload

from reconcile.errors import DefinitionError
from reconcile.objects._containers import (
    LISTS,
    MAPS,
    ScalarList,
    ScalarMap,
    ViewList,
    ViewMap,
    mapped,
    scalars,
    views,
)
from reconcile.objects._node import SCALARS, Node, Place, Wired, items_of, listed, plain, remade
from reconcile.objects._unparsed import Unparsed
from reconcile.value.redact import describe
from reconcile.value.types import NULL, Null

if TYPE_CHECKING:
    from typing import Self

    from reconcile.objects.quantity import Quantity
    from reconcile.objects.view import View

__all__ = [
    "BY_NAME",
    "Field",
    "ListOf",
    "MapOf",
    "MapOfViews",
    "Nested",
    "Quantities",
    "QuantityText",
    "Required",
    "Scalar",
    "Values",
    "Wire",
    "positional",
    "wire",
]

T = TypeVar("T")
V = TypeVar("V", bound="View")

_new = object.__new__


_TYPES: dict[Any, tuple[type, ...]] = {
    "str": (str,),
    "int": (int,),
    "bool": (bool,),
    "float": (float,),
    "int | str": (str, int),
    str: (str,),
    int: (int,),
    bool: (bool,),
    float: (float,),
}
"""What a field holds, by the text or the class in its annotation."""
_WORDS: dict[tuple[type, ...], str] = {
    (str,): "a text",
    (int,): "a whole number",
    (bool,): "true or false",
    (float,): "a number",
    (str, int): "a whole number or a text",
}


class Wire:
    """What stands for a field until its class is used."""

    __slots__ = ("field", "name")
    field: Any

    def __init__(self, name: str) -> None:
        self.name = name

    if not TYPE_CHECKING:

        def __get__(self, node: Any, owner: type) -> Any:
            # The fields of the class put themselves in this one's place.
            assert owner._fields
            return self.field.__get__(node, owner)


def wire(name: str) -> Any:
    """Declare a field with its name on the wire."""
    return Wire(name)


def positional(*, kw_only: bool = False) -> Any:
    """Declare the one field that is given without a keyword: the name of an object."""
    del kw_only
    return None


class Field:
    """One field of a view."""

    __slots__ = ("_view", "argument", "name", "owner", "usual", "wire")
    as_is = False
    """Whether a text, number or truth value is kept as it is given."""

    def __init__(self, name: str, wire_name: str, owner: type, argument: Any) -> None:
        self.name = name
        self.wire = wire_name
        self.owner = owner
        self.argument = argument
        self.usual: Any = _TYPES[argument][0] if argument in _TYPES else Field
        """The type that values mostly are; a class that none is of where nothing is known."""
        self._view: Any = None

    if not TYPE_CHECKING:

        def __set__(self, node: Node, value: Any) -> None:
            # The value is made plain first: a refused value must leave the document as it was.
            if value is None:
                raw = node._own() if node._present() or node._read_only() else {}
                raw.pop(self.wire, None)
                return
            stored = self.store(value)
            node._own()[self.wire] = stored

    def unusual(self, node: Any, value: Any) -> Any:
        """Return a value that is not of the usual type, if the field can hold it.

        Raises: ObjectError where it cannot.
        """
        known = _TYPES.get(self.argument)
        if known is None:
            return value
        whole = value.__class__ is int and known == (float,)
        if whole or (isinstance(value, known) and value.__class__ is not bool):
            return value
        raise node._fault(self.wire, f"must be {_WORDS[known]}, is {describe(value)}")

    def store(self, value: Any) -> Any:
        """Return the plain JSON to keep for a value somebody writes."""
        return value if type(value) in SCALARS else plain(value)

    def present(self, node: Node) -> bool:
        """Tell whether the field is there, be it null."""
        return self.wire in node._find()

    def view(self) -> Any:
        """Return the class of views this field names.

        Raises: DefinitionError if the field's module does not know it.
        """
        found = self._view
        if found is None:
            found = self.argument
            if isinstance(found, str):
                module = sys.modules[self.owner.__module__]
                found = vars(module).get(found)
            if not isinstance(found, type):
                finding = f"{self.argument} must be a class at the top of the field's module"
                raise DefinitionError([finding], subject=str(self))
            self._view = found
        return found

    def wrong(self, value: object, wanted: str) -> TypeError:
        """Return the error for a value this field cannot hold."""
        return TypeError(f"{self} takes {wanted}, not {describe(value)}")

    def as_view(self, value: Any) -> Any:
        """Return the document of an object somebody writes."""
        kind = value.__class__
        if kind is dict:
            return plain(value)
        if kind is self._view and value._up is None:
            return value._raw
        if isinstance(value, Node):
            if not isinstance(value, self.view()):
                raise self.wrong(value, f"a {self.view().__name__}")
        elif not isinstance(value, Mapping | Wired):
            raise self.wrong(value, f"a {self.view().__name__} or a dict")
        return plain(value)

    def __str__(self) -> str:
        return f"{self.owner.__name__}.{self.name}"


class Scalar(Field, Generic[T]):
    """A text, number or truth value: reads None where it is absent or null."""

    __slots__ = ()
    as_is = True

    if TYPE_CHECKING:

        @overload
        def __get__(self, node: None, owner: type) -> Self: ...
        @overload
        def __get__(self, node: View, owner: type) -> T | None: ...
        def __get__(self, node: Any, owner: type) -> Any: ...
        def __set__(self, node: View, value: T | Null | None) -> None: ...

    else:

        def __get__(self, node: Any, owner: type | None = None) -> Any:
            if node is None:
                return self
            value = (node._raw or node._find()).get(self.wire)
            if value.__class__ is self.usual or value is None:
                return value
            return self.unusual(node, value)


class Required(Field, Generic[T]):
    """A text, number or truth value that every object of its kind has.

    Raises: ObjectError when it is read where it is absent or null.
    """

    __slots__ = ()
    as_is = True

    if TYPE_CHECKING:

        @overload
        def __get__(self, node: None, owner: type) -> Self: ...
        @overload
        def __get__(self, node: View, owner: type) -> T: ...
        def __get__(self, node: Any, owner: type) -> Any: ...
        def __set__(self, node: View, value: T | Null | None) -> None: ...

    else:

        def __get__(self, node: Any, owner: type | None = None) -> Any:
            if node is None:
                return self
            value = (node._raw or node._find()).get(self.wire)
            if value.__class__ is self.usual:
                return value
            if value is None:
                state = "null" if self.present(node) else "absent"
                raise node._fault(self.wire, f"is required but {state}")
            return self.unusual(node, value)


class Nested(Field, Generic[V]):
    """An object: reads as its view, empty where it is absent or null."""

    __slots__ = ()

    if TYPE_CHECKING:

        @overload
        def __get__(self, node: None, owner: type) -> Self: ...
        @overload
        def __get__(self, node: View, owner: type) -> V: ...
        def __get__(self, node: Any, owner: type) -> Any: ...
        def __set__(
            self, node: View, value: V | Mapping[str, object] | Wired | Null | None
        ) -> None: ...

    else:

        def __get__(self, node: Any, owner: type | None = None) -> Any:
            if node is None:
                return self
            value = (node._raw or node._find()).get(self.wire)
            if value.__class__ is not dict and not isinstance(value, Unparsed):
                value = node._item(self.wire, value, dict)
            cls = self._view or self.view()
            view = _new(Place)
            view._raw = value
            view._up = node
            view._key = self.wire
            try:
                view.__class__ = cls
            except TypeError:
                return remade(view, cls)
            return view

    def store(self, value: Any) -> Any:
        if value.__class__ is self._view and value._up is None:
            return value._raw
        return None if value is NULL else self.as_view(value)


class ListOf(Field, Generic[V]):
    """A list of objects: reads as a list of their views."""

    __slots__ = ()

    if TYPE_CHECKING:

        @overload
        def __get__(self, node: None, owner: type) -> Self: ...
        @overload
        def __get__(self, node: View, owner: type) -> MutableSequence[V]: ...
        def __get__(self, node: Any, owner: type) -> Any: ...
        def __set__(
            self, node: View, value: Iterable[V | Mapping[str, object] | Wired] | Null | None
        ) -> None: ...

    else:

        def __get__(self, node: Any, owner: type | None = None) -> Any:
            if node is None:
                return self
            value = (node._raw or node._find()).get(self.wire)
            if value.__class__ is not list:
                value = node._item(self.wire, value, list)
            made = _new(ViewList)
            made._raw = value
            made._up = node
            made._key = self.wire
            made._view = self._view or self.view()
            return made

    def store(self, value: Any) -> Any:
        if value is NULL:
            return None
        if value.__class__ is not list:
            value = items_of(value, str(self), f"a list of {self.view().__name__}")
        view, as_view = self._view, self.as_view
        return [
            item._raw if item.__class__ is view and item._up is None else as_view(item)
            for item in value
        ]


class Values(Field, Generic[T]):
    """A list of texts or numbers."""

    __slots__ = ()

    if TYPE_CHECKING:

        @overload
        def __get__(self, node: None, owner: type) -> Self: ...
        @overload
        def __get__(self, node: View, owner: type) -> MutableSequence[T]: ...
        def __get__(self, node: Any, owner: type) -> Any: ...
        def __set__(self, node: View, value: Iterable[T] | Null | None) -> None: ...

    else:

        def __get__(self, node: Any, owner: type | None = None) -> Any:
            if node is None:
                return self
            value = node._item(self.wire, (node._raw or node._find()).get(self.wire), list)
            return scalars(LISTS.get(self.usual, ScalarList), node, self.wire, value)

    def store(self, value: Any) -> Any:
        return None if value is NULL else listed(value, str(self))


class MapOf(Field, Generic[T]):
    """A map from texts to texts or numbers, or to JSON that has no type of its own."""

    __slots__ = ()

    if TYPE_CHECKING:

        @overload
        def __get__(self, node: None, owner: type) -> Self: ...
        @overload
        def __get__(self, node: View, owner: type) -> MutableMapping[str, T]: ...
        def __get__(self, node: Any, owner: type) -> Any: ...
        def __set__(self, node: View, value: Mapping[str, T] | Null | None) -> None: ...

    else:

        def __get__(self, node: Any, owner: type | None = None) -> Any:
            if node is None:
                return self
            value = node._item(self.wire, (node._raw or node._find()).get(self.wire), dict)
            return scalars(MAPS.get(self.usual, ScalarMap), node, self.wire, value)

    def store(self, value: Any) -> Any:
        if value.__class__ is dict:
            made = plain(value)
            return {**made} if made is value else made
        return None if value is NULL else mapped(value, str(self))


class MapOfViews(Field, Generic[V]):
    """A map from texts to objects: reads as a map to their views."""

    __slots__ = ()

    if TYPE_CHECKING:

        @overload
        def __get__(self, node: None, owner: type) -> Self: ...
        @overload
        def __get__(self, node: View, owner: type) -> MutableMapping[str, V]: ...
        def __get__(self, node: Any, owner: type) -> Any: ...
        def __set__(
            self, node: View, value: Mapping[str, V | Mapping[str, object]] | Null | None
        ) -> None: ...

    else:

        def __get__(self, node: Any, owner: type | None = None) -> Any:
            if node is None:
                return self
            value = node._item(self.wire, (node._raw or node._find()).get(self.wire), dict)
            return views(ViewMap, node, self.wire, value, self._view or self.view())

    def store(self, value: Any) -> Any:
        if value is NULL:
            return None
        if not isinstance(value, Mapping):
            raise self.wrong(value, f"a map of {self.view().__name__}")
        members = cast("Mapping[str, object]", value)
        return {key: self.as_view(item) for key, item in members.items()}


class QuantityText(Field):
    """A quantity, kept as it is written: reads its text."""

    __slots__ = ()

    if TYPE_CHECKING:

        @overload
        def __get__(self, node: None, owner: type) -> Self: ...
        @overload
        def __get__(self, node: View, owner: type) -> str | None: ...
        def __get__(self, node: Any, owner: type) -> Any: ...
        def __set__(self, node: View, value: str | int | Quantity | Null | None) -> None: ...

    else:
        __get__ = Scalar.__get__


class Quantities(Field):
    """A map from texts to quantities, such as `requests`: reads their texts."""

    __slots__ = ()

    if TYPE_CHECKING:

        @overload
        def __get__(self, node: None, owner: type) -> Self: ...
        @overload
        def __get__(self, node: View, owner: type) -> MutableMapping[str, str]: ...
        def __get__(self, node: Any, owner: type) -> Any: ...
        def __set__(
            self, node: View, value: Mapping[str, str | int | Quantity] | Null | None
        ) -> None: ...

    else:
        __get__ = MapOf.__get__

    def store(self, value: Any) -> Any:
        if value.__class__ is dict:
            made = plain(value)
            return {**made} if made is value else made
        return None if value is NULL else mapped(value, str(self))


BY_NAME: dict[str, Any] = {
    field.__name__: field
    for field in (
        Scalar,
        Required,
        Nested,
        ListOf,
        Values,
        MapOf,
        MapOfViews,
        QuantityText,
        Quantities,
    )
}
