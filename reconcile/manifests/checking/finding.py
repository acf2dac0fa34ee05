"""What is wrong with a controller or with what is installed for it: one finding a fault.

1. Values only. No text holds a value of an object: names, pointers and words of the API.
2. `error`: it fails, loses or repeats something as it stands. `warning`: it does where somebody
   does what can be done, such as changing a field or choosing a long name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconcile.value.types import JsonObject

__all__ = ["Finding", "Severity", "ordered"]

Severity: TypeAlias = Literal["error", "warning"]
_BY_EXAMPLE: Final = frozenset({"immutable", "long-name", "on-delete", "secret-copied"})
"""What is told with one place as the example, where there may be many."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault, with its reason and what to do about it.

    Guarantees: no text holds a value of an object.
    """

    id: str
    """A fixed word for the kind of fault, such as `on-delete`."""
    severity: Severity
    where: str
    """What it is about: a rule, a kind of children, or a document by its kind and name."""
    message: str
    """What is wrong."""
    reason: str
    """What comes of it."""
    remedy: str
    """What to do about it."""
    pointer: str = ""
    """The place in the child or the document, "" for all of it."""
    rules: tuple[str, ...] = ()
    """The rules of the controller that ask for it."""
    source: str = ""
    """The rule of Metacontroller that says so, by its number; "" where none does."""

    def __str__(self) -> str:
        """Return the finding on one line."""
        place = f"{self.where} {self.pointer}" if self.pointer else self.where
        told = f" (rule {self.source} of Metacontroller)" if self.source else ""
        return f"{self.id}: {place} {self.message}: {self.reason}{told}; {self.remedy}"

    def to_json(self) -> JsonObject:
        """Return the finding as a JSON object, every member there."""
        return {
            "id": self.id,
            "severity": self.severity,
            "where": self.where,
            "pointer": self.pointer,
            "rules": list(self.rules),
            "message": self.message,
            "reason": self.reason,
            "remedy": self.remedy,
            "source": self.source,
        }


def ordered(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings without doubles: errors first, then by what they are about."""
    seen: dict[tuple[str, ...], Finding] = {}
    for each in findings:
        place = () if each.id in _BY_EXAMPLE else (each.pointer, each.message)
        seen.setdefault((each.id, each.where, *place), each)
    return tuple(
        sorted(
            seen.values(),
            key=lambda each: (each.severity, each.where, each.id, each.pointer, each.message),
        )
    )
