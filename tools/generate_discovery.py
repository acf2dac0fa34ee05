"""Write what an API server serves, as the simulated one tells it, from a recorded server.

    python tools/generate_discovery.py [FOLDER]

1. FOLDER holds `discovery.json` (resource lists by group and version), `v3.json.gz` and
   `v2-definitions.json.gz` (schemas); ../shared/recordings/openapi unless given.
2. Written are the files of `reconcile/simulate/data`. Same input, same bytes: the archives carry
   no time and no name.
3. A storage version is not recorded, only its hash: it is the one version whose hash it is.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

__all__ = ["main", "render"]

ROOT = Path(__file__).resolve().parents[1]
VERSIONS = [f"v{n}{kind}" for kind in ("", "beta1", "beta2", "beta3", "alpha1") for n in (1, 2)]
VERSIONS += ["v1alpha2", "v1alpha3"]


def storage(entry: dict[str, Any], group: str) -> list[str] | None:
    """Return the group and version a resource is stored in, None if it is not stored."""
    wanted = entry.get("storageVersionHash")
    if wanted is None:
        return None
    for where in (group, ""):
        for version in VERSIONS:
            text = f"{where}/{version}/{entry['kind']}"
            if base64.b64encode(hashlib.sha256(text.encode()).digest()[:8]).decode() == wanted:
                return [where, version]
    raise SystemExit(f"no version of {entry['name']} has the hash {wanted}")


def served(listed: list[dict[str, Any]], group: str) -> list[dict[str, Any]]:
    """Return the resources of a group and version, each with its subresources."""
    found: list[dict[str, Any]] = []
    for entry in listed:
        name, _, subresource = entry["name"].partition("/")
        if subresource:
            about = [entry["kind"], entry.get("group", ""), entry.get("version", "")]
            found[-1]["subresources"][subresource] = [*about, entry["verbs"]]
            if found[-1]["plural"] != name:
                raise SystemExit(f"{entry['name']} does not follow its resource")
            continue
        found.append(
            {
                "plural": name,
                "singular": entry["singularName"],
                "kind": entry["kind"],
                "namespaced": entry["namespaced"],
                "verbs": entry["verbs"],
                "shortNames": entry.get("shortNames", []),
                "categories": entry.get("categories", []),
                "storage": storage(entry, group),
                "subresources": {},
            }
        )
    return found


def groups(discovery: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the groups in the server's order, each with its versions in the server's order."""
    listed = [{"name": "", "versions": [{"groupVersion": "v1", "version": "v1"}]}]
    return [
        {
            "name": group["name"],
            "versions": [
                {
                    "version": version["version"],
                    "resources": served(
                        discovery[
                            f"/apis/{version['groupVersion']}" if group["name"] else "/api/v1"
                        ]["resources"],
                        group["name"],
                    ),
                }
                for version in group["versions"]
            ],
        }
        for group in [*listed, *discovery["/apis"]["groups"]]
    ]


def descriptions(documents: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    """Return all texts of the schemas, and the schemas that no group's facts hold.

    `texts` are told once, `schemas` names them by number: under an empty name the schema's own.
    """
    found: dict[str, dict[str, Any]] = {}
    for path in sorted(documents):
        found.update(documents[path]["components"].get("schemas", {}))
    spoken = {
        name: {
            "": schema.get("description", ""),
            **{
                field: about["description"]
                for field, about in schema.get("properties", {}).items()
                if "description" in about
            },
        }
        for name, schema in sorted(found.items())
    }
    texts = list(dict.fromkeys(text for each in spoken.values() for text in each.values()))
    number = {text: n for n, text in enumerate(texts)}
    options = definitions["io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions"]
    return {
        "texts": texts,
        "schemas": {
            name: {field: number[text] for field, text in each.items()}
            for name, each in spoken.items()
        },
        "registered": [
            [known["group"], known["version"]]
            for known in options["x-kubernetes-group-version-kind"]
        ],
        "others": {
            name: found[name]
            for path in ("api", "apis", "apis/apps", "version")
            for name in documents[path]["components"]["schemas"]
        },
    }


def packed(content: Any) -> bytes:
    """Return a document as it is stored."""
    text = json.dumps(content, separators=(",", ":"), ensure_ascii=False)
    return gzip.compress(text.encode(), 9, mtime=0)


def render(folder: Path) -> dict[str, bytes]:
    """Return the contents of all files, by name."""
    discovery = json.loads((folder / "discovery.json").read_bytes())
    documents = json.loads(gzip.decompress((folder / "v3.json.gz").read_bytes()))
    definitions = json.loads(gzip.decompress((folder / "v2-definitions.json.gz").read_bytes()))
    return {
        "served.json.gz": packed(groups(discovery)),
        "descriptions.json.gz": packed(descriptions(documents, definitions)),
    }


def main(arguments: list[str]) -> None:
    """Write the files."""
    folder = Path(arguments[0]) if arguments else ROOT.parent / "shared/recordings/openapi"
    target = ROOT / "reconcile/simulate/data"
    target.mkdir(exist_ok=True)
    for name, content in render(folder).items():
        (target / name).write_bytes(content)


if __name__ == "__main__":
    main(sys.argv[1:])
