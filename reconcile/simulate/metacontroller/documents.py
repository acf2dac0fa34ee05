"""Objects as Metacontroller reads them: labels, owners, finalizers, what it applied last.

1. Accessors are forgiving as those of Go's unstructured objects: what has another type is as if it
   were not there.

Source: k8s.io/apimachinery pkg/apis/meta/v1/unstructured; pkg/dynamic/apply/last_applied.go.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, cast

import msgspec

from reconcile.objects.names import LAST_APPLIED
from reconcile.simulate._numbers_cy import has_float
from reconcile.simulate.go.json import encoded

if TYPE_CHECKING:
    from reconcile.value.types import Json, JsonObject

__all__ = [
    "annotations_of",
    "controller_reference",
    "described",
    "finalizers_of",
    "generation_of",
    "is_deleted",
    "labels_of",
    "map_of",
    "metadata_of",
    "owners_of",
    "set_annotations",
    "sorted_text",
    "texts_of",
    "without_last_applied",
]

_SORTED: Final = msgspec.json.Encoder(order="sorted")


def metadata_of(document: JsonObject) -> JsonObject:
    """Return the metadata of an object, empty if it has none."""
    found = document.get("metadata")
    return found if isinstance(found, dict) else {}


def map_of(value: Any) -> dict[str, Any]:
    """Return a map as it is, an empty one for null and for what is absent.

    Assumes: what is there is a map; not checked.
    """
    return value or {}


def texts_of(value: Json) -> dict[str, str]:
    """Return a map of texts, empty if it is none or one value is no text."""
    if not isinstance(value, dict) or not all(isinstance(item, str) for item in value.values()):
        return {}
    return cast("dict[str, str]", value)


def labels_of(document: JsonObject) -> dict[str, str]:
    """Return the labels of an object."""
    return texts_of(metadata_of(document).get("labels"))


def annotations_of(document: JsonObject) -> dict[str, str]:
    """Return the annotations of an object."""
    return texts_of(metadata_of(document).get("annotations"))


def set_annotations(document: JsonObject, annotations: Mapping[str, str]) -> None:
    """Set the annotations of an object."""
    metadata = document.get("metadata")
    if not isinstance(metadata, dict):
        metadata = document["metadata"] = {}
    metadata["annotations"] = dict(annotations)


def finalizers_of(document: JsonObject) -> list[str]:
    """Return the finalizers of an object."""
    found = metadata_of(document).get("finalizers")
    return [each for each in found if isinstance(each, str)] if isinstance(found, list) else []


def owners_of(document: JsonObject) -> list[Mapping[str, Any]]:
    """Return the owner references of an object."""
    found = metadata_of(document).get("ownerReferences")
    if not isinstance(found, list):
        return []
    return [cast("Mapping[str, Any]", each) for each in found if isinstance(each, dict)]


def controller_reference(document: JsonObject) -> Mapping[str, Any] | None:
    """Return the owner reference of an object's controller, None if it has none."""
    return next((owner for owner in owners_of(document) if owner.get("controller") is True), None)


def is_deleted(document: JsonObject) -> bool:
    """Return whether an object is being deleted."""
    return metadata_of(document).get("deletionTimestamp") is not None


def generation_of(document: JsonObject) -> int:
    """Return the generation of an object, 0 if it has none."""
    found = metadata_of(document).get("generation")
    return found if isinstance(found, int) and not isinstance(found, bool) else 0


def described(document: JsonObject, kind: str = "") -> str:
    """Return an object as events name it: kind, namespace, name."""
    metadata = metadata_of(document)
    return (
        f"{kind or document.get('kind', '')} "
        f"{metadata.get('namespace') or ''}/{metadata.get('name') or ''}"
    )


def sorted_text(document: Json) -> str:
    """Return a document as Go writes a map: compact, keys sorted, HTML escaped."""
    if has_float(document):
        return encoded(_sorted(document), escape_html=True, signed=True).decode()
    made = _SORTED.encode(document)
    if any(each in made for each in (b"<", b">", b"&", b"\xe2\x80")):
        return encoded(_sorted(document), escape_html=True).decode()
    return made.decode()


def _sorted(document: Json) -> Json:
    if isinstance(document, dict):
        return {key: _sorted(document[key]) for key in sorted(document)}
    if isinstance(document, list):
        return [_sorted(item) for item in document]
    return document


def without_last_applied(document: JsonObject) -> JsonObject:
    """Return a desired object without the annotation that Metacontroller writes itself."""
    annotations = annotations_of(document)
    if LAST_APPLIED not in annotations:
        return document
    metadata = dict(metadata_of(document))
    metadata["annotations"] = {
        key: value for key, value in annotations.items() if key != LAST_APPLIED
    }
    return {**document, "metadata": metadata}
