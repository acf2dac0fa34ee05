"""What is observed, desired, declared and planned."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from reconcile import (
    Child,
    Gvk,
    Kind,
    Model,
    ObjectError,
    Observed,
    Parent,
    Ref,
    Related,
    RuleError,
)
from reconcile.kinds.apps_v1 import Deployment
from reconcile.kinds.core_v1 import ConfigMap, Namespace, Pod, Secret
from reconcile.state.declared import namespaced
from reconcile.state.desired import Desired
from reconcile.state.object_map import ObjectMap


class Spec(Model):
    """A spec."""


class Thing(Parent[Spec, Spec], group="example.com", version="v1"):
    """A parent."""


class Wide(Parent[Spec, Spec], group="example.com", version="v1", scope="Cluster"):
    """A parent without a namespace."""


THING = Thing.of("t", namespace="ns")
WIDGET = Gvk("example.com/v1", "Widget")


# -- object_map


def test_objects_are_given_out_sorted() -> None:
    """Kinds, namespaces and names are sorted, whatever the order they came in."""
    given = [
        Deployment("x", namespace="b"),
        ConfigMap("z", namespace="b"),
        ConfigMap("y", namespace="b"),
        ConfigMap("z", namespace="a"),
    ]
    for objects in (given, given[::-1]):
        found = ObjectMap.of(objects, kinds=[Secret.gvk])
        assert [str(ref) for ref in found] == [
            "ConfigMap a/z",
            "ConfigMap b/y",
            "ConfigMap b/z",
            "Deployment b/x",
        ]
        assert len(found) == 4
        assert [gvk.kind for gvk in found.kinds] == ["ConfigMap", "Secret", "Deployment"]
        assert [view.name for view in found.views(ConfigMap)] == ["z", "y", "z"]


def test_what_is_not_there() -> None:
    """A kind that is empty is not one that is missing, and an object may be neither."""
    found = ObjectMap.of([ConfigMap("c", namespace="a")], kinds=[Secret.gvk])
    assert found.group(Secret.gvk) is not None
    assert found.group(Pod.gvk) is None
    assert found.views(Pod) == found.views(Secret) == ()
    assert found.view(ConfigMap, "a", "other") is None
    assert found.view(Pod, "a", "c") is None
    assert found.get(Ref(Pod.gvk, "a", "c")) is None
    assert Ref(ConfigMap.gvk, "a", "c") in found
    assert Ref(ConfigMap.gvk, "b", "c") not in found
    assert repr(found) == "<ObjectMap ConfigMap.v1: 1, Secret.v1: 0>"
    assert repr(ObjectMap({})) == "<ObjectMap empty>"


def test_kinds_without_a_class() -> None:
    """A kind is named by its Gvk where there is no class."""
    widget = {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "w"}}
    found = ObjectMap.of([widget])
    (view,) = found.views(WIDGET)
    assert type(view) is Kind
    assert view.raw == widget
    assert view.ref == Ref(WIDGET, "", "w")
    assert found.view(WIDGET, "", "w") == view


# -- observed


def test_a_child_without_a_namespace_is_put_beside_its_parent() -> None:
    """As the API server would have it; what is cluster-scoped stays outside."""
    observed = Observed.of(THING, [ConfigMap("c"), Namespace("n"), ConfigMap("d", namespace="x")])
    assert observed.child(ConfigMap, "c").namespace == "ns"
    assert observed.child(Namespace, "n").namespace is None
    assert observed.child(ConfigMap, "d") is None
    assert observed.child(ConfigMap, "d", namespace="x") is not None
    assert [each.name for each in observed.children(ConfigMap)] == ["c", "d"]


def test_related_objects() -> None:
    """They are found like children, and are not among them."""
    observed = Observed.of(THING, related=[Secret("s"), Namespace("n")])
    assert observed.related_one(Secret, "s") is not None
    assert observed.related_one(Secret, "s", namespace="x") is None
    assert [each.name for each in observed.related(Namespace)] == ["n"]
    assert observed.children(Secret) == ()
    assert len(observed.related_map) == 2
    assert len(observed.child_map) == 0


def test_a_cluster_scoped_parent_says_which_namespace() -> None:
    """There is no namespace to look in by default, and guessing would find nothing."""
    for parent, wide in (
        (Wide.of("w"), True),
        (Namespace("n"), True),
        (THING, False),
        (Pod("p"), False),
    ):
        observed = Observed.of(parent)
        assert observed.cluster_scoped is wide
        if wide:
            with pytest.raises(
                RuleError, match="asks for a Secret of a cluster-scoped parent: say"
            ):
                observed.child(Secret, "s")
            assert observed.child(Namespace, "n") is None
            assert observed.child(WIDGET, "w") is None
            assert observed.child(Secret, "s", namespace="x") is None


def test_time_and_entropy_are_given() -> None:
    """What nobody gave is an error, never a default."""
    observed = Observed.of(THING)
    assert observed.clock is None
    with pytest.raises(RuleError, match="asks for the time, but the caller gave none: pass now="):
        _ = observed.now
    with pytest.raises(RuleError, match="asks for a token, but the caller gave no entropy"):
        observed.token("t", length=3)
    now = datetime(2026, 1, 1, tzinfo=UTC)
    assert Observed.of(THING, now=now).now == Observed.of(THING, now=now).clock == now
    with pytest.raises(RuleError, match="no entropy"):
        Observed.of(THING, entropy=b"e" * 15).token("t", length=3)
    assert Observed.of(THING, entropy=b"e" * 16).token("t", length=3)


def test_tokens() -> None:
    """One observation and label, one text; anything else, another."""
    observed = Observed.of(THING, entropy=b"e" * 32)
    token = observed.token("a", length=200)
    assert len(token) == 200
    assert token == Observed.of(THING, entropy=b"e" * 32).token("a", length=200)
    others = [
        observed.token("b", length=200),
        Observed.of(THING, entropy=b"f" * 32).token("a", length=200),
        Observed.of(Thing.of("u", namespace="ns"), entropy=b"e" * 32).token("a", length=200),
        Observed.of(Thing.of("t", namespace="x"), entropy=b"e" * 32).token("a", length=200),
    ]
    assert len({token, *others}) == 5
    assert observed.token("a", length=20) == token[:20]
    assert token.isalnum()
    assert token.isascii()
    assert len(set(token)) > 40
    assert set(observed.token("a", length=99, alphabet="01")) == {"0", "1"}
    long = Observed.of(THING, entropy=bytes(range(100))).token("a", length=3)
    assert long == Observed.of(THING, entropy=bytes(range(64))).token("a", length=3)


@pytest.mark.parametrize(
    "bad",
    [
        {"length": 0},
        {"length": -1},
        {"length": 1, "alphabet": "a"},
        {"length": 1, "alphabet": "aab"},
        {"length": 1, "alphabet": "".join(map(chr, range(257)))},
    ],
)
def test_tokens_that_make_no_sense(bad: Any) -> None:
    """A token of nothing, or of letters that are not drawn evenly, is refused."""
    with pytest.raises(RuleError, match="a token of no characters, or of a broken alphabet"):
        Observed.of(THING, entropy=b"e" * 32).token("a", **bad)


def test_tokens_are_even() -> None:
    """No character is likelier than another."""
    drawn = Observed.of(THING, entropy=b"e" * 32).token("a", length=62_000)
    counts = sorted(drawn.count(each) for each in set(drawn))
    assert len(counts) == 62
    assert counts[0] > 850
    assert counts[-1] < 1150


def test_everything_as_one_document() -> None:
    """All of the observation, read-only."""
    observed = Observed.of(
        THING, [ConfigMap("c"), Namespace("n")], related=[Secret("s")], finalizing=True
    )
    raw = observed.raw
    assert raw["parent"]["metadata"]["name"] == "t"
    assert list(raw["children"]) == ["ConfigMap.v1", "Namespace.v1"]
    assert list(raw["children"]["ConfigMap.v1"]) == ["ns/c"]
    assert list(raw["children"]["Namespace.v1"]) == ["n"]
    assert list(raw["related"]["Secret.v1"]) == ["ns/s"]
    assert raw["finalizing"] is True
    with pytest.raises(TypeError, match="read-only"):
        raw["parent"]["spec"] = {}
    assert observed.parent is THING
    assert observed.parent_ref == Ref(Gvk("example.com/v1", "Thing"), "ns", "t")


# -- declared


def test_methods_of_children() -> None:
    """OnDelete is the default; what is no method is refused."""
    assert Child(ConfigMap).update == "OnDelete"
    assert Child(WIDGET).namespaced is None
    assert Child(Namespace).namespaced is False
    assert namespaced(Gvk("v1", "Pod")) is True
    assert namespaced(Gvk("v1", "Node")) is False
    with pytest.raises(
        ObjectError, match="child v1 ConfigMap: /updateStrategy/method: is not one of OnDelete, Rec"
    ):
        Child(ConfigMap, "Inplace")


@pytest.mark.parametrize(
    ("related", "wire"),
    [
        (Related(Secret), {}),
        (Related(Secret, names=["a", "b"]), {"names": ["a", "b"]}),
        (Related(Secret, names=("a",), namespace="n"), {"names": ["a"], "namespace": "n"}),
        (Related(Secret, labels={}), {"labelSelector": {}}),
        (
            Related(Secret, labels={"matchLabels": {"x": "1"}}, namespace="n"),
            {"labelSelector": {"matchLabels": {"x": "1"}}, "namespace": "n"},
        ),
        (
            Related(Secret, labels={}, namespace_selector={"matchLabels": {"x": "1"}}),
            {"labelSelector": {}, "namespaceSelector": {"matchLabels": {"x": "1"}}},
        ),
    ],
)
def test_related_on_the_wire(related: Related, wire: dict[str, Any]) -> None:
    """Only what is said is sent."""
    assert related.to_wire() == {"apiVersion": "v1", "resource": "secrets", **wire}


def test_resources_of_related_kinds() -> None:
    """The plural is known, or told."""
    assert Related(Gvk("apps/v1", "Deployment")).resource == "deployments"
    assert Related(WIDGET, plural="widgets").resource == "widgets"
    assert Related(Secret, plural="others").resource == "others"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"names": "a"}, "related v1 Secret: /names: is one text, a list of names is needed"),
        ({"names": ["a"], "labels": {}}, "/names: names and selectors exclude each other"),
        ({"names": ["a"], "namespace_selector": {}}, "/names: names and selectors exclude"),
        (
            {"namespace": "n", "namespace_selector": {}},
            "/namespace: namespace and namespace_selector",
        ),
        ({"labels": {"matchLabel": {}}}, "/labelSelector"),
        ({"namespace_selector": {"matchLabels": 1}}, "/namespaceSelector/matchLabels"),
    ],
)
def test_related_that_metacontroller_refuses(given: Any, message: str) -> None:
    """A combination that would fail the sync is refused where it is written."""
    with pytest.raises(ObjectError, match=message):
        Related(Secret, **given)
    with pytest.raises(ObjectError, match="/resource: the kind is not known, say plural="):
        Related(WIDGET)


# -- desired


def test_desired_is_looked_through_like_observed() -> None:
    """Children are found by kind and name, near the parent unless it is said."""
    refs = {
        Ref(ConfigMap.gvk, "ns", "c"): ConfigMap("c", namespace="ns").raw,
        Ref(ConfigMap.gvk, "x", "d"): ConfigMap("d", namespace="x").raw,
        Ref(Namespace.gvk, "", "n"): Namespace("n").raw,
    }
    desired = Desired(refs, namespace="ns")
    assert [each.name for each in desired.children(ConfigMap)] == ["c", "d"]
    assert desired.child(ConfigMap, "c").name == "c"
    assert desired.child(ConfigMap, "d") is None
    assert desired.child(ConfigMap, "d", namespace="x").name == "d"
    assert desired.child(Namespace, "n").name == "n"
    assert desired.child(Gvk("v1", "Namespace"), "n").name == "n"
    assert desired.child(Pod, "p") is None
    assert [each.name for each in desired.children(Gvk("v1", "Namespace"))] == ["n"]


def test_owners_of_fields() -> None:
    """Which rules set a field is told on request, list items included."""
    ref = Ref(Pod.gvk, "ns", "p")
    first = Pod("p", spec={"containers": [{"name": "a", "image": "i"}]}).raw
    second = Pod(
        "p", spec={"containers": [{"name": "a", "env": [{"name": "E", "value": "1"}]}]}
    ).raw
    desired = Desired({ref: first}, contributions={ref: [("one", first), ("two", second)]})
    owners = desired.owners(ref)
    assert owners["/spec/containers/0/image"] == ("one",)
    assert owners["/spec/containers/0/env/0/value"] == ("two",)
    assert owners["/metadata/name"] == ("one", "two")
    assert desired.owners(Ref(Pod.gvk, "ns", "other")) == {}
