"""Facts about simulated time under a clock that a test holds in its hand."""

from __future__ import annotations

import asyncio

from reconcile.http_api.pace import LOGGER, Pace


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


class World:
    """What settles; it takes as long as it is told, and may fail."""

    def __init__(self, clock, *, cost=0.0, fails=False, settled=lambda: None):
        self.clock = clock
        self.cost = cost
        self.fails = fails
        self.settled = settled
        self.seconds = []

    def settle(self, seconds=0.0):
        self.seconds.append(seconds)
        self.clock.now += self.cost
        self.settled()
        if self.fails:
            raise RuntimeError("never at rest")


def _paced(use, **about):
    """Run `use` with a started pace, and return the world."""
    clock = Clock()
    world = World(clock, **about)
    woken = []

    async def run():
        pace = Pace(world, lambda: woken.append(1), clock=clock)
        pace.start()
        try:
            await use(pace, clock)
        finally:
            pace.stop()

    asyncio.run(run())
    assert len(woken) == len(world.seconds)
    return world


def test_a_write_brings_the_time_up_to_date():
    """When some time has passed it passes in the world too, before something is written."""

    async def use(pace, clock):
        pace.before_write()
        clock.now += 0.1
        pace.before_write()
        clock.now += 0.4
        pace.before_write()
        pace.before_write()

    assert _paced(use).seconds == [0.5]


def test_no_second_is_lost():
    """What passes in the world adds up to what passes outside, the time it takes included."""

    async def use(pace, clock):
        for _ in range(10):
            clock.now += 3.0
            pace.before_write()

    world = _paced(use, cost=0.25)
    assert sum(world.seconds) + world.cost == world.clock.now - 100.0


def test_a_slow_world_is_settled_less_often():
    """When settling took a second, writes within nine seconds after it do not wait for it again."""

    async def use(pace, clock):
        clock.now += 5.0
        pace.before_write()
        clock.now += 4.0
        pace.before_write()
        clock.now += 4.0
        pace.before_write()

    assert len(_paced(use, cost=1.0).seconds) == 1


def test_a_slow_world_is_settled_in_the_end():
    """After ten times as long as it took, the next write lets the world settle first."""

    async def use(pace, clock):
        clock.now += 15.0
        pace.before_write()
        clock.now += 9.0
        pace.before_write()

    assert _paced(use, cost=1.0).seconds == [15.0, 10.0]


def test_controllers_run_soon_after_a_write():
    """A write is followed by one look of the controllers, however many writes there were."""

    async def use(pace, clock):
        for _ in range(5):
            pace.written()
        async with asyncio.timeout(10):
            await settled.wait()

    settled = asyncio.Event()
    assert len(_paced(use, settled=settled.set).seconds) == 1


def test_a_world_that_fails_ends_nothing(caplog):
    """What a controller raises is logged, and time goes on."""

    async def use(pace, clock):
        clock.now += 1.0
        pace.before_write()
        clock.now += 1.0
        pace.before_write()

    LOGGER.disabled = False
    assert _paced(use, fails=True).seconds == [1.0, 1.0]
    assert [record.name for record in caplog.records] == ["reconcile.http_api"] * 2


def test_nothing_happens_before_the_start_and_after_the_end():
    """A pace that does not run settles nothing."""
    clock = Clock()
    world = World(clock)
    pace = Pace(world, lambda: None, clock=clock)
    clock.now += 5.0
    pace.before_write()
    pace.written()
    pace.stop()
    assert world.seconds == []
