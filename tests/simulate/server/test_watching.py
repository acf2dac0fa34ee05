"""Watches: what a watcher is told of what happens."""

from __future__ import annotations

from typing import Any

from reconcile.simulate import ApiServer
from tests.simulate.served import CONFIG_MAPS, config_map, made, refused

MERGE = "application/merge-patch+json"


def told(server: ApiServer, query: str, path: str = CONFIG_MAPS) -> list[tuple[str, str]]:
    """Return the types of events, and the names in them."""
    answer = server.request("GET", f"{path}?watch=1&{query}")
    assert answer.status == 200, answer.body
    events: Any = answer.body
    return [(each["type"], each["object"]["metadata"].get("name", "")) for each in events]


def test_without_a_version_a_watch_begins_with_what_is_there() -> None:
    """As if all of it was new; version 0 says the same."""
    server = ApiServer()
    made(server, CONFIG_MAPS, config_map("a"))
    assert told(server, "") == [("ADDED", "a")]
    assert told(server, "resourceVersion=0") == [("ADDED", "a")]
    assert told(server, f"resourceVersion={server.world.version}") == []


def test_what_leaves_the_selection_is_deleted_to_its_watcher() -> None:
    """It shows itself as it was, at the version of the write that took it away."""
    server = ApiServer()
    made(server, CONFIG_MAPS, config_map("a", labels={"k": "in"}))
    version = server.world.version
    for label in ("out", "away", "in"):
        body = {"metadata": {"labels": {"k": label}}}
        server.request("PATCH", f"{CONFIG_MAPS}/a", body=body, content_type=MERGE)
    query = f"watch=1&resourceVersion={version}&labelSelector=k%3Din"
    events: Any = server.request("GET", f"{CONFIG_MAPS}?{query}").body
    assert [each["type"] for each in events] == ["DELETED", "ADDED"]
    gone = events[0]["object"]["metadata"]
    assert gone["labels"] == {"k": "in"}
    assert gone["resourceVersion"] == str(version + 1)
    assert [each["object"]["metadata"]["resourceVersion"] for each in events] == [
        str(version + 1),
        str(version + 3),
    ]


def test_a_field_selector_watches_one_object() -> None:
    """So does the old path of a single one."""
    server = ApiServer()
    version = server.world.version
    for name in ("a", "b"):
        made(server, CONFIG_MAPS, config_map(name))
    query = f"resourceVersion={version}&fieldSelector=metadata.name%3Db"
    assert told(server, query) == [("ADDED", "b")]
    path = "/api/v1/watch/namespaces/default/configmaps/b"
    assert told(server, f"resourceVersion={version}", path) == [("ADDED", "b")]


def test_a_forgotten_version_ends_the_watch() -> None:
    """With 410 in an event, not as an answer."""
    server = ApiServer()
    server.world = server.world._replace(floor=server.world.version + 1)
    made(server, CONFIG_MAPS, config_map("a"))
    made(server, CONFIG_MAPS, config_map("b"))
    events: Any = server.request("GET", f"{CONFIG_MAPS}?watch=1&resourceVersion=1").body
    (event,) = events
    assert (event["type"], event["object"]["code"]) == ("ERROR", 410)
    assert event["object"]["message"].startswith("too old resource version: 1 (")


def test_the_end_of_what_is_there_is_marked_on_request() -> None:
    """By a bookmark with an annotation, which only those get who want bookmarks."""
    server = ApiServer()
    made(server, CONFIG_MAPS, config_map("a"))
    query = "sendInitialEvents=true&resourceVersionMatch=NotOlderThan"
    assert told(server, query) == [("ADDED", "a")]
    assert told(server, "allowWatchBookmarks=true") == [("ADDED", "a")]
    events: Any = server.request(
        "GET", f"{CONFIG_MAPS}?watch=1&{query}&allowWatchBookmarks=true"
    ).body
    assert [each["type"] for each in events] == ["ADDED", "BOOKMARK"]
    metadata = events[1]["object"]["metadata"]
    assert metadata["annotations"] == {"k8s.io/initial-events-end": "true"}
    assert metadata["resourceVersion"] == str(server.world.version)


def test_versions_of_watches_are_refused_in_other_words() -> None:
    """An error of the server, as recorded; a version of the future is waited for."""
    server = ApiServer()
    assert refused(server, "GET", f"{CONFIG_MAPS}?watch=1&resourceVersion=-1", None) == (
        'resourceVersion: Invalid value: "-1": strconv.ParseUint: parsing "-1": invalid syntax'
    )
    assert told(server, "resourceVersion=999999") == []
