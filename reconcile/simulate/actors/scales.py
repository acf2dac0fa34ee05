"""The scale of objects of kinds that a controller does not know, by the subresource `scale`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from reconcile.simulate.actors.actor import Api
    from reconcile.simulate.server.exchange import Response
    from reconcile.simulate.server.resource_type import ResourceType
    from reconcile.value.types import JsonIn

__all__ = ["kind_in", "resource_name", "scale_of", "set_scale"]


def kind_in(api: Api, api_version: str, kind: str) -> ResourceType | None:
    """Return how a kind is served, None if it is not."""
    return api.server.catalogue.find_kind(api_version, kind)


def resource_name(served: ResourceType) -> str:
    """Return the resource and its group, as messages have them: `deployments.apps`, `pods`."""
    known = served.served
    return f"{known.plural}.{known.group}" if known.group else known.plural


def _path(served: ResourceType, namespace: str, name: str) -> str:
    known = served.served
    root = f"/apis/{known.group}" if known.group else "/api"
    return f"{root}/{known.version}/namespaces/{namespace}/{known.plural}/{name}/scale"


def scale_of(api: Api, served: ResourceType, namespace: str, name: str) -> Response:
    """Return the answer to the question for a scale."""
    return api.server.request("GET", _path(served, namespace, name), user=api.user)


def set_scale(api: Api, served: ResourceType, scale: dict[str, Any], replicas: int) -> Response:
    """Write a scale with another number of replicas; return the answer."""
    about = scale["metadata"]
    body = {**scale, "spec": {**scale["spec"], "replicas": replicas}}
    return api.server.request(
        "PUT",
        _path(served, str(about["namespace"]), str(about["name"])),
        body=cast("JsonIn", body),
        content_type="application/json",
        user=api.user,
    )
