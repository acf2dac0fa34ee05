"""What Metacontroller knows when it acts on an answer: whose child an object is, what it adds.

Source: Metacontroller 4.17.2, pkg/dynamic/controllerref and pkg/controller/common; held to its
    recordings.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, cast

from reconcile.objects.names import CONTROLLER_UID, DECORATOR_CONTROLLER, LAST_APPLIED
from reconcile.objects.selector import selects
from reconcile.value import thaw

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconcile.kinds import Kinds
    from reconcile.kinds._loop import Apply
    from reconcile.objects.gvk import Gvk
    from reconcile.value import Json, JsonIn, JsonObject

    from .declared import Child

__all__ = ["Claim", "Sync", "metadata_of", "recorded", "terminating", "texts"]

Claim: TypeAlias = Literal["owned", "adopted", "released", "foreign"]
"""`adopted`: nobody's yet, and taken; `released`: owned, and let go; `foreign`: not looked at."""
_COLLECTORS: Final = ("foregroundDeletion", "orphan")


@dataclass(frozen=True, slots=True)
class Sync:
    """The parent and the controller that act; see `reconcile.state.plan.plan` for the fields."""

    parent: JsonObject
    """Empty where nobody says."""
    namespace: str
    selector: Mapping[str, JsonIn] | None
    """What labels of children must match; None for no such demand, as decorators have none."""
    generate_selector: bool
    decorator: str | None
    apply: Apply
    field_manager: str
    finalizing: bool
    kinds: Kinds
    declared: Mapping[tuple[str, str], Child]
    """By group and kind: Metacontroller looks a strategy up without the version."""

    @property
    def uid(self) -> str:
        """Return the uid of the parent, "" where nobody says."""
        uid = metadata_of(self.parent).get("uid")
        return uid if isinstance(uid, str) else ""

    @property
    def deleting(self) -> bool:
        """Return whether the parent is being deleted."""
        return bool(metadata_of(self.parent).get("deletionTimestamp"))

    def known(self, gvk: Gvk) -> bool:
        """Return whether the kind is known, and is served by itself, as lists are not."""
        names = (gvk.api_version, gvk.kind)
        return self.kinds.known(*names) and self.kinds.is_resource(*names)

    def namespaced(self, gvk: Gvk) -> bool | None:
        """Return whether objects of a kind live in a namespace; None where nobody says."""
        if self.known(gvk):
            return self.kinds.scope(gvk.api_version, gvk.kind) == "Namespaced"
        child = self.declared.get((gvk.group, gvk.kind))
        return None if child is None else child.namespaced

    def manages(self, *, finalized: bool) -> bool:
        """Return whether children are touched at all; not always when the parent is deleted.

        Source: rules 3.34 to 3.37 of Metacontroller: with a finalizer of its own and none of the
            garbage collector's; a composite that says `finalized` is done before children are.
        """
        if not self.deleting:
            return True
        finalizers = metadata_of(self.parent).get("finalizers")
        collected = isinstance(finalizers, list) and any(one in finalizers for one in _COLLECTORS)
        done = finalized and self.decorator is None
        return self.finalizing and not collected and not done

    def claim(self, observed: JsonObject) -> Claim:
        """Return whose child an observed object is.

        An object without a uid, as tests make them, is owned: no server holds it.
        """
        owner = _controller(observed)
        metadata = metadata_of(observed)
        stored = bool(self.uid and metadata.get("uid"))
        if self.decorator is not None:
            named = texts(metadata.get("annotations")).get(DECORATOR_CONTROLLER)
            strange = owner != self.uid or named != self.decorator
            return "foreign" if stored and self.decorator and strange else "owned"
        if self.selector is None or (self.generate_selector and not stored):
            return "owned"
        matches = selects(self.selector, texts(metadata.get("labels")))
        if stored and owner is None:
            left = not matches or self.deleting or terminating(observed)
            return "foreign" if left else "adopted"
        if stored and owner != self.uid:
            return "foreign"
        if matches:
            return "owned"
        return "foreign" if self.deleting else "released"

    def controlled(self, observed: JsonObject) -> bool:
        """Return whether an object has a controller that is not the parent."""
        return _controller(observed) not in {None, self.uid}

    def stamped(self, desired: JsonObject) -> JsonObject:
        """Return a desired child as Metacontroller completes it before it applies it."""
        made = cast("JsonObject", thaw(desired))
        metadata = made.setdefault("metadata", {})
        assert isinstance(metadata, dict)
        if self.namespace and not metadata.get("namespace"):
            metadata["namespace"] = self.namespace
        if self.generate_selector and self.uid:
            _put(metadata, "labels", CONTROLLER_UID, self.uid, over=False)
        if self.decorator:
            _put(metadata, "annotations", DECORATOR_CONTROLLER, self.decorator, over=True)
        return made


def terminating(observed: JsonObject) -> bool:
    """Return whether an object is being deleted."""
    return bool(metadata_of(observed).get("deletionTimestamp"))


def recorded(observed: JsonObject) -> str | None:
    """Return the text of the last-applied annotation, None if there is none."""
    annotations = metadata_of(observed).get("annotations")
    text = annotations.get(LAST_APPLIED) if isinstance(annotations, dict) else None
    return text if isinstance(text, str) and text else None


def texts(value: Json) -> dict[str, str]:
    """Return labels or annotations; what is no text is left out."""
    if not isinstance(value, dict):
        return {}
    return {key: text for key, text in value.items() if isinstance(text, str)}


def _controller(observed: JsonObject) -> str | None:
    """Return the uid of the object's controller, None if it has none."""
    references = metadata_of(observed).get("ownerReferences")
    for reference in references if isinstance(references, list) else ():
        if _member(reference, "controller") is True:
            return str(_member(reference, "uid"))
    return None


def _member(value: Json, name: str) -> Json:
    return value.get(name) if isinstance(value, dict) else None


def metadata_of(document: JsonObject) -> JsonObject:
    """Return the metadata of an object; what is no object has none."""
    metadata = document.get("metadata")
    return metadata if isinstance(metadata, dict) else {}


def _put(metadata: JsonObject, member: str, key: str, text: str, *, over: bool) -> None:
    held = metadata.get(member)
    if not isinstance(held, dict):
        held = metadata[member] = {}
    if over or key not in held:
        held[key] = text
