"""Whom an event concerns: the parents that are synced because of it.

Source: rules 7.40 to 7.44; the event handlers of Metacontroller 4.17.2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from reconcile.diff import equal
from reconcile.simulate.metacontroller.composite import label_selector
from reconcile.simulate.metacontroller.documents import (
    annotations_of,
    controller_reference,
    generation_of,
    is_deleted,
    labels_of,
    metadata_of,
)
from reconcile.simulate.metacontroller.object_maps import place_of
from reconcile.simulate.metacontroller.related import concerned
from reconcile.simulate.metacontroller.webhook import HookError

if TYPE_CHECKING:
    from reconcile.simulate.metacontroller.process import Metacontroller
    from reconcile.simulate.metacontroller.running import Running
    from reconcile.simulate.metacontroller.settings import ParentRule
    from reconcile.simulate.server.store import Event
    from reconcile.value.types import JsonObject

__all__ = ["handle", "queue_concerned", "started"]

_UID_LABEL = "controller-uid"


def handle(process: Metacontroller, run: Running, prefix: str, event: Event) -> None:
    """Queue the parents of a controller that an event concerns."""
    settings = run.settings
    for rule in settings.parents:
        if rule.kind.prefix == prefix:
            _parent(run, rule, event)
    if any(child.kind.prefix == prefix for child in settings.children):
        if event.type == "DELETED":
            _child_gone(process, run, event.after)
        else:
            _child(process, run, event.after)
    if prefix in run.related:
        states: list[JsonObject] = [event.after]
        if event.before is not None:
            states.insert(0, event.before)
        queue_concerned(process, run, states)


def started(process: Metacontroller, run: Running) -> None:
    """Queue the parents of a controller that begins: all there are, and those of all children."""
    for rule in run.settings.parents:
        for parent in process.cache.list(rule.kind):
            if run.cares(parent, rule):
                run.queue.add(run.key(parent))


def _parent(run: Running, rule: ParentRule, event: Event) -> None:
    parent = event.after
    if event.type == "MODIFIED" and rule.ignores_status and _is_quiet(event):
        return
    if run.cares(parent, rule):
        run.queue.add(run.key(parent))


def _is_quiet(event: Event) -> bool:
    """Return whether a change of a parent is to be ignored (rule 7.41)."""
    before, after = event.before, event.after
    return (
        before is not None
        and generation_of(before) == generation_of(after)
        and equal(labels_of(before), labels_of(after))
        and equal(annotations_of(before), annotations_of(after))
        and not is_deleted(after)
    )


def queue_concerned(process: Metacontroller, run: Running, states: list[JsonObject]) -> None:
    """Queue the parents that asked to see a related object, of which these are states."""
    for parent in list(concerned(process, run, states)):
        rule = run.rule_of(parent)
        if rule is not None and run.cares(parent, rule):
            run.queue.add(run.key(parent))


def _child(process: Metacontroller, run: Running, child: JsonObject) -> None:
    if is_deleted(child):
        _child_gone(process, run, child)
        return
    owner = controller_reference(child)
    if owner is not None:
        parent = _resolved(process, run, child, owner)
        if parent is not None:
            run.queue.add(run.key(parent))
    elif not run.settings.decorator:
        _orphan(process, run, child)


def _child_gone(process: Metacontroller, run: Running, child: JsonObject) -> None:
    owner = controller_reference(child)
    if owner is not None:
        parent = _resolved(process, run, child, owner)
        if parent is not None:
            run.queue.add(run.key(parent))


def _resolved(
    process: Metacontroller, run: Running, child: JsonObject, owner: Any
) -> JsonObject | None:
    """Return the parent that an owner reference means, None if it is none of this controller's."""
    group, _, _ = str(owner.get("apiVersion", "")).rpartition("/")
    rule = run.settings.parent(group, str(owner.get("kind", "")))
    if rule is None:
        return None
    namespace = place_of(child)[0] if rule.kind.served.namespaced else ""
    parent = process.cache.get(rule.kind, namespace, str(owner.get("name", "")))
    if parent is None or metadata_of(parent).get("uid") != owner.get("uid"):
        return None
    return parent if run.cares(parent, rule) else None


def _orphan(process: Metacontroller, run: Running, child: JsonObject) -> None:
    """Queue every parent that may want to adopt an orphan (rule 7.43)."""
    labels = labels_of(child)
    if run.settings.generate_selector and _UID_LABEL not in labels:
        return
    rule = run.settings.parents[0]
    namespace = place_of(child)[0] if rule.kind.served.namespaced else ""
    if rule.kind.served.namespaced and not namespace:
        return
    for parent in process.cache.list(rule.kind, namespace):
        try:
            selector = label_selector(run, parent)
        except HookError:
            continue
        if selector.matches(cast("dict[str, object]", labels)) and run.cares(parent, rule):
            run.queue.add(run.key(parent))
