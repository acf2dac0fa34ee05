"""Lists and maps that were sent empty, in what is said of them."""

from __future__ import annotations

import pytest

from reconcile.kinds.field_error import FieldError
from reconcile.simulate import ApiServer
from reconcile.simulate.server.empties import as_sent
from tests.simulate.served import pod, refused


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("spec.labels", "{}"),
        ("spec.items[1].names", "[]"),
        ("spec.items[0].names", "null"),
        ("spec.items[2].names", "null"),
        ("data[a.b]", "{}"),
        ("spec.full", "null"),
        ("spec.absent", "null"),
    ],
)
def test_what_was_sent_empty_is_shown_empty(path: str, shown: str) -> None:
    """What is not there is looked up by the path of the error."""
    sent = {
        "spec": {"labels": {}, "items": [{"names": None}, {"names": []}], "full": {"a": 1}},
        "data": {"a.b": {}},
    }
    [found] = as_sent([FieldError("FieldValueInvalid", path, "", None)], sent, {})
    assert found.message == f"Invalid value: {shown}"
    kept = FieldError("FieldValueInvalid", path, "", "x")
    assert as_sent([kept], sent, {}) == [kept]


def test_an_object_that_is_there_is_not_what_is_refused() -> None:
    """An error at its place is of something in it."""
    error = FieldError("FieldValueInvalid", "spec", "", None)
    assert as_sent([error], {"spec": {}}, {"spec": {}}) == [error]


def test_a_template_with_empty_labels() -> None:
    """Labels that were sent empty are shown so; those that were not sent are null."""
    path = "/apis/apps/v1/namespaces/default/replicasets"
    for metadata, shown in (({"labels": {}}, "{}"), ({}, "null")):
        template = {"metadata": metadata, "spec": pod()["spec"]}
        spec = {"selector": {"matchLabels": {"a": "b"}}, "template": template}
        document = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": {"name": "r"}}
        told = refused(ApiServer(), "POST", path, {**document, "spec": spec})
        assert f"spec.template.metadata.labels: Invalid value: {shown}: " in told
