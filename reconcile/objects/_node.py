"""A place in a document: what views of objects, lists and maps have in common.

1. A node holds the live container, or nothing while its place is absent or null; then it finds
   the container by its owner, and makes it there at the first write.
2. The outermost node knows whether writing is allowed; all others ask it.
3. What is written is made plain here: views become their documents, tuples lists, NULL null.
   What this file does not know is stored as it is, and `objects.accept` judges it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from operator import is_not
from typing import Any, ClassVar, Protocol, cast, runtime_checkable

from reconcile.errors import Fault, LimitError, ObjectError, ReadOnlyError
from reconcile.objects._unparsed import Unparsed
from reconcile.objects.ref import Ref
from reconcile.value.frozen import freeze
from reconcile.value.limits import MAX_DEPTH
from reconcile.value.pointer import render
from reconcile.value.redact import describe
from reconcile.value.types import NULL, Json, JsonObject

__all__ = ["SCALARS", "Node", "Place", "ReadOnly", "Wired", "become", "copied", "plain", "remade"]

SCALARS = frozenset({str, int, float, bool, type(None)})
"""The types of values that hold no others."""


@runtime_checkable
class Wired(Protocol):
    """Something that says itself what it is on the wire."""

    def to_wire(self) -> Json:
        """Return the JSON form."""
        ...


class ReadOnly:
    """The mark of an observed document, with its frozen form once somebody asked."""

    __slots__ = ("frozen",)

    def __init__(self) -> None:
        self.frozen: JsonObject | None = None


class Node:
    """A place in a document."""

    # Three slots and no pair of owner and key: a view is 56 bytes.
    __slots__ = ("_key", "_raw", "_up")
    # Typed as Any: a dict or what is not parsed below a view, a list below a list view.
    _raw: Any
    """The live container, None while it is absent or null."""
    _up: Node | ReadOnly | None
    """The owner; at the top the mark of a read-only document, or None."""
    _key: str | int
    """Where it stands in its owner; not set at the top."""
    _container: ClassVar[type] = dict
    _empty: ClassVar[Any] = {}
    """What an absent container reads as. Never written to."""

    def _find(self) -> Any:
        """Return the container for reading."""
        raw = self._raw
        if raw is not None:
            return raw
        up = self._up
        if isinstance(up, Node):
            found = up._find().get(self._key)
            if isinstance(found, Unparsed):
                found = found.whole()
            if isinstance(found, self._container):
                _set_raw(self, found)
                return found
        return self._empty

    def _own(self) -> Any:
        """Return the container for writing; make it where it is absent.

        Raises: ReadOnlyError if the document is observed.
        """
        up = self._up
        if not isinstance(up, Node):
            if up is not None:
                message = (
                    f"observed objects are read-only; make a new {type(self).__name__} or .copy()"
                )
                raise ReadOnlyError(message)
            return self._raw
        outer = up._own()
        raw = self._raw
        if raw is None:
            key = self._key
            raw = outer.get(key)
            if not isinstance(raw, self._container):
                raw = outer[key] = self._container()
            _set_raw(self, raw)
        return raw

    def _read_only(self) -> bool:
        up = self._up
        while isinstance(up, Node):
            up = up._up
        return up is not None

    def _present(self) -> bool:
        return self._raw is not None or self._find() is not self._empty

    def _fault(self, key: str | int, message: str) -> ObjectError:
        """Return the error for one place below this one."""
        parts: list[str | int] = [key]
        node = self
        while isinstance(above := node._up, Node):
            parts.append(node._key)
            node = above
        top = node._find()
        if isinstance(top, Unparsed):
            top = top.whole()
        try:
            ref: str | None = str(Ref.of(top))
        except ObjectError:
            ref = None
        return ObjectError([Fault(render(reversed(parts)), message)], ref=ref)

    def _item(self, key: str | int, value: Any, expected: type) -> Any:
        """Return `value` if it is a container of the expected type, None for null."""
        if value is None or isinstance(value, expected):
            return value
        if isinstance(value, Unparsed) and expected is dict:
            return value.whole()
        what = "an object" if expected is dict else "a list"
        raise self._fault(key, f"must be {what}, is {describe(value)}")


class Place(Node):
    """A node that becomes a view once its slots are filled.

    Views refuse misspelt attributes by a `__setattr__` of their own, which makes filling their
    slots slow. Filling these and changing the class takes 0.19 us, filling those 0.30.
    """

    __slots__ = ()


_set_raw = Node.__dict__["_raw"].__set__
_set_up = Node.__dict__["_up"].__set__
_set_key = Node.__dict__["_key"].__set__


def become(place: Any, cls: type) -> Any:
    """Return the view of a place whose slots are filled."""
    try:
        place.__class__ = cls
    except TypeError:
        return remade(place, cls)
    return place


def remade(place: Node, cls: type[Any]) -> Any:
    """Return the view of a place, of a class that has more to an instance than a node."""
    view: Any = cast("Any", object).__new__(cls)
    _set_raw(view, place._raw)
    _set_up(view, place._up)
    _set_key(view, place._key)
    return view


def plain(value: Any, depth: int = 0) -> Any:
    """Return what to store for a value somebody writes: itself wherever it is plain already.

    Guarantees: a dict or list that holds plain values only is returned as it is, uncopied. A view
        made by hand gives its live document; one inside another document gives a copy.
    Raises: LimitError if it is nested too deeply.
    Cost: one look at each value.
    """
    kind = value.__class__
    if kind in SCALARS:
        return value
    if depth > MAX_DEPTH:
        limit = "levels of nesting"
        raise LimitError(limit, MAX_DEPTH)
    if kind is dict:
        if SCALARS.issuperset(map(type, value.values())):  # labels, requests and the like
            return value
        changed = {
            key: new
            for key, item in value.items()
            if type(item) not in SCALARS and (new := plain(item, depth + 1)) is not item
        }
        return {**value, **changed} if changed else value
    if kind is list:
        if SCALARS.issuperset(map(type, value)):
            return value
        whole = [item if type(item) in SCALARS else plain(item, depth + 1) for item in value]
        return whole if any(map(is_not, whole, value)) else value
    return _unusual(value, depth)


def _unusual(value: Any, depth: int) -> Any:
    if isinstance(value, Node):
        raw = value._find()
        return raw if value._up is None else copied(raw)
    if value is NULL:
        return None
    if isinstance(value, Mapping):
        mapping = cast("Mapping[str, object]", value)
        return {key: plain(item, depth + 1) for key, item in mapping.items()}
    if isinstance(value, list | tuple):
        items = cast("Sequence[object]", value)
        return [plain(item, depth + 1) for item in items]
    if isinstance(value, Wired):
        return value.to_wire()
    from reconcile.objects.quantity import Quantity

    return str(value) if isinstance(value, Quantity) else value


def copied(value: Any, depth: int = 0) -> Any:
    """Return a deep copy made of plain dicts and lists; other values are shared.

    Raises: LimitError if it is nested too deeply.
    """
    if type(value) in SCALARS:
        return value
    if depth > MAX_DEPTH:
        limit = "levels of nesting"
        raise LimitError(limit, MAX_DEPTH)
    if isinstance(value, dict):
        members = cast("dict[str, object]", value)
        return {
            key: item if type(item) in SCALARS else copied(item, depth + 1)
            for key, item in members.items()
        }
    if isinstance(value, list):
        items = cast("list[object]", value)
        return [item if type(item) in SCALARS else copied(item, depth + 1) for item in items]
    if isinstance(value, Unparsed):
        return value.document()
    return value


def frozen_or_scalar(node: Node, value: Any) -> Any:
    """Return `value`, frozen if it is a container of a read-only document."""
    if type(value) in SCALARS or not node._read_only():
        return value
    return freeze(value)


def listed(values: Any, what: str) -> list[Any]:
    """Return the values somebody writes into a list as plain values.

    Raises: TypeError for a text or a mapping, whose items nobody means.
    """
    return [plain(value) for value in items_of(values, what, "a list")]


def items_of(values: Any, what: str, wanted: str) -> Iterable[object]:
    """Return `values`, which somebody writes into a list.

    Raises: TypeError for a text or a mapping, whose items nobody means.
    """
    if isinstance(values, str | bytes | Mapping) or not isinstance(values, Iterable):
        refused = cast("object", values)
        message = f"{what} takes {wanted}, not {describe(refused)}"
        raise TypeError(message)
    return cast("Iterable[object]", values)
