"""The limits of what we take in and give out; each has a typed error.

Source: the API server takes 3 MiB an object; the rest are several times what real clusters need.
"""

from __future__ import annotations

from typing import Final

__all__ = ["MAX_BODY", "MAX_DEPTH", "MAX_DESIRED", "MAX_OBJECT", "MAX_OBSERVED"]

MAX_BODY: Final = 32 * 1024 * 1024
"""Bytes in a request."""
MAX_OBJECT: Final = 3 * 1024 * 1024
"""Bytes in one object."""
MAX_DEPTH: Final = 128
"""Levels of nesting in one document."""
MAX_OBSERVED: Final = 50_000
"""Objects in a request."""
MAX_DESIRED: Final = 10_000
"""Children in a response."""
