"""The controller of ServiceAccounts: every namespace has one called `default`.

Source: k8s.io/kubernetes pkg/controller/serviceaccount/serviceaccounts_controller.go.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from reconcile.simulate.actors.parts import namespace_of, status_of
from reconcile.simulate.actors.retrying import retrying

if TYPE_CHECKING:
    from reconcile.simulate.actors.actor import Api
    from reconcile.simulate.server.store import Event

__all__ = ["ServiceAccountController"]

_NAME: Final = "default"


class ServiceAccountController:
    """Keep the ServiceAccounts that every namespace has."""

    name = "serviceaccount-controller"

    def concerned(self, event: Event, api: Api) -> Iterator[str]:
        """Yield namespaces that changed or lost a ServiceAccount."""
        del api
        if event.key.startswith("/Namespace/") and event.type != "DELETED":
            yield event.key
        elif event.key.startswith("/ServiceAccount/") and event.type == "DELETED":
            yield f"/Namespace/{namespace_of(event.after)}"

    @retrying()
    def sync(self, api: Api, key: str) -> float | None:
        """Make what is missing in one namespace."""
        name = key.rpartition("/")[2]
        namespace = api.get("v1", "Namespace", "", name)
        if namespace is None or status_of(namespace).get("phase") != "Active":
            return None
        if api.get("v1", "ServiceAccount", name, _NAME) is None:
            metadata = {"name": _NAME, "namespace": name}
            api.create({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata})
        return None
