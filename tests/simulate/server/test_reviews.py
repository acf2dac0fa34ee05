"""Questions of who somebody is and what he may do."""

from __future__ import annotations

from typing import Any

import pytest

from reconcile.simulate import ApiServer
from tests.simulate.served import made, refused

ACCESS = "/apis/authorization.k8s.io/v1"
LOCAL = f"{ACCESS}/namespaces/default/localsubjectaccessreviews"
IDENTITY = "/apis/authentication.k8s.io/v1"


def review(kind: str, group: str = "authorization", **spec: Any) -> dict[str, Any]:
    """Return a review."""
    return {"apiVersion": f"{group}.k8s.io/v1", "kind": kind, "spec": spec}


def test_everybody_may_do_everything() -> None:
    """What was asked comes back with its owner and the answer, without what the server knows."""
    sent = review("LocalSubjectAccessReview", user="u", resourceAttributes={"namespace": "default"})
    found = made(ApiServer(), LOCAL, {**sent, "status": {"allowed": False, "reason": "no"}})
    assert found["status"] == {"allowed": True}
    assert found["metadata"]["namespace"] == "default"
    fields = found["metadata"]["managedFields"][0]["fieldsV1"]
    assert fields == {
        "f:spec": {"f:resourceAttributes": {".": {}, "f:namespace": {}}, "f:user": {}}
    }
    assert "uid" not in found["metadata"]


def test_who_asks_is_told_who_he_is() -> None:
    """The server makes the answer itself: it has a time, and no owner."""
    document = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
    answer = ApiServer().request("POST", f"{IDENTITY}/selfsubjectreviews", body=document, user="me")
    assert list(answer.body["metadata"]) == ["creationTimestamp"]
    assert answer.body["status"]["userInfo"] == {
        "username": "me",
        "uid": "me",
        "groups": ["system:masters", "system:authenticated"],
    }


def test_no_token_is_known() -> None:
    """A token is none of the server's; without one there is nothing to look at."""
    path = f"{IDENTITY}/tokenreviews"
    found = made(ApiServer(), path, review("TokenReview", "authentication", token="t"))
    assert found["status"] == {"user": {}, "error": "invalid bearer token"}
    told = refused(ApiServer(), "POST", path, review("TokenReview", "authentication"))
    assert told == "token is required for TokenReview in authentication"


def test_rules_are_told_of_a_namespace() -> None:
    """The namespace must be said, and is not said again."""
    path = f"{ACCESS}/selfsubjectrulesreviews"
    found = made(ApiServer(), path, review("SelfSubjectRulesReview", namespace="default"))
    assert found["spec"] == {}
    assert found["metadata"] == {}
    told = refused(ApiServer(), "POST", path, review("SelfSubjectRulesReview"))
    assert told == "no namespace on request"


@pytest.mark.parametrize(
    ("spec", "why"),
    [
        (
            {"resourceAttributes": {"verb": "get"}},
            'spec.user: Invalid value: "": at least one of user or group must be specified',
        ),
        (
            {"user": "u", "resourceAttributes": {}, "nonResourceAttributes": {"path": "/a"}},
            'spec.nonResourceAttributes: Invalid value: {"Path":"/a","Verb":""}: '
            "cannot be specified in combination with resourceAttributes",
        ),
        (
            {"user": "u", "resourceAttributes": {"fieldSelector": {}}},
            "spec.resourceAttributes.fieldSelector.requirements: Required value: when "
            "spec.resourceAttributes.fieldSelector is specified, requirements or rawSelector is "
            "required",
        ),
        (
            {
                "user": "u",
                "resourceAttributes": {
                    "labelSelector": {"requirements": [{"key": "a", "operator": "In"}]}
                },
            },
            "spec.resourceAttributes.labelSelector.requirements[0].values: Required value: must be "
            "specified when `operator` is 'In' or 'NotIn'",
        ),
    ],
)
def test_what_is_wrong_with_a_question(spec: dict[str, Any], why: str) -> None:
    """The kind is left out of what is said."""
    sent = review("SubjectAccessReview", **spec)
    told = refused(ApiServer(), "POST", f"{ACCESS}/subjectaccessreviews", sent)
    assert told == f'.authorization.k8s.io "" is invalid: {why}'


def test_a_question_has_no_name() -> None:
    """Metadata must be empty, but for the owners of fields."""
    sent = {**review("SelfSubjectAccessReview", resourceAttributes={}), "metadata": {"name": "a"}}
    told = refused(ApiServer(), "POST", f"{ACCESS}/selfsubjectaccessreviews", sent)
    assert told.endswith(": must be empty")
    assert told.startswith(
        '.authorization.k8s.io "" is invalid: metadata: Invalid value: {"name":"a","managedFields":'
    )
