"""A hook by URL: a webhook in any language, called over HTTP for the simulated cluster.

1. One call, one request to the same server; redirects, ETags and decoding are left to the caller.
2. A connection is kept for the next call. One that the server has closed meanwhile is replaced
   without a word; a request that may have been read whole is never sent twice.
3. What goes wrong is said in the words of Go's HTTP client, because they end up in Events.

Source: the texts were read off Go 1.26's net/http, fault by fault.
"""

from __future__ import annotations

import contextlib
import http.client
import ssl
import time
import zlib
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from reconcile.adapters.go_words import (
    AWAITING,
    READING,
    head_fault,
    operation_failed,
    status_line_fault,
    version_fault,
)
from reconcile.adapters.http_connection import PART, Connection
from reconcile.errors import DefinitionError
from reconcile.hook.transport import Answer, TransportError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconcile.hook.transport import Call, Transport

__all__ = ["MAX_ANSWER", "http_hook"]

MAX_ANSWER: Final = 64 * 1024 * 1024
"""Bytes of one answer's body; Metacontroller itself has no limit."""


def http_hook(
    base_url: str, *, timeout: float = 10.0, context: ssl.SSLContext | None = None
) -> Transport:
    """Return a transport that sends every call to `base_url` and the path of the call's URL.

    Shape: `base_url` such as `http://127.0.0.1:8080` or `https://hooks.example.com/objectstore`;
        `context` is for https, the system's certificates by default.
    Units: `timeout` in seconds of the real clock; the shorter of it and the call's counts.
    Guarantees: may be called from several threads; keeps one connection.
    Raises: DefinitionError when `base_url` or `timeout` cannot be used; the transport raises
        TransportError.
    """
    return _HttpHook(base_url, timeout=timeout, context=context)


class _HttpHook:
    """What `http_hook` returns."""

    def __init__(self, base_url: str, *, timeout: float, context: ssl.SSLContext | None) -> None:
        findings: list[str] = []
        base = urlsplit(base_url)
        port: int | None = None
        try:
            port = base.port
        except ValueError:
            findings.append("its port is not a number from 0 to 65535")
        if base.scheme not in ("http", "https"):
            findings.append("it must begin with http:// or https://")
        if not base.hostname:
            findings.append("it names no host, such as http://127.0.0.1:8080")
        if base.query or base.fragment or base.username is not None:
            findings.append("it must not hold a query, a fragment or a user")
        if not timeout > 0:
            findings.append("timeout must be a number of seconds above 0")
        if findings:
            raise DefinitionError(findings, subject="the URL of the hook")
        self._host = base.hostname or ""
        self._port = port or (443 if base.scheme == "https" else 80)
        self._path = base.path.rstrip("/")
        self._authority = base.netloc
        self._timeout = timeout
        self._context = None
        if base.scheme == "https":
            self._context = ssl.create_default_context() if context is None else context
        # At most one; a list, so that two threads never take the same.
        self._kept: list[Connection] = []

    def __call__(self, call: Call) -> Answer:
        until = time.monotonic() + min(call.timeout, self._timeout)
        connection = self._idle()
        if connection is not None:
            connection.until = until
            if self._send(connection, call):
                return self._answer(connection, call)
            # The server closed it in this very moment, before it had the whole request.
            connection.close()
        connection = Connection(self._host, self._port, self._context, until)
        self._send(connection, call)
        return self._answer(connection, call)

    def _idle(self) -> Connection | None:
        """Return the kept connection if it can be used."""
        try:
            connection = self._kept.pop()
        except IndexError:
            return None
        if not connection.quiet():
            # It was closed, or something came that nobody asked for.
            connection.close()
            return None
        return connection

    def _send(self, connection: Connection, call: Call) -> bool:
        """Send a request; False when the server took not all of it. It may answer even so."""
        target = urlsplit(call.url)
        path = self._path + (target.path or "/")
        if target.query:
            path += f"?{target.query}"
        client = connection.client
        try:
            client.putrequest(call.method, path, skip_host=True, skip_accept_encoding=True)
            client.putheader("Host", self._authority)
            for name, value in call.headers.items():
                if name.lower() not in ("host", "content-length"):
                    client.putheader(name, value)
            if call.body or call.method != "GET":
                client.putheader("Content-Length", str(len(call.body)))
        except (ValueError, http.client.InvalidURL) as error:
            connection.close()
            raise TransportError(f"net/http: invalid request ({type(error).__name__})") from None
        try:
            client.endheaders(call.body or None)
        except TimeoutError:
            connection.close()
            raise TransportError(AWAITING) from None
        except OSError as error:
            connection.failure = error
            return False
        return True

    def _answer(self, connection: Connection, call: Call) -> Answer:
        """Return what came, and keep the connection if it can be used again."""
        keep = False
        try:
            response = _head(connection)
            try:
                body = _body(connection, response)
            finally:
                response.close()
            answer = _told(response, body, call)
            keep = not response.will_close and connection.failure is None and not self._kept
        finally:
            if keep:
                self._kept.append(connection)
            else:
                connection.close()
        return answer

    def __del__(self) -> None:
        for connection in getattr(self, "_kept", ()):
            connection.close()


def _head(connection: Connection) -> http.client.HTTPResponse:
    """Return the answer of which the head was read. Raises: TransportError."""
    text = ""
    try:
        response = connection.client.getresponse()
    except http.client.RemoteDisconnected:
        sent = connection.failure
        text = "EOF" if sent is None else operation_failed("write", connection.ends, sent)
    except http.client.UnknownProtocol as error:
        text = version_fault(str(error.args[0]))
    except http.client.BadStatusLine as error:
        text = status_line_fault(str(error.args[0]))
    except http.client.HTTPException:
        # Longer or more than http.client takes.
        text = "net/http: server response headers exceeded 65536 bytes; aborted"
    except TimeoutError:
        text = AWAITING
    except OSError as error:
        verb, cause = "read", error
        if connection.failure is not None:
            verb, cause = "write", connection.failure
        text = operation_failed(verb, connection.ends, cause)
    else:
        text = head_fault(response.msg)
        if not text:
            return response
        response.close()
    raise TransportError(text)


def _body(connection: Connection, response: http.client.HTTPResponse) -> bytes:
    """Return the body as it came. Raises: TransportError."""
    parts: list[bytes] = []
    size = 0
    text = ""
    try:
        while part := response.read(PART):
            parts.append(part)
            size += len(part)
            if size > MAX_ANSWER:
                text = f"the answer has more than {MAX_ANSWER} bytes"
                break
        else:
            # Some versions of Python take an early end of a counted body for its end.
            if response.length:
                text = "unexpected EOF"
    except http.client.IncompleteRead as error:
        text = _incomplete(error)
    except (ValueError, http.client.HTTPException):
        text = "malformed chunked encoding"
    except TimeoutError:
        text = READING
    except OSError as error:
        text = operation_failed("read", connection.ends, error)
    if text:
        raise TransportError(text, status=response.status)
    return b"".join(parts)


def _incomplete(error: BaseException) -> str:
    """Tell a chunk whose size cannot be read from one that did not come."""
    current: BaseException | None = error
    while current is not None:
        if isinstance(current, ValueError):
            # int() says what it was given: nothing, when the connection ended there.
            return (
                "unexpected EOF" if str(current).endswith("b''") else "invalid byte in chunk length"
            )
        current = current.__cause__ or current.__context__
    return "unexpected EOF"


def _told(response: http.client.HTTPResponse, body: bytes, call: Call) -> Answer:
    """Return the answer, its body unpacked if the caller asked for it packed."""
    headers: dict[str, str] = {}
    seen: set[str] = set()
    for name, value in response.getheaders():
        # Of a header that is there twice, Go's `Get` gives the first.
        if name.lower() not in seen:
            seen.add(name.lower())
            headers[name] = value
    if _value(headers, "content-encoding").lower() == "gzip" and (
        _value(call.headers, "accept-encoding").lower() == "gzip"
    ):
        body = _unpacked(body, response.status)
        headers = {
            name: value
            for name, value in headers.items()
            if name.lower() not in ("content-encoding", "content-length")
        }
    return Answer(response.status, headers, body)


def _value(headers: Mapping[str, str], wanted: str) -> str:
    return next((value for name, value in headers.items() if name.lower() == wanted), "").strip()


def _unpacked(body: bytes, status: int) -> bytes:
    """Return a gzip body's content. Raises: TransportError."""
    if not body:
        # The answer to HEAD, 204 and 304.
        return body
    text = ""
    unpacked = b""
    if len(body) >= 10 and body[:2] != b"\x1f\x8b":
        text = "gzip: invalid header"
    else:
        packer = zlib.decompressobj(wbits=31)
        with contextlib.suppress(zlib.error):
            unpacked = packer.decompress(body, MAX_ANSWER + 1)
        if len(unpacked) > MAX_ANSWER:
            text = f"the answer has more than {MAX_ANSWER} bytes"
        elif not packer.eof:
            text = "unexpected EOF"
    if text:
        raise TransportError(text, status=status)
    return unpacked
