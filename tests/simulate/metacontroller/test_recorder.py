"""Events that are counted, combined, and held back."""

from __future__ import annotations

from typing import Any

from reconcile.simulate import ApiServer
from reconcile.simulate.metacontroller.recorder import Emitted, Recorder
from tests.simulate.served import got

EVENTS = "/api/v1/namespaces/demo/events"


class Events:
    """A recorder beside a server."""

    def __init__(self) -> None:
        self.server = ApiServer()
        self.server.request(
            "POST", "/api/v1/namespaces", body={"kind": "Namespace", "metadata": {"name": "demo"}}
        )
        self.recorder = Recorder()

    def emit(self, message: str, name: str = "t1", reason: str = "SyncError") -> Emitted | None:
        """Emit a warning about an object."""
        about: Any = {
            "apiVersion": "demo.example.com/v1",
            "kind": "Thing",
            "metadata": {"name": name, "namespace": "demo", "uid": "u", "resourceVersion": "1"},
        }
        return self.recorder.emit(self.server, about, "Warning", reason, message)

    def found(self) -> list[tuple[str, int]]:
        """Return the messages of the server's events and their counts."""
        items = got(self.server, EVENTS)["items"]
        return sorted((each["message"], each["count"]) for each in items)


def test_alike_events_are_one_that_is_counted() -> None:
    """The first is created, those that follow patch its count."""
    events = Events()
    verbs = [emitted.verb for _ in range(3) if (emitted := events.emit("no")) is not None]
    assert verbs == ["create", "patch", "patch"]
    assert events.found() == [("no", 3)]


def test_an_event_tells_of_whom_and_by_whom_it_is() -> None:
    """The object, and Metacontroller."""
    events = Events()
    events.emit("no")
    (event,) = got(events.server, EVENTS)["items"]
    assert event["involvedObject"]["name"] == "t1"
    assert event["source"] == {"component": "metacontroller"}
    assert (event["type"], event["reason"]) == ("Warning", "SyncError")


def test_other_messages_objects_and_reasons_are_other_events() -> None:
    """Each is created."""
    events = Events()
    made = [events.emit("a"), events.emit("b"), events.emit("a", name="t2")]
    made.append(events.emit("a", reason="CreateError"))
    assert [each.verb for each in made if each is not None] == ["create"] * 4


def test_the_tenth_different_message_is_combined() -> None:
    """With those that follow: one event, whose text is that of the last."""
    events = Events()
    told = [events.emit(f"m{number}") for number in range(12)]
    messages = [each.message for each in told if each is not None]
    assert messages[8:] == [
        "m8",
        *(f"(combined from similar events): m{number}" for number in (9, 10, 11)),
    ]
    assert [each.verb for each in told if each is not None][9:] == ["create", "patch", "patch"]
    assert ("(combined from similar events): m11", 3) in events.found()


def test_after_twenty_five_events_an_object_is_silent() -> None:
    """Others are not."""
    events = Events()
    told = [events.emit("no") for _ in range(30)]
    assert sum(each is not None for each in told) == 25
    assert events.emit("no", name="t2") is not None


def test_a_copy_goes_its_own_way() -> None:
    """What one remembers, the other does not."""
    events = Events()
    other = events.recorder.copy()
    events.emit("no")
    events.recorder = other
    again = events.emit("no")
    assert again is not None
    assert again.verb == "create"
