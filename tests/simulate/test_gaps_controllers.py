"""What the simulated built-in controllers do not do: each gap of the manual's list, shown."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from reconcile.simulate.actors import cron_schedule
from reconcile.simulate.actors.catalogue import KNOWN, built_in
from reconcile.simulate.actors.daemonset import DaemonSetController
from reconcile.simulate.actors.deployment import DeploymentController
from reconcile.simulate.actors.queue import Queue
from reconcile.simulate.actors.replicaset import ReplicaSetController
from reconcile.simulate.actors.statefulset import StatefulSetController
from reconcile.simulate.faults import On, Refused
from tests.simulate.actors.batch import Batch, cron, job
from tests.simulate.actors.cluster import Cluster
from tests.simulate.actors.test_daemonset import add_node, daemon, pods_of, run_all
from tests.simulate.actors.test_deployment import deployment
from tests.simulate.actors.test_replicaset import replicas
from tests.simulate.actors.test_statefulset import stateful

GENERATION = "deprecated.daemonset.template.generation"
OTHERS = [
    "serviceaccount-token",
    "podgroup-protection",
    "certificatesigningrequest-signing",
    "certificatesigningrequest-approving",
    "certificatesigningrequest-cleaner",
    "podcertificaterequest-cleaner",
    "bootstrap-signer",
    "token-cleaner",
    "node-ipam",
    "service-lb",
    "node-route",
    "cloud-node-lifecycle",
    "persistentvolume-attach-detach",
    "persistentvolume-expander",
    "kube-apiserver-serving-clustertrustbundle-publisher",
    "storageversion-garbage-collector",
    "resourceclaim",
    "resourcepoolstatusrequest",
    "device-taint-eviction",
    "legacy-serviceaccount-token-cleaner",
    "validatingadmissionpolicy-status",
    "service-cidr",
    "storage-version-migrator",
    "selinux-warning",
]
REPLICA_SETS = "/apis/apps/v1/namespaces/default/replicasets"


def going(cluster: Cluster) -> list[str]:
    """Return the names of the Pods that are being deleted."""
    pods = cluster.list("Pod")
    return [each["metadata"]["name"] for each in pods if "deletionTimestamp" in each["metadata"]]


def unseen(cluster: Cluster, name: str, status: dict[str, Any]) -> None:
    """Report a status of a Pod without letting anybody look at it."""
    path, media = f"/api/v1/namespaces/default/pods/{name}/status", "application/merge-patch+json"
    body = {"status": status}
    assert cluster.server.request("PATCH", path, body=body, content_type=media).status == 200


def test_events_of_controllers():
    """A Deployment is made and scaled, and nobody tells of it."""
    cluster = Cluster(*built_in("deployment-controller,replicaset-controller"))
    cluster.create(deployment(replicas=2))
    cluster.patch("Deployment", "web", {"spec": {"replicas": 3}})
    assert len(cluster.names("Pod")) == 3
    found = cluster.server.request("GET", "/api/v1/namespaces/default/events").body
    assert found["items"] == []


def test_races_of_controllers():
    """Whoever is asked for in another order acts in the same one, one after the other."""
    asked = ("replicaset-controller", "job-controller", "deployment-controller")
    told = set()
    for names in itertools.permutations(asked):
        actors = built_in(",".join(names))
        assert [each.name for each in actors] == sorted(asked, key=KNOWN.index)
        cluster = Cluster(*actors)
        cluster.create(deployment())
        told.add(tuple((event.key, event.type) for event in cluster.server.world.events(0)))
    assert len(told) == 1


@pytest.mark.parametrize(
    ("actor", "document"),
    [(StatefulSetController(), stateful()), (DaemonSetController(), daemon())],
)
def test_retries(actor, document):
    """After a refusal of whatever number the next try is a second later."""
    cluster = Cluster(actor)
    add_node(cluster, "a")
    cluster.server.faults = (Refused(500, On("POST", "/api/v1/namespaces/default/pods"), None),)
    cluster.create(document)
    for _ in range(3):
        assert (cluster.queue.wakes - cluster.server.world.now).total_seconds() == 1.0
        cluster.wait(1)
    cluster.server.faults = ()
    cluster.wait(1)
    assert cluster.names("Pod")


def test_back_off():
    """Each pause is as long as all before, and after 164 s a ReplicaSet is not tried any more."""
    cluster = Cluster(DeploymentController(), ReplicaSetController())
    cluster.server.faults = (Refused(500, On("POST", REPLICA_SETS), None),)
    cluster.create(deployment())
    began, pauses = cluster.server.world.now, []
    while (wakes := cluster.queue.wakes) is not None:
        passed = (cluster.server.world.now - began).total_seconds()
        pauses.append(((wakes - cluster.server.world.now).total_seconds(), passed))
        cluster.wait(pauses[-1][0])
    assert all(abs(pause - passed) <= 1.1 for pause, passed in pauses)
    assert 164 < (cluster.server.world.now - began).total_seconds() < 600
    cluster.server.faults = ()
    cluster.wait(86_400)
    assert cluster.names("ReplicaSet") == []


def test_order_of_equals():
    """Of Pods that are alike in all that counts, the first ones by name go."""
    cluster = Cluster(ReplicaSetController())
    cluster.create(replicas(5))
    names = cluster.names("Pod")
    cluster.patch("ReplicaSet", "r", {"spec": {"replicas": 3}})
    assert cluster.names("Pod") == sorted(names)[2:]


def test_order_of_nodes():
    """A DaemonSet is updated Node by Node, in the order of their names."""
    cluster = Cluster(DaemonSetController())
    for name in ("c", "a", "b"):
        add_node(cluster, name)
    cluster.create(daemon())
    run_all(cluster)
    cluster.patch("DaemonSet", "proxy", {"spec": {"template": daemon("2")["spec"]["template"]}})
    (name,) = going(cluster)
    assert name == pods_of(cluster)["a"][0]["metadata"]["name"]


def test_order_of_claims():
    """A Pod's claims are made in the order of their templates."""
    names = ("z", "m", "a", "k")
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    templates = [{"metadata": {"name": name}, "spec": spec} for name in names]
    cluster = Cluster(StatefulSetController())
    cluster.create(stateful(1, volumeClaimTemplates=templates))
    prefix = "/PersistentVolumeClaim/"
    events = cluster.server.world.events(0)
    made = [event.key for event in events if event.key.startswith(prefix) and event.before is None]
    assert made == [f"{prefix}default/{name}-db-0" for name in names]


def test_max_unavailable():
    """A StatefulSet that may lose two Pods is stored without a word of it, and loses one."""
    update = {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 2}}
    cluster = Cluster(StatefulSetController())
    made = cluster.create(stateful(3, podManagementPolicy="Parallel", updateStrategy=update))
    assert "maxUnavailable" not in made["spec"]["updateStrategy"]["rollingUpdate"]
    for name in cluster.names("Pod"):
        cluster.report(name)
    template = stateful(version="2")["spec"]["template"]
    cluster.patch("StatefulSet", "db", {"spec": {"template": template}})
    versions = [each["metadata"]["labels"]["v"] for each in cluster.list("Pod")]
    assert versions == ["1", "1", "2"]


def test_failed_daemon_pods():
    """A failed Pod that somebody else deletes is one more failure, and lengthens the pause."""
    cluster = Cluster(DaemonSetController())
    add_node(cluster, "a")
    cluster.create(daemon())
    (name,) = cluster.names("Pod")
    unseen(cluster, name, {"phase": "Failed"})
    cluster.delete("Pod", name)
    (name,) = cluster.names("Pod")
    cluster.report(name, "Failed")
    assert cluster.names("Pod") == [name]


def test_template_generation():
    """A DaemonSet whose old annotation is no number is stored and has its Pods."""
    cluster = Cluster(DaemonSetController())
    add_node(cluster, "a")
    document = daemon()
    document["metadata"]["annotations"] = {GENERATION: "many"}
    cluster.create(document)
    assert len(cluster.names("Pod")) == 1


def test_gathered_pods():
    """That a Pod of a Job ended is counted in the same moment."""
    batch = Batch()
    batch.create(job())
    before = batch.server.world.now
    (pod,) = batch.running()
    batch.end(pod, "Succeeded")
    assert batch.status()["succeeded"] == 1
    assert batch.server.world.now == before


def test_looks_of_jobs():
    """One look writes what the real controller writes in several: seen, counted, ended."""
    batch = Batch()
    batch.create(job())
    (pod,) = batch.running()
    unseen(batch, pod["metadata"]["name"], {"phase": "Succeeded"})
    assert batch.queue.step(batch.server)
    assert [kind for kind, _, _ in batch.told()] == ["SuccessCriteriaMet", "Complete"]
    assert "finalizers" not in batch.get("Pod", pod["metadata"]["name"])["metadata"]


def test_order_of_job_pods():
    """Of Pods that are alike, those whose names come first are given up."""
    batch = Batch()
    batch.create(job(parallelism=4, completions=8))
    names = [each["metadata"]["name"] for each in batch.running()]
    batch.patch("Job", "j", {"spec": {"parallelism": 2}})
    kept = [each["metadata"]["name"] for each in batch.running()]
    assert sorted(kept) == sorted(names)[2:]


def test_memory_of_failures():
    """A controller that starts anew waits after the second failure as if it had seen the first."""
    batch = Batch()
    batch.create(job(backoffLimit=5))
    for _ in range(2):
        batch.wait(10)
        (pod,) = batch.running()
        batch.end(pod, "Failed", 1)
    batch.queue = Queue(batch.queue.actors)
    batch.wait(19)
    assert batch.running() == []
    batch.wait(1)
    assert len(batch.running()) == 1


def test_time_zones(monkeypatch):
    """Where the system knows no zones, a CronJob that names one is not run."""

    def nowhere(name: str) -> Any:
        raise KeyError(name)

    batch = Batch()
    batch.create(cron(timeZone="Europe/Berlin"))
    monkeypatch.setattr(cron_schedule, "ZoneInfo", nowhere)
    batch.wait(300)
    assert batch.names("Job") == []
    monkeypatch.undo()
    batch.create(cron(name="d", timeZone="Europe/Berlin"))
    batch.wait(300)
    assert batch.names("Job")


def test_workloads_of_jobs():
    """Neither the kind Workload nor the kind PodGroup is served, and a Job makes neither."""
    batch = Batch()
    batch.create(job())
    groups = batch.server.request("GET", "/apis/scheduling.k8s.io").body["versions"]
    assert [each["version"] for each in groups] == ["v1"]


def test_other_controllers():
    """Nobody does the work of these."""
    there = {each.name for each in built_in(",".join(KNOWN))}
    there |= {"garbage-collector-controller", "namespace-controller"}
    absent = [name.removesuffix("-controller") for name in KNOWN if name not in there]
    assert absent == OTHERS
