"""The definitions of Metacontroller's own kinds, as its installation makes them.

Source: manifests/production/metacontroller-crds-v1.yaml of Metacontroller 4.17.2; its API types.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from reconcile.value.types import Json, JsonObject

__all__ = ["GROUP", "VERSION", "definitions"]

GROUP: Final = "metacontroller.k8s.io"
VERSION: Final = f"{GROUP}/v1alpha1"


def _object(*required: str, **properties: Json) -> JsonObject:
    made: JsonObject = {"type": "object", "properties": properties}
    if required:
        made["required"] = list(required)
    return made


def _list(items: Json) -> JsonObject:
    return {"type": "array", "items": items}


def _text(**more: Json) -> JsonObject:
    return {"type": "string", **more}


def _number() -> JsonObject:
    return {"type": "integer", "format": "int32"}


_FLAG: Final[JsonObject] = {"type": "boolean"}
_TEXTS: Final[JsonObject] = {"type": "object", "additionalProperties": {"type": "string"}}


def _expressions() -> JsonObject:
    return _list(_object("key", "operator", key=_text(), operator=_text(), values=_list(_text())))


def _label_selector() -> JsonObject:
    made = _object(matchExpressions=_expressions(), matchLabels=_TEXTS)
    return {**made, "x-kubernetes-map-type": "atomic"}


def _annotation_selector() -> JsonObject:
    return _object(matchExpressions=_expressions(), matchAnnotations=_TEXTS)


def _reference(**more: Json) -> JsonObject:
    return _object("name", "namespace", name=_text(), namespace=_text(), **more)


def _authentication() -> JsonObject:
    """Return what a webhook and an endpoint may both say of certificates and passwords."""
    keyed = _reference(key=_text())
    return {
        "authorization": _object("secretRef", type=_text(default="Bearer"), secretRef=keyed),
        "basicAuth": _object(
            "secretRef",
            secretRef=_reference(),
            usernameKey=_text(default="username"),
            passwordKey=_text(default="password"),
        ),
        "caBundle": _object(inline=_text(format="byte"), secretRef=keyed, configMapRef=keyed),
        "clientTLS": _object(
            "secretRef",
            secretRef=_reference(),
            certKey=_text(default="tls.crt"),
            keyKey=_text(default="tls.key"),
        ),
    }


def _hook() -> JsonObject:
    service = _reference(port=_number(), protocol=_text())
    etag = _object(enabled=_FLAG, cacheTimeoutSeconds=_number(), cacheCleanupSeconds=_number())
    webhook = _object(
        url=_text(),
        timeout=_text(),
        path=_text(),
        service=service,
        etag=etag,
        responseUnMarshallMode=_text(enum=["loose", "strict"]),
        **_authentication(),
    )
    return _object(version=_text(enum=["v1", "v2"], default="v1"), webhook=webhook)


def _endpoints() -> JsonObject:
    return _list(_object("host", host=_text(), **_authentication()))


def _method() -> JsonObject:
    return _text(enum=["OnDelete", "Recreate", "InPlace", "RollingRecreate", "RollingInPlace"])


def _composite() -> JsonObject:
    check = _object("type", type=_text(), status=_text(), reason=_text())
    strategy = _object(method=_method(), statusChecks=_object(conditions=_list(check)))
    child = _object(
        "apiVersion", "resource", apiVersion=_text(), resource=_text(), updateStrategy=strategy
    )
    parent = _object(
        "apiVersion",
        "resource",
        apiVersion=_text(),
        resource=_text(),
        ignoreStatusChanges=_FLAG,
        labelSelector=_label_selector(),
        revisionHistory=_object(fieldPaths=_list(_text())),
    )
    names = ("customize", "finalize", "postUpdateChild", "preUpdateChild", "sync")
    return _object(
        "parentResource",
        childResources=_list(child),
        endpointConfigs=_endpoints(),
        generateSelector=_FLAG,
        hooks=_object(**{name: _hook() for name in names}),
        parentResource=parent,
        resyncPeriodSeconds=_number(),
    )


def _decorator() -> JsonObject:
    attachment = _object(
        "apiVersion",
        "resource",
        apiVersion=_text(),
        resource=_text(),
        updateStrategy=_object(method=_method()),
    )
    resource = _object(
        "apiVersion",
        "resource",
        apiVersion=_text(),
        resource=_text(),
        annotationSelector=_annotation_selector(),
        ignoreStatusChanges=_FLAG,
        labelSelector=_label_selector(),
    )
    return _object(
        "resources",
        attachments=_list(attachment),
        endpointConfigs=_endpoints(),
        hooks=_object(**{name: _hook() for name in ("customize", "finalize", "sync")}),
        resources=_list(resource),
        resyncPeriodSeconds=_number(),
    )


def _definition(kind: str, scope: str, names: list[Json], schema: JsonObject) -> JsonObject:
    singular = kind.lower()
    known: JsonObject = {
        "kind": kind,
        "listKind": f"{kind}List",
        "plural": f"{singular}s",
        "singular": singular,
    }
    if names:
        known["shortNames"] = names
    version: JsonObject = {
        "name": "v1alpha1",
        "served": True,
        "storage": True,
        "schema": {"openAPIV3Schema": schema},
        "subresources": {"status": {}},
    }
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {
            "name": f"{singular}s.{GROUP}",
            "annotations": {"api-approved.kubernetes.io": "unapproved, request not yet submitted"},
        },
        "spec": {"group": GROUP, "names": known, "scope": scope, "versions": [version]},
    }


def _whole(*required: str, **properties: Json) -> JsonObject:
    return _object(
        "metadata",
        *required,
        apiVersion=_text(),
        kind=_text(),
        metadata={"type": "object"},
        **properties,
    )


def definitions() -> list[JsonObject]:
    """Return the definitions of CompositeController, DecoratorController, ControllerRevision."""
    status: JsonObject = {"type": "object"}
    children = _object(
        "apiGroup", "kind", "names", apiGroup=_text(), kind=_text(), names=_list(_text())
    )
    patch: JsonObject = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    return [
        _definition(
            "CompositeController",
            "Cluster",
            ["cc", "cctl"],
            _whole("spec", spec=_composite(), status=status),
        ),
        _definition(
            "DecoratorController",
            "Cluster",
            ["dec", "decorators"],
            _whole("spec", spec=_decorator(), status=status),
        ),
        _definition(
            "ControllerRevision",
            "Namespaced",
            [],
            _whole("parentPatch", parentPatch=patch, children=_list(children)),
        ),
    ]
