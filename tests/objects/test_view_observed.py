"""Observed views: read-only from top to bottom, parsed as far as they are read, free to copy."""

from __future__ import annotations

import copy
import json
import pickle
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconcile.errors import ObjectError
from reconcile.kinds.apps_v1 import Deployment, DeploymentSpec
from reconcile.kinds.core_v1 import Container, PodSpec, PodTemplateSpec
from reconcile.objects.document import Document
from reconcile.value.types import JsonObject


def full() -> Deployment:
    """Return a deployment with one container."""
    return Deployment(
        "web",
        namespace="demo",
        labels={"app": "web"},
        spec=DeploymentSpec(
            replicas=2,
            template=PodTemplateSpec(spec=PodSpec(containers=[Container(name="a", image="b:1")])),
        ),
    )


def observed() -> Deployment:
    """Return the same deployment as it is observed: from bytes."""
    raw = full().raw | {"status": {"secret": "x"}}
    return Deployment.observed(Document(json.dumps(raw, separators=(",", ":")).encode()))


@pytest.mark.parametrize(
    "write",
    [
        lambda o: setattr(o, "spec", None),
        lambda o: setattr(o.spec, "replicas", 1),
        lambda o: setattr(o, "name", "x"),
        lambda o: o.labels.clear(),
        lambda o: o.labels.update(a="b"),
        lambda o: o.annotations.update(a="b"),
        lambda o: o.spec.template.spec.containers.append({}),
        lambda o: o.spec.template.spec.containers[0].args.append("x"),
        lambda o: setattr(o.spec.template.spec.containers[0], "image", "x"),
        lambda o: o.spec.template.spec.node_selector.update(a="b"),
        lambda o: delattr(o.spec.template.spec, "hostname"),
    ],
)
def test_observed_objects_refuse_every_write(write: object) -> None:
    """Every way to write raises, and nothing changes, from bytes and from a dict alike."""
    assert callable(write)
    for thing in (observed(), Deployment.observed(full().raw)):
        before = json.dumps(thing.raw)
        with pytest.raises(TypeError, match="observed objects are read-only"):
            write(thing)
        assert json.dumps(thing.raw) == before


def test_observed_raw_is_frozen_and_kept() -> None:
    """The raw form of an observed object is one frozen document."""
    for thing in (observed(), Deployment.observed(full().raw)):
        assert thing.raw is thing.raw
        with pytest.raises(TypeError, match="read-only"):
            thing.raw["x"] = 1
        with pytest.raises(TypeError, match="read-only"):
            thing.spec.raw["x"] = 1
        with pytest.raises(TypeError, match="read-only"):
            thing.labels.raw["x"] = 1  # type: ignore[attr-defined] # a view
        assert thing.raw.keys() >= {"apiVersion", "kind", "metadata", "spec"}


def test_observed_reads_only_what_is_asked_for() -> None:
    """A broken section is no trouble before somebody reads it."""
    data = (
        b'{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"a"},"spec":{"a":1,"a":2}}'
    )
    thing = Deployment.observed(Document(data))
    assert thing.name == "a"
    with pytest.raises(Exception, match="a"):
        _ = thing.spec.replicas


def test_large_metadata_is_read_in_parts() -> None:
    """Names, labels and typed metadata read the same from a large section."""
    raw = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "a", "labels": {"b": "c"}, "managedFields": ["x" * 4000]},
        "spec": {"template": {"spec": {"nodeSelector": {str(i): "x" * 20 for i in range(99)}}}},
    }
    thing = Deployment.observed(Document(json.dumps(raw, separators=(",", ":")).encode()))
    assert (thing.name, thing.labels, thing.metadata.name) == ("a", {"b": "c"}, "a")
    assert "labels" in thing
    assert len(thing.spec.template.spec.node_selector) == 99
    assert "0" in thing.spec.template.spec.node_selector
    assert thing.metadata.raw == raw["metadata"]
    assert thing == Deployment.of(json.loads(json.dumps(raw)))
    copied = thing.copy()
    copied.metadata.labels["z"] = "z"
    copied.spec.template.raw["x"] = 1
    assert thing.raw == raw
    with pytest.raises(ObjectError, match=r"Deployment a: /spec/template/spec/x"):
        raise thing.spec.template.spec._fault("x", "y")


def test_copies_are_free() -> None:
    """copy, deepcopy and pickle give equal objects that share nothing."""
    for thing in (full(), observed()):
        for other in (thing.copy(), copy.copy(thing), copy.deepcopy(thing)):
            assert other == thing
            other.spec.replicas = 5
            assert thing.spec.replicas == 2
        assert pickle.loads(pickle.dumps(thing)) == thing
    read_only = pickle.loads(pickle.dumps(observed()))
    with pytest.raises(TypeError, match="read-only"):
        read_only.name = "x"
    labels = full().labels
    for plain in (copy.copy(labels), copy.deepcopy(labels)):
        assert type(plain) is dict
    assert pickle.loads(pickle.dumps(labels)) == labels


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=10,
)


@given(st.dictionaries(st.sampled_from(["spec", "x", "metadata", "status"]), JSON))
def test_any_document_survives_being_looked_at(document: JsonObject) -> None:
    """Wrapping, reading, showing and copying change nothing, whatever the document holds."""
    raw = {"apiVersion": "apps/v1", "kind": "Deployment", **document}
    before = json.dumps(raw)
    for view in (
        Deployment.of(raw),
        Deployment.observed(raw),
        Deployment.observed(Document(before.encode())),
    ):
        for read in (
            repr,
            Deployment.copy,
            lambda v: v.spec.template.spec,
            lambda v: v.labels.get("a"),
        ):
            with suppress(ObjectError):
                read(view)
        assert json.dumps(view.raw) == before
