"""Which objects are a parent's children: what it owns, adopts and lets go.

1. Owned with matching labels: a child. Owned with other labels: let go. An orphan with matching
   labels: adopted, unless it or the parent is being deleted (rules 3.10 to 3.17).
2. The sync that adopts goes on with the object as it was before (rule 3.15).

Source: pkg/dynamic/controllerref, pkg/third_party/kubernetes of Metacontroller 4.17.2.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, cast

from reconcile.simulate.metacontroller.client import Refusal
from reconcile.simulate.metacontroller.documents import (
    controller_reference,
    is_deleted,
    labels_of,
    metadata_of,
    owners_of,
)

if TYPE_CHECKING:
    from reconcile.simulate.metacontroller.client import Client
    from reconcile.simulate.metacontroller.selecting import Selector
    from reconcile.simulate.server.resource_type import ResourceType
    from reconcile.value.types import Json, JsonObject

__all__ = ["Claims", "reference_to"]


def reference_to(parent: JsonObject) -> JsonObject:
    """Return the owner reference to a parent as its children's controller (rule 3.18)."""
    metadata = metadata_of(parent)
    return {
        "apiVersion": parent.get("apiVersion", ""),
        "kind": parent.get("kind", ""),
        "name": metadata.get("name", ""),
        "uid": metadata.get("uid", ""),
        "controller": True,
        "blockOwnerDeletion": True,
    }


class Claims:
    """The claims of one parent in one sync."""

    __slots__ = ("_client", "_parent", "_parent_kind", "_selector", "_uid")

    def __init__(
        self, client: Client, parent: JsonObject, kind: ResourceType, selector: Selector
    ) -> None:
        self._client = client
        self._parent = parent
        self._parent_kind = kind
        self._selector = selector
        self._uid = metadata_of(parent).get("uid")

    def claim(self, kind: ResourceType, candidates: Iterable[JsonObject]) -> list[JsonObject]:
        """Return the children among some objects of a kind. Raises: Refusal."""
        made: list[JsonObject] = []
        checked = False
        dying = is_deleted(self._parent)
        for document in candidates:
            owner = controller_reference(document)
            matches = self._selector.matches(labels_of(document))
            if owner is not None:
                if owner.get("uid") != self._uid:
                    continue
                if matches:
                    made.append(document)
                elif not dying:
                    self._let_go(kind, document)
                continue
            if dying or not matches or is_deleted(document):
                continue
            if not checked:
                self._check_parent()
                checked = True
            if self._adopt(kind, document):
                made.append(document)
        return made

    def _check_parent(self) -> None:
        """Look whether the parent may still adopt. Raises: Refusal."""
        about = cast("dict[str, Any]", metadata_of(self._parent))
        live = self._client.get(
            self._parent_kind, about.get("namespace", ""), str(about.get("name"))
        )
        if metadata_of(live).get("uid") != self._uid:
            message = f"original {self._parent.get('kind')} {about.get('name')} is gone"
            raise Refusal(409, "", f"can't adopt: {message}")
        if is_deleted(live):
            message = f"{about.get('namespace', '')}/{about.get('name')} has just been deleted"
            raise Refusal(409, "", f"can't adopt: {message}")

    def _adopt(self, kind: ResourceType, document: JsonObject) -> bool:
        return self._changed(kind, document, self._with_owner)

    def _let_go(self, kind: ResourceType, document: JsonObject) -> None:
        self._changed(kind, document, self._without_owner)

    def _changed(
        self, kind: ResourceType, document: JsonObject, change: Callable[[JsonObject], bool]
    ) -> bool:
        try:
            self._client.change(kind, cast("dict[str, Any]", metadata_of(document)), change)
        except Refusal as refusal:
            if refusal.reason == "NotFound":
                return False
            raise
        return True

    def _with_owner(self, document: JsonObject) -> bool:
        reference = reference_to(self._parent)
        owners = [dict(owner) for owner in owners_of(document)]
        for index, owner in enumerate(owners):
            if owner.get("uid") == self._uid:
                owners[index] = dict(reference)
                break
        else:
            owners.append(dict(reference))
        metadata_of(document)["ownerReferences"] = cast("Json", owners)
        return True

    def _without_owner(self, document: JsonObject) -> bool:
        owners = owners_of(document)
        left = [dict(owner) for owner in owners if owner.get("uid") != self._uid]
        if len(left) == len(owners):
            return False
        metadata = metadata_of(document)
        if left:
            metadata["ownerReferences"] = cast("Json", left)
        else:
            metadata.pop("ownerReferences", None)
        return True
