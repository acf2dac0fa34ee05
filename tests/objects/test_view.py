"""Typed views: the raw document below, None as unset, read-only where observed."""

from __future__ import annotations

import json
import traceback
from types import MappingProxyType

import pytest

from reconcile.errors import LimitError, ObjectError
from reconcile.objects.document import Document
from reconcile.objects.quantity import Quantity
from reconcile.objects.view import (
    Kind,
    ListOf,
    MapOf,
    MapOfViews,
    Nested,
    Quantities,
    QuantityText,
    Required,
    Scalar,
    Values,
    View,
    wire,
)
from reconcile.value.frozen import freeze
from reconcile.value.types import NULL, Json, JsonObject


class Port(View):
    """A port."""

    number: Required[int] = wire("containerPort")
    target: Scalar[int | str] = wire("targetPort")


class Container(View):
    """A container."""

    name: Required[str] = wire("name")
    image: Required[str] = wire("image")
    args: Values[str] = wire("args")
    ports: ListOf[Port] = wire("ports")
    from_: Scalar[str] = wire("from")


class PodSpec(View):
    """What a pod should be."""

    containers: ListOf[Container] = wire("containers")
    node_selector: MapOf[str] = wire("nodeSelector")
    by_name: MapOfViews[Port] = wire("byName")
    size: QuantityText = wire("size")
    requests: Quantities = wire("requests")
    anything: MapOf[Json] = wire("anything")


class Template(View):
    """A pod to be."""

    spec: Nested[PodSpec] = wire("spec")


class Meta(View):
    """Metadata."""

    name: Scalar[str] = wire("name")
    uid: Scalar[str] = wire("uid")
    labels: MapOf[str] = wire("labels")


class SetSpec(View):
    """What a set should be."""

    replicas: Scalar[int] = wire("replicas")
    template: Nested[Template] = wire("template")


class Set(Kind, api_version="apps/v1", plural="sets"):
    """A set of pods."""

    metadata: Nested[Meta] = wire("metadata")
    spec: Nested[SetSpec] = wire("spec")


class Bare(Kind, api_version="example.org/v1", kind="Policy", namespaced=False):
    """A kind without fields of its own."""


class Sized:
    """Something that knows its wire form."""

    def to_wire(self) -> Json:
        """Return the wire form."""
        return {"replicas": 7}


def full() -> Set:
    """Return a set with one container."""
    return Set(
        "web",
        namespace="demo",
        labels={"app": "web"},
        spec=SetSpec(
            replicas=2,
            template=Template(spec=PodSpec(containers=[Container(name="a", image="b:1")])),
        ),
    )


def observed() -> Set:
    """Return the same set as it is observed: from bytes."""
    raw = full().raw | {"status": {"secret": "x"}}
    return Set.observed(Document(json.dumps(raw, separators=(",", ":")).encode()))


def test_construction_writes_the_wire_form() -> None:
    """Keywords become wire names, identity first."""
    expected = {
        "apiVersion": "apps/v1",
        "kind": "Set",
        "metadata": {"name": "web", "namespace": "demo", "labels": {"app": "web"}},
        "spec": {
            "replicas": 2,
            "template": {"spec": {"containers": [{"name": "a", "image": "b:1"}]}},
        },
    }
    assert json.dumps(full().raw) == json.dumps(expected)


def test_dicts_and_views_say_the_same() -> None:
    """A nested dict and a nested view make equal objects."""
    spec = full().raw["spec"]
    assert isinstance(spec, dict)
    assert Set("web", namespace="demo", labels={"app": "web"}, spec=spec) == full()


def test_none_is_unset_and_null_is_null() -> None:
    """None sends nothing, NULL sends null, None deletes when written."""
    made = Set("a", labels=None, annotations=None, spec=SetSpec(replicas=None))
    assert made.raw["metadata"] == {"name": "a"}
    assert made.raw["spec"] == {}
    made.spec.replicas = NULL
    assert made.raw["spec"] == {"replicas": None}
    assert "replicas" in made.spec
    assert made.spec.replicas is None
    made.spec.replicas = None
    assert "replicas" not in made.spec
    made.spec = NULL
    assert made.raw["spec"] is None
    assert made.spec.template.spec.size is None
    del made.spec
    assert "spec" not in made
    assert "spec" not in made.raw


@pytest.mark.parametrize("field", ["containers", "node_selector", "by_name", "requests", "size"])
def test_null_can_be_written_everywhere(field: str) -> None:
    """Every sort of field takes an explicit null."""
    spec = PodSpec(**{field: NULL})
    assert list(spec.raw.values()) == [None]
    assert not getattr(spec, field)


def test_null_in_metadata() -> None:
    """Labels and annotations of a kind take an explicit null."""
    made = Set("a", labels=NULL)  # type: ignore[arg-type] # the constructor's field type is a map
    assert made.raw["metadata"] == {"name": "a", "labels": None}
    assert made.labels == {}


def test_absent_places_attach_at_the_first_write() -> None:
    """Reading an absent place changes nothing; writing makes all levels."""
    made = Set("a")
    deep = made.spec.template.spec
    assert list(deep.containers) == []
    assert len(deep.node_selector) == 0
    assert made.raw.keys() == {"apiVersion", "kind", "metadata"}
    deep.node_selector["disk"] = "ssd"
    deep.containers.append(Container(name="a", image="b"))
    deep.containers[0].ports.append({"containerPort": 80})  # type: ignore[arg-type] # dicts too
    assert made.raw["spec"] == {
        "template": {
            "spec": {
                "nodeSelector": {"disk": "ssd"},
                "containers": [{"name": "a", "image": "b", "ports": [{"containerPort": 80}]}],
            }
        }
    }


def test_two_views_of_one_absent_place_agree() -> None:
    """Both views see what either writes first."""
    made = Set("a")
    first, second = made.spec, made.spec
    first.replicas = 1
    assert second.replicas == 1
    second.template.spec.size = "1Gi"
    assert made.raw["spec"] == {"replicas": 1, "template": {"spec": {"size": "1Gi"}}}


def test_deleting_in_an_absent_place_attaches_nothing() -> None:
    """Unsetting a field of an absent object leaves it absent."""
    made = Set("a")
    made.spec.replicas = None
    assert "spec" not in made.raw


def test_raw_of_an_absent_place_attaches() -> None:
    """The raw form of a place is live, so asking for it makes it."""
    made = Set("a")
    made.spec.raw["replicas"] = 3
    made.spec.template.spec.node_selector.raw["a"] = "b"  # type: ignore[attr-defined] # a view
    assert made.spec.replicas == 3
    assert made.spec.template.spec.node_selector == {"a": "b"}


def test_of_wraps_without_copying_and_loses_nothing() -> None:
    """Unknown fields, nulls, order and number types survive."""
    raw: JsonObject = {
        "kind": "Set",
        "zzz": 1.0,
        "apiVersion": "apps/v1",
        "metadata": {"name": "a", "x": None},
    }
    before = json.dumps(raw)
    view = Set.of(raw)
    assert view.raw is raw
    assert view.name == "a"
    assert json.dumps(view.raw) == before


def test_of_checks_the_kind() -> None:
    """A document of another kind is refused, with both places."""
    with pytest.raises(ObjectError) as caught:
        Set.of({"apiVersion": "v1", "kind": "Pod"})
    assert [fault.pointer for fault in caught.value.faults] == ["/apiVersion", "/kind"]
    with pytest.raises(ObjectError):
        Set.observed({"kind": "Set"})
    with pytest.raises(ObjectError, match="must be an object"):
        Port.of([])  # type: ignore[arg-type] # what is refused


def test_required_fields_say_where_they_are_missing() -> None:
    """A missing required field is an error with ref and pointer."""
    made = Set("a", namespace="n", spec={"template": {"spec": {"containers": [{"name": None}]}}})
    container = made.spec.template.spec.containers[0]
    with pytest.raises(ObjectError) as caught:
        _ = container.image
    place = "/spec/template/spec/containers/0/image: is required but absent"
    assert str(caught.value) == f"Set n/a: {place}"
    with pytest.raises(ObjectError, match="name: is required but null"):
        _ = container.name
    nameless = Set.of({"apiVersion": "apps/v1", "kind": "Set"})
    with pytest.raises(ObjectError, match="/metadata/name: is required but absent"):
        _ = nameless.name
    assert "without a name" in repr(nameless)
    nameless = Set.of({"apiVersion": "apps/v1", "kind": "Set", "metadata": {"name": None}})
    with pytest.raises(ObjectError, match="/metadata/name: is required but null"):
        _ = nameless.name


def test_values_of_the_wrong_shape_are_errors_when_read() -> None:
    """A text where an object or a list should be is an error that does not show it."""
    made = Set("a", spec={"template": "hunter2"})
    with pytest.raises(ObjectError, match="/spec/template: must be an object") as caught:
        _ = made.spec.template
    assert "hunter2" not in str(caught.value)
    spec = PodSpec.of({"containers": ["x"], "byName": {"a": 1}, "nodeSelector": [], "args": {}})
    with pytest.raises(ObjectError, match="/containers/0: must be an object"):
        _ = spec.containers[0]
    with pytest.raises(ObjectError, match="/byName/a: must be an object"):
        _ = spec.by_name["a"]
    with pytest.raises(ObjectError, match="/nodeSelector: must be an object"):
        _ = spec.node_selector
    with pytest.raises(ObjectError, match="/args: must be a list"):
        _ = Container.of({"args": {}}).args


@pytest.mark.parametrize(
    "attempt",
    [
        lambda: Set("a", spce={}),  # type: ignore[call-arg] # what is refused
        lambda: SetSpec(replica=1),  # type: ignore[call-arg] # what is refused
        lambda: setattr(SetSpec(), "replica", 1),
        lambda: SetSpec().replica,  # type: ignore[attr-defined] # what is refused
    ],
)
def test_misspelt_names_are_refused_with_the_nearest(attempt: object) -> None:
    """Reading, writing and constructing all name the likely field."""
    assert callable(attempt)
    with pytest.raises((TypeError, AttributeError), match=r"did you mean '(spec|replicas)'"):
        attempt()


@pytest.mark.parametrize(
    ("attempt", "words"),
    [
        (lambda: Set("a", spec=3), "Set.spec takes a SetSpec or a dict"),
        (lambda: Set("a", spec=PodSpec()), "Set.spec takes a SetSpec, not"),
        (lambda: Set("a", labels=["b"]), "takes a mapping"),
        (lambda: Set(3), "its name as a text"),
        (lambda: PodSpec(containers="abc"), "a list of Container"),
        (lambda: PodSpec(containers={"a": 1}), "a list of Container"),
        (lambda: PodSpec(containers=[3]), "a Container or a dict"),
        (lambda: PodSpec(by_name=[3]), "a map of Port"),
        (lambda: Container(args="abc"), "takes a list"),
        (lambda: Container(args=3), "takes a list"),
    ],
)
def test_values_of_the_wrong_shape_are_refused_when_written(attempt: object, words: str) -> None:
    """A TypeError names the field, and the document stays as it was."""
    assert callable(attempt)
    with pytest.raises(TypeError, match=words):
        attempt()


def test_written_values_become_plain() -> None:
    """Tuples, views inside dicts, quantities and NULL are JSON in the raw document."""
    inner = PodSpec(
        size=Quantity("1Gi"),
        requests={"cpu": Quantity("100m"), "memory": 5},
        by_name={"a": Port(number=1), "b": {"containerPort": 2}},
        anything={"deep": [{"null": NULL}, (1, 2)]},
    )
    made = Set("a", spec={"template": {"spec": inner, "keep": [1]}})
    assert made.raw["spec"] == {
        "template": {
            "spec": {
                "size": "1Gi",
                "requests": {"cpu": "100m", "memory": 5},
                "byName": {"a": {"containerPort": 1}, "b": {"containerPort": 2}},
                "anything": {"deep": [{"null": None}, [1, 2]]},
            },
            "keep": [1],
        }
    }
    assert made.spec.template.spec.by_name["b"].number == 2
    assert Set("a", spec=Sized()).spec.replicas == 7


def test_read_only_mappings_are_thawed_when_written() -> None:
    """A frozen or foreign mapping becomes a dict that can be written to."""
    frozen = freeze({"template": {"spec": {"nodeSelector": {"a": "b"}, "containers": [{}]}}})
    made = Set("a", spec=frozen, labels=MappingProxyType({"a": "b"}))
    made.spec.template.spec.node_selector["c"] = "d"
    made.spec.template.spec.containers[0].name = "e"
    made.labels["c"] = "d"
    assert frozen == {"template": {"spec": {"nodeSelector": {"a": "b"}, "containers": [{}]}}}
    assert made.raw["metadata"] == {"name": "a", "labels": {"a": "b", "c": "d"}}
    assert type(made.copy().raw["spec"]) is dict
    assert Set.observed(frozen | {"apiVersion": "apps/v1", "kind": "Set"}).copy().raw


def test_what_is_not_known_is_stored_as_it_is() -> None:
    """Values that nobody here knows are left for `accept` to judge."""
    thing = object()
    assert Set("a", spec={"x": thing}).raw["spec"] == {"x": thing}  # type: ignore[dict-item] # odd


def test_a_view_from_another_document_is_copied() -> None:
    """Writing a part of one object into another shares nothing."""
    first, second = full(), Set("b")
    second.spec = first.spec
    second.spec.replicas = 9
    assert first.spec.replicas == 2
    made = Set("c", labels=first.labels, spec=observed().spec)
    made.labels["x"] = "y"
    made.spec.replicas = 5
    assert first.labels == {"app": "web"}


def test_a_view_made_by_hand_stays_a_view_of_what_it_was_put_into() -> None:
    """Putting a fresh view into an object does not copy it."""
    container = Container(name="a", image="b")
    spec = PodSpec(containers=[container])
    container.image = "c"
    assert spec.containers[0].image == "c"


def test_maps_and_lists_given_by_callers_are_not_written_to() -> None:
    """Labels given as a dict are the caller's."""
    labels = {"a": "b"}
    made = Set("a", labels=labels)
    made.labels["c"] = "d"
    assert labels == {"a": "b"}


def test_metadata_given_with_the_name() -> None:
    """`metadata=` and the short keywords are put together; the short ones win."""
    made = Set("a", labels={"x": "y"}, metadata=Meta(uid="u", labels={"z": "z"}))
    assert made.raw["metadata"] == {"name": "a", "labels": {"x": "y"}, "uid": "u"}
    assert list(Bare("p", metadata={"uid": "u"}).raw["metadata"] or ()) == ["name", "uid"]
    assert made.metadata.uid == "u"


def test_name_namespace_labels_annotations_are_views_into_metadata() -> None:
    """The four short attributes read and write metadata."""
    made = Bare.of({"apiVersion": "example.org/v1", "kind": "Policy"})
    assert "labels" not in made
    made.name = "p"
    made.namespace = "n"
    made.annotations["a"] = "b"
    made.labels = {"c": "d"}
    assert made.raw["metadata"] == {
        "name": "p",
        "namespace": "n",
        "annotations": {"a": "b"},
        "labels": {"c": "d"},
    }
    made.namespace = None
    made.annotations = {}
    assert str(made.ref) == "Policy p"
    assert "labels" in made
    assert "namespace" not in made


def test_kinds_know_themselves() -> None:
    """gvk, plural and scope come from the declaration."""
    assert (Set.gvk.api_version, Set.gvk.kind, Set.plural, Set.namespaced) == (
        "apps/v1",
        "Set",
        "sets",
        True,
    )
    assert (Bare.gvk.kind, Bare.plural, Bare.namespaced) == ("Policy", "policies", False)

    class Ingress(Kind, api_version="v1"):
        """Ends in s."""

    assert Ingress.plural == "ingresses"


def test_observed_free_json_is_frozen() -> None:
    """Containers without a type of their own cannot be changed through an observed view."""
    spec = PodSpec.observed({"anything": {"deep": [1], "n": 1}})
    assert spec.anything["n"] == 1
    deep = spec.anything["deep"]
    assert isinstance(deep, list)
    with pytest.raises(TypeError, match="read-only"):
        deep.append(2)


def test_equality_is_strict_and_by_class() -> None:
    """Equal documents are equal views of one class; True is not 1."""
    assert SetSpec(replicas=1) != SetSpec.of({"replicas": True})
    assert SetSpec() != Template()
    assert SetSpec() != {}
    with pytest.raises(TypeError, match="unhashable"):
        hash(SetSpec())
    with pytest.raises(TypeError, match="unhashable"):
        hash(full().labels)


def test_repr_shows_no_value() -> None:
    """Names of fields are shown, what is in them is not."""
    made = full()
    made.labels["password"] = "hunter2"
    assert repr(made) == "<Set demo/web: metadata, spec>"
    assert repr(made.spec) == "<SetSpec: replicas, template>"
    assert "hunter2" not in repr(made.labels)
    assert "Container" in repr(made.spec.template.spec.containers[0])


def test_documents_too_deep_are_refused() -> None:
    """Nesting beyond the limit is a LimitError, in dicts and in lists, written and copied."""
    deep: object = {}
    for _ in range(200):
        deep = {"a": [deep]}
    with pytest.raises(LimitError):
        Set("a", spec={"template": deep})
    with pytest.raises(LimitError):
        Set.of({"apiVersion": "apps/v1", "kind": "Set", "spec": deep}).copy()  # type: ignore[dict-item] # deep


def test_descriptors_are_seen_on_the_class() -> None:
    """Reading a field of the class itself gives the field."""
    names = [str(getattr(PodSpec, name)) for name in PodSpec._fields]
    assert names[0] == "PodSpec.containers"
    assert str(Set.labels).endswith("labels")
    assert str(Set.name).endswith("name")
    assert str(SetSpec.replicas) == "SetSpec.replicas"
    assert str(Container.name) == "Container.name"
    assert str(Container.args) == "Container.args"


def test_a_guess_is_made_once() -> None:
    """A traceback puts no guess of Python's own behind ours."""
    with pytest.raises(AttributeError) as caught:
        _ = SetSpec().replica  # type: ignore[attr-defined] # what is refused
    told = "".join(traceback.format_exception_only(caught.value))
    assert told.count("did you mean") == 1
    assert "Did you mean" not in told
