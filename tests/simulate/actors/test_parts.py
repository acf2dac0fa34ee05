"""The parts of objects."""

from __future__ import annotations

from reconcile.simulate.actors import parts
from reconcile.value.frozen import freeze

_POD = freeze(
    {
        "metadata": {"name": "p", "namespace": "ns", "uid": "u", "labels": {"a": "b"}},
        "spec": {"volumes": [{"name": "v"}]},
        "status": {"conditions": [{"type": "Ready", "status": "True"}]},
    }
)


def test_what_is_not_there_is_empty():
    """Nobody has to ask first."""
    assert parts.spec_of({}) == parts.status_of({}) == parts.about({}) == {}
    assert parts.labels_of({}) == parts.annotations_of({}) == {}
    assert (parts.name_of({}), parts.namespace_of({})) == ("", "")
    assert list(parts.listed({}, "x")) == list(parts.listed({"x": None}, "x")) == []
    assert parts.condition_of({}, "Ready") is None
    assert not parts.is_ready({})
    assert not parts.is_deleting({})


def test_what_is_there_is_found():
    """Name, place, labels, conditions and lists."""
    assert (parts.name_of(_POD), parts.namespace_of(_POD)) == ("p", "ns")
    assert parts.labels_of(_POD) == {"a": "b"}
    assert parts.is_ready(_POD)
    assert [each["name"] for each in parts.listed(parts.spec_of(_POD), "volumes")] == ["v"]
    assert parts.is_deleting({"metadata": {"deletionTimestamp": "2026-01-01T00:00:00Z"}})


def test_a_copy_can_be_changed():
    """And what it was made of stays."""
    made = parts.changed(_POD)
    made["spec"]["volumes"].append({"name": "w"})
    assert len(_POD["spec"]["volumes"]) == 1


def test_a_key_ends_in_namespace_and_name():
    """Whatever the group."""
    assert parts.place_of("/Pod/ns/p") == ("ns", "p")
    assert parts.place_of("apps/Deployment/ns/d") == ("ns", "d")


def test_a_reference_to_an_owner_that_controls():
    """It holds its deletion up."""
    assert parts.owner_reference("v1", "Pod", _POD) == {
        "apiVersion": "v1",
        "kind": "Pod",
        "name": "p",
        "uid": "u",
        "controller": True,
        "blockOwnerDeletion": True,
    }
