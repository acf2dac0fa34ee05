"""Why syncs fail again and again: what the server refuses, what hooks answer.

1. Messages of servers, hooks and Metacontroller quote values of objects. So they are read for what
   kind of failure they tell of and which fields they name, and told anew.
2. A field that a message names is believed only if it is in what was sent, or directly in something
   that is.

Source: texts of Kubernetes 1.36.3 (k8s.io/apimachinery field errors) and of Metacontroller 4.17.2,
as recorded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, cast

from reconcile.errors import ReconcileError
from reconcile.simulate.unsettled.children import desired_loops, has, other_than_stored
from reconcile.simulate.unsettled.rows import Asked, Field, Seen, described, identity, metadata_of
from reconcile.value.pointer import escape

if TYPE_CHECKING:
    from reconcile.hook.reply import Failure
    from reconcile.simulate.cluster import Cluster
    from reconcile.simulate.metacontroller.client import Write
    from reconcile.value.types import JsonObject

__all__ = ["causes", "refusals"]

_HOOK: Final = (
    (r"unsupported status code: (\d{3})", "the hook answered {} instead of 200"),
    (
        r"can't unmarshal webhookResponse",
        (
            "the hook's answer cannot be read: it must be one JSON object whose fields have the "
            "right types (rules 1.20 to 1.25)"
        ),
    ),
    (
        r"strict validation failed",
        "the hook's answer has fields that strict decoding refuses: unknown or twice (rule 1.52)",
    ),
    (
        r"Client\.Timeout exceeded|context deadline exceeded",
        "the hook did not answer in time (Timeout exceeded, rule 2.3)",
    ),
    (r"http error", "the hook could not be asked: nothing answers at its address"),
    (
        r"don't match parent selector",
        "labels of a desired child do not match the parent's selector (rule 3.4)",
    ),
    (
        r"invalid labels on desired child",
        "labels of a desired child are no map of texts (rule 1.38)",
    ),
    (
        r"spec\.selector must have|can't get label selector",
        (
            "the parent has no `spec.selector`, and the controller does not set generateSelector "
            "(rule 3.2)"
        ),
    ),
    (r"hook nil//not defined", "the controller has no sync hook (rule 1.6)"),
    (
        r"can't reconcile ControllerRevisions",
        (
            "a ControllerRevision is refused; under rolling methods the parent must be in a "
            "namespace, and `spec.template.metadata.labels` must match its selector (rules 6.12 "
            "and 6.16)"
        ),
    ),
    (r"discovery: can't find", "a desired kind is not served (rule 1.24)"),
    (r"Cannot create new controller", "the controller cannot be started"),
    (r"name is required", "a desired child has no name (rule 1.32)"),
    (r"generation or UID changed during dry run", "a child cannot be recreated (rule 5.8)"),
    (
        r"can't reconcile children|can't update status|can't remove finalizer",
        "a write is refused",
    ),
)
_REMEDIES: Final = {
    "Required value": "give it a value",
    "Duplicate value": "let it differ from item to item",
    "Invalid value": "give it a value that the kind allows",
    "Unsupported value": "give it one of the values that the kind allows",
    "Forbidden": "leave it as it is stored, or delete the child and let it be made anew",
    "Too long": "make it shorter",
    "Too many": "leave some out",
    "Not found": "name something that is there",
}
_FAULT: Final = re.compile(
    r"([A-Za-z][\w.\-/]*(?:\[[\w.\-/]*\][\w.\-/]*)*): (" + "|".join(_REMEDIES) + ")"
)
_QUOTED: Final = re.compile(r'"(?:[^"\\]|\\.)*"')
_PARTS: Final = re.compile(r"[^.\[\]]+|\[[^\]]*\]")
_DRY: Final = "dryRun=All"


def causes(message: str, failure: Failure | None) -> str:
    """Return what a message tells of, in words of our own.

    Guarantees: of an exception of a hook only the type is told, unless it is of this library.
    """
    made = "something is refused"
    for pattern, text in _HOOK:
        found = re.search(pattern, message)
        if found is not None:
            made = text.format(*found.groups())
            break
    if failure is not None:
        name = type(failure.error).__name__
        told = f": {failure.error}" if isinstance(failure.error, ReconcileError) else ""
        made += f"\n  the hook raised {name}{told}\n "
    return made


def refusals(cluster: Cluster, found: Seen, controller: str) -> list[Field]:
    """Return the fields for whose sake the server refuses what a controller writes."""
    made: list[Field] = []
    for asked in found.asked.values():
        if asked.controller == controller:
            made += _unsendable(cluster, found, asked)
    for place, writes in found.written.items():
        who, row = writes.rows[-1]
        if row.code >= 300 and who == controller and isinstance(row.body, dict):
            made += _refused(cluster, found, place, row, who)
    return made


def _unsendable(cluster: Cluster, found: Seen, asked: Asked) -> Iterator[Field]:
    """Yield what Metacontroller itself refuses of desired children."""
    by = (asked.controller,)
    for child in asked.children:
        about = described(child)
        kind = cluster.server.catalogue.find_kind(
            str(child.get("apiVersion")), str(child.get("kind"))
        )
        if kind is None:
            yield Field(
                about,
                "/apiVersion",
                by,
                "is of a kind that is not served (rule 1.24)",
                "write an apiVersion and a kind that the cluster has",
            )
        elif cluster.server_side and not metadata_of(child).get("name"):
            yield Field(
                about,
                "/metadata/name",
                by,
                "is not there, and server-side apply needs one (rule 1.32)",
                "give the child a name of its own",
            )
        else:
            home, name = (metadata_of(child).get(part) for part in ("namespace", "name"))
            writes = found.written.get(f"{kind.served.plural}/{home or ''}/{name}")
            if writes is not None and _DRY in writes.rows[-1][1].uri:
                yield from _not_recreated(found, child, about, by)


def _not_recreated(
    found: Seen, child: JsonObject, about: str, by: tuple[str, ...]
) -> Iterator[Field]:
    copies = found.observed.get(f"{child.get('apiVersion')}/{identity(child)}")
    if copies is None:
        return
    reason = (
        "is to change, but under server-side apply Recreate never recreates an object whose "
        "generation changes with it (rule 5.8)"
    )
    for pointer in other_than_stored(child, copies[-1]):
        yield Field(about, pointer, (*by, "the server"), reason, "use InPlace, or delete the child")


def _refused(cluster: Cluster, found: Seen, place: str, row: Write, who: str) -> Iterator[Field]:
    """Yield the fields of a write that was refused."""
    body = cast("JsonObject", row.body)
    by = (who, "the server")
    desired = next(
        (
            child
            for asked in found.asked.values()
            if asked.controller == who
            for child in asked.children
            if identity(child) == identity(body)
        ),
        None,
    )
    about = described(body if desired is None else desired)
    if row.verb == "delete":
        about = place.replace("/", " ", 1)
    known = [] if desired is None else desired_loops(cluster, desired)
    for loop in known:
        yield Field(about, loop.pointer, by, loop.reason, loop.remedy)
    if known:
        return
    told = False
    for pointer, fault in _faults(row.message, body):
        told = True
        reason = f"is refused ({row.code} {row.reason}, {fault.lower()})"
        yield Field(about, pointer, by, reason, _REMEDIES[fault])
    if not told:
        reason = f"is refused ({' '.join(str(part) for part in (row.code, row.reason) if part)})"
        yield Field(about, "(the whole object)", by, reason, _advice(row))


def _advice(row: Write) -> str:
    """Return what helps against a refusal that names no field."""
    if row.code == 403:
        return "allow Metacontroller to do it, or let the namespace live"
    if row.code in (404, 405):
        return "give it a namespace, and let its namespace and kind be there"
    return "desire what the kind allows"


def _faults(message: str, body: JsonObject) -> Iterator[tuple[str, str]]:
    """Yield the fields that a message names, as pointers, with what is wrong with them."""
    for name, fault in _FAULT.findall(_QUOTED.sub('""', message)):
        pointer = _pointer(name, body)
        if pointer is not None:
            yield pointer, fault


def _pointer(name: str, body: JsonObject) -> str | None:
    """Return the pointer of a field, None if it cannot be one of an object."""
    parts = [part.strip("[]") for part in _PARTS.findall(name)]
    pointer = ""
    for number, part in enumerate(parts):
        below = f"{pointer}/{escape(part)}"
        if not has(body, below):
            last = number == len(parts) - 1
            return below if last and part.isalpha() and pointer else None
        pointer = below
    return pointer
