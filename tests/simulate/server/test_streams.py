"""Watches that are pulled."""

from __future__ import annotations

import json
from typing import Any

from reconcile.simulate import ApiServer
from reconcile.simulate.server.streams import Watch
from tests.simulate.served import CONFIG_MAPS, config_map, made


def begun(server: ApiServer, query: str = "", **more: Any) -> Watch:
    """Return a stream of ConfigMaps."""
    watch = server.watch(f"{CONFIG_MAPS}?watch=1&{query}", **more)
    assert isinstance(watch, Watch)
    return watch


def pulled(watch: Watch) -> list[tuple[str, str]]:
    """Return the types and names of the next events."""
    events = [json.loads(line) for line in watch.take()]
    return [(each["type"], each["object"]["metadata"]["name"]) for each in events]


def test_every_event_is_pulled_once() -> None:
    """What happens between two pulls comes with the second one, in order."""
    server = ApiServer()
    watch = begun(server)
    assert pulled(watch) == []
    made(server, CONFIG_MAPS, config_map("a"))
    server.request("DELETE", f"{CONFIG_MAPS}/a")
    assert pulled(watch) == [("ADDED", "a"), ("DELETED", "a")]
    assert pulled(watch) == []


def test_an_event_is_written_once_for_all_watchers() -> None:
    """Those who see it in the same form get the same bytes."""
    server = ApiServer()
    watches = [begun(server), begun(server)]
    made(server, CONFIG_MAPS, config_map("a"))
    (first,), (second,) = (watch.take() for watch in watches)
    assert first is second
    only_metadata = {"Accept": "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"}
    (other,) = begun(server, headers=only_metadata).take()
    assert "data" not in json.loads(other)["object"]


def test_a_watch_goes_on_in_the_server_it_was_asked_of() -> None:
    """A copy that goes its own way tells it nothing."""
    server = ApiServer()
    watch = begun(server)
    made(server.copy(), CONFIG_MAPS, config_map("a"))
    assert pulled(watch) == []


def test_an_error_closes_a_watch() -> None:
    """Nothing comes after it, whatever happens."""
    server = ApiServer()
    watch = begun(server, f"resourceVersion={server.world.version}")
    made(server, CONFIG_MAPS, config_map("a"))
    server.world = server.world._replace(floor=server.world.version)
    (line,) = watch.take()
    assert json.loads(line)["object"]["code"] == 410
    assert watch.closed
    made(server, CONFIG_MAPS, config_map("b"))
    assert watch.take() == []


def test_what_a_client_asks_of_the_stream() -> None:
    """How long it may last, and whether it wants to be told how far it has seen."""
    server = ApiServer()
    watch = begun(server, "timeoutSeconds=5&allowWatchBookmarks=true")
    assert (watch.timeout, watch.bookmarks) == (5.0, True)
    assert (begun(server).timeout, begun(server).bookmarks) == (None, False)
    made(server, "/api/v1/namespaces/default/secrets", {"metadata": {"name": "s"}})
    mark = json.loads(watch.bookmark())
    assert mark == {
        "type": "BOOKMARK",
        "object": {
            "kind": "ConfigMap",
            "apiVersion": "v1",
            "metadata": {"resourceVersion": str(server.world.version)},
        },
    }


def test_a_watch_that_is_refused_is_an_answer() -> None:
    """As any other request is."""
    answer = ApiServer().watch(f"{CONFIG_MAPS}?watch=1&timeoutSeconds=x")
    assert not isinstance(answer, Watch)
    assert answer.body["message"] == 'strconv.ParseInt: parsing "x": invalid syntax'  # type: ignore[index]
