"""The text of golden files: stable, without what the server draws, without secrets."""

from __future__ import annotations

import pytest

from reconcile.errors import ObjectError
from reconcile.kinds.core_v1 import ConfigMap, Secret, Service
from reconcile.objects.yaml import all_from_yaml
from reconcile.simulate import Cluster
from reconcile.verify import golden_text
from reconcile.verify.golden import changed_lines
from tests.verify.shops import SECRET, Shop


def test_members_stand_in_one_order() -> None:
    """The same object gives the same text, in whatever order it was made."""
    first = {
        "data": {"b": "1", "a": "2"},
        "kind": "ConfigMap",
        "metadata": {"name": "m"},
        "apiVersion": "v1",
    }
    second = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "m"},
        "data": {"a": "2", "b": "1"},
    }
    assert golden_text(first) == golden_text(second)
    assert golden_text(first) == (
        'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: m\ndata:\n  a: "2"\n  b: "1"\n'
    )


def test_what_the_server_draws_is_left_out() -> None:
    """Uids, times, versions, owners of fields and what was last applied are not there."""
    uid = "12345678-1234-1234-1234-123456789abc"
    document = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": "m",
            "uid": uid,
            "resourceVersion": "7",
            "creationTimestamp": "2026-01-01T00:00:00Z",
            "managedFields": [{"manager": "me"}],
            "generation": 2,
            "labels": {"controller-uid": uid},
            "annotations": {"metacontroller.k8s.io/last-applied-configuration": "{}", "mine": "1"},
            "ownerReferences": [{"kind": "Shop", "name": "s", "uid": uid}],
        },
        "data": {"volume": f"pvc-{uid}", "uid": "mine"},
        "status": {"conditions": [{"type": "Ready", "lastTransitionTime": "2026-01-01T00:00:00Z"}]},
    }
    (read,) = all_from_yaml(golden_text(document))
    assert read == {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": "m",
            "annotations": {"mine": "1"},
            "generation": 2,
            "labels": {"controller-uid": "<uid>"},
            "ownerReferences": [{"kind": "Shop", "name": "s"}],
        },
        "data": {"volume": "pvc-<uid>", "uid": "mine"},
        "status": {"conditions": [{"type": "Ready"}]},
    }
    assert document["metadata"]["uid"] == uid


def test_addresses_are_left_out_unless_none_is_wanted() -> None:
    """What the server allocated is marked; that there shall be none is told."""
    ports = [{"port": 80, "nodePort": 30001}]
    taken = Service("s", spec={"clusterIP": "10.0.0.1", "clusterIPs": ["10.0.0.1"], "ports": ports})
    (read,) = all_from_yaml(golden_text(taken))
    assert read["spec"] == {
        "clusterIP": "<allocated>",
        "clusterIPs": "<allocated>",
        "ports": [{"port": 80, "nodePort": "<allocated>"}],
    }
    headless = Service("s", spec={"clusterIP": "None", "clusterIPs": ["None"]})
    (read,) = all_from_yaml(golden_text(headless))
    assert read["spec"] == {"clusterIP": "None", "clusterIPs": ["None"]}


def test_secrets_are_masked() -> None:
    """Of a Secret the text has keys, types and sizes."""
    text = golden_text(Secret("s", data={"password": "aGlkZGVu"}))
    assert "aGlkZGVu" not in text
    assert 'password: "<a text of 8 characters>"' in text


def test_several_objects_are_several_documents() -> None:
    """Lists, generators and views of dicts are several objects; a parent is one."""
    maps = {name: ConfigMap(name) for name in "ab"}
    texts = {
        golden_text(made)
        for made in (list(maps.values()), maps.values(), (maps[name] for name in "ab"))
    }
    assert len(texts) == 1
    assert texts.pop().count("---\n") == 1
    assert golden_text(Shop.of("s")).count("kind: Shop") == 1


def test_what_is_no_object_is_refused() -> None:
    """Anything else says that it is no object."""
    with pytest.raises(ObjectError):
        golden_text(3)


def test_text_of_a_cluster() -> None:
    """A cluster gives what people made in it, the same with either way of applying, masked."""
    texts = []
    for apply in ("dynamic", "server-side"):
        cluster = Cluster(SECRET, apply=apply, seed=len(texts))
        cluster.create(Shop.of("corner"))
        cluster.settle()
        texts.append(golden_text(cluster))
    assert texts[0] == texts[1]
    kinds = [document["kind"] for document in all_from_yaml(texts[0])]
    assert sorted(kinds) == ["Secret", "Shop"]
    assert "<a text of 40 characters>" in texts[0]


def test_changed_lines() -> None:
    """The lines that are others are marked, and no more than sixty are shown."""
    assert changed_lines("a: 1\n", "a: 1\n") == ""
    assert "-a: 1\n+a: 2" in changed_lines("a: 1\n", "a: 2\n")
    many = changed_lines("", "".join(f"k{number}: 1\n" for number in range(100)))
    assert many.splitlines()[-1] == "and 43 more lines"
