"""Columns of a pod: how many of its containers are ready, and what it is up to.

Source: k8s.io/kubernetes pkg/printers/internalversion/printers.go, printPod.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final, NamedTuple

from reconcile.simulate.tables.shared import (
    AGE,
    NAME,
    Cells,
    Column,
    Object,
    Printer,
    age,
    at,
    condition,
    listed,
    name_of,
    number,
    since,
    text,
    wide,
)

__all__ = ["POD", "pod_conditions"]


class _Progress(NamedTuple):
    """What the init containers of a pod tell."""

    reason: str
    """Empty if they say nothing."""
    ready: int
    restarts: int
    last: str
    """When one of them ended last, empty if none did."""
    sidecar_restarts: int
    sidecar_last: str


def pod_conditions(obj: Object) -> list[dict[str, str]]:
    """Return what is told of a row whose pod is over."""
    messages = {"Succeeded": "The pod has completed successfully.", "Failed": "The pod failed."}
    phase = text(obj, "status", "phase")
    if phase not in messages:
        return []
    about = {"type": "Completed", "status": "True", "reason": phase, "message": messages[phase]}
    return [about]


def _sidecars(obj: Object) -> set[str]:
    return {
        text(each, "name")
        for each in listed(obj, "spec", "initContainers")
        if each.get("restartPolicy") == "Always"
    }


def _ended(status: Object) -> str:
    """Return when a container ended before its last restart."""
    return text(status, "lastState", "terminated", "finishedAt")


def _why(ended: Object, prefix: str) -> str:
    """Return why a container ended."""
    if reason := text(ended, "reason"):
        return prefix + reason
    if signal := number(ended, "signal"):
        return f"{prefix}Signal:{signal}"
    return f"{prefix}ExitCode:{number(ended, 'exitCode')}"


def _initialized(obj: Object, sidecars: set[str]) -> _Progress:
    """Return how far the init containers are; the first that is not done stops the rest."""
    total = len(listed(obj, "spec", "initContainers"))
    reason, last, sidecar_last = "", "", ""
    ready = restarts = sidecar_restarts = 0
    for n, status in enumerate(listed(obj, "status", "initContainerStatuses")):
        sidecar = text(status, "name") in sidecars
        restarts += number(status, "restartCount")
        last = max(last, _ended(status))
        if sidecar:
            sidecar_restarts += number(status, "restartCount")
            sidecar_last = max(sidecar_last, _ended(status))
        ended = at(status, "state", "terminated")
        if ended is not None and number(ended, "exitCode") == 0:
            continue
        if sidecar and at(status, "started") is True:
            ready += at(status, "ready") is True
            continue
        waiting = text(status, "state", "waiting", "reason")
        if ended is not None:
            reason = _why(ended, "Init:")
        elif waiting and waiting != "PodInitializing":
            reason = f"Init:{waiting}"
        else:
            reason = f"Init:{n}/{total}"
        break
    return _Progress(reason, ready, restarts, last, sidecar_restarts, sidecar_last)


def _pod(obj: Object, now: datetime) -> Cells:
    sidecars = _sidecars(obj)
    phase = text(obj, "status", "phase")
    reason = text(obj, "status", "reason") or phase
    if text(condition(obj, "PodScheduled"), "reason") == "SchedulingGated":
        reason = "SchedulingGated"
    begun = _initialized(obj, sidecars)
    reason = begun.reason or reason
    ready, restarts, last = begun.ready, begun.restarts, begun.last
    if not begun.reason or text(condition(obj, "Initialized"), "status") == "True":
        restarts, last = begun.sidecar_restarts, begun.sidecar_last
        running, failure = False, ""
        for status in reversed(listed(obj, "status", "containerStatuses")):
            restarts += number(status, "restartCount")
            last = max(last, _ended(status))
            ended = at(status, "state", "terminated")
            if waiting := text(status, "state", "waiting", "reason"):
                reason = waiting
            elif ended is not None:
                reason = _why(ended, "")
                failure = reason if number(ended, "exitCode") else failure
            elif at(status, "ready") is True and at(status, "state", "running") is not None:
                running = True
                ready += 1
        if reason == "Completed":
            if running and text(condition(obj, "Ready"), "status") == "True":
                reason = "Running"
            else:
                reason = failure or ("NotReady" if running else reason)
    if at(obj, "metadata", "deletionTimestamp") is not None:
        if text(obj, "status", "reason") == "NodeLost":
            reason = "Unknown"
        elif phase not in ("Succeeded", "Failed"):
            reason = "Terminating"
    total = len(listed(obj, "spec", "containers")) + len(sidecars)
    shown = f"{restarts} ({since(last, now)} ago)" if restarts and last else str(restarts)
    return [name_of(obj), f"{ready}/{total}", reason, shown, age(obj, now), *_wide(obj)]


def _wide(obj: Object) -> Cells:
    addresses, gates = listed(obj, "status", "podIPs"), listed(obj, "spec", "readinessGates")
    holding = sum(
        text(condition(obj, text(gate, "conditionType")), "status") == "True" for gate in gates
    )
    return [
        (text(addresses[0], "ip") if addresses else "") or "<none>",
        text(obj, "spec", "nodeName") or "<none>",
        text(obj, "status", "nominatedNodeName") or "<none>",
        f"{holding}/{len(gates)}" if gates else "<none>",
    ]


POD: Final = Printer(
    (
        NAME,
        Column("Ready", "The aggregate readiness state of this pod for accepting traffic."),
        Column("Status", "The aggregate status of the containers in this pod."),
        Column(
            "Restarts",
            "The number of times the containers in this pod have been restarted and when the last"
            " container in this pod has restarted.",
        ),
        AGE,
        wide("IP", "#api.core.v1.PodStatus/podIP"),
        wide("Node", "#api.core.v1.PodSpec/nodeName"),
        wide("Nominated Node", "#api.core.v1.PodStatus/nominatedNodeName"),
        wide("Readiness Gates", "#api.core.v1.PodSpec/readinessGates"),
    ),
    _pod,
)
