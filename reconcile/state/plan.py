"""What would become of every child if an answer were applied now, field by field, and who asked.

1. The plan is what Metacontroller would do next, under either apply strategy and the declared
   update strategies. It feeds nothing: an answer is the same with or without it.
2. It is a value, and holds no secret: see `plan_steps`. How it is shown stands in `plan_text`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

from reconcile.objects.names import CONTROLLER_UID, FIELD_MANAGER
from reconcile.objects.ref import Ref

from .plan_child import steps_of
from .plan_refused import failing
from .plan_steps import ACTIONS, Action, FieldChange, Finding, Step
from .plan_sync import Sync

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from reconcile.kinds import Kinds
    from reconcile.kinds._loop import Apply
    from reconcile.value import JsonIn, JsonObject

    from .declared import Child
    from .desired import Desired, Waiting
    from .object_map import ObjectMap

__all__ = ["Action", "FieldChange", "Finding", "Plan", "Step", "plan"]


@dataclass(frozen=True, slots=True)
class Plan:
    """What would change if this answer were applied now.

    Guarantees: equal arguments give an equal plan, with equal texts; no text holds a secret.
    """

    steps: Sequence[Step]
    """One a child, sorted by kind, namespace and name."""
    waiting: Sequence[Waiting] = ()
    """The rules that are held back for now."""
    failing: Sequence[Finding] = ()
    """Why the sync fails as a whole: if there is anything here, no step is taken."""
    parent: Ref | None = None
    apply: Apply = "dynamic"
    idle: str = ""
    """Why no child is touched, though nothing is wrong; "" as a rule."""

    def __bool__(self) -> bool:
        """Return whether anything would change, or is refused."""
        return bool(self.failing) or any(
            step.action not in {"none", "leave"} for step in self.steps
        )

    @property
    def refused(self) -> bool:
        """Return whether something that is asked for is not taken."""
        return bool(self.failing) or any(step.refusals for step in self.steps)

    def counts(self) -> dict[Action, int]:
        """Return how many children each action is for."""
        return {action: sum(step.action == action for step in self.steps) for action in ACTIONS}

    def __str__(self) -> str:
        """Return the plan as text, without colour."""
        return self.text()

    def text(self, *, colour: bool = False) -> str:
        """Return the plan as text: a line a child, a line a field, and a summary."""
        from .plan_text import text

        return text(self, colour=colour)

    def tree(self, *, colour: bool = False) -> str:
        """Return parent and children as a tree, each child with what becomes of it."""
        from .plan_text import tree

        return tree(self, colour=colour)

    def to_json(self) -> JsonObject:
        """Return the plan as a JSON object; see `docs/howto/plan.md` for its members."""
        from .plan_text import document

        return document(self)


def plan(
    observed: ObjectMap,
    desired: Desired,
    declared: Iterable[Child],
    *,
    parent: JsonObject | None = None,
    selector: Mapping[str, JsonIn] | None = None,
    generate_selector: bool = False,
    decorator: str | None = None,
    apply: Apply = "dynamic",
    field_manager: str = FIELD_MANAGER,
    finalizing: bool = False,
    kinds: Kinds | None = None,
) -> Plan:
    """Return what Metacontroller would do if it got `desired` as the answer now.

    Shape: `observed` are the children as a hook request has them, or all objects of the declared
        kinds: with `parent` and `selector` (or `decorator`) those that are not the parent's are
        told apart. `parent` is the whole object that the sync is about. `selector` is the one of a
        composite parent, `generate_selector` that of its controller; without both, labels are not
        looked at. `decorator` is the name of a DecoratorController, "" for one without a name yet,
        None for composites. `finalizing` as in the request. `kinds` knows kinds of custom
        resources too; by default only built-in ones are known, and of others neither defaults nor
        loops nor refusals are told.
    Guarantees: what would change is what is written, or deleted, by the next sync; a child without
        uid, as tests make them, is taken as one that was applied as it is.
    Assumes: under server-side apply, Metacontroller remembers nothing of earlier syncs: where it
        does, it leaves changes of others in labels and annotations as they are.
    Raises: ObjectError, RequestError for an observed child that is no object; LimitError for one
        that is nested too deeply.
    Cost: parses every observed child that is desired; linear, and more for children that change.
    """
    whole = parent or {}
    of = Ref.of(whole) if whole else None
    sync = Sync(
        whole,
        desired.namespace if of is None else of.namespace,
        selector,
        generate_selector,
        decorator,
        apply,
        field_manager,
        finalizing,
        kinds or _built_in(),
        {(child.gvk.group, child.gvk.kind): child for child in declared},
    )
    if generate_selector and sync.uid:
        sync = replace(sync, selector={"matchLabels": {CONTROLLER_UID: sync.uid}})
    wrong = [*failing(sync)]
    steps: list[Step] = []
    idle = ""
    if not sync.manages(finalized=desired.finalized):
        idle = "the parent is being deleted: its children are left to the garbage collector"
    elif not wrong:
        steps, wrong = steps_of(sync, observed, desired)
    return Plan(tuple(steps), tuple(desired.waiting), tuple(wrong), of, apply, idle)


@cache
def _built_in() -> Kinds:
    # A table of immutable facts, as in `reconcile.kinds`; it keeps answers that never change.
    from reconcile.kinds import Kinds

    return Kinds()
