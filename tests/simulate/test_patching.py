"""Patches as requests."""

from __future__ import annotations

from typing import Any

import pytest

from reconcile.simulate import ApiServer

PATH = "/apis/apps/v1/namespaces/default/deployments"
JSON = "application/json-patch+json"
MERGE = "application/merge-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"
CONTAINER = {"name": "c", "image": "i"}
LABELS = {"a": "b"}


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
