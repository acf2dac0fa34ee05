"""A field that never settles."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Loop"]


@dataclass(frozen=True, slots=True)
class Loop:
    """A field that is written again and again. No text holds a value but that of a default."""

    pointer: str
    """Where, in the object as it is stored or as it would be written."""
    reason: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.pointer} {self.reason}: {self.remedy}"
