"""The generation of a DaemonSet's template: counted by the server, shown as an annotation.

Source: k8s.io/kubernetes pkg/registry/apps/daemonset/strategy.go, PrepareForUpdate;
pkg/apis/apps/v1/conversion.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from reconcile.value.equality import equal

if TYPE_CHECKING:
    from reconcile.value.types import JsonObject

__all__ = ["count_templates"]

_GENERATION: Final = "deprecated.daemonset.template.generation"


def count_templates(before: JsonObject, after: JsonObject) -> None:
    """Write into a changed DaemonSet how many templates it has had, whatever a request says.

    Shape: both are whole objects with defaults; `after` is changed.
    """
    held = cast("JsonObject", cast("JsonObject", before["metadata"]).get("annotations") or {})
    known = held.get(_GENERATION)
    count = int(known) if isinstance(known, str) and known.isdecimal() else 0
    one, other = (cast("JsonObject", each["spec"])["template"] for each in (before, after))
    metadata = cast("JsonObject", after["metadata"])
    annotations = cast("JsonObject", metadata.get("annotations") or {})
    counted = str(count + (not equal(one, other)))
    metadata["annotations"] = {**annotations, _GENERATION: counted}
