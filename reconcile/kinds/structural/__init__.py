"""Custom resources and their definitions, as the API server holds them to each other.

1. `Structural` is a version's schema, compiled; `crd_errors` and `crd_update_errors` say what the
   server refuses of a definition. All are pure functions of documents.
2. Rules of CEL run by the extra `cel`; see `schema` for what is without it, `cel_library` for what
   is missing with it.
"""

from __future__ import annotations

from .cel_compile import RulesNotRunError
from .definition import crd_errors, crd_update_errors
from .definition_warnings import crd_warnings
from .naming import Naming, first_status, named
from .scale import scale_errors
from .schema import Structural
from .stored import refused, stored
from .versions import Column, columns, convert, storage_version, version_named

__all__ = [
    "Column",
    "Naming",
    "RulesNotRunError",
    "Structural",
    "columns",
    "convert",
    "crd_errors",
    "crd_update_errors",
    "crd_warnings",
    "first_status",
    "named",
    "refused",
    "scale_errors",
    "storage_version",
    "stored",
    "version_named",
]
