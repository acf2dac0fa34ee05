"""Is a rule set put together well? Asked when a controller is built, not when it answers.

1. All findings at once, in a fixed order.
2. Only what is certain: a rule whose kinds nobody says is not guessed at.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from reconcile.state.declared import gvk_of

from .combinators import InOrder, Require
from .rule import Leaf, Rule, leaves

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from reconcile.objects.gvk import Gvk
    from reconcile.state.declared import Child

__all__ = ["check"]


def check(
    root: Rule[Any], *, declared: Sequence[Child], namespaced: bool | None, customizes: bool
) -> list[str]:
    """Return what is wrong with a rule set, nothing if it is well.

    `namespaced` tells whether the parent lives in a namespace, `customizes` whether the
    controller asks for related objects.
    """
    kinds = {child.gvk for child in declared}
    known = {leaf.name: leaf for leaf in leaves(root)}
    return [
        *_duplicates("rule", [leaf.name for leaf in leaves(root)]),
        *_duplicates("child kind", [str(child.gvk) for child in declared]),
        *_scopes(declared, namespaced=namespaced),
        *_kinds(known, kinds),
        *_needs(known),
        *_cycles(root, known),
        *_gates(root, known),
        *_related(root, customizes=customizes),
    ]


def _duplicates(what: str, names: list[str]) -> Iterator[str]:
    for name, count in sorted(Counter(names).items()):
        if count > 1:
            yield f"{what} {name} is there {count} times, each has to be there once"


def _scopes(declared: Sequence[Child], *, namespaced: bool | None) -> Iterator[str]:
    for child in declared:
        if namespaced and child.namespaced is False:
            yield (
                f"children of kind {child.gvk} are cluster-scoped, a namespaced parent cannot "
                "own them: they would outlive it"
            )


def _kinds(known: Mapping[str, Leaf[Any]], declared: Collection[Gvk]) -> Iterator[str]:
    for leaf in known.values():
        for gvk in leaf.owns or ():
            if gvk not in declared:
                yield f"rule {leaf.name} makes {gvk}, which is not among the declared children"


def _needs(known: Mapping[str, Leaf[Any]]) -> Iterator[str]:
    for leaf in known.values():
        for need in leaf.needs:
            needed = known.get(need)
            if needed is None:
                yield f"rule {leaf.name} needs rule {need}, which is not in the rule set"
            elif needed.finalizing and not leaf.finalizing:
                yield (
                    f"rule {leaf.name} needs rule {need}, which runs only while finalizing: "
                    "it would wait for ever"
                )
            elif leaf.finalizing and not needed.finalizing:
                yield (
                    f"clean-up {leaf.name} needs rule {need}, which is taken away while "
                    "finalizing: put both into a teardown instead"
                )


def _edges(rule: Rule[Any]) -> Iterator[tuple[str, str]]:
    """Yield (rule, rule it waits for) for the orders in a rule set."""
    if isinstance(rule, InOrder):
        for index, part in enumerate(rule.rules):
            for later in leaves(part):
                for before in rule.rules[:index]:
                    yield from ((later.name, leaf.name) for leaf in leaves(before))
    for part in rule.parts:
        yield from _edges(part)


def _cycles(root: Rule[Any], known: Mapping[str, Leaf[Any]]) -> Iterator[str]:
    waits: dict[str, set[str]] = {
        name: set(leaf.needs) & set(known) for name, leaf in known.items()
    }
    for rule, before in _edges(root):
        waits[rule].add(before)
    # What waits for nothing is taken away until only cycles, and what hangs on them, are left.
    while free := [name for name, needed in waits.items() if not needed]:
        for name in free:
            del waits[name]
        for needed in waits.values():
            needed.difference_update(free)
    behind = set(waits)
    while tail := [name for name in behind if not any(name in waits[other] for other in behind)]:
        behind.difference_update(tail)
    if behind:
        names = ", ".join(sorted(behind))
        yield f"rules {names} wait for each other: none of them would ever be asked"


def _gates(root: Rule[Any], known: Mapping[str, Leaf[Any]]) -> Iterator[str]:
    """Yield the rules that wait but do not say what they own, and gates that never open."""
    for leaf in _held_back(root, known):
        if leaf.owns is None:
            yield (
                f"rule {leaf.name} may have to wait, so it must say what it makes: annotate what "
                "it returns, or say owns="
            )
    for name, leaf in sorted(known.items()):
        if leaf.owns == () and leaf.ready is not None:
            yield (
                f"rule {name} makes no children, so its condition {leaf.ready} can never come "
                "true: leave out ready="
            )


def _held_back(root: Rule[Any], known: Mapping[str, Leaf[Any]]) -> list[Leaf[Any]]:
    names = {leaf.name for leaf in known.values() if leaf.needs}
    names.update(rule for rule, _ in _edges(root))
    for require in _requires(root):
        names.update(leaf.name for leaf in leaves(require))
    return [known[name] for name in sorted(names)]


def _requires(rule: Rule[Any]) -> Iterator[Require[Any]]:
    if isinstance(rule, Require):
        yield rule
    for part in rule.parts:
        yield from _requires(part)


def _related(root: Rule[Any], *, customizes: bool) -> Iterator[str]:
    if customizes:
        return
    for require in _requires(root):
        kind = gvk_of(require.kind).kind
        names = ", ".join(leaf.name for leaf in leaves(require))
        yield (
            f"rule {names} requires a {kind}, but the controller has no customize= that asks "
            "for it: it would wait for ever"
        )
