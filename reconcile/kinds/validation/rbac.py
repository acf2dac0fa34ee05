"""Roles and bindings: what the API server refuses of them.

Source: k8s.io/kubernetes pkg/apis/rbac/validation/validation.go, 1.36.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ._primitives import dns_subdomain, fails, invalid, not_supported, path_segment, required
from ._read import given, listed, obj, objs, text, texts
from ._rules import Rules
from ._shared import label_selector

if TYPE_CHECKING:
    from reconcile.kinds.field_error import FieldError
    from reconcile.value.types import JsonObject

__all__ = ["RULES"]

_GROUP: Final = "rbac.authorization.k8s.io"


def _rules(document: JsonObject, *, namespaced: bool) -> list[FieldError]:
    found: list[FieldError] = []
    for index, each in enumerate(objs(document, "rules")):
        found.extend(_rule(each, f"rules[{index}]", namespaced=namespaced))
    return found


def _rule(rule: JsonObject, path: str, *, namespaced: bool) -> list[FieldError]:
    found: list[FieldError] = []
    if not texts(rule, "verbs"):
        found.append(required(f"{path}.verbs", "verbs must contain at least one value"))
    urls = listed(rule, "nonResourceURLs")
    if urls:
        place = f"{path}.nonResourceURLs"
        if namespaced:
            what = "namespaced rules cannot apply to non-resource URLs"
            found.append(invalid(place, [*urls], what))
        if any(texts(rule, name) for name in ("apiGroups", "resources", "resourceNames")):
            what = "rules cannot apply to both regular resources and non-resource URLs"
            found.append(invalid(place, [*urls], what))
        return found
    if not texts(rule, "apiGroups"):
        what = "resource rules must supply at least one api group"
        found.append(required(f"{path}.apiGroups", what))
    if not texts(rule, "resources"):
        what = "resource rules must supply at least one resource"
        found.append(required(f"{path}.resources", what))
    return found


def _role(document: JsonObject) -> list[FieldError]:
    return _rules(document, namespaced=True)


def _cluster_role(document: JsonObject) -> list[FieldError]:
    found = _rules(document, namespaced=False)
    if given(document, "aggregationRule"):
        path = "aggregationRule.clusterRoleSelectors"
        selectors = objs(obj(document, "aggregationRule"), "clusterRoleSelectors")
        if not selectors:
            what = "at least one clusterRoleSelector required if aggregationRule is non-nil"
            found.append(required(path, what))
        for index, each in enumerate(selectors):
            found.extend(label_selector(each, f"{path}[{index}]"))
    return found


def _bound(document: JsonObject, kinds: tuple[str, ...], *, namespaced: bool) -> list[FieldError]:
    found: list[FieldError] = []
    role = obj(document, "roleRef")
    group, kind, name = (text(role, key) for key in ("apiGroup", "kind", "name"))
    if group != _GROUP:
        found.append(not_supported("roleRef.apiGroup", group, [_GROUP]))
    if kind not in kinds:
        found.append(not_supported("roleRef.kind", kind, kinds))
    if name:
        found.extend(fails("roleRef.name", name, path_segment))
    else:
        found.append(required("roleRef.name"))
    for index, each in enumerate(objs(document, "subjects")):
        found.extend(_subject(each, f"subjects[{index}]", namespaced=namespaced))
    return found


def _subject(subject: JsonObject, path: str, *, namespaced: bool) -> list[FieldError]:
    found: list[FieldError] = []
    group, kind, name = (text(subject, key) for key in ("apiGroup", "kind", "name"))
    if not name:
        found.append(required(f"{path}.name"))
    if kind == "ServiceAccount":
        if name:
            found.extend(fails(f"{path}.name", name, dns_subdomain))
        if group:
            found.append(not_supported(f"{path}.apiGroup", group, [""]))
        if not namespaced and not text(subject, "namespace"):
            found.append(required(f"{path}.namespace"))
    elif kind in {"User", "Group"}:
        if not name:
            what = f"{kind.lower()} name cannot be empty"
            found.append(invalid(f"{path}.name", "", what))
        if group != _GROUP:
            found.append(not_supported(f"{path}.apiGroup", group, [_GROUP]))
    else:
        found.append(not_supported(f"{path}.kind", kind, ["ServiceAccount", "User", "Group"]))
    return found


def _role_binding(document: JsonObject) -> list[FieldError]:
    return _bound(document, ("Role", "ClusterRole"), namespaced=True)


def _cluster_role_binding(document: JsonObject) -> list[FieldError]:
    return _bound(document, ("ClusterRole",), namespaced=False)


def _changed(before: JsonObject, after: JsonObject) -> list[FieldError]:
    role, former = obj(after, "roleRef"), obj(before, "roleRef")
    names = ("apiGroup", "kind", "name")
    if all(text(role, name) == text(former, name) for name in names):
        return []
    shown: JsonObject = {name[0].upper() + name[1:]: text(role, name) for name in names[1:]}
    shown = {"APIGroup": text(role, "apiGroup"), **shown}
    return [invalid("roleRef", shown, "cannot change roleRef")]


def _role_binding_update(before: JsonObject, after: JsonObject) -> list[FieldError]:
    return _role_binding(after) + _changed(before, after)


def _cluster_role_binding_update(before: JsonObject, after: JsonObject) -> list[FieldError]:
    return _cluster_role_binding(after) + _changed(before, after)


RULES: Final = {
    "Role": Rules(_role, names=path_segment, again=1),
    "ClusterRole": Rules(_cluster_role, names=path_segment, again=1),
    "RoleBinding": Rules(_role_binding, _role_binding_update, names=path_segment, again=1),
    "ClusterRoleBinding": Rules(
        _cluster_role_binding, _cluster_role_binding_update, names=path_segment, again=1
    ),
}
