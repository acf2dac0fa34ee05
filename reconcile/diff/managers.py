"""Who owns which fields of one object: the entries of `managedFields`, read once and kept.

1. A value: it never changes, and what is made of it later (its JSON) is kept with it.
2. An entry whose owner kept all it had is the same entry, so what was written of it is not written
   again.
3. One manager has one entry of applies for all versions of an object, and one entry of writes for
   each version and subresource.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias, cast

from reconcile.errors import Fault, ObjectError
from reconcile.value.frozen import FrozenDict, FrozenList
from reconcile.value.redact import describe

from . import _trie_cy as _trie
from ._ownership import Owned
from ._pruning_cy import adapted
from .field_set import FieldSet

if TYPE_CHECKING:
    from reconcile.value.types import Json, JsonObject

    from ._kind_cy import Kind

__all__ = ["Identity", "Managers", "managers_of", "with_managers"]


class Identity(NamedTuple):
    """What tells the entries of an object apart."""

    manager: str
    operation: str
    version: str
    """The apiVersion of a writer; empty for applies."""
    subresource: str


_Order: TypeAlias = tuple[str, str, str, str, str]


class _Entry:
    """What one owner has, since when, and how it is written once that was asked for."""

    __slots__ = ("json", "order", "owned", "time")

    def __init__(self, me: Identity, owned: Owned, time: str) -> None:
        self.owned = owned
        self.time = time
        self.order: _Order = (me[1], time, me[0], owned.version, me[3])
        self.json: FrozenDict | None = None

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
            "fieldsV1": _trie.written(self.owned.fields, frozen),
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

    __slots__ = ("_entries", "_json", "_kind")

    def __init__(self) -> None:
        """Make what an object has that nobody has written yet."""
        self._entries: dict[Identity, _Entry] = {}
        self._kind: Kind | None = None
        self._json: FrozenList | None = None

    @classmethod
    def made(
        cls,
        owned: Mapping[Identity, Owned],
        times: Mapping[Identity, str],
        *,
        before: Managers | None = None,
        kind: Kind | None = None,
    ) -> Managers:
        """Return owners; the entries that were there before and are the same are kept.

        Shape: `kind` is the type as which the fields have been adapted.
        """
        known = before._entries if before is not None else {}
        made: dict[Identity, _Entry] = {}
        for me, mine in owned.items():
            time = times.get(me, "")
            entry = known.get(me)
            if entry is None or entry.owned is not mine or entry.time != time:
                entry = _Entry(me, mine, time)
            made[me] = entry
        if before is not None and before._kind is kind and len(made) == len(known):
            for me, entry in made.items():
                if known.get(me) is not entry:
                    break
            else:
                return before
        result = cls()
        result._entries = made
        result._kind = kind
        return result

    def owned(self, kind: Kind) -> dict[Identity, Owned]:
        """Return what each owns, with the fields as a type has them."""
        if self._kind is kind:
            return {me: entry.owned for me, entry in self._entries.items()}
        found: dict[Identity, Owned] = {}
        for me, entry in self._entries.items():
            owned = entry.owned
            fields = adapted(owned.fields, kind)
            found[me] = owned if fields is owned.fields else owned._replace(fields=fields)
        return found

    def times(self) -> dict[Identity, str]:
        """Return when each wrote last, empty where an entry has no time."""
        return {me: entry.time for me, entry in self._entries.items()}

    def fields(self, me: Identity) -> FieldSet:
        """Return the fields that one of them owns, none if it owns none."""
        entry = self._entries.get(me)
        return FieldSet() if entry is None else FieldSet.of_trie(entry.owned.fields)

    def json(self) -> FrozenList:
        """Return the list that `managedFields` is, read-only, in the server's order."""
        if self._json is None:
            self._json = FrozenList([entry.written(True) for entry in self._sorted()])
        return self._json

    def thawed(self) -> list[Json]:
        """Return the list that `managedFields` is, as plain dicts and lists of its own."""
        return [entry.written(False) for entry in self._sorted()]

    def _sorted(self) -> list[_Entry]:
        entries = list(self._entries.values())
        if len(entries) > 1:
            entries.sort(key=lambda entry: entry.order)
        return entries

    def __iter__(self) -> Iterator[Identity]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Managers):
            return NotImplemented
        return self is other or (
            self.times() == other.times()
            and {me: entry.owned for me, entry in self._entries.items()}
            == {me: entry.owned for me, entry in other._entries.items()}
        )

    def __hash__(self) -> int:
        return hash(frozenset(self._entries))

    def __repr__(self) -> str:
        return f"Managers({list(self._entries)!r})"

    def __reduce__(self) -> tuple[object, ...]:
        return _read, (self.thawed(), 0)


NOBODY: Final = Managers()


def managers_of(document: Mapping[str, Json] | None) -> Managers:
    """Return the owners that an object names in its `managedFields`; of None, nobody.

    Raises: ObjectError for metadata or entries that are none, LimitError for fields that are nested
        too deeply.
    """
    if document is None:
        return NOBODY
    metadata = document.get("metadata")
    if metadata is None:
        return NOBODY
    if not isinstance(metadata, dict):
        raise ObjectError([Fault("/metadata", f"is {describe(metadata)}, an object is needed")])
    return _read(metadata.get("managedFields"), 4)


def _read(entries: Json, depth: int) -> Managers:
    """Return the owners of a list of entries whose fields stand so many levels down."""
    if not entries:
        return NOBODY
    if not isinstance(entries, list):
        raise _fault("", f"is {describe(entries)}, a list is needed")
    owned: dict[Identity, Owned] = {}
    times: dict[Identity, str] = {}
    for index, entry in enumerate(entries):
        if not isinstance(entry, dict):
            raise _fault(f"/{index}", f"is {describe(entry)}, an object is needed")
        operation, version = str(entry.get("operation")), str(entry.get("apiVersion", ""))
        applied = operation == "Apply"
        me = Identity(
            str(entry.get("manager", "")),
            operation,
            "" if applied else version,
            str(entry.get("subresource", "")),
        )
        owned[me] = Owned(_trie.read(entry.get("fieldsV1"), depth), version, applied)
        times[me] = str(entry.get("time", ""))
    return Managers.made(owned, times)


def _fault(place: str, message: str) -> ObjectError:
    return ObjectError([Fault(f"/metadata/managedFields{place}", message)])


def with_managers(document: Mapping[str, Json], managers: Managers) -> FrozenDict:
    """Return an object with its `managedFields`, which stand last in its metadata.

    Guarantees: neither argument is changed; all below metadata is shared with them.
    Assumes: the document is not changed later.
    """
    metadata = dict(cast("JsonObject", document.get("metadata") or {}))
    metadata.pop("managedFields", None)
    if managers:
        metadata["managedFields"] = managers.json()
    return FrozenDict({**document, "metadata": FrozenDict(metadata)})
