"""`reconcile plan`: what a request's answer would change, field by field, and which rule asked.

1. 0 for a plan, also for one in which much changes; 1 when there is none because a rule is wrong,
   or when something that is asked for is not taken. `--exit-code` asks for 1 where anything would
   change, too. What is no request is misuse.
2. Colour only where somebody sees it; `terminal` says where that is.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Final, Protocol

from reconcile.adapters.log import describe_error
from reconcile.cli.live import add_live, check_live, print_plans, read
from reconcile.cli.parser import teach
from reconcile.cli.target import (
    MisuseError,
    add_request,
    load,
    parse_entropy,
    parse_time,
    read_request,
    refuse_request,
)
from reconcile.cli.terminal import add_colour, coloured
from reconcile.errors import ReconcileError

if TYPE_CHECKING:
    import argparse
    from datetime import datetime

    from reconcile.kinds._loop import Apply
    from reconcile.state.plan import Plan

__all__ = ["HELP", "NAME", "Planner", "add", "run"]

NAME: Final = "plan"
HELP: Final = "tell what the answer to a request would change, and why"

_ABOUT: Final = """\
Tell what Metacontroller would do with the answer to a request: which children are
created, updated, recreated, deleted or left, field by field, and which rule asked.
With --live it is the next sync of each parent of a real cluster, which is only read.
Nothing is changed anywhere. Values of Secrets are not shown."""
_CODES: Final = {
    0: "there is a plan, also one in which much changes",
    1: "there is none, as a rule fails; or something "
    "that is asked for is not taken; or --exit-code, and there are changes",
    2: "misuse, or the file holds no request",
}


class Planner(Protocol):
    """Anything that tells what its answer to a request would change."""

    def plan_request(self, body: bytes, *, now: datetime, entropy: bytes, apply: Apply) -> Plan:
        """Return the plan."""
        ...


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    teach(
        parser,
        _ABOUT,
        examples=[
            ("reconcile plan controller:controller request.json", "what would change"),
            ("reconcile plan controller:controller --tree < request.json", "by parent and child"),
            ("reconcile plan app/main.py:controller request.json --json", "for programs"),
            ("reconcile plan controller:controller --live -A", "for all parents of a cluster"),
            (
                "reconcile plan controller:controller --live -n team --parent store",
                "for one of them",
            ),
        ],
        codes=_CODES,
    )
    add_request(parser)
    forms = parser.add_mutually_exclusive_group()
    forms.add_argument("--json", action="store_true", help="the plan as JSON")
    forms.add_argument("--tree", action="store_true", help="parent and children as a tree")
    parser.add_argument(
        "--apply",
        choices=("dynamic", "server-side"),
        default="dynamic",
        help="Metacontroller's apply strategy; default: dynamic",
    )
    add_colour(parser)
    add_live(parser)
    parser.add_argument(
        "--exit-code", action="store_true", help="1 if anything would change, as `git diff` has it"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the plan and return the exit code; see the top of this file."""
    controller: Planner = load(arguments.target, method="plan_request")
    now, entropy = parse_time(arguments.now), parse_entropy(arguments.entropy)
    check_live(arguments)
    colour = coloured(arguments.colour)
    if arguments.live:
        if arguments.file != "-":
            raise MisuseError("--live reads a cluster and no FILE; --parent names a parent")
        from reconcile.live import LiveError

        try:
            mirror = read(controller, arguments, now)
        except LiveError as error:
            print(f"reconcile: {error}", file=sys.stderr)
            return 1
        return print_plans(mirror, arguments, colour=colour)
    body = read_request(arguments.file)
    try:
        plan = controller.plan_request(body, now=now, entropy=entropy, apply=arguments.apply)
    except ReconcileError as error:
        refuse_request(arguments.file, body, error)
        print(describe_error(error), file=sys.stderr)
        return 1
    if arguments.json:
        print(json.dumps(plan.to_json(), indent=2))
    else:
        print(plan.tree(colour=colour) if arguments.tree else plan.text(colour=colour))
    return 1 if plan.refused or (arguments.exit_code and plan) else 0
