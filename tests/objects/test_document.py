"""One observed object in bytes: parsed as far as it is read, strictly."""

from __future__ import annotations

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconcile.errors import ReconcileError, RequestError
from reconcile.objects.document import Document
from reconcile.value.types import ABSENT

POD = b'{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a"},"status":{"phase":"Running"}}'


def test_sections_are_parsed_once() -> None:
    """A section is the same object on every call, and ABSENT where there is none."""
    document = Document(POD)
    assert document.section("status") == {"phase": "Running"}
    assert document.section("status") is document.section("status")
    assert document.section("spec") is ABSENT
    assert document.get("spec") is None
    assert document.get("kind") == "Pod"
    assert "kind" in document
    assert list(document) == ["apiVersion", "kind", "metadata", "status"]
    assert list(Document(POD)) == list(document)
    assert "spec" not in Document(POD)


def test_the_whole_is_fresh_and_the_frozen_one_kept() -> None:
    """document() may be changed, frozen() may not and stays the same."""
    document = Document(msgspec.Raw(POD))
    assert document.document() == json.loads(POD)
    assert document.document() is not document.document()
    assert document.frozen() is document.frozen()
    assert document.raw_bytes == POD
    assert repr(document) == f"<Document of {len(POD)} bytes>"


@pytest.mark.parametrize(
    "data",
    [
        b'{"a":1,"a":1}',
        b'{"a":1,"\\u0061":2}',
        b'{"a":{"b":1,"b":2}}',
        b'{"a":{"b":1,"b":2,"pad":"' + b"x" * 2000 + b'"}}',
        b'{"a":1',
        b"[1]",
        b'"a"',
        b'{"a":\xff}',
        b'{"a":"\xff"}',
        b'{"a":NaN}',
        b"",
    ],
)
def test_bad_bytes_are_request_errors_when_read(data: bytes) -> None:
    """Nothing is said before reading; then the error is typed and holds no value."""
    document = Document(data, pointer="/children/Pod.v1/a")
    with pytest.raises(RequestError):
        read(document)


def read(document: Document) -> None:
    """Read one member to its end."""
    value = document.get("a")
    assert isinstance(value, Document)
    value.whole()


def test_spaces_and_escapes_are_read_too() -> None:
    """JSON that is not compact, or spells keys with escapes, reads the same."""
    document = Document(b'{ "\\u0061" : { "b" : 1 } , "c":[ ] }')
    assert document.section("a") == {"b": 1}
    assert document.get("c") == []
    assert Document(b" {} ").section("a") is ABSENT
    assert list(Document(b"{}")) == []


def test_no_key_is_written_longer_than_it_can_be_spelt() -> None:
    """The length of the parts written again proves something only if this is so."""
    for code in (*range(0x800), 0x2028, 0xFFFF, 0x1F600):
        key = chr(code)
        shortest = 2 if key in '\b\t\n\f\r"\\' else 6 if code < 0x20 else len(key.encode())
        assert len(msgspec.json.encode({key: 1})) <= len('{"":1}') + shortest


def test_large_objects_are_documents_of_their_own() -> None:
    """A large member is cut again instead of being parsed."""
    document = Document(json.dumps({"a": {"b": "x" * 2000, "c": 1}}).encode())
    inner = document.get("a")
    assert isinstance(inner, Document)
    assert inner is document.get("a")
    assert inner.pointer == "/a"
    assert inner.get("c") == 1
    assert inner.whole() is inner.whole()
    assert document.section("a") == inner.whole()


KEYS = st.text(max_size=4)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(KEYS, VALUES, max_size=4), st.booleans(), st.sampled_from([None, 1]))
def test_sections_are_what_the_whole_holds(
    whole: dict[str, object], ascii_only: bool, indent: int | None
) -> None:
    """Reading by sections and reading the whole agree, however the JSON is spelt."""
    try:
        data = json.dumps(whole, ensure_ascii=ascii_only, indent=indent).encode()
    except UnicodeEncodeError:
        return
    document = Document(data)
    try:
        for key, value in whole.items():
            assert document.section(key) == value
    except ReconcileError:
        # A lone surrogate is JSON to the standard library and refused by ours.
        assert "\\ud" in data.decode()


@given(st.lists(st.tuples(st.sampled_from("abc"), VALUES), min_size=2, max_size=5))
def test_a_key_given_twice_is_always_found(pairs: list[tuple[str, object]]) -> None:
    """The one-level check misses no duplicate and reports nothing else."""
    body = ",".join(f"{json.dumps(key)}:{json.dumps(value)}" for key, value in pairs)
    document = Document(f"{{{body}}}".encode())
    keys = [key for key, _ in pairs]
    if len(set(keys)) == len(keys):
        for key, value in pairs:
            assert document.section(key) == value
    else:
        with pytest.raises(RequestError):
            document.section("a")
