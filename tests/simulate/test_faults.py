"""What goes wrong on request goes wrong as asked, and nothing else does."""

from __future__ import annotations

import pytest

from reconcile.simulate import ApiServer
from reconcile.simulate.faults import Dropped, Duplicated, On, Refused, Stale, Unanswered
from reconcile.simulate.server.streams import Watch

MAPS = "/api/v1/namespaces/default/configmaps"


def config(name: str, **data: str) -> dict:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name},
        "data": dict(data),
    }


@pytest.fixture
def server() -> ApiServer:
    made = ApiServer()
    assert made.request("POST", MAPS, body=config("a", x="1")).status == 201
    return made


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (409, "Conflict"),
        (422, "Invalid"),
        (500, None),
        (503, "ServiceUnavailable"),
        (504, "Timeout"),
    ],
)
def test_a_refusal_changes_nothing_and_is_over(
    server: ApiServer, code: int, reason: str | None
) -> None:
    world = server.world
    server.faults = (Refused(code),)
    answer = server.request("POST", MAPS, body=config("b"))
    assert (answer.status, answer.body["code"], answer.body.get("reason")) == (code, code, reason)
    assert server.world is world
    assert server.faults == ()
    assert server.request("POST", MAPS, body=config("b")).status == 201


def test_too_many_requests_tell_when_to_come_back(server: ApiServer) -> None:
    server.faults = (Refused(429, retry_after=3),)
    answer = server.request("GET", MAPS)
    assert answer.status == 429
    assert answer.headers["Retry-After"] == "3"


def test_only_the_requests_that_are_meant_are_struck(server: ApiServer) -> None:
    server.faults = (Refused(500, On("PUT", MAPS + "/a", "me"), times=2),)
    body = config("a", x="2")
    assert server.request("PUT", MAPS + "/a", body=body).status == 200
    assert server.request("GET", MAPS + "/a", user="me").status == 200
    assert server.request("PUT", MAPS + "/a", body=body, user="me").status == 500
    assert server.request("PUT", MAPS + "/a", body=body, user="me").status == 500
    assert server.request("PUT", MAPS + "/a", body=body, user="me").status == 200


def test_a_lost_answer_comes_after_the_write(server: ApiServer) -> None:
    server.faults = (Unanswered(On("POST")),)
    assert server.request("POST", MAPS, body=config("b")).status == 504
    assert server.request("GET", MAPS + "/b").status == 200
    assert server.request("POST", MAPS, body=config("b")).status == 409


def test_a_lost_answer_to_a_refused_write_is_the_refusal(server: ApiServer) -> None:
    server.faults = (Unanswered(),)
    assert server.request("POST", MAPS, body=config("a")).status == 409


def test_a_stale_view_shows_what_was_and_writes_what_is(server: ApiServer) -> None:
    then = server.world.version
    server.request("PUT", MAPS + "/a", body=config("a", x="2"))
    server.request("POST", MAPS, body=config("b"))
    server.faults = (Stale(then, On("", "/api/v1/")),)
    listed = server.request("GET", MAPS)
    assert [each["metadata"]["name"] for each in listed.body["items"]] == ["a"]
    assert listed.body["items"][0]["data"] == {"x": "1"}
    assert listed.body["metadata"]["resourceVersion"] == str(then)
    assert server.request("GET", MAPS + "/b").status == 404
    stale = server.request("GET", MAPS + "/a").body
    assert server.request("PUT", MAPS + "/a", body=dict(stale)).status == 409
    server.faults = ()
    assert server.request("GET", MAPS + "/b").status == 200


def test_a_stale_watch_catches_up(server: ApiServer) -> None:
    then = server.world.version
    server.faults = (Stale(then, On("GET", MAPS)),)
    watch = server.watch(f"{MAPS}?watch=1&resourceVersion={then}")
    assert isinstance(watch, Watch)
    server.request("POST", MAPS, body=config("b"))
    assert watch.events() == []
    server.faults = ()
    assert [event["type"] for event in watch.events()] == ["ADDED"]


@pytest.mark.parametrize(("fault", "times"), [(Dropped, 0), (Duplicated, 2)])
def test_an_event_is_lost_or_told_twice(server: ApiServer, fault: type, times: int) -> None:
    watch = server.watch(f"{MAPS}?watch=1&resourceVersion={server.world.version}")
    assert isinstance(watch, Watch)
    server.request("POST", MAPS, body=config("b"))
    server.request("POST", MAPS, body=config("c"))
    server.faults = (fault(server.world.version - 1, On("GET", MAPS)),)
    names = [event["object"]["metadata"]["name"] for event in watch.events()]
    assert names == ["b"] * times + ["c"]
    assert watch.events() == []


def test_copies_take_their_faults_along(server: ApiServer) -> None:
    server.faults = (Refused(500),)
    copy = server.copy()
    assert server.request("GET", MAPS).status == 500
    assert server.request("GET", MAPS).status == 200
    assert copy.request("GET", MAPS).status == 500
