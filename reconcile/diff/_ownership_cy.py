"""Who owns which fields of an object: writes and applies by named managers, at versions.

1. An apply merges what a manager wants, takes away what it wanted before and nobody owns, and is
   refused where it changes what others own.
2. A write gives the writer all that it changed, and takes it from the others.
3. What an owner has is the same value afterwards, if it is what it had.
"""
# ruff: noqa: FBT003, PLR0917  # compiled functions call each other by position
# pyright: reportMissingTypeStubs=false, reportMissingImports=false
# pyright: reportMissingModuleSource=false, reportUnknownMemberType=false
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportPossiblyUnboundVariable=false

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from reconcile.value.types import ABSENT

from ._trie_cy import EMPTY

try:
    import cython
except ImportError:  # the plain build needs no compiler installed
    from reconcile.value import _plain as cython

if not cython.compiled:
    from ._kind_cy import Kind
    from ._pruning_cy import adapted, merged, named, remove
    from ._trie_cy import (
        difference,
        intersection,
        recursive_difference,
        union,
        without_self,
        written,
    )
    from ._typed_cy import differences, fields_of, validate

if TYPE_CHECKING:
    from reconcile.value.types import Json, JsonObject

    from ._trie_cy import Trie

__all__ = ["Conflicts", "MissingVersion", "Owned", "Ownership"]

Managers: TypeAlias = "Mapping[Any, Owned]"
"""By what tells managers apart, which is the caller's."""
_Change: TypeAlias = "tuple[Trie, Trie, Trie]"
"""Added, modified and removed fields; None where nothing changes."""


class Owned:
    """The fields that a manager owns, at a version of the object; whether it applied them."""

    if not cython.compiled:
        __slots__ = ("_json", "applied", "fields", "version")

    def __init__(self, fields: Trie, version: str, applied: bool) -> None:
        self.fields = fields
        self.version = version
        self.applied = applied
        self._json: JsonObject | None = None

    def json(self) -> JsonObject:
        """Return the fields as a `fieldsV1`, read-only and made once."""
        if self._json is None:
            self._json = written(self.fields, True)
        return self._json

    def having(self, fields: Trie) -> Owned:
        """Return the same with other fields, itself if they are its own."""
        return self if fields is self.fields else Owned(fields, self.version, self.applied)

    def like(self, other: Owned) -> bool:
        """Return whether two say the same."""
        return (
            self.version == other.version
            and self.applied == other.applied
            and (self.fields is other.fields or self.fields == other.fields)
        )

    def __repr__(self) -> str:
        return f"Owned({self.fields!r}, {self.version!r}, {self.applied!r})"


class Conflicts(Exception):  # told to callers as the typed error they know
    """An apply would change fields that others own."""

    def __init__(self, fields: dict[Any, Trie]) -> None:
        super().__init__()
        self.fields = fields


class MissingVersion(Exception):  # as above
    """There is no such version of the object any more."""


class Ownership:
    """How objects of one kind are converted between versions, and what is never owned."""

    if not cython.compiled:
        __slots__ = ("_convert", "_ignored", "_kind")

    def __init__(
        self,
        kind: Callable[[str], Kind] | Kind,
        convert: Callable[[Json, str, str], Json] | None = None,
        ignored: Callable[[str], Trie] | Trie = EMPTY,
    ) -> None:
        """`kind` returns the type at a version, `convert` an object from one version at another.

        `ignored` returns the fields at a version that nobody owns, and all below them. Both may be
        what all versions have in common.
        """
        self._kind = kind
        self._convert = convert
        self._ignored = ignored

    def kind(self, version: str) -> Kind:
        """Return the type at a version. Raises: MissingVersion."""
        kind = self._kind
        return kind(version) if callable(kind) else kind

    def ignored(self, version: str) -> Trie:
        """Return the fields at a version that nobody owns."""
        ignored = self._ignored
        return ignored(version) if callable(ignored) else ignored

    def update(
        self, live: Json, written: Json, version: str, managers: Managers, manager: object
    ) -> dict[Any, Owned]:
        """Return who owns what after a manager wrote an object. A live object may be null.

        Assumes: the fields of the managers are as the types have them now, see `adapted`.
        """
        validate(written, self.kind(version), True)
        others, changed = self._disowned(live, written, version, managers, manager, True)
        mine = others[manager].fields if manager in others else EMPTY
        if changed is not None:
            mine = difference(mine, changed[2])
            mine = union(union(mine, changed[1]), changed[0])
        mine = self._owned(mine, version)
        if mine:
            others[manager] = Owned(mine, version, False)
        elif manager in others:
            del others[manager]
        return others

    def apply(
        self,
        live: Json,
        wanted: Json,
        version: str,
        managers: Managers,
        manager: object,
        force: bool,
        again: Trie | None = None,
    ) -> tuple[Json, dict[Any, Owned]]:
        """Return an object with what a manager wants of it, and who owns what then.

        Shape: `again` are the fields of what is wanted, if the manager's last apply was this very
            one; it is not validated again then.
        Guarantees: the live object itself where nothing changes.
        Assumes: as `update`.
        Raises: Conflicts when others own what changes, unless `force`.
        """
        kind = self.kind(version)
        last = managers.get(manager)
        mine = again
        if mine is None:
            validate(wanted, kind)
            mine = self._owned(fields_of(wanted, kind), version)
        result = wanted if live is None else cast("Json", merged(live, wanted, kind))
        known = dict(managers)
        known[manager] = Owned(mine, version, True)
        if last is not None and again is None:
            if last.version != version or difference(last.fields, mine):
                result = self._pruned(result, version, known, last)  # something was given up
        others, _ = self._disowned(live, result, version, known, manager, force)
        return result, others

    def _owned(self, fields: Trie, version: str) -> Trie:
        return recursive_difference(without_self(fields), self.ignored(version))

    def _at(self, document: Json, have: str, want: str) -> Json:
        """Return an object at another version."""
        if have == want or self._convert is None or document is None:
            return document
        return self._convert(document, have, want)

    def _compared(self, live: Json, after: Json, version: str) -> _Change | None:
        found = differences(
            ABSENT if live is None else live,
            ABSENT if after is None else after,
            self.kind(version),
            0,
        )
        if found is None:
            return None
        added, modified, removed = found
        added = self._owned(added, version)
        modified = self._owned(modified, version)
        removed = self._owned(removed, version)
        return (added, modified, removed) if added or modified or removed else None

    def _disowned(
        self,
        live: Json,
        after: Json,
        version: str,
        managers: Managers,
        manager: object,
        force: bool,
    ) -> tuple[dict[Any, Owned], _Change | None]:
        """Return the managers without what was changed or removed under them."""
        changed = self._compared(live, after, version)
        kept: dict[Any, Owned] = {}
        conflicts: dict[Any, Trie] = {}
        changes: dict[str, _Change | None] = {version: changed}
        for name, owned in managers.items():
            if name == manager:
                if owned.fields:
                    kept[name] = owned
                continue
            change = changed
            if owned.version != version and self._convert is not None:
                if owned.version not in changes:
                    try:
                        mine = self._at(live, version, owned.version)
                        other = self._at(after, version, owned.version)
                    except MissingVersion:
                        continue
                    changes[owned.version] = self._compared(mine, other, owned.version)
                change = changes[owned.version]
            rest = owned.fields
            if change is not None:
                added, modified, removed = change
                taken = intersection(rest, union(modified, added))
                if taken:
                    conflicts[name] = taken
                    rest = difference(rest, taken)
                rest = difference(rest, removed)
            if rest:
                kept[name] = owned.having(rest)
        if conflicts and not force:
            raise Conflicts(conflicts)
        return kept, changed

    def _pruned(self, document: Json, version: str, managers: Managers, last: Owned) -> Json:
        """Return an object without what its manager has given up and nobody else owns."""
        kind = self.kind(last.version)
        try:
            whole = self._at(document, version, last.version)
        except MissingVersion:
            return document
        before = named(last.fields, kind)
        pruned = remove(whole, before, kind)
        pruned = self._owned_back(whole, pruned, last.version, managers)
        had = named(fields_of(whole, kind), kind)
        has = named(fields_of(pruned, kind), kind)
        gone = intersection(difference(had, has), before)
        return self._at(remove(whole, gone, kind), last.version, version)

    def _owned_back(self, whole: Json, pruned: Json, version: str, managers: Managers) -> Json:
        """Return what was pruned with all that somebody owns."""
        owned_at: dict[str, Trie] = {}
        for owned in managers.values():
            known = owned_at.get(owned.version, EMPTY)
            owned_at[owned.version] = union(known, owned.fields)
        have = version
        for at in [version, *[other for other in owned_at if other != version]]:
            if at not in owned_at:
                continue
            try:
                whole_at, pruned_at = self._at(whole, have, at), self._at(pruned, have, at)
            except MissingVersion:
                continue
            whole, pruned, have = whole_at, pruned_at, at
            kind = self.kind(at)
            had = named(fields_of(whole, kind), kind)
            kept = union(named(fields_of(pruned, kind), kind), named(owned_at[at], kind))
            pruned = remove(whole, difference(had, kept), kind)
        return self._at(pruned, have, version)

    def adapted(self, managers: Managers) -> dict[Any, Owned]:
        """Return the managers with their fields as the types have them now."""
        made: dict[Any, Owned] = {}
        for name, owned in managers.items():
            try:
                fields = adapted(owned.fields, self.kind(owned.version))
            except MissingVersion:
                fields = owned.fields
            made[name] = owned.having(fields)
        return made
