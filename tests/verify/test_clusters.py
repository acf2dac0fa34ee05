"""The factory of clusters: options, strategies, and what it tells of what it made."""

from __future__ import annotations

import inspect

from reconcile.kinds.core_v1 import Secret
from reconcile.simulate import Cluster
from reconcile.verify import ClusterFactory
from reconcile.verify.clusters import ClusterOptions
from tests.verify.shops import QUIET, RESTLESS, Shop


def test_options_are_those_of_a_cluster() -> None:
    """What type checkers allow is what `Cluster` takes."""
    parameters = inspect.signature(Cluster.__init__).parameters.values()
    taken = {each.name for each in parameters if each.kind is each.KEYWORD_ONLY}
    assert set(ClusterOptions.__annotations__) == taken


def test_strategy_is_that_of_the_factory_unless_said() -> None:
    """A call that names a way of applying gets it."""
    make = ClusterFactory("server-side")
    assert make(QUIET).server_side
    assert not make(QUIET, apply="dynamic").server_side
    assert not ClusterFactory()(QUIET).server_side


def test_report_tells_of_each_cluster() -> None:
    """Timeline and tree of each, numbered where there are several."""
    make = ClusterFactory()
    make(QUIET).create(Shop.of("corner"))
    titles = [title for title, _ in make.report()]
    assert titles == ["cluster (dynamic apply): timeline", "cluster: tree"]
    second = make(QUIET, apply="server-side")
    second.create(Shop.of("corner"))
    second.settle()
    told = make.report()
    assert [title for title, _ in told] == [
        "cluster 1 of 2 (dynamic apply): timeline",
        "cluster 1 of 2: tree",
        "cluster 2 of 2 (server-side apply): timeline",
        "cluster 2 of 2: tree",
    ]
    assert "create Shop default/corner" in told[2][1]
    assert told[3][1].splitlines() == ["Shop default/corner", "└── ConfigMap corner"]
    assert ClusterFactory().report() == []


def test_report_of_an_empty_cluster() -> None:
    """Where nobody made anything, it says so."""
    make = ClusterFactory()
    make()
    assert make.report()[1][1] == "nothing is there"


def test_report_is_cut_short_and_holds_no_secret() -> None:
    """The last hundred lines of a timeline are shown, and no value."""
    make = ClusterFactory()
    cluster = make(RESTLESS)
    for number in range(60):
        cluster.create(Shop.of(f"shop-{number}"))
    for _ in range(400):
        cluster.step(cluster.steps()[-1])
    (_, timeline), (_, tree) = make.report()
    lines = timeline.splitlines()
    assert len(lines) == 101
    assert lines[0].endswith(" lines before)")
    drawn = [secret.data["password"] for secret in cluster.list(Secret)]
    assert drawn
    assert not any(value in timeline or value in tree for value in drawn)
