"""The rules of the kinds of networking."""

from __future__ import annotations

from typing import Final

from ._rules import Rules

__all__ = ["RULES"]

RULES: Final[dict[str, Rules]] = {}
