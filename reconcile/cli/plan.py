"""`reconcile plan`: what a request's answer would change, and which rule asked for it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final, Protocol

from reconcile.adapters.log import describe_error
from reconcile.cli.target import add_request, load, parse_entropy, parse_time, read_request
from reconcile.errors import ReconcileError

if TYPE_CHECKING:
    import argparse
    from datetime import datetime

__all__ = ["HELP", "NAME", "Planner", "add", "run"]

NAME: Final = "plan"
HELP: Final = "tell what the answer to a request would change"


class Planner(Protocol):
    """Anything that tells what its answer to a request would change."""

    def plan_request(self, body: bytes, *, now: datetime, entropy: bytes) -> object:
        """Return the plan; its text is for people."""
        ...


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_request(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the plan; 1 when there is none because the request or a rule is wrong."""
    controller: Planner = load(arguments.target, method="plan_request")
    now, entropy = parse_time(arguments.now), parse_entropy(arguments.entropy)
    try:
        plan = controller.plan_request(read_request(arguments.file), now=now, entropy=entropy)
    except ReconcileError as error:
        print(describe_error(error), file=sys.stderr)
        return 1
    print(plan)
    return 0
