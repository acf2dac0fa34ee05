"""The controller of ResourceQuotas: what is used is counted when a quota changes or something goes.

1. What comes is charged by the server itself, so nothing new wakes this controller.

Source: k8s.io/kubernetes pkg/controller/resourcequota, pkg/quota/v1/install/update_filter.go.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from reconcile.objects.quantity import Quantity
from reconcile.simulate.actors.actor import Later
from reconcile.simulate.actors.parts import (
    changed,
    is_deleting,
    listed,
    name_of,
    namespace_of,
    place_of,
    spec_of,
    status_of,
)
from reconcile.simulate.actors.retrying import retrying
from reconcile.simulate.actors.scales import kind_in
from reconcile.simulate.server.quota import amounts
from reconcile.simulate.server.quota_usage import (
    counts,
    in_scope,
    is_counted,
    matching,
    resources,
    usage,
)

if TYPE_CHECKING:
    from reconcile.simulate.actors.actor import Api
    from reconcile.simulate.server.resource_type import ResourceType
    from reconcile.simulate.server.store import Event
    from reconcile.value.types import JsonObject

__all__ = ["ResourceQuotaController"]

_PREFIX: Final = "/ResourceQuota/"
_RESYNC: Final = 300.0
"""Seconds."""


class ResourceQuotaController:
    """Keep what quotas say is used."""

    name = "resourcequota-controller"

    def concerned(self, event: Event, api: Api) -> Iterator[str | Later]:
        """Yield quotas that limit something else than before, and those of what went or will go."""
        if event.key.startswith(_PREFIX) and event.type != "DELETED":
            before = None if event.before is None else spec_of(event.before).get("hard")
            if event.before is None or before != spec_of(event.after).get("hard"):
                yield event.key
        if event.type == "DELETED" or _frees(event, api):
            yield from _quotas_of(event, api)
        elif event.key.startswith("/Pod/") and is_deleting(event.after):
            yield from (Later(key, _RESYNC) for key in _quotas_of(event, api))

    @retrying()
    def sync(self, api: Api, key: str) -> float | None:
        """Count what one quota limits."""
        namespace, name = place_of(key)
        quota = api.get("v1", "ResourceQuota", namespace, name)
        if quota is None:
            return None
        hard: Mapping[str, str] = spec_of(quota).get("hard") or {}
        status = status_of(quota)
        held: Mapping[str, str] = status.get("used") or {}
        used = {name: value for name, value in held.items() if name in hard}
        used |= _counted(api, quota, hard)
        same = amounts(used) == amounts(held) and "used" in status
        if not same or amounts(status.get("hard") or {}) != amounts(hard):
            made = changed(quota)
            made["status"] = {"hard": dict(hard), "used": used}
            api.update(made, "status")
        going = any(
            is_deleting(pod) and is_counted(pod, api.now)
            for pod in api.list("v1", "Pod", namespace)
        )
        return _RESYNC if going else None


def _kinds(api: Api, names: Iterable[str]) -> Iterator[ResourceType]:
    """Yield one version of each kind that names of a quota speak of."""
    for group, plural in resources(names):
        known = api.server.catalogue.resources.group(group)
        for version in known.versions if known is not None else ():
            kind = api.server.catalogue.find(group, version, plural)
            if kind is not None and counts(kind):
                yield kind
                break


def _counted(api: Api, quota: JsonObject, hard: Mapping[str, str]) -> dict[str, str]:
    """Return what is used of the things that a quota limits and that can be counted."""
    total: dict[str, Quantity] = {}
    for kind in _kinds(api, hard):
        names = matching(kind, hard)
        for name in names:
            total.setdefault(name, Quantity(0))
        if not names:
            continue
        prefix = f"{kind.prefix}{namespace_of(quota)}/"
        for stored in api.world.objects.values(prefix):
            document = kind.shown(stored)
            if in_scope(kind, quota, document):
                for name, value in usage(kind, document, api.now).items():
                    if name in names:
                        total[name] += value
    return {name: value.canonical for name, value in total.items()}


def _quotas_of(event: Event, api: Api) -> Iterator[str]:
    """Yield the quotas that limit things like the one that changed."""
    namespace = namespace_of(event.after)
    kind = kind_in(api, str(event.after["apiVersion"]), str(event.after["kind"]))
    if not namespace or kind is None:
        return
    for quota in api.list("v1", "ResourceQuota", namespace):
        hard: Mapping[str, Any] = status_of(quota).get("hard") or {}
        if matching(kind, hard):
            yield f"{_PREFIX}{namespace}/{name_of(quota)}"


def _frees(event: Event, api: Api) -> bool:
    """Return whether a changed object may use less than before."""
    before, after = event.before, event.after
    if before is None:
        return False
    if event.key.startswith("/PersistentVolumeClaim/"):
        return True
    if event.key.startswith("/Service/"):
        return _outside(before) != _outside(after)
    if not event.key.startswith("/Pod/"):
        return False
    deadlines = [spec_of(each).get("activeDeadlineSeconds") is None for each in (before, after)]
    if deadlines[0] != deadlines[1] or _resources(before) != _resources(after):
        return True
    return is_counted(before, api.now) and not is_counted(after, api.now)


def _outside(service: Mapping[str, Any]) -> str:
    told = str(spec_of(service).get("type"))
    return told if told in ("NodePort", "LoadBalancer") else ""


def _resources(pod: Mapping[str, Any]) -> list[object]:
    return [each.get("resources") for each in listed(status_of(pod), "containerStatuses")]
