"""Documents compared and merged. Knows JSON, and is told which lists are associative."""

from __future__ import annotations

from reconcile.value.equality import equal

from .changes import Change, changes
from .list_rules import Cursor, ListRule, ListRules, by_key, cursor
from .merge import merge, owners
from .three_way import three_way

__all__ = [
    "Change",
    "Cursor",
    "ListRule",
    "ListRules",
    "by_key",
    "changes",
    "cursor",
    "equal",
    "merge",
    "owners",
    "three_way",
]
