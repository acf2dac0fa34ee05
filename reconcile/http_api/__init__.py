"""The simulated API server over HTTP: for kubectl, client libraries, a real Metacontroller.

It is for tests and development: there is no authentication, and nothing outlives the process
unless a snapshot is written.
"""

from __future__ import annotations

from reconcile.http_api.app import HttpApi
from reconcile.http_api.kubeconfig import kubeconfig
from reconcile.http_api.limits import Limits
from reconcile.http_api.loading import LoadError, load, snapshot
from reconcile.http_api.server import Running, running, serve

__all__ = [
    "HttpApi",
    "Limits",
    "LoadError",
    "Running",
    "kubeconfig",
    "load",
    "running",
    "serve",
    "snapshot",
]
