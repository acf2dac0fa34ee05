"""What the library says of rules, in the words of the server.

1. Both speak of the same grammar and the same checks; what differs is put as `cel-go` puts it.

Source: github.com/google/cel-go checker/errors.go, common/types; k8s.io/apiserver pkg/cel.
"""

from __future__ import annotations

import re
from typing import Final

__all__ = ["compile_text", "evaluation_text"]

_COMPILATION: Final = (
    (r"(undefined field '[^']*') not found in struct '[^']*'", r"\1"),
    (
        r"expression of type '([^']*)' cannot be the operand of a select operation",
        r"type '\1' does not support field selection",
    ),
    ("cannot be the range of a comprehension", "cannot be range of a comprehension"),
    (r"'schema\.Object(\d+)'", r"'object\1'"),
)
_EVALUATION: Final = (
    ("divide by zero", "division by zero"),
    (r'Key not found in map : "?(.*?)"?', r"no such key: \1"),
    ("no_such_field : (.*)", r"no such key: \1"),
    (r"Index error: index=(-?\d+) size=\d+", r"index out of bounds: \1"),
    ("No matching overloads found : .*", "no such overload"),
    ("Applying SELECT to non-message type", "no such overload"),
    (r"cannot convert string to (\w+)", r"type conversion error from 'string' to '\1'"),
    (
        "String to Timestamp conversion failed|Invalid timestamp.*",
        "type conversion error from 'string' to 'google.protobuf.Timestamp'",
    ),
    (
        "String to Duration conversion failed|Invalid duration.*",
        "type conversion error from 'string' to 'google.protobuf.Duration'",
    ),
    ("(unsigned )?integer overflow.*|int64 overflow", r"\1integer overflow"),
    ("invalid regular expression: (.*)", r"error parsing regexp: \1"),
)
_CALL: Final = re.compile(
    r"ERROR: <input>:(\d+):(\d+): found no matching overload for '([A-Za-z_]\w*)' "
    r"applied to '\((.*)\)'"
)


def compile_text(text: str, source: str) -> str:
    """Return what the server says of an expression that does not compile."""
    text = re.sub(r"^[A-Z_]+: ", "", text)
    text = re.sub(r" \[[A-Z_]+\]$", "", text)
    told = [each for each in re.split(r"\n(?=ERROR: )", text) if "'*error*'" not in each]
    return "\n".join(_compile_line(each, source.split("\n")) for each in told)


def _compile_line(text: str, lines: list[str]) -> str:
    found = _CALL.match(text)
    if found is not None:
        line, column = int(found[1]), int(found[2])
        before = lines[line - 1][: column - 1] if line <= len(lines) else ""
        if re.search(rf"\.\s*{found[3]}\s*$", before):
            target, rest = _first(found[4])
            text = text.replace(f"applied to '({found[4]})'", f"applied to '{target}.({rest})'", 1)
    for pattern, instead in _COMPILATION:
        text = re.sub(pattern, instead, text)
    return text


def _first(types: str) -> tuple[str, str]:
    """Return the first of several types, and the rest."""
    depth = 0
    for place, char in enumerate(types):
        depth += (char == "(") - (char == ")")
        if char == "," and not depth:
            return types[:place], types[place + 1 :].strip()
    return types, ""


def evaluation_text(text: str) -> str:
    """Return what the server says of an expression that does not end in a value."""
    text = re.sub(r"^[A-Z_]+: ", "", text)
    text = re.sub(r" \[[A-Z_]+\]$", "", text)
    for pattern, instead in _EVALUATION:
        found = re.fullmatch(pattern, text, re.DOTALL)
        if found is not None:
            return found.expand(instead)
    return text
