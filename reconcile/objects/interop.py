"""Documents as models of other libraries, and as JSON: the way out, as `accept` is the way in.

1. No other library is imported: the caller gives the class, and its structure says how objects of
   it are made.
2. Nothing is lost without a word. Unknown fields that a class would drop are an error with their
   pointers, unless the caller allows the loss; a null means unset there, as in our own views.
3. An error of another library holds values; its name and the place are told, its text is not.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, TypeVar, cast

import msgspec

from reconcile.errors import Fault, LimitError, ObjectError, ReconcileError, RequestError
from reconcile.objects._yaml_out import document_of
from reconcile.objects.accept import Acceptable, accept
from reconcile.objects.ref import named
from reconcile.objects.view import View
from reconcile.value.codec import decode, encode
from reconcile.value.equality import equal
from reconcile.value.pointer import escape
from reconcile.value.redact import describe
from reconcile.value.types import Json, JsonObject

__all__ = ["from_json", "to_json", "to_model"]

M = TypeVar("M")

_MAX_FAULTS: Final = 100


def to_model(thing: Acceptable, model: type[M], *, lossy: bool = False) -> M:
    """Return an object as one of another class.

    Shape: `thing` is whatever `accept` takes. `model` is a class of the `kubernetes` client (34 and
        newer), of pydantic (kubex and others), of lightkube, a msgspec Struct, a typed view, a
        parent, or dict.
    Guarantees: `accept` of the result is the object again, without its nulls and with its times
        in their usual spelling. Nothing is shared with `thing`.
    Raises: ObjectError with every field that does not fit, or would be lost; with `lossy` the
        latter are left out.
    Cost: what the other library takes, and twice a copy.
    """
    document = accept(thing)
    try:
        made = _made(document, model, "")
        # A view holds the document itself, and a dict is it.
        checked = not (lossy or made is document or isinstance(made, View))
        if checked:
            faults: list[Fault] = []
            _compare(document, accept(made), "", model.__name__, faults)
            if faults:
                raise ObjectError(faults[:_MAX_FAULTS])
    except ObjectError as error:
        raise ObjectError(error.faults, ref=named(document)) from error.__cause__
    return made


def to_json(thing: Acceptable) -> bytes:
    """Return an object as compact JSON, members in their order.

    Shape: `thing` is whatever `accept` takes.
    Raises: ObjectError with every value that has no JSON form.
    """
    return encode(document_of(thing))


def from_json(data: bytes | str) -> JsonObject:
    """Return the object in a JSON text, as a document for `of`.

    Guarantees: integers are exact, no key is there twice, at most 128 levels.
    Raises: ObjectError if it is not strict JSON or no object.
    """
    try:
        document = decode(data.encode() if isinstance(data, str) else bytes(data))
    except UnicodeEncodeError:
        fault = Fault("", "holds half of a surrogate pair, which UTF-8 cannot say")
        raise ObjectError([fault]) from None
    except (RequestError, LimitError) as error:
        message = error.message if isinstance(error, RequestError) else f"has {error}"
        raise ObjectError([Fault(error.pointer or "", message)]) from error
    if not isinstance(document, dict):
        raise ObjectError([Fault("", f"must be an object, is {describe(document)}")])
    return document


def _made(document: JsonObject, model: type[M], pointer: str) -> M:
    """Return the object as one of `model`, by what the class shows of itself."""
    known = cast("Any", model)
    if issubclass(model, dict):
        return cast("M", document) if model is dict else known(document)
    if issubclass(model, View):
        return known.of(document)  # type: ignore[no-any-return] # what `of` of the class returns
    if isinstance(getattr(model, "attribute_map", None), Mapping):
        faults: list[Fault] = []
        made = _of_client(document, known, pointer, faults)
        if faults:
            raise ObjectError(faults)
        return cast("M", made)
    try:
        if callable(getattr(model, "to_wire", None)) and callable(getattr(model, "read", None)):
            return known.read(document)  # type: ignore[no-any-return] # a model of ours
        if callable(getattr(model, "model_validate", None)):
            return known.model_validate(document)  # type: ignore[no-any-return] # a pydantic model
        if not hasattr(model, "__struct_fields__") and callable(getattr(model, "from_dict", None)):
            return known.from_dict(document)  # type: ignore[no-any-return] # a foreign class
        return msgspec.convert(document, model)
    except ReconcileError:
        raise
    except Exception as error:  # noqa: BLE001 -- foreign code may raise anything
        raise ObjectError(_faults(error, document, pointer, known)) from None


def _faults(error: Exception, document: object, pointer: str, model: Any) -> list[Fault]:
    """Return what another library found wrong, without the values it tells."""
    if isinstance(error, msgspec.ValidationError):
        # "Expected `int`, got `str` - at `$.spec.containers[0].x`": types and a place.
        what, _, place = str(error).partition(" - at `$")
        message = what if what.startswith(("Expected `", "Object missing")) else "is not valid"
        return [Fault(pointer + _pointer(place.rstrip("`")), message)]
    if callable(getattr(error, "errors", None)) and type(error).__name__ == "ValidationError":
        from reconcile.objects._faults import faults_of

        return faults_of(cast("Any", error), document, pointer)
    return [Fault(pointer, f"cannot be made a {model.__name__}: {type(error).__name__}")]


def _pointer(place: str) -> str:
    """Return msgspec's `.spec.containers[0]` as a pointer; keys of maps are `...` there."""
    parts = place.replace("[", ".").replace("]", "").split(".")
    return "".join(f"/{escape(part)}" for part in parts if part)


def _of_client(document: JsonObject, model: Any, pointer: str, faults: list[Fault]) -> Any:
    """Return an object as a model of the kubernetes client, or append faults.

    Shape: `openapi_types` names the type of each attribute, `attribute_map` its wire name; the
        classes named are in the model's module (37 and newer) or in its package.
    """
    types: Mapping[str, str] = model.openapi_types
    words: dict[str, Any] = {}
    before = len(faults)
    for name, wire in model.attribute_map.items():
        value = document.get(wire)
        if value is not None:
            place = f"{pointer}/{escape(wire)}"
            words[name] = _of_type(value, types[name], model, place, faults)
    if len(faults) > before:
        return None
    try:
        return model(**words)
    except Exception as error:  # noqa: BLE001 -- foreign code may raise anything
        wires = {name: wire for name, wire in model.attribute_map.items() if name not in words}
        faults += _refused(error, model, words, wires, pointer)
        return None


def _refused(
    error: Exception, model: Any, words: dict[str, Any], wires: Mapping[str, str], pointer: str
) -> list[Fault]:
    """Return why the class took some values, each of which alone has the right type, not."""
    if callable(getattr(error, "errors", None)):
        found = _faults(error, words, pointer, model)
        wire_of = {f"{pointer}/{n}": f"{pointer}/{w}" for n, w in model.attribute_map.items()}
        return [Fault(wire_of.get(fault.pointer, fault.pointer), fault.message) for fault in found]
    # "Invalid value for `name`, must not be `None`": older clients name the attribute first.
    for name, wire in wires.items():
        if f"`{name}`, must not be `None`" in str(error):
            return [Fault(f"{pointer}/{escape(wire)}", f"is required by {model.__name__}")]
    return [Fault(pointer, f"cannot be made a {model.__name__}: {type(error).__name__}")]


_LEAVES: Final[Mapping[str, tuple[tuple[type, ...], str]]] = {
    "str": ((str,), "a text"),
    "bytes": ((str,), "a text"),
    "int": ((int,), "a whole number"),
    "float": ((int, float), "a number"),
    "bool": ((bool,), "true or false"),
}


def _of_type(value: Json, kind: str, model: Any, pointer: str, faults: list[Fault]) -> Any:
    """Return a value as an attribute of a type that the client names, or append faults."""
    if kind == "object":
        return value
    leaf = _LEAVES.get(kind)
    if leaf is not None:
        types, wanted = leaf
        if not isinstance(value, types) or (isinstance(value, bool) and kind != "bool"):
            faults.append(Fault(pointer, f"must be {wanted}, is {describe(value)}"))
            return None
        return value
    if kind == "datetime":
        return _moment(value, pointer, faults)
    # Lists and dicts of a type, in the spellings of several releases.
    head, _, inner = kind.replace("(", "[").replace(")", "]").partition("[")
    inner = inner.removesuffix("]")
    if head.lower() == "list":
        if not isinstance(value, list):
            faults.append(Fault(pointer, f"must be a list, is {describe(value)}"))
            return None
        return [
            _of_type(item, inner, model, f"{pointer}/{index}", faults)
            for index, item in enumerate(value)
        ]
    if not isinstance(value, dict):
        faults.append(Fault(pointer, f"must be an object, is {describe(value)}"))
        return None
    if head.lower() == "dict":
        inner = inner.partition(",")[2].strip()
        return {
            key: _of_type(item, inner, model, f"{pointer}/{escape(key)}", faults)
            for key, item in value.items()
            if item is not None or inner == "object"
        }
    return _of_client(value, _named_class(kind, model), pointer, faults)


def _moment(value: object, pointer: str, faults: list[Fault]) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        faults.append(Fault(pointer, "must be a time such as 2026-01-31T12:00:00Z"))
        return None
    return moment


def _named_class(name: str, model: Any) -> Any:
    """Return the class of the client that a type names, seen from another of its classes."""
    for base in model.__mro__:
        module = sys.modules.get(base.__module__)
        package = sys.modules.get(base.__module__.rpartition(".")[0])
        for place in (module, package):
            found = place.__dict__.get(name) if place else None
            if isinstance(found, type):
                return found
    raise ObjectError([Fault("", f"{model.__name__} speaks of {name}, which is not there")])


def _compare(before: Json, after: Json, pointer: str, model: str, faults: list[Fault]) -> None:
    """Append what a model lost, added or changed; nulls and spellings of times do not count."""
    if isinstance(before, dict) and isinstance(after, dict):
        old: JsonObject = before
        new: JsonObject = after
        for key, value in old.items():
            place = f"{pointer}/{escape(key)}"
            if value is None:
                continue
            if new.get(key) is None:
                faults.append(Fault(place, f"would be lost: {model} has no such field"))
            else:
                _compare(value, new[key], place, model, faults)
        added = [key for key in new if old.get(key) is None and new[key] is not None]
        faults += [Fault(f"{pointer}/{escape(key)}", f"is added by {model}") for key in added]
    elif isinstance(before, list) and isinstance(after, list):
        if len(before) != len(after):
            faults.append(Fault(pointer, f"would have another length in {model}"))
            return
        for index, (value, other) in enumerate(zip(before, after, strict=True)):
            _compare(value, other, f"{pointer}/{index}", model, faults)
    elif not equal(before, after) and not _same_moment(before, after):
        faults.append(Fault(pointer, f"would be changed by {model}"))


def _same_moment(one: object, other: object) -> bool:
    try:
        return (
            isinstance(one, str)
            and isinstance(other, str)
            and datetime.fromisoformat(one) == datetime.fromisoformat(other)
        )
    except (ValueError, TypeError):
        return False
