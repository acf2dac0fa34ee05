"""Ask the rules: the one place that calls user code.

1. Every function of the user is called through `call`, which turns whatever it raises into a
   RuleError with the rule's name. A failure stops the whole sync: half an answer would delete.
2. A rule is asked at most once a sync, whoever needs its answer.
3. Nothing here looks at the order in which rules were given, except where `in_order` says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from inspect import isawaitable
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from reconcile.errors import ReconcileError, RequestError, RetryLater, RuleError
from reconcile.objects.accept import accept
from reconcile.objects.condition import Condition
from reconcile.objects.ref import Ref
from reconcile.state.declared import gvk_of
from reconcile.state.desired import Waiting, lists_of
from reconcile.state.observed import Observed
from reconcile.value import describe

from .asked import Asked, Place, ask
from .combinators import All, ForEach, InOrder, Keep, Require, Rollout, Teardown, When
from .contribution import Contribution, Once
from .readiness import applied, unready
from .rule import Leaf, Rule, leaves
from .settled import kept, settled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from reconcile.objects.gvk import Gvk
    from reconcile.state.declared import Child
    from reconcile.value import JsonObject

__all__ = ["Evaluator", "Outcome", "call"]

P = TypeVar("P")
R = TypeVar("R")


def call(rule: str, function: Callable[..., R], *arguments: object) -> R:
    """Return what a function of the user returns.

    Raises: RuleError with the rule's name for whatever the function raises; RetryLater as it is,
        and RequestError, when what the rule reads turns out to be broken.
    """
    try:
        return function(*arguments)
    except (RetryLater, RequestError):
        raise
    except ReconcileError as error:
        told = error.message if isinstance(error, RuleError) else str(error)
        raise RuleError(rule, told) from error
    except Exception as error:
        # The text of a foreign error may hold values: only its type is told.
        raise RuleError(rule, f"raised {type(error).__name__}") from error


@dataclass(slots=True)
class Outcome:
    """What a part of the rule set asks for."""

    children: list[Asked] = field(default_factory=list[Asked])
    statuses: list[tuple[str, JsonObject]] = field(default_factory=list[tuple[str, "JsonObject"]])
    conditions: list[tuple[str, Condition]] = field(default_factory=list[tuple[str, Condition]])
    resyncs: list[float] = field(default_factory=list[float])
    labels: list[tuple[str, Mapping[str, str | None]]] = field(
        default_factory=list[tuple[str, "Mapping[str, str | None]"]]
    )
    annotations: list[tuple[str, Mapping[str, str | None]]] = field(
        default_factory=list[tuple[str, "Mapping[str, str | None]"]]
    )
    waiting: list[Waiting] = field(default_factory=list[Waiting])
    held: set[Gvk] = field(default_factory=set["Gvk"])
    """Kinds of which everything observed stays, because a rule that waits may own it."""

    def add(self, other: Outcome) -> None:
        """Take in what another part asks for."""
        self.children += other.children
        self.statuses += other.statuses
        self.conditions += other.conditions
        self.resyncs += other.resyncs
        self.labels += other.labels
        self.annotations += other.annotations
        self.waiting += other.waiting
        self.held |= other.held


class Evaluator(Generic[P]):
    """Asks the rules of one set about one observation."""

    def __init__(
        self,
        root: Rule[P],
        observed: Observed[P],
        *,
        declared: Iterable[Child] | None = None,
    ) -> None:
        self.root = root
        self.observed = observed
        self.methods = {child.gvk: child.update for child in declared or ()}
        kinds = None if declared is None else {child.gvk: child.namespaced for child in declared}
        self.place = Place(
            observed.parent_ref.namespace, kinds, cluster_scoped=observed.cluster_scoped
        )
        self._outcomes: dict[int, Outcome] = {}
        self._answers: dict[str, Outcome] = {}
        self._paths: dict[str, tuple[Rule[P], ...]] = dict(_paths(root))

    def visit(self, rule: Rule[P]) -> Outcome:
        """Return what `rule` asks for, asking it only once."""
        known = self._outcomes.get(id(rule))
        if known is None:
            known = self._outcomes[id(rule)] = self._visit(rule)
        return known

    def _visit(self, rule: Rule[P]) -> Outcome:
        match rule:
            case Leaf():
                return self._leaf(rule)
            case ForEach():
                return self._for_each(rule)
            case All():
                return self._all(rule)
            case InOrder():
                return self._in_order(rule)
            case When():
                return self.visit(rule.inner) if self.holds(rule) else Outcome()
            case Keep():
                return self._changed(rule.inner, self._kept)
            case Rollout():
                return self._changed(rule.inner, lambda asked: self._rolled(rule, asked))
            case Teardown():
                return self.visit(rule.inner)
            case Require():
                missing = self.missing(rule)
                return self.visit(rule.inner) if missing is None else hold(rule.inner, missing)
            case _:
                raise RuleError(type(rule).__name__, "is not a rule made by this library")

    def asked_children(self, rule: Rule[P]) -> list[Asked]:
        """Return the children of every leaf inside `rule`, whether it waits or not."""
        asked: list[Asked] = []
        for part in rule.parts:
            asked += self.asked_children(part)
        if isinstance(rule, ForEach):
            asked = self.visit(rule).children
        elif isinstance(rule, Leaf):
            asked = self._ask(rule).children
        return asked

    def holds(self, rule: When[P]) -> bool:
        """Return whether the condition of a `when` holds."""
        names = ", ".join(leaf.name for leaf in leaves(rule))
        return bool(call(f"condition of {names}", rule.condition, self.observed))

    def missing(self, rule: Require[P]) -> str | None:
        """Return what a `require` waits for, None if it is there."""
        name = self._told("name", rule, rule.name)
        namespace = rule.namespace
        if namespace is not None:
            namespace = self._told("namespace", rule, namespace)
        kind = gvk_of(rule.kind)
        if self.observed.related_one(kind, name, namespace=namespace) is not None:
            return None
        return f"{kind.kind} {name} is not there"

    def _told(self, what: str, rule: Require[P], told: str | Callable[[Observed[P]], str]) -> str:
        if isinstance(told, str):
            return told
        names = ", ".join(leaf.name for leaf in leaves(rule))
        return call(f"required {what} of {names}", told, self.observed)

    # -- leaves -----------------------------------------------------------------------------

    def _leaf(self, leaf: Leaf[P]) -> Outcome:
        if leaf.finalizing and not self.observed.finalizing:
            return Outcome()
        blockers = [blocker for need in leaf.needs for blocker in self._needed(need)]
        return hold(leaf, blockers[0]) if blockers else self._ask(leaf)

    def _ask(self, leaf: Leaf[P]) -> Outcome:
        known = self._answers.get(leaf.name)
        if known is None:
            results = call(leaf.name, self._asked, leaf.function)
            known = self._answers[leaf.name] = self._outcome(leaf, leaf.name, results)
        return known

    def _for_each(self, rule: ForEach[P]) -> Outcome:
        leaf = rule.inner
        assert isinstance(leaf, Leaf)
        outcome = Outcome()
        seen: set[str] = set()
        for item in call(leaf.name, lambda: list(rule.items(self.observed))):
            key = call(leaf.name, rule.key, item)
            if not isinstance(key, str):
                raise RuleError(leaf.name, f"key= gave {describe(key)}, a text is needed")
            if key in seen:
                raise RuleError(leaf.name, "key= gave two items one text, make it tell them apart")
            seen.add(key)
            name = f"{leaf.name}[{key}]"
            results = call(name, self._asked, rule.function, item)
            outcome.add(self._outcome(leaf, name, results))
        return outcome

    def _asked(self, function: Callable[..., object], *items: object) -> list[object]:
        return list(_results(function(self.observed, *items)))

    def _outcome(self, leaf: Leaf[P], name: str, results: list[object]) -> Outcome:
        outcome = Outcome()
        seen: set[Ref] = set()
        for result in results:
            if isinstance(result, Contribution):
                said: Contribution = result
                self._say(name, said, outcome)
                children: Iterable[object] = call(name, list[object], said.children)
            else:
                children = (result,)
            for child in children:
                asked = self._child(leaf, name, child)
                if asked.ref in seen:
                    raise RuleError(name, f"returned {asked.ref} twice, only one would be applied")
                seen.add(asked.ref)
                outcome.children.append(asked)
        return outcome

    def _child(self, leaf: Leaf[P], name: str, child: object) -> Asked:
        marked = child.child if isinstance(child, Once) else child
        if marked is None:
            raise RuleError(name, "returned None among its children, leave it out")
        ref, document = call(name, lambda: ask(marked, place=self.place))
        if isinstance(child, Once):
            document = settled(self.observed.child_map.get(ref), document, lists=lists_of(ref.gvk))
        return Asked(name, ref, document, leaf.ready)

    def _say(self, name: str, said: Contribution, outcome: Outcome) -> None:
        """Take in what a contribution says beside its children."""
        if said.status is not None:
            outcome.statuses.append((name, call(name, accept, said.status)))
        for condition in said.conditions:
            if not isinstance(condition, Condition):
                raise RuleError(name, f"has {describe(condition)} among its conditions")
            outcome.conditions.append((name, condition))
        if said.resync_after is not None:
            wish = said.resync_after
            if isinstance(wish, bool) or not isinstance(wish, (int, float)) or not wish > 0:
                raise RuleError(name, "resync_after= takes seconds, more than none")
            if wish == float("inf"):
                raise RuleError(name, "resync_after= takes a finite number of seconds")
            outcome.resyncs.append(float(wish))
        if said.labels:
            outcome.labels.append((name, said.labels))
        if said.annotations:
            outcome.annotations.append((name, said.annotations))

    # -- waiting ----------------------------------------------------------------------------

    def _all(self, rule: All[P]) -> Outcome:
        outcome = Outcome()
        for part in rule.rules:
            outcome.add(self.visit(part))
        return outcome

    def _in_order(self, rule: InOrder[P]) -> Outcome:
        outcome = Outcome()
        for index, part in enumerate(rule.rules):
            blockers = self.blockers(outcome)
            if blockers:
                for later in rule.rules[index:]:
                    outcome.add(hold(later, blockers[0]))
                break
            outcome.add(self.visit(part))
        return outcome

    def blockers(self, outcome: Outcome) -> list[str]:
        """Return what keeps rules behind `outcome` waiting, nothing when all of it is ready."""
        found = [f"{waiting.rule} waits: {waiting.reason}" for waiting in outcome.waiting]
        for asked in outcome.children:
            reason = self.unready(asked)
            if reason is not None:
                found.append(f"{asked.ref} {reason}")
        return sorted(found)

    def unready(self, asked: Asked) -> str | None:
        """Return why a child that was asked for is not ready with what was asked for."""
        observed = self.observed.child_map.get(asked.ref)
        if observed is None:
            return "is not there yet"
        # A child that is never updated stays behind for ever: waiting for it would be too long.
        updated = self.methods.get(asked.ref.gvk, "InPlace") != "OnDelete"
        if updated and not asked.weak and not applied(observed, asked.document):
            return "is not as it is desired yet"
        return unready(observed, condition=asked.ready)

    def _needed(self, name: str) -> list[str]:
        """Return what a rule that needs the rule `name` waits for."""
        for above, below in zip(self._paths[name], self._paths[name][1:], strict=False):
            if isinstance(above, InOrder):
                before = above.rules[: _position(above.rules, below)]
                blockers = [found for part in before for found in self.blockers(self.visit(part))]
                if blockers:
                    return [f"{name} waits: {blockers[0]}"]
            elif isinstance(above, When) and not self.holds(above):
                return []
            elif isinstance(above, Require):
                missing = self.missing(above)
                if missing is not None:
                    return [f"{name} waits: {missing}"]
        return self.blockers(self.visit(self._paths[name][-1]))

    # -- keeping ----------------------------------------------------------------------------

    def _changed(self, inner: Rule[P], change: Callable[[list[Asked]], list[Asked]]) -> Outcome:
        outcome = Outcome()
        outcome.add(self.visit(inner))
        outcome.children = change(outcome.children)
        return outcome

    def _kept(self, asked: list[Asked]) -> list[Asked]:
        return [self.as_applied(child) for child in asked]

    def as_applied(self, child: Asked) -> Asked:
        """Return a child as it was last applied, as it was asked for if it is not there yet."""
        observed = self.observed.child_map.get(child.ref)
        if observed is None:
            return child
        return Asked(child.rule, child.ref, kept(observed, child.document), child.ready, weak=True)

    def _rolled(self, rule: Rollout[P], asked: list[Asked]) -> list[Asked]:
        """Return the children, so many of them changed that enough stay available."""
        budget = _budget(rule.max_unavailable, len(asked))
        rolled: list[Asked] = []
        pending: list[Asked] = []
        for child in sorted(asked, key=lambda child: child.ref):
            observed = self.observed.child_map.get(child.ref)
            changes = observed is not None and not applied(observed, child.document)
            if observed is None or unready(observed, condition=child.ready) is not None:
                budget -= 1  # not available anyway: making or mending it costs nothing more
                rolled.append(child)
            elif changes:
                pending.append(child)
            else:
                rolled.append(child)
        for child in pending:
            rolled.append(child if budget > 0 else self.as_applied(child))
            budget -= 1
        return rolled


def hold(rule: Rule[Any], reason: str) -> Outcome:
    """Return the outcome of a rule that waits: it asks for nothing and gives nothing up."""
    outcome = Outcome()
    for leaf in leaves(rule):
        outcome.waiting.append(Waiting(leaf.name, reason))
        outcome.held.update(leaf.owns or ())
    return outcome


def _results(result: object) -> Iterator[object]:
    """Yield the children and contributions in what a rule returned."""
    if result is None:
        return
    if isawaitable(result):
        close = getattr(result, "close", None)
        if close is not None:
            close()  # a coroutine nobody awaits would warn
        raise RuleError("", "is async, a rule computes and waits for nothing: use def")
    if isinstance(result, (str, bytes, bool, int, float)):
        raise RuleError("", f"returned {describe(result)}, an object is needed")
    if isinstance(result, (list, tuple, Iterator)):
        for part in cast("Iterable[object]", result):
            if isinstance(part, (list, tuple)):
                yield from cast("Iterable[object]", part)
            else:
                yield part
        return
    if isinstance(result, (set, frozenset)):
        raise RuleError("", "returned a set, which has no order: return a list")
    yield result


def _paths(
    rule: Rule[Any], above: tuple[Rule[Any], ...] = ()
) -> Iterator[tuple[str, tuple[Rule[Any], ...]]]:
    path = (*above, rule)
    if isinstance(rule, Leaf):
        # What stands around a leaf and changes its answer counts as its answer.
        outer = len(path) - 1
        while outer and isinstance(path[outer - 1], (ForEach, Keep, Rollout, Teardown)):
            outer -= 1
        yield rule.name, path[: outer + 1]
    for part in rule.parts:
        yield from _paths(part, path)


def _position(rules: tuple[Rule[Any], ...], wanted: Rule[Any]) -> int:
    return next(index for index, rule in enumerate(rules) if rule is wanted)


def _budget(max_unavailable: int | str, children: int) -> int:
    if isinstance(max_unavailable, str):
        return max(1, children * int(max_unavailable.removesuffix("%")) // 100)
    return max_unavailable
