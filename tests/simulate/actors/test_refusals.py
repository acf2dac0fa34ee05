"""What controllers make of refusals."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime, timedelta

import pytest

from reconcile.simulate.actors.refusals import (
    RefusedError,
    accepted,
    closing,
    patience,
    reason,
    refused,
    said,
)
from reconcile.simulate.api_server import ApiServer

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def _answer(path, kind, name):
    body = {"apiVersion": "v1", "kind": kind, "metadata": {"name": name}}
    return ApiServer().request("POST", path, body=body)


def test_an_answer_that_does_what_was_asked_is_given_back():
    """What is accepted says no reason."""
    answer = _answer("/api/v1/namespaces/default/configmaps", "ConfigMap", "a")
    assert not refused(answer)
    assert accepted(answer) is answer
    assert reason(answer) == ""


def test_a_refusal_tells_its_reason_and_its_words():
    """The error keeps the answer, and tells the reason alone."""
    answer = _answer("/api/v1/namespaces/nowhere/configmaps", "ConfigMap", "a")
    assert refused(answer)
    assert reason(answer) == "NotFound"
    assert said(answer) == 'namespaces "nowhere" not found'
    with pytest.raises(RefusedError, match="refused a write: NotFound") as caught:
        accepted(answer)
    assert pickle.loads(pickle.dumps(caught.value.answer.status)) == 404


def test_a_namespace_that_closes_is_told_from_other_refusals():
    """The cause says that a namespace is being deleted."""
    server = ApiServer()
    about = {"name": "ns", "finalizers": ["example.com/wait"]}
    server.request(
        "POST",
        "/api/v1/namespaces",
        body={"apiVersion": "v1", "kind": "Namespace", "metadata": about},
    )
    path = "/api/v1/namespaces/ns/configmaps"
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}}
    server.request("POST", path, body=body)
    assert not closing(server.request("POST", path, body=body))
    server.request("DELETE", "/api/v1/namespaces/ns")
    assert closing(server.request("POST", path, body=body))


@pytest.mark.parametrize(
    ("gone", "pause"), [(None, 0.005), (0, 0.005), (-5, 0.005), (8, 8.005), (5000, 1000)]
)
def test_pauses_double_up_to_a_limit(gone, pause):
    """Who has been refused for a time waits as long again."""
    since = None if gone is None else NOW - timedelta(seconds=gone)
    assert patience(NOW, since) == pytest.approx(pause)
