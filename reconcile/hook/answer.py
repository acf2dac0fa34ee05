"""The answer about a parent that cannot be read: its children stay, its status says why.

1. The children are returned as they were last applied, never as they are observed: an observed
   object that is sent back changes with every write and makes a loop.
2. The observed status is returned with the condition merged in: a partial status wipes the rest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconcile.objects.condition import Condition, with_condition
from reconcile.objects.last_applied import last_applied
from reconcile.state.desired import Desired

if TYPE_CHECKING:
    from datetime import datetime

    from reconcile.errors import ObjectError
    from reconcile.objects.ref import Ref
    from reconcile.state.object_map import ObjectMap
    from reconcile.value import JsonObject

__all__ = ["ACCEPTED", "rejected"]

ACCEPTED = Condition("Accepted", "True", "Valid", "the spec is valid")
"""The condition of every parent that could be read."""


def rejected(
    error: ObjectError, parent: JsonObject, children: ObjectMap, *, now: datetime | None
) -> Desired:
    """Return what is desired for a parent whose spec is not valid: all as it is."""
    faults = "; ".join(str(fault) for fault in error.faults)
    condition = Condition("Accepted", "False", "Invalid", f"the spec is not valid: {faults}")
    metadata, status = parent.get("metadata"), parent.get("status")
    generation = metadata.get("generation") if isinstance(metadata, dict) else None
    seen = generation if isinstance(generation, int) else None
    told = with_condition(
        dict(status) if isinstance(status, dict) else {}, condition, now=now, generation=seen
    )
    if seen is not None:
        told["observedGeneration"] = seen
    return Desired(dict(_as_applied(children)), status=told)


def _as_applied(children: ObjectMap) -> list[tuple[Ref, JsonObject]]:
    applied: list[tuple[Ref, JsonObject]] = []
    for ref in children:
        observed = children.get(ref)
        if observed is not None:
            applied.append((ref, last_applied(observed)))
    return applied
