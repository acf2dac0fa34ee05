"""What should exist: the answer of a rule set, before it is put on the wire.

1. An object in here holds what the rules set and nothing else.
2. Which rule set a field is kept as the contributions themselves; it costs nothing until asked.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar, overload

from reconcile.diff import owners
from reconcile.kinds import known, schema
from reconcile.objects.gvk import Gvk
from reconcile.objects.ref import Ref
from reconcile.objects.view import Kind

from .declared import gvk_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reconcile.value import JsonObject

__all__ = ["Desired", "Waiting"]

K = TypeVar("K", bound=Kind)


@dataclass(frozen=True, slots=True, order=True)
class Waiting:
    """A rule that is held back for now."""

    rule: str
    reason: str
    """What it waits for; names of objects, no values."""


@dataclass(frozen=True, slots=True)
class Desired:
    """What should exist, and what the parent's status should say.

    Guarantees: the same observation gives the same value, whatever the order of the rules.
    """

    objects: Mapping[Ref, JsonObject]
    """The children, sorted by kind, namespace and name. Not to be changed."""
    status: JsonObject | None = None
    """The parent's status; None has no opinion (decorators only)."""
    resync_after: float | None = None
    """Seconds until one more sync; None for no such wish."""
    finalized: bool = False
    """Whether cleaning up is done and the parent may go."""
    labels: Mapping[str, str | None] = field(default_factory=dict[str, "str | None"])
    """Labels to set on a decorator's object; None takes one away."""
    annotations: Mapping[str, str | None] = field(default_factory=dict[str, "str | None"])
    """Annotations to set on a decorator's object; None takes one away."""
    waiting: Sequence[Waiting] = ()
    """The rules that are held back for now."""
    contributions: Mapping[Ref, Sequence[tuple[str, JsonObject]]] = field(
        default_factory=dict[Ref, "Sequence[tuple[str, JsonObject]]"], repr=False
    )
    """What each rule asked for, by child."""
    namespace: str = ""
    """The parent's namespace: where `child` looks by default."""

    @overload
    def children(self, kind: type[K]) -> tuple[K, ...]: ...
    @overload
    def children(self, kind: Gvk) -> tuple[Kind, ...]: ...
    def children(self, kind: type[Kind] | Gvk) -> tuple[Kind, ...]:
        """Return the desired children of one kind, sorted by namespace and name."""
        cls, gvk = (Kind, kind) if isinstance(kind, Gvk) else (kind, kind.gvk)
        return tuple(
            cls.observed(document) for ref, document in self.objects.items() if ref.gvk == gvk
        )

    @overload
    def child(self, kind: type[K], name: str, *, namespace: str | None = None) -> K | None: ...
    @overload
    def child(self, kind: Gvk, name: str, *, namespace: str | None = None) -> Kind | None: ...
    def child(
        self, kind: type[Kind] | Gvk, name: str, *, namespace: str | None = None
    ) -> Kind | None:
        """Return one desired child, None if it is not desired; by default near the parent."""
        cls = Kind if isinstance(kind, Gvk) else kind
        gvk = gvk_of(kind)
        places = (namespace,) if namespace is not None else (self.namespace, "")
        for place in places:
            document = self.objects.get(Ref(gvk, place, name))
            if document is not None:
                return cls.observed(document)
        return None

    def owners(self, ref: Ref) -> Mapping[str, tuple[str, ...]]:
        """Return which rules set each field of one child: pointer to names of rules.

        Cost: linear in the child's fields; computed at each call.
        """
        contributed = self.contributions.get(ref, ())
        return owners(contributed, lists=lists_of(ref.gvk))


def lists_of(gvk: Gvk) -> Mapping[str, object] | None:
    """Return the schema that tells which lists of a kind are associative, None if nobody knows."""
    return schema(gvk.api_version, gvk.kind) if known(gvk.api_version, gvk.kind) else None
