"""The propagation, tested without a cluster: rules with plain objects, then whole clusters."""

import pytest
from controller import ConfigMapPropagation, controller

from reconcile import Observed
from reconcile.kinds.core_v1 import ConfigMap, Namespace
from reconcile.simulate import Cluster
from reconcile.verify import ClusterFactory, Golden, assert_no_writes, assert_settles

SPEC = {
    "sourceName": "settings",
    "sourceNamespace": "original",
    "targetNamespaces": ["one", "two"],
}
SOURCE = ConfigMap("settings", namespace="original", data={"colour": "blue"})


# Rules: functions of plain objects.


def test_copies_have_the_data_of_the_source() -> None:
    """Each target namespace gets the source's data under its name."""
    parent = ConfigMapPropagation.of("settings", spec=SPEC)
    desired = controller.sync(Observed.of(parent, related=[SOURCE]))
    copies = desired.children(ConfigMap)
    assert [(copy.namespace, dict(copy.data)) for copy in copies] == [
        ("one", {"colour": "blue"}),
        ("two", {"colour": "blue"}),
    ]


def test_a_source_that_is_not_seen_deletes_nothing() -> None:
    """A view without the source leaves the copies, and says what is waited for."""
    parent = ConfigMapPropagation.of("settings", spec=SPEC)
    copy = ConfigMap("settings", namespace="one", data={"colour": "blue"})
    desired = controller.sync(Observed.of(parent, [copy]))
    assert [kept.namespace for kept in desired.children(ConfigMap)] == ["one"]
    assert desired.waiting[0].reason == "ConfigMap settings is not there"


# Clusters: what Metacontroller makes of the rules, with either way of applying.


@pytest.fixture
def copied(cluster: ClusterFactory) -> Cluster:
    """Return a cluster in which a ConfigMap is copied into two namespaces, at rest."""
    made = cluster(controller, objects=[Namespace(name) for name in ("original", "one", "two")])
    made.create(SOURCE)
    made.create(ConfigMapPropagation.of("settings", spec=SPEC))
    assert_settles(made)
    return made


def colours(cluster: Cluster) -> dict[str, str]:
    """Return what source and copies say, by their namespace."""
    return {
        each.namespace or "": each.data["colour"]
        for each in cluster.list(ConfigMap)
        if each.name == "settings"
    }


@pytest.mark.apply
def test_copies_are_made(copied: Cluster, golden: Golden) -> None:
    """Source, copies and status are as the golden file shows; a restart changes nothing."""
    golden(copied, "copied")
    assert_no_writes(copied)


@pytest.mark.apply
def test_copies_follow_the_source(copied: Cluster) -> None:
    """What changes in the source changes in its copies."""
    copied.patch(ConfigMap, "settings", {"data": {"colour": "red"}}, namespace="original")
    assert_settles(copied)
    assert colours(copied) == {"original": "red", "one": "red", "two": "red"}


@pytest.mark.apply
def test_copies_follow_the_spec(copied: Cluster) -> None:
    """A namespace that is no longer named loses its copy, a new one gets it."""
    copied.create(Namespace("three"))
    copied.patch(ConfigMapPropagation, "settings", {"spec": {"targetNamespaces": ["two", "three"]}})
    assert_settles(copied)
    assert colours(copied) == {"original": "blue", "two": "blue", "three": "blue"}


@pytest.mark.apply
def test_drift_is_mended(copied: Cluster) -> None:
    """A copy that somebody changes or deletes is brought back."""
    copied.patch(
        ConfigMap, "settings", {"data": {"colour": "red"}}, namespace="one", user="somebody"
    )
    copied.delete(ConfigMap, "settings", namespace="two")
    assert_settles(copied)
    assert colours(copied) == {"original": "blue", "one": "blue", "two": "blue"}


@pytest.mark.apply
def test_copies_outlive_the_source(copied: Cluster) -> None:
    """While the source is gone, its copies stay as they were."""
    copied.delete(ConfigMap, "settings", namespace="original")
    assert_settles(copied)
    assert colours(copied) == {"one": "blue", "two": "blue"}


@pytest.mark.apply
def test_copies_go_with_the_propagation(copied: Cluster) -> None:
    """Who deletes the propagation deletes the copies, and never the source."""
    copied.delete(ConfigMapPropagation, "settings")
    assert_settles(copied)
    assert colours(copied) == {"original": "blue"}
