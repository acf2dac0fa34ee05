"""Server-side apply and the ownership of fields, as the API server keeps `managedFields`.

1. `server_side_apply` and `server_side_update` are functions from whole objects to whole objects:
   they read `managedFields`, and write them again.
2. A store keeps the owners of an object beside it instead, as a `Managers`, and goes through
   `apply_managed` and `update_managed`: nothing is parsed, copied or written that did not change.

What a store does with an object that it has frozen (`reconcile.value.freeze`):

    managers = managers_of(document)         # once, for an object that comes from outside
    result, managers = apply_managed(live, managers, wanted, manager=..., schema=..., time=...)
    managers = update_managed(live, managers, written, manager=..., schema=..., time=...)
    whole = with_managers(result, managers)  # the document as it is read and watched; shallow

- Documents may be plain or read-only. None is changed or copied; results refer to parts of them, so
  a document that went in must not be changed later.
- `live` is None where there is no object yet, and its owners are then nobody: `Managers()`.
- `managedFields` that stand in `live` or `written` are not looked at: what `managers` say holds.
  Those in `wanted` are refused. What `apply_managed` returns holds the `managedFields` of `live` if
  it is `live` itself and none otherwise; `with_managers` puts the right ones in either way.
- Where nothing changed, the result of `apply_managed` is `live` itself, and the owners returned are
  `managers` itself: ask with `is`. Repeating such an apply on the same frozen `live` is one
  comparison with what was applied.
- An entry that did not change is the same entry with its JSON kept, so `Managers.json()` and
  `with_managers` write only what is new. `Managers.thawed()` gives lists and dicts of its own.
- `schema` is best one that remembers (`reconcile.kinds`), `ignored` a `FieldSet`: made once.
- A `Managers` is a value: it can be shared by copies of a world, compared and pickled.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final, cast

from reconcile.errors import ReconcileError
from reconcile.value.frozen import thaw

from ._kind import kind_of
from ._managed_cy import applied, copied, metadata_of, owners_after
from ._managers_cy import Identity, Managers, managers_of, with_managers
from ._object_kind import object_kind
from ._ownership_cy import Conflicts
from ._trie_cy import EMPTY, Trie, without_self
from ._typed_cy import fields_of, validate
from .field_set import FieldPath, FieldSet, show_path

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

_NOBODY: Final = Managers()


class ApplyConflictError(ReconcileError):
    """An apply would change fields that other managers own; force it or leave them alone.

    `conflicts` holds pairs of a manager and a field path, sorted; `owners` the same with all that
    tells one entry of a manager from another.
    """

    def __init__(self, owners: Iterable[tuple[Identity, FieldPath]]) -> None:
        super().__init__()
        self.owners = tuple(sorted(owners))
        self.conflicts = tuple(sorted((owner[0], path) for owner, path in self.owners))

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
    validate(document, kind, duplicates=True)
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
    metadata_of(wanted)
    live, managers = _taken_apart(observed)
    made, managers = _applied(
        live,
        managers,
        wanted,
        (manager, "Apply", "", subresource),
        schema,
        time,
        force,
        ignored,
    )
    return _put_together(made, managers)


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
    written = copied(updated)
    live, managers = _taken_apart(observed)
    about = object_kind(schema)
    never = _trie_of(ignored)
    managers = owners_after(live, managers, written, manager, subresource, about, time, never, None)
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

    Shape: see `server_side_apply`, and the top of this file for what a store passes.
    Guarantees: the object is `live` itself where the apply changes nothing in it (numbers by
        value); owners may have changed all the same, and are `managers` itself if not. No argument
        is changed; the result refers to parts of them.
    Raises: ApplyConflictError, ObjectError as `server_side_apply`; LimitError for documents that
        are nested too deeply.
    Cost: linear in what is wanted and in the owners; what the apply does not touch is not walked.
    """
    me = (manager, "Apply", "", subresource)
    return _applied(live, managers, wanted, me, schema, time, force, ignored)


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
    unset: JsonObject | None = None,
) -> Managers:
    """Return the owners of an object after a write that is no apply.

    Shape: `written` is the whole object as it is to be stored; see the top of this file.
        `unset` is what a new object is compared with, the object with nothing set, for kinds whose
        schema does not say it all.
    Guarantees: `managers` itself where the write changes nothing that is owned, or where nobody
        has begun to keep track of the object. No argument is changed or referred to.
    Raises: ObjectError as `server_side_update`; LimitError for documents that are nested too
        deeply.
    Cost: linear in what is written and in the owners; parts that `written` shares with `live` are
        validated and not compared.
    """
    about = object_kind(schema)
    never = _trie_of(ignored)
    return owners_after(live, managers, written, manager, subresource, about, time, never, unset)


def _applied(  # noqa: PLR0917  # what both say by name
    live: JsonObject | None,
    managers: Managers,
    wanted: JsonObject,
    me: tuple[str, str, str, str],
    schema: SchemaLike | None,
    time: str,
    force: bool,
    ignored: FieldSet | Iterable[FieldPath],
) -> tuple[JsonObject, Managers]:
    try:
        return applied(
            live,
            managers,
            wanted,
            me,
            object_kind(schema),
            time,
            force,
            _trie_of(ignored),
        )
    except Conflicts as found:
        raise ApplyConflictError(
            (other, path)
            for other, fields in found.fields.items()
            for path in FieldSet.of_trie(fields)
        ) from None


def _trie_of(ignored: FieldSet | Iterable[FieldPath]) -> Trie:
    if not ignored:
        return EMPTY
    return ignored.trie if isinstance(ignored, FieldSet) else FieldSet(ignored).trie


def _taken_apart(observed: JsonObject | None) -> tuple[JsonObject | None, Managers]:
    """Return a copy of an object without its entries, and its owners."""
    return (None, _NOBODY) if observed is None else (copied(observed), managers_of(observed))


def _put_together(document: JsonObject, managers: Managers) -> JsonObject:
    """Return an object with its entries, put into the object itself."""
    if len(managers):
        metadata = cast("JsonObject", document.setdefault("metadata", {}))
        metadata["managedFields"] = managers.thawed()
    return document
