"""One child as a rule asked for it: cleaned, checked, and named.

1. What leaves here is plain JSON that shares nothing with what the rule returned.
2. What Metacontroller would crash on, loop on or lose silently is refused here, once, with the
   pointer and what would be right. Source: Metacontroller's behaviour, see docs/gotchas.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconcile.errors import Fault, ObjectError
from reconcile.objects.accept import accept
from reconcile.objects.gvk import Gvk
from reconcile.objects.ref import Ref
from reconcile.value import describe

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconcile.value import Json, JsonObject

__all__ = ["Asked", "Place", "ask"]

SERVER_FIELDS = (
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "generation",
    "managedFields",
    "resourceVersion",
    "selfLink",
    "uid",
)
"""Members of metadata that only the API server writes."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One child that a rule asked for."""

    rule: str
    ref: Ref
    document: JsonObject
    ready: str | None = None
    """The condition that makes it ready; None for the usual signs."""
    weak: bool = False
    """Whether what another rule asks for goes before this: it only keeps what was there."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where children may be: which kinds, and in which namespace."""

    namespace: str
    """The parent's namespace, "" if it has none."""
    kinds: Mapping[Gvk, bool | None] | None
    """The declared kinds, and whether they live in a namespace; None when nothing is declared."""
    cluster_scoped: bool
    """Whether the parent is known to be cluster-scoped."""


def ask(child: object, *, place: Place) -> tuple[Ref, JsonObject]:
    """Return what `child` is called, and its document, ready to be merged and sent.

    A child without a namespace gets its parent's, unless its kind is cluster-scoped.
    Raises: ObjectError with every fault of the child.
    """
    document = accept(child)
    faults: list[Fault] = []
    api_version = _text(document, "apiVersion", "", faults)
    kind = _text(document, "kind", "", faults)
    gvk = Gvk(api_version, kind)
    metadata = document.get("metadata")
    if not isinstance(metadata, dict):
        metadata = {}
        faults.append(Fault("/metadata", "is missing or not an object, it has to name the child"))
    name = _text(metadata, "name", "/metadata", faults)
    if "status" in document:
        faults.append(Fault("/status", "is never applied to a child, leave it out"))
    faults.extend(
        Fault(f"/metadata/{field}", "is the API server's to write, leave it out")
        for field in SERVER_FIELDS
        if field in metadata
    )
    if "generateName" in metadata:
        message = "makes a new child at every sync, give the child a name"
        faults.append(Fault("/metadata/generateName", message))
    _check_texts(metadata, "labels", faults)
    _check_texts(metadata, "annotations", faults)
    namespace = "" if faults else _namespace(gvk, metadata, place, faults)
    ref = Ref(gvk, namespace, name)
    if faults:
        raise ObjectError(faults, ref=str(ref) if kind and name else None)
    return ref, document


def _text(holder: JsonObject, key: str, where: str, faults: list[Fault]) -> str:
    value = holder.get(key)
    if isinstance(value, str) and value:
        return value
    found = describe(value) if key in holder else "absent"
    faults.append(Fault(f"{where}/{key}", f"is {found}, a text is needed"))
    return ""


def _check_texts(metadata: JsonObject, key: str, faults: list[Fault]) -> None:
    if key not in metadata:
        return
    texts: Json = metadata[key]
    if not isinstance(texts, dict):
        faults.append(Fault(f"/metadata/{key}", f"is {describe(texts)}, an object is needed"))
        return
    for name, text in texts.items():
        if not isinstance(text, str):
            pointer = f"/metadata/{key}/{name.replace('~', '~0').replace('/', '~1')}"
            faults.append(Fault(pointer, f"is {describe(text)}, a text is needed"))


def _namespace(gvk: Gvk, metadata: JsonObject, place: Place, faults: list[Fault]) -> str:
    """Return the child's namespace, written into `metadata` where it was left out."""
    namespaced = None
    if place.kinds is not None:
        if gvk not in place.kinds:
            message = f"{gvk} is not declared as a kind of children, add it to the controller"
            faults.append(Fault("/kind", message))
            return ""
        namespaced = place.kinds[gvk]
    given = metadata.get("namespace")
    if given is not None and not isinstance(given, str):
        faults.append(Fault("/metadata/namespace", f"is {describe(given)}, a text is needed"))
        return ""
    namespace = given or ""
    if namespaced is False:
        if namespace:
            message = "is set, but the kind is cluster-scoped, leave it out"
            faults.append(Fault("/metadata/namespace", message))
        elif place.namespace:
            message = "a namespaced parent cannot own a cluster-scoped child"
            faults.append(Fault("/metadata/namespace", message))
        return ""
    if place.namespace:
        if namespace and namespace != place.namespace:
            message = "is not the parent's, a child in another namespace is collected at once"
            faults.append(Fault("/metadata/namespace", message))
        _put_namespace(metadata, place.namespace)
        return place.namespace
    if namespaced and place.cluster_scoped and not namespace:
        message = "is absent, but the parent is cluster-scoped, so nothing can fill it in"
        faults.append(Fault("/metadata/namespace", message))
    return namespace


def _put_namespace(metadata: JsonObject, namespace: str) -> None:
    """Write the namespace behind the name, where people look for it."""
    if metadata.get("namespace") == namespace:
        return
    rest = [(key, value) for key, value in metadata.items() if key not in {"name", "namespace"}]
    name = metadata["name"]
    metadata.clear()
    metadata["name"] = name
    metadata["namespace"] = namespace
    metadata.update(rest)
