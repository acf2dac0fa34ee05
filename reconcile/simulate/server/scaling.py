"""The subresource `scale`: how many replicas an object wants, without knowing its kind.

Source: k8s.io/kubernetes pkg/registry/apps/deployment/storage (ScaleREST);
k8s.io/apiextensions-apiserver pkg/registry/customresource/etcd.go; recorded conversations.
"""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Final, cast

from reconcile.diff import apply as json_apply
from reconcile.diff import merge_apply, strategic_apply
from reconcile.errors import ReconcileError
from reconcile.kinds._facts import schema_named
from reconcile.kinds._schema import Schema
from reconcile.kinds.field_error import FieldError
from reconcile.simulate.go.json import encoded
from reconcile.simulate.go.types import Unreadable, read
from reconcile.simulate.server import managers, patching
from reconcile.simulate.server.decoding import read_body, written
from reconcile.simulate.server.options import write_options
from reconcile.simulate.server.status import ApiError, bad_request, invalid
from reconcile.simulate.server.writing import Outcome, Target, metadata_of, update
from reconcile.value.frozen import thaw
from reconcile.value.types import ABSENT

if TYPE_CHECKING:
    from reconcile.simulate.server.exchange import Request
    from reconcile.value.types import Absent, Json, JsonIn, JsonObject

__all__ = ["answer"]

_SCALE: Final = Schema({"$ref": "io.k8s.api.autoscaling.v1.Scale"}, schema_named)
_KEPT: Final = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")


def answer(target: Target, request: Request) -> Outcome:
    """Read or write the scale of an object. Raises: ApiError."""
    stored = target.stored
    if stored is None:
        raise target.missing()
    whole = target.type.shown(stored)
    if request.method == "GET":
        return Outcome(target.world, _scale(target, whole), 200)
    query, user, media = request.query, request.user, request.media
    if request.method == "PATCH":
        options = write_options(query, "PatchOptions", user, apply=media == patching.APPLY)
        wanted = _patched(target, whole, request.body, media)
    else:
        options = write_options(query, "UpdateOptions", user)
        wanted = _replaced(request.body, media)
    told = wanted.get("spec")
    replicas = (told.get("replicas") if isinstance(told, dict) else None) or 0
    metadata = metadata_of(wanted)
    if metadata.get("name") != target.name:
        patching.same_object(target, wanted)
    if not target.type.served.custom and isinstance(replicas, int) and replicas < 0:
        detail = "must be greater than or equal to 0"
        error = FieldError("FieldValueInvalid", "spec.replicas", detail, replicas)
        raise invalid("Scale", "autoscaling", target.name, [error])

    def make(before: JsonObject) -> tuple[JsonObject, list[str]]:
        after = cast("JsonObject", thaw(before))
        _put(after, _paths(target)[0], replicas)
        after = _owned(target, before, after, options.manager)
        about = metadata_of(after)
        about["resourceVersion"] = metadata.get("resourceVersion") or about.get("resourceVersion")
        return after, []

    uid = metadata.get("uid")
    negative = isinstance(replicas, int) and replicas < 0
    where = "." + ".".join(_paths(target)[0])
    detail = "should be a non-negative integer"
    late = [FieldError("FieldValueInvalid", where, detail, replicas)] if negative else []
    outcome = update(
        target, make, options, expected_uid=str(uid) if uid else None, late=late, applied=True
    )
    return outcome._replace(document=_scale(target, outcome.document))


def _owned(target: Target, before: JsonObject, after: JsonObject, manager: str) -> JsonObject:
    """Return a scaled object with its managers, of whom the new one is not told since when.

    A scale of none does not say how many, so that nobody owns the number then.
    Source: k8s.io/apimachinery pkg/util/managedfields/scalehandler.go.
    """
    steps = _paths(target)[0]
    compared = [_without_none(document, steps) for document in (before, after)]
    made = managers.updated(target, compared[0], compared[1], manager, "")
    entries = managers.entries_of(made)
    if entries is None:
        return managers.without_entries(after)
    return managers.with_entries(after, entries)


def _without_none(document: JsonObject, steps: list[str]) -> JsonObject:
    """Return an object without its number of replicas if that is zero."""
    if _at(document, steps) != 0:
        return document
    made = cast("JsonObject", thaw(document))
    held = _at(made, steps[:-1])
    if isinstance(held, dict):
        held.pop(steps[-1], None)
    return made


def _replaced(body: bytes | JsonIn | Absent, media: str) -> JsonObject:
    document = read_body(body, media, "Scale").document
    if not isinstance(document, dict):
        document = {}
    try:
        read(document, _SCALE)
    except Unreadable as error:
        raise bad_request(f'Scale in version "v1" cannot be handled as a Scale: {error}') from None
    return document


def _patched(
    target: Target, whole: JsonObject, body: bytes | JsonIn | Absent, media: str
) -> JsonObject:
    """Return the scale that a patch makes of the present one."""
    before = _scale(target, whole)
    if body is ABSENT:
        body = b""
    data = body if isinstance(body, bytes) else written(thaw(cast("Json", body)))
    sent = read_body(data, media, "Scale").document
    try:
        if media == patching.JSON:
            made = json_apply(before, cast("list[JsonObject]", sent), dialect="kubernetes")
        elif media == patching.STRATEGIC:
            made = strategic_apply(before, sent, schema=_SCALE)
        else:
            made = merge_apply(before, sent, dialect="kubernetes")
    except ReconcileError:
        raise _rejected() from None
    try:
        read(made, _SCALE)
    except ReconcileError:
        raise _rejected() from None
    except Unreadable as error:
        shown = encoded(made).decode()
        fault = FieldError("FieldValueInvalid", "patch", str(error), shown)
        raise invalid("", "", "", [fault]) from None
    return cast("JsonObject", made)


def _rejected() -> ApiError:
    told = "the server rejected our request due to an error in our request"
    return ApiError(422, "Invalid", told, details={})


def _paths(target: Target) -> tuple[list[str], list[str], list[str]]:
    """Return where an object says its replicas: wanted, counted, and how they are selected."""
    spec: Json = (target.type.crd or {}).get("spec")
    for version in _objects(_at(spec, ["versions"])):
        scale = _at(version, ["subresources", "scale"])
        if version["name"] == target.type.served.version and isinstance(scale, dict):
            wanted, counted, selector = (
                [step for step in str(scale.get(name) or "").split(".") if step]
                for name in ("specReplicasPath", "statusReplicasPath", "labelSelectorPath")
            )
            return wanted, counted, selector
    return ["spec", "replicas"], ["status", "replicas"], []


def _at(document: Json, steps: list[str]) -> Json:
    for step in steps:
        document = document.get(step) if isinstance(document, dict) else None
    return document


def _objects(value: Json) -> list[JsonObject]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _put(document: JsonObject, steps: list[str], value: Json) -> None:
    for step in steps[:-1]:
        inner = document.setdefault(step, {})
        if not isinstance(inner, dict):
            return
        document = inner
    document[steps[-1]] = value


def _scale(target: Target, whole: JsonObject) -> JsonObject:
    """Return the scale of an object. Raises: ApiError when it does not say how many it wants."""
    wanted_at, counted_at, selector_at = _paths(target)
    wanted, counted = _at(whole, wanted_at), _at(whole, counted_at)
    if wanted is None and target.type.served.custom:
        why = f'the spec replicas field ".{".".join(wanted_at)}" does not exist'
        raise ApiError(
            500,
            "InternalError",
            f"Internal error occurred: {why}",
            details={"causes": [{"message": why}]},
        )
    if selector_at:
        selector = str(_at(whole, selector_at) or "")
    else:
        selector = "" if target.type.served.custom else _selector(_at(whole, ["spec", "selector"]))
    status: JsonObject = {"replicas": counted or 0}
    if selector:
        status["selector"] = selector
    metadata = cast("JsonObject", whole["metadata"])
    return {
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": {name: metadata[name] for name in _KEPT if name in metadata},
        "spec": {"replicas": wanted} if wanted else {},
        "status": status,
    }


def _selector(selector: Json) -> str:
    """Return a label selector as text, as queries have it."""
    if not isinstance(selector, dict):
        return ""
    if "matchLabels" not in selector and "matchExpressions" not in selector:
        return ",".join(f"{key}={selector[key]}" for key in sorted(selector))
    labels = selector.get("matchLabels")
    parts = (
        [(key, f"{key}={value}") for key, value in labels.items()]
        if isinstance(labels, dict)
        else []
    )
    for each in _objects(selector.get("matchExpressions")):
        key, given = str(each["key"]), each.get("values")
        values = ",".join(sorted(str(value) for value in given)) if isinstance(given, list) else ""
        text = {
            "In": f"{key} in ({values})",
            "NotIn": f"{key} notin ({values})",
            "Exists": key,
            "DoesNotExist": f"!{key}",
        }[str(each["operator"])]
        parts.append((key, text))
    return ",".join(text for _, text in sorted(parts, key=itemgetter(0)))
