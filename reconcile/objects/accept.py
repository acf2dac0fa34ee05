"""Anything a user hands us as an object, as a plain document.

1. No client is imported: what a thing is shows in its structure, on its type.
2. Unset is no opinion: what a model leaves unset is left out; an explicit null stays.
3. The fast path copies and gives up at the first oddity; a second, slow walk then finds every
   fault with its place. Nothing is guessed: a text is never parsed.
4. Names of attributes come from types (`attribute_map`, fields), never from documents.
5. The server reads times of two kinds: with six digits behind the second, or with none. Models
   hold both as `datetime`, so the field's name tells which one is written.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableSequence
from datetime import UTC, date, datetime
from enum import Enum
from math import isfinite
from typing import TYPE_CHECKING, Any, ClassVar, Final, Protocol, cast

import msgspec

from reconcile.errors import Fault, ObjectError
from reconcile.objects.quantity import Quantity
from reconcile.objects.view import View
from reconcile.value.frozen import FrozenDict, FrozenList
from reconcile.value.limits import MAX_DEPTH
from reconcile.value.pointer import escape
from reconcile.value.redact import describe
from reconcile.value.types import NULL, Json, JsonObject

if TYPE_CHECKING:
    from reconcile.objects.gvk import Gvk

__all__ = ["Acceptable", "accept", "accept_as", "plain"]


class _Converted(Protocol):
    """What converts itself: models of the kubernetes client, lightkube and others."""

    def to_dict(self) -> Any: ...


class _Dumped(Protocol):
    """A pydantic model."""

    def model_dump(self) -> Any: ...


class _Carrying(Protocol):
    """What carries its document: typed views, objects of kr8s."""

    @property
    def raw(self) -> Any: ...


class _Structured(Protocol):
    """A msgspec Struct."""

    __struct_fields__: ClassVar[tuple[str, ...]]


Acceptable = Mapping[str, Any] | _Converted | _Dumped | _Carrying | _Structured
"""What type checkers let stand for an object; `accept` says what each becomes."""

_MIN_INT: Final = -(2**63)
_MAX_INT: Final = 2**63 - 1
_MAX_FAULTS: Final = 100
_IDENTITY: Final = (
    ("kind", "kind"),
    ("api_version", "apiVersion"),
    ("apiVersion", "apiVersion"),
)
"""Names of a pydantic model's attributes, and what they are on the wire."""
_MICRO_TIMES: Final = frozenset(
    {"acquireTime", "eventTime", "lastObservedTime", "pingTime", "renewTime"}
)
"""The fields whose times have six digits behind the second.

Source: apimachinery pkg/apis/meta/v1/micro_time.go; time.Parse wants all six.
"""
_MICRO_KINDS: Final = frozenset({"Event", "Lease", "LeaseCandidate"})
_SECONDS: Final = len("2026-01-31T12:00:00Z")
_DICTS: Final = (dict, FrozenDict)
_LISTS: Final = (list, tuple, FrozenList)
_TEXT_ADVICE: Final = (
    "must be an object, not {what}; a text is not parsed, "
    "load it first, for example with json.loads"
)


class _OddError(Exception):
    """A value that has no JSON form, found on the fast path or in a conversion."""


def accept(thing: object, *, pointer: str = "") -> JsonObject:
    """Return an object as a fresh, plain JSON document.

    Shape: a Mapping, a typed view, a pydantic model, a model of the `kubernetes` client (34 and
        newer), a msgspec Struct, something whose `raw` is a Mapping, or whose `to_dict()` or
        `to_json()` gives a Mapping with wire names. Any of these may also stand inside.
        Quantities and times become texts, enum members their values, tuples lists, and
        floats without a fraction whole numbers.
    Guarantees: the result shares nothing with `thing` and holds only dict, list, str, int,
        float, bool and None. `thing` is not changed.
    Raises: ObjectError with every fault, placed below `pointer`.
    Cost: linear in the number of values.
    """
    given: Any = thing
    if isinstance(thing, (str, bytes, bytearray, memoryview)):
        raise ObjectError([Fault(pointer, _TEXT_ADVICE.format(what=describe(given)))])
    value = plain(thing, pointer=pointer)
    if not isinstance(value, dict):
        raise ObjectError([Fault(pointer, f"must be an object, not {describe(value)}")])
    return value


def accept_as(thing: object, gvk: Gvk) -> JsonObject:
    """Return an object as a fresh, plain JSON document that says its kind.

    Shape: as `accept`. Objects that a client got in a list have neither `apiVersion` nor `kind`;
        they are put in where the class of `thing` tells both, as V1Deployment does.
    Raises: ObjectError with every fault.
    """
    document = accept(thing)
    if "apiVersion" in document or "kind" in document or not _says(type(thing), gvk):
        return document
    return {"apiVersion": gvk.api_version, "kind": gvk.kind, **document}


def _says(model: Any, gvk: Gvk) -> bool:
    """Tell whether a foreign class is one of objects of this kind."""
    group, _, version = gvk.api_version.rpartition("/")
    resource = getattr(getattr(model, "_api_info", None), "resource", None)
    if resource is not None:  # lightkube
        told = (resource.group, resource.version, resource.kind)
        return told == (group, version, gvk.kind)
    if not isinstance(getattr(model, "attribute_map", None), Mapping):
        return False
    # The kubernetes client: V1Deployment; CoreV1Event and EventsV1Event, where two are of one name.
    name = f"{version.capitalize()}{gvk.kind}"
    return model.__name__ in {name, f"{group.partition('.')[0].capitalize() or 'Core'}{name}"}


def plain(value: object, *, pointer: str = "") -> Json:
    """Return any value as fresh, plain JSON.

    Shape: as `accept`, for values of every JSON type.
    Raises: ObjectError with every fault, placed below `pointer`.
    """
    try:
        return cast("Json", _copied(value, 0))
    except (_OddError, ObjectError, RecursionError):
        faults: list[Fault] = []
        _find_faults(value, pointer, 0, faults)
        raise ObjectError(faults or [Fault(pointer, "has no JSON form")]) from None


def _copied(value: Any, depth: int) -> Any:
    """Return a copy, raise _OddError at the first value that has none.

    Leaves of the exact types are handled where they stand, not by a call each: that halves the
    time for a plain tree.
    """
    kind = value.__class__
    if kind in _DICTS:
        if depth >= MAX_DEPTH:
            raise _OddError
        members: dict[str, Any] = {}
        for key, item in value.items():
            name = key if key.__class__ is str and key.isascii() else _key(key)
            kind = item.__class__
            if kind is str:
                if not item.isascii():
                    _check_text(item)
                members[name] = item
            elif kind is int:
                if not _MIN_INT <= item <= _MAX_INT:
                    raise _OddError
                members[name] = item
            elif kind is bool or item is None:
                members[name] = item
            elif name in _MICRO_TIMES and isinstance(item, datetime):
                members[name] = _micro(_time(item))
            else:
                members[name] = _copied(item, depth + 1)
        return members
    if kind in _LISTS:
        if depth >= MAX_DEPTH:
            raise _OddError
        items: list[Any] = []
        for item in value:
            kind = item.__class__
            if kind is str:
                if not item.isascii():
                    _check_text(item)
                items.append(item)
            elif kind is int:
                if not _MIN_INT <= item <= _MAX_INT:
                    raise _OddError
                items.append(item)
            elif kind is bool or item is None:
                items.append(item)
            else:
                items.append(_copied(item, depth + 1))
        return items
    if kind is str:
        _check_text(value)
        return value
    if kind is bool or value is None:
        return value
    if kind is float or kind is int:
        return _number(value)
    if depth > MAX_DEPTH:
        raise _OddError
    return _copied(_converted(value), depth + 1)


def _check_text(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise _OddError("is a text with half of a surrogate pair, which UTF-8 cannot say") from None


def _key(key: object) -> str:
    if not isinstance(key, str):
        raise _OddError(f"has a key that is not a text but {describe(key)}")
    if isinstance(key, Enum):
        # A member of a StrEnum is a str; its own text is its value.
        key = str(key.value)
    _check_text(key)
    return str.__str__(key)


def _number(value: float) -> int | float:
    if value.__class__ is float:
        if not value.is_integer():
            if not isfinite(value):
                raise _OddError("is not a finite number, which JSON cannot say")
            return value
        # 2.0 is stored as 2 by the server; sent as 2.0 it would differ for ever.
        value = int(value)
    if not _MIN_INT <= value <= _MAX_INT:
        raise _OddError("is a whole number of more than 64 bits, which Kubernetes cannot store")
    return value


def _converted(value: Any) -> Any:
    """Return something nearer to JSON; raise _OddError if nothing is known about the type."""
    if isinstance(value, Enum):
        if value is NULL:
            return None
        return value.value
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, Quantity):
        return str(value)
    if isinstance(value, View):
        return value.raw
    if isinstance(value, datetime):
        return _time(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value)
    if isinstance(value, Mapping):
        return dict(value)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType] -- anything goes in
    if isinstance(value, (bytes, bytearray, memoryview)):
        what = describe(cast("Any", value))
        raise _OddError(f"is {what}; encode bytes to a text first, a Secret's as base64")
    if isinstance(value, (list, tuple, MutableSequence)):
        return list(cast("list[Any]", value))
    try:
        return _foreign(value)
    except (_OddError, ObjectError, RecursionError):
        raise
    except Exception as error:  # noqa: BLE001 -- foreign code may raise anything
        # The text of a foreign error may hold values; its name does not.
        raise _OddError(f"cannot be converted: {type(error).__name__}") from None


def _time(moment: datetime) -> str:
    if moment.tzinfo is None:
        raise _OddError("is a time without a time zone")
    text = moment.astimezone(UTC).isoformat()
    # "+00:00" and "Z" are one moment but two texts, and Metacontroller compares texts.
    return text.removesuffix("+00:00") + "Z"


def _micro(text: str) -> str:
    return f"{text[:-1]}.000000Z" if len(text) == _SECONDS else text


def _with_micro_times(document: dict[str, Any]) -> dict[str, Any]:
    """Return what a model gave, with the times in it that want six digits behind the second.

    Models that write their times themselves leave the digits out where they are all 0.
    """
    if document.get("kind") in _MICRO_KINDS:
        for part in (document, document.get("spec"), document.get("series")):
            if isinstance(part, dict):
                members = cast("dict[str, Any]", part)
                for name in _MICRO_TIMES.intersection(members):
                    if isinstance(members[name], str):
                        members[name] = _micro(members[name])
    return document


def _foreign(value: Any) -> Any:
    kind = cast("Any", type(value))
    if isinstance(value, type):
        raise _OddError(f"is the class {value.__name__}, not an object of it")
    attributes = getattr(kind, "attribute_map", None)
    if isinstance(attributes, Mapping):
        # Models of the kubernetes client. From 37 on they are pydantic models as well, whose
        # `model_dump` gives Python names and every null: so this is asked first.
        return {
            wire: item
            for name, wire in attributes.items()  # pyright: ignore[reportUnknownVariableType] -- a foreign class
            if (item := getattr(value, str(name), None)) is not None  # pyright: ignore[reportUnknownArgumentType] -- a foreign class
        }
    if callable(getattr(kind, "to_wire", None)):
        return value.to_wire()
    if callable(getattr(kind, "model_dump", None)):
        return _with_micro_times(_from_pydantic(value, kind))
    if hasattr(kind, "__struct_fields__"):
        return _with_micro_times(msgspec.to_builtins(value, enc_hook=_converted))
    raw = getattr(value, "raw", None)
    if isinstance(raw, Mapping):
        return raw  # pyright: ignore[reportUnknownVariableType] -- a foreign object
    for convert in (getattr(value, "to_dict", None), getattr(value, "to_json", None)):
        if callable(convert):
            return _from_method(convert)
    raise _OddError(f"is {describe(value)}, which has no JSON form")


def _from_method(convert: Callable[[], object]) -> object:
    given = convert()
    if not isinstance(given, Mapping):
        raise _OddError("does not convert itself to an object")
    if "api_version" in given:
        raise _OddError("converts itself with Python's names; its wire names are wanted")
    return given  # pyright: ignore[reportUnknownVariableType] -- a foreign object


def _from_pydantic(value: Any, kind: Any) -> dict[str, Any]:
    changed = _changed_in_place(value, 0)
    if changed:
        raise _OddError(f"has {changed} changed in place but never set; assign it")
    document: dict[str, Any] = value.model_dump(mode="json", by_alias=True, exclude_unset=True)
    # In most libraries these two are defaults, hence unset, hence left out.
    identity: dict[str, Any] = {}
    for name, wire in _IDENTITY:
        text = value.__dict__.get(name)
        if wire not in document and name in kind.model_fields and isinstance(text, str):
            identity[wire] = text
    return {**dict(sorted(identity.items())), **document} if identity else document


def _changed_in_place(value: Any, depth: int) -> str:
    """Return the name of a container that was filled without being set, "" if there is none.

    `labels: dict = Field(default_factory=dict)` and `model.labels["a"] = "b"` leave `labels`
    unset, so `exclude_unset` would lose what the user wrote.
    """
    if depth > MAX_DEPTH:
        raise _OddError
    kind = cast("Any", type(value))
    fields: Mapping[str, Any] = kind.model_fields
    for name, field in fields.items():
        item: Any = value.__dict__.get(name)
        if name not in value.model_fields_set:
            if (
                isinstance(item, (dict, list))
                and item
                and item != field.get_default(call_default_factory=True, validated_data={})
            ):
                return name
        elif hasattr(cast("Any", type(item)), "model_fields"):
            found = _changed_in_place(item, depth + 1)
            if found:
                return f"{name}.{found}"
    return ""


def _find_faults(value: Any, pointer: str, depth: int, faults: list[Fault]) -> None:
    """Append what is wrong at and below `value`, up to a bound."""
    if len(faults) >= _MAX_FAULTS:
        return
    kind = value.__class__
    if depth > MAX_DEPTH or (depth == MAX_DEPTH and (kind in _DICTS or kind in _LISTS)):
        faults.append(Fault(pointer, f"is nested more than {MAX_DEPTH} deep"))
        return
    try:
        if kind in _DICTS:
            for key, item in value.items():
                try:
                    name = _key(key)
                except _OddError as odd:
                    faults.append(Fault(pointer, str(odd)))
                    continue
                _find_faults(item, f"{pointer}/{escape(name)}", depth + 1, faults)
        elif kind in _LISTS:
            for index, item in enumerate(value):
                _find_faults(item, f"{pointer}/{index}", depth + 1, faults)
        elif kind is str:
            _check_text(value)
        elif kind is float or kind is int:
            _number(value)
        elif not (kind is bool or value is None):
            _find_faults(_converted(value), pointer, depth + 1, faults)
    except ObjectError as error:
        faults.extend(Fault(f"{pointer}{fault.pointer}", fault.message) for fault in error.faults)
    except _OddError as odd:
        faults.append(Fault(pointer, str(odd) or f"is {describe(value)}, which has no JSON form"))
    except RecursionError:
        faults.append(Fault(pointer, f"is nested more than {MAX_DEPTH} deep"))
