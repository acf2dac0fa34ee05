"""Facts about what users do to a cluster: typed in, typed out, refused in the server's words."""

from __future__ import annotations

import pytest

from reconcile.kinds.apps_v1 import Deployment
from reconcile.kinds.core_v1 import ConfigMap, Namespace
from reconcile.objects.gvk import Gvk
from reconcile.simulate import ApiError, Cluster
from tests.simulate.library import Store, store
from tests.simulate.things import CONFIG_MAP


@pytest.fixture
def cluster() -> Cluster:
    """A cluster with a controller of this library."""
    return Cluster(store)


def test_what_comes_back_is_typed(cluster: Cluster) -> None:
    """A class gives its views; a name of a kind gives documents."""
    made = cluster.create(ConfigMap("c", data={"a": "1"}))
    assert isinstance(made, ConfigMap)
    assert made.data == {"a": "1"}
    parent = cluster.create(Store.of("s", spec={"size": 2}))
    assert isinstance(parent, Store)
    assert parent.spec.size == 2
    assert cluster.get(ConfigMap, "c").namespace == "default"
    assert cluster.get(CONFIG_MAP, "c")["data"] == {"a": "1"}
    assert [each.name for each in cluster.list(ConfigMap, namespace="default")] == ["c"]
    assert cluster.list(Store, namespace="elsewhere") == []
    assert cluster.find(ConfigMap, "none") is None


def test_verbs(cluster: Cluster) -> None:
    """Apply, update, patch and delete are those of the server."""
    cluster.apply(ConfigMap("c", data={"a": "1"}), user="first")
    with pytest.raises(ApiError, match="conflict"):
        cluster.apply(ConfigMap("c", data={"a": "2"}), user="second")
    assert cluster.apply(ConfigMap("c", data={"a": "2"}), user="second", force=True)["data"] == {
        "a": "2"
    }
    document = {**cluster.get(CONFIG_MAP, "c"), "data": {"b": "3"}}
    assert cluster.update(document)["data"] == {"b": "3"}
    assert (
        cluster.patch(ConfigMap, "c", [{"op": "remove", "path": "/data"}], how="json").get("data")
        is None
    )
    cluster.delete(ConfigMap, "c", propagation="Foreground")
    cluster.settle()
    with pytest.raises(ApiError) as caught:
        cluster.delete(ConfigMap, "c")
    assert (caught.value.code, caught.value.reason) == (404, "NotFound")


def test_status_that_is_sent_is_kept(cluster: Cluster) -> None:
    """An object that says its status begins with it, as a test wants it."""
    deployment = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "d"},
        "spec": {
            "selector": {"matchLabels": {"a": "b"}},
            "template": {
                "metadata": {"labels": {"a": "b"}},
                "spec": {"containers": [{"name": "c", "image": "i"}]},
            },
        },
        "status": {"readyReplicas": 1, "replicas": 1, "availableReplicas": 1},
    }
    cluster.create(deployment)
    assert cluster.get(Deployment, "d").status.ready_replicas == 1


def test_cluster_scoped_objects_have_no_namespace(cluster: Cluster) -> None:
    """What lives in no namespace is not put into one."""
    cluster.create(Namespace("team"))
    cluster.create(ConfigMap("c", namespace="team"))
    assert cluster.get(Namespace, "team").namespace in (None, "")
    assert cluster.get(ConfigMap, "c", namespace="team").name == "c"


def test_kinds_that_are_not_served(cluster: Cluster) -> None:
    """A kind that nobody serves is told as kubectl tells it."""
    with pytest.raises(ApiError, match='no matches for kind "Nothing" in version "v9"'):
        cluster.get(Gvk("v9", "Nothing"), "x")
    with pytest.raises(ApiError, match="no matches"):
        cluster.create({"apiVersion": "v9", "kind": "Nothing", "metadata": {"name": "x"}})


def test_who_wrote_is_remembered(cluster: Cluster) -> None:
    """Users own the fields that they wrote under their names."""
    cluster.create(ConfigMap("c", data={"a": "1"}), user="ann")
    cluster.patch(ConfigMap, "c", {"data": {"b": "2"}}, user="bob")
    managers = [
        each["manager"] for each in cluster.get(CONFIG_MAP, "c")["metadata"]["managedFields"]
    ]
    assert managers == ["ann", "bob"]
    assert [change.who for change in cluster.history[-2:]] == ["ann", "bob"]
