"""The generation of a DaemonSet's template."""

from __future__ import annotations

from reconcile.simulate.api_server import ApiServer

_PATH = "/apis/apps/v1/namespaces/default/daemonsets"
_NAME = "deprecated.daemonset.template.generation"
_MERGE = "application/merge-patch+json"


def _created():
    server = ApiServer()
    template = {
        "metadata": {"labels": {"a": "b"}},
        "spec": {"containers": [{"name": "c", "image": "i"}]},
    }
    body = {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {"name": "d"},
        "spec": {"selector": {"matchLabels": {"a": "b"}}, "template": template},
    }
    assert server.request("POST", _PATH, body=body).status == 201
    return server


def _patched(server, body, part=""):
    answer = server.request("PATCH", f"{_PATH}/d{part}", body=body, content_type=_MERGE)
    assert answer.status == 200
    return answer.body["metadata"]["annotations"].get(_NAME)


def test_it_rises_with_every_other_template():
    """Other changes leave it, those of the status too."""
    server = _created()
    assert _patched(server, {"metadata": {"labels": {"x": "y"}}}) == "1"
    template = {"metadata": {"labels": {"v": "2"}}}
    assert _patched(server, {"spec": {"template": template}}) == "2"
    assert _patched(server, {"spec": {"minReadySeconds": 1}}) == "2"
    assert _patched(server, {"status": {"numberReady": 1}}, "/status") == "2"


def test_no_request_can_change_it():
    """Whoever takes the annotation off, or writes another number, finds it as it was."""
    server = _created()
    for value in (None, "7"):
        assert _patched(server, {"metadata": {"annotations": {_NAME: value}}}) == "1"
