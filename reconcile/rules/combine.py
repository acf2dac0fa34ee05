"""One desired state out of what all rules asked for.

1. Children of one name are merged field by field; associative lists by their keys.
2. What only keeps (`keep`, a rule that waits) gives way to what another rule asks for.
3. The order of rules has no influence: everything is sorted by name before it is merged.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from reconcile.diff import merge, three_way
from reconcile.errors import ConflictError, RuleError
from reconcile.objects.condition import Condition, merge_conditions, with_condition
from reconcile.state.desired import Desired, lists_of

from .asked import Asked
from .evaluate import Evaluator, Outcome
from .finalizing import finalize
from .settled import kept

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from reconcile.objects.ref import Ref
    from reconcile.state.declared import Child
    from reconcile.state.observed import Observed
    from reconcile.value import JsonObject

    from .rule import Rule

__all__ = ["evaluate"]

P = TypeVar("P")


def evaluate(
    root: Rule[P],
    observed: Observed[P],
    *,
    declared: Sequence[Child] | None = None,
    conditions: Sequence[Condition] = (),
) -> Desired:
    """Return what the rules desire for what is observed.

    `declared` are the kinds of children that may be made; None checks nothing of it.
    `conditions` come with every status, unless a rule says them itself.

    Guarantees: the same observation gives an equal result, whatever the order of the rules.
    Raises: RuleError when a rule raised or returned what cannot be used, ConflictError when two
        rules set one field to different values, RetryLater when a rule wants to be asked later.
    Cost: linear in what the rules return; of what is observed, only what they read is parsed.
    """
    evaluator = Evaluator(root, observed, declared=declared)
    finalized = False
    if observed.finalizing:
        outcome, finalized = finalize(evaluator)
    else:
        outcome = evaluator.visit(root)
    said = {condition.type for _, condition in outcome.conditions}
    outcome.conditions += [("", given) for given in conditions if given.type not in said]
    by_ref: dict[Ref, list[Asked]] = {}
    for asked in outcome.children:
        by_ref.setdefault(asked.ref, []).append(asked)
    for asked in _held(outcome, observed, by_ref):
        by_ref[asked.ref] = [asked]
    objects: dict[Ref, JsonObject] = {}
    contributions: dict[Ref, tuple[tuple[str, JsonObject], ...]] = {}
    for ref in sorted(by_ref):
        children = by_ref[ref]
        contributions[ref] = tuple((child.rule, child.document) for child in children)
        objects[ref] = children[0].document if len(children) == 1 else _merge(ref, children)
    return Desired(
        objects,
        status=_status(outcome, observed),
        resync_after=min(outcome.resyncs, default=None),
        finalized=finalized,
        labels=_texts("labels", outcome.labels),
        annotations=_texts("annotations", outcome.annotations),
        waiting=tuple(sorted(set(outcome.waiting))),
        contributions=contributions,
        namespace=evaluator.place.namespace,
    )


def _held(outcome: Outcome, observed: Observed[P], asked: Mapping[Ref, object]) -> Iterable[Asked]:
    """Yield as last applied what a rule that waits may own and no other rule asks for."""
    if not outcome.held:
        return
    waiting = ", ".join(sorted({rule.rule for rule in outcome.waiting}))
    for ref in observed.child_map:
        document = observed.child_map.get(ref) if ref.gvk in outcome.held else None
        if document is not None and ref not in asked:
            yield Asked(waiting, ref, kept(document, document))


def _merge(ref: Ref, children: list[Asked]) -> JsonObject:
    strong = [(child.rule, child.document) for child in children if not child.weak]
    weak = [child.document for child in sorted(children, key=_rule_of) if child.weak]
    try:
        merged = merge(strong, lists=lists_of(ref.gvk)) if strong else weak[0]
    except ConflictError as error:
        raise ConflictError(error.pointer, error.managers, ref=str(ref)) from error
    # What is kept is the same for every rule that keeps it: the child as it was last applied.
    return three_way(None, weak[0], merged) if weak and strong else merged


def _rule_of(child: Asked) -> str:
    return child.rule


def _status(outcome: Outcome, observed: Observed[P]) -> JsonObject | None:
    """Return the status the rules ask for, None if none of them asks for any.

    While finalizing, rules that are not asked cannot say anything: what they said last stays.
    """
    if not outcome.statuses and not outcome.conditions:
        return None
    parent = observed.parent_document
    before = _object(parent, "status")
    generation = _object(parent, "metadata").get("generation")
    try:
        status = merge(outcome.statuses) if outcome.statuses else {}
    except ConflictError as error:
        raise ConflictError(error.pointer, error.managers, ref="the status") from error
    if "conditions" in status:
        names = ", ".join(rule for rule, given in outcome.statuses if "conditions" in given)
        raise RuleError(names, "sets conditions inside status=, use conditions= for them")
    said = _conditions(outcome)
    now, seen = observed.clock, generation if isinstance(generation, int) else None
    if observed.finalizing:
        status = {**before, **status}
        for condition in said:
            status = with_condition(status, condition, now=now, generation=seen)
    elif said:
        status["conditions"] = list(
            merge_conditions(_entries(before), said, now=now, generation=seen)
        )
    if seen is not None:
        status["observedGeneration"] = seen
    return status


def _conditions(outcome: Outcome) -> list[Condition]:
    said: dict[str, tuple[str, Condition]] = {}
    for rule, condition in sorted(outcome.conditions, key=lambda pair: pair[0]):
        other, same = said.setdefault(condition.type, (rule, condition))
        if same != condition:
            pointer = f"/conditions/{condition.type}"
            raise ConflictError(pointer, (other, rule), ref="the status")
    return [condition for _, condition in said.values()]


def _entries(status: JsonObject) -> list[JsonObject]:
    entries = status.get("conditions")
    return (
        [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []
    )


def _object(document: JsonObject, key: str) -> JsonObject:
    value = document.get(key)
    return value if isinstance(value, dict) else {}


def _texts(what: str, said: list[tuple[str, Mapping[str, str | None]]]) -> dict[str, str | None]:
    """Return the labels or annotations that the rules ask for on a decorator's object."""
    merged: dict[str, str | None] = {}
    owner: dict[str, str] = {}
    for rule, texts in sorted(said, key=lambda pair: pair[0]):
        for key, text in texts.items():
            if not isinstance(key, str) or not (text is None or isinstance(text, str)):
                raise RuleError(rule, f"{what}= takes texts, or None to take one away")
            if key in merged and merged[key] != text:
                raise ConflictError(f"/metadata/{what}/{key}", (owner[key], rule))
            merged[key] = text
            owner[key] = rule
    return dict(sorted(merged.items()))
