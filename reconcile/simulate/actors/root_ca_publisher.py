"""The publisher of the cluster's certificate authority: a ConfigMap in every namespace.

1. The authority is not known here, so the text is empty, as without the flag `--root-ca-file`.

Source: k8s.io/kubernetes pkg/controller/certificates/rootcacertpublisher.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from reconcile.simulate.actors.parts import annotations_of, changed, namespace_of, status_of
from reconcile.simulate.actors.retrying import retrying

if TYPE_CHECKING:
    from reconcile.simulate.actors.actor import Api
    from reconcile.simulate.server.store import Event
    from reconcile.value.types import JsonObject

__all__ = ["RootCaPublisher"]

_NAME: Final = "kube-root-ca.crt"
_DATA: Final = {"ca.crt": ""}
_DESCRIPTION: Final = "kubernetes.io/description"
_TOLD: Final = (
    "Contains a CA bundle that can be used to verify the kube-apiserver when using internal "
    "endpoints such as the internal service IP or kubernetes.default.svc. No other usage is "
    "guaranteed across distributions of Kubernetes clusters."
)


class RootCaPublisher:
    """Keep the ConfigMap `kube-root-ca.crt` of every namespace."""

    name = "root-ca-certificate-publisher-controller"

    def concerned(self, event: Event, api: Api) -> Iterator[str]:
        """Yield namespaces that changed, or whose ConfigMap did."""
        del api
        if event.key.startswith("/Namespace/") and event.type != "DELETED":
            if event.type == "ADDED" or status_of(event.after).get("phase") == "Active":
                yield event.key
        elif (
            event.key.startswith("/ConfigMap/")
            and event.key.endswith(f"/{_NAME}")
            and event.type != "ADDED"
        ):
            yield f"/Namespace/{namespace_of(event.after)}"

    @retrying()
    def sync(self, api: Api, key: str) -> float | None:
        """Put the ConfigMap of one namespace right."""
        namespace = key.rpartition("/")[2]
        held = api.get("v1", "ConfigMap", namespace, _NAME)
        if held is None:
            made: JsonObject = {
                "apiVersion": "v1",
                "kind": "ConfigMap",
                "metadata": {
                    "name": _NAME,
                    "namespace": namespace,
                    "annotations": {_DESCRIPTION: _TOLD},
                },
                "data": dict(_DATA),
            }
            api.create(made)
        elif held.get("data") != _DATA or not annotations_of(held).get(_DESCRIPTION):
            after = changed(held)
            after["data"] = dict(_DATA)
            after["metadata"].setdefault("annotations", {})[_DESCRIPTION] = _TOLD
            api.update(after)
        return None
