"""Anything a user hands us, as a plain document."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import OrderedDict, UserDict, deque
from datetime import UTC, date, datetime, timedelta, timezone
from enum import Enum, IntEnum, StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field

from reconcile.errors import ObjectError
from reconcile.kinds.core_v1 import ConfigMap
from reconcile.objects.accept import accept, plain
from reconcile.objects.quantity import Quantity
from reconcile.objects.resource import Model, Parent
from reconcile.value.equality import equal
from reconcile.value.frozen import freeze
from reconcile.value.types import NULL

KEYS = st.text(st.characters(exclude_categories=["Cs"]))
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False).filter(lambda number: number % 1 != 0)
    | KEYS,
    lambda items: st.lists(items) | st.dictionaries(KEYS, items),
    max_leaves=20,
)


class Color(Enum):
    """An enum of texts."""

    RED = "red"


class Level(IntEnum):
    """An enum of numbers that are numbers."""

    HIGH = 3


class Word(StrEnum):
    """An enum of texts that are texts."""

    HELLO = "hello"


class Count(int):
    """A whole number of another type."""


class Part(float):
    """A number of another type."""


class Label(str):
    """A text of another type."""

    __slots__ = ()


def _faults(thing: object, **arguments: Any) -> dict[str, str]:
    with pytest.raises(ObjectError) as caught:
        accept(thing, **arguments)
    return {fault.pointer: fault.message for fault in caught.value.faults}


@pytest.mark.slow
@given(st.dictionaries(KEYS, JSON))
def test_plain_documents_are_copied_as_they_are(document: dict[str, Any]) -> None:
    """A plain document is accepted unchanged, key order included."""
    accepted = accept(document)
    assert equal(accepted, document)
    assert list(accepted) == list(document)
    assert equal(accept(freeze(document)), document)


@given(
    st.dictionaries(KEYS, st.dictionaries(KEYS, st.lists(KEYS, max_size=3), max_size=3), max_size=3)
)
def test_nothing_is_shared(document: dict[str, Any]) -> None:
    """The result may be changed without changing what was handed in."""
    before = json.dumps(document)
    for value in accept(document).values():
        assert isinstance(value, dict)
        for items in value.values():
            assert isinstance(items, list)
            items.append("new")
        value["new"] = 1
    assert json.dumps(document) == before


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Quantity("1024Mi"), "1024Mi"),
        (NULL, None),
        (None, None),
        ((1, "a"), [1, "a"]),
        (deque([1]), [1]),
        (2.0, 2),
        (-0.0, 0),
        (1.5, 1.5),
        (True, True),
        (Color.RED, "red"),
        (Level.HIGH, 3),
        (Word.HELLO, "hello"),
        (Label("x"), "x"),
        (Count(3), 3),
        (Part(1.5), 1.5),
        ("ä", "ä"),
        (OrderedDict(a=1), {"a": 1}),
        (UserDict({"a": (1,)}), {"a": [1]}),
        (MappingProxyType({"a": 1}), {"a": 1}),
        ({Word.HELLO: 1, Label("x"): 2, "ä": 3}, {"hello": 1, "x": 2, "ä": 3}),
        (datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), "2026-01-02T03:04:05Z"),
        (datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC), "2026-01-02T03:04:05.000006Z"),
        (
            datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone(timedelta(hours=1))),
            "2026-01-02T02:04:05Z",
        ),
        (date(2026, 1, 2), "2026-01-02"),
        (2**63 - 1, 2**63 - 1),
    ],
)
def test_values_become_json(value: Any, expected: Any) -> None:
    """Each kind of value has one JSON form, in every place, of the exact JSON types."""
    document = {"a": value, "b": [value]}
    accepted = accept(document)
    assert equal(accepted, {"a": expected, "b": [expected]})
    assert type(accepted["a"]) is type(expected)
    assert equal(plain(value), expected)


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (float("nan"), "finite"),
        (float("inf"), "finite"),
        (2**63, "64 bits"),
        (1e300, "64 bits"),
        (b"hidden", "encode bytes"),
        (bytearray(b"hidden"), "encode bytes"),
        ({"hidden"}, "no JSON form"),
        (object(), "no JSON form"),
        (Color, "class Color"),
        ("hidden\ud800", "surrogate"),
        (datetime(2026, 1, 2), "time zone"),  # noqa: DTZ001 -- the fault is the missing zone
        ({1: "hidden"}, "key"),
        ({"hidden\ud800": 1}, "surrogate"),
        (3 + 4j, "no JSON form"),
        (lambda: 1, "no JSON form"),
    ],
)
def test_values_without_a_json_form_are_faults(value: Any, told: str) -> None:
    """What JSON cannot say is a fault at its place, and the value is not in the text."""
    for faults in (_faults({"x": {"y/z": [value]}}), _faults({"x": {"y/z": [0, value]}})):
        [(pointer, message)] = faults.items()
        assert pointer in ("/x/y~1z/0", "/x/y~1z/1")
        assert told in message
        assert "hidden" not in message


def test_all_faults_are_told_below_the_given_place() -> None:
    """Every fault of a document is collected, below the place of the document."""
    document = {"a": float("nan"), "b": [1, {2}], "c": {"d": b""}, "e": 1}
    assert sorted(_faults(document, pointer="/children/3")) == [
        "/children/3/a",
        "/children/3/b/1",
        "/children/3/c/d",
    ]


def test_faults_are_bounded() -> None:
    """A document full of faults tells the first hundred."""
    assert len(_faults({str(number): {1} for number in range(500)})) == 100


def test_depth_is_bounded() -> None:
    """A cycle, or a document nested more than 128 deep, is a fault and not a crash."""
    cycle: list[Any] = []
    cycle += [cycle, cycle]
    assert all("nested" in message for message in _faults({"a": cycle}).values())
    deep: Any = 1
    for _ in range(128):
        deep = {"a": deep}
    assert accept(deep)
    assert [*_faults({"a": deep}).values()] == ["is nested more than 128 deep"]
    nested: Any = UserDict()
    nested["a"] = nested
    assert [*_faults(nested).values()] == ["is nested more than 128 deep"]


@pytest.mark.parametrize("text", ["kind: Pod", b"{}", bytearray(b"{}"), memoryview(b"{}")])
def test_a_text_is_never_parsed(text: Any) -> None:
    """A text is refused with advice; whether it is YAML is not guessed."""
    [message] = _faults(text).values()
    assert "load it first" in message


@pytest.mark.parametrize("thing", [None, [], 1, Color.RED, [("kind", "Pod")]])
def test_an_object_is_wanted(thing: Any) -> None:
    """What becomes something else than an object is refused."""
    assert [*_faults(thing)] == [""]


def test_views_are_their_documents() -> None:
    """A typed view is its document; explicit nulls stay, unset is left out."""
    config = ConfigMap("a", data={"k": "v"})
    accepted = accept(config)
    assert accepted == {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "a"},
        "data": {"k": "v"},
    }
    assert accept({"inside": [config]}) == {"inside": [accepted]}
    config.data = {"k": "w"}
    assert accepted["data"] == {"k": "v"}


class Spec(Model):
    """A spec of ours."""

    size: Quantity = Quantity("1")
    sub_field: str | None = None


class Thing(Parent[Spec, Spec], group="a.io", version="v1"):
    """A parent of ours."""


def test_our_models_give_what_was_set() -> None:
    """Models of ours give wire names and what was set; a parent gives its whole document."""
    assert accept(Spec(sub_field="x")) == {"subField": "x"}
    assert accept({"spec": Spec(size=Quantity("2"))}) == {"spec": {"size": "2"}}
    thing = Thing.of("a", spec={"subField": "x", "other": None})
    assert accept(thing) == {
        "apiVersion": "a.io/v1",
        "kind": "Thing",
        "metadata": {"name": "a"},
        "spec": {"subField": "x", "other": None},
    }


class Camel(BaseModel):
    """A model as kubex and cloudcoil make them."""

    model_config = ConfigDict(
        alias_generator=lambda name: "".join(
            part.title() if index else part for index, part in enumerate(name.split("_"))
        ),
        populate_by_name=True,
    )


class Meta(Camel):
    """Metadata of another library."""

    name: str | None = None
    labels: dict[str, str] = Field(default_factory=dict)
    creation_timestamp: datetime | None = None


class Pod(Camel):
    """An object of another library, which knows its kind by defaults."""

    api_version: str = "v1"
    kind: str = "Pod"
    metadata: Meta | None = None
    restart_policy: str | None = None


def test_pydantic_models_keep_their_identity() -> None:
    """`exclude_unset` leaves out apiVersion and kind, which are defaults; they are put back."""
    moment = datetime(2026, 1, 2, tzinfo=UTC)
    pod = Pod(metadata=Meta(name="a", creation_timestamp=moment))
    assert accept(pod) == {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "a", "creationTimestamp": "2026-01-02T00:00:00Z"},
    }
    assert list(accept(pod))[:2] == ["apiVersion", "kind"]


def test_unset_fields_of_pydantic_models_are_no_opinion() -> None:
    """A field left at its default is not sent; one set to None is."""
    assert "restartPolicy" not in accept(Pod())
    assert accept(Pod(restart_policy=None))["restartPolicy"] is None


def test_a_container_changed_in_place_is_not_lost_silently() -> None:
    """`exclude_unset` would lose a default map that was filled afterwards: that is a fault."""
    pod = Pod(metadata=Meta(name="a"))
    assert pod.metadata is not None
    pod.metadata.labels["a"] = "b"
    assert "metadata.labels changed in place" in str(_faults(pod))
    pod.metadata.labels = {"a": "b"}
    assert accept(pod)["metadata"] == {"name": "a", "labels": {"a": "b"}}


class Struct(msgspec.Struct, rename="camel"):
    """A struct with wire names."""

    api_version: str
    kind: str
    sub_field: int | msgspec.UnsetType = msgspec.UNSET
    more: Any = None


def test_structs_give_wire_names_and_leave_out_unset() -> None:
    """A msgspec Struct gives its renamed fields, UNSET left out, our own types inside included."""
    given_struct = Struct("v1", "Pod", more={"size": Quantity("1"), "deep": Struct("a", "b")})
    assert accept(given_struct) == {
        "apiVersion": "v1",
        "kind": "Pod",
        "more": {"size": "1", "deep": {"apiVersion": "a", "kind": "b", "more": None}},
    }
    assert "no JSON form" in str(_faults(Struct("v1", "Pod", more=object())))


class ClientModel:
    """A model as the kubernetes client makes them."""

    attribute_map = MappingProxyType(
        {"api_version": "apiVersion", "host_ip": "hostIP", "gone": "gone"}
    )

    def __init__(self, **values: Any) -> None:
        self.api_version = values.get("api_version")
        self.host_ip = values.get("host_ip")

    def to_dict(self) -> dict[str, Any]:
        """Return Python's names, which nobody wants."""
        return {"api_version": None}

    def model_dump(self, **_: Any) -> dict[str, Any]:
        """Return what must not be asked."""
        raise AssertionError


def test_the_attribute_map_is_asked_before_anything_else() -> None:
    """Models of kubernetes 37 are pydantic models too; their attribute map is asked first."""
    inner = ClientModel(host_ip=datetime(2026, 1, 2, tzinfo=UTC))
    assert accept(ClientModel(api_version="v1", host_ip=[inner])) == {
        "apiVersion": "v1",
        "hostIP": [{"hostIP": "2026-01-02T00:00:00Z"}],
    }


class Carrier:
    """Something that carries or makes a document."""

    def __init__(self, **members: Any) -> None:
        self.__dict__.update(members)


def test_carriers_of_documents() -> None:
    """kr8s's `raw`, lightkube's `to_dict()` and cdk8s's `to_json()` are documents."""
    assert accept(Carrier(raw={"kind": "Pod"}, to_dict=dict)) == {"kind": "Pod"}
    assert accept(Carrier(to_dict=lambda: {"kind": "Pod"})) == {"kind": "Pod"}
    assert accept(Carrier(to_json=lambda: {"kind": "Pod"})) == {"kind": "Pod"}
    assert accept(Carrier(raw="x", to_dict=5, to_json=lambda: {"a": (1,)})) == {"a": [1]}


@pytest.mark.parametrize(
    ("carrier", "told"),
    [
        (Carrier(to_json=lambda: "{}"), "does not convert itself to an object"),
        (Carrier(to_dict=lambda: {"api_version": "v1"}), "wire names are wanted"),
        (Carrier(to_dict=lambda: 1 / 0), "cannot be converted: ZeroDivisionError"),
        (Carrier(), "no JSON form"),
    ],
)
def test_carriers_that_give_no_document(carrier: Carrier, told: str) -> None:
    """What gives no wire document is told, an error of its own by name only."""
    assert told in str(_faults(carrier))
    assert told in str(_faults({"a": carrier}))


def test_faults_of_a_nested_model_have_their_place() -> None:
    """A model that refuses itself with our error is told at its place."""

    class Refusing:
        def to_wire(self) -> object:
            return accept({"x": float("nan")})

    assert [*_faults({"a": [Refusing()]})] == ["/a/0/x"]


CLIENT = """
import datetime, json, sys
try:
    from kubernetes import client as k
except ImportError:
    sys.exit(77)
from reconcile.objects.accept import accept
pod = k.V1Pod(
    api_version="v1", kind="Pod",
    metadata=k.V1ObjectMeta(
        name="a", labels={"a": "b"}, annotations={},
        creation_timestamp=datetime.datetime(2026, 1, 2, tzinfo=datetime.timezone.utc),
        owner_references=[k.V1OwnerReference(
            api_version="v1", kind="X", name="x", uid="u", block_owner_deletion=True)]),
    spec=k.V1PodSpec(
        host_ipc=False,
        containers=[k.V1Container(
            name="c", image="i", ports=[k.V1ContainerPort(container_port=80)],
            env=[k.V1EnvVar(name="E", value="")],
            resources=k.V1ResourceRequirements(limits={"memory": "1Gi"}),
            liveness_probe=k.V1Probe(http_get=k.V1HTTPGetAction(path="/", port="http")))]),
    status=k.V1PodStatus(pod_ip="1.2.3.4", host_ip=None))
print(json.dumps([accept(pod), accept({"spec": {"template": k.V1PodTemplateSpec(spec=pod.spec)}})]))
"""


def _clients() -> list[str]:
    folders = os.environ.get("RECONCILE_KUBERNETES_CLIENTS", "")
    return ["", *filter(None, folders.split(os.pathsep))]


@pytest.mark.parametrize("folder", _clients())
def test_models_of_the_kubernetes_client(folder: str) -> None:
    """Models of the client give the exact manifest, whichever version made them."""
    folders = [folder, str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")]
    path = os.pathsep.join(filter(None, folders))
    run = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", CLIENT],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": path},
    )
    if run.returncode == 77:
        pytest.skip("the kubernetes client cannot be imported from there")
    assert run.returncode == 0, run.stderr
    pod, template = json.loads(run.stdout)
    spec = {
        "hostIPC": False,
        "containers": [
            {
                "name": "c",
                "image": "i",
                "ports": [{"containerPort": 80}],
                "env": [{"name": "E", "value": ""}],
                "resources": {"limits": {"memory": "1Gi"}},
                "livenessProbe": {"httpGet": {"path": "/", "port": "http"}},
            }
        ],
    }
    assert equal(
        pod,
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {
                "name": "a",
                "labels": {"a": "b"},
                "annotations": {},
                "creationTimestamp": "2026-01-02T00:00:00Z",
                "ownerReferences": [
                    {
                        "apiVersion": "v1",
                        "kind": "X",
                        "name": "x",
                        "uid": "u",
                        "blockOwnerDeletion": True,
                    }
                ],
            },
            "spec": spec,
            "status": {"podIP": "1.2.3.4"},
        },
    )
    assert equal(template, {"spec": {"template": {"spec": spec}}})
