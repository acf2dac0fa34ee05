"""Who owns which fields of one object: the entries of `managedFields`, read once and kept.

1. A value: it never changes, and what is made of it later (its JSON) is kept with it.
2. An entry whose owner kept all it had is the same entry, so what was written of it is not written
   again.
3. One manager has one entry of applies for all versions of an object, and one entry of writes for
   each version and subresource.
"""
# ruff: noqa: FBT003  # compiled functions call each other by position
# pyright: reportMissingTypeStubs=false, reportMissingImports=false
# pyright: reportMissingModuleSource=false, reportUnknownMemberType=false
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportPossiblyUnboundVariable=false

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from reconcile.errors import Fault, ObjectError
from reconcile.value.frozen import FrozenDict, FrozenList
from reconcile.value.redact import describe

from .field_set import FieldSet

try:
    import cython
except ImportError:  # the plain build needs no compiler installed
    from reconcile.value import _plain as cython

if not cython.compiled:
    from ._ownership_cy import Owned
    from ._pruning_cy import adapted
    from ._trie_cy import read, written

if TYPE_CHECKING:
    from reconcile.value.types import Json, JsonObject

    from ._kind_cy import Kind

__all__ = ["Identity", "Managers", "made_of", "managers_of", "with_managers"]


class Identity(NamedTuple):
    """What tells the entries of an object apart. Inside, plain tuples of the same stand for it."""

    manager: str
    operation: str
    """Apply or Update."""
    version: str
    """The apiVersion of a writer; empty for applies."""
    subresource: str


class Entry:
    """What one owner has, since when, and how it is written once that was asked for."""

    if not cython.compiled:
        __slots__ = ("applied", "json", "order", "owned", "time")

    def __init__(self, me: tuple[str, str, str, str], owned: Owned, time: str) -> None:
        self.owned = owned
        self.time = time
        self.order = (me[1], time, me[0], owned.version, me[3])
        self.json: FrozenDict | None = None
        self.applied: tuple[Any, ...] | None = None
        """What was applied, where it was applied twice; see `_managed_cy`."""

    def written(self, frozen: bool) -> JsonObject:
        """Return an entry of `managedFields`."""
        if frozen and self.json is not None:
            return self.json
        operation, time, manager, version, subresource = self.order
        entry: JsonObject = {
            "manager": manager,
            "operation": operation,
            "apiVersion": version,
            "fieldsType": "FieldsV1",
            "fieldsV1": self.owned.json() if frozen else written(self.owned.fields),
        }
        if time:
            entry["time"] = time
        if subresource:
            entry["subresource"] = subresource
        if not frozen:
            return entry
        self.json = FrozenDict(entry)
        return self.json


class Managers:
    """The owners of the fields of one object; immutable. Iterating it yields who they are."""

    if not cython.compiled:
        __slots__ = ("_entries", "_json", "kind", "unchanged")

    def __init__(self, entries: dict[Any, Entry] | None = None, kind: Kind | None = None) -> None:
        """Make what an object has that nobody has written yet; others come from `managers_of`."""
        self._entries: dict[Any, Entry] = {} if entries is None else entries
        self._json: FrozenList | None = None
        self.kind = kind
        """A type as which the fields are adapted, None if none is known."""
        self.unchanged: tuple[Any, ...] | None = None
        """The last apply that changed nothing; see `_managed_cy`."""

    def owned(self, kind: Kind) -> dict[Any, Owned]:
        """Return what each owns, with the fields as a type has them."""
        found: dict[Any, Owned] = {}
        for me, entry in self._entries.items():
            owned = entry.owned
            found[me] = owned if self.kind is kind else owned.having(adapted(owned.fields, kind))
        return found

    def times(self) -> dict[Any, str]:
        """Return when each wrote last, empty where an entry has no time."""
        found: dict[Any, str] = {}
        for me, entry in self._entries.items():
            found[me] = entry.time
        return found

    def entry(self, me: tuple[str, str, str, str]) -> Entry | None:
        """Return the entry of one of them, None if it has none."""
        return self._entries.get(me)

    def fields(self, me: tuple[str, str, str, str]) -> FieldSet:
        """Return the fields that one of them owns, none if it owns none."""
        entry = self._entries.get(me)
        return FieldSet() if entry is None else FieldSet.of_trie(entry.owned.fields)

    def json(self) -> FrozenList:
        """Return the list that `managedFields` is, read-only, in the server's order; made once."""
        if self._json is None:
            found: list[Json] = []
            for entry in self._sorted():
                found.append(entry.written(True))
            self._json = FrozenList(found)
        return self._json

    def thawed(self) -> list[Json]:
        """Return the list that `managedFields` is, as plain dicts and lists of its own."""
        found: list[Json] = []
        for entry in self._sorted():
            found.append(entry.written(False))
        return found

    def _sorted(self) -> list[Entry]:
        entries = list(self._entries.values())
        if len(entries) > 1:
            entries.sort(key=_order)
        return entries

    def __iter__(self) -> Iterator[Identity]:
        return iter([Identity(*me) for me in self._entries])

    def __len__(self) -> int:
        return len(self._entries)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Managers):
            return NotImplemented
        return self is other or self.json() == other.json()

    def __hash__(self) -> int:
        return hash(frozenset(self._entries))

    def __repr__(self) -> str:
        return f"Managers({list(self)!r})"

    def __reduce__(self) -> tuple[object, ...]:
        return read_entries, (self.thawed(), 4)


def _order(entry: Entry) -> Any:
    return entry.order


def made_of(
    owned: dict[Any, Owned], times: dict[Any, str], before: Managers, kind: Kind | None
) -> Managers:
    """Return owners; the entries that were there before and are the same are kept.

    Shape: `kind` is the type as which the fields have been adapted.
    """
    known = before._entries
    made: dict[Any, Entry] = {}
    same = len(owned) == len(known)
    for me, mine in owned.items():
        time = times.get(me, "")
        entry = known.get(me)
        if entry is None or entry.owned is not mine or entry.time != time:
            entry = Entry(me, mine, time)
            same = False
        made[me] = entry
    if not same:
        return Managers(made, kind)
    if made:
        before.kind = kind  # a type as which they are, too
    return before


_NOBODY = Managers()


def managers_of(document: Mapping[str, Json] | None) -> Managers:
    """Return the owners that an object names in its `managedFields`; of None, nobody.

    Raises: ObjectError for metadata or entries that are none, LimitError for fields that are nested
        too deeply.
    """
    metadata = None if document is None else document.get("metadata")
    if metadata is None:
        return _NOBODY
    if not isinstance(metadata, dict):
        raise ObjectError([Fault("/metadata", f"is {describe(metadata)}, an object is needed")])
    return read_entries(metadata.get("managedFields"), 4)


def read_entries(entries: Json, depth: int) -> Managers:
    """Return the owners of a list of entries whose fields stand so many levels down."""
    if not entries:
        return _NOBODY
    if not isinstance(entries, list):
        raise _fault("", f"is {describe(entries)}, a list is needed")
    owned: dict[Any, Owned] = {}
    times: dict[Any, str] = {}
    for index, entry in enumerate(entries):
        if not isinstance(entry, dict):
            raise _fault(f"/{index}", f"is {describe(entry)}, an object is needed")
        operation = _text(entry, "operation", "None", index)
        version = _text(entry, "apiVersion", "", index)
        applied = operation == "Apply"
        me = (
            _text(entry, "manager", "", index),
            operation,
            "" if applied else version,
            _text(entry, "subresource", "", index),
        )
        owned[me] = Owned(read(entry.get("fieldsV1"), depth, True), version, applied)
        times[me] = _text(entry, "time", "", index)
    return made_of(owned, times, _NOBODY, None)


def _text(entry: JsonObject, name: str, absent: str, index: int) -> str:
    """Return what an entry says, as a text."""
    value = entry.get(name, absent)
    if isinstance(value, str):
        return value
    if isinstance(value, (dict, list)):
        raise _fault(f"/{index}/{name}", f"is {describe(value)}, a text is needed")
    return str(value)


def _fault(place: str, message: str) -> ObjectError:
    return ObjectError([Fault(f"/metadata/managedFields{place}", message)])


def with_managers(document: Mapping[str, Json], managers: Managers) -> FrozenDict:
    """Return an object with its `managedFields`, which stand last in its metadata.

    Guarantees: neither argument is changed; all below metadata is shared with them.
    Assumes: the document is not changed later.
    """
    metadata = dict(cast("JsonObject", document.get("metadata") or {}))
    metadata.pop("managedFields", None)
    if len(managers):
        metadata["managedFields"] = managers.json()
    whole = dict(document)
    whole["metadata"] = FrozenDict(metadata)
    return FrozenDict(whole)
