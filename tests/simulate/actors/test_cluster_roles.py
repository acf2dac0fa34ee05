"""Roles that are made of others."""

from __future__ import annotations

import pytest

from reconcile.simulate.actors.cluster_roles import ClusterRoleAggregation
from tests.simulate.actors.objects import World

_VERSION = "rbac.authorization.k8s.io/v1"


@pytest.fixture
def world():
    return World(ClusterRoleAggregation())


def _role(name, *resources, **more):
    labels = more.pop("labels", {})
    rules = [{"apiGroups": [""], "resources": [each], "verbs": ["get"]} for each in resources]
    about = {"name": name, "labels": labels}
    made = {"apiVersion": _VERSION, "kind": "ClusterRole", "metadata": about, **more}
    return {**made, "rules": rules or None}


def _resources(world):
    told = world.read("ClusterRole", "all", _VERSION)["rules"] or ()
    return [each["resources"][0] for each in told]


def test_rules_come_and_go_with_their_roles(world):
    """Each rule once, in the order of the roles' names."""
    selector = {"matchLabels": {"part": "true"}}
    world.make(_role("all", aggregationRule={"clusterRoleSelectors": [selector]}))
    assert _resources(world) == []
    world.make(_role("b", "pods", "secrets", labels={"part": "true"}))
    world.make(_role("a", "pods", labels={"part": "true"}))
    world.make(_role("c", "nodes"))
    assert _resources(world) == ["pods", "secrets"]
    version = world.version()
    world.wait(100)
    assert world.version() == version
    world.remove("ClusterRole", "b", _VERSION)
    assert _resources(world) == ["pods"]


def test_what_others_write_into_it_is_put_right(world):
    """The controller owns the rules."""
    world.make(_role("a", "pods", labels={"part": "true"}))
    selector = {"matchLabels": {"part": "true"}}
    world.make(_role("all", "nodes", aggregationRule={"clusterRoleSelectors": [selector]}))
    assert _resources(world) == ["pods"]
    world.change("ClusterRole", "all", {"rules": []}, _VERSION)
    assert _resources(world) == ["pods"]
    owners = world.read("ClusterRole", "all", _VERSION)["metadata"]["managedFields"]
    assert ("clusterrole-aggregation-controller", "Apply") in {
        (each["manager"], each["operation"]) for each in owners
    }
