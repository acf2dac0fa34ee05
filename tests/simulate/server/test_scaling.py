"""How many replicas an object wants, read and written without knowing its kind."""

from __future__ import annotations

from typing import Any

from reconcile.simulate import ApiServer
from tests.simulate.served import made, pod, refused

PATH = "/apis/apps/v1/namespaces/default/deployments"


def server() -> ApiServer:
    """Return a server with a Deployment of two."""
    api = ApiServer()
    labels = {"app": "x"}
    template = {"metadata": {"labels": labels}, "spec": pod()["spec"]}
    spec = {"replicas": 2, "selector": {"matchLabels": labels}, "template": template}
    document = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"}}
    made(api, PATH, {**document, "spec": spec})
    return api


def scaled(api: ApiServer, replicas: int) -> list[tuple[Any, bool]]:
    """Return the owners of an object that was scaled: through what, and whether of its number."""
    patch = {"spec": {"replicas": replicas}}
    media = "application/merge-patch+json"
    answer = api.request("PATCH", f"{PATH}/d/scale", body=patch, content_type=media)
    assert answer.status == 200
    assert answer.body["spec"] == ({"replicas": replicas} if replicas else {})
    found = api.request("GET", f"{PATH}/d").body
    assert found["spec"]["replicas"] == replicas
    return [
        (entry.get("subresource"), "f:replicas" in entry["fieldsV1"]["f:spec"])
        for entry in found["metadata"]["managedFields"]
    ]


def test_who_scales_owns_the_number() -> None:
    """The number goes over to the owner of the scale, who is not told since when."""
    api = server()
    assert sorted(scaled(api, 5), key=str) == [("scale", True), (None, False)]
    entries = api.request("GET", f"{PATH}/d").body["metadata"]["managedFields"]
    assert ["time" in entry for entry in entries] == ["subresource" not in e for e in entries]


def test_nobody_owns_a_number_of_none() -> None:
    """A scale to zero takes the number away from all; the next one gives it to somebody again."""
    api = server()
    scaled(api, 5)
    assert scaled(api, 0) == [(None, False)]
    assert sorted(scaled(api, 1), key=str) == [("scale", True), (None, False)]


def test_fewer_than_none_are_refused() -> None:
    """A negative number is refused as one of a scale."""
    patch = {"spec": {"replicas": -1}}
    media = "application/merge-patch+json"
    assert refused(server(), "PATCH", f"{PATH}/d/scale", patch, media=media) == (
        'Scale.autoscaling "d" is invalid: spec.replicas: Invalid value: -1: '
        "must be greater than or equal to 0"
    )
