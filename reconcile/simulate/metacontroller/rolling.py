"""One pass of a rolling update: which revision each child belongs to, and which child moves next.

1. At most one child moves in a pass, and only while those that moved before are content (6.22).
2. Version 4.17.2 looks observed children up by a name that they are not kept under, so a child of a
   namespaced parent is never found and the update stalls after the first (rule 6.30). `repaired`
   looks them up by the right one.

Source: pkg/controller/composite/rolling_update.go of Metacontroller 4.17.2.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from reconcile.diff import equal
from reconcile.simulate.metacontroller.children import merged
from reconcile.simulate.metacontroller.client import CrashError
from reconcile.simulate.metacontroller.documents import generation_of
from reconcile.simulate.metacontroller.object_maps import gvk_of, place_of
from reconcile.simulate.metacontroller.webhook import HookError

if TYPE_CHECKING:
    from reconcile.simulate.metacontroller.object_maps import ObjectMap
    from reconcile.simulate.metacontroller.responses import SyncAnswer
    from reconcile.simulate.metacontroller.settings import ChildRule, Settings
    from reconcile.value.types import Json, JsonObject

__all__ = ["Revision", "names_of", "roll"]

Place = tuple[str, str]
Claims = dict[tuple[str, str, str], "Revision"]
"""(group, kind, name) of a child -> the revision that claims it."""


class Revision:
    """A revision in one pass: the parent it stands for, its object, what the hook said."""

    __slots__ = ("answer", "desired", "document", "parent")

    def __init__(self, parent: JsonObject, document: JsonObject | None = None) -> None:
        self.parent = parent
        self.document: JsonObject = document or {}
        self.answer: SyncAnswer | None = None
        self.desired: ObjectMap = {}

    def relative(self, at: Place) -> str:
        """Return the name under which a revision knows a child (rule 1.15)."""
        namespace, name = at
        home, _ = place_of(self.parent)
        return name if home or not namespace else f"{namespace}/{name}"

    def wants(self, group: str, kind: str, name: str) -> JsonObject | None:
        """Return what the hook wants of a child, None for nothing."""
        for gvk, objects in self.desired.items():
            if (gvk.group, gvk.kind) == (group, kind):
                for at, child in objects.items():
                    if self.relative(at) == name:
                        return child
        return None

    def add(self, group: str, kind: str, name: str) -> None:
        """Claim a child."""
        children = cast("list[dict[str, Any]]", self.document.setdefault("children", []))
        for each in children:
            if (each.get("apiGroup", ""), each.get("kind")) == (group, kind):
                if name not in each["names"]:
                    each["names"] = [*each["names"], name]
                return
        children.append({"apiGroup": group, "kind": kind, "names": [name]})

    def remove(self, group: str, kind: str, name: str) -> None:
        """Give a child up; a kind without names stays until the next pass."""
        for each in cast("list[dict[str, Any]]", self.document.get("children") or []):
            if (each.get("apiGroup", ""), each.get("kind")) == (group, kind):
                each["names"] = [known for known in each["names"] if known != name]


def names_of(document: JsonObject) -> list[tuple[str, str, list[str]]]:
    """Return (group, kind, names) of the children that a revision claims, where there are any."""
    children = cast("list[dict[str, Any]]", document.get("children") or [])
    return [
        (str(each.get("apiGroup", "")), str(each.get("kind", "")), list(each["names"]))
        for each in children
        if each.get("names")
    ]


def roll(
    settings: Settings,
    revisions: Sequence[Revision],
    observed: ObjectMap,
    *,
    repaired: bool,
    order: Callable[[Iterable[Place]], Iterable[Place]],
) -> list[str]:
    """Make one pass over the revisions, the latest first; it says in its status what it did.

    Shape: returns the names of children that are there and were not found (rule 6.30).
    Raises: CrashError when there is no status to say it in (rule 1.42).
    """
    latest = revisions[0]
    find = _Finder(latest, observed, repaired=repaired)
    claimed = _claims(settings, revisions)
    _give(settings, latest, claimed, find, order)
    assert latest.answer is not None
    for child in latest.answer.children:
        gvk = gvk_of(child)
        if not _rolls(settings, gvk.group, gvk.kind):
            continue
        name = place_of(child)[1]
        if claimed.get((gvk.group, gvk.kind, name)) is latest:
            continue
        waits = _waits(settings, latest, find)
        if waits:
            _say(latest, "False", "RolloutWaiting", waits)
            return list(find.missed)
        latest.add(gvk.group, gvk.kind, name)
        for each in revisions[1:]:
            each.remove(gvk.group, gvk.kind, name)
        _say(latest, "False", "RolloutProgressing", f"updating {gvk.kind} {name}")
        return list(find.missed)
    name = place_of(latest.document)[1]
    _say(latest, "True", "OnLatestRevision", f"latest ControllerRevision: {name}")
    return list(find.missed)


def _rolls(settings: Settings, group: str, kind: str) -> bool:
    rule = settings.methods.get((group, kind))
    return rule is not None and rule.rolling


class _Finder:
    """Observed children by the name under which revisions know them."""

    def __init__(self, latest: Revision, observed: ObjectMap, *, repaired: bool) -> None:
        self._latest = latest
        self._observed = observed
        self._repaired = repaired
        self.missed: dict[str, None] = {}
        """Children that would be found by the right name."""

    def __call__(self, group: str, kind: str, name: str) -> JsonObject | None:
        for gvk, objects in self._observed.items():
            if (gvk.group, gvk.kind) != (group, kind):
                continue
            for (namespace, own), document in objects.items():
                uniform = f"{namespace}/{own}" if namespace else own
                relative = self._latest.relative((namespace, own))
                if name == (relative if self._repaired else uniform):
                    return document
                if name == relative:
                    self.missed[f"{kind} {uniform}"] = None
        return None


def _claims(settings: Settings, revisions: Sequence[Revision]) -> Claims:
    """Return who claims which child, and drop claims that are no longer any (rule 6.20)."""
    latest = revisions[0]
    claimed: Claims = {}
    for revision in revisions:
        kept: list[Json] = []
        for each in cast("list[dict[str, Any]]", revision.document.get("children") or []):
            group, kind = str(each.get("apiGroup", "")), str(each.get("kind", ""))
            if not _rolls(settings, group, kind):
                continue
            found = False
            for name in each.get("names") or ():
                at = (group, kind, name)
                if latest.wants(*at) is None or at in claimed:
                    continue
                claimed[at] = revision
                found = True
            if found:
                kept.append(each)
        revision.document["children"] = kept
    return claimed


def _give(
    settings: Settings,
    latest: Revision,
    claimed: Claims,
    find: _Finder,
    order: Callable[[Iterable[Place]], Iterable[Place]],
) -> None:
    """Give the latest revision what nobody claims, and what is as it wants it (rule 6.21)."""
    for gvk in sorted(latest.desired):
        if not _rolls(settings, gvk.group, gvk.kind):
            continue
        for place in order(latest.desired[gvk]):
            name = latest.relative(place)
            at = (gvk.group, gvk.kind, name)
            holder = claimed.get(at)
            if holder is None:
                latest.add(*at)
                claimed[at] = latest
            elif holder is not latest:
                live = find(*at)
                if live is not None and _is_updated(live, latest.desired[gvk][place]):
                    latest.add(*at)
                    holder.remove(*at)
                    claimed[at] = latest


def _is_updated(live: JsonObject, wanted: JsonObject) -> bool:
    try:
        return equal(live, merged(live, wanted))
    except HookError:
        return False


def _waits(settings: Settings, latest: Revision, find: _Finder) -> str:
    """Return what the update waits for, empty for nothing (rule 6.23)."""
    for group, kind, names in names_of(latest.document):
        rule = settings.methods.get((group, kind))
        if rule is None or not rule.rolling:
            continue
        for name in names:
            found = _waits_for(rule, latest, find, (group, kind, name))
            if found:
                return found
    return ""


def _waits_for(rule: ChildRule, latest: Revision, find: _Finder, at: tuple[str, str, str]) -> str:
    _, kind, name = at
    live = find(*at)
    if live is None:
        return f"missing child {kind} {name}"
    wanted = latest.wants(*at)
    if wanted is None:  # it goes: the real one would crash here (rule 6.34)
        number, message = "6.34", f"{kind} {name} is compared with nothing, which ends the process"
        raise CrashError(number, message)
    if not _is_updated(live, wanted):
        return f"child {kind} {name} is not updated yet"
    status = live.get("status")
    known: JsonObject = status if isinstance(status, dict) else {}
    if rule.method == "RollingInPlace":
        seen = known.get("observedGeneration")
        if isinstance(seen, int) and 0 < seen < generation_of(live):
            return (
                f"child {kind} {name} with RollingInPlace update strategy hasn't observed latest "
                "spec"
            )
    failed = _failed_check(rule.conditions, known)
    return f"child {kind} {name} failed status check: {failed}" if failed else ""


def _failed_check(checks: Sequence[Mapping[str, str]], status: JsonObject) -> str:
    """Return which condition is not as it should be, empty if all are."""
    conditions = status.get("conditions")
    for check in checks:
        wanted = check["type"]
        found = next(
            (
                each
                for each in (conditions if isinstance(conditions, list) else ())
                if isinstance(each, dict) and each.get("type") == wanted
            ),
            None,
        )
        if found is None:
            return f'required condition type missing: "{wanted}"'
        for member in ("status", "reason"):
            if check.get(member) is not None and found.get(member, "") != check[member]:
                return (
                    f'"{wanted}" condition {member} is "{found.get(member, "")}" '
                    f'(want "{check[member]}")'
                )
    return ""


def _say(latest: Revision, status: str, reason: str, message: str) -> None:
    """Add the condition `Updated`; one that the hook wrote stays (rule 6.24)."""
    assert latest.answer is not None
    if latest.answer.status is None:
        rule, told = "1.42", "a rolling update has no status to write to, which ends the process"
        raise CrashError(rule, told)
    conditions = latest.answer.status.get("conditions")
    known = list(conditions) if isinstance(conditions, list) else []
    if any(isinstance(each, dict) and each.get("type") == "Updated" for each in known):
        return
    made: JsonObject = {"type": "Updated", "status": status, "reason": reason, "message": message}
    latest.answer = latest.answer._replace(
        status={**latest.answer.status, "conditions": [*known, made]}
    )
