"""Numbers in documents: whether there are fractions, and how they come back from being kept."""
# pyright: reportMissingTypeStubs=false, reportMissingImports=false
# pyright: reportMissingModuleSource=false

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

__all__ = ["has_float"]


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
