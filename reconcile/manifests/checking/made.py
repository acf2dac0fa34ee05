"""What is wrong with what the rules make, found by asking them about one parent.

1. What Metacontroller and the API server would say of each child is what the plan says of it.
2. A change of the parent is tried field by field: what OnDelete holds back, and what the server
   would refuse, is told once for each kind, with one field as the example.
3. The same observation must give the same answer; another moment may give another, but not in what
   is written at every sync.

Source: rules of Metacontroller 4.17.2 by their numbers, see `docs/explanation/rules.md`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, cast

from reconcile.diff import diff
from reconcile.errors import PointerError, ReconcileError
from reconcile.manifests.checking.asking import Answer, Moment, Settled
from reconcile.manifests.checking.changes import changed
from reconcile.manifests.checking.examples import inside
from reconcile.manifests.checking.finding import Finding
from reconcile.objects.names import CONTROLLER_UID
from reconcile.state.plan_refused import unlabelled
from reconcile.state.plan_sync import metadata_of
from reconcile.value import Absent, equal, resolve, thaw

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reconcile.manifests.checking.asking import Asking
    from reconcile.objects.ref import Ref
    from reconcile.state.desired import Desired
    from reconcile.state.plan import Step
    from reconcile.state.plan_steps import Finding as Told
    from reconcile.value.types import Json, JsonObject

__all__ = ["made"]

_LONG: Final = 63
"""The longest name that is a DNS label: what users choose, and what labels and Services take."""
_LATER: Final = Moment(61)
_SYNCS: Final = 4
"""Syncs for which a changed parent is followed: rules in order pass a change on one by one."""
_WRITTEN: Final = ("InPlace", "Recreate", "RollingInPlace", "RollingRecreate")
_STATUS: Final = "the status"
_MADE_UP: Final = (
    "it was found for an example made from the schema: --sample FILE gives a parent as users write "
    "it"
)
_ENDS: Final = "no child is touched"
_ROOM: Final = {"StatefulSet": 52, "DaemonSet": 52, "CronJob": 52}
"""Longest names of parents that work themselves: a hash or a time is put behind them."""


def made(
    asking: Asking, settled: Settled, schema: Mapping[str, Any], *, given: bool, least: bool
) -> Iterator[Finding]:
    """Yield what is wrong with what the rules make of a parent.

    Shape: `schema` is that of the parent's kind; an empty one tries no changes. `given` is false
        where the parent was made up; then what may come from its values is a warning, and told of
        the `least` example only.
    """
    for finding, sure in _as_it_is(asking, settled):
        if given or sure:
            yield finding
        elif least:
            remedy = f"{finding.remedy}; {_MADE_UP}"
            yield replace(finding, severity="warning", remedy=remedy)
    yield from _again(asking, settled)
    yield from _secrets(asking, settled)
    yield from _changes(asking, settled, schema)
    yield from _long_names(asking, settled, schema)


def about(desired: Desired, ref: Ref) -> tuple[str, tuple[str, ...]]:
    """Return how a child is spoken of, and its rules."""
    said = desired.contributions.get(ref, ())
    rules = tuple(dict.fromkeys(rule.partition("[")[0] for rule, _ in said))
    return (f"{ref.gvk.kind} of rule {', '.join(rules)}" if rules else ref.gvk.kind), rules


# -- as it is ----------------------------------------------------------------------------------


def _as_it_is(asking: Asking, settled: Settled) -> Iterator[tuple[Finding, bool]]:
    """Yield what is wrong with the children for this parent, and whether it is for any other."""
    parent, desired = settled.parent, settled.answer.desired
    plan = asking.plan(parent, desired, {})
    for told in plan.failing:
        if told.pointer != "/metadata/labels":
            finding = Finding(
                "no-selector",
                "error",
                f"the parent {parent['kind']}",
                "has no selector that Metacontroller could find its children by"
                if not told.pointer
                else f"has a selector that is none: {told.reason.partition(',')[0]}",
                f"generateSelector is false, so every sync fails, and {_ENDS}",
                told.remedy or "mend spec.selector of the parent",
                told.pointer or "/spec/selector",
                source="3.2",
            )
            yield finding, True
            return
    for finding in _labels(asking, settled):
        yield finding, asking.generate_selector
    for step in plan.steps:
        where, rules = about(desired, step.ref)
        document = desired.objects.get(step.ref)
        for told in step.refusals:
            if told.pointer != "/metadata/labels" or not told.reason.endswith(_ENDS):
                finding = _refusal(told, where, rules)
                yield finding, _written(document, told.pointer, settled)
        for told in step.warnings:
            finding = Finding(
                "loops",
                "error",
                where,
                told.reason,
                "it is written at every sync, for ever",
                told.remedy or "write it as it is stored",
                told.pointer,
                rules,
                "4.20",
            )
            yield finding, _written(document, told.pointer, settled)


def _written(document: JsonObject | None, pointer: str, settled: Settled) -> bool:
    """Return whether what stands at a place was not made from values of the parent.

    A text that holds one of the spec, or of a related object, may have been; so may what is absent.
    """
    if not pointer:
        return True
    try:
        found = resolve(document, pointer)
    except PointerError:
        return False
    if found is None or isinstance(found, (dict, list, Absent)):
        return False
    waiting: list[Json] = [settled.parent.get("spec"), *settled.related]
    while waiting:
        held = waiting.pop()
        if isinstance(held, dict):
            waiting += held.values()
        elif isinstance(held, list):
            waiting += held
        elif held not in (None, "") and str(held) in str(found):
            return False
    return True


def _refusal(told: Told, where: str, rules: tuple[str, ...]) -> Finding:
    what, _, why = told.reason.partition(": ")
    if told.reason.startswith("it is cluster-scoped"):
        return Finding(
            "cluster-scoped", "error", where, what, why, told.remedy, told.pointer, rules, "1.34"
        )
    return Finding(
        "refused",
        "error",
        where,
        f"is not taken by the API server: {told.remedy or told.reason}",
        "it is sent and refused at every sync, and no such child is ever there",
        "write what the server takes; reconcile.kinds.validate(child) tells all that is wrong",
        told.pointer,
        rules,
    )


def _labels(asking: Asking, settled: Settled) -> Iterator[Finding]:
    """Yield the children that Metacontroller would not find by the selector of the parent."""
    if not asking.composite:
        return
    sync = asking.sync(settled.parent)
    spec = settled.parent.get("spec")
    selector: Json = spec.get("selector") if isinstance(spec, dict) else None
    if asking.generate_selector:
        selector = {"matchLabels": {CONTROLLER_UID: sync.uid}}
    if not isinstance(selector, dict):
        return
    sync = replace(sync, selector=selector)
    desired = settled.answer.desired
    for ref, document in desired.objects.items():
        for told in unlabelled(sync, document, sync.stamped(document)):
            where, rules = about(desired, ref)
            yield (_other_uid if asking.generate_selector else _missed)(told, where, rules)


def _missed(told: Told, where: str, rules: tuple[str, ...]) -> Finding:
    return Finding(
        "labels",
        "error",
        where,
        told.reason.partition(", so ")[0],
        f"generateSelector is false, so every sync fails, and {_ENDS}",
        "give it the labels that spec.selector of the parent asks for, or say "
        "generate_selector=True",
        told.pointer,
        rules,
        "3.4",
    )


def _other_uid(told: Told, where: str, rules: tuple[str, ...]) -> Finding:
    return Finding(
        "controller-uid",
        "error",
        where,
        f"has a label {CONTROLLER_UID} of its own",
        "Metacontroller keeps it and does not find the child by it, so every sync fails, and "
        f"{_ENDS}",
        "leave the label out: Metacontroller sets it",
        told.pointer,
        rules,
        "3.3",
    )


# -- again and later ---------------------------------------------------------------------------


def _again(asking: Asking, settled: Settled) -> Iterator[Finding]:
    """Yield what the next sync would write though nothing has changed, or only the time has."""
    asked = (settled.parent, settled.children, settled.related)
    first, second = (asking.ask(*asked).desired for _ in "ab")
    later = asking.ask(*asked, moment=_LATER).desired
    told: set[str] = set()
    for where, rules, pointer in _differences(first, second):
        told.add(where)
        yield Finding(
            "not-a-function",
            "error",
            where,
            "is another for the same observation",
            "a rule reads a clock, random numbers or something that it remembers: each sync "
            "writes, and nothing can be tested or planned",
            "take time from observed.now and random texts from observed.token, with once",
            pointer,
            rules,
            "7.46",
        )
    for where, rules, pointer in _differences(first, later, asking):
        if where in told:
            continue
        status = where == _STATUS
        yield Finding(
            "every-sync",
            "error",
            where,
            "follows the time or a random text",
            "every sync writes it anew" + (", which causes the next sync" if status else ""),
            "leave times to conditions=, which keep theirs"
            if status
            else "draw it once (once), or make it from what is observed",
            pointer,
            rules,
            "7.9" if status else "7.46",
        )
    if settled.before is None:
        return
    for where, rules, pointer in _differences(settled.before, settled.answer.desired, asking):
        if where in told:
            continue
        status = where == _STATUS
        yield Finding(
            "unsettled",
            "error",
            where,
            "depends on what the sync before made of it",
            "it is another at every sync, and each write causes the next",
            "make the status from the spec and the children, not from the status before"
            if status
            else "make it from the spec, not from the child that is observed",
            pointer,
            rules,
            "7.9" if status else "1.40",
        )


def _differences(
    before: Desired, after: Desired, asking: Asking | None = None
) -> Iterator[tuple[str, tuple[str, ...], str]]:
    """Yield what differs between two answers, one place for each child and for the status.

    Shape: what, its rules, pointer. With `asking`, children that OnDelete never changes are left
        out.
    """
    for ref in sorted({*before.objects, *after.objects}):
        holder = after if ref in after.objects else before
        where, rules = about(holder, ref)
        if ref not in before.objects or ref not in after.objects:
            yield where, rules, ""
        elif asking is None or asking.method(ref) in _WRITTEN:
            patch = diff(before.objects[ref], after.objects[ref])
            for operation in tuple(patch)[:1]:
                yield where, rules, operation.path
    for operation in tuple(diff(before.status, after.status))[:1]:
        yield _STATUS, (), operation.path


# -- what is kept ------------------------------------------------------------------------------


def _secrets(asking: Asking, settled: Settled) -> Iterator[Finding]:
    if asking.apply != "dynamic":
        return
    desired = settled.answer.desired
    for ref, document in desired.objects.items():
        if (ref.gvk.api_version, ref.gvk.kind) != ("v1", "Secret"):
            continue
        for member in ("data", "stringData"):
            if document.get(member):
                where, rules = about(desired, ref)
                yield Finding(
                    "secret-copied",
                    "warning",
                    where,
                    "is copied into an annotation",
                    "dynamic apply keeps the whole desired child in last-applied-configuration, "
                    "which kubectl describe shows; `once` draws it once, but does not hide it",
                    "start Metacontroller with --apply-strategy=server-side-apply, and check with "
                    "--apply server-side; or let another controller make the Secret",
                    f"/{member}",
                    rules,
                    "4.1",
                )
                break


# -- what users change -------------------------------------------------------------------------


def _changes(asking: Asking, settled: Settled, schema: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield what becomes of changes of the spec: held back, or refused by the server."""
    refused = _refused_anyhow(asking, settled)
    told: set[tuple[str, str]] = set()
    for field, parent in changed(settled.parent, schema):
        if field.startswith("/spec/selector"):
            continue  # it finds the children that are there, so it is not for changing
        metadata_of(parent)["generation"] = 2
        for step, desired in _followed(asking, parent, settled):
            where, rules = about(desired, step.ref)
            if step.action == "leave" and (pointer := _asked(step, asking)) is not None:
                if ("on-delete", where) not in told:
                    yield _held_back(where, pointer, rules, field)
                told.add(("on-delete", where))
            for each in step.refusals if step.action == "refuse" else ():
                if (step.ref, each.pointer) in refused or ("immutable", where) in told:
                    continue
                if "is refused by the server" not in each.reason or not step.changes:
                    continue
                told.add(("immutable", where))
                yield Finding(
                    "immutable",
                    "warning",
                    where,
                    f"may not change once it is there, and follows {field} of the parent",
                    f"{step.strategy} sends the change, and the API server refuses it at every "
                    "sync",
                    "use Recreate, make the name follow the field, or keep the field as it is "
                    "(keep, or an Immutable() field of the parent)",
                    each.pointer,
                    rules,
                )


def _held_back(where: str, pointer: str, rules: tuple[str, ...], field: str) -> Finding:
    return Finding(
        "on-delete",
        "warning",
        where,
        f"follows {field} of the parent, under OnDelete",
        "a child that is there never changes, until somebody deletes it; OnDelete is what "
        "Child(kind) and Metacontroller take where nobody says anything",
        "say InPlace or Recreate; where it is meant to stay, say so: keep(rule)",
        pointer,
        rules,
        "6.2",
    )


def _asked(step: Step, asking: Asking) -> str | None:
    """Return the first place of a change that a rule asks for, and that another strategy makes.

    Labels and the like are left out, and what no strategy changes.
    """
    names = (step.ref.gvk.api_version, step.ref.gvk.kind)
    fixed = asking.kinds.immutable_fields(*names) if asking.kinds.known(*names) else ()
    for change in step.changes:
        if change.source == "rule" and not change.pointer.startswith("/metadata/"):
            inside = f"{change.pointer}/"
            if not any(inside.startswith(f"{place}/") for place in fixed):
                return change.pointer
    return None


def _refused_anyhow(asking: Asking, settled: Settled) -> set[tuple[Ref, str]]:
    plan = asking.plan(settled.parent, settled.answer.desired, {})
    return {(step.ref, each.pointer) for step in plan.steps for each in step.refusals}


def _followed(
    asking: Asking, parent: JsonObject, settled: Settled
) -> Iterator[tuple[Step, Desired]]:
    """Yield what becomes of each child in the syncs after a change of the parent.

    A parent that the model or a rule does not take is none that a user can have.
    """
    held = dict(settled.children)
    for _ in range(_SYNCS):
        try:
            answer: Answer = asking.ask(parent, held, settled.related)
        except ReconcileError:
            return
        if answer.failures:
            return
        plan = asking.plan(parent, answer.desired, held)
        if plan.failing:
            return
        for step in plan.steps:
            yield step, answer.desired
        after = asking.applied(parent, answer.desired, held)
        if equal(_by_name(after), _by_name(held)):
            return
        held = after


def _by_name(children: Mapping[Ref, JsonObject]) -> JsonObject:
    return {f"{ref.gvk} {ref}": document for ref, document in children.items()}


def _long_names(asking: Asking, settled: Settled, schema: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield the children that a parent of a long name cannot have."""
    bounds = inside(schema, "metadata", "name")
    most = _ROOM.get(str(settled.parent.get("kind")), _LONG)
    length = min(most, int(bounds.get("maxLength", most)))
    parent = cast("JsonObject", thaw(settled.parent))
    metadata_of(parent)["name"] = "a" * length
    refused = {
        (about(settled.answer.desired, ref)[0], pointer)
        for ref, pointer in _refused_anyhow(asking, settled)
    }
    try:
        long = asking.settle(parent, settled.related)
    except ReconcileError:
        return
    if long.answer.failures:
        return
    plan = asking.plan(parent, long.answer.desired, {})
    for step in plan.steps:
        where, rules = about(long.answer.desired, step.ref)
        for told in step.refusals:
            if (where, told.pointer) in refused or told.reason.endswith(_ENDS):
                continue
            yield Finding(
                "long-name",
                "warning",
                where,
                f"is refused where the parent's name has {length} characters",
                "such a name is taken for the parent, which then never gets this child",
                "leave room: shorten the name, or add a digest of it; or bound the parent's name",
                told.pointer,
                rules,
            )
