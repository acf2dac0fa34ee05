"""Conversations that are played."""

from __future__ import annotations

import json
from typing import Any

from reconcile.simulate.server.exchange import Response
from reconcile.simulate.transcript import Asked, filled, play
from reconcile.value.types import ABSENT
from tests.simulate.served import CONFIG_MAPS, config_map, definition


def heard(*steps: dict[str, Any], **more: Any) -> tuple[list[Asked], Any]:
    """Return what a server is asked in a conversation, and the conversation."""
    asked: list[Asked] = []
    moved: list[float] = []

    def ask(request: Asked) -> Response:
        asked.append(request)
        return Response(200, {"Content-Type": "application/json", "Date": "x"}, {"n": len(asked)})

    made: Any = play({"steps": list(steps), **more}, ask=ask, settle=moved.append)
    made["moved"] = moved
    return asked, made


def step(method: str = "GET", path: str = "/x", **more: Any) -> dict[str, Any]:
    """Return a step of a conversation."""
    return {"method": method, "path": path, **more}


def test_namespaces_and_definitions_come_first() -> None:
    """They are no steps, so nothing refers to their answers."""
    asked, made = heard(step(), namespaces=["a"], crds=[definition()])
    paths = [each.path for each in asked]
    crds = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
    assert paths == ["/api/v1/namespaces", crds, "/x"]
    assert [each["response"] for each in made["steps"]] == [{"n": 3}]


def test_a_step_keeps_what_it_was_and_gets_its_answer() -> None:
    """Of the headers, those that say something."""
    _, made = heard(step(why="to see"))
    (found,) = made["steps"]
    assert found == {
        "method": "GET",
        "path": "/x",
        "why": "to see",
        "status": 200,
        "headers": {"Content-Type": "application/json"},
        "response": {"n": 1},
    }


def test_bodies_are_documents_text_or_bytes() -> None:
    """A document has the media type of JSON unless the step says another one."""
    asked, _ = heard(
        step(),
        step("POST", body={"a": "${0:/n}"}),
        step("PATCH", body={}, type="merge"),
        step("PATCH", raw="{}${repeat:x:3}", type="apply"),
        step("POST", raw64="AP8=", type="application/octet-stream"),
    )
    assert [(each.body, each.media) for each in asked] == [
        (ABSENT, None),
        ({"a": "1"}, "application/json"),
        ({}, "application/merge-patch+json"),
        (b"{}xxx", "application/apply-patch+yaml"),
        (b"\x00\xff", "application/octet-stream"),
    ]


def test_a_step_says_who_asks_and_with_which_headers() -> None:
    """JSON is accepted unless it says otherwise."""
    asked, _ = heard(step(), step(user="me", sent={"Accept": "application/yaml"}))
    assert [(each.user, each.headers["Accept"]) for each in asked] == [
        ("user", "application/json"),
        ("me", "application/yaml"),
    ]


def test_a_world_settles_where_a_step_says() -> None:
    """By as many seconds."""
    _, made = heard(step(settle=0), step(), step(settle=1.5))
    assert made["moved"] == [0.0, 1.5]


def test_references_and_repetitions_are_filled_in() -> None:
    """In keys and texts of any depth; other values stay."""
    answers = [{"metadata": {"uid": "u", "generation": 2}}]
    assert filled(["${0:/metadata/uid}", {"k${0:/metadata/generation}": None}], answers) == [
        "u",
        {"k2": None},
    ]
    assert filled("${0:/metadata}", answers) == json.dumps(answers[0]["metadata"])
    assert filled("${0:/nothing}|${repeat:ab:2}|$x", answers) == "|abab|$x"


def test_a_conversation_is_had_with_a_new_server() -> None:
    """Unless another one is given; watches are read line by line, and texts are kept."""
    created = step("POST", CONFIG_MAPS, body=config_map(data={"a": "<"}), responseText="")
    watched = step("GET", f"{CONFIG_MAPS}?watch=1")
    made: Any = play({"steps": [created, watched, step(path="/nowhere")]})
    first, second, third = made["steps"]
    assert first["status"] == 201
    assert '"a":"\\u003c"' in first["responseText"]
    assert [each["type"] for each in second["response"]] == ["ADDED"]
    assert third["response"] == "404 page not found\n"
