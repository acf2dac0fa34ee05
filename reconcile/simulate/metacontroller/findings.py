"""What the real Metacontroller does silently, and what somebody would want to know of an answer.

1. Nothing here changes what is done. Each finding has the number of the rule that says what becomes
   of it.

Source: the numbered rules; sections 1 and 6 of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from reconcile.simulate.metacontroller.documents import described, metadata_of
from reconcile.simulate.metacontroller.object_maps import place_of

if TYPE_CHECKING:
    from reconcile.simulate.metacontroller.object_maps import Gvk, ObjectMap
    from reconcile.simulate.metacontroller.running import Sync
    from reconcile.value.types import JsonObject

__all__ = ["Finding", "of_answer"]


class Finding(NamedTuple):
    """Something that the real one does and says nothing of."""

    rule: str
    message: str

    def __str__(self) -> str:
        return f"{self.rule}: {self.message}"


def of_answer(sync: Sync, children: int, desired: ObjectMap) -> Iterator[Finding]:
    """Yield what is odd about the children of an answer.

    Shape: `children` is how many the hook answered with, `desired` what became of them.
    """
    if children > sum(len(group) for group in desired.values()):
        message = "two children have one name: the last in the answer counts"
        yield Finding("1.29", f"{described(sync.parent)}: {message}")
    declared = {
        (rule.kind.served.group, rule.kind.served.kind): rule.kind.served.version
        for rule in sync.run.settings.children
    }
    for gvk in sorted(desired):
        version = declared.get((gvk.group, gvk.kind))
        for child in desired[gvk].values():
            found = _odd(sync, gvk, child, version)
            if found is not None:
                yield Finding(found[0], f"{described(child)}: {found[1]}")


def _odd(sync: Sync, gvk: Gvk, child: JsonObject, version: str | None) -> tuple[str, str] | None:
    if version is None:
        return "1.36", "its kind is not declared: it is created once, then never looked at again"
    if version != gvk.version:
        return "1.37", "it is of another version than declared: it is deleted and made again"
    home, _ = place_of(sync.parent)
    kind = sync.process.find(gvk)
    if not isinstance(kind, str) and home:
        if not kind.served.namespaced:
            return "1.34", "it is in no namespace: it is created, never seen, and never collected"
        if place_of(child)[0] != home:
            return "1.33", "it is in another namespace than its parent: the collector deletes it"
    if metadata_of(child).get("generateName") and not place_of(child)[1]:
        return "1.32", "its name is generated: every sync makes another one"
    return None
