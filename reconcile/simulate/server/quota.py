"""The admission plug-in ResourceQuota: what a namespace may still use is charged or refused.

1. It comes last: what it lets pass is stored. Quotas are asked by name; the server asks them in no
   order.
2. A quota without a status limits nothing: its controller has not seen it yet.

Source: k8s.io/apiserver pkg/admission/plugin/resourcequota/controller.go.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from reconcile.objects.quantity import Quantity
from reconcile.simulate.server.options import WriteOptions
from reconcile.simulate.server.quota_usage import (
    Amounts,
    counts,
    in_scope,
    matching,
    missing,
    usage,
)
from reconcile.simulate.server.status import forbidden
from reconcile.value.frozen import thaw

if TYPE_CHECKING:
    from reconcile.simulate.server.store import Stored, World
    from reconcile.simulate.server.writing import Target
    from reconcile.value.types import JsonObject

__all__ = ["amounts", "charged"]


class _Charge(NamedTuple):
    """What a request asks of a quota."""

    quota: Stored
    asked: Amounts


def charged(
    target: Target, document: JsonObject, before: JsonObject | None = None, *, dry_run: bool
) -> World:
    """Return the world after all quotas of a namespace were charged for an object.

    Shape: `before` is the object as it was, None for a new one.
    Raises: ApiError if a quota has too little left, or the object does not say what it needs.
    """
    world = target.world
    kind = target.type
    if not target.namespace or not counts(kind) or not _handled(target, document, before):
        return world
    quotas = list(world.objects.values(f"/ResourceQuota/{target.namespace}/"))
    charges: list[_Charge] = []
    for quota in quotas:
        names = matching(kind, _status(quota, "hard"))
        if not names or not in_scope(kind, quota.document, document):
            continue
        if kind.prefix == "/Pod/" and (told := missing(document, names)):
            raise _refused(target, f"failed quota: {_name(quota)}: must specify {told}")
        if any(name not in _status(quota, "used") for name in names):
            why = f"status unknown for quota: {_name(quota)}, resources: {','.join(names)}"
            raise _refused(target, why)
        charges.append(_Charge(quota, _asked(target, document, before, quota)))
    for charge in charges:
        world = _charge(target._replace(world=world), charge, dry_run=dry_run)
    return world


def _handled(target: Target, document: JsonObject, before: JsonObject | None) -> bool:
    """Return whether a request can change what is used."""
    if before is None:
        return not target.subresource
    match target.type.prefix, target.subresource:
        case "/Service/", "":
            return True
        case "/PersistentVolumeClaim/", "" | "status":
            return True
        case "/Pod/", "":
            old, new = (
                cast("Mapping[str, Any]", each.get("spec") or {}).get("activeDeadlineSeconds")
                for each in (before, document)
            )
            return (old is None) is not (new is None)
        case "/Pod/", "resize":
            return True
        case _:
            return False


def _asked(
    target: Target, document: JsonObject, before: JsonObject | None, quota: Stored
) -> Amounts:
    """Return what an object needs more than it did, of what a quota limits."""
    now = target.world.now
    needed = usage(target.type, document, now)
    if before is not None and in_scope(target.type, quota.document, before):
        for name, value in usage(target.type, before, now).items():
            if name in needed:
                needed[name] -= value
    hard = _status(quota, "hard")
    zero = Quantity(0)
    return {name: value for name, value in needed.items() if name in hard and value > zero}


def _charge(target: Target, charge: _Charge, *, dry_run: bool) -> World:
    from reconcile.simulate.server.writing import Target as At
    from reconcile.simulate.server.writing import update

    quota, world = charge.quota, target.world
    if not charge.asked:
        return world
    hard, used = amounts(_status(quota, "hard")), amounts(_status(quota, "used"))
    after = {name: used[name] + value for name, value in charge.asked.items()}
    over = sorted(name for name, value in after.items() if value > hard[name])
    if over and target.subresource != "status":
        told = ", ".join(
            f"{what}: {_listed(held, over)}"
            for what, held in (("requested", charge.asked), ("used", used), ("limited", hard))
        )
        raise _refused(target, f"exceeded quota: {_name(quota)}, {told}")
    kind = target.catalogue.find("", "v1", "resourcequotas")
    if dry_run or kind is None:
        return world

    def make(held: JsonObject) -> tuple[JsonObject, list[str]]:
        made = cast("JsonObject", thaw(held))
        status = cast("JsonObject", made["status"])
        told = {name: value.canonical for name, value in after.items()}
        status["used"] = {**cast("JsonObject", status["used"]), **told}
        return made, []

    its = At(world, target.catalogue, kind, target.namespace, _name(quota), "status")
    # The server asks itself for this, by its own name.
    return update(its, make, WriteOptions(dry_run, "kube-apiserver", "Ignore")).world


def _status(quota: Stored, name: str) -> Mapping[str, Any]:
    status = cast("Mapping[str, Any]", quota.document.get("status") or {})
    found: Mapping[str, Any] = status.get(name) or {}
    return found


def _name(quota: Stored) -> str:
    return str(quota.metadata["name"])


def amounts(held: Mapping[str, Any]) -> Amounts:
    """Return the amounts that a quota holds, by their names."""
    return {name: Quantity(value) for name, value in held.items()}


def _listed(held: Amounts, names: Iterable[str]) -> str:
    return ",".join(f"{name}={held[name].canonical}" for name in names)


def _refused(target: Target, why: str) -> Exception:
    served = target.type.served
    return forbidden(served.plural, served.group, target.name or "Unknown", why)
