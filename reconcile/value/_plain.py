"""What a module that may be compiled asks the compiler, answered where there is none."""

from __future__ import annotations

__all__ = ["compiled"]

compiled = False
