"""A model's types as a structural schema: each kind of field, translated or refused."""

from __future__ import annotations

import pickle
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from typing import Annotated, Any, Literal

import pytest
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    RootModel,
    SecretStr,
    computed_field,
    create_model,
)

from reconcile import DefinitionError, Fault, LimitError, Model, Quantity
from reconcile.diff import equal
from reconcile.manifests import SchemaError
from reconcile.manifests.schema import structural
from reconcile.value.types import JsonObject
from tests.manifests.shapes import SHAPES, Cat, Color, Dog, Inner


def _schema(annotation: Any, *, written: bool = False) -> JsonObject:
    faults: list[Fault] = []
    schema = structural(annotation, "/spec", faults, written=written)
    assert faults == []
    return schema


def _faults(annotation: Any) -> dict[str, str]:
    faults: list[Fault] = []
    structural(annotation, "/spec", faults)
    return {fault.pointer: fault.message for fault in faults}


def _field(annotation: Any, **told: Any) -> JsonObject:
    schema: Any = _schema(create_model("M", __base__=Model, field=(annotation, Field(**told))))
    return dict(schema["properties"]["field"])


@pytest.mark.parametrize("name", SHAPES)
def test_kinds_of_fields(name: str) -> None:
    """Each type has one structural form."""
    shape = SHAPES[name]
    assert equal(_schema(shape.annotation), shape.schema)


def test_a_key_has_its_place() -> None:
    """What a reader looks for first stands first."""
    schema = _field(list[str], default=["a"], description="d", max_length=3)
    assert list(schema) == ["description", "type", "default", "maxItems", "items"]


class Sets(Model):
    names: set[str] = {"b", "a", "c"}


@pytest.mark.parametrize(
    ("annotation", "default", "wanted"),
    [
        (int, 3, 3),
        (int | None, 3, 3),
        (str, "", ""),
        (bool, False, False),
        (float, 1.0, 1.0),
        (Decimal, Decimal("1.50"), "1.50"),
        (Quantity, Quantity("1Gi"), "1Gi"),
        (Inner, Inner(), {}),
        (Inner, Inner(size_limit=4), {"sizeLimit": 4}),
        (Inner, Inner(class_="a"), {"class": "a"}),
        (list[Inner], [Inner(), Inner(size_limit=4)], [{}, {"sizeLimit": 4}]),
        (dict[str, Inner], {"a": Inner(class_="b")}, {"a": {"class": "b"}}),
        (set[str], {"b", "a", "c"}, ["a", "b", "c"]),
        (Sets, Sets(), {}),
        (Sets, Sets(names={"z", "y"}), {"names": ["y", "z"]}),
        (dict[str, Any], {"a": None}, {"a": None}),
    ],
)
def test_defaults(annotation: Any, default: Any, wanted: Any) -> None:
    """A default is told once: what the defaults inside of it say is left out."""
    assert equal(_field(annotation, default=default)["default"], wanted)


@pytest.mark.parametrize(
    ("annotation", "default"),
    [
        (int | None, None),
        (list[str], []),
        (dict[str, str], {}),
        (SecretStr, SecretStr("hidden")),
    ],
)
def test_no_default(annotation: Any, default: Any) -> None:
    """Nothing is told where an absent field says the same, and never a secret."""
    assert "default" not in _field(annotation, default=default)


def test_what_is_written_has_no_defaults() -> None:
    """A default that the server adds would differ from what was written, at each sync."""
    assert "default" not in str(_schema(Inner, written=True))


def test_what_is_written_has_computed_fields() -> None:
    """A computed field is written and never read."""

    class Box(Model):
        side: int

        @computed_field
        def area(self) -> int:
            return self.side**2

    assert list(_schema(Box)["properties"]) == ["side"]  # type: ignore[arg-type]
    assert list(_schema(Box, written=True)["properties"]) == ["side", "area"]  # type: ignore[arg-type]


def test_a_tag_that_may_be_left_out_tells_nothing() -> None:
    """What is written leaves out a tag that has its default."""

    class Holder(Model):
        pet: Annotated[Cat | Dog, Field(discriminator="kind")]

    pet: Any = _schema(Holder, written=True)["properties"]
    assert "oneOf" not in pet["pet"]
    assert "required" not in pet["pet"]


def test_descriptions() -> None:
    """A field's own description wins over the docstring of what it holds."""
    assert _field(Inner)["description"] == "Something inside."
    assert _field(Inner, description="Mine.")["description"] == "Mine."
    assert _field(int, deprecated=True)["description"] == "Deprecated."
    assert _field(int, deprecated=True, description="Old.")["description"] == "Deprecated: Old."
    assert "description" not in _field(int, title="T", examples=[1])


def test_docstrings_of_fields() -> None:
    """They are told where the model asks pydantic for them."""

    class Documented(Model):
        model_config = ConfigDict(use_attribute_docstrings=True)

        size: int
        """How large."""

    properties: Any = _schema(Documented)["properties"]
    assert properties["size"]["description"] == "How large."


def test_open_model() -> None:
    """A model may say that unknown fields are kept in the cluster, too."""

    class Open(Model):
        model_config = ConfigDict(json_schema_extra={"x-kubernetes-preserve-unknown-fields": True})

        size: int = 1

    assert _schema(Open)["x-kubernetes-preserve-unknown-fields"] is True


def test_closed_model() -> None:
    """A model that forbids unknown fields is the same: the server prunes them."""

    class Closed(BaseModel):
        model_config = ConfigDict(extra="forbid")

        size: int = 1

    assert _schema(Closed) == {
        "type": "object",
        "properties": {"size": {"type": "integer", "default": 1, "format": "int64"}},
    }


def test_root_model() -> None:
    """A model without fields of its own is what it holds."""
    assert _schema(RootModel[list[int]])["type"] == "array"


class Node(Model):
    children: list[Node] = []


class Left(Model):
    right: Right | None = None


class Right(Model):
    left: dict[str, Left] = {}


class WithOthers(BaseModel):
    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, int] = Field(init=False)

    size: int


class Tree(Model):
    a: Node
    b: int | bool
    c: list[Literal["a", True]]


@pytest.mark.parametrize(
    ("annotation", "pointer", "message"),
    [
        (Node, "/spec/children/*", "the model Node contains itself"),
        (Left, "/spec/right/left/*", "the model Left contains itself"),
        (list[Node], "/spec/*/children/*", "write one model for each level"),
        (Callable[[], int], "/spec", "has no JSON form"),
        (list[type], "/spec/*", "has no JSON form"),
        (None, "/spec", "is always null"),
        (list[None], "/spec/*", "is always null"),
        (int | bool, "/spec", "is a union of types that have no common form"),
        (float | str, "/spec", "is a union of types that have no common form"),
        (str | list[str], "/spec", "is a union of types that have no common form"),
        (Inner | dict[str, int], "/spec", "or pydantic's JsonValue"),
        (Literal["a", True], "/spec", "is one of values of types that have no common form"),
        (tuple[int, list[int]], "/spec", "is a tuple of types that have no common form"),
        (tuple[bool, str], "/spec", "write a model with a field for each part"),
        (set[tuple[int, int]], "/spec", "is a set of something other than texts"),
        (set[str | None], "/spec", "write a list"),
        (WithOthers, "/spec", "put the others into a dict of their own"),
    ],
)
def test_refused(annotation: Any, pointer: str, message: str) -> None:
    """What cannot be said is refused at its place, with what to write instead."""
    faults = _faults(annotation)
    assert list(faults) == [pointer]
    assert message in faults[pointer]


def test_all_faults_at_once() -> None:
    """A model is refused once, with everything."""
    assert list(_faults(Tree)) == ["/spec/a/children/*", "/spec/b", "/spec/c/*"]


def test_null_among_values() -> None:
    """The server takes no null beside a list of values: it is as if the field was absent."""
    optional = create_model(
        "M", __base__=Model, x=(Literal["a"] | None, None), y=(Cat | None, None)
    )
    properties: Any = _schema(optional)["properties"]
    assert properties["x"] == {"type": "string", "enum": ["a"]}
    needed = create_model("M", __base__=Model, x=(Literal["a"] | None, ...))
    assert "give it the default None" in _faults(needed)["/spec/x"]
    for several in (list[Color | None], dict[str, Literal["a"] | None]):
        assert "say it by a value of its own" in _faults(several)["/spec/*"]


def test_default_that_is_no_number() -> None:
    """JSON knows no infinity."""
    wrong = create_model("M", __base__=Model, x=(float, float("inf")))
    assert "no JSON number" in _faults(wrong)["/spec/x"]


def test_names_in_pointers_are_escaped() -> None:
    """A pointer can be followed whatever a field is called."""
    model = create_model("M", __base__=Model, x=(int | bool, Field(alias="a/b~c")))
    assert list(_faults(model)) == ["/spec/a~1b~0c"]


def test_too_many_places() -> None:
    """Models that hold one another twice are written out each time, up to a limit."""
    model: Any = Inner
    for _ in range(15):
        model = create_model("M", __base__=Model, a=(model, ...), b=(model, ...))
    with pytest.raises(LimitError, match="20000 places"):
        structural(model, "", [])


def test_too_many_levels() -> None:
    """A type nested deeper than anybody nests is refused, and not by Python."""
    nested: Any = int
    for _ in range(102):
        nested = list[nested]
    with pytest.raises(LimitError, match="100 levels"):
        structural(nested, "", [])


def test_error() -> None:
    """It is a DefinitionError, names all places, and survives pickling."""
    error = SchemaError([Fault("/b", "is wrong"), Fault("/a", "is wrong")], subject="Thing")
    assert isinstance(error, DefinitionError)
    assert str(error) == "Thing: /a: is wrong; /b: is wrong"
    again = pickle.loads(pickle.dumps(error))
    assert again.faults == (Fault("/a", "is wrong"), Fault("/b", "is wrong"))


def test_same_bytes_whatever_the_hash_seed() -> None:
    """Sets of texts have another order in each process; schemas do not."""
    code = (
        "from tests.manifests.test_schema import Sets, structural\n"
        "from tests.manifests.shapes import SHAPES\n"
        "print([structural(s.annotation, '', []) for s in SHAPES.values()], structural(Sets, '', []))"
    )
    told = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": "."},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(told) == 1
