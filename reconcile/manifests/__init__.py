"""What to install for a controller: its definition of the parent, and its controller object.

1. Documents only: nothing is written and nothing is sent. Same code, same documents.
2. Importing this loads nothing but the names that are asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reconcile.manifests.controller import controller_object
    from reconcile.manifests.definition import crd
    from reconcile.manifests.schema import SchemaError

__all__ = ["SchemaError", "controller_object", "crd"]


def __getattr__(name: str) -> object:
    if name == "controller_object":
        from reconcile.manifests.controller import controller_object

        return controller_object
    if name == "crd":
        from reconcile.manifests.definition import crd

        return crd
    if name == "SchemaError":
        from reconcile.manifests.schema import SchemaError

        return SchemaError
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)
