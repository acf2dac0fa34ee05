"""Who owns which fields of an object: writes and applies by named managers, at versions.

1. An apply merges what a manager wants, takes away what it wanted before and nobody owns, and is
   refused where it changes what others own.
2. A write gives the writer all that it changed, and takes it from the others.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, NamedTuple, TypeAlias, cast

from reconcile.value.types import ABSENT

from . import _trie
from ._elements import SELF
from ._trie import EMPTY, LEAF, Trie
from ._typed import Comparison, compare, fields_of, merged, named, remove, validate

if TYPE_CHECKING:
    from reconcile.value.types import Json

    from ._kind import Kind

__all__ = ["Conflicts", "Managers", "Owned", "Ownership"]


class Owned(NamedTuple):
    """The fields that a manager owns, at a version of the object; whether it applied them."""

    fields: Trie
    version: str
    applied: bool


Managers: TypeAlias = Mapping[str, Owned]


class Conflicts(Exception):  # told to callers as the typed error they know
    """An apply would change fields that others own."""

    def __init__(self, fields: dict[str, Trie]) -> None:
        super().__init__()
        self.fields = fields


class MissingVersion(Exception):  # as above
    """There is no such version of the object any more."""


class Ownership:
    """How objects of one kind are converted between versions, and what is never owned."""

    __slots__ = ("_convert", "_ignored", "_kind")

    def __init__(
        self,
        kind: Callable[[str], Kind],
        convert: Callable[[Json, str, str], Json] | None = None,
        ignored: Callable[[str], Trie] | None = None,
    ) -> None:
        """`kind` returns the type at a version, `convert` an object from one version at another.

        `ignored` returns the fields at a version that nobody owns, and all below them.
        """
        self._kind = kind
        self._convert = convert
        self._ignored = ignored

    def update(
        self, live: Json, written: Json, version: str, managers: Managers, manager: str
    ) -> dict[str, Owned]:
        """Return who owns what after a manager wrote an object. A live object may be null."""
        validate(written, self._kind(version), duplicates=True)
        known = self._adapted(managers)
        others, changed = self._disowned(live, written, version, known, manager, force=True)
        mine = others[manager].fields if manager in others else EMPTY
        mine = _trie.difference(mine, changed.removed)
        mine = _trie.union(_trie.union(mine, changed.modified), changed.added)
        mine = self._owned(mine, version)
        if mine:
            return {**others, manager: Owned(mine, version, applied=False)}
        return {name: owned for name, owned in others.items() if name != manager}

    def apply(
        self,
        live: Json,
        wanted: Json,
        version: str,
        managers: Managers,
        manager: str,
        *,
        force: bool,
    ) -> tuple[Json, dict[str, Owned]]:
        """Return an object with what a manager wants of it, and who owns what then.

        Raises: Conflicts when others own what changes, unless `force`.
        """
        kind = self._kind(version)
        validate(wanted, kind)
        known = self._adapted(managers)
        last = known.get(manager)
        result = wanted if live is None else cast("Json", merged(live, wanted, kind))
        known = dict(known)
        mine = self._owned(fields_of(wanted, kind), version)
        known[manager] = Owned(mine, version, applied=True)
        if last is not None and (last.version != version or _trie.difference(last.fields, mine)):
            result = self._pruned(result, version, known, last)  # something was given up
        others, _ = self._disowned(live, result, version, known, manager, force=force)
        return result, others

    def _owned(self, fields: Trie, version: str) -> Trie:
        fields = {element: node for element, node in fields.items() if element != SELF}
        if self._ignored is None:
            return fields
        return _trie.recursive_difference(fields, self._ignored(version))

    def _at(self, document: Json, have: str, want: str) -> Json:
        """Return an object at another version."""
        if have == want or self._convert is None or document is None:
            return document
        return self._convert(document, have, want)

    def _compared(self, live: Json, after: Json, version: str) -> Comparison:
        found = compare(
            ABSENT if live is None else live,
            ABSENT if after is None else after,
            self._kind(version),
        )
        if self._ignored is None:
            return found
        ignored = self._ignored(version)
        return Comparison(*(_trie.recursive_difference(fields, ignored) for fields in found))

    def _disowned(
        self,
        live: Json,
        after: Json,
        version: str,
        managers: Managers,
        manager: str,
        *,
        force: bool,
    ) -> tuple[dict[str, Owned], Comparison]:
        """Return the managers without what was changed or removed under them."""
        changes = {version: self._compared(live, after, version)}
        kept: dict[str, Owned] = {}
        conflicts: dict[str, Trie] = {}
        for name, owned in managers.items():
            if name == manager:
                kept[name] = owned
                continue
            if owned.version not in changes:
                try:
                    mine = self._at(live, version, owned.version)
                    other = self._at(after, version, owned.version)
                except MissingVersion:
                    continue
                changes[owned.version] = self._compared(mine, other, owned.version)
            change = changes[owned.version]
            taken = _trie.intersection(owned.fields, _trie.union(change.modified, change.added))
            if taken:
                conflicts[name] = taken
            rest = _trie.difference(_trie.difference(owned.fields, taken), change.removed)
            kept[name] = owned._replace(fields=rest)
        if conflicts and not force:
            raise Conflicts(conflicts)
        return {name: owned for name, owned in kept.items() if owned.fields}, changes[version]

    def _pruned(self, document: Json, version: str, managers: Managers, last: Owned) -> Json:
        """Return an object without what its manager has given up and nobody else owns."""
        kind = self._kind(last.version)
        try:
            whole = self._at(document, version, last.version)
        except MissingVersion:
            return document
        before = named(last.fields, kind)
        pruned = remove(whole, before, kind)
        pruned = self._owned_back(whole, pruned, last.version, managers)
        had = named(fields_of(whole, kind), kind)
        has = named(fields_of(pruned, kind), kind)
        gone = _trie.intersection(_trie.difference(had, has), before)
        return self._at(remove(whole, gone, kind), last.version, version)

    def _owned_back(self, whole: Json, pruned: Json, version: str, managers: Managers) -> Json:
        """Return what was pruned with all that somebody owns."""
        owned_at: dict[str, Trie] = {}
        for owned in managers.values():
            known = owned_at.get(owned.version, EMPTY)
            owned_at[owned.version] = _trie.union(known, owned.fields)
        have = version
        for at in [version, *(other for other in owned_at if other != version)]:
            if at not in owned_at:
                continue
            try:
                whole_at, pruned_at = self._at(whole, have, at), self._at(pruned, have, at)
            except MissingVersion:
                continue
            whole, pruned, have = whole_at, pruned_at, at
            kind = self._kind(at)
            had = named(fields_of(whole, kind), kind)
            kept = _trie.union(named(fields_of(pruned, kind), kind), named(owned_at[at], kind))
            pruned = remove(whole, _trie.difference(had, kept), kind)
        return self._at(pruned, have, version)

    def _adapted(self, managers: Managers) -> dict[str, Owned]:
        """Return the managers with their fields as the types have them now."""
        made: dict[str, Owned] = {}
        for name, owned in managers.items():
            try:
                kind = self._kind(owned.version)
            except MissingVersion:
                made[name] = owned
                continue
            made[name] = owned._replace(fields=adapted(owned.fields, kind))
        return made


def adapted(fields: Trie, kind: Kind) -> Trie:
    """Return fields as a type has them: what became atomic is owned whole."""
    if kind.scalar == "untyped" and kind.map is not None and kind.list is not None:
        return fields  # nothing is said of it
    made: Trie = {}
    for element, below in fields.items():
        inner: Kind | None = None
        if element == SELF:
            made[element] = below
            continue
        if element[:2] == "f:" and kind.map is not None:
            inner = kind.map.field(element[2:]) or kind.map.element()
        elif kind.list is not None:
            inner = kind.list.element()
        if inner is None or (len(below) == 1 and SELF in below):
            made[element] = below
        elif _atomic(inner, below):
            made[element] = LEAF
        else:
            made[element] = adapted(below, inner)
    return made


def _atomic(kind: Kind, below: Trie) -> bool:
    """Return whether fields are owned below what is now replaced whole."""
    if kind.scalar is not None and kind.map is not None and kind.list is not None:
        return kind.map.atomic
    members = any(element[:2] == "f:" for element in below)
    if members:
        return kind.map is not None and kind.map.atomic
    return kind.list is not None and kind.list.atomic
