"""Rules made of rules. Each combinator says what it guarantees under a stale view and a crash.

A stale view is a request that does not show a write of ours yet; a crash is a sync of which only
some writes arrived. Metacontroller always comes back with a newer view.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from reconcile.errors import DefinitionError
from reconcile.state.observed import Observed

from .rule import Leaf, P_contra, Rule, annotated_kinds, function_name

if TYPE_CHECKING:
    from reconcile.objects.gvk import Gvk
    from reconcile.objects.view import Kind

    from .contribution import Result

__all__ = [
    "All",
    "ForEach",
    "InOrder",
    "Keep",
    "Require",
    "Rollout",
    "Teardown",
    "When",
    "all_of",
    "for_each",
    "in_order",
    "keep",
    "require",
    "rollout",
    "teardown",
    "when",
]

P = TypeVar("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class All(Rule[P_contra]):
    """Rules that do not wait for each other."""

    rules: tuple[Rule[P_contra], ...]

    @property
    def parts(self) -> tuple[Rule[P_contra], ...]:
        """Return the rules."""
        return self.rules


@dataclass(frozen=True, slots=True)
class InOrder(Rule[P_contra]):
    """Rules of which each waits for the ones before."""

    rules: tuple[Rule[P_contra], ...]

    @property
    def parts(self) -> tuple[Rule[P_contra], ...]:
        """Return the rules."""
        return self.rules


@dataclass(frozen=True, slots=True)
class _Around(Rule[P_contra]):
    inner: Rule[P_contra]

    @property
    def parts(self) -> tuple[Rule[P_contra], ...]:
        """Return the rule inside."""
        return (self.inner,)


@dataclass(frozen=True, slots=True)
class When(_Around[P_contra]):
    """A rule that is asked only if a condition holds."""

    condition: Callable[[Observed[P_contra]], bool]


@dataclass(frozen=True, slots=True)
class Keep(_Around[P_contra]):
    """A rule whose children stay as they were last applied."""


@dataclass(frozen=True, slots=True)
class Rollout(_Around[P_contra]):
    """A rule whose children change a few at a time."""

    max_unavailable: int | str


@dataclass(frozen=True, slots=True)
class Teardown(_Around[P_contra]):
    """A rule whose children go in reverse order."""


@dataclass(frozen=True, slots=True)
class Require(_Around[P_contra]):
    """A rule that waits for a related object."""

    kind: type[Kind] | Gvk
    name: str | Callable[[Observed[P_contra]], str]
    namespace: str | Callable[[Observed[P_contra]], str] | None


@dataclass(frozen=True, slots=True)
class ForEach(_Around[P_contra]):
    """A function asked once for each of several items.

    `inner` is a leaf with the name, the kinds and the calling of all items at once; `evaluate`
    asks item by item, so that errors and plans can name the item.
    """

    items: Callable[[Observed[P_contra]], Iterable[Any]]
    key: Callable[[Any], str]
    function: Callable[[Observed[P_contra], Any], Result]


def all_of(*rules: Rule[P]) -> Rule[P]:
    """Return a rule that asks for what all of `rules` ask for.

    Guarantees: the order of `rules` has no influence on the result. Two rules that speak of one
        child are merged field by field; two values for one field are a ConflictError.
    """
    return All(_checked("all_of", rules))


def in_order(*rules: Rule[P]) -> Rule[P]:
    """Return a rule in which each of `rules` waits until the children of those before are ready.

    A rule that waits is not asked. Meanwhile whatever is observed of the kinds it owns, and no
    other rule asks for, stays as it was last applied: nothing that was once given is taken away,
    and a change travels down the order as the children before become ready with it.

    Guarantees: under a stale view a rule may wait a sync longer, and starts early only if the view
        shows the children before it ready and with the present change applied. After a crash the
        order is taken up where it stopped, because only what is observed counts.
    Assumes: readiness can come (a claim that binds only when a Pod uses it never gets ready if
        the Pod waits for it), and each rule says by annotation or `owns=` which kinds it makes.
    """
    return InOrder(_checked("in_order", rules))


def when(condition: Callable[[Observed[P]], bool], rule: Rule[P]) -> Rule[P]:
    """Return a rule that asks for what `rule` asks for while `condition` holds, else for nothing.

    What was asked for before is deleted once `condition` no longer holds.

    Guarantees: none beyond those of `condition` under a stale view. A condition on the parent's
        spec only lags behind; one on a child that another rule makes can flap: prefer `in_order`.
    """
    _checked("when", (rule,))
    return When(rule, condition)


def for_each(
    items: Callable[[Observed[P]], Iterable[T]],
    rule: Callable[[Observed[P], T], Result],
    *,
    key: Callable[[T], str],
) -> Rule[P]:
    """Return a rule that asks `rule` once for each of `items`.

    Shape: `key` gives each item a text of its own, by which errors and plans name it. The rule's
        name is the function's; its kinds are those of the return annotation.
    Guarantees: the order of the items has no influence on the result. An item that is gone takes
        its children with it, also when the list itself comes from a stale view.
    """
    _function("for_each", items)
    _function("for_each", key)

    def all_items(observed: Observed[P]) -> Result:
        results: list[Any] = [rule(observed, item) for item in items(observed)]
        return results

    named = Leaf(all_items, function_name(rule), owns=annotated_kinds(rule))
    return ForEach(named, items, key, rule)


def keep(rule: Rule[P]) -> Rule[P]:
    """Return a rule whose children, once they exist, stay as they were last applied.

    What another rule asks for in the same child is still applied.

    Guarantees: an update of the rule's code or of the parent changes only children that do not
        exist yet. Under a stale view that does not show a child yet, it is asked for as the rule
        says now; Metacontroller's create then finds the name taken and changes nothing under
        dynamic apply. After a crash what exists is kept.
    """
    _checked("keep", (rule,))
    return Keep(rule)


def rollout(rule: Rule[P], *, max_unavailable: int | str) -> Rule[P]:
    """Return a rule whose children are changed a few at a time.

    Shape: `max_unavailable` is a number of children, >= 1, or a share of them such as "25%",
        rounded down but never to nothing.
    Children that are missing are made at once, children that are not ready are changed at once:
    neither makes matters worse. Of the ready ones, so many are changed that at most
    `max_unavailable` are unavailable; the others stay as last applied until a later sync. They
    are taken in the order of kind, namespace and name.

    Guarantees: under a stale view the same children are chosen again, so the bound holds across
        syncs. After a crash the children changed so far count as unavailable until they are ready.
    """
    _checked("rollout", (rule,))
    text = max_unavailable if isinstance(max_unavailable, str) else f"{max_unavailable}%"
    number = text.removesuffix("%")
    fits = text.endswith("%") and number.isascii() and number.isdigit() and int(number) >= 1
    if isinstance(max_unavailable, bool) or not fits:
        finding = "max_unavailable= takes a number from 1 up, or a share such as '25%'"
        raise DefinitionError([finding], subject="rollout")
    return Rollout(rule, max_unavailable)


def teardown(rule: Rule[P]) -> Rule[P]:
    """Return `rule`, whose children are taken away in reverse order when the parent is deleted.

    While the parent lives this is `rule` itself. While finalizing, the last part of an `in_order`
    inside goes first; a part is taken away when everything after it is gone, and until then stays
    as last applied. A clean-up (`rule(finalizing=True)`) in the order holds up the parts before
    it until its children are ready. Rules outside of any `teardown` go at once.

    Guarantees: the parent is released only when no child is observed but those of clean-ups, and
        those are ready. Under a stale view the same part is taken away again, or a sync later.
        After a crash it goes on where it stopped.
    Assumes: the controller has a finalize hook; the rules inside are asked while finalizing, to
        learn which children are theirs.
    """
    _checked("teardown", (rule,))
    return Teardown(rule)


def require(
    kind: type[Kind] | Gvk,
    name: str | Callable[[Observed[P]], str],
    *,
    namespace: str | Callable[[Observed[P]], str] | None = None,
    then: Rule[P],
) -> Rule[P]:
    """Return `then`, which waits until a related object is there.

    `name` and `namespace` are texts or functions that tell them; `namespace` is the parent's by
    default.
    While it waits, `then` is not asked, and what is observed of the kinds it owns stays as last
    applied: an object that vanishes, or that a stale view does not show, takes nothing away.

    Guarantees: as `in_order`, of which this is the case with one object of somebody else's.
    Assumes: the controller's `customize` asks for the object.
    """
    _checked("require", (then,))
    return Require(then, kind, name, namespace)


def _checked(combinator: str, rules: tuple[Rule[P], ...]) -> tuple[Rule[P], ...]:
    findings = [
        f"takes rules, not a {type(rule).__name__}"
        + (", put @rule above the function" if callable(rule) else "")
        for rule in rules
        if not isinstance(rule, Rule)
    ]
    if not rules:
        findings.append("takes one rule or more")
    if findings:
        raise DefinitionError(findings, subject=combinator)
    return rules


def _function(combinator: str, given: object) -> None:
    if not callable(given):
        finding = f"takes a function, not a {type(given).__name__}"
        raise DefinitionError([finding], subject=combinator)
