"""The operations from one document to another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from ._engine_cy import operations
from .list_rules import cursor
from .patch import Patch

if TYPE_CHECKING:
    from reconcile.value.types import JsonIn

    from .list_rules import ListRules

__all__ = ["diff"]


def diff(
    before: JsonIn,
    after: JsonIn,
    *,
    lists: ListRules | None = None,
    numbers: Literal["strict", "value"] = "strict",
) -> Patch:
    """Return the JSON patch that turns `before` into `after`.

    Shape: the operations stand in this order. Members of an object are taken as they stand in
        `before`: what `after` has not is removed, other leaves are replaced, objects and lists are
        walked into at once. Then the members that only `after` has are added, as they stand there.
        In a list, items that stay or move are walked into first, as they stand in `before` and
        with their indices there; then items are removed, from the last to the first; then items
        are added and moved, from the first place to the last. Of the items that found each other,
        the longest row that stands in one order in both lists stays where it is.
    Lists: `lists` says how items find each other: a schema, or rules by pointer pattern.
        "position": by index. "atomic": a list that differs is replaced whole. "set" and merge keys:
        by value and by key; what finds no partner is removed or added. "aligned", and where nothing
        is said: objects by kind, namespace and name, else by the first of name, key, mountPath,
        containerPort, port, id, uid, ip, path, type that tells all of them apart, everything else
        by value, and where objects and lists without such names are as many in both lists, those
        that are equal at one index belong together; then those left over between two kept items
        are compared in order. Whatever is said, the result of applying the patch is `after`, its
        order included.
    Numbers: "strict": 1 is not 1.0, as Kubernetes has it; "value": it is, as RFC 6902 section 4.6
        has it. True is never 1, and NaN equals NaN.
    Guarantees: the patch is empty exactly if the documents are equal. The same documents give the
        same operations in every build, process and version of Python. Any depth.
    Assumes: the documents are not changed while the patch is used: its values are references.
    Raises: TypeError for a key or value that JSON does not have, where it is looked at; LimitError
        for a document that contains itself. PointerError for a bad pattern in `lists`.
    Cost: linear in the smaller document; O(n log n) in the items of a list that differs. Pointers
        are put together when somebody looks at them.
    Source: RFC 6902.
    """
    if numbers not in ("strict", "value"):
        raise TypeError('numbers is "strict" or "value"')
    return Patch._of(operations(before, after, cursor(lists), numbers == "value"))
