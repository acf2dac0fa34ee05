"""The TTL controller: how long kubelets may keep Secrets and ConfigMaps, told on their Nodes.

Source: k8s.io/kubernetes pkg/controller/ttl/ttl_controller.go. The real one changes a step of size
a little later when a cluster shrinks.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from reconcile.simulate.actors.parts import annotations_of, changed
from reconcile.simulate.actors.retrying import retrying

if TYPE_CHECKING:
    from reconcile.simulate.actors.actor import Api
    from reconcile.simulate.server.store import Event

__all__ = ["NodeTtl"]

_ANNOTATION: Final = "node.alpha.kubernetes.io/ttl"
_STEPS: Final = ((100, 0), (500, 15), (1000, 30), (2000, 60))
"""Most Nodes, seconds."""
_LONGEST: Final = 300


class NodeTtl:
    """Keep the annotation on Nodes."""

    name = "ttl-controller"

    def concerned(self, event: Event, api: Api) -> Iterator[str]:
        """Yield Nodes that changed."""
        del api
        if event.key.startswith("/Node/") and event.type != "DELETED":
            yield event.key

    @retrying()
    def sync(self, api: Api, key: str) -> float | None:
        """Put the annotation of one Node right."""
        node = api.get("v1", "Node", "", key.rpartition("/")[2])
        if node is None:
            return None
        count = sum(1 for _ in api.list("v1", "Node"))
        wanted = str(next((seconds for most, seconds in _STEPS if count <= most), _LONGEST))
        if annotations_of(node).get(_ANNOTATION) != wanted:
            made = changed(node)
            made["metadata"].setdefault("annotations", {})[_ANNOTATION] = wanted
            api.update(made)
        return None
