"""What a plan is made of: one step a child, its fields, and what is wrong with it.

1. Values only, compared and kept as such. No value of a Secret and no last-applied annotation is
   ever in here: both are replaced by `SECRET` where a field is made, not where it is shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, get_args

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconcile.objects.ref import Ref
    from reconcile.value import Absent, Json

__all__ = ["ACTIONS", "SECRET", "Action", "FieldChange", "Finding", "Source", "Step"]

Action: TypeAlias = Literal[
    "create", "update", "recreate", "delete", "leave", "release", "refuse", "none"
]
"""What becomes of a child.

`leave`: it differs, and the update strategy OnDelete holds the change back. `release`: its labels
no longer match the parent's selector, and Metacontroller takes its owner reference off. `refuse`:
Metacontroller or the API server does not take what is asked, or takes it and then loses sight of
it. `none`: nothing at all.
"""
ACTIONS: Final[tuple[Action, ...]] = get_args(Action)
Source: TypeAlias = Literal["rule", "metacontroller", "server"]
"""Who sets a field."""
SECRET: Final = "(secret)"  # noqa: S105  # what is shown in place of one
"""What stands for a value that is never shown."""


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """Something that is wrong, or that goes on for ever; no text holds a secret."""

    pointer: str
    """Where in the desired child; "" for the child itself."""
    reason: str
    """What is wrong, or what happens."""
    remedy: str
    """What to do about it; "" where nothing helps."""

    def __str__(self) -> str:
        """Return the finding on one line."""
        told = f"{self.pointer} {self.reason}" if self.pointer else self.reason
        return f"{told}: {self.remedy}" if self.remedy else told


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field that changes."""

    pointer: str
    """Where in the child as it will be; of what is taken away, where it was."""
    before: Json | Absent
    """ABSENT for a field that is new. Masked."""
    after: Json | Absent
    """ABSENT for a field that is taken away. Masked."""
    rules: Sequence[str] = ()
    """The rules that ask for the value; none where the field is taken away."""
    source: Source = "rule"


@dataclass(frozen=True, slots=True)
class Step:
    """What would happen to one child."""

    action: Action
    ref: Ref
    changes: Sequence[FieldChange] = ()
    """Fields that change, sorted by members, lists by position. Of a child that is created, those
    that are asked for, then those that the server is known to fill in."""
    rules: Sequence[str] = ()
    """The rules that ask for the child."""
    strategy: str = ""
    """The update strategy of its kind; "" where the kind is not declared."""
    effect: str = ""
    """What Metacontroller does: the requests it makes, or why it makes none."""
    refusals: Sequence[Finding] = ()
    """Why it is not taken, with what to do about it."""
    warnings: Sequence[Finding] = ()
    """What else there is to know: fields that never settle, rollouts that stand still."""
