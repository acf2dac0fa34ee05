"""Parts of objects that have a path of their own."""

from __future__ import annotations

from typing import Any

import pytest

from reconcile.simulate import ApiServer
from tests.simulate.served import PODS, THINGS, got, made, pod, refused, thing, with_things

MERGE = "application/merge-patch+json"
OPEN = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}


@pytest.fixture
def server() -> ApiServer:
    """Return a server with a thing whose status is a part of it."""
    server = with_things(subresources={"status": {}}, schema=OPEN)
    made(server, THINGS, {**thing(spec={"a": 1}), "status": {"told": "too early"}})
    return server


def test_a_status_is_written_through_its_part_alone(server: ApiServer) -> None:
    """What a create or another write says of it is not heard, and the other way round."""
    assert "status" not in got(server, f"{THINGS}/t")
    body = {"spec": {"a": 2}, "status": {"b": 1}, "metadata": {"labels": {"l": "x"}}}
    found: Any = server.request("PATCH", f"{THINGS}/t/status", body=body, content_type=MERGE).body
    assert (found["spec"], found["status"]) == ({"a": 1}, {"b": 1})
    assert "labels" not in found["metadata"]
    assert found["metadata"]["generation"] == 1
    found = server.request("PATCH", f"{THINGS}/t", body=body, content_type=MERGE).body
    assert (found["spec"], found["status"]) == ({"a": 2}, {"b": 1})


def test_a_status_is_shown_with_its_object(server: ApiServer) -> None:
    """Reading a part is reading the whole."""
    assert got(server, f"{THINGS}/t/status") == got(server, f"{THINGS}/t")


def test_a_write_of_a_part_is_a_write(server: ApiServer) -> None:
    """It may name a version, and raises it."""
    held = got(server, f"{THINGS}/t")
    first = server.request("PUT", f"{THINGS}/t/status", body={**held, "status": {"b": 1}})
    assert first.status == 200
    told = refused(server, "PUT", f"{THINGS}/t/status", {**held, "status": {"b": 2}})
    assert told.endswith("please apply your changes to the latest version and try again")
    other = {**held, "metadata": {**held["metadata"], "name": "u"}}
    assert refused(server, "PUT", f"{THINGS}/t/status", other) == (
        "the name of the object (u) does not match the name on the URL (t)"
    )


def test_a_part_that_a_kind_has_not() -> None:
    """A custom resource says that the object is not there, though it is."""
    server = with_things()
    made(server, THINGS, thing())
    assert refused(server, "GET", f"{THINGS}/t/status", None) == (
        'things.demo.example.com "t" not found'
    )


def test_a_part_of_nothing_is_not_found(server: ApiServer) -> None:
    """As the whole is."""
    assert refused(server, "GET", f"{THINGS}/u/status", None) == (
        'things.demo.example.com "u" not found'
    )


def test_a_namespace_is_finalized_through_a_part() -> None:
    """The write that takes the last one off a namespace that is deleted lets it go."""
    server = ApiServer()
    path = "/api/v1/namespaces/a"
    held = made(server, "/api/v1/namespaces", {"metadata": {"name": "a"}})
    body = {**held, "spec": {"finalizers": []}}
    server.request("DELETE", path)
    answer = server.request("PUT", f"{path}/finalize", body={**body, "metadata": {"name": "a"}})
    assert answer.status == 200
    assert got(server, path) is None


def test_a_pod_s_status_does_not_make_it_run() -> None:
    """A phase is what somebody says."""
    server = ApiServer()
    made(server, PODS, pod())
    body = {"status": {"phase": "Running"}}
    found: Any = server.request("PATCH", f"{PODS}/p/status", body=body, content_type=MERGE).body
    assert found["status"]["phase"] == "Running"
    assert found["status"]["qosClass"] == "BestEffort"


@pytest.mark.parametrize("part", ["log", "attach", "exec", "portforward", "proxy"])
def test_what_needs_a_node_is_refused(part: str) -> None:
    """No container runs, so nothing is passed on to one; a Pod that is not there is told so."""
    server = ApiServer()
    made(server, PODS, pod())
    told = refused(server, "GET", f"{PODS}/p/{part}", None)
    assert told == "pod p does not have a host assigned"
    assert refused(server, "GET", f"{PODS}/q/{part}", None) == 'pods "q" not found'


def test_a_service_has_nobody_to_pass_a_request_on_to() -> None:
    """It is not shown in place of an answer."""
    answer = ApiServer().request("GET", "/api/v1/namespaces/default/services/kubernetes/proxy")
    assert answer.status == 503
