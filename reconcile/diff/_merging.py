"""What strategic merge patches need: directives, fields, the order of lists."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias, cast

from reconcile.errors import PatchError
from reconcile.value.pointer import escape
from reconcile.value.redact import describe

if TYPE_CHECKING:
    from reconcile.value.types import Json, JsonObject

__all__ = [
    "DELETE_FROM",
    "DIRECTIVE",
    "ORDER",
    "RETAIN",
    "Field",
    "SchemaLike",
    "below",
    "below_item",
    "field",
    "key_of",
    "merge_key",
    "objects",
    "ordered",
    "partition",
    "refuse",
    "scalar_key",
    "sorted_like",
    "split_deletions",
]

SchemaLike: TypeAlias = Mapping[str, object]
"""An OpenAPI v3 schema object."""

DIRECTIVE: Final = "$patch"
RETAIN: Final = "$retainKeys"
ORDER: Final = "$setElementOrder/"
DELETE_FROM: Final = "$deleteFromPrimitiveList/"

Key: TypeAlias = tuple[type, object]


class Field(NamedTuple):
    """What a schema says of a member: its own schema (of its items, for a list) and its merging."""

    schema: SchemaLike
    merges: bool
    replaces: bool
    retains: bool
    key: str


def field(schema: SchemaLike, name: str, path: str, *, is_list: bool) -> Field:
    """Return what a schema says of a member.

    Raises: PatchError when the type is known and has no such member.
    """
    properties = schema.get("properties")
    known = below(schema, name)
    if (
        not known
        and isinstance(properties, Mapping)
        and name not in properties
        and not schema.get("additionalProperties")
        and schema.get("x-kubernetes-preserve-unknown-fields") is not True
    ):
        raise refuse(path, name, "is not a field of the type, so it cannot be merged")
    strategies = str(known.get("x-kubernetes-patch-strategy") or "").split(",")
    inner = below_item(known) if is_list else known
    key = known.get("x-kubernetes-patch-merge-key")
    return Field(
        inner,
        "merge" in strategies,
        "replace" in strategies,
        "retainKeys" in strategies,
        key if isinstance(key, str) else "",
    )


def below(schema: SchemaLike, name: str) -> SchemaLike:
    """Return the schema of a member, an empty one if nothing is said of it."""
    properties = schema.get("properties")
    found: object = None
    if isinstance(properties, Mapping):
        found = cast("SchemaLike", properties).get(name)
    if found is None:
        found = schema.get("additionalProperties")
    return cast("SchemaLike", found) if isinstance(found, Mapping) else {}


def below_item(schema: SchemaLike) -> SchemaLike:
    """Return the schema of the items of a list, an empty one if nothing is said of them."""
    found = schema.get("items")
    return cast("SchemaLike", found) if isinstance(found, Mapping) else {}


def refuse(path: str, name: str, message: str) -> PatchError:
    """Return the error of a patch at a member of what a path leads to."""
    return PatchError(0, f"{path}/{escape(name)}" if name else path, message)


def objects(items: list[Json], path: str) -> list[JsonObject]:
    """Return the items of a list that must all be objects.

    Raises: PatchError when one is not.
    """
    for index, item in enumerate(items):
        if not isinstance(item, dict):
            raise PatchError(0, f"{path}/{index}", f"is {describe(item)}; expected an object")
    return cast("list[JsonObject]", items)


def scalar_key(value: Json) -> Key:
    """Return what a value is looked up by: 1, 1.0 and "1" are three values."""
    return type(value), value if not isinstance(value, (dict, list)) else id(value)


def merge_key(item: JsonObject, key: str, path: str) -> Json:
    """Return the merge key of an item. Raises: PatchError when it has none."""
    if key not in item:
        raise PatchError(0, path, f"an item of the list has no {key}, which is its merge key")
    return item[key]


def key_of(item: Json, key: str) -> Key | None:
    """Return what an item is looked up by, itself or its merge key; None if it has none."""
    if not key:
        return scalar_key(item)
    if not isinstance(item, dict) or key not in item:
        return None
    return scalar_key(item[key])


def split_deletions(items: Iterable[Json]) -> tuple[list[Json], list[Json]]:
    """Return the items that stand for themselves, and those that say `$patch: delete`."""
    kept: list[Json] = []
    deletions: list[Json] = []
    for item in items:
        goes = isinstance(item, dict) and item.get(DIRECTIVE) == "delete"
        (deletions if goes else kept).append(item)
    return kept, deletions


def _places(order: list[Json], key: str) -> Callable[[Json], int]:
    """Return a function that says where an item stands in an order, -1 if it does not."""
    places: dict[Key | None, int] = {}
    for index, item in enumerate(order):
        places.setdefault(key_of(item, key), index)
    places.pop(None, None)
    return lambda item: places.get(key_of(item, key), -1)


def sorted_like(items: list[Json], order: list[Json], key: str) -> list[Json]:
    """Return items in an order; one that the order does not name goes before those ahead of it.

    Deletions come last.
    """
    kept, deletions = split_deletions(items) if key else (list(items), [])
    place = _places(order, key)
    places = [place(item) for item in kept]
    if -1 not in places:
        return [kept[at] for at in sorted(range(len(kept)), key=places.__getitem__)] + deletions
    # Upstream's comparison says yes where it does not know, which its sort by insertion obeys.
    made: list[tuple[int, Json]] = []
    for here, item in zip(places, kept, strict=True):
        at = len(made)
        while at and (here < 0 or made[at - 1][0] < 0 or here < made[at - 1][0]):
            at -= 1
        made.insert(at, (here, item))
    return [item for _, item in made] + deletions


def partition(items: list[Json], names: list[Json], key: str) -> tuple[list[Json], list[Json]]:
    """Return the items that a list names, and the others."""
    place = _places(names, key)
    named: list[Json] = []
    others: list[Json] = []
    for item in items:
        (named if place(item) >= 0 else others).append(item)
    return named, others


def ordered(
    named: list[Json], others: list[Json], wanted: list[Json], observed: list[Json], key: str
) -> list[Json]:
    """Return the items in the wanted order, the others where they stood among them."""
    right = sorted_like(named, wanted, key)
    left = sorted_like(others, observed, key)
    place = _places(observed, key)
    result: list[Json] = []
    at = 0
    for item in right:
        here = place(item)
        while here >= 0 and at < len(left) and 0 <= place(left[at]) < here:
            result.append(left[at])
            at += 1
        result.append(item)
    return result + left[at:]
