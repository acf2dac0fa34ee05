"""Read-only documents."""

from __future__ import annotations

import copy
import json
import pickle

import msgspec
import pytest

from reconcile.errors import LimitError
from reconcile.value import FrozenDict, FrozenList, freeze, thaw

DOCUMENT = {"a": [1, {"b": None}], "c": {}}


def test_frozen_is_read_like_any_document() -> None:
    """Everything that reads dicts and lists reads a frozen document."""
    frozen = freeze(DOCUMENT)
    assert frozen == DOCUMENT
    assert isinstance(frozen, dict)
    assert json.dumps(frozen) == json.dumps(DOCUMENT)
    assert msgspec.json.encode(frozen) == msgspec.json.encode(DOCUMENT)


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d.__setitem__("a", 1),
        lambda d: d.__delitem__("a"),
        lambda d: d.update(a=1),
        lambda d: d.pop("a"),
        lambda d: d.popitem(),
        lambda d: d.clear(),
        lambda d: d.setdefault("x", 1),
        lambda d: d.__ior__({"x": 1}),
        lambda d: d["a"].append(1),
        lambda d: d["a"].extend([1]),
        lambda d: d["a"].insert(0, 1),
        lambda d: d["a"].pop(),
        lambda d: d["a"].remove(1),
        lambda d: d["a"].clear(),
        lambda d: d["a"].reverse(),
        lambda d: d["a"].sort(),
        lambda d: d["a"].__setitem__(0, 1),
        lambda d: d["a"].__delitem__(0),
        lambda d: d["a"].__iadd__([1]),
        lambda d: d["a"].__imul__(2),
        lambda d: d["a"][1].__setitem__("b", 1),
    ],
)
def test_frozen_cannot_be_changed(change: object) -> None:
    """Every way of changing a dict or a list says that the document is read-only."""
    frozen = freeze(DOCUMENT)
    with pytest.raises(TypeError, match="read-only"):
        change(frozen)
    assert frozen == DOCUMENT


@pytest.mark.parametrize("make", [copy.deepcopy, thaw])
def test_deep_copies_can_be_changed(make: object) -> None:
    """A deep copy is plain all the way down."""
    plain = make(freeze(DOCUMENT))
    plain["a"][1]["b"] = 1
    plain["a"].append(2)
    assert type(plain) is dict
    assert DOCUMENT == {"a": [1, {"b": None}], "c": {}}
    assert type(copy.deepcopy(freeze([1]))) is list


def test_shallow_copies_can_be_changed() -> None:
    """A shallow copy is plain at the top."""
    frozen = freeze(DOCUMENT)
    for plain in (frozen.copy(), copy.copy(frozen)):
        plain["x"] = 1
    for items in (frozen["a"].copy(), copy.copy(frozen["a"])):
        items.append(1)
    assert frozen == DOCUMENT


def test_frozen_survives_pickling() -> None:
    """A pickled frozen document comes back frozen."""
    back = pickle.loads(pickle.dumps(freeze(DOCUMENT)))
    assert back == DOCUMENT
    assert type(back) is FrozenDict
    assert type(back["a"]) is FrozenList
    assert type(pickle.loads(pickle.dumps(freeze([1])))) is FrozenList


@pytest.mark.parametrize("walk", [freeze, thaw])
def test_nesting_is_limited(walk: object) -> None:
    """Too deep a document is a LimitError."""
    document: object = 1
    for _ in range(200):
        document = [document]
    with pytest.raises(LimitError):
        walk(document)


def test_what_is_frozen_is_not_copied_again() -> None:
    """Freezing shares what is read-only already, and only that."""
    frozen = freeze(DOCUMENT)
    assert freeze(frozen) is frozen
    mixed = {"kept": frozen, "new": {"x": [1]}}
    again = freeze(mixed)
    assert again["kept"] is frozen
    assert type(again["new"]["x"]) is FrozenList
    assert type(mixed["new"]) is dict


def test_what_is_frozen_on_top_only_is_frozen_below() -> None:
    """A read-only dict around plain parts is no frozen document yet."""
    inner = {"x": [1]}
    frozen = freeze(FrozenDict({"a": inner, "b": FrozenList([{}])}))
    inner["x"].append(2)
    assert frozen == {"a": {"x": [1]}, "b": [{}]}
    with pytest.raises(TypeError, match="read-only"):
        frozen["a"]["x"].append(3)
    with pytest.raises(TypeError, match="read-only"):
        frozen["b"][0]["c"] = 1
