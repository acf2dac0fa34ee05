"""A picture of what belongs to whom: parents, their children, the children of those.

1. An object stands below its controller, or below the first of its owners that is there. A volume
   stands below the claim that it is bound to. Related objects stand below the parent whose hook was
   shown them last, marked as such.
2. What is known of an object is said in a few words: ready or why not, deleted and what holds it,
   a status that is older than the spec, an orphan. Readiness is what `reconcile.ready` goes by.
3. The order is that of kinds and names, with parents first. No text holds a value of an object.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, TypeAlias, cast

from reconcile.objects.gvk import Gvk
from reconcile.objects.names import LAST_APPLIED
from reconcile.objects.ref import Ref
from reconcile.rules.readiness import SIGNS, unready
from reconcile.simulate.metacontroller.process import HookCalled
from reconcile.simulate.pictures.scenery import objects

if TYPE_CHECKING:
    from reconcile.simulate.cluster import Cluster
    from reconcile.value.types import JsonObject

__all__ = ["Link", "Mood", "Node", "State", "named", "roots", "tree"]

Link: TypeAlias = Literal["", "owned", "volume", "related"]
"""Why a node stands below another; empty for those that stand below none."""
Mood: TypeAlias = Literal["good", "bad", "going", "plain"]
"""How a state is to be taken."""

_CLAIM: Final = Gvk("v1", "PersistentVolumeClaim")


class State(NamedTuple):
    """Something that is known of an object, as `ready`."""

    text: str
    mood: Mood


class Node(NamedTuple):
    """An object and what stands below it."""

    ref: Ref
    link: Link
    states: tuple[State, ...]
    below: tuple[Node, ...]


def tree(cluster: Cluster) -> str:
    """Return the objects of a cluster as a tree, in lines: what `Cluster.tree` returns.

    Guarantees: as of `roots`; the empty text if there is no object.
    """
    lines: list[str] = []
    for node in roots(cluster):
        lines.append(_line(node, None))
        lines += _below(node, "")
    return "\n".join(lines)


def roots(cluster: Cluster) -> tuple[Node, ...]:
    """Return the objects that belong to nobody, each with what belongs to it.

    Guarantees: the same for equal clusters; each object is there once, beside where it is related.
    Cost: linear in the number of objects and of hook calls.
    """
    known = dict(objects(cluster))
    by_uid = {str(_about(document).get("uid")): ref for ref, document in known.items()}
    below: dict[Ref, list[Ref]] = {}
    alone: list[Ref] = []
    for ref, document in known.items():
        owner = _owner(document, by_uid)
        if owner is None:
            owner = _claim(document, known)
        if owner is None:
            alone.append(ref)
        else:
            below.setdefault(owner, []).append(ref)
    making = _Making(known, by_uid, below, _related(cluster), set())
    synced = {moment.synced.partition("|")[2] for moment, _ in cluster.told if moment.synced}
    alone.sort(key=lambda ref: (_key(ref) not in synced, ref not in below))
    made = [making.node(ref, "") for ref in alone]
    # Objects that own each other in a circle stand below nobody: the first of them begins it.
    made += [making.node(ref, "") for ref in known if ref not in making.done]
    return tuple(made)


def _key(ref: Ref) -> str:
    """Return how an object is called where syncs are remembered."""
    place = f"{ref.namespace}/{ref.name}" if ref.namespace else ref.name
    return f"{ref.gvk.group}/{ref.gvk.kind}/{place}"


class _Making(NamedTuple):
    known: Mapping[Ref, JsonObject]
    by_uid: Mapping[str, Ref]
    below: Mapping[Ref, Sequence[Ref]]
    related: Mapping[Ref, Sequence[Ref]]
    done: set[Ref]

    def node(self, ref: Ref, link: Link) -> Node:
        states = tuple(_states(self.known[ref], self.by_uid))
        if link == "related":
            return Node(ref, link, states, ())
        self.done.add(ref)
        made = [
            self.node(each, _link(each))
            for each in self.below.get(ref, ())
            if each not in self.done
        ]
        made += [
            self.node(each, "related") for each in self.related.get(ref, ()) if each in self.known
        ]
        return Node(ref, link, states, tuple(made))


def _link(ref: Ref) -> Link:
    return "volume" if ref.gvk.kind == "PersistentVolume" else "owned"


def _part(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = document.get(name)
    return cast("Mapping[str, Any]", found if isinstance(found, dict) else {})


def _about(document: Mapping[str, Any]) -> Mapping[str, Any]:
    return _part(document, "metadata")


def _owners(document: JsonObject) -> list[Mapping[str, Any]]:
    found = cast("list[Mapping[str, Any]]", _about(document).get("ownerReferences") or [])
    return sorted(found, key=lambda owner: owner.get("controller") is not True)


def _owner(document: JsonObject, by_uid: Mapping[str, Ref]) -> Ref | None:
    """Return below what an object stands: its controller, or another owner that is there."""
    uids = (str(owner.get("uid")) for owner in _owners(document))
    return next((by_uid[uid] for uid in uids if uid in by_uid), None)


def _claim(document: JsonObject, known: Mapping[Ref, JsonObject]) -> Ref | None:
    """Return the claim that a volume is bound to."""
    if document.get("kind") != "PersistentVolume":
        return None
    bound = _part(_part(document, "spec"), "claimRef")
    ref = Ref(_CLAIM, str(bound.get("namespace")), str(bound.get("name")))
    return ref if ref in known else None


def _related(cluster: Cluster) -> dict[Ref, list[Ref]]:
    """Return the parents that hooks were called about, each with what was related at last."""
    last: dict[str, bytes] = {}
    for moment, row in cluster.told:
        if isinstance(row, HookCalled) and row.hook != "customize" and moment.synced:
            last[moment.synced] = row.called.call.body
    made: dict[Ref, list[Ref]] = {}
    for body in last.values():
        request = cast("JsonObject", json.loads(body))
        parent = _part(request, "parent") or _part(request, "object")
        if not parent:
            continue
        related = {
            Ref.of(each): None
            for group in _part(request, "related").values()
            for each in cast("Mapping[str, JsonObject]", group or {}).values()
        }
        made[Ref.of(parent)] = sorted({**dict.fromkeys(made.get(Ref.of(parent), ())), **related})
    return made


# -- what is known of an object --------------------------------------------------------------------


def _states(document: JsonObject, by_uid: Mapping[str, Ref]) -> Iterator[State]:
    about = _about(document)
    seen = _part(document, "status").get("observedGeneration")
    generation = about.get("generation")
    late = isinstance(seen, int) and isinstance(generation, int) and seen != generation
    if about.get("deletionTimestamp"):
        held = ", ".join(str(each) for each in about.get("finalizers") or ())
        yield State(f"deleting, held by {held}" if held else "deleting", "going")
    elif not late and _tells(document):
        why = unready(document)
        yield State("ready", "good") if why is None else State(f"unready: {why}", "bad")
    if late:
        yield State(f"generation {generation}, observed {seen}", "bad")
    owners = _owners(document)
    if owners and not any(str(owner.get("uid")) in by_uid for owner in owners):
        names = " and ".join(f"{owner.get('kind')} {owner.get('name')}" for owner in owners)
        yield State(f"its owner {names} is gone", "bad")
    elif not owners and _is_child(about):
        yield State("orphan", "bad")
    also = [owner for owner in owners if str(owner.get("uid")) in by_uid][1:]
    if also:
        names = " and ".join(f"{owner.get('kind')} {owner.get('name')}" for owner in also)
        yield State(f"also of {names}", "plain")


def _tells(document: JsonObject) -> bool:
    """Return whether an object says whether it is ready."""
    kind = (str(document.get("apiVersion")), str(document.get("kind")))
    if kind == ("v1", "Service"):
        return _part(document, "spec").get("type") == "LoadBalancer"
    if kind in SIGNS:
        return True
    conditions = _part(document, "status").get("conditions")
    return isinstance(conditions, list) and any(
        isinstance(each, dict) and cast("JsonObject", each).get("type") == "Ready"
        for each in cast("list[object]", conditions)
    )


def _is_child(about: Mapping[str, Any]) -> bool:
    """Return whether Metacontroller wrote an object as a child."""
    if LAST_APPLIED in (about.get("annotations") or {}):
        return True
    return any(
        each.get("manager") == "metacontroller" and each.get("operation") == "Apply"
        for each in about.get("managedFields") or ()
    )


# -- lines -----------------------------------------------------------------------------------------


def _below(node: Node, indent: str) -> Iterator[str]:
    for place, each in enumerate(node.below):
        is_last = place == len(node.below) - 1
        yield f"{indent}{'└── ' if is_last else '├── '}{_line(each, node.ref)}"
        yield from _below(each, f"{indent}{'    ' if is_last else '│   '}")


def _line(node: Node, above: Ref | None) -> str:
    told = [each.text for each in node.states]
    if node.link == "related":
        told.insert(0, "related")
    return "  ".join((named(node.ref, above), *_bracketed(told)))


def _bracketed(told: Iterable[str]) -> Iterator[str]:
    text = "; ".join(told)
    if text:
        yield f"({text})"


def named(ref: Ref, above: Ref | None) -> str:
    """Return how an object is called below another: without the namespace that both are in."""
    if above is not None and ref.namespace == above.namespace:
        return f"{ref.gvk.kind} {ref.name}"
    return str(ref)
