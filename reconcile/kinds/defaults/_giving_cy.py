"""The walk that gives an object its defaults, from the outside in."""
# pyright: reportMissingTypeStubs=false, reportMissingImports=false
# pyright: reportMissingModuleSource=false, reportPossiblyUnboundVariable=false
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from reconcile.value.types import ABSENT

try:
    import cython
except ImportError:  # the plain build needs no compiler installed
    from reconcile.value import _plain as cython

if not cython.compiled:
    from reconcile.value._copy_cy import items_of, members_of, thaw

if TYPE_CHECKING:
    from reconcile.value.types import Json, JsonObject

__all__ = ["Node", "Step", "give"]


class Step:
    """What is done to an object: a change, or a member that it gets."""

    if not cython.compiled:
        __slots__ = ("change", "made", "name", "value", "when")

    def __init__(self, name: str) -> None:
        self.name = name
        self.value: Any = ABSENT
        """The value of the member, unless `made` makes it."""
        self.made: Callable[[JsonObject, JsonObject], Any] | None = None
        self.when: Callable[[JsonObject, JsonObject], bool] | None = None
        self.change: Callable[[JsonObject, JsonObject], None] | None = None


class Node:
    """What is done to the objects at one place, and to those below them."""

    if not cython.compiled:
        __slots__ = ("below", "every", "steps")

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.below: dict[str, Node] = {}
        self.every: Node | None = None
        """What is done to each item of a list and each member of a map."""


def give(node: Node, holder: Json, document: JsonObject) -> None:
    """Give an object what is due."""
    if isinstance(holder, dict):
        for step in node.steps:
            if step.change is not None:
                step.change(holder, document)
            elif step.name not in holder and (step.when is None or step.when(holder, document)):
                value = step.value if step.made is None else step.made(holder, document)
                if value is not ABSENT:
                    holder[step.name] = thaw(value)
        for name, below in node.below.items():
            if name in holder:
                give(below, holder[name], document)
        if node.every is not None:
            for item in list(members_of(holder).values()):
                give(node.every, item, document)
    elif isinstance(holder, list) and node.every is not None:
        for item in items_of(holder):
            give(node.every, item, document)
