"""Facts about the shell that all adapters share."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Any

import pytest

from reconcile.adapters.clock import SYSTEM, Clock
from reconcile.adapters.service import Service
from reconcile.errors import DefinitionError, RuleError
from reconcile.hook.reply import Failure, Reply

JSON = {"content-type": "application/json"}
NOW = datetime(2026, 1, 31, tzinfo=UTC)


class Controller:
    """Answer with time and entropy, or fail."""

    def __init__(self) -> None:
        self.calls = 0

    def respond(self, body: bytes, **arguments: Any) -> Reply:
        """Return what was given."""
        self.calls += 1
        if body == b"fail":
            return Reply(500, {}, b"", Failure("00ff", RuleError("keys", "raised")))
        return Reply(200, {}, f"{arguments['now']} {arguments['entropy']!r}".encode())


def clock(*seconds: float) -> Clock:
    """Return a clock that shows these seconds, one after the other."""
    shown = iter(seconds)
    return Clock(lambda: NOW, lambda: b"e", lambda: next(shown))


def test_time_and_entropy_are_handed_on() -> None:
    """The controller gets the clock's time and entropy."""
    service = Service(Controller(), clock=clock(0, 0, 0, 0))
    reply = service.handle("POST", "/sync", JSON, b"")
    assert reply.body == b"2026-01-31 00:00:00+00:00 b'e'"


def test_a_late_answer_is_none(caplog: pytest.LogCaptureFixture) -> None:
    """After the deadline nobody waits: 503, and the failure is logged all the same."""
    service = Service(Controller(), deadline=8, clock=clock(0, 1, 9, 9))
    reply = service.call("POST", "/sync", JSON, b"fail")
    assert (reply.status, reply.body) == (503, b'{"error":"deadline"}')
    assert "POST /sync 503 9000.0 ms 4->20 B failure 00ff" in caplog.text


def test_the_deadline_itself_is_in_time() -> None:
    """An answer at the deadline is sent."""
    service = Service(Controller(), deadline=8, clock=clock(8, 8, 8))
    assert service.call("POST", "/sync", JSON, b"", started=0).status == 200


def test_too_late_to_begin() -> None:
    """A call that has waited too long is not computed."""
    controller = Controller()
    service = Service(controller, deadline=8, clock=clock(9, 9))
    assert service.call("POST", "/sync", JSON, b"", started=0).status == 503
    assert controller.calls == 0


def test_each_call_is_one_line(caplog: pytest.LogCaptureFixture) -> None:
    """Answers, refusals and health pages are logged once each."""
    caplog.set_level(logging.INFO, "reconcile")
    service = Service(Controller())
    service.handle("POST", "/sync", JSON, b"")
    service.handle("POST", "/x", JSON, b"")
    service.handle("GET", "/healthz", {}, b"")
    service.refuse("POST", "/sync", 411, "length-required")
    assert [record.hook_status for record in caplog.records] == [200, 404, 200, 411]


@pytest.mark.parametrize("deadline", [0, -1, float("nan")])
def test_a_deadline_is_above_zero(deadline: float) -> None:
    """Anything else is refused."""
    with pytest.raises(DefinitionError, match="deadline"):
        Service(Controller(), deadline=deadline)


def test_the_system_clock() -> None:
    """Time has a zone, entropy 32 bytes that differ, seconds do not run back."""
    assert SYSTEM.now().tzinfo is UTC
    assert len(SYSTEM.entropy()) == 32
    assert SYSTEM.entropy() != SYSTEM.entropy()
    assert SYSTEM.seconds() <= SYSTEM.seconds()
