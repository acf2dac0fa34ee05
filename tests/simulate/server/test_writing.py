"""Creates and updates."""

from __future__ import annotations

from typing import Any

import pytest

from reconcile.simulate import ApiServer
from tests.simulate.served import (
    CONFIG_MAPS,
    THINGS,
    config_map,
    got,
    made,
    owner,
    refused,
    thing,
    with_things,
)

MERGE = "application/merge-patch+json"
PATH = f"{CONFIG_MAPS}/c"


def replaced(server: ApiServer, path: str, body: Any) -> Any:
    """Return the answer to a replace that is done."""
    answer = server.request("PUT", path, body=body)
    assert answer.status == 200, answer.body
    return answer.body


def test_what_a_client_says_of_the_server_s_fields_is_not_heard() -> None:
    """Uid, time and version are its own; a kind that counts no changes keeps the generation told."""
    told = {
        "uid": "mine",
        "creationTimestamp": "2000-01-01T00:00:00Z",
        "deletionTimestamp": "2000-01-01T00:00:00Z",
        "generation": 9,
        "selfLink": "/x",
    }
    metadata = made(ApiServer(), CONFIG_MAPS, config_map(**told))["metadata"]
    assert metadata["creationTimestamp"] == "2026-01-01T00:00:00Z"
    assert metadata["uid"] != "mine"
    assert not metadata.keys() & {"deletionTimestamp", "selfLink"}
    assert metadata["generation"] == 9


def test_a_new_object_has_no_version() -> None:
    """Zero and nothing are none; anything else is an error of the server."""
    server = ApiServer()
    for number, version in enumerate(("", "0")):
        made(server, CONFIG_MAPS, config_map(f"c{number}", resourceVersion=version))
    assert refused(server, "POST", CONFIG_MAPS, config_map(resourceVersion="5")) == (
        "resourceVersion should not be set on objects to be created"
    )
    assert refused(server, "POST", CONFIG_MAPS, config_map(resourceVersion="x")) == (
        'strconv.ParseUint: parsing "x": invalid syntax'
    )


def test_a_name_is_made_of_what_it_begins_with() -> None:
    """Cut to 58 characters; a name that is given wins."""
    server = ApiServer()
    body: dict[str, Any] = {"metadata": {"generateName": "a" * 60}}
    name = made(server, CONFIG_MAPS, body)["metadata"]["name"]
    assert (len(name), name[:58]) == (63, "a" * 58)
    named = made(server, CONFIG_MAPS, config_map("c", generateName="a-"))
    assert named["metadata"]["name"] == "c"
    assert refused(server, "POST", CONFIG_MAPS, {"metadata": {}}) == (
        'ConfigMap "" is invalid: metadata.name: Required value: name or generateName is required'
    )


def test_a_write_that_changes_nothing_writes_nothing() -> None:
    """No version, no event."""
    server = ApiServer()
    before = made(server, CONFIG_MAPS, config_map(data={"a": "1"}))
    world = server.world
    assert replaced(server, PATH, before) == before
    assert replaced(server, PATH, config_map(data={"a": "1"})) == before
    assert server.world.version == world.version


def test_a_replace_may_name_a_version() -> None:
    """Built-in kinds take it as it comes, custom resources want one."""
    server = with_things()
    first = made(server, CONFIG_MAPS, config_map())
    replaced(server, PATH, config_map(data={"a": "1"}))
    assert refused(server, "PUT", PATH, first) == (
        'Operation cannot be fulfilled on configmaps "c": the object has been modified; please '
        "apply your changes to the latest version and try again"
    )
    made(server, THINGS, thing())
    assert refused(server, "PUT", f"{THINGS}/t", thing()) == (
        'things.demo.example.com "t" is invalid: metadata.resourceVersion: Invalid value: 0: must '
        "be specified for an update"
    )


def test_a_replace_may_name_a_uid() -> None:
    """It is of that object, or of none."""
    server = ApiServer()
    uid = made(server, CONFIG_MAPS, config_map())["metadata"]["uid"]
    replaced(server, PATH, config_map(uid=uid))
    told = refused(server, "PUT", PATH, config_map(uid="u"))
    assert told == (
        'Operation cannot be fulfilled on configmaps "c": StorageError: invalid object, Code: 4, '
        "Key: /registry/configmaps/default/c, ResourceVersion: 0, AdditionalErrorMsg: Precondition "
        f"failed: UID in precondition: u, UID in object meta: {uid}"
    )


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("uid", "u", 'metadata.uid: Invalid value: "u": field is immutable'),
        (
            "deletionTimestamp",
            "2026-01-01T00:00:00Z",
            'metadata.deletionTimestamp: Invalid value: "2026-01-01T00:00:00Z": field is immutable',
        ),
    ],
)
def test_what_nobody_may_change(field: str, value: str, told: str) -> None:
    """A patch that says it is refused."""
    server = ApiServer()
    made(server, CONFIG_MAPS, config_map())
    body = {"metadata": {field: value}}
    assert refused(server, "PATCH", PATH, body, media=MERGE) == f'ConfigMap "c" is invalid: {told}'


def test_what_a_write_leaves_as_it_is() -> None:
    """The time of its creation, and where it was made from."""
    server = ApiServer()
    before = made(server, CONFIG_MAPS, config_map(generateName="c-"))["metadata"]
    after = replaced(server, PATH, config_map(creationTimestamp="2000-01-01T00:00:00Z"))
    assert after["metadata"]["creationTimestamp"] == before["creationTimestamp"]
    assert after["metadata"]["uid"] == before["uid"]


def test_a_generation_counts_changes_outside_metadata() -> None:
    """Of a custom resource without a status of its own, those to the status too."""
    open_ended = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    schema = {"openAPIV3Schema": open_ended}
    for subresources, counts in (({"status": {}}, [1, 1, 2]), ({}, [1, 2, 3])):
        server = with_things(subresources=subresources, schema=schema)
        made(server, THINGS, thing())
        found = []
        for body in (
            {"metadata": {"labels": {"a": "b"}}},
            {"status": {"a": 1}},
            {"spec": {"a": 1}},
        ):
            answer = server.request("PATCH", f"{THINGS}/t", body=body, content_type=MERGE)
            found.append(answer.body["metadata"]["generation"])  # type: ignore[index, call-overload]
        assert found == counts


def test_a_kind_that_counts_no_changes_keeps_its_generation() -> None:
    """Whatever somebody once told."""
    server = ApiServer()
    made(server, CONFIG_MAPS, config_map(generation=9))
    assert replaced(server, PATH, config_map(data={"a": "1"}))["metadata"]["generation"] == 9


def test_the_last_finalizer_lets_an_object_go() -> None:
    """The write that takes it off is answered with the object; the next one finds nothing."""
    server = ApiServer()
    made(server, CONFIG_MAPS, config_map(finalizers=["a.example.com/f"]))
    server.request("DELETE", PATH)
    added = {"metadata": {"finalizers": ["a.example.com/f", "a.example.com/g"]}}
    assert refused(server, "PATCH", PATH, added, media=MERGE) == (
        'ConfigMap "c" is invalid: metadata.finalizers: Forbidden: no new finalizers can be added '
        'if the object is being deleted, found new finalizers []string{"a.example.com/g"}'
    )
    told = refused(server, "POST", CONFIG_MAPS, config_map())
    assert told == 'object is being deleted: configmaps "c" already exists'
    body: dict[str, Any] = {"metadata": {"finalizers": None}}
    assert server.request("PATCH", PATH, body=body, content_type=MERGE).status == 200
    assert got(server, PATH) is None


def test_a_dry_run_writes_nothing() -> None:
    """And answers as if it had, uid and all."""
    server = ApiServer()
    world = server.world
    answer: Any = server.request("POST", f"{CONFIG_MAPS}?dryRun=All", body=config_map())
    assert answer.status == 201
    assert answer.body["metadata"]["uid"]
    assert "resourceVersion" not in answer.body["metadata"]
    assert server.world.objects is world.objects
    assert server.world.version == world.version


def test_an_owner_is_told_once() -> None:
    """Twice the same is one, and warned of."""
    server = ApiServer()
    reference = owner(made(server, CONFIG_MAPS, config_map("owner")))
    body = config_map(ownerReferences=[reference, reference])
    answer: Any = server.request("POST", CONFIG_MAPS, body=body)
    assert answer.body["metadata"]["ownerReferences"] == [reference]
    assert answer.headers["Warning"].startswith(
        '299 - ".metadata.ownerReferences contains duplicate entries; API server dedups'
    )


def test_what_is_too_large_for_the_store() -> None:
    """A custom resource is measured; built-in kinds have limits of their own before."""
    server = with_things()
    body = thing(spec={"a": "x" * 1_600_000})
    assert refused(server, "POST", THINGS, body) == "etcdserver: request is too large"
    assert "Too long" in refused(
        server, "POST", CONFIG_MAPS, config_map(data={"a": "x" * 1_600_000})
    )


def test_some_kinds_are_created_by_a_replace() -> None:
    """A Lease is, a ConfigMap is not."""
    server = ApiServer()
    leases = "/apis/coordination.k8s.io/v1/namespaces/default/leases"
    answer = server.request("PUT", f"{leases}/l", body={"metadata": {"name": "l"}, "spec": {}})
    assert answer.status == 201
    assert refused(server, "PUT", PATH, config_map()) == 'configmaps "c" not found'


def test_a_dry_run_leaves_the_world_as_it_was() -> None:
    """No address is used up by it, and no object is there after it; a uid is never given twice."""
    server = ApiServer()
    before = server.world
    services = "/api/v1/namespaces/default/services"
    body = {"metadata": {"generateName": "web-"}, "spec": {"ports": [{"port": 80}]}}
    assert server.request("POST", f"{services}?dryRun=All", body=body).status == 201
    assert server.world == before.with_serial(server.world.serial)
    made = server.request("POST", services, body=body).body["metadata"]["name"]
    world = server.world
    patch = {"spec": {"type": "NodePort"}}
    merge = "application/merge-patch+json"
    path = f"{services}/{made}?dryRun=All"
    assert server.request("PATCH", path, body=patch, content_type=merge).status == 200
    assert server.world == world.with_serial(server.world.serial)
