"""The rules of the core group, gathered from the modules that hold them."""

from __future__ import annotations

from typing import Final

from ._rules import Rules
from .pod import RULES as POD

__all__ = ["RULES"]

RULES: Final[dict[str, Rules]] = {**POD}
