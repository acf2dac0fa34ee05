"""The leaves in which two documents differ."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from reconcile.diff import Change, changes, equal
from reconcile.value import ABSENT

LEAVES = st.one_of(st.none(), st.booleans(), st.integers(0, 2), st.floats(0, 2), st.text("a~/"))
DOCUMENTS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text("ab/", max_size=2), inner, max_size=3)
    ),
    max_leaves=10,
)


def test_changes() -> None:
    """Members are told in their order, lists by position, absent is not null."""
    before = {"b": 1, "a": {"x/y": 1, "z": None}, "l": [1, 2]}
    after = {"b": 1.0, "a": {"z": 1}, "l": [1, 3, 4], "n": None}
    assert changes(before, after) == (
        Change("/a/x~1y", 1, ABSENT),
        Change("/a/z", None, 1),
        Change("/b", 1, 1.0),
        Change("/l/1", 2, 3),
        Change("/l/2", ABSENT, 4),
        Change("/n", ABSENT, None),
    )


def test_documents_of_two_types() -> None:
    """A whole document may change."""
    assert changes({}, []) == (Change("", {}, []),)


@given(DOCUMENTS, DOCUMENTS)
def test_no_change_means_equal(before: object, after: object) -> None:
    """There are no changes exactly if the two are equal."""
    assert (changes(before, after) == ()) == equal(before, after)
    assert changes(before, before) == ()


def test_depth_does_not_matter() -> None:
    """Ten thousand levels are walked without recursion."""
    before: object = 1
    after: object = 2
    for _ in range(10_000):
        before, after = [before], [after]
    assert len(changes(before, after)) == 1
