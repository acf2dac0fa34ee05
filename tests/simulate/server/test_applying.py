"""Server-side apply as a request."""

from __future__ import annotations

from typing import Any

import pytest

from reconcile.simulate import ApiServer
from tests.simulate.served import CONFIG_MAPS, THINGS, config_map, got, made, thing, with_things

PATH = f"{CONFIG_MAPS}/c"
APPLY = "application/apply-patch+yaml"


def applied(
    server: ApiServer, body: Any, manager: str = "m", path: str = PATH, **query: str
) -> Any:
    """Return the answer to an apply."""
    asked = "&".join(f"{name}={value}" for name, value in query.items())
    where = f"{path}?fieldManager={manager}&{asked}"
    return server.request("PATCH", where, body=body, content_type=APPLY)


def wanted(**data: str) -> dict[str, Any]:
    """Return what somebody wants of a ConfigMap."""
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": data}


def test_what_is_not_there_is_made() -> None:
    """With 201; the same again is 200 and writes nothing."""
    server = ApiServer()
    first = applied(server, wanted(a="1"))
    assert first.status == 201
    (entry,) = first.body["metadata"]["managedFields"]
    assert (entry["manager"], entry["operation"]) == ("m", "Apply")
    version = server.world.version
    server.settle(60)
    again = applied(server, wanted(a="1"))
    assert (again.status, again.body) == (200, first.body)
    assert server.world.version == version


def test_what_is_wanted_no_more_goes() -> None:
    """Unless somebody else owns it too."""
    server = ApiServer()
    applied(server, wanted(a="1", b="2", c="3"))
    applied(server, wanted(b="2"), "other")
    assert applied(server, wanted(c="3")).body["data"] == {"b": "2", "c": "3"}


def test_a_conflict_names_managers_and_fields() -> None:
    """Sorted; how one wrote is told unless he applied."""
    server = ApiServer()
    made(server, f"{CONFIG_MAPS}?fieldManager=user", config_map(data={"a": "1", "b": "1"}))
    applied(server, wanted(c="1"), "one")
    answer = applied(server, wanted(a="2", b="2", c="2"), "two")
    assert answer.status == 409
    assert answer.body["message"] == (
        'Apply failed with 3 conflicts: conflicts with "one":\n- .data.c\n'
        'conflicts with "user" using v1:\n- .data.a\n- .data.b'
    )
    assert {
        "reason": "FieldManagerConflict",
        "message": 'conflict with "one"',
        "field": ".data.c",
    } in answer.body["details"]["causes"]
    one = applied(server, wanted(a="2"), "two").body["message"]
    assert one == 'Apply failed with 1 conflict: conflict with "user" using v1: .data.a'


def test_force_takes_what_others_own() -> None:
    """The same value is shared instead."""
    server = ApiServer()
    applied(server, wanted(a="1", b="1"), "one")
    found = applied(server, wanted(a="2", b="1"), "two", force="true").body
    owners = {each["manager"]: each["fieldsV1"] for each in found["metadata"]["managedFields"]}
    assert owners == {
        "one": {"f:data": {"f:b": {}}},
        "two": {"f:data": {"f:a": {}, "f:b": {}}},
    }


@pytest.mark.parametrize(
    ("body", "code", "told"),
    [
        ({}, 400, "invalid object type: /, Kind="),
        (
            {**wanted(), "metadata": {"name": "d"}},
            400,
            "the name of the object (d) does not match the name on the URL (c)",
        ),
        (
            {**wanted(), "metadata": {"managedFields": []}},
            400,
            "metadata.managedFields must be nil",
        ),
        (
            {**wanted(), "dota": {}},
            500,
            "failed to create typed patch object (/c; /v1, Kind=ConfigMap): .dota: field not "
            "declared in schema",
        ),
        (
            b"a: [",
            400,
            "error decoding YAML: error converting YAML to JSON: yaml: line 1: did not find "
            "expected node content",
        ),
    ],
)
def test_what_cannot_be_applied(body: Any, code: int, told: str) -> None:
    """A misfit is an error of the server: it made no other answer of it."""
    answer = applied(ApiServer(), body)
    assert (answer.status, answer.body["message"]) == (code, told)


def test_an_apply_is_of_an_object_or_of_none() -> None:
    """A uid says that it must be there; a version says which one."""
    server = ApiServer()
    body = wanted()
    body["metadata"]["uid"] = "u"
    answer = applied(server, body)
    assert (answer.status, answer.body["message"]) == (
        409,
        'Operation cannot be fulfilled on configmaps "c": uid mismatch: the provided object '
        "specified uid u, and no existing object was found",
    )
    made(server, CONFIG_MAPS, config_map())
    del body["metadata"]["uid"]
    body["metadata"]["resourceVersion"] = "1"
    assert applied(server, body).status == 409


def test_the_text_may_be_yaml() -> None:
    """JSON is YAML."""
    server = ApiServer()
    text = b"apiVersion: v1\nkind: ConfigMap\ndata:\n  a: '1'\n"
    assert applied(server, text).body["data"] == {"a": "1"}


def test_nothing_wanted_of_an_open_list_owns_nothing() -> None:
    """A list that is open is one value: whoever has another one is in conflict."""
    server = with_things()
    path = f"{THINGS}/t"
    applied(server, thing(spec={"l": [1]}), "one", path)
    answer = applied(server, thing(spec={"l": [1, 2]}), "two", path)
    assert answer.body["message"] == ('Apply failed with 1 conflict: conflict with "one": .spec.l')
    assert got(server, path)["spec"] == {"l": [1]}


CLAIMS = "/api/v1/namespaces/default/persistentvolumeclaims"


def claim(storage: str) -> dict[str, Any]:
    """Return what somebody wants of a claim."""
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": storage}}}
    about = {"name": "p"}
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": about,
        "spec": spec,
    }


def test_a_claim_is_written_again_if_its_size_is_spelled_otherwise() -> None:
    """Its version moves, and nothing else; the same again, or only tried, moves nothing."""
    server, path = ApiServer(), f"{CLAIMS}/p"
    first = applied(server, claim("1Gi"), path=path).body
    assert applied(server, claim("1Gi"), path=path).body == first
    assert applied(server, claim("1024Mi"), path=path, dryRun="All").status == 200
    assert got(server, path) == first
    again = applied(server, claim("1024Mi"), path=path).body
    moved = {**first["metadata"], "resourceVersion": again["metadata"]["resourceVersion"]}
    assert again == {**first, "metadata": moved}
    assert moved != first["metadata"]
    assert got(server, path) == again


def test_data_that_cannot_be_read_is_an_answer_without_a_reason() -> None:
    """As the real server says of a Secret whose data are no base64."""
    wrong = {**wanted(a="%%%"), "kind": "Secret", "metadata": {"name": "s", "namespace": "default"}}
    answer = applied(ApiServer(), wrong, path="/api/v1/namespaces/default/secrets/s")
    assert (answer.status, answer.body.get("reason")) == (500, None)
    assert answer.body["message"].startswith(
        "failed to convert new object (default/s; /v1, Kind=Secret) to proper version: "
    )
