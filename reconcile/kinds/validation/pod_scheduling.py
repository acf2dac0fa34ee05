"""Where a Pod may run: affinity, tolerations, spreading, gates; and how it is named there.

1. Terms that only prefer may hold any values of labels; terms that require may not.
2. What a rule tells is told at the place that the server names, odd as some are.

Source: k8s.io/kubernetes pkg/apis/core/validation, validateAffinity and its neighbours (1.36).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from ._primitives import (
    POSITIVE,
    Telling,
    dns_label,
    dns_subdomain,
    duplicate,
    fails,
    forbidden,
    invalid,
    label_value,
    not_supported,
    qualified_name,
    required,
    too_long,
)
from ._read import flag, given, number, obj, objs, text, texts
from ._shared import address, label_selector, node_selector

if TYPE_CHECKING:
    from reconcile.kinds.field_error import FieldError
    from reconcile.value.types import JsonObject

__all__ = ["affinity", "dns", "gates", "host_aliases", "host_names", "spreading", "tolerations"]

_REQUIRED: Final = "requiredDuringSchedulingIgnoredDuringExecution"
_PREFERRED: Final = "preferredDuringSchedulingIgnoredDuringExecution"
_EFFECTS: Final = ("NoSchedule", "PreferNoSchedule", "NoExecute")
_PART: Final = "_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?"
_SEARCH: Final = rf"{_PART}(\.{_PART})*"
_TWICE: Final = "exists in both matchLabelKeys and"


def affinity(spec: JsonObject, path: str) -> list[FieldError]:
    """Return what is wrong with the affinity of a Pod."""
    whole = obj(spec, "affinity")
    if not whole:
        return []
    node, place = obj(whole, "nodeAffinity"), f"{path}.nodeAffinity"
    found: list[FieldError] = []
    if given(node, _REQUIRED):
        found += node_selector(obj(node, _REQUIRED), f"{place}.{_REQUIRED}")
    for index, term in enumerate(objs(node, _PREFERRED)):
        spot = f"{place}.{_PREFERRED}[{index}]"
        found += _weight(term, spot)
        found += _preference(obj(term, "preference"), f"{spot}.preference")
    for name in ("podAffinity", "podAntiAffinity"):
        held, place = obj(whole, name), f"{path}.{name}"
        for index, term in enumerate(objs(held, _REQUIRED)):
            found += _pod_term(term, f"{place}.{_REQUIRED}[{index}]")
        for index, term in enumerate(objs(held, _PREFERRED)):
            spot = f"{place}.{_PREFERRED}[{index}]"
            found += _weight(term, spot)
            found += _pod_term(obj(term, "podAffinityTerm"), f"{spot}.podAffinityTerm")
    return found


def _weight(term: JsonObject, path: str) -> list[FieldError]:
    weight = number(term, "weight") or 0
    if 1 <= weight <= 100:
        return []
    return [invalid(f"{path}.weight", weight, "must be in the range 1-100")]


def _preference(term: JsonObject, path: str) -> list[FieldError]:
    """Return what is wrong with a term that prefers nodes, but for the values of labels."""
    values = {
        f"{path}.nodeSelectorTerms[0].matchExpressions[{index}].values[{position}]"
        for index, each in enumerate(objs(term, "matchExpressions"))
        for position, _ in enumerate(texts(each, "values"))
    }
    found = node_selector({"nodeSelectorTerms": [term]}, path)
    return [
        error._replace(path=error.path.replace(".nodeSelectorTerms[0]", "", 1))
        for error in found
        if error.path not in values
    ]


def _pod_term(term: JsonObject, path: str) -> list[FieldError]:
    found = label_selector(obj(term, "labelSelector"), f"{path}.labelSelector")
    found += label_selector(obj(term, "namespaceSelector"), f"{path}.namespaceSelector")
    for name in texts(term, "namespaces"):
        found += fails(f"{path}.namespace", name, dns_label)
    found += _label_keys(term, path)
    key = text(term, "topologyKey")
    if not key:
        found.append(required(f"{path}.topologyKey", "can not be empty"))
    return found + fails(f"{path}.topologyKey", key, qualified_name)


def _label_keys(term: JsonObject, path: str) -> list[FieldError]:
    """Return what is wrong with the labels whose values are taken from the Pod itself."""
    found: list[FieldError] = []
    for name in ("matchLabelKeys", "mismatchLabelKeys"):
        keys = texts(term, name)
        if keys and not given(term, "labelSelector"):
            what = "must not be specified when labelSelector is not set"
            found.append(forbidden(f"{path}.{name}", what))
            continue
        for index, key in enumerate(keys):
            found += fails(f"{path}.{name}[{index}]", key, qualified_name)
    places = {key: index for index, key in enumerate(texts(term, "matchLabelKeys"))}
    selector = obj(term, "labelSelector")
    seen = set(obj(selector, "matchLabels"))
    for each in objs(selector, "matchExpressions"):
        key = text(each, "key")
        if key in places and key in seen:
            found.append(invalid(f"{path}[{places[key]}]", key, f"{_TWICE} labelSelector"))
        seen.add(key)
    others = set(texts(term, "mismatchLabelKeys"))
    for index, key in enumerate(texts(term, "matchLabelKeys")):
        if key in others:
            spot = f"{path}.matchLabelKeys[{index}]"
            found.append(invalid(spot, key, f"{_TWICE} mismatchLabelKeys"))
    return found


def tolerations(spec: JsonObject, path: str) -> list[FieldError]:
    """Return what is wrong with the taints that a Pod tolerates."""
    found: list[FieldError] = []
    for index, each in enumerate(objs(spec, "tolerations")):
        place = f"{path}[{index}]"
        key, operator, value, effect = (
            text(each, name) for name in ("key", "operator", "value", "effect")
        )
        if key:
            found += fails(f"{place}.key", key, qualified_name)
        elif operator != "Exists":
            what = 'when `key` is empty, which means "match all values and all keys"'
            found.append(invalid(f"{place}.operator", operator, f"operator must be Exists {what}"))
        if given(each, "tolerationSeconds") and effect != "NoExecute":
            what = "effect must be 'NoExecute' when `tolerationSeconds` is set"
            found.append(invalid(f"{place}.effect", effect, what))
        found += _operator(operator, value, place)
        if effect and effect not in _EFFECTS:
            found.append(not_supported(f"{place}.effect", effect, _EFFECTS))
    return found


def _operator(operator: str, value: str, path: str) -> list[FieldError]:
    place = f"{path}.operator"
    if operator in {"Equal", ""}:
        wrong = label_value(value)
        return [invalid(place, value, ";".join(wrong))] if wrong else []
    if operator == "Exists":
        what = "value must be empty when `operator` is 'Exists'"
        return [invalid(place, value, what)] if value else []
    choices: tuple[str, ...] = ("Equal", "Exists")
    if operator in {"Gt", "Lt"}:
        choices = ("Equal", "Exists", "Lt", "Gt")  # clusters take the two others if told to
    return [not_supported(place, operator, choices)]


def spreading(spec: JsonObject, path: str) -> list[FieldError]:
    """Return what is wrong with how Pods are spread."""
    found: list[FieldError] = []
    held = objs(spec, "topologySpreadConstraints")
    pairs = [(text(each, "topologyKey"), text(each, "whenUnsatisfiable")) for each in held]
    for index, each in enumerate(held):
        place, (key, action) = f"{path}[{index}]", pairs[index]
        skew = number(each, "maxSkew") or 0
        if skew <= 0:
            found.append(invalid(f"{place}.maxSkew", skew, POSITIVE))
        if not key:
            found.append(required(f"{place}.topologyKey", "can not be empty"))
        choices: tuple[str, ...] = ("DoNotSchedule", "ScheduleAnyway")
        if action not in choices:
            found.append(not_supported(f"{place}.whenUnsatisfiable", action, choices))
        if pairs[index] in pairs[index + 1 :]:
            spot = f"{place}.{{topologyKey, whenUnsatisfiable}}"
            found.append(duplicate(spot, f"{{{key}, {action}}}"))
        found += _least_domains(each, action, f"{place}.minDomains")
        choices = ("Honor", "Ignore")
        for name in ("nodeAffinityPolicy", "nodeTaintsPolicy"):
            policy = text(each, name)
            if given(each, name) and policy not in choices:
                found.append(not_supported(f"{place}.{name}", policy, choices))
        found += _label_keys(each, place)
        found += label_selector(obj(each, "labelSelector"), f"{place}.labelSelector")
    return found


def _least_domains(constraint: JsonObject, action: str, path: str) -> list[FieldError]:
    least = number(constraint, "minDomains")
    if least is None:
        return []
    found = [invalid(path, least, POSITIVE)] if least <= 0 else []
    if action != "DoNotSchedule":
        plain = "can only use minDomains if whenUnsatisfiable=DoNotSchedule"
        found.append(invalid(path, least, Telling(f"{plain}, not {action}", plain)))
    return found


def gates(spec: JsonObject, path: str) -> list[FieldError]:
    """Return what is wrong with what must hold before a Pod is ready, or is scheduled."""
    found: list[FieldError] = []
    for index, each in enumerate(objs(spec, "readinessGates")):
        place = f"{path}.readinessGates[{index}].conditionType"
        found += fails(place, text(each, "conditionType"), qualified_name)
    seen: set[str] = set()
    for index, each in enumerate(objs(spec, "schedulingGates")):
        place, name = f"{path}.schedulingGates[{index}]", text(each, "name")
        found += fails(place, name, qualified_name)
        if name in seen:
            found.append(duplicate(place, name))
        seen.add(name)
    return found


def host_aliases(spec: JsonObject, path: str) -> list[FieldError]:
    """Return what is wrong with the names that are added to a Pod's hosts."""
    found: list[FieldError] = []
    for index, each in enumerate(objs(spec, "hostAliases")):
        found += address(text(each, "ip"), f"{path}[{index}].ip")
        for position, name in enumerate(texts(each, "hostnames")):
            found += fails(f"{path}[{index}].hostnames[{position}]", name, dns_subdomain)
    return found


def host_names(spec: JsonObject, path: str) -> list[FieldError]:
    """Return what is wrong with the name that a Pod's host has instead of its own."""
    if not given(spec, "hostnameOverride"):
        return []
    name, place = text(spec, "hostnameOverride"), f"{path}.hostnameOverride"
    found = [
        forbidden(place, f"may not be specified when {each} is true")
        for each in ("setHostnameAsFQDN", "hostNetwork")
        if flag(spec, each)
    ]
    if len(name.encode()) > 64:
        found.append(too_long(place, 64))
    return found + fails(place, name, dns_subdomain)


def dns(spec: JsonObject, path: str) -> list[FieldError]:
    """Return what is wrong with how a Pod resolves names."""
    config = obj(spec, "dnsConfig")
    servers, searches = texts(config, "nameservers"), texts(config, "searches")
    if text(spec, "dnsPolicy") == "None":
        if not given(spec, "dnsConfig"):
            what = "must provide `dnsConfig` when `dnsPolicy` is None"
            return [required(path, what)]
        if not servers:
            what = "must provide at least one DNS nameserver when `dnsPolicy` is None"
            return [required(f"{path}.nameservers", what)]
    found: list[FieldError] = []
    if len(servers) > 3:
        what = "must not have more than 3 nameservers"
        found.append(invalid(f"{path}.nameservers", [*servers], what))
    for index, server in enumerate(servers):
        found += address(server, f"{path}.nameservers[{index}]")
    if len(searches) > 32:
        what = "must not have more than 32 search paths"
        found.append(invalid(f"{path}.searches", [*searches], what))
    if len(" ".join(searches).encode()) > 2048:
        what = "must not have more than 2048 characters (including spaces) in the search list"
        found.append(invalid(f"{path}.searches", [*searches], what))
    for index, search in enumerate(searches):
        if search != ".":
            found += _search(search.removesuffix("."), f"{path}.searches[{index}]")
    for index, option in enumerate(objs(config, "options")):
        if not text(option, "name"):
            found.append(required(f"{path}.options[{index}]", "must not be empty"))
    return found


def _search(search: str, path: str) -> list[FieldError]:
    """Return what is wrong with a domain that is searched: its parts may hold underscores."""
    found: list[FieldError] = []
    if len(search.encode()) > 253:
        found.append(invalid(path, search, "must be no more than 253 characters"))
    if not re.fullmatch(_SEARCH, search):
        rule = (
            "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, "
            "'-', '_' or '.', and must start and end with an alphanumeric character"
        )
        how = f"(e.g. 'example.com', regex used for validation is '{_SEARCH}')"
        found.append(invalid(path, search, f"{rule} {how}"))
    return found
