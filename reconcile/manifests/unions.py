"""One schema for what may be of several types, as far as a structural schema can say it.

1. The result takes every value that one of the types takes. Where it takes more, the model is what
   refuses them.
2. Models become one object with the fields of all of them; which fields must be there together is
   said by `oneOf` where a tag tells them apart, by `anyOf` elsewhere. If one of them keeps unknown
   fields, all of it is open.
3. A field's default that only one of the models has is left out: the server would add it to all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconcile.value.types import Json, JsonObject

__all__ = ["alike"]

_OPEN: Final = "x-kubernetes-preserve-unknown-fields"
_EITHER: Final = "x-kubernetes-int-or-string"
_NUMBERS: Final = frozenset({"integer", "number"})
_OF_NUMBERS: Final = ("minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum", "multipleOf")
_OF_TEXTS: Final = ("format", "pattern", "minLength", "maxLength")


def alike(nodes: Sequence[JsonObject], *, tag: str | None = None) -> JsonObject | None:
    """Return one structural schema for all of `nodes`, None if there is none.

    Shape: `tag` is the field that tells models apart, if there is one.
    Guarantees: no argument is changed.
    """
    first = nodes[0]
    if all(_plain(node) == _plain(first) for node in nodes[1:]):
        return dict(first)
    nullable = any(node.get("nullable") is True for node in nodes)
    kinds = [_kind(node) for node in nodes]
    made: JsonObject | None
    if "any" in kinds:
        made = {_OPEN: True}
    elif set(kinds) <= {"model", "map", "object"} and any(map(_is_open, nodes)):
        made = {"type": "object", _OPEN: True}
    elif set(kinds) <= {"model", "object"}:
        made = _models(nodes, tag)
    elif set(kinds) == {"map"}:
        made = _inside("object", "additionalProperties", nodes)
    elif set(kinds) == {"array"}:
        made = _inside("array", "items", nodes)
    else:
        made = _scalars(nodes, kinds)
    if made is not None and nullable:
        made["nullable"] = True
    return made


def _plain(node: JsonObject) -> JsonObject:
    return {key: value for key, value in node.items() if key not in {"description", "default"}}


def _kind(node: JsonObject) -> str:
    if node.get(_EITHER) is True:
        return "either"
    kind = node.get("type")
    if kind is None:
        return "any"
    if kind == "object":
        if "properties" in node:
            return "model"
        return "map" if "additionalProperties" in node else "object"
    return str(kind)


def _is_open(node: JsonObject) -> bool:
    return node.get(_OPEN) is True


def _inside(kind: str, key: str, nodes: Sequence[JsonObject]) -> JsonObject | None:
    inner = alike([cast("JsonObject", node[key]) for node in nodes])
    return None if inner is None else {"type": kind, key: inner}


def _scalars(nodes: Sequence[JsonObject], kinds: Sequence[str]) -> JsonObject | None:
    found = set(kinds)
    if found <= _NUMBERS:
        made: JsonObject = {"type": "number" if "number" in found else "integer"}
    elif found == {"string"}:
        made = {"type": "string"}
    elif found <= {"integer", "string", "either"}:
        made = {_EITHER: True}
    else:
        return None
    # A bound that one type has, and no other type of its sort, still holds: bounds of numbers say
    # nothing of texts, and the other way round.
    for names, sort in ((_OF_NUMBERS, {*_NUMBERS, "either"}), (_OF_TEXTS, {"string", "either"})):
        of_sort = [node for node, kind in zip(nodes, kinds, strict=True) if kind in sort]
        if len(of_sort) == 1:
            made.update({key: of_sort[0][key] for key in names if key in of_sort[0]})
    choices = [node.get("enum") for node in nodes]
    if all(isinstance(each, list) for each in choices):
        made["enum"] = _union(cast("list[list[Json]]", choices))
    if _EITHER in made:
        made.pop("format", None)
    elif made["type"] == "integer":
        made["format"] = "int64"
    return made


def _union(several: Sequence[Sequence[Json]]) -> list[Json]:
    found: list[Json] = []
    for values in several:
        for value in values:
            if not any(type(each) is type(value) and each == value for each in found):
                found.append(value)
    return found


def _models(nodes: Sequence[JsonObject], tag: str | None) -> JsonObject | None:
    all_properties = [cast("dict[str, JsonObject]", node.get("properties") or {}) for node in nodes]
    names = _union([list(properties) for properties in all_properties])
    merged: JsonObject = {}
    for name in cast("list[str]", names):
        holders = [properties[name] for properties in all_properties if name in properties]
        one = alike(holders)
        if one is None:
            return None
        defaults = [each.get("default") for each in holders]
        if len(holders) < len(nodes) or any(each != defaults[0] for each in defaults):
            one.pop("default", None)
        merged[name] = one
    requirements = [cast("list[str]", node.get("required") or []) for node in nodes]
    if tag is not None:
        # A tag with a default must be there too, to be told apart by.
        requirements = [each if tag in each else [tag, *each] for each in requirements]
    common = [name for name in requirements[0] if all(name in each for each in requirements)]
    made: JsonObject = {"type": "object"}
    if common:
        made["required"] = cast("Json", common)
    made["properties"] = merged
    branches = [
        _branch(properties, required, merged, common)
        for properties, required in zip(all_properties, requirements, strict=True)
    ]
    if all(branches):
        made["oneOf" if tag is not None else "anyOf"] = cast("Json", branches)
    return made


def _branch(
    properties: dict[str, JsonObject],
    required: Sequence[str],
    merged: JsonObject,
    common: Sequence[str],
) -> JsonObject:
    """Return what holds for one of several models and not for all of them."""
    choices: JsonObject = {
        name: {"enum": node["enum"]}
        for name, node in properties.items()
        if "enum" in node and node["enum"] != cast("JsonObject", merged[name]).get("enum")
    }
    needed = [name for name in required if name not in common]
    told: JsonObject = {}
    if choices:
        told["properties"] = choices
    if needed:
        told["required"] = cast("Json", needed)
    return told
