"""What stands before the application: limits for whoever speaks HTTP slowly, endlessly or wrongly.

1. uvicorn's protocol does the work; this one counts bytes and seconds, and closes.
2. Everything that a client can make longer has an end: heads, the wait for them, answers that
   nobody reads.
"""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING, Any, Final, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from reconcile.http_api.limits import Limits

if TYPE_CHECKING:
    from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

__all__ = ["GuardedProtocol", "guarded"]


_SMALL: Final = 64 * 1024
_CONTINUE: Final = b"HTTP/1.1 100 "
_PARSED: Final = 65535
_TOO_LARGE: Final = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"content-type: text/plain; charset=utf-8\r\nconnection: close\r\ncontent-length: 35\r\n\r\n"
    b"431 Request Header Fields Too Large"
)


class GuardedProtocol(HttpToolsProtocol):
    """One connection."""

    limits: Limits = Limits()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first head."""
        self._head_size = 0
        self._in_head = True
        self._running: RequestResponseCycle | None = None
        self._stall: asyncio.TimerHandle | None = None
        super().connection_made(transport)
        # asyncio does so only for sockets that were made with the protocol's number. Head and body
        # of an answer are two writes, and the second would wait for the other side's delayed ACK.
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._head_timer = self.loop.call_later(self.limits.head_seconds, self._give_up)

    def connection_lost(self, exc: Exception | None) -> None:
        """Let go of everything that waits for this connection."""
        self._disarm()
        if self._stall is not None:
            self._stall.cancel()
        # With requests sent ahead, `cycle` is the last of them and not the one that runs.
        for cycle in (self._running, *(waiting for waiting, _ in self.pipeline)):
            if cycle is not None and not cycle.response_complete:
                cycle.disconnected = True
                cycle.message_event.set()
        self.pipeline.clear()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Count what belongs to a head, then parse."""
        if self._in_head:
            self._head_size += len(data)
            if self._head_size > self.limits.head_bytes:
                self._disarm()
                self.transport.write(_TOO_LARGE)
                self.transport.close()
                return
        super().data_received(data)
        if self._in_head and self._head_timer is None and not self.transport.is_closing():
            self._head_timer = self.loop.call_later(self.limits.head_seconds, self._give_up)

    def on_message_begin(self) -> None:
        """A head begins."""
        self._in_head = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """The head is whole."""
        self._in_head = False
        self._disarm()
        if len(self.url) <= _PARSED:
            super().on_headers_complete()
            return
        # Selectors may be longer than what the parser of addresses takes, so only the path goes
        # through it. The application does not run before this method has returned.
        self.url, _, query = self.url.partition(b"?")
        super().on_headers_complete()
        self.scope["query_string"] = query

    def on_message_complete(self) -> None:
        """The next bytes belong to another head, which begins when they come."""
        self._head_size = 0
        super().on_message_complete()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._running = cycle
        cycle.transport = cast("asyncio.Transport", _Joined(self.transport, self.loop))
        super()._start_asgi_task(cycle, app)

    def pause_writing(self) -> None:
        """The client does not read: wait for it, but not for ever."""
        super().pause_writing()
        if self._stall is None:
            self._stall = self.loop.call_later(self.limits.stall_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        """The client reads again."""
        super().resume_writing()
        if self._stall is not None:
            self._stall.cancel()
            self._stall = None

    def _disarm(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _give_up(self) -> None:
        self._head_timer = None
        self.transport.close()

    _head_timer: asyncio.TimerHandle | None = None


class _Joined:
    """A transport for one answer, which sends its head together with what follows at once."""

    __slots__ = ("_began", "_held", "_loop", "_transport")

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._held = b""
        self._began = False

    def write(self, data: bytes) -> None:
        if self._held:
            head, self._held = self._held, b""
            if len(data) <= _SMALL:
                data = head + data
            else:
                self._transport.write(head)
            self._transport.write(data)
        elif self._began or data.startswith(_CONTINUE):
            self._transport.write(data)
        else:
            self._began = True
            self._held = data
            # A stream may have nothing to say for long.
            self._loop.call_soon(self._flush)

    def close(self) -> None:
        self._flush()
        self._transport.close()

    def is_closing(self) -> bool:
        return self._transport.is_closing()

    def _flush(self) -> None:
        if self._held:
            head, self._held = self._held, b""
            self._transport.write(head)


def guarded(limits: Limits) -> type[GuardedProtocol]:
    """Return the protocol with these limits; uvicorn makes the connections, so it wants a class."""
    return type("GuardedProtocol", (GuardedProtocol,), {"limits": limits})
