"""Static checks of a controller: what its rules make, and the manifests that it runs by.

1. Importing this loads nothing; `reconcile.manifests` exports the names.
"""

from __future__ import annotations

__all__: list[str] = []
