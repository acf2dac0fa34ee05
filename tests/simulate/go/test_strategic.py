"""Strategic merge patches as the server merges them."""

from __future__ import annotations

from typing import Any

import pytest

from reconcile.kinds import schema
from reconcile.simulate.go.strategic import StrategicError, merge_strategic
from reconcile.value.equality import equal

DEPLOYMENT = schema("apps/v1", "Deployment")
CONTAINER = DEPLOYMENT["properties"]["spec"]["properties"]["template"]["properties"]["spec"]


def pod(document: dict[str, Any], patch: dict[str, Any]) -> dict[str, Any]:
    """Return the specification of a Pod merged with a patch of it."""
    return merge_strategic(document, patch, CONTAINER)


def refused(document: dict[str, Any], patch: dict[str, Any]) -> tuple[int, str]:
    """Return why a patch is refused."""
    with pytest.raises(StrategicError) as error:
        pod(document, patch)
    return error.value.code, str(error.value)


def test_a_new_item_keeps_its_directives_and_a_new_member_does_not() -> None:
    """What is appended to a list is not looked at; what is set as a member is."""
    new = {"name": "b", "env": [{"name": "E", "$patch": "delete"}]}
    assert equal(pod({"containers": [{"name": "a"}]}, {"containers": [new]})["containers"][0], new)
    assert equal(pod({}, {"containers": [new]}), {"containers": [{"name": "b", "env": []}]})


def test_what_replaces_keeps_its_nulls_and_what_is_new_does_not() -> None:
    """A null is left where an object is taken as it is."""
    limits = {"limits": {"cpu": None}}
    made = pod({"resources": {"limits": {}}}, {"resources": {"$patch": "replace", **limits}})
    assert equal(made, {"resources": limits})
    assert equal(pod({}, {"resources": {"limits": {"cpu": None}}}), {"resources": {"limits": {}}})


def test_a_patch_is_used_up() -> None:
    """Directives that were followed are gone from the patch, those of items are not."""
    patch = {
        "$retainKeys": ["containers", "resources"],
        "$setElementOrder/containers": [{"name": "a"}],
        "containers": [{"name": "a", "image": "i"}],
        "resources": {"$patch": "replace"},
        "volumes": None,
    }
    made = pod({"containers": [{"name": "a"}], "resources": {"limits": {}}, "volumes": []}, patch)
    assert equal(made, {"containers": [{"name": "a", "image": "i"}], "resources": {}})
    assert equal(patch, {"resources": {}, "volumes": None})


def test_an_object_may_be_emptied() -> None:
    """A patch that deletes an object leaves an empty one."""
    assert equal(
        pod({"resources": {"limits": {}}}, {"resources": {"$patch": "delete"}}), {"resources": {}}
    )


def test_new_items_take_the_room_of_deleted_ones() -> None:
    """The order that was observed is that of the array in which items were closed up."""
    document = {"containers": [{"name": "a"}, {"name": "b"}, {"name": "c"}]}
    patch = {
        "$setElementOrder/containers": [{"name": "c"}, {"name": "d"}],
        "containers": [{"name": "a", "$patch": "delete"}, {"name": "d"}],
    }
    made = pod(document, patch)
    assert [each["name"] for each in made["containers"]] == ["b", "c", "d"]


def test_a_list_may_be_replaced() -> None:
    """A directive for the whole list leaves what the patch has beside it."""
    made = pod(
        {"containers": [{"name": "a"}]}, {"containers": [{"$patch": "replace"}, {"name": "b"}]}
    )
    assert equal(made, {"containers": [{"name": "b"}]})


def test_scalars_are_a_set() -> None:
    """A list of scalars that merges holds each once; a parallel list deletes from any."""
    metadata = DEPLOYMENT["properties"]["metadata"]
    made = merge_strategic({"finalizers": ["a", "b"]}, {"finalizers": ["c", "a"]}, metadata)
    assert equal(made, {"finalizers": ["c", "a", "b"]})
    left = merge_strategic(
        {"finalizers": ["a", "b"]}, {"$deleteFromPrimitiveList/finalizers": ["a"]}, metadata
    )
    assert equal(left, {"finalizers": ["b"]})


def test_a_parallel_list_for_nothing_is_nothing() -> None:
    """Deleting from a list that is not there does not make one."""
    assert equal(pod({}, {"$deleteFromPrimitiveList/containers": ["a"]}), {})


@pytest.mark.parametrize(
    ("patch", "code", "words"),
    [
        ({"$retainKeys": None}, 400, "invalid patch format of retainKeys"),
        ({"$retainKeys": ["a"], "b": 1}, 400, "invalid patch format of retainKeys"),
        ({"$setElementOrder": []}, 400, "invalid patch format of setElementOrder list"),
        ({"$deleteFromPrimitiveList": []}, 400, "invalid patch format of primitive list"),
        (
            {"$setElementOrder/containers": None},
            500,
            "expected a []interface {}, but received a %!s(<nil>)",
        ),
        (
            {"$setElementOrder/containers": [], "containers": "a"},
            500,
            "expected a []interface {}, but received a string",
        ),
        (
            {"$patch": "merge", "labels": {"n": "1"}},
            500,
            "unknown patch type: merge in map: map[$patch:merge labels:map[n:1]]",
        ),
        ({"$patch": True}, 500, "unknown patch type: %!s(bool=true) in map: map[$patch:true]"),
        (
            {"containers": [{"name": "a", "$patch": "merge"}]},
            500,
            "merging lists cannot yet be specified in the patch",
        ),
        (
            {"containers": [{"image": "i"}]},
            500,
            "map: map[image:i] does not contain declared merge key: name",
        ),
        (
            {"containers": [{"$patch": "delete"}]},
            500,
            "map: map[$patch:delete] does not contain declared merge key: name",
        ),
        (
            {"containers": ["a"]},
            500,
            "list element types are not identical: [[map[name:a]] [a]]",
        ),
        (
            {"$setElementOrder/nothing": []},
            500,
            'unable to find api field in struct PodSpec for the json field "nothing"',
        ),
        (
            {"$setElementOrder/hostname": []},
            500,
            "expected slice or array type, but got: struct",
        ),
        (
            {"$setElementOrder/containers": [{"name": "a"}, "b"], "containers": [{"name": "c"}]},
            500,
            "expected a map[string]interface {}, but received a string",
        ),
        (
            {"$setElementOrder/containers": [{"name": "a"}], "containers": [{"name": "c"}]},
            500,
            "The order in patch list:\n[map[name:c]]\n doesn't match $setElementOrder list:\n"
            "[map[name:a]]\n",
        ),
        (
            {"$setElementOrder/volumes": [], "volumes": []},
            500,
            "no elements in any of the given slices",
        ),
        ({"volumes": [{"name": "v", "$patch": "x"}]}, 0, ""),
    ],
)
def test_refusals(patch: dict[str, Any], code: int, words: str) -> None:
    """What cannot be merged is told as the server tells it."""
    if not code:
        assert equal(pod({}, patch), {"volumes": []})
        return
    assert refused({"containers": [{"name": "a"}]}, patch) == (code, words)


def test_lists_of_lists_are_no_answer_of_the_patch() -> None:
    """A list that merges cannot hold lists."""
    assert refused({"containers": [["a"]]}, {"containers": [["b"]]})[0] == 422


def test_objects_in_a_map_do_not_merge() -> None:
    """A map is no structure, so an object in it has no fields to look up."""
    with pytest.raises(StrategicError, match="data type is not struct, instead is: map"):
        merge_strategic({"a": {}}, {"a": {}}, CONTAINER["properties"]["nodeSelector"])
