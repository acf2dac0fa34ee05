"""From the schema of a place to the type that a person would have written.

1. The type and its facts give the schema back exactly, under `nulls=False`: where a `| None` says
   that a field may be absent, and no more.
2. Objects with fields are classes. What the class says of itself stands in its head and its
   docstring, so that it is there once; what a field says of it stands beside the field.
3. A list or dict that may be absent is empty then; everything else is None.
4. What no type says (`oneOf`, formats, bounds of an int-or-string) is carried over by `Schema`.
"""

from __future__ import annotations

import inspect
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

from reconcile.errors import ObjectError
from reconcile.manifests.importing.facts import Facts, in_order, rules
from reconcile.manifests.importing.layout import (
    WIDTH,
    Brackets,
    Expression,
    Named,
    Text,
    call,
    flat,
    literal,
    of,
    rendered,
)
from reconcile.manifests.importing.names import camel, field_names, singular
from reconcile.objects.quantity import Quantity
from reconcile.objects.wire_names import wire_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from reconcile.manifests.importing.classes import Classes
    from reconcile.value.types import Json, JsonObject

__all__ = ["Shapes", "definition", "docstring"]

_OPEN: Final = "x-kubernetes-preserve-unknown-fields"
_EITHER: Final = "x-kubernetes-int-or-string"
_EMBEDDED: Final = "x-kubernetes-embedded-resource"
_BOTH: Final[Json] = [{"type": "integer"}, {"type": "string"}]
_AMOUNT: Final = (
    r"^(\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))"
    r"(([KMGTPE]i)|[numkMGTPE]|([eE](\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))))?$"
)
_EMPTY: Final = "    pass\n"
_OF_FIELD: Final = frozenset({"nullable", "default"})
"""What is said of a field, not of the object in it."""
_LONGEST_LITERAL: Final = 60
"""Columns of a Literal that stands in a field; a longer one is an alias."""


@dataclass(slots=True)
class _Type:
    """The type of a place."""

    expression: Expression
    empty: str = ""
    """What an absent list or dict is."""
    item: _Type | None = None
    """The type of what is in a list or dict, where it is not any value."""
    model: str = ""
    """The class, where it is one."""


class Shapes:
    """Writes the classes of schemas."""

    def __init__(self, classes: Classes, parts: Iterable[JsonObject]) -> None:
        """Begin a module. `parts` are all specs and statuses that it will have."""
        self.classes = classes
        self.uses = classes.uses
        self._told: dict[str, set[str]] = {}
        for part in parts:
            self._look(part)

    def _look(self, node: JsonObject) -> None:
        """See what is told of each object, by what it is beside that."""
        if node.get("type") == "object":
            told = self._told.setdefault(_structure(node), set())
            told.add(str(node.get("description")))
        for inside in _inside(node):
            self._look(inside)

    def part(self, node: JsonObject, name: str, *, written: bool) -> Expression:
        """Return the type of a spec or a status.

        Shape: `written` is for a status: the definition has no defaults of it by itself.
        """
        if node.get("properties") is None and node.get(_OPEN) is True:
            self.uses.add("Any")
            return of("dict", "str", "Any")
        return self._model(dict(node), (name,), written=written)

    # -- places ------------------------------------------------------------------------------------

    def _field(
        self, wire: str, python: str, node: JsonObject, owners: Sequence[str], *, needed: bool,
        written: bool,
    ) -> str:  # fmt: skip
        """Return the lines of one field of a class."""
        facts = Facts(dict(node), self.uses)
        has_default = facts.rest.get("default") is not None
        default = facts.rest.pop("default", None)
        path = (camel(wire), *owners)
        kind = self._type(facts, path, written=written)
        if facts.rest.get("nullable") is True:
            facts.raw["nullable"] = facts.rest.pop("nullable")
        optional = not needed and not has_default
        value: Expression = ""
        if has_default:
            value = self._default(kind, default, facts, written=written)
        elif optional:
            value = "None"
            if kind.empty and "nullable" not in facts.raw:
                value = kind.empty
        if kind.expression != "JsonValue" and ("nullable" in facts.raw or value == "None"):
            kind.expression = _or_none(kind.expression)
        if wire_name(python) != wire:
            facts.fields["validation_alias"] = literal(wire)
            facts.fields["serialization_alias"] = literal(wire)
        beside = facts.annotations()
        annotation = of("Annotated", kind.expression, *beside) if beside else kind.expression
        tail = f" = {rendered(value, indent=4)}" if value else ""
        first = tail.partition("\n")[0]
        head = f"    {python}: "
        text = rendered(annotation, indent=4, before=len(head) - 4, after=len(first))
        if isinstance(annotation, str) and len(head) + len(text) + len(first) > WIDTH:
            return f"{head}(\n        {text}\n    ){tail}\n"
        if "\n" not in text and tail and len(head) + len(text) + len(first) > WIDTH:
            tail = f" = {rendered(value, indent=4, before=len(head) + len(text) - 1)}"
        return f"{head}{text}{tail}\n"

    def _item(self, node: JsonObject, path: Sequence[str], *, written: bool) -> _Type:
        """Return the type of an item of a list, or of a value of a dict."""
        facts = Facts(dict(node), self.uses)
        inner = (singular(path[0]), *path[1:])
        kind = self._type(facts, inner, written=written)
        if facts.rest.get("nullable") is True:
            facts.raw["nullable"] = facts.rest.pop("nullable")
            if kind.expression != "JsonValue":
                kind.expression = _or_none(kind.expression)
        if beside := facts.annotations():
            kind.expression = of("Annotated", kind.expression, *beside)
        return kind

    # -- types -------------------------------------------------------------------------------------

    def _type(self, facts: Facts, path: Sequence[str], *, written: bool) -> _Type:
        """Return the type of a place, and take what it says from the facts."""
        rest = facts.rest
        facts.selectable()
        kind = rest.get("type")
        if rest.get(_EITHER) is True and kind is None:
            made = self._either(facts)
        elif kind == "object":
            made = self._object(facts, path, written=written)
        elif kind == "array":
            made = self._array(facts, path, written=written)
        elif kind in {"string", "integer", "number", "boolean"}:
            made = self._scalar(facts, path)
        else:
            rest.pop(_OPEN, None)
            self.uses.add("JsonValue")
            made = _Type("JsonValue")
        if not made.model:
            facts.description()
            facts.rules()
        return made

    def _either(self, facts: Facts) -> _Type:
        del facts.rest[_EITHER]
        if facts.rest.get("anyOf") == _BOTH:
            del facts.rest["anyOf"]
        if facts.rest.get("pattern") == _AMOUNT:
            del facts.rest["pattern"]
            self.uses.add("Quantity")
            return _Type("Quantity")
        self.uses.add("IntOrString")
        return _Type("IntOrString")

    def _scalar(self, facts: Facts, path: Sequence[str]) -> _Type:
        rest = facts.rest
        kind = rest.pop("type")
        choices = self._choices(facts, cast("str", kind), path)
        if choices is not None:
            return _Type(choices)
        name = {"string": "str", "integer": "int", "number": "float", "boolean": "bool"}[
            cast("str", kind)
        ]
        if kind == "string":
            facts.size("string")
            facts.pattern()
        elif kind != "boolean":
            facts.bounds(whole=kind == "integer")
        form = rest.get("format")
        if kind == "integer" and form == "int64":
            del rest["format"]
        elif isinstance(form, str) and not _others(rest):
            alias = self.classes.formatted(name, form)
            if alias is not None:
                del rest["format"]
                name = alias
        return _Type(name)

    def _choices(self, facts: Facts, kind: str, path: Sequence[str]) -> Expression | None:
        """Return a Literal for a list of values, None where there is none that says it."""
        values = facts.rest.get("enum")
        types = {"string": str, "integer": int, "boolean": bool}
        if not isinstance(values, list) or not values or facts.rest.get("nullable"):
            return None
        if kind not in types or any(type(each) is not types[kind] for each in values):
            return None
        if len({str(each) for each in values}) < len(values):
            return None
        del facts.rest["enum"]
        if kind == "integer" and facts.rest.get("format") == "int64":
            del facts.rest["format"]
        self.uses.add("Literal")
        several = of("Literal", *(literal(each) for each in values))
        key = flat(several)
        if len(key) <= _LONGEST_LITERAL:
            return several
        return self.classes.defined(
            path,
            key,
            lambda name: f"{name} = {rendered(several, indent=0, before=len(name) + 3)}\n",
        )

    def _object(self, facts: Facts, path: Sequence[str], *, written: bool) -> _Type:
        rest = facts.rest
        others = rest.get("additionalProperties")
        if "properties" not in rest and (others is not None or rest.get(_OPEN) is True):
            return self._dict(facts, path, written=written)
        if len(self._told[_structure(rest)]) > 1:
            # One class for many places, of which each is told something else.
            facts.description()
        own = {key: rest.pop(key) for key in tuple(rest) if key not in _OF_FIELD}
        name = self._model(own, path, written=written)
        return _Type(name, model=name)

    def _dict(self, facts: Facts, path: Sequence[str], *, written: bool) -> _Type:
        rest = facts.rest
        del rest["type"]
        facts.size("object")
        facts.maps()
        others = rest.get("additionalProperties")
        if isinstance(others, dict):
            del rest["additionalProperties"]
            item = self._item(others, path, written=written)
        else:
            # What pydantic knows nothing of is an object that is open.
            self.uses.add("Any")
            item = None
            if rest.pop(_OPEN, None) is not True:
                facts.raw[_OPEN] = None
        if rest.get(_EMBEDDED) is True:
            del rest[_EMBEDDED]
            facts.mark("EmbeddedResource")
        expression = of("dict", "str", "Any" if item is None else item.expression)
        return _Type(expression, empty="{}", item=item)

    def _array(self, facts: Facts, path: Sequence[str], *, written: bool) -> _Type:
        rest = facts.rest
        del rest["type"]
        facts.size("array")
        facts.lists()
        items = rest.pop("items", None)
        inner = cast("JsonObject", items if isinstance(items, dict) else {_OPEN: True})
        item = self._item(inner, path, written=written)
        return _Type(of("list", item.expression), empty="[]", item=item)

    # -- classes -----------------------------------------------------------------------------------

    def _model(self, own: JsonObject, path: Sequence[str], *, written: bool) -> str:
        """Return the name of the class of an object, after writing it."""
        del own["type"]
        properties = cast("dict[str, JsonObject]", own.pop("properties", None) or {})
        required = cast("list[str]", own.get("required") or [])
        names = field_names(properties)
        lines = [
            self._field(
                wire,
                names[wire],
                node,
                path,
                needed=wire in required,
                written=written,
            )
            for wire, node in properties.items()
        ]
        said = {
            wire
            for wire, node in properties.items()
            if wire in required and node.get("default") is None
        }
        if set(required) == said and "required" in own:
            del own["required"]
        elif said and "required" not in own:
            own["required"] = None
        body = docstring(own) + "".join(lines)
        self.uses.add("Model")
        parts = ["Model", *self.beside(own)]
        key = f"{flat(Brackets('(', parts, ')'))}\n{body}"
        return self.classes.defined(path, key, lambda name: definition(name, parts, body))

    def beside(self, own: JsonObject) -> list[Expression]:
        """Return what a class says of itself beside what it is made from."""
        parts: list[Expression] = []
        if several := rules(own, self.uses):
            parts.append(Named("cel=", Brackets("[", several, "]")))
        if own:
            parts.append(Named("schema=", literal(in_order(own))))
        return parts

    def _default(self, kind: _Type, default: Json, facts: Facts, *, written: bool) -> Expression:
        """Return a default as Python has it; what its definition would say otherwise is put raw."""
        same = default is not None and not isinstance(default, (dict, list))
        if kind.empty and kind.item is not None:
            inside = list(default.values()) if isinstance(default, dict) else default
            # Nothing is added to scalars. An empty list is what an absent one is; a set is sorted.
            same = (
                isinstance(inside, list)
                and len(inside) > 0
                and not any(each is None or isinstance(each, (dict, list)) for each in inside)
                and not _is_set(facts)
            )
        if kind.expression == "Quantity":
            same = same and _amount(default)
        if written or not same:
            facts.raw["default"] = default
        return _value(kind, default)


def _value(kind: _Type, value: Json) -> Expression:
    """Return a value of a type as Python has it."""
    if value is None:
        return "None"
    if kind.model:
        return call(f"{kind.model}.read", literal(value)) if value else call(kind.model)
    if kind.expression == "Quantity":
        return call("Quantity", literal(value))
    if kind.item is not None and isinstance(value, list):
        return Brackets("[", [_value(kind.item, each) for each in value], "]")
    if kind.item is not None and isinstance(value, dict):
        members = [
            Named(f"{flat(Text(key))}: ", _value(kind.item, each)) for key, each in value.items()
        ]
        return Brackets("{", members, "}")
    return literal(value)


def _structure(node: JsonObject) -> str:
    """Return what tells objects apart for which one class is enough."""
    kept = {key: value for key, value in node.items() if key not in _OF_FIELD | {"description"}}
    return json.dumps(kept)


def _inside(node: JsonObject) -> Iterator[JsonObject]:
    """Yield the schemas directly inside of a schema."""
    yield from cast("dict[str, JsonObject]", node.get("properties") or {}).values()
    for key in ("items", "additionalProperties"):
        inner = node.get(key)
        if isinstance(inner, dict):
            yield inner


def definition(name: str, parts: Sequence[Expression], body: str) -> str:
    """Return the text of a class."""
    head = Brackets(f"class {name}(", parts, "):")
    return f"{rendered(head, indent=0)}\n{body or _EMPTY}"


def _is_set(facts: Facts) -> bool:
    """Return whether a list is a set, whose defaults the definition of a model puts in order."""
    return any(
        isinstance(mark, Brackets) and mark.parts[:1] == (Text("set"),) for mark in facts.marks
    )


def _or_none(expression: Expression) -> Expression:
    if isinstance(expression, Brackets):
        return Brackets(expression.before, expression.parts, f"{expression.after} | None")
    return f"{cast('str', expression)} | None"


def _others(rest: JsonObject) -> bool:
    return bool(set(rest) - {"format", "description", "nullable", "x-kubernetes-validations"})


def _amount(default: Json) -> bool:
    """Return whether an amount is written as it is read."""
    try:
        return isinstance(default, str) and str(Quantity(default)) == default
    except ObjectError:
        return False


def docstring(own: JsonObject) -> str:
    """Return the docstring of a class, and take the description that it says."""
    text = own.get("description")
    if not isinstance(text, str) or not text:
        return ""
    if inspect.cleandoc(text) != text or text != text.strip():
        return ""
    lines = text.split("\n")
    safe = all(line.isprintable() and line == line.rstrip() for line in lines)
    quoted = '"""' in text or "\\" in text or text.endswith('"') or text.startswith('"')
    room = WIDTH - len('    """"""' if len(lines) == 1 else '    """')
    if not safe or quoted or any(len(line) > room for line in lines):
        del own["description"]
        return f"    __doc__ = {rendered(Text(text), indent=4, before=10)}\n\n"
    shown = "\n".join(f"    {line}" if line else "" for line in lines).lstrip()
    made = f'    """{shown}\n    """\n\n' if len(lines) > 1 else f'    """{shown}"""\n\n'
    del own["description"]
    return made
