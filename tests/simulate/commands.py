"""Requests of which a simulated server and its model are asked the same, and how they are drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from tests.simulate.model import KINDS

__all__ = ["GENERATED", "SEQUENCE", "Command"]

GENERATED = "g-"
"""The name that asks for a generated one."""


@dataclass(frozen=True)
class Command:
    """A request, with what it names told by what it is, not by value."""

    verb: str
    kind: str = "ConfigMap"
    namespace: str = "a"
    name: str = "x"
    pick: int = 0
    """Which of the objects that there are is meant, where there are that many."""
    payload: tuple[tuple[str, str | None], ...] = ()
    labels: tuple[tuple[str, str | None], ...] = ()
    finalizers: tuple[str, ...] | None = None
    owner: tuple[int, str, bool] | None = None
    """Which object of the namespace, `right` or `wrong` (the uid), whether it blocks."""
    version: str = "none"
    """`none`, `right` or `stale`."""
    uid: str = "none"
    """`none`, `right` or `wrong`."""
    policy: str | None = None
    selector: str | None = None
    dry: bool = False


def _pairs(made: dict[str, Any]) -> tuple[tuple[str, Any], ...]:
    """Return the members of a dictionary, in order."""
    return tuple(sorted(made.items()))


VERBS = (
    *("create",) * 5,
    *("replace", "patch", "delete") * 4,
    *("replace status", "patch status") * 2,
    *("settle", "get", "list", "delete all"),
)
VALUES = st.sampled_from(("MQ==", "Mg==", None))
LABELS = st.sampled_from(("1", "1", "1", "2", "2", None, None, "not one"))
FINALIZERS = (
    *(None,) * 4,
    *((), ("e.io/f",)) * 2,
    ("e.io/f", "e.io/g"),
    ("orphan",),
    ("foregroundDeletion",),
)
PICKS = st.integers(0, 11)
COMMANDS = st.builds(
    Command,
    verb=st.sampled_from(VERBS),
    kind=st.sampled_from(tuple(KINDS)),
    namespace=st.sampled_from((*("a",) * 8, *("b",) * 3, "nowhere")),
    name=st.sampled_from(("x", "y", "z", GENERATED)),
    pick=PICKS,
    payload=st.dictionaries(st.sampled_from(("k", "q")), VALUES, max_size=2).map(_pairs),
    labels=st.dictionaries(st.sampled_from(("l", "m")), LABELS, max_size=2).map(_pairs),
    finalizers=st.sampled_from(FINALIZERS),
    owner=st.one_of(
        st.none(),
        st.tuples(PICKS, st.sampled_from(("right",) * 5 + ("wrong",)), st.booleans()),
    ),
    version=st.sampled_from(("none", *("right",) * 4, "stale")),
    uid=st.sampled_from((*("none",) * 6, *("right",) * 3, "wrong")),
    policy=st.sampled_from((None, "Background", "Foreground", "Orphan")),
    selector=st.sampled_from((None, "1", "2")),
    dry=st.sampled_from((False,) * 7 + (True,)),
)
SEQUENCE = st.lists(COMMANDS, min_size=6, max_size=40)
