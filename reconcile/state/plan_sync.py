"""What Metacontroller knows when it acts on an answer, and what it makes of child and request.

1. Claims: whose child an object is. 2. Stamps: what is put on desired children before they are
applied. 3. Merges: the object that would be written, under either apply strategy.

Source: Metacontroller 4.17.2, pkg/dynamic/controllerref, pkg/dynamic/apply and
    pkg/controller/common/manage_children.go; held to its recordings.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, cast

from reconcile.diff import diff, equal, server_side_apply, three_way
from reconcile.diff.three_way import SYSTEM_METADATA
from reconcile.errors import LimitError, RequestError
from reconcile.objects.names import CONTROLLER_UID, DECORATOR_CONTROLLER, LAST_APPLIED
from reconcile.objects.selector import selects
from reconcile.value import thaw
from reconcile.value.codec import decode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconcile.kinds import Kinds
    from reconcile.kinds._loop import Apply
    from reconcile.objects.gvk import Gvk
    from reconcile.value import Json, JsonIn, JsonObject

    from .declared import Child

__all__ = ["BrokenRecordError", "Claim", "Merged", "Sync", "recorded", "terminating", "texts"]

Claim: TypeAlias = Literal["owned", "adopted", "released", "foreign"]
"""`adopted`: nobody's yet, and taken; `released`: owned, and let go; `foreign`: not looked at."""
_COLLECTORS: Final = ("foregroundDeletion", "orphan")


class BrokenRecordError(Exception):
    """The last-applied annotation holds no JSON object, so the child cannot be merged."""


@dataclass(frozen=True, slots=True)
class Merged:
    """The object that would be written, beside the one that is there."""

    before: JsonObject
    after: JsonObject
    differs: bool
    """Whether Metacontroller would write; also true where only what is recorded differs."""


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
        uid = _metadata(self.parent).get("uid")
        return uid if isinstance(uid, str) else ""

    @property
    def deleting(self) -> bool:
        """Return whether the parent is being deleted."""
        return bool(_metadata(self.parent).get("deletionTimestamp"))

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
        finalizers = _metadata(self.parent).get("finalizers")
        collected = isinstance(finalizers, list) and any(one in finalizers for one in _COLLECTORS)
        done = finalized and self.decorator is None
        return self.finalizing and not collected and not done

    def claim(self, observed: JsonObject) -> Claim:
        """Return whose child an observed object is.

        An object without a uid, as tests make them, is owned: no server holds it.
        """
        owner = _controller(observed)
        metadata = _metadata(observed)
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

    def merged(self, observed: JsonObject, stamped: JsonObject) -> Merged:
        """Return what applying would write.

        Raises: BrokenRecordError; under server-side apply ObjectError for what the schema refuses.
        """
        if self.apply == "dynamic":
            return _dynamic(observed, stamped)
        return self._server_side(observed, stamped)

    def _server_side(self, observed: JsonObject, stamped: JsonObject) -> Merged:
        api_version, kind = str(observed.get("apiVersion")), str(observed.get("kind"))
        known = self.kinds.known(api_version, kind)
        payload = self._payload(stamped)
        schema = self.kinds.schema(api_version, kind) if known else None
        made = server_side_apply(
            observed, payload, manager=self.field_manager, schema=schema, time="", force=True
        )
        before = self._comparable(observed, known=known)
        after = self._comparable(made, known=known)
        for document in (before, after):
            self._disown(_metadata(document))
        return Merged(before, after, bool(diff(before, after, numbers="value")))

    def _payload(self, stamped: JsonObject) -> JsonObject:
        """Return what is sent as a patch.

        Source: rules 5.3 and 5.4 of Metacontroller.
        """
        sent = cast("JsonObject", thaw(stamped))
        sent.pop("status", None)
        metadata = _metadata(sent)
        for name in SYSTEM_METADATA:
            metadata.pop(name, None)
        annotations = metadata.get("annotations")
        if isinstance(annotations, dict):
            annotations.pop(LAST_APPLIED, None)
        references = metadata.get("ownerReferences")
        listed = references if isinstance(references, list) else []
        if self.uid and not any(_member(one, "uid") == self.uid for one in listed):
            metadata["ownerReferences"] = [*listed, self._reference()]
        return sent

    def _reference(self) -> JsonObject:
        return {
            "apiVersion": self.parent.get("apiVersion"),
            "kind": self.parent.get("kind"),
            "name": _metadata(self.parent).get("name"),
            "uid": self.uid,
            "controller": True,
            "blockOwnerDeletion": True,
        }

    def _disown(self, metadata: JsonObject) -> None:
        """Take the parent's reference out: a claim has written it, not an update.

        Where nobody says who the parent is, nothing is said of owners.
        """
        references = metadata.get("ownerReferences")
        listed = references if isinstance(references, list) and self.uid else []
        others = [one for one in listed if _member(one, "uid") != self.uid]
        metadata.pop("ownerReferences", None)
        if others:
            metadata["ownerReferences"] = others

    def _comparable(self, document: JsonObject, *, known: bool) -> JsonObject:
        """Return an object as it is stored, without what the server alone writes."""
        made = self.kinds.defaulted(document) if known else cast("JsonObject", thaw(document))
        made.pop("status", None)
        metadata = _metadata(made)
        for name in SYSTEM_METADATA:
            metadata.pop(name, None)
        annotations = metadata.get("annotations")
        if isinstance(annotations, dict):
            annotations.pop(LAST_APPLIED, None)
            if not annotations:
                del metadata["annotations"]
        return made


def terminating(observed: JsonObject) -> bool:
    """Return whether an object is being deleted."""
    return bool(_metadata(observed).get("deletionTimestamp"))


def recorded(observed: JsonObject) -> str | None:
    """Return the text of the last-applied annotation, None if there is none."""
    annotations = _metadata(observed).get("annotations")
    text = annotations.get(LAST_APPLIED) if isinstance(annotations, dict) else None
    return text if isinstance(text, str) and text else None


def texts(value: Json) -> dict[str, str]:
    """Return labels or annotations; what is no text is left out."""
    if not isinstance(value, dict):
        return {}
    return {key: text for key, text in value.items() if isinstance(text, str)}


def _dynamic(observed: JsonObject, stamped: JsonObject) -> Merged:
    desired = cast("JsonObject", thaw(stamped))
    annotations = _metadata(desired).get("annotations")
    if isinstance(annotations, dict):
        annotations.pop(LAST_APPLIED, None)
    text = recorded(observed)
    last = None if text is None else _parsed(text)
    after = three_way(last, observed, desired)
    about = _metadata(after)
    held = about.get("annotations")
    if isinstance(held, dict) and len(texts(held)) != len(held):
        del about["annotations"]  # with one that is no text, none is kept
    if text is not None:
        # It is written anew whatever is merged, and compared below.
        _put(about, "annotations", LAST_APPLIED, text, over=True)
    same = last is not None and not diff(last, desired, numbers="value")
    if last is None and not _metadata(observed).get("uid"):
        same = True  # made by hand, for a test: no server holds it, so nothing was recorded
    return Merged(observed, after, not same or not equal(observed, after))


def _parsed(text: str) -> JsonObject | None:
    try:
        found = decode(text.encode())
    except (RequestError, LimitError, UnicodeEncodeError):
        raise BrokenRecordError from None
    if found is None or isinstance(found, dict):
        return found
    raise BrokenRecordError


def _controller(observed: JsonObject) -> str | None:
    """Return the uid of the object's controller, None if it has none."""
    references = _metadata(observed).get("ownerReferences")
    for reference in references if isinstance(references, list) else ():
        if _member(reference, "controller") is True:
            return str(_member(reference, "uid"))
    return None


def _member(value: Json, name: str) -> Json:
    return value.get(name) if isinstance(value, dict) else None


def _metadata(document: JsonObject) -> JsonObject:
    metadata = document.get("metadata")
    return metadata if isinstance(metadata, dict) else {}


def _put(metadata: JsonObject, member: str, key: str, text: str, *, over: bool) -> None:
    held = metadata.get(member)
    if not isinstance(held, dict):
        held = metadata[member] = {}
    if over or key not in held:
        held[key] = text
