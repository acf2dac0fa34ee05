"""Whether two conversations show the same behaviour."""

from __future__ import annotations

from typing import Any

import pytest

from reconcile.simulate.comparison import compare

UID, OTHER, THIRD = (f"{digit * 8}-0000-4000-8000-000000000000" for digit in "123")


def said(*answers: Any, **more: Any) -> dict[str, Any]:
    """Return a conversation with these answers."""
    steps = [{"status": 200, "response": answer, **more} for answer in answers]
    return {"steps": steps}


def found(one: dict[str, Any], other: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Return the differences of two conversations."""
    return [tuple(each) for each in compare(one, other)]


def same(one: Any, other: Any) -> bool:
    """Return whether two answers show the same behaviour."""
    return not found(said(one), said(other))


def test_a_difference_says_where_it_is() -> None:
    """Step, part, place, and both values."""
    one, other = said({"a": [{"b/c": 1}]}), said({"a": [{"b/c": 2}]})
    assert found(one, other) == [(0, "response", "/a/0/b~1c", 1, 2)]
    other["steps"][0]["status"] = 404
    assert (0, "status", "", 200, 404) in found(one, other)
    assert found(one, {"steps": []}) == [(-1, "steps", "", 1, 0)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, True),
        (1, 1.0),
        (0, None),
        ("1", 1),
        ({"a": None}, {}),
        ({}, {"a": None}),
        ([1], [1, 1]),
        ([1, 2], [2, 1]),
        ([], {}),
    ],
)
def test_values_are_told_apart_strictly(one: Any, other: Any) -> None:
    """Kinds of numbers, null and absent, orders of lists."""
    assert not same({"x": one}, {"x": other})
    assert not same({"x": other}, {"x": one})


def held(uid: str, name: str = "a", **more: Any) -> dict[str, Any]:
    """Return an object with a uid."""
    return {"kind": "A", "metadata": {"name": name, "uid": uid, **more}}


def test_a_uid_is_told_by_what_has_it() -> None:
    """An object that was made again has another one, in both or in none."""
    assert same(held(UID), held(OTHER))
    again, kept = said(held(UID), held(OTHER)), said(held(UID), held(UID))
    assert not found(again, said(held(THIRD), held(UID)))
    assert found(again, kept)
    assert same([held(UID), f"of {UID}"], [held(OTHER), f"of {OTHER}"])
    assert not same([held(UID), held(OTHER, "b"), UID], [held(UID), held(OTHER, "b"), OTHER])


def test_versions_are_free_but_not_whether_they_move() -> None:
    """An answer that repeats a version says that nothing was written."""
    one = said(held(UID, resourceVersion="5"), held(UID, resourceVersion="9"))
    assert not found(one, said(held(UID, resourceVersion="1"), held(UID, resourceVersion="2")))
    stays = said(held(UID, resourceVersion="1"), held(UID, resourceVersion="1"))
    assert found(one, stays) == [(1, "moved", "", 1, 0)]


def test_names_that_the_server_made_are_free() -> None:
    """Those that somebody gave are not."""
    one, other = held(UID, "a-bcdfg", generateName="a-"), held(UID, "a-xyzzy", generateName="a-")
    assert same(one, other)
    assert not same(held(UID, "a-bcdfg"), held(UID, "a-xyzzy"))


def test_times_have_a_form() -> None:
    """What a request carried stays itself."""
    one, other = "2026-01-01T00:00:00Z", "2027-01-01T00:00:09Z"
    assert same({"t": one}, {"t": other})
    assert not same({"t": one}, {"t": "2027-01-01T00:00:09.000000Z"})
    assert not same({"t": one}, {"t": "2027-13-01T00:00:00Z"})
    sent = {"body": {"t": one}}
    assert found(said({"t": one}, **sent), said({"t": other}, **sent))


def test_addresses_are_free_unless_they_were_asked_for() -> None:
    """None is no address."""
    assert same({"clusterIP": "10.0.0.5"}, {"clusterIP": "10.0.0.6"})
    assert not same({"clusterIP": "10.0.0.5"}, {"clusterIP": "None"})
    sent = {"body": {"clusterIP": "10.0.0.5"}}
    one = said({"clusterIP": "10.0.0.5"}, **sent)
    assert found(one, said({"clusterIP": "10.0.0.6"}, **sent))


def test_lists_without_an_order_have_none() -> None:
    """Causes, managers, and what a message lists."""
    assert same({"causes": [1, 2]}, {"causes": [2, 1]})
    assert same({"message": "x: [a, b]"}, {"message": "x: [b, a]"})
    assert not same({"message": "x: a, b"}, {"message": "x: b, a"})


def test_what_is_unstable_is_left_out() -> None:
    """A number leaves a step its status, a text the places that begin with it."""
    one, other = said({"a": 1, "b": 1}, {"a": 1}), said({"a": 2, "b": 1}, {"a": 2})
    assert [each[0] for each in found(one, other)] == [0, 1]
    assert [each[0] for each in found({**one, "unstable": [0]}, other)] == [1]
    assert [each[0] for each in found({**one, "unstable": ["1/response/a"]}, other)] == [0]


def test_warnings_and_spellings_count() -> None:
    """The header, and how numbers are written where the text was kept."""
    assert found(said({}, headers={"Warning": "w"}), said({})) == [(0, "warning", "", "w", "")]
    differs = found(said(1, responseText="1.0"), said(1, responseText="1"))
    assert [each[1] for each in differs] == ["spelling"]


def test_documents_of_any_depth_are_compared() -> None:
    """Conversations hold bodies that nobody should send."""
    deep: Any = 1
    for _ in range(100_000):
        deep = [deep]
    assert same(deep, deep)
