"""A controller as a FastAPI router: outside the schema, and past the response models."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconcile.adapters.starlette import METHODS, endpoints

if TYPE_CHECKING:
    from typing import Unpack

    from fastapi import APIRouter

    from reconcile.adapters.service import Options
    from reconcile.adapters.webhook import Responder

__all__ = ["router"]


def router(controller: Responder, **options: Unpack[Options]) -> APIRouter:
    """Return a FastAPI router that answers for `controller`; `include_router` may prefix it.

    Raises: `DefinitionError` when an option cannot be used.
    """
    from fastapi import APIRouter

    made = APIRouter()
    for path, endpoint in endpoints(controller, **options):
        # A plain Starlette route: FastAPI neither parses the body nor validates the answer.
        made.add_route(path, endpoint, methods=list(METHODS), include_in_schema=False)
    return made
