"""CustomResourceDefinitions that come, change and go."""

from __future__ import annotations

from typing import Any

from reconcile.simulate import ApiServer
from tests.simulate.served import CRDS, THINGS, definition, got, made, thing, with_things

PATH = f"{CRDS}/things.demo.example.com"
MERGE = "application/merge-patch+json"


def conditions(document: Any) -> dict[str, tuple[str, str]]:
    """Return the status and the reason of each condition, in order."""
    found = document["status"]["conditions"]
    return {each["type"]: (each["status"], each["reason"]) for each in found}


def test_a_definition_is_established_after_it_was_answered() -> None:
    """The answer to the create has empty names; the next look finds them accepted."""
    server = ApiServer()
    answered = made(server, CRDS, definition())
    assert answered["status"] == {
        "conditions": None,
        "acceptedNames": {"plural": "", "kind": ""},
        "storedVersions": ["v1"],
    }
    found = got(server, PATH)
    assert conditions(found) == {
        "NamesAccepted": ("True", "NoConflicts"),
        "Established": ("True", "InitialNamesAccepted"),
    }
    assert found["status"]["acceptedNames"]["listKind"] == "ThingList"
    managers = [each["manager"] for each in found["metadata"]["managedFields"]]
    assert managers == ["kube-apiserver", "user"]


def test_names_that_are_taken_are_not_served() -> None:
    """Until their holder goes; of several conflicts the last one is told."""
    server = with_things()
    other = definition()
    other["metadata"]["name"] = "others.demo.example.com"
    other["spec"]["names"] = {"plural": "others", "singular": "other", "kind": "Thing"}
    made(server, CRDS, other)
    path = f"{CRDS}/others.demo.example.com"
    assert conditions(got(server, path)) == {
        "NamesAccepted": ("False", "ListKindConflict"),
        "Established": ("False", "NotAccepted"),
    }
    others = "/apis/demo.example.com/v1/namespaces/default/others"
    assert server.request("GET", others).status == 404
    server.request("DELETE", PATH)
    server.settle()
    assert conditions(got(server, path))["Established"] == ("True", "InitialNamesAccepted")
    assert server.request("GET", others).status == 200


def test_versions_that_objects_were_stored_in_are_remembered() -> None:
    """Another version of the storage is added; the first one stays, and is told once."""
    server = with_things()
    version = definition()["spec"]["versions"][0]
    scope: dict[str, Any] = {"spec": {"names": {"shortNames": ["th"]}}}
    answer = server.request("PATCH", PATH, body=scope, content_type=MERGE)
    assert answer.body["status"]["storedVersions"] == ["v1"]  # type: ignore[index, call-overload]
    versions = [version | {"storage": False}, version | {"name": "v2"}]
    answer = server.request(
        "PATCH", PATH, body={"spec": {"versions": versions}}, content_type=MERGE
    )
    assert answer.status == 200, answer.body
    assert answer.body["status"]["storedVersions"] == ["v1", "v2"]  # type: ignore[index, call-overload]


def test_a_definition_goes_after_its_objects() -> None:
    """And what was served is served no more."""
    server = with_things()
    made(server, THINGS, thing("free"))
    made(server, THINGS, thing("held", finalizers=["demo.example.com/f"]))
    answer = server.request("DELETE", PATH)
    assert answer.status == 200
    assert conditions(answer.body)["Terminating"] == ("True", "InstanceDeletionPending")
    server.settle()
    assert conditions(got(server, PATH))["Terminating"] == ("True", "InstanceDeletionInProgress")
    assert got(server, f"{THINGS}/free") is None
    server.request(
        "PATCH", f"{THINGS}/held", body={"metadata": {"finalizers": None}}, content_type=MERGE
    )
    server.settle()
    assert got(server, PATH) is None
    assert server.request("GET", THINGS).body == "404 page not found\n"
