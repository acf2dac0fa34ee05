"""Which dependents a controller holds: it adopts what matches, and lets go of what no longer does.

1. What another controller holds is left alone, and so is an orphan that is being deleted.
2. An owner that is being deleted adopts and releases nothing, but what it holds stays its own.

Source: k8s.io/kubernetes pkg/controller/controller_ref_manager.go.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple, cast

from reconcile.objects.selector import selects
from reconcile.simulate.actors.actor import controller_of
from reconcile.simulate.actors.pods import Document, controller_reference, terminating

if TYPE_CHECKING:
    from reconcile.simulate.actors.actor import Api
    from reconcile.value.types import JsonObject

__all__ = ["Claimed", "adopt", "claim", "selected"]


class Claimed(NamedTuple):
    """What a controller holds."""

    held: tuple[Document, ...]
    """In the order of the candidates; what was adopted is as it is now."""
    failed: bool
    """Whether something could not be adopted or released: to be tried again."""


def selected(owner: Document, document: Document) -> bool:
    """Return whether the selector of an object selects another one's labels."""
    return selects(owner["spec"].get("selector") or {}, document["metadata"].get("labels") or {})


def claim(
    api: Api,
    owner: Document,
    candidates: Iterable[Document],
    match: Callable[[Document], bool],
    finalizers: Sequence[str] = (),
) -> Claimed:
    """Return the candidates that an object controls, after orphans were adopted or others let go.

    Shape: `match` tells whether the owner wants a candidate; all are of the owner's namespace.
        `finalizers` are put on what is adopted and taken off what is let go.
    """
    held: list[Document] = []
    failed = False
    uid = owner["metadata"]["uid"]
    going = terminating(owner)
    for each in candidates:
        reference = controller_of(cast("JsonObject", each))
        if reference is not None:
            if reference["uid"] != uid:
                continue
            if match(each):
                held.append(each)
            elif not going:
                failed = not _release(api, owner, each, finalizers) or failed
        elif not going and not terminating(each) and match(each):
            adopted = adopt(api, owner, each, finalizers)
            if adopted is not None:
                held.append(adopted)
            elif _exists(api, each):
                failed = True
    return Claimed(tuple(held), failed)


def adopt(
    api: Api, owner: Document, orphan: Document, finalizers: Sequence[str] = ()
) -> Document | None:
    """Make an object the controller of an orphan; return it as it is then, None if refused."""
    about: JsonObject = {
        "ownerReferences": [controller_reference(owner)],
        "uid": orphan["metadata"]["uid"],
    }
    if finalizers:
        about["finalizers"] = [*finalizers]
    answer = api.patch(orphan, {"metadata": about}, how="strategic")
    return cast("Document", answer.body) if answer.status == 200 else None


def _release(api: Api, owner: Document, held: Document, finalizers: Sequence[str]) -> bool:
    """Take an owner off what it controls; return whether that is settled."""
    about: JsonObject = {
        "uid": held["metadata"]["uid"],
        "ownerReferences": [{"$patch": "delete", "uid": owner["metadata"]["uid"]}],
    }
    if finalizers:
        about["$deleteFromPrimitiveList/finalizers"] = [*finalizers]
    return api.patch(held, {"metadata": about}, how="strategic").status in (200, 404, 422)


def _exists(api: Api, document: Document) -> bool:
    about = document["metadata"]
    namespace = about.get("namespace") or ""
    return api.get(document["apiVersion"], document["kind"], namespace, about["name"]) is not None
