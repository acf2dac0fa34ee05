"""Pods are bound to nodes: by a part of the Pod, or by a Binding that is posted.

Source: k8s.io/kubernetes pkg/registry/core/pod/storage/storage.go, BindingREST;
plugin/pkg/admission/podtopologylabels.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from reconcile.kinds.field_error import FieldError
from reconcile.simulate.server.clock import stamp
from reconcile.simulate.server.conditions import put_condition
from reconcile.simulate.server.status import ApiError, bad_request, conflict
from reconcile.simulate.server.topology import place_of
from reconcile.simulate.server.writing import Outcome, Target, check_place, metadata_of
from reconcile.value.frozen import thaw

if TYPE_CHECKING:
    from reconcile.simulate.server.options import WriteOptions
    from reconcile.value.types import Json, JsonObject

__all__ = ["SUCCESS", "bound", "with_condition"]

SUCCESS: Final[JsonObject] = {
    "kind": "Status",
    "apiVersion": "v1",
    "metadata": {},
    "status": "Success",
    "code": 201,
}


def bound(target: Target, binding: JsonObject, options: WriteOptions) -> Outcome:
    """Bind a Pod to a node.

    Shape: `target` is of the Pod.
    Raises: ApiError.
    """
    check_place(target, binding)
    about = metadata_of(binding)
    if about.get("name") != target.name:
        message = "name in URL does not match name in Binding object"
        raise bad_request(message)
    node = _node(binding)
    stored = target.stored
    if stored is None:
        raise target.missing()
    spec = cast("JsonObject", stored.document["spec"])
    uid = about.get("uid")
    why = ""
    if uid and uid != stored.metadata.get("uid"):
        has = stored.metadata.get("uid")
        why = f"Precondition failed: UID in precondition: {uid}, UID in object meta: {has}"
    elif stored.metadata.get("deletionTimestamp"):
        why = f"pod {target.name} is being deleted, cannot be assigned to a host"
    elif spec.get("nodeName"):
        why = f'pod {target.name} is already assigned to node "{spec["nodeName"]}"'
    elif spec.get("schedulingGates"):
        why = f"pod {target.name} has non-empty .spec.schedulingGates"
    if why:
        raise conflict("pods/binding", "", target.name, why)
    after = cast("JsonObject", thaw(stored.document))
    cast("JsonObject", after["spec"])["nodeName"] = node
    with_condition(after, {"type": "PodScheduled", "status": "True"}, stamp(target.world.now))
    made = metadata_of(after)
    _add(made, "labels", {**_object(about.get("labels")), **place_of(target.world, node)})
    _add(made, "annotations", _object(about.get("annotations")))
    world = target.world
    if not options.dry_run:
        world, _ = world.put(target.key, after, stored.form)
    return Outcome(world, dict(SUCCESS), 201)


def _node(binding: JsonObject) -> str:
    """Return the name of the node. Raises: ApiError if there is none, as the server words it."""
    told = _object(binding.get("target"))
    wrong: list[FieldError] = []
    kind, name = told.get("kind") or "", told.get("name") or ""
    if kind not in ("", "Node"):
        choices = 'supported values: "<empty>", "Node"'
        wrong.append(FieldError("FieldValueNotSupported", "target.kind", choices, kind))
    if not name:
        wrong.append(FieldError("FieldValueRequired", "target.name"))
    if wrong:  # no refusal of the object: the server says it as it comes
        what = ", ".join(str(each) for each in wrong)
        raise ApiError(500, "", f"[{what}]" if len(wrong) > 1 else what)
    return str(name)


def _add(metadata: JsonObject, name: str, more: JsonObject) -> None:
    if more:
        metadata[name] = {**_object(metadata.get(name)), **more}


def with_condition(pod: JsonObject, condition: JsonObject, now: str) -> None:
    """Give a Pod a condition; when it became so is not told again."""
    status = cast("JsonObject", pod.setdefault("status", {}))
    put_condition(status, {**condition, "lastProbeTime": None, "lastTransitionTime": now})


def _object(value: Json) -> JsonObject:
    return value if isinstance(value, dict) else {}
