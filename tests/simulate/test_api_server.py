"""Requests in, responses out."""

from __future__ import annotations

from typing import Any

import pytest

from reconcile.simulate import ApiServer
from tests.simulate.served import (
    CONFIG_MAPS,
    CRDS,
    PODS,
    THINGS,
    config_map,
    definition,
    got,
    made,
    refused,
    thing,
    with_things,
)

NOT_ALLOWED = "the server does not allow this method on the requested resource"
NOT_SERVED = "the server could not find the requested resource"
NO_PAGE = "404 page not found\n"


@pytest.mark.parametrize(
    ("method", "path", "code", "told"),
    [
        ("POST", f"{CONFIG_MAPS}/c", 405, NOT_ALLOWED),
        ("PUT", CONFIG_MAPS, 405, NOT_ALLOWED),
        ("PATCH", CONFIG_MAPS, 405, NOT_ALLOWED),
        ("POST", "/api/v1/configmaps", 405, NOT_ALLOWED),
        ("PUT", THINGS, 400, "name must be provided"),
        ("POST", "/apis/demo.example.com/v1/things", 404, NO_PAGE),
        ("GET", "/api/v1/namespaces/default/nobody", 404, NOT_SERVED),
        ("GET", "/apis/apps/v1/namespaces/default/nobody", 404, NOT_SERVED),
        ("GET", "/apis/nobody.example.com/v1/things", 404, NO_PAGE),
        ("GET", "/api/v1/configmaps/c", 404, NOT_SERVED),
        ("GET", "/api/v1/namespaces/default/nodes", 404, NOT_SERVED),
        ("GET", f"{CONFIG_MAPS}/c/scale", 404, NOT_SERVED),
        ("GET", "/nowhere", 404, NO_PAGE),
        ("DELETE", "/nowhere", 404, NO_PAGE),
        ("POST", "/version", 405, NOT_ALLOWED),
        (
            "DELETE",
            f"{THINGS}/t/status",
            405,
            'delete is not supported on resources of kind "things.demo.example.com"',
        ),
    ],
)
def test_what_is_not_there_and_what_is_not_done(
    method: str, path: str, code: int, told: str
) -> None:
    """Groups of the server's own and those of definitions say it in other words."""
    answer = with_things(subresources={"status": {}}).request(method, path, body={})
    said: Any = answer.body
    assert (answer.status, said if isinstance(said, str) else said["message"]) == (code, told)


def test_a_copy_goes_its_own_way() -> None:
    """What one is told the other does not know, whichever it is."""
    server = ApiServer()
    made(server, CONFIG_MAPS, config_map("both"))
    copy = server.copy()
    made(server, CONFIG_MAPS, config_map("one"))
    made(copy, CRDS, definition())
    assert got(copy, f"{CONFIG_MAPS}/one") is None
    assert got(copy, f"{CONFIG_MAPS}/both") is not None
    assert server.request("GET", THINGS).status == 404
    assert copy.request("GET", THINGS).status == 200


def test_the_same_requests_have_the_same_answers() -> None:
    """Byte by byte, uids and all."""

    def answers() -> list[bytes]:
        server = ApiServer(seed=3)
        body = {"metadata": {"generateName": "c-"}}
        return [server.request("POST", CONFIG_MAPS, body=body).raw for _ in range(3)]

    assert answers() == answers()
    assert len(set(answers())) == 3


def test_an_answer_cannot_change_the_world() -> None:
    """What comes from the store is read-only; what a client sent stays its own."""
    server = ApiServer()
    document = config_map(data={"a": "b"})
    answer: Any = made(server, CONFIG_MAPS, document)
    assert document == config_map(data={"a": "b"})
    document["data"]["a"] = "c"
    with pytest.raises(Exception, match="read-only"):
        answer["data"]["a"] = "c"
    assert got(server, f"{CONFIG_MAPS}/c")["data"] == {"a": "b"}


def test_a_request_that_is_refused_changes_nothing() -> None:
    """Not even what it would have been given: an address, a uid."""
    server = ApiServer()
    before = server.world
    refused(server, "POST", "/api/v1/namespaces/default/services", {"metadata": {"name": "s"}})
    assert server.world is before


def test_head_is_answered_as_get() -> None:
    """The edge leaves the body out."""
    server = ApiServer()
    made(server, CONFIG_MAPS, config_map())
    assert server.request("HEAD", f"{CONFIG_MAPS}/c").status == 200
    assert server.request("head", f"{CONFIG_MAPS}/d").status == 404


def test_names_in_body_and_path_agree() -> None:
    """A replace says which object it is of."""
    server = ApiServer()
    made(server, CONFIG_MAPS, config_map())
    path = f"{CONFIG_MAPS}/c"
    assert refused(server, "PUT", path, config_map("d")) == (
        "the name of the object (d) does not match the name on the URL (c)"
    )
    assert refused(server, "PUT", path, config_map(namespace="other")) == (
        "the namespace of the provided object does not match the namespace sent on the request"
    )


def test_too_deep_documents_are_refused() -> None:
    """Wherever they come from."""
    deep: Any = {}
    for _ in range(2000):
        deep = {"a": deep}
    server = with_things()
    answer = server.request("POST", THINGS, body=thing(spec=deep))
    assert answer.status == 400
    assert server.request("GET", f"{THINGS}/t").status == 404


def test_a_watch_needs_a_collection() -> None:
    """What is no watch is answered as the request that it is."""
    answer = ApiServer().watch(f"{PODS}/p")
    assert answer.status == 404  # type: ignore[union-attr]
