"""`reconcile simulate`: a controller in a cluster in memory, and what a user does there.

1. Prints what happened, who belongs to whom, and how the objects are at the end. The same files
   give the same output: time is virtual, and what is random follows from `--seed`.
2. 0 if the cluster came to rest, 1 if it did not, if syncs still fail, or if the server refuses a
   document; 2 for misuse. Why, goes to stderr; what happened is printed all the same.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from reconcile.cli.parser import teach
from reconcile.cli.scenario import (
    VERSION,
    RefusedError,
    crashed_as_asked,
    parse_seconds,
    play,
    read,
    rest,
)
from reconcile.cli.target import MisuseError, load
from reconcile.errors import ReconcileError

if TYPE_CHECKING:
    import argparse

    from reconcile.simulate.cluster import Cluster
    from reconcile.value.types import JsonObject

__all__ = ["HELP", "NAME", "add", "run"]

NAME: Final = "simulate"
HELP: Final = "run a controller in a simulated cluster and show what happens"
_STEPS: Final = f"""\
MANIFESTs are YAML or JSON files of one or more documents, applied in order;
- is the standard input. A document may also be a step. It begins when the
cluster is at rest, and has one of these:

  apiVersion: {VERSION}
  kind: Step
  delete: {{apiVersion: apps/v1, kind: Deployment, metadata: {{name: store}}}}
  patch:             # what is to change; null takes a field away
    apiVersion: ex.com/v1
    kind: Store
    metadata: {{name: store}}
    spec: {{size: 2Gi}}
  wait: 30s          # let virtual time pass
  restart: true      # Metacontroller, with an empty memory
  crash: 2           # Metacontroller, after two more writes; it starts again
"""
_ABOUT: Final = """\
Run a controller in a cluster in memory, with an API server and Metacontroller in
it, and show what happens: a timeline, who belongs to whom, the objects at the
end. Time is virtual, and the same files give the same output."""
_CODES: Final = {
    0: "the cluster came to rest",
    1: "it did not, or syncs fail, or the server refuses a document",
    2: "misuse",
}


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    teach(
        parser,
        _ABOUT,
        more=_STEPS,
        examples=[
            ("reconcile simulate controller:controller store.yaml", "until it is at rest"),
            (
                "reconcile simulate controller:controller crd.yaml store.yaml --workloads",
                "with running Pods",
            ),
            ("reconcile simulate controller:controller store.yaml --html run.html", "as a page"),
        ],
        codes=_CODES,
    )
    parser.add_argument("target", metavar="CONTROLLER", help="the controller, as MODULE:ATTR")
    parser.add_argument(
        "files", metavar="MANIFEST", nargs="+", help="what the user applies and does"
    )
    parser.add_argument(
        "--also",
        metavar="CONTROLLER",
        action="append",
        default=[],
        help="another controller in the same cluster; may be given several times",
    )
    parser.add_argument(
        "--until",
        metavar="settled|TIME",
        default="settled",
        help="when to look: at rest, or at a virtual time since the beginning, such as 90s",
    )
    parser.add_argument(
        "--apply",
        choices=("dynamic", "server-side"),
        default="dynamic",
        help="Metacontroller's apply strategy; default: dynamic",
    )
    parser.add_argument(
        "--workloads",
        action="store_true",
        help="let Pods run: built-in controllers, a Node with its kubelet, a scheduler, a "
        "default StorageClass with its provisioner, load balancers",
    )
    parser.add_argument(
        "--namespace", default="default", help="where objects are that name none; default: default"
    )
    parser.add_argument(
        "--seed", type=int, default=0, help="what uids and random values follow from; default: 0"
    )
    parser.add_argument(
        "--json",
        action="store_true",
        help="history, hook calls and final objects as JSON; Secrets masked",
    )
    parser.add_argument("--html", metavar="FILE", help="write a page that shows the run, too")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the scenario and print it; see the top of this file."""
    from reconcile.simulate.cluster import Cluster
    from reconcile.simulate.unsettled.error import NotSettledError

    until = _until(arguments.until)
    targets = [arguments.target, *arguments.also]
    controllers = [_loaded(target) for target in targets]
    doings = read(arguments.files)
    page = _writable(arguments.html)
    try:
        cluster = Cluster(
            *controllers,
            namespace=arguments.namespace,
            apply=arguments.apply,
            seed=arguments.seed,
        )
    except ReconcileError as wrong:
        message = f"{' and '.join(targets)}: {' '.join(str(wrong).split())}"
        raise MisuseError(message) from wrong
    error: ReconcileError | None = None
    try:
        if arguments.workloads:
            cluster.run_workloads()
        play(cluster, doings)
        _finish(cluster, until)
    except (NotSettledError, RefusedError) as found:
        error = found
    reason = "" if error is None else str(error)
    print(_json(cluster, reason) if arguments.json else _text(cluster, reason))
    if page is not None:
        from reconcile.simulate.pictures.page import page as shown

        text = shown(cluster, title=" and ".join(targets), error=reason)
        try:
            page.write_bytes(text.encode(errors="xmlcharrefreplace"))
        except OSError as wrong:
            raise MisuseError(f"--html {page} cannot be written: {wrong.strerror}") from wrong
    if error is not None:
        print(error, file=sys.stderr)
        return 1
    return 0


def _loaded(target: str) -> Any:
    """Return a controller that a cluster can be made with. Raises: MisuseError."""
    from reconcile.hook.controller import Controller, Decorator

    found = load(target, method="respond")
    if type(found) not in (Controller, Decorator):
        raise MisuseError(f"{target} is no Controller and no Decorator of this library")
    return found


def _until(text: str) -> float | None:
    """Return until when a run goes, in seconds; None for until it is at rest."""
    if text == "settled":
        return None
    seconds = parse_seconds(text)
    if seconds is None:
        raise MisuseError(f"--until is settled or a time, such as 90s or 5m, not {text!r}")
    return seconds


def _writable(name: str | None) -> Path | None:
    if name is None:
        return None
    file = Path(name)
    if file.is_dir() or not file.absolute().parent.is_dir():
        what = "is a folder" if file.is_dir() else "is in no folder that is there"
        raise MisuseError(f"--html {name} {what}")
    return file


def _finish(cluster: Cluster, until: float | None) -> None:
    """Go on to the end of the run. Raises: NotSettledError."""
    from reconcile.simulate.unsettled.error import NotSettledError, failing

    if until is None:
        rest(cluster, failures=False)
        return
    left = until - _passed(cluster)
    try:
        cluster.advance(max(0.0, left))
    except NotSettledError:
        if not crashed_as_asked(cluster):
            raise
        cluster.restart()
        cluster.advance(max(0.0, until - _passed(cluster)))
    error = failing(cluster)
    if error is not None:
        raise error


def _passed(cluster: Cluster) -> float:
    return (cluster.now - cluster.acts[0].when).total_seconds()


# -- what is printed -------------------------------------------------------------------------------


def _text(cluster: Cluster, reason: str) -> str:
    from reconcile.objects.yaml import all_to_yaml
    from reconcile.simulate.pictures.page import counts, shown
    from reconcile.simulate.pictures.scenery import objects

    yaml = all_to_yaml(shown(document) for _, document in objects(cluster)).rstrip("\n")
    state = "Not settled" if reason else "Settled"
    [(time, _), *rest] = counts(cluster)
    many = ", ".join(f"{number} {what}" for number, what in rest)
    parts = [
        f"# What happened\n{cluster.timeline()}",
        f"# Who belongs to whom\n{cluster.tree()}",
        f"# How the objects are now\n{yaml}",
        f"# {state} after {time}: {many}",
    ]
    if cluster.findings:
        parts.insert(-1, "\n".join(("# Defects of Metacontroller that showed", *cluster.findings)))
    return "\n\n".join(parts)


def _json(cluster: Cluster, reason: str) -> str:
    from reconcile.simulate.metacontroller.process import HookCalled
    from reconcile.simulate.pictures.page import shown
    from reconcile.simulate.pictures.scenery import objects

    start = cluster.acts[0].when
    times = {
        version: (act.when - start).total_seconds()
        for act in cluster.acts
        for version in range(act.since + 1, act.until + 1)
    }
    history = [
        {
            "seconds": times[change.version],
            "who": change.who,
            "verb": change.verb,
            "object": _identity(change.ref),
            "changed": [{"op": each.op, "path": each.path} for each in change.diff]
            if change.verb == "update"
            else [],
        }
        for change in cluster.history
    ]
    calls = [
        {
            "seconds": (moment.when - start).total_seconds(),
            "controller": row.controller,
            "hook": row.hook,
            "parent": (moment.synced or "").partition("|")[2],
            "status": None if row.called.answer is None else row.called.answer.status,
        }
        for moment, row in cluster.told
        if isinstance(row, HookCalled)
    ]
    made: dict[str, Any] = {
        "settled": not reason,
        "reason": reason or None,
        "seconds": _passed(cluster),
        "history": history,
        "calls": calls,
        "findings": [*cluster.findings],
        "objects": [shown(document) for _, document in objects(cluster)],
    }
    return json.dumps(made, indent=2)


def _identity(ref: Any) -> JsonObject:
    return cast(
        "JsonObject",
        {
            "apiVersion": ref.gvk.api_version,
            "kind": ref.gvk.kind,
            "namespace": ref.namespace,
            "name": ref.name,
        },
    )
