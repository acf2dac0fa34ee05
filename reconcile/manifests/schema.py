"""From the types of a model to a structural schema, the only kind that an API server takes.

1. pydantic tells a model as a JSON Schema of 2020; this walks it and says the same in the words of
   OpenAPI v3.0 that are structural: one type at each place, `nullable`, no references.
2. What cannot be said is refused, with the place and with what to write instead. All faults of a
   model are told at once.
3. What is only less exact is translated: the patterns of a dictionary's keys, the bounds of a
   Decimal and the order of the types in a tuple are held to by the model alone. A Decimal is a
   whole number or a text. A null for one of several values (an Enum, a Literal) is as if the field
   was absent.
4. Marks of `reconcile.objects.marks`, and `x-kubernetes-...` keys of `Field(json_schema_extra=...)`
   and of a model's configuration, say what types cannot.

Source: k8s.io/apiextensions-apiserver pkg/apiserver/schema/validation.go, 1.36;
pydantic/json_schema.py, 2.14.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import TYPE_CHECKING, Any, Final, cast

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from reconcile.errors import DefinitionError, Fault, LimitError
from reconcile.manifests.marked import Marked
from reconcile.manifests.unions import alike
from reconcile.objects.marks import RAW, RULES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pydantic.json_schema import JsonSchemaMode, JsonSchemaWarningKind
    from pydantic_core import core_schema

    from reconcile.value.types import Json, JsonObject

__all__ = ["MAX_LEVELS", "MAX_PLACES", "SchemaError", "filled", "ordered", "structural"]

MAX_LEVELS: Final = 100
"""Levels of nesting of one schema."""

MAX_PLACES: Final = 20_000
"""Places of one schema. Models that are used in many places are written out in each of them."""

_Raw = Mapping[str, Any]
_REFUSED: Final = "x-refused"
_EXTENSION: Final = "x-kubernetes-"
_OPEN: Final = "x-kubernetes-preserve-unknown-fields"
_EITHER: Final = "x-kubernetes-int-or-string"
_LIST_TYPE: Final = "x-kubernetes-list-type"
_KEPT: Final = (
    "format", "pattern", "minLength", "maxLength", "minimum", "maximum", "multipleOf", "minItems",
    "maxItems", "minProperties", "maxProperties",
)  # fmt: skip
_FIRST: Final = ("description", "type", _EITHER, "nullable", "default", "enum", *_KEPT)
_LAST: Final = ("required", "properties", "additionalProperties", "items", "anyOf", "oneOf")
_ORDER: Final = (*_FIRST, "", *_LAST)
_FORMATS: Final = frozenset(
    {"byte", "date", "date-time", "double", "email", "float", "int32", "int64", "ipv4", "ipv6"}
    | {"password", "uri", "uuid"}
)
"""Formats that mean the same to the server. Its `duration` is Go's, which no model reads."""
_NO_NULL: Final = "may be null, which a server never takes for one of several values: "
_OR_LEFT_OUT: Final = "give it the default None, so that it can be left out"
_OR_ANOTHER: Final = "say it by a value of its own"
_DECIMAL: Final = r"^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?$"


class SchemaError(DefinitionError):
    """The author of a model must act: an API server cannot be told of it.

    `faults` holds all that was found, sorted by pointer. A pointer leads from the object down, with
    `*` for any item: `/spec/volumes/*/size`.
    """

    def __init__(self, faults: Iterable[Fault], *, subject: str) -> None:
        self.faults = tuple(sorted(set(faults)))
        super().__init__([str(fault) for fault in self.faults], subject=subject)


def structural(
    annotation: object,
    pointer: str,
    faults: list[Fault],
    *,
    written: bool = False,
    marked: Marked | None = None,
    nulls: bool = True,
) -> JsonObject:
    """Return the structural schema of a type, or append what cannot be said.

    Shape: `annotation` is what pydantic can validate; `pointer` is where the type stands; `marked`
        takes what its marks say of the whole version.
        `written` is for what the controller writes: with computed fields, without defaults, for a
        default that the server adds would differ from what was written at each sync. Without
        `nulls`, a type that may be None may be absent, and may not be null.
    Guarantees: the same for the same type, whatever the hash seed.
    Raises: LimitError for a type with more than `MAX_PLACES` places or `MAX_LEVELS` levels.
    """
    mode: JsonSchemaMode = "serialization" if written else "validation"
    adapter: TypeAdapter[Any] = TypeAdapter(cast("Any", annotation))
    told = adapter.json_schema(by_alias=True, mode=mode, schema_generator=_Generator)
    walk = _Walk(told.get("$defs", {}), faults, Marked() if marked is None else marked)
    walk.defaults = not written
    walk.nulls = nulls
    return walk.place(told, pointer, ())


class _Generator(GenerateJsonSchema):
    """pydantic's generator, where it raises or tells less than is known."""

    ignored_warning_kinds: set[JsonSchemaWarningKind] = {
        "skipped-choice",
        "non-serializable-default",
    }

    def handle_invalid_for_json_schema(self, schema: Any, error_info: str) -> dict[str, Any]:
        """Return a mark instead of raising, so that the walk finds the place."""
        del schema, error_info
        return {_REFUSED: True}

    def decimal_schema(self, schema: core_schema.DecimalSchema) -> dict[str, Any]:
        """Return that a decimal is a whole number or a text, so that no digit is lost."""
        del schema
        return {_EITHER: True, "pattern": _DECIMAL}


class _Walk:
    def __init__(self, definitions: _Raw, faults: list[Fault], marked: Marked) -> None:
        self.definitions = definitions
        self.faults = faults
        self.marked = marked
        self.defaults = True
        self.nulls = True
        self.places = 0

    def place(self, raw: _Raw, pointer: str, above: tuple[str, ...]) -> JsonObject:
        """Return the schema of one place. `above` are the models that it is in."""
        self.places += 1
        if self.places > MAX_PLACES:
            raise LimitError("places in a schema", MAX_PLACES, pointer=pointer)
        if len(pointer) > MAX_LEVELS and pointer.count("/") > MAX_LEVELS:
            raise LimitError("levels of nesting in a schema", MAX_LEVELS, pointer=pointer)
        while "$ref" in raw:
            raw, above, recursive = self._followed(raw, above)
            if recursive:
                return self._fault(
                    pointer,
                    f"the model {recursive} contains itself, which a structural schema cannot say: "
                    "name the inner object instead of nesting it, write one model for each level, "
                    "or take pydantic's JsonValue for the part that nests",
                )
        node = self._typed(raw, pointer, above)
        if description := _description(raw):
            node["description"] = description
        for key, value in raw.items():
            if key.startswith(_EXTENSION):
                node[key] = value
        # The default of a secret is masked: pydantic does not tell it.
        if self.defaults and raw.get("default") is not None and not raw.get("writeOnly"):
            self._default(node, raw["default"], pointer)
        self.marked.see(raw, node, pointer, self.faults)
        return ordered(node)

    def _followed(self, raw: _Raw, above: tuple[str, ...]) -> tuple[_Raw, tuple[str, ...], str]:
        """Return what a reference leads to, with what stands beside it."""
        name = str(raw["$ref"]).removeprefix("#/$defs/")
        if name in above:
            return raw, above, str(self.definitions[name].get("title", name))
        beside = {key: value for key, value in raw.items() if key != "$ref"}
        model = self.definitions[name]
        if RULES in beside and RULES in model:
            beside[RULES] = [*model[RULES], *beside[RULES]]
        if RAW in beside and RAW in model:
            beside[RAW] = {**model[RAW], **beside[RAW]}
        return {**model, **beside}, (*above, name), ""

    def _fault(self, pointer: str, message: str) -> JsonObject:
        self.faults.append(Fault(pointer, message))
        return {_OPEN: True}

    def _typed(self, raw: _Raw, pointer: str, above: tuple[str, ...]) -> JsonObject:
        """Return the schema of a place without description, default and extensions."""
        if _REFUSED in raw:
            return self._fault(
                pointer, "has no JSON form: write a text, a number, a list, a dict or a model"
            )
        if raw.get(_EITHER) is True:
            return _constrained(raw, {_EITHER: True})
        choices = raw.get("anyOf") or raw.get("oneOf")
        if choices is not None:
            return self._union(raw, choices, pointer, above)
        if "const" in raw or "enum" in raw:
            choices = [raw["const"]] if "const" in raw else raw["enum"]
            return self._enumeration(choices, pointer)
        kind = raw.get("type")
        if kind == "object":
            return self._object(raw, pointer, above)
        if kind == "array":
            return self._array(raw, pointer, above)
        if kind == "null":
            return self._fault(pointer, "is always null: leave the field out")
        if kind is None:
            return {"nullable": True, _OPEN: True} if self.nulls else {_OPEN: True}
        node: JsonObject = {"type": kind}
        if kind == "integer":
            node["format"] = "int64"
        return _constrained(raw, node)

    def _union(
        self, raw: _Raw, choices: Sequence[_Raw], pointer: str, above: tuple[str, ...]
    ) -> JsonObject:
        several = [each for each in choices if each.get("type") != "null"]
        nodes = [self.place(each, pointer, above) for each in several]
        # What is written leaves out a tag that has its default, so nothing can be told by it.
        tag = raw.get("discriminator", {}).get("propertyName") if self.defaults else None
        node = alike(nodes, tag=tag)
        if node is None:
            return self._fault(
                pointer,
                "is a union of types that have no common form, and a structural schema has one "
                "type at each place: write one type, a model with an optional field for each form, "
                "or pydantic's JsonValue",
            )
        if self.nulls and len(several) < len(choices) and "enum" not in node:
            node["nullable"] = True
        return node

    def _enumeration(self, choices: Sequence[Any], pointer: str) -> JsonObject:
        # A server that has a list of values takes no null beside them, listed or not; without
        # `nullable` it takes the field for absent.
        types = {_name_of(each) for each in choices if each is not None}
        values: list[Json] = [each for each in choices if each is not None]
        if types == {"integer", "string"}:
            node: JsonObject = {_EITHER: True, "enum": values}
        elif len(types) == 1 and "" not in types:
            node = {"type": types.pop(), "enum": values}
        elif types == {"integer", "number"}:
            node = {"type": "number", "enum": values}
        else:
            return self._fault(
                pointer,
                "is one of values of types that have no common form: write texts only, or numbers "
                "only",
            )
        return node

    def _object(self, raw: _Raw, pointer: str, above: tuple[str, ...]) -> JsonObject:
        node = _constrained(raw, {"type": "object"})
        others = raw.get("additionalProperties")
        properties = raw.get("properties")
        keys = self._keys(raw, above)
        if properties is None and keys is not None:
            properties = {key: cast("_Raw", others or {}) for key in keys}
        if properties is not None:
            if keys is None and isinstance(others, Mapping) and others:
                return self._fault(
                    pointer,
                    "has named fields and others with a type, which a structural schema cannot "
                    "say: put the others into a dict of their own",
                )
            if required := raw.get("required"):
                node["required"] = list(required)
            if properties:
                inside: dict[str, JsonObject] = {}
                for name, each in properties.items():
                    at = f"{pointer}/{_escaped(name)}"
                    inside[name] = self.place(each, at, above)
                    if name in (required or ()):
                        self._without_null(each, inside[name], at, _OR_LEFT_OUT)
                node["properties"] = cast("Json", inside)
            return node
        patterns = raw.get("patternProperties")
        if patterns and not isinstance(others, Mapping):
            # Which keys there may be is held to by the model.
            several = list(patterns.values())
            others = several[0] if len(several) == 1 else {"anyOf": several}
        if not isinstance(others, Mapping) or not others:
            node[_OPEN] = True
            return node
        node["additionalProperties"] = self._item(cast("_Raw", others), pointer, above)
        return node

    def _item(self, raw: _Raw, pointer: str, above: tuple[str, ...]) -> JsonObject:
        """Return the schema of any item of a list, or any value of a dict."""
        node = self.place(raw, f"{pointer}/*", above)
        self._without_null(raw, node, f"{pointer}/*", _OR_ANOTHER)
        return node

    def _without_null(self, raw: _Raw, node: JsonObject, pointer: str, instead: str) -> None:
        """Refuse a null that cannot be taken for an absent field."""
        choices: Sequence[_Raw] = raw.get("anyOf") or ()
        nullable = any(each.get("type") == "null" for each in choices)
        # What stands in `Schema` is the author's own word.
        said = "enum" in raw.get(RAW, {})
        if "enum" in node and not said and (nullable or None in raw.get("enum", ())):
            self._fault(pointer, _NO_NULL + instead)

    def _keys(self, raw: _Raw, above: tuple[str, ...]) -> list[str] | None:
        """Return the keys that a dict may have, None where they are not counted."""
        names: _Raw = raw.get("propertyNames") or {}
        while "$ref" in names:
            names, above, _ = self._followed(names, above)
        found = [names["const"]] if "const" in names else names.get("enum")
        if not found or not all(isinstance(each, str) for each in found):
            return None
        return list(found)

    def _array(self, raw: _Raw, pointer: str, above: tuple[str, ...]) -> JsonObject:
        node = _constrained(raw, {"type": "array"})
        parts = raw.get("prefixItems")
        if parts:
            several = [self._item(each, pointer, above) for each in parts]
            items = alike(several)
            if items is None or raw.get("items"):
                return self._fault(
                    pointer,
                    "is a tuple of types that have no common form: write a model with a field for "
                    "each part",
                )
        else:
            items = self._item(raw.get("items") or {}, pointer, above)
        node["items"] = items
        if raw.get("uniqueItems"):
            scalar = _EITHER in items or items.get("type") not in {None, "object", "array"}
            if not scalar or items.get("nullable"):
                return self._fault(
                    pointer,
                    "is a set of something other than texts, numbers or truth values, which a "
                    "server does not compare: write a list",
                )
            node[_LIST_TYPE] = "set"
        return node

    def _default(self, node: JsonObject, value: Any, pointer: str) -> None:
        if isinstance(value, float) and not isfinite(value):
            self._fault(pointer, "has a default that is no JSON number: make it optional instead")
            return
        default = _lean(value, node)
        # An empty list or map says what an absent one says, unless there are defaults inside.
        if default not in ([], {}) or _has_defaults(node):
            node["default"] = default


def ordered(node: JsonObject) -> JsonObject:
    """Return the keys of one place in the order in which a reader looks for them."""
    return {key: node[key] for key in sorted(node, key=_rank)}


def filled(node: JsonObject) -> JsonObject:
    """Return what the defaults of an object's fields make of an empty one."""
    made: JsonObject = {}
    for name, inside in cast("dict[str, JsonObject]", node.get("properties") or {}).items():
        if "default" in inside:
            default = inside["default"]
            made[name] = {**filled(inside), **default} if isinstance(default, dict) else default
    return made


def _rank(key: str) -> int:
    """Return where a key stands: what a reader looks for first, what is long last."""
    return _ORDER.index(key) if key in _ORDER else len(_FIRST)


def _has_defaults(node: JsonObject) -> bool:
    inside = cast("dict[str, JsonObject]", node.get("properties") or {})
    return any("default" in each for each in inside.values())


def _lean(value: Any, node: JsonObject, *, whole: bool = False) -> Json:
    """Return a default without what the defaults inside of it say already.

    Shape: `whole` keeps that: a server asks the rules of an object about its default as it stands.
        Nulls are left out, where they say that nothing is there, and sets are in order.
    """
    whole = whole or RULES in node
    if isinstance(value, list):
        items = cast("JsonObject", node.get("items") or {})
        several = [_lean(each, items, whole=whole) for each in cast("Sequence[Any]", value)]
        if node.get(_LIST_TYPE) == "set":
            several.sort(key=lambda each: (str(type(each)), cast("Any", each)))
        return several
    if not isinstance(value, dict):
        return cast("Json", value)
    members = cast("dict[str, Any]", value)
    inside = cast("dict[str, JsonObject]", node.get("properties") or {})
    others = node.get("additionalProperties")
    each_other: JsonObject = others if isinstance(others, dict) else {}
    lean = {
        key: _lean(each, inside.get(key, each_other), whole=whole)
        for key, each in members.items()
        if each is not None or key not in inside
    }
    return {
        key: each
        for key, each in lean.items()
        if whole
        or key not in inside
        or "default" not in inside[key]
        or each != inside[key]["default"]
    }


def _constrained(raw: _Raw, node: JsonObject) -> JsonObject:
    """Return `node` with the bounds of a place."""
    for key in _KEPT:
        if key in raw and (key != "format" or raw[key] in _FORMATS):
            node[key] = raw[key]
    for key, exclusive, stricter in (
        ("minimum", "exclusiveMinimum", max),
        ("maximum", "exclusiveMaximum", min),
    ):
        # A number in JSON Schema, a truth value in OpenAPI v3.0.
        bound = raw.get(exclusive)
        if bound is not None and stricter(bound, raw.get(key, bound)) == bound:
            node[key] = bound
            node[exclusive] = True
    return node


def _name_of(value: object) -> str:
    """Return the JSON type of a scalar, "" for anything else."""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    if isinstance(value, float):
        return "number"
    return "string" if isinstance(value, str) else ""


def _description(raw: _Raw) -> str:
    text = str(raw.get("description") or "").strip()
    if raw.get("deprecated"):
        return f"Deprecated: {text}" if text else "Deprecated."
    return text


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
