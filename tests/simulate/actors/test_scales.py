"""Scales of objects, read and written."""

from __future__ import annotations

import pytest

from reconcile.simulate.actors.actor import Api
from reconcile.simulate.actors.scales import kind_in, resource_name, scale_of, set_scale
from tests.simulate.actors.objects import World


def _deployment():
    template = {
        "metadata": {"labels": {"a": "b"}},
        "spec": {"containers": [{"name": "c", "image": "i"}]},
    }
    spec = {"selector": {"matchLabels": {"a": "b"}}, "template": template, "replicas": 3}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"}, "spec": spec}


def test_a_scale_is_read_and_written():
    """Whoever writes it owns the number by the subresource."""
    world = World()
    world.make(_deployment())
    api = Api(world.server)
    kind = kind_in(api, "apps/v1", "Deployment")
    answer = scale_of(api, kind, "default", "d")
    assert answer.body["spec"]["replicas"] == 3
    assert set_scale(api, kind, answer.body, 5).status == 200
    told = world.read("Deployment", "d", "apps/v1")
    assert told["spec"]["replicas"] == 5
    owners = {
        (each["manager"], each.get("subresource")) for each in told["metadata"]["managedFields"]
    }
    assert ("kube-controller-manager", "scale") in owners


@pytest.mark.parametrize(
    ("version", "kind", "name"),
    [("apps/v1", "Deployment", "deployments.apps"), ("v1", "Pod", "pods")],
)
def test_messages_name_resources_with_their_group(version, kind, name):
    """The core group has none."""
    assert resource_name(kind_in(Api(World().server), version, kind)) == name


def test_what_is_not_served_is_not_known():
    """A kind of nobody."""
    assert kind_in(Api(World().server), "x.example.com/v1", "Thing") is None
