"""`reconcile manifests`: what to install for a controller: printed, written, or compared.

1. Nothing is guessed that the code says; what it cannot say are flags, named as kubectl's.
2. Documents are compared as documents: comments, order of keys and style of YAML are a reader's.
"""

from __future__ import annotations

import argparse
import json
import shlex
import sys
from pathlib import Path
from typing import Any, Final

from reconcile.cli.manifests_files import Difference, differences, texts_of
from reconcile.cli.manifests_made import Part, made_of, parts_of
from reconcile.cli.parser import port, positive, teach
from reconcile.cli.target import MisuseError
from reconcile.errors import ReconcileError

__all__ = ["HELP", "NAME", "add", "run"]

NAME: Final = "manifests"
HELP: Final = "everything to install: CRD, roles, workload, controller"

_ABOUT: Final = """\
Print what to install for a controller, in the order in which kubectl can apply it: the
definition of its parent, the roles of Metacontroller, what runs the webhook, and the
CompositeController or DecoratorController. With --write it goes into a folder, with
--check it is compared with what is committed there."""
_WORKLOADS: Final = ("deployment", "knative", "kubeless", "openfaas", "none")
_IMAGE: Final = "reconcile manifests controller:controller --image store:1"
_NOT_MADE: Final = frozenset({"write", "check", "json", "zipapp", "help"})
"""Flags that change nothing in what is made."""


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    teach(
        parser,
        _ABOUT,
        examples=[
            ("reconcile manifests controller:controller | kubectl apply -f -", "install it"),
            (f"{_IMAGE} --write manifests", "into files, with a Dockerfile for the image"),
            (f"{_IMAGE} --check manifests", "in CI: are those files what the code says?"),
            (
                "reconcile manifests controller:controller --workload kubeless",
                "as a Function with its code inside",
            ),
        ],
        codes={0: "fine", 1: "--check found differences", 2: "misuse: nothing was done"},
    )
    parser.add_argument("targets", metavar="MODULE:ATTR", nargs="+", help="the controllers")
    parser.add_argument(
        "--workload",
        choices=_WORKLOADS,
        metavar="WHAT",
        help="what runs the webhook: deployment, the default, knative, kubeless, openfaas or none",
    )
    _named(parser.add_argument_group("names"))
    _running(parser.add_argument_group("what runs the webhook"))
    _called(parser.add_argument_group("how Metacontroller calls it"))
    shown = parser.add_argument_group("what is made of it").add_mutually_exclusive_group()
    shown.add_argument("--json", action="store_true", help="a List as JSON, or what --check found")
    shown.add_argument("--write", metavar="DIR", help="write files into a folder")
    parser.add_argument(
        "--check", metavar="PATH", help="compare with a folder or a file; 1 if they differ"
    )
    parser.add_argument(
        "--zipapp", metavar="FILE", help="write one file that Python serves the controller with"
    )
    parser.set_defaults(run=run, parser=parser)


def _named(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--name", help="of the controller; default: from the code")
    group.add_argument("-n", "--namespace", help="of the workload; default: default")
    group.add_argument(
        "--create-namespace", action="store_true", help="put the namespace among the manifests"
    )
    group.add_argument(
        "--serviceaccount",
        metavar="NAMESPACE:NAME",
        default="metacontroller:metacontroller",
        help="Metacontroller's own; default: metacontroller:metacontroller",
    )


def _running(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--image", help="of the webhook; default: NAME:1")
    group.add_argument("--port", type=port, default=8080, help="default: 8080")
    group.add_argument("--replicas", type=positive, default=1, help="default: 1")
    group.add_argument("--cpu", default="50m", metavar="QUANTITY", help="asked for; default: 50m")
    group.add_argument(
        "--memory", default="128Mi", metavar="QUANTITY", help="at most; default: 128Mi"
    )
    group.add_argument(
        "--token-secret", metavar="NAME", help="a Secret with the token that callers present"
    )
    group.add_argument(
        "--runtime", help="of Kubeless, as its configuration names it; default: python3.11"
    )
    group.add_argument("--url", help="where the webhook is already; for --workload none")


def _called(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--apply",
        choices=("dynamic", "server-side"),
        default="dynamic",
        help="Metacontroller's strategy, for its roles; default: dynamic",
    )
    group.add_argument(
        "--related",
        action="append",
        metavar="VERSION/RESOURCE",
        help="what the customize hook asks for: v1/configmaps; none for nothing",
    )
    group.add_argument(
        "--finalize",
        action=argparse.BooleanOptionalAction,
        help="call a finalize hook; default: where rules tear down",
    )
    group.add_argument(
        "--resync-period", type=positive, metavar="SECONDS", help="sync all parents so often"
    )
    group.add_argument(
        "--etag-seconds", type=positive, metavar="SECONDS", help="keep answers by their ETags"
    )
    group.add_argument(
        "--ignore-status-changes", action="store_true", help="call no hook for those"
    )


def run(arguments: argparse.Namespace) -> int:
    """Print, write or compare; 1 if something differs."""
    if arguments.write and arguments.check:
        raise MisuseError("--write and --check exclude each other: one makes what the other judges")
    parts = parts_of(arguments)
    try:
        made = made_of(arguments, parts)
    except ReconcileError as error:
        raise MisuseError(str(error)) from error
    _note(arguments, parts)
    if arguments.zipapp:
        _pack(arguments.zipapp, parts)
    if arguments.check:
        return _check(arguments, differences(Path(arguments.check), made.documents, made.files))
    if arguments.write:
        _write(Path(arguments.write), texts_of(made.documents, made.files, _header(arguments)))
        return 0
    if arguments.workload == "openfaas":
        message = "--workload openfaas makes files that kubectl does not read: say --write DIR"
        raise MisuseError(message)
    if arguments.zipapp:
        return 0
    documents = [each for held in made.documents.values() for each in held]
    if arguments.json:
        print(json.dumps({"apiVersion": "v1", "kind": "List", "items": documents}, indent=2))
    else:
        from reconcile.objects.yaml import all_to_yaml

        sys.stdout.write(all_to_yaml(documents))
    return 0


def _header(arguments: argparse.Namespace) -> str:
    """Return the line that says how a file was made, by all flags that matter to it."""
    words = [NAME, *arguments.targets]
    parser: argparse.ArgumentParser = arguments.parser
    for action in parser._actions:  # nothing else knows the flags
        if not action.option_strings or action.dest in _NOT_MADE:
            continue
        told = getattr(arguments, action.dest)
        if told == action.default:
            continue
        flag = next(each for each in action.option_strings if each.startswith("--"))
        if isinstance(told, bool):
            words.append(flag if told else flag.replace("--", "--no-", 1))
        else:
            repeated = isinstance(action, argparse._AppendAction)
            several: list[Any] = told if repeated else [told]
            for each in several:
                words += [flag, str(each)]
    return f"# Made by `reconcile {shlex.join(words)}`; change the code or the flags.\n"


# -- what is said and done -------------------------------------------------------------------------


def _note(arguments: argparse.Namespace, parts: list[Part]) -> None:
    """Say what a person should know beside the manifests."""
    from reconcile.manifests.access import unheld

    for part in parts:
        for resource in unheld(part.controller):
            say = f"{part.name}: to make {resource}, Metacontroller must hold what they grant"
            print(f"note: {say}; that is not among its roles", file=sys.stderr)
    if arguments.workload in {"knative", "openfaas"} and not arguments.token_secret:
        whom = "the gateway" if arguments.workload == "openfaas" else "the cluster"
        say = f"whoever reaches {whom} can call the webhook; --token-secret lets only those in"
        print(f"note: {say} who have the token", file=sys.stderr)


def _pack(name: str, parts: list[Part]) -> None:
    """Write the file that serves a controller. Raises: MisuseError."""
    from reconcile.cli.packing import application
    from reconcile.cli.sources import source_of

    if len(parts) > 1:
        raise MisuseError("--zipapp is for one controller: it serves one webhook")
    data, native = application(source_of(parts[0].target))
    _put(Path(name), data)
    Path(name).chmod(0o755)
    which = f", for this Python and machine only ({', '.join(native)})" if native else ""
    print(f"{name}: {len(data) / 1e6:.1f} MB{which}", file=sys.stderr)


def _write(folder: Path, texts: dict[str, bytes]) -> None:
    for name, text in texts.items():
        _put(folder / name, text)
        print(folder / name, file=sys.stderr)


def _put(path: Path, data: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    except OSError as error:
        raise MisuseError(f"{path} cannot be written: {error.strerror}") from error


def _check(arguments: argparse.Namespace, found: list[Difference]) -> int:
    """Show what differs; 1 if anything does."""
    if arguments.json:
        print(json.dumps([each.to_json() for each in found], indent=2))
        return 1 if found else 0
    for each in found:
        sys.stdout.write(each.text())
    if not found:
        print(f"{arguments.check} is what the code says", file=sys.stderr)
        return 0
    many = f"{len(found)} differences" if len(found) > 1 else "1 difference"
    print(f"{many}; the same command with --write makes them anew", file=sys.stderr)
    return 1
