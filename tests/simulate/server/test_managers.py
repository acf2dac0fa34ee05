"""Who owns which fields after each write."""

from __future__ import annotations

from typing import Any

from reconcile.simulate import ApiServer
from reconcile.simulate.server.managers import Entries, entries_of, owners_of
from reconcile.value import thaw
from tests.simulate.served import CONFIG_MAPS, THINGS, config_map, got, made, thing, with_things

PATH = f"{CONFIG_MAPS}/c"
MERGE = "application/merge-patch+json"


def entries(document: Any) -> list[tuple[str, str, Any]]:
    """Return the managers of an object, how they wrote, and what they own."""
    found = document["metadata"].get("managedFields", ())
    return [(each["manager"], each["operation"], each["fieldsV1"]) for each in found]


def patched(server: ApiServer, body: Any, manager: str, path: str = PATH) -> Any:
    """Return what a patch makes."""
    query = f"?fieldManager={manager}"
    answer = server.request("PATCH", f"{path}{query}", body=body, content_type=MERGE)
    assert answer.status == 200, answer.body
    return answer.body


def test_whoever_creates_owns_what_was_said() -> None:
    """What the server adds is nobody's."""
    answer = made(ApiServer(), f"{CONFIG_MAPS}?fieldManager=m", config_map(data={"a": "1"}))
    (entry,) = answer["metadata"]["managedFields"]
    assert entry == {
        "manager": "m",
        "operation": "Update",
        "apiVersion": "v1",
        "time": "2026-01-01T00:00:00Z",
        "fieldsType": "FieldsV1",
        "fieldsV1": {"f:data": {".": {}, "f:a": {}}},
    }


def test_whoever_changes_a_field_owns_it() -> None:
    """And nobody else does; what stays the same stays whose it was."""
    server = ApiServer()
    made(server, f"{CONFIG_MAPS}?fieldManager=one", config_map(data={"a": "1", "b": "1"}))
    found = patched(server, {"data": {"a": "2", "b": "1", "c": "3"}}, "two")
    assert entries(found) == [
        ("one", "Update", {"f:data": {".": {}, "f:b": {}}}),
        ("two", "Update", {"f:data": {"f:a": {}, "f:c": {}}}),
    ]


def test_whoever_owns_nothing_is_forgotten() -> None:
    """Also where fields were taken away."""
    server = ApiServer()
    made(server, f"{CONFIG_MAPS}?fieldManager=one", config_map(data={"a": "1"}))
    found = patched(server, {"data": {"a": "2"}}, "two")
    assert [each[0] for each in entries(found)] == ["one", "two"]
    found = patched(server, {"data": None}, "two")
    assert entries(found) == []


def test_a_time_alone_is_no_change() -> None:
    """A write that changes nothing leaves even the time of its manager."""
    server = ApiServer()
    before = made(server, f"{CONFIG_MAPS}?fieldManager=one", config_map(data={"a": "1"}))
    server.settle(60)
    assert patched(server, {"data": {"a": "1"}}, "one") == before
    later = patched(server, {"data": {"a": "2"}}, "one")
    assert later["metadata"]["managedFields"][0]["time"] == "2026-01-01T00:01:00Z"


def test_a_part_has_managers_of_its_own() -> None:
    """A write to the status owns the status alone."""
    server = with_things(
        subresources={"status": {}},
        schema={
            "openAPIV3Schema": {
                "type": "object",
                "x-kubernetes-preserve-unknown-fields": True,
            }
        },
    )
    made(server, f"{THINGS}?fieldManager=one", {**thing(spec={"a": 1}), "status": {"b": 1}})
    found = patched(server, {"spec": {"a": 2}, "status": {"b": 2}}, "one", f"{THINGS}/t/status")
    assert entries(found) == [
        ("one", "Update", {"f:spec": {".": {}, "f:a": {}}}),
        ("one", "Update", {"f:status": {".": {}, "f:b": {}}}),
    ]
    assert found["metadata"]["managedFields"][1]["subresource"] == "status"


def test_an_empty_list_of_managers_takes_them_all_away() -> None:
    """Nobody is written down then until somebody applies; the others come before the first apply."""
    server = ApiServer()
    made(server, f"{CONFIG_MAPS}?fieldManager=one", config_map(data={"a": "1"}))
    found = patched(server, {"metadata": {"managedFields": [{}]}}, "two")
    assert entries(found) == []
    found = patched(server, {"data": {"b": "1"}}, "two")
    assert entries(found) == []
    body = {"apiVersion": "v1", "kind": "ConfigMap", "data": {"c": "1"}}
    media = "application/apply-patch+yaml"
    applied = server.request("PATCH", f"{PATH}?fieldManager=m", body=body, content_type=media)
    assert entries(applied.body) == [
        ("m", "Apply", {"f:data": {"f:c": {}}}),
        ("before-first-apply", "Update", {"f:data": {".": {}, "f:a": {}, "f:b": {}}}),
    ]


def test_managers_that_cannot_be_read_are_as_if_not_sent() -> None:
    """The object keeps those that it has."""
    server = ApiServer()
    before = made(server, f"{CONFIG_MAPS}?fieldManager=one", config_map(data={"a": "1"}))
    bad = {"manager": "x", "operation": "Guess", "fieldsType": "FieldsV1", "fieldsV1": {}}
    found = patched(server, {"metadata": {"managedFields": [bad]}}, "two")
    assert entries(found) == entries(before)
    assert entries(got(server, PATH)) == entries(before)


def created(server: ApiServer) -> Any:
    """Return an object that was created."""
    return made(server, CONFIG_MAPS, config_map(data={"a": "1"}))


def test_stored_entries_know_their_owners() -> None:
    """What is stored needs no reading, and says what reading it would say."""
    document = created(ApiServer())
    held = entries_of(document)
    assert isinstance(held, Entries)
    assert owners_of(document) is held.owners
    assert owners_of(document) == owners_of(thaw(document))


def test_copies_know_nothing() -> None:
    """A copy that can be changed is read again, so that a change of it counts."""
    copy: Any = thaw(created(ApiServer()))
    assert type(entries_of(copy)) is list
    copy["metadata"]["managedFields"][0]["manager"] = "other"
    assert [each.manager for each in owners_of(copy)] == ["other"]


def test_owners_stay_through_writes_of_all_kinds() -> None:
    """A replace and a patch leave entries that know their owners behind."""
    server = ApiServer()
    whole: Any = thaw(created(server))
    whole["data"]["a"] = "2"
    replaced = server.request("PUT", f"{PATH}", body=whole).body
    assert isinstance(entries_of(replaced), Entries)
    changed = patched(server, {"data": {"b": "1"}}, "x")
    held = entries_of(changed)
    assert isinstance(held, Entries)
    assert owners_of(changed) == owners_of(thaw(changed))
    assert len(held) == 2
