"""Deletions: what goes at once, what waits for finalizers, grace or dependents, what is answered.

1. A deletion either removes an object or marks it; which, depends on its finalizers, those that the
   propagation policy adds, and for Pods on grace.
2. Dependents are the garbage collector's business: here only the finalizers it looks for are set.

Source: k8s.io/apiserver pkg/registry/generic/registry/store.go (Delete, deletionFinalizers...),
pkg/registry/rest/delete.go; k8s.io/kubernetes pkg/registry/core/pod/strategy.go; recorded
conversations.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, cast

from reconcile.simulate.server import admission, definitions
from reconcile.simulate.server.clock import stamp
from reconcile.simulate.server.decoding import read_body
from reconcile.simulate.server.options import DeleteOptions, delete_options
from reconcile.simulate.server.reading import Selection, items_of
from reconcile.simulate.server.status import ApiError, bad_request, conflict
from reconcile.simulate.server.writing import Outcome, Target, metadata_of
from reconcile.value.equality import equal
from reconcile.value.frozen import thaw
from reconcile.value.types import ABSENT

if TYPE_CHECKING:
    from reconcile.simulate.server.routes import Query
    from reconcile.simulate.server.store import Stored, World
    from reconcile.value.types import Absent, Json, JsonIn, JsonObject

__all__ = ["delete", "delete_all", "options_of"]

_FOREGROUND: Final = "foregroundDeletion"
_ORPHAN: Final = "orphan"
_ORPHANS: Final = (
    "child pods are preserved by default when jobs are deleted; set "
    "propagationPolicy=Background to remove them or set propagationPolicy=Orphan to "
    "suppress this warning"
)


def options_of(query: Query, body: bytes | JsonIn | Absent, media: str) -> DeleteOptions:
    """Return the options of a deletion. Raises: ApiError."""
    held: Json = None
    if body is not ABSENT and body != b"":
        held = read_body(body, media, "DeleteOptions").document
        if isinstance(held, dict):
            kind, version = held.get("kind"), held.get("apiVersion")
            if kind not in (None, "", "DeleteOptions"):
                message = (
                    f'no kind "{kind}" is registered for version "{version}" '
                    'in scheme "pkg/runtime/scheme.go:111"'
                )
                raise bad_request(message)
    return delete_options(query, held)


def delete(target: Target, options: DeleteOptions) -> Outcome:
    """Delete an object, or mark it as being deleted. Raises: ApiError."""
    admission.admit_delete(target)
    stored = target.stored
    if stored is None:
        raise target.missing()
    _check(target, stored, options)
    kind, world = target.type, target.world
    warnings: tuple[str, ...] = ()
    if kind.served.kind == "Job" and not kind.served.custom and _unsaid(options):
        warnings = (_ORPHANS,)
    marked = stored.metadata.get("deletionTimestamp") is not None
    if kind.prefix == "/Namespace/":
        if not marked:
            return _terminated(target, stored, options)
        if cast("JsonObject", stored.document.get("spec") or {}).get("finalizers"):
            return Outcome(world, kind.shown(stored), 200)
    if kind.is_definition and not marked:
        return _defined_no_more(target, stored, options)
    after = cast("JsonObject", thaw(stored.document))
    metadata = metadata_of(after)
    finalizers = _finalizers(target, stored, options)
    grace = _grace(target, stored, options)
    if finalizers != (stored.metadata.get("finalizers") or []):
        metadata["finalizers"] = cast("list[Json]", finalizers)
    if not finalizers:
        metadata.pop("finalizers", None)
    if grace is not None and (grace > 0 or not _is_now(stored, grace)):
        _mark_gracefully(world, stored, after, grace)
        if grace > 0:
            return _kept(target, stored, after, options, warnings)
        marked = True
        if not finalizers:
            return _gone(target, after, options, warnings, twice=True)
    if finalizers:
        if not marked:
            metadata["deletionTimestamp"] = stamp(world.now)
            metadata["deletionGracePeriodSeconds"] = 0
            if "generation" in metadata:
                metadata["generation"] = cast("int", metadata["generation"]) + 1
        elif metadata.get("deletionGracePeriodSeconds"):
            metadata["deletionGracePeriodSeconds"] = 0
        return _kept(target, stored, after, options, warnings)
    return _gone(target, after, options, warnings)


def _check(target: Target, stored: Stored, options: DeleteOptions) -> None:
    """Raise ApiError unless the object is the one that the preconditions name."""
    served = target.type.served
    uid, version = str(stored.metadata.get("uid")), str(stored.version)
    why = ""
    if options.uid is not None and options.uid != uid:
        why = (
            f"the UID in the precondition ({options.uid}) does not match the UID in record "
            f"({uid}). The object might have been deleted and then recreated"
        )
    elif options.version is not None and options.version != version:
        why = (
            f"the ResourceVersion in the precondition ({options.version}) does not match the "
            f"ResourceVersion in record ({version}). The object might have been modified"
        )
    if why:
        raise conflict(served.kind, served.group, target.name, why)


def _unsaid(options: DeleteOptions) -> bool:
    return options.propagation is None and options.orphan is None


def _finalizers(target: Target, stored: Stored, options: DeleteOptions) -> list[str]:
    """Return the finalizers that an object has after the policy of its deletion was written down.

    Source: store.go, deletionFinalizersForGarbageCollection.
    """
    has = [str(each) for each in stored.metadata.get("finalizers") or ()]
    orphan = foreground = False
    if options.orphan is not None:
        orphan = options.orphan
    elif options.propagation is not None:
        orphan = options.propagation == "Orphan"
        foreground = options.propagation == "Foreground"
    elif _ORPHAN in has:
        orphan = True
    elif _FOREGROUND in has:
        foreground = True
    else:
        orphan = target.type.strategy.orphans
    made = [each for each in has if each not in (_ORPHAN, _FOREGROUND)]
    if orphan:
        made.append(_ORPHAN)
    if foreground:
        made.append(_FOREGROUND)
    return has if set(made) == set(has) else made


def _grace(target: Target, stored: Stored, options: DeleteOptions) -> int | None:
    """Return the seconds that a Pod is given, None for kinds that are given none."""
    if target.type.served.custom or target.type.served.kind != "Pod":
        return None
    spec = cast("JsonObject", stored.document.get("spec") or {})
    status = cast("JsonObject", stored.document.get("status") or {})
    period: Json = options.grace
    if period is None:
        period = spec.get("terminationGracePeriodSeconds", 30)
    seconds = period if isinstance(period, int) else 30
    if seconds < 0:
        seconds = 1
    if not spec.get("nodeName") or status.get("phase") in ("Failed", "Succeeded"):
        seconds = 0
    return seconds


def _is_now(stored: Stored, grace: int) -> bool:
    """Return whether an object has been given that much already."""
    has = stored.metadata.get("deletionGracePeriodSeconds")
    return stored.metadata.get("deletionTimestamp") is not None and has == grace


def _mark_gracefully(world: World, stored: Stored, after: JsonObject, grace: int) -> None:
    metadata = metadata_of(after)
    has = metadata.get("deletionGracePeriodSeconds")
    if metadata.get("deletionTimestamp") is not None:
        # Only less can be given than before; source: rest/delete.go, BeforeDelete.
        if isinstance(has, int) and grace >= has:
            return
        began = _began(stored, world)
        metadata["deletionTimestamp"] = stamp(began + timedelta(seconds=grace))
        metadata["deletionGracePeriodSeconds"] = grace
        return
    metadata["deletionTimestamp"] = stamp(world.now + timedelta(seconds=grace))
    metadata["deletionGracePeriodSeconds"] = grace
    if "generation" in metadata:
        metadata["generation"] = cast("int", metadata["generation"]) + 1


def _began(stored: Stored, world: World) -> datetime:
    """Return when an object was marked; now, if what it holds is no time."""
    text = str(stored.metadata["deletionTimestamp"])
    has = stored.metadata.get("deletionGracePeriodSeconds") or 0
    try:
        return datetime.fromisoformat(text) - timedelta(seconds=has)
    except ValueError:
        return world.now


def _terminated(target: Target, stored: Stored, options: DeleteOptions) -> Outcome:
    """A namespace is emptied first: its phase says so, its finalizers stay."""
    after = cast("JsonObject", thaw(stored.document))
    metadata = metadata_of(after)
    metadata["deletionTimestamp"] = stamp(target.world.now)
    status = cast("JsonObject", after.setdefault("status", {}))
    status["phase"] = "Terminating"
    return _kept(target, stored, after, options, ())


def _defined_no_more(target: Target, stored: Stored, options: DeleteOptions) -> Outcome:
    """A definition waits until its objects are gone."""
    after = cast("JsonObject", thaw(stored.document))
    metadata = metadata_of(after)
    now = stamp(target.world.now)
    metadata["deletionTimestamp"] = now
    finalizers = _finalizers(target, stored, options)
    if definitions.CLEANUP not in finalizers:
        finalizers = [*finalizers, definitions.CLEANUP]
    metadata["finalizers"] = cast("list[Json]", finalizers)
    definitions.finalized(after, now)
    return _kept(target, stored, after, options, ())


def _kept(
    target: Target,
    stored: Stored,
    after: JsonObject,
    options: DeleteOptions,
    warnings: tuple[str, ...],
) -> Outcome:
    """Store a marked object, if that changes anything, and answer with it."""
    kind, world = target.type, target.world
    same = {**after, "metadata": {**metadata_of(after), "resourceVersion": str(stored.version)}}
    if options.dry_run or equal(same, stored.document):
        return Outcome(world, kind.shown(stored) if not options.dry_run else after, 200, warnings)
    world, made = world.put(target.key, after, stored.form)
    return Outcome(world, kind.shown(made), 200, warnings)


def _gone(
    target: Target,
    after: JsonObject,
    options: DeleteOptions,
    warnings: tuple[str, ...],
    *,
    twice: bool = False,
) -> Outcome:
    """Remove an object, and answer with it or with a `Status`."""
    kind, world = target.type, target.world
    document: JsonObject = after
    if not options.dry_run:
        world = admission.released(world, target.key)
        stored = world.objects.get(target.key)
        form = stored.form if stored else None
        if twice:
            world, made = world.put(target.key, after, form)
            document = kind.shown(made)
        world, last = world.drop(target.key)
        document = {**last.document}
    if kind.strategy.returned:
        return Outcome(world, document, 200, warnings)
    served = kind.served
    details: JsonObject = {"name": target.name}
    if served.group:
        details["group"] = served.group
    details |= {"kind": served.plural, "uid": metadata_of(after).get("uid")}
    success: JsonObject = {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Success",
        "details": details,
    }
    return Outcome(world, success, 200, warnings)


def delete_all(
    target: Target, chosen: Selection, options: DeleteOptions
) -> tuple[World, list[JsonObject]]:
    """Delete all selected objects; return them as they were before. Raises: ApiError."""
    world = target.world
    found = items_of(world, chosen)
    for each in found:
        metadata = cast("JsonObject", each["metadata"])
        one = target._replace(
            world=world,
            name=str(metadata["name"]),
            namespace=str(metadata.get("namespace") or ""),
        )
        try:
            world = delete(one, options).world
        except ApiError as error:
            if error.code not in (404, 409):
                raise
    return world, cast("list[JsonObject]", found)
