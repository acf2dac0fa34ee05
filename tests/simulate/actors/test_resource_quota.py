"""What quotas say is used."""

from __future__ import annotations

import pytest

from reconcile.simulate.actors.resource_quota import ResourceQuotaController
from tests.simulate.actors.objects import World, claim, node, pod, service
from tests.workloads import differences, workloads


@pytest.mark.parametrize("name", workloads("resourcequota_"))
def test_a_conversation_is_had_as_it_was_recorded(name):
    """Quotas come to the same status as with the real server and controller."""
    found = differences(name)
    assert not found, f"{len(found)} differences, the first of them {found[0]}"


@pytest.fixture
def world():
    return World(ResourceQuotaController())


def _quota(world, hard, **spec):
    about = {"name": "q"}
    made = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": about}
    world.make({**made, "spec": {"hard": hard, **spec}})


def _status(world):
    return world.read("ResourceQuota", "q")["status"]


def test_what_is_there_is_counted_when_a_quota_comes(world):
    """Things of several kinds, and nothing of what nobody knows."""
    world.make(service(type="NodePort"))
    world.make(claim(size="2Gi"))
    world.make(pod())
    hard = {"services.nodeports": "5", "requests.storage": "9Gi", "pods": "3", "count/pods": "3"}
    hard |= {"count/deployments.apps": "2", "count/things.example.com": "1"}
    _quota(world, hard)
    assert _status(world)["hard"] == hard
    assert _status(world)["used"] == {
        "services.nodeports": "1",
        "requests.storage": "2Gi",
        "pods": "1",
        "count/pods": "1",
        "count/deployments.apps": "0",
    }


def test_what_goes_or_ends_is_counted_again(world):
    """A Pod that ended uses its place only."""
    _quota(world, {"pods": "5", "count/pods": "5"})
    world.make(pod("a"))
    world.make(pod("b"))
    assert _status(world)["used"] == {"pods": "2", "count/pods": "2"}
    world.change("Pod", "a", {"status": {"phase": "Succeeded"}}, part="status")
    assert _status(world)["used"] == {"pods": "1", "count/pods": "2"}
    world.remove("Pod", "b", gracePeriodSeconds=0)
    assert _status(world)["used"] == {"pods": "0", "count/pods": "1"}


def test_a_pod_that_does_not_go_is_not_counted_for_ever(world):
    """Its time of grace is over, and the quota is looked at again within five minutes."""
    world.make(node())
    _quota(world, {"pods": "5"})
    world.make(pod(node="n"))
    world.remove("Pod", "p")
    assert _status(world)["used"] == {"pods": "1"}
    world.wait(301)
    assert _status(world)["used"] == {"pods": "0"}


def test_a_service_of_another_type_is_counted_again(world):
    """It gives its ports back."""
    _quota(world, {"services.nodeports": "5"})
    world.make(service(type="NodePort"))
    assert _status(world)["used"] == {"services.nodeports": "1"}
    world.change("Service", "s", {"spec": {"type": "ClusterIP"}})
    assert _status(world)["used"] == {"services.nodeports": "0"}


def test_scopes_choose_what_is_counted(world):
    """Pods with a deadline, and no others."""
    world.make(pod("a", activeDeadlineSeconds=5))
    world.make(pod("b"))
    _quota(world, {"pods": "5"}, scopes=["Terminating"])
    assert _status(world)["used"] == {"pods": "1"}


def test_other_limits_are_other_counts(world):
    """What is not limited any more is not told."""
    _quota(world, {"pods": "5", "configmaps": "5"})
    world.change("ResourceQuota", "q", {"spec": {"hard": {"configmaps": None, "secrets": "1"}}})
    assert _status(world)["hard"] == {"pods": "5", "secrets": "1"}
    assert _status(world)["used"] == {"pods": "0", "secrets": "0"}
    version = world.version()
    world.change("ResourceQuota", "q", {"metadata": {"labels": {"a": "b"}}})
    world.wait(10)
    assert world.version() == version + 1
