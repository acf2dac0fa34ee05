"""Bodies, read as the server reads them."""

from __future__ import annotations

from typing import Any

import pytest

from reconcile.simulate import ApiServer

CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"


def version(name: str, field: str, **more: Any) -> dict[str, Any]:
    """Return a version of a definition whose objects have one field."""
    fields = {"type": "object", "properties": {field: {"type": "integer"}}}
    schema = {"type": "object", "properties": {"spec": fields}}
    return {"name": name, "served": True, "schema": {"openAPIV3Schema": schema}, **more}


@pytest.fixture(scope="module")
def server() -> ApiServer:
    """Return a server that serves a definition with an old version and a new one."""
    made = ApiServer()
    spec = {
        "group": "a.example.com",
        "scope": "Cluster",
        "names": {"kind": "Thing", "plural": "things", "singular": "thing", "listKind": "Things"},
        "versions": [
            version("v1alpha1", "old", storage=False, deprecated=True),
            version("v1", "new", storage=True),
        ],
    }
    body = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "things.a.example.com"},
        "spec": spec,
    }
    assert made.request("POST", CRDS, body=body).status == 201
    made.settle()
    return made


DEPRECATED = '299 - "a.example.com/v1alpha1 Thing is deprecated; use a.example.com/v1 Thing"'


@pytest.mark.parametrize(
    ("told", "warning"),
    [
        ("a.example.com/v1", '299 - "unknown field \\"spec.old\\""'),
        ("a.example.com/v2", '299 - "unknown field \\"spec\\""'),
        ("b.example.com/v1", ""),
    ],
)
def test_a_body_of_another_version_is_read_by_that(
    server: ApiServer, told: str, warning: str
) -> None:
    """What is unknown is told by the schema of the version in the body; then it is refused."""
    body = {
        "apiVersion": told,
        "kind": "Thing",
        "metadata": {"name": "a"},
        "spec": {"old": 1, "new": 1},
    }
    path = "/apis/a.example.com/v1alpha1/things"
    answer = server.request("POST", path, body=body)
    assert answer.status == 400
    assert answer.headers["Warning"] == ", ".join(filter(None, [DEPRECATED, warning]))


def test_a_refusal_warns_of_a_version_that_goes_away(server: ApiServer) -> None:
    """What is not found was asked of a deprecated version all the same."""
    answer = server.request("GET", "/apis/a.example.com/v1alpha1/things/none")
    assert (answer.status, answer.headers["Warning"]) == (404, DEPRECATED)
    assert "Warning" not in server.request("GET", "/apis/a.example.com/v1/things/none").headers
