"""Small clusters for tests of rules: Things and Widgets, controllers, hooks that are functions."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from reconcile.objects.gvk import Gvk
from reconcile.simulate.cluster import Cluster
from reconcile.simulate.hooks import Hooked, functions
from reconcile.simulate.metacontroller.client import Write

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

GROUP = "demo.example.com"
API = f"{GROUP}/v1"
CONFIG_MAP = Gvk("v1", "ConfigMap")
SECRET = Gvk("v1", "Secret")
THING = Gvk(API, "Thing")
WIDGET = Gvk(API, "Widget")

_OPEN = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
Child = tuple[str, str, str | None]
"""apiVersion, plural and update method of a kind of children."""
CONFIG_MAPS: tuple[Child, ...] = (("v1", "configmaps", "InPlace"),)


def definition(
    kind: str = "Thing", *, namespaced: bool = True, status: bool = True
) -> dict[str, Any]:
    """Return the definition of a kind whose spec and status are open."""
    plural = f"{kind.lower()}s"
    version: dict[str, Any] = {
        "name": "v1",
        "served": True,
        "storage": True,
        "schema": {
            "openAPIV3Schema": {"type": "object", "properties": {"spec": _OPEN, "status": _OPEN}}
        },
    }
    if status:
        version["subresources"] = {"status": {}}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{GROUP}"},
        "spec": {
            "group": GROUP,
            "scope": "Namespaced" if namespaced else "Cluster",
            "names": {"kind": kind, "plural": plural, "singular": kind.lower()},
            "versions": [version],
        },
    }


def _rule(child: Child) -> dict[str, Any]:
    made: dict[str, Any] = {"apiVersion": child[0], "resource": child[1]}
    if child[2] is not None:
        made["updateStrategy"] = {"method": child[2]}
    return made


def _hooks(
    called: Mapping[str, Callable[..., Any]], name: str, hooks: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the hooks of a controller: those that are called, with what `hooks` says of them."""
    made: dict[str, Any] = {}
    for hook in called:
        given = hooks.get(hook, {})
        webhook = {"url": f"http://{name}/{hook}", **given.get("webhook", {})}
        made[hook] = {**given, "webhook": webhook}
    return {**made, **{hook: given for hook, given in hooks.items() if hook not in made}}


def composite(
    *,
    name: str = "cc",
    children: Sequence[Child] = CONFIG_MAPS,
    parent: Mapping[str, Any] | None = None,
    hooks: Mapping[str, Any] | None = None,
    spec: Mapping[str, Any] | None = None,
    generate: bool = True,
    **called: Callable[..., Any],
) -> Hooked:
    """Return a CompositeController of Things and the functions that its hooks call."""
    document = {
        "apiVersion": "metacontroller.k8s.io/v1alpha1",
        "kind": "CompositeController",
        "metadata": {"name": name},
        "spec": {
            "parentResource": {"apiVersion": API, "resource": "things", **(parent or {})},
            "childResources": [_rule(child) for child in children],
            "hooks": _hooks(called, name, hooks or {}),
            **({"generateSelector": True} if generate else {}),
            **(spec or {}),
        },
    }
    return Hooked(document, functions(**called))


def decorator(
    *,
    name: str = "dc",
    attachments: Sequence[Child] = CONFIG_MAPS,
    resources: Sequence[Mapping[str, Any]] = ({"apiVersion": API, "resource": "things"},),
    hooks: Mapping[str, Any] | None = None,
    spec: Mapping[str, Any] | None = None,
    **called: Callable[..., Any],
) -> Hooked:
    """Return a DecoratorController of Things and the functions that its hooks call."""
    document = {
        "apiVersion": "metacontroller.k8s.io/v1alpha1",
        "kind": "DecoratorController",
        "metadata": {"name": name},
        "spec": {
            "resources": [dict(rule) for rule in resources],
            "attachments": [_rule(child) for child in attachments],
            "hooks": _hooks(called, name, hooks or {}),
            **(spec or {}),
        },
    }
    return Hooked(document, functions(**called))


def cluster(
    *controllers: Hooked,
    kinds: Sequence[Mapping[str, Any]] = (),
    things: Sequence[str] = ("t1",),
    **options: Any,
) -> Cluster:
    """Return a cluster with controllers, the kinds Thing and Widget, and some Things."""
    known: dict[str, Mapping[str, Any]] = {kind: definition(kind) for kind in ("Thing", "Widget")}
    known.update({str(each["spec"]["names"]["kind"]): each for each in kinds})
    first, *rest = controllers
    made = Cluster(first._replace(crds=tuple(known.values())), *rest, **options)
    for name in things:
        made.create(thing(name))
    return made


def answering(*children: Any, **answer: Any) -> Callable[[Any], Any]:
    """Return a hook that always answers the same."""
    return lambda _: {"status": {}, "children": list(children), **answer}


def wanting(
    method: str | None, child: dict[str, Any], resource: str, *, apply: str = "dynamic"
) -> Cluster:
    """Return a cluster whose Thing wants one child, with an update method."""
    rule: Child = (child["apiVersion"], resource, method)
    return cluster(composite(children=(rule,), sync=answering(child)), apply=apply)


def changing(
    method: str | None,
    before: dict[str, Any],
    after: dict[str, Any],
    resource: str,
    *,
    foreign: dict[str, Any] | None = None,
    apply: str = "dynamic",
) -> Cluster:
    """Return a cluster that settled with one child, and whose Thing now wants another form of it.

    Shape: `foreign` is what a user patched into the child in between.
    """

    def sync(request: Any) -> Any:
        wanted = after if request["parent"]["spec"].get("after") else before
        return {"status": {}, "children": [wanted]}

    rule: Child = (before["apiVersion"], resource, method)
    made = cluster(composite(children=(rule,), sync=sync), apply=apply)
    made.settle()
    if foreign is not None:
        kind = Gvk(before["apiVersion"], before["kind"])
        made.patch(kind, before["metadata"]["name"], foreign)
    made.patch(THING, "t1", {"spec": {"after": True}})
    return made


def thing(name: str = "t1", **spec: Any) -> dict[str, Any]:
    """Return a Thing."""
    return {"apiVersion": API, "kind": "Thing", "metadata": {"name": name}, "spec": spec}


def widget(name: str = "w", /, **spec: Any) -> dict[str, Any]:
    """Return a Widget."""
    return {"apiVersion": API, "kind": "Widget", "metadata": {"name": name}, "spec": spec}


def config_map(name: str = "c", /, **data: Any) -> dict[str, Any]:
    """Return a ConfigMap."""
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}


def key(kind: Gvk) -> str:
    """Return the key of a kind in the requests of hooks."""
    group, _, version = kind.api_version.rpartition("/")
    return f"{kind.kind}.{group}{'/' if group else ''}{version}"


def writes(cluster: Cluster) -> list[str]:
    """Return what Metacontroller wrote: verb, code, and the end of the path."""
    return [
        f"{row.verb} {row.code} {'/'.join(row.uri.partition('?')[0].split('/')[-2:])}"
        for row in cluster.rows
        if isinstance(row, Write)
    ]


def requests(cluster: Cluster, hook: str = "sync") -> list[dict[str, Any]]:
    """Return the requests to a hook, in order."""
    return [json.loads(row.called.call.body) for row in cluster.calls if row.hook == hook]


def warnings(cluster: Cluster) -> list[str]:
    """Return the messages of the warnings that were emitted."""
    return [str(event["message"]) for event in cluster.events if event["type"] == "Warning"]
