"""The rules of the kinds of workloads."""

from __future__ import annotations

from typing import Final

from ._rules import Rules

__all__ = ["RULES"]

RULES: Final[dict[str, Rules]] = {}
