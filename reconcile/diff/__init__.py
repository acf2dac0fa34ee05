"""Documents compared and merged. Knows JSON, and is told which lists are associative."""

from __future__ import annotations

from reconcile.value.equality import equal

from .changes import Change, changes
from .list_rules import ListRule, ListRules
from .merge import merge, owners
from .three_way import three_way

__all__ = [
    "Change",
    "ListRule",
    "ListRules",
    "changes",
    "equal",
    "merge",
    "owners",
    "three_way",
]
