"""The controller of ephemeral volumes: claims that are made with a Pod and go with it.

Source: k8s.io/kubernetes pkg/controller/volume/ephemeral/controller.go.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from reconcile.simulate.actors.parts import (
    changed,
    is_deleting,
    listed,
    name_of,
    namespace_of,
    owner_reference,
    place_of,
    spec_of,
)
from reconcile.simulate.actors.retrying import retrying

if TYPE_CHECKING:
    from reconcile.simulate.actors.actor import Api
    from reconcile.simulate.server.store import Event
    from reconcile.value.types import Json, JsonObject

__all__ = ["EphemeralVolumeController"]

_POD: Final = "/Pod/"


class EphemeralVolumeController:
    """Make the claims of Pods that bring their own."""

    name = "ephemeral-volume-controller"

    def concerned(self, event: Event, api: Api) -> Iterator[str]:
        """Yield Pods that came, and those whose claims went."""
        del api
        if event.key.startswith(_POD):
            if event.type == "ADDED" and any(_templates(event.after)):
                yield event.key
        elif event.key.startswith("/PersistentVolumeClaim/") and event.type == "DELETED":
            metadata = event.after.get("metadata")
            about: Mapping[str, Any] = metadata if isinstance(metadata, dict) else {}
            for owner in listed(about, "ownerReferences"):
                if owner.get("kind") == "Pod" and owner.get("controller"):
                    yield f"{_POD}{namespace_of(event.after)}/{owner['name']}"

    @retrying()
    def sync(self, api: Api, key: str) -> float | None:
        """Make what claims one Pod lacks."""
        pod = api.get("v1", "Pod", *place_of(key))
        if pod is None or is_deleting(pod):
            return None
        for name, template in _templates(pod):
            if api.get("v1", "PersistentVolumeClaim", namespace_of(pod), name) is not None:
                continue  # it may be somebody else's: then the Pod waits
            if api.create(_claim(pod, name, template)).status >= 300:
                return None
        return None


def _templates(pod: Mapping[str, Json]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the claims that a Pod brings: name and template."""
    for volume in listed(spec_of(pod), "volumes"):
        source: Mapping[str, Any] | None = volume.get("ephemeral")
        if source is not None:
            template: Mapping[str, Any] = source.get("volumeClaimTemplate") or {}
            yield f"{name_of(pod)}-{volume['name']}", template


def _claim(pod: JsonObject, name: str, template: Mapping[str, Any]) -> dict[str, Any]:
    about: Mapping[str, Any] = template.get("metadata") or {}
    metadata: dict[str, Any] = {
        "name": name,
        "namespace": namespace_of(pod),
        "ownerReferences": [owner_reference("v1", "Pod", pod)],
    }
    for field in ("labels", "annotations"):
        if about.get(field):
            metadata[field] = dict(about[field])
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": metadata,
        "spec": changed(spec_of(template)),
    }
