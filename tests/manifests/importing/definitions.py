"""The definitions in the suites and recordings, and the classes of an imported one."""

from __future__ import annotations

import gzip
import itertools
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from reconcile import Parent
from reconcile.manifests import parent_source
from tests.suites import shared

KIND = "CustomResourceDefinition"
LARGE = 60_000
"""Characters of a definition whose round trip takes long."""
_numbers = itertools.count()


@dataclass(frozen=True)
class Found:
    """A definition, and the file it is first found in."""

    file: str
    document: dict[str, Any]

    @property
    def name(self) -> str:
        return f"{self.document['metadata'].get('name')} of {self.file}"


@cache
def found() -> tuple[Found, ...]:
    """Return every definition in the suites and recordings, those with the same spec once."""
    root = shared("suites").parent
    shared("recordings")
    made: dict[str, Found] = {}
    for file in sorted([*root.glob("suites/*/*.jsonl*"), *root.glob("recordings/*/**/*.json*")]):
        if file.name == "HEAD.jsonl.gz" or file.name.startswith("v1.35"):
            continue  # Objects of all built-in kinds: many, and no definition among them.
        text = _text(file)
        if f'"{KIND}"' not in text:
            continue
        for document in _documents(file, text):
            for each in objects(document, KIND):
                if "versions" in each.get("spec", {}):
                    where = str(file.relative_to(root))
                    made.setdefault(json.dumps(each["spec"]), Found(where, each))
    return tuple(made.values())


def _text(file: Path) -> str:
    data = file.read_bytes()
    return (gzip.decompress(data) if file.suffix == ".gz" else data).decode()


def _documents(file: Path, text: str) -> Iterator[Any]:
    if ".jsonl" in file.name:
        return (json.loads(line) for line in text.splitlines() if line.strip())
    return iter([json.loads(text)])


def documents(*parts: str) -> Iterator[Any]:
    """Yield the documents of a file beside the project."""
    file = shared(*parts)
    return _documents(file, _text(file))


def objects(document: Any, kind: str | None = None) -> Iterator[dict[str, Any]]:
    """Yield the objects in a document, of one kind or of all."""
    waiting = [document]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            named = value.get("kind")
            is_object = isinstance(named, str) and isinstance(value.get("apiVersion"), str)
            if is_object and kind in (None, named):
                yield value
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value


def parents(document: dict[str, Any], version: str | None = None) -> list[type[Parent[Any, Any]]]:
    """Return the parents of a definition, the stored one first, as its code makes them."""
    return classes(parent_source(document, version=version))


def classes(source: str) -> list[type[Parent[Any, Any]]]:
    """Return the parents that a module defines, in its order."""
    module = ModuleType(f"imported_{next(_numbers)}")
    sys.modules[module.__name__] = module
    try:
        exec(compile(source, module.__name__, "exec"), vars(module))
    finally:
        del sys.modules[module.__name__]
    return [
        each
        for each in vars(module).values()
        if isinstance(each, type) and issubclass(each, Parent) and "gvk" in vars(each)
    ]


def definition(
    spec: dict[str, Any] | None = None,
    status: dict[str, Any] | None = None,
    *,
    kind: str = "Thing",
    root: dict[str, Any] | None = None,
    **more: Any,
) -> dict[str, Any]:
    """Return the definition of a kind with one version; `more` is of the version."""
    properties = {}
    if spec is not None:
        properties["spec"] = {"type": "object", **spec}
    if status is not None:
        properties["status"] = {"type": "object", **status}
    schema = {"type": "object", "properties": properties, **(root or {})}
    version = {"name": "v1", "served": True, "storage": True, **more}
    version["schema"] = {"openAPIV3Schema": schema}
    plural = f"{kind.lower()}s"
    names = {"kind": kind, "plural": plural}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": KIND,
        "metadata": {"name": f"{plural}.example.com"},
        "spec": {
            "group": "example.com",
            "scope": "Namespaced",
            "names": names,
            "versions": [version],
        },
    }


def field(schema: dict[str, Any], *, name: str = "size", needed: bool = False) -> dict[str, Any]:
    """Return the definition of a kind whose spec has one field."""
    spec: dict[str, Any] = {"properties": {name: schema}}
    if needed:
        spec["required"] = [name]
    return definition(spec)
