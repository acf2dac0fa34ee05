"""Write the typed kinds and their facts from what an API server says about itself.

    python tools/generate_kinds.py [FOLDER]

1. FOLDER holds `v3.json.gz` (OpenAPI v3 by group and version) and `discovery.json` (resource
   lists by group and version); ../shared/recordings/openapi unless given.
2. Written are `reconcile/kinds/<group>_<version>.py`, `reconcile/kinds/_index.py` and
   `reconcile/kinds/facts/<group>_<version>.json.gz`. Same input, same bytes: everything is
   sorted, the archives carry no time and no name, and no formatter runs afterwards.
3. Lists of kinds (`PodList`) and kinds that only subresources use have facts but no class:
   no controller makes them.
"""

from __future__ import annotations

import gzip
import json
import keyword
import re
import sys
import textwrap
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

__all__ = ["main", "render", "snake"]

ROOT = Path(__file__).resolve().parents[1]
COMMON = "meta_v1"
"""The module of what all groups share."""
PRIMITIVES = {
    "io.k8s.apimachinery.pkg.api.resource.Quantity": "quantity",
    "io.k8s.apimachinery.pkg.apis.meta.v1.Time": "str",
    "io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime": "str",
    "io.k8s.apimachinery.pkg.util.intstr.IntOrString": "int | str",
}
"""Schemas that are values, not objects."""
SCALARS = {"string": "str", "integer": "int", "boolean": "bool", "number": "float"}
IN_PRACTICE = {("Container", "image"), ("EphemeralContainer", "image")}
"""Optional in the schema for the sake of one rare use, and there in every object people read:
typed without None."""
RESERVED = {"raw", "of", "observed", "copy", "bool", "int", "float", "str", "list"}
RESERVED_KIND = {"gvk", "plural", "namespaced", "ref", "name", "namespace", "labels", "annotations"}
FIELDS = ["ListOf", "MapOf", "MapOfViews", "Nested", "Quantities", "QuantityText", "Required"]
FIELDS += ["Scalar", "Values"]
WIDTH = 100
PREFIX = "#/components/schemas/"


@dataclass
class Module:
    """One group and version."""

    name: str
    api_version: str = ""
    kinds: dict[str, str] = field(default_factory=dict)
    resources: dict[str, dict[str, Any]] = field(default_factory=dict)
    schemas: dict[str, dict[str, Any]] = field(default_factory=dict)
    prefix: str = "io.k8s.apimachinery"
    """What the names of its schemas begin with."""


def snake(name: str) -> str:
    """Return the Python form of a wire name: `clusterIPs` becomes `cluster_ips`."""
    words = re.findall(r"[A-Z]+s(?![a-z])|[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+", name)
    return "_".join(words).lower()


def home(modules: dict[str, Module], schema: str) -> str | None:
    """Return the module of a schema, None if it is in none of ours."""
    if schema.startswith(f"{modules[COMMON].prefix}."):
        return COMMON
    prefix = schema.rpartition(".")[0]
    return next((module.name for module in modules.values() if module.prefix == prefix), None)


def named(path: str) -> str:
    """Return the module of an OpenAPI document: the group's first word and the version."""
    group, _, version = path.removeprefix("apis/").removeprefix("api/").rpartition("/")
    return f"{group.partition('.')[0] or 'core'}_{version}"


def collect(folder: Path) -> dict[str, Module]:
    """Return what is known of each group and version that has kinds."""
    documents = json.loads(gzip.decompress((folder / "v3.json.gz").read_bytes()))
    discovery = json.loads((folder / "discovery.json").read_bytes())
    served = {
        path: documents[path]["components"]["schemas"]
        for path in sorted(documents)
        if discovery.get(f"/{path}", {}).get("resources")
    }
    modules = {COMMON: Module(COMMON)}
    for path, schemas in served.items():
        group, _, version = path.removeprefix("apis/").removeprefix("api/").rpartition("/")
        module = modules[named(path)] = Module(named(path), f"{group}/{version}".strip("/"))
        module.resources = resources(discovery[f"/{path}"]["resources"])
        for schema, content in sorted(schemas.items()):
            for gvk in content.get("x-kubernetes-group-version-kind", ()):
                if (gvk["group"], gvk["version"]) == (group, version):
                    module.kinds[gvk["kind"]] = schema
                    if not schema.startswith(modules[COMMON].prefix):
                        module.prefix = schema.rpartition(".")[0]
    for schemas in served.values():
        for schema, content in sorted(schemas.items()):
            where = home(modules, schema)
            if where is not None:
                modules[where].schemas.setdefault(schema, content)
    return modules


def resources(listed: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return the facts of each kind that is a resource of its own, by kind."""
    found: dict[str, dict[str, Any]] = {}
    for entry in listed:
        if "/" not in entry["name"]:
            found[entry["kind"]] = {
                "plural": entry["name"],
                "singular": entry["singularName"],
                "scope": "Namespaced" if entry["namespaced"] else "Cluster",
                "shortNames": entry.get("shortNames", []),
                "subresources": sorted(
                    other["name"].partition("/")[2]
                    for other in listed
                    if other["name"].startswith(f"{entry['name']}/")
                ),
                "verbs": entry["verbs"],
            }
    return found


def facts(module: Module) -> bytes:
    """Return the facts of a module as they are stored: all but the descriptions."""
    content = {
        "apiVersion": module.api_version,
        "kinds": module.kinds,
        "resources": module.resources,
        "schemas": {name: bare(schema) for name, schema in module.schemas.items()},
    }
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return gzip.compress(text.encode(), 9, mtime=0)


def bare(value: Any, *, names: bool = False) -> Any:
    """Return a schema without descriptions; `names` says that keys are names of properties."""
    if isinstance(value, dict):
        return {
            key: bare(item, names=key == "properties" and not names)
            for key, item in value.items()
            if names or key != "description"
        }
    return [bare(item) for item in value] if isinstance(value, list) else value


def reference(schema: dict[str, Any]) -> str | None:
    """Return the name of the schema that this one stands for."""
    for part in (schema, *schema.get("allOf", ())):
        if "$ref" in part:
            name: str = part["$ref"].removeprefix(PREFIX)
            return name
    return None


@dataclass
class Writer:
    """One module's source, with what it must import."""

    modules: dict[str, Module]
    module: Module
    used: set[str] = field(default_factory=set)
    imports: dict[str, set[str]] = field(default_factory=dict)

    def classes(self) -> list[str]:
        """Return the schemas that become classes: resources, and what they reach."""
        module, found = self.module, set[str]()
        roots = reachable(self.modules)
        for schema in module.schemas:
            if schema in roots:
                found.add(schema)
        return sorted(found, key=short)

    def text(self) -> str:
        """Return the source."""
        names = self.classes()
        bodies = [self.body(name) for name in names]
        if any(re.match(r"class \w+\(\s*Kind,", body) for body in bodies):
            self.used.add("Kind")
        what = self.module.api_version or "all groups"
        head = [
            '"""Generated by tools/generate_kinds.py from the API server\'s OpenAPI; do not edit.',
            "",
            f"The kinds of {what} and the objects they are made of."
            if self.module.api_version
            else "The objects that the kinds of all groups share.",
            '"""',
            "",
            "from __future__ import annotations",
            "",
        ]
        lines = []
        for module, imported in sorted(self.imports.items()):
            lines += imports(f"reconcile.kinds.{module}", imported)
        if any(re.match(r"class \w+\(View\):", body) for body in bodies):
            self.used.add("View")
        lines += imports("reconcile.objects.view", self.used | {"wire"})
        if re.search(r"\bJson\b[\]|]", "\n".join(bodies)):
            lines += imports("reconcile.value.types", {"Json"})
        every = ["", "__all__ = [", *(f'    "{short(name)}",' for name in names), "]", "", ""]
        return "\n".join([*head, *lines, *every]) + "\n" + "\n\n\n".join(bodies) + "\n"

    def body(self, schema: str) -> str:
        """Return one class."""
        content = self.module.schemas[schema]
        name = short(schema)
        resource = self.module.resources.get(name)
        kind = resource is not None and self.module.kinds.get(name) == schema
        lines = [self.opening(name, resource if kind else None)]
        lines += docstring(content.get("description", f"{name}."))
        reserved = RESERVED | (RESERVED_KIND if kind else set())
        taken: set[str] = set()
        for wire, described in content.get("properties", {}).items():
            if kind and wire in ("apiVersion", "kind"):
                continue
            python = snake(wire)
            if keyword.iskeyword(python) or python in reserved:
                python += "_"
            if python in taken:
                message = f"{name} has two fields that would be {python}"
                raise SystemExit(message)
            taken.add(python)
            required = wire in content.get("required", ()) or (name, wire) in IN_PRACTICE
            annotation = self.annotation(described, required=required)
            lines += ["", *assignment(python, annotation, wire)]
            lines += docstring(described.get("description", ""))
        return "\n".join(lines)

    def opening(self, name: str, resource: dict[str, Any] | None) -> str:
        """Return the line that opens a class, wrapped as the formatter would."""
        if resource is None:
            return f"class {name}(View):"
        words = (
            f'Kind, api_version="{self.module.api_version}", kind="{name}", '
            f'plural="{resource["plural"]}", namespaced={resource["scope"] == "Namespaced"}'
        )
        line = f"class {name}({words}):"
        if len(line) <= WIDTH:
            return line
        if len(words) + 4 <= WIDTH:
            return f"class {name}(\n    {words}\n):"
        broken = ",\n    ".join(words.split(", "))
        return f"class {name}(\n    {broken},\n):"

    def annotation(self, schema: dict[str, Any], *, required: bool) -> str:
        """Return a field's annotation, noting what it needs."""
        head, argument = self.shape(schema)
        if head == "Scalar" and required:
            head = "Required"
        if head == "QuantityText":
            argument = ""
        self.used.add(head)
        return f"{head}[{argument}]" if argument else head

    def shape(self, schema: dict[str, Any]) -> tuple[str, str]:
        """Return the kind of field and what it holds."""
        target = reference(schema)
        if target is not None:
            return self.referred(target)
        kind = schema.get("type")
        if kind == "array":
            head, argument = self.shape(schema["items"])
            return {"Nested": "ListOf"}.get(head, "Values"), argument or "str"
        if kind == "object":
            inner = schema.get("additionalProperties")
            if not inner:
                return "MapOf", "Json"
            head, argument = self.shape(inner)
            if head == "Values":
                return "MapOf", f"list[{argument}]"
            heads = {"Nested": "MapOfViews", "QuantityText": "Quantities"}
            return heads.get(head, "MapOf"), argument
        return "Scalar", SCALARS[kind] if kind else "Json"

    def referred(self, target: str) -> tuple[str, str]:
        """Return the kind of field for a schema referred to."""
        primitive = PRIMITIVES.get(target)
        if primitive is not None:
            return ("QuantityText", "") if primitive == "quantity" else ("Scalar", primitive)
        where = home(self.modules, target)
        if where is None:
            message = f"{target} is in no module"
            raise SystemExit(message)
        content = self.modules[where].schemas[target]
        if "properties" not in content:
            return ("MapOf" if content.get("type") == "object" else "Scalar"), "Json"
        if where != self.module.name:
            self.imports.setdefault(where, set()).add(short(target))
        return "Nested", short(target)


def reachable(modules: dict[str, Module]) -> set[str]:
    """Return the schemas that resources reach and that are objects with fields."""
    every = {name: schema for module in modules.values() for name, schema in module.schemas.items()}
    waiting = [m.kinds[kind] for m in modules.values() for kind in m.resources if kind in m.kinds]
    found: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name in found or name in PRIMITIVES or "properties" not in every[name]:
            continue
        found.add(name)
        for described in every[name]["properties"].values():
            parts = [described, described.get("items"), described.get("additionalProperties")]
            waiting += [target for part in parts if part and (target := reference(part))]
    return found


def short(schema: str) -> str:
    """Return the last part of a schema's name."""
    return schema.rpartition(".")[2]


def assignment(python: str, annotation: str, wire: str) -> list[str]:
    """Return a field's declaration, wrapped as the formatter would."""
    start, call = f"    {python}: {annotation} = wire(", f'"{wire}")'
    if len(start) + len(call) <= WIDTH:
        return [start + call]
    if len(start) <= WIDTH:
        return [start, f'        "{wire}"', "    )"]
    head, _, argument = annotation.partition("[")
    inner = argument.removesuffix("]")
    return [f"    {python}: {head}[", f"        {inner}", f"    ] = wire({call}"]


def imports(module: str, names: set[str]) -> list[str]:
    """Return an import, wrapped as the formatter would."""
    # As ruff sorts: constants, classes, the rest.
    order = sorted(names, key=lambda name: (name[0].islower(), name))
    line = f"from {module} import {', '.join(order)}"
    if len(line) <= WIDTH:
        return [line]
    return [f"from {module} import (", *(f"    {name}," for name in order), ")"]


def docstring(description: str) -> list[str]:
    """Return the first sentence of a description as the docstring below a line."""
    text = " ".join(description.split("\n\n", maxsplit=1)[0].split())
    match = re.match(r".*?[^.A-Z]\.(?= [A-Z]|$)(?<!e\.g\.)(?<!i\.e\.)(?<!etc\.)", text)
    text = match[0] if match else text
    for character, plain in (("\\", ""), ("\u2019", "'"), ('"""', "'''")):
        text = text.replace(character, plain)
    if not text:
        return []
    text = text if text.endswith((".", "!", "?", ":")) else f"{text}."
    if text.startswith('"') or text.endswith('"'):
        text = text.replace('"', "'")
    wrapped = textwrap.wrap(
        f'"""{text}"""',
        WIDTH,
        initial_indent="    ",
        subsequent_indent="    ",
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [line.rstrip() for line in wrapped]


def index(modules: dict[str, Module]) -> str:
    """Return the source that says which module holds which group and version."""
    lines = [
        '"""Generated by tools/generate_kinds.py from the API server\'s OpenAPI; do not edit.',
        "",
        "Which facts hold which group and version.",
        '"""',
        "",
        "from __future__ import annotations",
        "",
        "from typing import Final",
        "",
        '__all__ = ["COMMON", "MODULES", "PREFIXES"]',
        "",
        f'COMMON: Final = "{COMMON}"',
        "MODULES: Final = {",
        *(
            f'    "{module.api_version}": "{module.name}",'
            for module in sorted(modules.values(), key=lambda module: module.api_version)
            if module.api_version
        ),
        "}",
        '"""Group and version -> module."""',
        "PREFIXES: Final = {",
        *(
            f'    "{module.prefix}": "{module.name}",'
            for module in sorted(modules.values(), key=lambda module: module.prefix)
        ),
        "}",
        '"""What the names of schemas begin with -> module."""',
    ]
    return "\n".join(lines) + "\n"


def render(folder: Path) -> dict[str, bytes]:
    """Return every file to write, by its path below the root of the repository."""
    modules = collect(folder)
    files = {"reconcile/kinds/_index.py": index(modules).encode()}
    for name, module in modules.items():
        files[f"reconcile/kinds/{name}.py"] = Writer(modules, module).text().encode()
        files[f"reconcile/kinds/facts/{name}.json.gz"] = facts(module)
    return files


def main(arguments: list[str]) -> int:
    """Write the files and say which changed."""
    folder = Path(arguments[0]) if arguments else ROOT.parent / "shared/recordings/openapi"
    if not (folder / "v3.json.gz").exists():
        print(f"{folder} holds no v3.json.gz", file=sys.stderr)
        return 2
    for path, content in render(folder).items():
        target = ROOT / path
        if not target.exists() or target.read_bytes() != content:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
            print(f"wrote {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
