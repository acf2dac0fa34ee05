"""One call of a hook: headers, redirects, remembered answers, refusals to be called so often.

1. Status 200 is an answer; 304 and 412 are, too, for a request that carried an ETag.
2. An answer with an ETag is remembered before it is read (rule 2.13).
3. Redirects are followed as Go's client does: 307 and 308 send the body again, others ask with GET.

Source: pkg/hooks of Metacontroller 4.17.2; net/http.
"""

from __future__ import annotations

import gzip
import math
import zlib
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import urljoin, urlsplit

from reconcile.errors import ReconcileError
from reconcile.hook.transport import Answer, Call, Transport, TransportError

if TYPE_CHECKING:
    from reconcile.simulate.metacontroller.settings import HookSettings

__all__ = ["Called", "Etags", "HookError", "Line", "Remembered", "TooManyRequestsError", "called"]

_REDIRECTS: Final = 10
_CREDENTIALS: Final = "Authorization"
_TIMED_OUT: Final = "context deadline exceeded (Client.Timeout exceeded while awaiting headers)"
_HEADERS: Final = {
    "User-Agent": "Go-http-client/1.1",
    "Content-Type": "application/json",
    "Accept-Encoding": "gzip",
}


class HookError(ReconcileError):
    """A call failed; the text is Metacontroller's."""

    def __init__(self, message: str) -> None:
        super().__init__()
        self.message = message

    def __str__(self) -> str:
        return self.message


class TooManyRequestsError(ReconcileError):
    """The hook wants to be called later. Units: `after` in seconds, 0 for at once."""

    def __init__(self, after: int) -> None:
        super().__init__()
        self.after = after

    def __str__(self) -> str:
        return f"the hook answered 429, call again after {self.after} s"


class Remembered(NamedTuple):
    """An answer that is remembered by its ETag."""

    etag: str
    body: bytes
    until: datetime | None


Etags = dict[tuple[str, str, str], Remembered]
"""(kind, namespace, name) of a parent -> the last answer about it, for one hook (rule 2.10)."""


class Called(NamedTuple):
    """A call that was made, as it is told."""

    call: Call
    answer: Answer | None
    """None where there was none."""


class Line(NamedTuple):
    """Where calls go, and where they are told."""

    transport: Transport
    now: datetime
    told: Callable[[Called], None]
    """Gets every request that was sent, redirects included."""


def called(
    line: Line, hook: HookSettings, body: bytes, about: tuple[str, str, str], etags: Etags
) -> bytes:
    """Return the body that a hook answered with.

    Shape: `about` is kind, namespace and name of the parent.
    Raises: HookError, TooManyRequestsError.
    """
    now = line.now
    headers = dict(_HEADERS)
    if hook.authorization:
        headers["Authorization"] = hook.authorization
    known = etags.get(about) if hook.etag else None
    if known is not None and known.until is not None and known.until <= now:
        known = None
        del etags[about]
    if known is not None:
        headers["If-None-Match"] = known.etag
    answer = _asked(line, hook, Call("POST", hook.url, headers, body, hook.timeout))
    if answer.status == 429:
        raise TooManyRequestsError(_retry_after(header(answer.headers, "retry-after"), now))
    if known is not None and answer.status in (304, 412):
        return known.body
    answer = _unpacked(answer)
    if answer.status != 200:
        text = answer.body.decode("utf-8", "replace")
        raise HookError(f"unsupported status code: {answer.status} body: {text}")
    etag = header(answer.headers, "etag")
    if hook.etag and etag:
        until = now + timedelta(seconds=hook.remembers) if hook.remembers else None
        etags[about] = Remembered(etag, answer.body, until)
    return answer.body


def header(headers: Mapping[str, str], name: str) -> str:
    """Return a header by its name in small letters, empty if it is not there."""
    return next((value for key, value in headers.items() if key.lower() == name), "")


def _asked(line: Line, hook: HookSettings, call: Call) -> Answer:
    """Return the answer at the end of all redirects. Raises: HookError."""
    first = call
    for _ in range(_REDIRECTS):
        try:
            answer = line.transport(call)
        except TransportError as error:
            line.told(Called(call, None))
            method = call.method.capitalize()
            message = f'http error: {method} "{call.url}": {error}'
            raise HookError(message) from error
        line.told(Called(call, answer))
        if answer.delay >= hook.timeout:
            message = f'http error: {call.method.capitalize()} "{call.url}": {_TIMED_OUT}'
            raise HookError(message)
        where = header(answer.headers, "location")
        if answer.status not in (301, 302, 303, 307, 308) or not where:
            return answer
        target = urljoin(call.url, where)
        if not _same_domain(first.url, target):
            kept = {name: value for name, value in call.headers.items() if name != _CREDENTIALS}
            call = call._replace(headers=kept)
        if answer.status in (307, 308):
            call = call._replace(url=target)
        else:
            kept = {k: v for k, v in call.headers.items() if k != "Content-Type"}
            call = call._replace(method="GET", url=target, body=b"", headers=kept)
    message = f'http error: Post "{first.url}": stopped after {_REDIRECTS} redirects'
    raise HookError(message)


def _same_domain(first: str, target: str) -> bool:
    """Return whether a redirect stays where credentials may be seen: the host, or one below it."""
    home, host = urlsplit(first).hostname or "", urlsplit(target).hostname or ""
    return host == home or host.endswith(f".{home}")


def _unpacked(answer: Answer) -> Answer:
    """Return an answer as Go's client gives it: gzip is undone. Raises: HookError."""
    if header(answer.headers, "content-encoding").lower() != "gzip":
        return answer
    try:
        return answer._replace(body=gzip.decompress(answer.body))
    except (OSError, EOFError, zlib.error) as error:
        message = "can't read response body: gzip: invalid header"
        raise HookError(message) from error


def _retry_after(text: str, now: datetime) -> int:
    """Return the seconds that a hook asks for: 0 for what cannot be read (rule 2.6)."""
    if text.isascii() and text.lstrip("+-").isdecimal():
        return max(0, int(text))
    try:
        when = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return 0
    if when.tzinfo is None:
        return 0
    return max(0, math.ceil((when - now).total_seconds()))
