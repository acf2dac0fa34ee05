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
from typing import TYPE_CHECKING, Final, cast

from reconcile.manifests.importing.defaults import Type, fits, or_none, told_alike, value_of
from reconcile.manifests.importing.facts import Facts, in_order, rules
from reconcile.manifests.importing.layout import (
    WIDTH,
    Brackets,
    Expression,
    Named,
    Text,
    flat,
    literal,
    of,
    rendered,
)
from reconcile.manifests.importing.names import camel, field_names, singular
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
_NAMES: Final = {"string": "str", "integer": "int", "number": "float", "boolean": "bool"}
_LONGEST_LITERAL: Final = 60
"""Columns of a Literal that stands in a field; a longer one is an alias."""


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
        facts = Facts(dict(node), self.uses)
        kind = self._type(facts, (name,), written=written)
        beside = facts.annotations()
        return of("Annotated", kind.expression, *beside) if beside else kind.expression

    # -- places ------------------------------------------------------------------------------------

    def _field(
        self, wire: str, python: str, node: JsonObject, owners: Sequence[str], *, needed: bool,
        written: bool,
    ) -> str:  # fmt: skip
        """Return the lines of one field of a class."""
        facts = Facts(dict(node), self.uses)
        default = facts.rest.pop("default", None)
        kind = self._type(facts, (camel(wire), *owners), written=written)
        if facts.rest.get("nullable") is True:
            facts.raw["nullable"] = facts.rest.pop("nullable")
        value: Expression = ""
        if default is not None:
            if written or not told_alike(kind, default, facts):
                facts.raw["default"] = default
            # What the server takes and Python does not is told to the server alone.
            value = value_of(kind, default) if fits(kind, node, default) else "None"
        elif not needed:
            value = kind.empty if kind.empty and "nullable" not in facts.raw else "None"
        if "nullable" in facts.raw or value == "None":
            kind.expression = or_none(kind.expression)
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

    def _item(self, node: JsonObject, path: Sequence[str], *, written: bool) -> Type:
        """Return the type of an item of a list, or of a value of a dict."""
        facts = Facts(dict(node), self.uses)
        inner = (singular(path[0]), *path[1:])
        kind = self._type(facts, inner, written=written)
        if facts.rest.get("nullable") is True:
            facts.raw["nullable"] = facts.rest.pop("nullable")
            kind.expression = or_none(kind.expression)
        if beside := facts.annotations():
            kind.expression = of("Annotated", kind.expression, *beside)
        return kind

    # -- types -------------------------------------------------------------------------------------

    def _type(self, facts: Facts, path: Sequence[str], *, written: bool) -> Type:
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
        elif kind in _NAMES:
            made = self._scalar(facts, path)
        else:
            rest.pop(_OPEN, None)
            self.uses.add("JsonValue")
            made = Type("JsonValue")
        if not made.model:
            facts.description()
            facts.rules()
        return made

    def _either(self, facts: Facts) -> Type:
        del facts.rest[_EITHER]
        if facts.rest.get("anyOf") == _BOTH:
            del facts.rest["anyOf"]
        if facts.rest.get("pattern") == _AMOUNT:
            del facts.rest["pattern"]
            self.uses.add("Quantity")
            return Type("Quantity")
        self.uses.add("IntOrString")
        return Type("IntOrString")

    def _scalar(self, facts: Facts, path: Sequence[str]) -> Type:
        rest = facts.rest
        kind = rest.pop("type")
        choices = self._choices(facts, cast("str", kind), path)
        if choices is not None:
            return Type(choices)
        name = _NAMES[cast("str", kind)]
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
        return Type(name)

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

    def _object(self, facts: Facts, path: Sequence[str], *, written: bool) -> Type:
        rest = facts.rest
        others = rest.get("additionalProperties")
        if "properties" not in rest and (others is not None or rest.get(_OPEN) is True):
            return self._dict(facts, path, written=written)
        if len(self._told[_structure(rest)]) > 1:
            # One class for many places, of which each is told something else.
            facts.description()
        own = {key: rest.pop(key) for key in tuple(rest) if key not in _OF_FIELD}
        name = self._model(own, path, written=written)
        return Type(name, model=name)

    def _dict(self, facts: Facts, path: Sequence[str], *, written: bool) -> Type:
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
        return Type(expression, empty="{}", item=item)

    def _array(self, facts: Facts, path: Sequence[str], *, written: bool) -> Type:
        rest = facts.rest
        del rest["type"]
        facts.size("array")
        items = rest.pop("items", None)
        inner = cast("JsonObject", items if isinstance(items, dict) else {_OPEN: True})
        facts.lists(scalars=inner.get("type") in _NAMES or inner.get(_EITHER) is True)
        item = self._item(inner, path, written=written)
        return Type(of("list", item.expression), empty="[]", item=item)

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


def _others(rest: JsonObject) -> bool:
    return bool(set(rest) - {"format", "description", "nullable", "x-kubernetes-validations"})


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
