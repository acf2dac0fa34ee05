"""The answers with which the server refuses."""

from __future__ import annotations

import pytest

from reconcile.kinds.field_error import FieldError
from reconcile.simulate.server import status

REQUIRED = FieldError("FieldValueRequired", "spec.a", "")
FORBIDDEN = FieldError("FieldValueForbidden", "spec.b", "may not be set")


def test_one_fault_is_told_plainly_several_in_brackets() -> None:
    """Each fault is a cause; the same text is told once."""
    assert str(status.invalid("Pod", "", "p", [REQUIRED])) == (
        'Pod "p" is invalid: spec.a: Required value'
    )
    error = status.invalid("Deployment", "apps", "d", [REQUIRED, FORBIDDEN, REQUIRED])
    assert error.message == (
        'Deployment.apps "d" is invalid: '
        "[spec.a: Required value, spec.b: Forbidden: may not be set]"
    )
    found = error.status()
    assert (found["code"], found["reason"], found["status"]) == (422, "Invalid", "Failure")
    details = found["details"]
    assert isinstance(details, dict)
    assert (details["name"], details["group"], details["kind"]) == ("d", "apps", "Deployment")
    assert details["causes"] == [
        {"reason": "FieldValueRequired", "message": "Required value", "field": "spec.a"},
        {
            "reason": "FieldValueForbidden",
            "message": "Forbidden: may not be set",
            "field": "spec.b",
        },
        {"reason": "FieldValueRequired", "message": "Required value", "field": "spec.a"},
    ]


@pytest.mark.parametrize(
    ("error", "code", "reason", "message"),
    [
        (
            status.not_found("deployments", "apps", "d"),
            404,
            "NotFound",
            'deployments.apps "d" not found',
        ),
        (status.already_exists("pods", "", "p"), 409, "AlreadyExists", 'pods "p" already exists'),
        (
            status.already_exists("pods", "", "p", deleting=True),
            409,
            "AlreadyExists",
            'object is being deleted: pods "p" already exists',
        ),
        (
            status.conflict("pods", "", "p", "why"),
            409,
            "Conflict",
            'Operation cannot be fulfilled on pods "p": why',
        ),
        (status.forbidden("pods", "", "p", "why"), 403, "Forbidden", 'pods "p" is forbidden: why'),
        (status.expired("old"), 410, "Expired", "old"),
        (
            status.too_large_version(9, 3),
            504,
            "Timeout",
            "Timeout: Too large resource version: 9, current: 3",
        ),
        (
            status.method_not_allowed(),
            405,
            "MethodNotAllowed",
            "the server does not allow this method on the requested resource",
        ),
    ],
)
def test_each_refusal_has_its_code_reason_and_words(
    error: status.ApiError, code: int, reason: str, message: str
) -> None:
    """As apimachinery makes them."""
    found = error.status()
    assert (found["code"], found["reason"], found["message"]) == (code, reason, message)
    assert (found["kind"], found["apiVersion"], found["metadata"]) == ("Status", "v1", {})


def test_what_is_not_classified_has_no_reason() -> None:
    """Nor details: clients tell such an error from others by that."""
    found = status.internal("etcdserver: request is too large").status()
    assert found["code"] == 500
    assert not found.keys() & {"reason", "details"}


def test_whoever_may_try_again_is_told_when() -> None:
    """As the header says it too."""
    error = status.too_large_version(9, 3)
    assert error.retry_after == 1
    assert error.details is not None
    assert error.details["retryAfterSeconds"] == 1


def test_nobody_s_path_is_answered_with_text() -> None:
    """As a server of files would."""
    assert status.unserved_text().text == "404 page not found\n"
    assert status.not_served().text is None


def test_the_core_group_is_not_told() -> None:
    """Neither before a name nor in details."""
    assert (status.qualified("pods", ""), status.qualified("jobs", "batch")) == (
        "pods",
        "jobs.batch",
    )
    assert status.not_found("pods", "", "p").details == {"name": "p", "kind": "pods"}
