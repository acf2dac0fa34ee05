"""The rules of the kinds that keep Pods running: Deployments, sets of replicas, daemons.

1. The selector is told first, then whether the template fits it, then the template.
2. Of a StatefulSet only what it lists may change; of the others the selector may not.
3. A StatefulSet's claims are volumes of its template, which may mount them.

Source: k8s.io/kubernetes pkg/apis/apps/validation and pkg/registry/apps, strategy.go (1.36).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from reconcile.kinds.field_error import FieldError
from reconcile.objects.selector import selects

from ._go import printed
from ._primitives import (
    IMMUTABLE,
    dns_label,
    fails,
    forbidden,
    invalid,
    label_value,
    not_supported,
    percent,
    qualified_name,
    required,
)
from ._read import given, number, obj, objs, pairs, text
from ._rules import Rules
from ._shared import (
    int_or_percent,
    label_selector,
    not_more_than_all,
    not_negative,
    selector_value,
)
from .pod_resources import comparable
from .pod_spec import pod_template_errors

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconcile.value.types import Json, JsonObject

__all__ = [
    "RULES",
    "fitting",
    "matches",
    "only_always",
    "selector_errors",
    "selector_unchanged",
]

_CHANGEABLE: Final = (
    "replicas",
    "ordinals",
    "template",
    "updateStrategy",
    "revisionHistoryLimit",
    "persistentVolumeClaimRetentionPolicy",
    "minReadySeconds",
)


def matches(selector: JsonObject, labels: dict[str, str]) -> bool | None:
    """Return whether a selector selects labels, None where it is none that can be used."""
    for key, value in pairs(selector, "matchLabels").items():
        if qualified_name(key) or label_value(value):
            return None
    for each in objs(selector, "matchExpressions"):
        operator, values = text(each, "operator"), each.get("values") or []
        with_values = operator in {"In", "NotIn"}
        if operator not in {"In", "NotIn", "Exists", "DoesNotExist"}:
            return None
        if with_values is not bool(values) or qualified_name(text(each, "key")):
            return None
        if any(label_value(str(value)) for value in (values if isinstance(values, list) else [])):
            return None
    return selects(selector, labels)


def selector_errors(spec: JsonObject, kind: str, path: str) -> list[FieldError]:
    """Return what is wrong with a selector that must be there and select something.

    Shape: `kind` is the word that the server uses.
    """
    if not given(spec, "selector"):
        return [required(path)]
    selector = obj(spec, "selector")
    found = label_selector(selector, path)
    return found + _empty_selector(selector, kind, path)


def _empty_selector(selector: JsonObject, kind: str, path: str) -> list[FieldError]:
    if pairs(selector, "matchLabels") or objs(selector, "matchExpressions"):
        return []
    return [invalid(path, selector_value(selector), f"empty selector is invalid for {kind}")]


def fitting(spec: JsonObject, path: str, *, empty: bool = True) -> list[FieldError]:
    """Return whether a template has labels that its selector does not select.

    Shape: `empty` says whether a selector that says nothing selects all. An absent one selects
        nothing; one that cannot be used says nothing.
    """
    template = obj(spec, "template", "metadata")
    labels = pairs(template, "labels")
    if given(spec, "selector"):
        held = matches(obj(spec, "selector"), labels)
        if held is None or held or (empty and not obj(spec, "selector")):
            return []
    what = "`selector` does not match template `labels`"
    shown: Json = dict(sorted(labels.items())) if given(template, "labels") else None
    return [invalid(f"{path}.template.metadata.labels", shown, what)]


def only_always(spec: JsonObject, kind: str, path: str) -> list[FieldError]:
    """Return what a template may not say where Pods run for ever."""
    template = obj(spec, "template", "spec")
    place, policy = f"{path}.template.spec", text(template, "restartPolicy")
    found: list[FieldError] = []
    if policy not in {"Always", ""}:
        found.append(not_supported(f"{place}.restartPolicy", policy, ("Always",)))
    if given(template, "activeDeadlineSeconds"):
        what = f"activeDeadlineSeconds in {kind} is not Supported"
        found.append(forbidden(f"{place}.activeDeadlineSeconds", what))
    return found


def selector_unchanged(old: JsonObject, new: JsonObject) -> list[FieldError]:
    """Return whether a selector was changed."""
    before, after = (
        selector_value(obj(each, "selector")) if given(each, "selector") else None
        for each in (old, new)
    )
    return [] if before == after else [invalid("spec.selector", after, IMMUTABLE)]


def _numbers(spec: JsonObject, path: str, names: Iterable[str]) -> list[FieldError]:
    """Return the numbers that are below nothing."""
    return [error for n in names for error in not_negative(number(spec, n), f"{path}.{n}")]


def _unusable(spec: JsonObject, detail: str) -> list[FieldError]:
    """Return that a selector cannot be used."""
    selector = obj(spec, "selector")
    if not given(spec, "selector") or matches(selector, {}) is not None:
        return []
    return [invalid("spec.selector", selector_value(selector), detail)]


def _replicas(spec: JsonObject) -> list[FieldError]:
    """Return what is wrong with a selector and a template of replicas."""
    found = selector_errors(spec, "deployment", "spec.selector")
    wrong = _unusable(spec, "invalid label selector")
    if wrong:
        return found + wrong
    found += fitting(spec, "spec")
    found += pod_template_errors(obj(spec, "template"), "spec.template")
    return found + only_always(spec, "ReplicaSet", "spec")


def _deployment(document: JsonObject) -> list[FieldError]:
    spec = obj(document, "spec")
    found = _numbers(spec, "spec", ("replicas", "minReadySeconds", "revisionHistoryLimit"))
    found += _replicas(spec)
    found += _strategy(obj(spec, "strategy"), "spec.strategy")
    deadline, place = number(spec, "progressDeadlineSeconds"), "spec.progressDeadlineSeconds"
    found += not_negative(deadline, place)
    if deadline is not None and deadline <= (number(spec, "minReadySeconds") or 0):
        found.append(invalid(place, deadline, "must be greater than minReadySeconds"))
    return found


def _strategy(strategy: JsonObject, path: str) -> list[FieldError]:
    kind, rolling = text(strategy, "type"), obj(strategy, "rollingUpdate")
    place = f"{path}.rollingUpdate"
    if kind == "Recreate":
        what = "may not be specified when strategy `type` is 'Recreate'"
        return [forbidden(place, what)] if given(strategy, "rollingUpdate") else []
    if kind != "RollingUpdate":
        shown = printed("DeploymentStrategy", strategy)
        return [not_supported(path, shown, ("Recreate", "RollingUpdate"))]
    if not given(strategy, "rollingUpdate"):
        return [required(place, "this should be defaulted and never be nil")]
    unavailable, surge = rolling.get("maxUnavailable"), rolling.get("maxSurge")
    found = int_or_percent(unavailable, f"{place}.maxUnavailable")
    found += int_or_percent(surge, f"{place}.maxSurge")
    if not _share(unavailable) and not _share(surge):
        what = "may not be 0 when `maxSurge` is 0"
        shown_value: Json = 0 if unavailable is None else unavailable
        found.append(invalid(f"{place}.maxUnavailable", shown_value, what))
    return found + not_more_than_all(unavailable, f"{place}.maxUnavailable")


def _share(value: Json) -> int:
    """Return a number or a percentage as a number; a text that is neither is nothing."""
    if isinstance(value, str):
        digits = value[:-1] if not percent(value) else value
        try:
            return int(digits)
        except ValueError:
            return 0
    return int(value) if isinstance(value, (int, float)) else 0


def _deployment_updated(before: JsonObject, after: JsonObject) -> list[FieldError]:
    return _deployment(after) + selector_unchanged(obj(before, "spec"), obj(after, "spec"))


def _at_most(status: JsonObject, names: Iterable[str], total: str) -> list[FieldError]:
    """Return the numbers of a status that are more than another of its numbers."""
    most = number(status, total) or 0
    told = f"status.{total}" if total == "replicas" else total
    return [
        invalid(f"status.{name}", number(status, name) or 0, f"cannot be greater than {told}")
        for name in names
        if (number(status, name) or 0) > most
    ]


def _collisions(before: JsonObject, after: JsonObject) -> list[FieldError]:
    old, new = (number(obj(each, "status"), "collisionCount") for each in (before, after))
    if old is None or (new is not None and new >= old):
        return []
    return [invalid("status.collisionCount", new or 0, "cannot be decremented")]


def _deployment_status(before: JsonObject, after: JsonObject) -> list[FieldError]:
    status = obj(after, "status")
    counted = ("updatedReplicas", "readyReplicas", "availableReplicas")
    others = ("unavailableReplicas", "terminatingReplicas", "collisionCount")
    found = _numbers(status, "status", ("observedGeneration", "replicas", *counted, *others))
    found += _at_most(status, counted, "replicas")
    found += _at_most(status, ("availableReplicas",), "readyReplicas")
    return found + _collisions(before, after)


def _replica_set(document: JsonObject) -> list[FieldError]:
    spec = obj(document, "spec")
    return _numbers(spec, "spec", ("replicas", "minReadySeconds")) + _replicas(spec)


def _replica_set_updated(before: JsonObject, after: JsonObject) -> list[FieldError]:
    return _replica_set(after) + selector_unchanged(obj(before, "spec"), obj(after, "spec"))


def _replica_set_status(_before: JsonObject, after: JsonObject) -> list[FieldError]:
    status = obj(after, "status")
    counted = ("fullyLabeledReplicas", "readyReplicas", "availableReplicas")
    others = ("terminatingReplicas", "observedGeneration")
    found = _numbers(status, "status", ("replicas", *counted, *others))
    found += _at_most(status, counted, "replicas")
    return found + _at_most(status, ("availableReplicas",), "readyReplicas")


def _daemon_set(document: JsonObject) -> list[FieldError]:
    spec = obj(document, "spec")
    selector = obj(spec, "selector")
    found = label_selector(selector, "spec.selector")
    found += fitting(spec, "spec", empty=False)
    if given(spec, "selector"):
        found += _empty_selector(selector, "daemonset", "spec.selector")
    found += pod_template_errors(obj(spec, "template"), "spec.template")
    found += only_always(spec, "DaemonSet", "spec")
    found += _numbers(spec, "spec", ("minReadySeconds", "revisionHistoryLimit"))
    return found + _daemon_strategy(obj(spec, "updateStrategy"), "spec.updateStrategy")


def _daemon_strategy(strategy: JsonObject, path: str) -> list[FieldError]:
    kind, rolling = text(strategy, "type"), obj(strategy, "rollingUpdate")
    if kind == "OnDelete":
        return []
    place = f"{path}.rollingUpdate"
    if kind != "RollingUpdate":
        shown = printed("DaemonSetUpdateStrategy", strategy)
        return [not_supported(path, shown, ("RollingUpdate", "OnDelete"))]
    if not given(strategy, "rollingUpdate"):
        return [required(place)]
    unavailable, surge = rolling.get("maxUnavailable"), rolling.get("maxSurge")
    found: list[FieldError] = []
    for name, value in (("maxUnavailable", unavailable), ("maxSurge", surge)):
        found += int_or_percent(value, f"{place}.{name}")
        found += not_more_than_all(value, f"{place}.{name}")
    if _share(unavailable) and _share(surge):
        what = "may not be set when maxUnavailable is non-zero"
        found.append(invalid(f"{place}.maxSurge", surge, what))
    elif not _share(unavailable) and not _share(surge):
        found.append(required(f"{place}.maxUnavailable", "cannot be 0 when maxSurge is 0"))
    return found


def _daemon_set_updated(before: JsonObject, after: JsonObject) -> list[FieldError]:
    return _daemon_set(after) + selector_unchanged(obj(before, "spec"), obj(after, "spec"))


def _daemon_set_status(before: JsonObject, after: JsonObject) -> list[FieldError]:
    names = (
        "currentNumberScheduled",
        "numberMisscheduled",
        "desiredNumberScheduled",
        "numberReady",
        "observedGeneration",
        "updatedNumberScheduled",
        "numberAvailable",
        "numberUnavailable",
        "collisionCount",
    )
    return _numbers(obj(after, "status"), "status", names) + _collisions(before, after)


def _stateful_set(document: JsonObject) -> list[FieldError]:
    spec = obj(document, "spec")
    found = _stateful_fields(spec)
    if text(spec, "serviceName"):
        found += fails("spec.serviceName", text(spec, "serviceName"), dns_label)
    return found + _stateful_template(spec)


def _stateful_fields(spec: JsonObject) -> list[FieldError]:
    """Return what is wrong with a StatefulSet, its template and its service left out."""
    policy, place = text(spec, "podManagementPolicy"), "spec.podManagementPolicy"
    found: list[FieldError] = []
    if not policy:
        found.append(required(place))
    elif policy not in {"OrderedReady", "Parallel"}:
        found.append(invalid(place, policy, "must be 'OrderedReady' or 'Parallel'"))
    found += _stateful_strategy(obj(spec, "updateStrategy"), "spec.updateStrategy")
    retention = obj(spec, "persistentVolumeClaimRetentionPolicy")
    if given(spec, "persistentVolumeClaimRetentionPolicy"):
        for name in ("whenDeleted", "whenScaled"):
            held = text(retention, name)
            if held not in {"Retain", "Delete"}:
                spot = f"spec.persistentVolumeClaimRetentionPolicy.{name}"
                found.append(not_supported(spot, held, ("Retain", "Delete")))
    found += _numbers(spec, "spec", ("replicas", "minReadySeconds", "revisionHistoryLimit"))
    found += not_negative(number(obj(spec, "ordinals"), "start"), "spec.ordinals.start")
    return found + selector_errors(spec, "statefulset", "spec.selector")


def _stateful_template(spec: JsonObject) -> list[FieldError]:
    wrong = _unusable(spec, "")
    if wrong:
        return wrong
    found = fitting(spec, "spec")
    template = obj(spec, "template")
    pod = obj(template, "spec")
    claims: list[Json] = [
        {"name": text(obj(each, "metadata"), "name"), "persistentVolumeClaim": {"claimName": "c"}}
        for each in objs(spec, "volumeClaimTemplates")
    ]
    named = {text(obj(each, "metadata"), "name") for each in objs(spec, "volumeClaimTemplates")}
    own = [*objs(pod, "volumes")]
    # A claim stands in the place of a volume of its name.
    kept: list[Json] = [each for each in own if text(each, "name") not in named]
    whole: JsonObject = {**template, "spec": {**pod, "volumes": kept + claims}}
    found += pod_template_errors(whole, "spec.template")
    return found + only_always(spec, "StatefulSet", "spec")


def _stateful_strategy(strategy: JsonObject, path: str) -> list[FieldError]:
    kind, rolling = text(strategy, "type"), obj(strategy, "rollingUpdate")
    place = f"{path}.rollingUpdate"
    if not kind:
        return [required(path)]
    if kind == "OnDelete":
        if not given(strategy, "rollingUpdate"):
            return []
        shown = printed("RollingStatefulSet", rolling)
        return [invalid(place, shown, "only allowed for updateStrategy 'RollingUpdate'")]
    if kind != "RollingUpdate":
        shown = printed("StatefulSetUpdateStrategy", strategy)
        return [invalid(path, shown, "must be 'RollingUpdate' or 'OnDelete'")]
    found = not_negative(number(rolling, "partition"), f"{place}.partition")
    held = rolling.get("maxUnavailable")
    if held is not None:
        found += int_or_percent(held, f"{place}.maxUnavailable")
        if not _share(held):
            found.append(invalid(f"{place}.maxUnavailable", held, "cannot be 0"))
        found += not_more_than_all(held, f"{place}.maxUnavailable")
    return found


def _stateful_set_updated(before: JsonObject, after: JsonObject) -> list[FieldError]:
    old, new = obj(before, "spec"), obj(after, "spec")
    found = _stateful_fields(new)
    # What was wrong before need not be right now.
    found += _stateful_template(new) if not _stateful_set(before) else fitting(new, "spec")
    before_, after_ = (
        comparable({name: value for name, value in each.items() if name not in _CHANGEABLE})
        for each in (old, new)
    )
    if before_ != after_:
        told = ", ".join(f"'{name}'" for name in _CHANGEABLE[:-1])
        what = f"{told} and '{_CHANGEABLE[-1]}' are forbidden"
        prefix = "updates to statefulset spec for fields other than"
        found.append(forbidden("spec", f"{prefix} {what}"))
    return found


def _stateful_set_status(before: JsonObject, after: JsonObject) -> list[FieldError]:
    status = obj(after, "status")
    counted = ("readyReplicas", "currentReplicas", "updatedReplicas", "availableReplicas")
    names = ("replicas", *counted, "observedGeneration", "collisionCount")
    found = _numbers(status, "status", names)
    found += _at_most(status, counted, "replicas")
    wrong = _at_most(status, ("availableReplicas",), "readyReplicas")
    what = "cannot be greater than status.readyReplicas"
    return found + [each._replace(detail=what) for each in wrong] + _collisions(before, after)


def _revision(document: JsonObject) -> list[FieldError]:
    found = not_negative(number(document, "revision"), "revision")
    return found if given(document, "data") else [required("data", "data is mandatory"), *found]


def _revision_updated(before: JsonObject, after: JsonObject) -> list[FieldError]:
    found = _revision(after)
    if before.get("data") != after.get("data"):
        found.append(invalid("data", after.get("data"), IMMUTABLE))
    return found


RULES: Final[dict[str, Rules]] = {
    "ControllerRevision": Rules(_revision, _revision_updated, again=True),
    "DaemonSet": Rules(_daemon_set, _daemon_set_updated, _daemon_set_status),
    "Deployment": Rules(_deployment, _deployment_updated, _deployment_status),
    "ReplicaSet": Rules(_replica_set, _replica_set_updated, _replica_set_status),
    "StatefulSet": Rules(
        _stateful_set, _stateful_set_updated, _stateful_set_status, names=dns_label
    ),
}
