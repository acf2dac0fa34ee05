"""Pod security: what a namespace demands of its Pods, by its label.

1. `pod-security.kubernetes.io/enforce` names a level: `privileged` (or none) demands nothing,
   `baseline` and `restricted` refuse a Pod and say all that is wrong with it. Versions are the
   newest one, whatever the label of the version says.
2. New Pods are looked at, and changes of containers and their images; other changes are not.
3. What a level says of Windows, AppArmor, SELinux and the paths of probes is not looked at.
   Workloads are never refused, and nobody is warned.

Source: k8s.io/pod-security-admission policy/check_*.go; a recorded refusal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

from reconcile.simulate.metacontroller.documents import map_of
from reconcile.simulate.server.status import forbidden

if TYPE_CHECKING:
    from reconcile.simulate.server.writing import Target
    from reconcile.value.types import JsonObject

__all__ = ["check", "check_change", "violations"]

_LABEL: Final = "pod-security.kubernetes.io/enforce"
_CONTAINERS: Final = ("initContainers", "containers", "ephemeralContainers")
_CAPABILITIES: Final = frozenset(
    [
        "AUDIT_WRITE",
        "CHOWN",
        "DAC_OVERRIDE",
        "FOWNER",
        "FSETID",
        "KILL",
        "MKNOD",
        "NET_BIND_SERVICE",
        "SETFCAP",
        "SETGID",
        "SETPCAP",
        "SETUID",
        "SYS_CHROOT",
    ]
)
_VOLUMES: Final = frozenset(
    [
        "configMap",
        "csi",
        "downwardAPI",
        "emptyDir",
        "ephemeral",
        "image",
        "persistentVolumeClaim",
        "projected",
        "secret",
    ]
)
_SYSCTLS: Final = frozenset(
    [
        "kernel.shm_rmid_forced",
        "net.ipv4.ip_local_port_range",
        "net.ipv4.ip_local_reserved_ports",
        "net.ipv4.ip_unprivileged_port_start",
        "net.ipv4.ping_group_range",
        "net.ipv4.tcp_fin_timeout",
        "net.ipv4.tcp_keepalive_intvl",
        "net.ipv4.tcp_keepalive_probes",
        "net.ipv4.tcp_keepalive_time",
        "net.ipv4.tcp_rmem",
        "net.ipv4.tcp_syncookies",
        "net.ipv4.tcp_wmem",
    ]
)
_PROFILES: Final = ("RuntimeDefault", "Localhost")


class _Pod(NamedTuple):
    spec: dict[str, Any]
    containers: list[dict[str, Any]]

    @property
    def context(self) -> dict[str, Any]:
        """The security context of the Pod."""
        return self.spec.get("securityContext") or {}

    def those(self, wrong: Callable[[dict[str, Any]], bool]) -> str:
        """Return the containers whose security context is wrong, as they are told."""
        names = [
            f'"{each.get("name")}"'
            for each in self.containers
            if wrong(each.get("securityContext") or {})
        ]
        if not names:
            return ""
        return f"container{'s' if len(names) > 1 else ''} {', '.join(names)}"


def check(target: Target, document: JsonObject) -> None:
    """Refuse a new Pod that its namespace does not want. Raises: ApiError."""
    level = _level(target)
    found = violations(document, level)
    if found:
        name = str(cast("JsonObject", document["metadata"]).get("name") or "")
        why = f'violates PodSecurity "{level}:latest": {", ".join(found)}'
        raise forbidden("pods", "", name, why)


def check_change(target: Target, before: JsonObject, after: JsonObject) -> None:
    """Refuse a changed Pod that its namespace does not want. Raises: ApiError."""
    if _images(before) != _images(after):
        check(target, after)


def _level(target: Target) -> str:
    held = target.world.objects.get(f"/Namespace/{target.namespace}")
    labels = held.metadata.get("labels") if held is not None else None
    level = map_of(labels).get(_LABEL)
    return level if level in ("baseline", "restricted") else ""


def _images(document: JsonObject) -> list[tuple[object, object]]:
    return [(each.get("name"), each.get("image")) for each in _pod(document).containers]


def _pod(document: JsonObject) -> _Pod:
    spec = cast("dict[str, Any]", document.get("spec") or {})
    return _Pod(spec, [each for name in _CONTAINERS for each in spec.get(name) or ()])


def violations(document: JsonObject, level: str) -> list[str]:
    """Return what is wrong with a Pod at a level, none for an empty level."""
    if level not in ("baseline", "restricted"):
        return []
    pod = _pod(document)
    found = [*_namespaces(pod), *_ports(pod), *_privileged(pod), *_mounts(pod), *_sysctls(pod)]
    if level == "baseline":
        own = [*_added(pod, _CAPABILITIES, "non-default capabilities"), *_paths(pod)]
        return sorted([*own, *found, *_unconfined(pod)], key=str.casefold)
    return [
        *sorted(found, key=str.casefold),
        *_escalation(pod),
        *_restricted_capabilities(pod),
        *_restricted_volumes(pod),
        *_root(pod),
        *_root_user(pod),
        *_profile(pod),
    ]


# -- baseline -------------------------------------------------------------------------------------


def _namespaces(pod: _Pod) -> Iterator[str]:
    shared = [
        f"{name}=true" for name in ("hostNetwork", "hostPID", "hostIPC") if pod.spec.get(name)
    ]
    if shared:
        yield f"host namespaces ({', '.join(shared)})"


def _ports(pod: _Pod) -> Iterator[str]:
    ports: dict[int, None] = {}
    names: list[str] = []
    for each in pod.containers:
        mine = [port["hostPort"] for port in each.get("ports") or () if port.get("hostPort")]
        if mine:
            names.append(f'"{each.get("name")}"')
            ports |= dict.fromkeys(mine)
    if names:
        who = f"container{'s' if len(names) > 1 else ''} {', '.join(names)}"
        verb = "use" if len(names) > 1 else "uses"
        what = f"hostPort{'s' if len(ports) > 1 else ''} {', '.join(map(str, sorted(ports)))}"
        yield f"hostPort ({who} {verb} {what})"


def _privileged(pod: _Pod) -> Iterator[str]:
    who = pod.those(lambda context: context.get("privileged") is True)
    if who:
        yield f"privileged ({who} must not set securityContext.privileged=true)"


def _mounts(pod: _Pod) -> Iterator[str]:
    who = pod.those(lambda context: context.get("procMount") not in (None, "Default"))
    if who:
        yield f'procMount ({who} must not set securityContext.procMount to "Unmasked")'


def _sysctls(pod: _Pod) -> Iterator[str]:
    names = [str(each.get("name")) for each in pod.context.get("sysctls") or ()]
    wrong = sorted({name for name in names if name not in _SYSCTLS})
    if wrong:
        yield f"forbidden sysctls ({', '.join(wrong)})"


def _paths(pod: _Pod) -> Iterator[str]:
    names = [
        f'"{each.get("name")}"' for each in pod.spec.get("volumes") or () if "hostPath" in each
    ]
    if names:
        yield f"hostPath volumes (volume{'s' if len(names) > 1 else ''} {', '.join(names)})"


def _added(pod: _Pod, allowed: frozenset[str], reason: str) -> Iterator[str]:
    told = _not_allowed(pod, allowed)
    if told:
        yield f"{reason} ({told})"


def _not_allowed(pod: _Pod, allowed: frozenset[str]) -> str:
    wrong: set[str] = set()

    def adds(context: dict[str, Any]) -> bool:
        added = map_of(context.get("capabilities")).get("add") or ()
        mine = {str(each) for each in added if str(each) not in allowed}
        wrong.update(mine)
        return bool(mine)

    who = pod.those(adds)
    names = ", ".join(f'"{each}"' for each in sorted(wrong))
    return f"{who} must not include {names} in securityContext.capabilities.add" if who else ""


def _unconfined(pod: _Pod) -> Iterator[str]:
    told = _unconfined_by(pod)
    if told:
        yield f'seccompProfile ({told} must not set {_TYPE} to "Unconfined")'


_TYPE: Final = "securityContext.seccompProfile.type"


def _unconfined_by(pod: _Pod) -> str:
    def wrong(context: dict[str, Any]) -> bool:
        return _profile_of(context) not in (None, *_PROFILES)

    told = ["pod"] if wrong(pod.context) else []
    who = pod.those(wrong)
    return " and ".join([*told, who] if who else told)


def _profile_of(context: dict[str, Any]) -> object:
    return map_of(context.get("seccompProfile")).get("type")


# -- restricted -----------------------------------------------------------------------------------


def _escalation(pod: _Pod) -> Iterator[str]:
    who = pod.those(lambda context: context.get("allowPrivilegeEscalation") is not False)
    if who:
        why = "must set securityContext.allowPrivilegeEscalation=false"
        yield f"allowPrivilegeEscalation != false ({who} {why})"


def _restricted_capabilities(pod: _Pod) -> Iterator[str]:
    def keeps(context: dict[str, Any]) -> bool:
        return "ALL" not in (map_of(context.get("capabilities")).get("drop") or ())

    told: list[str] = []
    who = pod.those(keeps)
    if who:
        told.append(f'{who} must set securityContext.capabilities.drop=["ALL"]')
    more = _not_allowed(pod, frozenset({"NET_BIND_SERVICE"}))
    if more:
        told.append(more)
    if told:
        yield f"unrestricted capabilities ({'; '.join(told)})"


def _restricted_volumes(pod: _Pod) -> Iterator[str]:
    names: list[str] = []
    types: set[str] = set()
    for each in pod.spec.get("volumes") or ():
        mine = {key for key in each if key != "name" and key not in _VOLUMES}
        if mine:
            names.append(f'"{each.get("name")}"')
            types |= mine
    if names:
        who = f"volume{'s' if len(names) > 1 else ''} {', '.join(names)}"
        verb = "use" if len(names) > 1 else "uses"
        shown = ", ".join(f'"{each}"' for each in sorted(types))
        what = f"restricted volume type{'s' if len(types) > 1 else ''} {shown}"
        yield f"restricted volume types ({who} {verb} {what})"


def _root(pod: _Pod) -> Iterator[str]:
    told: list[str] = []
    if pod.context.get("runAsNonRoot") is False:
        told.append("pod must not set securityContext.runAsNonRoot=false")
    who = pod.those(lambda context: context.get("runAsNonRoot") is False)
    if who:
        told.append(f"{who} must not set securityContext.runAsNonRoot=false")
    if pod.context.get("runAsNonRoot") is not True:
        who = pod.those(lambda context: context.get("runAsNonRoot") is None)
        if who:
            told.append(f"pod or {who} must set securityContext.runAsNonRoot=true")
    if told:
        yield f"runAsNonRoot != true ({'; '.join(told)})"


def _root_user(pod: _Pod) -> Iterator[str]:
    told = ["pod"] if pod.context.get("runAsUser") == 0 else []
    who = pod.those(lambda context: context.get("runAsUser") == 0)
    if who:
        told.append(who)
    if told:
        yield f"runAsUser=0 ({' and '.join(told)} must not set runAsUser=0)"


def _profile(pod: _Pod) -> Iterator[str]:
    told: list[str] = []
    wrong = _unconfined_by(pod)
    if wrong:
        told.append(f'{wrong} must not set {_TYPE} to "Unconfined"')
    if _profile_of(pod.context) is None:
        who = pod.those(lambda context: _profile_of(context) is None)
        if who:
            told.append(f'pod or {who} must set {_TYPE} to "RuntimeDefault" or "Localhost"')
    if told:
        yield f"seccompProfile ({'; '.join(told)})"
