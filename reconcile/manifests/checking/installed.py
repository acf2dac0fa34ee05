"""What is wrong with a CompositeController or DecoratorController, held to the code it calls.

1. Only what is known to go wrong: a strategy, a hook or a selector that is another than in the
   code. What the document may choose freely, such as names, URLs and periods, is its own.

Source: rules of Metacontroller 4.17.2 by their numbers, see `docs/explanation/rules.md`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from reconcile.errors import ObjectError
from reconcile.hook.controller import Controller
from reconcile.manifests.checking.declared import scope_of
from reconcile.manifests.checking.finding import Finding, Severity
from reconcile.manifests.controller import _needs_finalize
from reconcile.value.equality import equal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reconcile.hook.controller import Decorator
    from reconcile.state.declared import Child
    from reconcile.value.types import Json, JsonObject

__all__ = ["installed", "matching", "member", "name_of", "objects"]

COMPOSITE: Final = "CompositeController"
DECORATOR: Final = "DecoratorController"
_HOOKS: Final = ("sync", "finalize", "customize")


def member(document: Json, *path: str) -> Json:
    """Return what stands at a place of a document, None where there is nothing."""
    found: Json = document
    for name in path:
        found = found.get(name) if isinstance(found, dict) else None
    return found


def objects(value: Json) -> list[JsonObject]:
    """Return the objects in a list; what is no list has none."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def name_of(document: JsonObject) -> str:
    """Return how a document is spoken of."""
    return f"{document.get('kind')} {member(document, 'metadata', 'name') or '(no name)'}"


def matching(
    controller: Controller[Any] | Decorator[Any], documents: Sequence[JsonObject]
) -> list[JsonObject]:
    """Return the controller objects that are for a controller, as far as names tell."""
    found = [
        document
        for document in documents
        if str(document.get("apiVersion", "")).startswith("metacontroller.k8s.io/")
    ]
    if isinstance(controller, Controller):
        parent: Any = controller.parent
        wanted = (controller.gvk.group, parent.plural)
        return [
            document
            for document in found
            if document.get("kind") == COMPOSITE
            and _named(member(document, "spec", "parentResource")) == wanted
        ]
    kinds = {(gvk.group, kind.plural) for gvk, kind in controller.resources.items()}
    return [
        document
        for document in found
        if document.get("kind") == DECORATOR
        and {_named(each) for each in objects(member(document, "spec", "resources"))} == kinds
    ]


def _named(resource: Json) -> tuple[str, str]:
    """Return group and plural of a resource rule."""
    group, slash, _ = str(member(resource, "apiVersion") or "").rpartition("/")
    return (group if slash else ""), str(member(resource, "resource"))


def installed(
    controller: Controller[Any] | Decorator[Any], document: JsonObject
) -> Iterator[Finding]:
    """Yield where a controller object does not fit the code."""
    where = name_of(document)
    if isinstance(controller, Controller):
        yield from _parent(controller, document, where)
        children = objects(member(document, "spec", "childResources"))
        yield from _children(controller.children, children, where, "/spec/childResources")
    else:
        yield from _decorated(controller, document, where)
        children = objects(member(document, "spec", "attachments"))
        yield from _children(controller.children, children, where, "/spec/attachments")
    yield from _hooks(controller, document, where)


def _parent(controller: Controller[Any], document: JsonObject, where: str) -> Iterator[Finding]:
    generates = member(document, "spec", "generateSelector") is True
    if generates != controller.generate_selector:
        told = "true" if controller.generate_selector else "false"
        comes = (
            "children need the labels that spec.selector of the parent asks for, and every sync "
            "of a parent without one fails"
            if controller.generate_selector
            else "children are found by controller-uid, and spec.selector of the parent is ignored"
        )
        yield Finding(
            "generate-selector",
            "error",
            where,
            f"is not {told}, as the code has it",
            comes,
            f"write generateSelector: {told}, or Controller(generate_selector=...)",
            "/spec/generateSelector",
            source="3.2" if controller.generate_selector else "3.1",
        )
    version = str(member(document, "spec", "parentResource", "apiVersion"))
    if version != controller.gvk.api_version:
        yield Finding(
            "parent-version",
            "error",
            where,
            f"asks for parents as {version}, the code reads {controller.gvk.api_version}",
            "every request is refused, as its parent is of another version",
            f"write apiVersion: {controller.gvk.api_version}",
            "/spec/parentResource/apiVersion",
        )
    yield from _selector(
        controller.label_selector,
        member(document, "spec", "parentResource", "labelSelector"),
        where,
        "/spec/parentResource/labelSelector",
    )


def _decorated(controller: Decorator[Any], document: JsonObject, where: str) -> Iterator[Finding]:
    rules = objects(member(document, "spec", "resources"))
    for each in controller.decorated:
        for place, rule in enumerate(rules):
            if _named(rule) != (each.kind.gvk.group, each.kind.plural):
                continue
            pointer = f"/spec/resources/{place}"
            for code, name in (
                (each.label_selector, "labelSelector"),
                (each.annotation_selector, "annotationSelector"),
            ):
                yield from _selector(code, rule.get(name), where, f"{pointer}/{name}")


def _selector(code: Any, document: Json, where: str, pointer: str) -> Iterator[Finding]:
    if not equal(code or None, document or None):
        yield Finding(
            "other-selector",
            "error",
            where,
            "selects other objects than the code says",
            "the hook is called for objects that it is not written for, or not for those it is",
            "write the selector of the code, or change the one in the code",
            pointer,
            source="3.22" if "annotation" in pointer or "resources" in pointer else "1.7",
        )


def _children(
    declared: Sequence[Child], rules: list[JsonObject], where: str, pointer: str
) -> Iterator[Finding]:
    left = dict(enumerate(rules))
    for child in declared:
        try:
            wanted = (child.gvk.group, child.resource)
        except ObjectError:
            continue
        place = next((key for key, rule in left.items() if _named(rule) == wanted), None)
        if place is None:
            yield Finding(
                "child-not-watched",
                "error",
                where,
                f"does not have {child.resource}, which the code declares",
                "each is created once, and then neither seen, updated nor deleted",
                f"add apiVersion: {child.gvk.api_version}, resource: {child.resource}, with "
                f"updateStrategy {child.update}",
                pointer,
                source="1.36",
            )
            continue
        yield from _child(child, left.pop(place), where, f"{pointer}/{place}")
    for place, rule in left.items():
        yield Finding(
            "child-not-declared",
            "error",
            where,
            f"has {_named(rule)[1]}, which the code does not declare",
            "what Metacontroller finds of it for a parent is deleted at the next sync",
            "take it out, or add the Child(...) and its rule",
            f"{pointer}/{place}",
            source="3.17",
        )


def _child(child: Child, rule: JsonObject, where: str, pointer: str) -> Iterator[Finding]:
    if rule.get("apiVersion") != child.gvk.api_version:
        yield Finding(
            "child-version",
            "error",
            where,
            f"has {child.resource} in another version than the code",
            "each is deleted and created again with each sync",
            f"write apiVersion: {child.gvk.api_version}",
            f"{pointer}/apiVersion",
            source="1.37",
        )
    method = str(member(rule, "updateStrategy", "method") or "OnDelete")
    if method != child.update:
        silent = member(rule, "updateStrategy", "method") is None
        what = "no update strategy, which is OnDelete," if silent else method
        severity: Severity = "error" if "OnDelete" in (method, child.update) else "warning"
        yield Finding(
            "other-strategy",
            severity,
            where,
            f"has {what} for {child.resource}, the code has {child.update}",
            "a child that is there never changes"
            if method == "OnDelete"
            else "children are changed in another way than the code was tested with",
            f"write method: {child.update}",
            f"{pointer}/updateStrategy",
            source="6.2",
        )
    checks = {
        str(each.get("type")): each.get("status")
        for each in objects(member(rule, "updateStrategy", "statusChecks", "conditions"))
    }
    if method.startswith("Rolling") and not equal(checks, dict(child.status_checks)):
        yield Finding(
            "status-checks",
            "warning",
            where,
            f"has other status checks for {child.resource} than the code",
            "a rollout goes on sooner, or later, than the code says",
            "write the checks of Child(status_checks=...)",
            f"{pointer}/updateStrategy/statusChecks",
            source="6.23",
        )


# -- hooks -------------------------------------------------------------------------------------


def _hooks(
    controller: Controller[Any] | Decorator[Any], document: JsonObject, where: str
) -> Iterator[Finding]:
    hooks = member(document, "spec", "hooks")
    there = hooks if isinstance(hooks, dict) else {}
    yield from _needed(controller, there, where)
    for name in _HOOKS:
        if isinstance(there.get(name), dict):
            yield from _webhook(name, member(there, name, "webhook"), where)
    if controller.customizes and _namespaced(controller):
        for name in _HOOKS:
            hook = there.get(name)
            if isinstance(hook, dict) and hook.get("version", "v1") == "v1":
                yield Finding(
                    "hook-version",
                    "warning",
                    where,
                    f"calls {name} under version v1, and the code asks for related objects",
                    "a parent in a namespace is not shown what is in other ones, or in none: it "
                    "looks as if nothing was there",
                    "write version: v2 for every hook",
                    f"/spec/hooks/{name}",
                    source="1.17",
                )


def _namespaced(controller: Controller[Any] | Decorator[Any]) -> bool:
    if isinstance(controller, Controller):
        return scope_of(controller) == "Namespaced"
    return any(each.kind.namespaced for each in controller.decorated)


def _needed(
    controller: Controller[Any] | Decorator[Any], there: JsonObject, where: str
) -> Iterator[Finding]:
    pointer = "/spec/hooks"
    if "sync" not in there:
        yield Finding(
            "no-sync",
            "error",
            where,
            "has no sync hook",
            "every sync of a parent that is not being deleted fails",
            "add hooks.sync with the URL of the webhook",
            pointer,
            source="1.6",
        )
    needed = _needs_finalize(controller)
    if needed and "finalize" not in there:
        tears = controller.tears_down
        yield Finding(
            "no-finalize",
            "error" if tears else "warning",
            where,
            "has no finalize hook, and the rules tear something down"
            if tears
            else "has no finalize hook, and the decorator selects objects",
            "a parent that is deleted is gone at once, and its clean-ups never run"
            if tears
            else "attachments of an object stay when it is not selected any more",
            "add hooks.finalize",
            pointer,
            source="1.7",
        )
    if not needed and "finalize" in there:
        yield Finding(
            "finalize-for-nothing",
            "warning",
            where,
            "has a finalize hook, and no rule tears anything down",
            "every deletion of a parent waits for the webhook, for ever where it is gone",
            "take hooks.finalize out",
            f"{pointer}/finalize",
            source="1.4",
        )
    if controller.customizes and "customize" not in there:
        yield Finding(
            "no-customize",
            "error",
            where,
            "has no customize hook, and the code asks for related objects",
            "the rules never see one: what they require never comes",
            "add hooks.customize",
            pointer,
            source="8.1",
        )
    if not controller.customizes and "customize" in there:
        yield Finding(
            "customize-for-nothing",
            "warning",
            where,
            "has a customize hook, and the code has no customize=",
            "the webhook is called once more for each parent, for an answer that is always empty",
            "take hooks.customize out",
            f"{pointer}/customize",
            source="8.3",
        )


def _webhook(name: str, webhook: Json, where: str) -> Iterator[Finding]:
    pointer = f"/spec/hooks/{name}/webhook"
    url = member(webhook, "url")
    path = _path(url) if isinstance(url, str) else member(webhook, "path")
    service = member(webhook, "service")
    if name == "sync" or isinstance(webhook, dict):
        whole = isinstance(url, str) and bool(url)
        aimed = all(isinstance(member(service, each), str) for each in ("name", "namespace"))
        if not whole and not (aimed and isinstance(path, str)):
            yield Finding(
                "no-url",
                "error",
                where,
                f"does not say where {name} is",
                "the controller never starts",
                "write url:, or service: with name and namespace, and path:",
                pointer,
                source="2.2",
            )
    called = str(path or "").rstrip("/").rpartition("/")[2]
    if called in _HOOKS and called != name:
        yield Finding(
            "other-hook",
            "error",
            where,
            f"calls {called} for {name}",
            "the webhook answers another question than it is asked",
            f"let the path end in /{name}",
            f"{pointer}/{'url' if isinstance(url, str) else 'path'}",
        )
    yield from _etag(member(webhook, "etag"), where, f"{pointer}/etag")


def _path(url: str) -> str:
    try:
        return urlsplit(url).path
    except ValueError:  # brackets that do not close
        return ""


def _etag(etag: Json, where: str, pointer: str) -> Iterator[Finding]:
    if member(etag, "enabled") is not True:
        return
    kept, cleaned = member(etag, "cacheTimeoutSeconds"), member(etag, "cacheCleanupSeconds")
    if kept and not cleaned:
        yield Finding(
            "etag",
            "error",
            where,
            "has cacheTimeoutSeconds without cacheCleanupSeconds",
            "the controller never starts, and no event says so",
            "write both",
            pointer,
            source="2.14",
        )
    elif not kept:
        yield Finding(
            "etag",
            "warning",
            where,
            "has no cacheTimeoutSeconds",
            "answers are kept for ever, those for parents that are gone, too",
            "write cacheTimeoutSeconds and cacheCleanupSeconds",
            pointer,
            source="2.14",
        )
