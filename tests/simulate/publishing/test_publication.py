"""The door to OpenAPI."""

from __future__ import annotations

import pytest

from reconcile.simulate.publishing.openapi_v2 import PROTOBUF
from reconcile.simulate.publishing.publication import publication
from reconcile.simulate.publishing.resources import Resources
from tests.simulate.custom import CRD, CUSTOM

DEFAULT = Resources.built_in()


def answer(path: str, **asked: str):
    return publication(CUSTOM, [CRD], path, **asked)


def test_both_versions() -> None:
    """Version 2 is a document or bytes of one, version 3 an index and documents."""
    assert answer("/openapi/v2").content["swagger"] == "2.0"
    assert isinstance(answer("/openapi/v2", accept=PROTOBUF).content, bytes)
    index = answer("/openapi/v3")
    assert (index.status, index.content_type) == (200, "application/json")
    assert "apis/table.example.com/v1" in index.content["paths"]
    document = answer("/openapi/v3/apis/table.example.com/v1", accept="application/json")
    assert document.content["openapi"] == "3.0.0"


def test_what_is_known_already() -> None:
    """With the tag of the last answer nothing is sent."""
    for path in ("/openapi/v2", "/openapi/v3", "/openapi/v3/api/v1"):
        tag = publication(DEFAULT, [], path).headers["ETag"]
        again = publication(DEFAULT, [], path, if_none_match=tag)
        assert (again.status, again.content) == (304, "")


def test_a_hash_of_the_past() -> None:
    """A document that is asked for by an old hash has moved."""
    moved = answer("/openapi/v3/api/v1", asked_hash="OLD")
    assert moved.status == 301
    assert moved.headers["Location"].startswith("/openapi/v3/api/v1?hash=")


@pytest.mark.parametrize(
    ("path", "accept", "status"),
    [
        ("/openapi/v2", "text/html", 406),
        ("/openapi/v3", "text/html", 406),
        ("/openapi/v3/api/v1", PROTOBUF, 406),
        ("/openapi/v3/nothing", "", 404),
    ],
)
def test_refusals(path: str, accept: str, status: int) -> None:
    """A refusal has no body."""
    refused = answer(path, accept=accept)
    assert (refused.status, refused.content) == (status, "")


def test_other_paths() -> None:
    """Other paths are left to others."""
    assert answer("/openapi") is None
    assert answer("/openapi/v4") is None
    assert answer("/api/v1") is None
