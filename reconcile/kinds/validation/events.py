"""The rules of Events, which are those of the core group and more."""

from __future__ import annotations

from .core_config import EVENTS as RULES

__all__ = ["RULES"]
