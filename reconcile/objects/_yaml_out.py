"""Documents to YAML, in block style: the same text for the same document, for people and tools.

1. What is written reads the same in YAML 1.2 and in YAML 1.1, which kubectl and others read: a
   text that either could take for something else is quoted.
2. Texts of several lines are literal blocks wherever every character survives in one.
3. Lists stand below their key without indentation, as kubectl writes them. No library is needed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Final

from reconcile.errors import LimitError, ObjectError
from reconcile.objects.accept import Acceptable, accept
from reconcile.objects.view import View
from reconcile.value.codec import encode
from reconcile.value.types import Json, JsonObject

__all__ = ["all_to_yaml", "document_of", "to_yaml"]

_PLAIN: Final = re.compile(
    r"[A-Za-z0-9_/$.\-][A-Za-z0-9_/.\-+:=@%,()$*<>|&!?;^~\\ ]*(?<![: ])\Z",
)
"""A text that needs no quotes, if it is like nothing else."""
_WORDS: Final = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
"""In any case: truth values and nulls of YAML 1.1 and 1.2."""
_NUMBER: Final = re.compile(
    r"[-+.\d_:,]*([eE][-+]?\d*)?\Z"  # integers, floats, 12:30:45
    r"|[-+]?0[xXoObB][\da-fA-F_]*\Z"
    r"|\d{4}-\d\d?(-|\Z)"  # dates and times
    r"|[-+]?\.[A-Za-z]{3}\Z"  # infinities
)
_HIDDEN: Final = re.compile(
    "[^\t\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
"""What YAML wants escaped, and breaks that only YAML 1.1 takes for breaks."""
_LONGEST_KEY: Final = 1_000
"""Characters; from 1,024 on a key needs a mark of its own. Source: YAML 1.2.2, section 7.4.2."""


def to_yaml(thing: Acceptable) -> str:
    """Return an object as one YAML document, members in their order.

    Shape: `thing` is whatever `accept` takes.
    Guarantees: `from_yaml` gives the same document again, byte for byte as JSON; the same document
        gives the same text.
    Raises: ObjectError with every value that has no JSON form.
    """
    document = document_of(thing)
    if not document:
        return "{}\n"
    out: list[str] = []
    _members(document, "", out)
    out.append("")
    return "\n".join(out)


def all_to_yaml(things: Iterable[Acceptable]) -> str:
    """Return objects as one YAML text, `---` between them.

    Raises: ObjectError as `to_yaml`.
    """
    return "---\n".join(to_yaml(thing) for thing in things)


def document_of(thing: Acceptable) -> JsonObject:
    """Return an object as a document that JSON can say: a plain one as it is, uncopied.

    Raises: ObjectError with every value that has no JSON form.
    """
    found = thing.raw if isinstance(thing, View) else thing
    if isinstance(found, dict):
        try:
            encode(found)
        except (ObjectError, LimitError):
            pass
        else:
            return found
    return accept(thing)


def _members(members: JsonObject, pad: str, out: list[str]) -> None:
    inner = pad + "  "
    for key, value in members.items():
        name = _text(key)
        if len(name) > _LONGEST_KEY:
            out.append(f"{pad}? {name}")
            _value(f"{pad}:", value, inner, inner, out)
        else:
            _value(f"{pad}{name}:", value, pad, inner, out)


def _value(head: str, value: Json, list_pad: str, pad: str, out: list[str]) -> None:
    """Append a value behind what stands before it on its line."""
    if value and isinstance(value, dict):
        out.append(head)
        _members(value, pad, out)
    elif value and isinstance(value, list):
        out.append(head)
        _items(value, list_pad, out)
    else:
        _leaf(head, value, pad, out)


def _items(items: list[Json], pad: str, out: list[str]) -> None:
    inner = pad + "  "
    for item in items:
        start = len(out)
        if item and isinstance(item, dict):
            _members(item, inner, out)
        elif item and isinstance(item, list):
            _items(item, inner, out)
        else:
            _leaf(f"{pad}-", item, inner, out)
            continue
        # The first line of what is inside stands behind the dash.
        out[start] = f"{pad}- {out[start][len(inner) :]}"


def _leaf(head: str, value: Json, pad: str, out: list[str]) -> None:
    """Append a value without members."""
    if isinstance(value, str):
        lines = _literal(value)
        if lines is None:
            out.append(f"{head} {_text(value)}")
            return
        kept = "" if value.endswith("\n") else "-"
        if value.endswith("\n\n"):
            kept = "+"
        out.append(f"{head} |{kept}")
        out.extend(f"{pad}{line}" if line else "" for line in lines)
    elif isinstance(value, float):
        text = repr(value)
        # YAML 1.1 takes 1e+22 for a text.
        out.append(f"{head} {text if '.' in text else text.replace('e', '.0e')}")
    else:
        out.append(f"{head} {json.dumps(value)}")


def _literal(text: str) -> list[str] | None:
    """Return the lines of a text that can be a literal block, None for another."""
    if "\n" not in text or text[0] in " \t\n" or _HIDDEN.search(text):
        return None
    lines = text.split("\n")
    if not lines[-1]:
        lines.pop()
    return lines


def _text(text: str) -> str:
    """Return a text on one line, in quotes where it could be read as anything else."""
    if (
        _PLAIN.match(text)
        and text.lower() not in _WORDS
        and not _NUMBER.match(text)
        and ": " not in text
        and text[:2] != "- "
    ):
        return text
    quoted = json.dumps(text, ensure_ascii=False)
    return _HIDDEN.sub(_escape, quoted)


def _escape(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"
