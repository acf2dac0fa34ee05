"""What the API server makes of an object when it stores it: defaults, and one spelling.

1. Rules stand in one file per group: a path, a value, when it is given. They are shown by what a
   real API server, 1.36, made of objects; nothing here is a table of its answers.
2. What depends on the cluster is left out: see `defaulted`.
3. First the normal form and the objects that types always hold, then the rules in their order, then
   whatever else types always write.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from reconcile.errors import Fault, ObjectError
from reconcile.objects.view import Kind
from reconcile.value.frozen import thaw
from reconcile.value.redact import describe

from ._rule import Plan
from .admissionregistration import ADMISSION
from .apiextensions import APIEXTENSIONS, APIREGISTRATION
from .autoscaling import AUTOSCALING_V1, AUTOSCALING_V2
from .core import CORE
from .discovery import DISCOVERY, EVENTS
from .flowcontrol import FLOWCONTROL
from .networking import NETWORKING
from .normal import fill, normal
from .rbac import RBAC
from .resource import RESOURCE
from .storage import SCHEDULING, STORAGE
from .workloads import APPS, BATCH

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconcile.kinds._table import Kinds
    from reconcile.value.types import JsonIn, JsonObject

    from ._rule import Rule

__all__ = ["PLANS", "defaulted", "identified"]

_RULES: Final[dict[str, dict[str, tuple[Rule, ...]]]] = {
    "": CORE,
    "admissionregistration.k8s.io": ADMISSION,
    "apiextensions.k8s.io": APIEXTENSIONS,
    "apiregistration.k8s.io": APIREGISTRATION,
    "apps": APPS,
    "autoscaling/v1": AUTOSCALING_V1,
    "autoscaling/v2": AUTOSCALING_V2,
    "batch": BATCH,
    "discovery.k8s.io": DISCOVERY,
    "events.k8s.io": EVENTS,
    "flowcontrol.apiserver.k8s.io": FLOWCONTROL,
    "networking.k8s.io": NETWORKING,
    "rbac.authorization.k8s.io": RBAC,
    "resource.k8s.io": RESOURCE,
    "scheduling.k8s.io": SCHEDULING,
    "storage.k8s.io": STORAGE,
}
PLANS: Final[dict[str, dict[str, Plan]]] = {
    group: {kind: Plan(rules) for kind, rules in kinds.items()} for group, kinds in _RULES.items()
}
"""Group, or group and version where versions differ -> kind -> its rules."""
_STATUS_IS_KEPT: Final = frozenset({"Node"})


def identified(document: Mapping[str, JsonIn] | Kind) -> JsonObject:
    """Return the document of an object that says its API version and kind.

    Raises: ObjectError unless it does.
    """
    if isinstance(document, Kind):
        document = document.raw
    if not isinstance(document, dict):
        raise ObjectError([Fault("", f"is {describe(document)}, an object is needed")])
    raw = cast("JsonObject", document)
    found = [
        Fault(f"/{name}", f"is {describe(raw.get(name))}, a text is needed")
        for name in ("apiVersion", "kind")
        if not isinstance(raw.get(name), str)
    ]
    if found:
        raise ObjectError(found)
    return raw


def defaulted(
    kinds: Kinds, document: Mapping[str, JsonIn] | Kind, *, keep_status: bool = False
) -> JsonObject:
    """Return an object of a table as it is stored; see `reconcile.kinds.defaulted`.

    Shape: a create drops the status of kinds that have it as a subresource, unless `keep_status`.
    """
    raw = identified(document)
    version, kind = str(raw["apiVersion"]), str(raw["kind"])
    schema = kinds.schema(version, kind)
    made = dict(raw)
    if not keep_status and kind not in _STATUS_IS_KEPT and kinds.has_status(version, kind):
        made.pop("status", None)
    if not kinds.built_in(version, kind):
        from reconcile.kinds import structural  # which is large, and rarely asked for

        return structural.stored(cast("JsonObject", thaw(made)), schema)
    stored = cast("JsonObject", normal(made, schema))
    fill(stored, schema, leaves=False)
    plan = (PLANS.get(version) or PLANS.get(version.rpartition("/")[0]) or {}).get(kind)
    if plan is not None:
        plan.give(stored)
    fill(stored, schema, leaves=True)
    return stored
