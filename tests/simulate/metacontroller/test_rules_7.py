"""Status, order of writes, triggers, failures."""

from __future__ import annotations

from typing import Any

import pytest

from reconcile.simulate.faults import On, Refused
from tests.simulate.scenes import (
    API,
    CONFIG_MAP,
    THING,
    answering,
    cluster,
    composite,
    config_map,
    decorator,
    requests,
    warnings,
    widget,
    writes,
)

HPA = {
    "apiVersion": "autoscaling/v2",
    "kind": "HorizontalPodAutoscaler",
    "metadata": {"name": "h"},
    "spec": {
        "maxReplicas": 1,
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "d"},
    },
}
ROLE = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": "r"}}
SECRET = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}}
KINDS = (
    ("rbac.authorization.k8s.io/v1", "roles", "InPlace"),
    (API, "widgets", "InPlace"),
    ("autoscaling/v2", "horizontalpodautoscalers", "InPlace"),
    ("v1", "secrets", "InPlace"),
    ("v1", "configmaps", "InPlace"),
)


def test_order_of_writes() -> None:
    """Deletions first, then the rest, each by group, version and kind (rule 7.10)."""

    def sync(request: Any) -> Any:
        before = [widget("old"), config_map("old", v="1")]
        after = [ROLE, widget(), HPA, SECRET, config_map(v="1")]
        return {"status": {}, "children": after if request["parent"]["spec"].get("go") else before}

    made = cluster(composite(children=KINDS, sync=sync))
    made.settle()
    made.patch(THING, "t1", {"spec": {"go": True}})
    before = len(writes(made))
    made.settle()
    first = [row.split()[0] + " " + row.split("/")[-1] for row in writes(made)[before:]]
    assert first[:7] == [
        "delete old",
        "delete old",
        "create configmaps",
        "create secrets",
        "create horizontalpodautoscalers",
        "create widgets",
        "create roles",
    ]
    paths = [row.uri for row in made.rows if getattr(row, "verb", "") == "delete"]
    assert ["configmaps" in path for path in paths] == [True, False]


@pytest.mark.parametrize("status", [{"x": 1.0}, {"x": {"y": 2.0}}, {"x": [1.0]}])
def test_numbers_that_the_server_spells_anew(status: Any) -> None:
    """They cost a write with each sync, and no event, so no sync (rule 7.5)."""
    made = cluster(composite(sync=answering(status=status)))
    made.settle()
    before = len(writes(made))
    made.patch(THING, "t1", {"metadata": {"labels": {"a": "b"}}})
    made.settle()
    assert writes(made)[before:] == ["update 200 t1/status"]


def test_status_is_written_though_children_fail() -> None:
    """A refused child does not hold it up (rule 7.8)."""
    bad = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {}}
    made = cluster(composite(sync=answering(bad, status={"a": 1})))
    made.settle(failures=True)
    assert made.failing
    assert made.get(THING, "t1")["status"]["a"] == 1


DECORATED: dict[str, tuple[dict[str, Any], list[str]]] = {
    "rule 7.31: nothing": ({}, []),
    "rule 7.31: what is there": ({"labels": {"no": None}, "annotations": {}}, []),
    "rule 7.32: a status": ({"status": {"a": 1}}, ["update 200 t1/status", "update 200 things/t1"]),
    "rule 7.32: a label": ({"labels": {"a": "b"}}, ["update 200 things/t1"]),
}


@pytest.mark.parametrize("name", DECORATED)
def test_what_a_decorator_writes(name: str) -> None:
    """A status first, then the object; nothing if nothing changed."""
    answer, expected = DECORATED[name]
    made = cluster(decorator(sync=lambda _: answer))
    made.settle()
    assert writes(made) == expected


def test_the_object_that_a_decorator_writes() -> None:
    """It has labels, annotations and a status, whatever it had (rule 7.34)."""
    made = cluster(decorator(sync=lambda _: {"labels": {"a": "b"}}))
    made.settle()
    (row,) = [row for row in made.rows if getattr(row, "verb", "") == "update"]
    assert row.body["metadata"]["annotations"] == {}
    assert row.body["status"] is None


def test_conflicts_of_decorators_skip_attachments() -> None:
    """The sync ends well, and without an event (rules 7.35 and 0.2)."""
    answer = {"labels": {"a": "b"}, "attachments": [config_map(v="1")]}
    made = cluster(decorator(sync=lambda _: answer))
    made.faults = [Refused(409, On("PUT", user="metacontroller"))]
    made.settle()
    assert writes(made) == ["update 409 things/t1"]
    assert not warnings(made)
    assert not made.failing
    made.patch(THING, "t1", {"spec": {"a": 1}})
    made.settle()
    assert made.find(CONFIG_MAP, "c")


POKES: dict[str, tuple[dict[str, Any], str, bool]] = {
    "rule 7.41: a status": ({"status": {"x": 1}}, "status", False),
    "rule 7.41: an owner": ({"metadata": {"finalizers": ["a.b/c"]}}, "", False),
    "rule 7.41: a label": ({"metadata": {"labels": {"a": "b"}}}, "", True),
    "rule 7.41: an annotation": ({"metadata": {"annotations": {"a": "b"}}}, "", True),
    "rule 7.41: the spec": ({"spec": {"a": 1}}, "", True),
}


@pytest.mark.parametrize("name", POKES)
def test_ignored_status_changes(name: str) -> None:
    """What does not move generation, labels or annotations is not seen."""
    body, subresource, seen = POKES[name]
    made = cluster(composite(parent={"ignoreStatusChanges": True}, sync=answering()))
    made.settle()
    before = len(made.calls)
    made.patch(THING, "t1", body, subresource=subresource)
    made.settle()
    assert (len(made.calls) > before) is seen


def test_resync_periods() -> None:
    """All parents are synced again when it is over, status changes ignored or not (rule 7.45)."""
    given = composite(
        parent={"ignoreStatusChanges": True}, spec={"resyncPeriodSeconds": 60}, sync=answering()
    )
    made = cluster(given, things=("t1", "t2"))
    made.settle()
    before = len(made.calls)
    made.advance(59)
    assert len(made.calls) == before
    made.advance(2)
    assert len(made.calls) == before + 2


def test_own_writes_cause_syncs() -> None:
    """A new parent with a child is synced two or three times (rule 7.46)."""
    made = cluster(composite(sync=answering(config_map(v="1"))))
    made.settle()
    assert 2 <= len(requests(made)) <= 3


def test_failures_are_tried_again_ever_more_slowly() -> None:
    """5 ms, 10 ms, 20 ms... and an event each time (rule 7.20)."""
    made = cluster(composite(sync=lambda _: (500, {}, {})))
    made.settle(failures=True, patience=0)
    calls = len(made.calls)
    assert calls == 1
    for number, gap in enumerate((0.005, 0.01, 0.02, 0.04, 0.08, 0.16), 2):
        made.advance(gap * 1.01)
        assert len(made.calls) == number
    assert all(
        event["reason"] == "SyncError" for event in made.events if event["type"] == "Warning"
    )


@pytest.mark.parametrize(("delay", "least", "most"), [(1, 55, 80), (0, 10, 20)])
def test_delays_survive_failures(delay: int, least: int, most: int) -> None:
    """A delayed sync is planned before labels are looked at: failures leave it (rule 0.1)."""
    bad = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c", "labels": {"a": 1}}}
    made = cluster(composite(sync=answering(bad, resyncAfterSeconds=delay)))
    made.advance(60)
    assert least <= len(made.calls) <= most


def test_a_panic_ends_the_process() -> None:
    """Except where a controller is created (rules 7.24 and 2.14)."""
    made = cluster(composite(sync=lambda _: {"children": [None]}))
    made.step(made.steps()[0])
    while made.alive and (steps := made.steps()):
        made.step(steps[0])
    assert not made.alive
    tags = {"sync": {"webhook": {"etag": {"enabled": True, "cacheTimeoutSeconds": 5}}}}
    quiet = cluster(composite(sync=answering(), hooks=tags))
    quiet.settle(failures=True)
    assert quiet.alive
