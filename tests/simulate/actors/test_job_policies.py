"""What the policies of a Job say."""

from __future__ import annotations

import pytest

from reconcile.simulate.actors.job_indexes import Ranges
from reconcile.simulate.actors.job_policies import Verdict, judged, success_message
from tests.simulate.actors.batch import job, pod


def _ended(code, name="c", part="containerStatuses"):
    return pod(
        phase="Failed", **{part: [{"name": name, "state": {"terminated": {"exitCode": code}}}]}
    )


def _on_codes(action, operator, *values, container=None):
    rule = {"operator": operator, "values": list(values)}
    if container:
        rule["containerName"] = container
    return {"action": action, "onExitCodes": rule}


def _job(*rules):
    return job(podFailurePolicy={"rules": list(rules)})


def test_without_a_policy_every_failure_counts():
    """Neither fails the Job at once nor is ignored."""
    assert judged(job(), _ended(1)) == Verdict(None, counts=True, action=None)


@pytest.mark.parametrize(
    ("rule", "code", "action"),
    [
        (_on_codes("Ignore", "In", 3, 4), 4, "Ignore"),
        (_on_codes("Ignore", "In", 3, 4), 5, None),
        (_on_codes("Count", "NotIn", 3), 5, "Count"),
        (_on_codes("Count", "NotIn", 3), 3, None),
        (_on_codes("Count", "NotIn", 3), 0, None),
        (_on_codes("FailIndex", "In", 3, container="c"), 3, "FailIndex"),
        (_on_codes("FailIndex", "In", 3, container="other"), 3, None),
        ({"action": "Ignore"}, 3, None),
        (_on_codes("Unheard", "In", 3), 3, None),
    ],
)
def test_a_rule_holds_for_the_exit_code_of_a_container(rule, code, action):
    """Only failures are Ignored or counted; a rule may be about one container."""
    verdict = judged(_job(rule), _ended(code))
    assert (verdict.action, verdict.counts) == (action, action != "Ignore")
    assert verdict.message is None


def test_the_first_rule_that_holds_counts():
    """Later rules are not asked."""
    rules = (
        _on_codes("Ignore", "In", 9),
        _on_codes("FailJob", "In", 3),
        _on_codes("Count", "In", 3),
    )
    message = (
        "Container c for pod default/p failed with exit code 3 matching FailJob rule at index 1"
    )
    assert judged(_job(*rules), _ended(3)) == Verdict(message, counts=True, action="FailJob")


def test_containers_that_run_are_passed_over_and_init_containers_looked_at():
    """An init container that failed is what a rule may be about."""
    one = _ended(3, "i", "initContainerStatuses")
    one["status"]["containerStatuses"] = [{"name": "c", "state": {"running": {}}}, {"name": "d"}]
    assert judged(_job(_on_codes("Count", "In", 3)), one).action == "Count"


def test_a_rule_holds_for_a_condition_of_the_pod():
    """Type and status have to be the pattern's."""
    pattern = {"type": "DisruptionTarget", "status": "True"}
    policy = _job({"action": "FailJob", "onPodConditions": [pattern]})
    hit = pod(conditions=[{"type": "Ready", "status": "True"}, pattern])
    missed = pod(conditions=[{**pattern, "status": "False"}])
    message = "Pod default/p has condition DisruptionTarget matching FailJob rule at index 0"
    assert judged(policy, hit).message == message
    assert judged(policy, missed) == Verdict()


@pytest.mark.parametrize(
    ("rule", "succeeded", "met"),
    [
        ({"succeededIndexes": "0-2"}, (0, 1, 2), True),
        ({"succeededIndexes": "0-2"}, (0, 1, 4), False),
        ({"succeededIndexes": "0-2", "succeededCount": 2}, (0, 2, 4), True),
        ({"succeededIndexes": "0-2", "succeededCount": 2}, (0, 4), False),
        ({"succeededIndexes": "90"}, (0,), False),
        ({"succeededCount": 2}, (0, 4), True),
        ({"succeededCount": 3}, (0, 4), False),
        ({"succeededCount": 0}, (), False),
    ],
)
def test_a_success_policy_holds_when_the_indexes_have_succeeded(rule, succeeded, met):
    """All of the indexes, or as many as are asked for."""
    one = job(completions=6, successPolicy={"rules": [{"succeededCount": 6}, rule]})
    message = success_message(one, Ranges.of(succeeded))
    assert message == ("Matched rules at index 1" if met else None)


def test_without_a_success_policy_no_rule_holds():
    """Such a Job needs all its completions."""
    assert success_message(job(completions=2), Ranges.of((0,))) is None
