"""Documents compared, merged and patched. Knows JSON, and is told which lists are associative."""

from __future__ import annotations

from reconcile.value.digest import digest
from reconcile.value.equality import equal

from ._engine_cy import BUILD
from .apply import apply
from .changes import Change, changes
from .compute import diff
from .compute_bytes import diff_bytes
from .field_set import FieldSet
from .interop import from_deepdiff, from_jsonpatch, to_jsonpatch
from .list_rules import Cursor, ListRule, ListRules, by_key, cursor
from .merge import merge, owners
from .merge_patch import merge_apply, merge_combine, merge_diff
from .operation import Operation
from .patch import Patch
from .render import render
from .server_side import (
    ApplyConflictError,
    field_set,
    server_side_apply,
    server_side_update,
)
from .strategic import strategic_apply
from .strategic_diff import strategic_diff, strategic_three_way
from .three_way import three_way

__all__ = [
    "BUILD",
    "ApplyConflictError",
    "Change",
    "Cursor",
    "FieldSet",
    "ListRule",
    "ListRules",
    "Operation",
    "Patch",
    "apply",
    "by_key",
    "changes",
    "cursor",
    "diff",
    "diff_bytes",
    "digest",
    "equal",
    "field_set",
    "from_deepdiff",
    "from_jsonpatch",
    "merge",
    "merge_apply",
    "merge_combine",
    "merge_diff",
    "owners",
    "render",
    "server_side_apply",
    "server_side_update",
    "strategic_apply",
    "strategic_diff",
    "strategic_three_way",
    "three_way",
    "to_jsonpatch",
]
