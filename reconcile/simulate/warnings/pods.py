"""What the API server warns of in a Pod or a template of one.

1. The order is the server's: all that is said of one matter before the next.
2. What is said of a claim is said of the claims of ephemeral volumes, too.

Source: k8s.io/kubernetes pkg/api/pod/warnings.go, pkg/api/persistentvolumeclaim/util.go,
pkg/api/node/util.go; recorded warnings.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final, cast

from reconcile.errors import ReconcileError
from reconcile.objects.quantity import Quantity
from reconcile.simulate.go.json import quoted

if TYPE_CHECKING:
    from reconcile.value.types import Json

__all__ = ["at", "claim_warnings", "listed", "node_term", "pod_warnings"]

_ALPHA: Final = {
    "scheduler.alpha.kubernetes.io/critical-pod": (
        'non-functional in v1.16+; use the "priorityClassName" field instead'
    ),
    "security.alpha.kubernetes.io/sysctls": (
        'non-functional in v1.11+; use the "sysctls" field instead'
    ),
    "security.alpha.kubernetes.io/unsafe-sysctls": (
        'non-functional in v1.11+; use the "sysctls" field instead'
    ),
}
_SECCOMP: Final = 'non-functional in v1.27+; use the "seccompProfile" field instead'
_APP_ARMOR: Final = 'deprecated since v1.30; use the "appArmorProfile" field instead'
_VOLUMES: Final = {
    "photonPersistentDisk": "deprecated in v1.11, non-functional in v1.16+",
    "gitRepo": "deprecated in v1.11, and disabled by default in v1.33+",
    "scaleIO": "deprecated in v1.16, non-functional in v1.22+",
    "flocker": "deprecated in v1.22, non-functional in v1.25+",
    "storageos": "deprecated in v1.22, non-functional in v1.25+",
    "quobyte": "deprecated in v1.22, non-functional in v1.25+",
    "glusterfs": "deprecated in v1.25, non-functional in v1.26+",
    "ephemeral": "",
    "cephfs": "deprecated in v1.28, non-functional in v1.31+",
    "rbd": "deprecated in v1.28, non-functional in v1.31+",
}
"""Sources of volumes in the order of the server; what an ephemeral one claims is looked at."""
_NODE_LABELS: Final = {
    "beta.kubernetes.io/arch": 'deprecated since v1.14; use "kubernetes.io/arch" instead',
    "beta.kubernetes.io/os": 'deprecated since v1.14; use "kubernetes.io/os" instead',
    "failure-domain.beta.kubernetes.io/region": (
        'deprecated since v1.17; use "topology.kubernetes.io/region" instead'
    ),
    "failure-domain.beta.kubernetes.io/zone": (
        'deprecated since v1.17; use "topology.kubernetes.io/zone" instead'
    ),
    "beta.kubernetes.io/instance-type": (
        'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead'
    ),
}
_BYTES: Final = ("memory", "ephemeral-storage")
_NULL_SELECTOR: Final = "a null labelSelector results in matching no pod"


def pod_warnings(holder: Any, prefix: str) -> Iterator[str]:
    """Warn of a Pod or a template of one.

    Shape: `prefix` leads to a template and ends with a dot; empty for a Pod.
    """
    spec = at(holder, "spec")
    annotations = at(holder, "metadata", "annotations")
    where, notes = f"{prefix}spec", f"{prefix}metadata.annotations"
    containers = list(_containers(spec, where))
    yield from _nodes(spec, where)
    yield from (f"{notes}[{key}]: {why}" for key, why in _ALPHA.items() if key in annotations)
    for place, volume in enumerate(listed(spec, "volumes")):
        yield from _volume(volume, f"{where}.volumes[{place}]")
    yield from _projected(spec, where)
    yield from _twice(listed(spec, "hostAliases"), "ip", f"{where}.hostAliases")
    secrets = listed(spec, "imagePullSecrets")
    yield from _twice(secrets, "name", f"{where}.imagePullSecrets")
    for place, each in enumerate(secrets):
        if not each.get("name"):
            yield f'{where}.imagePullSecrets[{place}].name: invalid empty name ""'
    for name in _BYTES:
        yield from _amount(at(spec, "overhead"), name, f"{where}.overhead")
    key = "seccomp.security.alpha.kubernetes.io/pod"
    if key in annotations and not at(spec, "securityContext", "seccompProfile"):
        yield f"{notes}[{key}]: {_SECCOMP}"
    armed = bool(at(spec, "securityContext", "appArmorProfile")) or not prefix
    for container, path in containers:
        yield from _profiles(container, annotations, notes, armed=armed)
        for name in _BYTES:
            for side in ("limits", "requests"):
                amounts = at(container, "resources", side)
                yield from _amount(amounts, name, f"{path}.resources.{side}")
        yield from _hidden(container, path)
    yield from _ports(containers)
    grace = spec.get("terminationGracePeriodSeconds")
    if isinstance(grace, int) and grace < 0:
        yield (
            f"{where}.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and "
            "will be treated as 1"
        )
    yield from _pods(at(spec, "affinity"), f"{where}.affinity")


def claim_warnings(spec: Any, where: str) -> Iterator[str]:
    """Warn of what a claim asks for."""
    for side in ("requests", "limits"):
        yield from _amount(at(spec, "resources", side), "storage", f"{where}.resources.{side}")


def at(document: Any, *steps: str) -> Any:
    """Return what is at the end of names, an empty object if nothing is."""
    for step in steps:
        document = cast("Any", document).get(step) if isinstance(document, dict) else None
    return document if document is not None else {}


def listed(holder: Any, name: str) -> list[Any]:
    """Return the objects in a list of an object."""
    found = at(holder, name)
    if not isinstance(found, list):
        return []
    items: list[Any] = found  # pyright: ignore[reportUnknownVariableType] -- JSON
    return [each for each in items if isinstance(each, dict)]


def _nodes(spec: Any, where: str) -> Iterator[str]:
    """Labels of nodes that are on their way out."""
    for key in at(spec, "nodeSelector"):
        if key in _NODE_LABELS:
            yield f"{where}.nodeSelector[{key}]: {_NODE_LABELS[key]}"
    node, path = at(spec, "affinity", "nodeAffinity"), f"{where}.affinity.nodeAffinity"
    name = "requiredDuringSchedulingIgnoredDuringExecution"
    for place, term in enumerate(listed(at(node, name), "nodeSelectorTerms")):
        yield from node_term(term, f"{path}.{name}.nodeSelectorTerms[{place}]")
    name = "preferredDuringSchedulingIgnoredDuringExecution"
    for place, term in enumerate(listed(node, name)):
        yield from node_term(term.get("preference"), f"{path}.{name}[{place}].preference")
    for place, constraint in enumerate(listed(spec, "topologySpreadConstraints")):
        path = f"{where}.topologySpreadConstraints[{place}]"
        key = str(constraint.get("topologyKey"))
        if key in _NODE_LABELS:
            yield f"{path}.topologyKey: {key} is {_NODE_LABELS[key]}"
        if constraint.get("labelSelector") is None:
            yield f"{path}.labelSelector: {_NULL_SELECTOR}"


def node_term(term: Any, where: str) -> Iterator[str]:
    """Warn of labels of nodes in a term."""
    for place, expression in enumerate(listed(term, "matchExpressions")):
        key = str(expression.get("key"))
        if key in _NODE_LABELS:
            yield f"{where}.matchExpressions[{place}].key: {key} is {_NODE_LABELS[key]}"


def _pods(affinity: Any, where: str) -> Iterator[str]:
    """Terms that select no Pod."""
    for side in ("podAffinity", "podAntiAffinity"):
        name = "requiredDuringSchedulingIgnoredDuringExecution"
        for place, term in enumerate(listed(at(affinity, side), name)):
            if term.get("labelSelector") is None:
                yield f"{where}.{side}.{name}[{place}].labelSelector: {_NULL_SELECTOR}"
        name = "preferredDuringSchedulingIgnoredDuringExecution"
        for place, term in enumerate(listed(at(affinity, side), name)):
            if at(term, "podAffinityTerm").get("labelSelector") is None:
                path = f"{where}.{side}.{name}[{place}].podAffinityTerm"
                yield f"{path}.labelSelector: {_NULL_SELECTOR}"


def _volume(volume: Any, where: str) -> Iterator[str]:
    for name, why in _VOLUMES.items():
        if volume.get(name) is None:
            continue
        if why:
            yield f"{where}.{_told(name)}: {why}"
        elif template := at(volume, "ephemeral", "volumeClaimTemplate"):
            path = f"{where}.ephemeral.volumeClaimTemplate.spec"
            yield from claim_warnings(at(template, "spec"), path)


def _told(name: str) -> str:
    return "storageOS" if name == "storageos" else name


_ITEMS: Final = {"configMap": "configMap", "secret": "secrets", "downwardAPI": "downwardAPI"}


def _projected(spec: Any, where: str) -> Iterator[str]:
    """Files that take the place of a token."""
    every = [
        (f"{where}.volumes[{place}].projected.sources", source)
        for place, volume in enumerate(listed(spec, "volumes"))
        for source in listed(volume.get("projected"), "sources")
    ]
    tokens = {at(each, "serviceAccountToken").get("path") for _, each in every} - {None}
    for path, source in every:
        for name, told in _ITEMS.items():
            for place, item in enumerate(listed(source.get(name), "items")):
                if item.get("path") in tokens:
                    yield _replaced(f"{path}.{told}[{place}]", item)
        bundle = at(source, "clusterTrustBundle")
        if bundle.get("path") in tokens:
            yield _replaced(f"{path}.ClusterTrustBundle", bundle)


def _replaced(where: str, item: Any) -> str:
    told = quoted(str(item.get("path")))
    return f"{where}: has duplicated path with ServiceAccountToken {told}"


def _twice(items: list[Any], key: str, where: str) -> Iterator[str]:
    seen: set[Any] = set()
    for place, item in enumerate(items):
        value = item.get(key) or ""
        if value in seen:
            yield f"{where}[{place}].{key}: duplicate {key} {quoted(str(value))}"
        seen.add(value)


def _containers(spec: Any, where: str) -> Iterator[tuple[dict[str, Any], str]]:
    for name in ("initContainers", "containers", "ephemeralContainers"):
        for place, container in enumerate(listed(spec, name)):
            yield container, f"{where}.{name}[{place}]"


def _profiles(container: Any, annotations: Any, notes: str, *, armed: bool) -> Iterator[str]:
    """Annotations in place of fields."""
    context, name = at(container, "securityContext"), container.get("name")
    key = f"container.seccomp.security.alpha.kubernetes.io/{name}"
    if key in annotations and not at(context, "seccompProfile"):
        yield f"{notes}[{key}]: {_SECCOMP}"
    key = f"container.apparmor.security.beta.kubernetes.io/{name}"
    if key in annotations and not armed and not at(context, "appArmorProfile"):
        yield f"{notes}[{key}]: {_APP_ARMOR}"


def _amount(amounts: Any, name: str, where: str) -> Iterator[str]:
    if name in amounts and _is_fraction(amounts[name]):
        told = quoted(str(amounts[name]))
        yield f"{where}[{name}]: fractional byte value {told} is invalid, must be an integer"


def _is_fraction(amount: Json) -> bool:
    """Return whether an amount in thousandths, which wrap around in 64 bits, is no whole one."""
    if isinstance(amount, str) and _WHOLE.fullmatch(amount):
        return False
    try:
        found = Quantity(amount)  # type: ignore[arg-type]
    except (ReconcileError, TypeError, ValueError):
        return False
    thousandths = int(found.rounded_up().value * 1000)
    if not -(2**63) <= thousandths < 2**63:
        if found.format != "BinarySI" and sum(map(str.isdigit, str(amount))) <= _SHORT:
            return False  # kept as digits and a power of ten: too much is taken for nothing
        thousandths = (thousandths + 2**63) % 2**64 - 2**63
    return abs(thousandths) % 1000 != 0


_WHOLE: Final = re.compile("[0-9]{1,3}(k|M|G|Ki|Mi|Gi)?")
"""Most amounts of bytes, which are whole."""
_SHORT: Final = 18
"""Digits of what the server does not keep as a big number."""


def _hidden(container: Any, where: str) -> Iterator[str]:
    """A variable that is set twice hides the first, unless it is made of it."""
    seen: set[str] = set()
    for place, each in enumerate(listed(container, "env")):
        name = str(each.get("name"))
        if name not in seen:
            seen.add(name)
        elif each.get("valueFrom") is not None or not _made_of(str(each.get("value") or ""), name):
            yield (
                f"{where}.env[{place}]: hides previous definition of {quoted(name)}, "
                "which may be dropped when using apply"
            )


def _made_of(value: str, name: str) -> bool:
    """Return whether a value holds what is in a variable, and more."""
    reference = f"$({name})"
    return reference in value and value != reference


def _ports(containers: list[tuple[dict[str, Any], str]]) -> Iterator[str]:
    """Ports, and then their names, should be there once in a Pod."""
    ports = [
        (port, f"{at}.ports[{place}]")
        for container, at in containers
        for place, port in enumerate(listed(container, "ports"))
    ]
    seen: dict[tuple[Any, Any], list[tuple[Any, str]]] = {}
    for port, where in ports:
        if port.get("hostIP") and not port.get("hostPort"):
            yield f"{where}: hostIP set without hostPort: {_port(port)}"
        others = seen.setdefault((port.get("containerPort"), port.get("protocol")), [])
        for other, there in others:
            if word := _clash(port, other):
                yield f"{where}: {word} port definition with {there}"
        others.append((port, where))
    names: dict[str, str] = {}
    for port, where in ports:
        name = port.get("name")
        if name and name in names:
            there = names[name]
            yield (
                f"{where}: duplicate port name {quoted(name)} with {there}, services and probes "
                f"that select ports by name will use {there}"
            )
        elif name:
            names[name] = where


def _clash(port: Any, other: Any) -> str:
    mine, theirs = port.get("hostPort") or 0, other.get("hostPort") or 0
    here, there = port.get("hostIP") or "", other.get("hostIP") or ""
    if (mine, here) == (theirs, there):
        return "duplicate"
    if not mine or not theirs:
        return "overlapping"
    return "dangerously ambiguous" if mine == theirs and bool(here) != bool(there) else ""


def _port(port: Any) -> str:
    """Return a port as `%+v` prints it."""
    told = (
        f"Name:{port.get('name') or ''} HostPort:{port.get('hostPort') or 0} "
        f"ContainerPort:{port.get('containerPort') or 0} Protocol:{port.get('protocol') or ''} "
        f"HostIP:{port.get('hostIP') or ''}"
    )
    return f"{{{told}}}"
