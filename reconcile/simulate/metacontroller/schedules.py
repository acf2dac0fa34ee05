"""Orders in which a run can go: what the real programs leave undefined, one choice a field.

1. Metacontroller, the garbage collector and the delivery of events run side by side. A recording
   shows one order of many that are as right. Here one thing happens at a time, in the order of a
   `Schedule`; the first one is the default.
2. `reproduced` plays the default. Where a step differs, it tries those of `OPTIONS` for that
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
from reconcile.simulate.server.stray_owners import report

if TYPE_CHECKING:
    from reconcile.hook.transport import Answer, Call
    from reconcile.simulate.comparison import Difference
    from reconcile.simulate.metacontroller.process import Metacontroller
    from reconcile.simulate.metacontroller.replaying import Hooks
    from reconcile.value.types import JsonObject

__all__ = ["OPTIONS", "Reproduction", "Schedule", "Scheduled", "reproduced"]


class Schedule(NamedTuple):
    """The order of one step."""

    children: Literal["given", "reversed", "turning"] = "given"
    """How the children of one kind, and the revisions of a parent, follow each other: as the hook
    gave them, the last first, or another one first at each sync. In Go it is the order of a map."""
    syncs: Literal["in turns", "first", "last"] = "in turns"
    """Which of several syncs that are due begins: that of the controller whose turn it is; or the
    first or the last one by name, of another controller than the sync before if there is one.
    Really, five workers of each controller take them at once."""
    news: Literal[
        "at once", "when idle", "every other", "parents last", "one first", "two first"
    ] = "at once"
    """When the cache hears of what happened: before each sync; only when no sync is due, as if all
    syncs had begun at once; then, and before every other sync; then, and of children before
    parents; then of one thing, and of the rest after the syncs that come of it; or of two things,
    one after the other."""
    collector: Literal["last", "first", "after a sync", "during a sync", "woven"] = "last"
    """When the garbage collector acts: when Metacontroller has nothing to do; before it begins;
    after its first sync; while its second one goes on, which does not hear of it; a thing before
    and a thing during each sync from the second one on."""
    late: int = 0
    """Syncs that begin after the limit of a step that does not settle."""
    left_over: int = 0
    """Syncs of the step before that end in this one, before the user does anything: their hooks
    were asked before, their writes come now."""
    amid: bool = False
    """Whether the user acts while the last of those goes on, after its hook has been asked."""
    seconds: float = 0.008
    """What a sync takes."""
    patience: float = 0.0
    """How many seconds later than it could have a silence was noticed by whoever recorded it."""


DEFAULT: Final = Schedule()
_ALONE: Final = {"one first": 1, "two first": 2}
_LATE: Final = ("when idle", "every other", "parents last", "one first", "two first")
OPTIONS: Final = (
    Schedule(children="reversed"),
    Schedule(children="turning"),
    Schedule(syncs="first"),
    Schedule(syncs="last"),
    *(Schedule(news=news) for news in _LATE),
    *(Schedule(news=news, syncs="first") for news in _LATE),
    *(Schedule(news=news, syncs="last") for news in _LATE),
    Schedule(collector="first"),
    Schedule(collector="after a sync"),
    Schedule(collector="during a sync"),
    Schedule(collector="woven"),
    Schedule(seconds=0.05),
    *(Schedule(left_over=count, amid=amid) for amid in (False, True) for count in (1, 2, 3)),
)
"""What is tried for a step, in this order; those with something left over also after a step before
that went on for one sync more. The last is more patience in all steps so far."""
_PATIENCE: Final = 0.1


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
        self.heard = 0
        """How many events were delivered alone in this step."""
        self.latest = ""
        """The controller of the last sync."""
        self.amid: Mapping[str, Any] | None = None
        """The step whose action comes after the next call of a hook."""
        self.result: JsonObject | None = None
        """What came of that."""
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
        self.heard = 0
        self.late = self.schedule.late
        return super()._step(step)

    def _done(self, step: Mapping[str, Any]) -> JsonObject:
        self.amid = None
        self.result = None
        for place in range(self.schedule.left_over):
            self.process.deliver()
            if self.schedule.amid and place == self.schedule.left_over - 1:
                self.amid = step
            if self.process.busy:
                self._work()
        self.rows = [row for row in self.rows if "hook" not in row]
        self.amid = None
        return super()._done(step) if self.result is None else self.result

    def _transport(self, call: Call) -> Answer:
        answer = super()._transport(call)
        if self.amid is not None:
            step, self.amid = self.amid, None
            self.result = super()._done(step)
        return answer

    def _settle(self, quiet: float, limit: float) -> bool:
        return super()._settle(quiet + self.schedule.patience, limit)

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
        step = (others or due)[0 if self.schedule.syncs == "first" else -1]
        self.latest = step.about.partition("|")[0]
        self.process.do(step)

    def _deliver(self) -> None:
        """Let Metacontroller hear of what happened, as far as it is time."""
        process, news = self.process, self.schedule.news
        if news == "at once" or (news == "every other" and self.begun % 2):
            process.deliver()
            return
        if not process.alive:
            return
        alone = _ALONE.get(news, 0)
        if alone and self.heard >= alone:
            process.deliver()
        if process.busy:
            return
        parents: set[str] = set()
        if news == "parents last":
            runs = process.running.values()
            parents = {rule.kind.prefix for run in runs for rule in run.settings.parents}
        while self._next(parents):
            if process.busy and alone:
                self.heard += 1
                return
        if not process.busy or news in ("when idle", "every other"):
            process.deliver()

    def _next(self, but: set[str]) -> bool:
        """Deliver the oldest event, but of some kinds; return whether there was one."""
        cache = self.process.cache
        cache.look(self.server.world)
        pending = [prefix for prefix in cache.pending if prefix not in but]
        if not pending:
            return False
        return self.process.deliver_next(
            min(pending, key=lambda each: cache.pending[each][0].version)
        )

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


class Reproduction(NamedTuple):
    """A recorded run as it goes on the simulated programs."""

    run: JsonObject
    differences: list[Difference]
    in_default_order: bool
    """Whether no other order of what the real programs leave open was needed."""


def reproduced(recording: Mapping[str, Any], hooks: Hooks, kinds: list[JsonObject]) -> Reproduction:
    """Return a run as it goes on the simulated programs, and where it differs from the recording.

    Guarantees: the run of the default schedule, unless another one shows exactly what was recorded.
    Cost: one run if that is equal; else some 45 runs for each step that differs.
    """
    default = Run(recording, hooks, kinds).play()
    first = list(compare_runs(recording, default))
    produced, found, chosen = default, first, dict[int, Schedule]()
    while found:
        place = found[0].step
        for option in _options(place, recording, chosen):
            produced = Scheduled(recording, hooks, kinds, {**chosen, **option}).play()
            left = list(compare_runs(recording, produced))
            if not left or left[0].step > place:
                chosen, found = {**chosen, **option}, left
                break
        else:
            return Reproduction(default, first, in_default_order=False)
    return Reproduction(produced, [], in_default_order=not first)


def _options(
    place: int, recording: Mapping[str, Any], chosen: Mapping[int, Schedule]
) -> Iterator[dict[int, Schedule]]:
    """Yield what is tried for a step; for the one before if that did not settle; for all so far."""
    unsettled = place > 0 and not recording["steps"][place - 1]["settled"]
    for option in OPTIONS:
        if unsettled or not option.left_over:
            yield {place: option}
    if unsettled:
        for option in (DEFAULT, *OPTIONS):
            if option == DEFAULT or option.left_over:
                yield {place - 1: Schedule(late=1), place: option}
    yield {
        step: chosen.get(step, DEFAULT)._replace(patience=_PATIENCE) for step in range(place + 1)
    }
