"""Completion indexes: ranges of them as a Job's status writes them, and the index of a Pod.

1. Ranges are ordered, do not overlap and do not touch.
2. What cannot be read counts as not there: users may write into annotations.

Source: k8s.io/kubernetes pkg/controller/job/indexed_job_utils.go.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from reconcile.simulate.actors.pods import Document

__all__ = [
    "COMPLETION_INDEX",
    "FAILURES",
    "IGNORED_FAILURES",
    "Ranges",
    "all_failures_of",
    "failures_of",
    "ignored_failures_of",
    "index_of",
]

COMPLETION_INDEX: Final = "batch.kubernetes.io/job-completion-index"
FAILURES: Final = "batch.kubernetes.io/job-index-failure-count"
IGNORED_FAILURES: Final = "batch.kubernetes.io/job-index-ignored-failure-count"
_INTEGER: Final = re.compile(r"[+-]?[0-9]+", re.ASCII)
_MOST: Final = 2**31 - 1


def _number(text: str) -> int | None:
    return int(text) if _INTEGER.fullmatch(text) else None


class Ranges:
    """A set of indexes.

    Shape: pairs of the first and the last index of each range.
    """

    __slots__ = ("pairs",)

    def __init__(self, pairs: Iterable[tuple[int, int]] = ()) -> None:
        self.pairs = tuple(pairs)

    @classmethod
    def read(cls, text: str, completions: int) -> Ranges:
        """Return what a text such as `0,2-4` says of the indexes below a number of completions."""
        pairs: list[tuple[int, int]] = []
        for part in text.split(",") if text else ():
            begin, *rest = part.split("-")
            first = _number(begin)
            last = _number(rest[0]) if rest else first
            if first is None:
                continue
            if first >= completions:
                break
            if last is None:
                continue
            last = min(last, completions - 1)
            if pairs and pairs[-1][1] == first - 1:
                pairs[-1] = (pairs[-1][0], last)
            else:
                pairs.append((first, last))
        return cls(pairs)

    @classmethod
    def of(cls, indexes: Iterable[int]) -> Ranges:
        """Return the ranges of some indexes, in whatever order they come."""
        return cls().merged(cls((each, each) for each in sorted(indexes)))

    def merged(self, other: Ranges) -> Ranges:
        """Return what is in either."""
        made: list[tuple[int, int]] = []
        for first, last in sorted(self.pairs + other.pairs):
            if made and first <= made[-1][1] + 1:
                made[-1] = (made[-1][0], max(made[-1][1], last))
            else:
                made.append((first, last))
        return Ranges(made)

    def __len__(self) -> int:
        """How many indexes there are."""
        return sum(last - first + 1 for first, last in self.pairs)

    def __contains__(self, index: int) -> bool:
        """Return whether an index is in one of the ranges."""
        return any(first <= index <= last for first, last in self.pairs)

    def common(self, other: Ranges) -> int:
        """Return how many indexes are in both."""
        return sum(
            max(0, min(last, end) - max(first, begin) + 1)
            for first, last in self.pairs
            for begin, end in other.pairs
        )

    def missing(self, below: int) -> Iterator[int]:
        """Yield the indexes below a number that are not in any range, in order."""
        at = 0
        for first, last in self.pairs:
            yield from range(at, min(first, below))
            at = max(at, last + 1)
        yield from range(at, below)

    def __str__(self) -> str:
        """Return the text that a status holds."""
        return ",".join(
            str(first) if first == last else f"{first}{',' if last == first + 1 else '-'}{last}"
            for first, last in self.pairs
        )


def index_of(pod: Document) -> int | None:
    """Return the completion index of a Pod, None if it has no proper one."""
    annotations: Document = pod["metadata"].get("annotations") or {}
    found = _number(annotations.get(COMPLETION_INDEX) or "")
    return found if found is not None and found >= 0 else None


def failures_of(pod: Document) -> int:
    """Return how often the index of a Pod had failed when the Pod was made."""
    return _count(pod, FAILURES)


def ignored_failures_of(pod: Document) -> int:
    """Return how many failures of its index were ignored when a Pod was made."""
    return _count(pod, IGNORED_FAILURES)


def all_failures_of(pod: Document) -> int:
    """Return how many failures its index had when a Pod was made, ignored ones too."""
    return failures_of(pod) + ignored_failures_of(pod)


def _count(pod: Document, name: str) -> int:
    annotations: Document = pod["metadata"].get("annotations") or {}
    found = _number(annotations.get(name) or "")
    return found if found is not None and 0 <= found <= _MOST else 0
