"""The JSON patch between two documents, in the build at hand."""

from __future__ import annotations

import json
import sys
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconcile.diff import Patch, apply, diff, equal
from reconcile.errors import LimitError, PatchError

LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.sampled_from([0.0, -0.0, 1.0, float("nan"), 2**70, "", "a", "b", "a/b", "~"])
)
KEYS = st.sampled_from(["a", "b", "name", "", "c/d", "~1", "key"])
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=25,
)
RULES = st.sampled_from(
    [
        None,
        {"/a": "set", "/*": "position"},
        {"/*": ("name",), "/a": "atomic"},
        {"/a": ("name", "b")},
    ]
)


def ops(before: object, after: object, **how: object) -> list[tuple]:
    """Return the operations as short tuples."""
    return [
        tuple(item[key] for key in ("op", "path", "from", "value") if key in item)
        for item in diff(before, after, **how).to_json()
    ]


@settings(max_examples=400, deadline=None)
@given(JSON, JSON, RULES)
def test_a_patch_applied_gives_the_other_document(before, after, lists):
    """What a patch says, applied, is `after`; undone, it is `before`; empty means equal."""
    patch = diff(before, after, lists=lists)
    assert equal(apply(before, patch), after)
    assert equal(apply(after, patch.invert()), before)
    assert bool(patch) is not equal(before, after)
    assert Patch.from_json(patch.to_json()) == patch


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(0, 5) | st.sampled_from("abc"), max_size=12), st.randoms())
def test_a_shuffled_list_is_put_in_order(items, random):
    """Items are moved, added and removed to where they belong, repeated ones too."""
    other = items[:]
    random.shuffle(other)
    patch = diff(items, other)
    assert equal(apply(items, patch), other)
    assert all(operation.op == "move" for operation in patch)
    assert len(patch) <= max(0, len(items) - 1)


@settings(max_examples=200, deadline=None)
@given(JSON, JSON)
def test_by_value_one_is_one_point_nought(before, after):
    """With numbers by value, a patch is empty for 1 and 1.0, and never for true and 1."""
    patch = diff(before, after, numbers="value")
    assert not diff(apply(before, patch), after, numbers="value")


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (True, 1, [("replace", "", 1)]),
        ({"a": 1}, {"a": True}, [("replace", "/a", True)]),
        ({"a": 1}, {"a": 1.0}, [("replace", "/a", 1.0)]),
        ({"a": None}, {}, [("remove", "/a")]),
        ({}, {"a": None}, [("add", "/a", None)]),
        ({"a": {}}, {"a": []}, [("replace", "/a", [])]),
        ({"a/b": {"~": 1}}, {"a/b": {"~": 2}}, [("replace", "/a~1b/~0", 2)]),
        ({"": 1}, {"": 2}, [("replace", "/", 2)]),
        ([1, 2, 3], [0, 1, 2, 3], [("add", "/0", 0)]),
        ([1, 2, 3], [1, 3], [("remove", "/1")]),
        ([1, 2, 3], [3, 1, 2], [("move", "/0", "/2")]),
        ([[1], [2]], [[1], [2, 3]], [("add", "/1/1", 3)]),
        (
            [{"name": "a", "v": 1}, {"name": "b", "v": 2}],
            [{"name": "b", "v": 3}, {"name": "a", "v": 1}],
            [("replace", "/1/v", 3), ("move", "/1", "/0")],
        ),
        ({"b": 1, "a": 2}, {"c": 0, "a": 3}, [("remove", "/b"), ("replace", "/a", 3), ("add", "/c", 0)]),
        (2**70, 2**70 + 1, [("replace", "", 2**70 + 1)]),
    ],
)  # fmt: skip
def test_operations_are_as_specified(before, after, expected):
    """The operations and their order are those the docstring promises."""
    assert json.dumps(ops(before, after)) == json.dumps(expected)


def test_nan_equals_nan_and_nought_equals_minus_nought():
    """A document never differs from itself."""
    assert ops({"a": float("nan"), "b": 0.0}, {"b": -0.0, "a": float("nan")}) == []


def test_list_rules_say_how_items_find_each_other():
    """By position, as a whole, by merge keys, as a set: each gives other operations."""
    before, after = {"l": [1, 2, 3]}, {"l": [2, 3]}
    assert ops(before, after) == [("remove", "/l/0")]
    assert ops(before, after, lists={"/l": "position"}) == [
        ("replace", "/l/0", 2),
        ("replace", "/l/1", 3),
        ("remove", "/l/2"),
    ]
    assert ops(before, after, lists={"/l": "atomic"}) == [("replace", "/l", [2, 3])]
    assert ops([1], [2], lists={"": "set"}) == [("remove", "/0"), ("add", "/0", 2)]
    ports = {"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["port", "protocol"],
             "items": {"properties": {"protocol": {"default": "TCP"}}}}  # fmt: skip
    assert ops(
        [{"port": 80}, {"port": 80, "protocol": "UDP"}],
        [{"port": 80, "protocol": "UDP", "name": "u"}, {"port": 80, "protocol": "TCP"}],
        lists=ports,
    ) == [("add", "/0/protocol", "TCP"), ("add", "/1/name", "u"), ("move", "/1", "/0")]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({1: 2}, {1: 3}),
        ({"a": 1}, {"a": {1: 2}}),
        ({"a": object()}, {"a": 1}),
        ({}, {"a": [{"b": b"x"}]}),
        ([{1, 2}], [{1, 3}]),
    ],
)
def test_what_json_does_not_have_is_a_type_error(before, after):
    """Keys and values that JSON does not have never get into a patch."""
    with pytest.raises(TypeError, match="JSON has no"):
        diff(before, after)


def deep(shape: str, levels: int, leaf: object) -> object:
    """Return a document of many levels."""
    value = leaf
    for level in range(levels):
        match shape:
            case "objects":
                value = {"a": value}
            case "lists":
                value = [value]
            case "pairs":
                value = [value, leaf]
            case "turned":
                value = [leaf, value]
            case _:
                value = {"a": [value, level], "b": 1} if level % 2 else [{"name": "x", "v": value}]
    return value


@pytest.mark.slow
@pytest.mark.parametrize("shape", ["objects", "lists", "pairs", "turned", "mixed"])
def test_ten_thousand_levels_work_from_a_deep_stack_too(shape):
    """No depth and no caller's stack make the walk fail."""
    before, after = deep(shape, 10_000, 1), deep(shape, 10_000, 2)
    same = deep(shape, 10_000, 1)

    def below(frames: int) -> tuple[bool, bool]:
        if frames:
            return below(frames - 1)
        patch = diff(before, after)
        return equal(apply(before, patch), after), bool(diff(before, same))

    depth, frame = 0, sys._getframe()
    while frame is not None:
        depth, frame = depth + 1, frame.f_back
    assert below(sys.getrecursionlimit() - depth - 40) == (True, False)


def test_a_document_that_contains_itself_is_refused():
    """Two documents without end are refused, whether in objects or in lists."""
    for make in (list, dict):
        a, b = make(), make()
        if make is list:
            a.append(a)
            b.append(b)
        else:
            a["x"], b["x"] = a, b
        with pytest.raises(LimitError):
            diff(a, b)
        with pytest.raises(LimitError):
            diff({}, {"a": a})


@pytest.mark.slow
def test_threads_do_not_disturb_each_other():
    """Eight threads that compare the same documents get the same patch."""
    before = {"items": [{"name": str(n), "v": list(range(n % 7))} for n in range(300)]}
    after = {"items": [{"name": str(n), "v": list(range(n % 5))} for n in reversed(range(300))]}
    expected = diff(before, after).to_json()
    found: list[bool] = []

    def work() -> None:
        found.extend(diff(before, after).to_json() == expected for _ in range(20))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [True] * 160


def test_numbers_has_two_values():
    """A mistyped keyword is refused."""
    with pytest.raises(TypeError, match="strict"):
        diff(1, 2, numbers="loose")


def test_the_patch_of_a_read_document_needs_what_was_there():
    """A patch that was read is undone with the document before, or not at all."""
    patch = Patch.from_json([{"op": "remove", "path": "/a"}])
    with pytest.raises(PatchError, match="give `before`"):
        patch.invert()
    assert patch.invert({"a": 1}).to_json() == [{"op": "add", "path": "/a", "value": 1}]
    assert repr(patch) == "<Patch of 1 operation>"
    assert patch[0].path == "/a"
    assert patch[0:1] == (patch[0],)


def test_a_patch_of_another_document_is_refused():
    """What is not there is told with the operation's index and pointer."""
    patch = diff({"a": {"b": [1, 2]}, "c": 1}, {"a": {"b": [1]}, "c": 2})
    for document in ({}, {"a": {"b": {}}, "c": 1}, {"a": 1, "c": 1}, {"a": {"b": []}}, []):
        with pytest.raises(PatchError, match="another document") as caught:
            apply(document, patch)
        assert caught.value.index == 0
        assert caught.value.pointer.startswith("/a")
    with pytest.raises(PatchError, match="operation 1 at /c"):
        apply({"a": {"b": [1, 2]}}, patch)
