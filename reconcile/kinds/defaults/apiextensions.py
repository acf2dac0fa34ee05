"""apiextensions.k8s.io and apiregistration.k8s.io. Shown by the recordings of their two kinds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from reconcile.value.types import ABSENT

from ._rule import Default, Rule

if TYPE_CHECKING:
    from reconcile.value.types import Absent, Json, JsonObject

__all__ = ["APIEXTENSIONS", "APIREGISTRATION"]


def _singular(holder: JsonObject, _root: JsonObject) -> Json | Absent:
    kind = holder.get("kind")
    return kind.lower() if isinstance(kind, str) else ABSENT


def _list_kind(holder: JsonObject, _root: JsonObject) -> Json | Absent:
    kind = holder.get("kind")
    return f"{kind}List" if isinstance(kind, str) else ABSENT


def _stored(_holder: JsonObject, root: JsonObject) -> Json:
    """A new definition has the version that is stored."""
    spec = root.get("spec")
    versions = spec.get("versions") if isinstance(spec, dict) else None
    return [
        version.get("name")
        for version in (versions if isinstance(versions, list) else ())
        if isinstance(version, dict) and version.get("storage") is True
    ]


APIEXTENSIONS: Final[dict[str, tuple[Rule, ...]]] = {
    "CustomResourceDefinition": (
        Default("/spec/names/singular", _singular),
        Default("/spec/names/listKind", _list_kind),
        Default("/spec/conversion", {"strategy": "None"}),
        Default("/spec/conversion/webhook/clientConfig/service/port", 443),
        Default("/status/conditions", None),
        Default("/status/storedVersions", _stored),
    ),
}
APIREGISTRATION: Final[dict[str, tuple[Rule, ...]]] = {
    "APIService": (Default("/spec/service/port", 443),),
}
