"""Patches as requests."""

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
    thing,
    with_things,
)
from tests.simulate.served import refused as served_refusal

PATH = "/apis/apps/v1/namespaces/default/deployments"
JSON = "application/json-patch+json"
MERGE = "application/merge-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"
CONTAINER = {"name": "c", "image": "i"}
LABELS = {"a": "b"}
MAP = f"{CONFIG_MAPS}/c"


def served() -> ApiServer:
    """Return a server with a Deployment."""
    server = ApiServer()
    template = {"metadata": {"labels": LABELS}, "spec": {"containers": [CONTAINER]}}
    spec = {"selector": {"matchLabels": LABELS}, "template": template}
    assert (
        server.request("POST", PATH, body={"metadata": {"name": "a"}, "spec": spec}).status == 201
    )
    return server


@pytest.fixture(scope="module")
def server() -> ApiServer:
    """Return a server whose Deployment is not changed."""
    return served()


def refused(server: ApiServer, body: Any, media: str) -> tuple[int, str]:
    """Return how a patch is refused: the code and the message."""
    answer = server.request("PATCH", f"{PATH}/a", body=body, content_type=media)
    found: Any = answer.body
    return answer.status, found["message"]


def test_a_refusal_warns_of_what_the_patch_had(server: ApiServer) -> None:
    """Unknown fields are told though what results is not valid."""
    containers = [{"name": "new", "env": [{"name": "E", "$patch": "delete"}]}]
    body: Any = {"spec": {"template": {"spec": {"containers": containers}}}}
    answer = server.request("PATCH", f"{PATH}/a", body=body, content_type=STRATEGIC)
    assert answer.status == 422
    path = "spec.template.spec.containers[0].env[0].$patch"
    assert answer.headers["Warning"] == f'299 - "unknown field \\"{path}\\""'


def test_a_patch_warns_of_what_it_had_once() -> None:
    """What is written is warned of once."""
    body: Any = {"nothing": 1}
    answer = served().request("PATCH", f"{PATH}/a", body=body, content_type=STRATEGIC)
    assert (answer.status, answer.headers["Warning"]) == (
        200,
        '299 - "unknown field \\"nothing\\""',
    )


@pytest.mark.parametrize(
    ("body", "media", "code", "words"),
    [
        ({}, "text/plain", 415, "415: Unsupported Media Type"),
        (
            {},
            JSON,
            400,
            "error decoding patch: json: cannot unmarshal object into Go value of type "
            "[]handlers.jsonPatchOp",
        ),
        (
            [],
            MERGE,
            400,
            "error decoding patch: json: cannot unmarshal array into Go value of type "
            "map[string]interface {}",
        ),
        (
            "a",
            STRATEGIC,
            400,
            "error decoding patch: json: cannot unmarshal string into Go value of type "
            "map[string]interface {}",
        ),
        (
            [{"op": "test", "path": "/metadata/name", "value": "b"}],
            JSON,
            422,
            "the server rejected our request due to an error in our request",
        ),
        ({"spec": {"$retainKeys": 1}}, STRATEGIC, 400, "invalid patch format of retainKeys"),
        (
            {"spec": {"$patch": "merge"}},
            STRATEGIC,
            500,
            "unknown patch type: merge in map: map[$patch:merge]",
        ),
        (
            {"spec": {"replicas": "x"}},
            STRATEGIC,
            422,
            ' "" is invalid: patch: Invalid value: "map[spec:map[replicas:x]]": '
            "unrecognized type: int32",
        ),
        (
            {"metadata": {"name": "b"}},
            MERGE,
            400,
            "the name of the object (b) does not match the name on the URL (a)",
        ),
    ],
)
def test_refusals(server: ApiServer, body: Any, media: str, code: int, words: str) -> None:
    """A patch is refused by its form, by what it says, and by what it makes."""
    assert refused(server, body, media) == (code, words)


def test_a_patch_may_be_null() -> None:
    """A merge patch of null is none; a strategic one changes nothing."""
    server = served()
    before = server.request("GET", f"{PATH}/a").raw
    assert refused(server, b"null", MERGE) == (400, "Invalid JSON Patch")
    assert server.request("PATCH", f"{PATH}/a", body=b"null", content_type=STRATEGIC).raw == before


@pytest.fixture
def things() -> ApiServer:
    """Return a server with a ConfigMap and a thing."""
    server = with_things()
    made(server, CONFIG_MAPS, config_map(data={"a": "1", "b": "2"}))
    made(server, THINGS, thing(spec={"a": 1, "list": [{"b": 1}]}))
    return server


def patched(server: ApiServer, path: str, body: Any, media: str) -> Any:
    """Return what a patch makes."""
    answer = server.request("PATCH", path, body=body, content_type=media)
    assert answer.status == 200, answer.body
    return answer.body


def told(server: ApiServer, path: str, body: Any, media: str) -> str:
    """Return what is said of a patch that is refused."""
    return served_refusal(server, "PATCH", path, body, media=media)


def test_a_merge_takes_away_what_is_null(things: ApiServer) -> None:
    """Of a custom resource too, whatever its schema keeps."""
    assert patched(things, MAP, {"data": {"a": None, "c": "3"}}, MERGE)["data"] == {
        "b": "2",
        "c": "3",
    }
    found = patched(things, f"{THINGS}/t", {"spec": {"a": None, "list": [1]}}, MERGE)
    assert found["spec"] == {"list": [1]}


def test_operations_are_done_in_order(things: ApiServer) -> None:
    """All or none."""
    operations = [
        {"op": "move", "from": "/data/a", "path": "/data/z"},
        {"op": "test", "path": "/data/z", "value": "1"},
        {"op": "add", "path": "/data/a", "value": "4"},
    ]
    assert patched(things, MAP, operations, JSON)["data"] == {"a": "4", "b": "2", "z": "1"}
    operations = [{"op": "remove", "path": "/data/a"}, {"op": "test", "path": "/data/b"}]
    assert told(things, MAP, operations, JSON) == (
        "the server rejected our request due to an error in our request"
    )
    assert "a" in got(things, MAP)["data"]


def test_a_strategic_patch_is_for_built_in_kinds(things: ApiServer) -> None:
    """Custom resources know three media types."""
    assert patched(things, MAP, {"data": {"a": None}}, STRATEGIC)["data"] == {"b": "2"}
    answer: Any = things.request("PATCH", f"{THINGS}/t", body={}, content_type=STRATEGIC)
    assert answer.status == 415
    assert answer.body["message"] == (
        "the body of the request was in an unknown format - accepted media types include: "
        "application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml"
    )


def test_the_result_is_read_as_a_body_is(things: ApiServer) -> None:
    """What does not fit is invalid now, with the whole object as the value."""
    said = told(things, MAP, {"data": {"a": 1}}, MERGE)
    assert said.startswith(' "" is invalid: patch: Invalid value: "{')
    assert said.endswith(
        "json: cannot unmarshal number into Go struct field ConfigMap.data of type string"
    )


def test_a_patch_may_name_a_version(things: ApiServer) -> None:
    """Then it is of that one; otherwise of whatever is there."""
    version = got(things, MAP)["metadata"]["resourceVersion"]
    body = {"metadata": {"resourceVersion": version}, "data": {"a": "5"}}
    patched(things, MAP, body, MERGE)
    body["data"] = {"a": "6"}
    assert told(things, MAP, body, MERGE).endswith(
        "the object has been modified; please apply your changes to the latest version and try again"
    )


def test_a_patch_creates_nothing(things: ApiServer) -> None:
    """Only an apply does."""
    said = told(things, f"{CONFIG_MAPS}/d", {}, MERGE)
    assert said == 'configmaps "d" not found'


def test_an_empty_patch_changes_nothing(things: ApiServer) -> None:
    """Of each kind."""
    version = things.world.version
    for body, media in (({}, MERGE), ([], JSON), ({}, STRATEGIC)):
        patched(things, MAP, body, media)
    assert things.world.version == version
