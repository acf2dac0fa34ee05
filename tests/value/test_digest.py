"""Digests: one for equal documents, in every process, build and version of Python."""

from __future__ import annotations

import json
from collections import UserDict
from hashlib import blake2b

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconcile.errors import LimitError
from reconcile.value import digest, equal, freeze

LEAVES = st.sampled_from(
    [None, True, False, 0, 1, 1.0, 0.0, -0.0, 2**64, 1e22, float("nan"), float("inf"), "", "null"]
) | st.sampled_from(
    ["\ud800", "ä", "\U0001f600", ",-0.0,", "\x00", '"', "\\ud800", 10**22, -(2**63)]
)
KEYS = st.sampled_from(["a", "b", "ä", "\ud800", "\uffff", "\U0001f600", ":null", ""])
JSON = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4)
)


def _turned(value: object) -> object:
    """Return an equal document whose members stand the other way round."""
    if isinstance(value, dict):
        return {key: _turned(value[key]) for key in reversed(value)}
    return [_turned(item) for item in value] if isinstance(value, list) else value


@settings(max_examples=500, deadline=None)
@given(JSON, JSON)
def test_digests_are_equal_exactly_for_equal_documents(a, b):
    """What `equal` calls one document has one digest, and nothing else has."""
    assert (digest(a) == digest(b)) is equal(a, b)
    assert digest(a) == digest(_turned(a))


def test_a_key_makes_digests_of_its_own():
    """Who does not hold the key cannot make the digest."""
    document = {"a": [1, None]}
    assert len({digest(document), digest(document, key=b"k"), digest(document, key=b"l")}) == 3
    assert len(digest(document, key=b"k" * 64)) == 16
    with pytest.raises(ValueError, match="64"):
        digest(document, key=b"k" * 65)


@pytest.mark.parametrize(
    ("document", "text"),
    [
        ({"b": [1, 2.5, None], "a": "ä"}, '{"a":"ä","b":[1,2.5,null]}'),
        ({"n": -0.0, "m": 2**64, "k": -1e999}, '{"k":-Infinity,"m":18446744073709551616,"n":0.0}'),
        (["\ud800", True], '["\\ud800",true]'),
    ],
)
def test_a_digest_can_be_made_elsewhere(document, text):
    """It is BLAKE2b of canonical JSON, so it can be kept: in an annotation, in a file."""
    assert digest(document) == blake2b(text.encode(), digest_size=16).digest()


def test_any_mapping_and_any_depth():
    """Read-only documents, other mappings, and ten thousand levels."""
    assert digest(UserDict(a=(1, 2))) == digest(freeze({"a": [1, 2]}))
    deep: object = None
    for _ in range(10_000):
        deep = {"a": [deep]}
    assert digest(deep) == digest(_shallow_copy(deep))
    assert digest({"a": [{"a": [None]}]}) == digest(json.loads('{"a":[{"a":[null]}]}'))


def _shallow_copy(deep: object) -> object:
    return {"a": [deep["a"][0]]}


@pytest.mark.parametrize("value", [b"x", {1, 2}, {1: 2}, object(), 1j])
def test_what_json_does_not_have_is_refused(value):
    """Nothing is written as something else."""
    with pytest.raises(TypeError, match="JSON has no"):
        digest({"a": [value]})


def test_a_document_in_itself_is_refused():
    """A walk without an end has a typed error."""
    loop: list = []
    loop.append(loop)
    with pytest.raises(LimitError):
        digest(loop)
