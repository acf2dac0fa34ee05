"""Which controllers a change of a dependent wakes: its own, those it had, those that may adopt it.

Source: the event handlers of the workload controllers in k8s.io/kubernetes pkg/controller.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from reconcile.simulate.actors.actor import controller_of
from reconcile.simulate.actors.claiming import selected
from reconcile.simulate.actors.parts import about, labels_of, name_of, namespace_of
from reconcile.simulate.actors.pods import Document, terminating

if TYPE_CHECKING:
    from reconcile.simulate.actors.actor import Api
    from reconcile.simulate.server.store import Event

__all__ = ["Owners"]


class Owners(NamedTuple):
    """The objects of a kind, as owners of others."""

    api_version: str
    kind: str

    def woken(self, event: Event, api: Api) -> Iterator[str]:
        """Yield the keys of the owners that a change of a dependent wakes."""
        after, before = event.after, event.before
        reference = controller_of(after)
        if event.type == "DELETED" or terminating(after):
            yield from self._held(api, after, reference)
            return
        previous = None if before is None else controller_of(before)
        moved = reference != previous
        if moved and before is not None:
            yield from self._held(api, before, previous)
        if reference is not None:
            yield from self._held(api, after, reference)
        elif before is None or moved or labels_of(before) != labels_of(after):
            yield from self.matching(api, after)

    def matching(self, api: Api, orphan: Document) -> Iterator[str]:
        """Yield the keys of the objects whose selectors select an orphan."""
        for owner in api.list(self.api_version, self.kind, namespace_of(orphan)):
            if selected(owner, orphan):
                yield self.key(owner)

    def key(self, owner: Document) -> str:
        """Return the key of one of them."""
        group = self.api_version.split("/")[0]
        return f"{group}/{self.kind}/{namespace_of(owner)}/{name_of(owner)}"

    def _held(
        self, api: Api, dependent: Document, reference: Mapping[str, Any] | None
    ) -> Iterator[str]:
        """Yield the key of the object that a reference of a dependent names, if it is there."""
        if reference is None or reference["kind"] != self.kind:
            return
        namespace = namespace_of(dependent)
        owner = api.get(self.api_version, self.kind, namespace, reference["name"])
        if owner is not None and about(owner)["uid"] == reference["uid"]:
            yield self.key(owner)
