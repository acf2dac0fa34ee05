"""Which Nodes a DaemonSet wants to be on."""

from __future__ import annotations

import pytest

from reconcile.simulate.actors.daemonset_nodes import fit, for_node, node_of, with_tolerations


def _owner(**spec):
    return {"spec": {"template": {"spec": spec}}}


def _node(*taints, **labels):
    return {"metadata": {"name": "a", "labels": labels}, "spec": {"taints": list(taints)}}


def _affinity(*terms):
    required = "requiredDuringSchedulingIgnoredDuringExecution"
    return {"nodeAffinity": {required: {"nodeSelectorTerms": list(terms)}}}


def _expression(key, operator, *values):
    return {"matchExpressions": [{"key": key, "operator": operator, "values": list(values)}]}


_TAINT = {"key": "k", "value": "v", "effect": "NoSchedule"}


@pytest.mark.parametrize(
    ("tolerations", "taint", "runs", "stays"),
    [
        ([], _TAINT, False, True),
        ([], {**_TAINT, "effect": "NoExecute"}, False, False),
        ([], {**_TAINT, "effect": "PreferNoSchedule"}, True, True),
        ([{"operator": "Exists"}], {**_TAINT, "effect": "NoExecute"}, True, True),
        ([{"key": "k", "operator": "Exists"}], _TAINT, True, True),
        ([{"key": "k", "value": "v"}], _TAINT, True, True),
        ([{"key": "k", "value": "w"}], _TAINT, False, True),
        ([{"key": "k", "value": "v", "effect": "NoExecute"}], _TAINT, False, True),
        ([{"key": "k", "operator": "Gt", "value": "v"}], _TAINT, False, True),
        ([], {"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}, True, True),
        ([], {"key": "node.kubernetes.io/not-ready", "effect": "NoSchedule"}, False, True),
        ([], {"key": "node.kubernetes.io/not-ready", "effect": "NoExecute"}, True, True),
        (
            [],
            {"key": "node.kubernetes.io/network-unavailable", "effect": "NoSchedule"},
            False,
            True,
        ),
    ],
)
def test_taints_keep_off_or_drive_out_unless_they_are_tolerated(tolerations, taint, runs, stays):
    """NoSchedule keeps new Pods off, NoExecute drives out; some taints all DaemonSets bear."""
    assert fit(_owner(tolerations=tolerations), _node(taint)) == (runs, stays)


def test_pods_on_the_network_of_their_node_bear_a_node_without_network():
    """They bring it."""
    taint = {"key": "node.kubernetes.io/network-unavailable", "effect": "NoSchedule"}
    assert fit(_owner(hostNetwork=True), _node(taint)).runs


@pytest.mark.parametrize(
    ("term", "fits"),
    [
        (_expression("n", "In", "4", "5"), True),
        (_expression("n", "In", "5"), False),
        (_expression("n", "NotIn", "5"), True),
        (_expression("other", "NotIn", "5"), True),
        (_expression("n", "Exists"), True),
        (_expression("n", "DoesNotExist"), False),
        (_expression("n", "Gt", "3"), True),
        (_expression("n", "Gt", "4"), False),
        (_expression("n", "Lt", "5"), True),
        (_expression("n", "Lt", "x"), False),
        (_expression("other", "Lt", "5"), False),
        ({"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["a"]}]}, True),
        ({"matchFields": [{"key": "metadata.name", "operator": "NotIn", "values": ["a"]}]}, False),
        ({}, False),
    ],
)
def test_an_affinity_is_read_as_the_scheduler_reads_it(term, fits):
    """Requirements of a term hold together; a term that says nothing fits no Node."""
    assert fit(_owner(affinity=_affinity(term)), _node(n="4")) == (fits, fits)
    assert fit(_owner(affinity=_affinity(_expression("x", "Exists"), term)), _node(n="4")).runs == (
        fits
    )


def test_a_node_selector_and_a_node_name_count_too():
    """Both have to fit."""
    assert fit(_owner(nodeSelector={"n": "4"}), _node(n="4")).runs
    assert not fit(_owner(nodeSelector={"n": "5"}), _node(n="4")).stays
    assert fit(_owner(nodeName="a"), _node()).runs
    assert not fit(_owner(nodeName="b"), _node()).stays


def test_the_node_of_a_pod_is_the_one_it_is_bound_to_or_asks_for():
    """A Pod that is bound is where it is, whatever it asked for."""
    spec = {"affinity": _affinity(_expression("n", "Exists"))}
    assert node_of({"spec": spec}) is None
    for_node(spec, "a")
    assert node_of({"spec": spec}) == "a"
    assert node_of({"spec": {**spec, "nodeName": "b"}}) == "b"
    (term,) = spec["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"][
        "nodeSelectorTerms"
    ]
    assert "matchExpressions" not in term


def test_what_else_an_affinity_says_stays():
    """Only what is required of Nodes is replaced."""
    preferred = "preferredDuringSchedulingIgnoredDuringExecution"
    spec = {"affinity": {"podAffinity": {preferred: []}, "nodeAffinity": {preferred: [1]}}}
    for_node(spec, "a")
    assert spec["affinity"]["podAffinity"] == {preferred: []}
    assert spec["affinity"]["nodeAffinity"][preferred] == [1]


def test_a_toleration_for_a_time_becomes_one_for_ever():
    """A toleration that differs only in how long it lasts is replaced where it stands."""
    key = "node.kubernetes.io/not-ready"
    timed = {"key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 5}
    spec = {"tolerations": [timed, {"key": "own", "operator": "Exists"}]}
    with_tolerations(spec)
    assert spec["tolerations"][0] == {"key": key, "operator": "Exists", "effect": "NoExecute"}
    assert [each["key"] for each in spec["tolerations"]].count(key) == 1
    assert len(spec["tolerations"]) == 7
