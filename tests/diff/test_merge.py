"""One object out of several partial ones."""

from __future__ import annotations

import copy
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconcile.diff import equal, merge, owners
from reconcile.errors import ConflictError, LimitError

LISTS = {"/ports": ("port",), "/set": "set", "/atomic": "atomic", "/ports/*/tags": "set"}
SCHEMA = {"properties": {"whole": {"x-kubernetes-map-type": "atomic"}}}


def test_members_of_all_are_in_the_result() -> None:
    """Objects are merged member by member; equal values agree."""
    merged = merge([("a", {"x": 1, "o": {"p": 1}}), ("b", {"x": 1, "o": {"q": 2}})])
    assert merged == {"x": 1, "o": {"p": 1, "q": 2}}


def test_associative_lists_are_merged_by_key() -> None:
    """Items of one key are one item; the order is that of the managers."""
    documents = [
        ("b", {"ports": [{"port": 2, "b": 1}, {"port": 3}]}),
        ("a", {"ports": [{"port": 1}, {"port": 2, "a": 1, "tags": ["x"]}]}),
    ]
    assert merge(documents, lists=LISTS) == {
        "ports": [{"port": 1}, {"port": 2, "a": 1, "tags": ["x"], "b": 1}, {"port": 3}]
    }


def test_sets_are_united() -> None:
    """A member of a set that two managers want is there once; 1 and 1.0 are two."""
    documents = [("a", {"set": [1, "x"]}), ("b", {"set": ["x", 1.0]})]
    assert equal(merge(documents, lists=LISTS), {"set": [1, "x", 1.0]})
    assert owners(documents, lists=LISTS) == {
        "/set/0": ("a",),
        "/set/1": ("a", "b"),
        "/set/2": ("b",),
    }


@pytest.mark.parametrize(
    ("first", "second", "pointer"),
    [
        ({"x": 1}, {"x": 2}, "/x"),
        ({"x": 1}, {"x": 1.0}, "/x"),
        ({"x": 1}, {"x": True}, "/x"),
        ({"x": None}, {"x": {}}, "/x"),
        ({"x": {"y/z": 1}}, {"x": {"y/z": 2}}, "/x/y~1z"),
        ({"x": {}}, {"x": []}, "/x"),
        ({"atomic": [1]}, {"atomic": [1, 2]}, "/atomic"),
        ({"unknown": [1]}, {"unknown": [2]}, "/unknown"),
        ({"ports": [{"port": 1, "a": 1}]}, {"ports": [{"port": 1, "a": 2}]}, "/ports/0/a"),
        ({"ports": [{"a": 1}]}, {"ports": [{"port": 1}]}, "/ports"),
        ({"ports": [{"port": 1}, {"port": 1}]}, {"ports": [{"port": 1}]}, "/ports"),
    ],
)
def test_conflict(first: dict, second: dict, pointer: str) -> None:
    """Two values for one field are a conflict that names both managers and the place."""
    for documents in ([("a", first), ("b", second)], [("b", second), ("a", first)]):
        with pytest.raises(ConflictError) as caught:
            merge(documents, lists=LISTS)
        assert caught.value.pointer == pointer
        assert caught.value.managers == ("a", "b")


def test_first_conflict_is_told() -> None:
    """Of several conflicts the first by pointer is told, whatever the order of the members."""
    documents = [("b", {"z": 1, "y": 1}), ("a", {"y": 2, "z": 2}), ("c", {"y": 2})]
    for order in itertools.permutations(documents):
        with pytest.raises(ConflictError) as caught:
            merge(list(order))
        assert (caught.value.pointer, caught.value.managers) == ("/y", ("a", "b"))


def test_atomic_maps_are_whole() -> None:
    """An object that the schema calls atomic is one value."""
    documents = [("a", {"whole": {"x": 1}}), ("b", {"whole": {"y": 1}})]
    with pytest.raises(ConflictError, match="/whole"):
        merge(documents, lists=SCHEMA)
    assert merge([documents[0], ("b", {"whole": {"x": 1}})], lists=SCHEMA) == {"whole": {"x": 1}}


def test_owners_name_every_leaf() -> None:
    """Every leaf has its managers, empty containers included."""
    documents = [
        ("b", {"x": 1, "o": {}, "l": [], "ports": [], "e": {"f": 1}}),
        ("a", {"x": 1, "ports": [{"port": 1}], "set": []}),
    ]
    assert owners(documents, lists=LISTS) == {
        "/e/f": ("b",),
        "/l": ("b",),
        "/o": ("b",),
        "/ports/0/port": ("a",),
        "/set": ("a",),
        "/x": ("a", "b"),
    }
    assert owners([("a", {"ports": []})], lists=LISTS) == {"/ports": ("a",)}


def test_nothing_to_merge() -> None:
    """No documents make an empty object."""
    assert merge([]) == {}


def test_nesting_is_limited() -> None:
    """Too deep a document is a LimitError."""
    document: object = 1
    for _ in range(200):
        document = {"a": document}
    with pytest.raises(LimitError):
        merge([("a", document), ("b", document)])


LEAVES = st.one_of(st.none(), st.booleans(), st.integers(0, 1))
PARTIAL = st.fixed_dictionaries(
    {},
    optional={
        "x": LEAVES,
        "o": st.dictionaries(st.sampled_from("pq"), LEAVES, max_size=2),
        "set": st.lists(LEAVES, max_size=3),
        "ports": st.lists(
            st.fixed_dictionaries({"port": st.integers(0, 2)}, optional={"a": LEAVES}), max_size=3
        ),
    },
)


@given(st.lists(PARTIAL, min_size=1, max_size=3))
def test_order_has_no_influence(partials: list[dict]) -> None:
    """Whatever the order of the documents, the result or the conflict is the same."""
    documents = [(f"rule-{index}", partial) for index, partial in enumerate(partials)]
    before = copy.deepcopy(documents)
    results = []
    for order in itertools.permutations(documents):
        try:
            results.append(merge(list(order), lists=LISTS))
        except ConflictError as error:
            results.append((error.pointer, error.managers))
    assert all(str(result) == str(results[0]) for result in results)
    assert documents == before


@given(PARTIAL)
def test_one_document_is_copied(partial: dict) -> None:
    """A single document comes out as it is, and as a copy."""
    merged = merge([("a", partial)], lists=LISTS)
    assert equal(merged, partial)
    for member, value in partial.items():
        assert merged[member] is not value or not isinstance(value, (dict, list))


def test_keys_of_any_kind_are_told_apart() -> None:
    """A place is told by its pointer, escapes and positions included."""
    documents = [("a", {"x/y": [{"port": 1, "b": 1}]}), ("b", {"x/y": [{"port": 1, "b": 2}]})]
    with pytest.raises(ConflictError) as caught:
        merge(documents, lists={"/x~1y": ("port",)})
    assert caught.value.pointer == "/x~1y/0/b"
