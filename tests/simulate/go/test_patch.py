"""What `test` of a JSON patch takes for equal."""

from __future__ import annotations

from typing import Any

import pytest

from reconcile.simulate.go.patch import spelt_the_same, values_as_sent


@pytest.mark.parametrize(
    ("value", "text", "same"),
    [
        (1, "1", True),
        (1, "1.0", False),
        (1.0, "1", True),
        (1.5, "1.50", False),
        (100, "1e2", False),
        (True, "true", True),
        (True, "1", False),
        (None, "null", True),
        ("é", '"é"', True),
        ("é", '"\\u00e9"', False),
        ("<", '"<"', False),
        ("<", '"\\u003c"', True),
        ([1, {"a": 2}], '[ 1 , {"a":2} ]', True),
        ([1, 2], "[2,1]", False),
        ([1], "[1,1]", False),
        ({"a": 1, "b": 2}, '{"b":2,"a":1}', True),
        ({"a": 1}, '{"a":1,"b":null}', False),
        ({"a": 1}, "[1]", False),
        ([], "{}", False),
    ],
)
def test_scalars_are_equal_by_their_spelling(value: Any, text: str, *, same: bool) -> None:
    """The object's own is that of the server's writer; members have no order."""
    assert spelt_the_same(value, text.encode()) is same


def test_values_are_taken_as_they_were_sent() -> None:
    """One for each operation; a patch that cannot be read has none."""
    sent = b'[{"op":"test","path":"/a","value": 1.0 },{"op":"remove","path":"/a"}]'
    assert values_as_sent(sent) == [b"1.0", None]
    assert values_as_sent(b"{}") == []
