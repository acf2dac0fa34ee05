"""What happened in a cluster, in words: answers of hooks, writes, events.

1. One line each, in which nothing acts on a terminal.
2. No value of an object is told. Messages of the server, of hooks and of events are, cut to a
   length, unless they are about a Secret.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, cast

from reconcile.objects.gvk import Gvk
from reconcile.objects.names import LAST_APPLIED
from reconcile.objects.ref import Ref

if TYPE_CHECKING:
    from reconcile.simulate.cluster import Cluster
    from reconcile.simulate.history import Change
    from reconcile.simulate.metacontroller.client import Write
    from reconcile.simulate.metacontroller.process import HookCalled

__all__ = ["answered", "clean", "going", "target", "told_write", "warned", "wrote"]

_LONGEST: Final = 300
"""Characters of a message that are told."""
_PLACES: Final = 4
"""Pointers that are told of one write."""
_QUIET: Final = ("/metadata/generation", "/metadata/managedFields", "/metadata/resourceVersion")

_APPLIED: Final = LAST_APPLIED.replace("/", "~1")


def clean(text: str) -> str:
    """Return a text as one line, cut if it is long, in which nothing acts on a terminal."""
    line = " ".join(text.split())
    kept = line if len(line) <= _LONGEST else f"{line[:_LONGEST]}..."
    return "".join(
        one if one.isprintable() else one.encode("unicode_escape", "backslashreplace").decode()
        for one in kept
    )


def answered(row: HookCalled) -> str:
    """Return what a hook answered."""
    answer = row.called.answer
    if answer is None:
        return f"{row.hook} hook gave no answer"
    if answer.status == 304:
        return f"{row.hook} hook answered as before (304)"
    if answer.status == 429:
        return f"{row.hook} hook asked to come back later (429)"
    if answer.status != 200:
        return f"{row.hook} hook answered {answer.status}"
    try:
        body = json.loads(answer.body)
    except ValueError:
        body = None
    if not isinstance(body, dict):
        return f"{row.hook} hook answered 200 with what is no JSON object"
    return f"{row.hook} hook answered {_content(row.hook, cast('dict[str, Any]', body))}"


def _content(hook: str, body: Mapping[str, Any]) -> str:
    if hook == "customize":
        return _many(body.get("relatedResources"), "related rule", "related rules")
    told = (
        _many(body.get("attachments"), "attachment", "attachments")
        if "attachments" in body
        else _many(body.get("children"), "child", "children")
    )
    if hook == "finalize":
        told += ", finalized" if body.get("finalized") is True else ", not finalized"
    later = body.get("resyncAfterSeconds")
    if isinstance(later, (int, float)) and not isinstance(later, bool) and later > 0:
        told += f", look again in {later:g}s"
    return told


def _many(found: object, one: str, many: str) -> str:
    count = len(cast("list[object]", found)) if isinstance(found, list) else 0
    return f"{count} {one if count == 1 else many}"


def told_write(
    cluster: Cluster, row: Write, made: Sequence[Change], *, moved: bool
) -> tuple[str, Change | None]:
    """Return a write of Metacontroller in words, and the change that it made, if one is known.

    Shape: `made` are the changes that were made meanwhile; `moved` is whether there were any.
    """
    about, status = target(cluster, row)
    what = f"{row.verb}{' status of' if status else ''} {about}"
    if row.code >= 300:
        secret = about.startswith("Secret ")
        why = row.reason if secret or not row.message else f"{row.reason}: {row.message}"
        return clean(f"{row.code} {what}: {why}"), None
    named = about.partition(" ")[2].rstrip("*")
    change = next(
        (
            each
            for each in reversed(made)
            if _place(each).startswith(named) and about.startswith(f"{each.ref.gvk.kind} ")
        ),
        None,
    )
    quiet = "" if moved else " (as it was)"
    held = None if change is None else going(change)
    if held is not None:
        quiet = f" ({held})"
    return clean(f"{row.code} {what}{quiet}"), change


def _place(change: Change) -> str:
    ref = change.ref
    return f"{ref.namespace}/{ref.name}" if ref.namespace else ref.name


def target(cluster: Cluster, row: Write) -> tuple[str, bool]:
    """Return the object of a write, as `Deployment default/web`, and whether its status is meant.

    Shape: the name of an object that the server names ends in `*`.
    """
    path = row.uri.partition("?")[0]
    status = path.endswith("/status")
    parts = path.removesuffix("/status").strip("/").split("/")
    # api/VERSION/... or apis/GROUP/VERSION/...
    group, version, *rest = parts[1:] if parts[0] == "apis" else ("", *parts[1:])
    namespace = ""
    if rest[0] == "namespaces" and len(rest) > 2:
        namespace, rest = rest[1], rest[2:]
    kind = cluster.server.catalogue.find(group, version, rest[0])
    name = rest[1] if len(rest) > 1 else ""
    if not name and isinstance(row.body, Mapping):
        metadata = cast("Mapping[str, Any]", row.body.get("metadata") or {})
        name = str(metadata.get("name") or f"{metadata.get('generateName') or ''}*")
    gvk = Gvk(f"{group}/{version}" if group else version, kind.served.kind if kind else rest[0])
    return str(Ref(gvk, namespace, name)), status


def wrote(change: Change) -> tuple[str, ...]:
    """Return the pointers of what a write changed; of many, those of what holds them."""
    places = [op.path for op in change.diff if not op.path.startswith(_QUIET)]
    places = [each for each in places if not each.endswith(_APPLIED)] or places
    if len(places) > _PLACES:
        places = list(dict.fromkeys("/".join(each.split("/")[:3]) for each in places))
    if len(places) > _PLACES:
        return (*places[:_PLACES], f"and {len(places) - _PLACES} more")
    return tuple(places)


def going(change: Change) -> str | None:
    """Return what holds an object that a write began to delete, None for any other write."""
    if change.verb != "update" or change.before is None or change.after is None:
        return None
    before = cast("Mapping[str, Any]", change.before["metadata"])
    after = cast("Mapping[str, Any]", change.after["metadata"])
    if before.get("deletionTimestamp") or not after.get("deletionTimestamp"):
        return None
    held = ", ".join(str(each) for each in after.get("finalizers") or ())
    return f"held by {held}" if held else "in its grace period"


def warned(reason: str, about: Mapping[str, Any], message: str) -> str:
    """Return an event of type Warning in words."""
    place = "/".join(str(about[key]) for key in ("namespace", "name") if about.get(key))
    told = "" if about.get("kind") == "Secret" else f": {message}"
    return clean(f"Warning {reason} {about.get('kind')} {place}{told}")
