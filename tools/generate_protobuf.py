"""Write how objects of the built-in kinds are laid out in protobuf, from Kubernetes' Go modules.

    python tools/generate_protobuf.py FOLDER

1. FOLDER holds the modules `api@v0.36.3` and `apimachinery@v0.36.3`, as `go mod download` leaves
   them in `pkg/mod/k8s.io`.
2. Numbers and types of fields come from `generated.proto`; whether a field is a pointer, part of
   the object around it, or left out when empty, from the tags in `types.go`.
3. Written is `reconcile/simulate/data/protobuf.json.gz`. Same input, same bytes.
"""

from __future__ import annotations

import gzip
import json
import re
import sys
from pathlib import Path

__all__ = ["main", "render"]

ROOT = Path(__file__).resolve().parents[1]
STABLE = re.compile(r"v\d+")
MESSAGE = re.compile(r"^message (\w+) \{\n(.*?)^\}", re.DOTALL | re.MULTILINE)
FIELD = re.compile(
    r"^  (?:(optional|repeated) )?(map<string, )?\.?([\w.]+)>? (\w+) = (\d+)(?: \[[^\]]*\])?;",
    re.MULTILINE,
)
STRUCT = re.compile(r"^type (\w+) struct \{\n(.*?)^\}", re.DOTALL | re.MULTILINE)
MEMBER = re.compile(
    r'^\s+(?:\w+\s+)?(\S+)\s+`json:"([^"]*)"(?: \w+:"[^"]*")* protobuf:"\w+,(\d+),', re.MULTILINE
)
SCALARS = {
    "string": "s",
    "bool": "b",
    "int32": "i",
    "int64": "i",
    "double": "d",
    "bytes": "y",
}


def tags(folder: Path) -> dict[tuple[str, int], tuple[int, str]]:
    """Return of each field when it is told, as bits, and its JSON name.

    Shape: 1 for a pointer; 2 where an empty value is told; 4 where an empty structure is not.
    """
    found: dict[tuple[str, int], tuple[int, str]] = {}
    for path in sorted(folder.glob("*.go")):
        if path.name.startswith("zz_") or path.name.endswith("_test.go"):
            continue
        for name, body in STRUCT.findall(path.read_text(encoding="utf-8")):
            for kind, json_tag, number in MEMBER.findall(body):
                json_name, *options = json_tag.split(",")
                inline = "inline" in options or not json_name
                omits = "omitzero" in options
                bits = kind.startswith("*") | 4 * omits
                if not omits and "omitempty" not in options:
                    bits |= 2
                found[name, int(number)] = (bits, "" if inline else json_name)
    return found


def messages(path: Path) -> dict[str, list[list]]:
    """Return the messages of a package, by the name of their schema."""
    text = re.sub(r"^\s*//.*\n", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    package = re.search(r"^package ([\w.]+);", text, re.MULTILINE)[1]
    told = tags(path.parent)
    found: dict[str, list[list]] = {}
    for name, body in MESSAGE.findall(text):
        fields = []
        for label, in_map, kind, field, number in FIELD.findall(body):
            bits, shown = told.get((name, int(number)), (0, field))
            code = SCALARS.get(kind)
            target = ""
            if code is None:
                code = "m"
                target = schema_name(kind if "." in kind else f"{package}.{kind}")
            if in_map:
                code = code.upper()
            form = {"repeated": "*"}.get(label, "")
            fields.append([int(number), shown, form + code, target, bits])
        found[schema_name(f"{package}.{name}")] = sorted(fields)
    return found


def schema_name(message: str) -> str:
    """Return the name of a message's schema."""
    return f"io.k8s.{message.removeprefix('k8s.io.')}"


def render(folder: Path) -> bytes:
    """Return the contents of the file."""
    found: dict[str, list[list]] = {}
    (api,) = folder.glob("api@*")
    (machinery,) = folder.glob("apimachinery@*")
    for path in sorted([*api.glob("*/*/generated.proto"), *machinery.rglob("generated.proto")]):
        if path.is_relative_to(machinery) or STABLE.fullmatch(path.parent.name):
            found.update(messages(path))
    text = json.dumps(found, sort_keys=True, separators=(",", ":"))
    return gzip.compress(text.encode(), 9, mtime=0)


def main(arguments: list[str]) -> None:
    """Write the file."""
    target = ROOT / "reconcile/simulate/data/protobuf.json.gz"
    target.write_bytes(render(Path(arguments[0])))


if __name__ == "__main__":
    main(sys.argv[1:])
