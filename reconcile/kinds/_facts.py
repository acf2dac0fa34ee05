"""The recorded facts of built-in kinds, read when they are first asked for.

1. The one place below the edges that reads files: its own package's data, which never change
   while a program runs. What was read is kept, one archive per group and version.
2. Facts are what the API server's OpenAPI and discovery say, without the descriptions.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import msgspec

from reconcile.kinds._index import COMMON, PREFIXES

__all__ = ["Facts", "Resource", "load", "schema_named"]

_COMMON = "io.k8s.apimachinery."


class Resource(msgspec.Struct, frozen=True, rename="camel"):
    """How a kind is served."""

    plural: str
    singular: str
    scope: str
    short_names: tuple[str, ...] = ()
    subresources: tuple[str, ...] = ()
    verbs: tuple[str, ...] = ()


class Facts(msgspec.Struct, frozen=True, rename="camel"):
    """What is known of one group and version."""

    api_version: str
    kinds: dict[str, str]
    """Kind -> name of its schema."""
    resources: dict[str, Resource]
    """Kind -> how it is served."""
    schemas: dict[str, dict[str, Any]]
    """Name -> schema, as in the API server's OpenAPI v3."""


@cache
def load(module: str) -> Facts:
    """Return the facts of one module."""
    # Reading the package's own data: see rule 1. Imported here, because most programs never ask.
    import gzip
    from importlib.resources import files

    archive = files("reconcile.kinds") / "facts" / f"{module}.json.gz"
    return msgspec.json.decode(gzip.decompress(archive.read_bytes()), type=Facts)


def schema_named(name: str) -> dict[str, Any]:
    """Return the schema of a full name, such as `io.k8s.api.core.v1.PodSpec`.

    Raises: KeyError if no facts hold it.
    """
    prefix = name.rpartition(".")[0]
    module = COMMON if prefix.startswith(_COMMON) else PREFIXES[prefix]
    return load(module).schemas[name]
