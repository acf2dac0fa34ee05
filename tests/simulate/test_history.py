"""Facts about the history: who changed what, and where."""

from __future__ import annotations

from reconcile.kinds.core_v1 import ConfigMap
from reconcile.simulate import Cluster
from reconcile.simulate.history import changes
from reconcile.simulate.server.store import World
from tests.simulate.things import THING, hooked, thing


def test_changes_are_told_in_order() -> None:
    """Each write has its author, its verb, its object and what changed."""
    cluster = Cluster(hooked())
    begun = len(cluster.history)
    cluster.create(thing(text="a"))
    cluster.settle()
    cluster.patch(THING, "t", {"spec": {"text": "b"}})
    cluster.settle()
    cluster.delete(THING, "t")
    cluster.settle()
    told = [str(change) for change in cluster.history[begun:]]
    assert told == [
        "user create Thing default/t",
        "metacontroller create ConfigMap default/t-0",
        "metacontroller update Thing default/t: /status",
        "user update Thing default/t: /metadata/generation, /spec/text",
        "metacontroller update ConfigMap default/t-0: "
        "/metadata/annotations/metacontroller.k8s.io~1last-applied-configuration, /data/text",
        "metacontroller update Thing default/t: /status/observedGeneration",
        "user delete Thing default/t",
        "kube-controller-manager delete ConfigMap default/t-0",
    ]
    versions = [change.version for change in cluster.history]
    assert versions == sorted(versions)


def test_a_change_has_both_ends() -> None:
    """What was and what is, without versions and owners of fields in the difference."""
    cluster = Cluster(hooked())
    cluster.create(ConfigMap("c", data={"a": "1"}))
    cluster.patch(ConfigMap, "c", {"data": {"a": "2"}})
    change = cluster.history[-1]
    assert change.before is not None
    assert change.after is not None
    assert (change.before["data"], change.after["data"]) == ({"a": "1"}, {"a": "2"})
    assert [(each.op, each.path) for each in change.diff] == [("replace", "/data/a")]
    cluster.delete(ConfigMap, "c")
    assert cluster.history[-1].after is None


def test_nothing_happened() -> None:
    """Without acts there is no history."""
    assert changes(World(), []) == []
