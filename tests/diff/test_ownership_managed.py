"""Owners kept beside objects: the same results as from whole objects, and the same values kept."""

from __future__ import annotations

import copy
import json
import pickle
import random
from typing import Any

import pytest

from reconcile.diff import server_side_apply, server_side_update
from reconcile.diff.field_set import FieldSet
from reconcile.diff.server_side import (
    ApplyConflictError,
    Managers,
    apply_managed,
    managers_of,
    update_managed,
    with_managers,
)
from reconcile.errors import LimitError, ObjectError, ReconcileError
from reconcile.kinds._schema import Schema
from reconcile.value import freeze

STORE = Schema(
    {
        "type": "object",
        "properties": {
            "spec": {
                "type": "object",
                "properties": {
                    "size": {"type": "string"},
                    "count": {"type": "number"},
                    "zones": {
                        "type": "array",
                        "items": {"type": "string"},
                        "x-kubernetes-list-type": "set",
                    },
                    "ports": {
                        "type": "array",
                        "x-kubernetes-list-type": "map",
                        "x-kubernetes-list-map-keys": ["name", "port"],
                        "items": {
                            "type": "object",
                            "properties": {
                                "name": {"type": "string"},
                                "port": {"type": "integer", "default": 80},
                                "host": {"type": "string"},
                            },
                        },
                    },
                    "labels": {"type": "object", "additionalProperties": {"type": "string"}},
                },
            },
            "status": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
        },
    },
    lambda _name: {},
)
HOW: dict[str, Any] = {"schema": STORE, "time": "1"}


def store(spec: dict[str, Any] | None = None, **members: Any) -> dict[str, Any]:
    """Return a small object."""
    named = {"apiVersion": "e/v1", "kind": "Store", "metadata": {"name": "a"}}
    return {**named, **({} if spec is None else {"spec": spec}), **members}


def drawn(draw: random.Random) -> dict[str, Any]:
    """Return what somebody might write."""
    spec = {
        "size": draw.choice(["1", "2", ""]),
        "count": draw.choice([1, 1.0, 2]),
        "zones": draw.sample(["a", 'b"', "c!", "é"], draw.randrange(4)),
        "ports": [
            {"name": name, **draw.choice([{}, {"port": 8080}, {"port": 80, "host": "h"}])}
            for name in draw.sample("pqr", draw.randrange(3))
        ],
        "labels": draw.choice([{}, {"x": "1"}, {"y": "2", "x": "1"}]),
    }
    kept = {name: spec[name] for name in draw.sample(sorted(spec), draw.randrange(6))}
    return store(kept, **draw.choice([{}, {"status": {"ready": draw.random() < 0.5}}]))


def told(write: Any) -> Any:
    """Return what a write gives, or why it is refused."""
    try:
        return json.loads(json.dumps(write()))
    except ApplyConflictError as error:
        return sorted(error.conflicts)
    except ReconcileError as error:
        return str(error)


@pytest.mark.parametrize("schema", [STORE, None], ids=["schema", "none"])
def test_a_store_gets_what_whole_objects_give(schema: Schema | None) -> None:
    """Hundreds of writes in a row give the same objects, owners and conflicts either way."""
    draw = random.Random(7)
    conflicts = 0
    for _ in range(60):
        whole: Any = None
        live: Any = None
        managers = Managers()
        last: dict[str, Any] = {}
        for step in range(12):
            who = draw.choice("xyz")
            how: dict[str, Any] = {
                "manager": who,
                "schema": schema,
                "time": str(step),
                "subresource": draw.choice(["", "", "status"]),
                "ignored": draw.choice([(), [("f:status",)]]),
            }
            known = copy.deepcopy(live)
            if draw.random() < 0.6:
                wanted = last.get(who) if draw.random() < 0.6 else None
                wanted = last[who] = wanted or drawn(draw)
                how["force"] = draw.random() < 0.5
                made: list[Any] = []

                def kept(wanted: Any = wanted, how: Any = how, made: Any = made) -> Any:
                    made[:] = apply_managed(live, managers, wanted, **how)  # noqa: B023
                    return with_managers(*made)

                expected = told(lambda: server_side_apply(whole, wanted, **how))  # noqa: B023
            else:
                written = drawn(draw)
                made = [written]

                def kept(written: Any = written, how: Any = how, made: Any = made) -> Any:
                    made[1:] = [update_managed(live, managers, written, **how)]  # noqa: B023
                    return with_managers(*made)

                expected = told(lambda: server_side_update(whole, written, **how))  # noqa: B023
            assert told(kept) == expected
            assert live == known
            if not isinstance(expected, dict):
                conflicts += isinstance(expected, list)
                continue
            whole, managers = expected, made[1]
            live = freeze(made[0] if draw.random() < 0.5 else whole)
    assert conflicts > 20


def test_an_apply_that_changes_nothing_is_told_by_identity() -> None:
    """The object is the live one and the owners are the owners, once, twice and always."""
    wanted = store({"size": "1", "zones": ["a"]})
    made, owners = apply_managed(None, Managers(), wanted, manager="m", **HOW)
    live: Any = freeze(made)
    for _ in range(4):
        again, same = apply_managed(live, owners, copy.deepcopy(wanted), manager="m", **HOW)
        assert again is live
        assert same is owners
    read = managers_of(with_managers(live, owners))
    assert read is not owners
    again, same = apply_managed(live, read, wanted, manager="m", **HOW)
    assert (again is live, same is read) == (True, True)


def test_what_is_remembered_of_an_apply_is_of_that_apply_only() -> None:
    """Another manager, other fields, other ignored fields and another object are not taken for it."""
    wanted = store({"size": "1"})
    made, owners = apply_managed(None, Managers(), wanted, manager="m", **HOW)
    live: Any = freeze(made)
    for _ in range(3):
        live, owners = apply_managed(live, owners, wanted, manager="m", **HOW)
    _, two = apply_managed(live, owners, wanted, manager="n", **HOW)
    assert [me.manager for me in two] == ["m", "n"]
    more, _ = apply_managed(live, owners, store({"size": "2"}), manager="m", **HOW)
    assert more["spec"] == {"size": "2"}
    more, _ = apply_managed(live, owners, store({}), manager="m", **HOW)
    assert more["spec"] is None
    _, fewer = apply_managed(live, owners, wanted, manager="m", ignored=[("f:spec",)], **HOW)
    assert not list(fewer)
    other: Any = freeze(store({"size": "1", "count": 1}))
    again, same = apply_managed(other, owners, wanted, manager="m", **HOW)
    assert (again is other, same is owners) == (True, True)
    taken, others = apply_managed(
        live, owners, store({"size": "3"}), manager="n", force=True, **HOW
    )
    back, _ = apply_managed(freeze(taken), others, wanted, manager="m", force=True, **HOW)
    assert back["spec"] == {"size": "1"}
    with pytest.raises(ApplyConflictError):
        apply_managed(freeze(taken), others, wanted, manager="m", **HOW)


def test_an_entry_that_did_not_change_keeps_its_json() -> None:
    """Only what is new is written."""
    made, owners = apply_managed(None, Managers(), store({"size": "1"}), manager="m", **HOW)
    of_status: dict[str, Any] = {**HOW, "manager": "c", "subresource": "status"}
    once = {**made, "status": {"n": 1}}
    owners = update_managed(made, owners, once, **of_status)
    twice = {**made, "status": {"n": 2}}
    later = update_managed(once, owners, twice, **{**of_status, "time": "2"})
    (one, two), (three, four) = owners.json(), later.json()
    assert one is three
    assert two is not four
    assert two["fieldsV1"] is four["fieldsV1"]
    assert (two["time"], four["time"]) == ("1", "2")
    assert update_managed(twice, later, dict(twice), **of_status) is later
    assert owners.json() is owners.json()


def test_what_is_unchanged_is_shared() -> None:
    """A result refers to the parts of the live object that an apply did not touch."""
    live: Any = freeze(store({"size": "1", "ports": [{"name": "p"}], "labels": {"a": "b"}}))
    made, _ = apply_managed(live, Managers(), store({"size": "2"}), manager="m", force=True, **HOW)
    assert made["spec"]["size"] == "2"
    assert made["spec"]["ports"] is live["spec"]["ports"]
    assert made["metadata"] is live["metadata"]


def test_owners_are_a_value() -> None:
    """They compare, hash and pickle, and tell who owns what."""
    _, owners = apply_managed(None, Managers(), store({"size": "1"}), manager="m", **HOW)
    read = managers_of(with_managers(store(), owners))
    assert read == owners
    assert hash(read) == hash(owners)
    assert pickle.loads(pickle.dumps(owners)) == owners
    assert owners != Managers()
    assert owners != 1
    (me,) = owners
    assert me == ("m", "Apply", "", "")
    assert (me.manager, me.operation) == ("m", "Apply")
    assert owners.fields(me) == FieldSet([("f:spec", "f:size")])
    assert owners.fields(("n", "Apply", "", "")) == FieldSet()
    assert len(owners) == 1
    assert repr(owners) == f"Managers([{me!r}])"
    thawed: Any = owners.thawed()
    assert thawed == owners.json()
    thawed[0]["fieldsV1"].clear()
    assert owners.thawed() != thawed


def test_managed_fields_in_documents_are_not_looked_at() -> None:
    """What owners there are is said beside the object."""
    odd: Any = {**store({"size": "1"}), "metadata": {"name": "a", "managedFields": [{"odd": 1}]}}
    made, owners = apply_managed(odd, Managers(), store({"size": "1"}), manager="m", **HOW)
    assert made is odd
    assert [me.manager for me in owners] == ["before-first-apply", "m"]
    assert update_managed(odd, owners, odd, manager="m", **HOW) is owners
    with pytest.raises(ObjectError):
        apply_managed(None, Managers(), odd, manager="m", **HOW)
    assert with_managers(odd, Managers())["metadata"] == {"name": "a"}
    assert with_managers(odd, owners)["metadata"]["managedFields"] is owners.json()
    assert managers_of(None) == managers_of({}) == managers_of({"metadata": {}}) == Managers()


@pytest.mark.parametrize(
    ("metadata", "pointer"),
    [
        (1, "/metadata"),
        ({"managedFields": {"a": 1}}, "/metadata/managedFields"),
        ({"managedFields": [None]}, "/metadata/managedFields/0"),
        ({"managedFields": [{}, {"manager": {}}]}, "/metadata/managedFields/1/manager"),
        ({"managedFields": [{"time": []}]}, "/metadata/managedFields/0/time"),
    ],
)
def test_entries_that_are_none(metadata: Any, pointer: str) -> None:
    """They are refused with the place."""
    with pytest.raises(ObjectError) as caught:
        managers_of({"metadata": metadata})
    assert [fault.pointer for fault in caught.value.faults] == [pointer]


def nested(levels: int, key: str | None) -> Any:
    """Return a value nested in objects, or in lists."""
    value: Any = {}
    for _ in range(levels):
        value = [value] if key is None else {key: value}
    return value


@pytest.mark.parametrize("levels", [130, 10_000])
@pytest.mark.parametrize("key", ["a", None])
def test_depth_is_limited_wherever_it_stands(levels: int, key: str | None) -> None:
    """A document or an entry that is nested too deeply is refused with a typed error."""
    how: dict[str, Any] = {"manager": "m", "schema": None, "time": "1"}
    deep: Any = store(a=nested(levels, key))
    base = store(b=1)
    _, owners = apply_managed(None, Managers(), base, **how)
    for write in (
        lambda: server_side_apply(None, deep, **how),
        lambda: server_side_apply(base, deep, **how),
        lambda: server_side_apply(deep, base, **how),
        lambda: server_side_update(None, deep, **how),
        lambda: apply_managed(None, Managers(), deep, **how),
        lambda: apply_managed(base, owners, deep, **how),
        lambda: update_managed(base, owners, deep, **how),
    ):
        with pytest.raises(LimitError):
            write()
    fields = nested(levels, "f:a")
    entry: Any = {"manager": "m", "operation": "Apply", "apiVersion": "v1", "fieldsV1": fields}
    with pytest.raises(LimitError):
        managers_of({"metadata": {"managedFields": [entry]}})
    gone = told(lambda: with_managers(base, update_managed(deep, owners, base, **how)))
    assert gone == str(LimitError("levels of nesting", 128)) if key else gone["b"] == 1
    hidden = f"v:{'[' * levels}{']' * levels}"
    with pytest.raises(ObjectError):
        managers_of({"metadata": {"managedFields": [{"fieldsV1": {hidden: {}}}]}})
