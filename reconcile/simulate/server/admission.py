"""What admission and the strategies of kinds add to an object that is written, or refuse.

1. Admission comes before, and nobody owns what it adds; what strategies add comes after.
2. What depends on other objects or on what is allocated is here, and nowhere else.
3. Plug-ins that only a cluster's owner switches on are not here: see docs/simulator-gaps.md.

Source: k8s.io/kubernetes plugin/pkg/admission, pkg/registry/*/strategy.go; recorded conversations.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from reconcile.diff import equal
from reconcile.objects.quantity import Quantity
from reconcile.simulate.server import limit_ranger, pod_security, pods, services
from reconcile.simulate.server.clock import stamp
from reconcile.simulate.server.resource_type import PROTECTED
from reconcile.simulate.server.status import forbidden, not_found
from reconcile.value.frozen import thaw

if TYPE_CHECKING:
    from reconcile.simulate.server.resource_type import ResourceType
    from reconcile.simulate.server.store import Stored, World
    from reconcile.simulate.server.writing import Target
    from reconcile.value.types import Json, JsonObject

__all__ = [
    "admit_create",
    "admit_delete",
    "admit_update",
    "check_create",
    "check_update",
    "claimed",
    "looks_around",
    "prepare_create",
    "prepare_update",
    "released",
]

NAME_LABEL: Final = "kubernetes.io/metadata.name"
_IMMORTAL: Final = ("default", "kube-system", "kube-public")
_DEFAULT_INGRESS: Final = "ingressclass.kubernetes.io/is-default-class"
_BETA: Final = "volume.beta.kubernetes.io/storage-class"
_DEFAULT_CLASS: Final = "storageclass.kubernetes.io/is-default-class"


def _metadata(document: JsonObject) -> JsonObject:
    return cast("JsonObject", document.setdefault("metadata", {}))


def _spec(document: JsonObject) -> JsonObject:
    found = document.get("spec")
    return found if isinstance(found, dict) else {}


def admit_create(target: Target, document: JsonObject) -> tuple[World, list[str]]:
    """Return the world and what to warn of; the object may be changed. Raises: ApiError."""
    served = target.type.served
    world = target.world
    if served.namespaced:
        _in_namespace(target)
    if served.custom:
        _definition_stays(target)
        return world, []
    warnings: list[str] = []
    match served.kind:
        case "Pod":
            pods.admit(target, document)
        case "PersistentVolumeClaim" | "PersistentVolume" | "VolumeAttributesClass":
            if served.kind == "PersistentVolumeClaim":
                _default_class(target, document)
            finalizers = _metadata(document).setdefault("finalizers", [])
            name = PROTECTED[served.kind]
            if isinstance(finalizers, list) and name not in finalizers:
                finalizers.append(name)
        case "Node":
            _tainted(document)
        case "Ingress":
            _default_ingress_class(target, document)
        case _:
            pass
    return world, warnings


def _in_namespace(target: Target) -> None:
    """Refuse an object in a namespace that is not there, or that is being deleted."""
    held = target.world.objects.get(f"/Namespace/{target.namespace}")
    if held is None:
        raise not_found("namespaces", "", target.namespace)
    if held.metadata.get("deletionTimestamp"):
        served = target.type.served
        cause: JsonObject = {
            "reason": "NamespaceTerminating",
            "message": f"namespace {target.namespace} is being terminated",
            "field": "metadata.namespace",
        }
        why = (
            f"unable to create new content in namespace {target.namespace} "
            "because it is being terminated"
        )
        raise forbidden(served.plural, served.group, target.name, why, causes=[cause])


def _definition_stays(target: Target) -> None:
    """Refuse an object of a definition that is being deleted."""
    crd = target.type.crd
    if crd is not None and crd["metadata"].get("deletionTimestamp"):
        served = target.type.served
        why = "create not allowed while custom resource definition is terminating"
        raise forbidden(served.plural, served.group, target.name, why)


def _default_class(target: Target, document: JsonObject) -> None:
    """A claim that names no class gets the default one, the newest if there are several."""
    spec, annotations = _spec(document), _metadata(document).get("annotations")
    if "storageClassName" in spec or (isinstance(annotations, dict) and annotations.get(_BETA)):
        return
    found = [
        held
        for held in target.world.objects.values("storage.k8s.io/StorageClass/")
        if _annotation(held, _DEFAULT_CLASS) == "true"
    ]
    if found:
        newest = max(found, key=lambda held: (held.metadata["creationTimestamp"], held.version))
        spec["storageClassName"] = newest.metadata["name"]


def _default_ingress_class(target: Target, document: JsonObject) -> None:
    """An ingress that names no class gets the default one, the newest if there are several."""
    spec, annotations = _spec(document), _metadata(document).get("annotations")
    named = isinstance(annotations, dict) and "kubernetes.io/ingress.class" in annotations
    if "ingressClassName" in spec or named:
        return
    found = [
        held
        for held in target.world.objects.values("networking.k8s.io/IngressClass/")
        if _annotation(held, _DEFAULT_INGRESS) == "true"
    ]
    if found:
        newest = max(found, key=lambda held: (held.metadata["creationTimestamp"], held.version))
        spec["ingressClassName"] = newest.metadata["name"]


def _annotation(held: Stored, name: str) -> Json:
    annotations = cast("JsonObject", held.metadata).get("annotations")
    return annotations.get(name) if isinstance(annotations, dict) else None


def _tainted(document: JsonObject) -> None:
    """A new node is not ready."""
    spec = cast("JsonObject", document.setdefault("spec", {}))
    taints = cast("list[JsonObject]", spec.setdefault("taints", []))
    taint: JsonObject = {"key": "node.kubernetes.io/not-ready", "effect": "NoSchedule"}
    if not any(all(t.get(k) == v for k, v in taint.items()) for t in taints):
        taints.append(taint)


def admit_update(target: Target, before: JsonObject, after: JsonObject) -> list[str]:
    """Return what to warn of; the object may be changed. Raises: ApiError."""
    if target.type.served.custom:
        return []
    if target.type.served.kind == "Pod" and not target.subresource:
        pods.readmit(before, after)
    return []


def check_create(target: Target, document: JsonObject) -> None:
    """Refuse a new object that is valid, but not admitted. Raises: ApiError."""
    if target.type.served.custom:
        return
    match target.type.served.kind:
        case "Pod":
            pods.check(target, document)
            pod_security.check(target, document)
        case "PersistentVolumeClaim":
            limit_ranger.hold_claim(target, document)
        case "PriorityClass":
            _one_default(target, document)
        case _:
            pass


def check_update(target: Target, before: JsonObject, after: JsonObject) -> None:
    """Refuse a change that is valid, but not admitted. Raises: ApiError."""
    if target.type.served.custom:
        return
    held = not cast("JsonObject", before.get("metadata") or {}).get("deletionTimestamp")
    match target.type.served.kind, target.subresource:
        case "Pod", "resize" if held:
            limit_ranger.hold_pod(target, after)
        case "Pod", "" | "ephemeralcontainers":
            pod_security.check_change(target, before, after)
        case "PersistentVolumeClaim", "":
            if held:
                limit_ranger.hold_claim(target, after)
            _may_grow(target, before, after)
        case "PriorityClass", "":
            _one_default(target, after)
        case _:
            pass


def _one_default(target: Target, document: JsonObject) -> None:
    """Refuse a second class of priority that is the default."""
    held = pods.default_priority(target.world) if document.get("globalDefault") is True else None
    if held is not None and held.metadata["name"] != _metadata(document).get("name"):
        name = held.metadata["name"]
        why = f"PriorityClass {name} is already marked as default. Only one default can exist"
        raise forbidden("priorityclasses", "scheduling.k8s.io", target.name, why)


def _may_grow(target: Target, before: JsonObject, after: JsonObject) -> None:
    """Refuse a claim that asks for more, unless it is bound and its class lets it grow.

    Source: plugin/pkg/admission/storage/persistentvolume/resize/admission.go.
    """
    old, new = (_storage(each) for each in (before, after))
    if old is None or new is None or new <= old:
        return
    status = before.get("status")
    if not isinstance(status, dict) or status.get("phase") != "Bound":
        why = "Only bound persistent volume claims can be expanded"
        raise forbidden("persistentvolumeclaims", "", target.name, why)
    names = [_spec(each).get("storageClassName") or "" for each in (before, after)]
    held = target.world.objects.get(f"storage.k8s.io/StorageClass/{names[1]}")
    if (
        names[0] != names[1]
        or held is None
        or held.document.get("allowVolumeExpansion") is not True
    ):
        why = (
            "only dynamically provisioned pvc can be resized and the storageclass that provisions "
            "the pvc must support resize"
        )
        raise forbidden("persistentvolumeclaims", "", target.name, why)


def _storage(claim: JsonObject) -> Quantity | None:
    resources = _spec(claim).get("resources")
    requests = resources.get("requests") if isinstance(resources, dict) else None
    found = requests.get("storage") if isinstance(requests, dict) else None
    return Quantity(found) if isinstance(found, str) else None


def looks_around(kind: ResourceType) -> bool:
    """Return whether what a change becomes follows from more than the object before and after."""
    return not kind.served.custom and kind.served.kind in _LOOK_AROUND


_LOOK_AROUND: Final = frozenset({"PersistentVolumeClaim", "Pod", "PriorityClass", "Service"})


def admit_delete(target: Target) -> None:
    """Refuse to delete the namespaces that a cluster needs. Raises: ApiError."""
    if target.type.prefix == "/Namespace/" and target.name in _IMMORTAL:
        raise forbidden("namespaces", "", target.name, "this namespace may not be deleted")


def prepare_create(target: Target, document: JsonObject) -> tuple[World, JsonObject]:
    """Return the world and the object with what the strategy of its kind adds. Raises: ApiError."""
    world = target.world
    if target.type.served.custom:
        return world, document
    match target.type.served.kind:
        case "Pod":
            pods.prepare(document, stamp(world.now))
        case "Namespace":
            document["spec"] = _finalized(_spec(document))
            document["status"] = {"phase": "Active"}
            _name_label(document)
        case "Service":
            services.prepare(document)
            world = services.allocate(world, target.key, document, target.name)
        case "Job":
            _own_pods(document)
        case "PersistentVolumeClaim":
            document["status"] = {"phase": "Pending"}
        case "PersistentVolume":
            document["status"] = {
                "phase": "Pending",
                "lastPhaseTransitionTime": stamp(world.now),
            }
        case "CustomResourceDefinition":
            from reconcile.simulate.server.definitions import prepare

            prepare(document)
        case _:
            pass
    return world, document


def _finalized(spec: JsonObject) -> JsonObject:
    finalizers = spec.get("finalizers")
    kept = list(finalizers) if isinstance(finalizers, list) else []
    if "kubernetes" not in kept:
        kept.append("kubernetes")
    return {**spec, "finalizers": kept}


def _name_label(document: JsonObject) -> None:
    """A namespace has its name as a label, whatever anybody says."""
    metadata = _metadata(document)
    labels = metadata.get("labels")
    kept: JsonObject = {**labels} if isinstance(labels, dict) else {}
    if kept.get(NAME_LABEL) != metadata.get("name"):
        kept[NAME_LABEL] = metadata.get("name")
    metadata["labels"] = kept


def _own_pods(document: JsonObject) -> None:
    """A Job selects its Pods by its own uid, unless somebody manages the selector."""
    spec = _spec(document)
    if spec.get("manualSelector") is True:
        return
    metadata = _metadata(document)
    template = cast("JsonObject", spec.setdefault("template", {}))
    about = template.setdefault("metadata", {})
    if not isinstance(about, dict):
        return
    labels = about.setdefault("labels", {})
    if not isinstance(labels, dict):
        return
    uid, name = metadata.get("uid"), metadata.get("name")
    for key, value in (
        ("batch.kubernetes.io/controller-uid", uid),
        ("batch.kubernetes.io/job-name", name),
        ("controller-uid", uid),
        ("job-name", name),
    ):
        labels.setdefault(key, value)
    selector = spec.setdefault("selector", {})
    if isinstance(selector, dict):
        matching = selector.setdefault("matchLabels", {})
        if isinstance(matching, dict):
            matching.setdefault("batch.kubernetes.io/controller-uid", uid)
    if not metadata.get("labels"):  # as when it is read from the store
        metadata["labels"] = dict(labels)


def prepare_update(
    target: Target, before: JsonObject, after: JsonObject
) -> tuple[World, JsonObject]:
    """Return the world and the object with what its strategy keeps. Raises: ApiError."""
    world = target.world
    if target.type.served.custom or target.subresource == "status":
        return world, after
    match target.type.served.kind:
        case "Pod" if target.subresource:
            after = pods.through(target.subresource, before, after)
        case "Namespace" if target.subresource != "finalize":
            after["spec"] = thaw(before.get("spec") or {})
            _name_label(after)
        case "Service":
            services.prepare_update(before, after)
            world = services.allocate(world, target.key, after, target.name, before)
            services.drop(before, after)
        case "PersistentVolumeClaim":
            if not equal(before.get("spec"), after.get("spec")):
                _keep_volume(before, after)
        case "CustomResourceDefinition":
            from reconcile.simulate.server.definitions import prepare_change

            prepare_change(before, after)
        case _:
            pass
    return world, after


def _keep_volume(before: JsonObject, after: JsonObject) -> None:
    """A claim keeps what was filled in for it."""
    old, new = _spec(before), _spec(after)
    for field in ("dataSource", "dataSourceRef"):
        if field in old and field not in new:
            new[field] = thaw(old[field])


def claimed(world: World, key: str, document: JsonObject) -> World:
    """Return the world with what an object that is written has been given."""
    return services.claim(world, key, document) if key.startswith("/Service/") else world


def released(world: World, key: str) -> World:
    """Return the world without what an object that goes was given."""
    return services.release(world, key) if key.startswith("/Service/") else world
