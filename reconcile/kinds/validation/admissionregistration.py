"""Webhooks and admission policies: what the API server refuses of them.

1. Expressions in CEL are not compiled here.

Source: k8s.io/kubernetes pkg/apis/admissionregistration/validation/validation.go, 1.36.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from ._primitives import (
    Telling,
    dns_1035_label,
    dns_subdomain,
    duplicate,
    fails,
    forbidden,
    invalid,
    port_number,
    required,
)
from ._read import given, listed, number, obj, objs, text, texts
from ._rules import Rules
from ._shared import label_selector, one_of, unsupported

if TYPE_CHECKING:
    from reconcile.kinds.field_error import FieldError
    from reconcile.value.types import JsonObject

    from ._rules import CreateRule

__all__ = ["RULES"]

_OPERATIONS: Final = ("*", "CONNECT", "CREATE", "DELETE", "UPDATE")
_SCOPES: Final = ("*", "Cluster", "Namespaced")
_POLICIES: Final = ("Fail", "Ignore")
_MATCHES: Final = ("Equivalent", "Exact")
_SIDE_EFFECTS: Final = ("None", "NoneOnDryRun")
_REVIEWS: Final = ("v1", "v1beta1")
_REINVOCATIONS: Final = ("IfNeeded", "Never")
_ACTIONS: Final = ("Audit", "Deny", "Warn")
_MAX_TIMEOUT: Final = 30


def _webhooks(document: JsonObject) -> list[FieldError]:
    found: list[FieldError] = []
    seen: set[str] = set()
    for index, each in enumerate(objs(document, "webhooks")):
        path = f"webhooks[{index}]"
        found.extend(_webhook(each, path))
        name = text(each, "name")
        if name and name in seen:
            found.append(duplicate(f"{path}.name", name))
        seen.add(name)
        found.extend(_review_versions(each, f"{path}.admissionReviewVersions"))
    return found


def _webhook(hook: JsonObject, path: str) -> list[FieldError]:
    found = _qualified(text(hook, "name"), f"{path}.name")
    for index, each in enumerate(objs(hook, "rules")):
        found.extend(_rule(each, f"{path}.rules[{index}]"))
    for name, choices in (("failurePolicy", _POLICIES), ("matchPolicy", _MATCHES)):
        if given(hook, name):
            found.extend(unsupported(text(hook, name), choices, f"{path}.{name}"))
    place = f"{path}.sideEffects"
    if not given(hook, "sideEffects"):
        found.append(required(place, f"must specify one of {', '.join(_SIDE_EFFECTS)}"))
    else:
        found.extend(unsupported(text(hook, "sideEffects"), _SIDE_EFFECTS, place))
    timeout = number(hook, "timeoutSeconds")
    if timeout is not None and not 1 <= timeout <= _MAX_TIMEOUT:
        what = f"the timeout value must be between 1 and {_MAX_TIMEOUT} seconds"
        found.append(invalid(f"{path}.timeoutSeconds", timeout, what))
    for name in ("namespaceSelector", "objectSelector"):
        found.extend(label_selector(obj(hook, name), f"{path}.{name}"))
    if given(hook, "reinvocationPolicy"):
        policy = text(hook, "reinvocationPolicy")
        found.extend(unsupported(policy, _REINVOCATIONS, f"{path}.reinvocationPolicy"))
    found.extend(_client(obj(hook, "clientConfig"), f"{path}.clientConfig"))
    return found


def _qualified(name: str, path: str) -> list[FieldError]:
    if not name:
        return [required(path)]
    found = fails(path, name, dns_subdomain)
    if not found and name.count(".") < 2:
        what = "should be a domain with at least three segments separated by dots"
        found.append(invalid(path, name, what))
    return found


def _review_versions(hook: JsonObject, path: str) -> list[FieldError]:
    versions = texts(hook, "admissionReviewVersions")
    told = ", ".join(_REVIEWS)
    if not versions:
        return [required(path, f"must specify one of {told}")]
    found: list[FieldError] = []
    for index, each in enumerate(versions):
        if each in versions[:index]:
            found.append(invalid(f"{path}[{index}]", each, "duplicate version"))
            continue
        found.extend(fails(f"{path}[{index}]", each, dns_1035_label))
    if not set(versions) & set(_REVIEWS):
        what = f"must include at least one of {told}"
        found.append(invalid(path, [*versions], what))
    return found


def _rule(rule: JsonObject, path: str) -> list[FieldError]:
    found: list[FieldError] = []
    operations = texts(rule, "operations")
    found.extend(_any(rule, "operations", "operations", path))
    for index, each in enumerate(operations):
        found.extend(unsupported(each, _OPERATIONS, f"{path}.operations[{index}]"))
    found.extend(_any(rule, "apiGroups", "API groups", path))
    found.extend(_any(rule, "apiVersions", "API versions", path))
    found.extend(
        required(f"{path}.apiVersions[{index}]")
        for index, each in enumerate(texts(rule, "apiVersions"))
        if not each
    )
    found.extend(_resources(texts(rule, "resources"), f"{path}.resources"))
    if given(rule, "scope"):
        found.extend(unsupported(text(rule, "scope"), _SCOPES, f"{path}.scope"))
    return found


def _any(rule: JsonObject, name: str, noun: str, path: str) -> list[FieldError]:
    held = texts(rule, name)
    if not held:
        return [required(f"{path}.{name}")]
    if len(held) > 1 and "*" in held:
        what = f"if '*' is present, must not specify other {noun}"
        return [invalid(f"{path}.{name}", [*held], what)]
    return []


def _resources(resources: list[str], path: str) -> list[FieldError]:
    if not resources:
        return [required(path)]
    found: list[FieldError] = []
    whole: set[str] = set()
    subs: set[str] = set()
    plain = False  # of the last that has no subresource, as the server has it
    for index, each in enumerate(resources):
        name, slash, sub = each.partition("/")
        place = f"{path}[{index}]"
        if not each:
            found.append(required(place))
        elif not slash:
            plain = each != "*"
        else:
            if name in whole:
                what = f"if '{name}/*' is present, must not specify {each}"
                found.append(invalid(place, each, Telling(what, "is named already with all of it")))
            if sub in subs:
                what = f"if '*/{sub}' is present, must not specify {each}"
                found.append(invalid(place, each, Telling(what, "is named already with all of it")))
            whole |= {name} if sub == "*" else set()
            subs |= {sub} if name == "*" else set()
    if len(resources) > 1 and "*/*" in resources:
        what = "if '*/*' is present, must not specify other resources"
        found.append(invalid(path, [*resources], what))
    if "*" in resources and plain:
        what = "if '*' is present, must not specify other resources without subresources"
        found.append(invalid(path, [*resources], what))
    return found


def _client(config: JsonObject, path: str) -> list[FieldError]:
    url, service = given(config, "url"), given(config, "service")
    if url == service:
        return [required(path, "exactly one of url or service is required")]
    if url:
        return _url(text(config, "url"), f"{path}.url")
    held, place = obj(config, "service"), f"{path}.service"
    found = [
        required(f"{place}.{name}", f"service {name} is required")
        for name in ("name", "namespace")
        if not text(held, name)
    ]
    port = number(held, "port")
    if port is not None:
        what = "port is not valid: "
        found.extend(invalid(f"{place}.port", port, what + m) for m in port_number(port))
    if given(held, "path") and not text(held, "path").startswith("/"):
        shown = text(held, "path")
        found.append(invalid(f"{place}.path", shown, "must start with a '/'"))
    return found


def _url(url: str, path: str) -> list[FieldError]:
    form = "; desired format: https://host[/path]"
    try:
        parts = urlsplit(url)
    except ValueError:
        return [required(path, f"url must be a valid URL{form}")]
    found: list[FieldError] = []
    if parts.scheme != "https":
        what = f"'https' is the only allowed URL scheme{form}"
        found.append(invalid(path, parts.scheme, what))
    if not parts.netloc:
        found.append(invalid(path, parts.netloc, f"host must be specified{form}"))
    if "@" in parts.netloc:
        user = parts.netloc.rpartition("@")[0]
        found.append(invalid(path, user, f"user information is not permitted in the URL{form}"))
    if parts.fragment:
        what = f"fragments are not permitted in the URL{form}"
        found.append(invalid(path, parts.fragment, what))
    if parts.query:
        what = f"query parameters are not permitted in the URL{form}"
        found.append(invalid(path, parts.query, what))
    return found


def _policy(document: JsonObject) -> list[FieldError]:
    spec = obj(document, "spec")
    found = _policy_head(spec)
    validations, notes = objs(spec, "validations"), objs(spec, "auditAnnotations")
    if not validations and not notes:
        what = "validations or auditAnnotations must contain at least one item"
        found.extend(required(f"spec.{name}", what) for name in ("validations", "auditAnnotations"))
    for index, each in enumerate(validations):
        if not text(each, "expression").strip():
            path = f"spec.validations[{index}].expression"
            found.append(required(path, "expression is not specified"))
    return found


def _mutating_policy(document: JsonObject) -> list[FieldError]:
    spec = obj(document, "spec")
    found = _policy_head(spec)
    mutations = objs(spec, "mutations")
    if not mutations:
        what = "mutations must contain at least one item"
        found.append(required("spec.mutations", what))
    kinds = ("ApplyConfiguration", "JSONPatch")
    for index, each in enumerate(mutations):
        path = f"spec.mutations[{index}].patchType"
        found.extend(one_of(text(each, "patchType"), kinds, path))
    path = "spec.reinvocationPolicy"
    found.extend(one_of(text(spec, "reinvocationPolicy"), _REINVOCATIONS, path))
    return found


def _policy_head(spec: JsonObject) -> list[FieldError]:
    """Return what is wrong with what both kinds of policies have."""
    found: list[FieldError] = []
    if given(spec, "failurePolicy"):
        path = "spec.failurePolicy"
        found.extend(unsupported(text(spec, "failurePolicy"), _POLICIES, path))
    if given(spec, "paramKind"):
        kind = obj(spec, "paramKind")
        missing = [name for name in ("apiVersion", "kind") if not text(kind, name)]
        found.extend(required(f"spec.paramKind.{name}") for name in missing)
    if not given(spec, "matchConstraints"):
        found.append(required("spec.matchConstraints"))
    else:
        held, path = obj(spec, "matchConstraints"), "spec.matchConstraints"
        if not listed(held, "resourceRules"):
            found.append(required(f"{path}.resourceRules"))
        found.extend(_match_resources(held, path))
    for index, each in enumerate(objs(spec, "matchConditions")):
        missing = [name for name in ("name", "expression") if not text(each, name)]
        found.extend(required(f"spec.matchConditions[{index}].{name}") for name in missing)
    return found


def _match_resources(held: JsonObject, path: str) -> list[FieldError]:
    found: list[FieldError] = []
    for name in ("namespaceSelector", "objectSelector"):
        found.extend(label_selector(obj(held, name), f"{path}.{name}"))
    for name in ("resourceRules", "excludeResourceRules"):
        for index, each in enumerate(objs(held, name)):
            found.extend(_rule(each, f"{path}.{name}[{index}]"))
    return found


def _binding(document: JsonObject) -> list[FieldError]:
    spec = obj(document, "spec")
    found: list[FieldError] = []
    name = text(spec, "policyName")
    if name:
        found.extend(fails("spec.policyName", name, dns_subdomain))
    else:
        found.append(required("spec.policyName"))
    if given(spec, "paramRef"):
        held, path = obj(spec, "paramRef"), "spec.paramRef"
        if text(held, "name") and given(held, "selector"):
            what = "name and selector are mutually exclusive"
            found.append(forbidden(f"{path}.name", what))
        elif not text(held, "name") and not given(held, "selector"):
            found.append(required(path, "one of name or selector must be specified"))
        if not given(held, "parameterNotFoundAction"):
            found.append(required(f"{path}.parameterNotFoundAction"))
    found.extend(_match_resources(obj(spec, "matchResources"), "spec.matchResources"))
    return found


def _validating_binding(document: JsonObject) -> list[FieldError]:
    found = _binding(document)
    actions = texts(obj(document, "spec"), "validationActions")
    path = "spec.validationActions"
    if not actions:
        found.append(required(path))
    for index, each in enumerate(actions):
        found.extend(unsupported(each, _ACTIONS, f"{path}[{index}]"))
        if each in actions[:index]:
            found.append(duplicate(f"{path}[{index}]", each))
    if {"Deny", "Warn"} <= set(actions):
        what = "must not contain both Deny and Warn (repeating the same validation failure"
        what += " information in the API response and headers serves no purpose)"
        found.append(invalid(path, [*actions], what))
    return found


def _rules(rule: CreateRule) -> Rules:
    """Return the rules of a kind that an update is held to as a create is."""
    return Rules(rule, metadata="plain", again=1, changes=False)


RULES: Final = {
    "ValidatingWebhookConfiguration": _rules(_webhooks),
    "MutatingWebhookConfiguration": _rules(_webhooks),
    "ValidatingAdmissionPolicy": _rules(_policy),
    "ValidatingAdmissionPolicyBinding": _rules(_validating_binding),
    "MutatingAdmissionPolicy": _rules(_mutating_policy),
    "MutatingAdmissionPolicyBinding": _rules(_binding),
}
