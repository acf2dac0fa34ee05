"""What the last rows of a cluster hold: who wrote what of which object, who asked which hook.

1. Writes belong to the controller whose hook was called last: a sync is one thing.
2. A place is `plural/namespace/name`; an object that the server names ends with `*`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final, NamedTuple, cast

from reconcile.simulate.metacontroller.client import Write
from reconcile.simulate.metacontroller.process import HookCalled

if TYPE_CHECKING:
    from reconcile.simulate.cluster import Cluster
    from reconcile.value.types import Json, JsonObject

__all__ = [
    "Asked",
    "Field",
    "Seen",
    "Writes",
    "described",
    "identity",
    "metadata_of",
    "read",
    "seen",
]

_LAST: Final = 400
"""Rows that are looked at."""
_COPIES: Final = 6


class Field(NamedTuple):
    """A field that is written again and again, or refused again and again."""

    about: str
    """The object, as `Deployment default/web`."""
    pointer: str
    writers: tuple[str, ...]
    """Who writes it: controllers by name, `the server`."""
    reason: str
    remedy: str

    def __str__(self) -> str:
        by = f" (by {' and '.join(self.writers)})" if self.writers else ""
        return f"{self.about} {self.pointer}{by} {self.reason}: {self.remedy}"


class Writes(NamedTuple):
    """What was written of one object, by whom, in order."""

    rows: list[tuple[str, Write]]

    @property
    def writers(self) -> tuple[str, ...]:
        """The controllers that wrote, each once."""
        return tuple(dict.fromkeys(who for who, _ in self.rows if who))

    @property
    def accepted(self) -> list[Write]:
        """What the server took."""
        return [row for _, row in self.rows if row.code < 300]

    @property
    def remade(self) -> bool:
        """Whether the object was deleted and created again."""
        verbs = {row.verb for row in self.accepted}
        return "delete" in verbs and bool(verbs & {"create", "patch"})

    def bodies(self, verb: str, *, status: bool = False) -> list[tuple[str, JsonObject]]:
        """Return who wrote what with a verb, in order."""
        return [
            (who, row.body)
            for who, row in self.rows
            if row.code < 300
            and row.verb == verb
            and isinstance(row.body, dict)
            and _path(row).endswith("/status") == status
        ]


class Asked(NamedTuple):
    """The last call of a hook for one parent."""

    controller: str
    request: JsonObject
    answer: JsonObject
    """Of the last call that was answered; empty where none was."""
    codes: tuple[int, ...]
    """How the calls were answered, in order."""

    @property
    def parent(self) -> JsonObject:
        """The parent, as it was sent."""
        found = self.request.get("parent") or self.request.get("object")
        return found if isinstance(found, dict) else {}

    @property
    def children(self) -> Iterator[JsonObject]:
        """The children that the last answer desires, in their namespaces."""
        home = metadata_of(self.parent).get("namespace")
        desired = self.answer.get("children") or self.answer.get("attachments")
        for child in desired if isinstance(desired, list) else ():
            metadata = child.get("metadata") if isinstance(child, dict) else None
            if isinstance(child, dict) and isinstance(metadata, dict):
                placed = metadata.get("namespace") or home
                yield {
                    **child,
                    "metadata": {**metadata, "namespace": placed} if placed else metadata,
                }

    @property
    def groups(self) -> Mapping[str, Mapping[str, JsonObject]]:
        """The observed children, by kind and place, as they were sent."""
        found = self.request.get("children") or self.request.get("attachments") or {}
        return cast("Mapping[str, Mapping[str, JsonObject]]", found)


class Seen(NamedTuple):
    """What the last rows hold."""

    written: dict[str, Writes]
    asked: dict[tuple[str, str], Asked]
    """By controller, and parent as `Kind/namespace/name`."""
    observed: dict[str, list[JsonObject]]
    """Children as hooks saw them, by `apiVersion/Kind/namespace/name`: the last few, in order."""


def seen(cluster: Cluster) -> Seen:
    """Return what the last rows of a cluster hold."""
    found = Seen({}, {}, {})
    who = ""
    for row in cluster.rows[-_LAST:]:
        if isinstance(row, HookCalled):
            who = row.controller
            if row.hook != "customize":
                _ask(found, row)
        elif isinstance(row, Write):
            found.written.setdefault(_place(row), Writes([])).rows.append((who, row))
    return found


def _ask(found: Seen, row: HookCalled) -> None:
    request, answer = read(row.called.call.body), row.called.answer
    asked = Asked(row.controller, request, {}, (0 if answer is None else answer.status,))
    at = (row.controller, identity(asked.parent))
    before = found.asked.get(at)
    good = answer is not None and answer.status in (200, 304, 412)
    body = read(answer.body) if answer is not None and answer.status == 200 else {}
    if before is not None:
        kept = body if good and body else before.answer
        asked = asked._replace(answer=kept, codes=before.codes + asked.codes)
    else:
        asked = asked._replace(answer=body)
    found.asked[at] = asked
    for group in asked.groups.values():
        for child in group.values():
            copies = found.observed.setdefault(f"{child.get('apiVersion')}/{identity(child)}", [])
            copies.append(child)
            del copies[:-_COPIES]


def read(body: bytes | str) -> JsonObject:
    """Return the object in a text, an empty one if there is none."""
    try:
        found: object = json.loads(body)
    except ValueError:
        return {}
    return cast("JsonObject", found) if isinstance(found, dict) else {}


def metadata_of(document: Json) -> JsonObject:
    """Return the metadata of an object, empty if there is none."""
    found = document.get("metadata") if isinstance(document, dict) else None
    return found if isinstance(found, dict) else {}


def identity(document: JsonObject) -> str:
    """Return what an object is called, as `Kind/namespace/name`."""
    metadata = metadata_of(document)
    return f"{document.get('kind')}/{metadata.get('namespace') or ''}/{metadata.get('name')}"


def described(document: JsonObject) -> str:
    """Return how a person names an object, as `Kind namespace/name`."""
    metadata = metadata_of(document)
    name = metadata.get("name") or f"{metadata.get('generateName') or ''}*"
    place = [str(part) for part in (metadata.get("namespace"), name) if part]
    return f"{document.get('kind')} {'/'.join(place)}"


def _path(row: Write) -> str:
    return row.uri.partition("?")[0]


def _place(row: Write) -> str:
    """Return the place of the object of a write."""
    parts = _path(row).removesuffix("/status").split("/")
    namespace = parts[parts.index("namespaces") + 1] if "namespaces" in parts[:-2] else ""
    if row.verb != "create":
        return f"{parts[-2]}/{namespace}/{parts[-1]}"
    about = metadata_of(row.body)
    name = about.get("name") or f"{about.get('generateName') or ''}*"
    return f"{parts[-1]}/{namespace}/{name}"
