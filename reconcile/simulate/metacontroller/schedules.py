"""Orders in which a run can go: what the real programs leave undefined, one choice a field.

1. Metacontroller, the garbage collector and the delivery of events run side by side. A recording
   shows one order of many that are as right. Here one thing happens at a time, in the order of a
   `Schedule`; the first one is the default.
2. `reproduced` plays the default. Where a step differs, it tries the schedules of `OPTIONS` for that
   step, one after the other, and keeps the first with which the run is equal up to a later step.
   What follows is played with the default again. A step for which none fits leaves the default run.
3. Nothing but order and duration is chosen: what is done is the same code in every schedule.

Source: the recordings' own description of what differs between two recordings of one run.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from reconcile.simulate.metacontroller.comparing import compare_runs
from reconcile.simulate.metacontroller.replaying import Run
from reconcile.simulate.stray_owners import report

if TYPE_CHECKING:
    from reconcile.simulate.comparison import Difference
    from reconcile.simulate.metacontroller.process import Metacontroller
    from reconcile.simulate.metacontroller.replaying import Hooks
    from reconcile.value.types import JsonObject

__all__ = ["OPTIONS", "Schedule", "Scheduled", "reproduced"]


class Schedule(NamedTuple):
    """The order of one step."""

    children: Literal["given", "reversed", "turning"] = "given"
    """How the children of one kind, and the revisions of a parent, follow each other: as the hook
    gave them, the last first, or another one first at each sync. In Go it is the order of a map."""
    syncs: Literal["in turns", "reversed"] = "in turns"
    """Which of several syncs that are due begins: that of the controller whose turn it is, or the
    last one. Really, five workers of each controller take them at once."""
    news: Literal["at once", "when idle", "parents last", "one by one"] = "at once"
    """When the cache hears of what happened: before each sync; only when no sync is due, as if all
    syncs had begun at once; then, and of children before parents; then, and one event only."""
    collector: Literal["last", "first", "after a sync", "during a sync", "woven"] = "last"
    """When the garbage collector acts: when Metacontroller has nothing to do; before it begins;
    after its first sync; while its second one goes on, which does not hear of it; a thing before
    and a thing during each sync from the second one on."""
    late: int = 0
    """Syncs that begin after the limit of a step that does not settle."""
    left_over: int = 0
    """Syncs of the step before that end in this one, before the user does anything."""
    seconds: float = 0.008
    """What a sync takes."""


DEFAULT: Final = Schedule()
OPTIONS: Final = (
    Schedule(children="reversed"),
    Schedule(children="turning"),
    Schedule(syncs="reversed"),
    Schedule(news="when idle"),
    Schedule(news="when idle", syncs="reversed"),
    Schedule(news="parents last"),
    Schedule(news="parents last", syncs="reversed"),
    Schedule(news="one by one"),
    Schedule(news="one by one", syncs="reversed"),
    Schedule(collector="first"),
    Schedule(collector="after a sync"),
    Schedule(collector="during a sync"),
    Schedule(collector="woven"),
    Schedule(seconds=0.05),
    Schedule(left_over=1),
    Schedule(left_over=2),
    Schedule(left_over=3),
)
"""What is tried for a step, in this order; those with something left over also after a step before
that went on for one sync more."""


class Scheduled(Run):
    """A run whose steps go in the orders that are given; in the default where none is."""

    def __init__(
        self,
        recording: Mapping[str, Any],
        hooks: Hooks,
        kinds: list[JsonObject],
        schedules: Mapping[int, Schedule],
    ) -> None:
        self.schedules = schedules
        self.schedule = DEFAULT
        self.place = -1
        """The number of the step."""
        self.begun = 0
        """Syncs that began in this step."""
        self.late = 0
        """Syncs that may still begin after the limit."""
        self.latest = ""
        """The controller of the last sync."""
        super().__init__(recording, hooks, kinds)

    def _process(self, flags: list[str]) -> Metacontroller:
        made = super()._process(flags)
        made.order = self._order
        made.pause = self.schedule.seconds
        return made

    def _order(self, places: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
        made = list(places)
        if self.schedule.children == "reversed":
            made.reverse()
        elif self.schedule.children == "turning" and made:
            turn = self.begun % len(made)
            made = made[turn:] + made[:turn]
        return made

    def _step(self, step: Mapping[str, Any]) -> JsonObject:
        self.place += 1
        self.schedule = self.schedules.get(self.place, DEFAULT)
        self.process.pause = self.schedule.seconds
        self.begun = 0
        self.late = self.schedule.late
        return super()._step(step)

    def _left_over(self) -> None:
        for _ in range(self.schedule.left_over):
            self.process.deliver()
            if self.process.busy:
                self._work()

    def _act(self, end: datetime) -> bool:
        collector = self.schedule.collector
        if collector == "first" or (collector == "after a sync" and self.begun):
            self._collect()
        elif collector == "woven" and self.begun:
            self._collect(most=1)
        self._deliver()
        if not self.process.busy:
            return self._collect(most=1)
        if self.server.world.now >= end:
            if not self.late:
                return False
            self.late -= 1
        if collector in ("during a sync", "woven") and self.begun:
            self._collect(most=1 if collector == "woven" else None)
        self._work()
        return True

    def _work(self) -> None:
        """Do the next thing that is due."""
        self.begun += 1
        due = [step for step in self.process.steps() if step.what != "deliver"]
        if self.schedule.syncs == "in turns" or due[0].what == "reconcile":
            self.process.work()
            return
        others = [each for each in due if not each.about.startswith(f"{self.latest}|")]
        step = (others or due)[-1]
        self.latest = step.about.partition("|")[0]
        self.process.do(step)

    def _deliver(self) -> None:
        """Let Metacontroller hear of what happened, as far as it is time."""
        process, news = self.process, self.schedule.news
        if news == "at once":
            process.deliver()
        if news == "at once" or not process.alive or process.busy:
            return
        parents: set[str] = set()
        if news == "parents last":
            runs = process.running.values()
            parents = {rule.kind.prefix for run in runs for rule in run.settings.parents}
        while self._next(parents):
            if process.busy and news == "one by one":
                return
        if not process.busy or news == "when idle":
            process.deliver()

    def _next(self, but: set[str]) -> bool:
        """Deliver the oldest event, but of some kinds; return whether there was one."""
        cache = self.process.cache
        cache.look(self.server.world)
        pending = [prefix for prefix in cache.pending if prefix not in but]
        if not pending:
            return False
        return self.process.deliver_next(min(pending, key=lambda each: cache.pending[each][0].version))

    def _collect(self, most: int | None = None) -> bool:
        """Let the server's own controllers act; return whether they did anything."""
        acted = False
        while most is None or most > 0:
            report(self.server, self.reported)
            self.reported = self.server.world.version
            did = self.server.step()
            self._emitted_by_others()
            if not did:
                break
            acted = True
            self.last = self.server.world.now
            most = None if most is None else most - 1
        return acted


def reproduced(
    recording: Mapping[str, Any], hooks: Hooks, kinds: list[JsonObject]
) -> tuple[JsonObject, list[Difference]]:
    """Return a run as it goes on the simulated programs, and where it differs from the recording.

    Guarantees: the run of the default schedule, unless another one shows exactly what was recorded.
    Cost: one run if that is equal; else up to 25 runs for each step that differs.
    """
    default = Scheduled(recording, hooks, kinds, {}).play()
    first = list(compare_runs(recording, default))
    produced, found, chosen = default, first, dict[int, Schedule]()
    while found:
        place = found[0].step
        for option in _options(place, recording):
            produced = Scheduled(recording, hooks, kinds, {**chosen, **option}).play()
            left = list(compare_runs(recording, produced))
            if not left or left[0].step > place:
                chosen, found = {**chosen, **option}, left
                break
        else:
            return default, first
    return produced, []


def _options(place: int, recording: Mapping[str, Any]) -> Iterator[dict[int, Schedule]]:
    """Yield what is tried for a step, and for the one before if that did not settle."""
    unsettled = place > 0 and not recording["steps"][place - 1]["settled"]
    for option in OPTIONS:
        if unsettled or not option.left_over:
            yield {place: option}
    if unsettled:
        for option in (DEFAULT, *OPTIONS):
            if option == DEFAULT or option.left_over:
                yield {place - 1: Schedule(late=1), place: option}
