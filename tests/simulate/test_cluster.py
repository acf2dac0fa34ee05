"""Facts about the cluster: it settles, waits, crashes, is copied, and tells what it would do."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest

from reconcile.errors import DefinitionError, ObjectError
from reconcile.objects.gvk import Gvk
from reconcile.simulate import ApiError, Cluster, Hooked, NotSettledError, functions
from reconcile.simulate.actors.kubelet import Kubelet
from reconcile.simulate.actors.scheduler import Scheduler
from reconcile.simulate.faults import On, Refused
from reconcile.simulate.metacontroller.client import Write
from reconcile.simulate.steps import Step
from tests.simulate.things import CONFIG_MAP, DEFINITION, THING, controller, hooked, sync, thing

APPLY = pytest.mark.parametrize("apply", ["dynamic", "server-side"])


def names(cluster: Cluster) -> list[str]:
    """The names of the ConfigMaps that Things own."""
    return [
        found["metadata"]["name"]
        for found in cluster.list(CONFIG_MAP, namespace="default")
        if found["metadata"].get("ownerReferences")
    ]


@APPLY
def test_life_of_a_parent(apply: str) -> None:
    """Children come, follow the spec, are repaired, and go with the parent."""
    cluster = Cluster(hooked(), apply=apply)
    cluster.create(thing(count=2, text="a"))
    cluster.settle()
    assert names(cluster) == ["t-0", "t-1"]
    cluster.patch(THING, "t", {"spec": {"count": 1, "text": "b"}})
    cluster.patch(CONFIG_MAP, "t-0", {"data": {"text": "drift"}})
    cluster.settle()
    assert names(cluster) == ["t-0"]
    assert cluster.get(CONFIG_MAP, "t-0")["data"] == {"text": "b"}
    assert cluster.get(THING, "t")["status"] == {"count": 1, "observedGeneration": 2}
    cluster.delete(CONFIG_MAP, "t-0")
    cluster.settle()
    assert names(cluster) == ["t-0"]
    cluster.delete(THING, "t")
    cluster.settle()
    assert names(cluster) == []
    assert cluster.find(THING, "t") is None


@APPLY
def test_another_sync_writes_nothing(apply: str) -> None:
    """After a restart everything is looked at, and nothing is written."""
    cluster = Cluster(hooked(), apply=apply)
    cluster.create(thing(count=2))
    cluster.settle()
    calls = len(cluster.calls)
    writes = [row for row in cluster.rows if isinstance(row, Write)]
    cluster.restart()
    cluster.settle()
    assert len(cluster.calls) > calls
    again = [row for row in cluster.rows if isinstance(row, Write)][len(writes) :]
    # What was applied is forgotten with the process, so server-side apply asks once more.
    assert all(row.verb == "patch" for row in again)
    before = cluster.get(CONFIG_MAP, "t-0")["metadata"]["resourceVersion"]
    cluster.settle()
    assert cluster.get(CONFIG_MAP, "t-0")["metadata"]["resourceVersion"] == before


def test_copies_go_their_own_ways() -> None:
    """What happens to one is not seen by the other; both remember what was before."""
    cluster = Cluster(hooked())
    cluster.create(thing(count=1))
    cluster.settle()
    other = cluster.copy()
    other.patch(THING, "t", {"spec": {"count": 3}})
    other.settle()
    cluster.delete(THING, "t")
    cluster.settle()
    assert names(other) == ["t-0", "t-1", "t-2"]
    assert names(cluster) == []
    shared = len(Cluster(hooked()).history)
    assert [str(each) for each in other.history][:shared] == [
        str(each) for each in cluster.history
    ][:shared]


def test_clusters_that_begin_alike_share_nothing_that_changes() -> None:
    """A cluster that is made again begins anew."""
    given = hooked()
    first = Cluster(given)
    first.server.request("POST", "/api/v1/namespaces/default/configmaps", body={})
    first.create(thing())
    first.settle()
    assert Cluster(given).list(THING) == []


def test_resync_after_waits_for_time() -> None:
    """A later sync does not keep the cluster from settling; time brings it."""

    def again(request: dict) -> dict:
        return {**sync(request), "resyncAfterSeconds": 30}

    cluster = Cluster(hooked(again))
    cluster.create(thing())
    cluster.settle()
    calls = len(cluster.calls)
    cluster.advance(29)
    assert len(cluster.calls) == calls
    cluster.advance(2)
    assert len(cluster.calls) == calls + 1
    assert cluster.now == datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=31)


def test_failing_syncs_are_told() -> None:
    """Whoever settles a cluster whose syncs fail is told why, or says that it is meant."""

    def fails(request: dict) -> tuple[int, dict, str]:
        return 500, {}, "not today"

    cluster = Cluster(hooked(fails))
    cluster.create(thing())
    with pytest.raises(NotSettledError) as caught:
        cluster.settle()
    assert "cc: Thing default/t still fails" in str(caught.value)
    cluster.settle(failures=True)
    assert any(event["reason"] == "SyncError" for event in cluster.events)


def test_a_loop_is_told() -> None:
    """A status that is another each time is named with what helps."""

    def counts(request: dict) -> dict:
        seen = (request["parent"].get("status") or {}).get("seen", 0)
        return {"status": {"seen": seen + 1}, "children": []}

    cluster = Cluster(hooked(counts))
    cluster.create(thing())
    with pytest.raises(NotSettledError) as caught:
        cluster.settle(limit=20)
    assert "Thing default/t /status/seen" in str(caught.value)
    assert "ignoreStatusChanges" in str(caught.value)


def test_crash_between_two_writes() -> None:
    """What was written stays, what was not comes after the restart."""
    cluster = Cluster(hooked())
    cluster.create(thing(count=3))
    cluster.crash(after=2)
    with pytest.raises(NotSettledError, match="restart"):
        cluster.settle()
    assert not cluster.alive
    assert names(cluster) == ["t-0", "t-1"]
    cluster.restart()
    cluster.settle()
    assert names(cluster) == ["t-0", "t-1", "t-2"]
    cluster.crash()
    assert not cluster.alive
    assert cluster.findings == ()


def test_a_null_child_ends_the_process() -> None:
    """The crash of the real one is a finding, with the number of its rule."""
    cluster = Cluster(hooked(lambda request: {"children": [None]}))
    cluster.create(thing())
    with pytest.raises(NotSettledError, match=r"rule 1\.23"):
        cluster.settle()
    assert [finding.partition(":")[0] for finding in cluster.findings] == ["1.23"]


def test_refused_writes() -> None:
    """A write that is refused once is tried again."""
    cluster = Cluster(hooked())
    path = "/api/v1/namespaces/default/configmaps"
    cluster.faults = [Refused(500, On("POST", path, "metacontroller"))]
    assert len(cluster.faults) == 1
    cluster.create(thing(count=1))
    cluster.settle()
    assert names(cluster) == ["t-0"]
    assert cluster.faults == ()


def test_a_view_that_lags() -> None:
    """What is not delivered is not known: the child is asked for a second time."""
    cluster = Cluster(hooked())
    cluster.create(thing(count=1))

    def deaf(steps: list[Step]) -> Step:
        others = [step for step in steps if step != Step("deliver", "/ConfigMap/")]
        return (others or steps)[0]

    cluster.settle(scheduler=deaf)
    refused = [row for row in cluster.rows if isinstance(row, Write) and row.code == 409]
    assert [row.reason for row in refused] == ["AlreadyExists"]
    assert names(cluster) == ["t-0"]


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(20))
def test_every_order_ends_alike(seed: int) -> None:
    """Whatever is done first, the cluster comes to the same world."""
    chance = random.Random(seed)
    cluster = Cluster(hooked())
    cluster.create(thing(count=3, text="a"))
    cluster.create(thing("u", count=1))
    cluster.settle(scheduler=chance.choice)
    cluster.patch(THING, "t", {"spec": {"count": 1}})
    cluster.delete(THING, "u")
    cluster.settle(scheduler=chance.choice)
    assert names(cluster) == ["t-0"]
    assert cluster.get(THING, "t")["status"] == {"count": 1, "observedGeneration": 2}


def test_steps_are_done_one_by_one() -> None:
    """A step that is not possible now is refused; those that are lead to rest."""
    cluster = Cluster(hooked())
    assert cluster.steps() == []
    cluster.create(thing())
    assert cluster.steps() == [Step("deliver", "demo.example.com/Thing/")]
    with pytest.raises(LookupError):
        cluster.step(Step("sync", "CompositeController/cc|demo.example.com/Thing/default/t"))
    while possible := cluster.steps():
        cluster.step(possible[0])
    assert names(cluster) == ["t-0"]


def test_actors_run_beside_it() -> None:
    """Pods run where a scheduler and a kubelet do, and only there."""
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "p"},
        "spec": {"containers": [{"name": "c", "image": "i:1"}]},
    }
    cluster = Cluster(hooked())
    cluster.create(pod)
    cluster.settle()
    assert cluster.get(Gvk("v1", "Pod"), "p")["status"]["phase"] == "Pending"
    cluster.run(Scheduler(without_nodes="node"), Kubelet(heartbeat=None))
    cluster.settle()
    assert cluster.get(Gvk("v1", "Pod"), "p")["status"]["phase"] == "Running"


def test_two_controllers() -> None:
    """Controllers of one kind of parents live in one cluster; names are told apart."""
    other = controller(
        name="other",
        parentResource={
            "apiVersion": "demo.example.com/v1",
            "resource": "things",
            "labelSelector": {"matchLabels": {"mine": "yes"}},
        },
    )
    cluster = Cluster(
        Hooked(
            controller(
                parentResource={
                    "apiVersion": "demo.example.com/v1",
                    "resource": "things",
                    "labelSelector": {
                        "matchExpressions": [{"key": "mine", "operator": "DoesNotExist"}]
                    },
                }
            ),
            functions(sync=sync),
            (DEFINITION,),
        ),
        Hooked(other, functions(sync=lambda request: {"status": {}, "children": []})),
    )
    cluster.create({**thing("a", count=1)})
    cluster.create({**thing("b"), "metadata": {"name": "b", "labels": {"mine": "yes"}}})
    cluster.settle()
    assert names(cluster) == ["a-0"]
    assert {call.controller for call in cluster.calls} == {"cc", "other"}


def test_names_must_differ() -> None:
    """Two controllers of one name are refused when the cluster is made."""
    with pytest.raises(DefinitionError):
        Cluster(hooked(), hooked())


def test_namespace_is_made() -> None:
    """Objects without a namespace go to the cluster's; others are asked for by name."""
    cluster = Cluster(hooked(), namespace="team")
    cluster.create(thing())
    cluster.settle()
    assert [each["metadata"]["name"] for each in cluster.list(CONFIG_MAP, namespace="team")] == [
        "t-0"
    ]
    with pytest.raises(ApiError, match="not found"):
        cluster.get(CONFIG_MAP, "t-0", namespace="default")


def test_hooks_that_hang_are_given_up() -> None:
    """A hook that answers too late fails the sync by virtual time."""

    def slow(call):
        answer = functions(sync=sync)(call)
        return answer._replace(delay=60.0)

    cluster = Cluster(Hooked(controller(), slow, (DEFINITION,)))
    cluster.create(thing())
    with pytest.raises(NotSettledError, match="Timeout exceeded"):
        cluster.settle()


def test_limit_of_depth() -> None:
    """A parent that is nested too deeply is refused, not a crash of the test."""
    deep: dict = {}
    for _ in range(200):
        deep = {"a": deep}
    cluster = Cluster(hooked())
    with pytest.raises(ObjectError, match="nested more than 128 deep"):
        cluster.create({**thing(), "spec": {"deep": deep}})


def test_workloads_run() -> None:
    """A Deployment has its Pods, a claim its volume, a Service its address, when their time comes."""
    cluster = Cluster(hooked())
    cluster.run_workloads("slow", seconds=20)
    labels = {"app": "web"}
    pod = {"containers": [{"name": "c", "image": "i:1"}]}
    cluster.create(
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "web"},
            "spec": {
                "selector": {"matchLabels": labels},
                "template": {"metadata": {"labels": labels}, "spec": pod},
            },
        }
    )
    cluster.create(
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": "web"},
            "spec": {"type": "LoadBalancer", "selector": labels, "ports": [{"port": 80}]},
        }
    )
    cluster.create(
        {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "metadata": {"name": "disk"},
            "spec": {
                "accessModes": ["ReadWriteOnce"],
                "resources": {"requests": {"storage": "1Gi"}},
            },
        }
    )
    cluster.settle()
    deployment, claim = Gvk("apps/v1", "Deployment"), Gvk("v1", "PersistentVolumeClaim")
    assert "readyReplicas" not in cluster.get(deployment, "web")["status"]
    cluster.advance(25)
    assert cluster.get(deployment, "web")["status"]["readyReplicas"] == 1
    assert cluster.get(claim, "disk")["status"]["phase"] == "Bound"
    service = cluster.get(Gvk("v1", "Service"), "web")
    assert service["status"]["loadBalancer"]["ingress"]


def test_parent_deleted_during_its_sync() -> None:
    """What was made for a parent that is gone meanwhile is collected; nothing fails."""
    clusters: list[Cluster] = []

    def hook(request: dict) -> dict:
        if clusters[0].find(THING, "t") is not None:
            clusters[0].delete(THING, "t")
        return sync(request)

    cluster = Cluster(hooked(hook))
    clusters.append(cluster)
    cluster.create(thing(count=2))
    cluster.settle()
    assert cluster.find(THING, "t") is None
    assert names(cluster) == []
    assert next(row for row in cluster.rows if isinstance(row, Write)).code == 201


def test_html_is_no_answer() -> None:
    """A page with status 200, as a proxy gives it, fails the sync and touches no child."""
    answers = [None, (200, {}, "<html>Bad Gateway</html>")]

    def hook(request: dict) -> object:
        answer = answers[0]
        return sync(request) if answer is None else answer

    cluster = Cluster(hooked(hook))
    cluster.create(thing(count=1))
    cluster.settle()
    answers.pop(0)
    cluster.patch(THING, "t", {"spec": {"count": 3}})
    with pytest.raises(NotSettledError):
        cluster.settle()
    assert names(cluster) == ["t-0"]
