"""Server-side apply and the ownership of fields, as the API server keeps `managedFields`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final, cast

from reconcile.errors import Fault, ObjectError, ReconcileError
from reconcile.value.frozen import thaw
from reconcile.value.redact import describe

from . import _trie
from ._elements import SELF
from ._kind import Kind, MapKind, kind_of, remembered
from ._ownership import Conflicts, Owned, Ownership
from ._typed import fields_of, validate
from .compute import diff
from .field_set import FieldPath, FieldSet, show_path

if TYPE_CHECKING:
    from reconcile.value.types import Json, JsonObject


__all__ = ["ApplyConflictError", "field_set", "server_side_apply", "server_side_update"]

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
_TEXT: Final = {"type": "string"}
_TEXTS: Final = {"type": "object", "additionalProperties": _TEXT}
_METADATA: Final[SchemaLike] = {
    "type": "object",
    "properties": {
        "annotations": _TEXTS,
        "labels": _TEXTS,
        "finalizers": {"type": "array", "items": _TEXT, "x-kubernetes-list-type": "set"},
        "ownerReferences": {
            "type": "array",
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["uid"],
            "items": {"type": "object", "x-kubernetes-map-type": "atomic"},
        },
    },
    "additionalProperties": True,
}
_CURRENT: Final = "current-operation"


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
    validate(document, kind, duplicates=True)
    trie = fields_of(document, kind)
    return FieldSet.of_trie({key: below for key, below in trie.items() if key != SELF})


def server_side_apply(
    observed: JsonObject | None,
    desired: JsonObject,
    *,
    manager: str,
    schema: SchemaLike | None,
    time: str,
    force: bool = False,
    subresource: str = "",
    ignored: Iterable[FieldPath] = (),
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
    if _metadata(wanted).pop("managedFields", None) is not None:
        fault = Fault("/metadata/managedFields", "is set, leave it out of what is applied")
        raise ObjectError([fault])
    version = str(wanted.get("apiVersion", ""))
    run = _Run(schema, ignored)
    live, managers, times = run.read(observed)
    if observed is not None and not managers:
        empty = _empty(live)
        before = _identity("before-first-apply", "Update", str(observed.get("apiVersion", "")), "")
        managers = run.ownership.update(empty, live, version, {}, before)
        managers = _stripped(managers, before)
        times = {before: time}
    me = _identity(manager, "Apply", "", subresource)
    try:
        result, managers = run.ownership.apply(live, wanted, version, managers, me, force=force)
    except Conflicts as found:
        raise ApplyConflictError(
            (_name(other), path)
            for other, fields in found.fields.items()
            for path in FieldSet.of_trie(fields)
        ) from None
    managers = _stripped(managers, me)
    if live is not None and not diff(live, result, numbers="value"):
        return _written(cast("JsonObject", live), managers, times)
    return _written(cast("JsonObject", thaw(result)), managers, {**times, me: time})


def server_side_update(
    observed: JsonObject | None,
    updated: JsonObject,
    *,
    manager: str,
    schema: SchemaLike | None,
    time: str,
    subresource: str = "",
    ignored: Iterable[FieldPath] = (),
) -> JsonObject:
    """Return an object after a write that is no apply, with its `managedFields` brought up to date.

    Shape: `updated` is the whole object as it is to be stored; see `server_side_apply`.
    Guarantees: the manager owns what it changed and nobody else does; fields that are gone are
        owned by nobody.
    Raises: ObjectError for what the schema does not allow.
    Cost: linear in both objects and in the entries.
    Source: sigs.k8s.io/structured-merge-diff, k8s.io/apimachinery (managedfields).
    """
    written = cast("JsonObject", thaw(updated))
    _metadata(written).pop("managedFields", None)
    version = str(written.get("apiVersion", ""))
    run = _Run(schema, ignored)
    live, managers, times = run.read(observed)
    if observed is None:
        live = _skeleton(schema, written)
    elif not managers:
        return written  # nobody has begun to keep track of it
    managers = run.ownership.update(live, written, version, managers, _CURRENT)
    managers = _stripped(managers, _CURRENT)
    mine = managers.pop(_CURRENT, None)
    if mine is not None:
        me = _identity(manager, "Update", version, subresource)
        before = managers[me].fields if me in managers else {}
        managers[me] = mine._replace(fields=_trie.union(before, mine.fields))
        times = {**times, me: time}
    return _written(written, managers, times)


class _Run:
    """What one write knows of the object's type and of the owners."""

    def __init__(self, schema: SchemaLike | None, ignored: Iterable[FieldPath]) -> None:
        kind = remembered(schema, _whole) if schema else _whole({})
        never = FieldSet(ignored).trie
        self.ownership = Ownership(lambda _: kind, None, lambda _: never)

    def read(self, observed: JsonObject | None) -> tuple[Json, dict[str, Owned], dict[str, str]]:
        """Return an object without its entries, its managers, and their times."""
        if observed is None:
            return None, {}, {}
        live = cast("JsonObject", thaw(observed))
        entries = _metadata(live).pop("managedFields", None) or []
        managers: dict[str, Owned] = {}
        times: dict[str, str] = {}
        for entry in cast("list[JsonObject]", entries):
            operation, version = str(entry.get("operation")), str(entry.get("apiVersion", ""))
            me = _identity(
                str(entry.get("manager", "")),
                operation,
                version,
                str(entry.get("subresource", "")),
            )
            fields = FieldSet.from_json(cast("JsonObject | None", entry.get("fieldsV1"))).trie
            managers[me] = Owned(fields, version, operation == "Apply")
            times[me] = str(entry.get("time", ""))
        return live, managers, times


def _metadata(document: object) -> JsonObject:
    """Return the metadata of an object. Raises: ObjectError when they are none."""
    if not isinstance(document, dict):
        raise ObjectError([Fault("", f"is {describe(document)}, an object is needed")])
    found: object = cast("JsonObject", document).get("metadata", {})
    if not isinstance(found, dict):
        raise ObjectError([Fault("/metadata", f"is {describe(found)}, an object is needed")])
    return cast("JsonObject", found)


def _whole(schema: SchemaLike) -> Kind:
    """Return the type of a whole object, which always has an apiVersion, a kind and metadata."""
    inner = kind_of(schema).map
    if inner is None:
        return kind_of(schema)
    properties = schema.get("properties")
    known: SchemaLike = {}
    if isinstance(properties, Mapping):
        known = cast("SchemaLike", cast("SchemaLike", properties).get("metadata") or {})
    metadata = kind_of(known if "properties" in known else _METADATA)
    text = kind_of(_TEXT)

    def field(name: str) -> Kind | None:
        if name == "metadata":
            return metadata
        return text if name in {"apiVersion", "kind"} else inner.field(name)

    return Kind(map=MapKind(field, inner.element, atomic=False))


def _skeleton(schema: SchemaLike | None, written: JsonObject) -> JsonObject:
    """Return what the server compares a new object with: the object with nothing set.

    A built-in kind is a structure whose inner structures are always there, as its defaults say.
    """
    kept: JsonObject = {key: written[key] for key in ("apiVersion", "kind") if key in written}
    properties = (schema or {}).get("properties")
    if isinstance(properties, Mapping) and "apiVersion" in properties:
        return {**_structure(cast("SchemaLike", schema)), **kept}
    return kept


def _empty(live: Json) -> JsonObject:
    """Return the object that one without owners is taken to have grown from."""
    document = cast("JsonObject", live)
    return {key: document[key] for key in ("apiVersion", "kind") if key in document}


def _structure(schema: SchemaLike) -> JsonObject:
    made: JsonObject = {}
    properties = schema.get("properties")
    required = schema.get("required")
    wanted = set(cast("list[str]", required)) if isinstance(required, (list, tuple)) else set[str]()
    if not isinstance(properties, Mapping):
        return made
    for name, inner in cast("Mapping[str, SchemaLike]", properties).items():
        if inner.get("default") == {}:
            made[name] = cast("Json", _structure(inner))
        elif name in wanted:
            made[name] = cast("Json", inner.get("default"))
    return made


def _identity(manager: str, operation: str, version: str, subresource: str) -> str:
    """Return what tells entries apart; one manager has one entry of applies for all versions."""
    at = "" if operation == "Apply" else version
    return json.dumps([manager, operation, at, subresource])


def _name(identity: str) -> str:
    return str(json.loads(identity)[0])


def _stripped(managers: Mapping[str, Owned], me: str) -> dict[str, Owned]:
    """Return the managers, one of them without what nobody ever owns."""
    kept = dict(managers)
    mine = kept.pop(me, None)
    if mine is not None and (fields := _trie.difference(mine.fields, _NEVER_OWNED)):
        kept[me] = mine._replace(fields=fields)
    return kept


def _written(
    document: JsonObject, managers: Mapping[str, Owned], times: Mapping[str, str]
) -> JsonObject:
    """Return an object with its entries, sorted as the server sorts them."""
    entries: list[tuple[tuple[str, ...], JsonObject]] = []
    for me, owned in managers.items():
        manager, operation, _, subresource = cast("list[str]", json.loads(me))
        entry: JsonObject = {
            "manager": manager,
            "operation": operation,
            "apiVersion": owned.version,
            "fieldsType": "FieldsV1",
            "fieldsV1": FieldSet.of_trie(owned.fields).to_json(),
        }
        if times.get(me):
            entry["time"] = times[me]
        if subresource:
            entry["subresource"] = subresource
        order = (operation, times.get(me, ""), manager, owned.version, subresource)
        entries.append((order, entry))
    if entries:
        metadata = cast("JsonObject", document.setdefault("metadata", {}))
        metadata["managedFields"] = [entry for _, entry in sorted(entries, key=lambda e: e[0])]
    return document
