"""rbac.authorization.k8s.io. Shown by the recordings of its four kinds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from reconcile.value.types import ABSENT

from ._rule import Default, Rule

if TYPE_CHECKING:
    from reconcile.value.types import Absent, Json, JsonObject

__all__ = ["RBAC"]

_GROUP: Final = "rbac.authorization.k8s.io"


def _subject(holder: JsonObject, _root: JsonObject) -> Json | Absent:
    """Users and groups are of this API group, service accounts of the core group."""
    return _GROUP if holder.get("kind") in {"User", "Group"} else ABSENT


_BINDING: Final = (
    Default("/roleRef/apiGroup", _GROUP),
    Default("/subjects/*/apiGroup", _subject),
)
RBAC: Final[dict[str, tuple[Rule, ...]]] = {
    "ClusterRole": (Default("/rules", None),),
    "ClusterRoleBinding": _BINDING,
    "Role": (Default("/rules", None),),
    "RoleBinding": _BINDING,
}
