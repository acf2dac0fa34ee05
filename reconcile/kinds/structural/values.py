"""Values held to a schema, with the server's texts: what OpenAPI says of types, bounds, junctors.

1. The walk goes in the order of the server's validators and counts what matches, because the
   alternative that matches most is the one whose errors are told.
2. An error that is told already is not told again; two errors are the same if their texts are.
3. Against an old value: what a value that has not changed has wrong with it is let pass.

Source: k8s.io/kube-openapi pkg/validation/validate; k8s.io/apiextensions-apiserver
pkg/apiserver/validation, 1.36.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from reconcile.kinds.field_error import FieldError

from ._go import (
    EMPTY,
    NOWHERE,
    go_number,
    go_quoted,
    is_int,
    is_list,
    is_object,
    printed,
    whole,
)
from .formats import format_of, known
from .patterns import PatternFault, compiled

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .correlation import Correlated

__all__ = ["Found", "Node", "Result", "as_errors", "validate"]

_INT32: Final = 2**31
_INT64: Final = 2**63
_MAX_FLOAT32: Final = 3.4028235677973366e38
_TYPE, _REQUIRED, _ENUM, _LONG, _MANY, _OTHER, _PLAIN = range(7)


class Found(NamedTuple):
    """One thing that is wrong with a value."""

    code: int
    name: str
    """The path, as the walk names it."""
    text: str
    value: Any = None
    choices: tuple[Any, ...] = ()
    limit: int = 0


class Result:
    """What a walk found, and how much matched."""

    __slots__ = ("found", "matches", "told")

    def __init__(self, *found: Found) -> None:
        self.found: list[Found] = []
        self.told: set[str] = set()
        self.matches = 0
        for each in found:
            self.add(each)

    def add(self, found: Found) -> None:
        """Add an error, once."""
        if found.text not in self.told:
            self.told.add(found.text)
            self.found.append(found)

    def merge(self, other: Result) -> None:
        """Add what another walk found."""
        for each in other.found:
            self.add(each)
        self.matches += other.matches


class Node:
    """A schema, read once: what the walk asks of it."""

    __slots__ = (
        "all_of",
        "allows",
        "any_of",
        "enum",
        "exclusive_maximum",
        "exclusive_minimum",
        "format",
        "items",
        "length",
        "listed",
        "maximum",
        "members",
        "minimum",
        "multiple_of",
        "negated",
        "nullable",
        "number_format",
        "number_type",
        "one_of",
        "others",
        "pattern",
        "properties",
        "required",
        "schema",
        "search",
        "types",
        "unique",
    )

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self.schema = schema
        kind = schema.get("type") or ""
        self.types: tuple[str, ...] = (kind,) if kind else ()
        if schema.get("x-kubernetes-int-or-string") is True:
            self.types = ("integer", "string")
        self.nullable = schema.get("nullable") is True
        named = schema.get("format") or ""
        self.format: str = named if known(named) else ""
        self.number_type = self.types[0] if len(self.types) == 1 else ""
        self.number_format = self.format
        self.enum: tuple[Any, ...] = tuple(schema.get("enum") or ())
        self.length = (schema.get("minLength"), schema.get("maxLength"))
        self.pattern: str = schema.get("pattern") or ""
        self.search: re.Pattern[str] | None = None
        if self.pattern:
            try:
                self.search = compiled(self.pattern)
            except PatternFault:
                self.search = None
        self.minimum, self.maximum = schema.get("minimum"), schema.get("maximum")
        self.exclusive_minimum = schema.get("exclusiveMinimum") is True
        self.exclusive_maximum = schema.get("exclusiveMaximum") is True
        self.multiple_of = schema.get("multipleOf")
        self.listed = (schema.get("minItems"), schema.get("maxItems"))
        self.unique = schema.get("uniqueItems") is True
        self.members = (schema.get("minProperties"), schema.get("maxProperties"))
        self.required: tuple[str, ...] = tuple(schema.get("required") or ())
        items = schema.get("items")
        self.items = Node(items) if is_object(items) else None
        self.properties = {
            name: Node(inner) for name, inner in (schema.get("properties") or EMPTY).items()
        }
        others = schema.get("additionalProperties")
        self.others = Node(others) if is_object(others) else None
        self.allows = others is not False
        self.all_of = [Node(each) for each in schema.get("allOf") or ()]
        self.any_of = [Node(each) for each in schema.get("anyOf") or ()]
        self.one_of = [Node(each) for each in schema.get("oneOf") or ()]
        negated = schema.get("not")
        self.negated = Node(negated) if is_object(negated) else None


def validate(node: Node, value: Any, path: str, old: Correlated | None = None) -> Result:
    """Return what is wrong with a value.

    Shape: `path` is empty for the whole object; `old` is what the value was, None if unknown.
    """
    result = _walk(node, value, path, old)
    if result.found and old is not None and old.unchanged():
        passed = Result()
        passed.matches = result.matches
        return passed
    return result


def _walk(node: Node, value: Any, path: str, old: Correlated | None) -> Result:
    result = Result()
    if value is None:
        result.matches += 1
        if node.types and not node.nullable:
            result = Result(_wrong_type(path, ",".join(node.types), "null"))
        result.merge(_enumerated(node, value, path))
        return result
    if node.types or node.format:
        result.merge(_typed(node, value, path))
        result.matches += 1
    result.merge(_joined(node, value, path, old))
    result.matches += 1
    if isinstance(value, str):
        _text(node, value, path, result)
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        result.merge(_number(node, value, path))
        result.matches += 1
    elif is_list(value):
        result.merge(_list(node, value, path, old))
        result.matches += 1
    result.merge(_enumerated(node, value, path))
    result.matches += 1
    if is_object(value):
        result.merge(_object(node, value, path, old))
        result.matches += 1
    result.matches += 1
    return result


def _wrong_type(path: str, expected: str, actual: str) -> Found:
    text = f"{path} in body must be of type {expected}: {go_quoted(actual)}"
    return Found(_TYPE, path, text, actual)


def _named(value: Any) -> tuple[str, str]:
    """Return the type and the format of a value."""
    if isinstance(value, bool):
        return "boolean", ""
    if isinstance(value, str):
        return "string", ""
    if isinstance(value, (int, float)):
        return ("integer", "int64") if is_int(value) else ("number", "float64")
    return ("array", "") if is_list(value) else ("object", "")


def _typed(node: Node, value: Any, path: str) -> Result:
    result = Result()
    result.matches = 1
    types, wanted = node.types, node.format
    kind, form = _named(value)
    float_int = kind == "number" and "integer" in types and whole(float(value))
    int_float = kind == "integer" and "number" in types
    fits = kind in types or float_int or int_float
    numeric = "number" in types or "integer" in types
    if kind not in {"string", "array"}:
        if wanted and not (fits or form == wanted):
            return Result(_wrong_type(path, wanted, form))
    elif not numeric and wanted:
        return result
    return result if fits else Result(_wrong_type(path, ",".join(types), kind))


def _joined(node: Node, value: Any, path: str, old: Correlated | None) -> Result:
    result = Result()
    quoted = go_quoted(path)
    if node.any_of:
        best: Result | None = None
        for each in node.any_of:
            tried = _walk(each, value, path, old)
            if not tried.found:
                best = tried
                break
            if best is None or tried.matches > best.matches:
                best = tried
        else:
            text = f"{quoted} must validate at least one schema (anyOf)"
            result.add(Found(_PLAIN, "", text))
        if best is not None:
            result.merge(best)
    if node.one_of:
        _one_of(node, value, path, old, result)
    if node.all_of:
        valid = 0
        for each in node.all_of:
            tried = _walk(each, value, path, old)
            valid += not tried.found
            result.merge(tried)
        if valid != len(node.all_of):
            more = "" if valid else ". None validated"
            text = f"{quoted} must validate all the schemas (allOf){more}"
            result.add(Found(_PLAIN, "", text))
    if node.negated is not None and not _walk(node.negated, value, path, old).found:
        result.add(Found(_PLAIN, "", f"{quoted} must not validate the schema (not)"))
    result.matches += 1
    return result


def _one_of(node: Node, value: Any, path: str, old: Correlated | None, result: Result) -> None:
    best: Result | None = None
    first: Result | None = None
    valid = 0
    for each in node.one_of:
        tried = _walk(each, value, path, old)
        if not tried.found:
            valid += 1
            best = None
            first = first or tried
        elif not valid and (best is None or tried.matches > best.matches):
            best = tried
    if valid == 1 and first is not None:
        result.merge(first)
        return
    more = f"Found {valid} valid alternatives" if valid else "Found none valid"
    text = f"{go_quoted(path)} must validate one and only one schema (oneOf). {more}"
    result.add(Found(_PLAIN, "", text))
    if best is not None:
        result.merge(best)


def _text(node: Node, value: str, path: str, result: Result) -> None:
    least, most = node.length
    if most is not None and len(value) > most:
        text = f"{path} in body should be at most {most} chars long"
        result.add(Found(_LONG, path, text, value, limit=int(most)))
    elif least is not None and len(value) < least:
        text = f"{path} in body should be at least {least} chars long"
        result.add(Found(_OTHER, path, text, value))
    elif node.search is not None and node.search.search(value) is None:
        result.add(Found(_OTHER, path, f"{path} in body should match '{node.pattern}'", value))
    result.matches += 1
    if node.format and (check := format_of(node.format)) is not None:
        result.matches += 2
        if not check(value):
            result.add(_wrong_type(path, node.format, value))


def _out_of_range(node: Node, number: float, what: str, path: str) -> Found | None:
    kind, form = node.number_type, node.number_format
    integral = is_int(number) or (isinstance(number, float) and number.is_integer())
    if kind == "integer":
        bound = _INT32 if form == "int32" else _INT64
        fine = integral and -bound <= number < bound
    else:
        fine = form != "float" or abs(float(number)) <= _MAX_FLOAT32
    if fine:
        return None
    told = f"with format {form}" if form else "(default format)"
    return Found(_PLAIN, "", f"{what} value must be of type {kind} {told} in {path}")


def _number(node: Node, value: float, path: str) -> Result:
    result = Result()
    integer = is_int(value)
    data: float = value if integer else float(value)
    wrong = _out_of_range(node, data, "Checked", path)
    if wrong is not None:
        result.add(wrong)
    bounds = (
        ("MultipleOf", node.multiple_of),
        ("Minimum boundary", node.minimum),
        ("Maximum boundary", node.maximum),
    )
    for what, raw in bounds:
        if raw is None:
            continue
        bound = float(raw)
        outside = _out_of_range(node, bound, what, path)
        if outside is not None:
            result.add(outside)
        native = integer and outside is None
        limit: float = int(bound) if native else bound
        text = _exceeds(node, what, data if native else float(data), limit)
        if text:
            result.add(Found(_OTHER, path, f"{path} in body should be {text}", data))
    result.matches += 1
    return result


def _exceeds(node: Node, what: str, data: float, limit: float) -> str:
    shown = go_number(limit)
    if what == "MultipleOf":
        if limit <= 0:
            return ""
        if isinstance(data, int) and isinstance(limit, int):
            return "" if data % limit == 0 else f"a multiple of {shown}"
        times = 1 / limit * data if limit < 1 else data / limit
        return "" if whole(times) else f"a multiple of {shown}"
    if what == "Minimum boundary":
        if node.exclusive_minimum:
            return "" if data > limit else f"greater than {shown}"
        return "" if data >= limit else f"greater than or equal to {shown}"
    if node.exclusive_maximum:
        return "" if data < limit else f"less than {shown}"
    return "" if data <= limit else f"less than or equal to {shown}"


def _list(node: Node, value: Sequence[Any], path: str, old: Correlated | None) -> Result:
    result = Result()
    if node.items is not None:
        for index, item in enumerate(value):
            was = None if old is None else old.item(index)
            result.merge(validate(node.items, item, f"{path}[{index}]", was))
    size = len(value)
    least, most = node.listed
    if least is not None and size < least:
        text = f"{path} in body should have at least {least} items"
        result.add(Found(_OTHER, path, text, size))
    if most is not None and size > most:
        text = f"{path} in body should have at most {most} items"
        result.add(Found(_MANY, path, text, size, limit=int(most)))
    if node.unique and _repeats(value):
        result.add(Found(_OTHER, path, f"{path} in body shouldn't contain duplicates"))
    result.matches += 1
    return result


def _repeats(values: Sequence[Any]) -> bool:
    from reconcile.value.equality import equal

    return any(
        equal(one, another) for place, one in enumerate(values) for another in values[:place]
    )


def _enumerated(node: Node, value: Any, path: str) -> Result:
    if not node.enum or any(_is_choice(value, choice) for choice in node.enum):
        return Result()
    text = f"{path} in body should be one of {printed(node.enum)}"
    return Result(Found(_ENUM, path, text, value, node.enum))


def _is_choice(value: Any, choice: Any) -> bool:
    from reconcile.value.equality import equal

    if value is None or choice is None:
        return False
    numbers = (int, float)
    if isinstance(value, bool) or isinstance(choice, bool):
        return value is choice
    if isinstance(value, numbers) and isinstance(choice, numbers):
        return float(value) == float(choice) if isinstance(choice, float) else int(value) == choice
    return equal(value, choice)


def _object(node: Node, value: Mapping[str, Any], path: str, old: Correlated | None) -> Result:
    least, most = node.members
    size = len(value)
    if least is not None and size < least:
        text = f"{path} in body should have at least {least} properties"
        return Result(Found(_OTHER, path, text, size))
    if most is not None and size > most:
        text = f"{path} in body should have at most {most} properties"
        return Result(Found(_MANY, path, text, size, limit=int(most)))
    result = Result()
    properties = node.properties
    for name, item in value.items():
        if name in properties:
            continue
        if not node.allows:
            text = f"{path}.{name} in body is a forbidden property"
            result.add(Found(_OTHER, path, text, name))
        elif node.others is not None:
            was = None if old is None else old.member(name)
            result.merge(validate(node.others, item, f"{path}.{name}", was))
    for name, inner in properties.items():
        if name in value:
            was = None if old is None else old.member(name)
            where = f"{path}.{name}" if path else name
            result.merge(validate(inner, value[name], where, was))
    for name in node.required:
        if name not in value:
            result.add(Found(_REQUIRED, f"{path}.{name}", f"{path}.{name} in body is required"))
    return result


def as_errors(result: Result, base: str = "") -> list[FieldError]:
    """Return what was found as the server tells it, below a path."""
    return [_told(each, base) for each in result.found]


def _told(found: Found, base: str) -> FieldError:
    name = found.name.removeprefix(".")
    path = (f"{base}.{name}" if base else name) if name else base or NOWHERE
    value = "" if found.value is None else found.value
    match found.code:
        case 0:
            return FieldError("FieldValueTypeInvalid", path, found.text, value)
        case 1:
            return FieldError("FieldValueRequired", path)
        case 2:
            choices = ", ".join(go_quoted(_choice(each)) for each in found.choices)
            detail = f"supported values: {choices}"
            return FieldError("FieldValueNotSupported", path, detail, found.value)
        case 3:
            detail = f"may not be more than {found.limit} bytes"
            return FieldError("FieldValueTooLong", path, detail, value)
        case 4:
            items = "item" if found.limit == 1 else "items"
            detail = f"must have at most {found.limit} {items}"
            return FieldError("FieldValueTooMany", path, detail, value)
        case _:
            return FieldError("FieldValueInvalid", path, found.text, value)


def _choice(value: Any) -> str:
    import json

    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
