"""What is done to children: the undesired are deleted, the desired created or brought up to date.

1. Deletions come first, then everything desired; kinds in the order of group, version, kind (rule
   7.10). Within a kind the order is free: `order` decides.
2. A failure is remembered and the rest goes on; all failures together fail the sync (rule 7.12).

Source: pkg/controller/common/manage_children.go of Metacontroller 4.17.2.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

from reconcile.diff import equal, three_way
from reconcile.objects.names import LAST_APPLIED
from reconcile.simulate.go.json import GoJsonError, parse
from reconcile.simulate.metacontroller.claims import reference_to
from reconcile.simulate.metacontroller.client import Refusal
from reconcile.simulate.metacontroller.documents import (
    annotations_of,
    is_deleted,
    metadata_of,
    owners_of,
    set_annotations,
    sorted_text,
    without_last_applied,
)
from reconcile.simulate.metacontroller.webhook import HookError
from reconcile.value.frozen import thaw

if TYPE_CHECKING:
    from reconcile.simulate.metacontroller.object_maps import ObjectMap
    from reconcile.simulate.metacontroller.process import Metacontroller
    from reconcile.simulate.metacontroller.settings import Settings
    from reconcile.simulate.server.resource_type import ResourceType
    from reconcile.value.types import Json, JsonObject

__all__ = ["Managed", "aggregated", "delete", "manage", "merged", "own"]

_DELETES: Final = frozenset({"Recreate", "RollingRecreate"})
_WRITES: Final = frozenset({"InPlace", "RollingInPlace"})


class Managed(NamedTuple):
    """A kind of children, and how they are updated."""

    kind: ResourceType
    method: str
    """Empty where none was set."""


def manage(
    process: Metacontroller,
    settings: Settings,
    parent: JsonObject,
    observed: ObjectMap,
    desired: ObjectMap,
) -> list[str]:
    """Bring the children of a parent to what is desired; return what failed."""
    errors: list[str] = []
    for gvk in sorted(observed):
        kind = process.find(gvk)
        if isinstance(kind, str):
            errors.append(kind)
        else:
            found = _delete_undesired(process, kind, observed[gvk], desired.get(gvk, {}))
            if found:
                errors.append(aggregated(found))
    for gvk in sorted(desired):
        kind = process.find(gvk)
        if isinstance(kind, str):
            errors.append(kind)
            continue
        failed: list[str] = []
        method = settings.method(gvk.group, gvk.kind)
        for at in process.order(desired[gvk]):
            child = desired[gvk][at]
            live = observed.get(gvk, {}).get(at)
            try:
                if process.flags.server_side:
                    from reconcile.simulate.metacontroller.server_side import apply

                    apply(process, Managed(kind, method), parent, live, child)
                elif live is None:
                    _create(process, kind, parent, child)
                else:
                    _update(process, kind, method, live, child)
            except (Refusal, HookError) as error:
                failed.append(str(error))
        if failed:
            errors.append(aggregated(failed))
    return errors


def aggregated(errors: list[str]) -> str:
    """Return several errors as one text, each once.

    Source: k8s.io/apimachinery pkg/util/errors, aggregate.Error.
    """
    told = list(dict.fromkeys(errors))
    return told[0] if len(told) == 1 else f"[{', '.join(told)}]"


def _delete_undesired(
    process: Metacontroller,
    kind: ResourceType,
    observed: Mapping[tuple[str, str], JsonObject],
    desired: Mapping[tuple[str, str], JsonObject],
) -> list[str]:
    errors: list[str] = []
    for at in process.order(observed):
        if at in desired or is_deleted(observed[at]):
            continue
        try:
            delete(process, kind, observed[at])
        except Refusal as error:
            about = "/".join(part for part in at if part)
            errors.append(f"can't delete {kind.served.kind} {about}: {error}")
    return errors


def delete(process: Metacontroller, kind: ResourceType, live: JsonObject) -> None:
    """Delete a child, this incarnation of it alone. Raises: Refusal, but for one that is gone."""
    try:
        process.client.delete(kind, live, policy="Background")
    except Refusal as error:
        if error.reason != "NotFound":
            raise
    process.forget_applied(kind, live)


def _create(
    process: Metacontroller, kind: ResourceType, parent: JsonObject, child: JsonObject
) -> None:
    """Create a child. A name that is taken is no error (rule 4.5). Raises: Refusal."""
    made = cast("JsonObject", thaw(child))
    text = sorted_text(made)
    set_annotations(made, {**annotations_of(made), LAST_APPLIED: text})
    own(made, parent)
    namespace = metadata_of(made).get("namespace")
    try:
        process.client.create(kind, namespace if isinstance(namespace, str) else "", made)
    except Refusal as error:
        if error.reason != "AlreadyExists":
            raise


def own(document: JsonObject, parent: JsonObject) -> None:
    """Add the reference to a parent, unless one with its uid is there (rules 4.5, 5.3)."""
    uid = metadata_of(parent).get("uid")
    owners = owners_of(document)
    if not any(owner.get("uid") == uid for owner in owners):
        metadata = metadata_of(document)
        metadata["ownerReferences"] = cast(
            "Json", [*(dict(owner) for owner in owners), reference_to(parent)]
        )


def _update(
    process: Metacontroller, kind: ResourceType, method: str, live: JsonObject, child: JsonObject
) -> None:
    """Bring an observed child up to date. Raises: Refusal, HookError."""
    made = merged(live, child)
    if equal(made, live) or is_deleted(live) or method in ("", "OnDelete"):
        return
    if method in _DELETES:
        delete(process, kind, live)
        return
    if method not in _WRITES:
        message = f'invalid update strategy for {kind.served.kind}: unknown method "{method}"'
        raise HookError(message)
    try:
        process.client.update(kind, made)
    except Refusal as error:
        if error.reason not in ("NotFound", "Conflict"):
            raise


def merged(live: JsonObject, child: JsonObject) -> JsonObject:
    """Return an observed child with what is desired applied to it (rules 4.1 to 4.15).

    Raises: HookError for an annotation that cannot be read.
    """
    last = _last_applied(live)
    wanted = without_last_applied(child)
    made = three_way(last, live, wanted)
    set_annotations(made, {**annotations_of(made), LAST_APPLIED: sorted_text(wanted)})
    return made


def _last_applied(live: JsonObject) -> JsonObject | None:
    """Return what was applied last, None for nothing (rule 4.3). Raises: HookError."""
    text = annotations_of(live).get(LAST_APPLIED)
    if not text:
        return None
    try:
        found, _ = parse(text.encode())
    except GoJsonError as error:
        message = f"can't unmarshal {json.dumps(LAST_APPLIED)} annotation: {error}"
        raise HookError(message) from None
    if found is None or isinstance(found, dict):
        return found
    what = {list: "array", str: "string", bool: "bool"}.get(cast("Any", type(found)), "number")
    message = (
        f"can't unmarshal {json.dumps(LAST_APPLIED)} annotation: json: cannot unmarshal {what} "
        "into Go value of type map[string]interface {}"
    )
    raise HookError(message)
