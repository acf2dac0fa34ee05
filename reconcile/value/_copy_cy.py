"""Deep copies of documents: plain ones, which can be changed, and read-only ones."""
# pyright: reportMissingTypeStubs=false, reportMissingImports=false
# pyright: reportMissingModuleSource=false, reportPossiblyUnboundVariable=false
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconcile.errors import LimitError

from .limits import MAX_DEPTH

try:
    import cython
except ImportError:  # the plain build needs no compiler installed
    from reconcile.value import _plain as cython

if not cython.compiled:

    def members_of(document: Any) -> dict[str, Any]:
        """Return a dict as what is iterated fast."""
        return document  # type: ignore[no-any-return]  # the caller has looked

    def items_of(document: Any) -> list[Any]:
        """Return a list as what is iterated fast."""
        return document  # type: ignore[no-any-return]  # the caller has looked


if TYPE_CHECKING:
    from .types import Json

__all__ = ["frozen", "thaw"]


def thaw(document: Json, depth: int = 0) -> Json:
    """Return a deep copy that can be changed. Raises: LimitError when it is too deep."""
    if depth > MAX_DEPTH:
        raise LimitError("levels of nesting", MAX_DEPTH)
    if isinstance(document, dict):
        made: dict[str, Json] = {}
        for key, value in members_of(document).items():
            made[key] = thaw(value, depth + 1) if isinstance(value, (dict, list)) else value
        if depth == MAX_DEPTH and made:
            raise LimitError("levels of nesting", MAX_DEPTH)
        return made
    if isinstance(document, list):
        if depth == MAX_DEPTH and document:
            raise LimitError("levels of nesting", MAX_DEPTH)
        items: list[Json] = []
        for value in items_of(document):
            items.append(thaw(value, depth + 1) if isinstance(value, (dict, list)) else value)
        return items
    return document


def frozen(document: Json, mapping: type, sequence: type, depth: int) -> Json:
    """Return a deep copy whose dicts and lists are of two types that cannot be changed.

    Guarantees: a part that is such a copy already is not copied again.
    Raises: LimitError when it is too deep.
    """
    if depth > MAX_DEPTH or (
        depth == MAX_DEPTH and document and isinstance(document, (dict, list))
    ):
        raise LimitError("levels of nesting", MAX_DEPTH)
    if isinstance(document, dict):
        changed: dict[str, Json] | None = None
        for key, value in members_of(document).items():
            if isinstance(value, (dict, list)):
                below = frozen(value, mapping, sequence, depth + 1)
                if below is not value:
                    if changed is None:
                        changed = dict(document)
                    changed[key] = below
        if changed is not None:
            return mapping(changed)  # type: ignore[no-any-return]  # a dict
        return document if isinstance(document, mapping) else mapping(document)
    if isinstance(document, list):
        items: list[Json] | None = None
        for index, value in enumerate(items_of(document)):
            if isinstance(value, (dict, list)):
                below = frozen(value, mapping, sequence, depth + 1)
                if below is not value:
                    if items is None:
                        items = list(document)
                    items[index] = below
        if items is not None:
            return sequence(items)  # type: ignore[no-any-return]  # a list
        return document if isinstance(document, sequence) else sequence(document)
    return document
