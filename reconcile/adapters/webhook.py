"""What a webhook answers: method, path, headers and body in, a reply out.

1. Pure: the caller gives clock and entropy, reads the bytes and writes the log.
2. Error bodies are a fixed code and nothing else, because Metacontroller copies them into Events.
3. Health pages need no credentials and tell nothing.
4. No exception leaves `answer`: a controller that raises is answered with a 500.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Final, Literal, Protocol, TypeAlias

from reconcile.errors import DefinitionError
from reconcile.hook.reply import Failure, Reply
from reconcile.value.limits import MAX_BODY

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from reconcile.adapters.auth import Auth

__all__ = ["HEALTH", "HOOKS", "Hook", "Responder", "Webhook", "refusal"]

Hook: TypeAlias = Literal["sync", "finalize", "customize"]

HOOKS: Final[Mapping[str, Hook]] = {
    "/sync": "sync",
    "/finalize": "finalize",
    "/customize": "customize",
}
HEALTH: Final = ("/healthz", "/readyz")

# Credentials end here: what computes an answer has no use for them.
_PRIVATE: Final = frozenset({"authorization", "proxy-authorization", "cookie"})


class Responder(Protocol):
    """Anything that answers hook requests: a `Controller`, a `Decorator`, or a stand-in."""

    def respond(
        self,
        body: bytes,
        *,
        hook: Hook = "sync",
        headers: Mapping[str, str] | None = None,
        now: datetime | None = None,
        entropy: bytes | None = None,
    ) -> Reply:
        """Return the reply to one request's body."""
        ...


def refusal(status: int, code: str, *, headers: Mapping[str, str] | None = None) -> Reply:
    """Return a reply that refuses a call with a fixed code.

    Shape: the body is `{"error":"<code>"}`.
    """
    merged = {"Content-Type": "application/json", **(headers or {})}
    return Reply(status, merged, b'{"error":"%b"}' % code.encode("ascii"))


class Webhook:
    """A controller behind the paths that Metacontroller calls.

    Guarantees: any method, path, headers and body give a reply; the same arguments, clock and
        entropy give the same reply, token files aside.
    """

    def __init__(
        self,
        controller: Responder,
        *,
        auth: Auth | None = None,
        max_body: int = MAX_BODY,
        prefix: str = "",
        root: Hook | None = None,
    ) -> None:
        """Put `controller` behind `prefix`.

        Shape: `prefix` is "" or "/something"; `root` is the hook that a POST to the prefix itself
            calls, for function platforms where one address is one hook; None: there is none.
        Units: `max_body` in bytes, > 0.
        Raises: `DefinitionError` when an argument cannot be used.
        """
        findings: list[str] = []
        if not callable(getattr(controller, "respond", None)):
            findings.append(f"a {type(controller).__name__} is not a controller: no method respond")
        if max_body <= 0:
            findings.append("max_body must be a number of bytes above 0")
        if prefix and (not prefix.startswith("/") or prefix.endswith("/")):
            findings.append("prefix must begin with '/' and not end with it, such as '/hooks'")
        if findings:
            raise DefinitionError(findings, subject="the webhook")
        self.controller = controller
        self.auth = auth
        self.max_body = max_body
        self.prefix = prefix
        self.hooks: Mapping[str, Hook] = HOOKS if root is None else {**HOOKS, "/": root, "": root}

    def admit(self, method: str, path: str, headers: Mapping[str, str]) -> Reply | None:
        """Return the reply that needs no body: a refusal or a health page; None: read the body.

        Shape: `path` as it came in, without the query; header names in any case.
        """
        reply = self._route(method, path)
        if reply is not None:
            return reply
        lowered = {name.lower(): value for name, value in headers.items()}
        if self.auth is not None and not self.auth.allows(lowered.get("authorization", "")):
            return refusal(401, "unauthorized", headers={"WWW-Authenticate": self.auth.challenge})
        return self._content(lowered)

    def _route(self, method: str, path: str) -> Reply | None:
        """Return the reply that path and method alone decide."""
        inner = path.removeprefix(self.prefix) if path.startswith(self.prefix) else "?"
        if inner in HEALTH:
            if method in ("GET", "HEAD"):
                return Reply(200, {}, b"")
            return refusal(405, "method-not-allowed", headers={"Allow": "GET, HEAD"})
        if inner not in self.hooks:
            return refusal(404, "not-found")
        if method != "POST":
            return refusal(405, "method-not-allowed", headers={"Allow": "POST"})
        return None

    def _content(self, lowered: Mapping[str, str]) -> Reply | None:
        """Return the refusal of a body that is not worth reading."""
        if not _json(lowered.get("content-type", "")):
            return refusal(415, "unsupported-media-type")
        if lowered.get("content-encoding", "").strip().lower() not in ("", "identity"):
            return refusal(415, "unsupported-content-encoding")
        length = lowered.get("content-length")
        if length is None:
            return None
        if not (length.isascii() and length.isdigit()):
            return refusal(400, "bad-content-length")
        # Twenty digits hold any length there is; more are not worth converting.
        return self.too_large() if len(length) > 20 or int(length) > self.max_body else None

    def too_large(self) -> Reply:
        """Return the refusal of a body of more than `max_body` bytes."""
        return refusal(413, "body-too-large")

    def answer(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: bytes,
        *,
        now: datetime,
        entropy: bytes,
    ) -> Reply:
        """Return the reply to one call.

        Shape: as `admit`; `now` has a time zone, `entropy` holds 32 random bytes.
        Guarantees: never raises. Credentials are not handed on to the controller; the names of
            the headers that are handed on are in lower case.
        """
        refused = self.admit(method, path, headers)
        if refused is not None:
            return refused
        return self.respond(path, headers, body, now=now, entropy=entropy)

    def respond(
        self, path: str, headers: Mapping[str, str], body: bytes, *, now: datetime, entropy: bytes
    ) -> Reply:
        """Return the controller's reply to a call that `admit` has let through."""
        if len(body) > self.max_body:
            return self.too_large()
        shown = {
            name.lower(): value for name, value in headers.items() if name.lower() not in _PRIVATE
        }
        hook = self.hooks[path.removeprefix(self.prefix)]
        try:
            return self.controller.respond(body, hook=hook, headers=shown, now=now, entropy=entropy)
        except Exception as error:  # noqa: BLE001  # rule 4 above
            digest = blake2b(body, digest_size=8).hexdigest()
            text = b'{"error":"internal","id":"%b"}' % digest.encode("ascii")
            return Reply(500, {"Content-Type": "application/json"}, text, Failure(digest, error))


def _json(content_type: str) -> bool:
    """Tell whether a Content-Type says JSON in UTF-8."""
    media, *parameters = (part.strip().lower() for part in content_type.split(";"))
    return media == "application/json" and all(
        part in ("", "charset=utf-8", 'charset="utf-8"') for part in parameters
    )
