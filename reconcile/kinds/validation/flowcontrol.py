"""FlowSchemas and PriorityLevelConfigurations: what the API server refuses of them.

Source: k8s.io/kubernetes pkg/apis/flowcontrol/validation/validation.go, 1.36.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ._primitives import (
    Telling,
    dns_label,
    dns_subdomain,
    fails,
    forbidden,
    invalid,
    not_supported,
    required,
)
from ._read import flag, given, number, obj, objs, text, texts
from ._rules import Rules

if TYPE_CHECKING:
    from reconcile.kinds.field_error import FieldError
    from reconcile.value.types import JsonObject

__all__ = ["RULES"]

_MAX_PRECEDENCE: Final = 10_000
_SUBJECTS: Final = {"ServiceAccount": "serviceAccount", "User": "user", "Group": "group"}
_VERBS: Final = (
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "proxy",
    "update",
    "watch",
)
_MAX_QUEUES: Final = 10_000_000


def _schema(document: JsonObject) -> list[FieldError]:
    spec = obj(document, "spec")
    found: list[FieldError] = []
    precedence = number(spec, "matchingPrecedence") or 0
    path = "spec.matchingPrecedence"
    if precedence <= 0:
        found.append(invalid(path, precedence, "must be a positive value"))
    if precedence > _MAX_PRECEDENCE:
        what = f"must not be greater than {_MAX_PRECEDENCE}"
        found.append(invalid(path, precedence, what))
    name = text(obj(document, "metadata"), "name")
    if precedence == 1 and name != "exempt":
        what = "only the schema named 'exempt' may have matchingPrecedence 1"
        found.append(invalid(path, precedence, what))
    if given(spec, "distinguisherMethod"):
        kind = text(obj(spec, "distinguisherMethod"), "type")
        if kind not in {"ByNamespace", "ByUser"}:
            place = "spec.distinguisherMethod.type"
            found.append(not_supported(place, {"Type": kind}, ["ByNamespace", "ByUser"]))
    level = text(obj(spec, "priorityLevelConfiguration"), "name")
    place = "spec.priorityLevelConfiguration.name"
    if level:
        found.extend(fails(place, level, dns_subdomain))
    else:
        found.append(required(place, "must reference a priority level"))
    for index, each in enumerate(objs(spec, "rules")):
        found.extend(_rule(each, f"spec.rules[{index}]"))
    return found


def _rule(rule: JsonObject, path: str) -> list[FieldError]:
    found: list[FieldError] = []
    subjects = objs(rule, "subjects")
    if not subjects:
        what = "subjects must contain at least one value"
        found.append(required(f"{path}.subjects", what))
    for index, each in enumerate(subjects):
        found.extend(_subject(each, f"{path}.subjects[{index}]"))
    resources, others = objs(rule, "resourceRules"), objs(rule, "nonResourceRules")
    if not resources and not others:
        what = "at least one of resourceRules and nonResourceRules has to be non-empty"
        found.append(required(path, what))
    for index, each in enumerate(resources):
        place = f"{path}.resourceRules[{index}]"
        found.extend(_verbs(each, f"{place}.verbs"))
        for name in ("apiGroups", "resources"):
            if not texts(each, name):
                what = f"resource rules must supply at least one {_NOUNS[name]}"
                found.append(required(f"{place}.{name}", what))
            elif "*" in texts(each, name) and len(texts(each, name)) > 1:
                what = f"if '*' is present, must not specify other {_PLURALS[name]}"
                found.append(invalid(f"{place}.{name}", [*texts(each, name)], what))
        if not flag(each, "clusterScope") and not texts(each, "namespaces"):
            what = "resource rules that are not cluster scoped must supply at least one namespace"
            found.append(required(f"{place}.namespaces", what))
        found.extend(_namespaces(texts(each, "namespaces"), f"{place}.namespaces"))
    for index, each in enumerate(others):
        place = f"{path}.nonResourceRules[{index}]"
        found.extend(_verbs(each, f"{place}.verbs"))
        found.extend(_urls(texts(each, "nonResourceURLs"), f"{place}.nonResourceURLs"))
    return found


def _verbs(rule: JsonObject, path: str) -> list[FieldError]:
    verbs = texts(rule, "verbs")
    if not verbs:
        return [required(path, "verbs must contain at least one value")]
    if "*" in verbs:
        what = "if '*' is present, must not specify other verbs"
        return [invalid(path, [*verbs], what)] if len(verbs) > 1 else []
    known = set(verbs) <= set(_VERBS)
    return [] if known else [not_supported(path, [*verbs], _VERBS)]


def _namespaces(names: list[str], path: str) -> list[FieldError]:
    if "*" in names:
        what = "if '*' is present, must not specify other namespaces"
        return [invalid(path, [*names], what)] if len(names) > 1 else []
    rule = "each member of this list must be '*' or a DNS-1123 label; "
    return [
        invalid(f"{path}[{index}]", each, rule + message)
        for index, each in enumerate(names)
        for message in dns_label(each)
    ]


def _urls(urls: list[str], path: str) -> list[FieldError]:
    if not urls:
        return [required(path, "nonResourceURLs must contain at least one value")]
    if "*" in urls:
        what = "if '*' is present, must not specify other non-resource URLs"
        return [invalid(path, [*urls], what)] if len(urls) > 1 else []
    told = ((index, each, _url_fault(each)) for index, each in enumerate(urls))
    return [invalid(f"{path}[{index}]", each, what) for index, each, what in told if what]


def _url_fault(url: str) -> str:
    """Return what is wrong with a path, an empty text if nothing is."""
    if url == "/":
        return ""
    stars = url.count("*")
    faults = {
        "must not be empty": not url,
        "must start with slash": not url.startswith("/"),
        "must not contain white-space": " " in url,
        "must not contain double slash": "//" in url,
        "wildcard can only do suffix matching": stars > 1 or (stars == 1 and url[-2:] != "/*"),
    }
    return next((what for what, wrong in faults.items() if wrong), "")


_NOUNS: Final = {"apiGroups": "api group", "resources": "resource"}
_PLURALS: Final = {"apiGroups": "api groups", "resources": "resources"}


def _subject(subject: JsonObject, path: str) -> list[FieldError]:
    kind = text(subject, "kind")
    wanted = _SUBJECTS.get(kind)
    if wanted is None:
        return [not_supported(f"{path}.kind", kind, ["Group", "ServiceAccount", "User"])]
    found = [
        forbidden(f"{path}.{name}", f"{name} is forbidden when subject kind is not '{other}'")
        for other, name in _SUBJECTS.items()
        if name != wanted and given(subject, name)
    ]
    held = obj(subject, wanted)
    if not given(subject, wanted):
        what = f"{wanted} is required when subject kind is '{kind}'"
        found.append(required(f"{path}.{wanted}", what))
    elif not text(held, "name"):
        found.append(required(f"{path}.{wanted}.name"))
    elif wanted == "serviceAccount" and text(held, "name") != "*":
        found.extend(fails(f"{path}.{wanted}.name", text(held, "name"), dns_subdomain))
    if wanted == "serviceAccount" and given(subject, wanted):
        namespace = text(held, "namespace")
        if namespace:
            found.extend(fails(f"{path}.{wanted}.namespace", namespace, dns_label))
        else:
            what = "must specify namespace for service account"
            found.append(required(f"{path}.{wanted}.namespace", what))
    return found


def _level(document: JsonObject) -> list[FieldError]:
    spec = obj(document, "spec")
    found: list[FieldError] = []
    kind = text(spec, "type")
    name = text(obj(document, "metadata"), "name")
    if (name == "exempt") != (kind == "Exempt"):
        what = "must be 'Exempt' if and only if `name` is 'exempt'"
        found.append(invalid("spec.type", kind, what))
    if kind == "Exempt":
        if given(spec, "limited"):
            what = "must be nil if the type is not Limited"
            found.append(forbidden("spec.limited", what))
    elif kind == "Limited":
        if given(spec, "exempt"):
            found.append(forbidden("spec.exempt", "must be nil if the type is Limited"))
        if not given(spec, "limited"):
            found.append(required("spec.limited", "must not be empty when type is Limited"))
        else:
            found.extend(_limited(obj(spec, "limited"), "spec.limited"))
    else:
        found.append(not_supported("spec.type", kind, ["Exempt", "Limited"]))
    return found


def _limited(limited: JsonObject, path: str) -> list[FieldError]:
    found: list[FieldError] = []
    shares = number(limited, "nominalConcurrencyShares")
    if shares is not None and shares < 0:
        what = "must be a non-negative integer"
        found.append(invalid(f"{path}.nominalConcurrencyShares", shares, what))
    lendable = number(limited, "lendablePercent")
    if lendable is not None and not 0 <= lendable <= 100:
        what = "must be between 0 and 100, inclusive"
        found.append(invalid(f"{path}.lendablePercent", lendable, what))
    borrowing = number(limited, "borrowingLimitPercent")
    if borrowing is not None and borrowing < 0:
        what = "if specified, must be a non-negative integer"
        found.append(invalid(f"{path}.borrowingLimitPercent", borrowing, what))
    response = obj(limited, "limitResponse")
    kind, place = text(response, "type"), f"{path}.limitResponse"
    if kind == "Reject":
        if given(response, "queuing"):
            what = "must be nil if limited.limitResponse.type is not Limited"
            found.append(forbidden(f"{place}.queuing", what))
    elif kind == "Queue":
        if not given(response, "queuing"):
            what = "must not be empty if limited.limitResponse.type is Limited"
            found.append(required(f"{place}.queuing", what))
        else:
            found.extend(_queuing(obj(response, "queuing"), f"{place}.queuing"))
    else:
        found.append(not_supported(f"{place}.type", kind, ["Queue", "Reject"]))
    return found


def _queuing(queuing: JsonObject, path: str) -> list[FieldError]:
    found: list[FieldError] = []
    held = {name: number(queuing, name) or 0 for name in ("queues", "handSize", "queueLengthLimit")}
    if held["queueLengthLimit"] <= 0:
        place = f"{path}.queueLengthLimit"
        found.append(invalid(place, held["queueLengthLimit"], "must be positive"))
    if held["queues"] <= 0:
        found.append(invalid(f"{path}.queues", held["queues"], "must be positive"))
    elif held["queues"] > _MAX_QUEUES:
        what = f"must not be greater than {_MAX_QUEUES}"
        found.append(invalid(f"{path}.queues", held["queues"], what))
    if held["handSize"] <= 0:
        found.append(invalid(f"{path}.handSize", held["handSize"], "must be positive"))
    elif held["handSize"] > held["queues"]:
        what = f"should not be greater than queues ({held['queues']})"
        plain = "should not be greater than queues"
        found.append(invalid(f"{path}.handSize", held["handSize"], Telling(what, plain)))
    return found


RULES: Final = {
    "FlowSchema": Rules(_schema, again=1, changes=False),
    "PriorityLevelConfiguration": Rules(_level, again=1, changes=False),
}
