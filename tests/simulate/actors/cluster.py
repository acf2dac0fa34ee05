"""A small cluster for tests of actors: a server, a queue, and a kubelet played by the test."""

from __future__ import annotations

from typing import Any

from reconcile.simulate.actors.queue import Queue
from reconcile.simulate.api_server import ApiServer
from reconcile.simulate.server.clock import stamp

__all__ = ["Cluster"]

_FOLDERS = {
    "CronJob": "/apis/batch/v1/namespaces/default/cronjobs",
    "Job": "/apis/batch/v1/namespaces/default/jobs",
    "Deployment": "/apis/apps/v1/namespaces/default/deployments",
    "ReplicationController": "/api/v1/namespaces/default/replicationcontrollers",
    "ReplicaSet": "/apis/apps/v1/namespaces/default/replicasets",
    "StatefulSet": "/apis/apps/v1/namespaces/default/statefulsets",
    "DaemonSet": "/apis/apps/v1/namespaces/default/daemonsets",
    "ControllerRevision": "/apis/apps/v1/namespaces/default/controllerrevisions",
    "Pod": "/api/v1/namespaces/default/pods",
    "PersistentVolumeClaim": "/api/v1/namespaces/default/persistentvolumeclaims",
    "ResourceQuota": "/api/v1/namespaces/default/resourcequotas",
    "Node": "/api/v1/nodes",
}


class Cluster:
    """A server beside which some actors run; every call lets them come to rest."""

    def __init__(self, *actors: Any) -> None:
        self.server = ApiServer()
        self.queue = Queue(actors)

    def wait(self, seconds: float = 0.0) -> None:
        """Let time pass."""
        self.queue.settle(self.server, seconds)

    def ask(self, method: str, path: str, body: Any = None, **more: Any) -> Any:
        """Put a request to the server, which must not refuse it; return the answer."""
        told = {} if body is None else {"body": body}
        response = self.server.request(method, path, user="user", **told, **more)
        assert response.status < 300, response.body
        self.wait()
        return response.body

    def create(self, document: dict[str, Any]) -> Any:
        """Create an object."""
        return self.ask("POST", _FOLDERS[document["kind"]], document)

    def get(self, kind: str, name: str) -> Any:
        """Return an object, None if there is none."""
        response = self.server.request("GET", f"{_FOLDERS[kind]}/{name}", user="user")
        return response.body if response.status == 200 else None

    def list(self, kind: str) -> list[Any]:
        """Return all objects of a kind in the namespace, by name."""
        return self.server.request("GET", _FOLDERS[kind], user="user").body["items"]

    def names(self, kind: str) -> list[str]:
        """Return the names of all objects of a kind."""
        return [each["metadata"]["name"] for each in self.list(kind)]

    def patch(self, kind: str, name: str, body: Any) -> Any:
        """Patch an object."""
        path = f"{_FOLDERS[kind]}/{name}"
        return self.ask("PATCH", path, body, content_type="application/merge-patch+json")

    def delete(self, kind: str, name: str, **options: Any) -> None:
        """Delete an object."""
        self.ask("DELETE", f"{_FOLDERS[kind]}/{name}", options)

    def bind(self, name: str, node: str) -> None:
        """Bind a Pod to a Node."""
        body = {
            "apiVersion": "v1",
            "kind": "Binding",
            "metadata": {"name": name},
            "target": {"apiVersion": "v1", "kind": "Node", "name": node},
        }
        self.ask("POST", f"{_FOLDERS['Pod']}/{name}/binding", body)

    def report(self, name: str, phase: str = "Running", *, ready: bool = True) -> None:
        """Report a Pod as the kubelet does: ready since now, unless said otherwise."""
        since = stamp(self.server.world.now)
        condition = {
            "type": "Ready",
            "status": "True" if ready and phase == "Running" else "False",
            "lastTransitionTime": since,
        }
        path = f"{_FOLDERS['Pod']}/{name}/status"
        body = {"status": {"phase": phase, "conditions": [condition]}}
        self.ask("PATCH", path, body, content_type="application/strategic-merge-patch+json")

    def version(self) -> int:
        """Return how much has been written."""
        return self.server.world.version
