"""What would be created, updated, recreated or deleted, per child, and which rule asked.

1. The plan is what Metacontroller would do next under dynamic apply, with the declared update
   strategies. It feeds nothing: an answer is the same with or without it.
2. It names places and rules, never values: it is printed where Secrets must not be.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from reconcile.diff import changes, three_way
from reconcile.objects.names import LAST_APPLIED
from reconcile.value import decode

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from reconcile.objects.ref import Ref
    from reconcile.value import JsonObject

    from .declared import Child
    from .desired import Desired, Waiting
    from .object_map import ObjectMap

__all__ = ["Action", "Plan", "Step", "plan"]

Action: TypeAlias = Literal["create", "update", "recreate", "delete", "leave", "none"]
SIGNS: Mapping[str, str] = {
    "create": "+",
    "update": "~",
    "recreate": "-/+",
    "delete": "-",
    "leave": "!",
}


@dataclass(frozen=True, slots=True)
class Step:
    """What would happen to one child."""

    action: Action
    """`leave` is a change that the update strategy OnDelete holds back, `none` no change at all."""
    ref: Ref
    changes: Sequence[tuple[str, Sequence[str]]] = ()
    """Pointers of the fields that change, each with the rules that set it."""
    rules: Sequence[str] = ()
    """The rules that ask for the child."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What would change if this answer were applied now."""

    steps: Sequence[Step]
    """One a child, sorted by kind, namespace and name."""
    waiting: Sequence[Waiting] = ()

    def __bool__(self) -> bool:
        """Return whether anything would change."""
        return any(step.action not in {"none", "leave"} for step in self.steps)

    def __str__(self) -> str:
        """Return the plan as text: a line a child, a line a field, and a summary."""
        lines: list[str] = []
        for step in self.steps:
            if step.action == "none":
                continue
            by = f"  ({', '.join(step.rules)})" if step.rules else "  (no rule asks for it)"
            held = (
                "  not applied: its update strategy is OnDelete" if step.action == "leave" else ""
            )
            lines.append(f"{SIGNS[step.action]:>3} {step.ref}{by}{held}")
            lines.extend(
                f"      {pointer}" + (f"  ({', '.join(rules)})" if rules else "")
                for pointer, rules in step.changes
            )
        lines.extend(f"  . {held.rule} waits: {held.reason}" for held in self.waiting)
        counts = dict.fromkeys(("create", "update", "recreate", "delete"), 0)
        for step in self.steps:
            if step.action in counts:
                counts[step.action] += 1
        told = ", ".join(f"{count} to {action}" for action, count in counts.items())
        return "\n".join([*lines, f"Plan: {told}."])


def plan(observed: ObjectMap, desired: Desired, declared: Iterable[Child]) -> Plan:
    """Return what would change if `desired` were applied to the observed children.

    Cost: parses every observed child that is desired.
    """
    methods = {child.gvk: child.update for child in declared}
    steps = [
        _step(ref, observed.get(ref), desired, methods.get(ref.gvk, "OnDelete"))
        for ref in sorted({*observed, *desired.objects})
    ]
    return Plan(tuple(steps), tuple(desired.waiting))


def _step(ref: Ref, observed: JsonObject | None, desired: Desired, method: str) -> Step:
    wanted = desired.objects.get(ref)
    rules = tuple(dict.fromkeys(rule for rule, _ in desired.contributions.get(ref, ())))
    if wanted is None:
        return Step("delete", ref)
    if observed is None:
        return Step("create", ref, rules=rules)
    merged = three_way(_last_applied(observed), observed, wanted)
    found = [change.pointer for change in changes(observed, merged)]
    if not found:
        return Step("none", ref, rules=rules)
    owned = desired.owners(ref)
    told = tuple((pointer, _owners(owned, pointer)) for pointer in found)
    action: Action = "leave"
    if method in {"Recreate", "RollingRecreate"}:
        action = "recreate"
    elif method in {"InPlace", "RollingInPlace"}:
        action = "update"
    return Step(action, ref, told, rules)


def _owners(owned: Mapping[str, tuple[str, ...]], pointer: str) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for place, rules in owned.items():
        if place == pointer or place.startswith(f"{pointer}/"):
            found.update(dict.fromkeys(rules))
    return tuple(found)


def _last_applied(observed: JsonObject) -> JsonObject | None:
    """Return what Metacontroller's annotation holds, None if it holds nothing to go by."""
    metadata = observed.get("metadata")
    annotations = metadata.get("annotations") if isinstance(metadata, dict) else None
    text = annotations.get(LAST_APPLIED) if isinstance(annotations, dict) else None
    if not isinstance(text, str) or not text:
        return None
    applied = decode(text.encode())
    return applied if isinstance(applied, dict) else None
