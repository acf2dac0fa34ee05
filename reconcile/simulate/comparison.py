"""Whether two conversations with an API server show the same behaviour.

1. What a server chooses freely is told by what it is of: a uid by its object and incarnation, a
   generated name by its prefix, a version by whether it moved. All else must be equal.
2. What was sent is never free: an address, a time or a name that a request carried stays itself.
3. Differences hold places, and the values of both sides for whoever asks; texts of differences are
   made by whoever shows them.

Source: the recordings' own description of what varies from run to run.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from reconcile.value.pointer import escape

if TYPE_CHECKING:
    from reconcile.value.types import Json

__all__ = ["Difference", "Labels", "compare", "differing", "in_parts", "scalars_of", "step_between"]

_UID: Final = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)")
_SPELT: Final = re.compile(r'"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*')
_IN_TEXT: Final = tuple(
    re.compile(pattern)
    for pattern in (
        r"(resourceVersion[^0-9]{1,12})\d+",
        r"(Too large resource version: \d+, current: )\d+",
        r"(too old resource version: \d+ )\(\d+\)",
        r"(ResourceVersion in (?:the )?(?:precondition|record) )\(\d+\)",
        r"(ResourceVersion in object meta: )\d+",
    )
)
"""Versions inside of messages."""
_TIMEOUT: Final = re.compile(
    r"(?:context deadline exceeded|net/http: request canceled(?: while waiting for connection)?)"
    r"(?: \(Client\.Timeout exceeded while awaiting headers\))?"
)
_POINTER: Final = re.compile(r"0x[0-9a-f]{8,}")
_HASH: Final = re.compile(r"-[0-9a-f]{40}\b")
"""Of a revision that no world shows."""
_WHOLE_OBJECT: Final = re.compile(r'(Invalid value: )"\{.*\}"', re.DOTALL)
_CHOSEN: Final = frozenset({"clusterIP", "nodePort", "healthCheckNodePort"})
_HASHED: Final = ("pod-template-hash", "controller-revision-hash")
_ABSENT: Final = "<absent>"


class _Plain(Enum):
    PLAIN = "seen as it is"


class Difference(NamedTuple):
    """One place where two conversations differ."""

    step: int
    """The step, -1 for the conversation as a whole."""
    what: str
    """`status`, `response`, `warning`, `moved` (the resourceVersion) or `spelling`."""
    pointer: str
    recorded: Any
    produced: Any


class Labels:
    """What is chosen freely, by what it is of, in the order in which it is first seen."""

    def __init__(self) -> None:
        self.uids: dict[str, str] = {}
        self.names: dict[str, str] = {}
        self.sent: set[object] = set()
        self._incarnations: dict[str, int] = {}

    def learn(self, value: Json) -> None:
        """Look at what an answer holds: its objects, and the names that were made for them."""
        stack: list[Json] = [value]
        while stack:
            item = stack.pop()
            if isinstance(item, list):
                stack.extend(reversed(item))
            elif isinstance(item, dict):
                metadata = item.get("metadata")
                if isinstance(metadata, dict):
                    self._object(item, metadata)
                stack.extend(reversed(item.values()))

    def _object(self, document: Mapping[str, Json], metadata: Mapping[str, Json]) -> None:
        labels, name, base = (
            metadata.get("labels"),
            metadata.get("name"),
            metadata.get("generateName"),
        )
        if document.get("kind") == "ControllerRevision" and "parentPatch" in document:
            self._revision(document, metadata)
        for key in _HASHED:
            token = labels.get(key) if isinstance(labels, dict) else None
            if isinstance(token, str) and len(token) >= 6:
                self._name(token.rpartition("-")[2])
        if isinstance(name, str) and isinstance(base, str) and base and name[:-5] == base[:58]:
            self._name(name)
        uid = metadata.get("uid")
        if isinstance(uid, str) and _UID.fullmatch(uid) and uid not in self.uids:
            named = self.text(str(metadata.get("name", "")))
            who = f"{document.get('kind', '')}/{metadata.get('namespace', '')}/{named}"
            count = self._incarnations[who] = self._incarnations.get(who, 0) + 1
            self.uids[uid] = f"<uid {count} of {who}>"

    def _revision(self, document: Mapping[str, Json], metadata: Mapping[str, Json]) -> None:
        """Call a revision by its owner and what it holds: its name is a hash of the owner's uid."""
        owners = metadata.get("ownerReferences")
        names: list[Json] = [
            owner.get("name")
            for owner in (owners if isinstance(owners, list) else ())
            if isinstance(owner, dict)
        ]
        told = json.dumps([names, document["parentPatch"]], sort_keys=True)
        self.names[str(metadata.get("name"))] = f"<revision {told}>"

    def _name(self, name: str) -> None:
        self.names.setdefault(name, f"<name {len(self.names) + 1}>")

    def text(self, text: str) -> str:
        """Return a text in which nothing is free."""
        text = _UID.sub(lambda found: self.uids.get(found[0], "<another uid>"), text)
        for name in sorted(self.names, key=len, reverse=True):
            text = text.replace(name, self.names[name])
        if "may not change fields other than" in text or "fields for" in text:
            text = text.partition("\n")[0].replace("\xa0", " ")  # a diff of Go follows
        text = _TIMEOUT.sub("<timeout>", text)
        for pattern in _IN_TEXT:
            text = pattern.sub(r"\1<version>", text)
        text = _HASH.sub("-<hash>", text)
        text = _POINTER.sub("<address>", _TIME.sub(self._time, text))
        return _WHOLE_OBJECT.sub(r"\1<object>", text)

    def _time(self, found: re.Match[str]) -> str:
        """Return the form of a time of the server; one that was sent, or is none, stays itself."""
        text = found[0]
        try:
            datetime.fromisoformat(text)
        except ValueError:
            return text
        return text if text in self.sent else "<time " + re.sub(r"\d", "9", text) + ">"

    def masked(self, value: Json, key: str = "") -> Json:
        """Return a value in which nothing is free; lists without an order are sorted.

        Without recursion: conversations hold documents of any depth.
        """
        whole: list[Json] = [None]
        stack: list[tuple[Any, str | int, Json, str]] = [(whole, 0, value, key)]
        while stack:
            holder, at, item, name = stack.pop()
            if isinstance(item, dict):
                made: dict[str, Json] = {}
                holder[at] = made
                for member, inner in item.items():
                    told = self.text(member)
                    special = self._member(member, inner)
                    if not isinstance(special, _Plain):
                        made[told] = special
                    else:
                        made[told] = None
                        stack.append((made, told, inner, member))
            elif isinstance(item, list):
                items: list[Json] = [None] * len(item)
                holder[at] = items
                stack.extend((items, place, inner, name) for place, inner in enumerate(item))
            else:
                holder[at] = self._scalar(item, name)
        return whole[0]

    def _scalar(self, value: Json, key: str) -> Json:
        if not isinstance(value, str):
            return value
        if "last-applied-configuration" in key and value.lstrip().startswith("{"):
            try:
                return {"<document>": self.masked(json.loads(value))}
            except ValueError:
                pass
        return self.text(value)

    def _member(self, name: str, value: Json) -> Json | _Plain:
        """Return what stands for a member that is seen in a way of its own, `PLAIN` for others."""
        match name:
            case "resourceVersion" | "selfLink":
                return value if value in ("", None) else "<there>"
            case "clusterIPs" if isinstance(value, list):
                return [
                    each if each == "None" or each in self.sent else "<chosen>" for each in value
                ]
            case "continue" if isinstance(value, str) and value:
                return "<token>"
            case "causes" if isinstance(value, list):
                return sorted((self.masked(each) for each in value), key=_order)
            case "managedFields" if isinstance(value, list):
                return sorted((self.masked(each) for each in value), key=_without_time)
            case "message" if isinstance(value, str) and ": [" in value:
                return in_parts(self.text(value))
            case "names" if isinstance(value, list) and all(
                isinstance(each, str) for each in value
            ):
                return [*sorted(self.text(str(each)) for each in value)]
            case _:
                pass
        if name in _CHOSEN and value not in ("", "None", None, 0) and value not in self.sent:
            return "<chosen>"
        return _Plain.PLAIN


def in_parts(message: str) -> Json:
    """Return the parts of a message that lists several errors: they have no order."""
    return [*sorted(re.split(r", |\[|\]", message))] if ": [" in message else message


def _order(value: Json) -> str:
    return json.dumps(value, sort_keys=True, default=str)


def _without_time(value: Json) -> str:
    return _order({**value, "time": ""} if isinstance(value, dict) else value)


def scalars_of(value: Json) -> set[object]:
    """Return all texts and numbers in what was sent."""
    found: set[object] = set()
    stack: list[Json] = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, dict):
            stack.extend(item.values())
        elif isinstance(item, list):
            stack.extend(item)
        elif isinstance(item, (str, int)):
            found.add(item)
    return found


def _seen(recording: Mapping[str, Any], coarse: frozenset[int]) -> list[dict[str, Any]]:
    """Return the steps of a conversation as they are compared."""
    labels = Labels()
    versions: dict[str, str] = {}
    steps: list[dict[str, Any]] = []
    for place, step in enumerate(recording["steps"]):
        answer = step["response"]
        labels.sent |= scalars_of(step.get("body"))
        labels.learn(answer)
        moved = _moved(answer, versions)
        if place in coarse:
            steps.append({"status": step["status"]})
            continue
        headers: dict[str, str] = step.get("headers") or {}
        seen: dict[str, Any] = {
            "status": step["status"],
            "response": labels.masked(answer),
            "moved": moved,
            "warning": labels.text(headers.get("Warning") or ""),
        }
        if "responseText" in step:  # how numbers and texts are spelt, in whatever order
            seen["spelling"] = sorted(_SPELT.findall(labels.text(step["responseText"])))
        steps.append(seen)
    return steps


def _moved(answer: Json, versions: dict[str, str]) -> int | None:
    """Return how the version of an answered object moved, None where nothing can be said."""
    if not isinstance(answer, dict) or str(answer.get("kind", "")).endswith("List"):
        return None
    metadata = answer.get("metadata")
    if not isinstance(metadata, dict):
        return None
    uid, new = metadata.get("uid"), metadata.get("resourceVersion")
    if not (isinstance(uid, str) and isinstance(new, str) and uid and new):
        return None
    return step_between(versions, uid, new)


def step_between(versions: dict[str, str], uid: str, new: str) -> int | None:
    """Return how the version of an object moved since it was last seen: -1, 0, 1, None at first."""
    old, versions[uid] = versions.get(uid), new
    if old is None:
        return None
    if old.isdigit() and new.isdigit():
        return (int(new) > int(old)) - (int(new) < int(old))
    return int(old != new)


def compare(recorded: Mapping[str, Any], produced: Mapping[str, Any]) -> Iterator[Difference]:
    """Yield where a produced conversation differs from a recorded one.

    Shape: both as recordings. `unstable` of the recorded one names what differs between runs of the
        real server: numbers of steps of which only the status counts, or beginnings of places.
    """
    ours, theirs = produced["steps"], recorded["steps"]
    if len(ours) != len(theirs):
        yield Difference(-1, "steps", "", len(theirs), len(ours))
    unstable = recorded.get("unstable", ())
    coarse = frozenset(each for each in unstable if isinstance(each, int))
    places = tuple(each for each in unstable if isinstance(each, str))
    pairs = zip(_seen(recorded, coarse), _seen(produced, coarse), strict=False)
    for step, (left, right) in enumerate(pairs):
        for pointer, a, b in differing(left, right, ""):
            what, _, rest = pointer[1:].partition("/")
            if not any(f"{step}{pointer}".startswith(place) for place in places):
                yield Difference(step, what, f"/{rest}" if rest else "", a, b)


def differing(a: Json, b: Json, pointer: str) -> Iterator[tuple[str, Json, Json]]:
    """Yield where two values differ: the place below a pointer, and both values."""
    stack: list[tuple[Json, Json, str]] = [(a, b, pointer)]
    while stack:
        left, right, where = stack.pop()
        if type(left) is not type(right):
            yield where, left, right
        elif isinstance(left, dict) and isinstance(right, dict):
            for key in sorted(left.keys() | right.keys(), reverse=True):
                below = f"{where}/{escape(key)}"
                if key not in left or key not in right:
                    yield below, left.get(key, _ABSENT), right.get(key, _ABSENT)
                else:
                    stack.append((left[key], right[key], below))
        elif isinstance(left, list) and isinstance(right, list):
            if len(left) != len(right):
                yield f"{where}/length", len(left), len(right)
            pairs = list(enumerate(zip(left, right, strict=False)))
            stack.extend((one, other, f"{where}/{n}") for n, (one, other) in reversed(pairs))
        elif left != right:
            yield where, left, right
