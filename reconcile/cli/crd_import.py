"""`reconcile crd import FILE`: the Python code of a parent, from its definition.

1. Code goes to stdout, for a file of the user's; nothing else does.
2. A file may hold other objects too; of several definitions one is chosen by name.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from reconcile.cli.parser import teach
from reconcile.cli.target import MisuseError, read_request
from reconcile.errors import LimitError, ReconcileError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from reconcile.value.types import Json, JsonObject

__all__ = ["HELP", "NAME", "add", "run"]

NAME: Final = "import"
HELP: Final = "print the Python code of the parent that a definition tells of"

_ABOUT: Final = """\
Print the Python code of a typed parent, from a CustomResourceDefinition: nested models,
with types, defaults, bounds and descriptions. The definition of that code is the one that
was read, so a controller may go on from what is installed."""
_KIND: Final = "CustomResourceDefinition"


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    teach(
        parser,
        _ABOUT,
        examples=[
            ("reconcile crd import store.yaml > store.py", "all versions, the stored one first"),
            (
                "reconcile crd import crds.yaml --name stores.example.com --version v1",
                "one of many",
            ),
            ("kubectl get crd stores.example.com -o yaml | reconcile crd import -", "as installed"),
        ],
        codes={0: "fine", 2: "misuse, or no definition that a server takes"},
    )
    parser.add_argument("file", metavar="FILE", help="YAML or JSON; - is the standard input")
    parser.add_argument("--name", metavar="NAME", help="which definition, where there are several")
    parser.add_argument("--version", metavar="VERSION", help="this version alone")
    parser.add_argument("--json", action="store_true", help="the name and the code, as JSON")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the code."""
    from reconcile.manifests import parent_source

    document = _chosen(arguments.file, _definitions(arguments.file), arguments.name)
    try:
        source = parent_source(document, version=arguments.version)
    except ReconcileError as error:
        raise MisuseError(f"{_shown(arguments.file)}: {error}") from error
    if arguments.json:
        print(json.dumps({"definition": _name(document), "source": source}, indent=2))
    else:
        print(source, end="")
    return 0


def _definitions(name: str) -> list[JsonObject]:
    """Return the definitions in a file. Raises: MisuseError."""
    from reconcile.objects.yaml import all_from_yaml
    from reconcile.value.codec import decode

    data = read_request(name)
    try:
        try:
            documents: list[Json] = [decode(data)]
        except LimitError:
            raise
        except ReconcileError:
            # Whatever is no JSON is read as YAML, which tells the line of what is wrong.
            documents = list(all_from_yaml(data))
    except (ReconcileError, ImportError) as error:
        raise MisuseError(f"{_shown(name)}: {error}") from error
    objects: list[Json] = []
    for each in documents:
        listed = each.get("items") if isinstance(each, dict) and _is_list(each) else None
        objects += listed if isinstance(listed, list) else [each]
    return [each for each in objects if isinstance(each, dict) and each.get("kind") == _KIND]


def _is_list(document: JsonObject) -> bool:
    return document.get("kind") in {"List", f"{_KIND}List"}


def _chosen(file: str, found: Sequence[JsonObject], name: str | None) -> JsonObject:
    """Return the one definition that is meant. Raises: MisuseError."""
    file = _shown(file)
    if not found:
        raise MisuseError(f"{file} holds no {_KIND}")
    names = [_name(each) for each in found]
    if name is None:
        if len(found) > 1:
            message = f"{file} holds {len(found)} definitions: choose one of {', '.join(names)}"
            raise MisuseError(f"{message} with --name")
        return found[0]
    chosen = [each for each in found if _name(each) == name]
    if len(chosen) != 1:
        what = "no definition" if not chosen else "several definitions"
        raise MisuseError(f"{file} holds {what} {name}; it holds {', '.join(names)}")
    return chosen[0]


def _name(document: JsonObject) -> str:
    metadata = document.get("metadata")
    name = metadata.get("name") if isinstance(metadata, dict) else None
    return name if isinstance(name, str) else "(no name)"


def _shown(file: str) -> str:
    return "the standard input" if file == "-" else file
