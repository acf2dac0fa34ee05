"""Pods that go, if no budget says no."""

from __future__ import annotations

from typing import Any

import pytest

from reconcile.simulate import ApiServer
from tests.simulate.served import PODS, made, pod, refused

BUDGETS = "/apis/policy/v1/namespaces/default/poddisruptionbudgets"
EVICTION = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "p"}}
MERGE = "application/merge-patch+json"
REFUSED = "Cannot evict pod as it would violate the pod's disruption budget."


def server(*, ready: bool = True) -> ApiServer:
    """Return a server with a Pod that runs."""
    api = ApiServer()
    sent = pod(nodeName="n")
    sent["metadata"]["labels"] = {"app": "a"}
    made(api, PODS, sent)
    conditions = [{"type": "Ready", "status": "True" if ready else "False"}]
    told(api, f"{PODS}/p", {"phase": "Running", "conditions": conditions})
    return api


def budget(
    api: ApiServer, name: str = "b", status: dict[str, Any] | None = None, **spec: Any
) -> None:
    """Make a budget that guards the Pod, with a status."""
    selector = {"matchLabels": {"app": "a"}}
    document = {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": name},
    }
    made(api, BUDGETS, {**document, "spec": {"minAvailable": 1, "selector": selector, **spec}})
    if status is not None:
        told(api, f"{BUDGETS}/{name}", {"observedGeneration": 1, **status})


def told(api: ApiServer, path: str, status: dict[str, Any]) -> None:
    """Write a status."""
    answer = api.request("PATCH", f"{path}/status", body={"status": status}, content_type=MERGE)
    assert answer.status == 200, answer.body


def evicted(api: ApiServer, query: str = "", **more: Any) -> tuple[int, Any]:
    """Return the answer to an eviction."""
    answer = api.request("POST", f"{PODS}/p/eviction{query}", body={**EVICTION, **more})
    return answer.status, answer.body


def why(body: Any) -> str:
    """Return why a budget said no."""
    assert body["message"] == REFUSED
    [cause] = body["details"]["causes"]
    return str(cause["message"])


def test_a_pod_that_no_budget_guards_goes() -> None:
    """It is marked, with the grace that is asked for, and told why."""
    api = server()
    code, body = evicted(api, deleteOptions={"gracePeriodSeconds": 7})
    assert (code, body["status"]) == (201, "Success")
    found = api.request("GET", f"{PODS}/p").body
    assert found["metadata"]["deletionGracePeriodSeconds"] == 7
    assert found["status"]["conditions"][-1]["reason"] == "EvictionByEvictionAPI"


def test_a_budget_lets_as_many_go_as_it_allows() -> None:
    """Each that goes is counted and written down, by the server; the last leaves a condition."""
    api = server()
    budget(api, status={"disruptionsAllowed": 1, "desiredHealthy": 1, "currentHealthy": 2})
    assert evicted(api, "?dryRun=All")[0] == 201
    assert api.request("GET", f"{BUDGETS}/b").body["status"]["disruptionsAllowed"] == 1
    assert evicted(api)[0] == 201
    found = api.request("GET", f"{BUDGETS}/b").body
    assert found["status"]["disruptionsAllowed"] == 0
    assert list(found["status"]["disruptedPods"]) == ["p"]
    assert found["status"]["conditions"][0]["reason"] == "InsufficientPods"
    assert "kube-apiserver" in {each["manager"] for each in found["metadata"]["managedFields"]}


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (None, "The disruption budget b is still being processed by the server."),
        (
            {"disruptionsAllowed": 0, "desiredHealthy": 2, "currentHealthy": 1},
            "The disruption budget b needs 2 healthy pods and has 1 currently",
        ),
        (
            {
                "disruptionsAllowed": 0,
                "conditions": [
                    {
                        "type": "DisruptionAllowed",
                        "status": "False",
                        "reason": "SyncFailed",
                        "message": "x",
                        "lastTransitionTime": "2026-01-01T00:00:00Z",
                    }
                ],
            },
            "The disruption budget b does not allow evicting pods currently because it failed sync: x",
        ),
    ],
)
def test_a_budget_says_no(status: dict[str, Any] | None, said: str) -> None:
    """And why."""
    api = server()
    budget(api, status=status)
    code, body = evicted(api)
    assert code == 429
    assert why(body) == said


def test_a_pod_that_is_not_ready_goes_uncounted() -> None:
    """If others are enough, or the budget does not guard such Pods."""
    enough = {"disruptionsAllowed": 0, "desiredHealthy": 1, "currentHealthy": 1}
    few = {**enough, "currentHealthy": 0}
    for status, spec, code in (
        (enough, {}, 201),
        (few, {}, 429),
        (few, {"unhealthyPodEvictionPolicy": "AlwaysAllow"}, 201),
    ):
        api = server(ready=False)
        budget(api, status=status, **spec)
        assert evicted(api)[0] == code


def test_more_than_one_budget_is_no_success() -> None:
    """The server says so in what it answers, not by its code."""
    api = server()
    budget(api)
    budget(api, "c")
    code, body = evicted(api)
    assert (code, body["code"], body["status"]) == (201, 500, "Failure")
    assert "deletionTimestamp" not in api.request("GET", f"{PODS}/p").body["metadata"]


def test_an_eviction_is_of_the_pod_in_the_path() -> None:
    """Its name must be that of the path; the preconditions of its deletion are held to."""
    api = server()
    body = {**EVICTION, "metadata": {"name": "q"}}
    assert refused(api, "POST", f"{PODS}/p/eviction", body) == (
        "name in URL does not match name in Eviction object"
    )
    assert evicted(api, deleteOptions={"preconditions": {"uid": "other"}})[0] == 409
