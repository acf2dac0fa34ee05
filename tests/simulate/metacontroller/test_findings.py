"""Facts about findings: what the real one does silently is told once, with its rule."""

from __future__ import annotations

import pytest

from reconcile.simulate import Cluster
from tests.simulate.things import controller, hooked, sync, thing


def child(kind: str = "ConfigMap", api_version: str = "v1", **metadata: object) -> dict:
    """A desired child."""
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": "c", **metadata}}


@pytest.mark.parametrize(
    ("children", "rules"),
    [
        ([child()], []),
        ([child(), child()], ["1.29"]),
        ([child(namespace="kube-public")], ["1.33"]),
        ([child("Namespace")], ["1.36"]),
        ([{**child(), "metadata": {"generateName": "c-"}}], ["1.32"]),
    ],
)
def test_odd_children(children: list[dict], rules: list[str]) -> None:
    """Each is named with what becomes of it."""
    cluster = Cluster(hooked(lambda request: {"status": {}, "children": children}))
    cluster.create(thing())
    for step in range(40):
        possible = cluster.steps()
        if not possible:
            break
        cluster.step(possible[step % len(possible)])
    assert [finding.partition(":")[0] for finding in cluster.findings] == rules


@pytest.mark.parametrize(
    ("resource", "api_version", "kind", "rule"),
    [
        ("namespaces", "v1", "Namespace", "1.34"),
        ("horizontalpodautoscalers", "autoscaling/v2", "HorizontalPodAutoscaler", "1.37"),
    ],
)
def test_odd_kinds(resource: str, api_version: str, kind: str, rule: str) -> None:
    """A kind without a namespace, and one of another version than declared."""
    declared = {"apiVersion": "autoscaling/v1" if "/" in api_version else "v1"}
    document = controller(childResources=[{**declared, "resource": resource}])

    def hook(request: dict) -> dict:
        return {"status": {}, "children": [child(kind, api_version)]}

    cluster = Cluster(hooked(hook, document))
    cluster.create(thing())
    cluster.settle(failures=True)
    assert [finding.partition(":")[0] for finding in cluster.findings] == [rule]


@pytest.mark.parametrize("faithful", [True, False])
def test_a_rolling_update_that_stalls(faithful: bool) -> None:
    """The real one stalls and the cluster says so; the repaired one goes through (rule 6.30)."""
    document = controller("RollingInPlace", generateSelector=False)

    def hook(request: dict) -> dict:
        answer = sync(request)
        for each in answer["children"]:
            each["metadata"]["labels"] = {"app": "t"}
        return answer

    cluster = Cluster(hooked(hook, document), faithful=faithful)
    labels = {"app": "t"}
    parent = thing(count=3, text="a")
    parent["spec"] |= {
        "selector": {"matchLabels": labels},
        "template": {"metadata": {"labels": labels}},
    }
    cluster.create(parent)
    cluster.settle()
    assert cluster.findings == ()
    from tests.simulate.things import CONFIG_MAP, THING

    cluster.patch(THING, "t", {"spec": {"text": "b"}})
    cluster.settle()
    texts = [found["data"]["text"] for found in cluster.list(CONFIG_MAP, namespace="default")]
    assert texts == (["b", "a", "a"] if faithful else ["b", "b", "b"])
    assert {finding.partition(":")[0] for finding in cluster.findings} == (
        {"6.30"} if faithful else set()
    )
