"""Worlds: values that share what they do not change."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconcile.simulate import ApiServer
from reconcile.simulate.server import store
from reconcile.simulate.server.store import World
from tests.simulate.served import CONFIG_MAPS, config_map, made, owner


def document(name: str, **data: Any) -> dict[str, Any]:
    """Return an object as the store keeps it."""
    return {"kind": "A", "metadata": {"name": name, "uid": f"uid-{name}"}, **data}


def names(world: World, version: int) -> dict[str, str]:
    """Return the objects of a version, and the versions of their last writes."""
    objects = world.objects_at(version, "")
    return {key: str(held.metadata["resourceVersion"]) for key, held in objects.items()}


def test_a_write_gives_another_world() -> None:
    """The one before stays; the object says the version of its last write."""
    before = World()
    after, held = before.put("a", document("a"))
    assert (before.version, after.version, held.version) == (1, 2, 2)
    assert held.metadata["resourceVersion"] == "2"
    assert before.objects.get("a") is None
    assert after.objects.get("a") is held


def test_an_object_goes_at_a_version_of_its_own() -> None:
    """Watchers see its last state with the version of the deletion."""
    world, held = World().put("a", document("a"))
    world, gone = world.drop("a")
    assert gone.metadata["resourceVersion"] == "3"
    assert held.metadata["resourceVersion"] == "2"
    (first, second) = world.events(0)
    assert (first.type, second.type, second.after) == ("ADDED", "DELETED", gone.document)
    with pytest.raises(KeyError):
        world.drop("a")


KEYS = st.sampled_from(["a", "b", "c"])


@given(st.lists(st.tuples(st.booleans(), KEYS), max_size=30))
def test_older_versions_are_what_was_there(actions: list[tuple[bool, str]]) -> None:
    """Undoing the log gives every world that there was, object by object."""
    world = World()
    seen = {1: names(world, 1)}
    for number, (puts, key) in enumerate(actions):
        if puts:
            world, _ = world.put(key, document(key, number=number))
        elif world.objects.get(key):
            world, _ = world.drop(key)
        seen[world.version] = {
            each: str(held.metadata["resourceVersion"]) for each, held in world.objects.items()
        }
    for version, objects in seen.items():
        assert names(world, version) == objects
        past = world.at(version)
        assert names(past, version) == objects
        assert [each.version for each in past.events(0)] == list(range(2, version + 1))


def test_what_is_older_than_the_window_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many events as the window has are remembered, and twice as many at most."""
    monkeypatch.setattr(store, "WINDOW", 5)
    world = World()
    for number in range(23):
        world, _ = world.put("a", document("a", number=number))
        remembered = len(world.events(world.floor))
        assert remembered == world.version - max(world.floor, 1)
        assert min(number + 1, 5) <= remembered <= 10
    assert [each.version for each in world.events(world.floor)] == list(
        range(world.floor + 1, world.version + 1)
    )


def test_a_fingerprint_leaves_out_what_is_chosen_freely() -> None:
    """Two servers with other seeds and times have the same one, as long as they hold the same."""
    from datetime import UTC, datetime

    servers = (ApiServer(), ApiServer(seed=7, now=datetime(2026, 1, 1, 12, tzinfo=UTC)))
    made(servers[1], CONFIG_MAPS, config_map("passing"))
    servers[1].request("DELETE", f"{CONFIG_MAPS}/passing")
    for server in servers:
        held = made(server, CONFIG_MAPS, config_map("owner"))
        uid = held["metadata"]["uid"]
        owned = config_map("owned", {"of": f"see {uid}"}, ownerReferences=[owner(held)])
        made(server, CONFIG_MAPS, owned)
        made(server, CONFIG_MAPS, config_map("marked", finalizers=["a.example.com/f"]))
        server.request("DELETE", f"{CONFIG_MAPS}/marked")
    one, other = (server.world.fingerprint() for server in servers)
    assert one == other
    assert isinstance(one, bytes)


@pytest.mark.parametrize(
    "change", [{"time": "2"}, {"uid": "2"}, {"resourceVersion": "2"}, {"a": "2"}]
)
def test_a_fingerprint_holds_what_users_said(change: dict[str, str]) -> None:
    """Members of data mean what they like, whatever their names are."""
    servers = (ApiServer(), ApiServer())
    made(servers[0], CONFIG_MAPS, config_map("a", dict.fromkeys(change, "1")))
    made(servers[1], CONFIG_MAPS, config_map("a", change))
    assert servers[0].world.fingerprint() != servers[1].world.fingerprint()


def test_an_owner_that_was_made_again_is_another_one() -> None:
    """Whoever it owned is an orphan then."""
    prints = set()
    for again in (False, True):
        server = ApiServer()
        held = made(server, CONFIG_MAPS, config_map("owner"))
        made(server, CONFIG_MAPS, config_map("owned", ownerReferences=[owner(held)]))
        if again:
            server.request("DELETE", f"{CONFIG_MAPS}/owner")
            made(server, CONFIG_MAPS, config_map("owner"))
        prints.add(server.world.fingerprint())
    assert len(prints) == 2
