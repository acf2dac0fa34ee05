"""`reconcile check`: what is wrong with controllers, and with the manifests that they run by.

1. 0 if nothing is found, or warnings only; 1 for an error, and with `--strict` for a warning; what
   cannot be read or imported is misuse.
2. A rule whose answer hangs on the hash seed is found by asking it in two other processes, as no
   process has two seeds.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from reconcile.cli.parser import teach
from reconcile.cli.target import MisuseError, load, read_request
from reconcile.cli.terminal import add_colour, coloured
from reconcile.errors import ReconcileError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Sequence

    from reconcile.manifests.checking.finding import Finding
    from reconcile.value.types import Json, JsonObject

__all__ = ["HELP", "NAME", "add", "run"]

NAME: Final = "check"
HELP: Final = "find what is wrong with a controller and its manifests"

_ABOUT: Final = """\
Find what goes wrong in a cluster before it does: children that are not declared,
changes that OnDelete holds back, labels that miss the selector, fields that are
written for ever, rules that are no functions; and manifests that do not fit the
code. The rules are asked about the parents that --sample gives, or about examples
made from the schema. Nothing is sent anywhere."""
_CODES: Final = {
    0: "nothing is wrong, or there are warnings only",
    1: "an error was found; with --strict, or a warning",
    2: "misuse",
}
_SUFFIXES: Final = (".yaml", ".yml", ".json")
_SEEDS: Final = ("1", "2")
_PATIENCE: Final = 60
"""Seconds until a process that asks the rules is given up."""


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    teach(
        parser,
        _ABOUT,
        examples=[
            ("reconcile check controller:controller", "the rules alone"),
            ("reconcile check controller:controller --sample shop.yaml", "as users write it"),
            ("reconcile check controller:controller --manifests deploy/", "with what is applied"),
            ("reconcile check a:controller b:controller --strict", "several, warnings count"),
        ],
        codes=_CODES,
    )
    parser.add_argument("target", metavar="MODULE:ATTR", nargs="+", help="the controllers")
    parser.add_argument(
        "--sample",
        metavar="FILE",
        action="append",
        default=[],
        help="a parent as users write it, or a request that holds one; may be said again",
    )
    parser.add_argument(
        "--manifests",
        metavar="PATH",
        action="append",
        default=[],
        help="a file of documents that are applied, or a folder of such; may be said again",
    )
    parser.add_argument(
        "--apply",
        choices=("dynamic", "server-side"),
        default="dynamic",
        help="Metacontroller's apply strategy; default: dynamic",
    )
    parser.add_argument("--strict", action="store_true", help="1 for warnings, too")
    parser.add_argument("--json", action="store_true", help="the findings as JSON")
    add_colour(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print what is wrong; 1 if something is."""
    from reconcile.manifests.checking.whole import check, check_together

    targets: list[str] = list(dict.fromkeys(arguments.target))
    controllers = {target: _controller(target) for target in targets}
    documents = [each for path in arguments.manifests for each in _manifests(path)]
    given = [each for name in arguments.sample for each in _read(name)]
    found: dict[str, tuple[Finding, ...]] = {}
    for target, controller in controllers.items():
        try:
            held = [each for _, each in documents]
            mine = _samples(controller, given, held, several=len(targets) > 1)
            found[target] = check(controller, parents=mine, manifests=held, apply=arguments.apply)
        except ReconcileError as error:
            raise MisuseError(f"{target}: {error}") from error
        found[target] += _seeded(target, controller, mine)
    together = check_together(controllers)
    places = {_name(document): file for file, document in documents}
    if arguments.json:
        print(json.dumps(_document(found, together, places), indent=2))
    else:
        _show(found, together, places, colour=coloured(arguments.colour))
    every = [*together, *(each for several in found.values() for each in several)]
    fails = any(arguments.strict or each.severity == "error" for each in every)
    return 1 if fails else 0


# -- reading ---------------------------------------------------------------------------------------


def _controller(target: str) -> Any:
    """Return a controller. Raises: MisuseError."""
    from reconcile.hook.controller import Controller, Decorator

    found = load(target, method="respond")
    if not isinstance(found, (Controller, Decorator)):
        what = type(found).__name__
        raise MisuseError(f"{target} is a {what}; what is checked is a Controller or a Decorator")
    return cast("Any", found)


def _read(name: str) -> list[JsonObject]:
    """Return the documents of a file. Raises: MisuseError."""
    from reconcile.objects.yaml import all_from_yaml
    from reconcile.value.codec import decode

    data = read_request(name)
    where = "the standard input" if name == "-" else name
    try:
        try:
            found: list[Json] = [decode(data)]
        except ReconcileError:
            # Whatever is no JSON is read as YAML, which tells the line of what is wrong.
            found = list(all_from_yaml(data))
    except (ReconcileError, ImportError) as error:
        raise MisuseError(f"{where}: {error}") from error
    documents: list[JsonObject] = []
    for each in found:
        if not isinstance(each, dict):
            raise MisuseError(f"{where} holds a document that is no object")
        items = each.get("items")
        documents += _objects(items) if each.get("kind") == "List" else [each]
    if not documents:
        raise MisuseError(f"{where} holds no document")
    return documents


def _objects(items: Json) -> list[JsonObject]:
    return [each for each in items if isinstance(each, dict)] if isinstance(items, list) else []


def _manifests(name: str) -> list[tuple[str, JsonObject]]:
    """Return the documents of a file, or of the files in a folder. Raises: MisuseError."""
    path = Path(name)
    if not path.is_dir():
        return [(name, each) for each in _read(name)]
    try:
        files = sorted(each for each in path.iterdir() if each.suffix in _SUFFIXES)
    except OSError as error:
        raise MisuseError(f"{name} cannot be read: {error.strerror}") from error
    if not files:
        raise MisuseError(f"{name} holds no file of {', '.join(_SUFFIXES)}")
    return [(str(file), each) for file in files for each in _read(str(file))]


def _samples(
    controller: Any, given: list[JsonObject], manifests: list[JsonObject], *, several: bool
) -> list[JsonObject]:
    """Return the samples of one controller; objects of its kinds among the manifests are some."""
    from reconcile.hook.controller import Controller

    kinds = [controller.gvk] if isinstance(controller, Controller) else [*controller.resources]
    mine = [tuple(kind) for kind in kinds]

    def fits(document: JsonObject) -> bool:
        held = document.get("parent") or document.get("object")
        parent = held if isinstance(held, dict) else document
        return (parent.get("apiVersion"), parent.get("kind")) in mine

    chosen = [each for each in given if fits(each)] if several else given
    return chosen or [each for each in manifests if fits(each)]


# -- the hash seed ---------------------------------------------------------------------------------


def _seeded(target: str, controller: Any, parents: Sequence[JsonObject]) -> tuple[Finding, ...]:
    """Return a finding if the answer to one request is another under another hash seed."""
    from reconcile.manifests.checking.finding import Finding
    from reconcile.manifests.checking.whole import requests

    for request in requests(controller, parents=parents)[-1:]:
        body = json.dumps(request).encode()
        running = [_asked(target, seed) for seed in _SEEDS]
        answers: list[bytes | None] = []
        for process in running:
            try:
                answer, _ = process.communicate(body, timeout=_PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.communicate()
                return ()
            answers.append(answer if process.returncode == 0 else None)
        if None not in answers and len(set(answers)) > 1:
            return (
                Finding(
                    "hash-order",
                    "error",
                    "the controller",
                    "answers one request differently from process to process",
                    "a rule goes through a set, whose order is another in each process: every "
                    "restart of the webhook changes the children",
                    "sort what comes out of a set",
                ),
            )
    return ()


def _asked(target: str, seed: str) -> subprocess.Popen[bytes]:
    arguments = ["--compact", "--now", "2030-01-01T00:00:00Z", "--entropy", "00" * 32]
    return subprocess.Popen(  # noqa: S603 -- this Python, the command it was given
        [sys.executable, "-m", "reconcile", "sync", target, "-", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONHASHSEED": seed},
    )


# -- what is printed -------------------------------------------------------------------------------

_RED: Final = "\x1b[31m"
_YELLOW: Final = "\x1b[33m"
_PLAIN: Final = "\x1b[0m"


def _name(document: JsonObject) -> str:
    """Return how a finding speaks of a document."""
    from reconcile.manifests.checking.installed import name_of

    return name_of(document)


def _document(
    found: dict[str, tuple[Finding, ...]],
    together: Iterable[Finding],
    places: dict[str, str],
) -> JsonObject:
    def told(finding: Finding) -> JsonObject:
        return {**finding.to_json(), "file": places.get(finding.where)}

    return {
        "controllers": [
            {"target": target, "findings": [told(each) for each in findings]}
            for target, findings in found.items()
        ],
        "together": [told(each) for each in together],
    }


def _show(
    found: dict[str, tuple[Finding, ...]],
    together: tuple[Finding, ...],
    places: dict[str, str],
    *,
    colour: bool,
) -> None:
    for target, findings in found.items():
        for each in findings:
            file = places.get(each.where)
            _tell(each, f"{file}: {each.where}" if file else f"{target}: {each.where}", colour)
    for each in together:
        _tell(each, each.where, colour)
    every = [*together, *(each for several in found.values() for each in several)]
    errors = sum(each.severity == "error" for each in every)
    warnings = len(every) - errors
    print(f"{_count(errors, 'error')}, {_count(warnings, 'warning')} in {', '.join(found)}")


def _tell(finding: Finding, where: str, colour: bool) -> None:
    """Print what, why and what to do, each on a line."""
    tint = (_RED if finding.severity == "error" else _YELLOW) if colour else ""
    place = f"{where} {finding.pointer}" if finding.pointer else where
    source = f" (rule {finding.source} of Metacontroller)" if finding.source else ""
    text = _printable(f"{place} {finding.message} [{finding.id}]")
    lines = [
        f"{tint}{finding.severity}{_PLAIN if tint else ''}: {text}",
        _printable(f"  why: {finding.reason}{source}"),
        _printable(f"  fix: {finding.remedy}"),
    ]
    print("\n".join(lines))


def _printable(text: str) -> str:
    """Return a line that does nothing to a terminal: names in it are as given."""
    return "".join(each if each.isprintable() else "?" for each in text)


def _count(number: int, what: str) -> str:
    return f"{number or 'no'} {what}{'' if number == 1 else 's'}"
