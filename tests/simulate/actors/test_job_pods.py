"""The Pods of a Job: which have failed, which go first, how a new one looks."""

from __future__ import annotations

import pytest

from reconcile.simulate.actors import job_pods
from reconcile.simulate.actors.job_indexes import COMPLETION_INDEX, FAILURES, IGNORED_FAILURES
from tests.simulate.actors.batch import job, pod

_GONE = {"deletionTimestamp": "2026-01-01T00:00:00Z"}
_IGNORE = {"rules": [{"action": "Ignore", "onExitCodes": {"operator": "In", "values": [3]}}]}


def _owner(**spec):
    made = job(**spec)
    made["metadata"]["uid"] = "u"
    return made


def _indexed(name, index=None, phase="Running", **counts):
    made = pod(name, phase)
    notes = {} if index is None else {COMPLETION_INDEX: str(index)}
    made["metadata"]["annotations"] = {**notes, **counts}
    return made


@pytest.mark.parametrize(
    ("phase", "gone", "spec", "failed"),
    [
        ("Failed", False, {}, True),
        ("Running", False, {}, False),
        ("Running", True, {}, True),
        ("Succeeded", True, {}, False),
        ("Running", True, {"podReplacementPolicy": "Failed"}, False),
        ("Running", True, {"podFailurePolicy": {"rules": []}}, False),
        ("Failed", True, {"podReplacementPolicy": "Failed"}, True),
    ],
)
def test_a_pod_that_is_deleted_counts_as_failed_unless_only_failed_ones_are_replaced(
    phase, gone, spec, failed
):
    """A Pod that has succeeded never does."""
    one = pod(phase=phase)
    one["metadata"].update(_GONE if gone else {})
    assert job_pods.is_failed(one, job(**spec)) is failed


def test_pods_that_are_deleted_with_their_job_have_not_failed():
    """A Job that is being deleted counts those alone that ended badly."""
    one, owner = pod(phase="Running"), job()
    one["metadata"].update(_GONE)
    owner["metadata"].update(_GONE)
    assert not job_pods.is_failed(one, owner)
    assert job_pods.is_failed(pod(phase="Failed"), owner)


@pytest.mark.parametrize(
    ("conditions", "told"),
    [
        ([], ""),
        ([{"type": "Complete", "status": "False"}], ""),
        ([{"type": "Suspended", "status": "True"}, {"type": "Failed", "status": "True"}], "Failed"),
        ([{"type": "Complete", "status": "True"}], "Complete"),
    ],
)
def test_a_job_has_ended_when_a_condition_says_so(conditions, told):
    """It is complete or has failed."""
    assert job_pods.finished_type({**job(), "status": {"conditions": conditions}}) == told


@pytest.mark.parametrize(
    ("phase", "failures", "policy", "failed"),
    [
        ("Running", "5", None, False),
        ("Failed", "0", None, False),
        ("Failed", "1", None, True),
        ("Failed", "1", _IGNORE, False),
        ("Failed", "0", {"rules": [{**_IGNORE["rules"][0], "action": "FailIndex"}]}, True),
    ],
)
def test_an_index_fails_for_good_when_it_has_failed_too_often(phase, failures, policy, failed):
    """Ignored failures do not count, and a rule may say that one is enough."""
    one = _indexed("p", 0, phase, **{FAILURES: failures})
    one["status"]["containerStatuses"] = [{"name": "c", "state": {"terminated": {"exitCode": 3}}}]
    spec = {"backoffLimitPerIndex": 1, **({"podFailurePolicy": policy} if policy else {})}
    assert job_pods.index_failed(one, job(**spec)) is failed


def test_of_an_indexed_job_pods_without_a_proper_index_go_and_all_but_one_of_each():
    """The one that stays is the one that is worth most; more go if more have to."""
    names = [("none", None), ("zero", 0), ("one", 1), ("second", 1), ("beyond", 2), ("far", 3)]
    pods = [_indexed(name, index) for name, index in names]
    pods[2]["spec"]["nodeName"] = "n"
    owner = job(completionMode="Indexed", completions=2)

    def gone(at_least):
        return [each["metadata"]["name"] for each in job_pods.to_remove(owner, pods, at_least)]

    assert gone(0) == ["none", "second", "beyond", "far"]
    assert gone(5) == ["none", "second", "beyond", "far", "zero"]


def test_of_another_job_as_many_pods_go_as_have_to():
    """Those first that nobody runs yet."""
    bound = pod("a", "Running", {"nodeName": "n"})
    assert job_pods.to_remove(job(), [bound, pod("b", "Pending")], 1) == [pod("b", "Pending")]
    assert job_pods.to_remove(job(), [bound], 0) == []


def test_a_new_pod_is_the_template_with_the_finalizer():
    """The template's own finalizers stay, and the template is not changed."""
    owner = _owner()
    owner["spec"]["template"]["metadata"] = {"finalizers": ["a/b"], "labels": {"v": "1"}}
    made = job_pods.made_pod(owner, None, None)
    assert made["metadata"]["finalizers"] == ["a/b", job_pods.FINALIZER]
    assert made["metadata"]["generateName"] == "j-"
    assert "annotations" not in made["metadata"]
    assert owner["spec"]["template"]["metadata"]["finalizers"] == ["a/b"]
    owner["spec"]["template"]["metadata"]["finalizers"] = [job_pods.FINALIZER]
    assert job_pods.made_pod(owner, None, None)["metadata"]["finalizers"] == [job_pods.FINALIZER]


def test_a_pod_of_an_index_knows_it():
    """By name, hostname, annotation, label, and in the environment of each container."""
    owner = _owner(completionMode="Indexed", completions=2)
    containers = [{"name": "c"}, {"name": "d", "env": [{"name": "JOB_COMPLETION_INDEX"}]}]
    owner["spec"]["template"]["spec"] |= {
        "containers": containers,
        "initContainers": [{"name": "i"}],
    }
    made = job_pods.made_pod(owner, 1, None)
    about, spec = made["metadata"], made["spec"]
    assert about["annotations"] == about["labels"] == {COMPLETION_INDEX: "1"}
    assert (about["generateName"], spec["hostname"]) == ("j-1-", "j-1")
    path = f"metadata.labels['{COMPLETION_INDEX}']"
    known = {"name": "JOB_COMPLETION_INDEX", "valueFrom": {"fieldRef": {"fieldPath": path}}}
    assert spec["containers"][0]["env"] == spec["initContainers"][0]["env"] == [known]
    assert spec["containers"][1]["env"] == [{"name": "JOB_COMPLETION_INDEX"}]


def test_the_name_of_a_long_job_is_cut_before_the_index():
    """The random characters that follow still find room."""
    owner = _owner(completionMode="Indexed", completions=20)
    owner["metadata"]["name"] = "j" * 63
    prefix = job_pods.made_pod(owner, 12, None)["metadata"]["generateName"]
    assert prefix == "j" * 54 + "-12-"


def test_a_pod_carries_on_the_failures_of_its_index():
    """One that was ignored is counted apart."""
    owner = _owner(completionMode="Indexed", completions=2, backoffLimitPerIndex=3)
    before = _indexed("p", 1, "Failed", **{FAILURES: "1", IGNORED_FAILURES: "2"})
    before["status"]["containerStatuses"] = [
        {"name": "c", "state": {"terminated": {"exitCode": 3}}}
    ]

    def notes(replaced):
        return job_pods.made_pod(owner, 1, replaced)["metadata"]["annotations"]

    assert notes(None) == {COMPLETION_INDEX: "1", FAILURES: "0"}
    assert notes(before) == {COMPLETION_INDEX: "1", FAILURES: "2", IGNORED_FAILURES: "2"}
    owner["spec"]["podFailurePolicy"] = _IGNORE
    assert notes(before) == {COMPLETION_INDEX: "1", FAILURES: "1", IGNORED_FAILURES: "3"}
