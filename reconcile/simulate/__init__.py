"""A cluster in memory: the API server and what acts on it, judged by recordings.

1. Importing this loads nothing but the names that are asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reconcile.simulate.api_server import ApiServer, Response, Watch
    from reconcile.simulate.status import ApiError

__all__ = ["ApiError", "ApiServer", "Response", "Watch"]


def __getattr__(name: str) -> object:
    if name == "ApiError":
        from reconcile.simulate.status import ApiError

        return ApiError
    if name in {"ApiServer", "Response", "Watch"}:
        from reconcile.simulate import api_server

        return vars(api_server)[name]
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)
