"""Facts about the picture of what happened."""

from __future__ import annotations

from typing import Any

import pytest

from reconcile.simulate import Cluster, Hooked, NotSettledError, functions
from reconcile.simulate.actors.catalogue import built_in
from reconcile.simulate.actors.scheduler import Scheduler
from reconcile.simulate.faults import On, Refused
from reconcile.simulate.pictures.timeline import Group, folded, groups, seconds
from tests.simulate.things import CONFIG_MAP, DEFINITION, THING, controller, hooked, sync, thing


def lines(cluster: Cluster) -> list[str]:
    """The lines of a timeline, without the spaces that stand between columns."""
    return [" ".join(line.split()) for line in cluster.timeline().split("\n")]


def finalizing(hook: Any) -> Hooked:
    """A controller with a finalize hook."""
    document = controller()
    document["spec"]["hooks"]["finalize"] = {"webhook": {"url": "http://cc.test/finalize"}}
    return Hooked(document, functions(sync=sync, finalize=hook), (DEFINITION,))


def test_first_sync() -> None:
    """A sync tells what the hook answered, and each write with its code."""
    cluster = Cluster(hooked())
    cluster.create(thing(count=2))
    cluster.settle()
    assert cluster.timeline() == (
        "0s  admin           create CompositeController cc\n"
        "    metacontroller  start CompositeController cc\n"
        "    user            create Thing default/t\n"
        "    metacontroller  sync 1 of Thing default/t: sync hook answered 2 children; "
        "created 2, status written\n"
        "                      201 create ConfigMap default/t-0\n"
        "                      201 create ConfigMap default/t-1\n"
        "                      200 update status of Thing default/t: /status\n"
        "    metacontroller  sync 2 of Thing default/t: sync hook answered 2 children; "
        "nothing written"
    )


def test_changes() -> None:
    """Of an update the places are told, never the values."""
    cluster = Cluster(hooked())
    cluster.create(thing(text="a"))
    cluster.settle()
    cluster.patch(THING, "t", {"spec": {"text": "hush"}})
    cluster.settle()
    told = lines(cluster)
    assert "user update Thing default/t: /spec/text" in told
    assert "200 update ConfigMap default/t-0: /data/text" in told
    assert "hush" not in cluster.timeline()


def test_deletions() -> None:
    """What is held is told as such; who is gone is told when it is gone."""

    def finalize(request: dict[str, Any]) -> dict[str, Any]:
        children = request["children"]["ConfigMap.v1"]
        return {"children": [], "finalized": not children}

    cluster = Cluster(finalizing(finalize))
    cluster.create(thing())
    cluster.settle()
    before = len(lines(cluster))
    cluster.delete(THING, "t", user="somebody")
    cluster.settle()
    told = lines(cluster)[before:]
    name = "metacontroller.io/compositecontroller-cc"
    assert told[0] == f"somebody delete Thing default/t (held by {name})"
    assert "finalize hook answered 0 children, not finalized; deleted 1" in told[1]
    assert told[2] == "200 delete ConfigMap default/t-0"
    assert any("finalize hook answered 0 children, finalized" in line for line in told)


def test_collector() -> None:
    """What is collected is the work of the server's own controllers."""
    cluster = Cluster(hooked())
    cluster.create(thing())
    cluster.settle()
    cluster.delete(THING, "t")
    cluster.settle()
    assert "kube-controller-manager delete ConfigMap default/t-0" in lines(cluster)


def test_actors() -> None:
    """Actors are called by their names; what they do for themselves is left out."""
    cluster = Cluster(hooked(), actors=(*built_in(), Scheduler()))
    labels = {"app": "web"}
    pod = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "c", "image": "i"}]}}
    cluster.create({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
        "spec": {"selector": {"matchLabels": labels}, "template": pod},
    })  # fmt: skip
    cluster.settle()
    told = cluster.timeline()
    assert "deployment-controller  create ReplicaSet default/web-" in told
    assert "replicaset-controller  create Pod default/web-" in told
    assert "ServiceAccount" not in told
    assert "kube-root-ca.crt" not in told


def test_warnings() -> None:
    """Events of type Warning are told, whoever emits them; others are not."""
    cluster = Cluster()
    for number, kind in enumerate(("Warning", "Normal")):
        about = {"kind": "Pod", "namespace": "default", "name": "p"}
        cluster.create(
            {"apiVersion": "v1", "kind": "Event", "metadata": {"name": f"e{number}"},
             "type": kind, "reason": kind, "message": "the image is not there",
             "involvedObject": about},
            user="kubelet",
        )  # fmt: skip
    told = "0s kubelet Warning Warning Pod default/p: the image is not there"
    assert lines(cluster) == [told]


def test_failures() -> None:
    """A hook that fails is told, with the event; what is tried again is told once."""
    cluster = Cluster(hooked(lambda _: (500, {}, "no")))
    cluster.create(thing())
    cluster.settle(failures=True)
    told = lines(cluster)
    assert told[3] == "metacontroller sync 1 of Thing default/t: sync hook answered 500; failed"
    assert told[4].startswith("Warning SyncError Thing default/t: Sync error: ")
    assert told[5].startswith("... and ")
    assert "more like this, until " in told[5]
    assert [group.wrong for group in groups(cluster)][:4] == [False, False, False, True]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ((200, {}, "<html>"), "sync hook answered 200 with what is no JSON object"),
        ((200, {}, "[]"), "sync hook answered 200 with what is no JSON object"),
        ((429, {"Retry-After": "9"}, ""), "sync hook asked to come back later (429)"),
        ({"children": [], "resyncAfterSeconds": 2.5}, "0 children, look again in 2.5s"),
        ({"children": [], "resyncAfterSeconds": 0}, "sync hook answered 0 children; status"),
    ],
)
def test_answers(answer: Any, said: str) -> None:
    """Each kind of answer is told in its words."""
    cluster = Cluster(hooked(lambda _: answer))
    cluster.create(thing())
    cluster.settle(failures=True, patience=0)
    assert said in cluster.timeline()


def test_no_answer() -> None:
    """A hook that cannot be reached is told."""
    document = controller()
    cluster = Cluster(Hooked(document, _lost, (DEFINITION,)))
    cluster.create(thing())
    cluster.settle(failures=True, patience=0)
    assert "sync hook gave no answer; failed" in cluster.timeline()


def _lost(_: Any) -> Any:
    from reconcile.hook.transport import TransportError

    text = "EOF"
    raise TransportError(text)


def test_refusals() -> None:
    """A write that is refused has the server's code and words; those about Secrets only why."""
    cluster = Cluster(hooked())
    cluster.create(thing())
    cluster.faults = (Refused(503, On("POST", "/api/v1/namespaces/default/configmaps")),)
    cluster.settle()
    told = lines(cluster)
    assert told[4].startswith("503 create ConfigMap default/t-0: ServiceUnavailable: ")
    assert "; status written, 1 refused" in told[3]


def test_secrets() -> None:
    """No value of a Secret is told, also where the server refuses one."""
    child = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}}
    for data in ({"k": "aHVzaA=="}, {"hush hush": "aHVzaA=="}):
        document = controller()
        document["spec"]["childResources"][0]["resource"] = "secrets"
        cluster = Cluster(hooked(lambda _, d=data: {"children": [{**child, "data": d}]}, document))
        cluster.create(thing())
        cluster.settle(failures=True, patience=0)
        assert "create Secret default/s" in cluster.timeline()
        assert "aHVz" not in cluster.timeline()


def test_loops() -> None:
    """What repeats is told once, with how often it came again."""
    turns = iter(range(1000))

    def turning(request: dict[str, Any]) -> dict[str, Any]:
        return {**sync(request), "status": {"turn": next(turns)}}

    cluster = Cluster(hooked(turning))
    cluster.create(thing())
    with pytest.raises(NotSettledError):
        cluster.settle(limit=20)
    told = lines(cluster)
    assert told[-1] == "... and 19 more like this"
    assert len(told) == 9


def test_generated_names() -> None:
    """Objects whose names the server makes are told alike."""
    child = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"generateName": "c-"}}
    cluster = Cluster(hooked(lambda _: {"children": [child]}))
    cluster.create(thing())
    with pytest.raises(NotSettledError):
        cluster.settle(limit=9)
    assert "201 create ConfigMap default/c-*" in lines(cluster)


def test_folding() -> None:
    """One group that comes twice is folded; several only where they come three times."""

    def group(when: float, who: str) -> Group:
        return Group(when, who, "", 0, "", ())

    told = [group(0, "a"), group(1, "a"), *(group(2 + n, "bc"[n % 2]) for n in range(6))]
    made = folded(told)
    assert [(len(fold.groups), fold.more, fold.until) for fold in made] == [(1, 1, 1), (2, 2, 7)]
    assert [fold.said for fold in made] == [
        "and 1 more like this, until 1s",
        "and these 2 another 2 times, until 7s",
    ]
    twice = [group(0, "b"), group(0, "c"), group(0, "b"), group(0, "c")]
    assert [fold.more for fold in folded(twice)] == [0, 0, 0, 0]
    assert folded([]) == []


def test_seconds() -> None:
    """Times are short, and exact to a millisecond."""
    told = [seconds(each) for each in (0.0, 0.005, 1.5, 90.0, 86_400.0, 123_456_789.0)]
    assert told == ["0s", "0.005s", "1.5s", "90s", "86400s", "123456789s"]


def test_time() -> None:
    """The time is that of the cluster, and told where it changes."""
    cluster = Cluster(hooked())
    cluster.advance(90)
    cluster.create(thing())
    cluster.create(thing("u"))
    cluster.settle()
    told = cluster.timeline().split("\n")
    assert told[0].startswith(" 0s  admin")
    assert told[2] == "90s  user            create Thing default/t"
    assert told[3] == "                     create Thing default/u"


def test_crashes_and_restarts() -> None:
    """A crash is told where it was, and the start after it."""
    cluster = Cluster(hooked())
    cluster.create(thing())
    cluster.crash(after=1)
    with pytest.raises(NotSettledError):
        cluster.settle()
    cluster.restart()
    cluster.settle()
    told = lines(cluster)
    assert told[4] == "201 create ConfigMap default/t-0"
    assert told[5].startswith("crash: the process was made to end after a write")
    assert told[6] == "metacontroller start CompositeController cc"
    assert told[7].startswith("metacontroller sync 2 of Thing default/t")


def test_several_controllers() -> None:
    """Where there are several, each sync says whose it is."""
    cluster = Cluster(
        hooked(), Hooked(controller(name="dd"), functions(sync=lambda _: {"children": []}))
    )
    cluster.create(thing())
    with pytest.raises(NotSettledError):
        cluster.settle(limit=3)
    assert "sync 1 of Thing default/t by cc: " in cluster.timeline()
    assert "sync 1 of Thing default/t by dd: " in cluster.timeline()


def test_messages_are_harmless() -> None:
    """What a hook says cannot act on a terminal, and is cut."""
    document = controller()
    document["spec"]["generateSelector"] = False
    cluster = Cluster(hooked(lambda _: (500, {}, "\x1b[2J\r\n" + "x" * 999), document))
    cluster.create(thing(selector={"matchLabels": {"a": "b"}}))
    cluster.settle(failures=True, patience=0)
    assert "\x1b" not in cluster.timeline()
    assert "x" * 400 not in cluster.timeline()


def test_pictures_of_equal_clusters_are_equal() -> None:
    """Copies that do the same have the same pictures; those that do not have their own."""
    cluster = Cluster(hooked())
    cluster.create(thing())
    cluster.settle()
    copy = cluster.copy()
    assert copy.timeline() == cluster.timeline()
    for each in (cluster, copy):
        each.delete(CONFIG_MAP, "t-0")
        each.settle()
    assert copy.timeline() == cluster.timeline()
    copy.delete(CONFIG_MAP, "t-0")
    assert copy.timeline() != cluster.timeline()


def test_definitions_of_users() -> None:
    """A definition that a user applies is told, without what the server adds to it."""
    cluster = Cluster()
    cluster.create(DEFINITION)
    cluster.settle()
    name = "CustomResourceDefinition things.demo.example.com"
    assert lines(cluster) == [f"0s user create {name}"]
