"""Names that Metacontroller gives to what it writes on objects."""

from __future__ import annotations

from typing import Final

__all__ = ["CONTROLLER_UID", "DECORATOR_CONTROLLER", "FIELD_MANAGER", "LAST_APPLIED"]

LAST_APPLIED: Final = "metacontroller.k8s.io/last-applied-configuration"
"""The annotation in which dynamic apply keeps what it applied last, as JSON text."""
DECORATOR_CONTROLLER: Final = "metacontroller.k8s.io/decorator-controller"
"""The annotation naming the decorator that made an attachment."""
CONTROLLER_UID: Final = "controller-uid"
"""The label that `generateSelector` puts on children: the uid of their parent."""
FIELD_MANAGER: Final = "metacontroller"
"""The field manager of server-side apply, unless Metacontroller is started with another."""
