"""The place of a value while documents are walked: one pair a step, text only when it is told."""

from __future__ import annotations

from typing import TypeAlias

from reconcile.value.pointer import render

__all__ = ["Path", "pointer_of"]

Path: TypeAlias = None | tuple["Path", str | int]
"""The place above and the last part; None is the whole document."""


def pointer_of(path: Path) -> str:
    """Return the pointer of a place."""
    parts: list[str | int] = []
    while path is not None:
        path, part = path
        parts.append(part)
    return render(reversed(parts))
