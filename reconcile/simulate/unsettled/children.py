"""Which desired children are written again and again, because they never become what is desired.

1. What the server makes of them is known from `reconcile.kinds.loops`; where that knows nothing,
   what is desired is compared with what was observed.
2. A remedy that shows a value is dropped where the value may be one of the object.

Source: rules 1.32, 1.37, 1.40, 4.20 and 4.F of Metacontroller 4.17.2, as recorded.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from reconcile.errors import PointerError, ReconcileError
from reconcile.kinds.settling import loops
from reconcile.objects.names import LAST_APPLIED
from reconcile.simulate.unsettled.rows import (
    Asked,
    Field,
    Seen,
    Writes,
    described,
    identity,
    metadata_of,
)
from reconcile.value.pointer import escape, resolve

if TYPE_CHECKING:
    from reconcile.kinds._loop import Apply, Loop
    from reconcile.simulate.cluster import Cluster
    from reconcile.value.types import Json, JsonObject

__all__ = ["ECHOED", "LEAVE", "OWN", "desired_loops", "has", "looped", "other_than_stored"]

OWN: Final = (
    "managedFields",
    "resourceVersion",
    "generation",
    "uid",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "selfLink",
)
"""Metadata that is the server's."""
ECHOED: Final = "is desired as it was observed, and another after every write (rule 1.40)"
LEAVE: Final = "do not answer with observed objects; desire only what the rules set"


def looped(cluster: Cluster, found: Seen, asked: Asked, child: JsonObject) -> Iterator[Field]:
    """Yield what is wrong with a child that is written again and again."""
    served = cluster.server.catalogue.find_kind(
        str(child.get("apiVersion")), str(child.get("kind"))
    )
    if served is None:
        return
    about, by = described(child), (asked.controller,)
    metadata = metadata_of(child)
    home = str(metadata.get("namespace") or "") if served.served.namespaced else ""
    name = metadata.get("name") or f"{metadata.get('generateName') or ''}*"
    writes = found.written.get(f"{served.served.plural}/{home}/{name}")
    if writes is None or len(writes.accepted) < 3 or len(writes.writers) > 1 or _idle(writes):
        return
    if not metadata.get("name"):
        reason = "makes another object at every sync (rule 1.32)"
        yield Field(about, "/metadata/generateName", by, reason, "give the child a name of its own")
        return
    declared = _declared(asked, child)
    if declared is not None:
        reason = (
            "is another version than the controller declares, so the child is never found, and is "
            "deleted and made again (rule 1.37)"
        )
        remedy = f"desire it in {declared}, or declare the version that is desired"
        yield Field(about, "/apiVersion", by, reason, remedy)
        return
    both = (*by, "the server")
    known = [
        Field(about, loop.pointer, both, *_told(loop)) for loop in desired_loops(cluster, child)
    ]
    yield from known
    if writes.remade:
        pointers = [] if known else _differing(found, child)
        reason = "is stored otherwise than it is desired, and Recreate makes the child anew"
        for pointer in pointers:
            yield Field(about, pointer, both, f"{reason} (rule 4.20)", "desire it as it is stored")
        remedy = "settle the fields above, or use InPlace"
        if not known and not pointers:
            remedy = "compare what is desired with what is stored (`calls`), or use InPlace"
        yield Field(
            about, "(the whole object)", by, "is deleted and created again and again", remedy
        )


def _told(loop: Loop) -> tuple[str, str]:
    """Return why a loop goes on and what helps, with the rule of echoes."""
    if loop.pointer.removeprefix("/metadata/") in OWN:
        return ECHOED, LEAVE
    return loop.reason, loop.remedy


def _idle(writes: Writes) -> bool:
    """Return whether the last writes of an object changed nothing."""
    if writes.remade or {row.verb for row in writes.accepted[-3:]} != {"update"}:
        return False
    versions = [
        metadata_of(body).get("resourceVersion") for _, body in writes.bodies("update")[-2:]
    ]
    return len(versions) == 2 and versions[0] == versions[1]


def _declared(asked: Asked, child: JsonObject) -> str | None:
    """Return the apiVersion in which a kind is declared, None if it is that of the child."""
    group, _, _ = str(child.get("apiVersion")).rpartition("/")
    for name in asked.groups:
        kind, _, api_version = name.partition(".")
        same = kind == child.get("kind") and api_version.rpartition("/")[0] == group
        if same and api_version == child.get("apiVersion"):
            return None
        if same:
            return api_version
    return None


def desired_loops(cluster: Cluster, child: JsonObject) -> list[Loop]:
    """Return what the server makes of a desired child, without what may be a value of it."""
    apply: Apply = "server-side" if cluster.server_side else "dynamic"
    try:
        found = loops(cluster.server.catalogue.kinds, child, apply=apply)
    except ReconcileError:
        return []
    return [loop for loop in found if not ("`" in loop.remedy and has(child, loop.pointer))]


def has(child: JsonObject, pointer: str) -> bool:
    """Return whether an object has a field."""
    try:
        resolve(child, pointer)
    except PointerError:
        return False
    return True


def _differing(found: Seen, child: JsonObject) -> list[str]:
    """Return where a child was stored otherwise than it is desired, at one time or another."""
    copies = found.observed.get(f"{child.get('apiVersion')}/{identity(child)}", [])
    return list(dict.fromkeys(at for copy in copies for at in other_than_stored(child, copy)))


def other_than_stored(desired: JsonObject, observed: JsonObject) -> Iterator[str]:
    """Yield where fields are desired that are stored otherwise, or not at all."""
    for name, value in desired.items():
        if name == "metadata" and isinstance(value, dict):
            held = observed.get("metadata")
            about = held if isinstance(held, dict) else {}
            for key, item in value.items():
                if key not in OWN:
                    yield from _others(item, about.get(key), f"/metadata/{escape(key)}")
        elif name not in ("status", "apiVersion", "kind"):
            yield from _others(value, observed.get(name), f"/{escape(name)}")


def _others(desired: Json, observed: Json, pointer: str) -> Iterator[str]:
    if pointer.endswith(escape(LAST_APPLIED)):
        return
    if isinstance(desired, dict) and isinstance(observed, dict):
        for name, value in desired.items():
            below = f"{pointer}/{escape(name)}"
            if name in observed:
                yield from _others(value, observed[name], below)
            else:
                yield below
    elif isinstance(desired, list) and isinstance(observed, list):
        if len(desired) != len(observed):
            yield pointer
            return
        for place, pair in enumerate(zip(desired, observed, strict=True)):
            yield from _others(*pair, f"{pointer}/{place}")
    elif type(desired) is not type(observed) or desired != observed:
        yield pointer
