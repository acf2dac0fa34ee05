"""Rules: a default, and where it is due; a change, and where it is made; all those of a kind."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from reconcile.value.types import ABSENT

from ._giving_cy import Node, Step, give

if TYPE_CHECKING:
    from reconcile.value.types import Absent, Json, JsonObject

__all__ = ["Change", "Default", "Plan", "Rule", "at", "each", "same_as"]

Value: TypeAlias = "Json | Absent | Callable[[JsonObject, JsonObject], Json | Absent]"


@dataclass(frozen=True, slots=True)
class Default:
    """The value of a member that is not there.

    `path` leads to it, `*` stands for each item of a list and each member of a map; where something
    on the way is not there, nothing is given. `value` is constant, or made of the object that gets
    it and the whole object; ABSENT gives nothing. `when` is asked with the same two.
    """

    path: str
    value: Value
    when: Callable[[JsonObject, JsonObject], bool] | None = None

    @property
    def place(self) -> list[str]:
        """The way to the objects that get it."""
        return self.path.split("/")[1:-1]

    def step(self) -> Step:
        """Return it as it is given."""
        made = Step(self.path.rpartition("/")[2])
        made.when = self.when
        if callable(self.value):
            made.made = self.value
        else:
            made.value = self.value
        return made


@dataclass(frozen=True, slots=True)
class Change:
    """What is done to an object that stands at a path; `change` gets it and the whole object."""

    path: str
    change: Callable[[JsonObject, JsonObject], None]

    @property
    def place(self) -> list[str]:
        """The way to the objects that are changed."""
        return self.path.split("/")[1:]

    def step(self) -> Step:
        """Return it as it is made."""
        made = Step("")
        made.change = self.change
        return made


Rule: TypeAlias = "Default | Change"


def same_as(name: str) -> Callable[[JsonObject, JsonObject], Json | Absent]:
    """Return the value of another member, ABSENT if that is not there."""
    return lambda holder, _: holder.get(name, ABSENT)


def at(prefix: str, rules: Iterable[Rule]) -> tuple[Rule, ...]:
    """Return the rules for an object that stands at a place."""
    return tuple(replace(rule, path=prefix + rule.path) for rule in rules)


def each(prefixes: Iterable[str], rules: Iterable[Rule]) -> tuple[Rule, ...]:
    """Return the rules for an object that stands at several places."""
    known = tuple(rules)
    return tuple(rule for prefix in prefixes for rule in at(prefix, known))


class Plan:
    """The rules of a kind. They are given from the outside in, at each object in their order."""

    __slots__ = ("_root", "rules")

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.rules = tuple(rules)
        self._root = Node()
        for rule in self.rules:
            node = self._root
            for name in rule.place:
                if name == "*":
                    node.every = node.every or Node()
                    node = node.every
                else:
                    node = node.below.setdefault(name, Node())
            node.steps.append(rule.step())

    def give(self, document: JsonObject) -> None:
        """Give an object what is due."""
        give(self._root, document, document)
