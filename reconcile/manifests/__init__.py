"""What to install for a controller: its definition of the parent, and its controller object.

1. Documents only: nothing is written and nothing is sent. Same code, same documents.
2. Importing this loads nothing but the names that are asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reconcile.manifests.access import ServiceAccount, rbac
    from reconcile.manifests.checking.finding import Finding
    from reconcile.manifests.checking.whole import check, check_together
    from reconcile.manifests.controller import controller_object
    from reconcile.manifests.definition import crd
    from reconcile.manifests.importing import parent_source
    from reconcile.manifests.schema import SchemaError

_MODULES = {
    "checking.finding": ("Finding",),
    "checking.whole": ("check", "check_together"),
    "access": ("ServiceAccount", "rbac"),
    "controller": ("controller_object",),
    "definition": ("crd",),
    "importing": ("parent_source",),
    "schema": ("SchemaError",),
}
_HOMES = {name: module for module, names in _MODULES.items() for name in names}

__all__ = [
    "Finding",
    "SchemaError",
    "ServiceAccount",
    "check",
    "check_together",
    "controller_object",
    "crd",
    "parent_source",
    "rbac",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
