"""The document of OpenAPI version 2, held to recorded definitions."""

from __future__ import annotations

import gzip
import json

import pytest

from reconcile.simulate.publishing.openapi_v2 import PROTOBUF, published_v2, swagger
from reconcile.simulate.publishing.resources import Resources
from reconcile.simulate.server.status import ApiError
from tests.simulate.custom import CRD, CUSTOM, TAB
from tests.suites import shared

DEFAULT = Resources.built_in()


def test_every_recorded_definition() -> None:
    """With all versions on, the definitions are the recorded ones."""
    archive = shared("recordings", "openapi", "v2-definitions.json.gz").read_bytes()
    recorded = json.loads(gzip.decompress(archive))
    made = swagger(Resources.built_in(every_version=True), [])["definitions"]
    assert len(recorded) == 738
    assert sorted(made) == sorted(recorded)
    for name, definition in recorded.items():
        assert made[name] == definition, name


@pytest.fixture(scope="module")
def document() -> dict:
    return swagger(CUSTOM, [CRD])


def test_nothing_of_version_three_is_left(document: dict) -> None:
    """References lead to definitions, and no choice of types is told."""
    text = json.dumps(document)
    assert "#/components/" not in text
    assert '"oneOf": [' not in text
    assert '"requestBody"' not in text


def test_operations(document: dict) -> None:
    """Bodies are parameters, media types stand beside them, schemas in answers."""
    item = document["paths"]["/apis/apps/v1/namespaces/{namespace}/deployments/{name}"]
    patch = item["patch"]
    body = patch["parameters"][0]
    assert (body["name"], body["in"], body["required"]) == ("body", "body", True)
    assert "application/merge-patch+json" in patch["consumes"]
    assert "application/json" in patch["produces"]
    assert {"in": "query", "name": "dryRun", "type": "string", "uniqueItems": True} in patch[
        "parameters"
    ]
    assert patch["responses"]["200"]["schema"] == {
        "$ref": "#/definitions/io.k8s.api.apps.v1.Deployment"
    }
    assert patch["responses"]["401"] == {"description": "Unauthorized"}
    delete = item["delete"]["parameters"][0]
    assert "required" not in delete
    assert patch["x-kubernetes-group-version-kind"]["kind"] == "Deployment"


def test_definitions_of_custom_kinds(document: dict) -> None:
    """Custom kinds are told in the form that older clients can read."""
    spec = document["definitions"][TAB]["properties"]["spec"]
    assert spec["properties"]["open"] == {"x-kubernetes-preserve-unknown-fields": True}
    assert spec["properties"]["size"]["default"] == 2
    items = document["definitions"][f"{TAB}List"]["properties"]["items"]
    assert items["items"] == {"$ref": f"#/definitions/{TAB}"}


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("", "application/json"),
        ("*/*", "application/json"),
        ("application/json", "application/json"),
        (PROTOBUF, PROTOBUF),
        (PROTOBUF.replace("v2.v1", "v2@v1"), PROTOBUF),
        (f"{PROTOBUF},application/json", PROTOBUF),
    ],
)
def test_forms(accept: str, media_type: str) -> None:
    """Protobuf is told to a client that asks for it, JSON to all others."""
    tag = published_v2(DEFAULT, [], accept, if_none_match="").headers["ETag"]
    answer = published_v2(DEFAULT, [], accept, if_none_match=tag)
    assert (answer.status, answer.content_type, answer.content) == (304, media_type, None)


def test_a_form_that_is_not_there() -> None:
    """Other forms are refused without a word."""
    with pytest.raises(ApiError) as caught:
        published_v2(DEFAULT, [], "text/html")
    assert (caught.value.code, caught.value.text) == (406, "")


def test_tags_follow_definitions() -> None:
    """Another definition makes another tag, and another form does too."""
    tag = published_v2(DEFAULT, []).headers["ETag"]
    assert published_v2(CUSTOM, [CRD], if_none_match=tag).status == 200
    assert published_v2(DEFAULT, [], PROTOBUF, if_none_match=tag).status == 200
    assert published_v2(DEFAULT, [], if_none_match=tag).status == 304
