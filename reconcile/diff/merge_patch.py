"""JSON merge patches: applied, and made from two documents. Source: RFC 7396."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, cast

from reconcile.errors import PatchError
from reconcile.value._walk_cy import check, container
from reconcile.value.equality import equal
from reconcile.value.types import ABSENT

from ._path import pointer_of
from .apply import copied

if TYPE_CHECKING:
    from reconcile.value.types import Json, JsonIn, JsonObject

    from ._path import Path

__all__ = ["merge_apply", "merge_combine", "merge_diff"]


def merge_apply(
    document: JsonIn, patch: JsonIn, *, dialect: Literal["rfc7396", "kubernetes"] = "rfc7396"
) -> Json:
    """Return the document with a merge patch applied to it.

    Shape: members of the patch replace those of the document, null removes, objects are merged,
        everything else is replaced whole. In the dialect "kubernetes" the nulls of objects inside
        of lists are dropped too, unless the list replaces an object, as the API server does.
    Guarantees: neither argument is changed, nor shares a container with the result. Any depth.
    Raises: TypeError for what JSON does not have; LimitError for a value that contains itself.
    Cost: linear in both.
    Source: RFC 7396 section 2; evanphx/json-patch v4, merge.go.
    """
    check(document)
    check(patch)
    inside = container(patch)
    if not isinstance(inside, dict):
        return _pruned(copied(patch)) if dialect == "kubernetes" else copied(patch)
    base = copied(document)
    merged: JsonObject = base if isinstance(base, dict) else {}
    stack: list[tuple[JsonObject, dict[str, object]]] = [(merged, inside)]
    while stack:
        target, source = stack.pop()
        for key, value in source.items():
            part = container(value)
            if value is None:
                target.pop(key, None)
            elif isinstance(part, dict):
                held = target.get(key)
                into: JsonObject = held if isinstance(held, dict) else {}
                target[key] = into
                stack.append((into, part))
            else:
                new = copied(value)
                # What takes the place of an object is taken as it is; anything else is pruned.
                prunes = dialect == "kubernetes" and not isinstance(target.get(key), dict)
                target[key] = _pruned(new) if prunes else new
    return merged


def _pruned(value: Json) -> Json:
    """Take the nulls out of the objects in a value, and return it."""
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, dict):
            for key in [key for key, member in item.items() if member is None]:
                del item[key]
            stack.extend(item.values())
        elif isinstance(item, list):
            stack.extend(item)
    return value


def merge_diff(before: JsonIn, after: JsonIn) -> Json:
    """Return the merge patch that turns `before` into `after`.

    Guarantees: `merge_apply(before, merge_diff(before, after))` equals `after`; {} if the two are
        equal objects. Shares no container with an argument. Any depth.
    Raises: PatchError with the pointer of a null in `after` that a merge patch cannot say.
        TypeError for what JSON does not have; LimitError for a value that contains itself.
    Cost: linear in both.
    Source: RFC 7396.
    """
    check(before)
    check(after)
    mine, wanted = container(before), container(after)
    if not isinstance(wanted, dict):
        return copied(after)
    patch: JsonObject = {}
    shared: list[tuple[JsonObject, str]] = []  # objects that both have, outer ones first
    stack: list[tuple[JsonObject, object, dict[str, object], Path]] = [(patch, mine, wanted, None)]
    while stack:
        target, old, new, path = stack.pop()
        held = cast("dict[str, object]", old) if isinstance(old, dict) else {}
        for key in held:
            if key not in new:
                target[key] = None
        for key, value in new.items():
            known = held.get(key, ABSENT)
            if value is None:
                if known is not None:
                    raise PatchError(
                        0,
                        pointer_of((path, key)),
                        "becomes null, which a merge patch cannot say; use a JSON patch",
                    )
                continue
            part = container(value)
            if isinstance(part, dict):
                below: JsonObject = {}
                target[key] = below
                known = None if known is ABSENT else container(known)
                if isinstance(known, dict):
                    shared.append((target, key))
                stack.append((below, known, part, (path, key)))
            elif known is ABSENT or not equal(cast("JsonIn", known), cast("JsonIn", value)):
                target[key] = copied(value)
    for target, key in reversed(shared):
        if not target[key]:
            del target[key]  # nothing in it differs
    return patch


def merge_combine(first: JsonIn, second: JsonIn) -> Json:
    """Return one merge patch that says what two say, the second one after the first.

    Guarantees: applying it is applying both, but where the first takes away or replaces an object
        that the second puts members into: what the document had there stays, since no merge patch
        can say otherwise. Shares no container with an argument. Any depth.
    Raises: TypeError for what JSON does not have; LimitError for a value that contains itself.
    Cost: linear in both.
    Source: evanphx/json-patch v4, MergeMergePatches.
    """
    check(first)
    check(second)
    later = container(second)
    base = copied(first)
    if not isinstance(later, dict) or not isinstance(base, dict):
        return copied(second)
    stack: list[tuple[JsonObject, dict[str, object]]] = [(base, later)]
    while stack:
        target, source = stack.pop()
        for key, value in source.items():
            held, part = target.get(key), container(value)
            if isinstance(held, dict) and isinstance(part, dict):
                stack.append((held, part))
            else:
                target[key] = copied(value)
    return base
