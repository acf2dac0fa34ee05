"""The autoscaler without a metrics server: bounds are kept, and the status says what is missing.

1. It looks every 15 seconds, the first time 15 seconds after an autoscaler was made.
2. A target with fewer replicas than the minimum or more than the maximum is scaled; one with none
   is left alone. What metrics would say is never known, so nothing else is scaled.

Source: k8s.io/kubernetes pkg/controller/podautoscaler/{horizontal,replica_calculator}.go and
metrics/client.go; k8s.io/metrics pkg/client.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, cast

from reconcile.simulate.actors.actor import Later
from reconcile.simulate.actors.parts import (
    changed,
    listed,
    name_of,
    namespace_of,
    place_of,
    spec_of,
    status_of,
)
from reconcile.simulate.actors.retrying import retrying
from reconcile.simulate.actors.scales import scale_of, set_scale
from reconcile.simulate.server.clock import stamp
from reconcile.simulate.server.conditions import put_condition
from reconcile.simulate.server.selectors import label_selector

if TYPE_CHECKING:
    from reconcile.simulate.actors.actor import Api
    from reconcile.simulate.server.resource_type import ResourceType
    from reconcile.simulate.server.store import Event
    from reconcile.value.types import JsonObject

__all__ = ["HorizontalAutoscaler"]

_PREFIX: Final = "autoscaling/HorizontalPodAutoscaler/"
_VERSION: Final = "autoscaling/v2"
_KIND: Final = "HorizontalPodAutoscaler"
_PERIOD: Final = 15.0
"""Seconds."""
_UNSERVED: Final = "the server could not find the requested resource"
_USUAL: Final[Mapping[str, Any]] = {
    "type": "Resource",
    "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 80}},
}
"""What an autoscaler goes by that names no metric."""
_CUSTOM: Final = (
    "unable to fetch metrics from custom metrics API: "
    "no custom metrics API (custom.metrics.k8s.io) registered"
)


class HorizontalAutoscaler:
    """Keep targets within their bounds."""

    name = "horizontal-pod-autoscaler-controller"

    def concerned(self, event: Event, api: Api) -> Iterator[Later]:
        """Yield autoscalers that changed, to be looked at after their period."""
        del api
        if event.key.startswith(_PREFIX) and event.type != "DELETED":
            yield Later(event.key, _PERIOD)

    @retrying()
    def sync(self, api: Api, key: str) -> float | None:
        """Look at one autoscaler and its target."""
        namespace, name = place_of(key)
        autoscaler = api.get(_VERSION, _KIND, namespace, name)
        if autoscaler is None:
            return None
        made = changed(autoscaler)
        status = made.setdefault("status", {})
        _look(api, made, status)
        if status != status_of(autoscaler):
            api.update(made, "status")
        return _PERIOD


def _say(api: Api, status: dict[str, Any], kind: str, how: tuple[bool, str, str]) -> None:
    good, reason, message = how
    condition: JsonObject = {
        "type": kind,
        "status": "True" if good else "False",
        "lastTransitionTime": stamp(api.now),
        "reason": reason,
        "message": message,
    }
    put_condition(status, condition)


def _look(api: Api, autoscaler: dict[str, Any], status: dict[str, Any]) -> None:
    """Scale the target if it must be, and say how things are in a status."""
    found = _target(api, autoscaler)
    if isinstance(found, str):
        told = f"the HPA controller was unable to get the target's current scale: {found}"
        _say(api, status, "AbleToScale", (False, "FailedGetScale", told))
        return
    served, scale = found
    told = "the HPA controller was able to get the target's current scale"
    _say(api, status, "AbleToScale", (True, "SucceededGetScale", told))
    spec = spec_of(autoscaler)
    current = int(scale["spec"].get("replicas") or 0)
    least = spec.get("minReplicas")
    least = 1 if least is None else int(least)
    most = int(spec["maxReplicas"])
    wanted = most if current > most else max(current, least)
    if current == 0:
        told = "scaling is disabled since the replica count of the target is zero"
        _say(api, status, "ScalingActive", (False, "ScalingDisabled", told))
        _count(status, 0, 0, 0)
    elif wanted == current:
        reason, why, known = _missing(api, autoscaler, scale)
        _say(api, status, "ScalingActive", (False, reason, why))
        _count(status, current, int(status.get("desiredReplicas") or 0), known)
    else:
        _rescale(api, status, served, scale, wanted)


def _rescale(
    api: Api, status: dict[str, Any], served: ResourceType, scale: dict[str, Any], wanted: int
) -> None:
    current = int(scale["spec"].get("replicas") or 0)
    answer = set_scale(api, served, scale, wanted)
    if answer.status >= 300:
        why = cast("Mapping[str, Any]", answer.body).get("message")
        told = f"the HPA controller was unable to update the target scale: {why}"
        _say(api, status, "AbleToScale", (False, "FailedUpdateScale", told))
        _count(status, current, int(status.get("desiredReplicas") or 0), 0)
        return
    told = f"the HPA controller was able to update the target scale to {wanted}"
    _say(api, status, "AbleToScale", (True, "SucceededRescale", told))
    _count(status, current, wanted, 0)
    status["lastScaleTime"] = stamp(api.now)


def _count(status: dict[str, Any], current: int, desired: int, metrics: int) -> None:
    """Write the sizes, and so many metrics of which nothing is known."""
    status.pop("observedGeneration", None)
    status.pop("currentReplicas", None)
    if current:
        status["currentReplicas"] = current
    status["desiredReplicas"] = desired
    status["currentMetrics"] = [{"type": ""} for _ in range(metrics)] or None


# -- targets -------------------------------------------------------------------------------------


def _target(api: Api, autoscaler: Mapping[str, Any]) -> tuple[ResourceType, dict[str, Any]] | str:
    """Return how the target is served and its scale, or why it has none."""
    wanted: Mapping[str, Any] = spec_of(autoscaler)["scaleTargetRef"]
    version, kind = str(wanted.get("apiVersion") or ""), str(wanted["kind"])
    if version.count("/") > 1:
        return f"unexpected GroupVersion string: {version}"
    group = version.rpartition("/")[0]
    known = api.server.catalogue.resources.group(group)
    name, namespace = str(wanted["name"]), namespace_of(autoscaler)
    why = f'no matches for kind "{kind}" in group "{group}"'
    first = True
    for each in known.versions if known is not None else ():
        served = api.server.catalogue.find_kind(f"{group}/{each}" if group else each, kind)
        if served is None:
            continue
        answer = scale_of(api, served, namespace, name)
        if answer.status == 200:
            return served, cast("dict[str, Any]", answer.body)
        if first:
            why, first = _reason(answer.body), False
    return why


def _reason(body: object) -> str:
    if not isinstance(body, dict):
        return _UNSERVED
    return str(cast("Mapping[str, Any]", body).get("message") or _UNSERVED)


def _others(api: Api, autoscaler: Mapping[str, Any], selector: str) -> list[str]:
    """Return the names of all autoscalers in a namespace that Pods of a selector belong to."""
    namespace = namespace_of(autoscaler)
    pods = _chosen(api, namespace, selector)
    found: list[str] = []
    for other in api.list(_VERSION, _KIND, namespace):
        target = _target(api, other)
        told = "" if isinstance(target, str) else str(target[1]["status"].get("selector") or "")
        if told and not pods.isdisjoint(_chosen(api, namespace, told)):
            found.append(name_of(other))
    return found


def _chosen(api: Api, namespace: str, selector: str) -> frozenset[str]:
    """Return the names of the Pods that a selector, as a text, selects."""
    matches = label_selector(selector)
    return frozenset(
        name_of(each)
        for each in api.list("v1", "Pod", namespace)
        if matches is None or matches(each)
    )


# -- metrics -------------------------------------------------------------------------------------


def _missing(
    api: Api, autoscaler: Mapping[str, Any], scale: Mapping[str, Any]
) -> tuple[str, str, int]:
    """Return why no size can be computed: a reason, a message, how many metrics were asked for."""
    selector = str(scale["status"].get("selector") or "")
    if not selector:
        return "InvalidSelector", "the HPA target's scale is missing a selector", 0
    owners = _others(api, autoscaler, selector)
    if len(owners) > 1:
        keys = " ".join(f"{{{name} {namespace_of(autoscaler)}}}" for name in owners)
        told = f"pods by selector {selector} are controlled by multiple HPAs: [{keys}]"
        return "AmbiguousSelector", told, 0
    metrics = listed(spec_of(autoscaler), "metrics") or (_USUAL,)
    reason, why = _unknown(metrics[0], namespace_of(autoscaler))
    return reason, f"the HPA was unable to compute the replica count: {why}", len(metrics)


def _unknown(metric: Mapping[str, Any], namespace: str) -> tuple[str, str]:
    """Return the reason and the message for a metric that nobody tells."""
    match metric["type"]:
        case "Resource":
            return "FailedGetResourceMetric", _usage(metric["resource"])
        case "ContainerResource":
            return "FailedGetContainerResourceMetric", _usage(metric["containerResource"])
        case "Pods":
            name = metric["pods"]["metric"]["name"]
            return "FailedGetPodsMetric", f"unable to get metric {name}: {_CUSTOM}"
        case "Object":
            return "FailedGetObjectMetric", _of_object(metric["object"], namespace)
        case _:
            return "FailedGetExternalMetric", _external(metric["external"], namespace)


def _usage(source: Mapping[str, Any]) -> str:
    name = source["name"]
    what = "usage" if source["target"].get("averageValue") is not None else "utilization"
    return (
        f"failed to get {name} {what}: unable to get metrics for resource {name}: "
        f"unable to fetch metrics from resource metrics API: {_UNSERVED} (get pods.metrics.k8s.io)"
    )


def _of_object(source: Mapping[str, Any], namespace: str) -> str:
    name, about = source["metric"]["name"], source["describedObject"]
    # The message of the real controller has its parts in this order.
    told = f"unable to get metric {name}: {about['kind']} on {namespace} {about['name']}/{_CUSTOM}"
    if source["target"].get("averageValue") is not None:
        return f"failed to get {name} object metric: {told}"
    return told


def _external(source: Mapping[str, Any], namespace: str) -> str:
    name = source["metric"]["name"]
    selector = _spelt(source["metric"].get("selector"))
    told = (
        f"unable to get external metric {namespace}/{name}/{selector}: "
        "unable to fetch metrics from external metrics API: "
        f"{_UNSERVED} (get {name}.external.metrics.k8s.io)"
    )
    if source["target"].get("averageValue") is not None:
        return f"failed to get {name} external metric: {told}"
    return f"failed to get external metric {name}: {told}"


def _spelt(selector: Mapping[str, Any] | None) -> str:
    """Return a selector as Go prints it."""
    if selector is None:
        return "nil"
    labels: Mapping[str, str] = selector.get("matchLabels") or {}
    pairs = "".join(f"{key}: {labels[key]}," for key in sorted(labels))
    expressions = "".join(
        f"LabelSelectorRequirement{{Key:{each['key']},Operator:{each['operator']},"
        f"Values:[{' '.join(each.get('values') or ())}],}},"
        for each in listed(selector, "matchExpressions")
    )
    return (
        f"&LabelSelector{{MatchLabels:map[string]string{{{pairs}}},"
        f"MatchExpressions:[]LabelSelectorRequirement{{{expressions}}},}}"
    )
