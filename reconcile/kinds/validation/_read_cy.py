"""Reading a document whose shapes are right: what is absent or null is empty.

1. No value here is refused; of another type than asked for, it is as if it were absent.
"""

# pyright: reportMissingTypeStubs=false, reportMissingImports=false
# pyright: reportMissingModuleSource=false, reportPossiblyUnboundVariable=false
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false

from __future__ import annotations

from typing import TYPE_CHECKING

from reconcile.value.types import Json, JsonObject

try:
    import cython
except ImportError:  # the plain build needs no compiler installed
    from reconcile.value import _plain as cython

if not cython.compiled:
    from reconcile.value._copy_cy import items_of, members_of

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["flag", "given", "listed", "number", "obj", "objs", "ordered", "pairs", "text", "texts"]


def given(document: Mapping[str, Json], name: str) -> bool:
    """Tell whether a member is there and not null."""
    return document.get(name) is not None


def obj(document: Mapping[str, Json], *names: str) -> JsonObject:
    """Return the object at the end of names, an empty one if there is none."""
    found: Json = document if isinstance(document, dict) else dict(document)
    for name in names:
        found = found.get(name) if isinstance(found, dict) else None
    return found if isinstance(found, dict) else {}


def listed(document: Mapping[str, Json], name: str) -> list[Json]:
    """Return the items of a list."""
    found = document.get(name)
    return found if isinstance(found, list) else []


def objs(document: Mapping[str, Json], name: str) -> list[JsonObject]:
    """Return the items of a list of objects."""
    found = document.get(name)
    made: list[JsonObject] = []
    if isinstance(found, list):
        for item in items_of(found):
            made.append(item if isinstance(item, dict) else {})
    return made


def texts(document: Mapping[str, Json], name: str) -> list[str]:
    """Return the items of a list of texts."""
    found = document.get(name)
    made: list[str] = []
    if isinstance(found, list):
        for item in items_of(found):
            made.append(item if isinstance(item, str) else "")
    return made


def text(document: Mapping[str, Json], name: str) -> str:
    """Return a text."""
    found = document.get(name)
    return found if isinstance(found, str) else ""


def number(document: Mapping[str, Json], name: str) -> int | None:
    """Return a whole number, None if it is absent."""
    found = document.get(name)
    if isinstance(found, bool) or not isinstance(found, (int, float)):
        return None
    return int(found)


def flag(document: Mapping[str, Json], name: str) -> bool:
    """Return true or false."""
    return document.get(name) is True


def pairs(document: Mapping[str, Json], name: str) -> dict[str, str]:
    """Return a map of texts."""
    held = document.get(name)
    made: dict[str, str] = {}
    if isinstance(held, dict):
        for key, value in members_of(held).items():
            made[key] = value if isinstance(value, str) else ""
    return made


def ordered(document: Mapping[str, Json], *names: str) -> JsonObject:
    """Return a copy whose members are in the order in which the server's type has them."""
    made = {name: document[name] for name in names if name in document}
    return {**made, **{key: value for key, value in document.items() if key not in made}}
