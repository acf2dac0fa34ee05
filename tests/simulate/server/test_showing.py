"""The form in which a client sees an object."""

from __future__ import annotations

import json
from typing import Any

from reconcile.simulate import ApiServer
from tests.simulate.served import CONFIG_MAPS, PODS, config_map, made, pod

TABLE = "application/json;as=Table;g=meta.k8s.io;v=v1"
METADATA = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"


def shown(server: ApiServer, path: str, accept: str) -> Any:
    """Return what is answered to a client that accepts a form."""
    return server.request("GET", path, headers={"Accept": accept})


def test_an_object_is_shown_as_its_metadata() -> None:
    """And nothing else of it."""
    server = ApiServer()
    made(server, CONFIG_MAPS, config_map(data={"a": "b"}))
    found = shown(server, f"{CONFIG_MAPS}/c", METADATA).body
    assert found.keys() == {"kind", "apiVersion", "metadata"}
    assert found["kind"] == "PartialObjectMetadata"


def test_an_object_is_shown_as_a_table_of_one_row() -> None:
    """The row has the metadata of its object, or the whole of it, as the client wants."""
    server = ApiServer()
    made(server, PODS, pod())
    found = shown(server, f"{PODS}/p", TABLE).body
    assert [each["name"] for each in found["columnDefinitions"]][:2] == ["Name", "Ready"]
    (row,) = found["rows"]
    assert row["cells"][:3] == ["p", "0/1", "Pending"]
    assert row["object"]["kind"] == "PartialObjectMetadata"
    (row,) = shown(server, f"{PODS}/p?includeObject=Object", TABLE).body["rows"]
    assert row["object"]["spec"]["containers"]


def test_only_the_first_table_of_a_watch_names_its_columns() -> None:
    """A client remembers them."""
    server = ApiServer()
    for name in ("a", "b"):
        made(server, CONFIG_MAPS, config_map(name))
    events = shown(server, f"{CONFIG_MAPS}?watch=1", TABLE).body
    assert [each["object"]["columnDefinitions"] is None for each in events] == [False, True]


def test_a_refusal_is_never_a_table() -> None:
    """Nor the end of a watch."""
    server = ApiServer()
    assert shown(server, f"{CONFIG_MAPS}/c", TABLE).body["kind"] == "Status"
    server.world = server.world._replace(floor=server.world.version + 5)
    (event,) = shown(server, f"{CONFIG_MAPS}?watch=1&resourceVersion=1", TABLE).body
    assert event["object"]["kind"] == "Status"


def test_yaml_is_text() -> None:
    """With the media type that was asked for."""
    server = ApiServer()
    made(server, CONFIG_MAPS, config_map(data={"a": "b"}))
    answer = shown(server, f"{CONFIG_MAPS}/c", "application/yaml")
    assert answer.headers["Content-Type"] == "application/yaml"
    assert answer.raw.decode().startswith("apiVersion: v1\ndata:\n  a: b\nkind: ConfigMap\n")


def test_old_kinds_are_warned_of_in_every_answer() -> None:
    """Reading is using, too."""
    endpoints = "/api/v1/namespaces/default/endpoints"
    answer = ApiServer().request("GET", endpoints)
    assert answer.headers["Warning"] == (
        '299 - "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice"'
    )


def test_the_body_is_what_the_bytes_say() -> None:
    """Whatever form it has."""
    server = ApiServer()
    made(server, PODS, pod())
    for accept in ("application/json", TABLE, METADATA):
        answer = shown(server, PODS, accept)
        assert json.loads(answer.raw) == answer.body
