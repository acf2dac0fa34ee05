"""Gets and lists."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from reconcile.simulate import ApiServer
from tests.simulate.served import CONFIG_MAPS, THINGS, config_map, made, refused, thing, with_things


@pytest.fixture
def server() -> ApiServer:
    """Return a server with five ConfigMaps, every other one of which is even."""
    server = ApiServer()
    for number in range(5):
        labels = {"even": str(number % 2 == 0)}
        made(server, CONFIG_MAPS, config_map(f"c{number}", labels=labels))
    return server


def listed(server: ApiServer, query: str, path: str = CONFIG_MAPS) -> tuple[list[str], Any]:
    """Return the names in a list, and its metadata."""
    answer = server.request("GET", f"{path}?{query}")
    assert answer.status == 200, answer.body
    body: Any = answer.body
    return [each["metadata"]["name"] for each in body["items"]], body["metadata"]


def test_a_page_says_how_many_are_left(server: ApiServer) -> None:
    """Unless a selector hides it; the last page says nothing."""
    names, metadata = listed(server, "limit=2")
    assert (names, metadata["remainingItemCount"]) == (["c0", "c1"], 3)
    names, metadata = listed(server, f"limit=3&continue={metadata['continue']}")
    assert (names, metadata.keys()) == (["c2", "c3", "c4"], {"resourceVersion"})
    names, metadata = listed(server, "limit=2&labelSelector=even=True")
    assert names == ["c0", "c2"]
    assert "continue" in metadata
    assert "remainingItemCount" not in metadata


def test_pages_are_of_one_version(server: ApiServer) -> None:
    """What happens between two pages is not in the second one."""
    _, metadata = listed(server, "limit=2")
    server.request("DELETE", f"{CONFIG_MAPS}/c3")
    made(server, CONFIG_MAPS, config_map("c9"))
    names, later = listed(server, f"continue={metadata['continue']}")
    assert names == ["c2", "c3", "c4"]
    assert later["resourceVersion"] == metadata["resourceVersion"]
    assert listed(server, "")[0] == ["c0", "c1", "c2", "c4", "c9"]


def test_an_exact_version_is_the_past(server: ApiServer) -> None:
    """Any other one may be newer."""
    _, metadata = listed(server, "")
    version = metadata["resourceVersion"]
    server.request("DELETE", f"{CONFIG_MAPS}/c0")
    exactly = f"resourceVersion={version}&resourceVersionMatch=Exact"
    assert listed(server, exactly)[0] == ["c0", "c1", "c2", "c3", "c4"]
    newer = f"resourceVersion={version}&resourceVersionMatch=NotOlderThan"
    for query in (f"resourceVersion={version}", newer, "resourceVersion=0"):
        assert listed(server, query)[0] == ["c1", "c2", "c3", "c4"]


BEGINS = "invalid continue token: continue key is not valid: "


def token(**held: object) -> str:
    """Return a token for the next page, as a client could make it up."""
    text = json.dumps(held).encode()
    return base64.urlsafe_b64encode(text).decode().rstrip("=")


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("limit=x", 'strconv.ParseInt: parsing "x": invalid syntax'),
        (
            "resourceVersion=abc",
            'invalid resource version: resourceVersion: Invalid value: "abc": '
            'strconv.ParseUint: parsing "abc": invalid syntax',
        ),
        (
            "resourceVersionMatch=Exact",
            'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: '
            "resourceVersionMatch is forbidden unless resourceVersion is provided",
        ),
        (
            "resourceVersion=0&resourceVersionMatch=Exact",
            'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: '
            'resourceVersionMatch "exact" is forbidden for resourceVersion "0"',
        ),
        ("continue=%25", f"{BEGINS}illegal base64 data at input byte 0"),
        (
            f"continue={token(v='v2')}",
            f'{BEGINS}server does not recognize this encoded version "v2"',
        ),
        (
            f"continue={token(v='meta.k8s.io/v1', start='/a')}",
            f"{BEGINS}incorrect encoded start resourceVersion (version meta.k8s.io/v1)",
        ),
        (
            f"continue={token(v='meta.k8s.io/v1', rv=1)}",
            f"{BEGINS}encoded start key empty (version meta.k8s.io/v1)",
        ),
        (f"continue={token(v='meta.k8s.io/v1', rv=1, start='/../a')}", f"{BEGINS}/../a"),
        (
            "continue=x&resourceVersion=5",
            "specifying resource version is not allowed when using continue",
        ),
    ],
)
def test_lists_that_cannot_be_asked_for(server: ApiServer, query: str, told: str) -> None:
    """Each has its own words."""
    assert refused(server, "GET", f"{CONFIG_MAPS}?{query}", None) == told


def test_a_version_that_nobody_made_is_waited_for_in_vain(server: ApiServer) -> None:
    """The client is told to come back."""
    answer = server.request("GET", f"{CONFIG_MAPS}?resourceVersion=999999")
    assert answer.status == 504
    assert answer.headers["Retry-After"] == "1"


def test_a_page_that_is_too_old_is_gone(server: ApiServer) -> None:
    """The list has to begin again; a version that was named says it otherwise."""
    _, metadata = listed(server, "limit=2")
    server.world = server.world._replace(floor=server.world.version + 1)
    made(server, CONFIG_MAPS, config_map("c9"))
    told = refused(server, "GET", f"{CONFIG_MAPS}?continue={metadata['continue']}", None)
    assert told.startswith("The provided continue parameter is too old to display")
    exactly = f"resourceVersion={metadata['resourceVersion']}&resourceVersionMatch=Exact"
    told = refused(server, "GET", f"{CONFIG_MAPS}?{exactly}", None)
    assert told == "The resourceVersion for the provided list is too old."


def test_lists_of_custom_objects_say_that_nothing_is_left() -> None:
    """And their items say what they are; those of built-in kinds do not."""
    server = with_things()
    made(server, THINGS, thing())
    made(server, CONFIG_MAPS, config_map())
    custom: Any = server.request("GET", THINGS).body
    built_in: Any = server.request("GET", CONFIG_MAPS).body
    assert custom["metadata"]["continue"] == ""
    assert custom["items"][0]["kind"] == "Thing"
    assert "continue" not in built_in["metadata"]
    assert "kind" not in built_in["items"][0]
