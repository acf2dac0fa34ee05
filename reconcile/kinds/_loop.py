"""A field that never settles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

__all__ = ["Apply", "Loop"]

Apply: TypeAlias = Literal["dynamic", "server-side"]
"""How Metacontroller writes children: its own merge, or the API server's."""


@dataclass(frozen=True, slots=True)
class Loop:
    """A field that is written again and again, or refused again and again.

    No text holds a value but that of a default.
    """

    pointer: str
    """Where, in the object as it is stored or as it would be written."""
    reason: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.pointer} {self.reason}: {self.remedy}"
