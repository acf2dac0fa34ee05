"""What a kubelet says of a Pod: starting, ready, ended. Pure functions from a Pod to its status.

1. A condition keeps its time while its status stays. All carry the generation they were made for.
2. A status is what is to be merged into the one that is there: conditions of others stay.

Source: k8s.io/kubernetes pkg/kubelet/status/generate.go and kubelet_pods.go; recordings in which
the kubelet is played.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from reconcile.simulate.actors.parts import about, condition_of, spec_of, status_of
from reconcile.simulate.actors.pods import Document

__all__ = ["differs", "ended", "running"]

_TIMES: Final = ("lastProbeTime", "lastTransitionTime")


def running(pod: Document, now: str, *, ready: bool) -> dict[str, Any]:
    """Return the status of a Pod whose containers run, and are ready or not.

    Shape: `now` is the time as objects hold it; what began before keeps its time.
    """
    names = [str(each["name"]) for each in spec_of(pod)["containers"]]
    waits = "" if ready else f"containers with unready status: [{' '.join(names)}]"
    containers = ("ContainersReady", ready, "" if ready else "ContainersNotReady", waits)
    gates = "" if not ready else ", ".join(_closed_gates(pod))
    if gates:
        whole = ("Ready", False, "ReadinessGatesNotReady", gates)
    else:
        whole = ("Ready", *containers[1:])
    conditions = [
        ("PodReadyToStartContainers", True, "", ""),
        ("Initialized", True, "", ""),
        whole,
        containers,
        ("PodScheduled", True, "", ""),
    ]
    made = _begun(pod, "Running", now, conditions)
    made["containerStatuses"] = [
        _container(each, ready=ready, started=True, state=_runs(pod, each, now))
        for each in spec_of(pod)["containers"]
    ]
    first = spec_of(pod).get("initContainers") or ()
    if first:
        made["initContainerStatuses"] = [_first(pod, each, now) for each in first]
    return made


def ended(pod: Document, now: str, exit_code: int) -> dict[str, Any]:
    """Return the status of a Pod whose containers have all ended with a code."""
    well = exit_code == 0
    why = "PodCompleted" if well else "PodFailed"
    conditions = [
        ("PodReadyToStartContainers", False, "", ""),
        ("Initialized", True, why if well else "", ""),
        ("Ready", False, why, ""),
        ("ContainersReady", False, why, ""),
        ("PodScheduled", True, "", ""),
    ]
    made = _begun(pod, "Succeeded" if well else "Failed", now, conditions)
    made["containerStatuses"] = [
        _container(each, ready=False, started=False, state=_over(pod, each, now, exit_code))
        for each in spec_of(pod)["containers"]
    ]
    first = spec_of(pod).get("initContainers") or ()
    if first:
        made["initContainerStatuses"] = [
            _container(each, ready=True, started=False, state=_over(pod, each, now, 0))
            for each in first
        ]
    return made


def differs(pod: Document, made: dict[str, Any]) -> bool:
    """Return whether a status says anything that the Pod's own does not."""
    known = status_of(pod)
    for name, value in made.items():
        if name != "conditions" and known.get(name) != value:
            return True
    return any(_said(each) != _said(condition_of(pod, each["type"])) for each in made["conditions"])


def _said(condition: Document | None) -> dict[str, Any]:
    return {name: value for name, value in (condition or {}).items() if name not in _TIMES}


def _begun(
    pod: Document, phase: str, now: str, conditions: Iterable[tuple[str, bool, str, str]]
) -> dict[str, Any]:
    generation = about(pod).get("generation", 1)
    return {
        "observedGeneration": generation,
        "phase": phase,
        "startTime": status_of(pod).get("startTime") or now,
        "conditions": [_condition(pod, each, generation, now) for each in conditions],
    }


def _condition(
    pod: Document, told: tuple[str, bool, str, str], generation: int, now: str
) -> dict[str, Any]:
    name, good, reason, message = told
    value = "True" if good else "False"
    known = condition_of(pod, name)
    same = known is not None and known.get("status") == value
    made: dict[str, Any] = {
        "type": name,
        "observedGeneration": generation,
        "status": value,
        "lastProbeTime": None,
        "lastTransitionTime": known.get("lastTransitionTime") if known and same else now,
    }
    texts = {"reason": reason, "message": message}
    # What is no longer said is taken away: a patch leaves alone what it does not mention.
    made.update((key, text or None) for key, text in texts.items() if text or key in (known or {}))
    return {key: value for key, value in made.items() if value is not None or key in (known or {})}


def _closed_gates(pod: Document) -> list[str]:
    """Return why the conditions that somebody else has to set keep a Pod from being ready."""
    told: list[str] = []
    gates: Sequence[Document] = spec_of(pod).get("readinessGates") or ()
    for gate in gates:
        name = gate["conditionType"]
        found = condition_of(pod, name)
        if found is None:
            told.append(f'corresponding condition of pod readiness gate "{name}" does not exist.')
        elif found.get("status") != "True":
            value = found.get("status")
            told.append(f'the status of pod readiness gate "{name}" is not "True", but {value}')
    return told


def _container(
    container: Document, *, ready: bool, started: bool, state: dict[str, Any]
) -> dict[str, Any]:
    return {
        "name": container["name"],
        "state": state,
        "lastState": {},
        "ready": ready,
        "restartCount": 0,
        "image": container.get("image", ""),
        "imageID": "",
        "started": started,
    }


def _first(pod: Document, container: Document, now: str) -> dict[str, Any]:
    """Return the status of a container that comes before the others: ended, or beside them."""
    if container.get("restartPolicy") == "Always":
        state = _runs(pod, container, now)
        return _container(container, ready=True, started=True, state=state)
    state = _over(pod, container, now, 0)
    return _container(container, ready=True, started=False, state=state)


def _known_state(pod: Document, container: Document) -> Document:
    for part in ("containerStatuses", "initContainerStatuses"):
        for each in status_of(pod).get(part) or ():
            if each.get("name") == container["name"]:
                found: Document = each.get("state") or {}
                return found
    return {}


def _runs(pod: Document, container: Document, now: str) -> dict[str, Any]:
    known: Document = _known_state(pod, container).get("running") or {}
    return {"running": {"startedAt": known.get("startedAt") or now}}


def _over(pod: Document, container: Document, now: str, exit_code: int) -> dict[str, Any]:
    known = _known_state(pod, container)
    if "terminated" in known:
        return {"terminated": dict(known["terminated"])}
    running_since: Document = known.get("running") or {}
    return {
        "terminated": {
            "exitCode": exit_code,
            "reason": "Error" if exit_code else "Completed",
            "startedAt": running_since.get("startedAt") or now,
            "finishedAt": now,
        }
    }
