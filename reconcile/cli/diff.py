"""`reconcile diff`: what differs between two files, as a change that was made.

1. One document on each side: these are compared, whatever they are. Several: objects are matched by
   kind, namespace and name, documents that are none by their order; a List is its items.
2. Where both are objects of one built-in kind, its schema says how items of lists find each other.
3. Values of Secrets are not shown. A patch without them would be wrong, so a patch that has to hold
   one is only printed when `--show-secrets` allows it.
4. 0 if nothing differs, 1 if something does, as `diff` has it.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Final, NamedTuple, cast

from reconcile.cli.parser import teach, whole
from reconcile.cli.target import MisuseError, read_request
from reconcile.cli.terminal import add_colour, coloured
from reconcile.errors import ReconcileError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from reconcile.diff import ListRules, Patch
    from reconcile.value.types import Json, JsonObject

__all__ = ["HELP", "NAME", "add", "run"]

NAME: Final = "diff"
HELP: Final = "compare two files of objects, as text or as a patch"

_ABOUT: Final = """\
Tell what differs between two YAML or JSON files. Where they hold several
documents, objects are matched by kind, namespace and name. In a built-in kind
its schema says how items of lists find each other. Values of Secrets are not
shown."""


class _Key(NamedTuple):
    """What an object is matched by; for a document that is none, its number."""

    api_version: str
    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        told = f"{self.kind} {'/'.join(part for part in (self.namespace, self.name) if part)}"
        return "".join(each if each.isprintable() else "?" for each in told)


class _Pair(NamedTuple):
    """A document and what became of it; None where it is not there."""

    key: _Key
    before: Json
    after: Json
    action: str
    """`same`, `changed`, `added` or `removed`."""


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    teach(
        parser,
        _ABOUT,
        examples=[
            ("reconcile diff before.yaml after.yaml", "changed lines of YAML"),
            ("reconcile diff --style tree before.yaml after.yaml", "a line for each change"),
            ("kubectl get deploy web -o yaml | reconcile diff - web.yaml", "with what is there"),
            ("reconcile diff --json before.json after.json", "a JSON patch, RFC 6902"),
        ],
        codes={0: "nothing differs", 1: "something differs", 2: "misuse"},
    )
    parser.add_argument("before", metavar="BEFORE", help="a file; - is the standard input")
    parser.add_argument("after", metavar="AFTER", help="a file; - is the standard input")
    forms = parser.add_mutually_exclusive_group()
    forms.add_argument(
        "--style",
        choices=("unified", "tree"),
        default="unified",
        help="lines of YAML, or a line for each change; default: unified",
    )
    forms.add_argument(
        "--json",
        action="store_true",
        help="a JSON patch (RFC 6902); with several documents, a list of them with their objects",
    )
    forms.add_argument(
        "--merge", action="store_true", help="a merge patch (RFC 7396) of one document"
    )
    parser.add_argument(
        "--context", type=whole, default=3, metavar="N", help="lines around a change; default: 3"
    )
    parser.add_argument(
        "--show-secrets", action="store_true", help="let a patch hold values of Secrets"
    )
    add_colour(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print what differs; 1 if anything does."""
    if arguments.before == arguments.after == "-":
        message = "only one of BEFORE and AFTER can be the standard input"
        raise MisuseError(message)
    before, after = _read(arguments.before), _read(arguments.after)
    single = len(before) == len(after) == 1
    if single:
        x, y = before[0], after[0]
        pairs = [_pair(_key(y) or _key(x) or _Key("", "document", "", "1"), x, y)]
    else:
        pairs = list(_pairs(_named(arguments.before, before), _named(arguments.after, after)))
    if arguments.merge and not single:
        message = "--merge is for one document on each side; --json takes several"
        raise MisuseError(message)
    if arguments.json or arguments.merge:
        made = _merge(pairs[0]) if arguments.merge else _patches(pairs, single=single)
        if not arguments.show_secrets:
            _refuse_secrets(made, pairs)
        print(json.dumps(made, indent=2))
    else:
        colour = coloured(arguments.colour)
        for pair in pairs:
            _show(pair, arguments.style, arguments.context, colour=colour)
    return 1 if any(pair.action != "same" for pair in pairs) else 0


# -- reading ---------------------------------------------------------------------------------------


def _read(name: str) -> list[Json]:
    """Return the documents of a file. Raises: MisuseError."""
    from reconcile.objects.yaml import all_from_yaml
    from reconcile.value.codec import decode

    data = read_request(name)
    try:
        try:
            found: list[Json] = [decode(data)]
        except ReconcileError:
            # Whatever is no JSON is read as YAML, which tells the line of what is wrong.
            found = list(all_from_yaml(data))
    except (ReconcileError, ImportError) as error:
        raise MisuseError(f"{name}: {error}") from error
    documents = [item for document in found for item in _items(document)]
    if not documents:
        raise MisuseError(f"{name} holds no document")
    return documents


def _items(document: Json) -> list[Json]:
    """Return the items of a List, everything else as it is."""
    if isinstance(document, dict) and (document.get("apiVersion"), document.get("kind")) == (
        "v1",
        "List",
    ):
        items = document.get("items")
        return items if isinstance(items, list) else []
    return [document]


def _key(document: Json) -> _Key | None:
    """Return what an object is matched by; None if it is no object of Kubernetes."""
    if not isinstance(document, dict):
        return None
    metadata = document.get("metadata")
    named = metadata if isinstance(metadata, dict) else {}
    parts = (
        document.get("apiVersion"),
        document.get("kind"),
        named.get("namespace") or "",
        named.get("name"),
    )
    if not all(isinstance(part, str) for part in parts):
        return None
    return _Key(*cast("tuple[str, str, str, str]", parts))


def _named(file: str, documents: list[Json]) -> dict[_Key, Json]:
    """Return documents by what they are matched by. Raises: MisuseError."""
    found: dict[_Key, Json] = {}
    nameless = 0
    for document in documents:
        key = _key(document)
        if key is None:
            nameless += 1
            key = _Key("", "document", "", str(nameless))
        if key in found:
            raise MisuseError(f"{file}: {key} of {key.api_version} is there twice")
        found[key] = document
    return found


def _pairs(before: dict[_Key, Json], after: dict[_Key, Json]) -> Iterator[_Pair]:
    """Yield what is on both sides and what is gone, in the order before, then what is new."""
    for key, document in before.items():
        if key in after:
            yield _pair(key, document, after[key])
        else:
            yield _Pair(key, document, None, "removed")
    for key, document in after.items():
        if key not in before:
            yield _Pair(key, None, document, "added")


def _pair(key: _Key, before: Json, after: Json) -> _Pair:
    from reconcile.value.equality import equal

    return _Pair(key, before, after, "same" if equal(before, after) else "changed")


# -- what is printed -------------------------------------------------------------------------------


def _show(pair: _Pair, style: str, context: int, *, colour: bool) -> None:
    from reconcile.diff.render import Style, _coloured, render
    from reconcile.objects.yaml import to_yaml
    from reconcile.value.redact import mask

    if pair.action in {"same", "changed"}:
        shown = cast("Style", style)
        text = render(pair.before, pair.after, style=shown, context=context, colour=colour)
    else:
        sign, document = ("-", pair.before) if pair.action == "removed" else ("+", pair.after)
        lines = [(sign, f"{sign} {pair.key}")]
        if style == "unified":
            names = ("(not there)", str(pair.key))
            old, new = names if sign == "+" else names[::-1]
            lines = [("-", f"--- before {old}"), ("+", f"+++ after {new}")]
            body = to_yaml(cast("JsonObject", mask(document))).splitlines()
            lines += [(sign, sign + line) for line in body]
        text = _coloured(lines) if colour else "".join(f"{line}\n" for _, line in lines)
    sys.stdout.write(text)


def _lists(pair: _Pair) -> ListRules | None:
    """Return how items of lists find each other in a built-in kind."""
    from reconcile.kinds import schema

    keys = {_key(pair.before), _key(pair.after)}
    if None in keys or len({(key.api_version, key.kind) for key in keys if key}) != 1:
        return None
    try:
        return schema(pair.key.api_version, pair.key.kind)
    except ReconcileError:
        return None


def _patch(pair: _Pair) -> Patch:
    from reconcile.diff import diff

    return diff(pair.before, pair.after, lists=_lists(pair))


def _patches(pairs: list[_Pair], *, single: bool) -> Json:
    """Return one patch, or for each object that differs what happened to it."""
    if single:
        return cast("Json", _patch(pairs[0]).to_json())
    made: list[Json] = []
    for pair in pairs:
        if pair.action == "same":
            continue
        told: JsonObject = {
            "apiVersion": pair.key.api_version,
            "kind": pair.key.kind,
            "namespace": pair.key.namespace,
            "name": pair.key.name,
            "action": pair.action,
        }
        if pair.action == "changed":
            told["patch"] = cast("Json", _patch(pair).to_json())
        elif pair.action == "added":
            told["object"] = pair.after
        made.append(told)
    return made


def _merge(pair: _Pair) -> Json:
    from reconcile.diff import merge_diff

    try:
        return merge_diff(pair.before, pair.after)
    except ReconcileError as error:
        raise MisuseError(f"--merge: {error}") from error


def _refuse_secrets(made: Json, pairs: list[_Pair]) -> None:
    """Refuse to print what holds a value that is not to be shown. Raises: MisuseError."""
    from reconcile.value.redact import mask

    hidden: set[Json] = set()
    for pair in pairs:
        for document in (pair.before, pair.after):
            hidden |= _leaves(document) - _leaves(mask(document))
    if hidden & _leaves(made):
        message = "the patch holds values of a Secret; --show-secrets prints it, for programs"
        raise MisuseError(message)


def _leaves(document: Json) -> set[Json]:
    """Return the texts and numbers in a document that could tell something."""
    found: set[Json] = set()
    waiting = [document]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
        elif value not in ("", None) and not isinstance(value, bool):
            found.add(value)
    return found
