"""Who containers run as, and what they may do: security contexts, profiles, operating systems.

1. A container's own context is looked at with the container, the Pod's after all of them.
2. Profiles may be said in annotations, too, as it was once done: then both must say the same.
3. What only one operating system has is refused where the Pod names the other.

Source: k8s.io/kubernetes pkg/apis/core/validation, ValidateSecurityContext, validateWindows (1.36).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from ._go import printed
from ._primitives import (
    Telling,
    dns_subdomain,
    duplicate,
    fails,
    forbidden,
    in_range,
    invalid,
    not_supported,
    required,
    too_long,
)
from ._read import flag, given, listed, number, obj, objs, pairs, text
from .pod_env import descending_path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconcile.kinds.field_error import FieldError
    from reconcile.value.types import JsonObject

__all__ = [
    "LISTS",
    "all_containers",
    "container_security",
    "host_processes",
    "matching_profiles",
    "os_errors",
    "pod_security",
    "profile_annotations",
]

LISTS: Final = ("initContainers", "containers", "ephemeralContainers")
_MOST: Final = 2**31 - 1
_SECCOMP_POD: Final = "seccomp.security.alpha.kubernetes.io/pod"
_SECCOMP: Final = "container.seccomp.security.alpha.kubernetes.io/"
_APPARMOR: Final = "container.apparmor.security.beta.kubernetes.io/"
_PROFILES: Final = ("Localhost", "RuntimeDefault", "Unconfined")
_SYSCTL_PART: Final = "[a-z0-9]([-_a-z0-9]*[a-z0-9])?"
_SYSCTL: Final = rf"({_SYSCTL_PART}[\./])*{_SYSCTL_PART}"
_DNS: Final = "[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
_NETBIOS: Final = r'[^\\/:*?"<>|.][^\\/:*?"<>|]{0,14}'
_NOT_ON_WINDOWS: Final = (
    "appArmorProfile",
    "seLinuxOptions",
    "seccompProfile",
    "fsGroup",
    "fsGroupChangePolicy",
    "sysctls",
    "runAsUser",
    "runAsGroup",
    "supplementalGroups",
    "supplementalGroupsPolicy",
    "seLinuxChangePolicy",
)
_CONTAINER_NOT_ON_WINDOWS: Final = (
    "appArmorProfile",
    "seLinuxOptions",
    "seccompProfile",
    "capabilities",
    "readOnlyRootFilesystem",
    "privileged",
    "allowPrivilegeEscalation",
    "procMount",
    "runAsUser",
    "runAsGroup",
)


def all_containers(spec: JsonObject, path: str) -> Iterator[tuple[JsonObject, str]]:
    """Yield each container of a Pod, with its path."""
    for name in LISTS:
        for index, container in enumerate(objs(spec, name)):
            yield container, f"{path}.{name}[{index}]"


def _ids(context: JsonObject, path: str, *names: str) -> list[FieldError]:
    """Return the identities that are out of range."""
    found: list[FieldError] = []
    for name in names:
        held = number(context, name)
        if held is not None:
            found += [invalid(f"{path}.{name}", held, each) for each in in_range(held, 0, _MOST)]
    return found


def container_security(container: JsonObject, path: str, *, host_users: bool) -> list[FieldError]:
    """Return what is wrong with the security context of a container."""
    context = obj(container, "securityContext")
    if not context:
        return []
    found = _ids(context, path, "runAsUser", "runAsGroup")
    if given(context, "procMount"):
        mode, place = text(context, "procMount"), f"{path}.procMount"
        if mode not in {"Default", "Unmasked"}:
            found.append(not_supported(place, mode, ("Default", "Unmasked")))
        if host_users and mode == "Unmasked":
            what = "`hostUsers` must be false to use `Unmasked`"
            found.append(invalid(place, mode, what))
    found += _seccomp(context, f"{path}.seccompProfile")
    if context.get("allowPrivilegeEscalation") is False:
        what = "cannot set `allowPrivilegeEscalation` to false and"
        shown = printed("SecurityContext", context)
        if flag(context, "privileged"):
            found.append(invalid(path, shown, f"{what} `privileged` to true"))
        found += [
            invalid(path, shown, f"{what} `capabilities.Add` CAP_SYS_ADMIN")
            for each in listed(obj(context, "capabilities"), "add")
            if each == "CAP_SYS_ADMIN"
        ]
    found += _windows_options(context, f"{path}.windowsOptions")
    return found + _apparmor(context, f"{path}.appArmorProfile")


def pod_security(spec: JsonObject, path: str) -> list[FieldError]:
    """Return what is wrong with the security context of a Pod."""
    context = obj(spec, "securityContext")
    if not context and not flag(spec, "shareProcessNamespace"):
        return []
    found = _ids(context, path, "fsGroup", "runAsUser", "runAsGroup")
    for index, group in enumerate(listed(context, "supplementalGroups")):
        held = group if isinstance(group, int) else 0
        place = f"{path}.supplementalGroups[{index}]"
        found += [invalid(place, held, each) for each in in_range(held, 0, _MOST)]
    if flag(spec, "shareProcessNamespace") and flag(spec, "hostPID"):
        what = "ShareProcessNamespace and HostPID cannot both be enabled"
        found.append(invalid(f"{path}.shareProcessNamespace", True, what))  # noqa: FBT003 -- JSON
    found += _sysctls(spec, context, f"{path}.sysctls")
    choices = ("Always", "OnRootMismatch")
    found += _chosen(context, "fsGroupChangePolicy", choices, path)
    found += _seccomp(context, f"{path}.seccompProfile")
    found += _windows_options(context, f"{path}.windowsOptions")
    found += _apparmor(context, f"{path}.appArmorProfile")
    found += _chosen(context, "supplementalGroupsPolicy", ("Merge", "Strict"), path)
    return found + _chosen(context, "seLinuxChangePolicy", ("MountOption", "Recursive"), path)


def _chosen(
    context: JsonObject, name: str, choices: tuple[str, ...], path: str
) -> list[FieldError]:
    value = text(context, name)
    if not given(context, name) or value in choices:
        return []
    return [not_supported(f"{path}.{name}", value, choices)]


def _sysctls(spec: JsonObject, context: JsonObject, path: str) -> list[FieldError]:
    found: list[FieldError] = []
    seen: set[str] = set()
    for index, each in enumerate(objs(context, "sysctls")):
        place, name = f"{path}[{index}].name", text(each, "name")
        if not name:
            found.append(required(place))
        elif len(name) > 253 or not re.fullmatch(_SYSCTL, name):
            what = f"must have at most 253 characters and match regex ^{_SYSCTL}$"
            found.append(invalid(place, name, what))
        elif name in seen:
            found.append(duplicate(place, name))
        space = _namespace(name)
        for setting, which in (("hostNetwork", "net"), ("hostIPC", "ipc")):
            if flag(spec, setting) and space == which:
                what = f"may not be specified when '{setting}' is true"
                found.append(invalid(place, name, what))
        seen.add(name)
    return found


def _namespace(name: str) -> str:
    """Return the namespace of the kernel that a setting belongs to.

    Source: k8s.io/component-helpers node/util/sysctl, GetNamespace.
    """
    dotted = name
    first = re.search(r"[./]", name)
    if first is not None and first[0] == "/":
        dotted = name.replace(".", "\0").replace("/", ".").replace("\0", "/")
    if dotted == "kernel.sem" or dotted.startswith(("kernel.shm", "kernel.msg", "fs.mqueue.")):
        return "ipc"
    return "net" if dotted.startswith("net.") else ""


def _seccomp(context: JsonObject, path: str) -> list[FieldError]:
    if not given(context, "seccompProfile"):
        return []
    profile = obj(context, "seccompProfile")
    kind, place = text(profile, "type"), f"{path}.localhostProfile"
    found: list[FieldError] = []
    if not kind:
        found.append(required(f"{path}.type", "type is required when seccompProfile is set"))
    elif kind not in _PROFILES:
        found.append(not_supported(f"{path}.type", kind, _PROFILES))
    if kind == "Localhost":
        if given(profile, "localhostProfile"):
            found += descending_path(text(profile, "localhostProfile"), place)
        else:
            found.append(required(place, "must be set when seccomp type is Localhost"))
    elif given(profile, "localhostProfile"):
        what = "can only be set when seccomp type is Localhost"
        found.append(invalid(place, printed("SeccompProfile", profile), what))
    return found


def _apparmor(context: JsonObject, path: str) -> list[FieldError]:
    if not given(context, "appArmorProfile"):
        return []
    profile = obj(context, "appArmorProfile")
    kind, file = text(profile, "type"), text(profile, "localhostProfile")
    place = f"{path}.localhostProfile"
    if kind == "Localhost":
        missing = required(place, "must be set when AppArmor type is Localhost")
        if not given(profile, "localhostProfile"):
            return [missing]
        found: list[FieldError] = []
        if file != file.strip():
            found.append(invalid(place, file, "must not be padded with whitespace"))
        elif not file:
            found.append(missing)
        return [*found, too_long(place, 4095)] if len(file.encode()) > 4095 else found
    if kind in _PROFILES:
        what = "can only be set when AppArmor type is Localhost"
        return [invalid(place, file, what)] if given(profile, "localhostProfile") else []
    if not kind:
        return [required(f"{path}.type", "type is required when appArmorProfile is set")]
    return [not_supported(f"{path}.type", kind, _PROFILES)]


def profile_annotations(metadata: JsonObject, spec: JsonObject, path: str) -> list[FieldError]:
    """Return what is wrong with annotations that name profiles."""
    found: list[FieldError] = []
    held = pairs(metadata, "annotations")
    if not held:
        return found
    for key, value in held.items():
        if key == _SECCOMP_POD or key.startswith(_SECCOMP):
            found += _seccomp_text(value, f"{path}.{key}")
    names = {text(container, "name") for container, _ in all_containers(spec, "")}
    for key, value in held.items():
        if not key.startswith(_APPARMOR):
            continue
        name = key.removeprefix(_APPARMOR)
        if name not in names:
            found.append(invalid(f"{path}[{key}]", name, "container not found"))
        if value not in {"", "runtime/default", "unconfined"} and not value.startswith(
            "localhost/"
        ):
            plain = "invalid AppArmor profile name"
            told = Telling(f'{plain}: "{value}"', plain)
            found.append(invalid(f"{path}[{key}]", value, told))
    return found


def _seccomp_text(value: str, path: str) -> list[FieldError]:
    if value in {"runtime/default", "docker/default", "unconfined"}:
        return []
    if value.startswith("localhost/"):
        return descending_path(value.removeprefix("localhost/"), path)
    return [invalid(path, value, "must be a valid seccomp profile")]


def matching_profiles(metadata: JsonObject, spec: JsonObject, path: str) -> list[FieldError]:
    """Return where a profile in an annotation is another than that in the field."""
    held = pairs(metadata, "annotations")
    if not held:
        return []
    context = obj(spec, "securityContext")
    found = _same(held, _SECCOMP_POD, context, f"{path}.securityContext", "seccomp")
    for container, place in all_containers(spec, path):
        key, own = f"{_SECCOMP}{text(container, 'name')}", obj(container, "securityContext")
        found += _same(held, key, own, f"{place}.securityContext", "seccomp")
    if text(obj(spec, "os"), "name") == "windows":
        return found
    for container, place in all_containers(spec, path):
        key, own = f"{_APPARMOR}{text(container, 'name')}", obj(container, "securityContext")
        which = own if given(own, "appArmorProfile") else context
        found += _same(held, key, which, f"{place}.securityContext", "apparmor")
    return found


def _same(
    held: dict[str, str], key: str, context: JsonObject, path: str, what: str
) -> list[FieldError]:
    """Return whether an annotation and a field name two profiles."""
    name = "seccompProfile" if what == "seccomp" else "appArmorProfile"
    if key not in held or not given(context, name):
        return []
    profile, value = obj(context, name), held[key]
    kind, place = text(profile, "type"), f"{path}.{name}"
    other = forbidden(f"{place}.type", f"{what} type in annotation and field must match")
    if kind == "Unconfined":
        return [] if value == "unconfined" else [other]
    if kind == "RuntimeDefault":
        same = value == "runtime/default" or (what == "seccomp" and value == "docker/default")
        return [] if same else [other]
    if kind == "Localhost":
        if not value.startswith("localhost/"):
            return [other]
        if profile.get("localhostProfile") != value.removeprefix("localhost/"):
            told = f"{what} profile in annotation and field must match"
            return [forbidden(f"{place}.localhostProfile", told)]
    return []


def _windows_options(context: JsonObject, path: str) -> list[FieldError]:
    options = obj(context, "windowsOptions")
    found: list[FieldError] = []
    if given(options, "gmsaCredentialSpecName"):
        name = text(options, "gmsaCredentialSpecName")
        found += fails(f"{path}.gmsaCredentialSpecName", name, dns_subdomain)
    if given(options, "gmsaCredentialSpec"):
        held, place = text(options, "gmsaCredentialSpec"), f"{path}.gmsaCredentialSpec"
        if not held:
            what = "gmsaCredentialSpec cannot be an empty string"
            found.append(invalid(place, held, what))
        elif len(held.encode()) > 64 * 1024:
            found.append(invalid(place, held, "gmsaCredentialSpec size must be under 64 KiB"))
    if given(options, "runAsUserName"):
        name = text(options, "runAsUserName")
        wrong = [f"runAsUserName{each}" for each in _user_name(name)]
        found += [invalid(f"{path}.runAsUserName", name, each) for each in wrong]
    return found


def _user_name(name: str) -> list[str]:
    """Return what is wrong with the name of a user of Windows."""
    if not name:
        return [" cannot be an empty string"]
    if re.search(r"[\x00-\x1f\x7f]", name):
        return [" cannot contain control characters"]
    if name.count("\\") > 1:
        return [" cannot contain more than one backslash"]
    domain, slash, user = name.rpartition("\\")
    found: list[str] = []
    if len(domain.encode()) >= 256:
        found.append("'s Domain length must be under 256 characters")
    dns = rf"{_DNS}(?:\.{_DNS})*"
    if slash and not re.fullmatch(_NETBIOS, domain) and not re.fullmatch(dns, domain):
        found.append("'s Domain doesn't match the NetBios nor the DNS format")
    if not user:
        found.append("'s User cannot be empty")
    elif len(user.encode()) > 104:
        found.append("'s User length must not be longer than 104 characters")
    if re.fullmatch("[. ]+", user):
        found.append("'s User cannot contain only periods or spaces")
    if re.search(r'["/\\:;|=,+*?<>@\[\]]', user):
        what = '"/\\:;|=,+*?<>@[]'
        found.append(f"'s User cannot contain the following characters: {what}")
    return found


def _host_process(context: JsonObject) -> bool | None:
    held = obj(context, "windowsOptions").get("hostProcess")
    return held if isinstance(held, bool) else None


def host_processes(spec: JsonObject, path: str) -> list[FieldError]:
    """Return what is wrong with containers that are processes of a Windows host."""
    whole = _host_process(obj(spec, "securityContext"))
    found: list[FieldError] = []
    number_of, hosted = 0, 0
    for container, place in all_containers(spec, path):
        number_of += 1
        own = _host_process(obj(container, "securityContext"))
        if whole is not None and own is not None and whole is not own:
            plain = "pod hostProcess value must be identical if both are specified"
            told = Telling(f"{plain}, was {str(whole).lower()}", plain)
            spot = f"{place}.securityContext.windowsOptions.hostProcess"
            found.append(invalid(spot, own, told))
        hosted += 1 if own or (own is None and whole) else 0
    if hosted:
        if hosted != number_of:
            what = "all containers must be HostProcess containers"
            rule = f"If pod contains any hostProcess containers then {what}"
            found.append(invalid(path, "", rule))
        if not flag(spec, "hostNetwork"):
            what = "hostNetwork must be true if pod contains any hostProcess containers"
            found.append(invalid(f"{path}.hostNetwork", False, what))  # noqa: FBT003 -- JSON
    return found


def os_errors(spec: JsonObject, path: str) -> list[FieldError]:
    """Return what does not fit the operating system that a Pod names."""
    if not given(spec, "os"):
        return []
    name = text(obj(spec, "os"), "name")
    if not name:
        return [required(f"{path}.os.name", "cannot be empty")]
    if name not in {"linux", "windows"}:
        return [not_supported(f"{path}.os", name, ("linux", "windows"))]
    context, place = obj(spec, "securityContext"), f"{path}.securityContext"
    if name == "linux":
        what = "windows options cannot be set for a linux pod"
        places = [place] if given(context, "windowsOptions") else []
        for container, spot in all_containers(spec, path):
            if given(obj(container, "securityContext"), "windowsOptions"):
                places.append(f"{spot}.securityContext")
        return [forbidden(f"{each}.windowsOptions", what) for each in places]
    what = "cannot be set for a windows pod"
    found = [forbidden(f"{place}.{n}", what) for n in _NOT_ON_WINDOWS if given(context, n)]
    own = ("hostUsers", "shareProcessNamespace")
    found += [forbidden(f"{path}.{n}", what) for n in own if given(spec, n)]
    found += [forbidden(f"{path}.{n}", what) for n in ("hostPID", "hostIPC") if flag(spec, n)]
    for container, spot in all_containers(spec, path):
        held = obj(container, "securityContext")
        names = [each for each in _CONTAINER_NOT_ON_WINDOWS if given(held, each)]
        found += [forbidden(f"{spot}.securityContext.{each}", what) for each in names]
    return found
