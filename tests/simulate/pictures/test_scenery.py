"""Facts about what pictures leave out."""

from __future__ import annotations

import pytest

from reconcile.objects.gvk import Gvk
from reconcile.objects.ref import Ref
from reconcile.simulate import ApiServer, Cluster
from reconcile.simulate.actors.catalogue import built_in
from reconcile.simulate.pictures.scenery import objects, scenery
from tests.simulate.things import hooked, thing


def test_what_a_cluster_has_by_itself_is_scenery() -> None:
    """A server, Metacontroller and the built-in controllers make nothing that is shown."""
    cluster = Cluster(hooked(), actors=built_in())
    cluster.settle()
    assert len(cluster.server.world.objects) > len(ApiServer().world.objects)
    assert list(objects(cluster)) == []


@pytest.mark.parametrize(
    ("api_version", "kind", "name", "left_out"),
    [
        ("v1", "ConfigMap", "c", False),
        ("v1", "ConfigMap", "kube-root-ca.crt", True),
        ("v1", "ServiceAccount", "default", True),
        ("v1", "ServiceAccount", "mine", False),
        ("v1", "Service", "kubernetes", True),
        ("v1", "Event", "e", True),
        ("ex.com/v1", "Event", "e", False),
        ("v1", "Endpoints", "e", True),
        ("coordination.k8s.io/v1", "Lease", "l", True),
        ("metacontroller.k8s.io/v1alpha1", "CompositeController", "c", True),
        ("metacontroller.k8s.io/v1alpha1", "ControllerRevision", "c", False),
    ],
)
def test_scenery(api_version: str, kind: str, name: str, left_out: bool) -> None:
    """Kinds and names decide."""
    assert scenery(Ref(Gvk(api_version, kind), "default", name)) is left_out


def test_objects_are_in_order() -> None:
    """Objects come by kind, namespace and name, as the server shows them."""
    cluster = Cluster(hooked())
    for name in ("b", "a"):
        cluster.create(thing(name))
    cluster.settle()
    refs = [ref for ref, _ in objects(cluster)]
    assert refs == sorted(refs)
    assert [ref.name for ref in refs] == ["a-0", "b-0", "a", "b"]
