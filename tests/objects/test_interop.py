"""Objects as models of other libraries and back: what is kept, and what each library loses."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any, ClassVar

import msgspec
import pytest
from pydantic import AliasChoices, BaseModel, ConfigDict, Field

from reconcile.errors import ObjectError
from reconcile.kinds.apps_v1 import Deployment, DeploymentSpec, StatefulSet
from reconcile.kinds.coordination_v1 import Lease
from reconcile.kinds.core_v1 import ConfigMap, Event, PodSpec
from reconcile.kinds.rbac_v1 import Role
from reconcile.objects.accept import accept
from reconcile.objects.interop import from_json, to_json, to_model
from reconcile.objects.resource import Model, Parent
from tests.suites import shared

ROOT = Path(__file__).parents[2]
CHILD = Path(__file__).with_name("interop_child.py")
GONE = [
    "networking.k8s.io/v1beta1/IPAddress",
    "networking.k8s.io/v1beta1/ServiceCIDR",
    "storage.k8s.io/v1beta1/VolumeAttributesClass",
]
"""Kinds that API server 1.36 serves and models of 1.37 have no more."""


def _folders(name: str) -> list[str]:
    """Return where copies of a library are: installed, and beside the project."""
    found = [""] if importlib.util.find_spec(name) else []
    if name == "kubernetes":
        more = os.environ.get("RECONCILE_KUBERNETES_CLIENTS", "")
        return [*found, *filter(None, more.split(os.pathsep))]
    return found


def _run(library: str, folder: str, *arguments: str) -> str:
    path = os.pathsep.join(filter(None, [folder, str(ROOT), os.environ.get("PYTHONPATH", "")]))
    done = subprocess.run(
        [sys.executable, "-W", "ignore", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": path},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def _report(library: str, folder: str) -> dict[str, Any]:
    suite = shared("suites", "kubernetes-api-objects", "HEAD.jsonl.gz")
    report: dict[str, Any] = json.loads(_run(library, folder, str(CHILD), library, str(suite)))
    print(library, folder or "installed", {k: v for k, v in report.items() if k != "lost"})
    print(_names(report))
    assert report["kinds"] == 89
    assert report["silent"] == []  # what is lost is told, unless the caller allows it
    checked = report["exact"] + len(report["lost"]) + len(report["refused"])
    assert checked + len(report["missing"]) == 89
    return report


def _names(report: dict[str, Any]) -> dict[str, int]:
    """Return the last parts of the pointers of what was lost, counted."""
    pointers = (pointer for found in report["lost"].values() for pointer in found)
    return dict(sorted(Counter(pointer.rpartition("/")[2] for pointer in pointers).items()))


def _pinned(distribution: str, folder: str, *versions: str) -> str:
    """Return which of the versions whose losses are known a library is; skip for another."""
    found = Path(folder).name if folder else importlib.metadata.version(distribution)
    for version in versions:
        if found.startswith(f"{version}."):
            return version
    pytest.skip(f"what {distribution} {found} loses is not written down")


@pytest.mark.parametrize("folder", _folders("kubernetes"))
def test_every_kind_to_the_kubernetes_client_and_back(folder: str) -> None:
    """Objects with every field come back as they were, but for fields newer than the client."""
    report = _report("kubernetes", folder)
    match _pinned("kubernetes", folder, "34", "36", "37"):
        case "37":
            assert report["missing"] == GONE
            assert (report["exact"], report["lost"], report["refused"]) == (86, {}, {})
        case "36":
            _like_client_36(report)
        case _:
            assert (report["exact"], len(report["lost"]), report["refused"]) == (70, 15, {})
            assert len(report["missing"]) == 4
            assert _names(report) == {
                "allocatedResources": 1,
                "bools": 3,
                "declaredFeatures": 1,
                "ints": 3,
                "message": 3,
                "nodeAllocatableResourceClaimStatuses": 1,
                "preventPodSchedulingIfMissing": 1,
                "resources": 1,
                "schedulingGroup": 9,
                "serviceAccountTokenInSecrets": 1,
                "status": 1,
                "strings": 3,
                "userAnnotations": 9,
                "versions": 3,
                "volumeStatus": 3,
            }


def _like_client_36(report: dict[str, Any]) -> None:
    # The one object is of a later server, whose field has another name.
    assert [*report["refused"]] == ["v1/Pod"]
    assert "/resources: is required by V1Node" in report["refused"]["v1/Pod"]
    assert (report["exact"], report["missing"], report["lost"]) == (88, [], {})


@pytest.mark.parametrize("folder", _folders("kubernetes_asyncio"))
def test_every_kind_to_the_asyncio_client_and_back(folder: str) -> None:
    """The client for asyncio has the models of the official one."""
    report = _report("kubernetes_asyncio", folder)
    _pinned("kubernetes_asyncio", folder, "36")
    _like_client_36(report)


@pytest.mark.parametrize("folder", _folders("lightkube"))
def test_every_kind_to_lightkube_and_back(folder: str) -> None:
    """Objects come back as they were; volume claims in a StatefulSet get the kind they are."""
    report = _report("lightkube", folder)
    _pinned("lightkube-models", folder, "1.37")
    assert report["missing"] == GONE
    assert (report["exact"], report["refused"]) == (85, {})
    assert report["lost"] == {
        "apps/v1/StatefulSet": [
            "/spec/volumeClaimTemplates/0/apiVersion",
            "/spec/volumeClaimTemplates/0/kind",
        ]
    }


@pytest.mark.parametrize("folder", _folders("kubex"))
def test_every_kind_to_kubex_and_back(folder: str) -> None:
    """Objects come back as they were, but for managed fields, which kubex does not know."""
    report = _report("kubex", folder)
    _pinned("kubex-k8s-1-36", folder, "0.1")
    assert report["missing"] == []
    # A null among the members of a map is none of its times; the other as in client 36.
    assert sorted(report["refused"]) == ["policy/v1/PodDisruptionBudget", "v1/Pod"]
    assert report["exact"] + len(report["lost"]) == 87
    assert set(_names(report)) == {"managedFields", "selfLink"}


LOSSES = """
import json, sys
from reconcile.errors import ObjectError
from reconcile.kinds.core_v1 import Pod
from reconcile.objects.interop import to_model
sys.path.insert(0, "tests/objects")
from interop_child import model
foreign = model(sys.argv[1], "v1", "Pod")
document = {
    "apiVersion": "v1", "kind": "Pod",
    "metadata": {"name": "a", "creationTimestamp": None, "later": 1},
    "spec": {"containers": [{"name": "c", "imagePullPolicy": "Later", "later": {"a": 1}}],
             "later": [1], "nodeName": None, "restartPolicy": "Later"},
}
pod = Pod.of(document)
try:
    to_model(pod, foreign)
    told = []
except ObjectError as error:
    assert error.ref == "Pod a", error.ref
    told = [fault.pointer for fault in error.faults]
back = Pod.of(to_model(pod, foreign, lossy=True)).raw
wrong = Pod.of({**document, "spec": {"containers": [{"name": 5, "image": "hidden"}]}})
try:
    to_model(wrong, foreign, lossy=True)
    refused = None
except ObjectError as error:
    refused = str(error)
print(json.dumps([told, back, refused]))
"""


@pytest.mark.parametrize(
    ("library", "folder"),
    [
        *(("kubernetes", folder) for folder in _folders("kubernetes")),
        *(("lightkube", folder) for folder in _folders("lightkube")),
        *(("kubex", folder) for folder in _folders("kubex")),
    ],
)
def test_what_models_lose(library: str, folder: str) -> None:
    """Unknown fields are told, or left out when that is allowed; nulls are; new values stay."""
    told, back, refused = json.loads(_run(library, folder, "-c", LOSSES, library))
    assert told == ["/metadata/later", "/spec/containers/0/later", "/spec/later"]
    containers = [{"name": "c", "imagePullPolicy": "Later"}]
    spec = {"containers": containers, "restartPolicy": "Later"}
    if library == "kubex":  # a null that was given counts as set
        assert back["spec"].pop("nodeName", 0) is None
        assert back["metadata"].pop("creationTimestamp", 0) is None
    assert back == {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, "spec": spec}
    assert "Pod a: /spec/containers/0/name: " in refused
    assert "hidden" not in refused


class Client:
    """A model as the kubernetes client makes them."""

    attribute_map: ClassVar = {"api_version": "apiVersion", "kind": "kind", "metadata": "metadata"}
    openapi_types: ClassVar = {"api_version": "str", "kind": "str", "metadata": "object"}

    def __init__(self, **values: Any) -> None:
        self.api_version = values.get("api_version")
        self.kind = values.get("kind")
        self.metadata = values.get("metadata")


class V1Deployment(Client):
    """A deployment, which says so by its name."""


class V1ClusterRole(Client):
    """Something whose name ends as another kind's."""


class V1beta1Deployment(Client):
    """Something of another version."""


class CoreV1Event(Client):
    """One of two kinds of one name."""


def test_objects_of_a_list_get_the_kind_of_their_class() -> None:
    """What a client gives in a list has no kind of its own; its class tells it, or nothing does."""
    metadata = {"name": "a"}
    assert list(Deployment.of(V1Deployment(metadata=metadata)).raw.items()) == [
        ("apiVersion", "apps/v1"),
        ("kind", "Deployment"),
        ("metadata", metadata),
    ]
    assert Event.of(CoreV1Event(metadata=metadata)).raw["apiVersion"] == "v1"
    for kind, thing in [
        (Role, V1ClusterRole(metadata=metadata)),
        (Deployment, V1beta1Deployment(metadata=metadata)),
        (StatefulSet, V1Deployment(metadata=metadata)),
        (Deployment, V1Deployment(kind="Deployment")),
    ]:
        with pytest.raises(ObjectError, match="/apiVersion: must be"):
            kind.of(thing)


class Times(Client):
    """A lease of a client, which has times."""

    attribute_map: ClassVar = {"api_version": "apiVersion", "renew_time": "renewTime"}
    openapi_types: ClassVar = {"api_version": "str", "renew_time": "datetime"}

    def __init__(self, *, renew_time: Any = None, **values: Any) -> None:
        super().__init__(**values)
        self.renew_time = renew_time


@pytest.mark.parametrize("time", ["2026-01-02T03:04:05.000000Z", "2026-01-02T03:04:05.000001Z"])
def test_times_of_leases_have_six_digits(time: str) -> None:
    """The server reads the times of leases and events with six digits only, so they are kept."""
    made = to_model({"renewTime": time}, Times)
    assert accept(made) == {"renewTime": time}

    class Moments(msgspec.Struct, rename="camel"):
        renew_time: Any

    class Whole(msgspec.Struct):
        kind: str
        spec: Moments

    lease = Whole("Lease", Moments(made.renew_time))
    assert accept(lease) == {"kind": "Lease", "spec": {"renewTime": time}}
    assert accept({"creationTimestamp": made.renew_time})["creationTimestamp"] == time.replace(
        ".000000", ""
    )


class Loose(BaseModel):
    """A model that drops what it does not know."""

    kind: str = ""
    size: int = 0


class Strict(BaseModel):
    """A model that refuses what it does not know."""

    model_config = ConfigDict(extra="forbid")
    kind: str = ""


class Struct(msgspec.Struct, omit_defaults=True):
    """A struct."""

    kind: str = ""
    size: int = 0


class Data(msgspec.Struct):
    """A struct that must have something."""

    kind: str


def test_other_classes() -> None:
    """Pydantic models, structs, views, parents and dicts are made as they are."""
    assert to_model({"kind": "a", "size": 1}, Loose) == Loose(kind="a", size=1)
    assert to_model({"kind": "a", "size": 1}, Struct) == Struct("a", 1)
    assert to_model({"kind": "a"}, Data) == Data("a")
    deployment = Deployment("web", spec={"replicas": 1})
    copied = to_model(deployment, dict)
    assert copied == deployment.raw
    assert copied is not deployment.raw
    assert to_model(deployment.spec, DeploymentSpec) == DeploymentSpec(replicas=1)
    assert to_model(copied, Deployment) == deployment

    class Thing(Parent[ModelSpec, ModelSpec], group="a.io", version="v1"):
        """A parent."""

    thing = Thing.of("a", spec={"size": 2})
    again = to_model(thing, Thing)
    assert again == thing
    assert again.spec.size == 2
    with pytest.raises(ObjectError, match="Thing a: /spec/size: must be a whole number"):
        to_model({**copied, "apiVersion": "a.io/v1", "kind": "Thing", "metadata": {"name": "a"},
                  "spec": {"size": "hidden"}}, Thing)  # fmt: skip


class ModelSpec(Model):
    """A spec."""

    size: int = 0


@pytest.mark.parametrize(
    ("model", "document", "pointer", "told"),
    [
        (Loose, {"more": 1}, "/more", "would be lost: Loose has no such field"),
        (Struct, {"more": 1}, "/more", "would be lost: Struct has no such field"),
        (Strict, {"more": 1}, "/more", "is not a known field"),
        (Loose, {"size": "hidden"}, "/size", "must be a whole number"),
        (Struct, {"size": "hidden"}, "/size", "Expected `int`, got `str`"),
        (Data, {}, "", "Object missing required field `kind`"),
        (Deployment, {"kind": "hidden"}, "/kind", "must be Deployment"),
        (Times, {"renewTime": "hidden"}, "/renewTime", "must be a time"),
        (Times, {"renewTime": "2026-01-02T03:04:05"}, "/renewTime", "must be a time"),
        (Client, {"kind": 1}, "/kind", "must be a text"),
        (Client, {"more": {"x": 1}}, "/more", "would be lost"),
    ],
)
def test_what_does_not_fit_is_told(model: Any, document: Any, pointer: str, told: str) -> None:
    """What a class does not take is an error of ours with its place, and no value in it."""
    with pytest.raises(ObjectError) as caught:
        to_model(document, model)
    [message] = [each.message for each in caught.value.faults if each.pointer == pointer]
    assert told in message
    assert "hidden" not in str(caught.value)


def test_what_a_class_adds_or_changes_is_told() -> None:
    """A class that fills in or rewrites fields does not give the object that was given."""

    class Filling(Loose):
        def model_post_init(self, context: Any, /) -> None:
            self.size = self.size or 5
            self.kind = self.kind.upper()

    with pytest.raises(ObjectError) as caught:
        to_model({"kind": "a"}, Filling)
    assert {each.pointer: each.message for each in caught.value.faults} == {
        "/kind": "would be changed by Filling",
        "/size": "is added by Filling",
    }
    assert to_model({"kind": "a"}, Filling, lossy=True).size == 5


class Raising:
    """A class whose errors speak of values."""

    @classmethod
    def from_dict(cls, document: dict[str, Any]) -> Raising:
        """Refuse."""
        raise KeyError(document["secret"])


class Parts(Client):
    """A model with values of every sort that the client has."""

    attribute_map: ClassVar = {
        "texts": "texts", "numbers": "numbers", "moments": "moments", "inner": "inner",
        "nowhere": "nowhere", "data": "data", "flag": "flag", "ratio": "ratio",
    }  # fmt: skip
    openapi_types: ClassVar = {
        "texts": "list[str]",
        "numbers": "dict(str, int)",
        "moments": "Dict[str, datetime]",
        "inner": "List[V1Inner]",
        "nowhere": "V1Nowhere",
        "data": "Dict[str, bytes]",
        "flag": "bool",
        "ratio": "float",
    }

    def __init__(self, **values: Any) -> None:
        self.__dict__.update(values)


class V1Inner(Client):
    """A part, which must have a kind."""

    def __init__(self, *, kind: Any = None, **values: Any) -> None:
        super().__init__(kind=kind, **values)
        if kind is None:
            raise ValueError("Invalid value for `kind`, must not be `None`")
        if kind == "hidden":
            raise ValueError("Invalid value for `kind` (hidden)")


def test_values_of_every_sort() -> None:
    """Lists, maps, times, bytes and parts of a client's model come out and in again."""
    document = {
        "texts": ["a"],
        "numbers": {"a": 1},
        "moments": {"a": "2026-01-02T03:04:05Z"},
        "inner": [{"kind": "a"}],
        "data": {"a": "aGk="},
        "flag": True,
        "ratio": 1,
    }
    made = to_model(document, Parts)
    assert isinstance(made.inner[0], V1Inner)
    assert accept(made) == document
    assert accept(to_model({"numbers": {"a": None}, "texts": None}, Parts)) == {"numbers": {}}


@pytest.mark.parametrize(
    ("document", "pointer", "told"),
    [
        ({"texts": {}}, "/texts", "must be a list"),
        ({"texts": ["a", 1]}, "/texts/1", "must be a text"),
        ({"numbers": []}, "/numbers", "must be an object"),
        ({"numbers": {"a/b": True}}, "/numbers/a~1b", "must be a whole number"),
        ({"moments": {"a": 5}}, "/moments/a", "must be a time"),
        ({"inner": [1]}, "/inner/0", "must be an object"),
        ({"inner": [{}]}, "/inner/0/kind", "is required by V1Inner"),
        ({"inner": [{"kind": "hidden"}]}, "/inner/0", "cannot be made a V1Inner: ValueError"),
        ({"nowhere": {}}, "", "speaks of V1Nowhere, which is not there"),
        ({"flag": 1}, "/flag", "must be true or false"),
        ({"ratio": "1"}, "/ratio", "must be a number"),
        ({"data": {"a": 1}}, "/data/a", "must be a text"),
    ],
)
def test_values_that_a_client_cannot_hold(document: Any, pointer: str, told: str) -> None:
    """What is of another type than a client's model says is told at its place."""
    with pytest.raises(ObjectError) as caught:
        to_model(document, Parts)
    [fault] = caught.value.faults
    assert fault.pointer == pointer
    assert told in fault.message
    assert "hidden" not in str(caught.value)


class V1Modern(BaseModel):
    """A model as the kubernetes client makes them from 37 on."""

    attribute_map: ClassVar = {"host_ip": "hostIP", "run_as": "runAs"}
    openapi_types: ClassVar = {"host_ip": "str", "run_as": "str"}
    host_ip: str = Field(max_length=3, validation_alias=AliasChoices("hostIP", "host_ip"))
    run_as: str = Field(validation_alias=AliasChoices("runAs", "run_as"))


def test_models_that_check_themselves() -> None:
    """What a newer model of the client requires or refuses is told by its wire name."""
    made = to_model({"hostIP": "a", "runAs": "b"}, V1Modern)
    assert (made.host_ip, made.run_as) == ("a", "b")
    with pytest.raises(ObjectError) as caught:
        to_model({"hostIP": "hidden"}, V1Modern)
    assert {fault.pointer for fault in caught.value.faults} == {"/hostIP", "/runAs"}
    assert "hidden" not in str(caught.value)


def test_lists_of_another_length_are_told() -> None:
    """A class that drops items of a list does not give the object that was given."""

    class Short(BaseModel):
        items: list[int]
        time: str = ""

        def model_post_init(self, context: Any, /) -> None:
            self.items = self.items[:1]
            self.time = self.time and "2026-01-02T03:04:05+00:00"

    with pytest.raises(ObjectError, match="/items: would have another length in Short"):
        to_model({"items": [1, 2]}, Short)
    # One moment, spelt in two ways, is no change.
    assert to_model({"items": [1], "time": "2026-01-02T03:04:05Z"}, Short).items == [1]


def test_errors_of_others_tell_no_values() -> None:
    """An error of a foreign class is told by its name."""
    with pytest.raises(ObjectError, match="cannot be made a Raising: KeyError") as caught:
        to_model({"secret": "hidden"}, Raising)
    assert "hidden" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_json_is_strict_both_ways() -> None:
    """JSON keeps order, nulls and numbers, and tells what is wrong with its place."""
    config = ConfigMap("a", data={"k": "ä"})
    config.raw["more"] = {"float": 1.0, "null": None, "int": 2**63 - 1}
    data = to_json(config)
    assert data.startswith(b'{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"}')
    again = from_json(data)
    assert to_json(ConfigMap.of(again)) == data
    assert from_json(data.decode()) == again
    assert to_json(Lease("a")) == to_json(accept(Lease("a")))
    for text, pointer, told in [
        ('{"a": {"b": 1, "b": 2}}', "/a", "twice"),
        ("[1]", "", "must be an object, is a list of 1 item"),
        ("kind: Pod", "", "not JSON"),
        ('{"a": "\ud800"}', "", "surrogate"),
        ('{"a":' * 200 + "1" + "}" * 200, "", "levels"),
    ]:
        with pytest.raises(ObjectError, match=told) as caught:
            from_json(text)
        assert caught.value.faults[0].pointer == pointer


def test_nested_views_become_models() -> None:
    """A part of an object is made a model of its own; what it holds is not shared."""
    spec = PodSpec(containers=[{"name": "c"}])
    made = to_model(spec, dict)
    made["containers"][0]["name"] = "d"
    assert spec.containers[0].name == "c"
    copied = PodSpec.of(spec)  # of a view, `of` makes a copy; of a dict it does not
    copied.containers[0].name = "d"
    assert spec.containers[0].name == "c"
    assert PodSpec.of(spec.raw).raw is spec.raw
