"""The rules of Jobs, and of CronJobs, which make them.

1. A Job whose selector is made for it has labels that tell its uid and its name; whoever names a
   selector all the same is told that it was not made.
2. Of a Job that waits, suspended, where its Pods run may still change; else its template may not.

Source: k8s.io/kubernetes pkg/apis/batch/validation and pkg/registry/batch, strategy.go (1.36).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ._go import printed
from ._primitives import (
    IMMUTABLE,
    Telling,
    dns_label,
    dns_subdomain,
    invalid,
    not_supported,
    required,
    too_long,
)
from ._read import flag, given, number, obj, objs, pairs, text
from ._rules import Rules
from ._shared import label_selector, not_negative, one_of, selector_value
from .job_policies import failure_policy, success_policy
from .job_status import job_status
from .pod_resources import comparable
from .pod_spec import pod_template_errors
from .schedule import schedule_errors, zone_errors
from .workloads import fitting, matches, selector_unchanged

if TYPE_CHECKING:
    from reconcile.kinds.field_error import FieldError
    from reconcile.value.types import Json, JsonObject

__all__ = ["RULES"]

_PREFIX: Final = "batch.kubernetes.io/"
_NOBODY: Final = "00000000-0000-0000-0000-000000000000"
"""The uid of a Job that has none yet."""
_MOST: Final = 100_000
"""Pods of an indexed Job at one time, and indexes that may fail."""
_MANY: Final = 10_000
"""The same where there are more than 100,000 indexes, each with a limit of its own."""
_FIXED: Final = (
    ("completionMode", ""),
    ("podFailurePolicy", "PodFailurePolicy"),
    ("backoffLimitPerIndex", ""),
    ("managedBy", ""),
    ("successPolicy", "SuccessPolicy"),
)
"""What of a Job may never change, with the type it is printed as."""


def _as_made(document: JsonObject) -> JsonObject:
    """Return a Job with the selector and the labels that are made for it.

    Shape: one that has a uid is as stored, and has them.
    """
    spec, metadata = obj(document, "spec"), obj(document, "metadata")
    if text(metadata, "uid") or flag(spec, "manualSelector"):
        return document
    template, selector = obj(spec, "template"), obj(spec, "selector")
    own = {f"{_PREFIX}controller-uid": _NOBODY}
    made = {
        **_labels(_NOBODY, text(metadata, "name")),
        **pairs(obj(template, "metadata"), "labels"),
    }
    labels: JsonObject = {**made}
    chosen: JsonObject = {**own, **pairs(selector, "matchLabels")}
    about: JsonObject = {**obj(template, "metadata"), "labels": labels}
    whole: JsonObject = {**spec, "selector": {**selector, "matchLabels": chosen}}
    whole["template"] = {**template, "metadata": about}
    return {**document, "metadata": {**metadata, "uid": _NOBODY}, "spec": whole}


def _labels(uid: str, name: str) -> dict[str, str]:
    """Return the labels that the Pods of a Job are given."""
    named = {"controller-uid": uid, "job-name": name}
    return {**named, **{f"{_PREFIX}{key}": value for key, value in named.items()}}


def _job(document: JsonObject) -> list[FieldError]:
    document = _as_made(document)
    spec, name = obj(document, "spec"), text(obj(document, "metadata"), "name")
    found = _generated(document)
    found += _job_spec(spec, "spec")
    found += _selector(spec)
    completions = number(spec, "completions") or 0
    if text(spec, "completionMode") == "Indexed" and completions > 0 and name:
        host = f"{name}-{completions - 1}"
        if dns_label(host):
            plain = "will not able to create pod with invalid DNS label"
            found.append(invalid("metadata.name", name, Telling(f"{plain}: {host}", plain)))
    return found


def _selector(spec: JsonObject) -> list[FieldError]:
    """Return what is wrong with a selector, and whether it selects the Job's own Pods."""
    found = label_selector(obj(spec, "selector"), "spec.selector")
    if not given(spec, "selector"):
        found.append(required("spec.selector"))
    return found + fitting(spec, "spec")


def _generated(document: JsonObject) -> list[FieldError]:
    """Return where the selector and the labels are not those that are made for a Job."""
    spec, metadata = obj(document, "spec"), obj(document, "metadata")
    if flag(spec, "manualSelector") or not given(spec, "selector"):
        return []
    uid, name = text(metadata, "uid"), text(metadata, "name")
    found: list[FieldError] = []
    labels, wanted = pairs(obj(spec, "template", "metadata"), "labels"), _labels(uid, name)
    for key, value in wanted.items():
        place = f"spec.template.metadata.labels[{key}]"
        told = Telling(f"must be '{value}'", "must be what is made for the Job")
        if key not in labels:
            found.append(required(place, told))
        elif labels[key] != value:
            shown: JsonObject = dict(sorted(labels.items()))
            found.append(invalid(place, shown, told))
    selector = obj(spec, "selector")
    if matches(selector, wanted) is False:
        what = "`selector` not auto-generated"
        found.append(invalid("spec.selector", selector_value(selector), what))
    return found


def _job_spec(spec: JsonObject, path: str) -> list[FieldError]:
    """Return what is wrong with a Job or with what a CronJob makes, its selector left out."""
    found: list[FieldError] = []
    for name in (
        "parallelism",
        "completions",
        "activeDeadlineSeconds",
        "backoffLimit",
        "ttlSecondsAfterFinished",
        "backoffLimitPerIndex",
        "maxFailedIndexes",
    ):
        found += not_negative(number(spec, name), f"{path}.{name}")
    if given(spec, "managedBy"):
        found += _managed_by(text(spec, "managedBy"), f"{path}.managedBy")
    if given(spec, "maxFailedIndexes") and not given(spec, "backoffLimitPerIndex"):
        what = "when maxFailedIndexes is specified"
        found.append(required(f"{path}.backoffLimitPerIndex", what))
    found += _mode(spec, path)
    containers = {
        text(each, "name")
        for key in ("containers", "initContainers")
        for each in objs(obj(spec, "template", "spec"), key)
    }
    if given(spec, "podFailurePolicy"):
        found += failure_policy(spec, containers, f"{path}.podFailurePolicy.rules")
    found += _replacement(spec, f"{path}.podReplacementPolicy")
    found += pod_template_errors(obj(spec, "template"), f"{path}.template")
    return found + _restarts(spec, f"{path}.template.spec.restartPolicy")


def _managed_by(name: str, path: str) -> list[FieldError]:
    """Return what is wrong with the name of who manages a Job: a domain and a path."""
    found: list[FieldError] = []
    domain, slash, rest = name.partition("/")
    if not name:
        found.append(required(path))
    elif not slash or not domain or not rest:
        what = 'must be a domain-prefixed path (such as "acme.io/foo")'
        found.append(invalid(path, name, what))
    else:
        found += [invalid(path, domain, each) for each in dns_subdomain(domain)]
        if not _is_path(rest):
            pattern = "[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+"
            what = f"Invalid path (regex used for validation is '{pattern}')"
            found.append(invalid(path, rest, what))
    return [*found, too_long(path, 63)] if len(name.encode()) > 63 else found


def _is_path(value: str) -> bool:
    return value.isascii() and all(each.isalnum() or each in "/-._~%!$&'()*+,;=:" for each in value)


def _mode(spec: JsonObject, path: str) -> list[FieldError]:
    mode = text(spec, "completionMode")
    found: list[FieldError] = []
    if given(spec, "completionMode") and mode not in {"NonIndexed", "Indexed"}:
        choices = ("NonIndexed", "Indexed")
        found.append(not_supported(f"{path}.completionMode", mode, choices))
    if mode == "Indexed":
        found += _indexed(spec, path)
    elif mode in {"NonIndexed", ""}:
        for name in ("backoffLimitPerIndex", "maxFailedIndexes"):
            held = number(spec, name)
            if held is not None:
                what = "requires indexed completion mode"
                found.append(invalid(f"{path}.{name}", held, what))
    if given(spec, "successPolicy"):
        policy, place = obj(spec, "successPolicy"), f"{path}.successPolicy"
        if mode == "Indexed":
            found += success_policy(policy, number(spec, "completions") or 0, place)
        else:
            shown = printed("SuccessPolicy", policy)
            found.append(invalid(place, shown, "requires indexed completion mode"))
    return found


def _indexed(spec: JsonObject, path: str) -> list[FieldError]:
    completions, parallelism, failed = (
        number(spec, name) for name in ("completions", "parallelism", "maxFailedIndexes")
    )
    found: list[FieldError] = []
    if completions is None:
        found.append(required(f"{path}.completions", "when completion mode is Indexed"))
    if parallelism is not None and parallelism > _MOST:
        what = f"must be less than or equal to {_MOST} when completion mode is Indexed"
        found.append(invalid(f"{path}.parallelism", parallelism, what))
    place = f"{path}.maxFailedIndexes"
    if completions is not None and failed is not None and failed > completions:
        found.append(invalid(place, failed, "must be less than or equal to completions"))
    if failed is not None and failed > _MOST:
        found.append(invalid(place, failed, f"must be less than or equal to {_MOST}"))
    if (completions or 0) <= _MOST or not given(spec, "backoffLimitPerIndex"):
        return found
    if failed is None:
        what = f"must be specified when completions is above {_MOST}"
        found.append(required(place, what))
    what = f"when completions are above {_MOST} and used with backoff limit per index"
    for spot, held in ((f"{path}.parallelism", parallelism), (place, failed)):
        if held is not None and held > _MANY:
            told = f"must be less than or equal to {_MANY} {what}"
            found.append(invalid(spot, held, told))
    return found


def _replacement(spec: JsonObject, path: str) -> list[FieldError]:
    if not given(spec, "podReplacementPolicy"):
        return []
    policy = text(spec, "podReplacementPolicy")
    choices: tuple[str, ...] = ("Failed", "TerminatingOrFailed")
    if given(spec, "podFailurePolicy"):
        choices = ("Failed",)
    return [] if policy in choices else [not_supported(path, policy, choices)]


def _restarts(spec: JsonObject, path: str) -> list[FieldError]:
    policy = text(obj(spec, "template", "spec"), "restartPolicy")
    if policy in {"Always", ""}:
        return [required(path, 'valid values: "OnFailure", "Never"')]
    if policy not in {"OnFailure", "Never"}:
        return [not_supported(path, policy, ("OnFailure", "Never"))]
    if given(spec, "podFailurePolicy") and policy != "Never":
        what = 'only "Never" is supported when podFailurePolicy is specified'
        return [invalid(path, policy, what)]
    return []


def _job_updated(before: JsonObject, after: JsonObject) -> list[FieldError]:
    old, new = obj(before, "spec"), obj(after, "spec")
    # The server looks at the new Job as at any, then at it again with the old one in hand.
    found = _job(after)
    found += _job_spec(new, "spec") + _selector(new)
    found += _completions(old, new)
    found += selector_unchanged(old, new)
    template = obj(new, "template")
    if comparable(template) != comparable(_may_become(before, template)):
        found.append(invalid("spec.template", printed("PodTemplateSpec", template), IMMUTABLE))
    for name, kind in _FIXED:
        if old.get(name) != new.get(name):
            held = new.get(name)
            shown = printed(kind, obj(new, name)) if kind and held is not None else held
            found.append(invalid(f"spec.{name}", shown, IMMUTABLE))
    return found


def _completions(old: JsonObject, new: JsonObject) -> list[FieldError]:
    held, place = number(new, "completions"), "spec.completions"
    if held == number(old, "completions"):
        return []
    if text(new, "completionMode") != "Indexed":
        return [invalid(place, held, IMMUTABLE)]
    if held is None or held == number(new, "parallelism"):
        return []
    return [invalid(place, held, "can only be modified in tandem with spec.parallelism")]


def _may_become(before: JsonObject, template: JsonObject) -> JsonObject:
    """Return the old template with what may change of it as it is in the new one."""
    spec = obj(before, "spec")
    held = obj(spec, "template")
    if not flag(spec, "suspend") or not _is_idle(obj(before, "status")):
        return held
    mine = obj(template, "spec")
    pod: JsonObject = dict(obj(held, "spec"))
    for name in ("nodeSelector", "tolerations", "schedulingGates"):
        pod = _taken(pod, mine, name)
    affinity = _taken(obj(pod, "affinity"), obj(mine, "affinity"), "nodeAffinity")
    if affinity != obj(pod, "affinity"):
        same = given(mine, "affinity") or affinity
        pod = _taken(pod, {"affinity": affinity} if same else {}, "affinity")
    for name in ("containers", "initContainers"):
        if len(objs(pod, name)) == len(objs(mine, name)) and name in pod:
            both = zip(objs(pod, name), objs(mine, name), strict=True)
            items: list[Json] = [_taken(one, other, "resources") for one, other in both]
            pod[name] = items
    metadata = obj(held, "metadata")
    for name in ("annotations", "labels"):
        metadata = _taken(metadata, obj(template, "metadata"), name)
    made = dict(held)
    made["spec"] = pod
    if metadata or "metadata" in held:
        made["metadata"] = metadata
    return made


def _is_idle(status: JsonObject) -> bool:
    """Tell whether a suspended Job has no Pods: it never started, or was stopped."""
    stopped = any(
        text(each, "type") == "Suspended" and text(each, "status") == "True"
        for each in objs(status, "conditions")
    )
    return not given(status, "startTime") or (stopped and not number(status, "active"))


def _taken(document: JsonObject, other: JsonObject, name: str) -> JsonObject:
    """Return a copy that has a member as another has it."""
    made = {key: value for key, value in document.items() if key != name}
    return {**made, name: other[name]} if name in other else made


def _cron_job(document: JsonObject) -> list[FieldError]:
    name = text(obj(document, "metadata"), "name")
    found = _cron_spec(obj(document, "spec"), None)
    if len(name.encode()) > 52:
        found.append(invalid("metadata.name", name, "must be no more than 52 characters"))
    return found


def _cron_spec(spec: JsonObject, old: JsonObject | None) -> list[FieldError]:
    schedule, zone = text(spec, "schedule"), spec.get("timeZone")
    found: list[FieldError] = []
    if not schedule:
        found.append(required("spec.schedule"))
    else:
        zoned = old is not None and "TZ" in text(old, "schedule")
        given_zone = zone if isinstance(zone, str) else None
        found += schedule_errors(schedule, given_zone, "spec.schedule", zoned=zoned)
    if isinstance(zone, str) and (old is None or old.get("timeZone") != zone):
        found += zone_errors(zone, "spec.timeZone")
    choices = ("Allow", "Forbid", "Replace")
    found += one_of(text(spec, "concurrencyPolicy"), choices, "spec.concurrencyPolicy")
    job, place = obj(spec, "jobTemplate", "spec"), "spec.jobTemplate.spec"
    found += _job_spec(job, place)
    if given(job, "selector"):
        shown = selector_value(obj(job, "selector"))
        found.append(invalid(f"{place}.selector", shown, "`selector` will be auto-generated"))
    if flag(job, "manualSelector"):
        spot = f"{place}.manualSelector"
        found.append(not_supported(spot, True, ("nil", "false")))  # noqa: FBT003 -- JSON
    for name in ("startingDeadlineSeconds", "successfulJobsHistoryLimit", "failedJobsHistoryLimit"):
        found += not_negative(number(spec, name), f"spec.{name}")
    return found


def _cron_job_updated(before: JsonObject, after: JsonObject) -> list[FieldError]:
    return _cron_spec(obj(after, "spec"), obj(before, "spec"))


RULES: Final[dict[str, Rules]] = {
    "CronJob": Rules(_cron_job, _cron_job_updated),
    "Job": Rules(_job, _job_updated, job_status, again=True),
}
