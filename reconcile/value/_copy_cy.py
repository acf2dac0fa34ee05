"""A deep copy of a document in plain dicts and lists, which can be changed."""
# pyright: reportMissingTypeStubs=false, reportMissingImports=false
# pyright: reportMissingModuleSource=false

from __future__ import annotations

from typing import TYPE_CHECKING

from reconcile.errors import LimitError

from .limits import MAX_DEPTH

if TYPE_CHECKING:
    from .types import Json

__all__ = ["thaw"]


def thaw(document: Json, depth: int = 0) -> Json:
    """Return a deep copy that can be changed. Raises: LimitError when it is too deep."""
    if depth > MAX_DEPTH:
        raise LimitError("levels of nesting", MAX_DEPTH)
    if isinstance(document, dict):
        return {key: thaw(value, depth + 1) for key, value in document.items()}
    if isinstance(document, list):
        return [thaw(value, depth + 1) for value in document]
    return document
