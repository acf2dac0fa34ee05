"""Server-side apply as a request: what may be applied, by whom, and the answer to a conflict.

1. Merging and owners are `reconcile.diff`'s; here are the checks before and the words after.
2. An apply that does not fit its type is a 500: the server made no other answer of it.

Source: k8s.io/apiserver pkg/endpoints/handlers/patch.go (applyPatcher); k8s.io/apimachinery
pkg/util/managedfields/internal (conflict.go, structuredmerge.go); recorded conversations.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, cast

from reconcile.diff import ApplyConflictError, equal
from reconcile.diff.field_set import show_path
from reconcile.diff.server_side import Managers, apply_managed
from reconcile.errors import ObjectError
from reconcile.objects.quantity import Quantity
from reconcile.simulate.go.json import quoted
from reconcile.simulate.go.typed import typed_faults
from reconcile.simulate.server import patching
from reconcile.simulate.server.clock import stamp
from reconcile.simulate.server.decoding import Body, read_body
from reconcile.simulate.server.managers import Entries, entries_of, owned, owners_of
from reconcile.simulate.server.repeating import asked_for, known
from reconcile.simulate.server.status import ApiError, bad_request, internal
from reconcile.simulate.server.store import Quiet
from reconcile.simulate.server.writing import Outcome, create, metadata_of, update
from reconcile.value.frozen import thaw

if TYPE_CHECKING:
    from reconcile.diff.field_set import FieldPath
    from reconcile.diff.server_side import Identity
    from reconcile.simulate.server.options import WriteOptions
    from reconcile.simulate.server.resource_type import ResourceType
    from reconcile.simulate.server.writing import Target
    from reconcile.value.types import Absent, Json, JsonIn, JsonObject

__all__ = ["apply"]

_REWRITTEN: Final = ("PersistentVolumeClaim",)
"""Kinds that are written again if an apply spells a quantity in another way. A claim was recorded
so (`1024Mi` over `1Gi`), Pods were not; replacing and patching write nothing."""


def apply(target: Target, body: bytes | JsonIn | Absent, options: WriteOptions) -> Outcome:
    """Apply an object. Raises: ApiError."""
    read = read_body(body, patching.APPLY, target.type.served.kind)
    if not isinstance(read.document, dict):
        raise bad_request("invalid object type: /, Kind=")
    wanted = read.document
    _check(target, wanted)
    this = _Apply(target, options, wanted, read)
    stored = target.stored
    if stored is None:
        return this.create()
    asked = asked_for(target, options, wanted, read)
    warnings = known(target, asked)
    if warnings is not None:
        return Outcome(target.world, target.type.shown(stored), 200, warnings)
    outcome = update(target, this.make, options, applied=True)
    same = not options.dry_run and outcome.world is target.world
    if same and target.type.served.kind in _REWRITTEN and _respelled(stored.document, this.merged):
        document = cast("JsonObject", thaw(stored.document))
        world, made = target.world.put(target.key, document, target.form)
        return Outcome(world, target.type.shown(made), 200, outcome.warnings)
    silent = outcome.world is target.world and outcome.document is stored.document
    if silent and not this.warnings and not options.dry_run:
        stored.quiet = Quiet(asked, outcome.warnings)
    return outcome


def _check(target: Target, wanted: JsonObject) -> None:
    """Raise ApiError unless an object may be applied here, whatever is in it."""
    served = target.type.served
    api_version, told = str(wanted.get("apiVersion") or ""), str(wanted.get("kind") or "")
    if (api_version, told) != (served.api_version, served.kind):
        group, _, version = api_version.rpartition("/")
        shown = f"{group}/{version}" if group else f"/{version}"
        raise bad_request(f"invalid object type: {shown}, Kind={told}")
    named = metadata_of(wanted)
    if named.get("managedFields") is not None:
        message = "metadata.managedFields must be nil"
        raise bad_request(message)
    if named.get("name") and named["name"] != target.name:
        patching.same_object(target, wanted)
    if target.stored is not None:
        return
    if target.subresource:
        raise target.missing()
    if named.get("uid"):
        why = (
            f"uid mismatch: the provided object specified uid {named['uid']}, "
            "and no existing object was found"
        )
        raise target.conflict(why)


class _Apply:
    """One apply: what is wanted, and where."""

    __slots__ = ("merged", "options", "read", "target", "wanted", "warnings")

    def __init__(
        self, target: Target, options: WriteOptions, wanted: JsonObject, read: Body
    ) -> None:
        self.target = target
        self.options = options
        self.wanted = wanted
        self.read = read
        self.warnings: list[str] = []
        """What was warned of because of what was sent."""
        self.merged: JsonObject = {}
        """The object with what was applied, before it was brought into its normal form."""

    def create(self) -> Outcome:
        """Create the object."""
        made, owners = self._merged(None)
        metadata: JsonObject = {**metadata_of(made), "name": self.target.name}
        metadata.pop("resourceVersion", None)
        whole: JsonObject = {**made, "metadata": metadata}
        document, warnings = self._finished(whole, owners)
        outcome = create(self.target, document, self.options, applied=True)
        return outcome._replace(warnings=(*warnings, *outcome.warnings))

    def make(self, before: JsonObject) -> tuple[JsonObject, list[str]]:
        """Return what becomes of the object that is there, and what to warn of."""
        merged, owners = self._merged(before)
        self.merged = merged
        made, warnings = self._finished(merged, owners)
        self.warnings.extend(warnings)
        return made, warnings

    def _merged(self, before: JsonObject | None) -> tuple[JsonObject, Managers]:
        kind, options, wanted = self.target.type, self.options, self.wanted
        faults = typed_faults(wanted, kind)
        if faults:
            raise _misfit(kind, wanted, faults)
        subresource = self.target.subresource
        try:
            return apply_managed(
                before,
                Managers() if before is None else owners_of(before),
                wanted,
                manager=options.manager,
                schema=kind.schema,
                time=stamp(self.target.world.now),
                force=options.force,
                subresource=subresource,
                ignored=kind.ignored(subresource, {**(before or {}), **wanted}),
            )
        except ApplyConflictError as error:
            raise _conflicts(error) from None
        except ObjectError as error:
            raise internal(str(error)) from None

    def _finished(self, made: JsonObject, owners: Managers) -> tuple[JsonObject, list[str]]:
        whole = cast("JsonObject", thaw(owned(made, owners)))
        done, warnings = patching.finished(
            self.target, whole, self.options.validation, self.read, applied=True
        )
        if len(owners):
            entries = Entries.of(owners)
            if equal(entries_of(done), entries):  # these know what they say
                metadata_of(done)["managedFields"] = entries
        return done, warnings


def _respelled(before: Json, merged: Json) -> bool:
    """Return whether a quantity was spelled in another way, though none changed."""
    if isinstance(before, dict) and isinstance(merged, dict):
        return any(
            name != "metadata" and name in before and _respelled(before[name], merged[name])
            for name in merged
        )
    if isinstance(before, list) and isinstance(merged, list):
        return any(_respelled(one, other) for one, other in zip(before, merged, strict=False))
    if not isinstance(before, str) or not isinstance(merged, (str, int, float)) or merged == before:
        return False
    try:
        return Quantity(before) == Quantity(merged)
    except ObjectError:
        return False


def _misfit(kind: ResourceType, wanted: JsonObject, faults: Sequence[str]) -> ApiError:
    about, served = metadata_of(wanted), kind.served
    shown = f"{served.group}/{served.version}, Kind={served.kind}"
    place = f"{about.get('namespace', '')}/{about.get('name', '')}"
    told = faults[0] if len(faults) == 1 else "errors:\n  " + "\n  ".join(faults)
    return internal(f"failed to create typed patch object ({place}; {shown}): {told}")


def _conflicts(error: ApplyConflictError) -> ApiError:
    """Return the answer to conflicts: who owns what, and the way each wrote it."""
    ordered = sorted(error.owners, key=lambda each: _order(each[1]))
    found = [(_shown(owner), show_path(path)) for owner, path in ordered]
    causes: list[Json] = [
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
    return ApiError(409, "Conflict", message, details={"causes": causes})


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
    """Return where an element comes among others: fields, items by keys, values, positions."""
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
