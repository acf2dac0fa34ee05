"""Strategic merge patches, applied as the API server applies them to built-in kinds."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from reconcile.errors import PatchError
from reconcile.value.frozen import thaw
from reconcile.value.pointer import escape
from reconcile.value.redact import describe

from ._merging import (
    DELETE_FROM,
    DIRECTIVE,
    ORDER,
    RETAIN,
    below,
    below_item,
    field,
    key_of,
    merge_key,
    objects,
    ordered,
    partition,
    refuse,
    scalar_key,
)

if TYPE_CHECKING:
    from reconcile.value.types import Json, JsonObject

    from ._merging import Field, SchemaLike

__all__ = ["merge_patches", "strategic_apply"]


def strategic_apply(document: Json, patch: Json, *, schema: SchemaLike) -> Json:
    """Return a document with a strategic merge patch applied.

    Shape: both are objects. `schema` is that of the document, from `reconcile.kinds.schema` or
        any OpenAPI v3 schema object with `x-kubernetes-patch-strategy` and `-patch-merge-key`.
    Guarantees: objects are merged member by member, null removes. A list that merges takes the
        items of the patch by merge key, or as a set if it holds scalars; any other list is
        replaced. Understands `$patch` (replace, delete), `$retainKeys`, `$setElementOrder/<list>`
        and `$deleteFromPrimitiveList/<list>`; none of them is in the result. The result shares no
        container with its arguments.
    Raises: PatchError with the pointer in the patch for a directive that is none or does not fit,
        an item without its merge key, a field that the type does not have; LimitError for more
        than 128 levels.
    Cost: linear in both, n log n in the items of lists that merge.
    Source: k8s.io/apimachinery, strategic merge patch.
    """
    ours, theirs = thaw(document), thaw(patch)
    if not isinstance(theirs, dict):
        raise PatchError(0, "", f"the patch is {describe(theirs)}; expected an object")
    if not isinstance(ours, dict):
        raise PatchError(0, "", f"the document is {describe(ours)}; expected an object")
    return _Merge(onto_patch=False).objects(ours, theirs, schema, "")


def merge_patches(first: JsonObject, second: JsonObject, schema: SchemaLike) -> JsonObject:
    """Return one patch that says what two say, the second where both speak. Both are used up."""
    return _Merge(onto_patch=True).objects(first, second, schema, "")


class _Merge:
    """A patch merged into a document or into another patch, whose directives stay."""

    __slots__ = ("_onto_patch",)

    def __init__(self, *, onto_patch: bool) -> None:
        self._onto_patch = onto_patch

    def objects(
        self, document: JsonObject, patch: JsonObject, schema: SchemaLike, path: str
    ) -> JsonObject:
        if DIRECTIVE in patch:
            return self._directive(patch, schema, path)
        self._retain(document, patch, path)
        for name in [name for name in patch if name.startswith(ORDER)]:
            self._order(document, patch, name, schema, path)
        for name, value in patch.items():
            deletes = name.startswith(DELETE_FROM)
            if deletes and self._onto_patch:
                document[name] = value
                continue
            target = name.removeprefix(DELETE_FROM)
            if value is None:
                document.pop(target, None)
                if not self._onto_patch:
                    continue
            if target not in document:
                if not deletes:
                    self._add(document, target, value, schema, path)
                continue
            mine = document[target]
            if isinstance(mine, dict) and isinstance(value, dict):
                at = field(schema, target, path, is_list=False)
                document[target] = (
                    value
                    if at.replaces
                    else self.objects(mine, value, at.schema, f"{path}/{escape(target)}")
                )
            elif isinstance(mine, list) and isinstance(value, list):
                document[target] = self._list(mine, value, target, schema, path, deletes=deletes)
            elif not deletes:
                self._add(document, target, value, schema, path)
        return document

    def _directive(self, patch: JsonObject, schema: SchemaLike, path: str) -> JsonObject:
        """Return what an object becomes whose patch says so itself."""
        match patch.pop(DIRECTIVE):
            case "replace":
                return cast("JsonObject", self._new(patch, schema, path))
            case "delete":
                return {}
            case other:
                raise refuse(path, DIRECTIVE, f"is {describe(other)}; expected replace or delete")

    def _retain(self, document: JsonObject, patch: JsonObject, path: str) -> None:
        """Remove the members that `$retainKeys` does not name."""
        if RETAIN not in patch:
            return
        names = patch.pop(RETAIN)
        if self._onto_patch:
            if document.setdefault(RETAIN, names) != names:
                raise refuse(path, RETAIN, "names other keys than the patch it is merged with")
            return
        if not isinstance(names, list):
            raise refuse(path, RETAIN, f"is {describe(names)}; expected a list of names")
        kept = {name for name in names if isinstance(name, str)}
        for name, value in patch.items():
            if value is not None and name not in kept and not name.startswith((DELETE_FROM, ORDER)):
                raise refuse(path, name, f"is set, but {RETAIN} does not name it")
        for name in [name for name in document if name not in kept]:
            del document[name]

    def _order(
        self, document: JsonObject, patch: JsonObject, name: str, schema: SchemaLike, path: str
    ) -> None:
        """Merge a list whose order the patch sets, and put it in that order."""
        wanted = patch.pop(name)
        if self._onto_patch and document.setdefault(name, wanted) != wanted:
            raise refuse(path, name, "is another order than in the patch it is merged with")
        target = name.removeprefix(ORDER)
        if not isinstance(wanted, list):
            raise refuse(path, name, f"is {describe(wanted)}; expected a list")
        at = field(schema, target, path, is_list=True)
        mine, theirs = document.get(target), patch.get(target)
        for value in (mine, theirs):
            if value is not None and not isinstance(value, list):
                raise refuse(path, target, f"is {describe(value)}; expected a list")
        ours = cast("list[Json] | None", mine)
        changes = cast("list[Json] | None", theirs)
        self._check_order(changes, wanted, at.key, f"{path}/{target}", name)
        if ours is None and changes is None:
            return
        if changes is None:
            merged = cast("list[Json]", ours)
        elif ours is None:
            self._add(document, target, changes, schema, path)
            merged = cast("list[Json]", document[target])
        else:
            merged = self._list(ours, changes, target, schema, path, deletes=False)
        named, others = partition(merged, wanted, at.key)
        document[target] = ordered(named, others, wanted, ours or [], at.key)
        patch.pop(target, None)

    def _check_order(
        self, changes: list[Json] | None, wanted: list[Json], key: str, path: str, name: str
    ) -> None:
        if not changes or not wanted:
            return
        kept = [item for item in changes if not (isinstance(item, dict) and DIRECTIVE in item)]
        at = 0
        for item in wanted:
            if at < len(kept) and key_of(kept[at], key) == key_of(item, key):
                at += 1
        if at < len(kept):
            raise PatchError(0, path, f"the order of its items does not fit {name}")

    def _list(
        self,
        mine: list[Json],
        theirs: list[Json],
        name: str,
        schema: SchemaLike,
        path: str,
        *,
        deletes: bool,
    ) -> list[Json]:
        at = field(schema, name, path, is_list=True)
        if not at.merges and not deletes:
            return theirs
        if not mine and not theirs:
            return mine
        here = f"{path}/{name}"
        if not isinstance((mine or theirs)[0], dict):
            return self._scalars(mine, theirs, here, deletes=deletes)
        if not at.key:
            raise PatchError(0, here, "its items are objects, and the type has no merge key")
        original, patch = self._special(objects(mine, here), objects(theirs, here), at, here)
        merged = list(original)
        places: dict[object, int] = {}
        for index, item in enumerate(merged):
            places.setdefault(key_of(item, at.key), index)
        for item in patch:
            place = scalar_key(merge_key(item, at.key, here))
            if place in places:
                index = places[place]
                merged[index] = self.objects(
                    cast("JsonObject", merged[index]), item, at.schema, f"{here}/{index}"
                )
            else:
                places[place] = len(merged)
                merged.append(self._new(item, at.schema, here))
        if len(original) < len(mine):
            # Where items were deleted, upstream appends into their room, and what is ordered
            # afterwards takes that for the order that was observed.
            mine[:] = merged[: len(mine)]
        named, others = partition(merged, cast("list[Json]", patch), at.key)
        return ordered(named, others, cast("list[Json]", patch), original, at.key)

    def _special(
        self, mine: list[JsonObject], theirs: list[JsonObject], at: Field, path: str
    ) -> tuple[list[Json], list[JsonObject]]:
        """Follow the items that are directives, and return the list and the other items."""
        plain: list[JsonObject] = []
        gone: set[object] = set()
        replace = False
        for item in theirs:
            if DIRECTIVE not in item:
                plain.append(item)
                continue
            match item[DIRECTIVE]:
                case "delete":
                    gone.add(scalar_key(merge_key(item, at.key, path)))
                case "replace":
                    replace = True
                case other:
                    raise PatchError(
                        0, path, f"{DIRECTIVE} is {describe(other)}; expected replace or delete"
                    )
        if replace:
            return [self._new(item, at.schema, path) for item in plain], []
        kept: list[Json] = (
            [item for item in mine if key_of(item, at.key) not in gone] if gone else []
        )
        return kept if gone else cast("list[Json]", mine), plain

    def _scalars(
        self, mine: list[Json], theirs: list[Json], path: str, *, deletes: bool
    ) -> list[Json]:
        for item in (*mine, *theirs):
            if isinstance(item, (dict, list)):
                raise PatchError(0, path, "its items are of several types")
        if deletes:
            gone = {scalar_key(item) for item in theirs}
            return [item for item in mine if scalar_key(item) not in gone]
        merged = list({scalar_key(item): item for item in (*mine, *theirs)}.values())
        named, others = partition(merged, theirs, "")
        return ordered(named, others, theirs, mine, "")

    def _add(
        self, document: JsonObject, name: str, value: Json, schema: SchemaLike, path: str
    ) -> None:
        """Set a member that was not there, or was of another type.

        A directive has nothing to work on here: an object or an item that has one is left out.
        """
        here = f"{path}/{escape(name)}"
        if isinstance(value, dict) and DIRECTIVE in value:
            document.pop(name, None)
            return
        inner = below(schema, name)
        if isinstance(value, list):
            items = [item for item in value if not (isinstance(item, dict) and DIRECTIVE in item)]
            document[name] = [self._new(item, below_item(inner), here) for item in items]
        else:
            document[name] = self._new(value, inner, here)

    def _new(self, value: Json, schema: SchemaLike, path: str) -> Json:
        """Return what a patch says of something new: without directives and, applied, nulls."""
        if self._onto_patch:
            return value
        if isinstance(value, dict):
            made: JsonObject = {}
            for name, item in value.items():
                here = f"{path}/{escape(name)}"
                if item is None:
                    continue
                if name == DIRECTIVE and "additionalProperties" in schema:
                    raise PatchError(0, here, "stands in an object that is not there yet")
                if name in (DIRECTIVE, RETAIN):
                    continue
                if not name.startswith((ORDER, DELETE_FROM)):
                    made[name] = self._new(item, below(schema, name), here)
            return made
        if isinstance(value, list):
            return [self._new(item, below_item(schema), path) for item in value]
        return value
