"""Server-side apply and other writes as a store makes them, its owners kept beside its objects.

1. Documents are never changed and never copied: results refer to parts of them.
2. `managedFields` in a document are not looked at; what owners there are is said beside it.
"""
# ruff: noqa: PLR0917  # compiled functions call each other by position
# pyright: reportMissingTypeStubs=false, reportMissingImports=false
# pyright: reportMissingModuleSource=false, reportUnknownMemberType=false
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportPossiblyUnboundVariable=false

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from reconcile.errors import Fault, ObjectError
from reconcile.value.frozen import FrozenDict
from reconcile.value.redact import describe

from .compute import diff
from .field_set import FieldSet

try:
    import cython
except ImportError:  # the plain build needs no compiler installed
    from reconcile.value import _plain as cython

if not cython.compiled:
    from reconcile.value._copy_cy import thaw

    from ._managers_cy import Managers, made_of
    from ._ownership_cy import Owned, Ownership
    from ._trie_cy import difference, union
    from ._typed_cy import as_dict, same

if TYPE_CHECKING:
    from reconcile.value.types import Json, JsonObject

    from ._object_kind import ObjectKind
    from ._trie_cy import Trie

__all__ = ["applied", "copied", "metadata_of", "owners_after", "without_entries"]

_NEVER_OWNED = FieldSet(
    [("f:apiVersion",), ("f:kind",), ("f:metadata",)]
    + [
        ("f:metadata", f"f:{name}")
        for name in (
            "name",
            "namespace",
            "creationTimestamp",
            "selfLink",
            "uid",
            "clusterName",
            "generation",
            "managedFields",
            "resourceVersion",
        )
    ]
).trie
_CURRENT = ("current-operation", "", "", "")
_NO_METADATA: JsonObject = {}


def applied(
    live: JsonObject | None,
    managers: Managers,
    wanted: JsonObject,
    me: tuple[str, str, str, str],
    about: ObjectKind,
    time: str,
    force: bool,
    ignored: Trie,
) -> tuple[JsonObject, Managers]:
    """Return an object after an apply, and its owners; see `server_side.apply_managed`.

    Raises: Conflicts when others own what would change, unless `force`; ObjectError, LimitError.
    """
    if metadata_of(wanted).get("managedFields") is not None:
        fault = Fault("/metadata/managedFields", "is set, leave it out of what is applied")
        raise ObjectError([fault])
    wanted = without_entries(wanted)
    kind = about.kind
    known = managers.unchanged
    if (
        known is not None
        and known[0] is live
        and known[1] is kind
        and known[2] == me
        and known[3] == ignored
        and same(known[4], wanted)
    ):
        return cast("JsonObject", live), managers
    version = str(wanted.get("apiVersion", ""))
    ownership = Ownership(kind, None, ignored)
    owned = managers.owned(kind)
    times = managers.times()
    before = live
    entry = managers.entry(me)
    again: Trie | None = None
    config = None if entry is None else entry.applied
    if config is not None:
        if config[0] is kind and config[1] == ignored and same(config[2], wanted):
            again = config[3]
        else:
            config = None
    if live is not None:
        live = without_entries(live)
        if not owned:
            first = ("before-first-apply", "Update", str(live.get("apiVersion", "")), "")
            empty: dict[str, Json] = {}
            for key in ("apiVersion", "kind"):
                if key in live:
                    empty[key] = live[key]
            owned = ownership.update(empty, live, version, {}, first)
            _strip(owned, first)
            times.clear()
            times[first] = time
    last: Owned | None = owned.get(me)
    made, owned = ownership.apply(live, wanted, version, owned, me, force, again)
    mine: Owned | None = owned.get(me)
    if config is not None and last is not None:
        owned[me] = last
    elif mine is not None:
        _strip(owned, me)
        kept: Owned | None = owned.get(me)
        if last is not None and kept is not None and kept.like(last):
            owned[me] = last  # the same value, with what is kept of it
            if managers.kind is kind:  # this is a store, it may come again
                config = (kind, ignored, thaw(wanted), mine.fields)
    changed = live is None or not (made is live or not diff(live, made, numbers="value"))
    if changed:
        times[me] = time
    after = made_of(owned, times, managers, kind)
    if config is not None:
        entry = after.entry(me)
        if entry is not None:
            entry.applied = config
    if changed:
        return cast("JsonObject", made), after
    if config is not None and after is managers and type(before) is FrozenDict:
        managers.unchanged = (before, kind, me, ignored, config[2])
    return cast("JsonObject", before), after


def owners_after(
    live: JsonObject | None,
    managers: Managers,
    written: JsonObject,
    writer: str,
    subresource: str,
    about: ObjectKind,
    time: str,
    ignored: Trie,
    unset: dict[str, Json] | None,
) -> Managers:
    """Return the owners of an object after another write; see `server_side.update_managed`.

    Raises: ObjectError, LimitError.
    """
    metadata_of(written)
    written = without_entries(written)
    version = str(written.get("apiVersion", ""))
    if live is None:
        live = about.unset(written, unset)
        managers = Managers()
    elif not len(managers):
        return managers
    else:
        live = without_entries(live)
    kind = about.kind
    owned = Ownership(kind, None, ignored).update(
        live, written, version, managers.owned(kind), _CURRENT
    )
    _strip(owned, _CURRENT)
    times = managers.times()
    mine: Owned | None = owned.pop(_CURRENT, None)
    if mine is not None:
        me = (writer, "Update", version, subresource)
        before: Owned | None = owned.get(me)
        if before is not None:
            mine = mine.having(union(before.fields, mine.fields))
        entry = managers.entry(me)
        if entry is not None and mine.like(entry.owned):
            mine = entry.owned  # the same value, with what is kept of it
        owned[me] = mine
        times[me] = time
    return made_of(owned, times, managers, kind)


def metadata_of(document: Any) -> JsonObject:
    """Return the metadata of an object. Raises: ObjectError when they are none."""
    if not isinstance(document, dict):
        raise ObjectError([Fault("", f"is {describe(document)}, an object is needed")])
    found: object = document.get("metadata", _NO_METADATA)
    if not isinstance(found, dict):
        raise ObjectError([Fault("/metadata", f"is {describe(found)}, an object is needed")])
    return cast("JsonObject", found)


def without_entries(document: JsonObject) -> JsonObject:
    """Return a document without its `managedFields`, itself if it has none."""
    metadata = document.get("metadata")
    if not isinstance(metadata, dict) or "managedFields" not in metadata:
        return document
    kept = dict(metadata)
    del kept["managedFields"]
    made = dict(document)
    made["metadata"] = kept
    return made


def copied(document: JsonObject) -> JsonObject:
    """Return a deep copy of an object without its `managedFields`.

    Raises: ObjectError when it is none, LimitError for more than 128 levels.
    """
    metadata = metadata_of(document)
    made: JsonObject = {}
    for name, item in as_dict(document).items():
        if name == "metadata":
            below: JsonObject = {}
            for key, value in as_dict(metadata).items():
                if key != "managedFields":
                    below[key] = thaw(value, 2)
            made[name] = below
        else:
            made[name] = thaw(item, 1)
    return made


def _strip(owned: dict[Any, Owned], me: tuple[str, str, str, str]) -> None:
    """Take from one of the owners, who comes last then, what nobody ever owns."""
    mine: Owned | None = owned.pop(me, None)
    if mine is not None:
        fields = difference(mine.fields, _NEVER_OWNED)
        if fields:
            owned[me] = mine.having(fields)
