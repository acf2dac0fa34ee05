"""One sync of a decorated object: finalizer, attachments, related, hook, the object, attachments.

The order is the one of rule 0.2: the object is written before its attachments are managed.

Source: pkg/controller/decorator/controller.go of Metacontroller 4.17.2.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, cast

from reconcile.diff import equal
from reconcile.simulate.metacontroller.children import aggregated, manage
from reconcile.simulate.metacontroller.client import Refusal
from reconcile.simulate.metacontroller.composite import ask, finalizer_kept, should_finalize
from reconcile.simulate.metacontroller.documents import (
    annotations_of,
    described,
    finalizers_of,
    is_deleted,
    labels_of,
    metadata_of,
    set_annotations,
)
from reconcile.simulate.metacontroller.findings import of_answer
from reconcile.simulate.metacontroller.object_maps import Gvk, desired_map, place_of
from reconcile.simulate.metacontroller.related import related_objects
from reconcile.simulate.metacontroller.running import Sync
from reconcile.simulate.metacontroller.webhook import HookError
from reconcile.value.frozen import thaw

if TYPE_CHECKING:
    from reconcile.simulate.metacontroller.object_maps import ObjectMap
    from reconcile.simulate.metacontroller.process import Metacontroller
    from reconcile.simulate.metacontroller.responses import SyncAnswer
    from reconcile.simulate.metacontroller.running import Running
    from reconcile.simulate.metacontroller.settings import ParentRule
    from reconcile.value.types import JsonObject

__all__ = ["MARK", "sync"]

MARK: Final = "metacontroller.k8s.io/decorator-controller"
"""The annotation that tells whose attachment an object is."""


def sync(process: Metacontroller, run: Running, rule: ParentRule, parent: JsonObject) -> None:
    """Sync one object, as the cache has it.

    Raises: HookError, Refusal, TooManyRequestsError, CrashError: why it failed.
    """
    if not run.cares(parent, rule):
        return
    parent = finalizer_kept(process, run, rule, parent)
    if not run.cares(parent, rule):
        return
    observed = _attachments(process, run, parent)
    related = related_objects(process, run, parent)
    one = Sync(process, run, rule, parent)
    answer = ask(one, observed, related)
    if answer.resync > 0:
        run.queue.add_after(run.key(parent), answer.resync, process.now)
    if answer.quiet:
        return
    desired = desired_map(answer.children, parent)
    for finding in of_answer(one, len(answer.children), desired):
        process.found(finding)
    if not _write(process, run, rule, parent, answer):
        return
    for group in desired.values():
        for at, child in group.items():
            group[at] = _marked(child, run.settings.name)
    if not is_deleted(parent) or should_finalize(run, parent):
        errors = manage(process, run.settings, parent, observed, desired)
        if errors:
            message = f"can't reconcile children for {described(parent)}: {aggregated(errors)}"
            raise HookError(message)


def _attachments(process: Metacontroller, run: Running, parent: JsonObject) -> ObjectMap:
    """Return the attachments of an object by kind (rule 3.20)."""
    home, _ = place_of(parent)
    uid = str(metadata_of(parent).get("uid"))
    made: ObjectMap = {}
    for rule in run.settings.children:
        served = rule.kind.served
        group = made.setdefault(Gvk(served.group, served.version, served.kind), {})
        for document in process.cache.owned(rule.kind, uid):
            at = place_of(document)
            if home and at[0] != home:
                continue
            if annotations_of(document).get(MARK) == run.settings.name:
                group[at] = document
    return made


def _marked(child: JsonObject, name: str) -> JsonObject:
    """Return a desired attachment that tells whose it is."""
    annotations = annotations_of(child)
    if annotations.get(MARK) == name:
        return child
    metadata = child.get("metadata")
    made: JsonObject = {**child, "metadata": dict(metadata) if isinstance(metadata, dict) else {}}
    set_annotations(made, {**annotations, MARK: name})
    return made


def _write(
    process: Metacontroller,
    run: Running,
    rule: ParentRule,
    parent: JsonObject,
    answer: SyncAnswer,
) -> bool:
    """Write what the hook wants of the object; return whether to go on (rules 7.30 to 7.36).

    Raises: HookError.
    """
    status = parent.get("status")
    if status is not None and not isinstance(status, dict):
        message = ".status accessor error: it is not an object"
        raise HookError(message)
    wanted = status if answer.status is None else answer.status
    labels, more = labels_of(parent), annotations_of(parent)
    new_labels, new_annotations = (
        _updated(labels, answer.labels),
        _updated(more, answer.annotations),
    )
    changed = not equal(status, wanted)
    finalizer = run.settings.finalizer
    released = answer.finalized and finalizer in finalizers_of(parent)
    if not changed and not released and new_labels == labels and new_annotations == more:
        return True
    made = cast("JsonObject", thaw(parent))
    metadata = cast("dict[str, Any]", metadata_of(made))
    metadata["labels"] = new_labels
    metadata["annotations"] = new_annotations
    made["status"] = thaw(wanted)
    try:
        if changed and "status" in rule.kind.served.subresources:
            try:
                result = process.client.update(rule.kind, made, "status")
            except Refusal as error:
                if error.reason in ("NotFound", "Conflict"):
                    return False
                message = f"can't update status: {error}"
                raise HookError(message) from error
            metadata["resourceVersion"] = metadata_of(result).get("resourceVersion")
        if answer.finalized:
            left = [each for each in finalizers_of(made) if each != finalizer]
            if left:
                metadata["finalizers"] = left
            else:
                metadata.pop("finalizers", None)
        process.client.update(rule.kind, made)
    except Refusal as error:
        if error.reason in ("NotFound", "Conflict"):
            return False
        message = f"can't update {described(parent)}: {error}"
        raise HookError(message) from error
    return True


def _updated(known: Mapping[str, str], changes: Mapping[str, str | None]) -> dict[str, str]:
    """Return texts with some set and some removed (rule 1.46)."""
    made = dict(known)
    for key, value in changes.items():
        if value is None:
            made.pop(key, None)
        else:
            made[key] = value
    return made
