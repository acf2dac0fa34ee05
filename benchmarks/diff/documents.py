"""The documents that are compared, and what is changed in them. All of it is deterministic."""

from __future__ import annotations

import base64
import gzip
import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

__all__ = ["PAIRS", "Document", "deep", "documents", "pair", "shuffled"]

SUITE = Path(__file__).resolve().parents[3] / "shared" / "suites" / "kube-prometheus"


@dataclass(frozen=True)
class Document:
    """A document by name, as bytes, and where the list stands whose items come, go and move."""

    name: str
    body: bytes
    items: tuple[str | int, ...]

    def parsed(self) -> Any:
        """Return the document, sharing nothing with what was parsed before."""
        return orjson.loads(self.body)


def _pod(number: int, containers: int = 3) -> dict[str, Any]:
    env = [{"name": f"VARIABLE_{i}", "value": f"value-{number}-{i}"} for i in range(20)]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": f"pod-{number}",
            "namespace": "shop",
            "uid": f"00000000-0000-0000-0000-{number:012}",
            "resourceVersion": str(1000 + number),
            "labels": {"app": "web", "tier": "front", "release": f"r{number % 7}"},
        },
        "spec": {
            "nodeName": f"node-{number % 50}",
            "containers": [
                {
                    "name": f"c{index}",
                    "image": f"registry.example.com/web/c{index}:1.{number}",
                    "env": env,
                    "ports": [{"containerPort": 8000 + i, "protocol": "TCP"} for i in range(3)],
                    "resources": {"limits": {"cpu": "500m", "memory": "256Mi"}},
                    "volumeMounts": [{"name": f"v{i}", "mountPath": f"/v/{i}"} for i in range(5)],
                }
                for index in range(containers)
            ],
            "tolerations": [
                {"operator": "Exists", "effect": e} for e in ("NoSchedule", "NoExecute")
            ],
        },
        "status": {"phase": "Running", "podIP": f"10.0.{number // 250}.{number % 250}"},
    }


def _service() -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "web", "namespace": "shop", "labels": {"app": "web"}},
        "spec": {
            "selector": {"app": "web"},
            "ports": [{"name": f"p{i}", "port": 80 + i, "targetPort": 8080 + i} for i in range(4)],
            "type": "ClusterIP",
        },
    }


def documents(*, large: bool = True) -> Iterator[Document]:
    """Yield the corpus, what the suite of kube-prometheus holds included where it is here."""

    def made(name: str, value: Any, *items: str | int) -> Document:
        return Document(name, orjson.dumps(value), items)

    yield made("Service", _service(), "spec", "ports")
    yield made("Pod", _pod(1), "spec", "containers")
    deployment = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}}
    spec = {"replicas": 2, "template": {"spec": _pod(1, 8)["spec"]}}
    path = ("spec", "template", "spec", "containers")
    yield made("Deployment", {**deployment, "spec": spec}, *path)
    blob = base64.b64encode(random.Random(1).randbytes(700_000)).decode()
    release = {"kind": "Secret", "metadata": {"name": "r"}, "data": {"release": blob}, "l": [1, 2]}
    yield made("Helm release", release, "l")
    texts = {f"file-{i}.json": json.dumps(_pod(i), indent=1) for i in range(40)}
    yield made("ConfigMap", {"kind": "ConfigMap", "data": texts, "l": [1, 2, 3]}, "l")
    for count in (100, 1000) if large else (100,):
        children = [_pod(number) for number in range(count)]
        yield made(f"{count} Pods", {"children": children}, "children")
    if not SUITE.exists():
        return
    with gzip.open(SUITE / "v0.14.0.jsonl.gz", "rt") as file:
        found = [json.loads(line) for line in file]
    objects = sorted((row.get("object", row) for row in found), key=lambda o: len(orjson.dumps(o)))
    rules = [o for o in objects if o["kind"] == "PrometheusRule"][-1]
    crd = [o for o in objects if o["kind"] == "CustomResourceDefinition"][-2]
    yield made("PrometheusRule", rules, "spec", "groups", 0, "rules")
    names = ("spec", "versions", 0, "additionalPrinterColumns")
    yield made("CRD", crd, *names)
    yield made("kube-prometheus", {"items": objects}, "items")


def _leaves(value: Any) -> Iterator[tuple[Any, Any]]:
    for key, item in value.items() if isinstance(value, dict) else enumerate(value):
        if isinstance(item, (dict, list)):
            yield from _leaves(item)
        else:
            yield value, key


def _changed(document: Any, share: float) -> None:
    """Change a share of the leaves, at least one."""
    leaves = list(_leaves(document))
    for holder, key in random.Random(3).sample(leaves, max(1, int(len(leaves) * share))):
        held = holder[key]
        holder[key] = f"{held[:50]}x" if isinstance(held, str) else "changed"


def _listed(change: Callable[[list[Any]], None]) -> Callable[[Any, Document], None]:
    def apply(value: Any, document: Document) -> None:
        for part in document.items:
            value = value[part]
        change(value)

    return apply


PAIRS: dict[str, Callable[[Any, Document], None]] = {
    "equal": lambda _value, _document: None,
    "one leaf": lambda value, _document: _changed(value, 0),
    "1 %": lambda value, _document: _changed(value, 0.01),
    "10 %": lambda value, _document: _changed(value, 0.1),
    "100 %": lambda value, _document: _changed(value, 1),
    "insert head": _listed(lambda items: items.insert(0, _fresh(items[0]))),
    "insert middle": _listed(lambda items: items.insert(len(items) // 2, _fresh(items[0]))),
    "delete": _listed(lambda items: items.__delitem__(len(items) // 3)),
    "reorder": _listed(lambda items: items.reverse()),
}
"""What is changed, by name."""


def _fresh(item: Any) -> Any:
    copy = orjson.loads(orjson.dumps(item))
    if isinstance(copy, dict):
        inner = copy.get("metadata", copy)
        inner["name"] = "fresh"
        if "uid" in inner:
            inner["uid"] = "fresh"
        return copy
    return "fresh" if isinstance(copy, str) else 77


def pair(document: Document, name: str) -> tuple[Any, Any]:
    """Return both sides, each parsed from bytes of its own."""
    after = document.parsed()
    PAIRS[name](after, document)
    return document.parsed(), orjson.loads(orjson.dumps(after))


def shuffled(kind: str) -> tuple[Any, Any]:
    """Return 5000 objects or strings, and the same in another order."""
    items: list[Any] = (
        [{"name": f"n{i}", "v": i} for i in range(5000)]
        if kind == "objects"
        else [f"text {i}" for i in range(5000)]
    )
    after = orjson.loads(orjson.dumps(items))
    random.Random(1).shuffle(after)
    return items, after


def deep(shape: str, leaf: int, levels: int = 10_000) -> Any:
    """Return a document nested to many levels."""
    value: Any = leaf
    for level in range(levels):
        match shape:
            case "objects":
                value = {"a": value}
            case "lists":
                value = [value]
            case "pairs":
                value = [leaf, value]
            case _:
                value = {"a": [value, 1]} if level % 2 else [value, {"b": 1}]
    return value
