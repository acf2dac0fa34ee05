"""Definitions that a stranger may have written: any names, any texts, any facts."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.manifests.importing.definitions import definition

TEXTS = (
    '"""',
    "'''",
    '"',
    "\\",
    "\\N{DASH}",
    "ends with \\",
    'ends with "',
    "a\nb",
    "\n",
    " lead",
    "trail ",
    "tab\there",
    "  two\n    lines\n  indented",
    '"""\nimport os\nos.system("true")\n"""',
    "{0} {x} %s $x `x`",
    "\u202eevil\u2066",
    "\x00\x07\x1b[31m",
    "é ü 漢字 🦆",
    "\u2028line\u2029",
    "#!x",
    "# type: ignore",
    ") or __import__('os').system('true') or (",
    "word " * 60,
    "x" * 150,
    "say \"hi\" to 'them' " * 8,
)
NAMES = (
    *("class", "None", "def", "__class__", "__init__", "_private", "model_config", "model_fields"),
    *(
        "json",
        "copy",
        "schema",
        "dict",
        "list",
        "str",
        "int",
        "read",
        "to_wire",
        "$ref",
        "a-b",
        "a.b",
    ),
    *(
        "1st",
        "12",
        "",
        " ",
        "é",
        "\u017f",
        "\ufb01",
        "x\ny",
        '"',
        "a b",
        "fooBar",
        "foo_bar",
        "FooBar",
        "foobar",
    ),
    *(
        "podIP",
        "clusterIPs",
        "Annotated",
        "Model",
        "Parent",
        "Schema",
        "Field",
        "self",
        "cls",
        "metadata",
    ),
    *("type", "properties", "items", "nullable", "default", "x-kubernetes-validations", "a" * 80),
    *(
        "field",
        "field_2",
        "class_",
        "list_",
        "True",
        "validate",
        "model",
        "construct",
        "exactly_one_of",
    ),
)

texts = st.sampled_from(TEXTS) | st.text(max_size=12)
names = st.sampled_from(NAMES) | st.text(min_size=1, max_size=6)


def _with(
    made: dict[str, Any], **more: st.SearchStrategy[Any]
) -> st.SearchStrategy[dict[str, Any]]:
    """Return a schema with some of several keys."""
    keys = {name.replace("__", "-"): each for name, each in more.items()}
    return st.fixed_dictionaries({}, optional=keys).map(lambda told: {**made, **told})


sizes = st.integers(0, 5)
TRUE = st.sampled_from([True])
COMMON = {"description": texts, "nullable": st.booleans(), "title": texts}
strings = _with(
    {"type": "string"},
    **COMMON,
    default=texts,
    minLength=st.integers(0, 1),
    maxLength=st.integers(150, 400),
    pattern=st.sampled_from([".*", "^[^q]*", "(?i)", r"\d?", "(?P<x>a)?"]),
    format=st.sampled_from(["date-time", "byte", "custom\"'", "password", "int32"]),
) | _with({"type": "string"}, **COMMON, enum=st.lists(texts, min_size=1, max_size=4))
integers = _with(
    {"type": "integer"},
    **COMMON,
    default=st.integers(2, 4),
    minimum=st.sampled_from([0, 1, 1.5, -(2**40)]),
    maximum=st.sampled_from([5, 9.5, 2**40]),
    exclusiveMinimum=st.booleans(),
    format=st.sampled_from(["int32", "int64"]),
    enum=st.just([2, 3, 4]),
)
numbers = _with(
    {"type": "number"},
    **COMMON,
    default=st.sampled_from([1, 1.5, 2]),
    minimum=st.sampled_from([0, 0.5]),
    multipleOf=st.sampled_from([0.5]),
    format=st.sampled_from(["double", "float"]),
    enum=st.just([1, 1.5, 2]),
)
booleans = _with({"type": "boolean"}, **COMMON, default=st.booleans(), enum=st.just([True, False]))
either = _with(
    {"x-kubernetes-int-or-string": True},
    **COMMON,
    default=st.sampled_from([1, "10%", "1Gi"]),
    anyOf=st.just([{"type": "integer"}, {"type": "string"}]),
    minimum=st.just(0),
)
anything = _with(
    {"x-kubernetes-preserve-unknown-fields": True}, **COMMON, default=st.just({"a": [None]})
)
opened = _with(
    {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
    **COMMON,
    default=st.sampled_from([{}, {"a": None}, {"b": {"c": []}}]),
    **{"x-kubernetes-embedded-resource": TRUE, "x-kubernetes-map-type": st.just("atomic")},
)
scalars = strings | integers | numbers | booleans | either


def _around(inside: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    lists = st.builds(
        lambda made, items: {**made, "items": items},
        _with(
            {"type": "array"},
            **COMMON,
            default=st.just([]),
            minItems=st.just(0),
            maxItems=sizes,
            **{"x-kubernetes-list-type": st.sampled_from(["atomic", "set"])},
        ),
        inside,
    )
    dicts = st.builds(
        lambda made, items: {**made, "additionalProperties": items},
        _with({"type": "object"}, **COMMON, default=st.just({}), maxProperties=sizes),
        inside | TRUE,
    )
    objects = st.builds(
        _object,
        _with(
            {"type": "object"},
            **COMMON,
            default=st.just({}),
            maxProperties=st.integers(5, 9),
            **{
                "x-kubernetes-preserve-unknown-fields": TRUE,
                "x-kubernetes-map-type": st.sampled_from(["atomic", "granular"]),
                "x-kubernetes-validations": st.lists(
                    _with({"rule": "true"}, message=st.sampled_from(["no", '"""', "'\"\\"])),
                    max_size=2,
                ),
            },
        ),
        st.dictionaries(names, inside, max_size=4),
        st.sets(st.integers(0, 3)),
    )
    return lists | dicts | objects


def _object(made: dict[str, Any], properties: dict[str, Any], needed: set[int]) -> dict[str, Any]:
    required = [name for number, name in enumerate(properties) if number in needed]
    told = {**made, "properties": properties}
    if required:
        told["required"] = required
    return told


schemas = st.recursive(scalars | anything | opened, _around, max_leaves=6)
properties = st.dictionaries(names, schemas, max_size=5)
hostile = st.builds(
    lambda spec, status, root, column: definition(
        spec,
        status,
        root=root,
        additionalPrinterColumns=[{"name": column, "type": "string", "jsonPath": ".spec.a"}],
    ),
    _with({}, properties=properties, **COMMON),
    _with({}, properties=properties, **COMMON),
    st.fixed_dictionaries({}, optional={"description": texts}),
    texts,
)
