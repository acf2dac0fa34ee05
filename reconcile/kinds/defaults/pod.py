"""Pods and their templates. Shown by the recorded Pods, workloads and pod templates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ._rule import Change, Default, at, each, same_as

if TYPE_CHECKING:
    from reconcile.value.types import Absent, Json, JsonObject

__all__ = ["CLAIM_SPEC", "POD", "POD_SPEC", "TEMPLATE"]


def _pull_policy(name: str) -> Default:
    """Images without a tag, and those tagged latest, are pulled always."""

    def policy(holder: JsonObject, _root: JsonObject) -> Json | Absent:
        image = holder.get(name)
        if not isinstance(image, str) or not image:
            return "IfNotPresent"
        last = image.rpartition("/")[2]
        if "@" in last:
            return "IfNotPresent"
        return "IfNotPresent" if last.partition(":")[2] not in {"", "latest"} else "Always"

    return Default("/imagePullPolicy" if name == "image" else "/pullPolicy", policy)


def _no_source(holder: JsonObject, _root: JsonObject) -> bool:
    return set(holder) <= {"name"}


def _requests(holder: JsonObject, _root: JsonObject) -> None:
    """What is not requested is requested as it is limited."""
    limits = holder.get("limits")
    if isinstance(limits, dict) and limits:
        requests = holder.setdefault("requests", {})
        if isinstance(requests, dict):
            for name, value in limits.items():
                requests.setdefault(name, value)


def _on_host(_holder: JsonObject, root: JsonObject) -> bool:
    spec = root.get("spec")
    return isinstance(spec, dict) and spec.get("hostNetwork") is True


HTTP_GET: Final = (Default("/path", "/"), Default("/scheme", "HTTP"))
PROBE: Final = (
    Default("/timeoutSeconds", 1),
    Default("/periodSeconds", 10),
    Default("/successThreshold", 1),
    Default("/failureThreshold", 3),
    *at("/httpGet", HTTP_GET),
)
CONTAINER: Final = (
    _pull_policy("image"),
    Default("/terminationMessagePath", "/dev/termination-log"),
    Default("/terminationMessagePolicy", "File"),
    Default("/env/*/valueFrom/fieldRef/apiVersion", "v1"),
    Default("/env/*/valueFrom/resourceFieldRef/divisor", "0"),
    *each(("/livenessProbe", "/readinessProbe", "/startupProbe"), PROBE),
    *each(("/lifecycle/postStart/httpGet", "/lifecycle/preStop/httpGet"), HTTP_GET),
)
CLAIM_SPEC: Final = (Default("/volumeMode", "Filesystem"),)
FILES: Final = (
    Default("/items/*/fieldRef/apiVersion", "v1"),
    Default("/items/*/resourceFieldRef/divisor", "0"),
)
VOLUME: Final = (
    Default("/emptyDir", {}, _no_source),
    Default("/secret/defaultMode", 0o644),
    Default("/configMap/defaultMode", 0o644),
    Default("/downwardAPI/defaultMode", 0o644),
    *at("/downwardAPI", FILES),
    Default("/projected/defaultMode", 0o644),
    *at("/projected/sources/*/downwardAPI", FILES),
    Default("/projected/sources/*/serviceAccountToken/expirationSeconds", 3600),
    Default("/hostPath/type", ""),
    Default("/azureDisk/readOnly", value=False),
    *at("/ephemeral/volumeClaimTemplate/spec", CLAIM_SPEC),
    *at("/image", (_pull_policy("reference"),)),
)
CONTAINERS: Final = ("/containers/*", "/initContainers/*", "/ephemeralContainers/*")
POD_SPEC: Final = (
    Default("/dnsPolicy", "ClusterFirst"),
    Default("/restartPolicy", "Always"),
    Default("/terminationGracePeriodSeconds", 30),
    Default("/schedulerName", "default-scheduler"),
    Default("/securityContext", {}),
    Default("/serviceAccount", same_as("serviceAccountName")),
    *each(CONTAINERS, CONTAINER),
    *at("/volumes/*", VOLUME),
)
TEMPLATE: Final = at("/spec", POD_SPEC)
POD: Final = (
    *at("/spec", POD_SPEC),
    Default("/spec/enableServiceLinks", value=True),
    # Of Pods only: their templates are left alone.
    Default("/spec/containers/*/ports/*/hostPort", same_as("containerPort"), _on_host),
    Default("/spec/initContainers/*/ports/*/hostPort", same_as("containerPort"), _on_host),
    Change("/spec/containers/*/resources", _requests),
    Change("/spec/initContainers/*/resources", _requests),
    Change("/spec/resources", _requests),
)
