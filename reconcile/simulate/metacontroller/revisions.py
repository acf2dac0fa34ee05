"""Rolling updates: the hook is asked once for each revision of the parent that has children.

1. A revision is a ControllerRevision: the fields of the parent that count, and the names of the
   children that belong to it. The latest is the one of the parent as it is (rules 6.12 to 6.17).
2. Revisions are written before any child is touched (rule 6.25). Children of an older revision stay
   as that revision wants them (rule 6.26).

Source: pkg/controller/composite/controller_revision.go of Metacontroller 4.17.2.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, cast

from reconcile.diff import equal
from reconcile.simulate.metacontroller.claims import Claims, reference_to
from reconcile.simulate.metacontroller.client import CrashError, Refusal
from reconcile.simulate.metacontroller.composite import ask, label_selector
from reconcile.simulate.metacontroller.definitions import VERSION
from reconcile.simulate.metacontroller.documents import (
    described,
    metadata_of,
    sorted_text,
    texts_of,
)
from reconcile.simulate.metacontroller.findings import Finding
from reconcile.simulate.metacontroller.object_maps import desired_map, place_of
from reconcile.simulate.metacontroller.rolling import Revision, names_of, roll
from reconcile.simulate.metacontroller.webhook import HookError, TooManyRequestsError
from reconcile.value.frozen import thaw

if TYPE_CHECKING:
    from reconcile.simulate.metacontroller.object_maps import ObjectMap
    from reconcile.simulate.metacontroller.process import Metacontroller
    from reconcile.simulate.metacontroller.responses import SyncAnswer
    from reconcile.simulate.metacontroller.running import Running, Sync
    from reconcile.simulate.metacontroller.settings import ParentRule
    from reconcile.simulate.server.resource_type import ResourceType
    from reconcile.value.types import Json, JsonObject

__all__ = ["answered"]

_GROUP_LABEL: Final = "metacontroller.k8s.io/apiGroup"
_RESOURCE_LABEL: Final = "metacontroller.k8s.io/resource"
_LONGEST: Final = 253 - 41
_STALLS: Final = "the rolling update does not find it by its name, and stalls after one child"


def answered(sync: Sync, observed: ObjectMap, related: ObjectMap) -> SyncAnswer:
    """Return one answer made of those about all revisions of a parent.

    Raises: HookError, TooManyRequestsError, CrashError.
    """
    process, run, rule, parent = sync
    kind = process.revision_kind()
    stored = _claimed(sync, kind)
    revisions = _materialized(run, rule, parent, stored)
    _asked(sync, revisions, observed, related)
    for revision in revisions:
        assert revision.answer is not None
        revision.desired = desired_map(revision.answer.children, parent)
    process.asked = None  # what several revisions answered is never quiet
    missed = roll(
        run.settings, revisions, observed, repaired=not process.faithful, order=process.order
    )
    for name in missed:
        process.found(Finding("6.30", f"{name}: {_STALLS}"))
    kept = [revisions[0], *(each for each in revisions[1:] if names_of(each.document))]
    try:
        _managed(process, kind, stored, kept, parent)
    except Refusal as error:
        message = f"{described(parent)}: can't reconcile ControllerRevisions: {error}"
        raise HookError(message) from error
    return _combined(kept)


def _asked(
    sync: Sync, revisions: Sequence[Revision], observed: ObjectMap, related: ObjectMap
) -> None:
    """Ask the hook about all revisions at once, in any order; then look at what failed.

    Raises: CrashError if any answer ends the process; else HookError or TooManyRequestsError, of
        the first revision that failed.
    """
    failed: list[HookError | TooManyRequestsError] = []
    crash: CrashError | None = None
    for place, _ in sync.process.order([(str(place), "") for place in range(len(revisions))]):
        revision = revisions[int(place)]
        try:
            revision.answer = ask(sync._replace(parent=revision.parent), observed, related)
        except (HookError, TooManyRequestsError) as error:
            failed.append(error)
        except CrashError as error:
            crash = crash or error
    if crash is not None:
        raise crash
    if not failed:
        return
    if isinstance(failed[0], TooManyRequestsError):
        raise failed[0]
    message = f"sync hook failed for {described(revisions[0].parent)}: {failed[0]}"
    raise HookError(message) from failed[0]


def _claimed(sync: Sync, kind: ResourceType) -> list[JsonObject]:
    """Return the revisions of a parent (rule 6.16). Raises: HookError."""
    process, run, rule, parent = sync
    served = rule.kind.served
    selector = label_selector(run, parent).with_labels(
        {_GROUP_LABEL: served.group, _RESOURCE_LABEL: served.plural}
    )
    home, _ = place_of(parent)
    try:
        return Claims(process.client, parent, rule.kind, selector).claim(
            kind, list(process.cache.list(kind, home))
        )
    except Refusal as error:
        message = f"can't claim ControllerRevisions: {error}"
        raise HookError(message) from error


def _materialized(
    run: Running, rule: ParentRule, parent: JsonObject, stored: Sequence[JsonObject]
) -> list[Revision]:
    """Return the revisions with the parents that they stand for, the latest first (rule 6.17)."""
    paths = [tuple(path.split(".")) for path in run.settings.field_paths]
    latest = Revision(parent)
    older: list[Revision] = []
    patch = _patch(parent, paths)
    for document in stored:
        found = document.get("parentPatch")
        known = cast("JsonObject", found if isinstance(found, dict) else {})
        if equal(known, patch):
            latest.document = cast("JsonObject", thaw(document))
            continue
        made = cast("JsonObject", thaw(parent))
        for path in paths:
            value, there = _at(known, path)
            if there:
                _put(made, path, value)
        older.append(Revision(made, cast("JsonObject", thaw(document))))
    if not latest.document:
        latest.document = _new(run, rule, parent, patch)
    return [latest, *older]


def _patch(parent: JsonObject, paths: Sequence[tuple[str, ...]]) -> JsonObject:
    """Return the part of a parent that its revisions tell apart (rule 6.13)."""
    made: JsonObject = {}
    for path in paths:
        value, there = _at(parent, path)
        if there:
            _put(made, path, value)
    return made


def _at(document: Json, path: Sequence[str]) -> tuple[Json, bool]:
    for name in path:
        if not isinstance(document, dict) or name not in document:
            return None, False
        document = document[name]
    return document, True


def _put(document: JsonObject, path: Sequence[str], value: Json) -> None:
    for name in path[:-1]:
        inner = document.get(name)
        if not isinstance(inner, dict):
            inner = document[name] = {}
        document = inner
    document[path[-1]] = thaw(value)


def _new(run: Running, rule: ParentRule, parent: JsonObject, patch: JsonObject) -> JsonObject:
    """Return the revision of a parent that has none yet (rules 6.14, 6.15). Raises: HookError."""
    metadata = cast("dict[str, Any]", metadata_of(parent))
    served = rule.kind.served
    text = sorted_text(patch)
    if run.settings.generate_selector:
        labels = {"controller-uid": str(metadata.get("uid"))}
    else:
        found, there = _at(parent, ("spec", "template", "metadata", "labels"))
        if there and texts_of(found) != found:
            message = f"invalid labels on parent {described(parent)}: they are no map of texts"
            raise HookError(message)
        labels = dict(texts_of(found))
    labels |= {_GROUP_LABEL: served.group, _RESOURCE_LABEL: served.plural}
    prefix = f"{served.plural}.{served.group or 'core'}"[:_LONGEST]
    hashed = hashlib.sha1(
        (str(metadata.get("uid")) + text).encode(), usedforsecurity=False
    ).hexdigest()
    about: JsonObject = {
        "name": f"{prefix}-{hashed}",
        "labels": cast("Json", labels),
        "ownerReferences": [reference_to(parent)],
    }
    if metadata.get("namespace"):
        about["namespace"] = metadata["namespace"]
    return {
        "apiVersion": VERSION,
        "kind": "ControllerRevision",
        "metadata": about,
        "parentPatch": patch,
    }


def _managed(
    process: Metacontroller,
    kind: ResourceType,
    stored: Sequence[JsonObject],
    kept: Sequence[Revision],
    parent: JsonObject,
) -> None:
    """Delete, update and create revisions (rule 6.25). Raises: Refusal."""
    wanted = {place_of(each.document)[1] for each in kept}
    known: dict[str, JsonObject] = {}
    for document in stored:
        name = place_of(document)[1]
        known[name] = document
        if name not in wanted:
            with _about("delete", name, parent):
                process.client.delete(kind, document, policy=None)
    for revision in kept:
        document = revision.document
        name = place_of(document)[1]
        before = known.get(name)
        if before is None:
            with _about("create", name, parent, ending=f" (post {kind.served.qualified})"):
                home, _ = place_of(document)
                process.client.create(kind, home, _sent(document))
        elif not equal(before, document):  # an absent list is not an empty one
            with _about("update", name, parent):
                process.client.update(kind, _sent(document))


def _sent(document: JsonObject) -> JsonObject:
    """Return a revision as it is written: an empty list of children is left out."""
    return {key: value for key, value in document.items() if key != "children" or value}


class _about:  # noqa: N801  # read as a phrase
    """Say in a refusal what was tried with which revision."""

    def __init__(self, verb: str, name: str, parent: JsonObject, *, ending: str = "") -> None:
        self._verb = verb
        self._name = name
        self._parent = parent
        self._ending = ending

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, Refusal):
            told = error.message
            if told == "the server could not find the requested resource":
                told += self._ending
            message = (
                f"can't {self._verb} ControllerRevision {self._name} for "
                f"{described(self._parent)}: {told}"
            )
            raise Refusal(error.code, error.reason, message) from error


def _combined(kept: Sequence[Revision]) -> SyncAnswer:
    """Return one answer of those of all revisions (rules 6.26, 6.27)."""
    latest = kept[0]
    assert latest.answer is not None
    desired = {gvk: dict(group) for gvk, group in latest.desired.items()}
    for revision in kept[1:]:
        for group, kind, names in names_of(revision.document):
            for name in names:
                for gvk, objects in revision.desired.items():
                    if (gvk.group, gvk.kind) != (group, kind):
                        continue
                    for at, child in objects.items():
                        if revision.relative(at) == name and at in desired.get(gvk, {}):
                            desired[gvk][at] = child
    answers = [each.answer for each in kept if each.answer is not None]
    resyncs = [answer.resync for answer in answers if answer.resync > 0]
    return latest.answer._replace(
        children=[child for group in desired.values() for child in group.values()],
        resync=min(resyncs, default=0.0),
        finalized=all(answer.finalized for answer in answers),
    )
