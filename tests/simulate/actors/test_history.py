"""Revisions of templates: their names, their order, what makes two the same."""

from __future__ import annotations

from reconcile.simulate.actors import history

_OWNER = {
    "apiVersion": "apps/v1",
    "kind": "StatefulSet",
    "metadata": {"name": "db", "namespace": "ns1", "uid": "u", "annotations": {"a": "b"}},
    "spec": {
        "template": {
            "metadata": {"labels": {"app": "db", "v": "1"}},
            "spec": {
                "containers": [
                    {
                        "name": "c",
                        "image": "img:1",
                        "resources": {},
                        "terminationMessagePath": "/dev/termination-log",
                        "terminationMessagePolicy": "File",
                        "imagePullPolicy": "IfNotPresent",
                    }
                ],
                "restartPolicy": "Always",
                "terminationGracePeriodSeconds": 30,
                "dnsPolicy": "ClusterFirst",
                "securityContext": {},
                "schedulerName": "default-scheduler",
            },
        }
    },
}


def _revision(number, name="r", made="2026-01-01T00:00:00Z", data=None):
    about = {"name": name, "creationTimestamp": made}
    return {"metadata": about, "revision": number, "data": data or {}}


def test_the_name_is_the_one_that_the_real_controller_gives():
    """The hash is that of a recorded StatefulSet."""
    hashed = history.hash_of(history.patch_of(_OWNER), 0)
    assert history.name_of(_OWNER, hashed) == "db-dc8577445"
    assert history.hash_of(history.patch_of(_OWNER), 1) != hashed


def test_the_order_of_members_does_not_change_the_hash():
    """A patch is hashed as Go writes it: members by name."""
    assert history.hash_of({"b": 1, "a": {"d": 1, "c": 2}}, 0) == history.hash_of(
        {"a": {"c": 2, "d": 1}, "b": 1}, 0
    )


def test_a_long_name_is_cut():
    """There is room for the hash."""
    owner = {"metadata": {"name": "x" * 253}}
    assert history.name_of(owner, "abc") == "x" * 223 + "-abc"


def test_a_revision_has_the_annotations_of_its_owner():
    """And the labels of the template."""
    patch = history.patch_of(_OWNER)
    made = history.revision_of(_OWNER, {"app": "db"}, patch, "db-1", 3)
    assert made["metadata"]["annotations"] == {"a": "b"}
    assert made["metadata"]["ownerReferences"][0]["uid"] == "u"
    assert (made["revision"], made["data"]) == (3, patch)


def test_order_is_by_number_then_age_then_name():
    """Numbers that are equal are told apart by age, ages by name."""
    young = _revision(1, "a", "2026-01-02T00:00:00Z")
    first, second = _revision(1, "b"), _revision(1, "c")
    last = _revision(2, "0")
    assert history.in_order([last, young, second, first]) == [first, second, young, last]


def test_the_oldest_that_nobody_uses_are_in_excess():
    """Those in use do not count against the limit; a negative limit is none."""
    listed = [_revision(number, str(number)) for number in range(5)]
    gone = history.excess(listed, {"0", "4"}, 1)
    assert [each["metadata"]["name"] for each in gone] == ["1", "2"]
    assert history.excess(listed, {"0", "4"}, -1) == []


def test_revisions_are_the_same_if_their_data_are():
    """Numbers and names do not matter; true is not 1."""
    assert history.same(_revision(1, data={"a": 1}), _revision(2, "x", data={"a": 1}))
    assert not history.same(_revision(1, data={"a": 1}), _revision(1, data={"a": True}))
