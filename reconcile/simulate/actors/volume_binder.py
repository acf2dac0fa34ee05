"""The binder of volumes: claims get volumes, volumes are told whose they are and let go.

1. A claim is bound in four writes: volume, its status, claim, its status. What stands after one of
   them is carried on from there.
2. The real controller looks at everything every 15 seconds, and at what changes at once. So a claim
   that waits sees a volume or class that comes later after 15 seconds.

Source: k8s.io/kubernetes pkg/controller/volume/persistentvolume/pv_controller.go and
pv_controller_base.go.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from reconcile.simulate.actors.parts import (
    about,
    annotations_of,
    changed,
    name_of,
    place_of,
    spec_of,
    status_of,
)
from reconcile.simulate.actors.retrying import retrying
from reconcile.simulate.actors.volume_matching import (
    BOUND_BY_CONTROLLER,
    MIGRATED,
    PROVISIONED_BY,
    best_volume,
    claim_of,
    class_of,
    default_class,
    fits,
    has_class,
    is_bound_to,
    waits_for_consumer,
)
from reconcile.simulate.actors.volume_reclaiming import reclaim, set_phase

if TYPE_CHECKING:
    from reconcile.simulate.actors.actor import Api
    from reconcile.simulate.server.store import Event
    from reconcile.value.types import Json, JsonObject

__all__ = ["SELECTED_NODE", "VolumeBinder"]

SELECTED_NODE: Final = "volume.kubernetes.io/selected-node"
_COMPLETED: Final = "pv.kubernetes.io/bind-completed"
_PROVISIONER: Final = "volume.kubernetes.io/storage-provisioner"
_BETA_PROVISIONER: Final = "volume.beta.kubernetes.io/storage-provisioner"
_VOLUME: Final = "/PersistentVolume/"
_CLAIM: Final = "/PersistentVolumeClaim/"
_CLASS: Final = "storage.k8s.io/StorageClass/"
_RESYNC: Final = 15.0
"""Seconds."""


class VolumeBinder:
    """Bind claims and volumes."""

    name = "persistentvolume-binder-controller"

    def concerned(self, event: Event, api: Api) -> Iterator[str]:
        """Yield what changed, and claims that may find now what they wait for."""
        if event.key.startswith(_CLAIM):
            yield event.key
            volume = spec_of(event.after).get("volumeName")
            if event.type == "DELETED" and volume:
                yield f"{_VOLUME}{volume}"
        elif event.key.startswith(_VOLUME):
            if event.type != "DELETED":
                yield event.key
            yield from _waiting_for(event.after, api)
        elif event.key.startswith(_CLASS) and event.type != "DELETED":
            for claim in api.list("v1", "PersistentVolumeClaim"):
                bare = not spec_of(claim).get("volumeName") and not has_class(claim)
                if bare or class_of(claim) == name_of(event.after):
                    yield _key(claim)

    @retrying()
    def sync(self, api: Api, key: str) -> float | None:
        """Carry one claim or volume on."""
        if key.startswith(_VOLUME):
            volume = api.get("v1", "PersistentVolume", "", key.removeprefix(_VOLUME))
            if volume is not None:
                _sync_volume(api, volume)
            return None
        namespace, name = place_of(key)
        claim = api.get("v1", "PersistentVolumeClaim", namespace, name)
        if claim is None:
            return None
        if _COMPLETED in annotations_of(claim):
            return _sync_bound(api, claim)
        return _sync_unbound(api, claim)


def _key(claim: JsonObject) -> str:
    return f"{_CLAIM}{about(claim)['namespace']}/{name_of(claim)}"


def _waiting_for(volume: Mapping[str, Json], api: Api) -> Iterator[str]:
    """Yield the claims to which a change of a volume may matter."""
    owner = claim_of(volume)
    if owner is not None:
        yield f"{_CLAIM}{owner.get('namespace')}/{owner.get('name')}"
    for claim in api.list("v1", "PersistentVolumeClaim"):
        wanted = spec_of(claim).get("volumeName")
        same = owner is None and not wanted and class_of(claim) == class_of(volume)
        if same or wanted == name_of(volume):
            yield _key(claim)


def _lag(api: Api, claim: JsonObject, since: object) -> float:
    """Return the seconds until a claim sees what is there since a time."""
    began = str(about(claim)["creationTimestamp"])
    if not isinstance(since, str) or since <= began:
        return 0.0
    return _RESYNC - (api.now - datetime.fromisoformat(since)).total_seconds()


def _volume_lag(api: Api, claim: JsonObject, volume: JsonObject) -> float:
    """Return the seconds until a claim sees a volume; one that has its uid calls for it at once."""
    owner = claim_of(volume)
    if owner is not None and owner.get("uid") == about(claim)["uid"]:
        return 0.0
    return _lag(api, claim, status_of(volume).get("lastPhaseTransitionTime"))


# -- volumes -------------------------------------------------------------------------------------


def _sync_volume(api: Api, volume: JsonObject) -> None:
    owner = claim_of(volume)
    if owner is None or not owner.get("uid"):
        set_phase(api, volume, "Available")
        return
    claim = api.get(
        "v1", "PersistentVolumeClaim", str(owner.get("namespace")), str(owner.get("name"))
    )
    if claim is not None and about(claim)["uid"] != owner["uid"]:
        claim = None
    if claim is None:
        _release(api, volume)
        return
    wanted = spec_of(claim).get("volumeName")
    if wanted == name_of(volume):
        set_phase(api, volume, "Bound")
    elif wanted:
        policy = spec_of(volume).get("persistentVolumeReclaimPolicy")
        if PROVISIONED_BY in annotations_of(volume) and policy == "Delete":
            _release(api, volume)
        else:
            _unbind(api, volume)


def _release(api: Api, volume: JsonObject) -> None:
    if status_of(volume).get("phase") not in ("Released", "Failed"):
        volume = set_phase(api, volume, "Released")
    reclaim(api, volume)


def _unbind(api: Api, volume: JsonObject) -> None:
    """Let a volume go that a claim did not get; one that somebody meant for it stays meant so."""
    made = changed(volume)
    annotations: dict[str, str] = made["metadata"].get("annotations") or {}
    if BOUND_BY_CONTROLLER in annotations:
        made["spec"].pop("claimRef")
        del annotations[BOUND_BY_CONTROLLER]
        if not annotations:
            made["metadata"].pop("annotations")
    else:
        made["spec"]["claimRef"].pop("uid", None)
    api.update(made)
    after = api.get("v1", "PersistentVolume", "", name_of(volume))
    if after is not None:
        set_phase(api, after, "Available")


# -- claims --------------------------------------------------------------------------------------


def _sync_bound(api: Api, claim: JsonObject) -> float | None:
    wanted = spec_of(claim).get("volumeName")
    volume = api.get("v1", "PersistentVolume", "", str(wanted)) if wanted else None
    if volume is None:
        _set_status(api, claim, "Lost", None)
        return None
    owner = claim_of(volume)
    if owner is None:
        lag = _volume_lag(api, claim, volume)
        if lag > 0:
            return lag
        _bind(api, claim, volume)
    elif owner.get("uid") == about(claim)["uid"]:
        _bind(api, claim, volume)
    elif status_of(claim).get("phase") != "Lost":
        _set_status(api, claim, "Lost", None)
    return None


def _sync_unbound(api: Api, claim: JsonObject) -> float | None:
    wanted = spec_of(claim).get("volumeName")
    if wanted:
        return _sync_named(api, claim, str(wanted))
    delayed = waits_for_consumer(api, claim)
    later: list[float] = []
    seen: list[JsonObject] = []
    for volume in api.list("v1", "PersistentVolume"):
        lag = _volume_lag(api, claim, volume)
        if lag <= 0:
            seen.append(volume)
        elif best_volume([volume], claim, delayed=delayed) is not None:
            later.append(lag)
    best = best_volume(seen, claim, delayed=delayed)
    if best is not None:
        _bind(api, claim, best)
        return None
    if not has_class(claim):
        usual = default_class(api)
        if usual is not None:
            lag = _lag(api, claim, about(usual)["creationTimestamp"])
            if lag <= 0:
                made = changed(claim)
                made["spec"]["storageClassName"] = name_of(usual)
                api.update(made)
                return None
            later.append(lag)
    if class_of(claim) and not (delayed and SELECTED_NODE not in annotations_of(claim)):
        later += _provision(api, claim)
    else:
        _set_status(api, claim, "Pending", None)
    return min(later, default=None)


def _sync_named(api: Api, claim: JsonObject, wanted: str) -> float | None:
    """Carry on a claim that names its volume."""
    volume = api.get("v1", "PersistentVolume", "", wanted)
    if volume is not None and (claim_of(volume) is None or is_bound_to(volume, claim)):
        lag = _volume_lag(api, claim, volume)
        if lag > 0:
            return lag
        if claim_of(volume) is not None or fits(volume, claim):
            _bind(api, claim, volume)
            return None
    elif volume is not None and BOUND_BY_CONTROLLER in annotations_of(claim):
        return None
    _set_status(api, claim, "Pending", None)
    return None


def _provision(api: Api, claim: JsonObject) -> list[float]:
    """Say on a claim who is to make its volume; return the seconds until that can be said."""
    storage_class = api.get("storage.k8s.io/v1", "StorageClass", "", class_of(claim))
    if storage_class is None:
        return []
    given = str(storage_class.get("provisioner"))
    provisioner = MIGRATED.get(given, given)
    if provisioner.startswith("kubernetes.io/"):
        return []
    if annotations_of(claim).get(_PROVISIONER) == provisioner:
        return []
    lag = _lag(api, claim, about(storage_class)["creationTimestamp"])
    if lag > 0:
        return [lag]
    made = changed(claim)
    annotations = made["metadata"].setdefault("annotations", {})
    annotations[_BETA_PROVISIONER] = provisioner
    annotations[_PROVISIONER] = provisioner
    api.update(made)
    return []


def _bind(api: Api, claim: JsonObject, volume: JsonObject) -> None:
    """Make claim and volume say that they belong together, as far as they do not yet."""
    taken = _claimed(volume, claim)
    if taken is not None:
        if api.update(taken).status >= 300:
            return
        volume = api.get("v1", "PersistentVolume", "", name_of(volume)) or volume
    volume = set_phase(api, volume, "Bound")
    made = changed(claim)
    annotations = made["metadata"].setdefault("annotations", {})
    if made["spec"].get("volumeName") != name_of(volume):
        made["spec"]["volumeName"] = name_of(volume)
        annotations.setdefault(BOUND_BY_CONTROLLER, "yes")
    annotations.setdefault(_COMPLETED, "yes")
    if made != claim:
        if api.update(made).status >= 300:
            return
        namespace = str(about(claim)["namespace"])
        claim = api.get("v1", "PersistentVolumeClaim", namespace, name_of(claim)) or claim
    _set_status(api, claim, "Bound", volume)


def _claimed(volume: JsonObject, claim: JsonObject) -> dict[str, Any] | None:
    """Return a volume that says whose it is, None if it does."""
    made = changed(volume)
    owner, known = claim_of(volume), about(claim)
    if not is_bound_to(volume, claim):
        made["metadata"].setdefault("annotations", {}).setdefault(BOUND_BY_CONTROLLER, "yes")
    if owner is None or any(
        owner.get(name) != known[name] for name in ("name", "namespace", "uid")
    ):
        made["spec"]["claimRef"] = {
            "kind": "PersistentVolumeClaim",
            "namespace": known["namespace"],
            "name": known["name"],
            "uid": known["uid"],
            "apiVersion": "v1",
            "resourceVersion": known["resourceVersion"],
        }
    return None if made == volume else made


def _set_status(api: Api, claim: JsonObject, phase: str, volume: JsonObject | None) -> None:
    """Write what a claim is and has, if that is not said yet."""
    made = changed(claim)
    status = made.setdefault("status", {})
    before = status.get("phase")
    if phase == "Lost" == before:
        return
    status["phase"] = phase
    if volume is None:
        for field in ("accessModes", "capacity", "currentVolumeAttributesClassName"):
            status.pop(field, None)
    else:
        spec = changed(spec_of(volume))
        status["accessModes"] = spec.get("accessModes")
        if before != phase:
            status["capacity"] = spec.get("capacity")
        if before == "Pending" and spec.get("volumeAttributesClassName"):
            status["currentVolumeAttributesClassName"] = spec["volumeAttributesClassName"]
    if made != claim:
        api.update(made, "status")
