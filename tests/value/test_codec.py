"""Bytes to documents and back, strictly."""

from __future__ import annotations

import gc
import json
import tracemalloc
from contextlib import suppress
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconcile.errors import LimitError, ObjectError, ReconcileError, RequestError
from reconcile.value import (
    canonical,
    check_utf8,
    decode,
    decode_object,
    encode,
    equal,
    paused_collector,
)

SUITE = Path(__file__).parents[2].parent / "shared" / "suites" / "json-test-suite"
FINITE = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=4),
)
DOCUMENTS = st.recursive(
    FINITE,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.text(st.characters(exclude_categories=["Cs"]), max_size=3), inner, max_size=3
        ),
    ),
    max_leaves=12,
)


@given(DOCUMENTS)
def test_decode_undoes_encode(document: object) -> None:
    """What is written is read back, types and all."""
    assert equal(decode(encode(document)), document)
    assert equal(decode(canonical(document)), document)


@given(DOCUMENTS)
def test_other_writers_are_read(document: object) -> None:
    """White space and escapes of another writer change nothing."""
    assert equal(decode(json.dumps(document, indent=1).encode()), document)


@given(st.binary())
def test_any_bytes_give_a_document_or_a_typed_error(data: bytes) -> None:
    """Nothing but our own errors comes out of reading."""
    with suppress(ReconcileError):
        decode(data)


@pytest.mark.parametrize(
    ("data", "code", "pointer"),
    [
        (b"", "not-json", ""),
        (b"{", "not-json", ""),
        (b'{"a":1}x', "not-json", ""),
        (b"NaN", "not-json", ""),
        (b"[Infinity]", "not-json", ""),
        (b"\xef\xbb\xbf{}", "not-json", ""),
        (b'"\xff"', "not-utf8", ""),
        (b'"\\ud800"', "not-json", ""),
        (b'{"a":1e400}', "number", "/a"),
        (b'{"a":[-1e400]}', "number", "/a/0"),
        (b'{"a":1,"a":1}', "duplicate-key", ""),
        (b'{"a":{"b/c":[{"d":1,"d":2}]}}', "duplicate-key", "/a/b~1c/0"),
        (b'{"a":1, "\\u0061":2}', "duplicate-key", ""),
    ],
)
def test_refused(data: bytes, code: str, pointer: str) -> None:
    """What is not strict JSON is refused with a code and the place."""
    with pytest.raises(RequestError) as caught:
        decode(data)
    assert (caught.value.code, caught.value.pointer) == (code, pointer)


def test_places_stand_below_the_given_pointer() -> None:
    """The place of a fault is told from where the document stands."""
    with pytest.raises(RequestError) as caught:
        decode(b'{"a":{"b":1,"b":2}}', pointer="/children/x")
    assert caught.value.pointer == "/children/x/a"
    assert str(caught.value) == "/children/x/a: the key 'b' is there twice"


def test_a_long_key_is_described() -> None:
    """A key that is rather a text is not repeated in a message."""
    key = "k" * 200
    with pytest.raises(RequestError, match="a text of 200 characters"):
        decode(f'{{"{key}":1,"{key}":2}}'.encode())


@pytest.mark.parametrize("depth", [129, 200, 10_000])
@pytest.mark.parametrize("pair", ["[]", "{}"])
def test_nesting_is_limited(depth: int, pair: str) -> None:
    """Too many levels are a LimitError, never a RecursionError."""
    opening = "[" if pair == "[]" else '{"a":'
    closing = "]" if pair == "[]" else "}"
    text = opening * depth + "1" + closing * depth
    with pytest.raises(LimitError) as caught:
        decode(text.encode())
    assert caught.value.limit == "levels of nesting"


@pytest.mark.parametrize("fault", ['"b":1,"b":2', '"b":1e400'])
def test_a_fault_below_a_long_key_costs_no_more_than_the_text(fault: str) -> None:
    """The place of a fault is put together once, not for each value that is looked at."""
    text = f'{{"{"k" * 100_000}": [{"[1], " * 5_000}{{{fault}}}]}}'.encode()
    tracemalloc.start()
    try:
        with pytest.raises(RequestError) as caught:
            decode(text)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (caught.value.pointer or "").startswith("/" + "k" * 100_000 + "/5000")
    assert peak < 50 * len(text)


def test_the_first_key_in_the_text_that_is_there_twice_is_told() -> None:
    """Of several objects with such keys the outermost, then the first, is named."""
    with pytest.raises(RequestError) as caught:
        decode(b'{"a":[{},{"x":1,"x":2}],"b":{"y":1,"y":2}}')
    assert caught.value.pointer == "/a/1"


@pytest.mark.parametrize("leaf", [1, [], {}])
def test_what_is_written_can_be_read(leaf: object) -> None:
    """Writing refuses exactly the nesting that reading refuses."""
    document = leaf
    for _ in range(128):
        document = [document]
    assert equal(decode(encode(document)), document)
    with pytest.raises(LimitError):
        encode([document])
    with pytest.raises(LimitError):
        decode(json.dumps([document]).encode())


def test_allowed_nesting_is_read() -> None:
    """A document at the limit is read, and one with many containers side by side."""
    assert decode(b"[" * 128 + b"]" * 128)
    assert decode(b"[" + b",".join([b"[[]]"] * 500) + b"]")


def test_whole_numbers_are_exact() -> None:
    """Integers of any size are read exactly; only absurd ones are refused."""
    assert decode(b"123456789012345678901234567890") == 123456789012345678901234567890
    with pytest.raises(LimitError, match="digits"):
        decode(b"9" * 5000)


def test_raw_and_memoryview_are_read() -> None:
    """A piece of a larger text is read where it lies."""
    assert decode(msgspec.Raw(b'{"a":1}')) == {"a": 1}
    assert decode(memoryview(b"[1]")) == [1]


def test_decode_object_wants_an_object() -> None:
    """A list where an object is needed is told by its type."""
    assert decode_object(b'{"a":1}') == {"a": 1}
    with pytest.raises(RequestError, match="/x: is a list of 1 item, an object is needed"):
        decode_object(b"[1]", pointer="/x")


def test_encode_refuses_what_json_cannot_say() -> None:
    """All faults are told at once, with their places and without their values."""
    document = {
        "a": float("nan"),
        "b": [{1, 2}],
        "c": 2**63,
        "d": {1: 2},
        "e": b"x",
        "ok": -(2**63),
    }
    with pytest.raises(ObjectError) as caught:
        encode(document)
    assert [fault.pointer for fault in caught.value.faults] == ["/a", "/b/0", "/c", "/d", "/e"]
    with pytest.raises(ObjectError):
        canonical({"a": float("inf")})


def test_encode_limits_nesting() -> None:
    """Too deep a document is a LimitError when it is written."""
    document: object = 1
    for _ in range(200):
        document = [document]
    with pytest.raises(LimitError):
        encode(document)


def test_canonical_ignores_the_order_of_members() -> None:
    """Equal documents have equal bytes."""
    assert canonical({"b": 1, "a": [2]}) == canonical({"a": [2], "b": 1}) == b'{"a":[2],"b":1}'
    assert encode({"b": 1, "a": 2}) == b'{"b":1,"a":2}'


def test_check_utf8() -> None:
    """Text in any script passes; a broken sequence is found, wherever a chunk ends."""
    check_utf8(b"plain")
    check_utf8("ü€😀".encode() * 40_000)
    for broken in (b"\xff", "ü".encode()[:1], b"a" * (64 * 1024 - 1) + b"\xc3" + b"a"):
        with pytest.raises(RequestError, match="not UTF-8"):
            check_utf8(broken)


@pytest.mark.parametrize("running", [True, False])
def test_collector_is_left_as_it_was(running: bool) -> None:
    """The collector is paused inside, and afterwards as before, also after an error."""
    before = gc.isenabled()
    try:
        (gc.enable if running else gc.disable)()
        with suppress(ValueError), paused_collector():
            assert not gc.isenabled()
            raise ValueError
        assert gc.isenabled() is running
    finally:
        (gc.enable if before else gc.disable)()


def test_parsing_suite() -> None:
    """Every text that JSON must refuse is refused, and every one it must accept is accepted."""
    if not SUITE.exists():
        pytest.skip("the suites of other projects are not beside this checkout")
    wrong: list[str] = []
    for line in (SUITE / "parsing.jsonl").read_text().splitlines():
        case = json.loads(line)
        data = _bytes(case)
        expect = case.get("expect") or case.get("expected") or case["name"][0]
        try:
            decode(data)
            accepted = True
        except ReconcileError:
            accepted = False
        # Keys that are there twice are JSON, but not to us.
        duplicate = "duplicated" in case["name"]
        if (expect in {"y", "accept"} and not accepted and not duplicate) or (
            expect in {"n", "reject"} and accepted
        ):
            wrong.append(case["name"])
    assert wrong == []


def _bytes(case: dict[str, str]) -> bytes:
    from base64 import b64decode

    for name in ("base64", "bytes_base64", "data_base64"):
        if name in case:
            return b64decode(case[name])
    return case.get("text", case.get("json", "")).encode()
