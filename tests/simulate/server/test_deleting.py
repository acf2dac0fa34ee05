"""Deletions: what goes, what waits, and what is answered."""

from __future__ import annotations

from typing import Any

import pytest

from reconcile.simulate import ApiServer
from tests.simulate.served import (
    CONFIG_MAPS,
    PODS,
    THINGS,
    config_map,
    got,
    made,
    pod,
    refused,
    thing,
    with_things,
)

MERGE = "application/merge-patch+json"
JOBS = "/apis/batch/v1/namespaces/default/jobs"


def deleted(server: ApiServer, path: str, body: Any = None) -> Any:
    """Return the answer to a deletion that is done or begun."""
    options = {} if body is None else {"body": {"kind": "DeleteOptions", **body}}
    answer = server.request("DELETE", path, **options)
    assert answer.status == 200, answer.body
    return answer.body


def test_most_kinds_answer_with_a_status() -> None:
    """It names the object by its resource, and its uid."""
    server = ApiServer()
    uid = made(server, CONFIG_MAPS, config_map())["metadata"]["uid"]
    assert deleted(server, f"{CONFIG_MAPS}/c") == {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Success",
        "details": {"name": "c", "kind": "configmaps", "uid": uid},
    }
    assert refused(server, "DELETE", f"{CONFIG_MAPS}/c", {}) == 'configmaps "c" not found'


def test_some_kinds_answer_with_what_went() -> None:
    """A Service is shown as it was, at the version of its deletion."""
    server = ApiServer()
    services = "/api/v1/namespaces/default/services"
    held = made(server, services, {"metadata": {"name": "s"}, "spec": {"ports": [{"port": 1}]}})
    gone = deleted(server, f"{services}/s")
    assert gone["spec"] == held["spec"]
    assert int(gone["metadata"]["resourceVersion"]) > int(held["metadata"]["resourceVersion"])


def test_what_is_held_is_marked_once() -> None:
    """The mark raises the generation; asking again changes nothing."""
    server = with_things()
    made(server, THINGS, thing(finalizers=["demo.example.com/f"]))
    marked = deleted(server, f"{THINGS}/t")["metadata"]
    assert marked["deletionTimestamp"] == "2026-01-01T00:00:00Z"
    assert (marked["deletionGracePeriodSeconds"], marked["generation"]) == (0, 2)
    server.settle(60)
    assert deleted(server, f"{THINGS}/t")["metadata"] == marked
    body = {"metadata": {"finalizers": None}}
    server.request("PATCH", f"{THINGS}/t", body=body, content_type=MERGE)
    assert got(server, f"{THINGS}/t") is None


def test_a_pod_that_runs_nowhere_goes_at_once() -> None:
    """So does one that has ended; others are given thirty seconds, or what they ask for."""
    server = ApiServer()
    made(server, PODS, pod("nowhere"))
    made(server, PODS, pod("somewhere", nodeName="n"))
    made(server, PODS, pod("slow", nodeName="n", terminationGracePeriodSeconds=90))
    deleted(server, f"{PODS}/nowhere")
    assert got(server, f"{PODS}/nowhere") is None
    for name, seconds, time in (("somewhere", 30, "00:00:30"), ("slow", 90, "00:01:30")):
        metadata = deleted(server, f"{PODS}/{name}")["metadata"]
        assert metadata["deletionGracePeriodSeconds"] == seconds
        assert metadata["deletionTimestamp"] == f"2026-01-01T{time}Z"
    made(server, PODS, pod("negative", nodeName="n"))
    metadata = deleted(server, f"{PODS}/negative?gracePeriodSeconds=-5")["metadata"]
    assert metadata["deletionGracePeriodSeconds"] == 1


def test_grace_can_only_be_shortened() -> None:
    """The time is counted from the first deletion."""
    server = ApiServer()
    made(server, PODS, pod(nodeName="n"))
    path = f"{PODS}/p"
    deleted(server, path, {"gracePeriodSeconds": 20})
    server.settle(5)
    assert (
        deleted(server, path, {"gracePeriodSeconds": 60})["metadata"]["deletionGracePeriodSeconds"]
        == 20
    )
    metadata = deleted(server, path, {"gracePeriodSeconds": 10})["metadata"]
    assert metadata["deletionTimestamp"] == "2026-01-01T00:00:10Z"
    deleted(server, path, {"gracePeriodSeconds": 0})
    assert got(server, path) is None


@pytest.mark.parametrize(
    ("policy", "finalizers"),
    [
        ({}, None),
        ({"propagationPolicy": "Background"}, None),
        ({"propagationPolicy": "Foreground"}, ["foregroundDeletion"]),
        ({"propagationPolicy": "Orphan"}, ["orphan"]),
        ({"orphanDependents": True}, ["orphan"]),
        ({"orphanDependents": False}, None),
    ],
)
def test_a_policy_is_written_down_as_a_finalizer(policy: Any, finalizers: Any) -> None:
    """The garbage collector reads it there."""
    server = ApiServer()
    made(server, CONFIG_MAPS, config_map())
    deleted(server, f"{CONFIG_MAPS}/c", policy)
    found = got(server, f"{CONFIG_MAPS}/c")
    assert (found and found["metadata"]["finalizers"]) == finalizers


def test_a_job_leaves_its_pods_behind_and_says_so() -> None:
    """Unless somebody says what shall become of them."""
    server = ApiServer()
    template = {"spec": {"restartPolicy": "Never", "containers": [{"name": "c", "image": "i"}]}}
    for name in ("a", "b"):
        made(server, JOBS, {"metadata": {"name": name}, "spec": {"template": template}})
    answer = server.request("DELETE", f"{JOBS}/a")
    assert answer.headers["Warning"].startswith('299 - "child pods are preserved by default')
    assert answer.body["metadata"]["finalizers"] == ["orphan"]  # type: ignore[index, call-overload]
    answer = server.request("DELETE", f"{JOBS}/b?propagationPolicy=Background")
    assert "Warning" not in answer.headers
    assert got(server, f"{JOBS}/b") is None


def test_preconditions_name_the_kind() -> None:
    """Not the resource, as other conflicts do."""
    server = ApiServer()
    held = made(server, CONFIG_MAPS, config_map())["metadata"]
    for condition, told in (
        (
            {"uid": "u"},
            f"the UID in the precondition (u) does not match the UID in record ({held['uid']}). "
            "The object might have been deleted and then recreated",
        ),
        (
            {"resourceVersion": "1"},
            "the ResourceVersion in the precondition (1) does not match the ResourceVersion in "
            f"record ({held['resourceVersion']}). The object might have been modified",
        ),
    ):
        body = {"kind": "DeleteOptions", "preconditions": condition}
        assert refused(server, "DELETE", f"{CONFIG_MAPS}/c", body) == (
            f'Operation cannot be fulfilled on ConfigMap "c": {told}'
        )
    deleted(server, f"{CONFIG_MAPS}/c", {"preconditions": {"uid": held["uid"]}})


def test_another_kind_is_no_option() -> None:
    """A body is read as what it says it is."""
    server = ApiServer()
    made(server, CONFIG_MAPS, config_map())
    assert refused(server, "DELETE", f"{CONFIG_MAPS}/c", config_map()) == (
        'no kind "ConfigMap" is registered for version "v1" in scheme "pkg/runtime/scheme.go:111"'
    )


def test_a_dry_run_deletes_nothing() -> None:
    """And answers as if it had."""
    server = ApiServer()
    made(server, CONFIG_MAPS, config_map())
    version = server.world.version
    assert deleted(server, f"{CONFIG_MAPS}/c?dryRun=All")["status"] == "Success"
    assert server.world.version == version


def test_a_collection_is_answered_as_it_was() -> None:
    """What is selected goes, or is marked."""
    server = ApiServer()
    for name in ("a", "b", "c"):
        made(server, CONFIG_MAPS, config_map(name, labels={"l": name}))
    answer = deleted(server, f"{CONFIG_MAPS}?labelSelector=l%20in%20(a,b)")
    assert [each["metadata"]["name"] for each in answer["items"]] == ["a", "b"]
    assert [each["metadata"]["name"] for each in got(server, CONFIG_MAPS)["items"]] == ["c"]
