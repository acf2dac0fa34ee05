"""The keys of Metacontroller's object maps: v1 is relative to the parent, v2 is uniform.

1. The outer key is `Kind.version` or `Kind.group/version`: see `Gvk.key`.
2. v2: `namespace/name`, or `name` for a cluster-scoped object, whatever the parent.
3. v1: `namespace/name` if the parent is cluster-scoped and the object is not, else `name`. A
   namespaced parent sees only objects of its own namespace, so the name is enough.

Source: Metacontroller pkg/controller/common/api/v1/relative_object.go and v2/uniform_object.go.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

__all__ = ["Version", "inner_key", "split_key"]

Version: TypeAlias = Literal["v1", "v2"]


def split_key(key: str, *, version: Version, parent_namespace: str) -> tuple[str, str]:
    """Return (namespace, name) of an inner key; namespace "" is cluster-scoped."""
    namespace, slash, name = key.partition("/")
    if slash:
        return namespace, name
    return (parent_namespace if version == "v1" else ""), key


def inner_key(namespace: str, name: str, *, version: Version, parent_namespace: str) -> str:
    """Return the inner key of an object; the inverse of `split_key`."""
    if not namespace or (version == "v1" and parent_namespace):
        return name
    return f"{namespace}/{name}"
