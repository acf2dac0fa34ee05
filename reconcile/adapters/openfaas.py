"""A controller as an OpenFaaS function of the python3-http template: `handle(event, context)`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypedDict

from reconcile.adapters.service import Options, Service

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Unpack

    from reconcile.adapters.webhook import Responder

__all__ = ["Answer", "Event", "handler"]


class Event(Protocol):
    """What the template hands in."""

    @property
    def body(self) -> bytes | str:
        """The body's bytes; older templates decode them."""
        ...

    @property
    def headers(self) -> Mapping[str, str]:
        """The request's headers."""
        ...

    @property
    def method(self) -> str:
        """The request's method."""
        ...

    @property
    def path(self) -> str:
        """The path behind the function's own."""
        ...


class Answer(TypedDict):
    """What the template takes back."""

    statusCode: int
    body: str
    headers: dict[str, str]


def handler(controller: Responder, **options: Unpack[Options]) -> Callable[[Event, object], Answer]:
    """Return an OpenFaaS function that answers for `controller`.

    Raises: `DefinitionError` when an option cannot be used.
    """
    service = Service(controller, **options)

    def handle(event: Event, _context: object) -> Answer:
        body = event.body.encode() if isinstance(event.body, str) else event.body
        reply = service.handle(event.method, event.path, dict(event.headers), body)
        # A text: the template writes a dict as JSON of its own and a list as Python's repr.
        return {
            "statusCode": reply.status,
            "body": reply.body.decode(),
            "headers": dict(reply.headers),
        }

    return handle
