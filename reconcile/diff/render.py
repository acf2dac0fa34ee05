"""A change as text for people: lines of YAML, a tree of what changed, or operations.

1. No secret is shown: values of a Secret and annotations that hold a whole object become their type
   and size, and a changed one says that it changed.
2. No text can act on a terminal: what cannot be printed is escaped.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias, cast

from reconcile.errors import LimitError
from reconcile.value.equality import equal
from reconcile.value.limits import MAX_DEPTH
from reconcile.value.pointer import parse
from reconcile.value.redact import APPLIED, describe, mask

from ._align_cy import STAYS, align
from ._yaml import item_lines, literal, member_lines, scalar
from .compute import diff

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconcile.value.types import Json, JsonIn

    from .list_rules import ListRules

__all__ = ["Style", "render"]

Style: TypeAlias = Literal["unified", "tree", "json"]
_NAMES = ("name", "key", "mountPath", "containerPort", "port", "id", "uid", "ip", "path", "type")
_LONGEST = 60
_SIMPLE = re.compile(r"[\w$-]+\Z", re.ASCII)


def render(
    before: JsonIn,
    after: JsonIn,
    *,
    style: Style = "unified",
    context: int = 3,
    colour: bool = False,
    lists: ListRules | None = None,
) -> str:
    """Return what changed between two documents, as text.

    Shape: "unified": both as YAML, changed lines marked - and +, with `context` lines around them;
        each hunk names the place it begins at. "tree": one line for each change, under its place.
        "json": the operations of `diff`, one a line; `lists` is for them. Empty if nothing changed.
    Guarantees: no value of a Secret and no annotation that holds a whole object is shown.
    Raises: TypeError for an unknown style; LimitError for more than 128 levels.
    Cost: linear in both documents. `colour` needs the package rich; without it there is none.
    """
    x, y = cast("Json", before), cast("Json", after)
    if style == "json":
        lines = [("", line) for line in _operations(x, y, lists)]
    elif style not in ("unified", "tree"):
        raise TypeError('style is "unified", "tree" or "json"')
    else:
        walk = _Lines() if style == "unified" else _Tree()
        if not equal(before, after):
            walk.document(x, y)
        lines = walk.text(context)
    if colour:
        return _coloured(lines)
    return "".join(f"{line}\n" for _, line in lines)


class _Line(NamedTuple):
    sign: str
    text: str
    place: tuple[str, ...]


def _hides(value: Json, key: str) -> bool:
    """Return whether a member is not to be shown."""
    secret = isinstance(value, dict) and value.get("kind") == "Secret"
    return key in APPLIED or (secret and key in {"data", "stringData"})


def _shown(value: Json, *, hidden: bool) -> Json:
    """Return a value as it may be shown."""
    if not hidden:
        return mask(value)
    if isinstance(value, dict):
        return {key: _shown(item, hidden=True) for key, item in value.items()}
    return f"<{describe(value)}>"


def _pairs(x: list[Json], y: list[Json]) -> list[tuple[int, int]]:
    """Return the items of two lists beside each other, -1 where there is none."""
    if not x or not y:
        return [(index, -1) for index in range(len(x))] + [(-1, index) for index in range(len(y))]
    keys_x, keys_y = _keys(x, y)
    pairs, structure = align(keys_x, keys_y, 0, same=False, pairing=True)
    if structure is None:
        return list(zip(pairs[::2], pairs[1::2], strict=True))
    start, fate, partner, _ = structure
    kept = [(index, index) for index in range(start)]
    kept += [(start + i, start + partner[i]) for i in range(len(fate)) if fate[i] == STAYS]
    tail = len(x) - start - len(fate)  # equal items at the end
    kept += [(len(x) - back, len(y) - back) for back in range(tail, 0, -1)]
    beside: list[tuple[int, int]] = []
    i = j = 0
    for left, right in [*kept, (len(x), len(y))]:
        beside += [(index, -1) for index in range(i, left)]
        beside += [(-1, index) for index in range(j, right)]
        if left < len(x):
            beside.append((left, right))
        i, j = left + 1, right + 1
    return beside


def _keys(x: list[Json], y: list[Json]) -> tuple[list[str], list[str]]:
    """Return what items are told apart by: a name that all have, else all they hold."""
    if all(isinstance(item, dict) for item in (*x, *y)):
        items = cast("list[dict[str, Json]]", [*x, *y])
        for name in _NAMES:
            if all(isinstance(item.get(name), (str, int)) for item in items):
                keys = [repr(item[name]) for item in items]
                if len(set(keys[: len(x)])) == len(x) and len(set(keys[len(x) :])) == len(y):
                    return keys[: len(x)], keys[len(x) :]
        if all(isinstance(item.get("metadata"), dict) for item in items):
            keys = [_reference(item) for item in items]
            return keys[: len(x)], keys[len(x) :]
    keys = [json.dumps(item, sort_keys=True) for item in (*x, *y)]
    return keys[: len(x)], keys[len(x) :]


def _reference(value: Json) -> str:
    """Return kind, namespace and name of an object, an empty text if it has none."""
    metadata = value.get("metadata") if isinstance(value, dict) else None
    if not isinstance(value, dict) or not isinstance(metadata, dict):
        return ""
    parts = [metadata.get("namespace"), metadata.get("name")]
    name = "/".join(part for part in parts if isinstance(part, str))
    return scalar(f"{value.get('kind', '')} {name}".strip()) if name else ""


def _item_name(value: Json, index: int) -> str:
    """Return how an item is named in a place."""
    if isinstance(value, dict):
        for name in _NAMES:
            found = value.get(name)
            if isinstance(found, (str, int)):
                return f"[{name}={scalar(found)}]"
        if reference := _reference(value):
            return f"[{reference}]"
    return f"[{index}]"


def _member_name(key: str) -> str:
    """Return how a member is named in a place."""
    return f".{key}" if _SIMPLE.match(key) else f"[{json.dumps(key)}]"


def _place(parts: Sequence[str]) -> str:
    """Return a place as people write it."""
    return "".join(parts).removeprefix(".")


class _Walk:
    """Both documents walked through together; what is told of them is the heir's."""

    def pair(self, x: Json, y: Json, place: tuple[str, ...], *, hidden: bool) -> None:
        if len(place) > MAX_DEPTH:
            raise LimitError("levels of nesting", MAX_DEPTH)
        if isinstance(x, dict) and isinstance(y, dict) and (x or y):
            for key in [*x, *(key for key in y if key not in x)]:
                hides = hidden or _hides(x, key) or _hides(y, key)
                if key not in y:
                    self.only("-", key, x[key], place, hidden=hides)
                elif key not in x:
                    self.only("+", key, y[key], place, hidden=hides)
                else:
                    self.member(key, x[key], y[key], place, hidden=hides)
        elif isinstance(x, list) and isinstance(y, list):
            for i, j in _pairs(x, y):
                if j < 0:
                    self.only("-", i, x[i], place, hidden=hidden)
                elif i < 0:
                    self.only("+", j, y[j], place, hidden=hidden)
                else:
                    self.item(i, x[i], y[j], place, hidden=hidden)

    def only(
        self, sign: str, key: str | int, value: Json, place: tuple[str, ...], *, hidden: bool
    ) -> None:
        raise NotImplementedError

    def member(self, key: str, x: Json, y: Json, place: tuple[str, ...], *, hidden: bool) -> None:
        raise NotImplementedError

    def item(self, index: int, x: Json, y: Json, place: tuple[str, ...], *, hidden: bool) -> None:
        raise NotImplementedError


def _both(x: Json, y: Json) -> bool:
    """Return whether two values are walked into."""
    return bool(x and y) and (
        (isinstance(x, dict) and isinstance(y, dict))
        or (isinstance(x, list) and isinstance(y, list))
    )


class _Lines(_Walk):
    """Lines of YAML."""

    def __init__(self) -> None:
        self._lines: list[_Line] = []
        self._indent = ""
        self._name = ""

    def document(self, x: Json, y: Json) -> None:
        self._name = _reference(y) or _reference(x)
        if _both(x, y):
            self.pair(x, y, (), hidden=False)
        else:
            self._put("-", [scalar(_shown(x, hidden=False))], ())
            self._put("+", [scalar(_shown(y, hidden=False))], ())

    def _put(self, sign: str, lines: list[str], place: tuple[str, ...]) -> None:
        self._lines.extend(_Line(sign, line, place) for line in lines)

    def only(
        self, sign: str, key: str | int, value: Json, place: tuple[str, ...], *, hidden: bool
    ) -> None:
        shown = _shown(value, hidden=hidden)
        lines = (
            member_lines(key, shown, self._indent)
            if isinstance(key, str)
            else item_lines(shown, self._indent)
        )
        self._put(sign, lines, place)

    def member(self, key: str, x: Json, y: Json, place: tuple[str, ...], *, hidden: bool) -> None:
        if equal(x, y):
            self.only(" ", key, x, place, hidden=hidden)
            return
        here = (*place, _member_name(key))
        if _both(x, y):
            self._put(" ", [f"{self._indent}{scalar(key)}:"], place)
            outer = self._indent
            self._indent += "  " if isinstance(x, dict) else ""
            self.pair(x, y, here, hidden=hidden)
            self._indent = outer
        elif not hidden and (lines := self._text(key, x, y)):
            self._lines.extend(_Line(sign, line, here) for sign, line in lines)
        else:
            self.only("-", key, x, place, hidden=hidden)
            if hidden:
                line = f"{self._indent}{scalar(key)}: {scalar(f'<{describe(y)}, changed>')}"
                self._put("+", [line], place)
            else:
                self.only("+", key, y, place, hidden=hidden)

    def _text(self, key: str, x: Json, y: Json) -> list[tuple[str, str]] | None:
        """Return the lines of two texts of several lines beside each other."""
        mine, other = literal(x), literal(y)
        if mine is None or other is None:
            return None
        head_x, *_ = member_lines(key, x, self._indent)
        head_y, *_ = member_lines(key, y, self._indent)
        lines = [(" ", head_x)] if head_x == head_y else [("-", head_x), ("+", head_y)]
        indent = self._indent + "  "
        for i, j in _pairs(cast("list[Json]", mine), cast("list[Json]", other)):
            if i >= 0 and j >= 0 and mine[i] == other[j]:
                lines.append((" ", f"{indent}{mine[i]}".rstrip()))
                continue
            if i >= 0:
                lines.append(("-", f"{indent}{mine[i]}".rstrip()))
            if j >= 0:
                lines.append(("+", f"{indent}{other[j]}".rstrip()))
        return lines

    def item(self, index: int, x: Json, y: Json, place: tuple[str, ...], *, hidden: bool) -> None:
        if equal(x, y):
            self.only(" ", index, x, place, hidden=hidden)
            return
        if not _both(x, y):
            self.only("-", index, x, place, hidden=hidden)
            self.only("+", index, y, place, hidden=hidden)
            return
        at = len(self._lines)
        outer = self._indent
        self._indent += "  "
        self.pair(x, y, (*place, _item_name(x, index)), hidden=hidden)
        self._indent = outer
        started: set[str] = set()
        for number in range(at, len(self._lines)):
            line = self._lines[number]
            if line.sign not in started:
                text = f"{outer}- {line.text[len(outer) + 2 :]}"
                self._lines[number] = line._replace(text=text)
                started.add(line.sign)
            if line.sign == " " or len(started) > 1:
                break

    def text(self, context: int) -> list[tuple[str, str]]:
        """Return the lines around what changed."""
        changed = [index for index, line in enumerate(self._lines) if line.sign != " "]
        if not changed:
            return []
        name = f" {self._name}" if self._name else ""
        out = [("-", f"--- before{name}"), ("+", f"+++ after{name}")]
        at = 0
        counted = [0, 0]  # lines of before and of after that have been passed
        done = 0
        while at < len(changed):
            end = at
            while end + 1 < len(changed) and changed[end + 1] - changed[end] <= 2 * context + 1:
                end += 1
            first = max(done, changed[at] - context)
            last = min(len(self._lines), changed[end] + context + 1)
            for line in self._lines[done:first]:
                counted[0] += line.sign != "+"
                counted[1] += line.sign != "-"
            hunk = self._lines[first:last]
            sizes = [sum(line.sign != other for line in hunk) for other in "+-"]
            place = _place(self._lines[changed[at]].place)
            where = f"-{counted[0] + 1},{sizes[0]} +{counted[1] + 1},{sizes[1]}"
            out.append(("@", f"@@ {where} @@ {place}".rstrip()))
            out += [(line.sign, line.sign + line.text) for line in hunk]
            counted[0] += sizes[0]
            counted[1] += sizes[1]
            done = last
            at = end + 1
        return out


class _Tree(_Walk):
    """One line for each change, under the places it stands in."""

    def __init__(self) -> None:
        self._changes: list[tuple[str, tuple[str, ...], str]] = []
        self._name = ""

    def document(self, x: Json, y: Json) -> None:
        self._name = _reference(y) or _reference(x)
        if _both(x, y):
            self.pair(x, y, (), hidden=False)
        else:
            self._change((), x, y, hidden=False)

    def _change(self, place: tuple[str, ...], x: Json, y: Json, *, hidden: bool) -> None:
        told = f"{_short(x, hidden=hidden)} -> {_short(y, hidden=hidden)}"
        self._changes.append(("~", place, told))

    def only(
        self, sign: str, key: str | int, value: Json, place: tuple[str, ...], *, hidden: bool
    ) -> None:
        part = _member_name(key) if isinstance(key, str) else _item_name(value, key)
        self._changes.append((sign, (*place, part), _short(value, hidden=hidden)))

    def member(self, key: str, x: Json, y: Json, place: tuple[str, ...], *, hidden: bool) -> None:
        if equal(x, y):
            return
        if _both(x, y):
            self.pair(x, y, (*place, _member_name(key)), hidden=hidden)
        else:
            self._change((*place, _member_name(key)), x, y, hidden=hidden)

    def item(self, index: int, x: Json, y: Json, place: tuple[str, ...], *, hidden: bool) -> None:
        if equal(x, y):
            return
        here = (*place, _item_name(x, index))
        if _both(x, y):
            self.pair(x, y, here, hidden=hidden)
        else:
            self._change(here, x, y, hidden=hidden)

    def text(self, _context: int) -> list[tuple[str, str]]:
        """Return the changes, each part of a place on a line once."""
        if not self._changes:
            return []
        out = [(" ", self._name)] if self._name else []
        self._branch(out, self._changes, 0, "")
        return out

    def _branch(
        self,
        out: list[tuple[str, str]],
        found: list[tuple[str, tuple[str, ...], str]],
        depth: int,
        indent: str,
    ) -> None:
        at = 0
        while at < len(found):
            sign, place, told = found[at]
            end = at + 1
            if len(place) > depth:
                while end < len(found) and found[end][1][depth : depth + 1] == (place[depth],):
                    end += 1
            group = found[at:end]
            if len(group) == 1:
                label = _place(place[depth:])
                out.append((sign, f"{indent}{sign} {label}: {told}" if label else f"{sign} {told}"))
            else:
                shared = depth + 1
                while all(
                    len(other[1]) > shared + 1 and other[1][shared] == place[shared]
                    for other in group
                ):
                    shared += 1
                out.append((" ", f"{indent}  {_place(place[depth:shared])}"))
                self._branch(out, group, shared, indent + "  ")
            at = end


def _short(value: Json, *, hidden: bool) -> str:
    """Return a value on one line, cut if it is long."""
    shown = _shown(value, hidden=hidden)
    if isinstance(shown, (dict, list)) and not hidden:
        text = json.dumps(shown, ensure_ascii=True)
    else:
        text = scalar(shown) if not isinstance(shown, (dict, list)) else json.dumps(shown)
    if len(text) > _LONGEST:
        return f"{text[:_LONGEST]}... ({describe(value)})"
    return text


def _operations(x: Json, y: Json, lists: ListRules | None) -> list[str]:
    """Return operations as JSON, with secrets masked."""
    lines: list[str] = []
    for operation in diff(x, y, lists=lists).to_json():
        if "value" in operation:
            path = parse(cast("str", operation["path"]))
            hidden = _on_secret(x, path) or _on_secret(y, path)
            operation["value"] = _shown(operation["value"], hidden=hidden)
        lines.append(json.dumps(operation))
    return lines


def _on_secret(document: Json, path: Sequence[str]) -> bool:
    """Return whether a pointer leads into what is not to be shown."""
    for part in path:
        if isinstance(document, dict):
            if _hides(document, part):
                return True
            if part not in document:
                return False
            document = document[part]
        elif isinstance(document, list) and part.isdigit() and int(part) < len(document):
            document = document[int(part)]
        else:
            return False
    return False


def _coloured(lines: list[tuple[str, str]]) -> str:
    """Return lines in colours, without them where rich is not installed."""
    try:
        from rich.console import Console
        from rich.text import Text
    except ImportError:
        return "".join(f"{line}\n" for _, line in lines)
    styles = {"-": "red", "+": "green", "@": "cyan", "~": "yellow"}
    console = Console(force_terminal=True, color_system="standard", width=1_000_000)
    with console.capture() as captured:
        for sign, line in lines:
            console.print(Text(line, style=styles.get(sign, "")), soft_wrap=True, highlight=False)
    return captured.get()
