"""Recorded conversations with controllers, as they are played."""

from __future__ import annotations

from datetime import UTC, datetime

from reconcile.simulate.actors import playing
from reconcile.simulate.actors.playing import play_workloads


def _recording(*steps):
    return {"name": "one", "namespaces": ["ns1"], "controllers": "*", "steps": list(steps)}


def _made(name, **more):
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, **more}
    return {"method": "POST", "path": "/api/v1/namespaces/ns1/configmaps", "body": body}


def test_now_stands_for_the_time_at_which_a_step_is_sent():
    """Two seconds pass before the first step, and as many as the recording waits after it."""
    steps = (
        {**_made("a", data={"at": "it is ${now}"}), "settle": 5},
        _made("b", data={"at": "${now}"}),
    )
    told = play_workloads(_recording(*steps), now=datetime(2026, 1, 31, tzinfo=UTC))
    texts = [step["response"]["data"]["at"] for step in told["steps"]]
    assert texts == ["it is 2026-01-31T00:00:02Z", "2026-01-31T00:00:07Z"]


def test_bytes_are_sent_as_they_are():
    """What is no JSON to begin with is not looked into."""
    raw = '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"r"},"data":{"at":"${now}"}}'
    step = {"method": "POST", "path": "/api/v1/namespaces/ns1/configmaps", "raw": raw}
    (played,) = play_workloads(_recording(step))["steps"]
    assert played["response"]["data"] == {"at": "${now}"}


class _Copier:
    """Makes a ConfigMap `copy` beside one called `a`."""

    name = "job-controller"

    def concerned(self, event, api):
        if event.key == "/ConfigMap/ns1/a":
            yield event.key

    def sync(self, api, key):
        metadata = {"name": "copy", "namespace": "ns1"}
        api.create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata})


def test_the_actors_of_the_recording_act_where_it_waits(monkeypatch):
    """Who is named acts after a step that settles, and not before."""
    asked = []

    def chosen(controllers):
        asked.append(controllers)
        return (_Copier(),)

    monkeypatch.setattr(playing, "built_in", chosen)
    look = {"method": "GET", "path": "/api/v1/namespaces/ns1/configmaps/copy"}
    recording = _recording(_made("a"), {**look, "settle": 0}, look)
    told = play_workloads(recording)
    assert [step["status"] for step in told["steps"]] == [201, 404, 200]
    assert told["namespaces"] == ["ns1"]
    assert asked == ["*"]
