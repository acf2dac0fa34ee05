"""Which fields are written again and again, by whom and why.

1. What is wrong with desired children comes first (`unsettled_children`); what else the writes
   differ in is compared, one write with the next.
2. Writes that change nothing, as they come with each sync of some children, keep nothing going and
   are not told.

Source: the loops of Metacontroller 4.17.2 that recordings show; their rules are named by number.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from reconcile.diff import diff
from reconcile.objects.names import LAST_APPLIED
from reconcile.simulate.unsettled.children import ECHOED, LEAVE, OWN, looped
from reconcile.simulate.unsettled.rows import (
    Asked,
    Field,
    Seen,
    Writes,
    described,
    metadata_of,
    read,
)
from reconcile.value.pointer import escape

if TYPE_CHECKING:
    from reconcile.simulate.cluster import Cluster
    from reconcile.value.types import JsonObject

__all__ = ["repeated"]

_ONCE: Final = "make it a function of what is observed; draw what is random once (`once`)"
_OWNER: Final = "let one controller own the object"
_TOO_MANY: Final = 429


def repeated(cluster: Cluster, found: Seen) -> list[Field]:
    """Return what keeps a cluster going: the nearest reason of each field first."""
    made: list[Field] = []
    for asked in found.asked.values():
        made += _hooks(asked)
        for child in asked.children:
            made += looped(cluster, found, asked, child)
    for writes in found.written.values():
        if len(writes.accepted) > 2:
            made += [*_statuses(writes), *_updates(writes), *_applied(writes), *_shared(writes)]
    return made


def _hooks(asked: Asked) -> Iterator[Field]:
    """Yield a hook that is asked again at once, because it says so (rule 2.6)."""
    if asked.codes[-3:] == (_TOO_MANY,) * 3:
        reason = "answers 429 without a Retry-After in whole seconds, and is asked again at once"
        remedy = "send Retry-After, or answer with resyncAfterSeconds"
        yield Field(
            described(asked.parent),
            "(the hook)",
            (asked.controller,),
            f"{reason} (rule 2.6)",
            remedy,
        )


def _statuses(writes: Writes) -> Iterator[Field]:
    bodies = writes.bodies("update", status=True)[-2:]
    if len(bodies) < 2:
        return
    writers = tuple(dict.fromkeys(who for who, _ in writes.bodies("update", status=True)[-6:]))
    (_, before), (_, after) = bodies
    for pointer in _moved({"status": before.get("status")}, {"status": after.get("status")}):
        if pointer == "/status/observedGeneration":
            continue
        reason = "is another at every sync (rule 7.9)"
        remedy = (
            "make the status a function of the spec and of what is observed, not of the status "
            "before; or set ignoreStatusChanges"
        )
        if len(writers) > 1:
            reason = "is written by two controllers, each of which replaces the whole status"
            remedy = "let one controller write the status"
        yield Field(described(after), pointer, writers, reason, remedy)


def _updates(writes: Writes) -> Iterator[Field]:
    bodies = writes.bodies("update")[-2:]
    if len(bodies) < 2:
        return
    (_, before), (_, after) = bodies
    about, writers = described(after), writes.writers
    pointers = list(_moved(before, after))
    if any(pointer.startswith("/metadata/finalizers") for pointer in pointers):
        reason = "is taken off and put on again (rule 1.27)"
        remedy = "answer finalized only from the finalize hook"
        yield Field(about, "/metadata/finalizers", writers, reason, remedy)
        return
    for pointer in pointers:
        if pointer.removeprefix("/metadata/").partition("/")[0] in OWN or (
            pointer.startswith("/status") and writes.bodies("update", status=True)
        ):
            continue
        if pointer.endswith(escape(LAST_APPLIED)):
            yield from _echoes(before, after, about, writers)
        elif len(writers) > 1:
            reason = "is written by two controllers that want different values"
            yield Field(about, pointer, writers, reason, _OWNER)
        else:
            yield Field(about, pointer, writers, "is another at every write", _ONCE)


def _echoes(
    before: JsonObject, after: JsonObject, about: str, writers: tuple[str, ...]
) -> Iterator[Field]:
    """Yield what is desired that the server alone decides (rule 1.40)."""
    for pointer in _moved(read(_last_applied(before)), read(_last_applied(after))):
        if pointer.removeprefix("/metadata/").partition("/")[0] in OWN:
            place = "/".join(pointer.split("/")[:3])
            yield Field(about, place, (*writers, "the server"), ECHOED, LEAVE)


def _last_applied(document: JsonObject) -> str:
    annotations = metadata_of(document).get("annotations")
    return str(annotations.get(LAST_APPLIED) or "") if isinstance(annotations, dict) else ""


def _applied(writes: Writes) -> Iterator[Field]:
    """Yield what differs between the last applications of an object."""
    bodies = writes.bodies("patch")[-2:]
    if len(bodies) < 2 or writes.remade:
        return
    (_, before), (_, after) = bodies
    about, writers = described(after), writes.writers
    pointers = _moved(before, after)
    if any(pointer.startswith("/metadata/ownerReferences") for pointer in pointers):
        reason = "is taken by one parent from another in turn (rule 5.10)"
        remedy = "give the children of each parent names of their own"
        yield Field(about, "/metadata/ownerReferences", writers, reason, remedy)
        return
    for pointer in pointers:
        if len(writers) > 1:
            reason = (
                "is applied by two controllers with one field manager, so that each takes off what "
                "the other put on (rule 5.10)"
            )
            yield Field(about, pointer, writers, reason, "give the objects different names")
        else:
            reason = "is another at every application (rule 5.13)"
            yield Field(about, pointer, writers, reason, _ONCE)


def _shared(writes: Writes) -> Iterator[Field]:
    """Yield an object that one controller creates and another deletes."""
    made = [*writes.bodies("create"), *writes.bodies("patch")]
    if len(made) < 2 or len(writes.writers) < 2 or not writes.remade:
        return
    reason = "is created by one controller and deleted by another (rule 3.19)"
    remedy = "give the controllers different kinds of children, or selectors of their own"
    yield Field(described(made[-1][1]), "(the whole object)", writes.writers, reason, remedy)


def _moved(before: JsonObject, after: JsonObject) -> Sequence[str]:
    """Return where two objects differ; absent, null and empty are the same here."""
    return [
        operation.path
        for operation in diff(_filled(before), _filled(after))
        if operation.op != "test"
    ]


def _filled(document: JsonObject) -> JsonObject:
    made: JsonObject = {}
    for name, value in document.items():
        kept = _filled(value) if isinstance(value, dict) else value
        if kept not in ({}, [], None):
            made[name] = kept
    return made
