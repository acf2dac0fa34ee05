"""What Metacontroller may not do that a controller needs, by the roles among the manifests.

1. Roles are looked at where there are any: without one, nobody says what Metacontroller may do.
2. Roles bound to a service account of the name `metacontroller` count; where no binding names it,
   all roles do, so that what is missing is missing everywhere.
3. What every installation needs is asked for, no more; `rbac` makes roles that have all.

Source: the requests of Metacontroller 4.17.2 in its recordings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from reconcile.errors import ObjectError
from reconcile.hook.controller import Controller
from reconcile.manifests.checking.finding import Finding
from reconcile.manifests.checking.installed import member, name_of, objects

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reconcile.hook.controller import Decorator
    from reconcile.kinds._loop import Apply
    from reconcile.state.declared import Related
    from reconcile.value.types import Json, JsonObject

__all__ = ["allowed"]

_WATCH: Final = ("list", "watch")
_ACCOUNT: Final = "metacontroller"
_WHY: Final = "the API server refuses what Metacontroller asks, and the sync fails each time"


def allowed(
    controller: Controller[Any] | Decorator[Any],
    documents: Sequence[JsonObject],
    *,
    related: Sequence[Related],
    apply: Apply,
) -> Iterator[Finding]:
    """Yield the resources that no role lets Metacontroller use as the controller needs."""
    roles = _roles(documents)
    if not roles:
        return
    names = ", ".join(name_of(role) for role in roles)
    rules = [rule for role in roles for rule in objects(role.get("rules"))]
    for what, group, resource, verbs in _needed(controller, related, apply):
        missing = [
            verb for verb in verbs if not any(_lets(r, group, resource, verb) for r in rules)
        ]
        if missing:
            full = f"{resource}.{group}" if group else resource
            yield Finding(
                "not-allowed",
                "error",
                names,
                f"does not allow {', '.join(missing)} of {full}",
                f"{what}; {_WHY}",
                f'add a rule: apiGroups: ["{group}"], resources: ["{resource}"], '
                f"verbs: [{', '.join(verbs)}]",
                "/rules",
            )


def _roles(documents: Sequence[JsonObject]) -> list[JsonObject]:
    """Return the roles that Metacontroller has, as far as the documents tell."""
    roles = [each for each in documents if each.get("kind") in {"ClusterRole", "Role"}]
    bound = {
        (str(member(each, "roleRef", "kind")), str(member(each, "roleRef", "name")))
        for each in documents
        if each.get("kind") in {"ClusterRoleBinding", "RoleBinding"}
        and any(subject.get("name") == _ACCOUNT for subject in objects(each.get("subjects")))
    }
    if not bound:
        return roles
    return [each for each in roles if _named(each) in bound]


def _named(role: JsonObject) -> tuple[str, str]:
    return str(role["kind"]), str(member(role, "metadata", "name"))


def _needed(
    controller: Controller[Any] | Decorator[Any], related: Sequence[Related], apply: Apply
) -> Iterator[tuple[str, str, str, tuple[str, ...]]]:
    """Yield why, group, resource and verbs of what Metacontroller needs."""
    if isinstance(controller, Controller):
        parent: Any = controller.parent
        group = controller.gvk.group
        yield "it is the parent", group, parent.plural, ("get", *_WATCH)
        yield "its status is written", group, f"{parent.plural}/status", ("update",)
    else:
        for gvk, kind in controller.resources.items():
            yield "it is decorated", gvk.group, kind.plural, _WATCH
    for child in controller.children:
        try:
            resource = child.resource
        except ObjectError:
            continue
        verbs = [*_WATCH, "create", "delete"]
        if apply == "server-side":
            verbs.append("patch")
        elif child.update.endswith("InPlace"):
            verbs.append("update")
        yield "the rules make it", child.gvk.group, resource, tuple(verbs)
    for each in related:
        gvk = each.kind if isinstance(each.kind, tuple) else each.kind.gvk
        yield "customize asks for it", gvk.group, each.resource, _WATCH


def _lets(rule: JsonObject, group: str, resource: str, verb: str) -> bool:
    """Return whether a rule of a role allows a verb. Source: k8s.io/component-helpers rbac."""
    _, slash, sub = resource.partition("/")
    resources = _texts(rule.get("resources"))
    return (
        bool({verb, "*"} & _texts(rule.get("verbs")))
        and bool({group, "*"} & _texts(rule.get("apiGroups")))
        and bool({resource, "*", *([f"*/{sub}"] if slash else [])} & resources)
        and not rule.get("resourceNames")
    )


def _texts(value: Json) -> set[str]:
    return {each for each in value if isinstance(each, str)} if isinstance(value, list) else set()
