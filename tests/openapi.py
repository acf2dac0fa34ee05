"""Schemas of all kinds of the recorded API server, and of the definitions in a recording."""

from __future__ import annotations

import functools
import gzip
import json
from typing import Any

from reconcile.kinds._schema import Schema
from tests.suites import shared


@functools.cache
def _recorded() -> tuple[dict[str, dict], dict[tuple[str, str], dict]]:
    found: dict[str, dict] = {}

    def collect(value: Any) -> None:
        if isinstance(value, dict):
            for key, below in value.items():
                if key == "schemas" and isinstance(below, dict):
                    found.update(below)
                else:
                    collect(below)

    collect(json.loads(gzip.decompress(shared("recordings", "openapi", "v3.json.gz").read_bytes())))
    kinds = {
        ("/".join(filter(None, (known["group"], known["version"]))), known["kind"]): schema
        for schema in found.values()
        for known in schema.get("x-kubernetes-group-version-kind", ())
    }
    return found, kinds


def recorded_schema(document: dict, crds: list[dict]) -> tuple[Any, bool]:
    """Return the schema of an object, None if there is none, and whether its status is apart."""
    schemas, kinds = _recorded()
    name = document.get("apiVersion"), document.get("kind")
    if name in kinds:
        schema = Schema(kinds[name], lambda wanted: schemas[wanted])
        return schema, "status" in (schema.get("properties") or {})
    for crd in crds:
        about = crd["spec"]
        for version in about["versions"]:
            if (f"{about['group']}/{version['name']}", about["names"]["kind"]) == name:
                apart = "status" in (version.get("subresources") or {})
                return version["schema"]["openAPIV3Schema"], apart
    return None, False
