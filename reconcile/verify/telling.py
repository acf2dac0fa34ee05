"""What a cluster holds and what happened in it, for people: a timeline and a tree of owners.

1. What every cluster has is left out: how it was set up, Metacontroller's own objects, Events, and
   what the built-in controllers put into each namespace.
2. No text holds a value of an object, but for the truth of its conditions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

from reconcile.simulate.api_server import ApiServer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from reconcile.simulate.cluster import Cluster
    from reconcile.value.types import JsonObject

__all__ = ["objects_of", "timeline", "tree"]

_LINES: Final = 60
"""Of a timeline, the last ones."""
_PERIOD: Final = 8
"""Lines of the longest loop that is told once."""
_APART: Final = frozenset({"Event", "Lease", "CustomResourceDefinition"})
_OWN_GROUP: Final = "metacontroller.k8s.io/"
_EVERYWHERE: Final = frozenset({("ConfigMap", "kube-root-ca.crt"), ("ServiceAccount", "default")})


def objects_of(cluster: Cluster) -> list[JsonObject]:
    """Return the objects that users and controllers made, read-only, by kind and place."""
    server = cluster.server
    bare = {key for key, _ in ApiServer().world.objects.items()}
    found: list[JsonObject] = []
    for key, stored in server.world.objects.items():
        document = stored.document
        kind, metadata = str(document["kind"]), stored.metadata
        if (
            key in bare
            or kind in _APART
            or str(document["apiVersion"]).startswith(_OWN_GROUP)
            or (kind, metadata["name"]) in _EVERYWHERE
            or (kind == "Namespace" and metadata["name"] == cluster.namespace)
        ):
            continue
        found.append(document)
    return sorted(found, key=_place)


def timeline(cluster: Cluster, since: int = 0) -> str:
    """Return who changed what, a line for each write after a version, the last 60 of them.

    Shape: lines that come again and again are told once, with how often.
    """
    lines = _folded(
        [
            str(change)
            for change in cluster.history
            if change.version > since and change.ref.gvk.kind not in ("Event", "Lease")
        ]
    )
    before = [f"({len(lines) - _LINES} lines before)"] if len(lines) > _LINES else []
    lines = before + lines[-_LINES:]
    lines += [f"defect of Metacontroller: {finding}" for finding in cluster.findings]
    return "\n".join(lines or ["nothing was written"])


def _folded(lines: Sequence[str]) -> list[str]:
    """Return lines with what is there three times or more, one after the other, told once."""
    made: list[str] = []
    at = 0
    while at < len(lines):
        for size in range(1, _PERIOD + 1):
            times = 1
            while lines[at : at + size] == lines[at + times * size : at + (times + 1) * size]:
                times += 1
            if times > 2:
                made += lines[at : at + size]
                which = "this" if size == 1 else f"these {size}"
                made.append(f"    ({which}, {times} times)")
                at += times * size
                break
        else:
            made.append(lines[at])
            at += 1
    return made


def tree(cluster: Cluster) -> str:
    """Return the objects of a cluster, each below its owner."""
    found = objects_of(cluster)
    known = {_uid(document) for document in found}
    below: dict[str, list[JsonObject]] = {}
    tops: list[JsonObject] = []
    for document in found:
        owner = _owner(document)
        if owner in known:
            below.setdefault(owner, []).append(document)
        else:
            tops.append(document)
    lines: list[str] = []
    for document in tops:
        lines.append(_line(document))
        lines += _branches(below, _uid(document), "", frozenset())
    return "\n".join(lines or ["nothing is there"])


def _branches(
    below: Mapping[str, Sequence[JsonObject]], uid: str, stem: str, above: frozenset[str]
) -> Iterator[str]:
    """Yield the lines below an object; whoever owns himself is shown once."""
    owned = below.get(uid, ()) if uid not in above else ()
    for at, document in enumerate(owned, 1):
        last = at == len(owned)
        yield stem + ("└── " if last else "├── ") + _line(document)
        inner = stem + ("    " if last else "│   ")
        yield from _branches(below, _uid(document), inner, above | {uid})


def _line(document: JsonObject) -> str:
    kind, namespace, name = _place(document)
    told = [f"{kind} {namespace}/{name}" if namespace else f"{kind} {name}"]
    if _metadata(document).get("deletionTimestamp"):
        told.append("being deleted")
    status = document.get("status")
    held = cast("Mapping[str, Any]", status if isinstance(status, dict) else {}).get("conditions")
    conditions = cast("Sequence[Any]", held if isinstance(held, list) else ())
    told += [
        f"{each.get('type')}={each.get('status')}"
        for each in (
            cast("Mapping[str, Any]", item) for item in conditions if isinstance(item, dict)
        )
    ]
    return "  ".join(told)


def _place(document: JsonObject) -> tuple[str, str, str]:
    metadata = _metadata(document)
    return str(document["kind"]), str(metadata.get("namespace") or ""), str(metadata["name"])


def _metadata(document: JsonObject) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", document["metadata"])


def _uid(document: JsonObject) -> str:
    return str(_metadata(document).get("uid") or "")


def _owner(document: JsonObject) -> str:
    """Return the uid of who controls an object, or else of its first owner; "" for none."""
    owners: Sequence[Mapping[str, Any]] = _metadata(document).get("ownerReferences") or ()
    controlling = [each for each in owners if each.get("controller")] or owners[:1]
    return str(controlling[0].get("uid")) if controlling else ""
