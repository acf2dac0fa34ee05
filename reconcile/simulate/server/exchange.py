"""A request as the server reads it, and an answer as it gives it.

Source: k8s.io/apiserver pkg/endpoints/handlers/responsewriters; recorded headers.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, NamedTuple

from reconcile.simulate.go.json import encoded, quoted
from reconcile.simulate.server.negotiation import JSON
from reconcile.simulate.server.routes import Query, query_of
from reconcile.simulate.server.status import ApiError

if TYPE_CHECKING:
    from reconcile.value.types import Absent, Json, JsonIn

__all__ = ["Request", "Response", "read_request", "refusal", "warned"]

_TEXT: Final = "text/plain; charset=utf-8"


class Response:
    """An answer.

    Shape: `body` is the parsed document, read-only where it comes from the store, or text where the
        content type says so; `raw` the bytes, which are made when somebody asks.
    """

    __slots__ = ("_raw", "body", "headers", "status")

    def __init__(
        self, status: int, headers: Mapping[str, str], body: Json, raw: bytes | None = None
    ) -> None:
        self.status = status
        self.headers = headers
        self.body = body
        self._raw = raw

    @property
    def raw(self) -> bytes:
        """The bytes of the body."""
        if self._raw is None:
            if isinstance(self.body, str):
                self._raw = self.body.encode()
            else:
                self._raw = encoded(self.body, escape_html=True) + b"\n"
        return self._raw

    def __repr__(self) -> str:
        return f"<Response {self.status}>"


class Request(NamedTuple):
    """What is asked, by whom."""

    method: str
    path: str
    query: Query
    body: bytes | JsonIn | Absent
    media: str
    user: str
    headers: Mapping[str, str]

    @property
    def manager(self) -> str:
        """Who owns what is written, unless the query says: the program that asks, or the user."""
        return self.header("user-agent") or self.user

    def header(self, name: str) -> str:
        """Return a header by its name in small letters, empty if it is not there."""
        for key, value in self.headers.items():
            if key.lower() == name:
                return value
        return ""


def warned(warnings: tuple[str, ...]) -> str:
    """Return the header `Warning`."""
    return ", ".join(f"299 - {quoted(each)}" for each in dict.fromkeys(warnings))


def read_request(
    method: str,
    path: str,
    *,
    body: bytes | JsonIn | Absent,
    content_type: str | None,
    user: str,
    headers: Mapping[str, str] | None,
) -> tuple[Request, ApiError | None]:
    """Return a request, and why it cannot be one."""
    if not path.isascii():  # half a character is none, as in any text of Go
        path = path.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    where, _, text = path.partition("?")
    error: ApiError | None = None
    query = Query({})
    try:
        query = query_of(text)
    except ApiError as refused:
        error = refused
    media = (content_type or "").partition(";")[0].strip().lower()
    return Request(method.upper(), where, query, body, media, user, headers or {}), error


def refusal(error: ApiError) -> Response:
    """Return the answer that tells of a refusal."""
    headers: dict[str, str] = {"Content-Type": JSON}
    if error.retry_after is not None:
        headers["Retry-After"] = str(error.retry_after)
    if error.warnings:
        headers["Warning"] = warned(error.warnings)
    if error.text is not None:
        headers["Content-Type"] = _TEXT
        return Response(error.code, headers, error.text)
    return Response(error.code, headers, error.status())
