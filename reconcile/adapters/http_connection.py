"""One connection to a hook's server: dialled, perhaps secured, and with a deadline for each call.

1. The deadline is a moment: the time is for all of a call, not for each read.
2. The reader belongs to the connection, so that what was read ahead is there for the next answer.
3. Failures to connect are TransportErrors; all others are what the socket raises.
"""

from __future__ import annotations

import http.client
import io
import os
import selectors
import socket
import ssl
import time
from typing import Any, Final

from reconcile.adapters.go_words import AWAITING, dial_failed
from reconcile.hook.transport import TransportError

__all__ = ["PART", "Connection"]

PART: Final = 64 * 1024
"""Bytes read at a time."""


class Connection:
    """A connection, and the client's half of HTTP on it."""

    def __init__(self, host: str, port: int, context: ssl.SSLContext | None, until: float) -> None:
        """Connect. Units: `until` on the monotonic clock. Raises: TransportError."""
        sock = _dialled(host, port, until)
        self._sock = sock if context is None else _secured(sock, context, host, until)
        self.until = until
        self.ends = f"{_named(self._sock.getsockname())}->{_named(self._sock.getpeername())}"
        self.client = http.client.HTTPConnection(host, port)
        self.client.auto_open = 0
        self._waiting = True
        self._reader = _Reader(self)
        # http.client asks no more of a socket than this has.
        self.client.sock = _Stream(self, self._reader)
        self.failure: OSError | None = None
        """Why a request could not be sent wholly."""

    def send(self, data: Any) -> None:
        """Send all of `data` before the deadline. Raises: OSError."""
        self._sock.settimeout(self._left())
        self._sock.sendall(data)

    def receive_into(self, buffer: Any) -> int | None:
        """Read what is there, waiting until the deadline. Raises: OSError."""
        if not self._waiting:
            return None
        self._sock.settimeout(self._left())
        return self._sock.recv_into(buffer)

    def quiet(self) -> bool:
        """Tell whether nothing came, not even the end, since the last answer. Never waits."""
        if isinstance(self._sock, ssl.SSLSocket) and self._sock.pending():
            return False
        with selectors.DefaultSelector() as selector:
            selector.register(self._sock, selectors.EVENT_READ)
            if selector.select(0):
                return False
        # What came together with the last answer was read ahead.
        self._waiting = False
        try:
            return not self._reader.peek(1)
        finally:
            self._waiting = True

    def close(self) -> None:
        """Close the connection; more than once does no harm."""
        self.client.close()
        self._sock.close()

    def _left(self) -> float:
        left = self.until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left


class _Stream:
    """The socket that http.client sees: it closes one after an answer that ends with it."""

    def __init__(self, connection: Connection, reader: _Reader) -> None:
        self._connection = connection
        self._reader = reader

    def sendall(self, data: Any) -> None:
        self._connection.send(data)

    def makefile(self, _mode: str) -> io.BufferedReader:
        return self._reader

    def close(self) -> None:
        """Leave the connection open: the body may still be on its way."""


class _Reader(io.BufferedReader):
    """The one reader of a connection: http.client closes it after every answer, in vain."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(_Raw(connection), PART)

    def close(self) -> None:
        """Stay open."""


class _Raw(io.RawIOBase):
    """The bytes of a connection."""

    def __init__(self, connection: Connection) -> None:
        super().__init__()
        self._connection = connection

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int | None:
        return self._connection.receive_into(buffer)


def _dialled(host: str, port: int, until: float) -> socket.socket:
    """Return a connected socket. Raises: TransportError."""
    try:
        places = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError):
        raise TransportError(f"dial tcp: lookup {host}: no such host") from None
    first: TransportError | None = None
    for family, kind, protocol, _, address in places:
        sock: socket.socket | None = None
        try:
            sock = socket.socket(family, kind, protocol)
            sock.settimeout(max(until - time.monotonic(), 0.001))
            sock.connect(address)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError as error:
            if sock is not None:
                sock.close()
            if isinstance(error, TimeoutError) and error.errno is None:
                raise TransportError(AWAITING) from None
            first = first or TransportError(dial_failed(_named(address), error))
        else:
            return sock
    assert first is not None, "there is an address, or getaddrinfo raises"
    raise first


def _secured(
    sock: socket.socket, context: ssl.SSLContext, host: str, until: float
) -> socket.socket:
    """Return the socket with TLS on it. Raises: TransportError."""
    try:
        sock.settimeout(max(until - time.monotonic(), 0.001))
        return context.wrap_socket(sock, server_hostname=host)
    except TimeoutError:
        text = AWAITING
    except ssl.SSLCertVerificationError as error:
        text = f"tls: failed to verify certificate: x509: {error.verify_message}"
    except ssl.SSLError as error:
        plain = error.reason in ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE")
        text = f"tls: {(error.reason or 'handshake failure').lower().replace('_', ' ')}"
        if plain:
            text = "http: server gave HTTP response to HTTPS client"
    except OSError as error:
        text = "EOF" if error.errno is None else f"read tcp: {os.strerror(error.errno).lower()}"
    sock.close()
    raise TransportError(text)


def _named(address: Any) -> str:
    """Return an address as Go writes it: `127.0.0.1:80`, `[::1]:80`."""
    host, port = address[0], address[1]
    return f"[{host}]:{port}" if ":" in str(host) else f"{host}:{port}"
