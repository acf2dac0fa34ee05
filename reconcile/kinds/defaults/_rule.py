"""Rules: a default, and where it is due; a change that is none, and where it is made."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from reconcile.value.frozen import thaw
from reconcile.value.types import ABSENT

if TYPE_CHECKING:
    from reconcile.value.types import Absent, Json, JsonObject

__all__ = ["Change", "Default", "Rule", "at", "each"]

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

    def give(self, document: JsonObject) -> None:
        """Give the default wherever it is due."""
        *above, name = self.path.split("/")[1:]
        for holder in _found(document, above):
            if name in holder or (self.when is not None and not self.when(holder, document)):
                continue
            value = self.value(holder, document) if callable(self.value) else self.value
            if value is not ABSENT:
                holder[name] = thaw(value)


@dataclass(frozen=True, slots=True)
class Change:
    """What is done to an object that stands at a path; `change` gets it and the whole object."""

    path: str
    change: Callable[[JsonObject, JsonObject], None]

    def give(self, document: JsonObject) -> None:
        """Change the objects."""
        for holder in _found(document, self.path.split("/")[1:]):
            self.change(holder, document)


Rule: TypeAlias = "Default | Change"


def at(prefix: str, rules: Iterable[Rule]) -> tuple[Rule, ...]:
    """Return the rules for an object that stands at a place."""
    return tuple(replace(rule, path=prefix + rule.path) for rule in rules)


def each(prefixes: Iterable[str], rules: Iterable[Rule]) -> tuple[Rule, ...]:
    """Return the rules for an object that stands at several places."""
    known = tuple(rules)
    return tuple(rule for prefix in prefixes for rule in at(prefix, known))


def _found(value: Json, path: list[str]) -> Iterator[JsonObject]:
    """Yield the objects at a path."""
    if not path:
        if isinstance(value, dict):
            yield value
        return
    name, *rest = path
    below: Iterable[Json] = ()
    if name == "*":
        below = (
            value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        )
    elif isinstance(value, dict) and name in value:
        below = (value[name],)
    for item in below:
        yield from _found(item, rest)
