"""Objects by kind and place, as syncs hold them, and as requests carry them.

1. Inside, objects are known by namespace and name, whatever the parent (rule 1.16).
2. Kinds are told by group, version and kind, in that order (rule 7.10).

Source: pkg/controller/common/api/{v1,v2} of Metacontroller 4.17.2.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from reconcile.value.types import Json, JsonObject
    from reconcile.wire.keys import Version

__all__ = ["Gvk", "ObjectMap", "desired_map", "gvk_of", "place_of", "written"]


class Gvk(NamedTuple):
    """A kind of one version, in the order in which kinds are sorted."""

    group: str
    version: str
    kind: str

    @property
    def api_version(self) -> str:
        """Return group and version as objects tell them."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def key(self) -> str:
        """Return the outer key in a request (rule 1.12)."""
        return f"{self.kind}.{self.api_version}"


ObjectMap: TypeAlias = "dict[Gvk, dict[tuple[str, str], JsonObject]]"
"""Kind -> (namespace, name) -> object."""


def gvk_of(document: Mapping[str, Json]) -> Gvk:
    """Return the kind of an object."""
    api_version = document.get("apiVersion")
    group, _, version = (api_version if isinstance(api_version, str) else "").rpartition("/")
    return Gvk(group, version, str(document.get("kind", "")))


def place_of(document: JsonObject) -> tuple[str, str]:
    """Return namespace and name of an object."""
    metadata = document.get("metadata")
    if not isinstance(metadata, dict):
        return "", ""
    namespace, name = metadata.get("namespace"), metadata.get("name")
    return (
        namespace if isinstance(namespace, str) else "",
        name if isinstance(name, str) else "",
    )


def desired_map(children: Iterable[JsonObject], parent: JsonObject) -> ObjectMap:
    """Return desired children by kind and place; the last of two for one place counts.

    A child without a namespace gets that of the parent (rules 1.29, 1.30).
    """
    namespace, _ = place_of(parent)
    made: ObjectMap = {}
    for child in children:
        at = place_of(child)
        placed: JsonObject = child
        if not at[0] and namespace:
            metadata = child.get("metadata")
            about = dict(metadata) if isinstance(metadata, dict) else {}
            placed = {**child, "metadata": {**about, "namespace": namespace}}
            at = (namespace, at[1])
        made.setdefault(gvk_of(child), {})[at] = placed
    return made


def written(
    objects: ObjectMap, version: Version, parent: JsonObject, text: Callable[[JsonObject], bytes]
) -> bytes:
    """Return objects as a request carries them, in JSON.

    Shape: v1 keys are relative to the parent, and a namespaced parent sees its own namespace alone
        (rules 1.15, 1.17).
    """
    home, _ = place_of(parent)
    outer: list[tuple[str, bytes]] = []
    for gvk, group in objects.items():
        inner: list[tuple[str, JsonObject]] = []
        for (namespace, name), document in group.items():
            if version == "v1" and home:
                if namespace == home:
                    inner.append((name, document))
            else:
                inner.append((f"{namespace}/{name}" if namespace else name, document))
        inner.sort(key=_first)
        body = b",".join(b'"%b":%b' % (key.encode(), text(document)) for key, document in inner)
        outer.append((gvk.key, b"{%b}" % body))
    outer.sort(key=_first)
    return b"{%b}" % b",".join(b'"%b":%b' % (key.encode(), body) for key, body in outer)


def _first(pair: tuple[str, object]) -> str:
    return pair[0]
