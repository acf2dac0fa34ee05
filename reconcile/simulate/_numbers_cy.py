"""Numbers in documents: whether there are fractions, and how they come back from being kept."""
# pyright: reportMissingTypeStubs=false, reportMissingImports=false
# pyright: reportMissingModuleSource=false, reportPossiblyUnboundVariable=false
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false

from __future__ import annotations

from typing import TYPE_CHECKING

try:
    import cython
except ImportError:  # the plain build needs no compiler installed
    from reconcile.value import _plain as cython

if not cython.compiled:
    from reconcile.value._copy_cy import items_of, members_of

if TYPE_CHECKING:
    from reconcile.value.types import Json

__all__ = ["fits", "has_float", "renumbered"]


def has_float(document: Json) -> bool:
    """Return whether there is a float in a document."""
    if isinstance(document, dict):
        for value in members_of(document).values():
            if type(value) is float or (isinstance(value, (dict, list)) and has_float(value)):
                return True
        return False
    if isinstance(document, list):
        for value in items_of(document):
            if type(value) is float or (isinstance(value, (dict, list)) and has_float(value)):
                return True
        return False
    return type(document) is float


def fits(document: Json) -> bool:
    """Return whether no whole number in a document is beyond 64 bits."""
    if isinstance(document, dict):
        for value in members_of(document).values():
            if not isinstance(value, str) and not fits(value):
                return False
        return True
    if isinstance(document, list):
        for value in items_of(document):
            if not isinstance(value, str) and not fits(value):
                return False
        return True
    return type(document) is not int or -(2**63) <= document < 2**63


def renumbered(value: Json) -> Json:
    """Return a document as it comes back from being kept as JSON: `1.0` is kept as `1`.

    Guarantees: parts in which nothing changes are shared; no argument is changed.
    """
    if isinstance(value, dict):
        members: dict[str, Json] | None = None
        for key, item in members_of(value).items():
            if isinstance(item, (dict, list, float)):
                below = renumbered(item)
                if below is not item:
                    if members is None:
                        members = dict(value)
                    members[key] = below
        return value if members is None else members
    if isinstance(value, list):
        items: list[Json] | None = None
        for index, item in enumerate(items_of(value)):
            if isinstance(item, (dict, list, float)):
                below = renumbered(item)
                if below is not item:
                    if items is None:
                        items = list(value)
                    items[index] = below
        return value if items is None else items
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e19:
        # Its shortest spelling, not its bits: above 2**53 these are two numbers.
        from decimal import Decimal  # seldom asked for

        whole = int(Decimal(repr(value)))
        return whole if -(2**63) <= whole < 2**63 else value
    return value
