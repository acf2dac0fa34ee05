"""What happens when the parent is being deleted: teardown in reverse order, then release.

1. Outside of a `teardown` nothing is desired any more; Metacontroller deletes it all at once.
2. Inside, a part goes when everything after it is gone. Until then it stays as last applied.
3. Clean-ups are asked for until the end; the parent is released when they are ready and no other
   child is observed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

from reconcile.state.desired import Waiting

from .combinators import ForEach, InOrder, Teardown, When
from .evaluate import Evaluator, Outcome
from .rule import Leaf, Rule

if TYPE_CHECKING:
    from reconcile.objects.ref import Ref

    from .asked import Asked

__all__ = ["finalize", "tears_down"]

P = TypeVar("P")


def finalize(evaluator: Evaluator[P]) -> tuple[Outcome, bool]:
    """Return what is still desired while the parent is being deleted, and whether it may go."""
    walk = _Walk(evaluator)
    done = walk.take_down(evaluator.root, inside=False)
    left = [ref for ref in evaluator.observed.child_map if ref not in walk.clean_ups]
    return walk.outcome, done and not left


def tears_down(rule: Rule[Any]) -> bool:
    """Return whether a rule set needs a finalize hook: it has a `teardown` or a clean-up."""
    if isinstance(rule, Teardown) or (isinstance(rule, Leaf) and rule.finalizing):
        return True
    return any(tears_down(part) for part in rule.parts)


class _Walk(Generic[P]):
    def __init__(self, evaluator: Evaluator[P]) -> None:
        self.evaluator = evaluator
        self.outcome = Outcome()
        self.clean_ups: set[Ref] = set()

    def take_down(self, rule: Rule[P], *, inside: bool) -> bool:
        """Take away what `rule` made; return whether all of it is gone."""
        if isinstance(rule, Leaf):
            return self._clean_up(rule) if rule.finalizing else self._gone(rule, inside=inside)
        if isinstance(rule, When) and inside and not self.evaluator.holds(rule):
            return True
        inside = inside or isinstance(rule, Teardown)
        if isinstance(rule, ForEach):
            return self._gone(rule, inside=inside)
        if isinstance(rule, InOrder) and inside:
            return self._backwards(rule)
        # Every part is taken down, also those behind one that is not gone yet.
        gone = [self.take_down(part, inside=inside) for part in rule.parts]
        return all(gone)

    def _backwards(self, rule: InOrder[P]) -> bool:
        for index in reversed(range(len(rule.rules))):
            if not self.take_down(rule.rules[index], inside=True):
                for before in rule.rules[:index]:
                    self._stay(before)
                return False
        return True

    def _clean_up(self, leaf: Leaf[P]) -> bool:
        outcome = self.evaluator.visit(leaf)
        self.outcome.add(outcome)
        self.clean_ups.update(child.ref for child in outcome.children)
        blockers = self.evaluator.blockers(outcome)
        if blockers:
            self.outcome.waiting.append(Waiting(leaf.name, blockers[0]))
        return not blockers

    def _gone(self, rule: Rule[P], *, inside: bool) -> bool:
        """Return whether the children of one leaf are gone. Outside of a teardown nobody asks."""
        return not inside or not self._observed(rule)

    def _stay(self, rule: Rule[P]) -> None:
        """Keep what `rule` made as it was last applied."""
        if isinstance(rule, Leaf) and rule.finalizing:
            return
        if isinstance(rule, (Leaf, ForEach)):
            self.outcome.children += map(self.evaluator.as_applied, self._observed(rule))
            return
        for part in rule.parts:
            self._stay(part)

    def _observed(self, rule: Rule[P]) -> list[Asked]:
        asked = self.evaluator.asked_children(rule)
        return [child for child in asked if child.ref in self.evaluator.observed.child_map]
