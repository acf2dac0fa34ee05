"""What differs from kind to kind when objects are written."""

from __future__ import annotations

from typing import Any

import pytest

from reconcile.simulate import ApiServer

POLICIES = "/apis/networking.k8s.io/v1/namespaces/default/networkpolicies"
INGRESSES = "/apis/networking.k8s.io/v1/namespaces/default/ingresses"
MERGE = "application/merge-patch+json"


def generations(path: str, body: dict[str, Any], *patches: dict[str, Any]) -> list[int]:
    """Return the generations that an object has after patches."""
    server = ApiServer()
    made = server.request("POST", path, body={"metadata": {"name": "a"}, **body})
    assert made.status == 201
    found: list[int] = []
    for patch in patches:
        answer = server.request("PATCH", f"{path}/a", body=patch, content_type=MERGE)
        assert answer.status == 200
        body_of: Any = answer.body
        assert "ingress" not in body_of["spec"]
        assert not any(
            "f:ingress" in each["fieldsV1"].get("f:spec", {}) for each in _owners(body_of)
        )
        found.append(body_of["metadata"]["generation"])
    return found


def _owners(document: Any) -> list[Any]:
    return document["metadata"]["managedFields"]


@pytest.mark.parametrize(
    ("spec", "patch", "counts"),
    [
        ({"podSelector": {}}, {"ingress": []}, [2, 3]),
        ({"podSelector": {}}, {"podSelector": {"matchLabels": {}}}, [2, 3]),
        ({"podSelector": {}, "egress": [{}]}, {"egress": [{"to": []}]}, [2, 3]),
        ({"podSelector": {}}, {"policyTypes": []}, [1, 1]),
        ({"podSelector": {}}, {"nothing": []}, [1, 1]),
        ({"podSelector": {}}, {"podSelector": {}}, [1, 1]),
    ],
)
def test_something_empty_changes_a_network_policy_each_time(
    spec: dict[str, Any], patch: dict[str, Any], counts: list[int]
) -> None:
    """The store keeps nothing of what is empty, so that it differs again with every write."""
    assert generations(POLICIES, {"spec": spec}, {"spec": patch}, {"spec": patch}) == counts


def test_something_empty_changes_no_ingress() -> None:
    """Most kinds take what is empty for nothing."""
    backend = {"service": {"name": "s", "port": {"number": 80}}}
    spec = {"defaultBackend": backend}
    assert generations(INGRESSES, {"spec": spec}, {"spec": {"rules": []}}) == [1]
