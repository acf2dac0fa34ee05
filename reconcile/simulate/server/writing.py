"""Creates and updates: what the API server does between a document that was read and the store.

1. In the server's order, because the first refusal is the answer: managers of fields, admission,
   what a strategy resets, metadata that nobody may change, validation, the store.
2. A write that changes nothing writes nothing: no version, no event.
3. Nothing here knows how the new object came about: a body, a patch and an apply all come in as a
   function of the object before.

Source: k8s.io/apiserver pkg/registry/generic/registry/store.go,
pkg/registry/rest/{create,update}.go, pkg/endpoints/handlers/{create,update,patch}.go.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias, cast

from reconcile.diff import equal
from reconcile.kinds.field_error import FieldError
from reconcile.simulate.go.json import encoded
from reconcile.simulate.go.numbers import GoNumberError, parse_uint
from reconcile.simulate.server import admission, managers, quota
from reconcile.simulate.server.clock import stamp, suffix, uid
from reconcile.simulate.server.daemonsets import count_templates
from reconcile.simulate.server.decoding import written
from reconcile.simulate.server.empties import as_sent
from reconcile.simulate.server.status import (
    ApiError,
    already_exists,
    bad_request,
    conflict,
    internal,
    invalid,
    not_found,
)
from reconcile.simulate.server.store import Stored, World
from reconcile.simulate.warnings.warnings import warnings_of
from reconcile.value.frozen import thaw

if TYPE_CHECKING:
    from reconcile.simulate.server.options import WriteOptions
    from reconcile.simulate.server.resource_type import Catalogue, ResourceType
    from reconcile.value.types import Json, JsonObject

__all__ = ["Outcome", "Target", "check_place", "create", "metadata_of", "update"]

_MODIFIED: Final = (
    "the object has been modified; please apply your changes to the latest version and try again"
)
_MAX_STORED: Final = 1_572_864
"""Bytes of an object in etcd. Source: etcd, DefaultMaxRequestBytes."""
_BASE: Final = 58
"""Characters of a `generateName` that are kept: five follow. Source: names/generate.go."""
_LONGER: Final = 8
"""How much longer the server's spelling of a float can be, at most: `1e20` has 21 digits there."""


class Target(NamedTuple):
    """What a request is about: an object, or where one will be."""

    world: World
    catalogue: Catalogue
    type: ResourceType
    namespace: str
    name: str
    subresource: str = ""

    @property
    def key(self) -> str:
        """Where the object is kept."""
        return self.type.key(self.namespace, self.name)

    @property
    def stored(self) -> Stored | None:
        """The object, None if it is not there."""
        return self.world.objects.get(self.key)

    @property
    def form(self) -> ResourceType:
        """The type in whose form the object is kept: that of the version of the storage."""
        served = self.type.served
        if not served.custom or served.storage is None:
            return self.type
        if served.storage.version == served.version:
            return self.type
        found = self.catalogue.find(served.group, served.storage.version, served.plural)
        return self.type if found is None else found

    def at(self, world: World, name: str) -> Target:
        """Return the same in another world, or under another name."""
        return Target(world, self.catalogue, self.type, self.namespace, name, self.subresource)

    def missing(self) -> ApiError:
        """Return the answer to a request for an object that is not there."""
        return not_found(self.type.served.plural, self.type.served.group, self.name)

    def conflict(self, why: str = _MODIFIED) -> ApiError:
        """Return the answer to a write that assumes another state of the object."""
        served = self.type.served
        return conflict(served.plural, served.group, self.name, why)


class Outcome(NamedTuple):
    """What became of a write."""

    world: World
    document: JsonObject
    code: int
    warnings: tuple[str, ...] = ()


Made: TypeAlias = "tuple[JsonObject, list[str]]"
"""A new object, complete, and what to warn of."""


def metadata_of(document: JsonObject) -> JsonObject:
    """Return the metadata of an object, which are made if they are not there."""
    found = document.get("metadata")
    if not isinstance(found, dict):
        found = document["metadata"] = {}
    return found


def check_place(target: Target, document: JsonObject) -> None:
    """Raise unless an object belongs into the namespace of the request; write it down."""
    metadata = metadata_of(document)
    if not target.type.served.namespaced:
        metadata.pop("namespace", None)
        return
    told = metadata.get("namespace")
    if told and told != target.namespace:
        message = (
            "the namespace of the provided object does not match the namespace sent on the request"
        )
        raise bad_request(message)
    metadata["namespace"] = target.namespace


def create(
    target: Target,
    document: JsonObject,
    options: WriteOptions,
    *,
    applied: bool = False,
    sent: JsonObject | None = None,
) -> Outcome:
    """Create an object.

    Shape: `document` is complete (normal form, defaults), and is used up. `applied`: it comes
        with its managers. `sent` is what it was made of, to be shown if it is refused.
    Raises: ApiError.
    """
    kind, began = target.type, target.world
    check_place(target, document)
    metadata = metadata_of(document)
    version = _version(metadata)
    for field in ("deletionTimestamp", "deletionGracePeriodSeconds", "selfLink", "uid"):
        metadata.pop(field, None)
    warnings = owned_once(document)
    if not applied:
        document = managers.created(kind, document, options.manager, stamp(target.world.now))
    document = kind.prepared(document)
    target = target.at(target.world, str(metadata_of(document).get("name") or ""))
    world, more = admission.admit_create(target, document)
    warnings += more
    target = _begun(target.at(world, target.name), document)
    world, document = admission.prepare_create(target, document)
    target = target.at(world, target.name)
    found = as_sent(kind.create_errors(document), sent or {}, document)
    if found:
        raise invalid(str(document["kind"]), kind.served.group, target.name, found)
    admission.check_create(target, document)
    world = quota.charged(target, document, dry_run=options.dry_run)
    target = target.at(world, target.name)
    warnings += warnings_of(kind, None, document)
    if isinstance(version, ApiError):
        raise version
    if version is not None:
        message = "resourceVersion should not be set on objects to be created"
        raise internal(message)
    metadata_of(document).pop("resourceVersion", None)
    held = target.stored
    if held is not None:
        deleting = held.metadata.get("deletionTimestamp") is not None
        raise already_exists(kind.served.plural, kind.served.group, target.name, deleting=deleting)
    _check_size(kind, document)
    kept = target.form.kept(document)
    if options.dry_run:
        shown = document if kind.served.custom else kept
        return Outcome(_untouched(began, world), shown, 201, tuple(warnings))
    world = admission.claimed(world, target.key, document)
    world, made = world.put(target.key, kept, target.form)
    return Outcome(world, kind.shown(made), 201, tuple(warnings))


def _begun(target: Target, document: JsonObject) -> Target:
    """Give a new object what only the server gives; return where it will be.

    Shape: a uid, a time, the first status and generation of its kind, and a name if it says only
        how one begins. `document` is changed.
    """
    kind, world = target.type, target.world
    metadata = metadata_of(document)
    serial = world.serial + 1
    metadata["uid"] = uid(world.seed, serial)
    metadata["creationTimestamp"] = stamp(world.now)
    if kind.strategy.has_status:
        document.pop("status", None)
        if kind.first_status is not None:
            document["status"] = thaw(kind.first_status)
    if kind.strategy.counted:
        metadata["generation"] = 1
    if not metadata.get("name") and metadata.get("generateName"):
        base = str(metadata["generateName"])[:_BASE]
        name = base + suffix(world.seed, serial)
        while world.objects.get(kind.key(target.namespace, name)) is not None:
            serial += 1
            name = base + suffix(world.seed, serial)
        metadata["name"] = name
    return target.at(world.with_serial(serial), str(metadata.get("name") or ""))


_TWICE: Final = (
    ".metadata.ownerReferences contains duplicate entries; API server dedups owner references in "
    "1.20+, and may reject such requests as early as 1.24; please fix your requests"
)


def owned_once(document: JsonObject) -> list[str]:
    """Take references to owners that are there twice out of an object; return what to warn of."""
    metadata = metadata_of(document)
    found = metadata.get("ownerReferences")
    if not isinstance(found, list) or len(found) < 2:
        return []
    kept: list[Json] = []
    for each in found:
        if not any(equal(each, other) for other in kept):
            kept.append(each)
    if len(kept) == len(found):
        return []
    metadata["ownerReferences"] = kept
    named = [each.get("uid") if isinstance(each, dict) else None for each in found]
    twice = [str(uid) for uid in dict.fromkeys(named) if named.count(uid) > 1]
    return [f"{_TWICE}; duplicate UID(s) observed: {', '.join(twice)}"]


def _check_size(kind: ResourceType, document: JsonObject) -> None:
    """Refuse what etcd would: only text that is long at all is measured."""
    if not kind.strategy.custom or len(written(document)) * _LONGER < _MAX_STORED:
        return
    if len(encoded(document)) > _MAX_STORED:
        message = "etcdserver: request is too large"
        raise internal(message)


def update(
    target: Target,
    make: Callable[[JsonObject], Made],
    options: WriteOptions,
    *,
    expected_uid: str | None = None,
    applied: bool = False,
    late: Sequence[FieldError] = (),
) -> Outcome:
    """Change an object.

    Shape: `make` returns the new object of the one that is there, which it may not change.
        `expected_uid` is the uid that a replace names. `applied`: managers are kept by `make`.
        `late` is what is known to be wrong besides what validation finds.
    Raises: ApiError.
    """
    kind, world, stored = target.type, target.world, target.stored
    began = world
    if stored is None:
        raise target.missing()
    before = kind.shown(stored)
    has = str(stored.metadata.get("uid"))
    if expected_uid and expected_uid != has:
        raise target.conflict(_precondition(target, expected_uid, has))
    after, warnings = make(before)
    warnings += owned_once(after)
    if not applied:
        # The owner of a scale is not told since when.
        time = "" if target.subresource == "scale" else stamp(world.now)
        after = managers.updated(target, before, after, options.manager, time)
    _check_version(target, stored, after)
    warnings += admission.admit_update(target, before, after)
    _keep(kind, before, after, target.subresource)
    world, after = admission.prepare_update(target, before, after)
    target = target.at(world, target.name)
    _count(target, before, after)
    if found := [*kind.part_errors(target.subresource, before, after, warnings), *late]:
        raise invalid(kind.served.kind, kind.served.group, target.name, found)
    admission.check_update(target, before, after)
    world = quota.charged(target, after, before, dry_run=options.dry_run)
    target = target.at(world, target.name)
    if not target.subresource:
        warnings += warnings_of(kind, before, after)
    metadata_of(after)["resourceVersion"] = str(stored.version)
    _check_size(kind, after)
    outcome = _changed(target, stored, after, tuple(warnings), dry_run=options.dry_run)
    return outcome._replace(world=_untouched(began, world)) if options.dry_run else outcome


def _untouched(began: World, world: World) -> World:
    """Return the world as it was before a dry run, which uses up nothing but uids."""
    return began if began.serial == world.serial else began.with_serial(world.serial)


def _changed(
    target: Target, stored: Stored, after: JsonObject, told: tuple[str, ...], *, dry_run: bool
) -> Outcome:
    """Put a changed object into the store, or take it out if nothing holds it any more."""
    kind, world = target.type, target.world
    if goes(after):
        if not dry_run:
            world = admission.released(world, target.key)
            world, _ = world.drop(target.key)
        return Outcome(world, after, 200, told)
    kept = target.form.kept(after)
    if dry_run:
        return Outcome(world, after if kind.served.custom else kept, 200, told)
    if _unchanged(stored, kept):
        return Outcome(world, kind.shown(stored), 200, told)
    world = admission.claimed(world, target.key, after)
    world, made = world.put(target.key, kept, target.form)
    return Outcome(world, kind.shown(made), 200, told)


def goes(document: JsonObject) -> bool:
    """Return whether an object that was written goes: it is deleted, and nothing holds it."""
    metadata = metadata_of(document)
    return bool(
        metadata.get("deletionTimestamp")
        and not metadata.get("finalizers")
        and not metadata.get("deletionGracePeriodSeconds")
    )


def _version(metadata: JsonObject) -> int | ApiError | None:
    """Return the version that a write names, None if it names none; what is no version is told."""
    text = metadata.get("resourceVersion")
    if text in (None, ""):
        return None
    try:
        return parse_uint(str(text)) or None
    except GoNumberError as error:
        return internal(str(error))


def _check_version(target: Target, stored: Stored, after: JsonObject) -> None:
    """Raise ApiError unless a write is of the version that is there, or of any."""
    kind = target.type
    version = _version(metadata_of(after))
    if isinstance(version, ApiError):
        raise version
    if version is None and not kind.strategy.unconditional:
        detail = "must be specified for an update"
        error = FieldError("FieldValueInvalid", "metadata.resourceVersion", detail, 0)
        raise invalid(kind.served.plural, kind.served.group, target.name, [error])
    if version is not None and version != stored.version:
        raise target.conflict()


def _count(target: Target, before: JsonObject, after: JsonObject) -> None:
    """Write down the generation of a changed object: one more, if the change counts."""
    strategy = target.type.strategy
    changes = strategy.changed(before, after) and target.subresource != "status"
    generation = metadata_of(before).get("generation")
    metadata = metadata_of(after)
    if generation is None:
        metadata.pop("generation", None)
    else:
        metadata["generation"] = cast("int", generation) + int(changes and strategy.counted)
    if strategy.kind == "DaemonSet" and not strategy.custom:
        count_templates(before, after)


def _precondition(target: Target, wanted: str, has: str) -> str:
    return (
        f"StorageError: invalid object, Code: 4, Key: {_etcd_key(target)}, ResourceVersion: 0, "
        f"AdditionalErrorMsg: Precondition failed: UID in precondition: {wanted}, "
        f"UID in object meta: {has}"
    )


_FOLDERS: Final = {
    "services": "services/specs",
    "endpoints": "services/endpoints",
    "nodes": "minions",
    "ingresses": "ingress",
    "replicationcontrollers": "controllers",
}


def _etcd_key(target: Target) -> str:
    served = target.type.served
    folder = (
        f"{served.group}/{served.plural}"
        if served.custom
        else _FOLDERS.get(served.plural, served.plural)
    )
    place = f"{target.namespace}/{target.name}" if target.namespace else target.name
    return f"/registry/{folder}/{place}"


def _keep(kind: ResourceType, before: JsonObject, after: JsonObject, subresource: str) -> None:
    """Write into a new object what a write cannot change."""
    metadata, old = metadata_of(after), metadata_of(before)
    if subresource == "status":
        _keep_all_but_status(kind, before, after)
        metadata = metadata_of(after)
    elif kind.strategy.has_status:
        if "status" in before:
            held = before["status"]
            after["status"] = held if kind.strategy.custom else thaw(held)
        else:
            after.pop("status", None)
    if not metadata.get("uid"):
        metadata["uid"] = old.get("uid")
    metadata["creationTimestamp"] = old.get("creationTimestamp")
    for field in ("deletionTimestamp", "deletionGracePeriodSeconds"):
        if field in old and (field == "deletionTimestamp" or field not in metadata):
            metadata[field] = old[field]
    metadata.pop("selfLink", None)


def _keep_all_but_status(kind: ResourceType, before: JsonObject, after: JsonObject) -> None:
    metadata = metadata_of(after)
    if kind.strategy.custom:
        # Nothing but the status, and who wrote it.
        entries, version = metadata.get("managedFields"), metadata.get("resourceVersion")
        kept = dict(metadata_of(before))
        after["metadata"] = kept
        for field, value in (("managedFields", entries), ("resourceVersion", version)):
            kept.pop(field, None)
            if value is not None:
                kept[field] = value
    for name in list(after):
        if name not in ("apiVersion", "kind", "metadata", "status") and name not in before:
            del after[name]
    for name, value in before.items():
        if name not in ("metadata", "status"):
            after[name] = value
    old = metadata_of(before)
    for field in kind.strategy.kept_with_status:
        metadata.pop(field, None)
        if field in old:
            metadata[field] = thaw(old[field])


def _unchanged(stored: Stored, after: JsonObject) -> bool:
    """Return whether the store would not change; times of managers alone are no change."""
    before = stored.document
    if before.keys() != after.keys():
        return False
    if not all(equal(before[name], after[name]) for name in after if name != "metadata"):
        return False
    old, new = stored.metadata, cast("JsonObject", after["metadata"])
    if old.keys() != new.keys():
        return False
    return all(
        equal(old[name], new[name])
        or (name == "managedFields" and equal(_timeless(old[name]), _timeless(new[name])))
        for name in new
    )


def _timeless(entries: object) -> list[JsonObject]:
    made = [
        {name: value for name, value in entry.items() if name != "time"}
        for entry in cast("list[JsonObject]", entries)
    ]
    return sorted(
        made,
        key=lambda e: (
            str(e.get("operation")),
            str(e.get("manager")),
            str(e.get("apiVersion")),
            str(e.get("subresource")),
        ),
    )
