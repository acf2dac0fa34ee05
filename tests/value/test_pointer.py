"""JSON pointers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconcile.errors import PointerError
from reconcile.value import ABSENT, escape, parse, render, resolve, unescape

SUITE = Path(__file__).parents[2].parent / "shared" / "suites" / "rfc6901" / "cases.jsonl"


@given(st.lists(st.text(max_size=4)))
def test_parse_undoes_render(parts: list[str]) -> None:
    """Any path survives being written as a pointer."""
    assert parse(render(parts)) == tuple(parts)


@given(st.text())
def test_unescape_undoes_escape(part: str) -> None:
    """Any part survives being escaped."""
    assert unescape(escape(part)) == part
    assert "/" not in escape(part)


@pytest.mark.parametrize(
    ("pointer", "value"),
    [
        ("", {"a": [1, {"b/c": None}], "~": 2, "": 3}),
        ("/a/0", 1),
        ("/a/1/b~1c", None),
        ("/~0", 2),
        ("/", 3),
        ("/a/2", ABSENT),
        ("/a/01", ABSENT),
        ("/a/-", ABSENT),
        ("/a/" + "1" * 5_000, ABSENT),
        ("/a/b", ABSENT),
        ("/x", ABSENT),
        ("/a/0/b", ABSENT),
    ],
)
def test_resolve(pointer: str, value: object) -> None:
    """A pointer finds a value, or ABSENT, which is not null."""
    document = {"a": [1, {"b/c": None}], "~": 2, "": 3}
    assert resolve(document, pointer) == value


@pytest.mark.parametrize("pointer", ["a", "a/b", "/~", "/~2", "/a~"])
def test_what_is_no_pointer(pointer: str) -> None:
    """What RFC 6901 does not allow is refused, and the error says which pointer."""
    with pytest.raises(PointerError) as caught:
        parse(pointer)
    assert caught.value.pointer == pointer
    assert pointer in str(caught.value)


def test_numbers_in_a_path_are_written_as_digits() -> None:
    """A position in a list becomes a part like any other."""
    assert render(["a", 0, "b"]) == "/a/0/b"


def test_cases_of_the_rfc() -> None:
    """Every example of RFC 6901 that gives a document and a pointer resolves as written there."""
    if not SUITE.exists():
        pytest.skip("the suites of other projects are not beside this checkout")
    checked = 0
    for line in SUITE.read_text().splitlines():
        case = json.loads(line)
        document, pointer = case.get("document", case.get("doc")), case.get("pointer")
        if document is None or pointer is None or pointer.startswith("#"):
            continue
        if "value" in case or "expected" in case:
            assert resolve(document, pointer) == case.get("value", case.get("expected"))
            checked += 1
    assert checked
