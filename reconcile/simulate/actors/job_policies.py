"""What the policies of a Job say: of a Pod that failed, and of the indexes that succeeded.

Source: k8s.io/kubernetes pkg/controller/job/pod_failure_policy.go and success_policy.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, cast

from reconcile.simulate.actors.job_indexes import Ranges
from reconcile.simulate.actors.pods import status_of

if TYPE_CHECKING:
    from reconcile.simulate.actors.pods import Document

__all__ = ["Verdict", "judged", "success_message"]


class Verdict(NamedTuple):
    """What a failed Pod means for its Job."""

    message: str | None = None
    """Why the Job fails at once, if it does."""
    counts: bool = True
    """Whether the failure counts towards the limits."""
    action: str | None = None
    """The action of the rule that holds, if one does."""


def judged(job: Document, pod: Document) -> Verdict:
    """Return what a Job's policy says of a Pod that failed. Without a policy, failures count."""
    policy: Document = job["spec"].get("podFailurePolicy") or {}
    for number, rule in enumerate(policy.get("rules") or ()):
        about = f"matching {rule.get('action')} rule at index {number}"
        where = f"{pod['metadata']['namespace']}/{pod['metadata']['name']}"
        if rule.get("onExitCodes"):
            container = _container(status_of(pod), rule["onExitCodes"])
            if container is None:
                continue
            code = container["state"]["terminated"]["exitCode"]
            failure = f"Container {container['name']} for pod {where} failed with exit code {code}"
        elif rule.get("onPodConditions"):
            condition = _condition(status_of(pod), rule["onPodConditions"])
            if condition is None:
                continue
            failure = f"Pod {where} has condition {condition['type']}"
        else:
            continue
        action = str(rule.get("action"))
        if action in ("Ignore", "FailIndex", "Count", "FailJob"):
            failed = f"{failure} {about}" if action == "FailJob" else None
            return Verdict(failed, counts=action != "Ignore", action=action)
    return Verdict()


def _container(status: Document, wanted: Document) -> Document | None:
    """Return the first container that ended with an exit code that a rule is about."""
    for part in ("containerStatuses", "initContainerStatuses"):
        for each in status.get(part) or ():
            state: Document = each.get("state") or {}
            ended: Document | None = state.get("terminated")
            if ended is None or wanted.get("containerName") not in (None, each.get("name")):
                continue
            code = ended.get("exitCode", 0)
            listed = code in (wanted.get("values") or ())
            if code != 0 and listed == (wanted.get("operator") == "In"):
                return cast("Document", each)
    return None


def _condition(status: Document, patterns: list[Document]) -> Document | None:
    for each in status.get("conditions") or ():
        for pattern in patterns:
            if (each.get("type"), each.get("status")) == (pattern["type"], pattern.get("status")):
                return cast("Document", each)
    return None


def success_message(job: Document, succeeded: Ranges) -> str | None:
    """Return which rule of a Job's success policy holds, None if none does."""
    policy: Document = job["spec"].get("successPolicy") or {}
    if not len(succeeded):
        return None
    for number, rule in enumerate(policy.get("rules") or ()):
        wanted, count = rule.get("succeededIndexes"), rule.get("succeededCount")
        if wanted is not None:
            required = Ranges.read(wanted, job["spec"]["completions"])
            common = required.common(succeeded)
            met = len(required) > 0 and (
                common == len(required) or (count is not None and common >= count)
            )
        else:
            met = count is not None and len(succeeded) >= count
        if met:
            return f"Matched rules at index {number}"
    return None
