"""Write how the fields of built-in kinds are numbered in protobuf.

    python tools/generate_protobuf.py FOLDER...

1. Each FOLDER is the source of a Go module of Kubernetes: k8s.io/api, k8s.io/apimachinery,
   k8s.io/apiextensions-apiserver, k8s.io/kube-aggregator (`go mod download -json` tells where).
   Which message a field is, `generated.proto` says; its name in JSON and whether it is written
   when it is zero, the tags of the Go types say.
2. Only numbers, names and types are written, no text: `reconcile/http_api/data/protobuf.json.gz`.
"""

from __future__ import annotations

import gzip
import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
OUT = ROOT / "reconcile/http_api/data/protobuf.json.gz"
PACKAGE = re.compile(r"^package ([\w.]+);", re.MULTILINE)
MESSAGE = re.compile(r"^message (\w+) \{\n(.*?)^\}", re.MULTILINE | re.DOTALL)
FIELD = re.compile(
    r"^ +(optional|repeated)? ?(map<string, ([\w.]+)>|[\w.]+) (\w+) = (\d+);", re.MULTILINE
)
STRUCT = re.compile(r"^type (\w+) struct \{\n(.*?)^\}", re.MULTILINE | re.DOTALL)
TAGGED = re.compile(
    r"^[ \t]+(?:\w+[ \t]+)?(\S+)[ \t]+`.*?(?:json:\"([^\"]*)\".*?)?protobuf:\"\w+,(\d+)",
    re.MULTILINE,
)
GROUP = re.compile(r"GroupName += \"([\w.-]*)\"")
SCALARS = {"bool", "int32", "int64", "uint32", "uint64", "string", "bytes", "double"}


def _tags(folder: Path) -> dict[tuple[str, int], tuple[str | None, bool]]:
    """Return name in JSON of each field with a number, and whether a zero of it is written."""
    found: dict[tuple[str, int], tuple[str | None, bool]] = {}
    for file in sorted(folder.glob("*.go")):
        if file.name.endswith(("_test.go", "generated.pb.go")):
            continue
        for struct, body in STRUCT.findall(file.read_text(encoding="utf-8")):
            for kind, told, number in TAGGED.findall(body):
                name, _, options = told.partition(",")
                # Without a name a struct is part of the one around it.
                named = "" if not name and "inline" in options else name if name != "-" else None
                said = kind.startswith("*") or not ("omitempty" in options or "omitzero" in options)
                found[struct, int(number)] = (named if told else None, said)
    return found


def main(modules: list[str]) -> None:
    """Write the file."""
    messages: dict[str, list[list[object]]] = {}
    packages: dict[str, str] = {}
    for module in modules:
        for file in sorted(Path(module).rglob("generated.proto")):
            text = file.read_text(encoding="utf-8")
            [package] = PACKAGE.findall(text)
            registered = file.parent / "register.go"
            group = GROUP.search(registered.read_text("utf-8")) if registered.exists() else None
            if group is not None and group[1] != "meta.k8s.io":
                version = file.parent.name
                packages[f"{group[1]}/{version}" if group[1] else version] = package
            tags = _tags(file.parent)
            for name, body in MESSAGE.findall(text):
                fields: list[list[object]] = []
                for label, kind, value, field, number in FIELD.findall(body):
                    told, said = tags.get((name, int(number)), (None, False))
                    spoken = value or kind
                    if spoken not in SCALARS and not spoken.startswith((".k8s", "k8s")):
                        spoken = f"{package}.{spoken}"
                    form = "map" if value else "list" if label == "repeated" else "one"
                    fields.append(
                        [
                            int(number),
                            field if told is None else told,
                            spoken.lstrip("."),
                            form,
                            said,
                        ]
                    )
                messages[f"{package}.{name}"] = fields
    held = {"packages": dict(sorted(packages.items())), "messages": dict(sorted(messages.items()))}
    OUT.parent.mkdir(exist_ok=True)
    data = json.dumps(held, separators=(",", ":")).encode()
    OUT.write_bytes(gzip.compress(data, mtime=0))
    print(f"{len(messages)} messages of {len(packages)} versions, {OUT.stat().st_size} bytes")


main(sys.argv[1:])
