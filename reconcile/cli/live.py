"""A real cluster on the command line: which one, which parents, and what becomes of them."""

from __future__ import annotations

import json
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, Final

from reconcile.cli.progress import progress
from reconcile.cli.target import MisuseError
from reconcile.errors import DefinitionError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence
    from datetime import datetime

    from reconcile.live import Mirror, Planned
    from reconcile.value.types import JsonObject

__all__ = ["add_live", "check_live", "print_plans", "read"]

_FLAGS: Final = (
    "namespace", "all_namespaces", "selector", "parent", "installed_as", "kubeconfig", "context",
)  # fmt: skip


def add_live(parser: argparse.ArgumentParser) -> None:
    """Declare the flags that say which cluster is read, named as kubectl's are."""
    group = parser.add_argument_group("a real cluster")
    group.add_argument("--live", action="store_true", help="read a cluster instead of a request")
    group.add_argument("-n", "--namespace", help="of the parents; default: the context's")
    group.add_argument(
        "-A", "--all-namespaces", action="store_true", help="parents in all namespaces"
    )
    group.add_argument("-l", "--selector", default="", help="labels of the parents: app=web")
    group.add_argument(
        "--parent", metavar="NAME", action="append", default=[], help="this one; may be repeated"
    )
    group.add_argument(
        "--installed-as",
        metavar="NAME",
        default="",
        help="of Metacontroller's object, where several are about the same parents",
    )
    group.add_argument("--kubeconfig", metavar="FILE", help="default: as kubectl finds it")
    group.add_argument("--context", help="of the kubeconfig; default: its current one")


def check_live(arguments: argparse.Namespace) -> None:
    """Refuse flags of a cluster where none is asked for. Raises: MisuseError."""
    for name in _FLAGS:
        if getattr(arguments, name) and not arguments.live:
            raise MisuseError(f"--{name.replace('_', '-')} goes with --live")


def read(controller: Any, arguments: argparse.Namespace, now: datetime) -> Mirror:
    """Return what a cluster has of a controller. Raises: LiveError, MisuseError."""
    from reconcile.live import Reader, mirror
    from reconcile.live.client import connect

    if not hasattr(controller, "customizes"):
        raise MisuseError(f"{arguments.target} is no Controller and no Decorator of this library")
    answered, home = connect(kubeconfig=arguments.kubeconfig, context=arguments.context)
    with progress("kinds read") as advance:
        try:
            return mirror(
                controller,
                Reader(answered),
                now=now,
                namespace="" if arguments.all_namespaces else arguments.namespace or home,
                names=arguments.parent,
                labels=arguments.selector,
                installed_as=arguments.installed_as,
                apply=arguments.apply,
                seen=lambda _what: advance(),
            )
        except DefinitionError as error:
            raise MisuseError(" ".join(str(error).split())) from error


def print_plans(mirror: Mirror, arguments: argparse.Namespace, *, colour: bool) -> int:
    """Print what becomes of each parent; return 1 if something fails or is not taken."""
    parents = mirror.parents
    many = len(parents) > 1
    planned: list[Planned] = []
    with progress("parents planned", len(parents)) if many else nullcontext(lambda: None) as done:
        for each in parents:
            planned.append(mirror.plan(each))
            done()
    if arguments.json:
        print(json.dumps([_document(made) for made in planned], indent=2))
    else:
        for made in planned:
            print(_text(made, tree=arguments.tree, colour=colour))
        print(_summary(planned, mirror.unselected))
    failed = any(each.plan is None or each.plan.refused for each in planned)
    changes = any(bool(each.plan) for each in planned)
    return 1 if failed or (arguments.exit_code and changes) else 0


def _document(planned: Planned) -> JsonObject:
    ref = planned.parent
    made: JsonObject = {
        "parent": {
            "apiVersion": ref.gvk.api_version,
            "kind": ref.gvk.kind,
            "namespace": ref.namespace,
            "name": ref.name,
        }
    }
    if planned.plan is not None:
        made["plan"] = planned.plan.to_json()
    else:
        made["error"] = planned.error
    return made


def _text(planned: Planned, *, tree: bool, colour: bool) -> str:
    ref = planned.parent
    head = f"{ref.gvk.kind} {ref.namespace}/{ref.name}" if ref.namespace else str(ref)
    if planned.plan is None:
        return f"{head}: {planned.error}\n"
    if not planned.plan:
        return f"{head}: nothing would change\n"
    plan = planned.plan
    # A tree begins with its parent.
    return f"{plan.tree(colour=colour)}\n" if tree else f"{head}\n{plan.text(colour=colour)}\n"


def _summary(planned: Sequence[Planned], unselected: int) -> str:
    more = f" The controller does not select {unselected} more." if unselected else ""
    if not planned:
        return f"No parents there.{more}"
    failed = sum(each.plan is None for each in planned)
    changed = sum(bool(each.plan) for each in planned)
    parts = [f"{changed} would change", f"{len(planned) - failed - changed} would not"]
    if failed:
        parts.append(f"{failed} cannot be told")
    what = "parent" if len(planned) == 1 else "parents"
    return f"{len(planned)} {what}: {', '.join(parts)}.{more}"
