"""Assertions about a cluster: that it comes to rest, and that it stays there.

1. What is tried is tried on a copy, so an assertion changes nothing but what it says.
2. Events do not count as writes: Metacontroller tells of each start and of each sync that fails.
3. No text holds a value of an object.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from reconcile.simulate.metacontroller.client import Write
from reconcile.simulate.unsettled.error import NotSettledError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reconcile.simulate.cluster import Cluster
    from reconcile.simulate.history import Change

__all__ = ["Cause", "assert_no_writes", "assert_settles"]

Cause: TypeAlias = Literal["restart", "resync"]
"""Why everything is synced once more: Metacontroller starts with an empty memory, or its period of
resyncs passes."""

_PERIOD: Final = 1800.0
"""Seconds; the period of resyncs unless a flag says otherwise."""
_SHOWN: Final = 12
_METACONTROLLER: Final = "metacontroller"


def assert_settles(cluster: Cluster, *, limit: int = 100) -> None:
    """Let a cluster go on until nothing moves, and assert that another sync writes nothing.

    Shape: the other sync is that of a copy whose Metacontroller was started again.
    Units: `limit`, syncs of one parent.
    Raises: AssertionError with the fields that keep it going, who writes them, and what helps.
    """
    __tracebackhide__ = True
    try:
        cluster.settle(limit)
    except NotSettledError as error:
        # The error's own traceback leads into the simulator, and its text is all there is to know.
        raise AssertionError(str(error)) from None
    assert_no_writes(cluster)


def assert_no_writes(cluster: Cluster, *, after: Cause = "restart") -> None:
    """Assert that Metacontroller writes nothing when it syncs every parent once more.

    Shape: `cluster` is at rest, and is left as it is: a copy goes on. A write of what is there
        already counts as none. With "resync" half an hour passes, in which actors do what waits
        for its time, too.
    Raises: AssertionError with each object that is written, its fields, and by whom; or with why
        the copy does not come to rest.
    """
    __tracebackhide__ = True
    tried = cluster.copy()
    since = tried.server.world.version
    try:
        if after == "restart":
            tried.restart()
            tried.settle()
        else:
            tried.advance(_PERIOD)
            tried.settle()
    except NotSettledError as error:
        message = f"after a {after}, the cluster does not come to rest again:\n{error}"
        raise AssertionError(message) from None
    written = [
        change
        for change in tried.history
        if change.version > since
        and change.who == _METACONTROLLER
        and change.ref.gvk.kind != "Event"
    ]
    if written:
        raise AssertionError(_told(written, after, _writers(tried)))


def _writers(cluster: Cluster) -> dict[int, str]:
    """Return the controllers for which Metacontroller wrote, by the version that a write made."""
    made: dict[int, str] = {}
    for moment, row in cluster.told:
        if isinstance(row, Write) and moment.synced is not None:
            # A later write that changes nothing is told with the same version.
            made.setdefault(moment.version, moment.synced.partition("|")[0])
    return made


def _told(written: Sequence[Change], after: Cause, writers: Mapping[int, str]) -> str:
    lines = [f"after a {after}, {len(written)} {'writes' if len(written) > 1 else 'write'}:"]
    for change in written[:_SHOWN]:
        controller = writers.get(change.version)
        lines.append(f"  {change}" + (f" (by {controller})" if controller else ""))
    if len(written) > _SHOWN:
        lines.append(f"  and {len(written) - _SHOWN} more")
    return "\n".join(lines)
