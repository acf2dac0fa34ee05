"""Bad input gets a clear typed error, and nothing is lost."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType

import pytest


def _load() -> ModuleType:
    path = Path(__file__).with_name("bad_input.py")
    spec = importlib.util.spec_from_file_location("bad_input_cases", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


BAD = _load()


@pytest.mark.parametrize("case", BAD.CASES, ids=lambda case: case.what)
def test_bad_input(case) -> None:
    """Status, word and error are as the table says; no value and no text of an error gets out."""
    reply = case.reply()
    assert reply.status == case.status
    if case.word:
        body = json.loads(reply.body)
        assert body["error"] == case.word
        assert len(reply.body) <= 256
        assert set(body) <= {"error", "id"}
        assert b"children" not in reply.body
    else:
        assert json.loads(reply.body)["children"] != []
    if not case.error:
        assert reply.failure is None
        return
    failure = reply.failure
    assert failure is not None
    assert type(failure.error).__name__ == case.error
    assert json.loads(reply.body)["id"] == failure.id
    assert len(failure.id) == 16
    assert set(failure.id) <= set("0123456789abcdef")
    for told in (reply.body.decode(), str(failure.error), repr(failure.error), repr(reply)):
        assert BAD.CANARY not in told
        assert "Traceback" not in told


def test_equal_requests_fail_under_equal_ids() -> None:
    """The id is that of the request: the same again is the same Event."""
    case = next(case for case in BAD.CASES if case.what == "a rule that raises")
    assert case.reply().failure.id == case.reply().failure.id
    assert case.reply().body == case.reply().body


def test_whole_numbers_are_read_exactly() -> None:
    """A number that no float can hold is what the rule sees."""
    seen = []
    look = BAD.rule(name="look", owns=[])(
        lambda observed: seen.append(observed.children(BAD.Secret)[0].raw["data"]["k"])
    )
    body = BAD.child(BAD.HEAD + '{"k":123456789012345678901234567890}}')
    reply = BAD.composite(BAD.quiet, look).respond(body, now=BAD.NOW)
    assert reply.status == 200
    assert seen == [123456789012345678901234567890]


def test_page_is_up_to_date() -> None:
    """docs/bad-input.md says what happens."""
    assert BAD.PAGE.read_text() == BAD.page(), "run: python tests/hook/bad_input.py"
