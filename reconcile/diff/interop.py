"""Patches from and to what other packages make. None of them is imported before it is needed.

Sources: jsonpatch 1.33 and later; deepdiff 8 and later, whose tree of levels says where a thing
stood before and where it stands after.
"""
# pyright: reportMissingImports=false, reportMissingTypeStubs=false
# pyright: reportUnknownMemberType=false, reportUnknownParameterType=false
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from reconcile.errors import PatchError
from reconcile.value.pointer import render
from reconcile.value.types import ABSENT

from .operation import Op, Operation
from .patch import Patch

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import deepdiff
    import jsonpatch

    from reconcile.value.types import Absent, Json

__all__ = ["from_deepdiff", "from_jsonpatch", "to_jsonpatch"]

_CHANGED = ("values_changed", "type_changes")
_READ = (
    *_CHANGED,
    "dictionary_item_added",
    "dictionary_item_removed",
    "iterable_item_added",
    "iterable_item_removed",
)


def to_jsonpatch(patch: Patch) -> jsonpatch.JsonPatch:
    """Return a patch as the package jsonpatch has them. Values are references.

    Raises: ImportError when jsonpatch is not installed.
    """
    import jsonpatch

    return jsonpatch.JsonPatch(patch.to_json())


def from_jsonpatch(patch: jsonpatch.JsonPatch) -> Patch:
    """Return the patch that the package jsonpatch made or read.

    Raises: PatchError, with the index of the operation, when it is none by RFC 6902.
    """
    return Patch.from_json(cast("Iterable[object]", patch.patch))


def from_deepdiff(found: deepdiff.DeepDiff) -> Patch:
    """Return the patch that says what a `DeepDiff` found, in whatever view it shows it.

    Shape: what changed in place comes first, then what was removed, the last item first, then what
        was added. The patch is as right as what was found: see the comparison in benchmarks.
    Raises: PatchError when it was found by looking away (`ignore_order`), since then nothing says
        where items stand, or when it holds what JSON has not, as attributes and items of sets.
    """
    if found.ignore_order:
        raise PatchError(0, "", "was found with ignore_order, which does not tell of positions")
    tree = cast("dict[str, Iterable[Any]]", found.tree)
    for report, levels in tree.items():
        if report not in _READ and list(levels):
            raise PatchError(0, "", f"has {report}, which a JSON patch cannot say")
    changed = [level for report in _CHANGED for level in tree.get(report, ())]
    operations = [_operation("replace", _path(level), level.t2) for level in changed]
    operations += [
        _operation("remove", _path(level)) for level in tree.get("dictionary_item_removed", ())
    ]
    operations += [
        _operation("add", _path(level.up) + _path(level)[-1:], level.t2)
        for level in tree.get("dictionary_item_added", ())
    ]
    removed = sorted(map(_path, tree.get("iterable_item_removed", ())), key=_order, reverse=True)
    operations += [_operation("remove", path) for path in removed]
    added = [(_path(level, after=True), level.t2) for level in tree.get("iterable_item_added", ())]
    added.sort(key=lambda pair: _order(pair[0]))
    return Patch(operations + [_operation("add", path, value) for path, value in added])


def _path(level: Any, *, after: bool = False) -> list[str | int]:
    return cast("list[str | int]", level.path(output_format="list", use_t2=after))


def _order(path: Sequence[str | int]) -> list[tuple[bool, str | int]]:
    return [(isinstance(part, str), part) for part in path]


def _operation(op: Op, path: Sequence[str | int], value: Json | Absent = ABSENT) -> Operation:
    return Operation(op, render(path), value)
