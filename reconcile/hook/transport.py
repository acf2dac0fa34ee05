"""How a hook is called by HTTP, as values: what is sent, what comes back, what went wrong.

1. A transport is a function: one call in, one answer out. It opens nothing that the caller sees.
2. Redirects, ETags and decoding are the caller's business, as they are in Metacontroller.
3. A call without an answer is a `TransportError`; an answer of any status is an `Answer`.

Source: Metacontroller v4.17.2 pkg/hooks; the words of errors are those of Go's net and net/http.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple, TypeAlias

from reconcile.errors import ReconcileError

__all__ = ["Answer", "Call", "Transport", "TransportError"]


class Call(NamedTuple):
    """One HTTP request to a hook."""

    method: str
    """`POST`, or `GET` after a redirect that loses the body."""
    url: str
    """The whole address, such as `http://hooks.demo:80/sync`."""
    headers: Mapping[str, str]
    """As sent; names as they are usually spelt. `Host` and `Content-Length` are the transport's."""
    body: bytes
    timeout: float
    """Seconds, > 0, in which the whole answer must have come."""


class Answer(NamedTuple):
    """What a hook answered, of whatever status."""

    status: int
    headers: Mapping[str, str]
    """Names as the hook spelt them; those who look one up ignore case."""
    body: bytes
    delay: float = 0.0
    """Virtual seconds that the answer took, for a hook whose slowness is simulated."""


class TransportError(ReconcileError):
    """A call got no whole answer. `text` is Go's, without its beginning, which names verb and URL.

    `status` is set when the head of the answer came and only its body did not: for Metacontroller
    this is another error ("can't read response body"), and 429 counts without its body.
    """

    def __init__(self, text: str, *, status: int | None = None) -> None:
        super().__init__()
        self.text = text
        self.status = status

    def __str__(self) -> str:
        return self.text


Transport: TypeAlias = Callable[[Call], Answer]
"""Put one call to a hook. Raises: TransportError."""
