"""`reconcile serve`: a webhook, logging one line per call to stderr."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING, Final

from reconcile.adapters.auth import AnyOf, Auth, Basic, Bearer
from reconcile.adapters.log import LOGGER
from reconcile.adapters.server import Server
from reconcile.adapters.server import serve as run_server
from reconcile.adapters.service import DEADLINE
from reconcile.cli.parser import port, positive, teach
from reconcile.cli.target import MisuseError, load
from reconcile.errors import DefinitionError
from reconcile.value.limits import MAX_BODY

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from reconcile.adapters.webhook import Responder

__all__ = ["HELP", "NAME", "add", "declare", "run"]

NAME: Final = "serve"
HELP: Final = "serve a controller as a webhook"

_ABOUT: Final = """\
Serve a controller as the webhook that Metacontroller calls: POST /sync, /finalize
and /customize, GET /healthz and /readyz. One line per call goes to stderr. Without
--token-file, --basic-file or --insecure it serves this machine only."""


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    teach(
        parser,
        _ABOUT,
        examples=[
            ("reconcile serve controller:controller", "on http://127.0.0.1:8080"),
            (
                "reconcile serve controller:controller --host 0.0.0.0 --token-file tokens",
                "for others, who have a token",
            ),
        ],
        codes={0: "ended by SIGTERM or SIGINT", 2: "misuse, or the address is not to be had"},
    )
    declare(parser)
    parser.set_defaults(run=run)


def declare(parser: argparse.ArgumentParser) -> None:
    """Declare what `serve` and `record` share."""
    parser.add_argument("target", metavar="MODULE:ATTR", help="the controller")
    parser.add_argument("--host", default="127.0.0.1", help="default: 127.0.0.1")
    parser.add_argument("--port", type=port, default=8080, help="0 takes a free one; default: 8080")
    parser.add_argument("--insecure", action="store_true", help="let anybody call, on any address")
    parser.add_argument(
        "--token-file", action="append", default=[], metavar="FILE", help="a bearer token per line"
    )
    parser.add_argument(
        "--basic-file", action="append", default=[], metavar="FILE", help="user:password per line"
    )
    parser.add_argument(
        "--max-body",
        type=positive,
        default=MAX_BODY,
        metavar="BYTES",
        help=f"of a request; default: {MAX_BODY}",
    )
    parser.add_argument(
        "--deadline",
        type=float,
        default=DEADLINE,
        metavar="SECONDS",
        help=f"to answer in; default: {DEADLINE:g}",
    )


def run(
    arguments: argparse.Namespace, *, wrap: Callable[[Responder], Responder] | None = None
) -> int:
    """Serve until SIGTERM or SIGINT; `wrap` puts something around the controller."""
    controller: Responder = load(arguments.target, method="respond")
    if wrap is not None:
        controller = wrap(controller)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    LOGGER.addHandler(handler)
    level = LOGGER.level
    LOGGER.setLevel(logging.INFO)
    try:
        run_server(
            controller,
            host=arguments.host,
            port=arguments.port,
            insecure=arguments.insecure,
            ready=_announce,
            auth=_auth(arguments.token_file, arguments.basic_file),
            max_body=arguments.max_body,
            deadline=arguments.deadline,
        )
    except (DefinitionError, OSError) as error:
        raise MisuseError(str(error)) from error
    finally:
        LOGGER.removeHandler(handler)
        LOGGER.setLevel(level)
    return 0


def _announce(server: Server) -> None:
    host = f"[{server.server_name}]" if ":" in server.server_name else server.server_name
    LOGGER.info("serving on http://%s:%s", host, server.server_port)


def _auth(token_files: list[str], basic_files: list[str]) -> Auth | None:
    ways: list[Auth] = []
    if token_files:
        ways.append(Bearer(files=token_files))
    if basic_files:
        ways.append(Basic(files=basic_files))
    return AnyOf(*ways) if ways else None
