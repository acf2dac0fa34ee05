"""Server-side apply as a request: what may be applied, by whom, and what the answer to a conflict is.

1. Merging and owners are `reconcile.diff`'s; here are the checks before and the words after.
2. An apply that does not fit its type is a 500: the server made no other answer of it.

Source: k8s.io/apiserver pkg/endpoints/handlers/patch.go (applyPatcher); k8s.io/apimachinery
pkg/util/managedfields/internal (conflict.go, structuredmerge.go); recorded conversations.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, cast

from reconcile.diff import ApplyConflictError, server_side_apply
from reconcile.diff.field_set import show_path
from reconcile.errors import ObjectError
from reconcile.simulate import patching
from reconcile.simulate.clock import stamp
from reconcile.simulate.decoding import Body, read_body
from reconcile.simulate.go_json import quoted
from reconcile.simulate.go_typed import typed_faults
from reconcile.simulate.status import ApiError, bad_request, internal
from reconcile.simulate.writing import Outcome, create, metadata_of, update
from reconcile.value.frozen import thaw

if TYPE_CHECKING:
    from reconcile.diff.field_set import FieldPath
    from reconcile.diff.server_side import Identity
    from reconcile.simulate.options import WriteOptions
    from reconcile.simulate.writing import Target
    from reconcile.value.types import Absent, Json, JsonIn, JsonObject

__all__ = ["apply"]


def apply(target: Target, body: bytes | JsonIn | Absent, options: WriteOptions) -> Outcome:
    """Apply an object. Raises: ApiError."""
    kind, served = target.type, target.type.served
    read = read_body(body, patching.APPLY, served.kind)
    wanted = read.document
    if not isinstance(wanted, dict):
        raise _no_object(read)
    wanted = cast("JsonObject", thaw(wanted))
    api_version, told = str(wanted.get("apiVersion") or ""), str(wanted.get("kind") or "")
    if (api_version, told) != (served.api_version, served.kind):
        group, _, version = api_version.rpartition("/")
        shown = f"{group}/{version}" if group else f"/{version}"
        raise bad_request(f"invalid object type: {shown}, Kind={told}")
    if "managedFields" in metadata_of(wanted) and metadata_of(wanted)["managedFields"] is not None:
        message = "metadata.managedFields must be nil"
        raise bad_request(message)
    named = metadata_of(wanted)
    if named.get("name") and named["name"] != target.name:
        patching.same_object(target, wanted)
    stored = target.stored
    if stored is None and target.subresource:
        raise target.missing()
    if stored is None and named.get("uid"):
        why = (
            f"uid mismatch: the provided object specified uid {named['uid']}, "
            "and no existing object was found"
        )
        raise target.conflict(why)

    def merged(before: JsonObject | None) -> JsonObject:
        faults = typed_faults(wanted, kind)
        if faults:
            about = metadata_of(wanted)
            shown = f"{served.group}/{served.version}, Kind={served.kind}"
            place = f"{about.get('namespace', '')}/{about.get('name', '')}"
            told = faults[0] if len(faults) == 1 else "errors:\n  " + "\n  ".join(faults)
            raise internal(f"failed to create typed patch object ({place}; {shown}): {told}")
        try:
            return server_side_apply(
                before,
                wanted,
                manager=options.manager,
                schema=kind.schema,
                time=stamp(target.world.now),
                force=options.force,
                subresource=target.subresource,
                ignored=kind.strategy.ignored(target.subresource, {**(before or {}), **wanted}),
            )
        except ApplyConflictError as error:
            raise _conflicts(error) from None
        except ObjectError as error:
            raise internal(str(error)) from None

    if stored is None:
        made = merged(None)
        about = metadata_of(made)
        about["name"] = target.name
        about.pop("resourceVersion", None)
        document, warnings = patching.finished(target, made, options.validation, read, applied=True)
        outcome = create(target, document, options, applied=True)
        return outcome._replace(warnings=(*warnings, *outcome.warnings))

    def make(before: JsonObject) -> tuple[JsonObject, list[str]]:
        made = merged(before)
        return patching.finished(target, made, options.validation, read, applied=True)

    return update(target, make, options, applied=True)


def _no_object(read: Body) -> ApiError:
    del read
    return bad_request("invalid object type: /, Kind=")


def _conflicts(error: ApplyConflictError) -> ApiError:
    """Return the answer to conflicts: who owns what, and the way each wrote it."""
    ordered = sorted(error.owners, key=lambda each: _order(each[1]))
    found = [(_shown(owner), show_path(path)) for owner, path in ordered]
    causes: list[JsonObject] = [
        {"reason": "FieldManagerConflict", "message": f"conflict with {who}", "field": where}
        for who, where in found
    ]
    if len(found) == 1:
        who, where = found[0]
        message = f"Apply failed with 1 conflict: conflict with {who}: {where}"
    else:
        lines: list[str] = []
        for who in sorted({who for who, _ in found}):
            lines.append(f"conflicts with {who}:")
            lines += [f"- {where}" for other, where in found if other == who]
        message = f"Apply failed with {len(found)} conflicts: " + "\n".join(lines)
    details: JsonObject = {"causes": cast("list[JsonObject]", causes)}  # type: ignore[dict-item]
    return ApiError(409, "Conflict", message, details=details)


def _shown(owner: Identity) -> str:
    """Return an owner as conflicts name it: an update with its version, an apply without."""
    manager, operation, version, subresource = owner
    told = quoted(manager)
    if subresource:
        told += f" with subresource {quoted(subresource)}"
    return f"{told} using {version}" if operation == "Update" else told


def _order(path: FieldPath) -> tuple[tuple[int, tuple[object, ...]], ...]:
    """Return a sort key: of what stands at one place, fields come before what is below others."""
    return (*((1, _rank(element)) for element in path[:-1]), (0, _rank(path[-1])))


def _rank(element: str) -> tuple[object, ...]:
    """Return where an element comes among others: fields, items by their keys, values, positions."""
    kind, _, text = element.partition(":")
    if kind == "k":
        keys = cast("dict[str, Json]", json.loads(text))
        return (1, *((name, *_valued(keys[name])) for name in sorted(keys)))
    if kind == "v":
        return (2, *_valued(json.loads(text)))
    return (0, text) if kind == "f" else (3, int(text))


def _valued(value: Json) -> tuple[object, ...]:
    if isinstance(value, bool):
        return (2, value)
    return (0, value) if isinstance(value, (int, float)) else (1, str(value))
