"""What is compared of a definition and of the one that its imported parents have.

Everything is, but for what `normal` takes away or fills in on both sides; each line says why.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from reconcile.manifests import crd

OPEN = "x-kubernetes-preserve-unknown-fields"
EITHER = [{"type": "integer"}, {"type": "string"}]


def normal(document: dict[str, Any], only: str | None = None) -> dict[str, Any]:
    """Return the spec of a definition in the form in which two are compared."""
    spec = document["spec"]
    names = {"singular": spec["names"]["kind"].lower(), "listKind": f"{spec['names']['kind']}List"}
    names |= {key: value for key, value in spec["names"].items() if value}
    versions = [_version(each) for each in spec["versions"] if only is None or each["name"] == only]
    made = {
        **spec,
        "names": names,
        # The order of versions says nothing: the server sorts them.
        "versions": sorted(versions, key=lambda each: each["name"]),
    }
    # A webhook answers conversions: a program of its own. None is the server's default.
    made.pop("conversion", None)
    # False is the only value that the server takes.
    made.pop("preserveUnknownFields", None)
    return made


def without_notes(source: str) -> str:
    """Return the code of an import without the comment that tells what is left out.

    What is left out is not in the definition of the code, so its code has nothing to tell.
    """
    return re.sub(r"# Left out.*?\n\n", "", source, flags=re.DOTALL)


def _version(version: dict[str, Any]) -> dict[str, Any]:
    made = {key: value for key, value in version.items() if value not in ([], None)}
    # Metacontroller takes no parent whose status is no subresource.
    made["subresources"] = {"status": {}, **(version.get("subresources") or {})}
    if not made.get("deprecated"):
        made.pop("deprecated", None)
    if "additionalPrinterColumns" in made:
        # An absent priority is 0; an empty text is an absent one.
        made["additionalPrinterColumns"] = [
            {key: value for key, value in each.items() if value not in (0, "")}
            for each in made["additionalPrinterColumns"]
        ]
    if "selectableFields" in made:
        made["selectableFields"] = sorted(each["jsonPath"] for each in made["selectableFields"])
    made["schema"] = _root(version["schema"]["openAPIV3Schema"])
    return made


def _root(schema: dict[str, Any]) -> dict[str, Any]:
    properties = dict(schema.get("properties") or {})
    # Every object has these, said or not; a parent does not restrict names.
    for key in ("apiVersion", "kind", "metadata"):
        properties.pop(key, None)
    spec = dict(properties.get("spec", {"type": "object"}))
    status = dict(properties.get("status", {OPEN: True}))
    for part in (spec, status):
        part["type"] = "object"
        # A null one is no parent.
        part.pop("nullable", None)
    # What the engine writes is added, where the status has it not.
    engine = _engine()
    status["properties"] = {**engine, **(status.get("properties") or {})}
    # The status of a parent that cannot be read holds conditions only.
    status.pop("required", None)
    inside = (spec.get("properties") or {}).values()
    if not spec.get("required") and any(each.get("default") is not None for each in inside):
        # An absent spec is read as an empty one.
        spec.setdefault("default", {})
    return place({**schema, "properties": {"spec": spec, "status": status}})


def place(node: Any) -> Any:
    """Return the schema of one place in the form in which two are compared."""
    made = dict(node)
    for key in ("nullable", "exclusiveMinimum", "exclusiveMaximum", "uniqueItems"):
        # False is what is so anyway.
        if made.get(key) is False:
            del made[key]
    for key in ("properties", "required", "x-kubernetes-validations"):
        # An empty one is an absent one.
        if key in made and not made[key]:
            del made[key]
    if "properties" in made:
        made["properties"] = {key: place(each) for key, each in made["properties"].items()}
    for key in ("items", "additionalProperties"):
        if isinstance(made.get(key), dict):
            made[key] = place(made[key])
    if "required" in made:
        made["required"] = sorted(set(made["required"]))
    # The server reads every whole number as one of 64 bits.
    if made.get("type") == "integer" and made.get("format") == "int64":
        del made["format"]
    # Of an int-or-string, this is what the extension says.
    if made.get("x-kubernetes-int-or-string") and made.get("anyOf") == EITHER:
        del made["anyOf"]
    # No default, in Go's reading.
    if "default" in made and made["default"] is None:
        del made["default"]
    return made


@cache
def _engine() -> dict[str, Any]:
    """Return what is added to a status, as the definition of a parent without one has it."""
    from reconcile import Parent

    class Bare(Parent[dict, None], group="example.com", version="v1"):  # type: ignore[type-arg]
        """A parent without a status."""

    made: Any = crd(Bare)
    schema = made["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    return schema["properties"]["status"]["properties"]
