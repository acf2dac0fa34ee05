"""A definition of a stranger: its texts stay texts, and its names become names or are cut."""

from __future__ import annotations

import ast
import json
from typing import Any

import pytest
from hypothesis import assume, given, settings

from reconcile.kinds.structural import crd_errors
from reconcile.manifests import crd, parent_source
from reconcile.value.equality import equal
from tests.manifests.importing.definitions import classes, definition, field
from tests.manifests.importing.hostile import NAMES, TEXTS, hostile
from tests.manifests.importing.meant import check
from tests.manifests.importing.normal import normal, without_notes


def _texts(tree: ast.Module) -> set[str]:
    return {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


@pytest.mark.parametrize("text", TEXTS)
def test_texts_stay_texts(text: str) -> None:
    """Whatever a text is, wherever it stands, it is a literal, and comes back as it was."""
    inner = {"type": "object", "description": text, "properties": {"a": {"type": "string"}}}
    document = definition(
        {
            "description": text,
            "properties": {
                "described": {"type": "string", "description": text, "title": text},
                "default": {"type": "string", "default": text},
                "one": {"type": "string", "enum": [text, "b"]},
                "given": {"type": "object", "default": {"a": text}, **inner},
                "several": {"type": "array", "items": inner, "default": [{"a": text}]},
                "ruled": {
                    "type": "string",
                    "x-kubernetes-validations": [{"rule": "true", "message": f"m{text}"}]
                    if "\n" not in text and "\u2028" not in text
                    else [],
                },
                "typed": {"type": "string", "format": text},
            },
        },
        {"description": text},
        root={"description": text},
        additionalPrinterColumns=[
            {"name": text, "type": "string", "jsonPath": ".spec.one", "description": text}
        ],
        deprecated=True,
        deprecationWarning="".join(each for each in text if each.isprintable())[:200] or "x",
    )
    source = parent_source(document)
    tree = check(source)
    assert text in _texts(tree)
    made: Any = crd(*classes(source))
    assert equal(normal(document), normal(made))


@pytest.mark.parametrize("name", NAMES)
def test_names_become_names(name: str) -> None:
    """A field of any name is a field with a name of Python, and reads and writes the one it had."""
    document = field({"type": "string"}, name=name)
    source = parent_source(document)
    check(source)
    (parent,) = classes(source)
    told = {"apiVersion": "example.com/v1", "kind": "Thing", "metadata": {"name": "a"}}
    read = parent.read({**told, "spec": {name: "x"}})
    (python,) = type(read.spec).model_fields
    assert getattr(read.spec, python) == "x"
    assert read.spec.to_wire() == {name: "x"}
    assert type(read.spec)(**{python: "y"}).to_wire() == {name: "y"}
    made: Any = crd(parent)
    assert equal(normal(document), normal(made))


def test_all_names_at_once() -> None:
    """Names of Python are distinct, and none is the wire name of another field."""
    spec = {"properties": {name: {"type": "string", "title": name} for name in NAMES}}
    document = definition(spec)
    (parent,) = classes(parent_source(document))
    told = {"apiVersion": "example.com/v1", "kind": "Thing", "metadata": {"name": "a"}}
    values = {name: str(number) for number, name in enumerate(NAMES)}
    read = parent.read({**told, "spec": values})
    fields = type(read.spec).model_fields
    assert len(fields) == len(NAMES)
    assert not set(fields) & (set(NAMES) - {field.alias for field in fields.values()} - set(fields))
    for name, info in fields.items():
        assert getattr(read.spec, name) == values[str(info.validation_alias)]
    made: Any = crd(parent)
    assert equal(normal(document), normal(made))


def _taken(document: dict[str, Any]) -> bool:
    """Return whether a server takes a definition."""
    names = {"singular": "thing", "listKind": "ThingList", **document["spec"]["names"]}
    spec = {**document["spec"], "names": names}
    return not crd_errors({**document, "spec": spec, "status": {"storedVersions": ["v1"]}})


@settings(max_examples=30, deadline=None)
@given(hostile)
def test_any_definition(document: dict[str, Any]) -> None:
    """Whatever a server takes is code that holds only what is meant, and comes back."""
    before = json.dumps(document)
    assume(_taken(document))
    source = parent_source(document)
    assert json.dumps(document) == before
    check(source)
    made: Any = crd(*classes(source))
    assert equal(normal(document), normal(made))
    assert parent_source(made) == without_notes(source)


@pytest.mark.parametrize("kind", ["Parent", "Model", "Literal", "None", "True", "Field", "Class"])
def test_kinds_that_are_names_of_others(kind: str) -> None:
    """A kind that Python or the module has a name for gets another class, and keeps its name."""
    document = definition({"properties": {"a": {"type": "string"}}}, kind=kind)
    source = parent_source(document)
    check(source)
    (parent,) = classes(source)
    assert parent.gvk.kind == kind
