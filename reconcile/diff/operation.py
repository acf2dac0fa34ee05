"""One operation of a JSON patch. Source: RFC 6902 section 4."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias, cast

from reconcile.errors import PatchError, PointerError, nearest
from reconcile.value.pointer import parse
from reconcile.value.redact import describe
from reconcile.value.types import ABSENT

if TYPE_CHECKING:
    from reconcile.value.types import Absent, Json

__all__ = ["OPS", "Op", "Operation", "operation_from_json"]

Op: TypeAlias = Literal["add", "remove", "replace", "move", "copy", "test"]
OPS: tuple[Op, ...] = ("add", "remove", "replace", "move", "copy", "test")


@dataclass(frozen=True, slots=True)
class Operation:
    """What is done at one place. `value` is a reference; `from_` is `from` on the wire."""

    op: Op
    path: str
    value: Json | Absent = ABSENT
    from_: str | None = None

    def to_json(self) -> dict[str, Json]:
        """Return the operation as RFC 6902 writes it; its value is a reference."""
        document: dict[str, Json] = {"op": self.op, "path": self.path}
        if self.from_ is not None:
            document["from"] = self.from_
        if self.value is not ABSENT:
            document["value"] = self.value
        return document


def operation_from_json(document: object, index: int, *, lenient: bool = False) -> Operation:
    """Return the operation a JSON object is. Members that RFC 6902 does not name are ignored.

    Shape: `lenient` takes what the API server takes: a value that is not given for null, a pointer
        that does not begin with a slash.

    Raises: PatchError, with `index`, when it is none.
    """
    if not isinstance(document, Mapping):
        raise PatchError(index, "", f"is {describe(document)}; expected an object")
    members = cast("Mapping[str, object]", document)
    path = _pointer(members, "path", index, lenient)
    op = members.get("op", ABSENT)
    if not isinstance(op, str) or op not in OPS:
        if isinstance(op, str):
            hint = nearest(op, OPS) or f"; expected one of {', '.join(OPS)}"
            raise PatchError(index, path, f"has an unknown op{hint}")
        raise PatchError(index, path, f"has no op; expected one of {', '.join(OPS)}")
    origin = _pointer(members, "from", index, lenient) if op in {"move", "copy"} else None
    value: Json | Absent = ABSENT
    if op in {"add", "replace", "test"}:
        if "value" not in members and not lenient:
            raise PatchError(index, path, f"has no value, which {op} needs; null is a value")
        value = cast("Json", members.get("value"))
    return Operation(op, path, value, origin)


def _pointer(members: Mapping[str, object], name: str, index: int, lenient: bool) -> str:
    pointer = members.get(name, ABSENT)
    if pointer is ABSENT:
        raise PatchError(index, "", f"has no {name}")
    if not isinstance(pointer, str):
        raise PatchError(index, "", f"has a {name} that is {describe(pointer)}; expected a pointer")
    try:
        parse(pointer[pointer.find("/") :] if lenient and "/" in pointer else pointer)
    except PointerError as error:
        raise PatchError(index, pointer, f"has a bad {name}: {error.message}") from error
    return pointer
