"""A cluster in memory: the API server and what acts on it, judged by recordings.

1. Importing this loads nothing but the names that are asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from reconcile.simulate.api_server import ApiServer, Response, Watch
    from reconcile.simulate.cluster import Cluster
    from reconcile.simulate.hooks import Hooked, functions
    from reconcile.simulate.server.status import ApiError
    from reconcile.simulate.starting import WorldError
    from reconcile.simulate.unsettled.error import NotSettledError

__all__ = [
    "ApiError",
    "ApiServer",
    "Cluster",
    "Hooked",
    "NotSettledError",
    "Response",
    "Watch",
    "WorldError",
    "functions",
]

_HOMES: Final = {
    "ApiError": "server.status",
    "ApiServer": "api_server",
    "Cluster": "cluster",
    "Hooked": "hooks",
    "NotSettledError": "unsettled.error",
    "Response": "api_server",
    "Watch": "api_server",
    "WorldError": "starting",
    "functions": "hooks",
}


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    return vars(import_module(f"{__name__}.{home}"))[name]
