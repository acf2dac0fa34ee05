"""What server-side apply and the keeping of owners cost: objects as a simulator writes them.

1. A row is one call, its object copied or frozen beforehand; the least of some rounds counts,
   because a machine can only add.
2. The rows named "kept" go through what a store uses, which parses no `managedFields` again.
"""

from __future__ import annotations

import argparse
import gc
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

from reconcile.diff import BUILD, server_side_apply, server_side_update
from reconcile.diff.field_set import FieldSet
from reconcile.diff.server_side import (
    Managers,
    apply_managed,
    managers_of,
    update_managed,
    with_managers,
)
from reconcile.kinds import defaulted, schema, with_crds
from reconcile.value import freeze

__all__ = ["main", "rows"]

GOALS = {
    "apply, an unchanged Deployment": 120,
    "update, a new Deployment": 120,
    "update, a new small custom resource": 12,
    "update, the same without a schema": 12,
    "update, its status": 20,
}
"""Units: microseconds, the compiled build."""

_CRD: dict[str, Any] = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "stores.example.com"},
    "spec": {
        "group": "example.com",
        "scope": "Namespaced",
        "names": {"kind": "Store", "plural": "stores"},
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "subresources": {"status": {}},
                "schema": {
                    "openAPIV3Schema": {
                        "type": "object",
                        "properties": {
                            "spec": {
                                "type": "object",
                                "properties": {
                                    "size": {"type": "string"},
                                    "replicas": {"type": "integer"},
                                    "zones": {"type": "array", "items": {"type": "string"}},
                                },
                            },
                            "status": {
                                "type": "object",
                                "properties": {
                                    "ready": {"type": "boolean"},
                                    "observedGeneration": {"type": "integer"},
                                },
                            },
                        },
                    }
                },
            }
        ],
    },
}
_STATUS = [("f:status",)]
_NOT_STATUS = [("f:spec",), ("f:metadata",)]


def deployment() -> dict[str, Any]:
    """Return what somebody applies: a Deployment of about 25 fields, 60 once defaulted."""
    labels = {"app": "web", "tier": "front"}
    container = {
        "name": "web",
        "image": "registry.example.com/web:1.2.3",
        "args": ["--port", "8080"],
        "env": [{"name": "MODE", "value": "production"}, {"name": "LEVEL", "value": "info"}],
        "ports": [{"name": "http", "containerPort": 8080}],
        "resources": {
            "limits": {"cpu": "500m", "memory": "256Mi"},
            "requests": {"cpu": "100m", "memory": "128Mi"},
        },
        "readinessProbe": {"httpGet": {"path": "/healthz", "port": 8080}},
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "shop", "labels": labels},
        "spec": {
            "replicas": 3,
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels},
                "spec": {"containers": [container], "serviceAccountName": "web"},
            },
        },
    }


def _copied(value: Any) -> Any:
    return json.loads(json.dumps(value))


def _with_status(document: Any, status: Any) -> Any:
    made = _copied(document)
    made["status"] = status
    return made


def rows() -> Iterator[tuple[str, Callable[[], Any]]]:
    """Yield what is timed, by name."""
    about = schema("apps/v1", "Deployment")
    wanted = deployment()
    how: dict[str, Any] = {"manager": "m", "time": "2026-01-01T00:00:00Z"}
    applied = server_side_apply(None, _copied(wanted), schema=about, ignored=_STATUS, **how)
    whole = defaulted(_copied(applied))
    conditions = [
        {
            "type": kind,
            "status": "True",
            "reason": "Fine",
            "message": "it is",
            "lastUpdateTime": "2026-01-01T00:00:00Z",
            "lastTransitionTime": "2026-01-01T00:00:00Z",
        }
        for kind in ("Available", "Progressing")
    ]
    status = {"replicas": 3, "readyReplicas": 3, "observedGeneration": 1, "conditions": conditions}
    live = server_side_update(
        whole,
        _with_status(whole, status),
        schema=about,
        subresource="status",
        ignored=_NOT_STATUS,
        manager="controller",
        time=how["time"],
    )
    again = {"schema": about, "ignored": _STATUS, **how}
    yield (
        "apply, an unchanged Deployment",
        lambda: server_side_apply(live, wanted, **again),
    )
    new = _copied(defaulted(_copied(wanted)))
    yield "update, a new Deployment", lambda: server_side_update(None, new, **again)

    about_small = with_crds([_CRD]).schema("example.com/v1", "Store")
    small = {
        "apiVersion": "example.com/v1",
        "kind": "Store",
        "metadata": {"name": "a", "namespace": "shop", "uid": "u", "labels": {"app": "a"}},
        "spec": {"size": "10Gi", "replicas": 2, "zones": ["a", "b"]},
    }
    known = {"schema": about_small, "ignored": _STATUS, **how}
    bare = {"schema": None, "ignored": _STATUS, **how}
    yield (
        "update, a new small custom resource",
        lambda: server_side_update(None, small, **known),
    )
    yield (
        "update, the same without a schema",
        lambda: server_side_update(None, small, **bare),
    )
    of_status = {
        "schema": about_small,
        "subresource": "status",
        "ignored": _NOT_STATUS,
        "manager": "controller",
        "time": "2026-01-01T00:00:01Z",
    }
    first = server_side_update(None, _copied(small), **known)
    ready = {"ready": False, "observedGeneration": 1}
    second = server_side_update(first, _with_status(first, ready), **of_status)
    third = _with_status(second, {"ready": True, "observedGeneration": 1})
    yield "update, its status", lambda: server_side_update(second, third, **of_status)
    yield from _kept(live, wanted, {**again, "ignored": FieldSet(_STATUS)})
    known["ignored"], of_status["ignored"] = FieldSet(_STATUS), FieldSet(_NOT_STATUS)
    yield (
        "kept: update, a new small custom resource",
        lambda: with_managers(small, update_managed(None, Managers(), small, **known)),
    )
    before: Any = freeze(second)
    owners = managers_of(before)
    owners = update_managed(before, owners, before, **of_status)
    after: Any = freeze(third)
    yield (
        "kept: update, its status",
        lambda: with_managers(after, update_managed(before, owners, after, **of_status)),
    )


def _kept(
    live: Any, wanted: dict[str, Any], how: dict[str, Any]
) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Yield what a store does with a Deployment."""
    stored: Any = freeze(live)
    owners = managers_of(stored)
    for _ in range(3):  # what is applied again is remembered
        _, owners = apply_managed(stored, owners, wanted, **how)
    yield (
        "kept: apply, an unchanged Deployment",
        lambda: apply_managed(stored, owners, wanted, **how),
    )
    yield (
        "kept: apply, the same to an object that was written since",
        lambda: apply_managed({**stored}, owners, wanted, **how),
    )
    yield (
        "kept: apply, a new Deployment",
        lambda: with_managers(*apply_managed(None, Managers(), wanted, **how)),
    )
    changed = _copied(wanted)
    changed["spec"]["template"]["spec"]["containers"][0]["image"] = "registry.example.com/web:2"
    yield (
        "kept: apply, another image",
        lambda: with_managers(*apply_managed(stored, owners, changed, **how)),
    )
    new: Any = freeze(defaulted(_copied(wanted)))
    yield (
        "kept: update, a new Deployment",
        lambda: with_managers(new, update_managed(None, Managers(), new, **how)),
    )


def timed(sides: list[Callable[[], Any]], rounds: int, repeat: int) -> list[float]:
    """Return the least time of one call of each, all of them in turns. Units: microseconds."""
    best = [float("inf")] * len(sides)
    for _ in range(rounds):
        for number, side in enumerate(sides):
            side()
            gc.collect()
            gc.disable()
            start = time.perf_counter()
            for _ in range(repeat):
                side()
            best[number] = min(best[number], (time.perf_counter() - start) / repeat)
            gc.enable()
    return [each * 1e6 for each in best]


def main() -> None:
    """Print a table of what each call costs, in the build that is in use."""
    parser = argparse.ArgumentParser(prog="benchmarks.apply", description=__doc__)
    parser.add_argument("--rounds", type=int, default=25)
    parser.add_argument("--repeat", type=int, default=50)
    arguments = parser.parse_args()
    print(f"the {BUILD} build\n\n| call | us | goal |\n|---|--:|--:|")
    names, sides = zip(*rows(), strict=True)
    took = timed(list(sides), arguments.rounds, arguments.repeat)
    for name, each in zip(names, took, strict=True):
        goal = GOALS.get(name)
        shown = "" if goal is None else str(goal if BUILD == "compiled" else 6 * goal)
        print(f"| {name} | {each:.1f} | {shown} |")


if __name__ == "__main__":
    main()
