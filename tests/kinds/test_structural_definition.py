"""Definitions: what is refused of a new one and of a change, beyond what is recorded."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from reconcile.errors import LimitError
from reconcile.kinds.structural import (
    columns,
    convert,
    crd_errors,
    crd_update_errors,
    crd_warnings,
    first_status,
    named,
)

OPEN = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}


def crd(schema: dict | None = None, **version: Any) -> dict:
    """Return a definition of one version."""
    one = {
        "name": "v1",
        "served": True,
        "storage": True,
        "schema": {"openAPIV3Schema": schema or OPEN},
        **version,
    }
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "as.a.example"},
        "spec": {
            "group": "a.example",
            "scope": "Namespaced",
            "names": {"plural": "as", "singular": "a", "kind": "A", "listKind": "AList"},
            "versions": [one],
            "conversion": {"strategy": "None"},
        },
        "status": {
            "conditions": None,
            "acceptedNames": {"plural": "", "kind": ""},
            "storedVersions": ["v1"],
        },
    }


def told(definition: dict) -> list[str]:
    """Return what is refused, without what all versions share stands under."""
    return [
        str(each).removeprefix("spec.validation.openAPIV3Schema") for each in crd_errors(definition)
    ]


def spec(inner: dict) -> dict:
    """Return a schema with a spec."""
    return {"type": "object", "properties": {"spec": inner}}


def test_a_sound_definition_is_taken():
    """Nothing is refused."""
    assert crd_errors(crd()) == []


@pytest.mark.parametrize(
    ("inner", "wanted"),
    [
        (
            {"type": "object", "x-kubernetes-embedded-resource": True},
            ".properties[spec].properties: Required value: must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields",
        ),
        (
            {"x-kubernetes-embedded-resource": True, "x-kubernetes-preserve-unknown-fields": True},
            ".properties[spec].type: Required value: must be object if x-kubernetes-embedded-resource is true",
        ),
        (
            {"x-kubernetes-int-or-string": True, "x-kubernetes-preserve-unknown-fields": True},
            ".properties[spec].x-kubernetes-preserve-unknown-fields: Invalid value: true: must be false if x-kubernetes-int-or-string is true",
        ),
        (
            {
                "type": "object",
                "properties": {"a": {"type": "string"}},
                "additionalProperties": {"type": "string"},
            },
            ".properties[spec].additionalProperties: Forbidden: additionalProperties and properties are mutual exclusive",
        ),
        (
            {"type": "object", "x-kubernetes-list-type": "set"},
            '.properties[spec].type: Invalid value: "object": must be array if x-kubernetes-list-type is specified',
        ),
        (
            {"type": "object", "x-kubernetes-map-type": "odd"},
            '.properties[spec].x-kubernetes-map-type: Unsupported value: "odd": supported values: "atomic", "granular"',
        ),
        (
            {"type": "text"},
            '.properties[spec].type: Unsupported value: "text": supported values: "array", "boolean", "integer", "number", "object", "string"',
        ),
        (
            {"type": "object", "default": {"zz": 1}, "properties": {"a": {"type": "string"}}},
            '.properties[spec].default: Invalid value: {"zz":1}: must not have unknown fields',
        ),
        (
            {
                "type": "array",
                "x-kubernetes-list-type": "map",
                "x-kubernetes-list-map-keys": ["k"],
                "items": {
                    "type": "object",
                    "properties": {"k": {"type": "string", "default": "", "nullable": True}},
                },
            },
            ".properties[spec].items.properties[k].nullable: Forbidden: this property is in x-kubernetes-list-map-keys, so it cannot be nullable",
        ),
    ],
)
def test_a_schema_that_is_not_sound_is_refused(inner, wanted):
    """One fault, one text."""
    assert told(crd(spec(inner))) == [wanted]


def test_a_field_held_to_more_at_the_root_must_be_told_outside():
    """Junctors of the root are held to what stands outside of them."""
    schema = {"type": "object", "allOf": [{"properties": {"a": {"minimum": 1}}}]}
    where = "spec.validation.openAPIV3Schema.allOf[0].properties[a]"
    assert told(crd(schema)) == [
        f".properties[a]: Required value: because it is defined in {where}"
    ]


def test_int_or_string_may_say_its_types_inside():
    """Both forms that generators write are taken."""
    types = [{"type": "integer"}, {"type": "string"}]
    first = {"x-kubernetes-int-or-string": True, "anyOf": types}
    second = {"x-kubernetes-int-or-string": True, "allOf": [{"anyOf": types}, {"minimum": 1}]}
    assert crd_errors(crd(spec({"type": "object", "properties": {"a": first, "b": second}}))) == []


@pytest.mark.parametrize(
    ("rule", "wanted"),
    [
        (
            {"rule": "1"},
            '.rule: Invalid value: {"Rule":"1","Message":"","MessageExpression":"","Reason":null,"FieldPath":"","OptionalOldSelf":null}: cel expression must evaluate to a bool',
        ),
        (
            {"rule": "true", "messageExpression": "1"},
            '.messageExpression: Invalid value: {"Rule":"true","Message":"","MessageExpression":"1","Reason":null,"FieldPath":"","OptionalOldSelf":null}: messageExpression must evaluate to a string',
        ),
        (
            {"rule": "true", "fieldPath": ".b"},
            '.fieldPath: Invalid value: ".b": must be a valid path',
        ),
        (
            {"rule": "true", "reason": "Odd"},
            '.reason: Unsupported value: "Odd": supported values: "FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired"',
        ),
        (
            {"rule": "true", "optionalOldSelf": True},
            ".optionalOldSelf: Invalid value: true: may not be set if oldSelf is not used in rule",
        ),
        (
            {"rule": "true\n&& true"},
            ".message: Required value: message must be specified if rule contains line breaks",
        ),
    ],
)
def test_a_rule_that_is_not_sound_is_refused(rule, wanted):
    """Its form, its type, its path."""
    pytest.importorskip("cel_expr_python")
    inner = {
        "type": "object",
        "properties": {"a": {"type": "string"}},
        "x-kubernetes-validations": [rule],
    }
    assert told(crd(spec(inner))) == [f".properties[spec].x-kubernetes-validations[0]{wanted}"]


def test_a_rule_may_not_read_old_items_that_are_not_found_again():
    """Items of a list without keys have no old value."""
    pytest.importorskip("cel_expr_python")
    item = {
        "type": "string",
        "maxLength": 5,
        "x-kubernetes-validations": [{"rule": "self == oldSelf"}],
    }
    inner = {"type": "array", "maxItems": 3, "items": item}
    where = "spec.validation.openAPIV3Schema.properties[spec]"
    assert told(crd(spec(inner))) == [
        '.properties[spec].items.x-kubernetes-validations[0].rule: Invalid value: "self == oldSelf": '
        f"oldSelf cannot be used on the uncorrelatable portion of the schema within {where}"
    ]


@pytest.mark.parametrize(
    ("inner", "rule", "cheap"),
    [
        ({"type": "array", "items": {"type": "string"}}, "self.all(x, self.all(y, x == y))", False),
        (
            {"type": "array", "maxItems": 10, "items": {"type": "string", "maxLength": 10}},
            "self.all(x, self.all(y, x == y))",
            True,
        ),
        ({"type": "string"}, "self.size() > 0", True),
        ({"type": "array", "items": {"type": "integer"}}, "self.all(x, x > 0)", True),
        ({"type": "array", "items": {"type": "string"}}, "self.all(x, x.contains(x))", False),
    ],
)
def test_a_rule_may_cost_only_so_much(inner, rule, cheap):
    """What may be large is taken at its largest."""
    pytest.importorskip("cel_expr_python")
    errors = crd_errors(crd(spec({**inner, "x-kubernetes-validations": [{"rule": rule}]})))
    assert (errors == []) is cheap, errors


def test_parts_of_a_version_are_looked_at():
    """Columns, replicas, the fields to select by, the warning of a deprecated version."""
    definition = crd(
        spec({"type": "object", "properties": {"a": {"type": "number"}}}),
        deprecationWarning="gone",
        subresources={
            "status": {},
            "scale": {"specReplicasPath": ".status.x", "statusReplicasPath": ""},
        },
        selectableFields=[{"jsonPath": ".spec.a"}, {"jsonPath": ".spec['a']"}],
        additionalPrinterColumns=[{"name": "", "type": "string", "jsonPath": "x", "format": "odd"}],
    )
    assert sorted(str(each) for each in crd_errors(definition)) == sorted(
        [
            'spec.versions[0].deprecationWarning: Invalid value: "gone": can only be set for deprecated versions',
            'spec.subresources.scale.specReplicasPath: Invalid value: ".status.x": should be a json path under .spec',
            "spec.subresources.scale.statusReplicasPath: Required value",
            "spec.additionalPrinterColumns[0].name: Required value",
            'spec.additionalPrinterColumns[0].format: Invalid value: "odd": must be one of byte,date,date-time,double,float,int32,int64,password',
            'spec.additionalPrinterColumns[0].JSONPath: Invalid value: "x": must be a simple json path starting with .',
            'spec.selectableFields[0].jsonPath: Invalid value: ".spec.a": must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.',
            "spec.selectableFields[1].jsonPath: Invalid value: \".spec['a']\": is an invalid path: array notation is not allowed",
        ]
    )


def test_versions_that_differ_are_told_one_by_one():
    """What they do not share stands under each."""
    definition = crd(spec({"type": "object"}))
    second = copy.deepcopy(definition["spec"]["versions"][0])
    second |= {
        "name": "v2",
        "storage": False,
        "schema": {"openAPIV3Schema": spec({"type": "array"})},
    }
    definition["spec"]["versions"].append(second)
    assert [str(each) for each in crd_errors(definition)] == [
        "spec.versions[1].schema.openAPIV3Schema.properties[spec].items: Required value: must be specified"
    ]


def test_a_webhook_needs_an_address_and_known_reviews():
    """A conversion by webhook is told what it lacks."""
    definition = crd()
    definition["spec"]["conversion"] = {
        "strategy": "Webhook",
        "webhook": {"conversionReviewVersions": ["v9"], "clientConfig": {"url": "http://a/b?c"}},
    }
    assert [str(each) for each in crd_errors(definition)] == [
        "spec.conversion.webhookClientConfig.url: Invalid value: \"http\": 'https' is the only allowed URL scheme; desired format: https://host[/path]",
        'spec.conversion.webhookClientConfig.url: Invalid value: "c": query parameters are not permitted in the URL; desired format: https://host[/path]',
        'spec.conversion.conversionReviewVersions: Invalid value: ["v9"]: must include at least one of v1, v1beta1',
    ]


def test_an_old_fault_does_not_hold_a_change_back():
    """A definition that is not structural may be changed; a sound one may not become so."""
    loose = crd({"type": "object", "properties": {"a": {}}})
    loose["spec"]["preserveUnknownFields"] = True
    after = copy.deepcopy(loose)
    after["spec"]["names"]["shortNames"] = ["x"]
    assert crd_update_errors(loose, after) == []
    assert len(crd_update_errors(crd(), crd({"type": "object", "properties": {"a": {}}}))) == 1


def test_names_are_fixed_once_they_are_served():
    """Scope and kind may change before; group and plural never."""
    before, after = crd(), crd()
    after["spec"]["scope"] = "Cluster"
    after["spec"]["names"] |= {"kind": "B", "plural": "bs"}
    assert [each.path for each in crd_update_errors(before, after)] == ["spec.names.plural"]
    before["status"]["conditions"] = [{"type": "Established", "status": "True"}]
    assert [each.path for each in crd_update_errors(before, after)] == [
        "spec.scope",
        "spec.names.kind",
        "spec.names.plural",
    ]


def test_a_schema_nested_too_deep_is_refused():
    """A limit, not a crash."""
    deep: dict = {"type": "object"}
    for _ in range(200):
        deep = {"type": "object", "properties": {"a": deep}}
    with pytest.raises(LimitError):
        crd_errors(crd(deep))


def test_names_that_others_have_are_not_given():
    """Several conflicts: the last is the reason, all short names are told."""
    other = crd()
    other["status"]["acceptedNames"] = {
        "plural": "as",
        "kind": "A",
        "shortNames": ["x", "y"],
        "singular": "q",
        "listKind": "L",
    }
    mine = crd()
    mine["spec"]["names"] |= {"plural": "bs", "shortNames": ["x", "y"], "categories": ["all"]}
    found = named(mine, [other])
    assert not found.good
    assert found.reason == "KindConflict"
    assert found.accepted == {
        "plural": "bs",
        "singular": "a",
        "listKind": "AList",
        "categories": ["all"],
    }
    mine["spec"]["names"]["kind"] = "B"
    assert named(mine, [other]).message == '["x" is already in use, "y" is already in use]'
    assert [each["status"] for each in named(mine, []).conditions(established=False)] == [
        "True",
        "True",
    ]
    assert first_status(mine)["storedVersions"] == ["v1"]


def test_versions_have_columns_and_share_objects():
    """An object is the same in every version, under another name."""
    assert convert({"apiVersion": "a.example/v1", "x": 1}, "v2") == {
        "apiVersion": "a.example/v2",
        "x": 1,
    }
    version = crd(
        additionalPrinterColumns=[{"name": "S", "type": "integer", "jsonPath": ".spec.s"}]
    )["spec"]["versions"][0]
    assert (
        columns(version)[0].description
        == "Custom resource definition column (in JSONPath format): .spec.s"
    )
    assert columns({})[0].name == "Age"


def test_a_format_that_is_not_checked_is_a_warning():
    """Once, and only if the old definition did not have it."""
    inner = {"type": "string", "format": "nonsense"}
    definition = crd(
        spec(
            {
                "type": "object",
                "properties": {"a": inner, "b": inner, "c": {"type": "string", "format": "date"}},
            }
        )
    )
    assert crd_warnings(None, definition) == ['unrecognized format "nonsense"']
    assert crd_warnings(definition, definition) == []
