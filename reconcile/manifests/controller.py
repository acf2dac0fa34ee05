"""The CompositeController or DecoratorController that calls a controller's hooks.

1. All is explicit: update strategies, versions, generateSelector. Metacontroller's own defaults are
   not relied on.
2. Hooks are those that the controller needs: `customize` where it asks for related objects,
   `finalize` where its rules tear something down. A finalize hook that is not needed makes every
   deletion wait for the webhook.
3. Hooks are version 2. Under version 1 a namespaced parent is not shown related objects of other
   namespaces nor cluster-scoped ones: their groups come empty, as if nothing was there, and a rule
   cannot tell the difference. Version 2 also refuses answers that have unknown or doubled fields.

Source: Metacontroller 4.17.2, manifests/production/metacontroller-crds-v1.yaml; pkg/hooks;
recorded conversations.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias, cast
from urllib.parse import urlsplit

from reconcile.errors import DefinitionError, ObjectError
from reconcile.hook.controller import Controller
from reconcile.kinds import known
from reconcile.kinds.validation._primitives import dns_subdomain
from reconcile.objects.accept import plain
from reconcile.objects.view import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reconcile.hook.controller import Decorator
    from reconcile.state.declared import Child
    from reconcile.value.types import Json, JsonIn, JsonObject

    AnyController: TypeAlias = Controller[Any] | Decorator[Any]

__all__ = ["TokenSecret", "controller_object"]

_VERSION: Final = "v2"
_MAX_FINALIZER: Final = 63
_FINALIZERS: Final = {
    "CompositeController": "compositecontroller-",
    "DecoratorController": "decoratorcontroller-",
}


class TokenSecret(NamedTuple):
    """The Secret whose token Metacontroller sends with each call: `Authorization: Bearer`."""

    name: str
    namespace: str
    key: str = "token"


def controller_object(
    controller: AnyController,
    *,
    name: str,
    url: str,
    finalize: bool | None = None,
    resync_period: int | None = None,
    ignore_status_changes: bool = False,
    etag_seconds: int | None = None,
    token: TokenSecret | None = None,
) -> JsonObject:
    """Return the CompositeController of a Controller, the DecoratorController of a Decorator.

    Shape: metacontroller.k8s.io/v1alpha1. `url` is where the webhook is, without the hook's name:
        `http://store.default:8080`. `finalize` None is where rules tear down, and for a decorator
        that selects objects, whose attachments would stay when an object is not selected any more.
        `ignore_status_changes` calls no hook when only the parent's status has changed. `token` is
        read once, when the controller starts.
    Units: `resync_period` in seconds, >= 1, None for Metacontroller's own (30 minutes);
        `etag_seconds` is how long an answer that may be confirmed with 304 is kept, >= 1, None for
        no ETags.
    Raises: DefinitionError with everything that is wrong.
    """
    composite = isinstance(controller, Controller)
    kind = "CompositeController" if composite else "DecoratorController"
    if finalize is None:
        finalize = _needs_finalize(controller)
    findings = _findings(name, url, _FINALIZERS[kind] if finalize else "")
    for what, seconds in (("resync_period", resync_period), ("etag_seconds", etag_seconds)):
        if seconds is not None and (isinstance(seconds, bool) or seconds < 1):
            findings.append(f"{what}= takes whole seconds from 1 up")
    children = _children(controller.children, findings, rolling=composite)
    if isinstance(controller, Controller):
        findings += _never_synced(controller)
    if findings:
        raise DefinitionError(findings, subject=f"{kind} {name}")
    spec: JsonObject = {}
    if resync_period is not None:
        spec["resyncPeriodSeconds"] = resync_period
    if isinstance(controller, Controller):
        spec["generateSelector"] = controller.generate_selector
        spec["parentResource"] = _resource(
            cast("Any", controller.parent),
            {"labelSelector": controller.label_selector},
            ignore_status_changes=ignore_status_changes,
        )
        spec["childResources"] = children
    else:
        spec["resources"] = [
            _resource(
                each.kind,
                {
                    "labelSelector": each.label_selector,
                    "annotationSelector": each.annotation_selector,
                },
                ignore_status_changes=ignore_status_changes,
            )
            for each in controller.decorated
        ]
        spec["attachments"] = children
    needed = {"sync": True, "finalize": finalize, "customize": controller.customizes}
    spec["hooks"] = {
        hook: _hook(f"{url.rstrip('/')}/{hook}", etag_seconds, token)
        for hook, there in needed.items()
        if there
    }
    return {
        "apiVersion": "metacontroller.k8s.io/v1alpha1",
        "kind": kind,
        "metadata": {"name": name},
        "spec": spec,
    }


def _needs_finalize(controller: AnyController) -> bool:
    if controller.tears_down or isinstance(controller, Controller):
        return controller.tears_down
    selects = (
        each.label_selector is not None or each.annotation_selector is not None
        for each in controller.decorated
    )
    return bool(controller.children) and any(selects)


def _findings(name: str, url: str, finalizer: str) -> list[str]:
    findings = [f"name= {text}" for text in dns_subdomain(name)]
    if finalizer and len(finalizer) + len(name) > _MAX_FINALIZER:
        most = _MAX_FINALIZER - len(finalizer)
        findings.append(f"name= has at most {most} characters with finalize: it ends a finalizer")
    try:
        parts = urlsplit(url)
        fits = parts.scheme in {"http", "https"} and bool(parts.hostname)
        fits = fits and not parts.query and not parts.fragment and parts.port != 0
    except ValueError:
        fits = False
    if not fits:
        findings.append("url= takes http:// or https://, a host, and a path or none")
    return findings


def _never_synced(controller: Controller[Any]) -> list[str]:
    """Return why Metacontroller would not start a composite, or fail each of its syncs."""
    findings: list[str] = []
    gvk = controller.gvk
    if known(gvk.api_version, gvk.kind):
        findings.append(
            f"the parent {gvk} is built in, and a composite's parent must be defined by a "
            "CustomResourceDefinition: use a Decorator"
        )
    parent: Any = controller.parent
    namespaced = parent.namespaced if issubclass(parent, Kind) else parent.scope == "Namespaced"
    if not namespaced:
        findings += [
            f"child {child.gvk} is updated by {child.update}, whose revisions have no namespace to "
            "be in if the parent has none: use InPlace or Recreate"
            for child in controller.children
            if child.update.startswith("Rolling")
        ]
    return findings


def _children(children: Sequence[Child], findings: list[str], *, rolling: bool) -> list[Json]:
    made: list[Json] = []
    for child in children:
        strategy: JsonObject = {"method": child.update}
        if child.status_checks and rolling:
            conditions: list[Json] = [
                {"type": kind, "status": status} for kind, status in child.status_checks.items()
            ]
            strategy["statusChecks"] = {"conditions": conditions}
        try:
            resource = child.resource
        except ObjectError:
            findings.append(f"child {child.gvk} is of a kind that is not known, say plural=")
            continue
        made.append(
            {
                "apiVersion": child.gvk.api_version,
                "resource": resource,
                "updateStrategy": strategy,
            }
        )
    return made


def _resource(
    kind: Any, selectors: Mapping[str, Mapping[str, JsonIn] | None], *, ignore_status_changes: bool
) -> JsonObject:
    """Return how a class of parents is named, and which of them are meant."""
    made: JsonObject = {"apiVersion": kind.gvk.api_version, "resource": kind.plural}
    for name, selector in selectors.items():
        if selector is not None:
            made[name] = plain(selector)
    if ignore_status_changes:
        made["ignoreStatusChanges"] = True
    return made


def _hook(url: str, etag_seconds: int | None, token: TokenSecret | None) -> JsonObject:
    webhook: JsonObject = {"url": url}
    if token is not None:
        reference: JsonObject = dict(token._asdict())
        webhook["authorization"] = {"type": "Bearer", "secretRef": reference}
    if etag_seconds is not None:
        # With only one of the two, entries never go, or the controller never starts.
        webhook["etag"] = {
            "enabled": True,
            "cacheTimeoutSeconds": etag_seconds,
            "cacheCleanupSeconds": etag_seconds,
        }
    return {"version": _VERSION, "webhook": webhook}
