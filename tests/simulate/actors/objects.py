"""Objects for tests of the actors of Services, volumes, Nodes and quotas, and a cluster of them."""

from __future__ import annotations

from typing import Any

from tests.simulate.actors.cluster import Cluster

__all__ = ["World", "claim", "node", "pod", "service", "volume"]


def pod(name: str = "p", *, labels: Any = None, node: str = "", **spec: Any) -> dict[str, Any]:
    """Return a Pod of one container."""
    wanted: dict[str, Any] = {"containers": [{"name": "c", "image": "img"}], **spec}
    if node:
        wanted["nodeName"] = node
    about: dict[str, Any] = {"name": name}
    if labels:
        about["labels"] = labels
    return {"apiVersion": "v1", "kind": "Pod", "metadata": about, "spec": wanted}


def node(name: str = "n", *, ready: str = "", **labels: str) -> dict[str, Any]:
    """Return a Node; `ready` is the status of its condition, empty for none."""
    told = [{"type": "Ready", "status": ready, "reason": "Told", "message": ""}] if ready else []
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": labels},
        "status": {"conditions": told},
    }


def service(name: str = "s", **spec: Any) -> dict[str, Any]:
    """Return a Service of one port over the Pods `app: web`, unless its spec says otherwise."""
    wanted = {"selector": {"app": "web"}, "ports": [{"port": 80}], **spec}
    kept = {key: value for key, value in wanted.items() if value is not None}
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": kept}


def claim(name: str = "c", size: str = "1Gi", **spec: Any) -> dict[str, Any]:
    """Return a claim of the class `fast`."""
    wanted = {
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": size}},
        "storageClassName": "fast",
        **spec,
    }
    kept = {key: value for key, value in wanted.items() if value is not None}
    about = {"name": name}
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": about, "spec": kept}


def volume(name: str = "v", size: str = "1Gi", **spec: Any) -> dict[str, Any]:
    """Return a volume of the class `fast`."""
    wanted = {
        "accessModes": ["ReadWriteOnce"],
        "capacity": {"storage": size},
        "storageClassName": "fast",
        "hostPath": {"path": "/x"},
        **spec,
    }
    kept = {key: value for key, value in wanted.items() if value is not None}
    about = {"name": name}
    return {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": about, "spec": kept}


class World(Cluster):
    """A cluster of objects of all kinds, in the namespace `default` where they have one."""

    def path(self, version: str, kind: str, name: str = "") -> str:
        """Return the path of a kind, or of one object."""
        found = self.server.catalogue.find_kind(version, kind)
        assert found is not None
        served = found.served
        root = f"/apis/{served.group}" if served.group else "/api"
        space = "/namespaces/default" if served.namespaced else ""
        path = f"{root}/{served.version}{space}/{served.plural}"
        return f"{path}/{name}" if name else path

    def make(self, document: dict[str, Any]) -> Any:
        """Create an object."""
        return self.ask("POST", self.path(document["apiVersion"], document["kind"]), document)

    def read(self, kind: str, name: str, version: str = "v1") -> Any:
        """Return an object, None if there is none."""
        response = self.server.request("GET", self.path(version, kind, name))
        return response.body if response.status == 200 else None

    def all(self, kind: str, version: str = "v1") -> list[Any]:
        """Return all objects of a kind, by name."""
        return self.server.request("GET", self.path(version, kind)).body["items"]

    def change(self, kind: str, name: str, body: Any, version: str = "v1", part: str = "") -> Any:
        """Patch an object, or a part of it."""
        path = self.path(version, kind, name) + (f"/{part}" if part else "")
        return self.ask("PATCH", path, body, content_type="application/merge-patch+json")

    def remove(self, kind: str, name: str, version: str = "v1", **options: Any) -> None:
        """Delete an object."""
        self.ask("DELETE", self.path(version, kind, name), options)

    def run(self, name: str, ip: str = "", *, ready: bool = True) -> None:
        """Say of a Pod that it runs, at an address."""
        told: dict[str, Any] = {
            "phase": "Running",
            "conditions": [{"type": "Ready", "status": "True" if ready else "False"}],
        }
        if ip:
            told |= {"podIP": ip, "podIPs": [{"ip": ip}]}
        self.change("Pod", name, {"status": told}, part="status")
