"""Strategic merge patches, made: from two documents, or from three as `kubectl apply` does."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

from reconcile.errors import PatchError
from reconcile.value.equality import equal
from reconcile.value.frozen import thaw
from reconcile.value.pointer import escape
from reconcile.value.redact import describe

from ._merging import (
    DELETE_FROM,
    DIRECTIVE,
    ORDER,
    RETAIN,
    Field,
    field,
    merge_key,
    objects,
    scalar_key,
    sorted_like,
)
from .strategic import merge_patches

if TYPE_CHECKING:
    from reconcile.value.types import Json, JsonObject

    from ._merging import SchemaLike

__all__ = ["strategic_diff", "strategic_three_way"]


def strategic_diff(before: Json, after: Json, *, schema: SchemaLike) -> JsonObject:
    """Return the strategic merge patch that turns `before` into `after`.

    Shape: an object; null stands for no document.
    Guarantees: empty if nothing changes. Where the result of `strategic_apply` differs from
        `after`, that is what the format cannot say: nulls, and lists with one merge key twice.
    Raises: PatchError for an item without its merge key, a changed field that the type does not
        have, a document that is no object; LimitError for more than 128 levels.
    Cost: linear, n log n in the items of lists that merge.
    Source: k8s.io/apimachinery, strategic merge patch.
    """
    return _objects(_document(before), _document(after), schema, _Options(), "")


def strategic_three_way(
    last_applied: Json,
    observed: Json,
    desired: Json,
    *,
    schema: SchemaLike,
    overwrite: bool = True,
) -> JsonObject:
    """Return the patch for `observed` that sets what is desired and removes what was given up.

    Guarantees: what is in `last_applied` and not in `desired` is removed; what somebody else added
        stays. Unless `overwrite`, nothing is changed that somebody else has changed.
    Raises: as `strategic_diff`; PatchError, with the pointer, for a change of somebody else in the
        way.
    Cost: as `strategic_diff`.
    Source: k8s.io/apimachinery, strategic merge patch; `kubectl apply`.
    """
    last, mine, wanted = _document(last_applied), _document(observed), _document(desired)
    delta = _objects(mine, wanted, schema, _Options(deletions=False), "")
    deletions = _objects(last, wanted, schema, _Options(additions=False), "")
    patch = merge_patches(
        cast("JsonObject", thaw(deletions)), cast("JsonObject", thaw(delta)), schema
    )
    if not overwrite:
        changed = _objects(last, mine, schema, _Options(order=False), "")
        pointer = _conflict(patch, changed, schema, "")
        if pointer is not None:
            raise PatchError(0, pointer, "somebody else has changed it to another value")
    return patch


@dataclass(frozen=True, slots=True)
class _Options:
    additions: bool = True  # and changes
    deletions: bool = True
    order: bool = True
    retains: bool = False


def _document(value: Json) -> JsonObject:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise PatchError(0, "", f"a document is {describe(value)}; expected an object")
    return cast("JsonObject", thaw(value))


def _objects(
    before: JsonObject, after: JsonObject, schema: SchemaLike, options: _Options, path: str
) -> JsonObject:
    patch: JsonObject = {}
    for name, wanted in after.items():
        if name not in before:
            if options.additions:
                patch[name] = wanted
            continue
        mine = before[name]
        if name == DIRECTIVE:
            if not equal(mine, wanted):
                patch[name] = wanted
        elif isinstance(mine, dict) and isinstance(wanted, dict):
            at = _field(schema, name, path, mine, wanted)
            if at is not None:
                patch.update(_object(name, (mine, wanted), at, options, path))
        elif isinstance(mine, list) and isinstance(wanted, list):
            at = _field(schema, name, path, mine, wanted)
            if at is not None:
                patch.update(_list(name, (mine, wanted), at, options, path))
        elif options.additions and not equal(mine, wanted):
            patch[name] = wanted
    if options.deletions:
        patch.update((name, None) for name in before if name not in after)
    if options.retains:
        names = sorted(name for name, value in after.items() if value is not None)
        lost = any(value is not None and name not in after for name, value in before.items())
        if names and (patch or lost):
            patch[RETAIN] = cast("list[Json]", names)
    return patch


def _field(schema: SchemaLike, name: str, path: str, mine: Json, wanted: Json) -> Field | None:
    """Return what the schema says of a member, None if it has no such and nothing changes."""
    try:
        return field(schema, name, path, is_list=isinstance(mine, list))
    except PatchError:
        if equal(mine, wanted):
            return None
        raise


def _object(
    name: str,
    pair: tuple[JsonObject, JsonObject],
    at: Field,
    options: _Options,
    path: str,
) -> JsonObject:
    """Return what a patch says of a member that is an object."""
    if at.replaces:
        return {name: pair[1]} if options.additions and not equal(*pair) else {}
    inner = replace(options, retains=at.retains)
    changes = _objects(*pair, at.schema, inner, f"{path}/{escape(name)}")
    return {name: changes} if changes else {}


def _list(
    name: str,
    pair: tuple[list[Json], list[Json]],
    at: Field,
    options: _Options,
    path: str,
) -> JsonObject:
    """Return what a patch says of a member that is a list."""
    mine, wanted = pair
    if not at.merges:
        return {name: wanted} if options.additions and not equal(mine, wanted) else {}
    if not mine:
        return {name: wanted} if wanted and options.additions else {}
    here = f"{path}/{escape(name)}"
    inner = replace(options, retains=at.retains)
    if isinstance(mine[0], dict):
        changes, order = _items(objects(mine, here), objects(wanted, here), at, inner, here)
        gone: list[Json] = []
    else:
        changes, gone, order = _scalars(mine, wanted, options, here)
    said: JsonObject = {name: changes, DELETE_FROM + name: gone, ORDER + name: order}
    return {key: value for key, value in said.items() if value}


def _printed(value: Json) -> str:
    """Return a merge key as it is printed: the order of keys is that of their texts."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "<nil>" if value is None else str(value)


def _items(
    mine: list[JsonObject], wanted: list[JsonObject], at: Field, options: _Options, path: str
) -> tuple[list[Json], list[Json]]:
    """Return the changes of items found by merge key, and the order they are to stand in."""
    key = at.key
    if not key:
        raise PatchError(0, path, "its items are objects, and the type has no merge key")

    def named(items: list[JsonObject]) -> list[tuple[str, JsonObject]]:
        pairs = [(_printed(merge_key(item, key, path)), item) for item in items]
        return sorted(pairs, key=lambda pair: pair[0])

    left, right = named(mine), named(wanted)
    changes: list[Json] = []
    deletions: list[Json] = []
    i = j = 0
    while i < len(left) or j < len(right):
        if i < len(left) and j < len(right) and left[i][0] == right[j][0]:
            change = _objects(left[i][1], right[j][1], at.schema, options, f"{path}/{j}")
            if change:
                change[key] = right[j][1][key]
                changes.append(change)
            i += 1
            j += 1
        elif j < len(right) and (i == len(left) or right[j][0] < left[i][0]):
            if options.additions:
                changes.append(right[j][1])
            j += 1
        else:
            if options.deletions:
                deletions.append({key: left[i][1][key], DIRECTIVE: "delete"})
            i += 1
    changes = sorted_like(changes, cast("list[Json]", wanted), key) + deletions
    order: list[Json] = []
    keys_mine = [scalar_key(item[key]) for item in mine]
    keys_wanted = [scalar_key(item[key]) for item in wanted]
    moved = options.additions and (changes or keys_mine != keys_wanted)
    if options.order and (moved or (options.deletions and changes)):
        order = [{key: item[key]} for item in wanted]
    return changes, order


def _scalars(
    mine: list[Json], wanted: list[Json], options: _Options, path: str
) -> tuple[list[Json], list[Json], list[Json]]:
    """Return what a set of scalars gains, what it loses, and its order."""
    for item in (*mine, *wanted):
        if isinstance(item, (dict, list)):
            raise PatchError(0, path, "its items are of several types")
    had = {scalar_key(item) for item in mine}
    has = {scalar_key(item): item for item in wanted}
    added: list[Json] = []
    gone: list[Json] = []
    if options.additions:
        added = [item for key, item in has.items() if key not in had]
    if options.deletions:
        lost = {scalar_key(item): item for item in mine if scalar_key(item) not in has}
        gone = sorted(lost.values(), key=_printed)
    changed = options.additions and not equal(mine, wanted)
    order = list(wanted) if options.order and (changed or (options.deletions and gone)) else []
    return added, gone, order


def _conflict(left: JsonObject, right: JsonObject, schema: SchemaLike, path: str) -> str | None:
    """Return the pointer of a member that two patches change differently, None if there is none."""
    for name, mine in left.items():
        if name in (DIRECTIVE, RETAIN) or name not in right:
            continue
        pointer = f"{path}/{escape(name)}"
        other = right[name]
        if isinstance(mine, dict) and isinstance(other, dict):
            if mine.get(DIRECTIVE) != other.get(DIRECTIVE):
                return pointer
            at = field(schema, name, path, is_list=False)
            found = None if at.replaces else _conflict(mine, other, at.schema, pointer)
            if found is not None:
                return found
        elif isinstance(mine, list) and isinstance(other, list):
            target = name.removeprefix(DELETE_FROM)
            at = field(schema, target, path, is_list=True)
            if _lists_conflict(mine, other, at, pointer):
                return pointer
        elif not equal(mine, other):
            return pointer
    return None


def _lists_conflict(mine: list[Json], other: list[Json], at: Field, path: str) -> bool:
    if at.merges:
        if not at.key:
            return False  # sets of scalars never stand in each other's way
        named = {_printed(item[at.key]): item for item in objects(other, path) if at.key in item}
        for item in objects(mine, path):
            theirs = named.get(_printed(item.get(at.key)))
            if theirs is not None and (
                item.get(DIRECTIVE) != theirs.get(DIRECTIVE)
                or _conflict(item, theirs, at.schema, path) is not None
            ):
                return True
        return False
    if len(mine) != len(other):
        return True
    if not any(isinstance(item, (dict, list)) for item in (*mine, *other)):
        left: list[Json] = sorted(mine, key=_printed)
        right: list[Json] = sorted(other, key=_printed)
        return not equal(left, right)
    return not all(
        _conflict({"item": x}, {"item": y}, {}, path) is None
        for x, y in zip(mine, other, strict=True)
    )
