"""Facts about beginnings: worlds that no cluster holds are refused with the reason."""

from __future__ import annotations

import pytest

from reconcile.simulate import Cluster, WorldError
from tests.simulate.things import CONFIG_MAP, THING, hooked, thing


def config_map(**metadata: object) -> dict:
    """A ConfigMap."""
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c", **metadata}}


OWNER = {"apiVersion": "demo.example.com/v1", "kind": "Thing", "name": "t", "uid": "1"}


@pytest.mark.parametrize(
    ("objects", "message"),
    [
        ([config_map(), config_map()], "/1: is there twice: ConfigMap default c"),
        (
            [config_map(deletionTimestamp="2026-01-01T00:00:00Z")],
            "/0/metadata/deletionTimestamp: nothing holds an object that is being deleted",
        ),
        (
            [config_map(ownerReferences=[OWNER])],
            "/0/metadata/ownerReferences/0: names an owner that is not there",
        ),
        (
            [
                {**thing(), "metadata": {"name": "t", "uid": "2"}},
                config_map(ownerReferences=[OWNER]),
            ],
            "/1/metadata/ownerReferences/0/uid: is not the uid of the owner of that name",
        ),
        (
            [config_map(ownerReferences=[{**OWNER, "kind": "Other"}])],
            "/0/metadata/ownerReferences/0: names a kind that is not served",
        ),
        (
            [
                thing(),
                config_map(
                    ownerReferences=[
                        {**OWNER, "controller": True},
                        {**OWNER, "controller": True, "uid": "3"},
                    ]
                ),
            ],
            "/1/metadata/ownerReferences: has more than one controller",
        ),
        (
            [{"apiVersion": "v9", "kind": "None", "metadata": {"name": "x"}}],
            "/0/kind: is served by nobody",
        ),
        (
            [{"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n", "namespace": "x"}}],
            "/0/metadata/namespace: a Node is in no namespace",
        ),
    ],
)
def test_worlds_that_cannot_be(objects: list, message: str) -> None:
    """Each fault is told with its place."""
    with pytest.raises(WorldError) as caught:
        Cluster(hooked(), objects=objects)
    assert message in str(caught.value)


def test_beginning() -> None:
    """Objects are there before anybody acts."""
    cluster = Cluster(hooked(), objects=[thing("t", count=1), config_map()])
    assert cluster.get(CONFIG_MAP, "c")["metadata"]["name"] == "c"
    cluster.settle()
    assert cluster.get(THING, "t")["status"]["count"] == 1
