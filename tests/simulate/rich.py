"""One scenario with much in it, whose bytes must be the same wherever it runs.

    python -m tests.simulate.rich

1. Three controllers (one of this library, which draws keys; one composite with a finalizer, related
   objects and a rollout; one decorator), both strategies, workloads, faults, a crash, a restart.
2. Prints the digest of history, calls, events and worlds for each strategy.
"""

from __future__ import annotations

import hashlib
import json
import sys
from typing import TYPE_CHECKING, Any

from examples.objectstore.controller import Objectstore, controller
from reconcile.objects.gvk import Gvk
from reconcile.simulate import Cluster
from reconcile.simulate.actors.catalogue import built_in
from reconcile.simulate.actors.kubelet import Kubelet
from reconcile.simulate.actors.provisioner import Provisioner
from reconcile.simulate.actors.scheduler import Scheduler
from reconcile.simulate.faults import On, Refused, Unanswered
from reconcile.simulate.go.json import encoded
from tests.simulate.scenes import CONFIG_MAP, THING, composite, decorator, definition, thing

if TYPE_CHECKING:
    from reconcile.kinds._loop import Apply

DEPLOYMENT = Gvk("apps/v1", "Deployment")
LABELS = {"app": "x"}


def _deployment(name: str, image: str) -> dict[str, Any]:
    template = {"metadata": {"labels": LABELS}, "spec": {"containers": [{"name": "c"}]}}
    template["spec"]["containers"][0]["image"] = image
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "labels": LABELS},
        "spec": {"replicas": 2, "selector": {"matchLabels": LABELS}, "template": template},
    }


def _sync(request: dict[str, Any]) -> dict[str, Any]:
    """Want two Deployments, and a Secret for each related ConfigMap."""
    spec, own = request["parent"]["spec"], request["parent"]["metadata"]["name"]
    related = sorted(request["related"].get("ConfigMap.v1", {}))
    secrets = [
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": f"{own}-{name}", "labels": LABELS},
            "stringData": {"a": name},
        }
        for name in related
    ]
    names = ("a", "b") if spec.get("two") else ("a",)
    children = [_deployment(f"{own}-{name}", spec["image"]) for name in names]
    seen = {
        name: child.get("status", {}).get("readyReplicas", 0)
        for name, child in request["children"]["Deployment.apps/v1"].items()
    }
    return {"status": {"ready": seen, "x": 1.5}, "children": [*children, *secrets]}


def _finalize(request: dict[str, Any]) -> dict[str, Any]:
    left = sum(len(group) for group in request["children"].values())
    return {"status": {"left": left}, "children": [], "finalized": not left}


def _customize(_: Any) -> dict[str, Any]:
    rule = {"apiVersion": "v1", "resource": "configmaps", "labelSelector": {"matchLabels": LABELS}}
    return {"relatedResources": [rule]}


def _decorate(request: dict[str, Any]) -> dict[str, Any]:
    about = request["object"]["metadata"]
    attachment = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": f"of-{about['name']}"},
        "data": {"generation": str(about.get("generation", 0)), "1.0": "ü<&>\u2028"},
    }
    return {"labels": {"seen": "yes"}, "attachments": [attachment], "resyncAfterSeconds": 45}


def scenario(apply: Apply, seed: int = 7) -> Cluster:
    """Return the cluster after everything has happened."""
    methods = (("apps/v1", "deployments", "RollingInPlace"), ("v1", "secrets", "InPlace"))
    cluster = Cluster(
        controller,
        composite(
            children=methods,
            generate=False,
            sync=_sync,
            finalize=_finalize,
            customize=_customize,
        )._replace(crds=(definition(),)),
        decorator(sync=_decorate),
        apply=apply,
        seed=seed,
        actors=[*built_in(), Scheduler(), Kubelet(ready="slow", seconds=5), Provisioner()],
    )
    cluster.create({**CONFIG, "metadata": {"name": "c", "labels": LABELS}})
    spec = {
        "selector": {"matchLabels": LABELS},
        "template": {"metadata": {"labels": LABELS}},
        "image": "i:1",
        "two": True,
    }
    cluster.create(Objectstore.of("store", spec={"storage": {"size": "1Gi"}}))
    for name in ("t1", "t2"):
        cluster.create(thing(name, **spec))
    cluster.settle(failures=True)
    cluster.advance(30)
    cluster.faults = (
        Refused(500, On("PUT", user="metacontroller"), times=2),
        Refused(409, On("PATCH", user="metacontroller")),
        Unanswered(On("POST", user="metacontroller")),
    )
    cluster.patch(THING, "t1", {"spec": {"image": "i:2"}})
    cluster.patch(Objectstore, "store", {"spec": {"image": {"tag": "2"}}})
    cluster.create({**CONFIG, "metadata": {"generateName": "d-", "labels": LABELS}})
    cluster.settle(failures=True)
    cluster.advance(60)
    cluster.delete(DEPLOYMENT, "t1-a")
    other = cluster.copy()
    other.delete(THING, "t2")
    other.settle(failures=True)
    cluster.crash()
    cluster.restart()
    cluster.delete(THING, "t1")
    cluster.delete(CONFIG_MAP, "c")
    cluster.settle(failures=True)
    cluster.advance(120)
    return cluster


CONFIG = {"apiVersion": "v1", "kind": "ConfigMap", "data": {"a": "b"}}


def told(cluster: Cluster) -> bytes:
    """Return all that a cluster tells of itself."""
    lines = [str(change) for change in cluster.history]
    lines += [str(change.diff) for change in cluster.history]
    lines += [
        repr((call.controller, call.hook, call.called.call.url, call.called.call.body))
        + repr(call.called.answer and (call.called.answer.status, call.called.answer.body))
        for call in cluster.calls
    ]
    lines += [json.dumps(event, sort_keys=True) for event in cluster.events]
    lines += [str(step) for step in cluster.steps()]
    world = cluster.server.world
    lines += [f"{key} {encoded(stored.document)!r}" for key, stored in world.objects.items()]
    lines.append(world.fingerprint().hex())
    return "\n".join(lines).encode()


def main() -> None:
    """Print a line for each strategy: digest, changes, calls."""
    for apply in ("dynamic", "server-side"):
        cluster = scenario(apply)
        digest = hashlib.sha256(told(cluster)).hexdigest()
        sys.stdout.write(f"{apply} {digest} {len(cluster.history)} {len(cluster.calls)}\n")


if __name__ == "__main__":
    main()
