"""What Metacontroller's service account must be allowed for one controller, and nothing more.

1. Verbs follow from the controller object alone: Metacontroller's code has one request for each of
   them, which stands beside it here. The tests hold them to what a real one was recorded to send.
2. Roles are for the whole cluster, because Metacontroller lists and watches all namespaces. Only
   what hooks refer to by name, as the Secret of a token, is allowed by name and in its namespace.
3. What Metacontroller needs whatever it runs is in each role, so one role is enough to start with.

Source: Metacontroller 4.17.2, pkg/controller, pkg/dynamic/clientset, pkg/events; recordings.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from reconcile.errors import DefinitionError
from reconcile.kinds import fields, known
from reconcile.manifests.controller import controller_object
from reconcile.objects.gvk import Gvk
from reconcile.state.declared import Related

if TYPE_CHECKING:
    from reconcile.hook.controller import Controller, Decorator
    from reconcile.kinds._loop import Apply
    from reconcile.manifests.controller import TokenSecret
    from reconcile.objects.view import Kind
    from reconcile.value.types import Json, JsonObject

    AnyController: TypeAlias = Controller[Any] | Decorator[Any]

__all__ = ["ServiceAccount", "rbac", "unheld"]

GROUP: Final = "rbac.authorization.k8s.io"
_OWN: Final = "metacontroller.k8s.io"
_VERBS: Final = ("get", "list", "watch", "create", "update", "patch", "delete")
_ROLES: Final = frozenset({"roles", "clusterroles", "rolebindings", "clusterrolebindings"})


class ServiceAccount(NamedTuple):
    """Whom Metacontroller's process runs as. The default is that of its own installation."""

    name: str = "metacontroller"
    namespace: str = "metacontroller"


_DEFAULT: Final = ServiceAccount()


class _Rules:
    """Verbs by resource, in the order in which resources were first asked for."""

    def __init__(self) -> None:
        self._verbs: dict[tuple[str, str], set[str]] = {}

    def allow(self, group: str, resource: str, *verbs: str) -> None:
        self._verbs.setdefault((group, resource), set()).update(verbs)

    def written(self) -> list[Json]:
        """Return the rules of a role: resources of one group with the same verbs are one."""
        made: dict[tuple[str, tuple[str, ...]], list[Json]] = {}
        for (group, resource), verbs in self._verbs.items():
            ordered = tuple(verb for verb in _VERBS if verb in verbs)
            made.setdefault((group, ordered), []).append(resource)
        return [
            {"apiGroups": [group], "resources": resources, "verbs": list(verbs)}
            for (group, verbs), resources in made.items()
        ]


class _Named(NamedTuple):
    """An object that a hook refers to."""

    namespace: str
    resource: str
    name: str


def rbac(
    controller: AnyController | Mapping[str, Any],
    *,
    name: str | None = None,
    account: ServiceAccount = _DEFAULT,
    apply: Apply = "dynamic",
    related: Iterable[Related | type[Kind] | Gvk] | None = None,
    finalize: bool | None = None,
    token: TokenSecret | None = None,
) -> list[JsonObject]:
    """Return the roles that let Metacontroller run a controller, and their bindings.

    Shape: a ClusterRole and a ClusterRoleBinding, then a Role and a RoleBinding for each namespace
        with Secrets or ConfigMaps that hooks refer to. `controller` may also be a controller
        object, as `controller_object` gives it; then its name is taken from it. `account` is whom
        Metacontroller runs as, `apply` how it writes children; `finalize` and `token` are as for
        `controller_object`. `related` are the kinds that the customize hook asks for: only its
        author knows them.
    Guarantees: no verb that Metacontroller would not use for such a controller.
    Assumes: children that are roles or bindings themselves need more: the server lets nobody grant
        what he does not hold. See `unheld`.
    Raises: DefinitionError with everything that is wrong.
    """
    document: Mapping[str, Any]
    stateless: frozenset[tuple[str, str]] = frozenset()
    if isinstance(controller, Mapping):
        document = controller
        name = name or str(controller["metadata"]["name"])
    else:
        if name is None:
            raise DefinitionError(["name= is missing"], subject="rbac")
        document = controller_object(
            controller, name=name, url="http://any", finalize=finalize, token=token
        )
        stateless = _without_status(controller)
    spec: Any = document["spec"]
    composite = document["kind"] == "CompositeController"
    asks = "customize" in _object(spec, "hooks")
    if asks and related is None:
        what = (
            "its customize hook asks for objects of kinds that only its author knows: say related="
        )
        raise DefinitionError([what], subject=f"{document['kind']} {name}")
    rules = _Rules()
    if composite:
        _composite(rules, spec, apply)
    else:
        _decorator(rules, spec, apply, stateless)
    _related(rules, related or ())
    _always(rules)
    labels: JsonObject = {"app.kubernetes.io/name": name}
    role = f"metacontroller-{name}"
    made = [*_bound("ClusterRole", role, labels, rules.written(), account)]
    for namespace, allowed in _by_namespace(spec):
        made += _bound("Role", role, labels, allowed, account, namespace=namespace)
    return made


def unheld(controller: AnyController) -> list[str]:
    """Return the resources of children that grant rights, which `rbac` cannot know.

    Shape: `roles.rbac.authorization.k8s.io`. To create one, Metacontroller's account must hold all
        that it grants, or the verbs `escalate` (for roles) or `bind` (for bindings).
    """
    return [
        f"{child.resource}.{GROUP}"
        for child in controller.children
        if child.gvk.group == GROUP and child.resource in _ROLES
    ]


# -- what is allowed, and for which request --------------------------------------------------------


def _composite(rules: _Rules, spec: Any, apply: Apply) -> None:
    group, parent = _resource(spec["parentResource"])
    children = _list(spec, "childResources")
    # An informer; the live object before its status is written, and before an orphan is adopted.
    rules.allow(group, parent, "get", "list", "watch")
    if _finalizes(spec):
        rules.allow(group, parent, "update")
    rules.allow(group, f"{parent}/status", "update")
    if children:
        _blocks(rules, group, parent)
    rolling = False
    for each in children:
        # Children whose labels begin or cease to fit are adopted or released, in any strategy:
        # the live one is read, and written with other owners.
        child, method = _resource(each), _method(each)
        rules.allow(*child, "get", "list", "watch", "create", "update", "delete")
        if apply == "server-side":
            rules.allow(*child, "patch")
        rolling |= method.startswith("Rolling")
    if rolling:
        # Revisions of the parent; they are adopted and released, too.
        rules.allow(_OWN, "controllerrevisions", "get", "create", "update", "delete")


def _decorator(
    rules: _Rules, spec: Any, apply: Apply, stateless: frozenset[tuple[str, str]]
) -> None:
    attachments = _list(spec, "attachments")
    for each in spec["resources"]:
        group, resource = _resource(each)
        # Labels, annotations and finalizers are written onto the object as the informer has it.
        rules.allow(group, resource, "list", "watch", "update")
        if _finalizes(spec):
            rules.allow(group, resource, "get")
        if (group, resource) not in stateless:
            rules.allow(group, f"{resource}/status", "update")
        if attachments:
            _blocks(rules, group, resource)
    for each in attachments:
        rules.allow(*_resource(each), "list", "watch", "create", "delete")
        if apply == "server-side":
            rules.allow(*_resource(each), "patch")
        elif _method(each) in {"InPlace", "RollingInPlace"}:
            rules.allow(*_resource(each), "update")


def _blocks(rules: _Rules, group: str, resource: str) -> None:
    # Children block the deletion of their owner, which the admission plugin
    # OwnerReferencesPermissionEnforcement, on in some distributions, takes for changing it.
    rules.allow(group, f"{resource}/finalizers", "update")


def _related(rules: _Rules, related: Iterable[Related | type[Kind] | Gvk]) -> None:
    for each in related:
        asked = each if isinstance(each, Related) else Related(each)
        wire = asked.to_wire()
        rules.allow(*_resource(wire), "list", "watch")
        if "namespaceSelector" in wire:
            rules.allow("", "namespaces", "list", "watch")


def _always(rules: _Rules) -> None:
    """Allow what Metacontroller does whatever it runs."""
    rules.allow(_OWN, "compositecontrollers", "list", "watch")
    rules.allow(_OWN, "decoratorcontrollers", "list", "watch")
    rules.allow(_OWN, "controllerrevisions", "list", "watch")
    # Before a composite is started: has its parent a status subresource?
    rules.allow("apiextensions.k8s.io", "customresourcedefinitions", "get", "list", "watch")
    # The same event again is a patch of the first.
    rules.allow("", "events", "create", "patch")


# -- what the controller object says ---------------------------------------------------------------


def _object(told: Any, name: str) -> dict[str, Any]:
    return told.get(name) or {}


def _list(told: Any, name: str) -> list[Any]:
    return told.get(name) or []


def _resource(rule: Any) -> tuple[str, str]:
    """Return group and plural of a rule."""
    return Gvk(str(rule["apiVersion"]), "").group, str(rule["resource"])


def _method(rule: Any) -> str:
    return str(_object(rule, "updateStrategy").get("method") or "OnDelete")


def _finalizes(spec: Any) -> bool:
    return "finalize" in _object(spec, "hooks")


def _without_status(controller: AnyController) -> frozenset[tuple[str, str]]:
    """Return the decorated resources that have no status, by group and plural."""
    kinds = [each.kind for each in getattr(controller, "decorated", ())]
    return frozenset(
        (kind.gvk.group, kind.plural)
        for kind in kinds
        if known(*kind.gvk) and "status" not in fields(*kind.gvk)
    )


def _by_namespace(spec: Any) -> Iterator[tuple[str, list[Json]]]:
    """Yield what hooks refer to: by namespace, as the rules of a role."""
    hooks = [_object(hook, "webhook") for hook in _object(spec, "hooks").values() if hook]
    found = {named for each in (*hooks, *_list(spec, "endpointConfigs")) for named in _named(each)}
    places = dict.fromkeys(named.namespace for named in sorted(found))
    for namespace in places:
        names: dict[str, list[Json]] = {}
        for named in sorted(found):
            if named.namespace == namespace:
                names.setdefault(named.resource, []).append(named.name)
        yield (
            namespace,
            [
                {
                    "apiGroups": [""],
                    "resources": [resource],
                    "resourceNames": each,
                    "verbs": ["get"],
                }
                for resource, each in names.items()
            ],
        )


def _named(webhook: Any) -> Iterator[_Named]:
    for part in ("authorization", "basicAuth", "clientTLS", "caBundle"):
        for key, resource in (("secretRef", "secrets"), ("configMapRef", "configmaps")):
            reference = _object(_object(webhook, part), key)
            if reference:
                yield _Named(str(reference["namespace"]), resource, str(reference["name"]))


def _bound(
    kind: str,
    name: str,
    labels: JsonObject,
    rules: list[Json],
    account: ServiceAccount,
    *,
    namespace: str = "",
) -> Iterator[JsonObject]:
    """Yield a role and its binding."""
    metadata: JsonObject = {"name": name}
    if namespace:
        metadata["namespace"] = namespace
    metadata["labels"] = labels
    api_version = f"{GROUP}/v1"
    yield {"apiVersion": api_version, "kind": kind, "metadata": metadata, "rules": rules}
    yield {
        "apiVersion": api_version,
        "kind": f"{kind}Binding",
        "metadata": {**metadata},
        "roleRef": {"apiGroup": GROUP, "kind": kind, "name": name},
        "subjects": [
            {"kind": "ServiceAccount", "name": account.name, "namespace": account.namespace}
        ],
    }
