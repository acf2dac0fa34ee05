"""The page of rules is what the reference, the recordings and the tests say."""

from __future__ import annotations

import pytest

from tests.suites import shared
from tools import rules_table
from tools.rules_said import ROWS, SAID


def test_the_page_is_up_to_date() -> None:
    """What the tool would write is what is there."""
    shared("reference", "metacontroller.md")
    assert rules_table.PAGE.read_text(encoding="utf-8") == rules_table.page()


def test_every_rule_that_was_executed_is_there() -> None:
    """Each has a sentence, and a test that names it or a recording."""
    text = shared("reference", "metacontroller.md").read_text(encoding="utf-8")
    rules = rules_table.executed(text)
    assert len(rules) > 110
    assert set(rules) == set(SAID)
    assert list(ROWS)[-1] == "gg"
    assert len(ROWS) == 33


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("as it was (rule 4.20).", ["4.20"]),
        ("rules 1.32, 1.37 and 3.19", ["1.32", "1.37", "3.19"]),
        ('"rule 4.F row ff: x"', ["4.F row ff"]),
        ("rule 3.0b and more", ["3.0b"]),
        ("version 4.20, ruled 1.2", []),
    ],
)
def test_how_tests_name_rules(text: str, expected: list[str]) -> None:
    """By the words `rule` and `rules`, and numbers."""
    assert list(rules_table.named(text)) == expected
