"""`reconcile apiserver`: the simulated API server over HTTP, for kubectl and client libraries."""

from __future__ import annotations

import contextlib
import importlib.util
import logging
import os
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from reconcile.cli.parser import port, teach
from reconcile.cli.target import MisuseError, read_request
from reconcile.errors import DefinitionError, ReconcileError
from reconcile.value.types import Json, JsonObject

if TYPE_CHECKING:
    import argparse
    from collections.abc import Generator

    from reconcile.http_api import Running
    from reconcile.simulate import ApiServer

__all__ = ["HELP", "NAME", "add", "run"]

NAME: Final = "apiserver"
HELP: Final = "serve a simulated Kubernetes API server, to kubectl and clients"

_ABOUT: Final = """\
Serve a simulated Kubernetes API server over HTTP, for tests and development. The
path of a kubeconfig goes to stdout, as KUBECONFIG=FILE. There is no
authentication, and nothing is kept. It needs the extra apiserver."""

_FILES: Final = 16_384
_NEEDED: Final = ("uvicorn", "httptools")


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    teach(
        parser,
        _ABOUT,
        examples=[
            ("reconcile apiserver", "on http://127.0.0.1:8080"),
            ("reconcile apiserver --port 0 --load crd.yaml store.yaml", "with objects in it"),
        ],
        codes={
            0: "ended by SIGTERM or SIGINT",
            1: "a manifest is refused, or the snapshot is not written",
            2: "misuse, or the address is not to be had",
        },
    )
    parser.add_argument("--host", default="127.0.0.1", help="default: 127.0.0.1")
    parser.add_argument("--port", type=port, default=8080, help="0 takes a free one; default: 8080")
    parser.add_argument(
        "--load", action="append", default=[], nargs="+", metavar="FILE", help="manifests to create"
    )
    parser.add_argument("--snapshot", metavar="FILE", help="write all objects there at the end")
    parser.add_argument(
        "--kubeconfig", metavar="FILE", help="where to write it; default: a temporary file"
    )
    parser.add_argument(
        "--insecure", action="store_true", help="let others reach it: they may do everything"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Serve until SIGTERM or SIGINT; 1 if a manifest is refused or the snapshot not written."""
    missing = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        message = f"needs {' and '.join(missing)}: pip install 'kube-reconcile[apiserver]'"
        raise MisuseError(message)
    if arguments.snapshot and not Path(arguments.snapshot).absolute().parent.is_dir():
        raise MisuseError(f"--snapshot {arguments.snapshot}: there is no such folder")
    from reconcile.http_api import LoadError, load, serve
    from reconcile.http_api.pace import LOGGER
    from reconcile.simulate import ApiServer

    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    LOGGER.addHandler(handler)
    try:
        _allow_connections()
        api = ApiServer(now=datetime.now(UTC))
        for name in (name for names in arguments.load for name in names):
            documents = _documents(name)
            try:
                count = load(api, documents)
            except LoadError as error:
                print(f"reconcile: {name}: {error}", file=sys.stderr)
                return 1
            print(f"loaded {count} objects of {name}", file=sys.stderr)
        with _kubeconfig_file(arguments.kubeconfig) as file:
            serve(
                api,
                host=arguments.host,
                port=arguments.port,
                insecure=arguments.insecure,
                ready=lambda server: _announce(server, file),
            )
        return _write_snapshot(api, arguments.snapshot) if arguments.snapshot else 0
    except (DefinitionError, OSError) as error:
        raise MisuseError(str(error)) from error
    finally:
        LOGGER.removeHandler(handler)


def _allow_connections() -> None:
    """Raise the limit of open files as far as it may be: each watch is one."""
    try:
        import resource
    except ImportError:
        # Windows has no such limit.
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _FILES if hard == resource.RLIM_INFINITY else min(_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _documents(name: str) -> list[JsonObject]:
    # Read as a manifest whether it is YAML or JSON: every JSON text is a YAML text.
    from reconcile.objects.yaml import all_from_yaml

    try:
        found = list(all_from_yaml(read_request(name)))
    except ImportError as error:
        raise MisuseError(f"{name}: {error}") from error
    except ReconcileError as error:
        raise MisuseError(f"{name}: {error}") from error
    if not found:
        raise MisuseError(f"{name} holds no document")
    return found


@contextlib.contextmanager
def _kubeconfig_file(name: str | None) -> Generator[Path]:
    """Give the path of the kubeconfig file; a temporary one is removed at the end."""
    from reconcile.http_api.kubeconfig import MARK

    if name is None:
        with tempfile.TemporaryDirectory(prefix="reconcile-") as folder:
            yield Path(folder) / "kubeconfig"
        return
    file = Path(name)
    if file.is_dir():
        raise MisuseError(f"--kubeconfig {name} is a folder")
    if file.exists() and not file.read_text(errors="replace").startswith(MARK):
        message = f"--kubeconfig {name} holds something else, which is not written over"
        raise MisuseError(message)
    if not file.absolute().parent.is_dir():
        raise MisuseError(f"--kubeconfig {name}: there is no such folder")
    yield file


def _announce(server: Running, file: Path) -> None:
    _write(file, server.kubeconfig)
    print(
        f"A simulated API server on {server.url}, for tests and development.\n"
        "It is not a production server: there is no authentication, and nothing is kept.\n"
        f"  kubectl --kubeconfig {file} get namespaces\n"
        "Stop it with Ctrl-C.",
        file=sys.stderr,
        flush=True,
    )
    # For programs: what to put into the environment of clients.
    print(f"KUBECONFIG={file.absolute()}", flush=True)


def _write_snapshot(api: ApiServer, name: str) -> int:
    from reconcile.http_api import snapshot
    from reconcile.objects.yaml import to_yaml
    from reconcile.value.codec import encode

    items: list[Json] = [*snapshot(api)]
    held: JsonObject = {"apiVersion": "v1", "kind": "List", "metadata": {}, "items": items}
    is_json = Path(name).suffix == ".json"
    try:
        _write(Path(name), encode(held).decode() + "\n" if is_json else to_yaml(held))
    except OSError as error:
        print(f"reconcile: {name} cannot be written: {error.strerror}", file=sys.stderr)
        return 1
    print(f"wrote {len(items)} objects to {name}", file=sys.stderr)
    return 0


def _write(file: Path, text: str) -> None:
    """Write a file that only its owner reads, whole or not at all: Secrets may be in it."""
    handle, made = tempfile.mkstemp(dir=file.absolute().parent, prefix=f".{file.name}-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            out.write(text)
        Path(made).replace(file)
    except BaseException:
        Path(made).unlink()
        raise
