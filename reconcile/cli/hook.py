"""`reconcile sync`: a request in, the response out, as the webhook would give it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

import msgspec

from reconcile.adapters.log import describe_error
from reconcile.cli.parser import teach
from reconcile.cli.target import (
    add_request,
    load,
    parse_entropy,
    parse_time,
    read_request,
    refuse_request,
)

if TYPE_CHECKING:
    import argparse

    from reconcile.adapters.webhook import Responder
    from reconcile.hook.reply import Reply

__all__ = ["HELP", "NAME", "add", "run"]

NAME: Final = "sync"
HELP: Final = "answer a request as the webhook would: request in, response out"

_ABOUT: Final = """\
Answer one request of Metacontroller, as the webhook would. The response is for
programs: it holds all that the controller said, values of Secrets too, and is
JSON. To read what it means, without them, see reconcile plan --help."""
_SAME: Final = "--now 2026-01-31T12:00:00Z"


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    teach(
        parser,
        _ABOUT,
        examples=[
            ("reconcile sync controller:controller request.json", "the response, laid out"),
            (
                "reconcile sync controller:controller --hook customize < request.json",
                "another hook",
            ),
            (f"reconcile sync controller:controller request.json {_SAME}", "the same each time"),
        ],
        codes={
            0: "the status is 200",
            1: "it is another",
            2: "misuse, or the file holds no request",
        },
    )
    add_request(parser)
    parser.add_argument(
        "--hook",
        choices=("sync", "finalize", "customize"),
        default="sync",
        help="which hook is called; default: sync",
    )
    parser.add_argument("--compact", action="store_true", help="the response's bytes as they are")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the response; 1 unless the status is 200."""
    controller: Responder = load(arguments.target, method="respond")
    body = read_request(arguments.file)
    reply = controller.respond(
        body,
        hook=arguments.hook,
        now=parse_time(arguments.now),
        entropy=parse_entropy(arguments.entropy),
    )
    if reply.status != 200:
        if reply.failure is not None:
            refuse_request(arguments.file, body, reply.failure.error)
        print(_failed(reply), file=sys.stderr)
        return 1
    answer = reply.body if arguments.compact else msgspec.json.format(reply.body, indent=2)
    sys.stdout.buffer.write(answer + b"\n")
    return 0


def _failed(reply: Reply) -> str:
    line = f"status {reply.status}"
    if reply.body:
        line += f": {reply.body.decode()}"
    if reply.failure is not None:
        line += f"\nfailure {reply.failure.id}: {describe_error(reply.failure.error)}"
    return line
