"""Who the Pods of a StatefulSet are."""

from __future__ import annotations

import pytest

from reconcile.simulate.actors import statefulset_identity as identity
from tests.simulate.actors.test_statefulset import stateful


def _named(name, **more):
    return {"metadata": {"name": name, **more}, "spec": {}}


@pytest.mark.parametrize(
    ("name", "ordinal", "member"),
    [
        ("db-0", 0, True),
        ("db-12", 12, True),
        ("db-01", 1, True),
        ("web-db-3", 3, False),
        ("db", -1, False),
        ("db-x", -1, False),
        ("db-2147483648", -1, True),
    ],
)
def test_a_name_tells_the_set_and_the_ordinal(name, ordinal, member):
    """What follows the last dash is the ordinal, if it is a number of 32 bits."""
    assert identity.ordinal_of(_named(name)) == ordinal
    assert identity.is_member(stateful(), _named(name)) is member


def test_a_name_with_a_leading_nought_is_not_the_pods_own():
    """db-01 is a member but has not the identity of db-1."""
    label = {"statefulset.kubernetes.io/pod-name": "db-01"}
    assert not identity.has_identity(stateful(), _named("db-01", labels=label))
    right = {"statefulset.kubernetes.io/pod-name": "db-1"}
    assert identity.has_identity(stateful(), _named("db-1", labels=right))
    assert not identity.has_identity(stateful(), _named("db-1"))


def test_a_replica_has_its_names_and_its_revision():
    """Hostname and subdomain, the labels, the revision, and a name that is not made up."""
    owner = stateful()
    owner["metadata"]["uid"] = "u"
    pod = identity.replica(owner, 3, "db-abc")
    assert pod["metadata"]["name"] == "db-3"
    assert pod["metadata"]["generateName"] == "db-"
    assert pod["metadata"]["labels"] == {
        "app": "db",
        "v": "1",
        "apps.kubernetes.io/pod-index": "3",
        "controller-revision-hash": "db-abc",
        "statefulset.kubernetes.io/pod-name": "db-3",
    }
    assert (pod["spec"]["hostname"], pod["spec"]["subdomain"]) == ("db-3", "db")
    assert "volumes" not in pod["spec"]
    assert owner["spec"]["template"]["metadata"]["labels"] == {"app": "db", "v": "1"}


def test_a_claim_takes_the_place_of_a_volume_of_its_name():
    """Other volumes stay behind it."""
    owner = stateful(volumeClaimTemplates=[{"metadata": {"name": "data"}, "spec": {}}])
    owner["metadata"]["uid"] = "u"
    volumes = [{"name": "data", "emptyDir": {}}, {"name": "tmp", "emptyDir": {}}]
    owner["spec"]["template"]["spec"]["volumes"] = volumes
    pod = identity.replica(owner, 0, "r")
    assert pod["spec"]["volumes"] == [
        {"name": "data", "persistentVolumeClaim": {"claimName": "data-db-0"}},
        {"name": "tmp", "emptyDir": {}},
    ]
    assert identity.has_storage(owner, pod)
    pod["spec"]["volumes"].pop(0)
    assert not identity.has_storage(owner, pod)
