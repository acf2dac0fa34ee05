"""What one rule asks for: children, status, conditions, one more sync."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, TypeAlias, TypeVar, Union, cast

if TYPE_CHECKING:
    from pydantic import BaseModel

    from reconcile.objects.condition import Condition
    from reconcile.objects.view import Kind
    from reconcile.value import JsonIn

__all__ = ["ChildLike", "Contribution", "Once", "Result", "once"]


class ClientModel(Protocol):
    """A model of the kubernetes client, recognised by its `attribute_map`."""

    attribute_map: Mapping[str, str]


ChildLike: TypeAlias = Union["Kind", "Mapping[str, JsonIn]", "BaseModel", ClientModel]
"""What a rule may return as a child; anything else that `accept` understands works as well."""
C = TypeVar("C")


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one rule asks for. What it leaves out, it has no opinion on.

    `status` is merged field by field with what other rules say; `conditions` are put into it.
    Units: `resync_after` in seconds, > 0; the smallest of all rules counts.
    `labels` and `annotations` are for a decorator's object; None takes one away.
    """

    children: Iterable[ChildLike] = ()
    status: Mapping[str, JsonIn] | BaseModel | None = None
    conditions: Sequence[Condition] = ()
    resync_after: float | None = None
    labels: Mapping[str, str | None] = field(default_factory=dict[str, "str | None"])
    annotations: Mapping[str, str | None] = field(default_factory=dict[str, "str | None"])


Result: TypeAlias = Contribution | ChildLike | Iterable[ChildLike | Contribution] | None
"""What a rule may return: nothing, a child, several, or a contribution."""


@dataclass(frozen=True, slots=True)
class Once:
    """A child whose fields are set once and then kept."""

    child: object


def once(child: C) -> C:
    """Mark a child: what the cluster has already is kept, only what is missing is set.

    Each leaf that `child` sets is taken from the observed object where that has a value which is
    not null and not empty, and otherwise from `child`, each on its own. A leaf is a scalar, or a
    list without merge keys. Return the marked child from the rule as it is: it is typed as the
    child but can no longer be read or changed.

    Guarantees: under a stale view that does not show the child yet, `child` is asked for again,
        with values of its own: Metacontroller's create then finds the name taken and changes
        nothing under dynamic apply. After a crash the next sync sees what was written and keeps
        it. Server-side apply sends a patch from such a view: values that may never be replaced
        belong under dynamic apply.
    """
    return cast("C", Once(child))
