"""Which ReplicaSet has the template, and what is written on it."""

from __future__ import annotations

import pytest

from reconcile.simulate.actors.deployment_sets import (
    annotate,
    annotate_sizes,
    annotations_after_rollback,
    by_revision,
    last_revision,
    new_and_old,
    new_set,
    next_revision,
    revision_of,
    same_template,
)

REVISION = "deployment.kubernetes.io/revision"
HISTORY = "deployment.kubernetes.io/revision-history"


def template(version="1", **labels):
    return {
        "metadata": {"labels": {"app": "web", **labels}},
        "spec": {"containers": [{"name": "c", "image": f"img:{version}"}]},
    }


def deployment(**more):
    about = {"name": "web", "namespace": "ns", "uid": "u", "annotations": more.pop("notes", {})}
    strategy = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}
    spec = {
        "replicas": 3,
        "strategy": strategy,
        "selector": {"matchLabels": {"app": "web"}},
        "template": template(),
        **more,
    }
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": about, "spec": spec}


def a_set(name, version="1", made="1", **notes):
    noted = {"revision": REVISION, "history": HISTORY}
    notes = {noted.get(key, key): value for key, value in notes.items()}
    return {
        "metadata": {"name": name, "creationTimestamp": made, "annotations": notes},
        "spec": {"replicas": 1, "template": template(version, **{"pod-template-hash": name})},
    }


def test_the_hash_does_not_make_a_template_another():
    """All but the label with the hash counts; labels that are empty without it are none."""
    assert same_template(template(), template(**{"pod-template-hash": "x"}))
    assert not same_template(template(), template(other="x"))
    assert not same_template(template("1"), template("2"))
    bare, marked = {"spec": {}}, {"spec": {}, "metadata": {"labels": {"pod-template-hash": "x"}}}
    assert same_template(bare, marked)


def test_the_oldest_with_the_template_is_the_new_one():
    """Of several with the template the oldest counts; the others are old ones."""
    sets = [a_set("c", made="3"), a_set("b", "2", made="2"), a_set("a", made="2")]
    new, old = new_and_old(deployment(), sets)
    assert new["metadata"]["name"] == "a"
    assert [each["metadata"]["name"] for each in old] == ["b", "c"]
    assert new_and_old(deployment(), sets[1:2]) == (None, sets[1:2])


def test_revisions_are_numbers():
    """What is no number counts as none, and is left out."""
    sets = [
        a_set("a", revision="2"),
        a_set("b", revision="x"),
        a_set("c"),
        a_set("d", revision="1"),
    ]
    assert [revision_of(each) for each in sets] == [2, None, 0, 1]
    assert next_revision(sets) == 3
    assert next_revision([]) == 1
    assert last_revision(sets) == 1
    assert last_revision(sets[:1]) == 0
    assert [each["metadata"]["name"] for each in by_revision(sets)] == ["b", "c", "d", "a"]


def test_a_new_set_has_the_hash_in_its_name_labels_and_selector():
    """What the Deployment says is kept; the selector gets one label more."""
    notes = {"who": "me", "kubectl.kubernetes.io/last-applied-configuration": "{}"}
    made = new_set(deployment(notes=notes, minReadySeconds=5), 7)
    about = made["metadata"]
    mark = about["labels"]["pod-template-hash"]
    assert about["name"] == f"web-{mark}"
    assert about["labels"] == {"app": "web", "pod-template-hash": mark}
    assert made["spec"]["selector"] == {"matchLabels": about["labels"]}
    assert made["spec"]["template"]["metadata"]["labels"] == about["labels"]
    assert made["spec"]["minReadySeconds"] == 5
    assert about["annotations"] == {
        "who": "me",
        REVISION: "7",
        "deployment.kubernetes.io/desired-replicas": "3",
        "deployment.kubernetes.io/max-replicas": "4",
    }
    assert about["ownerReferences"][0]["uid"] == "u"


def test_a_long_name_is_cut_for_the_hash():
    """Names have at most 253 characters."""
    long = deployment()
    long["metadata"]["name"] = "x" * 253
    assert len(new_set(long, 1)["metadata"]["name"]) == 253


def test_expressions_of_the_selector_stay():
    """A selector without labels gets them."""
    expression = {"key": "app", "operator": "Exists"}
    made = new_set(deployment(selector={"matchExpressions": [expression]}), 1)
    assert made["spec"]["selector"]["matchExpressions"] == [expression]
    assert list(made["spec"]["selector"]["matchLabels"]) == ["pod-template-hash"]


def test_annotations_follow_the_deployment():
    """What is new or another is copied; what is as it should be is told to be."""
    found = a_set("a", revision="1", old="x")
    assert annotate(deployment(notes={"who": "me", REVISION: "9"}), found, 1)
    assert found["metadata"]["annotations"] == {REVISION: "1", "old": "x", "who": "me"}
    assert not annotate(deployment(notes={"who": "me"}), found, 1)


def test_a_revision_that_is_passed_is_remembered():
    """A set that is used again has a new revision and the list of those before."""
    found = a_set("a", revision="1")
    assert annotate(deployment(), found, 3)
    assert found["metadata"]["annotations"] == {REVISION: "3", HISTORY: "1"}
    assert annotate(deployment(), found, 5)
    assert found["metadata"]["annotations"] == {REVISION: "5", HISTORY: "1,3"}
    assert not annotate(deployment(), found, 4)
    assert found["metadata"]["annotations"][REVISION] == "5"


def test_the_list_of_revisions_forgets_the_oldest():
    """It has at most 2000 characters."""
    history = ",".join(["1000"] * 400)
    found = a_set("a", revision="1001", history=history)
    annotate(deployment(), found, 1002)
    after = found["metadata"]["annotations"][HISTORY]
    assert len(after) <= 2000
    assert after.endswith(",1000,1001")


def test_a_revision_that_is_no_number_is_left_alone():
    """Nobody knows what it means, so nothing is said to be another."""
    found = a_set("a", revision="x")
    assert not annotate(deployment(notes={"who": "me"}), found, 2)
    assert found["metadata"]["annotations"][REVISION] == "x"


def test_sizes_are_noted():
    """Whether they say something else is told."""
    found = a_set("a")
    assert annotate_sizes(deployment(), found)
    assert not annotate_sizes(deployment(), found)
    assert annotate_sizes(deployment(replicas=4), found)
    assert found["metadata"]["annotations"]["deployment.kubernetes.io/max-replicas"] == "5"


@pytest.mark.parametrize("own", [REVISION, "kubectl.kubernetes.io/last-applied-configuration"])
def test_going_back_takes_the_annotations_back(own):
    """Those of the Deployment alone stay, all others are those of the ReplicaSet."""
    now = deployment(notes={own: "mine", "cause": "edit", "gone": "x"})
    assert annotations_after_rollback(now, a_set("a", revision="1", cause="create")) == {
        own: "mine",
        "cause": "create",
    }
