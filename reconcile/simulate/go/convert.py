"""Objects converted into the server's structures without a text between, as strategic patches are.

1. The walk is that of `go_types`; what is said of values that do not fit is not, and the first of
   them ends it.
2. Whole numbers may be written with a fraction, and what is too large for a field is cut off.

Source: k8s.io/apimachinery pkg/runtime/converter.go (FromUnstructuredWithValidation).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

from reconcile.simulate.go.types import Unreadable, read, read_other

if TYPE_CHECKING:
    from reconcile.kinds._schema import Schema
    from reconcile.simulate._reading_cy import Reading, Shape, Where
    from reconcile.value.types import Json, JsonObject

__all__ = ["convert"]

_BITS: Final = {"int32": 32, "int64": 64}
_RESTORED: Final = {"struct": "struct from:", "list": "slice from", "map": "map from"}


def convert(document: JsonObject, schema: Schema) -> list[str]:
    """Return the paths of what the structure of a schema does not have, sorted.

    Guarantees: numbers of the document are as the structure keeps them.
    Raises: Unreadable for a value that does not fit; LimitError for more than 128 levels.
    """

    def other(  # noqa: PLR0917  # the walk calls it by position
        shape: Shape, value: Json, to: Reading, where: Where, struct: str, go: str
    ) -> None:
        del struct
        form = shape.form
        if form in _RESTORED:
            raise Unreadable(f"cannot restore {_RESTORED[form]} {_kind(value)}")
        if form == "integer":
            _put(document, where, _whole(value, shape.go))
        elif form == "string":
            whole = _kind(value) == "int64"
            told = f"cannot convert int64 to {go or 'string'}" if whole else _unknown("string")
            raise Unreadable(told)
        elif form == "boolean":
            raise Unreadable(_unknown("bool"))
        elif form == "number" and _kind(value) not in ("int64", "float64"):
            raise Unreadable(_unknown("float64"))
        elif form == "bytes":
            _bytes(shape, value, to)
        else:
            read_other(shape, value, to, None, "", "")
            if to.first is not None:
                raise Unreadable(to.first)

    return sorted(read(document, schema, other=other))


def _bytes(shape: Shape, value: Json, to: Reading) -> None:
    if not isinstance(value, str):
        raise Unreadable(f"cannot restore slice from {_kind(value)}")
    try:
        read_other(shape, value, to, None, "", "")
    except Unreadable as error:
        raise Unreadable(f"error decoding from json: {error}") from None


def _whole(value: Json, go: str) -> int:
    """Return a number as a field of some size keeps it."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise Unreadable(_unknown(go))
    if isinstance(value, float) and not value.is_integer():
        raise Unreadable(f"cannot convert float64 to {go}")
    half = 1 << (_BITS[go] - 1)
    return (int(value) + half) % (2 * half) - half


def _put(document: JsonObject, where: Where, value: int) -> None:
    """Write a number where it stands."""
    names: list[str | int] = []
    while where is not None:
        where, name, _ = where
        names.append(name)
    holder: Any = document
    for name in names[:0:-1]:
        holder = holder[name]
    holder[names[0]] = value


def _unknown(go: str) -> str:
    return f"unrecognized type: {go}"


def _kind(value: Json) -> str:
    """Return the kind of a value, as Go tells it."""
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, str):
        return "string"
    if isinstance(value, dict):
        return "map"
    if isinstance(value, list):
        return "slice"
    return "float64" if isinstance(cast("object", value), float) else "int64"
