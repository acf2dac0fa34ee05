"""How much a client may ask of the server, in bytes and in seconds."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Limits"]


@dataclass(frozen=True, slots=True)
class Limits:
    """What is more than this is refused or cut off; the defaults are the real server's, or near.

    Source: Go's net/http DefaultMaxHeaderBytes; k8s.io/apiserver pkg/server, whose
        ReadHeaderTimeout is 32 s, IdleTimeout 90 s, --request-timeout 60 s.
    """

    head_bytes: int = 1024 * 1024
    """Of request line and headers together."""
    body_bytes: int = 3 * 1024 * 1024
    """Of a body that the simulated server sees; it refuses one that is longer."""
    head_seconds: float = 32.0
    """Until a head that has begun is whole, and until a new connection says anything."""
    body_seconds: float = 60.0
    """Until a body is whole."""
    stall_seconds: float = 30.0
    """While an answer does not get on because the client does not read."""
    idle_seconds: int = 90
    """While a connection is kept without a request."""
    connections: int = 10_000
    """At once; more are answered with 503."""
