"""The Deployment controller: who is looked at when, and the recorded conversations."""

from __future__ import annotations

import pytest

from reconcile.simulate.actors.catalogue import built_in
from reconcile.simulate.actors.deployment import DeploymentController
from reconcile.simulate.actors.kubelet import Kubelet
from reconcile.simulate.actors.replicaset import ReplicaSetController
from reconcile.simulate.actors.scheduler import Scheduler
from reconcile.simulate.faults import On, Refused
from tests.simulate.actors.cluster import Cluster
from tests.workloads import differences, workloads

REVISION = "deployment.kubernetes.io/revision"


@pytest.mark.parametrize(
    "name", [*workloads("deployment_"), *workloads("namespace_deletion_with_workloads")]
)
def test_a_conversation_is_had_as_it_was_recorded(name):
    """Deployments come to the same objects and status as with the real controller."""
    found = differences(name)
    assert not found, f"{len(found)} differences, the first of them {found[0]}"


def deployment(replicas=3, version="1", **spec):
    """Return a Deployment called `web`."""
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "default"},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": "web"}},
            "template": {
                "metadata": {"labels": {"app": "web", "v": version}},
                "spec": {"containers": [{"name": "c", "image": "img"}]},
            },
            **spec,
        },
    }


def other(version):
    """Return a patch that gives a Deployment another template."""
    return {"spec": {"template": {"metadata": {"labels": {"v": version}}}}}


@pytest.fixture
def cluster():
    """A cluster in which Pods stay as they are made."""
    return Cluster(DeploymentController(), ReplicaSetController())


@pytest.fixture
def running():
    """A cluster in which Pods run as soon as they are made."""
    actors = (DeploymentController(), ReplicaSetController())
    return Cluster(*actors, Scheduler(without_nodes="n"), Kubelet())


def _sizes(cluster):
    """Return the sizes of the ReplicaSets by the version in their template."""
    return {
        each["metadata"]["labels"]["v"]: each["spec"]["replicas"]
        for each in cluster.list("ReplicaSet")
    }


def _progress(cluster):
    found = cluster.get("Deployment", "web")["status"]["conditions"]
    return next(each["reason"] for each in found if each["type"] == "Progressing")


def test_a_rollout_comes_to_its_end(running):
    """With Pods that run at once, a change is through when all is at rest, and nothing moves on."""
    running.create(deployment())
    assert _progress(running) == "NewReplicaSetAvailable"
    running.patch("Deployment", "web", other("2"))
    assert _sizes(running) == {"1": 0, "2": 3}
    assert running.get("Deployment", "web")["metadata"]["annotations"] == {REVISION: "2"}
    before = running.version()
    running.wait(10_000)
    assert running.version() == before


def test_a_template_that_was_there_is_used_again(running):
    """Its ReplicaSet gets the next revision and remembers its first."""
    running.create(deployment())
    running.patch("Deployment", "web", other("2"))
    running.patch("Deployment", "web", other("1"))
    assert _sizes(running) == {"1": 3, "2": 0}
    notes = next(
        each["metadata"]["annotations"]
        for each in running.list("ReplicaSet")
        if each["spec"]["replicas"]
    )
    assert notes[REVISION] == "3"
    assert notes["deployment.kubernetes.io/revision-history"] == "1"


@pytest.mark.parametrize(
    ("asked", "left"), [("1", "1"), ("0", "2"), ("3", "3"), ("7", "3"), ("x", "3")]
)
def test_an_annotation_asks_to_go_back(running, asked, left):
    """0 is the revision before; one that is not there, or is no number, changes nothing."""
    running.create(deployment())
    for version in ("2", "3"):
        running.patch("Deployment", "web", other(version))
    note = {"deprecated.deployment.rollback.to": asked}
    running.patch("Deployment", "web", {"metadata": {"annotations": note}})
    found = running.get("Deployment", "web")
    labels = found["spec"]["template"]["metadata"]["labels"]
    assert labels == {"app": "web", "v": left}
    assert ("deprecated.deployment.rollback.to" in found["metadata"]["annotations"]) is (
        asked == "x"
    )
    assert {version for version, count in _sizes(running).items() if count} == {left}


def test_going_back_from_the_first_revision_changes_nothing(running):
    """There is no revision before it; the wish is forgotten."""
    running.create(deployment())
    note = {"deprecated.deployment.rollback.to": "0"}
    running.patch("Deployment", "web", {"metadata": {"annotations": note}})
    assert running.get("Deployment", "web")["metadata"]["annotations"] == {REVISION: "1"}
    assert _sizes(running) == {"1": 3}


@pytest.mark.parametrize("limit", [0, 1, 2, 2**31 - 1])
def test_as_many_old_replica_sets_are_kept_as_are_wanted(running, limit):
    """The oldest revisions go first."""
    running.create(deployment(revisionHistoryLimit=limit))
    for version in "234":
        running.patch("Deployment", "web", other(version))
    assert sorted(_sizes(running)) == sorted("4321"[: limit + 1])


def test_a_paused_deployment_scales_and_does_not_roll_out(cluster):
    """Its new template waits until it goes on."""
    cluster.create(deployment())
    cluster.patch("Deployment", "web", {"spec": {"paused": True}})
    cluster.patch("Deployment", "web", {**other("2")})
    cluster.patch("Deployment", "web", {"spec": {"replicas": 5}})
    assert _sizes(cluster) == {"1": 5}
    assert _progress(cluster) == "DeploymentPaused"
    cluster.patch("Deployment", "web", {"spec": {"paused": False}})
    assert sum(_sizes(cluster).values()) == 7


def test_who_recreates_waits_for_the_last_old_pod(cluster):
    """Nothing new is made while an old Pod is on its way."""
    cluster.create(deployment(1, strategy={"type": "Recreate"}))
    name = cluster.names("Pod")[0]
    cluster.bind(name, "n")
    cluster.patch("Deployment", "web", other("2"))
    assert _sizes(cluster) == {"1": 0}
    assert cluster.names("Pod") == [name]
    cluster.delete("Pod", name, gracePeriodSeconds=0)
    assert _sizes(cluster) == {"1": 0, "2": 1}


def test_a_rollout_that_stands_still_is_told_without_another_event(cluster):
    """The controller looks again by itself."""
    cluster.create(deployment(progressDeadlineSeconds=60))
    cluster.wait(59)
    assert _progress(cluster) == "ReplicaSetUpdated"
    cluster.wait(3)
    assert _progress(cluster) == "ProgressDeadlineExceeded"


def test_replica_sets_are_adopted_and_let_go(cluster):
    """An orphan with the labels is taken; one that loses them is released."""
    cluster.create(deployment(2))
    name = cluster.names("ReplicaSet")[0]
    cluster.delete("Deployment", "web", propagationPolicy="Orphan")
    assert "ownerReferences" not in cluster.get("ReplicaSet", name)["metadata"]
    cluster.create(deployment(2))
    assert cluster.names("ReplicaSet") == [name]
    assert cluster.get("ReplicaSet", name)["metadata"]["ownerReferences"]
    cluster.patch("ReplicaSet", name, {"metadata": {"labels": {"app": None}}})
    assert "ownerReferences" not in cluster.get("ReplicaSet", name)["metadata"]
    cluster.patch("ReplicaSet", name, {"metadata": {"labels": {"app": "web"}}})
    assert cluster.get("ReplicaSet", name)["metadata"]["ownerReferences"]


def test_a_name_that_is_taken_gives_another_hash(cluster):
    """A ReplicaSet that is not the Deployment's is a collision, which is counted."""
    cluster.create(deployment(1))
    taken = cluster.get("ReplicaSet", cluster.names("ReplicaSet")[0])
    cluster.delete("Deployment", "web")
    about = {"name": taken["metadata"]["name"], "namespace": "default"}
    labels = {"app": "foreign"}
    template = {"metadata": {"labels": labels}, "spec": taken["spec"]["template"]["spec"]}
    spec = {"replicas": 0, "selector": {"matchLabels": labels}, "template": template}
    cluster.create({"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": about, "spec": spec})
    cluster.create(deployment(1))
    assert cluster.get("Deployment", "web")["status"]["collisionCount"] == 1
    assert len(cluster.names("ReplicaSet")) == 2


def test_a_deployment_that_is_being_deleted_is_only_counted(cluster):
    """It makes nothing more, whatever its template says."""
    cluster.create(deployment(1))
    cluster.bind(cluster.names("Pod")[0], "n")
    about = {"metadata": {"finalizers": ["example.com/wait"]}}
    cluster.patch("Deployment", "web", about)
    cluster.delete("Deployment", "web", propagationPolicy="Background")
    cluster.patch("Deployment", "web", other("2"))
    assert sorted(_sizes(cluster)) == ["1"]
    found = cluster.get("Deployment", "web")
    assert found["status"]["observedGeneration"] == found["metadata"]["generation"]


def test_a_replica_set_that_may_not_be_made_is_told():
    """The reason is in the condition; when there is room, it is made without another event."""
    actors = built_in("deployment-controller,replicaset-controller,resourcequota-controller")
    cluster = Cluster(*actors)
    about = {"name": "q", "namespace": "default"}
    quota = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": about}
    cluster.create({**quota, "spec": {"hard": {"count/replicasets.apps": "0"}}})
    cluster.create(deployment(1))
    assert _progress(cluster) == "ReplicaSetCreateError"
    hard = {"spec": {"hard": {"count/replicasets.apps": "1"}}}
    cluster.patch("ResourceQuota", "q", hard)
    cluster.wait(20)
    assert _sizes(cluster) == {"1": 1}


@pytest.mark.parametrize("code", [409, 500, 503])
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_a_rollout_outlives_refusals(code, method):
    """Whatever is refused a few times is tried again, and the end is the same."""
    actors = (DeploymentController(), ReplicaSetController())
    cluster = Cluster(*actors, Scheduler(without_nodes="n"), Kubelet())
    cluster.create(deployment())
    fault = Refused(code, On(method, user="kube-controller-manager"), times=7)
    cluster.server.faults = (fault,)
    path = "/apis/apps/v1/namespaces/default/deployments/web"
    media = "application/merge-patch+json"
    cluster.server.request("PATCH", path, body=other("2"), content_type=media)
    cluster.wait(120)
    cluster.server.faults = ()
    cluster.wait(120)
    assert _sizes(cluster) == {"1": 0, "2": 3}
    assert _progress(cluster) == "NewReplicaSetAvailable"


def test_an_adoption_that_is_refused_is_tried_again():
    """Nothing is done before it is clear what the Deployment has."""
    cluster = Cluster(DeploymentController(), ReplicaSetController())
    cluster.create(deployment(1))
    name = cluster.names("ReplicaSet")[0]
    cluster.delete("Deployment", "web", propagationPolicy="Orphan")
    user = "kube-controller-manager"
    cluster.server.faults = (Refused(500, On("PATCH", user=user), times=2),)
    cluster.create(deployment(1))
    assert "ownerReferences" not in cluster.get("ReplicaSet", name)["metadata"]
    cluster.wait(2)
    assert cluster.get("ReplicaSet", name)["metadata"]["ownerReferences"]
    assert cluster.names("ReplicaSet") == [name]
