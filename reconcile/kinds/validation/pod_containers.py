"""Containers of a Pod: those that run, those that run first, those that are added to look inside.

1. What holds of all containers is told first, then what one list of them may not have.
2. Probes and handlers of containers that run once, before others, are refused as a whole.

Source: k8s.io/kubernetes pkg/apis/core/validation, validateContainers and what it calls (1.36).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from ._primitives import (
    Telling,
    dns_label,
    duplicate,
    fails,
    forbidden,
    header_name,
    invalid,
    not_found,
    not_supported,
    port_name,
    port_number,
    required,
    too_many,
)
from ._read import given, listed, number, obj, objs, text
from ._shared import not_negative, one_of
from .pod_env import chosen, container_ports, devices, env_errors, env_from_errors, mounts
from .pod_resources import resources
from .pod_security import container_security

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconcile.kinds.field_error import FieldError
    from reconcile.value.types import Json, JsonObject

__all__ = ["Around", "containers", "ephemeral_containers", "init_containers", "only_in_pods"]

_HANDLERS: Final = ("exec", "httpGet", "tcpSocket", "grpc")
_HOOKS: Final = ("exec", "httpGet", "tcpSocket", "sleep")
_PROBES: Final = ("livenessProbe", "readinessProbe", "startupProbe")
_POLICIES: Final = ("Always", "Never", "OnFailure")
_NOT_ADDED: Final = (
    "ports",
    "resizePolicy",
    "restartPolicy",
    "restartPolicyRules",
    "livenessProbe",
    "readinessProbe",
    "startupProbe",
    "lifecycle",
)
"""What a container that is added later may not have; nor resources, where any are named."""
_SIGNALS: Final = (
    "ABRT ALRM BUS CHLD CLD CONT FPE HUP ILL INT IO IOT KILL PIPE POLL PROF PWR QUIT RTMAX "
    "RTMAX-1 RTMAX-10 RTMAX-11 RTMAX-12 RTMAX-13 RTMAX-14 RTMAX-2 RTMAX-3 RTMAX-4 RTMAX-5 RTMAX-6 "
    "RTMAX-7 RTMAX-8 RTMAX-9 RTMIN RTMIN+1 RTMIN+10 RTMIN+11 RTMIN+12 RTMIN+13 RTMIN+14 RTMIN+15 "
    "RTMIN+2 RTMIN+3 RTMIN+4 RTMIN+5 RTMIN+6 RTMIN+7 RTMIN+8 RTMIN+9 SEGV STKFLT STOP SYS TERM "
    "TRAP TSTP TTIN TTOU URG USR1 USR2 VTALRM WINCH XCPU XFSZ"
)


class Around(NamedTuple):
    """What is around a container in its Pod."""

    spec: JsonObject
    volumes: Mapping[str, JsonObject]
    """The volumes that are right, by name."""
    claims: frozenset[str]
    """The names of the Pod's resource claims."""

    @property
    def grace(self) -> int | None:
        """Return the seconds that containers have to end."""
        return number(self.spec, "terminationGracePeriodSeconds")

    @property
    def host_users(self) -> bool:
        """Tell whether the users inside are those of the host."""
        return self.spec.get("hostUsers") is not False


def containers(around: Around, path: str) -> list[FieldError]:
    """Return what is wrong with the containers that run."""
    held = objs(around.spec, "containers")
    if not held:
        return [required(path)]
    found: list[FieldError] = []
    names: set[str] = set()
    for index, container in enumerate(held):
        place = f"{path}[{index}]"
        found += _common(container, around, place)
        name = text(container, "name")
        if name in names:
            found.append(duplicate(f"{place}.name", name))
        names.add(name)
        found += _watched(container, around, place)
        found += _restarts(container, place)
    return found + _host_ports(list(enumerate(held)), path)


def init_containers(around: Around, path: str) -> list[FieldError]:
    """Return what is wrong with the containers that run first, sidecars among them."""
    found: list[FieldError] = []
    names = {text(each, "name") for each in objs(around.spec, "containers")}
    for index, container in enumerate(objs(around.spec, "initContainers")):
        place = f"{path}[{index}]"
        found += _common(container, around, place)
        found += _restarts(container, place)
        name = text(container, "name")
        if name in names:
            found.append(duplicate(f"{place}.name", name))
        elif name:
            names.add(name)
        found += _host_ports([(0, container)], path)
        if text(container, "restartPolicy") == "Always":
            found += _watched(container, around, place)
        else:
            found += _once(container, place)
    return found


def _once(container: JsonObject, path: str) -> list[FieldError]:
    """Return what is wrong with a container that runs first, to its end."""
    what = "may not be set for init containers without restartPolicy=Always"
    names = [each for each in ("lifecycle", *_PROBES) if given(container, each)]
    found = [forbidden(f"{path}.{each}", what) for each in names]
    for index, policy in enumerate(objs(container, "resizePolicy")):
        restart = text(policy, "restartPolicy")
        if restart == "RestartContainer":
            what = "must not be set to 'RestartContainer' for non-sidecar initContainers"
            found.append(invalid(f"{path}.resizePolicy[{index}].restartPolicy", restart, what))
    return found


def ephemeral_containers(around: Around, path: str) -> list[FieldError]:
    """Return what is wrong with the containers that were added to look inside."""
    found: list[FieldError] = []
    others = {
        text(each, "name")
        for key in ("containers", "initContainers")
        for each in objs(around.spec, key)
    }
    names = set(others)
    what = "cannot be set for an Ephemeral Container"
    for index, container in enumerate(objs(around.spec, "ephemeralContainers")):
        place = f"{path}[{index}]"
        found += _common(container, around, place)
        found += only_in_pods(container, place)
        name, target = text(container, "name"), text(container, "targetContainerName")
        if name in names:
            found.append(duplicate(f"{place}.name", name))
        names.add(name)
        if target and target not in others:
            found.append(not_found(f"{place}.targetContainerName", target))
        found += [forbidden(f"{place}.{n}", what) for n in _NOT_ADDED if given(container, n)]
        if obj(container, "resources"):
            found.append(forbidden(f"{place}.resources", what))
        for number_of, mount in enumerate(objs(container, "volumeMounts")):
            spot = f"{place}.volumeMounts[{number_of}]"
            parts = [each for each in ("subPath", "subPathExpr") if text(mount, each)]
            found += [forbidden(f"{spot}.{each}", what) for each in parts]
    return found


def only_in_pods(container: JsonObject, path: str) -> list[FieldError]:
    """Return what is wrong with a container of a Pod that a template may have."""
    image = text(container, "image")
    if image == image.strip():
        return []
    return [invalid(f"{path}.image", image, "must not have leading or trailing whitespace")]


def _common(container: JsonObject, around: Around, path: str) -> list[FieldError]:
    name = text(container, "name")
    found = fails(f"{path}.name", name, dns_label) if name else [required(f"{path}.name")]
    if not text(container, "image"):
        found.append(required(f"{path}.image"))
    choices: tuple[str, ...] = ("File", "FallbackToLogsOnError")
    place = f"{path}.terminationMessagePolicy"
    found += chosen(text(container, "terminationMessagePolicy"), choices, place)
    found += container_ports(container, f"{path}.ports")
    found += env_errors(container, f"{path}.env")
    found += env_from_errors(container, f"{path}.envFrom")
    found += mounts(container, around.volumes, f"{path}.volumeMounts")
    found += devices(container, around.volumes, f"{path}.volumeDevices")
    choices = ("Always", "IfNotPresent", "Never")
    found += chosen(text(container, "imagePullPolicy"), choices, f"{path}.imagePullPolicy")
    found += resources(obj(container, "resources"), around.claims, f"{path}.resources")
    found += _resizes(container, around, f"{path}.resizePolicy")
    place = f"{path}.securityContext"
    return found + container_security(container, place, host_users=around.host_users)


def _resizes(container: JsonObject, around: Around, path: str) -> list[FieldError]:
    found: list[FieldError] = []
    seen: set[str] = set()
    never = text(around.spec, "restartPolicy") == "Never"
    for index, policy in enumerate(objs(container, "resizePolicy")):
        name, restart = text(policy, "resourceName"), text(policy, "restartPolicy")
        if name in seen:
            found.append(duplicate(f"{path}[{index}]", name))
        seen.add(name)
        found += one_of(name, ("cpu", "memory"), path)
        found += one_of(restart, ("NotRequired", "RestartContainer"), path)
        if never and restart != "NotRequired":
            what = "must be 'NotRequired' when pod `restartPolicy` is 'Never'"
            found.append(invalid(path, restart, what))
    return found


def _restarts(container: JsonObject, path: str) -> list[FieldError]:
    """Return what is wrong with when a container is started again."""
    rules, place = objs(container, "restartPolicyRules"), f"{path}.restartPolicy"
    found: list[FieldError] = []
    policy = text(container, "restartPolicy")
    if not given(container, "restartPolicy"):
        if rules:
            what = "must specify restartPolicy when restart rules are used"
            found.append(required(place, what))
        if "initContainers" in path:
            return found  # the server looks no further there
    elif policy not in _POLICIES:
        found.append(not_supported(place, policy, _POLICIES))
    if len(rules) > 20:
        found.append(too_many(f"{path}.restartPolicyRules", len(rules), 20))
    for index, rule in enumerate(rules):
        spot = f"{path}.restartPolicyRules[{index}]"
        action, codes = text(rule, "action"), obj(rule, "exitCodes")
        choices = ("Restart", "RestartAllContainers")
        if action not in choices:
            found.append(not_supported(f"{spot}.action", action, choices))
        if not given(rule, "exitCodes"):
            found.append(required(f"{spot}.exitCodes", "must be specified"))
            continue
        operator, values = text(codes, "operator"), listed(codes, "values")
        if operator not in {"In", "NotIn"}:
            wrong = not_supported(f"{spot}.exitCodes.operator", operator, ("In", "NotIn"))
            found.append(wrong)
        if len(values) > 255:
            found.append(too_many(f"{spot}.exitCodes.values", len(values), 255))
    return found


def _host_ports(held: list[tuple[int, JsonObject]], path: str) -> list[FieldError]:
    """Return the ports of the host that are asked for twice."""
    found: list[FieldError] = []
    seen: set[str] = set()
    for index, container in held:
        for position, port in enumerate(objs(container, "ports")):
            outside = number(port, "hostPort") or 0
            if not outside:
                continue
            key = f"{text(port, 'protocol')}/{text(port, 'hostIP')}/{outside}"
            if key in seen:
                found.append(duplicate(f"{path}[{index}].ports[{position}].hostPort", key))
            seen.add(key)
    return found


def _watched(container: JsonObject, around: Around, path: str) -> list[FieldError]:
    """Return what is wrong with the hooks and the probes of a container."""
    found: list[FieldError] = []
    lifecycle, place = obj(container, "lifecycle"), f"{path}.lifecycle"
    for name in ("postStart", "preStop"):
        if given(lifecycle, name):
            hook = obj(lifecycle, name)
            found += _handler(hook, _HOOKS, f"{place}.{name}", around.grace)
    if given(lifecycle, "stopSignal"):
        found += _signal(text(lifecycle, "stopSignal"), around, f"{place}.stopSignal")
    for name in _PROBES:
        if given(container, name):
            found += _probe(obj(container, name), name, f"{path}.{name}")
    return found


def _signal(signal: str, around: Around, path: str) -> list[FieldError]:
    system = text(obj(around.spec, "os"), "name")
    if not given(around.spec, "os"):
        return [forbidden(path, "may not be set for containers with empty `spec.os.name`")]
    choices = {
        "windows": ["SIGKILL", "SIGTERM"],
        "linux": [f"SIG{each}" for each in _SIGNALS.split()],
    }.get(system)
    return [] if choices is None or signal in choices else [not_supported(path, signal, choices)]


def _probe(probe: JsonObject, name: str, path: str) -> list[FieldError]:
    found = _handler(probe, _HANDLERS, path)
    for each in (
        "initialDelaySeconds",
        "timeoutSeconds",
        "periodSeconds",
        "successThreshold",
        "failureThreshold",
    ):
        found += not_negative(number(probe, each), f"{path}.{each}")
    grace, place = number(probe, "terminationGracePeriodSeconds"), "terminationGracePeriodSeconds"
    if grace is not None and grace <= 0:
        found.append(invalid(f"{path}.{place}", grace, "must be greater than 0"))
    if name == "readinessProbe":
        if grace is not None:
            what = "must not be set for readinessProbes"
            found.append(invalid(f"{path}.{place}", grace, what))
    elif (number(probe, "successThreshold") or 0) != 1:
        held = number(probe, "successThreshold") or 0
        found.append(invalid(f"{path}.successThreshold", held, "must be 1"))
    return found


def _handler(
    handler: JsonObject, kinds: tuple[str, ...], path: str, grace: int | None = None
) -> list[FieldError]:
    held = [name for name in kinds if given(handler, name)]
    if not held:
        return [required(path, "must specify a handler type")]
    found = _action(held[0], obj(handler, held[0]), f"{path}.{held[0]}", grace)
    what = "may not specify more than 1 handler type"
    return found + [forbidden(f"{path}.{name}", what) for name in held[1:]]


def _action(name: str, action: JsonObject, path: str, grace: int | None) -> list[FieldError]:
    if name == "exec":
        return [] if listed(action, "command") else [required(f"{path}.command")]
    if name == "sleep":
        seconds = number(action, "seconds") or 0
        if grace is None or 0 <= seconds <= grace:
            return []
        plain = "must be non-negative and less than terminationGracePeriodSeconds"
        return [invalid(path, seconds, Telling(f"{plain} ({grace})", plain))]
    if name != "httpGet":
        return _port(action.get("port"), f"{path}.port")
    found = [] if text(action, "path") else [required(f"{path}.path")]
    found += _port(action.get("port"), f"{path}.port")
    scheme = text(action, "scheme")
    if scheme not in {"HTTP", "HTTPS"}:
        found.append(not_supported(f"{path}.scheme", scheme, ("HTTP", "HTTPS")))
    for header in objs(action, "httpHeaders"):
        found += fails(f"{path}.httpHeaders", text(header, "name"), header_name)
    return found


def _port(value: Json, path: str) -> list[FieldError]:
    if isinstance(value, str):
        return fails(path, value, port_name)
    held = int(value) if isinstance(value, (int, float)) else 0
    return [invalid(path, held, each) for each in port_number(held)]
