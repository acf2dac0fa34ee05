"""What is known of Nodes."""

from __future__ import annotations

import pytest

from reconcile.simulate.actors.actor import Api
from reconcile.simulate.actors.node_health import (
    last_heard,
    ready_status,
    written_at,
    zone_of,
    zone_state,
)
from reconcile.simulate.server.clock import EPOCH, stamp
from tests.simulate.actors.objects import World, node


@pytest.mark.parametrize(
    ("ready", "excluded", "state"),
    [
        ("TTT", 0, "Normal"),
        ("TTF", 0, "Normal"),
        ("FFF", 0, "FullDisruption"),
        ("TTTFFF", 0, "Normal"),
        ("TTFFFF", 0, "PartialDisruption"),
        ("TF", 1, "FullDisruption"),
        ("T", 1, None),
    ],
)
def test_a_zone_is_as_its_nodes_are(ready, excluded, state):
    """More than two and more than half are many; some may be left out."""
    nodes = [
        node(
            f"n{place}",
            ready={"T": "True", "F": "False"}[each],
            **({"node.kubernetes.io/exclude-disruption": ""} if place < excluded else {}),
        )
        for place, each in enumerate(ready)
    ]
    assert zone_state(nodes) == state


def test_zones_are_told_apart_by_region_and_zone():
    """Old labels count where new ones are not there."""
    new, old = "topology.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/zone"
    assert zone_of(node(**{new: "a"})) == zone_of(node(**{old: "a"}))
    assert zone_of(node(**{new: "a", old: "b"})) == zone_of(node(**{new: "a"}))
    assert zone_of(node()) != zone_of(node(**{"topology.kubernetes.io/region": "a"}))


def test_a_node_that_says_nothing_has_no_status():
    """It is neither ready nor not."""
    assert [ready_status(node(ready=each)) for each in ("", "True", "Unknown")] == [
        "",
        "True",
        "Unknown",
    ]


def test_a_field_was_written_when_its_managers_say():
    """An object whose field nobody manages was made with it."""
    world = World()
    world.make(node(a="b"))
    world.wait(7)
    world.change("Node", "n", {"spec": {"unschedulable": True}})
    told = world.read("Node", "n")
    began = stamp(EPOCH)
    assert written_at(told, ("f:spec", "f:unschedulable")) > began
    assert written_at(told, ("f:spec", "f:podCIDR")) == began


@pytest.mark.parametrize("labels", [{}, {"a": "b"}])
def test_a_node_is_heard_of_by_its_status_or_its_lease(labels):
    """Whichever came last; one that speaks of the future was heard now."""
    world = World()
    api = Api(world.server)
    world.make(node(ready="True", **labels))

    def heard():
        return (last_heard(api, world.read("Node", "n")) - EPOCH).total_seconds()

    assert heard() == 0
    world.wait(10)
    told = {"type": "Ready", "status": "True", "lastHeartbeatTime": stamp(world.server.world.now)}
    world.change("Node", "n", {"status": {"conditions": [told]}}, part="status")
    assert heard() == 10
    world.wait(10)
    path = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases"
    lease = {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": "n"}}
    world.ask("POST", path, {**lease, "spec": {"holderIdentity": "n"}})
    assert heard() == 20
    late = {"spec": {"renewTime": "2030-01-01T00:00:00.000000Z"}}
    world.ask("PATCH", f"{path}/n", late, content_type="application/merge-patch+json")
    assert heard() == 20
