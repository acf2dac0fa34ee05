"""Owners are kept beside the entries that name them."""

from __future__ import annotations

from typing import Any

from reconcile.simulate import ApiServer
from reconcile.simulate.managers import Entries, entries_of, owners_of
from reconcile.value import thaw

PATH = "/api/v1/namespaces/default/configmaps"


def created(server: ApiServer) -> Any:
    """Return an object that was created."""
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": {"a": "1"}}
    return server.request("POST", PATH, body=body).body


def test_stored_entries_know_their_owners() -> None:
    """What is stored needs no reading, and says what reading it would say."""
    document = created(ApiServer())
    entries = entries_of(document)
    assert isinstance(entries, Entries)
    assert owners_of(document) is entries.owners
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
    replaced = server.request("PUT", f"{PATH}/c", body=whole).body
    assert isinstance(entries_of(replaced), Entries)
    patched = server.request(
        "PATCH",
        f"{PATH}/c?fieldManager=x",
        body={"data": {"b": "1"}},
        content_type="application/merge-patch+json",
    ).body
    entries = entries_of(patched)
    assert isinstance(entries, Entries)
    assert owners_of(patched) == owners_of(thaw(patched))
    assert len(entries) == 2
