"""The paths of printer columns: what in an object they lead to.

1. The dialect of kubectl and the API server: fields, quoted fields, indexes, slices, wildcards,
   unions, descent, and filters that compare a field with a literal.
2. What is missing leads nowhere, and so does a path that does not fit the value; a cell is empty
   then, so no reason is told.

Source: k8s.io/client-go util/jsonpath.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, Final, TypeAlias, cast

__all__ = ["Step", "found", "steps"]

Step: TypeAlias = Callable[[Any], Iterator[Any]]
"""From one value to those that a part of a path leads to."""

_FIELD: Final = re.compile(r"\.?((?:\\.|[^\s.,\[\]$@{}()=!<>\\])+)")
_FILTER: Final = re.compile(
    r"""\s*@(?P<left>(?:\\.|[^=!<>()\s]|\[[^\]]*\])*)\s*
    (?:(?P<operator>==|!=|<=|>=|<|>)\s*(?P<right>"[^"]*"|'[^']*'|[^\s]+)\s*)?""",
    re.VERBOSE,
)
_SLICE: Final = re.compile(r"\s*(-?\d*)\s*(?::\s*(-?\d*)\s*(?::\s*(-?\d*)\s*)?)?")
_MAX_PARTS: Final = 256


class _Malformed(ValueError):
    """A path that cannot be read."""


def steps(path: str) -> tuple[Step, ...] | None:
    """Return the steps of a path such as `.spec.list[*].name`, None if it cannot be read."""
    try:
        return tuple(_steps(path.strip()))
    except ValueError:
        return None


def found(value: object, path: tuple[Step, ...]) -> list[Any]:
    """Return the values that a path leads to."""
    values: list[Any] = [value]
    for step in path:
        values = [each for value in values for each in step(value)]
    return values


def _steps(path: str) -> Iterator[Step]:
    at = 0
    for _ in range(_MAX_PARTS):
        if at == len(path):
            return
        if path.startswith("..", at):
            yield _descend
            at += 1 if path.startswith("..[", at) else 2
            if path.startswith(".[", at):
                at += 1
            elif at < len(path) and path[at] not in "[*":
                at, name = _field(path, at)
                yield _member(name)
        elif path[at] == "[":
            end = _closing(path, at)
            yield _bracket(path[at + 1 : end].strip())
            at = end + 1
        elif path.startswith((".*", "*"), at):
            yield _all
            at += 2 if path[at] == "." else 1
        elif path[at] in "$@":
            at += 1
        elif path[at:] == ".":
            return
        elif path.startswith(".[", at):
            at += 1
        else:
            at, name = _field(path, at)
            yield _member(name)
    raise _Malformed


def _field(path: str, at: int) -> tuple[int, str]:
    match = _FIELD.match(path, at)
    if match is None:
        raise _Malformed
    return match.end(), re.sub(r"\\(.)", r"\1", match[1])


def _closing(path: str, at: int) -> int:
    """Return where the bracket that opens at a place is closed; quotes and brackets nest."""
    depth, quote = 0, ""
    for n in range(at, len(path)):
        letter = path[n]
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "'\"":
            quote = letter
        elif letter == "[":
            depth += 1
        elif letter == "]":
            depth -= 1
            if not depth:
                return n
    raise _Malformed


def _bracket(inside: str) -> Step:
    if inside == "*":
        return _all
    if inside.startswith("?(") and inside.endswith(")"):
        return _filter(inside[2:-1])
    if inside[:1] in ("'", '"'):
        names = re.findall(r"""'([^']*)'|"([^"]*)\"""", inside)
        return _union([_member(single or double) for single, double in names])
    return _union([_indexed(part) for part in inside.split(",")])


def _union(parts: list[Step]) -> Step:
    if len(parts) == 1:
        return parts[0]
    return lambda value: (each for part in parts for each in part(value))


def _list(value: object) -> list[Any]:
    """Return a list as it is, an empty one for anything else."""
    return cast("list[object]", value) if isinstance(value, list) else []


def _member(name: str) -> Step:
    def step(value: Any) -> Iterator[Any]:
        if isinstance(value, dict) and name in value:
            yield cast("dict[str, Any]", value)[name]

    return step


def _all(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        yield from cast("dict[str, Any]", value).values()
    else:
        yield from _list(value)


def _descend(value: Any) -> Iterator[Any]:
    waiting = [value]
    while waiting:
        each = waiting.pop(0)
        yield each
        waiting = [*_all(each), *waiting]


def _indexed(part: str) -> Step:
    match = _SLICE.fullmatch(part)
    if match is None or not part.strip():
        raise _Malformed
    if ":" not in part:
        index = int(match[1])

        def one(value: Any) -> Iterator[Any]:
            items = _list(value)
            if -len(items) <= index < len(items):
                yield items[index]

        return one
    first, last, stride = (int(text) if text else None for text in match.groups())
    if stride is not None and stride <= 0:
        raise _Malformed

    def several(value: Any) -> Iterator[Any]:
        yield from _list(value)[first:last:stride]

    return several


def _filter(text: str) -> Step:
    match = _FILTER.fullmatch(text)
    if match is None:
        raise _Malformed
    left = tuple(_steps(match["left"]))
    operator, right = match["operator"], match["right"]
    literal = None if right is None else _literal(right)

    def step(value: Any) -> Iterator[Any]:
        for each in _list(value):
            values = found(each, left)
            if values and (operator is None or _compares(values[0], operator, literal)):
                yield each

    return step


def _literal(text: str) -> Any:
    if text[0] in "'\"":
        return text[1:-1]
    if text in ("true", "false"):
        return text == "true"
    return float(text) if "." in text else int(text)


def _compares(value: Any, operator: str, literal: Any) -> bool:
    if isinstance(value, bool) != isinstance(literal, bool):
        return False
    if isinstance(value, str) != isinstance(literal, str) or value is None:
        return False
    match operator:
        case "==":
            return bool(value == literal)
        case "!=":
            return bool(value != literal)
        case _ if isinstance(value, (bool, dict, list)):
            return False
        case "<":
            return bool(value < literal)
        case "<=":
            return bool(value <= literal)
        case ">":
            return bool(value > literal)
        case _:
            return bool(value >= literal)
