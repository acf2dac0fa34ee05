"""What is due, and when the rest will be."""

from __future__ import annotations

from datetime import timedelta

from reconcile.simulate.metacontroller.work_queue import WorkQueue
from reconcile.simulate.server.clock import EPOCH


def waits(queue: WorkQueue, key: str) -> float:
    """Return the seconds until a key is due."""
    return (queue.later[key] - EPOCH).total_seconds()


def test_a_key_is_due_once() -> None:
    """However often it is added; in the order in which it came first."""
    queue = WorkQueue()
    for key in "abab":
        queue.add(key)
    assert list(queue.due) == ["a", "b"]
    assert queue.wakes is None


def test_of_two_times_the_earlier_counts() -> None:
    """A later one changes nothing; no time at all is now."""
    queue = WorkQueue()
    queue.add_after("a", 5, EPOCH)
    queue.add_after("a", 9, EPOCH)
    assert waits(queue, "a") == 5
    queue.add_after("a", 2, EPOCH)
    assert waits(queue, "a") == 2
    assert queue.wakes == EPOCH + timedelta(seconds=2)
    queue.add_after("b", 0, EPOCH)
    assert list(queue.due) == ["b"]


def test_what_ripens_is_due_in_the_order_of_its_time() -> None:
    """And no longer waits."""
    queue = WorkQueue()
    queue.add_after("a", 3, EPOCH)
    queue.add_after("b", 2, EPOCH)
    queue.add_after("c", 9, EPOCH)
    queue.ripen(EPOCH + timedelta(seconds=3))
    assert list(queue.due) == ["b", "a"]
    assert list(queue.later) == ["c"]


def test_failures_double_the_wait_until_one_succeeds() -> None:
    """5 ms first; a thousand seconds at most."""
    queue = WorkQueue()
    seen = []
    for _ in range(20):
        queue.later.clear()
        queue.add_failed("a", EPOCH)
        seen.append(waits(queue, "a"))
    assert seen[:4] == [0.005, 0.01, 0.02, 0.04]
    assert seen[-1] == 1000
    queue.forget("a")
    queue.later.clear()
    queue.add_failed("a", EPOCH)
    assert waits(queue, "a") == 0.005


def test_all_failures_of_a_queue_share_a_bucket() -> None:
    """A hundred at once, then ten a second; time fills it again."""
    queue = WorkQueue()
    for number in range(102):
        queue.add_failed(str(number), EPOCH)
    assert [waits(queue, str(number)) for number in (99, 100, 101)] == [0.005, 0.1, 0.2]
    later = EPOCH + timedelta(seconds=60)
    queue.add_failed("late", later)
    assert (queue.later["late"] - later).total_seconds() == 0.005


def test_a_copy_goes_its_own_way() -> None:
    """What is added to one is not in the other."""
    queue = WorkQueue()
    queue.add_failed("a", EPOCH)
    other = queue.copy()
    other.add("b")
    other.add_failed("a", EPOCH)
    other.add_after("c", 1, EPOCH)
    assert (list(queue.due), queue.failures, list(queue.later)) == ([], {"a": 1}, ["a"])
    assert other.failures == {"a": 2}
