"""Every kind to a library's model and back, in a process that sees this library only.

Prints, as JSON, what each model lost and how many objects came back as they were. Run by
`test_interop.py` with the library's folder on the path; the library is the first argument.
"""

from __future__ import annotations

import gzip
import importlib
import json
import pkgutil
import sys
from pathlib import Path
from typing import Any

from reconcile.errors import ObjectError
from reconcile.kinds import schema
from reconcile.kinds._facts import load
from reconcile.kinds._index import MODULES
from reconcile.objects.interop import to_model
from reconcile.value.pointer import escape

META = {"name": "nameValue", "labels": {"a": "b"}}
MORE = [
    {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": META,
        "spec": {
            "group": "example.org",
            "names": {"kind": "Thing", "plural": "things", "shortNames": ["th"]},
            "scope": "Namespaced",
            "versions": [
                {
                    "name": "v1",
                    "served": True,
                    "storage": True,
                    "schema": {
                        "openAPIV3Schema": {
                            "type": "object",
                            "properties": {"a": {"x-kubernetes-int-or-string": True}},
                        }
                    },
                }
            ],
        },
    },
    {
        "apiVersion": "apiregistration.k8s.io/v1",
        "kind": "APIService",
        "metadata": META,
        "spec": {"group": "example.org", "groupPriorityMinimum": 1, "version": "v1",
                 "versionPriority": 2, "caBundle": "aGk=", "service": {"name": "a", "port": 1}},
    },
]  # fmt: skip
"""The two kinds that are not among upstream's objects."""


def kinds() -> dict[tuple[str, str], Any]:
    """Return every kind the API server serves, with our class for it."""
    return {
        (version, kind): importlib.import_module(f"reconcile.kinds.{module}").__dict__[kind]
        for version, module in MODULES.items()
        for kind in load(module).resources
    }


def objects(suite: Path) -> dict[tuple[str, str], dict[str, Any]]:
    """Return an object of every kind with all fields that the recorded server knows."""
    lines = gzip.decompress(suite.read_bytes()).decode().splitlines()
    found = [*(json.loads(line)["object"] for line in lines), *MORE]
    named = {(each.get("apiVersion"), each.get("kind")): each for each in found}
    return {gvk: pruned(named[gvk], schema(*gvk)) for gvk in kinds() if gvk in named}


def pruned(value: Any, known: Any) -> Any:
    """Return a value without what its schema does not know."""
    properties = known.get("properties", {})
    if isinstance(value, dict) and properties:
        return {
            key: pruned(item, properties[key]) for key, item in value.items() if key in properties
        }
    if isinstance(value, dict) and known.get("additionalProperties"):
        return {key: pruned(item, known["additionalProperties"]) for key, item in value.items()}
    if isinstance(value, list) and known.get("items"):
        return [pruned(item, known["items"]) for item in value]
    return value


def model(library: str, api_version: str, kind: str) -> Any:
    """Return the library's class for a kind, None if it has none."""
    group, _, version = api_version.rpartition("/")
    first = group.partition(".")[0]
    if library in {"kubernetes", "kubernetes_asyncio"}:
        client = importlib.import_module(f"{library}.client")
        name = f"{version.capitalize()}{kind}"
        prefixed = f"{first.capitalize() or 'Core'}{name}"
        return getattr(client, name, None) or getattr(client, prefixed, None)
    places = [first or "core", group.replace(".k8s.io", "").replace(".", "_"), "apiserverinternal"]
    for place in [*places, "rbac_authorization", "flowcontrol_apiserver", "internal_apiserver"]:
        prefix = {"lightkube": f"lightkube.resources.{place}_{version}"}
        name = prefix.get(library, f"kubex.k8s.v1_36.{place or 'core'}.{version}")
        name = name.replace("v1_36.apiextensions.", "v1_36.apiextensions_k8s_io.")
        try:
            module = importlib.import_module(name)
        except ImportError:
            continue
        if hasattr(module, kind):
            return getattr(module, kind)
        for inner in pkgutil.iter_modules(getattr(module, "__path__", [])):
            if inner.name.replace("_", "") == kind.lower():
                return getattr(importlib.import_module(f"{name}.{inner.name}"), kind)
    return None


def differences(before: Any, after: Any, pointer: str = "") -> list[str]:
    """Return where two documents differ, strictly; a null that is not there does not count."""
    if isinstance(before, dict) and isinstance(after, dict):
        keys = [*before, *(key for key in after if key not in before)]
        return [
            found
            for key in keys
            if not (before.get(key) is None and key not in after)
            for found in (
                differences(before[key], after[key], f"{pointer}/{escape(key)}")
                if key in before and key in after
                else [f"{pointer}/{escape(key)}"]
            )
        ]
    if isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        return [
            found
            for index, (old, new) in enumerate(zip(before, after, strict=True))
            for found in differences(old, new, f"{pointer}/{index}")
        ]
    return [] if json.dumps(before) == json.dumps(after) else [pointer]


def main(library: str, suite: str) -> None:
    """Print what came of every kind."""
    classes = kinds()
    report: dict[str, Any] = {"kinds": len(classes), "exact": 0}
    report |= {"missing": [], "refused": {}, "lost": {}, "silent": []}
    for gvk, document in objects(Path(suite)).items():
        name = "/".join(gvk)
        foreign = model(library, *gvk)
        if foreign is None:
            report["missing"].append(name)
            continue
        view = classes[gvk].of(document)
        told: set[str] = set()
        try:
            made = to_model(view, foreign)
        except ObjectError as error:
            told = {fault.pointer for fault in error.faults}
            try:
                made = to_model(view, foreign, lossy=True)
            except ObjectError:
                report["refused"][name] = str(error)
                continue
        lost = differences(document, classes[gvk].of(made).raw)
        # What is not told must not be lost.
        report["silent"] += sorted({f"{name} {pointer}" for pointer in set(lost) - told})
        if lost:
            report["lost"][name] = sorted(lost)
        else:
            report["exact"] += 1
    print(json.dumps(report))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
