"""A picture of what happened: who did what, in order, sync by sync.

1. Time is virtual and counted from the beginning of the cluster.
2. What belongs together is one group: a sync with its hook calls and writes, one act of a user or
   an actor. Groups that repeat are told once, with how often they came again.
3. Of writes the places that changed are told. No text holds a value of an object; of events and
   refusals it has the message, unless they are about a Secret.
4. What the server no longer remembers is told without its places.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, TypeAlias, assert_never, cast

from reconcile.simulate.history import Moment
from reconcile.simulate.metacontroller.client import USER, Write
from reconcile.simulate.metacontroller.process import Crashed, HookCalled
from reconcile.simulate.metacontroller.recorder import Emitted
from reconcile.simulate.pictures.scenery import DEFINITION, scenery
from reconcile.simulate.pictures.telling import answered, going, told_write, warned, wrote

if TYPE_CHECKING:
    from reconcile.simulate.cluster import Cluster
    from reconcile.simulate.history import Act, Change
    from reconcile.simulate.metacontroller.process import Row

__all__ = ["Entry", "Fold", "Group", "Mark", "folded", "groups", "seconds", "timeline"]

Mark: TypeAlias = Literal["create", "update", "delete", "none", "call", "warning"]
"""What an entry is: a write by what it did, a call of a hook, or something that went wrong."""

_PERIOD: Final = 6
"""Groups that are looked at together for whether they repeat."""
_WIDEST: Final = 24
"""The column of names; a longer one moves its line to the right."""


class Entry(NamedTuple):
    """One thing that happened, as a text."""

    mark: Mark
    text: str
    places: tuple[str, ...] = ()
    """The pointers of what changed."""


class Group(NamedTuple):
    """What belongs together.

    Units: `when` in virtual seconds since the beginning.
    """

    when: float
    who: str
    about: str
    """What is synced, as `Objectstore default/store`; empty for what is no sync."""
    number: int
    """Of a sync, how many there were of this parent, from 1; else 0."""
    summary: str
    """Of a sync, in a few words; else empty."""
    entries: tuple[Entry, ...]

    @property
    def title(self) -> str:
        """What a sync is called; empty for what is none."""
        return f"sync {self.number} of {self.about}" if self.number else ""

    @property
    def wrong(self) -> bool:
        """Whether something went wrong in it."""
        return any(entry.mark == "warning" for entry in self.entries)


class Fold(NamedTuple):
    """Groups, at least one, and how often they came again right after, just the same."""

    groups: Sequence[Group]
    more: int
    until: float
    """When the last of them was."""

    @property
    def said(self) -> str:
        """How often they came again, in words."""
        many = f"and {self.more} more like this"
        if len(self.groups) > 1:
            many = f"and these {len(self.groups)} another {self.more} times"
        late = self.until > self.groups[-1].when
        return f"{many}, until {seconds(self.until)}" if late else many


def seconds(when: float) -> str:
    """Return a time since the beginning as a person writes it: `90s`, `0.005s`."""
    return f"{round(when, 3):g}s" if when < 1e5 else f"{when:.0f}s"


def timeline(cluster: Cluster) -> str:
    """Return what happened in a cluster, in lines: what `Cluster.timeline` returns.

    Guarantees: as of `groups`. Control characters are written as escapes.
    """
    folds = folded(groups(cluster))
    who = [len(each.who) for fold in folds for each in fold.groups]
    wide = min(max(who, default=0), _WIDEST)
    late = max((len(seconds(fold.until)) for fold in folds), default=0)
    lines: list[str] = []
    before = ""
    for fold in folds:
        for group in fold.groups:
            when = seconds(group.when)
            lines += _lines(group, f"{'' if when == before else when:>{late}}", wide)
            before = when
        if fold.more:
            lines.append(f"{'':{late + wide + 4}}... {fold.said}")
    return "\n".join(line.rstrip() for line in lines)


def _lines(group: Group, when: str, wide: int) -> Iterator[str]:
    margin = " " * (len(when) + wide + 4)
    head = f"{when}  {group.who:{wide}}  "
    told = [_line(entry) for entry in group.entries if not (group.number and entry.mark == "call")]
    if group.number:
        yield f"{head}{group.title}: {group.summary}"
        margin += "  "
    else:
        yield f"{head}{told.pop(0)}"
    for each in told:
        yield f"{margin}{each}"


def _line(entry: Entry) -> str:
    return f"{entry.text}: {', '.join(entry.places)}" if entry.places else entry.text


def folded(told: Sequence[Group]) -> list[Fold]:
    """Return groups with those that repeat told once.

    Cost: linear in the number of groups.
    """
    made: list[Fold] = []
    same = [group._replace(when=0.0, number=min(group.number, 1)) for group in told]
    at = 0
    while at < len(told):
        size, more = next(
            (
                (size, more)
                for size in range(1, _PERIOD + 1)
                if (more := _again(same, at, size)) > (0 if size == 1 else 1)
            ),
            (1, 0),
        )
        end = at + size * (more + 1)
        made.append(Fold(told[at : at + size], more, told[end - 1].when))
        at = end
    return made


def _again(same: Sequence[Group], at: int, size: int) -> int:
    """Return how often some groups come again right behind themselves."""
    first = same[at : at + size]
    more = 0
    while same[at + size * (more + 1) : at + size * (more + 2)] == first:
        more += 1
    return more


# -- groups ----------------------------------------------------------------------------------------


def groups(cluster: Cluster) -> list[Group]:
    """Return what happened in a cluster, in order.

    Guarantees: the same for equal clusters.
    Cost: linear in what happened.
    """
    acts = cluster.acts
    start = acts[0].when if acts else cluster.now
    rows = _steps(cluster.told)
    several = len({step[0][0].controller for step in rows if step[0][0].controller}) > 1
    history = {each.version: each for each in cluster.history}
    making = _Making(cluster, start, history, {}, several=several)
    made: list[Group] = []
    place = version = 0
    for act in acts:
        while place < len(rows) and rows[place][0][0].version <= act.since:
            _add(made, making.of_rows(rows[place], version))
            version = rows[place][-1][0].version
            place += 1
        if act.who != USER:
            _add(made, making.of_act(act))
            version = act.until
    for step in rows[place:]:
        _add(made, making.of_rows(step, version))
        version = step[-1][0].version
    return made


def _steps(told: Sequence[tuple[Moment, Row]]) -> list[list[tuple[Moment, Row]]]:
    made: list[list[tuple[Moment, Row]]] = []
    for moment, row in told:
        if made and made[-1][0][0].step == moment.step:
            made[-1].append((moment, row))
        else:
            made.append([(moment, row)])
    return made


def _add(made: list[Group], group: Group | None) -> None:
    """Add a group; what one did at one time, one act after another, is one group."""
    if group is None:
        return
    last = made[-1] if made else None
    alone = last is not None and not last.number and not group.number
    if last is not None and alone and (last.who, last.when) == (group.who, group.when):
        made[-1] = last._replace(entries=(*last.entries, *group.entries))
    else:
        made.append(group)


class _Making(NamedTuple):
    cluster: Cluster
    start: datetime
    changes: Mapping[int, Change]
    """By the version that each made."""
    counted: dict[str, int]
    several: bool
    """Whether there are several controllers."""

    def when(self, moment: datetime) -> float:
        return (moment - self.start).total_seconds()

    def of_act(self, act: Act) -> Group | None:
        entries: list[Entry] = []
        for version in range(act.since + 1, act.until + 1):
            change = self.changes.get(version)
            if change is not None:
                entries += _changed(change)
        if not entries:
            return None
        return Group(self.when(act.when), act.who, "", 0, "", tuple(entries))

    def of_rows(self, rows: Sequence[tuple[Moment, Row]], since: int) -> Group | None:
        """Return one step of Metacontroller; `since` is the version before it."""
        first = rows[0][0]
        entries: list[Entry] = []
        for moment, row in rows:
            entries += self._told(row, since, moment.version)
            since = moment.version
        when = self.when(first.when)
        if first.synced is None:
            return Group(when, USER, "", 0, "", tuple(entries)) if entries else None
        number = self.counted[first.synced] = self.counted.get(first.synced, 0) + 1
        summary = _summary([row for _, row in rows], entries)
        return Group(when, USER, self._about(first), number, summary, tuple(entries))

    def _about(self, moment: Moment) -> str:
        _, kind, *place = (moment.synced or "").partition("|")[2].split("/")
        by = f" by {moment.controller}" if self.several else ""
        return f"{kind} {'/'.join(place)}{by}"

    def _told(self, row: Row, since: int, until: int) -> Iterator[Entry]:
        match row:
            case HookCalled():
                yield Entry("call", answered(row))
            case Write():
                made = [
                    self.changes[version]
                    for version in range(since + 1, until + 1)
                    if version in self.changes
                ]
                yield _written(self.cluster, row, made, moved=until > since)
            case Emitted():
                if row.type == "Warning":
                    yield Entry("warning", warned(row.reason, row.about, row.message))
                elif row.reason == "Started":
                    yield Entry("none", f"start {row.about['kind']} {row.about['name']}")
            case Crashed():
                yield Entry("warning", f"crash: {row.error} (rule {row.error.rule})")
            case _:
                assert_never(row)


def _written(cluster: Cluster, row: Write, made: Sequence[Change], *, moved: bool) -> Entry:
    text, change = told_write(cluster, row, made, moved=moved)
    if row.code >= 300:
        return Entry("warning", text)
    mark: Mark = "none" if not moved else "update" if row.verb == "patch" else row.verb
    if change is not None:
        mark = change.verb if going(change) is None else "delete"
    places = wrote(change) if change is not None and mark == "update" else ()
    return Entry(mark, text, places)


def _changed(change: Change) -> Iterator[Entry]:
    """Yield what a person sees of a write of a user, an actor or the collector."""
    after = cast("Mapping[str, Any]", change.after or {})
    if change.ref.gvk.kind == "Event":
        if after.get("type") == "Warning":
            found: Any = after.get("involvedObject") or after.get("regarding") or {}
            about = cast("Mapping[str, Any]", found)
            message = str(after.get("message") or after.get("note") or "")
            yield Entry("warning", warned(str(after.get("reason")), about, message))
        return
    shown = not scenery(change.ref)
    if not shown and change.who == "admin" and change.verb == "create":
        shown = change.ref.gvk.group == "metacontroller.k8s.io"
    elif not shown:
        # Definitions and controllers that a user writes, not what the server adds to them.
        given = change.ref.gvk.kind == DEFINITION or change.ref.gvk.group == "metacontroller.k8s.io"
        status = all(place.startswith("/status") for place in wrote(change))
        shown = given and not (change.verb == "update" and status)
        shown = shown and change.who not in ("admin", "kube-controller-manager")
    if shown:
        held = going(change)
        if held is not None:
            yield Entry("delete", f"delete {change.ref} ({held})")
            return
        places = wrote(change) if change.verb == "update" else ()
        yield Entry(change.verb, f"{change.verb} {change.ref}", places)


_NOTHING: Final = "nothing written"
_DID: Final = {"create": "created", "update": "updated", "delete": "deleted"}


def _summary(rows: Sequence[Row], entries: Sequence[Entry]) -> str:
    """Return a sync in a few words: what hooks answered, and what was written then."""
    calls = [answered(row) for row in rows if isinstance(row, HookCalled)]
    told: list[str] = []
    for mark, did in _DID.items():
        many = sum(1 for entry in entries if entry.mark == mark and not _is_status(entry))
        if many:
            told.append(f"{did} {many}")
    status = any(_is_status(entry) and entry.mark == "update" for entry in entries)
    if status:
        told.append("status written")
    wrong = sum(1 for row in rows if isinstance(row, Write) and row.code >= 300)
    if wrong:
        told.append(f"{wrong} refused")
    if any(isinstance(row, Emitted) and row.type == "Warning" for row in rows):
        told.append("failed")
    return "; ".join((*calls, ", ".join(told) or _NOTHING))


def _is_status(entry: Entry) -> bool:
    return " status of " in entry.text
