"""Selectors, owners, adoption, finalizers, deletion."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from reconcile.objects.gvk import Gvk
from tests.simulate.scenes import (
    CONFIG_MAP,
    THING,
    answering,
    cluster,
    composite,
    config_map,
    decorator,
    definition,
    requests,
    thing,
    warnings,
    writes,
)

if TYPE_CHECKING:
    from reconcile.simulate import Cluster

LABELS = {"app": "x"}
SELECTOR = {"matchLabels": LABELS}
FINALIZER = "metacontroller.io/compositecontroller-cc"
CONTROLLER = Gvk("metacontroller.k8s.io/v1alpha1", "CompositeController")


def labelled(name: str = "c", **data: str) -> dict[str, Any]:
    """Return a ConfigMap that the selector matches."""
    made = config_map(name, **data)
    made["metadata"]["labels"] = dict(LABELS)
    return made


def selecting(*children: Any, method: str = "InPlace", **hooks: Any) -> Cluster:
    """Return a cluster whose Thing selects its children by labels."""
    hooks.setdefault("sync", answering(*children))
    rules = (("v1", "configmaps", method),)
    made = cluster(composite(generate=False, children=rules, **hooks), things=())
    made.create(thing(selector=SELECTOR))
    return made


@pytest.mark.parametrize(
    "spec", [{}, {"selector": None}, {"selector": {}}, {"selector": {"matchLabels": {}}}]
)
def test_parents_without_a_selector_fail(spec: dict[str, Any]) -> None:
    """The hook is not called (rule 3.2)."""
    made = cluster(composite(generate=False, sync=answering()), things=())
    made.create(thing(**spec))
    made.settle(failures=True)
    assert made.failing
    assert not made.calls


def test_generated_selectors_label_children() -> None:
    """The label is added, and recorded as applied (rules 3.3 and 3.5)."""
    made = cluster(composite(sync=answering(config_map(v="1"))))
    made.settle()
    about = made.get(CONFIG_MAP, "c")["metadata"]
    uid = made.get(THING, "t1")["metadata"]["uid"]
    assert about["labels"] == {"controller-uid": uid}
    assert uid in about["annotations"]["metacontroller.k8s.io/last-applied-configuration"]


def test_labels_that_do_not_match_fail_the_sync() -> None:
    """No child is touched (rules 3.3 and 3.4)."""
    other = config_map("other", v="1")
    other["metadata"]["labels"] = {"controller-uid": "another"}
    made = cluster(composite(sync=answering(config_map(v="1"), other)))
    made.settle(failures=True)
    assert writes(made) == []
    assert "don't match parent selector" in warnings(made)[0]


def test_children_that_no_longer_match_are_released() -> None:
    """Only the reference of the parent goes, and the name is taken (rule 3.13)."""
    made = selecting(labelled(v="1"))
    made.settle()
    made.patch(CONFIG_MAP, "c", {"metadata": {"labels": {"app": "y"}}})
    made.settle()
    assert "ownerReferences" not in made.get(CONFIG_MAP, "c")["metadata"]
    assert writes(made)[-1].startswith(("create 409", "update 200"))


ADOPTED = {
    "rule 3.17: InPlace rewrites": ("InPlace", ["update 200", "update 200"], True),
    "rule 3.17: Recreate makes anew": (
        "Recreate",
        ["update 200", "delete 200", "create 201"],
        False,
    ),
    "rule 3.17: OnDelete leaves": ("OnDelete", ["update 200"], True),
}


@pytest.mark.parametrize("name", ADOPTED)
def test_adoption(name: str) -> None:
    """What nobody owns and the selector matches becomes a child."""
    method, expected, same = ADOPTED[name]
    made = cluster(
        composite(
            generate=False,
            children=(("v1", "configmaps", method),),
            sync=answering(labelled(v="1")),
        ),
        things=(),
    )
    uid = made.create(labelled(v="1"))["metadata"]["uid"]
    made.create(thing(selector=SELECTOR))
    made.settle()
    held = made.get(CONFIG_MAP, "c")["metadata"]
    assert (held["uid"] == uid) is same
    assert held["ownerReferences"][0]["controller"] is True
    seen = [row.rpartition(" ")[0] for row in writes(made) if "200 t1" not in row]
    assert [row for row in seen if "409" not in row] == expected
    first = next(each for each in requests(made) if each["children"]["ConfigMap.v1"])
    assert "ownerReferences" not in first["children"]["ConfigMap.v1"]["c"]["metadata"]  # rule 3.15


def test_the_hook_sees_what_it_adopts_as_it_was() -> None:
    """Without the reference that adoption writes (rule 3.15)."""
    made = cluster(composite(generate=False, sync=answering(labelled(v="1"))), things=())
    made.create(labelled(v="1"))
    made.create(thing(selector=SELECTOR))
    made.settle()
    first, *_, last = requests(made)
    assert "ownerReferences" not in first["children"]["ConfigMap.v1"]["c"]["metadata"]
    assert "ownerReferences" in last["children"]["ConfigMap.v1"]["c"]["metadata"]


def test_decorators_leave_alone_what_is_there() -> None:
    """The name is taken, and that is that (rule 3.21)."""
    made = cluster(decorator(sync=lambda _: {"attachments": [config_map(v="1")]}), things=())
    made.create(config_map(v="0"))
    made.create(thing())
    made.settle()
    assert made.get(CONFIG_MAP, "c")["data"] == {"v": "0"}
    assert set(writes(made)) == {"create 409 default/configmaps"}


def finalizing(done_after: int = 0) -> Any:
    """Return a finalize hook that is done when so many children are left."""

    def finalize(request: Any) -> Any:
        left = len(request["children"]["ConfigMap.v1"])
        return {"status": {"left": left}, "children": [], "finalized": left <= done_after}

    return finalize


def test_finalize() -> None:
    """Finalize is called until it is done, then the parent goes (rules 3.35 and 1.7)."""
    made = cluster(composite(sync=answering(config_map(v="1")), finalize=finalizing()))
    made.settle()
    assert made.get(THING, "t1")["metadata"]["finalizers"] == [FINALIZER]
    made.delete(THING, "t1")
    made.settle()
    assert made.find(THING, "t1") is None
    assert made.find(CONFIG_MAP, "c") is None
    assert all(each["finalizing"] for each in requests(made, "finalize"))


def test_children_of_the_last_word() -> None:
    """A composite ignores children that come with `finalized`, and writes no status (rule 3.36)."""
    last = answering(config_map("late", v="1"), finalized=True)
    made = cluster(composite(sync=answering(), finalize=last))
    made.settle()
    made.delete(THING, "t1")
    made.settle()
    assert made.find(THING, "t1") is None
    assert "create 201 default/configmaps" not in writes(made)


def test_attachments_of_the_last_word() -> None:
    """A decorator makes them, and the collector takes them away (rule 3.36)."""
    made = cluster(
        decorator(
            sync=lambda _: {},
            finalize=lambda _: {"attachments": [config_map("late", v="1")], "finalized": True},
        )
    )
    made.settle()
    made.delete(THING, "t1")
    made.settle()
    assert "create 201 default/configmaps" in writes(made)
    assert made.find(CONFIG_MAP, "late") is None


def test_finalizers_go_with_their_hook() -> None:
    """A hook that is taken off takes its finalizers along (rules 3.32 and 3.0b)."""
    made = cluster(composite(sync=answering(), finalize=finalizing()))
    made.settle()
    made.patch(CONTROLLER, "cc", {"spec": {"hooks": {"finalize": None}}}, namespace="")
    made.settle()
    assert "finalizers" not in made.get(THING, "t1")["metadata"]


def test_finalizers_outlive_their_controller() -> None:
    """A parent whose controller is gone hangs in deletion (rule 3.33)."""
    made = cluster(composite(sync=answering(config_map(v="1")), finalize=finalizing()))
    made.settle()
    made.delete(CONTROLLER, "cc", namespace="")
    made.settle()
    made.delete(THING, "t1")
    made.settle()
    assert made.get(THING, "t1")["metadata"]["finalizers"] == [FINALIZER]
    assert made.find(CONFIG_MAP, "c")


def test_foreground_deletion() -> None:
    """While the collector holds the parent children are left alone (rule 3.37)."""
    seen: list[list[str]] = []

    def finalize(request: Any) -> Any:
        seen.append(request["parent"]["metadata"]["finalizers"])
        return {"status": {}, "children": [], "finalized": "foregroundDeletion" not in seen[-1]}

    made = cluster(composite(sync=answering(config_map(v="1")), finalize=finalize))
    made.settle()
    made.delete(THING, "t1", propagation="Foreground")
    made.settle()
    assert "foregroundDeletion" in seen[0]
    assert made.find(THING, "t1") is None


def test_parents_that_linger_without_a_finalize_hook() -> None:
    """They are synced, their status is written, their children are left alone (rule 3.38)."""
    made = cluster(
        composite(sync=lambda request: answering(status={"n": len(request["children"])})(request)),
        things=(),
    )
    body = thing()
    made.create({**body, "metadata": {"name": "t1", "finalizers": ["a.b/c"]}})
    made.settle()
    made.delete(THING, "t1")
    made.settle()
    last = requests(made)[-1]
    assert last["finalizing"] is False
    assert "deletionTimestamp" in last["parent"]["metadata"]
    assert made.get(THING, "t1")["status"]["observedGeneration"] == 2


@pytest.mark.parametrize("finalizer", [True, False])
def test_parents_that_leave_the_selector(finalizer: bool) -> None:
    """With our finalizer they are finalized and then ignored; without, ignored (rule 3.39)."""
    hooks = {"finalize": finalizing()} if finalizer else {}
    given = composite(
        parent={"labelSelector": SELECTOR}, sync=answering(config_map(v="1")), **hooks
    )
    made = cluster(given, things=())
    made.create({**thing(), "metadata": {"name": "t1", "labels": LABELS}})
    made.settle()
    made.patch(THING, "t1", {"metadata": {"labels": None}})
    made.settle()
    held = made.get(THING, "t1")["metadata"]
    assert "finalizers" not in held
    assert (made.find(CONFIG_MAP, "c") is None) is finalizer
    calls = len(made.calls)
    made.patch(THING, "t1", {"spec": {"a": 1}})
    made.settle()
    assert len(made.calls) == calls


@pytest.mark.parametrize("status", [True, False])
def test_parents_need_a_status_of_their_own(status: bool) -> None:
    """Without the subresource the controller is ignored, and an event says so (rule 3.0)."""
    made = cluster(composite(sync=answering()), kinds=[definition(status=status)])
    made.settle(failures=True)
    assert bool(made.calls) is status
    assert any("Status" in message for message in warnings(made)) is not status


def test_built_in_parents_are_never_started() -> None:
    """They have no definition; no event tells of it (rule 3.0)."""
    made = cluster(
        composite(parent={"apiVersion": "v1", "resource": "configmaps"}, sync=answering())
    )
    made.settle(failures=True)
    assert made.failing
    assert not made.calls
    assert not warnings(made)


def test_how_children_are_deleted() -> None:
    """In the background, by uid; what goes already is left alone (rule 3.50)."""

    def sync(request: Any) -> Any:
        wanted = [] if request["parent"]["spec"].get("go") else [config_map(v="1")]
        return {"status": {}, "children": wanted}

    made = cluster(composite(sync=sync))
    made.settle()
    uid = made.get(CONFIG_MAP, "c")["metadata"]["uid"]
    made.patch(CONFIG_MAP, "c", {"metadata": {"finalizers": ["a.b/c"]}})
    made.patch(THING, "t1", {"spec": {"go": True}})
    made.settle()
    deletes = [row for row in made.rows if getattr(row, "verb", "") == "delete"]
    assert len(deletes) == 1
    body = deletes[0].body
    assert body["propagationPolicy"] == "Background"
    assert body["preconditions"] == {"uid": uid}
