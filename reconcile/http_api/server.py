"""The simulated API server on an address: in this thread until a signal, or beside a test.

1. An address that others can reach is served only when asked for: there is no authentication.
2. A stop ends the streams, finishes the requests that run, and takes nothing new.
3. What is served belongs to the server's loop; `Running.call` is the way to it from outside.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import signal
import socket
import threading
from typing import TYPE_CHECKING, Final, TypeVar

import uvicorn

from reconcile.errors import DefinitionError
from reconcile.http_api.app import HttpApi
from reconcile.http_api.kubeconfig import kubeconfig
from reconcile.http_api.limits import Limits
from reconcile.http_api.protocol import guarded

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from reconcile.http_api.app import Served

__all__ = ["Running", "running", "serve"]

T = TypeVar("T")

_STOP_SECONDS: Final = 5
_BACKLOG: Final = 2048
_DEFAULT: Final = Limits()


class Running:
    """A server that takes requests."""

    def __init__(self, app: HttpApi, server: _Server, address: tuple[str, int]) -> None:
        self._app = app
        self._server = server
        self.host, self.port = address

    @property
    def url(self) -> str:
        """Where it is, without a slash at the end."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    @property
    def kubeconfig(self) -> str:
        """The text of a kubeconfig file."""
        return kubeconfig(self.url)

    def call(self, function: Callable[[Served], T]) -> T:
        """Return what `function` returns of the simulated server, called in the server's loop.

        Guarantees: no request runs meanwhile; watchers see what was changed.
        Raises: what `function` raises.
        """

        async def run() -> T:
            try:
                return function(self._app.served)
            finally:
                self._app.changed()

        return asyncio.run_coroutine_threadsafe(run(), self._server.loop).result()

    def stop(self) -> None:
        """Ask the server to end; safe from every thread, and more than once."""
        with contextlib.suppress(RuntimeError):
            # The loop may be closed already.
            self._server.loop.call_soon_threadsafe(self._server.end)


class _Server(uvicorn.Server):
    """uvicorn's server, which leaves signals to us and tells when it takes requests."""

    loop: asyncio.AbstractEventLoop

    def __init__(self, config: uvicorn.Config, app: HttpApi) -> None:
        super().__init__(config)
        self._app = app
        self.ready: Callable[[], None] = lambda: None

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        """Leave the process's signals as they are."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Take requests, and say so."""
        await super().startup(sockets)
        self.ready()

    def end(self) -> None:
        """End the streams, then everything."""
        self._app.streams.stop()
        self.should_exit = True


def serve(
    served: Served,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    insecure: bool = False,
    limits: Limits = _DEFAULT,
    ready: Callable[[Running], None] | None = None,
) -> None:
    """Serve until SIGINT or SIGTERM; `ready` is called when requests are taken.

    Raises: `DefinitionError` when others could reach the address and `insecure` is not set;
        `OSError` when it cannot be bound.
    """
    server, listener, made = _prepared(served, host, port, insecure=insecure, limits=limits)

    async def run() -> None:
        server.loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            _on_signal(server, number)
        server.ready = lambda: None if ready is None else ready(made)
        await server.serve(sockets=[listener])

    with listener:
        asyncio.run(run())


@contextlib.contextmanager
def running(
    served: Served,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    insecure: bool = False,
    limits: Limits = _DEFAULT,
) -> Generator[Running]:
    """Serve in a thread of its own while the block runs.

    Raises: as `serve`.
    """
    server, listener, made = _prepared(served, host, port, insecure=insecure, limits=limits)
    taking = threading.Event()
    failed: list[BaseException] = []
    server.ready = taking.set

    async def run() -> None:
        server.loop = asyncio.get_running_loop()
        await server.serve(sockets=[listener])

    def work() -> None:
        try:
            asyncio.run(run())
        except BaseException as error:  # noqa: BLE001  # handed to the thread that waits
            failed.append(error)
        finally:
            taking.set()

    thread = threading.Thread(target=work, name="reconcile-apiserver", daemon=True)
    with listener:
        thread.start()
        taking.wait()
        try:
            if failed:
                raise failed[0]
            yield made
        finally:
            made.stop()
            thread.join()


def _prepared(
    served: Served, host: str, port: int, *, insecure: bool, limits: Limits
) -> tuple[_Server, socket.socket, Running]:
    if not insecure and not _loopback(host):
        raise DefinitionError(
            ["anybody who reaches it could do everything; say insecure if that is meant"],
            subject=f"serving on {host or 'every address'}",
        )
    app = HttpApi(served, limits=limits)
    config = uvicorn.Config(
        app,
        http=guarded(limits),
        ws="none",
        loop="asyncio",
        lifespan="on",
        log_config=None,
        log_level="error",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=limits.idle_seconds,
        timeout_graceful_shutdown=_STOP_SECONDS,
        limit_concurrency=limits.connections,
    )
    server = _Server(config, app)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.create_server((host, port), family=family, backlog=_BACKLOG)
    name = listener.getsockname()
    return server, listener, Running(app, server, (str(name[0]), int(name[1])))


def _on_signal(server: _Server, number: signal.Signals) -> None:
    loop = server.loop
    try:
        loop.add_signal_handler(number, server.end)
    except NotImplementedError:
        # Windows has no other way; the handler runs in the main thread, between two steps.
        def end(_number: int, _frame: object) -> None:
            loop.call_soon_threadsafe(server.end)

        signal.signal(number, end)


def _loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
