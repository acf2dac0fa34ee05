"""Documents that are not what their class says: nothing is told before it is read, then all of it."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from typing import Any

import pytest

from reconcile.errors import LimitError, ObjectError, ReconcileError, RequestError
from reconcile.kinds import defaulted, validate
from reconcile.kinds.apps_v1 import Deployment
from reconcile.kinds.core_v1 import ConfigMap, Pod, PodSpec, Service
from reconcile.objects.accept import accept
from reconcile.objects.document import Document
from reconcile.objects.quantity import Quantity
from reconcile.objects.view import Kind
from reconcile.objects.yaml import from_yaml, to_yaml

METADATA = {"name": "a", "namespace": "n"}
WAYS: list[Callable[[type[Any], dict[str, Any]], Any]] = [
    lambda kind, raw: kind.of(raw),
    lambda kind, raw: kind.observed(raw),
    lambda kind, raw: kind.observed(Document(json.dumps(raw).encode())),
    lambda kind, raw: kind.of(from_yaml(to_yaml(raw))),
]


@pytest.fixture(params=WAYS, ids=["dict", "observed", "bytes", "yaml"])
def read(request: pytest.FixtureRequest) -> Any:
    """Read a document in each of the ways there are."""
    return request.param


def deployment(**members: Any) -> dict[str, Any]:
    """Return a deployment."""
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": METADATA, **members}


def pod(**spec: Any) -> dict[str, Any]:
    """Return a pod."""
    return {"apiVersion": "v1", "kind": "Pod", "metadata": METADATA, "spec": spec}


def container(**members: Any) -> dict[str, Any]:
    """Return a pod with one container."""
    return pod(containers=[{"name": "c", "image": "hidden", **members}])


@pytest.mark.parametrize(
    ("raw", "pointers", "ref"),
    [
        (pod(), ["/apiVersion", "/kind"], "Pod n/a"),
        ({**deployment(), "apiVersion": "apps/v1beta1"}, ["/apiVersion"], "Deployment n/a"),
        ({**deployment(), "kind": "deployment"}, ["/kind"], "deployment n/a"),
        ({"metadata": METADATA}, ["/apiVersion", "/kind"], None),
        ({"apiVersion": "apps/v1", "metadata": METADATA}, ["/kind"], None),
        ({**deployment(), "kind": None}, ["/kind"], None),
        ({**deployment(), "kind": ["Deployment"]}, ["/kind"], None),
        ({**deployment(), "apiVersion": 1}, ["/apiVersion"], None),
        ({}, ["/apiVersion", "/kind"], None),
    ],
)
@pytest.mark.parametrize("made", [Deployment.of, Deployment.observed])
def test_another_kind_is_refused_at_the_door(
    made: Any, raw: dict[str, Any], pointers: list[str], ref: str | None
) -> None:
    """A document of another kind, or of none, is refused with what it should be."""
    with pytest.raises(ObjectError, match="must be") as caught:
        made(raw)
    assert [fault.pointer for fault in caught.value.faults] == pointers
    assert caught.value.ref == ref


@pytest.mark.parametrize("thing", [None, 3, True, "kind: Deployment", b"{}", [], [deployment()]])
def test_what_is_no_object_is_refused(thing: Any) -> None:
    """What is no object is refused with its type; a text is not parsed."""
    for kind in (Deployment, PodSpec, Kind):
        with pytest.raises(ObjectError, match="must be an object, not"):
            kind.of(thing)


def test_a_spec_that_is_null(read: Any) -> None:
    """A null object, list or map reads as an empty one, all the way down; it stays null."""
    view = read(Deployment, deployment(spec=None))
    assert view.spec.replicas is None
    assert view.spec.template.spec.containers == []
    assert view.spec.selector.match_labels == {}
    assert "spec" in view
    assert view.raw["spec"] is None
    assert read(Pod, pod(containers=None, nodeSelector=None)).spec.containers == []


LATE: list[tuple[type[Any], dict[str, Any], Callable[[Any], Any], str, str]] = [
    (Deployment, deployment(spec=[]), lambda d: d.spec, "/spec", "an object, is a list"),
    (Deployment, deployment(spec="hidden"), lambda d: d.spec, "/spec", "an object, is a text"),
    (Deployment, deployment(status=[1]), lambda d: d.status, "/status", "an object"),
    (
        Deployment,
        deployment(spec={"template": []}),
        lambda d: d.spec.template.spec,
        "/spec/template",
        "an object, is a list of 0 items",
    ),
    (
        Deployment,
        deployment(spec={"selector": {"matchLabels": ["hidden"]}}),
        lambda d: d.spec.selector.match_labels,
        "/spec/selector/matchLabels",
        "an object",
    ),
    (
        Deployment,
        deployment(spec={"replicas": "hidden"}),
        lambda d: d.spec.replicas,
        "/spec/replicas",
        "a whole number, is a text of 6 characters",
    ),
    (
        Deployment,
        deployment(spec={"replicas": 1.5}),
        lambda d: d.spec.replicas,
        "/spec/replicas",
        "a whole number",
    ),
    (
        Deployment,
        deployment(spec={"replicas": True}),
        lambda d: d.spec.replicas,
        "/spec/replicas",
        "a whole number, is true or false",
    ),
    (
        Deployment,
        deployment(spec={"paused": "true"}),
        lambda d: d.spec.paused,
        "/spec/paused",
        "true or false, is a text",
    ),
    (
        Deployment,
        deployment(spec={"replicas": {"a": 1}}),
        lambda d: d.spec.replicas,
        "/spec/replicas",
        "a whole number, is an object",
    ),
    (Pod, pod(containers={}), lambda p: p.spec.containers, "/spec/containers", "a list"),
    (Pod, pod(containers=[None]), lambda p: p.spec.containers[0], "/spec/containers/0", "null"),
    (
        Pod,
        pod(containers=[{"name": "a"}, ["hidden"]]),
        lambda p: list(p.spec.containers),
        "/spec/containers/1",
        "an object, is a list",
    ),
    (
        Pod,
        container(image=["hidden"]),
        lambda p: p.spec.containers[0].image,
        "/spec/containers/0/image",
        "a text, is a list",
    ),
    (
        Pod,
        container(args=["a", 1]),
        lambda p: list(p.spec.containers[0].args),
        "/spec/containers/0/args/1",
        "a text, is a whole number",
    ),
    (
        Pod,
        container(args=["a", None]),
        lambda p: p.spec.containers[0].args[-1],
        "/spec/containers/0/args/1",
        "a text, is null",
    ),
    (
        Pod,
        container(ports=[{"containerPort": "http"}]),
        lambda p: p.spec.containers[0].ports[0].container_port,
        "/spec/containers/0/ports/0/containerPort",
        "a whole number",
    ),
    (
        Pod,
        pod(nodeSelector={"a/b": 1}),
        lambda p: p.spec.node_selector["a/b"],
        "/spec/nodeSelector/a~1b",
        "a text, is a whole number",
    ),
    (
        Pod,
        pod(securityContext={"supplementalGroups": [1, "2"]}),
        lambda p: list(p.spec.security_context.supplemental_groups),
        "/spec/securityContext/supplementalGroups/1",
        "a whole number, is a text",
    ),
    (
        Service,
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": METADATA,
            "spec": {"ports": [{"port": 1, "targetPort": [1]}]},
        },
        lambda s: s.spec.ports[0].target_port,
        "/spec/ports/0/targetPort",
        "a whole number or a text, is a list",
    ),
    (
        Pod,
        {**pod(), "metadata": {**METADATA, "labels": {"a": True}}},
        lambda p: dict(p.labels),
        "/metadata/labels/a",
        "a text",
    ),
    (
        Pod,
        {**pod(), "metadata": {**METADATA, "labels": ["a"]}},
        lambda p: p.labels,
        "/metadata/labels",
        "an object",
    ),
    (
        Pod,
        {**pod(), "metadata": {**METADATA, "generation": "1"}},
        lambda p: p.metadata.generation,
        "/metadata/generation",
        "a whole number",
    ),
]


@pytest.mark.parametrize("case", LATE, ids=lambda case: case[3])
def test_nothing_is_told_before_the_field_is_read(read: Any, case: tuple[Any, ...]) -> None:
    """All else of the document is read; the bad field says where and what, and no value."""
    kind, raw, look, pointer, told = case
    before = json.dumps(raw)
    view = read(kind, raw)
    assert view.name == "a"
    assert view.ref.namespace == "n"
    assert json.dumps(view.raw) == before
    repr(view)
    with pytest.raises(ObjectError) as caught:
        look(view)
    [fault] = caught.value.faults
    assert fault.pointer == pointer
    assert fault.message.startswith("must be ")
    assert told in fault.message
    assert caught.value.ref == f"{kind.__name__} n/a"
    assert "hidden" not in str(caught.value)
    assert json.dumps(view.copy().raw) == before
    assert view == read(kind, raw)


@pytest.mark.parametrize(
    ("metadata", "pointer"),
    [
        ([], "/metadata"),
        ("hidden", "/metadata"),
        ({"name": 3}, "/metadata/name"),
        ({"name": None}, "/metadata/name"),
        ({}, "/metadata/name"),
    ],
)
def test_objects_without_a_name(read: Any, metadata: Any, pointer: str) -> None:
    """Metadata that names nothing is told where the name is asked for; the rest is read."""
    view = read(Pod, {**container(), "metadata": metadata})
    assert view.spec.containers[0].name == "c"
    with pytest.raises(ObjectError) as caught:
        _ = view.name
    assert [fault.pointer for fault in caught.value.faults] == [pointer]
    assert caught.value.ref is None
    with pytest.raises(ObjectError):
        _ = view.ref
    assert "without a name" in repr(view)


def test_an_unknown_value_of_an_enum() -> None:
    """A value that no enum knows is kept where it is observed, and refused where it is desired."""
    raw = container(imagePullPolicy="Later")
    raw["spec"]["restartPolicy"] = "Sometimes"
    observed = Pod.observed(raw)
    assert observed.spec.restart_policy == "Sometimes"
    assert observed.spec.containers[0].image_pull_policy == "Later"
    assert accept(observed) == raw
    with pytest.raises(ObjectError) as caught:
        validate(Pod.of(raw).raw)
    assert {fault.pointer for fault in caught.value.faults} == {
        "/spec/restartPolicy",
        "/spec/containers/0/imagePullPolicy",
    }
    assert "Sometimes" not in str(caught.value)


@pytest.mark.parametrize(
    "amount", ["1e1000000", "1e99999999999", "1Zi", "1 Gi", "", "one", "0x10", "1e", "--1", "1.2.3"]
)
def test_huge_and_wrong_quantities(amount: str) -> None:
    """A quantity is a text until somebody counts with it; what is none is refused in no time."""
    raw = container(resources={"limits": {"cpu": amount}})
    limits = Pod.observed(raw).spec.containers[0].resources.limits
    assert limits["cpu"] == amount
    with pytest.raises(ObjectError, match="quantity"):
        Quantity(limits["cpu"])
    with pytest.raises(ObjectError, match="quantity") as caught:
        validate(raw)
    pointer = "/spec/containers/0/resources/limits/cpu"
    assert pointer in {fault.pointer for fault in caught.value.faults}


def _deep(levels: int) -> dict[str, Any]:
    top: dict[str, Any] = {}
    inner = top
    for _ in range(levels):
        inner["a"] = {}
        inner = inner["a"]
    return top


@pytest.mark.parametrize("levels", [200, 10_000, 100_000])
def test_ten_thousand_levels(levels: int) -> None:
    """Depth is a typed error wherever a document is walked, and none where it is not."""
    raw = deployment(spec={"replicas": 2, "later": _deep(levels)})
    view = Deployment.of(raw)
    assert view.spec.replicas == 2
    assert view.raw is raw
    repr(view)
    walks: list[Callable[[], object]] = [
        view.copy,
        lambda: Deployment.observed(raw).raw,
        lambda: Deployment("a", spec=raw["spec"]),
        lambda: Deployment("a", spec={"template": raw["spec"]["later"]}),
        lambda: setattr(Deployment("a"), "spec", raw["spec"]),
        lambda: accept(raw),
        lambda: accept(view),
        lambda: to_yaml(view),
        lambda: validate(raw),
        lambda: pickle.dumps(view),
    ]
    for walk in walks:
        with pytest.raises((ObjectError, LimitError)) as caught:
            walk()
        assert isinstance(caught.value, ReconcileError)
        assert len(str(caught.value)) < 5_000
    assert "later" not in defaulted(raw)["spec"]  # dropped, as the server drops it
    text = '{"a":' * levels + "1" + "}" * levels
    data = f'{{"apiVersion":"apps/v1","kind":"Deployment","spec":{text}}}'.encode()
    observed = Deployment.observed(Document(data))
    with pytest.raises(RequestError, match="levels of nesting"):
        _ = observed.raw
    with pytest.raises(ObjectError, match=r"nest|maximum nesting depth"):
        from_yaml(data)


def test_wrong_types_in_what_is_written() -> None:
    """A dict given for an object is kept as it is; validation tells each place that is wrong."""
    made = Deployment(
        "a",
        spec={"replicas": "2", "template": [], "selector": {"matchLabels": {"a": 1}}, "mor": 1},
    )
    with pytest.raises(ObjectError) as caught:
        validate(made.raw)
    assert {
        "/spec/replicas",
        "/spec/template",
        "/spec/selector/matchLabels/a",
        "/spec/mor",
    } <= {fault.pointer for fault in caught.value.faults}
    with pytest.raises(ObjectError, match="/spec/replicas: must be a whole number"):
        _ = made.spec.replicas
    for wrong in (3, "hidden", [1]):
        with pytest.raises(TypeError, match=r"Deployment\.spec takes") as refused:
            Deployment("a", spec=wrong)  # type: ignore[arg-type] # on purpose
        assert "hidden" not in str(refused.value)


def test_open_fields_hold_anything() -> None:
    """Fields without a type of their own, and members of maps that are null, read as they are."""
    config = ConfigMap.observed(
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": METADATA, "data": {"a": None}}
    )
    assert config.data["a"] is None
    assert config.data.get("b") is None
    quantities = container(resources={"limits": {"cpu": 1, "memory": "1Gi"}})
    assert Pod.observed(quantities).spec.containers[0].resources.limits["cpu"] == 1
