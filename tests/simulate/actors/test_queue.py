"""What actors have to do, and when."""

from __future__ import annotations

from reconcile.simulate.actors.actor import Later
from reconcile.simulate.actors.queue import Queue
from reconcile.simulate.api_server import ApiServer


class _Watcher:
    """Looks at ConfigMaps as many seconds later as they say, at once if they say nothing."""

    name = "watcher"

    def __init__(self):
        self.looks = []

    def concerned(self, event, api):
        if event.key.startswith("/ConfigMap/default/"):
            after = event.after.get("data", {}).get("after")
            yield event.key if after is None else Later(event.key, float(after))

    def sync(self, api, key):
        self.looks.append((key.rpartition("/")[2], api.now.timestamp()))


def _say(server, name, after):
    data = {} if after is None else {"data": {"after": str(after)}}
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, **data}
    path = "/api/v1/namespaces/default/configmaps"
    if server.request("POST", path, body=body).status == 409:
        assert server.request("PUT", f"{path}/{name}", body=body).status == 200


def _looks(*said, copied=False):
    """Return which ConfigMaps were looked at within 20 seconds, and after how many."""
    server, watcher = ApiServer(), _Watcher()
    queue = Queue([watcher])
    begin = server.world.now.timestamp()
    for name, after in said:
        _say(server, name, after)
        queue.look(server)
    (queue.copy() if copied else queue).settle(server, 20)
    return [(name, at - begin) for name, at in watcher.looks]


def test_an_object_is_looked_at_when_its_time_comes():
    """In the order of the times, and each once."""
    said = (("a", 9), ("b", None), ("c", 3), ("d", 30))
    assert _looks(*said) == [("b", 0), ("c", 3), ("a", 9)]
    assert _looks(*said, copied=True) == _looks(*said)


def test_of_two_times_the_sooner_counts():
    """Whichever was said first."""
    assert _looks(("a", 9), ("a", 3)) == [("a", 3)]
    assert _looks(("a", 3), ("a", 9)) == [("a", 3)]


def test_a_look_at_once_stands_for_the_later_one():
    """What comes later is for that look to say."""
    assert _looks(("a", 3), ("a", None)) == [("a", 0)]


def test_what_was_there_before_its_events_are_told_is_looked_at():
    """A new server's own namespaces are in no log; they are as if they had just come."""
    seen = []

    class Watcher:
        name = "watcher"

        def concerned(self, event, api):
            seen.append((event.type, event.key))
            return ()

    queue = Queue([Watcher()])
    queue.look(ApiServer())
    assert ("ADDED", "/Namespace/default") in seen
