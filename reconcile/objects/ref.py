"""What tells one object from another: kind, namespace and name."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from reconcile.errors import Fault, ObjectError
from reconcile.objects.gvk import Gvk

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconcile.value.types import JsonIn

__all__ = ["Ref", "named"]


class Ref(NamedTuple):
    """The identity of an object. Ordered by kind, then namespace, then name."""

    gvk: Gvk
    namespace: str
    """"" for a cluster-scoped object."""
    name: str

    @classmethod
    def of(cls, document: Mapping[str, JsonIn]) -> Ref:
        """Return the identity a document states.

        Raises: ObjectError naming each of `apiVersion`, `kind` and `metadata.name` that is not
            a text, and a namespace that is neither absent, null nor a text. Both an absent and
            an empty namespace are "".
        """
        metadata = document.get("metadata")
        api_version, kind = document.get("apiVersion"), document.get("kind")
        if isinstance(metadata, dict):
            name, namespace = metadata.get("name"), metadata.get("namespace")
            if (
                isinstance(api_version, str)
                and isinstance(kind, str)
                and isinstance(name, str)
                and (namespace is None or isinstance(namespace, str))
                and api_version
                and kind
                and name
            ):
                return cls(Gvk(api_version, kind), namespace or "", name)
        raise ObjectError(_faults(document))

    def __str__(self) -> str:
        if self.namespace:
            return f"{self.gvk.kind} {self.namespace}/{self.name}"
        return f"{self.gvk.kind} {self.name}"


def named(document: Mapping[str, JsonIn]) -> str | None:
    """Return the identity a document states as messages tell it, or None if it states none."""
    try:
        return str(Ref.of(document))
    except ObjectError:
        return None


def _faults(document: Mapping[str, JsonIn]) -> list[Fault]:
    faults = [
        Fault(f"/{key}", "must be a text that is not empty")
        for key in ("apiVersion", "kind")
        if not _filled(document.get(key))
    ]
    metadata = document.get("metadata")
    if not isinstance(metadata, dict):
        return [*faults, Fault("/metadata", "must be an object")]
    if not _filled(metadata.get("name")):
        faults.append(Fault("/metadata/name", "must be a text that is not empty"))
    namespace = metadata.get("namespace")
    if not (namespace is None or isinstance(namespace, str)):
        faults.append(Fault("/metadata/namespace", "must be a text"))
    return faults


def _filled(value: object) -> bool:
    return isinstance(value, str) and bool(value)
