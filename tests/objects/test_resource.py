"""Typed parents and the models inside them."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
from datetime import datetime
from enum import Enum
from typing import Any

import pytest
from pydantic import Field, model_validator

from reconcile import objects
from reconcile.errors import DefinitionError, ObjectError, ReadOnlyError
from reconcile.objects.gvk import Gvk
from reconcile.objects.label_selector import LabelSelector
from reconcile.objects.quantity import Quantity
from reconcile.objects.resource import Model, ObjectMeta, Parent
from reconcile.value.equality import equal
from reconcile.value.types import JsonObject


class Image(Model):
    """An image."""

    registry: str = ""
    tag: str = "latest"


class Storage(Model):
    """Storage."""

    size: Quantity = Quantity("10Gi")
    class_: str | None = None


class StoreSpec(Model):
    """A spec."""

    selector: LabelSelector | None = None
    labels: dict[str, str] = {}
    image: Image = Image()
    storage: Storage = Storage()


class StoreStatus(Model):
    """A status."""

    endpoint: str | None = None
    count: int = 0


class Store(Parent[StoreSpec, StoreStatus], group="unstable.mycompany.com", version="v1alpha1"):
    """A parent."""


class Policy(Parent[dict[str, Any] | None, StoreStatus], version="v1", scope="Cluster"):
    """A cluster-scoped parent of the core group whose spec may be anything, or null."""


class Mode(Enum):
    """A mode."""

    FAST = "fast"


class Many(Model):
    """A field of each kind that is read strictly."""

    whole: int = Field(default=1, ge=1, le=9)
    part: float = 1.0
    flag: bool = False
    text: str = Field(default="aa", min_length=2, max_length=4, pattern="^a")
    when: datetime | None = None
    mode: Mode = Mode.FAST
    items: list[Image] = []
    either: int | list[str] | None = None
    other_name: str = Field(
        default="", validation_alias="clusterIP", serialization_alias="clusterIP"
    )


class Checked(Model):
    """A model whose author's validator tells values."""

    secret: str = ""

    @model_validator(mode="after")
    def _check(self) -> Checked:
        raise ValueError(f"bad {self.secret}")


def _document(**members: Any) -> JsonObject:
    return {
        "apiVersion": "unstable.mycompany.com/v1alpha1",
        "kind": "Store",
        "metadata": {"name": "a", "namespace": "b"},
        **members,
    }


def _faults(document: JsonObject, kind: type[Model] = Store) -> dict[str, str]:
    with pytest.raises(ObjectError) as caught:
        kind.read(document)
    return {fault.pointer: fault.message for fault in caught.value.faults}


def test_a_class_knows_its_kind() -> None:
    """Group, version, kind, plural and scope are facts of the class."""
    assert Store.gvk == Gvk("unstable.mycompany.com/v1alpha1", "Store")
    assert (Store.plural, Store.scope) == ("stores", "Namespaced")
    assert (Policy.gvk, Policy.plural, Policy.scope) == (
        Gvk("v1", "Policy"),
        "policies",
        "Cluster",
    )


def test_kind_and_plural_may_be_given() -> None:
    """The name of the class and the plural made of it are defaults only."""

    class Box(Parent[StoreSpec, StoreStatus], group="a.io", version="v1", kind="Boxen"):
        """A parent."""

    class Key(Box, group="a.io", version="v2", plural="keyring"):
        """A parent."""

    class Child(Box):
        """A parent of the same kind as its base."""

    assert (Box.gvk.kind, Box.plural, Child.gvk) == ("Boxen", "boxens", Box.gvk)
    assert (Key.gvk.kind, Key.plural) == ("Key", "keyring")
    assert type("Bus", (Store,), {}, group="a.io", version="v1").plural == "buses"


@pytest.mark.parametrize(
    "arguments",
    [
        {"group": "a.io"},
        {"group": "A_B", "version": "v1"},
        {"version": "1"},
        {"version": "v1", "scope": "Everywhere"},
    ],
)
def test_a_bad_kind_is_refused_where_it_is_defined(arguments: dict[str, Any]) -> None:
    """A bad group, version or scope is found when the class is made."""
    with pytest.raises(DefinitionError):
        type("Bad", (Parent[StoreSpec, StoreStatus],), {}, **arguments)


def test_a_class_without_a_kind_reads_nothing() -> None:
    """A base class without group and version says what it lacks."""
    with pytest.raises(DefinitionError, match="no kind"):
        Parent[StoreSpec, StoreStatus].of("a")


def test_a_document_is_read_typed() -> None:
    """Fields are snake_case and typed; absent ones have their defaults."""
    store = Store.read(
        _document(
            spec={"storage": {"size": "1Gi", "class": "fast"}, "labels": {"a": "b"}},
            status={"endpoint": "x"},
        )
    )
    assert store.spec.storage.size == Quantity("1Gi")
    assert store.spec.storage.class_ == "fast"
    assert store.spec.image.tag == "latest"
    assert store.status is not None
    assert store.status.endpoint == "x"
    assert (store.name, store.namespace, store.labels, store.annotations) == ("a", "b", {}, {})
    assert str(store.ref) == "Store b/a"


def test_nothing_observed_is_lost() -> None:
    """Unknown fields, nulls, key order and number types are in `raw` and on the wire."""
    document = _document(
        spec={"zzz": {"b": 1.0, "a": None}, "image": {"tag": "x", "new": [True, 1]}},
        status={"count": "no"},
        more=None,
    )
    metadata: Any = document["metadata"]
    metadata.update(managedFields=[{"time": None}], creationTimestamp=None, labels=None)
    store = Store.read(document)
    assert equal(store.raw, document)
    assert equal(store.to_wire(), document)
    assert list(store.raw) == list(document)
    assert equal(store.spec.to_wire(), document["spec"])
    assert store.labels == {}


def test_raw_is_one_frozen_document() -> None:
    """`raw` is the same each time and refuses changes; a wire copy may be changed."""
    store = Store.read(_document())
    assert store.raw is store.raw
    with pytest.raises(TypeError):
        store.raw["kind"] = "x"
    store.to_wire()["kind"] = "x"
    assert store.raw["kind"] == "Store"


def test_every_fault_is_told_by_place_and_without_values() -> None:
    """All faults are found at once; none of the wrong values is in the text."""
    document: JsonObject = {
        "apiVersion": "hidden1/v9",
        "kind": "Hidden2",
        "metadata": {"labels": {"a": 987654}, "namespace": False},
        "spec": {
            "storage": {"size": "hidden3", "class": 987654},
            "image": "hidden4",
            "selector": {"matchExpressions": [{"key": "a", "operator": "hidden5"}]},
        },
    }
    faults = _faults(document)
    assert set(faults) == {
        "/apiVersion",
        "/kind",
        "/metadata/labels/a",
        "/metadata/name",
        "/metadata/namespace",
        "/spec/image",
        "/spec/selector/matchExpressions/0/operator",
        "/spec/storage/class",
        "/spec/storage/size",
    }
    told = str(faults)
    assert "hidden" not in told
    assert "987654" not in told
    assert faults["/spec/storage/size"] == "must be a quantity such as 500m or 1Gi"
    assert faults["/metadata/name"] == "is required"


@pytest.mark.parametrize("metadata", [None, [], "x", {}, {"name": None}, {"name": ""}])
def test_metadata_must_name_the_object(metadata: Any) -> None:
    """A parent without metadata or without a name is not read."""
    assert any(place.startswith("/metadata") for place in _faults(_document(metadata=metadata)))


def test_null_spec_is_a_fault_unless_the_type_allows_it() -> None:
    """An absent spec is an empty one; null is a fault, or None where the type says so."""
    assert Store.read(_document()).spec == StoreSpec()
    assert _faults(_document(spec=None)) == {"/spec": "must be an object"}
    assert Policy.of("a").spec == {}
    null = Policy.read(
        {"apiVersion": "v1", "kind": "Policy", "metadata": {"name": "a"}, "spec": None}
    )
    assert null.spec is None
    assert null.namespace == ""


@pytest.mark.parametrize("status", [{"count": True}, {"count": "5"}, [], "x", {"endpoint": 1}])
def test_a_status_that_does_not_fit_is_none(status: Any) -> None:
    """A status is no memory: one that does not fit is None, and `raw` has it."""
    store = Store.read(_document(status=status))
    assert store.status is None
    assert store.raw["status"] == status


@pytest.mark.parametrize(
    ("document", "place", "message"),
    [
        ({"whole": True}, "/whole", "must be a whole number"),
        ({"whole": "5"}, "/whole", "must be a whole number"),
        ({"whole": 1.5}, "/whole", "must be a whole number"),
        ({"whole": 0}, "/whole", "must be at least 1"),
        ({"whole": 10**30}, "/whole", "must be at most 9"),
        ({"part": "1.5"}, "/part", "must be a number"),
        ({"part": True}, "/part", "must be a number"),
        ({"flag": 1}, "/flag", "must be true or false"),
        ({"text": 1}, "/text", "must be a text"),
        ({"text": "a"}, "/text", "must have at least 2 characters"),
        ({"text": "aaaaa"}, "/text", "must have at most 4 characters"),
        ({"text": "bb"}, "/text", "must match the pattern ^a"),
        ({"when": "soon"}, "/when", "must be a time such as 2026-01-31T12:00:00Z"),
        ({"mode": "slow"}, "/mode", "must be 'fast'"),
        ({"items": {}}, "/items", "must be a list"),
        ({"items": [{}, {"tag": 1}]}, "/items/1/tag", "must be a text"),
        ({"clusterIP": 1}, "/clusterIP", "must be a text"),
    ],
)
def test_values_are_not_taken_for_each_other(
    document: JsonObject, place: str, message: str
) -> None:
    """True is no number, a text of digits is no number, and the message says what is wanted."""
    assert _faults(document, Many) == {place: message}


def test_wire_forms_are_read() -> None:
    """Whole numbers do for numbers; times and enum members are read from their texts."""
    many = Many.read({"part": 2, "when": "2026-01-02T03:04:05Z", "mode": "fast", "clusterIP": "x"})
    assert many.part == 2.0
    assert many.when is not None
    assert many.when.year == 2026
    assert many.mode is Mode.FAST
    assert many.other_name == "x"
    assert many.to_wire()["clusterIP"] == "x"


def test_places_in_unions_are_places_in_the_document() -> None:
    """The names of a union's members, which pydantic puts between, are not in the pointer."""
    assert set(_faults({"either": [1]}, Many)) == {"/either", "/either/0"}


def test_unusual_values_are_faults() -> None:
    """What has no JSON form is a fault at its place."""
    assert _faults(_document(spec={"x": object()})) == {"/spec": "has no JSON form"}  # type: ignore[dict-item]


def test_the_text_of_an_authors_validator_is_not_passed_on() -> None:
    """A message made by a user's validator may hold values, so only its type is told."""
    assert _faults({"secret": "hidden"}, Checked) == {"": "is not valid (value_error)"}


def test_models_are_read_only_all_the_way_down() -> None:
    """Neither a field, nor a map, nor a list in an unknown field can be changed."""
    store = Store.of("a", spec={"labels": {"a": "b"}, "zzz": {"list": [1]}}, labels={"x": "y"})
    with pytest.raises(ReadOnlyError):
        store.spec.labels = {}
    with pytest.raises(TypeError):
        store.spec.labels["a"] = "c"
    unknown: Any = (store.spec.model_extra or {})["zzz"]
    with pytest.raises(TypeError):
        unknown["list"].append(2)
    labels: Any = store.labels
    with pytest.raises(TypeError):
        labels["x"] = "z"


def test_defaults_are_read_only_and_not_shared() -> None:
    """A default that is a map is as read-only as an observed one."""
    labels: Any = StoreSpec().labels
    with pytest.raises(TypeError):
        labels["a"] = "b"


def test_misspelt_keywords_are_errors() -> None:
    """Code that names an unknown field is told the nearest one."""
    with pytest.raises(TypeError, match="Storage has no field 'sise', did you mean 'size'"):
        Storage(sise=1)  # type: ignore[call-arg]


def test_wire_names_are_keywords_too() -> None:
    """What is on the wire may be a keyword."""
    assert Storage(**{"class": "x"}) == Storage(class_="x")  # type: ignore[arg-type]


def test_values_of_keywords_are_checked() -> None:
    """A bad value given by keyword is our error, with the wire name."""
    with pytest.raises(ObjectError, match=r"^Storage: /class: must be a text$"):
        Storage(class_=5)  # type: ignore[arg-type]
    assert Storage(size="1Gi").size == Quantity("1Gi")  # type: ignore[arg-type]


def test_unset_is_no_opinion() -> None:
    """Only what was set is on the wire, and None for an optional field is unset."""
    assert StoreSpec().to_wire() == {}
    assert Storage(size=Quantity("1024Mi"), class_=None).to_wire() == {"size": "1024Mi"}
    made = StoreSpec(image=Image(tag="x"), selector=LabelSelector(match_labels={"a": "b"}))
    assert made.to_wire() == {
        "image": {"tag": "x"},
        "selector": {"matchLabels": {"a": "b"}},
    }


def test_parents_are_made_in_code() -> None:
    """`of` takes a model or a document for the spec and checks it at once."""
    typed = Store.of("a", namespace="b", spec=StoreSpec(labels={"x": "y"}), uid="u", generation=2)
    plain = Store.read(
        _document(
            metadata={"name": "a", "namespace": "b", "uid": "u", "generation": 2},
            spec={"labels": {"x": "y"}},
        )
    )
    assert typed == plain
    assert typed.metadata.generation == 2
    with pytest.raises(ObjectError, match="/spec/labels"):
        Store.of("a", spec={"labels": 1})
    finished = Store.of(
        "a", status={"count": 1}, finalizers=["x"], deletion_timestamp="t", annotations={"k": "v"}
    )
    assert finished.status == StoreStatus(count=1)
    assert finished.metadata.finalizers == ["x"]
    assert finished.annotations == {"k": "v"}


def test_parents_are_made_by_keyword() -> None:
    """A parent made by keyword is a whole document."""
    store = Store(metadata=ObjectMeta(name="a"), spec=StoreSpec(labels={"x": "y"}))
    assert store.to_wire() == {
        "apiVersion": "unstable.mycompany.com/v1alpha1",
        "kind": "Store",
        "metadata": {"name": "a"},
        "spec": {"labels": {"x": "y"}},
    }


def test_owners_are_typed() -> None:
    """Owner references are read typed."""
    owner: JsonObject = {
        "apiVersion": "v1",
        "kind": "Pod",
        "name": "p",
        "uid": "u",
        "controller": True,
    }
    store = Store.read(_document(metadata={"name": "a", "ownerReferences": [owner]}))
    assert store.metadata.owner_references[0].controller is True


def test_equality_is_of_documents() -> None:
    """Two parents are equal when class and documents are, strictly."""
    assert Store.of("a") == Store.of("a")
    assert Store.of("a") != Store.of("b")
    assert Store.read(_document(spec={"x": 1})) != Store.read(_document(spec={"x": 1.0}))
    assert Store.of("a") != "a"


def test_copies_are_equal() -> None:
    """A deep copy and a pickled copy of a model are equal to it."""
    store = Store.of("a", spec={"labels": {"a": "b"}})
    assert copy.deepcopy(store) == store
    assert pickle.loads(pickle.dumps(store)) == store


def test_quantities_have_a_schema() -> None:
    """A quantity is an int-or-string with the server's pattern in a JSON schema."""
    schema = Storage.model_json_schema()["properties"]["size"]
    assert schema["x-kubernetes-int-or-string"] is True


def test_only_models_load_pydantic() -> None:
    """Everything here but the models is there without pydantic."""
    code = (
        "import sys, reconcile.objects as o;"
        "o.accept({}); o.Quantity('1'); o.Condition('A', 'True');"
        "assert 'pydantic' not in sys.modules; o.Model; o.LabelSelector;"
        "assert 'pydantic' in sys.modules; o.Nothing"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "AttributeError: module 'reconcile.objects' has no attribute 'Nothing'" in run.stderr


@pytest.mark.parametrize("name", objects.__all__)
def test_every_name_is_there(name: str) -> None:
    """Every public name of the package can be had from it, loaded early or late."""
    assert getattr(objects, name) is not None


def test_other_names_are_not_there() -> None:
    """A name that is not public is an AttributeError."""
    with pytest.raises(AttributeError, match="no attribute"):
        _ = objects.Nothing
