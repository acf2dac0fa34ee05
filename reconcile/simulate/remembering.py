"""What happened in a cluster: calls of hooks, writes and who made them, events.

1. Chains that grow at one end are shared by copies; nothing is copied when one of them goes on.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from reconcile.simulate.history import Act, Change, Moment, changes
from reconcile.simulate.metacontroller.findings import Finding
from reconcile.simulate.metacontroller.process import Crashed, HookCalled
from reconcile.simulate.users import metadata_of

if TYPE_CHECKING:
    from reconcile.hook.reply import Failure
    from reconcile.simulate.api_server import ApiServer
    from reconcile.simulate.metacontroller.process import Metacontroller, Row
    from reconcile.value.types import JsonObject

__all__ = ["Remembering", "Told"]


class Remembering:
    """The part of a cluster that remembers."""

    findings: tuple[str, ...]
    _server: ApiServer
    _process: Metacontroller
    _steps: int
    _marked: int
    _failure: Failure | None
    _rows: Told | None
    _acts: _Acted | None

    @property
    def now(self) -> datetime:
        """The time of the cluster."""
        return self._server.world.now

    @property
    def calls(self) -> Sequence[HookCalled]:
        """The calls of hooks, in order."""
        return [row for row in self.rows if isinstance(row, HookCalled)]

    @property
    def rows(self) -> Sequence[Row]:
        """What Metacontroller did, in order: calls, writes, events."""
        made: list[Row] = []
        told = self._rows
        while told is not None:
            made.append(told.row)
            told = told.before
        return made[::-1]

    @property
    def told(self) -> Sequence[tuple[Moment, Row]]:
        """The rows of `rows`, each with when it was."""
        made: list[tuple[Moment, Row]] = []
        told = self._rows
        while told is not None:
            made.append((told.moment, told.row))
            told = told.before
        return made[::-1]

    @property
    def acts(self) -> Sequence[Act]:
        """Who wrote when, in order; `history` has what they wrote."""
        made: list[Act] = []
        acted = self._acts
        while acted is not None:
            made.append(acted.act)
            acted = acted.before
        return made[::-1]

    @property
    def history(self) -> Sequence[Change]:
        """Who changed what, in order, as far as the server remembers."""
        return changes(self._server.world, self.acts)

    @property
    def events(self) -> Sequence[JsonObject]:
        """The events that were emitted, as objects, by the time they began."""
        found = [held.document for held in self._server.world.objects.values("/Event/")]
        return sorted(found, key=lambda each: int(str(metadata_of(each)["resourceVersion"])))

    @property
    def failure(self) -> Failure | None:
        """Why the last call of a hook of this library failed, None if it did not."""
        return self._failure

    def _tell(self, row: Row) -> None:
        if isinstance(row, Crashed) and row.error.rule != "asked for":
            self._find(Finding(row.error.rule, str(row.error)))
        world = self._server.world
        moment = Moment(world.now, world.version, self._steps, self._process.synced)
        self._rows = Told(row, moment, self._rows)

    def _find(self, finding: Finding) -> None:
        """Remember a finding, once."""
        told = str(finding)
        if told not in self.findings:
            self.findings = (*self.findings, told)

    def _mark(self, who: str) -> None:
        """Remember who wrote what was written since the last mark."""
        version = self._server.world.version
        if version != self._marked:
            self._acts = _Acted(Act(who, self._marked, version, self.now), self._acts)
            self._marked = version


class Told:
    """What was told, newest first: a chain that copies share."""

    __slots__ = ("before", "moment", "row")

    def __init__(self, row: Row, moment: Moment, before: Told | None) -> None:
        self.row = row
        self.moment = moment
        self.before = before


class _Acted:
    """Who acted, newest first: a chain that copies share."""

    __slots__ = ("act", "before")

    def __init__(self, act: Act, before: _Acted | None) -> None:
        self.act = act
        self.before = before
