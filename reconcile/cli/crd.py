"""`reconcile crd`: definitions made from code, checked, compared with other forms of them.

1. One of four: print what classes make; `--diff` holds that to a file; `--check` judges definitions
   of anybody; `--compare` tells what a change breaks. `import` is a command of its own below it.
2. A side of `--check` and `--compare` is a file, or MODULE:CLASS where there is no such file.
3. Other objects in a file are passed over, as long as there is a definition among them.
4. What definitions of strangers say does nothing to a terminal.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

from reconcile.cli import crd_import
from reconcile.cli.parser import Parser, UsageError, teach
from reconcile.cli.target import MisuseError, load_parent, read_request
from reconcile.cli.terminal import add_colour, coloured
from reconcile.errors import ReconcileError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Sequence

    from reconcile.manifests.judging.changes import CrdChange
    from reconcile.manifests.judging.findings import CrdFinding
    from reconcile.objects.resource import Parent
    from reconcile.value.types import Json, JsonObject

__all__ = ["HELP", "NAME", "add", "run"]

NAME: Final = "crd"
HELP: Final = "print, check and compare CustomResourceDefinitions"

_ABOUT: Final = """\
Print the CustomResourceDefinition of a parent; or find what a server would refuse of
any definition and what will not work then; or tell what a change of one breaks. All
of it offline, by the rules of a server of 1.36."""
_MORE: Final = """\
a side of --check and --compare:
  FILE                  YAML or JSON; - is the standard input
  MODULE:CLASS          what the code makes, where there is no file of that name

what is found:
  refused               a server, or kubectl before it, does not take it
  breaks                it is taken, and something does not work then
  advice                it works, and will surprise somebody

what a change breaks:
  refused               the server does not take the change
  objects               stored objects: updates are refused, or data is lost
  clients               who writes or reads them; stored values are let pass
"""
_CODES: Final = {
    0: "printed; nothing is wrong but advice; nothing breaks; nothing differs",
    1: "refused or breaks, with --strict also advice; a change breaks; --diff differs",
    2: "misuse",
}
_KIND: Final = "CustomResourceDefinition"
_COLOURS: Final = {
    "refused": "31", "breaks": "31", "objects": "31", "clients": "33", "advice": "33", "safe": "32",
}  # fmt: skip


class _Named(NamedTuple):
    """A definition, and where it stands."""

    source: str
    name: str
    document: JsonObject


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    teach(
        parser,
        _ABOUT,
        examples=[
            ("reconcile crd store:Store", "print the definition"),
            ("reconcile crd store:Store store:StoreV1Beta1", "with an older version beside it"),
            ("reconcile crd store:Store --diff crd.yaml", "does the file still fit the code?"),
            ("reconcile crd --check crd.yaml", "what a server would refuse, and what to do"),
            ("reconcile crd --compare crd.yaml store:Store", "what would the change break?"),
            ("reconcile crd import crd.yaml", "the code of a typed parent, from a definition"),
        ],
        codes=_CODES,
        more=_MORE,
    )
    parser.add_argument(
        "target",
        metavar="MODULE:CLASS",
        nargs="*",
        help="a parent; of several versions of one, the first is the one that is stored",
    )
    modes = parser.add_mutually_exclusive_group()
    modes.add_argument("--check", metavar="FILE", nargs="+", help="find what is wrong")
    modes.add_argument(
        "--compare", metavar=("OLD", "NEW"), nargs=2, help="tell what a change breaks"
    )
    modes.add_argument("--diff", metavar="FILE", help="1 if a file holds something else")
    parser.add_argument("--strict", action="store_true", help="--check: 1 for advice, too")
    parser.add_argument(
        "--all", action="store_true", help="--compare: show changes that break nothing, too"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    add_colour(parser)
    parser.set_defaults(run=run)
    if isinstance(parser, Parser):
        below = Parser(prog=f"{parser.prog} {crd_import.NAME}")
        crd_import.add(below)
        parser.commands[crd_import.NAME] = (below, crd_import.HELP)


def run(arguments: argparse.Namespace) -> int:
    """Do what was asked for; see the exit codes."""
    targets: list[str] = arguments.target
    if arguments.check is None and arguments.compare is None:
        if not targets:
            message = "MODULE:CLASS is missing, or --check or --compare"
            raise UsageError(
                f"{message}\n  for example: reconcile crd store:Store", "reconcile crd"
            )
        _unused(arguments, "strict", "check")
        _unused(arguments, "all", "compare")
        made = _made(targets)
        return _differs(made, arguments) if arguments.diff is not None else _print(made, arguments)
    if targets:
        flag = "--check" if arguments.check is not None else "--compare"
        raise UsageError(
            f"{targets[0]} is one argument too many: put it behind {flag}", "reconcile crd"
        )
    if arguments.check is not None:
        _unused(arguments, "all", "compare")
        return _check(arguments)
    _unused(arguments, "strict", "check")
    return _compare(arguments)


def _unused(arguments: argparse.Namespace, flag: str, other: str) -> None:
    """Raise for a flag that would do nothing."""
    if getattr(arguments, flag):
        raise UsageError(f"--{flag} is for --{other}", "reconcile crd")


# -- what there is ---------------------------------------------------------------------------------


def _made(targets: Sequence[str]) -> list[_Named]:
    """Return the definitions of classes, one for each resource. Raises: MisuseError."""
    from reconcile.manifests import crd

    groups: dict[tuple[str, str], list[tuple[str, type[Parent[Any, Any]]]]] = {}
    for target in dict.fromkeys(targets):
        parent = load_parent(target)
        gvk = parent.gvk
        groups.setdefault((gvk.group, gvk.kind), []).append((target, parent))
    made: list[_Named] = []
    for members in groups.values():
        source = ", ".join(target for target, _ in members)
        try:
            document = crd(*(parent for _, parent in members))
        except ReconcileError as error:
            raise MisuseError(f"{source}: {error}") from error
        made.append(_Named(source, _name(document), document))
    return made


def _sides(sources: Iterable[str]) -> list[_Named]:
    """Return the definitions in files and of classes. Raises: MisuseError."""
    found: list[_Named] = []
    for source in dict.fromkeys(sources):
        if source != "-" and ":" in source and not Path(source).exists():
            found += _made([source])
        else:
            found += _read(source)
    return found


def _read(file: str) -> list[_Named]:
    """Return the definitions in a file. Raises: MisuseError."""
    from reconcile.objects.yaml import all_from_yaml
    from reconcile.value.codec import decode

    where = "the standard input" if file == "-" else file
    data = read_request(file)
    try:
        try:
            documents: list[Json] = [decode(data)]
        except ReconcileError:
            # Whatever is no JSON is read as YAML, which tells the line of what is wrong.
            documents = list(all_from_yaml(data))
    except (ReconcileError, ImportError) as error:
        raise MisuseError(f"{where}: {error}") from error
    objects: list[Json] = []
    for each in documents:
        listed = isinstance(each, dict) and each.get("kind") in {"List", f"{_KIND}List"}
        items = each.get("items") if listed and isinstance(each, dict) else [each]
        objects += items if isinstance(items, list) else []
    found = [
        _Named(where, _name(each), each)
        for each in objects
        if isinstance(each, dict) and each.get("kind") == _KIND
    ]
    if not found:
        raise MisuseError(f"{where} holds no {_KIND}")
    return found


def _name(document: JsonObject) -> str:
    metadata = document.get("metadata")
    name = metadata.get("name") if isinstance(metadata, dict) else None
    return name if isinstance(name, str) and name else "(no name)"


# -- printing and diff -----------------------------------------------------------------------------


def _print(made: Sequence[_Named], arguments: argparse.Namespace) -> int:
    from reconcile.objects.yaml import all_to_yaml

    documents = [each.document for each in made]
    if arguments.json:
        print(json.dumps(documents[0] if len(documents) == 1 else documents, indent=2))
    else:
        print(all_to_yaml(documents), end="")
    return 0


def _differs(made: Sequence[_Named], arguments: argparse.Namespace) -> int:
    from reconcile.diff import diff
    from reconcile.diff.render import render
    from reconcile.value.equality import equal

    held = {each.name: each.document for each in _read(arguments.diff)}
    code = 0
    told: list[Json] = []
    for each in made:
        before = held.get(each.name)
        if before is not None and equal(before, each.document):
            continue
        code = 1
        if arguments.json:
            made_of = None if before is None else diff(before, each.document).to_json()
            patch = cast("Json", made_of)
            told.append({"name": each.name, "found": before is not None, "patch": patch})
        elif before is None:
            _line(f"{arguments.diff} holds no {each.name}")
        else:
            colour = coloured(arguments.colour)
            sys.stdout.write(render(before, each.document, colour=colour))
    if arguments.json:
        print(json.dumps(told, indent=2))
    elif code:
        print(f"reconcile: {arguments.diff} is not what the code makes", file=sys.stderr)
    return code


# -- check -----------------------------------------------------------------------------------------


def _check(arguments: argparse.Namespace) -> int:
    from reconcile.manifests import crd_findings

    found: list[tuple[_Named, tuple[CrdFinding, ...]]] = []
    for each in _sides(arguments.check):
        try:
            found.append((each, crd_findings(each.document)))
        except ReconcileError as error:
            raise MisuseError(f"{each.source}: {error}") from error
    counts = dict.fromkeys(("refused", "breaks", "advice"), 0)
    for _, findings in found:
        for finding in findings:
            counts[finding.severity] += 1
    if arguments.json:
        definitions: list[Json] = [
            {
                "source": each.source,
                "name": each.name,
                "findings": [finding.to_json() for finding in findings],
            }
            for each, findings in found
        ]
        print(json.dumps({"counts": counts, "definitions": definitions}, indent=2))
    else:
        colour = coloured(arguments.colour)
        for each, findings in found:
            _line(f"{each.name} ({each.source}){'' if findings else ': nothing is wrong'}")
            for finding in findings:
                # The server tells what versions share beside them, where no file has it.
                place = finding.path.replace("spec.validation.", "spec.versions[*].schema.")
                place = place or "the definition"
                field = f" ({finding.field})" if finding.field else ""
                _told(finding.severity, f"{place}{field}", finding.text, finding.remedy, colour)
        print(f"{len(found)} checked: {', '.join(f'{n} {word}' for word, n in counts.items())}.")
    wrong = counts["refused"] + counts["breaks"] + (counts["advice"] if arguments.strict else 0)
    return 1 if wrong else 0


# -- compare ---------------------------------------------------------------------------------------


def _compare(arguments: argparse.Namespace) -> int:
    before, after = (_sides([side]) for side in arguments.compare)
    if arguments.compare[0] == arguments.compare[1] == "-":
        message = "only one of OLD and NEW can be the standard input"
        raise MisuseError(message)
    found = [(name, _changes(old, new)) for name, old, new in _pairs(before, after)]
    words = ("refused", "objects", "clients", "safe")
    counts = {
        word: sum(each.effect == word for _, changes in found for each in changes) for word in words
    }
    if arguments.json:
        definitions: list[Json] = [
            {"name": name, "changes": [each.to_json() for each in changes]}
            for name, changes in found
        ]
        print(json.dumps({"counts": counts, "definitions": definitions}, indent=2))
    else:
        colour = coloured(arguments.colour)
        for name, changes in found:
            shown = [each for each in changes if arguments.all or each.effect != "safe"]
            hidden = len(changes) - len(shown)
            if not changes:
                _line(f"{name}: nothing differs")
            elif not shown:
                _line(f"{name}: nothing breaks; changes that are safe: {hidden} (--all shows them)")
            else:
                _line(name)
            for each in shown:
                place = " ".join(part for part in (each.version, each.field) if part)
                what = f"{each.what}: {each.why}" if each.why else each.what
                _told(each.effect, place or "the definition", what, each.remedy, colour)
        print(f"{', '.join(f'{n} {word}' for word, n in counts.items())}.")
    return 1 if sum(counts.values()) - counts["safe"] else 0


def _pairs(
    before: Sequence[_Named], after: Sequence[_Named]
) -> list[tuple[str, _Named | None, _Named | None]]:
    """Return which definition becomes which. Raises: MisuseError."""
    if len(before) == len(after) == 1:
        return [(before[0].name, before[0], after[0])]
    sides: list[dict[str, _Named]] = []
    for side in (before, after):
        named: dict[str, _Named] = {}
        for each in side:
            if each.name in named:
                raise MisuseError(f"{each.source}: {each.name} is there twice")
            named[each.name] = each
        sides.append(named)
    old, new = sides
    return [(name, old.get(name), new.get(name)) for name in {**old, **new}]


def _changes(old: _Named | None, new: _Named | None) -> tuple[CrdChange, ...]:
    from reconcile.manifests import CrdChange, crd_changes

    if old is None:
        return (CrdChange("safe", "", "", "the definition is new", ""),)
    if new is None:
        why = "where it is deleted, all its objects are"
        return (CrdChange("objects", "", "", "the definition is gone", why, "keep it"),)
    for side in (old, new):
        # Told apart: the same fault says nothing of which side has it.
        try:
            crd_changes(side.document, side.document)
        except ReconcileError as error:
            raise MisuseError(f"{side.source}: {error}") from error
    return crd_changes(old.document, new.document)


# -- what is printed -------------------------------------------------------------------------------


def _told(word: str, place: str, what: str, remedy: str, colour: bool) -> None:
    shown = f"\x1b[{_COLOURS[word]}m{word}\x1b[0m" if colour else word
    print(f"  {shown}: {_plain(place)}")
    print(f"      {_plain(what)}")
    if remedy:
        print(f"      -> {_plain(remedy)}")


def _line(text: str) -> None:
    print(_plain(text))


def _plain(text: str) -> str:
    """Return a text of a stranger as one line that does nothing to a terminal."""
    line = " ".join(text.split())
    return "".join(each if each.isprintable() else "?" for each in line)
