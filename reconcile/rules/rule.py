"""What a rule is: a named pure function of what is observed, or a combination of such.

1. A rule is data; only `evaluate` calls the functions in it.
2. A rule set is a tree. Its leaves have names, unique in the tree; `walk` is the one way through.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar, Union, overload

from reconcile.errors import DefinitionError
from reconcile.objects.gvk import Gvk
from reconcile.objects.view import Kind
from reconcile.state.declared import gvk_of
from reconcile.state.observed import Observed

if TYPE_CHECKING:
    from .contribution import Result

__all__ = ["Leaf", "Rule", "annotated_kinds", "function_name", "leaves", "owned_kinds", "rule"]

P_contra = TypeVar("P_contra", contravariant=True)
P = TypeVar("P")


class Rule(Generic[P_contra]):
    """A rule, or several rules made into one. Made by `rule` and the combinators."""

    __slots__ = ()

    @property
    def parts(self) -> tuple[Rule[P_contra], ...]:
        """Return the rules this one is made of, in their order."""
        return ()


@dataclass(frozen=True, slots=True)
class Leaf(Rule[P_contra]):
    """One function with what the engine must know of it."""

    function: Callable[[Observed[P_contra]], Result]
    name: str
    needs: tuple[str, ...] = ()
    """Names of the rules whose children must be ready first."""
    owns: tuple[Gvk, ...] | None = None
    """The kinds it makes; None where neither `owns=` nor the annotation says."""
    ready: str | None = None
    """The condition that makes its children ready; None for the usual signs of their kind."""
    finalizing: bool = False
    """Whether it runs while finalizing, and only then."""

    def __call__(self, observed: Observed[P_contra]) -> Result:
        """Return what the function returns: a rule is tested by calling it."""
        return self.function(observed)


@overload
def rule(function: Callable[[Observed[P]], Result], /) -> Leaf[P]: ...
@overload
def rule(
    *,
    name: str | None = None,
    needs: Iterable[Rule[Any] | str] = (),
    owns: Iterable[type[Kind] | Gvk] | None = None,
    ready: str | None = None,
    finalizing: bool = False,
) -> Callable[[Callable[[Observed[P]], Result]], Leaf[P]]: ...
def rule(
    function: Callable[[Observed[P]], Result] | None = None,
    /,
    *,
    name: str | None = None,
    needs: Iterable[Rule[Any] | str] = (),
    owns: Iterable[type[Kind] | Gvk] | None = None,
    ready: str | None = None,
    finalizing: bool = False,
) -> Leaf[P] | Callable[[Callable[[Observed[P]], Result]], Leaf[P]]:
    """Make a pure function of `Observed` into a rule; a decorator.

    `name` is the function's by default. `needs` names rules whose children must be ready before
    this one is asked. `owns` are the kinds it makes, read from the return annotation by default.
    `ready` is a condition type that makes its children ready instead of the usual signs.
    `finalizing` makes it a clean-up: asked only while the parent is being deleted, and the parent
    waits until its children are ready (a Job until it is complete).

    Guarantees: the function is called at most once a sync, with a read-only argument. Whatever it
        raises becomes a RuleError with the rule's name, and an error answer: never a partial one.
    """
    if function is None:
        return lambda given: _leaf(given, name, needs, owns, ready=ready, finalizing=finalizing)
    return _leaf(function, name, needs, owns, ready=ready, finalizing=finalizing)


def _leaf(
    function: Callable[[Observed[P]], Result],
    name: str | None,
    needs: Iterable[Rule[Any] | str],
    owns: Iterable[type[Kind] | Gvk] | None,
    *,
    ready: str | None,
    finalizing: bool,
) -> Leaf[P]:
    called = name or function_name(function)
    return Leaf(
        function,
        called,
        needs=tuple(_needed(need, called) for need in needs),
        owns=annotated_kinds(function) if owns is None else tuple(gvk_of(kind) for kind in owns),
        ready=ready,
        finalizing=finalizing,
    )


def function_name(function: Callable[..., object]) -> str:
    """Return what a function is called; the name of its class for a callable object."""
    own = function.__name__ if isinstance(function, types.FunctionType) else None
    return own or type(function).__name__


def _needed(need: Rule[Any] | str, name: str) -> str:
    if isinstance(need, str):
        return need
    if isinstance(need, Leaf):
        return need.name
    finding = "needs= takes rules made by @rule, or their names, not combinations of rules"
    raise DefinitionError([finding], subject=f"rule {name}")


def leaves(root: Rule[Any]) -> Iterator[Leaf[Any]]:
    """Yield the leaves of a rule set, in its order."""
    if isinstance(root, Leaf):
        yield root
    for part in root.parts:
        yield from leaves(part)


def owned_kinds(root: Rule[Any]) -> tuple[Gvk, ...] | None:
    """Return the kinds that a rule set makes, sorted; None if one of its rules does not say."""
    kinds: set[Gvk] = set()
    for leaf in leaves(root):
        if leaf.owns is None:
            return None
        kinds.update(leaf.owns)
    return tuple(sorted(kinds))


def annotated_kinds(function: Callable[..., object]) -> tuple[Gvk, ...] | None:
    """Return the kinds in the return annotation, None unless it says them all."""
    if not isinstance(function, types.FunctionType):
        return None
    try:
        annotation = typing.get_type_hints(function).get("return", Any)
    except (NameError, TypeError, AttributeError):  # a name that only the type checker can see
        return None
    kinds = _kinds_in(annotation)
    return None if kinds is None else tuple(sorted(set(kinds)))


def _kinds_in(annotation: object) -> list[Gvk] | None:
    if annotation is None or annotation is type(None) or annotation is Ellipsis:
        return []
    if isinstance(annotation, type) and issubclass(annotation, Kind) and annotation is not Kind:
        return [annotation.gvk]
    origin: object = typing.get_origin(annotation)
    if origin not in _SEVERAL:
        return None
    arguments: tuple[object, ...] = typing.get_args(annotation)
    if origin is Generator:
        arguments = arguments[:1]  # the others are what is sent in, and what is returned
    found: list[Gvk] = []
    for argument in arguments:
        kinds = _kinds_in(argument)
        if kinds is None:
            return None
        found += kinds
    return found


_SEVERAL: frozenset[object] = frozenset(
    {Union, types.UnionType, list, tuple, Collection, Generator, Iterable, Iterator, Sequence}
)
"""What may stand around the kinds in an annotation."""
