"""What Metacontroller or the API server does not take of a desired child, and what to do about it.

1. What depends on the child alone is asked before anything is compared: `misplaced`.
2. What the server says of an object is asked only where one would be sent: `refused`, `loops`.

Source: `docs/gotchas.md`; Metacontroller 4.17.2, whose recordings show every one of these.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from reconcile.kinds.validation import update_errors
from reconcile.kinds.validation._faults import fault_of
from reconcile.objects.names import CONTROLLER_UID
from reconcile.objects.selector import check_selector, selects

from .plan_steps import Finding
from .plan_sync import texts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconcile.objects.ref import Ref
    from reconcile.value import Json, JsonObject

    from .plan_sync import Sync

__all__ = ["anyhow", "failing", "loops", "misplaced", "refused", "rolling", "unlabelled"]

_REFUSED: Final = ("is refused at every sync", "is not enough to apply")
"""How the reasons of such loops end."""
_ANYHOW: Final = ("/metadata/generateName", "/metadata/namespace")
"""Places of loops that do not need an update."""
_USUAL: Final = ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable")
"""Taints that every Pod tolerates for a while unless it says otherwise."""
_EVERY: Final = "the sync of the parent fails as a whole, and no child is touched"


def failing(sync: Sync) -> Iterator[Finding]:
    """Yield why every sync of the parent fails, before any child is looked at."""
    if sync.decorator is not None:
        return
    if sync.selector is not None:
        for fault in check_selector(sync.selector):
            yield Finding(f"/spec/selector{fault.pointer}", f"{fault.message}, so {_EVERY}", "")
        if not any(sync.selector.get(key) for key in ("matchLabels", "matchExpressions")):
            reason = f"the parent's selector says nothing, so {_EVERY}"
            remedy = "give it a spec.selector, or the controller generateSelector: true"
            yield Finding("", reason, remedy)
    if sync.parent and not sync.namespace:
        for child in sync.declared.values():
            if child.update.startswith("Rolling"):
                reason = f"{child.update} needs a parent in a namespace, so {_EVERY}"
                yield Finding("", reason, f"use InPlace or Recreate for {child.gvk.kind}")


def unlabelled(sync: Sync, desired: JsonObject, stamped: JsonObject) -> Iterator[Finding]:
    """Yield why the labels of a desired child fail the whole sync."""
    if sync.decorator is not None:
        return
    labels = _labels(desired)
    if not isinstance(labels, dict) or len(texts(labels)) != len(labels):
        reason, remedy = f"is no map of texts, so {_EVERY}", "leave it out, or write texts"
        yield Finding("/metadata/labels", reason, remedy)
    elif sync.selector is not None and not selects(sync.selector, texts(_labels(stamped))):
        reason = f"does not match the parent's selector, so {_EVERY}"
        remedy = "give the child the labels that spec.selector of the parent looks for"
        if sync.generate_selector:
            remedy = f"leave the label {CONTROLLER_UID} out: Metacontroller sets it"
        yield Finding("/metadata/labels", reason, remedy)


def _labels(document: JsonObject) -> Json:
    metadata = document.get("metadata")
    return metadata.get("labels", {}) if isinstance(metadata, dict) else {}


def misplaced(sync: Sync, ref: Ref, stamped: JsonObject) -> Iterator[Finding]:
    """Yield why a desired child cannot be had as a child, wherever its fields are right."""
    metadata = stamped.get("metadata")
    if not ref.name and not (isinstance(metadata, dict) and metadata.get("generateName")):
        yield Finding(
            "/metadata/name", "is missing, so the child is refused at every sync", "name it"
        )
    child = sync.declared.get((ref.gvk.group, ref.gvk.kind))
    lost = "it is created once, then never seen, changed or deleted"
    if child is None:
        remedy = f"declare it: Child({ref.gvk.kind})"
        yield Finding("", f"its kind is not declared: {lost}", remedy)
    elif child.gvk != ref.gvk:
        reason = (
            f"its kind is declared as {child.gvk.api_version} and desired as "
            f"{ref.gvk.api_version}: every sync deletes it and creates it again"
        )
        yield Finding("/apiVersion", reason, "use one version in both places")
    scoped = sync.namespaced(ref.gvk)
    if not sync.parent and not sync.namespace:
        return
    if not sync.namespace:
        if scoped and not ref.namespace:
            reason = "is missing, and the parent has none to give: refused at every sync"
            yield Finding("/metadata/namespace", reason, "say it in the child")
    elif scoped is False:
        reason = f"it is cluster-scoped and its parent is not: {lost}"
        yield Finding("", reason, "make the parent cluster-scoped")
    elif ref.namespace != sync.namespace:
        reason = f"is not that of the parent: {lost}, but by the garbage collector"
        remedy = "put it beside its parent, or make the parent cluster-scoped"
        yield Finding("/metadata/namespace", reason, remedy)


def refused(sync: Sync, ref: Ref, before: JsonObject, after: JsonObject) -> Iterator[Finding]:
    """Yield why the server would not take a change of an object that is there."""
    if not sync.known(ref.gvk):
        return
    stored = sync.kinds.defaulted(after)
    kept = sync.kinds.defaulted(before)
    if ref.gvk.kind == "Pod":
        _put_back(kept, stored)
    errors = update_errors(sync.kinds, kept, stored)
    # What the server would say of the object as it is has nothing to do with the change.
    named = update_errors(sync.kinds, kept, kept) if errors else []
    for error in errors:
        if error not in named:
            fault = fault_of(error, stored)
            yield Finding(
                fault.pointer, f"is refused by the server: {fault.message}", _remedy(error)
            )


def _put_back(kept: JsonObject, stored: JsonObject) -> None:
    """Give a Pod the usual tolerations again, as admission does before the server compares.

    Source: k8s.io/kubernetes plugin/pkg/admission/defaulttolerationseconds, on by default.
    """
    before, after = kept.get("spec"), stored.get("spec")
    if not isinstance(before, dict) or not isinstance(after, dict):
        return
    had, has = before.get("tolerations"), after.get("tolerations")
    if isinstance(had, list) and (has is None or isinstance(has, list)):
        keys = [one.get("key") for one in has or () if isinstance(one, dict)]
        again = [
            one
            for one in had
            if isinstance(one, dict) and one.get("key") in _USUAL and one.get("key") not in keys
        ]
        if again:
            after["tolerations"] = [*(has or ()), *again]


def loops(sync: Sync, ref: Ref, desired: JsonObject) -> tuple[list[Finding], list[Finding]]:
    """Return what the server refuses of a desired child, and what else never settles."""
    if not sync.known(ref.gvk):
        return [], []
    found = sync.kinds.loops(desired, apply=sync.apply)
    refusals: list[Finding] = []
    others: list[Finding] = []
    for loop in found:
        told = refusals if loop.reason.endswith(_REFUSED) else others
        told.append(Finding(loop.pointer, loop.reason, loop.remedy))
    return refusals, others


def anyhow(found: list[Finding]) -> list[Finding]:
    """Return the loops that go on without any update: those of a child that is never updated."""
    return [each for each in found if each.pointer in _ANYHOW]


def rolling(sync: Sync, count: int) -> Iterator[Finding]:
    """Yield what is wrong with rolling updates of one child among `count` of them.

    Source: rules 6.30 to 6.33 of Metacontroller 4.17.2.
    """
    if sync.decorator is not None:
        yield Finding("", "decorators do not roll: all attachments change at once", "")
    elif sync.apply == "server-side":
        reason = "a rolling update never goes on under server-side apply"
        yield Finding("", reason, "use InPlace or Recreate")
    elif count > 1 and sync.namespace:
        reason = "Metacontroller 4.17.2 changes the first child and then waits for ever"
        yield Finding("", reason, "use InPlace or Recreate, or delete the others by hand")


def _remedy(error: object) -> str:
    text = str(getattr(error, "detail", ""))
    if "immutable" in text or "updates to" in text or "may not change" in text:
        return "use the update strategy Recreate, or leave the field as it is"
    return ""
