"""The envelope of a request: cut into objects without parsing one of them.

1. One pass finds the objects, one more pass proves that the text is UTF-8.
2. msgspec takes the last of two equal keys and skips what it does not know. Both would lose
   something, and both make the text longer than what was found accounts for: a body of exactly
   the right length has neither. Metacontroller writes without white space, so that is the usual
   case; any other body is walked through key by key.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from reconcile.errors import LimitError, RequestError
from reconcile.value import MAX_BODY, MAX_DEPTH, check_utf8, describe

from .messages import Envelope

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["KNOWN", "open_envelope"]

KNOWN = (
    "controller",
    "parent",
    "object",
    "children",
    "attachments",
    "related",
    "finalizing",
)
MAPS = ("children", "attachments", "related")

_DECODER = msgspec.json.Decoder(Envelope)
_MEMBERS = msgspec.json.Decoder(dict[str, msgspec.Raw])
_KEY = re.compile(rb'[ \t\n\r]*("(?:[^"\\]|\\.)*")[ \t\n\r]*:[ \t\n\r]*')
_SPACE = re.compile(rb"[ \t\n\r]*")


def open_envelope(
    body: bytes, *, max_body: int = MAX_BODY
) -> tuple[Envelope, Mapping[str, msgspec.Raw]]:
    """Return the known members of a request, and the unknown ones as they are.

    Guarantees: of what is returned, every object is a piece of `body`, not parsed; no key in the
        envelope (the request, `children`, `related` and their kinds) was there twice.
    Raises: RequestError or LimitError, whatever the bytes are.
    Cost: linear in the length of `body`, about what it costs to read it twice.
    """
    if len(body) > max_body:
        raise LimitError("bytes in a request", max_body)
    check_utf8(body)
    try:
        envelope = _DECODER.decode(body)
    except msgspec.ValidationError:
        raise _misshapen(body) from None
    except msgspec.DecodeError:
        raise RequestError("not-json", "the body is not JSON") from None
    except RecursionError:
        raise LimitError("levels of nesting", MAX_DEPTH) from None
    if _length(envelope) == len(body):
        return envelope, {}
    return envelope, _walk(body)


def _length(envelope: Envelope) -> int:
    """Return how long the text would be without white space, escapes in keys, or anything lost."""
    length = 1
    for name in ("controller", "parent", "object"):
        raw = _raw(envelope, name)
        if raw is not None:
            length += len(name) + 4 + len(raw)
    for name in MAPS:
        groups = _map(envelope, name)
        if groups is None:
            continue
        length += len(name) + 4 + 2
        length += max(len(groups) - 1, 0)
        for key, group in groups.items():
            length += len(key.encode()) + 5 + max(len(group) - 1, 0)
            length += sum(map(len, group.values()))
            length += 3 * len(group) + len("".join(group).encode())
    if envelope.finalizing is not msgspec.UNSET:
        length += len("finalizing") + 4 + (4 if envelope.finalizing else 5)
    return length


def _raw(envelope: Envelope, name: str) -> msgspec.Raw | None:
    raw = {
        "controller": envelope.controller,
        "parent": envelope.parent,
        "object": envelope.object,
    }[name]
    return None if isinstance(raw, msgspec.UnsetType) else raw


def _map(envelope: Envelope, name: str) -> dict[str, dict[str, msgspec.Raw]] | None:
    groups = {
        "children": envelope.children,
        "attachments": envelope.attachments,
        "related": envelope.related,
    }[name]
    return None if isinstance(groups, msgspec.UnsetType) else groups


def _walk(body: bytes) -> Mapping[str, msgspec.Raw]:
    """Return the unknown members, having seen every key of the envelope once."""
    top = _members(body, "")
    for name in MAPS:
        if name in top:
            for kind, group in _members(bytes(top[name]), f"/{name}").items():
                _members(bytes(group), f"/{name}/{_escape(kind)}")
    return {name: raw for name, raw in top.items() if name not in KNOWN}


def _members(text: bytes, pointer: str) -> dict[str, msgspec.Raw]:
    """Return the members of one object; refuse a key that is there twice.

    Of two equal keys msgspec keeps the last. So the value behind a key is either the one that
    was kept, and stands there to the letter, or the key comes again.
    """
    members = _MEMBERS.decode(text)
    seen: set[str] = set()
    start = _skip(text, 0) + 1
    while text[_skip(text, start) : _skip(text, start) + 1] != b"}":
        found = _KEY.match(text, start)
        if found is None:  # not reached: msgspec has read the text
            raise RequestError("not-json", "the body is not JSON")
        key = msgspec.json.decode(found[1], type=str)
        value = bytes(members[key])
        if key in seen or not text.startswith(value, found.end()):
            message = f"the key {_shown(key)} is there twice"
            raise RequestError("duplicate-key", message, pointer=pointer)
        seen.add(key)
        start = _skip(text, found.end() + len(value))
        start += text[start : start + 1] == b","
    return members


def _skip(text: bytes, start: int) -> int:
    found = _SPACE.match(text, start)
    return start if found is None else found.end()


def _shown(key: str) -> str:
    return repr(key) if len(key) <= 100 else describe(key)


def _escape(part: str) -> str:
    return part.replace("~", "~0").replace("/", "~1")


def _misshapen(body: bytes) -> RequestError:
    """Return what is wrong with a body that is JSON but no request: the first wrong member."""
    shape = "shape"
    try:
        top = _MEMBERS.decode(body)
    except msgspec.DecodeError:
        return RequestError(shape, "a request is a JSON object", pointer="")
    finalizing = top.get("finalizing")
    if finalizing is not None and bytes(finalizing) not in {b"true", b"false"}:
        return RequestError(shape, "true or false is needed", pointer="/finalizing")
    for name in MAPS:
        if name not in top:
            continue
        try:
            groups = _MEMBERS.decode(top[name])
        except msgspec.DecodeError:
            return RequestError(shape, "an object of kinds is needed", pointer=f"/{name}")
        for kind, group in groups.items():
            try:
                _MEMBERS.decode(group)
            except msgspec.DecodeError:
                pointer = f"/{name}/{_escape(kind)}"
                return RequestError(shape, "an object of objects is needed", pointer=pointer)
    return RequestError(shape, "the request has a member of a wrong type")
