"""What the code of an import says: types, facts, names, versions."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from reconcile.errors import DefinitionError, LimitError
from reconcile.manifests import crd, parent_source
from reconcile.objects.yaml import from_yaml
from reconcile.value.equality import equal
from tests.manifests.importing.definitions import classes, definition, field
from tests.manifests.importing.meant import check
from tests.manifests.importing.normal import normal

TEXT = {"type": "string"}
OPEN = {"x-kubernetes-preserve-unknown-fields": True}
EITHER = {"x-kubernetes-int-or-string": True}
AMOUNT = (
    r"^(\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))"
    r"(([KMGTPE]i)|[numkMGTPE]|([eE](\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))))?$"
)
BOTH = [{"type": "integer"}, {"type": "string"}]
INNER = {"type": "object", "properties": {"a": TEXT}}

LINES = [
    ("size: str | None = None", "text", TEXT),
    ("size: int | None = None", "whole number", {"type": "integer"}),
    ("size: int | None = None", "of 64 bits", {"type": "integer", "format": "int64"}),
    ("size: Int32 | None = None", "of 32 bits", {"type": "integer", "format": "int32"}),
    ("size: float | None = None", "number", {"type": "number"}),
    ("size: bool | None = None", "truth value", {"type": "boolean"}),
    ("size: DateTime | None = None", "time", {**TEXT, "format": "date-time"}),
    ("size: Quantity | None = None", "amount", {**EITHER, "pattern": AMOUNT, "anyOf": BOTH}),
    ("size: IntOrString | None = None", "number or text", {**EITHER, "anyOf": BOTH}),
    ("size: JsonValue = None", "anything", OPEN),
    ("size: dict[str, Any] = {}", "open object", {"type": "object", **OPEN}),
    ("size: dict[str, str] = {}", "dict", {"type": "object", "additionalProperties": TEXT}),
    ("size: list[str] = []", "list", {"type": "array", "items": TEXT}),
    ("size: Size | None = None", "object", INNER),
    ("size: list[Size] = []", "list of objects", {"type": "array", "items": INNER}),
    ('size: Literal["a", "b"] | None = None', "values", {**TEXT, "enum": ["a", "b"]}),
    ("size: Literal[1, 2] | None = None", "numbers", {"type": "integer", "enum": [1, 2]}),
    ('size: str = "a"', "default", {**TEXT, "default": "a"}),
    ('size: Quantity = Quantity("1Gi")', "amount", {**EITHER, "pattern": AMOUNT, "default": "1Gi"}),
    ('size: list[str] = ["a"]', "list", {"type": "array", "items": TEXT, "default": ["a"]}),
    (
        'size: Annotated[list[str], Schema({"default": []})] = []',
        "default that is empty",
        {"type": "array", "items": TEXT, "default": []},
    ),
    (
        'size: Annotated[Size, Schema({"default": {}})] = Size()',
        "default of an object",
        {**INNER, "default": {}},
    ),
    (
        'size: Annotated[Size, Schema({"default": {"a": "b"}})] = Size.read({"a": "b"})',
        "default of an object with fields",
        {**INNER, "default": {"a": "b"}},
    ),
    (
        'size: Annotated[str | None, Schema({"nullable": True})] = None',
        "nullable",
        {**TEXT, "nullable": True},
    ),
    (
        "size: Annotated[int | None, Field(ge=1, lt=5)] = None",
        "bounds",
        {"type": "integer", "minimum": 1, "maximum": 5, "exclusiveMaximum": True},
    ),
    (
        'size: Annotated[str | None, Field(min_length=1, max_length=9, pattern="^a")] = None',
        "a text",
        {**TEXT, "minLength": 1, "maxLength": 9, "pattern": "^a"},
    ),
    (
        'size: Annotated[IntOrString | None, Schema({"minimum": 1})] = None',
        "bounds that no type says",
        {**EITHER, "minimum": 1},
    ),
    (
        'size: Annotated[str | None, Field(description="How large.")] = None',
        "description",
        {**TEXT, "description": "How large."},
    ),
    (
        'size: Annotated[list[str], ListType("set")] = []',
        "set",
        {"type": "array", "items": TEXT, "x-kubernetes-list-type": "set"},
    ),
    (
        'size: Annotated[dict[str, str], MapType("atomic")] = {}',
        "atomic dict",
        {"type": "object", "additionalProperties": TEXT, "x-kubernetes-map-type": "atomic"},
    ),
    (
        "size: Annotated[dict[str, Any], EmbeddedResource()] = {}",
        "embedded resource",
        {"type": "object", "x-kubernetes-embedded-resource": True, **OPEN},
    ),
    (
        'size: Annotated[str | None, Immutable("is fixed")] = None',
        "rule that is known",
        {
            **TEXT,
            "x-kubernetes-validations": [{"rule": "self == oldSelf", "message": "is fixed"}],
        },
    ),
    (
        "size: Annotated[str | None, Cel(\"self != ''\", reason=\"FieldValueInvalid\")] = None",
        "rule",
        {
            **TEXT,
            "x-kubernetes-validations": [{"rule": "self != ''", "reason": "FieldValueInvalid"}],
        },
    ),
    ("size: Annotated[list[str] | None, Schema", "nullable list", {"type": "array", "items": TEXT, "nullable": True}),
    ('schema={"oneOf": [{"required": ["a"]}]}', "one of several", {**INNER, "oneOf": [{"required": ["a"]}]}),
    ('cel=[Cel("has(self.a)")]', "rule of an object", {**INNER, "x-kubernetes-validations": [{"rule": "has(self.a)"}]}),
]  # fmt: skip


def _bare(code: str) -> str:
    """Return code without its layout."""
    return re.sub(r"\s|,(?=\s*[\])}])", "", code)


@pytest.mark.parametrize(
    ("line", "what", "schema"), LINES, ids=[f"{each[1]}: {each[0]}" for each in LINES]
)
def test_fields(line: str, what: str, schema: dict[str, Any]) -> None:
    """A schema is what a person would have written for it, and comes back."""
    document = field(schema)
    source = parent_source(document)
    check(source)
    assert _bare(line) in _bare(source)
    made: Any = crd(*classes(source))
    assert equal(normal(document), normal(made))


def test_fields_that_must_be_there() -> None:
    """A field that is required has no default, unless the schema has one."""
    assert "    size: str\n" in parent_source(field(TEXT, needed=True))
    document = field({**TEXT, "default": "a"}, needed=True)
    source = parent_source(document)
    assert '    size: str = "a"\n' in source
    assert 'class ThingSpec(Model, schema={"required": ["size"]}):' in source
    made: Any = crd(*classes(source))
    assert equal(normal(document), normal(made))


def test_classes_that_are_alike_are_one() -> None:
    """One class for objects of one structure, named after the first field; others get longer names."""
    key = {"type": "object", "properties": {"key": TEXT}}
    spec = {
        "properties": {
            "secret": {**key, "description": "One."},
            "other": {**key, "description": "Two."},
            "outer": {
                "type": "object",
                "properties": {"secret": {"type": "object", "properties": {"name": TEXT}}},
            },
        }
    }
    source = parent_source(definition(spec))
    assert source.count("class ") == 5
    assert "class Secret(Model):" in source
    assert "class OuterSecret(Model):" in source
    assert 'other: Annotated[Secret | None, Field(description="Two.")] = None' in source


def test_versions() -> None:
    """The stored version has the kind's name, others have theirs behind it; one may be asked for."""
    document = definition({"properties": {"size": TEXT}})
    old = {
        **document["spec"]["versions"][0],
        "name": "v1beta1",
        "storage": False,
        "deprecated": True,
        "deprecationWarning": "use v1",
        "served": False,
    }
    document["spec"]["versions"].insert(0, old)
    source = parent_source(document)
    first, second = classes(source)
    assert (first.__name__, second.__name__) == ("Thing", "ThingV1beta1")
    assert (second.gvk.version, second.gvk.kind) == ("v1beta1", "Thing")
    assert second.deprecated == "use v1"
    assert second.served is False
    made: Any = crd(first, second)
    assert equal(normal(document), normal(made))
    (only,) = classes(parent_source(document, version="v1beta1"))
    assert only.__name__ == "Thing"
    assert only.gvk.version == "v1beta1"


def test_what_is_left_out_is_told() -> None:
    """What no parent says stands in a comment."""
    document = definition(
        {"nullable": True},
        root={"properties": {"metadata": {"type": "object", "properties": {"name": {**TEXT, "maxLength": 9}}}}},
    )  # fmt: skip
    document["spec"]["conversion"] = {
        "strategy": "Webhook",
        "webhook": {
            "conversionReviewVersions": ["v1"],
            "clientConfig": {"url": "https://example.com/convert"},
        },
    }
    source = parent_source(document)
    assert source.partition("\n\n\n")[0].splitlines()[2:5] == [
        "# Left out of the definition:",
        "# - what the schema says of metadata",
        "# - conversion: a webhook, which a deployment of its own answers",
    ]


def _changed(**spec: Any) -> dict[str, Any]:
    document = definition({})
    document["spec"] |= spec
    return document


def _beside(**properties: Any) -> dict[str, Any]:
    return definition({}, root={"properties": {"spec": {"type": "object"}, **properties}})


REFUSED = [
    ({}, "the document: expected a CustomResourceDefinition, and the document has no kind"),
    ({"kind": "Pod"}, "the document: expected a CustomResourceDefinition, and the document has another kind"),
    ({**definition({}), "apiVersion": "apiextensions.k8s.io/v1beta1"}, "which no server takes since 1.22"),
    ({**definition({}), "apiVersion": 1}, "its apiVersion must be apiextensions.k8s.io/v1, not a whole number"),
    ({**definition({}), "spec": None}, "it has no spec"),
    (_changed(names=[]), "it is no definition: /spec/names: must be an object, not a list of 0 items"),
    (_changed(scope="Galaxy"), "the server refuses it; spec.scope: supported values"),
    (field({}), "the server refuses it; spec.validation.openAPIV3Schema.properties[spec].properties[size].type"),
    (field({"type": "string", "$ref": "#/a"}), "$ref is not supported"),
    (field({"type": "string", "minLength": "1"}), "properties/size/minLength: must be a whole number, not a text of 1"),
    (field({"type": "object", "properties": {"a": []}}), "properties/size/properties/a: must be an object"),
    (_beside(data={"type": "object"}), "version v1: /data is not in spec or status, which is all that a parent has"),
    (definition({}, {"additionalProperties": TEXT}), "version v1: /status has no room for conditions: it is a map"),
]  # fmt: skip


@pytest.mark.parametrize(("document", "told"), REFUSED, ids=[each[1] for each in REFUSED])
def test_refused(document: dict[str, Any], told: str) -> None:
    """What cannot be read, or said, is refused in one line."""
    with pytest.raises(DefinitionError) as raised:
        parent_source(document)
    assert told in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_version_that_is_not_there() -> None:
    """The versions that are there are told."""
    with pytest.raises(DefinitionError, match="it has no version v2; it has v1"):
        parent_source(definition({}), version="v2")


def test_limits() -> None:
    """What is too deep or too large is refused, and does not take long."""
    schema: dict[str, Any] = {"type": "string"}
    for _ in range(300):
        schema = {"type": "array", "items": schema}
    with pytest.raises(LimitError, match="more than 128 levels of nesting in things"):
        parent_source(field(schema))
    many: list[Any] = [0] * 1000
    with pytest.raises(LimitError, match="keys and values"):
        parent_source(field({"type": "string", "enum": [many] * 1001}))


@pytest.mark.parametrize("value", [float("inf"), float("nan"), b"a", (1,), Path(), {1: 2}])
def test_what_is_no_json(value: Any) -> None:
    """A value that JSON has no form for is refused before anything is made of it."""
    with pytest.raises(DefinitionError, match="it holds what JSON has no form for"):
        parent_source(field({**TEXT, "example": value}))


def test_names_in_messages_do_nothing_to_a_terminal() -> None:
    """A name of a stranger is shown without what a terminal would act on."""
    document = definition({})
    document["metadata"]["name"] = "a\x1b[31m\u202eb"
    with pytest.raises(DefinitionError) as raised:
        parent_source(document)
    assert str(raised.value).isprintable()


GOLDEN = Path(__file__).parents[2] / "type_checks" / "imported.py"


def test_a_whole_module() -> None:
    """The code of a definition as a whole; type checkers look at it where it stands."""
    text = Path(__file__).with_name("store.yaml").read_text()
    assert parent_source(from_yaml(text)) == GOLDEN.read_text()
