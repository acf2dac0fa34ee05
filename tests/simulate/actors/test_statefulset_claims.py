"""The claims of a StatefulSet's Pods, and whose they are."""

from __future__ import annotations

import pytest

from reconcile.simulate.actors.statefulset import StatefulSetController
from tests.simulate.actors.cluster import Cluster
from tests.simulate.actors.test_statefulset import stateful


@pytest.fixture
def cluster():
    return Cluster(StatefulSetController())


def _with_claims(scaled="Retain", deleted="Retain", replicas=2):
    template = {
        "metadata": {"name": "data", "labels": {"own": "yes"}},
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "resources": {"requests": {"storage": "1Gi"}},
        },
    }
    return stateful(
        replicas=replicas,
        podManagementPolicy="Parallel",
        volumeClaimTemplates=[template],
        persistentVolumeClaimRetentionPolicy={"whenScaled": scaled, "whenDeleted": deleted},
    )


def _owners(cluster, name):
    about = cluster.get("PersistentVolumeClaim", name)["metadata"]
    return [(each["kind"], each["name"]) for each in about.get("ownerReferences") or ()]


def test_each_pod_has_its_claim_as_a_volume(cluster):
    """Claims have the labels of the template and of the selector; the Pod has them as volumes."""
    cluster.create(_with_claims())
    assert cluster.names("PersistentVolumeClaim") == ["data-db-0", "data-db-1"]
    claim = cluster.get("PersistentVolumeClaim", "data-db-0")
    assert claim["metadata"]["labels"] == {"own": "yes", "app": "db"}
    (volume,) = cluster.get("Pod", "db-0")["spec"]["volumes"]
    assert volume == {"name": "data", "persistentVolumeClaim": {"claimName": "data-db-0"}}


@pytest.mark.parametrize(
    ("scaled", "deleted", "stays", "goes"),
    [
        ("Retain", "Retain", [], []),
        ("Retain", "Delete", [("StatefulSet", "db")], [("StatefulSet", "db")]),
        ("Delete", "Retain", [], [("Pod", "db-1")]),
        ("Delete", "Delete", [("StatefulSet", "db")], [("Pod", "db-1")]),
    ],
)
def test_owners_of_claims_follow_the_policy(cluster, scaled, deleted, stays, goes):
    """A claim belongs to the set, or to a Pod that is too many, or to nobody."""
    cluster.create(_with_claims(scaled, deleted))
    for name in ("db-0", "db-1"):
        cluster.bind(name, "node")
        cluster.report(name)
        assert _owners(cluster, f"data-{name}") == stays
    cluster.patch("StatefulSet", "db", {"spec": {"replicas": 1}})
    assert _owners(cluster, "data-db-0") == stays
    assert _owners(cluster, "data-db-1") == goes


def test_a_change_of_policy_changes_the_owners(cluster):
    """A policy that is changed later is put into effect for the claims that are there."""
    cluster.create(_with_claims(replicas=1))
    cluster.report("db-0")
    policy = {"whenDeleted": "Delete"}
    for wanted, owners in (("Delete", [("StatefulSet", "db")]), ("Retain", [])):
        policy["whenDeleted"] = wanted
        spec = {"spec": {"persistentVolumeClaimRetentionPolicy": policy}}
        cluster.patch("StatefulSet", "db", spec)
        assert _owners(cluster, "data-db-0") == owners


def test_a_claim_that_another_controls_is_left_alone(cluster):
    """Owner references of a stranger stay as they are, whatever the policy says."""
    cluster.create(_with_claims(replicas=0, scaled="Delete", deleted="Delete"))
    stranger = {
        "apiVersion": "example.com/v1",
        "kind": "Thing",
        "name": "it",
        "uid": "00000000-0000-4000-8000-000000000000",
        "controller": True,
    }
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    cluster.create(
        {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "metadata": {
                "name": "data-db-0",
                "namespace": "default",
                "ownerReferences": [stranger],
            },
            "spec": spec,
        }
    )
    cluster.patch("StatefulSet", "db", {"spec": {"replicas": 1}})
    cluster.report("db-0")
    assert _owners(cluster, "data-db-0") == [("Thing", "it")]


def test_a_claim_that_is_being_deleted_keeps_its_pod_from_being_made(cluster):
    """No Pod is made upon a claim that goes; it is made with a new claim when that one is gone."""
    cluster.create(_with_claims(replicas=1))
    finalizers = {"metadata": {"finalizers": ["example.com/wait"]}}
    cluster.patch("PersistentVolumeClaim", "data-db-0", finalizers)
    cluster.delete("PersistentVolumeClaim", "data-db-0")
    cluster.delete("Pod", "db-0", gracePeriodSeconds=0)
    assert cluster.names("Pod") == []
    cluster.patch("PersistentVolumeClaim", "data-db-0", {"metadata": {"finalizers": None}})
    cluster.wait(2)
    assert cluster.names("Pod") == ["db-0"]
    assert "deletionTimestamp" not in cluster.get("PersistentVolumeClaim", "data-db-0")["metadata"]


def test_a_claim_of_a_former_pod_keeps_the_next_one_from_being_made(cluster):
    """With whenScaled Delete, a Pod comes back only when the claim that went with it is gone."""
    cluster.create(_with_claims(scaled="Delete"))
    for name in ("db-0", "db-1"):
        cluster.bind(name, "node")
        cluster.report(name)
    cluster.patch("StatefulSet", "db", {"spec": {"replicas": 1}})
    cluster.delete("Pod", "db-1", gracePeriodSeconds=0)
    claim = cluster.get("PersistentVolumeClaim", "data-db-1")
    assert "deletionTimestamp" in claim["metadata"]
    cluster.patch("StatefulSet", "db", {"spec": {"replicas": 2}})
    cluster.wait(5)
    assert cluster.names("Pod") == ["db-0"]
    cluster.patch("PersistentVolumeClaim", "data-db-1", {"metadata": {"finalizers": None}})
    cluster.patch("StatefulSet", "db", {"metadata": {"labels": {"look": "again"}}})
    assert cluster.names("Pod") == ["db-0", "db-1"]
    assert _owners(cluster, "data-db-1") == []


def test_a_pod_that_lacks_its_volume_cannot_be_put_right(cluster):
    """The volumes of a Pod cannot be changed: the claim is made, the Pod stays, the status counts."""
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "db-0", "namespace": "default", "labels": {"app": "db"}},
        "spec": {"containers": [{"name": "c", "image": "x"}]},
    }
    cluster.create(pod)
    cluster.report("db-0")
    cluster.create(_with_claims(replicas=1))
    assert cluster.names("PersistentVolumeClaim") == ["data-db-0"]
    assert "volumes" not in cluster.get("Pod", "db-0")["spec"]
    assert cluster.get("StatefulSet", "db")["status"]["readyReplicas"] == 1


def test_a_claim_that_was_deleted_is_made_again_while_the_pod_is_pending(cluster):
    """A running Pod has its claim; one that is pending gets it back when something happens."""
    cluster.create(_with_claims(replicas=1))
    cluster.patch("PersistentVolumeClaim", "data-db-0", {"metadata": {"finalizers": None}})
    cluster.delete("PersistentVolumeClaim", "data-db-0")
    assert cluster.names("PersistentVolumeClaim") == []
    cluster.patch("StatefulSet", "db", {"metadata": {"labels": {"look": "again"}}})
    assert cluster.names("PersistentVolumeClaim") == ["data-db-0"]


def test_an_owner_that_does_not_control_becomes_one_that_does(cluster):
    """A reference that somebody weakened is put back."""
    cluster.create(_with_claims(replicas=1, deleted="Delete"))
    cluster.report("db-0")
    (reference,) = cluster.get("PersistentVolumeClaim", "data-db-0")["metadata"]["ownerReferences"]
    weak = {**reference, "controller": False}
    body = {"metadata": {"ownerReferences": [weak]}}
    cluster.patch("PersistentVolumeClaim", "data-db-0", body)
    cluster.patch("StatefulSet", "db", {"metadata": {"labels": {"look": "again"}}})
    found = cluster.get("PersistentVolumeClaim", "data-db-0")["metadata"]["ownerReferences"]
    assert found == [reference]


def test_a_claim_of_a_former_set_is_left_alone(cluster):
    """The reference names the set but not this incarnation: the collector's business."""
    cluster.create(_with_claims(replicas=1, deleted="Delete"))
    cluster.report("db-0")
    (reference,) = cluster.get("PersistentVolumeClaim", "data-db-0")["metadata"]["ownerReferences"]
    former = {**reference, "uid": "00000000-0000-4000-8000-000000000000"}
    finalizers = {"metadata": {"ownerReferences": [former], "finalizers": ["example.com/wait"]}}
    cluster.patch("PersistentVolumeClaim", "data-db-0", finalizers)
    cluster.patch("StatefulSet", "db", {"metadata": {"labels": {"look": "again"}}})
    found = cluster.get("PersistentVolumeClaim", "data-db-0")["metadata"]["ownerReferences"]
    assert found == [former]
