"""Each kind of field and each fact of a definition: what one writes, and what comes out.

Run as a program this writes docs/definitions.md; the test compares the page with what happens.
"""

from __future__ import annotations

import json
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from reconcile.manifests import SchemaError, crd
from reconcile.value.pointer import parse

PAGE = Path(__file__).parents[2] / "docs" / "definitions.md"
NAMES = """
from __future__ import annotations
import datetime, decimal, enum
from typing import Annotated, Any, Literal
from reconcile import *
from pydantic import AfterValidator, ConfigDict, Field, Json, JsonValue, StringConstraints
from typing_extensions import TypedDict
"""
SCHEMA = "/spec/versions/0/schema/openAPIV3Schema"


@dataclass(frozen=True)
class Field:
    """A field of a spec."""

    what: str
    code: str
    before: str = ""
    """What is defined before it."""

    def written(self) -> str:
        """Return the code as a reader would write it."""
        return "\n".join(part for part in (self.before, self.code) if part)

    def outcome(self) -> str:
        """Return the schema of the field, or why there is none."""
        body = textwrap.indent(self.code, "    ")
        source = f"{NAMES}\n{self.before}\nclass Spec(Model):\n{body}\nclass Status(Model): pass\n"
        source += "class Thing(Parent[Spec, Status], group='example.com', version='v1'): pass\n"
        return _outcome(source, ["Thing"], f"{SCHEMA}/properties/spec/properties/*")


@dataclass(frozen=True)
class Fact:
    """Something of a class of parents, of a model, or of a field, and where it comes out."""

    what: str
    code: str
    pointer: str
    classes: tuple[str, ...] = ("Thing",)

    def written(self) -> str:
        """Return the code as a reader would write it."""
        return self.code

    def outcome(self) -> str:
        """Return the part of the definition, or why there is none."""
        source = f"{NAMES}\nclass Status(Model): pass\nclass Spec(Model): pass\n{self.code}\n"
        if "class Thing" not in self.code:
            source += "class Thing(Parent[Spec, Status], group='example.com', version='v1'): pass\n"
        return _outcome(source, self.classes, self.pointer)


def _outcome(source: str, classes: Any, pointer: str) -> str:
    module = ModuleType("definitions_of_a_row")
    sys.modules[module.__name__] = module  # pydantic looks names up there
    try:
        exec(compile(source, "definitions", "exec", dont_inherit=True), vars(module))
        found: Any = crd(*(getattr(module, each) for each in classes))
    except SchemaError as error:
        return "; ".join(str(fault) for fault in error.faults)
    finally:
        del sys.modules[module.__name__]
    for key in parse(pointer):
        if key == "*":
            [found] = found.values()
        else:
            found = found[int(key)] if isinstance(found, list) else found[key]
    return f"`{json.dumps(found, ensure_ascii=False)}`"


FIELDS = [
    Field("optional", "size: int | None = None"),
    Field("required", "size: int"),
    Field("default", "size: int = 3"),
    Field("whole number", "size: int"),
    Field("number", "share: float"),
    Field("truth value", "on: bool = False"),
    Field("bounds that are met", "size: Annotated[int, Field(ge=1, le=9)]"),
    Field("bounds that are not", "size: Annotated[int, Field(gt=1, lt=9)]"),
    Field("multiple", "size: Annotated[int, Field(multiple_of=2)]"),
    Field("text with bounds", "name: Annotated[str, Field(min_length=1, max_length=63, pattern='^[a-z]+$')]"),
    Field("pattern that RE2 does not know", "name: Annotated[str, Schema({'pattern': '(?=a)b'})]"),
    Field("time", "since: datetime.datetime"),
    Field("quantity", 'size: Quantity = Quantity("1Gi")'),
    Field("int or string", "port: IntOrString"),
    Field("decimal", "price: decimal.Decimal"),
    Field("one value", "mode: Literal['a']"),
    Field("several values", "mode: Literal['a', 'b'] = 'a'"),
    Field("enum", "color: Color", "class Color(enum.Enum):\n    RED = 'red'\n    BLUE = 'blue'"),
    Field("enum that may be left out", "mode: Literal['a', 'b'] | None = None"),
    Field("model", "inner: Inner = Inner()", "class Inner(Model):\n    size: int = 1"),
    Field("model that contains itself", "inner: Inner", "class Inner(Model):\n    more: list[Inner] = []"),
    Field("list", "names: list[str] = []"),
    Field("bounded list", "names: Annotated[list[str], Field(min_length=1, max_length=5)]"),
    Field("set", "names: set[str] = set()"),
    Field("set of models", "inner: set[Inner]", "class Inner(Model):\n    size: int = 1"),
    Field("tuple of one type", "range: tuple[int, int]"),
    Field("tuple of several", "pair: tuple[int, str]"),
    Field("tuple without a common type", "pair: tuple[int, list[str]]"),
    Field("dict", "labels: dict[str, str] = {}"),
    Field("dict with constrained keys", "labels: dict[Annotated[str, StringConstraints(pattern='^a')], int]"),
    Field("dict with counted keys", "labels: dict[Literal['a', 'b'], int]"),
    Field("typed dict", "inner: Inner", "class Inner(TypedDict):\n    size: int"),
    Field("anything", "value: Any = None"),
    Field("any JSON", "value: JsonValue"),
    Field("JSON in a text", "value: Json[Any]"),
    Field("number or text", "value: int | str"),
    Field("union without a common type", "value: str | list[str]"),
    Field(
        "tagged union",
        "disk: Annotated[Local | Cloud, Field(discriminator='kind')]",
        "class Local(Model):\n    kind: Literal['local']\n    path: str\n\n"
        "class Cloud(Model):\n    kind: Literal['cloud']\n    bucket: str",
    ),
    Field("union of models", "disk: Local | Cloud", "class Local(Model):\n    path: str\n\nclass Cloud(Model):\n    bucket: str"),
    Field("no unknown fields", "inner: Inner", "class Inner(Model):\n    model_config = ConfigDict(extra='forbid')\n    size: int = 1"),
    Field("description", "size: Annotated[int, Field(description='How large.')] = 1"),
    Field("example", "size: Annotated[int, Field(examples=[3])] = 1"),
    Field("deprecated", "size: Annotated[int, Field(deprecated=True)] = 1"),
    Field("class", "value: type"),
    Field("function", "value: Callable", "from collections.abc import Callable"),
    Field("checked by a function", "size: Annotated[int, AfterValidator(abs)] = 1"),
    Field("name that Python has", "class_: str | None = None"),
    Field("name of its own", "size: Annotated[int, Field(validation_alias='Größe', serialization_alias='Größe')]"),
]  # fmt: skip

_LIST = "class Port(Model):\n    name: str\n    number: int = 80\n\n"
_VERSION = "/spec/versions/0"
_CLASS = 'class Thing(Parent[Spec, Status], group="example.com", version="v1"'
_SPEC = f"{SCHEMA}/properties/spec"


def _spec(field: str, before: str = "") -> str:
    return f"{before}class Spec(Model):\n    {field}"


FACTS = [
    Fact("resource: path", f'{_CLASS}, plural="thingies"): ...', "/spec/names/plural"),
    Fact("resource: singular", f'{_CLASS}, singular="thingy"): ...', "/spec/names/singular"),
    Fact("resource: shortName", f'{_CLASS}, short_names=["th"]): ...', "/spec/names/shortNames"),
    Fact("resource: categories", f'{_CLASS}, categories=["all"]): ...', "/spec/names/categories"),
    Fact("resource: scope", f'{_CLASS}, scope="Cluster"): ...', "/spec/scope"),
    Fact("names: listKind", f'{_CLASS}, list_kind="Things"): ...', "/spec/names/listKind"),
    Fact("subresource: status", f"{_CLASS}): ...", f"{_VERSION}/subresources"),
    Fact(
        "subresource: scale",
        "class Spec(Model):\n    replicas: int = 1\n\nclass Status(Model):\n    replicas: int = 0\n    selector: str = ''\n\n"
        f'{_CLASS}, scale=Scale(selector=".status.selector")): ...',
        f"{_VERSION}/subresources/scale",
    ),
    Fact("printcolumn, at a field", _spec("storage_class: Annotated[str, Column(priority=1)]"), f"{_VERSION}/additionalPrinterColumns"),
    Fact(
        "printcolumn, of the object",
        f'{_CLASS}, columns=[Column("Age", type="date", json_path=".metadata.creationTimestamp")]): ...',
        f"{_VERSION}/additionalPrinterColumns",
    ),
    Fact("printcolumn, with all it may say", _spec('size: Annotated[int, Column("Wanted", type="integer", format="int32", priority=1, description="How many.")]'), f"{_VERSION}/additionalPrinterColumns"),
    Fact("printcolumn inside of a list", _spec("names: list[Annotated[str, Column()]]"), _VERSION),
    Fact("selectablefield", _spec("color: Annotated[str, Selectable()]"), f"{_VERSION}/selectableFields"),
    Fact("selectablefield that is a list", _spec("colors: Annotated[list[str], Selectable()]"), _VERSION),
    Fact(
        "storageversion; several versions",
        f"{_CLASS}): ...\n\n"
        'class Beta(Parent[Spec, Status], group="example.com", version="v1beta1", kind="Thing"): ...\n\n# crd(Thing, Beta)',
        "/spec/versions/1/storage",
        ("Thing", "Beta"),
    ),
    Fact("unservedversion", f"{_CLASS}, served=False): ...", f"{_VERSION}/served"),
    Fact("deprecatedversion", f'{_CLASS}, deprecated="use v2"): ...', f"{_VERSION}/deprecationWarning"),
    Fact("validation: XValidation, at a field", _spec('size: Annotated[int, Cel("self > 1", message="is too small")]'), f"{_SPEC}/properties/size/x-kubernetes-validations"),
    Fact(
        "validation: XValidation, of a model",
        'class Spec(Model, cel=[Cel("self.first <= self.last", reason="FieldValueInvalid", field_path=".first")]):\n'
        "    first: int\n    last: int",
        f"{_SPEC}/x-kubernetes-validations",
    ),
    Fact(
        "validation: XValidation, of the object",
        f'{_CLASS}, cel=[Cel("self.metadata.name.size() < 40", message_expression="\'name is too long\'")]): ...',
        f"{SCHEMA}/x-kubernetes-validations",
    ),
    Fact("validation: XValidation that is no CEL", _spec('size: Annotated[int, Cel("self.size > 1")]'), _VERSION),
    Fact("validation: XValidation that costs too much", _spec('ports: Annotated[list[Port], Cel("self.all(x, x.name.contains(\'a\'))")] = []', _LIST), _VERSION),
    Fact("validation: XValidation that costs little", _spec('ports: Annotated[list[Port], Cel("self.all(x, x.name.contains(\'a\'))"), Field(max_length=99)] = []', "class Port(Model):\n    name: Annotated[str, Field(max_length=63)]\n\n"), f"{_SPEC}/properties/ports/x-kubernetes-validations"),
    Fact("validation: XValidation that the default breaks", _spec('size: Annotated[int, Cel("self > 1")] = 1'), _VERSION),
    Fact("validation: XValidation of changes, in a plain list", _spec("names: list[Annotated[str, Field(max_length=9), Immutable()]] = []"), _VERSION),
    Fact("optionalOldSelf", _spec('size: Annotated[int, Cel("!oldSelf.hasValue() || self >= oldSelf.value()", optional_old_self=True)]'), f"{_SPEC}/properties/size/x-kubernetes-validations"),
    Fact("k8s:immutable", _spec("size: Annotated[int, Immutable()]"), f"{_SPEC}/properties/size/x-kubernetes-validations"),
    Fact("ExactlyOneOf", "class Spec(Model, cel=[exactly_one_of('a', 'b_c')]):\n    a: str | None = None\n    b_c: str | None = None", f"{_SPEC}/x-kubernetes-validations"),
    Fact("AtMostOneOf", "class Spec(Model, cel=[at_most_one_of('a', 'b')]):\n    a: str | None = None\n    b: str | None = None", f"{_SPEC}/x-kubernetes-validations"),
    Fact("AtLeastOneOf", "class Spec(Model, cel=[at_least_one_of('a', 'b')]):\n    a: str | None = None\n    b: str | None = None", f"{_SPEC}/x-kubernetes-validations"),
    Fact("XIntOrString", _spec("port: IntOrString"), f"{_SPEC}/properties/port"),
    Fact("EmbeddedResource", _spec("template: Annotated[dict[str, JsonValue], EmbeddedResource()]"), f"{_SPEC}/properties/template"),
    Fact("pruning: PreserveUnknownFields", _spec("inner: Annotated[Inner, PreserveUnknown()]", "class Inner(Model):\n    size: int = 1\n\n"), f"{_SPEC}/properties/inner"),
    Fact("listType=map, listMapKey; k8s:listType, k8s:listMapKey", _spec('ports: Annotated[list[Port], ListType("map", keys=["name"])] = []', _LIST), f"{_SPEC}/properties/ports"),
    Fact("listMapKey that may be left out", _spec('ports: Annotated[list[Port], ListType("map", keys=["host"])] = []', "class Port(Model):\n    host: str | None = None\n\n"), _VERSION),
    Fact("listType=set", _spec('names: Annotated[list[str], ListType("set")] = []'), f"{_SPEC}/properties/names"),
    Fact("listType=atomic", _spec('ports: Annotated[list[Port], ListType("atomic")] = []', _LIST), f"{_SPEC}/properties/ports/x-kubernetes-list-type"),
    Fact("listType on a text", _spec('name: Annotated[str, ListType("set")]'), _VERSION),
    Fact("mapType, structType", _spec('labels: Annotated[dict[str, str], MapType("atomic")] = {}'), f"{_SPEC}/properties/labels"),
    Fact("Minimum, Maximum", _spec("size: Annotated[int, Field(ge=1, le=9)]"), f"{_SPEC}/properties/size"),
    Fact("ExclusiveMinimum, ExclusiveMaximum, MultipleOf", _spec("size: Annotated[int, Field(gt=0, lt=9, multiple_of=2)]"), f"{_SPEC}/properties/size"),
    Fact("MinLength, MaxLength, Pattern", _spec("name: Annotated[str, Field(min_length=1, max_length=9, pattern='^[a-z]+$')]"), f"{_SPEC}/properties/name"),
    Fact("MinItems, MaxItems", _spec("names: Annotated[list[str], Field(min_length=1, max_length=9)]"), f"{_SPEC}/properties/names"),
    Fact("UniqueItems", _spec("names: set[str] = set()"), f"{_SPEC}/properties/names"),
    Fact("Enum, k8s:enum", _spec("mode: Literal['a', 'b']"), f"{_SPEC}/properties/mode"),
    Fact("default", _spec("size: int = 3"), f"{_SPEC}/properties/size"),
    Fact("optional, nullable, k8s:optional", _spec("size: int | None = None"), f"{_SPEC}/properties/size"),
    Fact("required, k8s:required", _spec("size: int"), f"{_SPEC}/required"),
    Fact("example", _spec('size: Annotated[int, Schema({"example": 3})] = 1'), f"{_SPEC}/properties/size"),
    Fact("externalDocs", _spec('size: Annotated[int, Schema({"externalDocs": {"url": "https://example.com"}})]'), f"{_SPEC}/properties/size"),
    Fact("items: prefix", _spec("names: list[Annotated[str, Field(max_length=9)]] = []"), f"{_SPEC}/properties/names/items"),
    Fact("MinProperties, MaxProperties", _spec("labels: Annotated[dict[str, str], Field(min_length=1, max_length=9)]"), f"{_SPEC}/properties/labels"),
    Fact("Format, title, Type, Schemaless", _spec('size: Annotated[int, Schema({"format": "int32", "title": "Size"})]'), f"{_SPEC}/properties/size"),
    Fact("keys of a whole object", "class Spec(Model, schema={'oneOf': [{'required': ['a']}, {'required': ['b']}]}):\n    a: str | None = None\n    b: str | None = None", f"{_SPEC}/oneOf"),
    Fact(
        "optional and not nullable, throughout",
        f"class Spec(Model):\n    size: int | None = None\n\n{_CLASS}, nulls=False): ...",
        f"{_SPEC}/properties/size",
    ),
    Fact(
        "nullable, where nothing else is",
        f"class Spec(Model):\n    size: Annotated[int | None, Schema({{'nullable': True}})] = None\n\n{_CLASS}, nulls=False): ...",
        f"{_SPEC}/properties/size",
    ),
]  # fmt: skip

LEFT_OUT = {
    "skipversion": "a class that is not handed to `crd` is not in the definition",
    "metadata: labels, annotations": "arguments of the function: `crd(Thing, labels={...}, annotations={...})`",
    "conversion webhooks": "not written: the server answers each version from the same stored fields, and drops those that its schema does not have",
}


def cell(text: str) -> str:
    """Return a text as a cell of a table."""
    return text.replace("|", "\\|")


def shown(code: str) -> str:
    """Return code as a cell: a line of its own for each of its lines."""
    lines = (f"`{line.replace('    ', '  ')}`" if line.strip() else "" for line in code.split("\n"))
    return cell("<br>".join(line for line in lines if line))


def page() -> str:
    """Return the page."""
    fields = "\n".join(
        f"| {each.what} | {shown(each.written())} | {cell(each.outcome())} |" for each in FIELDS
    )
    facts = "\n".join(
        f"| {each.what} | {shown(each.written())} | {cell(each.outcome())} |" for each in FACTS
    )
    left = "\n".join(f"| {what} | {cell(why)} |" for what, why in LEFT_OUT.items())
    return f"""# Fields and facts in definitions

What each kind of field becomes in a CustomResourceDefinition, and how each fact of a definition is written.
What cannot be said to an API server is refused, with the place and what to write instead. How to use it:
[what to install](howto/manifests.md).

The tables are written by `python -m tests.manifests.definitions` and held to what happens by a test.

## Kinds of fields

| field | code | schema, or refusal |
|---|---|---|
{fields}

## Facts

Named as controller-gen's markers are, for those who know them.

| fact | code | what comes out, or refusal |
|---|---|---|
{facts}

## Facts without a mark

| fact | instead |
|---|---|
{left}
"""


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
