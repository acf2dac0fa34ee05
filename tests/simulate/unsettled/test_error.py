"""Loops are told with object, field, writers and remedy; what only costs a write settles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from reconcile.simulate import Cluster, NotSettledError
from tests.simulate.scenes import (
    API,
    CONFIG_MAP,
    WIDGET,
    answering,
    changing,
    cluster,
    composite,
    config_map,
    decorator,
    key,
    thing,
    wanting,
    widget,
    writes,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconcile.simulate import Hooked

LIMIT = 15
HPA = {
    "apiVersion": "autoscaling/v2",
    "kind": "HorizontalPodAutoscaler",
    "metadata": {"name": "h"},
    "spec": {
        "maxReplicas": 3,
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "d"},
    },
}
DNS = (
    {"name": "t", "port": 53, "protocol": "TCP"},
    {"name": "u", "port": 53, "protocol": "UDP"},
)
POD = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "p"},
    "spec": {
        "containers": [{"name": "c", "image": "i"}],
        "tolerations": [{"key": "a", "operator": "Exists"}],
    },
}
GENERATED = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"generateName": "g-"}}
SECRET_TEXTS = {
    "apiVersion": "v1",
    "kind": "Secret",
    "metadata": {"name": "s"},
    "stringData": {"a": "b"},
}


def service(*ports: dict[str, Any]) -> dict[str, Any]:
    """Return a Service."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "s"},
        "spec": {"ports": list(ports)},
    }


def deployment(*containers: dict[str, Any], **spec: Any) -> dict[str, Any]:
    """Return a Deployment."""
    labels = {"app": "x"}
    template = {"metadata": {"labels": labels}, "spec": {"containers": list(containers), **spec}}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "d"},
        "spec": {"selector": {"matchLabels": labels}, "template": template},
    }


def typed(before: Any, after: Any, method: str, apply: str = "dynamic") -> Cluster:
    """Return a cluster where the type of a field of a Widget changes; a user added to it."""
    foreign = {"spec": {"a": {"z": 2}}} if isinstance(before, dict) else None
    return changing(
        method, widget(a=before), widget(a=after), "widgets", foreign=foreign, apply=apply
    )


def told(cluster: Cluster) -> NotSettledError:
    """Return the error of a cluster that does not settle."""
    with pytest.raises(NotSettledError) as caught:
        cluster.settle(limit=LIMIT)
    return caught.value


def finalized(_: Any) -> dict[str, Any]:
    """Answer that all is done."""
    return {"status": {}, "finalized": True}


def echo(request: Any) -> dict[str, Any]:
    """Desire what is observed."""
    seen = list(request["children"][key(CONFIG_MAP)].values())
    return {"status": {}, "children": seen or [config_map(v="1")]}


def counting(request: Any) -> dict[str, Any]:
    """Count syncs in the status."""
    parent = request.get("parent") or request["object"]
    return {"status": {"n": (parent.get("status") or {}).get("n", 0) + 1}}


def versioned(request: Any) -> dict[str, Any]:
    """Write the version of a child into the child."""
    seen = list(request["children"][key(CONFIG_MAP)].values())
    version = seen[0]["metadata"]["resourceVersion"] if seen else "0"
    child = config_map(v="1")
    child["metadata"]["annotations"] = {"seen": version}
    return {"status": {}, "children": [child]}


def numbered(request: Any) -> dict[str, Any]:
    """Count syncs in a child."""
    seen = list(request["children"][key(CONFIG_MAP)].values())
    return {
        "status": {},
        "children": [config_map(n=str(int(seen[0]["data"]["n"]) + 1) if seen else "0")],
    }


def owned(request: Any) -> dict[str, Any]:
    """Desire an owner reference that adoption writes otherwise."""
    owner = {
        "apiVersion": API,
        "kind": "Thing",
        "name": "t1",
        "uid": request["parent"]["metadata"]["uid"],
        "blockOwnerDeletion": False,
    }
    child = config_map(v="1")
    child["metadata"]["ownerReferences"] = [owner]
    return {"status": {}, "children": [child]}


def attaching(child: dict[str, Any], name: str = "dc", **answer: Any) -> Hooked:
    """Return a decorator that attaches something."""
    return decorator(name=name, sync=lambda _: {"attachments": [child], **answer})


def fought_over() -> Cluster:
    """Return a cluster where a composite finds what a decorator attaches, and deletes it."""
    child = config_map(v="1")
    child["metadata"]["labels"] = {"app": "x"}
    made = cluster(composite(generate=False, sync=answering()), attaching(child), things=())
    made.create(thing(selector={"matchLabels": {"app": "x"}}))
    return made


def autoscaled(apply: str) -> Cluster:
    """Return a cluster whose children are declared in another version than they are desired."""
    declared = (("autoscaling/v1", "horizontalpodautoscalers", "InPlace"),)
    return cluster(composite(children=declared, sync=answering(HPA)), apply=apply)


LOOPS: dict[str, tuple[Callable[[], Cluster], str, str, tuple[str, ...], str]] = {
    "rule 4.F row l: null over a text": (
        lambda: changing("Recreate", config_map(a="1"), config_map(a=None), "configmaps"),
        "ConfigMap default/c",
        "/data/a",
        ("cc", "the server"),
        "leave it out",
    ),
    "rule 4.F row m: null over nothing": (
        lambda: wanting("Recreate", config_map(a=None), "configmaps"),
        "ConfigMap default/c",
        "/data/a",
        ("cc", "the server"),
        "leave it out",
    ),
    "rule 4.F row m: null in a Deployment": (
        lambda: wanting(
            "Recreate", deployment({"name": "c", "image": "i"}, nodeSelector=None), "deployments"
        ),
        "Deployment default/d",
        "/spec/template/spec/nodeSelector",
        ("cc", "the server"),
        "leave it out",
    ),
    "rule 4.F row v: one port for two protocols": (
        lambda: wanting("InPlace", service(*DNS), "services"),
        "Service default/s",
        "/spec/ports/0/name",
        ("cc", "the server"),
        "use server-side apply",
    ),
    "rule 4.F row v: the same, made anew": (
        lambda: wanting("Recreate", service(*DNS), "services"),
        "Service default/s",
        "/spec/ports/0/protocol",
        ("cc", "the server"),
        "use server-side apply",
    ),
    "rule 4.F row aa: tolerations that the server adds": (
        lambda: wanting("Recreate", POD, "pods"),
        "Pod default/p",
        "/spec/tolerations",
        ("cc", "the server"),
        "not-ready",
    ),
    "rule 4.F row ff: a container without a name": (
        lambda: changing(
            "InPlace",
            deployment({"name": "c", "image": "i"}),
            deployment({"image": "j"}),
            "deployments",
        ),
        "Deployment default/d",
        "/spec/template/spec/containers/0/name",
        ("cc", "the server"),
        "write it",
    ),
    "rule 4.F row ff: the same, applied by the server": (
        lambda: changing(
            "InPlace",
            deployment({"name": "c", "image": "i"}),
            deployment({"image": "j"}),
            "deployments",
            apply="server-side",
        ),
        "Deployment default/d",
        "/spec/template/spec/containers/0/name",
        ("cc", "the server"),
        "required",
    ),
    "rule 1.27: finalized from sync": (
        lambda: cluster(composite(sync=finalized, finalize=finalized)),
        "Thing default/t1",
        "/metadata/finalizers",
        ("cc",),
        "only from the finalize hook",
    ),
    "rule 1.27: finalized from the sync of a decorator": (
        lambda: cluster(decorator(sync=finalized, finalize=finalized)),
        "Thing default/t1",
        "/metadata/finalizers",
        ("dc",),
        "only from the finalize hook",
    ),
    "rule 1.32: generateName": (
        lambda: cluster(composite(sync=answering(GENERATED))),
        "ConfigMap default/g-*",
        "/metadata/generateName",
        ("cc",),
        "a name of its own",
    ),
    "rule 1.32: generateName, applied by the server": (
        lambda: cluster(composite(sync=answering(GENERATED)), apply="server-side"),
        "ConfigMap default/g-*",
        "/metadata/name",
        ("cc",),
        "a name of its own",
    ),
    "rule 1.37: another version than declared": (
        lambda: autoscaled("dynamic"),
        "HorizontalPodAutoscaler default/h",
        "/apiVersion",
        ("cc",),
        "autoscaling/v1",
    ),
    "rule 1.37: the same, applied by the server": (
        lambda: autoscaled("server-side"),
        "HorizontalPodAutoscaler default/h",
        "/apiVersion",
        ("cc",),
        "autoscaling/v1",
    ),
    "rule 1.40: observed children as desired ones": (
        lambda: cluster(composite(sync=echo)),
        "ConfigMap default/c",
        "/metadata/resourceVersion",
        ("cc", "the server"),
        "do not answer with observed objects",
    ),
    "rule 3.19: a decorator's attachment is a composite's child": (
        fought_over,
        "ConfigMap default/c",
        "(the whole object)",
        ("dc", "cc"),
        "different kinds of children",
    ),
    "rule 3.19: two composites of one parent": (
        lambda: cluster(
            composite(sync=answering(config_map("a", v="1"))),
            composite(name="c2", sync=answering(config_map("b", v="1"))),
        ),
        "ConfigMap default/a",
        "(the whole object)",
        ("cc", "c2"),
        "different kinds of children",
    ),
    "rule 7.9: a status that counts": (
        lambda: cluster(composite(sync=counting)),
        "Thing default/t1",
        "/status/n",
        ("cc",),
        "ignoreStatusChanges",
    ),
    "rule 7.9: a status that counts, of a decorator": (
        lambda: cluster(decorator(sync=counting)),
        "Thing default/t1",
        "/status/n",
        ("dc",),
        "a function of the spec",
    ),
    "rule 7.9: two statuses of one parent": (
        lambda: cluster(
            composite(sync=answering(status={"a": 1})),
            composite(name="c2", children=(), sync=answering(status={"a": 2})),
        ),
        "Thing default/t1",
        "/status/a",
        ("cc", "c2"),
        "let one controller write the status",
    ),
    "rule 5.8: Recreate of what has a generation": (
        lambda: changing("Recreate", widget(a=1), widget(a=2), "widgets", apply="server-side"),
        "Widget default/w",
        "/spec/a",
        ("cc", "the server"),
        "use InPlace",
    ),
    "rule 5.10: two decorators attach one name": (
        lambda: cluster(
            attaching(config_map(v="1")),
            attaching(config_map(v="2"), name="d2"),
            apply="server-side",
        ),
        "ConfigMap default/c",
        "/data/v",
        ("d2", "dc"),
        "different names",
    ),
    "rule 5.13: a version in a child": (
        lambda: cluster(composite(sync=versioned), apply="server-side"),
        "ConfigMap default/c",
        "/metadata/annotations/seen",
        ("cc",),
        "once",
    ),
    "rule 2.6: too many requests, without a delay": (
        lambda: cluster(composite(sync=lambda _: (429, {}, {}))),
        "Thing default/t1",
        "(the hook)",
        ("cc",),
        "send Retry-After",
    ),
    "rule 4.20: a fraction that is stored as a whole number": (
        lambda: wanting("Recreate", widget(a=1.0), "widgets"),
        "Widget default/w",
        "/spec/a",
        ("cc", "the server"),
        "as it is stored",
    ),
    "rule 4.20: texts of a Secret": (
        lambda: wanting("Recreate", SECRET_TEXTS, "secrets"),
        "Secret default/s",
        "/stringData",
        ("cc", "the server"),
        "write data",
    ),
    "rule 4.13: an owner reference that adoption writes otherwise": (
        lambda: cluster(composite(children=(("v1", "configmaps", "Recreate"),), sync=owned)),
        "ConfigMap default/c",
        "/metadata/ownerReferences/0/blockOwnerDeletion",
        ("cc", "the server"),
        "as it is stored",
    ),
    "rule 7.46: a child that counts": (
        lambda: cluster(composite(sync=numbered)),
        "ConfigMap default/c",
        "/data/n",
        ("cc",),
        "once",
    ),
    "rule 1.24: a kind that is not served": (
        lambda: cluster(composite(sync=answering({**widget(), "kind": "Nothing"}))),
        "Nothing default/w",
        "/apiVersion",
        ("cc",),
        "that the cluster has",
    ),
    "rule 1.31: a child without a name": (
        lambda: cluster(
            composite(sync=answering({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {}}))
        ),
        "ConfigMap default/*",
        "/metadata/name",
        ("cc", "the server"),
        "",
    ),
}


@pytest.mark.parametrize("name", LOOPS)
def test_loops_are_told(name: str) -> None:
    """The error names the object, the field, who writes it, and what helps."""
    made, about, pointer, writers, remedy = LOOPS[name]
    error = told(made())
    found = [field for field in error.fields if (field.about, field.pointer) == (about, pointer)]
    assert found, str(error)
    assert set(found[0].writers) == set(writers)
    assert found[0].reason
    assert found[0].remedy
    assert remedy in found[0].remedy
    assert str(found[0]) in str(error)
    assert error.parent.partition(": ")[2] == "Thing default/t1"


SETTLES: dict[str, tuple[Callable[[], Cluster], int]] = {
    **{
        f"rule 4.F row {row}: {method}, {apply}": (
            lambda after=after, method=method, apply=apply: typed({"k": 1}, after, method, apply),
            4,
        )
        for row, after in (("d", "s"), ("e", None), ("f", [1]))
        for method, apply in (
            ("InPlace", "dynamic"),
            ("Recreate", "dynamic"),
            ("InPlace", "server-side"),
        )
    },
    "rule 4.F row l: InPlace": (
        lambda: changing("InPlace", config_map(a="1"), config_map(a=None), "configmaps"),
        4,
    ),
    "rule 4.F row l: in an open part": (lambda: typed(1, None, "Recreate"), 4),
    "rule 4.F row m: InPlace": (lambda: wanting("InPlace", config_map(a=None), "configmaps"), 3),
    "rule 4.F row m: in an open part": (
        lambda: wanting("Recreate", widget(a=None), "widgets"),
        2,
    ),
    "rule 4.F row v: server-side": (
        lambda: wanting("InPlace", service(*DNS), "services", apply="server-side"),
        2,
    ),
    "rule 4.F row aa: InPlace": (lambda: wanting("InPlace", POD, "pods"), 3),
    "rule 4.F row aa: server-side": (
        lambda: wanting("Recreate", POD, "pods", apply="server-side"),
        2,
    ),
    "rule 1.40: server-side": (
        lambda: cluster(composite(sync=echo), apply="server-side"),
        3,
    ),
    "rule 7.9: status changes are ignored": (
        lambda: cluster(composite(parent={"ignoreStatusChanges": True}, sync=counting)),
        1,
    ),
    "rule 5.8: InPlace": (
        lambda: changing("InPlace", widget(a=1), widget(a=2), "widgets", apply="server-side"),
        4,
    ),
    "rule 4.20: a fraction, InPlace": (lambda: wanting("InPlace", widget(a=1.0), "widgets"), 3),
    "rule 7.5: a fraction in the status": (
        lambda: cluster(composite(sync=answering(status={"x": 1.0}))),
        2,
    ),
}


@pytest.mark.parametrize("name", SETTLES)
def test_what_costs_a_write_settles(name: str) -> None:
    """A difference that the server takes away costs a write with each sync, and no more syncs."""
    made, most = SETTLES[name]
    cluster = made()
    before = len([row for row in writes(cluster) if " 20" in row])
    cluster.settle(limit=LIMIT)
    assert not cluster.failing
    after = len([row for row in writes(cluster) if " 20" in row])
    assert after - before <= most


def test_a_scalar_over_an_object_is_lost() -> None:
    """Dynamic apply keeps what another wrote into an object, not the scalar (rule 4.F row d)."""
    made = typed({"k": 1}, "s", "InPlace")
    made.settle()
    assert made.get(WIDGET, "w")["spec"] == {"a": {"z": 2}}
