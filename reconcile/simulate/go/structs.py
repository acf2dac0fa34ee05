"""The Go structures of the built-in kinds: their fields, and what they tell when nothing is set.

1. The layout of every structure is data, made from the sources by `tools/generate_protobuf.py`;
   nothing here knows a kind.

Source: generated.proto and types.go of k8s.io/api 0.36.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from reconcile.kinds._index import MODULES, PREFIXES

if TYPE_CHECKING:
    from reconcile.value.types import Json, JsonObject

__all__ = ["Field", "layouts", "message_name", "unset"]

_META: Final = "io.k8s.apimachinery.pkg.apis.meta.v1"
_OPTIONS: Final = frozenset({"DeleteOptions", "Status"})
"""Kinds that every group and version has."""


class Field(NamedTuple):
    """A field of a structure."""

    number: int
    name: str
    """Empty for a structure whose members stand in the object around it, `-` for raw content."""
    form: str
    """`s` text, `b` boolean, `i` integer, `d` float, `y` bytes, `m` structure; large in a map,
    after a star in a list."""
    target: str
    pointer: bool
    always: bool
    """Whether an empty value is told."""
    omits: bool
    """Whether even an empty structure is not."""

    @property
    def kept(self) -> bool:
        """Whether a value that is there is told though it is empty."""
        return self.pointer or self.always


@cache
def layouts() -> dict[str, dict[int, Field]]:
    """Return the fields of every structure, by its name and by their numbers.

    Cost: reads the data of this package when first asked.
    """
    # Reading the package's own data, which never change while a program runs. Imported here,
    # because most programs never ask.
    import gzip
    from importlib.resources import files

    archive = files("reconcile.simulate") / "data" / "protobuf.json.gz"
    told = msgspec.json.decode(
        gzip.decompress(archive.read_bytes()),
        type=dict[str, list[tuple[int, str, str, str, int]]],
    )
    return {name: {each[0]: _field(*each) for each in listed} for name, listed in told.items()}


def _field(number: int, name: str, form: str, target: str, bits: int) -> Field:
    return Field(number, name, form, target, bool(bits & 1), bool(bits & 2), bool(bits & 4))


def message_name(api_version: str, kind: str) -> str:
    """Return the name of the structure of a kind, whether there is one or not."""
    if kind in _OPTIONS:
        return f"{_META}.{kind}"
    module = MODULES.get(api_version)
    prefix = next((each for each, of in PREFIXES.items() if of == module), "")
    return f"{prefix}.{kind}"


def unset(api_version: str, kind: str) -> JsonObject | None:
    """Return an object of a built-in kind with nothing set, None for a kind that is not known."""
    name = message_name(api_version, kind)
    return _unset(name) if name in layouts() else None


_SPECIAL: Final[dict[str, Json]] = {
    "Quantity": "0",
    "IntOrString": 0,
    "Time": None,
    "MicroTime": None,
    "RawExtension": None,
    "FieldsV1": None,
}
_ZERO: Final[dict[str, Json]] = {"s": "", "b": False, "i": 0, "d": 0}


def _unset(name: str) -> JsonObject:
    made: JsonObject = {}
    for field in layouts()[name].values():
        if field.form == "m" and not field.pointer and not field.omits:
            short = field.target.rpartition(".")[2]
            if not field.name:
                made |= _unset(field.target)
            else:
                made[field.name] = _SPECIAL[short] if short in _SPECIAL else _unset(field.target)
        elif field.always:
            made[field.name] = None if field.pointer else _ZERO.get(field.form)
    return made
