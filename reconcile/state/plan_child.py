"""What becomes of one child: whose it is, whether it is taken, and what would be written.

Source: Metacontroller 4.17.2, pkg/controller/common/manage_children.go; held to its recordings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from reconcile.diff import merge_apply
from reconcile.errors import ObjectError
from reconcile.objects.names import LAST_APPLIED
from reconcile.objects.ref import Ref
from reconcile.value import ABSENT, escape

from .plan_fields import field_changes, set_by_server
from .plan_merge import BrokenRecordError, merged
from .plan_refused import anyhow, loops, misplaced, refused, rolling, unlabelled
from .plan_steps import SECRET, Action, FieldChange, Finding, Step
from .plan_sync import Sync, recorded, terminating

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconcile.value import JsonObject

    from .desired import Desired
    from .object_map import ObjectMap
    from .plan_merge import Merged

__all__ = ["steps_of"]

_RECORD: Final = f"/metadata/annotations/{escape(LAST_APPLIED)}"

_GONE = "it is being deleted, and nothing is done until it is gone"
_TAKEN = Finding(
    "",
    "an object of this name is there and is no child of the parent: the create is refused at "
    "every sync, silently",
    "choose another name, or delete that object",
)
_OTHERS = Finding(
    "",
    "an object of this name is there and belongs to another controller: the apply is refused",
    "choose another name, or delete that object",
)
_TAKES_OVER = Finding(
    "", "an object of this name is there, is no child yet, and is taken over by force", ""
)
_NEVER = Finding(
    "",
    "Recreate under server-side apply fails at every sync where the change raises the generation",
    "use InPlace, or dynamic apply",
)
_BROKEN = Finding(
    _RECORD, "holds no JSON object, so the child fails at every sync", "take the annotation away"
)
_DRIFT = Finding(
    "/metadata",
    "what others change here is repaired only when Metacontroller restarts or more is desired",
    "",
)


class _Wanted(NamedTuple):
    """A desired child: as the rules have it, and as Metacontroller completes it."""

    ref: Ref
    desired: JsonObject
    stamped: JsonObject


def steps_of(sync: Sync, observed: ObjectMap, desired: Desired) -> tuple[list[Step], list[Finding]]:
    """Return a step for each child, sorted, and why the sync fails as a whole, if it does."""
    wanted: dict[Ref, _Wanted] = {}
    for ref, document in desired.objects.items():
        wanted[_placed(sync, ref)] = _Wanted(ref, document, sync.stamped(document))
    rolled = sum(_method(sync, ref).startswith("Rolling") for ref in wanted)
    steps: list[Step] = []
    wrong: list[Finding] = []
    for ref in sorted({*observed, *wanted}):
        found = observed.get(ref)
        asked = wanted.get(ref)
        if asked is None:
            assert found is not None
            step = _undesired(sync, ref, found)
        else:
            one = _Child(sync, ref, asked, desired, rolled)
            labels = [*unlabelled(sync, asked.desired, asked.stamped)]
            wrong.extend(
                Finding(each.pointer, f"of {ref} {each.reason}", each.remedy) for each in labels
            )
            step = one.step(found, labels)
        steps.append(step)
    return steps, wrong


def _placed(sync: Sync, ref: Ref) -> Ref:
    """Return where a child is looked for: without a namespace, in that of the parent."""
    if ref.namespace or not sync.namespace or sync.namespaced(ref.gvk) is False:
        return ref
    return ref._replace(namespace=sync.namespace)


def _method(sync: Sync, ref: Ref) -> str:
    child = sync.declared.get((ref.gvk.group, ref.gvk.kind))
    return "" if child is None else child.update


def _undesired(sync: Sync, ref: Ref, observed: JsonObject) -> Step:
    strategy = _method(sync, ref)
    claim = sync.claim(observed)
    if claim == "foreign":
        return Step("none", ref, strategy=strategy, effect="it is no child of the parent")
    if claim == "released":
        return _released(ref, strategy, (), ())
    if terminating(observed):
        return Step("none", ref, strategy=strategy, effect=_GONE)
    return Step("delete", ref, strategy=strategy, effect="DELETE")


def _released(
    ref: Ref, strategy: str, rules: tuple[str, ...], warnings: tuple[Finding, ...]
) -> Step:
    effect = "PUT without the parent's owner reference: its labels no longer match the selector"
    return Step("release", ref, (), rules, strategy, effect, warnings=warnings)


class _Child:
    """One desired child."""

    def __init__(self, sync: Sync, ref: Ref, asked: _Wanted, desired: Desired, rolled: int) -> None:
        self.sync = sync
        self.ref = ref
        self.asked = asked
        self.desired = desired
        self.rolled = rolled
        self.strategy = _method(sync, ref)
        said = desired.contributions.get(asked.ref, ())
        self.rules = tuple(dict.fromkeys(rule for rule, _ in said))

    def step(self, observed: JsonObject | None, labels: list[Finding]) -> Step:
        """Return what becomes of the child."""
        wrong = [*misplaced(self.sync, self.ref, self.asked.stamped), *labels]
        if wrong:
            return self._refuse(wrong)
        if observed is None:
            return self._create()
        claim = self.sync.claim(observed)
        if claim == "released":
            warning = _TAKES_OVER if self.sync.apply == "server-side" else _TAKEN
            return _released(self.ref, self.strategy, self.rules, (warning,))
        if claim == "foreign" and self.sync.apply == "dynamic":
            return self._refuse([_TAKEN])
        if claim == "foreign" and self.sync.controlled(observed):
            return self._refuse([_OTHERS])
        if terminating(observed):
            return self._make("none", effect=_GONE)
        try:
            found = merged(self.sync, observed, self.asked.stamped)
        except BrokenRecordError:
            return self._refuse([_BROKEN])
        except ObjectError as error:
            return self._refuse([Finding(each.pointer, each.message, "") for each in error.faults])
        return self._changed(observed, found, adopted=claim == "adopted", taken=claim == "foreign")

    def _changed(self, observed: JsonObject, merged: Merged, *, adopted: bool, taken: bool) -> Step:
        server_side = self.sync.apply == "server-side"
        in_place = self.strategy.endswith("InPlace")
        # Under server-side apply the annotation goes, and only where a child is changed in place.
        drops = server_side and recorded(observed) is not None and (in_place or taken)
        if not merged.differs and not drops and not taken:
            return self._make("none")
        changes = self._changes(merged)
        if drops:
            changes += (FieldChange(_RECORD, SECRET, ABSENT, source="metacontroller"),)
        elif not changes:
            before = ABSENT if recorded(observed) is None else SECRET
            changes = (FieldChange(_RECORD, before, SECRET, source="metacontroller"),)
        refusals, endless = loops(self.sync, self.ref, self.asked.desired)
        warnings = [_TAKES_OVER] if taken else []
        if taken or in_place:
            wrong = refusals or self._refused(merged)
            if wrong:
                return self._refuse(wrong, changes)
            warnings += endless
            if server_side and _generation(observed) and _only_metadata(changes):
                warnings.append(_DRIFT)
            return self._make("update", changes, self._update_effect(drops, adopted), warnings)
        if self.strategy.endswith("Recreate"):
            if server_side and _generation(observed) and not _only_metadata(changes):
                return self._refuse([_NEVER], changes)
            if server_side and not refusals:
                # Metacontroller asks the server first, by a dry run.
                wrong = self._refused(merged)
                if wrong:
                    return self._refuse(wrong, changes)
            effect = "DELETE; a later sync creates it again, without what others have set"
            return self._make("recreate", changes, effect, [*refusals, *endless])
        effect = "OnDelete updates it only when somebody deletes it"
        return self._make("leave", changes, effect, anyhow(endless))

    def _refused(self, merged: Merged) -> list[Finding]:
        """Return what the server refuses of the change."""
        return [*refused(self.sync, self.ref, merged.before, merged.after)]

    def _update_effect(self, drops: bool, adopted: bool) -> str:
        if self.sync.apply == "server-side":
            first = "PATCH that takes the last-applied annotation away, then " if drops else ""
            return f"{first}PATCH, an apply by force as {self.sync.field_manager}"
        late = "; the sync that adopts the child changes nothing else, the next one does"
        return "PUT of the whole object" + (late if adopted else "")

    def _create(self) -> Step:
        refusals, endless = loops(self.sync, self.ref, self.asked.desired)
        changes = self._created()
        if refusals:
            return self._refuse(refusals, changes)
        if self.strategy == "OnDelete":
            endless = anyhow(endless)
        effect = "POST"
        if self.sync.apply == "server-side":
            effect = f"PATCH, an apply by force as {self.sync.field_manager}"
        return self._make("create", changes, effect, endless)

    def _created(self) -> tuple[FieldChange, ...]:
        """Return the fields of a child that is new, then those that the server fills in."""
        sent = self.asked.stamped
        changes = field_changes({}, sent, desired=sent, owners=self._owners())
        if not self.sync.known(self.ref.gvk):
            return changes
        clean = merge_apply({}, sent, dialect="kubernetes")
        assert isinstance(clean, dict)
        stored = self.sync.kinds.defaulted(clean)
        stored.pop("status", None)
        return changes + set_by_server(clean, stored)

    def _changes(self, merged: Merged) -> tuple[FieldChange, ...]:
        return field_changes(
            merged.before, merged.after, desired=self.asked.stamped, owners=self._owners()
        )

    def _owners(self) -> Mapping[str, tuple[str, ...]]:
        return self.desired.owners(self.asked.ref)

    def _refuse(self, wrong: list[Finding], changes: tuple[FieldChange, ...] = ()) -> Step:
        return Step("refuse", self.ref, changes, self.rules, self.strategy, refusals=tuple(wrong))

    def _make(
        self,
        action: Action,
        changes: tuple[FieldChange, ...] = (),
        effect: str = "",
        warnings: list[Finding] | None = None,
    ) -> Step:
        told = [*(warnings or ())]
        if self.strategy.startswith("Rolling") and action in {"update", "recreate"}:
            told += rolling(self.sync, self.rolled)
        return Step(
            action, self.ref, changes, self.rules, self.strategy, effect, warnings=tuple(told)
        )


def _generation(observed: JsonObject) -> bool:
    """Return whether the server counts the generations of an object."""
    metadata = observed.get("metadata")
    found = metadata.get("generation") if isinstance(metadata, dict) else None
    return isinstance(found, int) and found > 0


def _only_metadata(changes: tuple[FieldChange, ...]) -> bool:
    return all(change.pointer.startswith("/metadata/") for change in changes)
