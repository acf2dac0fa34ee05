"""What a new cluster holds."""

from __future__ import annotations

from datetime import UTC, datetime

from reconcile.simulate import ApiServer
from tests.simulate.served import got


def test_a_new_cluster_has_its_namespaces() -> None:
    """They are active, and labelled with their names."""
    found = got(ApiServer(), "/api/v1/namespaces")["items"]
    names = [each["metadata"]["name"] for each in found]
    assert names == ["default", "kube-node-lease", "kube-public", "kube-system"]
    for each in found:
        assert each["metadata"]["labels"] == {
            "kubernetes.io/metadata.name": each["metadata"]["name"]
        }
        assert each["status"] == {"phase": "Active"}


def test_a_new_cluster_has_its_priorities() -> None:
    """The two that nobody may take away from the system."""
    found = got(ApiServer(), "/apis/scheduling.k8s.io/v1/priorityclasses")["items"]
    assert {each["metadata"]["name"]: each["value"] for each in found} == {
        "system-cluster-critical": 2_000_000_000,
        "system-node-critical": 2_000_001_000,
    }


def test_the_server_is_its_own_service() -> None:
    """At the first address of the range."""
    found = got(ApiServer(), "/api/v1/namespaces/default/services/kubernetes")
    assert found["spec"]["clusterIP"] == "10.0.0.1"
    assert found["spec"]["ports"][0]["targetPort"] == 6443


def test_watches_begin_behind_all_of_it() -> None:
    """Nothing of it is an event, and an older version is forgotten."""
    server = ApiServer()
    assert server.world.events(0) == []
    assert server.world.floor == server.world.version


def test_a_world_begins_when_its_maker_says() -> None:
    """And its uids follow from the seed."""
    path = "/api/v1/namespaces/default"
    late = ApiServer(now=datetime(2030, 1, 1, tzinfo=UTC))
    assert got(late, path)["metadata"]["creationTimestamp"] == "2030-01-01T00:00:00Z"
    uids = {got(ApiServer(seed=seed), path)["metadata"]["uid"] for seed in (0, 0, 1)}
    assert len(uids) == 2


def test_the_server_remembers_since_when_it_tracks_tokens() -> None:
    """In a ConfigMap of its own, of the day on which the world began."""
    path = "/api/v1/namespaces/kube-system/configmaps"
    (found,) = got(ApiServer(now=datetime(2030, 1, 2, tzinfo=UTC)), path)["items"]
    assert found["metadata"]["name"] == "kube-apiserver-legacy-service-account-token-tracking"
    assert found["data"] == {"since": "2030-01-02"}
