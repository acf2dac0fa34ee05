"""Custom resources and their definitions, as the API server holds them to each other.

1. `Structural` is a version's schema, compiled; `crd_errors` and `crd_update_errors` say what the
   server refuses of a definition. All are pure functions of documents.
"""

from __future__ import annotations

from .schema import Structural
from .stored import stored

__all__ = ["Structural", "stored"]
