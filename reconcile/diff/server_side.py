"""Server-side apply and the ownership of fields, as the API server keeps `managedFields`.

1. `server_side_apply` and `server_side_update` are functions from whole objects to whole objects:
   they read `managedFields`, and write them again.
2. A store keeps the owners of an object beside it instead, as a `Managers`, and goes through
   `apply_managed` and `update_managed`: nothing is parsed, copied or written that did not change.

What a store does:

    managers = managers_of(document)       # once, for an object that comes from outside
    result, managers = apply_managed(live, managers, wanted, manager=..., schema=..., time=...)
    managers = update_managed(live, managers, written, manager=..., schema=..., time=...)
    whole = with_managers(result, managers)     # the document as it is read and watched

What holds for both: documents may be plain or read-only, are never changed, and results refer to
parts of them, so nobody may change a document later that went in. `managedFields` that stand in a
`live` or a `written` document are not looked at, those in a `wanted` one are refused. `live` is None
where there is no object yet. What `managers` say is what holds: owners that are not changed are the
same value, with their JSON. `schema` and `ignored` are best a schema that remembers
(`reconcile.kinds`) and a `FieldSet`, which are made once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final, cast

from reconcile.errors import Fault, ObjectError, ReconcileError
from reconcile.value.frozen import thaw
from reconcile.value.redact import describe

from . import _trie_cy as _trie
from ._kind import kind_of
from ._object_kind import object_kind
from ._ownership import Conflicts, Owned, Ownership
from ._trie_cy import without_self
from ._typed_cy import fields_of, validate
from .compute import diff
from .field_set import FieldPath, FieldSet, show_path
from .managers import NOBODY, Identity, Managers, managers_of, with_managers

if TYPE_CHECKING:
    from reconcile.value.types import Json, JsonObject


__all__ = [
    "ApplyConflictError",
    "Identity",
    "Managers",
    "apply_managed",
    "field_set",
    "managers_of",
    "server_side_apply",
    "server_side_update",
    "update_managed",
    "with_managers",
]

SchemaLike = Mapping[str, object]

_NEVER_OWNED: Final = FieldSet(
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
_CURRENT: Final = Identity("current-operation", "", "", "")


class ApplyConflictError(ReconcileError):
    """An apply would change fields that other managers own; force it or leave them alone.

    `conflicts` holds pairs of a manager and a field path, sorted.
    """

    def __init__(self, conflicts: Iterable[tuple[str, FieldPath]]) -> None:
        super().__init__()
        self.conflicts = tuple(sorted(conflicts))

    def __str__(self) -> str:
        told = [f'conflict with "{manager}": {show_path(path)}' for manager, path in self.conflicts]
        return f"apply failed with {len(told)} conflict{'s' * (len(told) != 1)}: " + ", ".join(told)


def field_set(document: Json, *, schema: SchemaLike | None = None) -> FieldSet:
    """Return the fields of a document, as server-side apply owns them.

    Shape: `schema` is an OpenAPI v3 schema object; without one, objects are looked into and lists
        are one field.
    Raises: ObjectError with the pointer for what the schema does not allow; LimitError for more
        than 128 levels.
    Cost: linear.
    Source: sigs.k8s.io/structured-merge-diff.
    """
    kind = kind_of(schema)
    validate(document, kind, True)
    return FieldSet.of_trie(without_self(fields_of(document, kind)))


def server_side_apply(
    observed: JsonObject | None,
    desired: JsonObject,
    *,
    manager: str,
    schema: SchemaLike | None,
    time: str,
    force: bool = False,
    subresource: str = "",
    ignored: FieldSet | Iterable[FieldPath] = (),
) -> JsonObject:
    """Return an object after a server-side apply, its `managedFields` included.

    Shape: `observed` is None where there is no object yet. `time` is what new entries are stamped
        with. `ignored` are fields that this write does not come to own, as `status` outside of its
        subresource; to leave them as they were is up to the server.
    Guarantees: what the manager applied before and does not now is removed, unless another one
        owns it. An apply that leaves the object as it is (numbers by value) keeps the times of the
        entries, and gives a new one none. The result shares no container with its arguments.
    Assumes: defaults and what else a server does on a write come after this.
    Raises: ApplyConflictError when others own what would change, unless `force`; ObjectError for
        what the schema does not allow.
    Cost: linear in both objects and in the entries.
    Source: sigs.k8s.io/structured-merge-diff, k8s.io/apimachinery (managedfields).
    """
    wanted = cast("JsonObject", thaw(desired))
    _metadata(wanted)
    live, managers = _taken_apart(observed)
    result, managers = apply_managed(
        live,
        managers,
        wanted,
        manager=manager,
        schema=schema,
        time=time,
        force=force,
        subresource=subresource,
        ignored=ignored,
    )
    return _put_together(result, managers)


def server_side_update(
    observed: JsonObject | None,
    updated: JsonObject,
    *,
    manager: str,
    schema: SchemaLike | None,
    time: str,
    subresource: str = "",
    ignored: FieldSet | Iterable[FieldPath] = (),
) -> JsonObject:
    """Return an object after a write that is no apply, with its `managedFields` brought up to date.

    Shape: `updated` is the whole object as it is to be stored; see `server_side_apply`.
    Guarantees: the manager owns what it changed and nobody else does; fields that are gone are
        owned by nobody.
    Raises: ObjectError for what the schema does not allow.
    Cost: linear in both objects and in the entries.
    Source: sigs.k8s.io/structured-merge-diff, k8s.io/apimachinery (managedfields).
    """
    written = _copied(updated)
    live, managers = _taken_apart(observed)
    managers = update_managed(
        live,
        managers,
        written,
        manager=manager,
        schema=schema,
        time=time,
        subresource=subresource,
        ignored=ignored,
    )
    return _put_together(written, managers)


def apply_managed(
    live: JsonObject | None,
    managers: Managers,
    wanted: JsonObject,
    *,
    manager: str,
    schema: SchemaLike | None,
    time: str,
    force: bool = False,
    subresource: str = "",
    ignored: FieldSet | Iterable[FieldPath] = (),
) -> tuple[JsonObject, Managers]:
    """Return an object after a server-side apply, without its `managedFields`, and its owners.

    Shape: see `server_side_apply`, and above for what a store passes.
    Guarantees: the object is `live` itself where the apply changes nothing in it (numbers by
        value) and no `managedFields` stand in it; owners may have changed all the same, and are
        `managers` itself if not. No argument is changed; the result refers to parts of them.
    Raises: ApplyConflictError, ObjectError as `server_side_apply`; LimitError for documents that
        are nested too deeply.
    Cost: linear in what is wanted and in the owners; what the apply does not touch is not walked.
    """
    if "managedFields" in _metadata(wanted):
        if _metadata(wanted)["managedFields"] is not None:
            fault = Fault("/metadata/managedFields", "is set, leave it out of what is applied")
            raise ObjectError([fault])
        wanted = _without_entries(wanted)
    version = str(wanted.get("apiVersion", ""))
    about = object_kind(schema)
    ownership = Ownership(about.kind, None, _trie_of(ignored))
    owned = managers.owned(about.kind)
    times = managers.times()
    if live is not None:
        live = _without_entries(live)
        if not managers:
            before = Identity("before-first-apply", "Update", str(live.get("apiVersion", "")), "")
            empty = {key: live[key] for key in ("apiVersion", "kind") if key in live}
            owned = _stripped(ownership.update(empty, live, version, {}, before), before)
            times = {before: time}
    me = Identity(manager, "Apply", "", subresource)
    last = owned.get(me)
    try:
        made, owned = ownership.apply(live, wanted, version, owned, me, force=force)
    except Conflicts as found:
        raise ApplyConflictError(
            (other.manager, path)
            for other, fields in found.fields.items()
            for path in FieldSet.of_trie(fields)
        ) from None
    owned = _stripped(owned, me)
    if last is not None and owned.get(me) == last:
        owned[me] = last  # the same value, with what is kept of it
    result = cast("JsonObject", made)
    if live is not None and (result is live or not diff(live, result, numbers="value")):
        result = live
    else:
        times[me] = time
    return result, Managers.made(owned, times, before=managers, kind=about.kind)


def update_managed(
    live: JsonObject | None,
    managers: Managers,
    written: JsonObject,
    *,
    manager: str,
    schema: SchemaLike | None,
    time: str,
    subresource: str = "",
    ignored: FieldSet | Iterable[FieldPath] = (),
) -> Managers:
    """Return the owners of an object after a write that is no apply.

    Shape: `written` is the whole object as it is to be stored; see above for what a store passes.
    Guarantees: `managers` itself where the write changes nothing that is owned, or where nobody
        has begun to keep track of the object. No argument is changed or referred to.
    Raises: ObjectError as `server_side_update`, LimitError for documents that are nested too deeply.
    Cost: linear in what is written and in the owners; parts of `written` that are parts of `live`
        are validated and not compared.
    """
    _metadata(written)
    written = _without_entries(written)
    version = str(written.get("apiVersion", ""))
    about = object_kind(schema)
    if live is None:
        live = about.unset(written)
        managers = NOBODY
    elif not managers:
        return managers
    else:
        live = _without_entries(live)
    ownership = Ownership(about.kind, None, _trie_of(ignored))
    owned = ownership.update(live, written, version, managers.owned(about.kind), _CURRENT)
    mine = _stripped(owned, _CURRENT).get(_CURRENT)
    owned.pop(_CURRENT, None)
    times = managers.times()
    if mine is not None:
        me = Identity(manager, "Update", version, subresource)
        if me in owned:
            mine = mine._replace(fields=_trie.union(owned[me].fields, mine.fields))
        owned[me] = mine
        times[me] = time
    return Managers.made(owned, times, before=managers, kind=about.kind)


def _trie_of(ignored: FieldSet | Iterable[FieldPath]) -> _trie.Trie:
    if not ignored:
        return _trie.EMPTY
    return ignored.trie if isinstance(ignored, FieldSet) else FieldSet(ignored).trie


def _metadata(document: object) -> JsonObject:
    """Return the metadata of an object. Raises: ObjectError when they are none."""
    if not isinstance(document, dict):
        raise ObjectError([Fault("", f"is {describe(document)}, an object is needed")])
    found: object = cast("JsonObject", document).get("metadata", _trie.EMPTY)
    if not isinstance(found, dict):
        raise ObjectError([Fault("/metadata", f"is {describe(found)}, an object is needed")])
    return cast("JsonObject", found)


def _without_entries(document: JsonObject) -> JsonObject:
    """Return a document without its `managedFields`, itself if it has none."""
    metadata = document.get("metadata")
    if not isinstance(metadata, dict) or "managedFields" not in metadata:
        return document
    made = dict(document)
    made["metadata"] = {key: value for key, value in metadata.items() if key != "managedFields"}
    return made


def _copied(document: JsonObject) -> JsonObject:
    """Return a deep copy of an object without its `managedFields`. Raises: ObjectError if none."""
    metadata = _metadata(document)
    made: JsonObject = {}
    for name, item in document.items():
        if name == "metadata":
            made[name] = {
                key: thaw(value, 2) for key, value in metadata.items() if key != "managedFields"
            }
        else:
            made[name] = thaw(item, 1)
    return made


def _taken_apart(observed: JsonObject | None) -> tuple[JsonObject | None, Managers]:
    """Return a copy of an object without its entries, and its owners."""
    return (None, NOBODY) if observed is None else (_copied(observed), managers_of(observed))


def _put_together(document: JsonObject, managers: Managers) -> JsonObject:
    """Return an object with its entries, put into the object itself."""
    if managers:
        metadata = cast("JsonObject", document.setdefault("metadata", {}))
        metadata["managedFields"] = managers.thawed()
    return document


def _stripped(owned: dict[Identity, Owned], me: Identity) -> dict[Identity, Owned]:
    """Return the owners, one of them, as the last, without what nobody ever owns."""
    mine = owned.pop(me, None)
    if mine is not None and (fields := _trie.difference(mine.fields, _NEVER_OWNED)):
        owned[me] = mine if fields is mine.fields else mine._replace(fields=fields)
    return owned
