"""Strategic merge patches as the server merges them: what stays in, and what it refuses.

1. This is the server's walk, not that of `reconcile.diff.strategic_apply`: what a patch appends to
   a list keeps its directives, and what replaces keeps its nulls, for whoever reads the result.
2. The patch is used up on the way: a refusal of the result shows what is left of it.
3. Refusals are in the server's words and hold values.

Source: k8s.io/apimachinery pkg/util/strategicpatch (patch.go, meta.go), pkg/util/mergepatch;
k8s.io/apiserver pkg/endpoints/handlers/patch.go; recorded patches.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, NoReturn, cast

from reconcile.diff._merging import DIRECTIVE, RETAIN, below, below_item, key_of, ordered, partition
from reconcile.simulate.go.json import quoted
from reconcile.simulate.go.typed import printed
from reconcile.value.types import ABSENT, Absent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconcile.kinds._schema import Schema
    from reconcile.value.types import Json, JsonObject

__all__ = ["StrategicError", "merge_strategic"]

_ORDER: Final = "$setElementOrder"
_DELETE_FROM: Final = "$deleteFromPrimitiveList"
_BAD_ORDER: Final = "invalid patch format of setElementOrder list"
_BAD_DELETE: Final = "invalid patch format of primitive list"
_BAD_RETAIN: Final = "invalid patch format of retainKeys"


class StrategicError(Exception):
    """A patch cannot be merged; the message is the server's.

    `code` is 500 for what the server has no answer for, 400 for a directive that is malformed, 422
    for lists of lists, whose message is not shown.
    """

    def __init__(self, message: str, code: int = 500) -> None:
        super().__init__(message)
        self.code = code


def merge_strategic(document: JsonObject, patch: JsonObject, schema: Schema) -> JsonObject:
    """Return a document merged with a patch.

    Guarantees: both arguments are used up. What the merge has understood of the patch is gone from
        it; the rest is shared with the result.
    Raises: StrategicError.
    """
    if DIRECTIVE in patch:
        return _replaced(patch)
    _retain(document, patch)
    for name in [name for name in patch if name.startswith(_ORDER)]:
        _in_order(document, patch, name, schema)
    for name, value in patch.items():
        deletes = name.startswith(_DELETE_FROM)
        target = _target(name, _DELETE_FROM, _BAD_DELETE) if deletes else name
        if value is None:
            document.pop(target, None)
            continue
        mine = document.get(target, ABSENT)
        if isinstance(mine, dict) and isinstance(value, dict):
            at = _field(schema, target, is_list=False)
            document[target] = value if at.replaces else merge_strategic(mine, value, at.schema)
        elif isinstance(mine, list) and isinstance(value, list):
            at = _field(schema, target, is_list=True)
            document[target] = _lists(mine, value, at, deletes=deletes)
        elif not deletes or (mine is not ABSENT and _type(mine) == _type(value)):
            _without_nulls(value)
            new = _without_directives(value)
            document.pop(target, None)
            if new is not ABSENT:
                document[target] = new
    return document


def _replaced(patch: JsonObject) -> JsonObject:
    """Return what becomes of an object whose patch says it does not merge."""
    if patch[DIRECTIVE] == "replace":
        del patch[DIRECTIVE]
        return patch
    if patch[DIRECTIVE] == "delete":
        return {}
    raise _unknown(patch)


def _unknown(patch: JsonObject) -> StrategicError:
    directive = patch[DIRECTIVE]
    told = directive if isinstance(directive, str) else _not_text(directive)
    return StrategicError(f"unknown patch type: {told} in map: {printed(patch)}")


def _retain(document: JsonObject, patch: JsonObject) -> None:
    """Remove from an object what a patch does not retain."""
    if RETAIN not in patch:
        return
    names = patch.pop(RETAIN)
    if not isinstance(names, list):
        raise StrategicError(_BAD_RETAIN, 400)
    for name, value in patch.items():
        if value is not None and name not in names and not name.startswith((_DELETE_FROM, _ORDER)):
            raise StrategicError(_BAD_RETAIN, 400)
    for name in [name for name in document if name not in names]:
        del document[name]


def _target(name: str, prefix: str, malformed: str) -> str:
    """Return the list that a directive is about."""
    found, slash, target = name.partition("/")
    if not slash or found != prefix:
        raise StrategicError(malformed, 400)
    return target


def _in_order(document: JsonObject, patch: JsonObject, name: str, schema: Schema) -> None:
    """Merge a list whose order a patch says, and take it out of the patch."""
    wanted = _list_of(patch.pop(name))
    target = _target(name, _ORDER, _BAD_ORDER)
    mine = _list_of(document.get(target, ABSENT))
    theirs = _list_of(patch.get(target, ABSENT))
    at = _field(schema, target, is_list=True)
    _check_order(theirs or [], wanted or [], at.key)
    if theirs is None:
        if mine is None:
            return
        merged = mine
    elif mine is None:
        merged = cast("list[Json]", _without_directives(theirs))
    else:
        merged = _lists(mine, theirs, at, deletes=False)
    named, others = partition(merged, wanted or [], at.key)
    _element_type(mine or [], theirs or [])
    document[target] = ordered(named, others, wanted or [], mine or [], at.key)
    patch.pop(target, None)


def _list_of(value: Json | Absent) -> list[Json] | None:
    if value is ABSENT:
        return None
    if not isinstance(value, list):
        received = _type(value) or _not_text(value)
        raise StrategicError(f"expected a []interface {{}}, but received a {received}")
    return value


def _check_order(changes: list[Json], wanted: list[Json], key: str) -> None:
    if not changes or not wanted:
        return
    kept = [item for item in changes if not (isinstance(item, dict) and DIRECTIVE in item)]
    at = 0
    for item in wanted:
        if at < len(kept) and _identity(kept[at], key) == _identity(item, key):
            at += 1
    if at < len(kept):
        message = (
            f"The order in patch list:\n{printed(changes)}\n"
            f" doesn't match {_ORDER} list:\n{printed(wanted)}\n"
        )
        raise StrategicError(message)


def _identity(item: Json, key: str) -> object:
    if not key:
        return key_of(item, key)
    if not isinstance(item, dict):
        told = _type(item) or _not_text(item)
        raise StrategicError(f"expected a map[string]interface {{}}, but received a {told}")
    return key_of({key: _key(item, key)}, key)


def _key(item: JsonObject, key: str) -> Json:
    if key not in item:
        message = f"map: {printed(item)} does not contain declared merge key: {key}"
        raise StrategicError(message)
    return item[key]


def _lists(mine: list[Json], theirs: list[Json], at: _Field, *, deletes: bool) -> list[Json]:
    if not at.merges and not deletes:
        return theirs
    if not mine and not theirs:
        return mine
    if _element_type(mine, theirs) == "map[string]interface {}":
        if not at.key:
            raise StrategicError(f"cannot merge lists without merge key for {_name(at.schema)}")
        return _objects(mine, cast("list[JsonObject]", theirs), at)
    if deletes:
        gone = {key_of(item, "") for item in theirs}
        return [item for item in mine if key_of(item, "") not in gone]
    merged = list({key_of(item, ""): item for item in (*mine, *theirs)}.values())
    named, others = partition(merged, theirs, "")
    return ordered(named, others, theirs, mine, "")


def _element_type(mine: list[Json], theirs: list[Json]) -> str:
    """Return the type of the items of two lists."""
    types = {_type(item) for item in (*mine, *theirs)}
    if not types:
        message = "no elements in any of the given slices"
        raise StrategicError(message)
    if _type((mine or theirs)[0]) == "[]interface {}":
        message = "lists of lists are not supported"
        raise StrategicError(message, 422)
    if len(types) > 1:
        message = f"list element types are not identical: {printed([mine, theirs])}"
        raise StrategicError(message)
    return types.pop()


def _objects(mine: list[Json], theirs: list[JsonObject], at: _Field) -> list[Json]:
    """Merge two lists of objects by their merge key.

    Deleted items are closed up within `mine`, and new ones take their room, as they do in the
    array that the server works on: who orders the result afterwards goes by that.
    """
    kept, patch = _directed(mine, theirs, at.key)
    before = kept[:]
    for item in patch:
        key = key_of({at.key: _key(item, at.key)}, at.key)
        place = _place(kept, at.key, key)
        if place is None:
            kept.append(item)
        else:
            kept[place] = merge_strategic(cast("JsonObject", kept[place]), item, at.schema)
    if len(before) < len(mine) and patch:
        mine[len(before) : len(kept)] = kept[len(before) : len(mine)]
    for each in kept:
        _key(cast("JsonObject", each), at.key)
    changes = cast("list[Json]", patch)
    named, others = partition(kept, changes, at.key)
    return ordered(named, others, changes, before, at.key)


def _place(items: list[Json], key: str, wanted: object) -> int | None:
    return next((place for place, item in enumerate(items) if key_of(item, key) == wanted), None)


def _directed(
    mine: list[Json], theirs: list[JsonObject], key: str
) -> tuple[list[Json], list[JsonObject]]:
    """Follow the items that are directives; return what is left of both lists."""
    plain: list[JsonObject] = []
    replace = False
    size = len(mine)
    for item in theirs:
        if DIRECTIVE not in item:
            plain.append(item)
        elif item[DIRECTIVE] == "delete":
            gone = key_of({key: _key(item, key)}, key)
            while (place := _place(mine[:size], key, gone)) is not None:
                mine[place : size - 1] = mine[place + 1 : size]  # the last place stays as it was
                size -= 1
        elif item[DIRECTIVE] == "replace":
            replace = True
        elif item[DIRECTIVE] == "merge":
            message = "merging lists cannot yet be specified in the patch"
            raise StrategicError(message)
        else:
            raise _unknown(item)
    if replace:
        return cast("list[Json]", plain), []
    return mine[:size], plain


def _without_nulls(value: Json) -> None:
    """Remove members that are null, at any depth."""
    if isinstance(value, dict):
        for name in [name for name, item in value.items() if item is None]:
            del value[name]
        for item in value.values():
            _without_nulls(item)
    elif isinstance(value, list):
        for item in value:
            _without_nulls(item)


def _without_directives(value: Json) -> Json | Absent:
    """Return a value without the objects that are directives, at any depth."""
    if isinstance(value, dict):
        if DIRECTIVE in value:
            return ABSENT
        for name, item in list(value.items()):
            new = _without_directives(item)
            if new is ABSENT:
                del value[name]
            else:
                value[name] = new
    elif isinstance(value, list):
        return [new for item in value if (new := _without_directives(item)) is not ABSENT]
    return value


class _Field(NamedTuple):
    """What a type says of a member: the type of it (of its items, for a list) and its merging."""

    schema: Schema
    merges: bool
    replaces: bool
    key: str


def _field(schema: Schema, name: str, *, is_list: bool) -> _Field:
    properties = cast("Mapping[str, Schema]", schema.get("properties") or {})
    known = cast("Schema", below(schema, name))
    if name not in properties:
        _not_a_field(schema, name, has=bool(properties))
    if is_list and known.get("type") != "array":
        message = "expected slice or array type, but got: struct"
        raise StrategicError(message)
    strategies = str(known.get("x-kubernetes-patch-strategy") or "").split(",")
    inner = cast("Schema", below_item(known)) if is_list else known
    key = str(known.get("x-kubernetes-patch-merge-key") or "")
    return _Field(inner, "merge" in strategies, "replace" in strategies, key)


def _not_a_field(schema: Schema, name: str, *, has: bool) -> NoReturn:
    if "additionalProperties" in schema and not has:
        message = "merging an object in json but data type is not struct, instead is: map"
    else:
        message = (
            f"unable to find api field in struct {_name(schema)} for the json field {quoted(name)}"
        )
    raise StrategicError(message)


def _name(schema: Schema) -> str:
    return (schema.name or "").rpartition(".")[2]


def _type(value: Json | Absent) -> str:
    """Return the name of a value's type; nothing for null, which has none."""
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, str):
        return "string"
    if isinstance(value, dict):
        return "map[string]interface {}"
    if isinstance(value, list):
        return "[]interface {}"
    if value is None or value is ABSENT:
        return ""
    return "float64" if isinstance(value, float) else "int64"


def _not_text(value: Json | Absent) -> str:
    """Return what `%s` makes of a value that is no text."""
    if value is None or value is ABSENT:
        return "%!s(<nil>)"
    if isinstance(value, (dict, list)):
        return printed(value)
    return f"%!s({_type(value)}={printed(value)})"
