"""What may be in the metadata of an object, and what a write may change of it.

1. The server looks more than once: a kind at what it knows of its own, and the registry at what
   holds for all kinds; each look says again what is wrong.
2. A resourceVersion that is missing is told by who keeps the versions, not here.

Source: k8s.io/apimachinery pkg/api/validation/objectmeta.go; pkg/apis/core/validation, 1.36.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ._primitives import (
    IMMUTABLE,
    NOT_NEGATIVE,
    Telling,
    dns_label,
    fails,
    forbidden,
    invalid,
    path_segment,
    qualified_name,
    required,
    too_long,
)
from ._read import flag, listed, number, obj, objs, ordered, text, texts
from ._shared import labels

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconcile.kinds.field_error import FieldError
    from reconcile.value.types import JsonObject

__all__ = ["annotation_errors", "created", "kube_finalizers", "named", "updated"]

_STANDARD: Final = frozenset({"kubernetes", "orphan", "foregroundDeletion"})
_MAX_ANNOTATIONS: Final = 256 * 1024
_OWNER: Final = ("apiVersion", "kind", "name", "uid", "controller", "blockOwnerDeletion")
_FIXED: Final = (
    "name",
    "namespace",
    "uid",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
)


def created(
    document: JsonObject,
    names: Callable[[str], list[str]],
    *,
    namespaced: bool,
    path: str = "metadata",
) -> list[FieldError]:
    """Return what is wrong with metadata as it is.

    Shape: `names` is what a name is held to. A namespace that is missing is not told, nor one of an
        object that lives in none: the server goes by the URL, and drops it (recorded).
    """
    metadata = obj(document, "metadata")
    found = named(metadata, names, namespaced=namespaced, path=path)
    generation = number(metadata, "generation") or 0
    if generation < 0:
        found.append(invalid(f"{path}.generation", generation, NOT_NEGATIVE))
    if metadata.get("labels"):
        found.extend(labels(metadata, f"{path}.labels"))
    if metadata.get("annotations"):
        found.extend(annotation_errors(metadata, f"{path}.annotations"))
    if metadata.get("ownerReferences"):
        found.extend(_owners(metadata, f"{path}.ownerReferences"))
    if metadata.get("finalizers"):
        found.extend(_finalizers(metadata, f"{path}.finalizers"))
    return found


def named(
    metadata: JsonObject,
    names: Callable[[str], list[str]],
    *,
    namespaced: bool,
    path: str = "metadata",
) -> list[FieldError]:
    """Return what is wrong with the name of an object and with where it is."""
    found: list[FieldError] = []
    prefix = text(metadata, "generateName")
    name, namespace = text(metadata, "name"), text(metadata, "namespace")
    if prefix:
        whole = _whole(prefix, names)
        found.extend(invalid(f"{path}.generateName", prefix, message) for message in names(whole))
    if name:
        found.extend(fails(f"{path}.name", name, names))
    elif not prefix:
        found.append(required(f"{path}.name", "name or generateName is required"))
    if namespace and namespaced:
        found.extend(fails(f"{path}.namespace", namespace, dns_label))
    return found


def _whole(prefix: str, names: Callable[[str], list[str]]) -> str:
    """Return a name that a prefix may become: a dash at its end has a letter behind it."""
    if names is path_segment:
        # A prefix of a path may be one dot or two.
        return f"{prefix}x" if prefix in {".", ".."} else prefix
    return f"{prefix[:-2]}a" if len(prefix) > 1 and prefix.endswith("-") else prefix


def kube_finalizers(document: JsonObject) -> list[FieldError]:
    """Return the finalizers that have no domain and are none of the well-known."""
    what = "name is neither a standard finalizer name nor is it fully qualified"
    return [
        invalid(f"metadata.finalizers[{index}]", each, what)
        for index, each in enumerate(texts(obj(document, "metadata"), "finalizers"))
        if "/" not in each and each not in _STANDARD
    ]


def annotation_errors(metadata: JsonObject, path: str) -> list[FieldError]:
    """Return what is wrong with annotations: their keys, and the size of all together."""
    found: list[FieldError] = []
    size = 0
    for key, value in obj(metadata, "annotations").items():
        found.extend(invalid(path, key, message) for message in qualified_name(key.lower()))
        size += _size(key) + (_size(value) if isinstance(value, str) else 0)
    if size > _MAX_ANNOTATIONS:
        found.append(too_long(path, _MAX_ANNOTATIONS))
    return found


def _size(value: str) -> int:
    return len(value.encode("utf-8", "surrogatepass"))


def _owners(metadata: JsonObject, path: str) -> list[FieldError]:
    found: list[FieldError] = []
    first = ""
    references = objs(metadata, "ownerReferences")
    for each in references:
        found.extend(_owner(each, path))
        if flag(each, "controller"):
            this = f"{text(each, 'kind')}/{text(each, 'name')}"
            if first:
                rule = "Only one reference can have Controller set to true"
                told = f'{rule}. Found "true" in references for {first} and {this}'
                shown = [ordered(one, *_OWNER) for one in references]
                found.append(invalid(path, [*shown], Telling(told, rule)))
            first = first or this
    return found


def _owner(reference: JsonObject, path: str) -> list[FieldError]:
    version, kind = text(reference, "apiVersion"), text(reference, "kind")
    found: list[FieldError] = []
    group, _, name = version.rpartition("/")
    if not name or "/" in group:
        found.append(invalid(f"{path}.apiVersion", version, "version must not be empty"))
    found.extend(
        invalid(f"{path}.{key}", "", "must not be empty")
        for key in ("kind", "name", "uid")
        if not text(reference, key)
    )
    if (version, kind) == ("v1", "Event"):
        what = "/v1, Kind=Event is disallowed from being an owner"
        found.append(invalid(path, ordered(reference, *_OWNER), what))
    return found


def _finalizers(metadata: JsonObject, path: str) -> list[FieldError]:
    held = texts(metadata, "finalizers")
    found = [error for each in held for error in fails(path, each, qualified_name)]
    if "orphan" in held and "foregroundDeletion" in held:
        what = "finalizer orphan and foregroundDeletion cannot be both set"
        found.append(invalid(path, listed(metadata, "finalizers"), what))
    return found


def updated(before: JsonObject, after: JsonObject, *, right: bool = False) -> list[FieldError]:
    """Return what is wrong with a change of metadata, that which holds of the new one included.

    Shape: `right` says that nothing is wrong with the new one as it is: it is not looked at again.
    """
    old, new = obj(before, "metadata"), obj(after, "metadata")
    found: list[FieldError] = []
    if old.get("deletionTimestamp") is not None:
        held = texts(old, "finalizers")
        more = sorted({each for each in texts(new, "finalizers") if each not in held})
        if more:
            what = "no new finalizers can be added if the object is being deleted"
            told = ", ".join(f'"{each}"' for each in more)
            detail = Telling(f"{what}, found new finalizers []string{{{told}}}", what)
            found.append(forbidden("metadata.finalizers", detail))
    generation, former = (number(each, "generation") or 0 for each in (new, old))
    if generation < former:
        found.append(invalid("metadata.generation", generation, "must not be decremented"))
    for name in _FIXED:
        value = new.get(name)
        if value != old.get(name):
            if value is None:
                value = "" if name in {"name", "namespace", "uid"} else None
            found.append(invalid(f"metadata.{name}", value, IMMUTABLE))
    if not right:
        found.extend(labels(new, "metadata.labels"))
        found.extend(annotation_errors(new, "metadata.annotations"))
        found.extend(_owners(new, "metadata.ownerReferences"))
    return found
