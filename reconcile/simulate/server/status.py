"""What the API server answers when it refuses: `Status` objects, with its own words.

1. One constructor for each way to refuse; the pipeline raises, one place answers.
2. The texts are the server's, so they hold what the server puts into them, values included. They
   are answers to a request, not messages of this library.

Source: k8s.io/apimachinery pkg/api/errors; recorded answers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from reconcile.errors import ReconcileError

if TYPE_CHECKING:
    from reconcile.kinds.field_error import FieldError
    from reconcile.value.types import Json, JsonObject

__all__ = [
    "ApiError",
    "already_exists",
    "bad_request",
    "conflict",
    "expired",
    "forbidden",
    "internal",
    "invalid",
    "method_not_allowed",
    "not_found",
    "not_served",
    "qualified",
    "too_large_version",
    "unserved_text",
]

_NOT_SERVED: Final = "the server could not find the requested resource"
_NOT_ALLOWED: Final = "the server does not allow this method on the requested resource"


class ApiError(ReconcileError):
    """The simulated server refuses a request.

    `code` is the HTTP status, `reason` Kubernetes' word for it (empty for errors that the server
    does not classify), `details` as in `Status`. `retry_after`: seconds, None unless it says so.
    """

    def __init__(
        self,
        code: int,
        reason: str,
        message: str,
        *,
        details: JsonObject | None = None,
        retry_after: int | None = None,
        text: str | None = None,
    ) -> None:
        super().__init__()
        self.code = code
        self.reason = reason
        self.message = message
        self.details = details
        self.retry_after = retry_after
        self.text = text
        """The body where it is text, None where it is a `Status`."""
        self.warnings: tuple[str, ...] = ()
        """What the answer warns of as well."""

    def __str__(self) -> str:
        return self.message

    def status(self) -> JsonObject:
        """Return the `Status` object."""
        made: JsonObject = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": self.message,
        }
        if self.reason:
            made["reason"] = self.reason
        if self.details is not None:
            made["details"] = self.details
        made["code"] = self.code
        return made


def qualified(name: str, group: str) -> str:
    """Return a kind or a resource as messages name it: `deployments.apps`, `configmaps`."""
    return f"{name}.{group}" if group else name


def _about(name: str, group: str, kind: str) -> JsonObject:
    details: JsonObject = {}
    if name:
        details["name"] = name
    if group:
        details["group"] = group
    if kind:
        details["kind"] = kind
    return details


def not_found(plural: str, group: str, name: str) -> ApiError:
    """There is no such object."""
    message = f'{qualified(plural, group)} "{name}" not found'
    return ApiError(404, "NotFound", message, details=_about(name, group, plural))


def already_exists(plural: str, group: str, name: str, *, deleting: bool = False) -> ApiError:
    """An object of that name is there, or still is."""
    message = f'{qualified(plural, group)} "{name}" already exists'
    if deleting:
        message = f"object is being deleted: {message}"
    return ApiError(409, "AlreadyExists", message, details=_about(name, group, plural))


def conflict(plural: str, group: str, name: str, why: str) -> ApiError:
    """The object is not as the request assumes."""
    message = f'Operation cannot be fulfilled on {qualified(plural, group)} "{name}": {why}'
    return ApiError(409, "Conflict", message, details=_about(name, group, plural))


def forbidden(
    plural: str, group: str, name: str, why: str, *, causes: Sequence[JsonObject] = ()
) -> ApiError:
    """Admission says no."""
    message = f'{qualified(plural, group)} "{name}" is forbidden: {why}'
    details = _about(name, group, plural)
    if causes:
        details["causes"] = list(causes)
    return ApiError(403, "Forbidden", message, details=details)


def invalid(kind: str, group: str, name: str, errors: Iterable[FieldError]) -> ApiError:
    """Fields are refused; all of them are told."""
    found = list(errors)
    causes: list[Json] = [
        {"reason": each.reason, "message": each.message, "field": each.path} for each in found
    ]
    told = list(dict.fromkeys(str(each) for each in found))
    what = told[0] if len(told) == 1 else f"[{', '.join(told)}]"
    message = f'{qualified(kind, group)} "{name}" is invalid: {what}'
    details = _about(name, group, kind)
    details["causes"] = causes
    return ApiError(422, "Invalid", message, details=details)


def bad_request(message: str) -> ApiError:
    """The request makes no sense."""
    return ApiError(400, "BadRequest", message)


def internal(message: str) -> ApiError:
    """The server does not classify what went wrong."""
    return ApiError(500, "", message)


def method_not_allowed() -> ApiError:
    """The path is there, the method is not."""
    return ApiError(405, "MethodNotAllowed", _NOT_ALLOWED, details={})


def not_served() -> ApiError:
    """The group is one of the server's own, the resource is not there."""
    return ApiError(404, "NotFound", _NOT_SERVED, details={})


def unserved_text() -> ApiError:
    """Nobody knows the path: an answer as text."""
    message = "404 page not found\n"
    return ApiError(404, "NotFound", message, text=message)


def expired(message: str) -> ApiError:
    """A version is older than what the server remembers."""
    return ApiError(410, "Expired", message)


def too_large_version(asked: int, current: int) -> ApiError:
    """A version that nobody has made yet."""
    message = f"Timeout: Too large resource version: {asked}, current: {current}"
    cause: JsonObject = {
        "reason": "ResourceVersionTooLarge",
        "message": "Too large resource version",
    }
    details: JsonObject = {"causes": [cause], "retryAfterSeconds": 1}
    return ApiError(504, "Timeout", message, details=details, retry_after=1)
