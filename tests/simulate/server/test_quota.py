"""What quotas let pass, charge and refuse."""

from __future__ import annotations

import pytest

from tests.simulate.actors.objects import World, claim, pod, service


@pytest.fixture
def world():
    return World()


def _quota(world, name="q", *, used=None, spec=None, **hard):
    limits = {key.replace("__", "/").replace("_", "."): value for key, value in hard.items()}
    about = {"name": name}
    made = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": about}
    world.make({**made, "spec": {"hard": limits, **(spec or {})}})
    counted = used if used is not None else dict.fromkeys(limits, "0")
    status = {"status": {"hard": limits, "used": counted}}
    world.change("ResourceQuota", name, status, part="status")


def _used(world, name="q"):
    return world.read("ResourceQuota", name)["status"]["used"]


def _refusal(world, document, query=""):
    path = world.path(document["apiVersion"], document["kind"]) + query
    response = world.server.request("POST", path, body=document)
    assert response.status == 403, response.body
    return response.body["message"]


def test_what_comes_is_charged_and_too_much_is_refused(world):
    """The refusal says what was asked for, used and allowed."""
    _quota(world, configmaps="1")
    made = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}}
    world.make(made)
    assert _used(world) == {"configmaps": "1"}
    told = _refusal(world, {**made, "metadata": {"name": "b"}})
    assert told == (
        'configmaps "b" is forbidden: exceeded quota: q, requested: configmaps=1, '
        "used: configmaps=1, limited: configmaps=1"
    )
    assert _used(world) == {"configmaps": "1"}


def test_who_charges_is_the_server(world):
    """The field is managed by its own name."""
    _quota(world, configmaps="1")
    world.make({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}})
    entries = world.read("ResourceQuota", "q")["metadata"]["managedFields"]
    assert "kube-apiserver" in {each["manager"] for each in entries}


def test_a_dry_run_is_judged_and_not_charged(world):
    """Nothing is written for it."""
    _quota(world, configmaps="0")
    made = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}}
    assert "exceeded quota" in _refusal(world, made, "?dryRun=All")
    world.change("ResourceQuota", "q", {"status": {"hard": {"configmaps": "1"}}}, part="status")
    world.ask("POST", world.path("v1", "ConfigMap") + "?dryRun=All", made)
    assert _used(world) == {"configmaps": "0"}


def test_pods_must_say_what_is_limited(world):
    """A quota of processors is for Pods that ask for some."""
    _quota(world, requests_cpu="1")
    assert _refusal(world, pod()) == (
        'pods "p" is forbidden: failed quota: q: must specify requests.cpu for: c'
    )
    resources = {"requests": {"cpu": "600m"}}
    container = {"name": "c", "image": "img", "resources": resources}
    world.make(pod(containers=[container]))
    assert _used(world) == {"requests.cpu": "600m"}
    told = _refusal(world, pod("q", containers=[container]))
    assert "requested: requests.cpu=600m, used: requests.cpu=600m, limited: requests.cpu=1" in told


def test_a_quota_without_counts_lets_nothing_pass(world):
    """One without a status has not been seen yet, and limits nothing."""
    made = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}}
    _quota(world, used={}, configmaps="5")
    assert "status unknown for quota: q, resources: configmaps" in _refusal(world, made)
    world.remove("ResourceQuota", "q")
    bare = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "q"}}
    world.make({**bare, "spec": {"hard": {"configmaps": "0"}}})
    world.make(made)


def test_all_quotas_are_charged_or_none(world):
    """Where one of two refuses, the other is as it was."""
    _quota(world, "a", configmaps="5")
    _quota(world, "b", configmaps="0")
    made = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}}
    assert "exceeded quota: b" in _refusal(world, made)
    assert _used(world, "a") == {"configmaps": "0"}


def test_changes_are_charged_for_what_they_add(world):
    """A Service that becomes larger, and not one that becomes smaller."""
    _quota(world, services_nodeports="1", services="5")
    world.make(service())
    world.change("Service", "s", {"spec": {"type": "NodePort"}})
    assert _used(world) == {"services": "1", "services.nodeports": "1"}
    path = world.path("v1", "Service", "s")
    more = {"spec": {"ports": [{"name": "a", "port": 80}, {"name": "b", "port": 81}]}}
    media = "application/merge-patch+json"
    response = world.server.request("PATCH", path, body=more, content_type=media)
    assert response.status == 403
    world.change("Service", "s", {"spec": {"type": "ClusterIP"}})
    assert _used(world) == {"services": "1", "services.nodeports": "1"}


def test_a_scope_leaves_other_pods_alone(world):
    """What is not in the scope is not charged."""
    _quota(world, spec={"scopes": ["Terminating"]}, pods="1")
    world.make(pod())
    assert _used(world) == {"pods": "0"}
    world.make(pod("t", activeDeadlineSeconds=5))
    assert _used(world) == {"pods": "1"}
    assert "exceeded quota" in _refusal(world, pod("u", activeDeadlineSeconds=5))


def test_storage_of_a_class_is_limited(world):
    """Other classes are not."""
    hard = {"fast_storageclass_storage_k8s_io__requests_storage": "1Gi"}
    _quota(world, **hard)
    world.make(claim("a", storageClassName="slow", size="9Gi"))
    world.make(claim("b"))
    assert "exceeded quota" in _refusal(world, claim("c"))
