"""Write how Go lays out a template of Pods, for the hash that Deployments put on their ReplicaSets.

    python tools/generate_templates.py API APIMACHINERY

API and APIMACHINERY are unpacked modules `k8s.io/api` and `k8s.io/apimachinery`. What is written:
the fields of each structure below `PodTemplateSpec` in the order of the sources, each with its name
in Go, its name in JSON (empty for a structure whose fields stand in the object around it) and its
type; and what types with a name of their own are made of.
"""

from __future__ import annotations

import gzip
import json
import re
import sys
from pathlib import Path

TARGET = Path(__file__).resolve().parents[1] / "reconcile/simulate/data/templates.json.gz"
SOURCES = (("0", "core/v1/types.go"), ("1", "pkg/apis/meta/v1/types.go"))
OPAQUE = ("v1.Time", "v1.FieldsV1", "resource.Quantity", "intstr.IntOrString")
"""Structures that are written by hand, or that no template holds."""
STRUCT = re.compile(r"^type (\w+) struct \{\n(.*?)^\}", re.MULTILINE | re.DOTALL)
NAMED = re.compile(r"^type (\w+) ((?:\[\]|map\[\w+\])?[\w.]+)$", re.MULTILINE)
FIELD = re.compile(r'^\t(?:(\w+)\s+)?([\w.*\[\]]+)\s+`json:"([^",]*)(,inline)?[^`]*`', re.MULTILINE)
BASIC = re.compile(r"^(string|bool|u?int\d*|float\d*|byte)$")


def qualified(kind: str) -> str:
    """Return a type as Go shows it: with the last part of its package."""
    match = re.match(r"(\*|\[\]|map\[([\w.]+)\])(.*)", kind)
    if match:
        inner = f"map[{qualified(match[2])}]" if match[2] else match[1]
        return inner + qualified(match[3])
    if BASIC.match(kind):
        return kind
    package, _, name = kind.rpartition(".")
    return f"{package if package and package != 'metav1' else 'v1'}.{name}"


def below(kind: str) -> list[str]:
    """Return the types with a name that a type is made of."""
    return re.findall(r"\w+\.\w+", kind)


def main(roots: list[str]) -> None:
    structs: dict[str, list[tuple[str, str, str]]] = {}
    named: dict[str, str] = {"types.UID": "string"}
    for place, path in SOURCES:
        text = (Path(roots[int(place)]) / path).read_text(encoding="utf-8")
        for name, body in STRUCT.findall(text):
            fields = [
                (go or kind.rpartition(".")[2], "" if inline else shown, qualified(kind))
                for go, kind, shown, inline in FIELD.findall(body)
            ]
            structs.setdefault(f"v1.{name}", fields)
        for name, kind in NAMED.findall(text):
            named.setdefault(f"v1.{name}", qualified(kind))
    kept: dict[str, dict[str, object]] = {"structs": {}, "named": {}}
    waiting = ["v1.PodTemplateSpec"]
    while waiting:
        kind = waiting.pop()
        if kind in OPAQUE or kind in kept["structs"] or kind in kept["named"]:
            continue
        if kind in structs:
            kept["structs"][kind] = structs[kind]
            waiting += [each for _, _, field in structs[kind] for each in below(field)]
        else:
            kept["named"][kind] = named[kind]
            waiting += below(named[kind])
    text = json.dumps(kept, sort_keys=True, separators=(",", ":"))
    TARGET.write_bytes(gzip.compress(text.encode(), mtime=0))


if __name__ == "__main__":
    main(sys.argv[1:])
