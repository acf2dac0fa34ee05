"""Expressions of Python as text, laid out as ruff's formatter does at 100 columns.

1. Nothing here reads a document: an expression is made of words of ours, and of values, which
   become literals. A literal is printable ASCII or letters; everything else is escaped.
2. An expression is on one line where it fits. Otherwise its outermost brackets are opened, one part
   to a line with a comma after each, and so on inside of them.
3. A text that is too long is cut after spaces and line breaks, between parentheses.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconcile.value.types import Json

__all__ = [
    "WIDTH",
    "Brackets",
    "Expression",
    "Named",
    "Text",
    "call",
    "flat",
    "literal",
    "of",
    "rendered",
]

WIDTH: Final = 100
"""Columns of a line."""

_ESCAPES: Final = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


@dataclass(frozen=True, slots=True)
class Text:
    """A text that is a value."""

    value: str


@dataclass(frozen=True, slots=True)
class Named:
    """A part with what stands before it: `ge=`, or `"key": `."""

    before: str
    part: Expression


@dataclass(frozen=True, slots=True)
class Brackets:
    """Parts between brackets, with what stands before and after them."""

    before: str
    """The name of a function or a type, with the opening bracket."""
    parts: Sequence[Expression]
    after: str
    """The closing bracket, and what may follow it."""


Expression: TypeAlias = str | Text | Named | Brackets
"""Words of ours are str; a value is never put in as one."""


def call(name: str, *parts: Expression, **named: Expression) -> Brackets:
    """Return the call of a function: `Field(ge=1)`."""
    several = [Named(f"{key}=", part) for key, part in named.items()]
    return Brackets(f"{name}(", (*parts, *several), ")")


def of(name: str, *parts: Expression, after: str = "") -> Brackets:
    """Return a type of types: `dict[str, int]`, or `dict[str, int] | None`."""
    return Brackets(f"{name}[", parts, f"]{after}")


def literal(value: Json) -> Expression:
    """Return a value as an expression that has it.

    Shape: JSON, floats finite.
    """
    if isinstance(value, str):
        return Text(value)
    if isinstance(value, dict):
        members = [Named(f"{_quoted(key)}: ", literal(each)) for key, each in value.items()]
        return Brackets("{", members, "}")
    if isinstance(value, list):
        return Brackets("[", [literal(each) for each in value], "]")
    return repr(value)


def rendered(expression: Expression, *, indent: int, before: int = 0, after: int = 0) -> str:
    """Return the text of an expression.

    Units: columns: `indent` of the line it begins in, `before` and `after` what stands beside it
        in its first and its last line.
    """
    line = flat(expression)
    if indent + before + len(line) + after <= WIDTH:
        return line
    if isinstance(expression, Named):
        inner = expression.part
        before += len(expression.before)
        return expression.before + rendered(inner, indent=indent, before=before, after=after)
    if isinstance(expression, Text):
        return _cut(expression.value, indent)
    if isinstance(expression, str) or not expression.parts:
        return line
    inside = indent + 4
    # A comma behind the one part of a type makes a tuple of it.
    comma = "" if expression.before == "list[" else ","
    lines = [
        f"{' ' * inside}{rendered(part, indent=inside, after=len(comma))}{comma}\n"
        for part in expression.parts
    ]
    return f"{expression.before}\n{''.join(lines)}{' ' * indent}{expression.after}"


def flat(expression: Expression) -> str:
    """Return the text of an expression in one line."""
    if isinstance(expression, str):
        return expression
    if isinstance(expression, Text):
        return _quoted(expression.value)
    if isinstance(expression, Named):
        return expression.before + flat(expression.part)
    return f"{expression.before}{', '.join(map(flat, expression.parts))}{expression.after}"


def _quoted(text: str) -> str:
    """Return a text as a literal, in the quotes that need fewer escapes."""
    quote = "'" if text.count('"') > text.count("'") else '"'
    if text.isprintable() and quote not in text and "\\" not in text:
        return f"{quote}{text}{quote}"
    parts: list[str] = []
    for each in text:
        if each == quote:
            parts.append(f"\\{each}")
        elif each in _ESCAPES:
            parts.append(_ESCAPES[each])
        elif each.isprintable():
            parts.append(each)
        else:
            number = ord(each)
            form = "\\x{:02x}" if number < 0x100 else "\\u{:04x}"
            parts.append((form if number < 0x10000 else "\\U{:08x}").format(number))
    return f"{quote}{''.join(parts)}{quote}"


def _cut(text: str, indent: int) -> str:
    """Return a text as several literals that follow each other, between parentheses."""
    inside = indent + 4
    pieces: list[str] = []
    for line in text.splitlines(keepends=True):
        held = ""
        for word in _words(line):
            if held and inside + len(_quoted(held + word)) > WIDTH:
                pieces.append(held)
                held = ""
            held += word
        pieces.append(held)
    if inside + len(_quoted(text)) <= WIDTH:
        pieces = [text]
    elif len(pieces) < 2:
        return _quoted(text)
    lines = [f"{' ' * inside}{_quoted(piece)}\n" for piece in pieces]
    return f"(\n{''.join(lines)}{' ' * indent})"


def _words(line: str) -> list[str]:
    """Return the parts of a line that begin after spaces."""
    words: list[str] = []
    start = 0
    for index in range(1, len(line)):
        if line[index - 1] == " " and line[index] != " ":
            words.append(line[start:index])
            start = index
    return [*words, line[start:]]
