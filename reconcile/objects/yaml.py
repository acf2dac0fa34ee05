"""YAML 1.2 to documents, strictly: the core schema, limits, and errors with their lines.

1. What a plain scalar is, the core schema of YAML 1.2.2 (section 10.3.2) says and nothing else:
   `y`, `on`, `NO`, `12:30:45` and dates are texts, `0o14` is 12 and `012` is 12.
2. Only documents that JSON can say are read: keys are texts, there once; no tags but the core's.
3. Limits hold after aliases are expanded; what an alias stands for is copied, never shared.
4. PyYAML parses, in C where it is built so (the extra `yaml`); values are made here. It is
   imported when the first text is read. An error tells line, column and pointer, never a value.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, Final, cast

from reconcile.errors import Fault, LimitError, ObjectError, RequestError
from reconcile.objects._yaml_out import all_to_yaml, to_yaml
from reconcile.value.codec import decode
from reconcile.value.limits import MAX_BODY, MAX_DEPTH
from reconcile.value.pointer import render
from reconcile.value.redact import describe
from reconcile.value.types import Json, JsonObject

__all__ = ["YamlError", "all_from_yaml", "all_to_yaml", "from_yaml", "to_yaml"]

MAX_ALIASES: Final = 100
"""Aliases in one text."""
MAX_NODES: Final = 1_000_000
"""Keys and values in one text, those that aliases stand for included."""
_MAX_DIGITS: Final = 4_000
_CORE: Final = "tag:yaml.org,2002:"
_NULLS: Final = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLEANS: Final = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INTEGER: Final = re.compile(r"[-+]?[0-9]+\Z")
_OCTAL: Final = re.compile(r"0o[0-7]+\Z")
_HEXADECIMAL: Final = re.compile(r"0x[0-9a-fA-F]+\Z")
_FLOAT: Final = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z")
_NO_NUMBER: Final = re.compile(r"[-+]?\.(inf|Inf|INF)\Z|\.(nan|NaN|NAN)\Z")
_START: Final = "0123456789+-.~nNtTfF"
"""What a plain scalar that is no text may begin with."""
_QUOTED: Final = re.compile(r"""(['"`]).{2,}\1""")


class YamlError(ObjectError):
    """The author of a YAML text must act: it is no YAML 1.2, or says what no object can hold.

    Units: `line` and `column` count from 1; `document` is the position in the text, from 0.
    """

    def __init__(
        self, message: str, *, line: int, column: int, document: int = 0, pointer: str = ""
    ) -> None:
        super().__init__([Fault(pointer, message)])
        self.line = line
        self.column = column
        self.document = document

    def __str__(self) -> str:
        [fault] = self.faults
        where = f"line {self.line}, column {self.column}"
        return f"{where}: {fault}" if fault.pointer else f"{where}: {fault.message}"


def from_yaml(text: str | bytes) -> JsonObject:
    """Return the one object in a YAML or JSON text, as a document for `of`.

    Raises: YamlError if it is not YAML 1.2 or not one object; what `all_from_yaml` refuses.
    """
    found = list(_documents(text, 2))
    if len(found) != 1:
        many = "more than one document" if found else "no document"
        place = found[1][1] if found else _Place()
        raise place.error(f"has {many}, one is needed")
    return found[0][0]


def all_from_yaml(text: str | bytes) -> tuple[JsonObject, ...]:
    """Return the objects in a YAML text, one of each document; empty documents are left out.

    Guarantees: members in their order, integers exact, floats finite. No key is there twice. There
        are at most 100 aliases, 1,000,000 keys and values, 128 levels and 32 MiB of text.
    Raises: YamlError at the first place that is wrong; ImportError without PyYAML.
    Cost: linear in the text and what its aliases stand for.
    Source: YAML 1.2.2, section 10.3; `<<` and `%YAML 1.1` are of YAML 1.1 and refused.
    """
    return tuple(document for document, _ in _documents(text, None))


class _Place:
    """A place in a text."""

    __slots__ = ("column", "document", "line", "parts")

    def __init__(
        self,
        line: int = 1,
        column: int = 1,
        document: int = 0,
        parts: list[str | int] | None = None,
    ) -> None:
        self.line = line
        self.column = column
        self.document = document
        self.parts = parts or []

    def error(self, message: str) -> YamlError:
        return YamlError(
            message,
            line=self.line,
            column=self.column,
            document=self.document,
            pointer=render(self.parts),
        )


def _documents(text: str | bytes, most: int | None) -> Iterator[tuple[JsonObject, _Place]]:
    text = _checked(text)
    if text.lstrip()[:1] == "{":
        # JSON is YAML, but for halves of surrogate pairs written one by one. Where it is not
        # strict JSON the reading below tells why, with the line.
        try:
            document = decode(text.encode())
        except (RequestError, LimitError):
            pass
        else:
            yield cast("JsonObject", document), _Place()
            return
    reader = _Reader(_events(text))
    for value, place in reader.documents():
        if value is None:
            continue
        if not isinstance(value, dict):
            raise place.error(f"must be an object, is {describe(value)}")
        yield value, place
        if most is not None:
            most -= 1
            if not most:
                return


def _checked(text: str | bytes) -> str:
    """Return a text that is UTF-8 and not too long.

    Raises: YamlError.
    """
    try:
        data = text.encode() if isinstance(text, str) else bytes(text)
        if len(data) > MAX_BODY:
            raise _Place().error(f"has more than {MAX_BODY} bytes")
        return (text if isinstance(text, str) else data.decode()).removeprefix("\ufeff")
    except UnicodeError:
        raise _Place().error("is not UTF-8") from None


def _events(text: str) -> Iterator[Any]:
    """Yield what PyYAML's parser finds.

    Raises: YamlError.
    """
    try:
        import yaml
    except ImportError:
        message = "YAML is read with PyYAML: pip install 'kube-reconcile[yaml]'"
        raise ImportError(message, name="yaml") from None
    loader: Any = yaml.CLoader if yaml.__with_libyaml__ else yaml.Loader
    try:
        yield from yaml.parse(text, Loader=loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = _Place(mark.line + 1, mark.column + 1) if mark else _Place()
        # Parsers quote words of the text.
        problem = _QUOTED.sub("something", error.problem or "").partition(", but ")[0]
        raise place.error(f"is not YAML: {problem}" if problem else "is not YAML") from None
    except yaml.YAMLError as error:
        position = getattr(error, "position", 0) or 0
        before = text[:position] if isinstance(position, int) else ""
        place = _Place(before.count("\n") + 1, len(before) - before.rfind("\n"))
        raise place.error("has a character that YAML does not allow") from None


class _Open:
    """A mapping or a sequence that is being read."""

    __slots__ = ("anchor", "before", "key", "value")

    def __init__(self, value: JsonObject | list[Json], anchor: str | None, before: int) -> None:
        self.value = value
        self.anchor = anchor
        self.before = before
        """How many nodes there were before it."""
        self.key: str | None = None
        """The key whose value comes next; None where a key comes next, and in sequences."""


class _Reader:
    """From events to documents, without recursion."""

    def __init__(self, events: Iterator[Any]) -> None:
        self._events = events
        self._open: list[_Open] = []
        self._anchors: dict[str, tuple[Json, int] | None] = {}
        self._nodes = 0
        self._aliases = 0
        self._document = -1

    def documents(self) -> Iterator[tuple[Json, _Place]]:
        """Yield each document and where it starts."""
        place = _Place()
        for event in self._events:
            match type(event).__name__:
                case "ScalarEvent":
                    found = self._scalar(event)
                case "AliasEvent":
                    found = self._alias(event)
                case "MappingStartEvent" | "SequenceStartEvent":
                    if not self._open:
                        place = self._place(event)
                    self._start(event)
                    continue
                case "MappingEndEvent" | "SequenceEndEvent":
                    found = self._end()
                case "DocumentStartEvent":
                    self._document += 1
                    self._anchors.clear()
                    if event.version == (1, 1):
                        message = "says that it is YAML 1.1, in which other words are truth values"
                        raise self._error(event, message)
                    continue
                case _:
                    continue
            if self._open:
                self._put(found)
            else:
                start = place if isinstance(found, dict | list) else self._place(event)
                yield found, start

    def _place(self, event: Any) -> _Place:
        parts: list[str | int] = []
        for each in self._open:
            if isinstance(each.value, list):
                parts.append(len(each.value))
            elif each.key is not None:
                parts.append(each.key)
        mark = event.start_mark
        return _Place(mark.line + 1, mark.column + 1, max(self._document, 0), parts)

    def _error(self, event: Any, message: str) -> YamlError:
        return self._place(event).error(message)

    def _count(self, event: Any, nodes: int) -> None:
        self._nodes += nodes
        if self._nodes > MAX_NODES:
            raise self._error(event, f"has more than {MAX_NODES} keys and values")

    def _put(self, value: Json) -> None:
        """Put a value where it belongs; a key that comes next was put by `_scalar`."""
        top = self._open[-1]
        if isinstance(top.value, list):
            top.value.append(value)
        elif top.key is not None:
            top.value[top.key] = value
            top.key = None
        else:
            top.key = cast("str", value)

    def _wants_key(self) -> _Open | None:
        top = self._open[-1] if self._open else None
        return top if top and top.key is None and isinstance(top.value, dict) else None

    def _key(self, event: Any, value: Json, mapping: _Open) -> None:
        """Refuse what is no key."""
        if not isinstance(value, str):
            message = f"has {describe(value)} as a key; put it into quotes if it is a text"
            raise self._error(event, message)
        if value in mapping.value:
            shown = repr(value) if len(value) <= 100 else describe(value)
            raise self._error(event, f"the key {shown} is there twice")

    def _scalar(self, event: Any) -> Json:
        self._count(event, 1)
        text: str = event.value
        tag: str | None = event.tag
        plain = event.implicit[0] and tag is None
        mapping = self._wants_key()
        if tag is None or tag == "!":
            value = self._core(event, text) if plain else text
        else:
            value = self._tagged(event, text, tag)
        if mapping is not None:
            if plain and text == "<<":
                message = "merges members with <<, which is of YAML 1.1; write them out"
                raise self._error(event, message)
            self._key(event, value, mapping)
        if event.anchor is not None:
            self._anchors[event.anchor] = (value, 1)
        return value

    def _core(self, event: Any, text: str) -> Json:
        """Return what a plain scalar is in the core schema."""
        if text in _NULLS:
            return None
        if text[0] not in _START:
            return text
        if text in _BOOLEANS:
            return _BOOLEANS[text]
        if _INTEGER.match(text):
            return self._integer(event, text, 10)
        if _OCTAL.match(text):
            return self._integer(event, text[2:], 8)
        if _HEXADECIMAL.match(text):
            return self._integer(event, text[2:], 16)
        if _FLOAT.match(text):
            number = float(text)
            if number - number == 0:
                return number
            raise self._error(event, "is a number too large for a 64-bit float")
        if _NO_NUMBER.match(text):
            raise self._error(event, "is no finite number, which JSON cannot say")
        return text

    def _integer(self, event: Any, digits: str, base: int) -> int:
        if len(digits) > _MAX_DIGITS:
            raise self._error(event, f"has more than {_MAX_DIGITS} digits")
        return int(digits, base)

    def _tagged(self, event: Any, text: str, tag: str) -> Json:
        name = tag.removeprefix(_CORE)
        if name == "str":
            return text
        wanted = _TAGS.get(name) if tag.startswith(_CORE) else None
        if wanted is None:
            raise self._error(event, "has a tag that is none of JSON's types")
        value = self._core(event, text)
        if name == "float" and type(value) is int:
            value = float(text) if _INTEGER.match(text) else value
        if not wanted(value):
            raise self._error(event, f"is {describe(value)}, which is not of its tag")
        return value

    def _alias(self, event: Any) -> Json:
        self._aliases += 1
        if self._aliases > MAX_ALIASES:
            raise self._error(event, f"has more than {MAX_ALIASES} aliases")
        if event.anchor not in self._anchors:
            raise self._error(event, "has an alias of nothing before it")
        known = self._anchors[event.anchor]
        if known is None:
            raise self._error(event, "has an alias that stands for what it is in")
        value, nodes = known
        self._count(event, nodes)
        mapping = self._wants_key()
        if mapping is not None:
            self._key(event, value, mapping)
        return self._copy(event, value, len(self._open))

    def _copy(self, event: Any, value: Json, depth: int) -> Json:
        if isinstance(value, dict | list):
            if depth >= MAX_DEPTH:
                raise self._error(event, f"is nested more than {MAX_DEPTH} deep")
            if isinstance(value, dict):
                return {key: self._copy(event, each, depth + 1) for key, each in value.items()}
            return [self._copy(event, each, depth + 1) for each in value]
        return value

    def _start(self, event: Any) -> None:
        mapping = type(event).__name__ == "MappingStartEvent"
        if self._wants_key() is not None:
            raise self._error(event, "has a list or an object as a key")
        if event.tag not in {None, "!", _CORE + ("map" if mapping else "seq")}:
            raise self._error(event, "has a tag that is none of JSON's types")
        if len(self._open) >= MAX_DEPTH:
            # The way there is long: the line tells more than the pointer.
            place = self._place(event)
            raise _Place(place.line, place.column, place.document, place.parts[:8]).error(
                f"is nested more than {MAX_DEPTH} deep"
            )
        before = self._nodes
        self._count(event, 1)
        if event.anchor is not None:
            self._anchors[event.anchor] = None
        self._open.append(_Open({} if mapping else [], event.anchor, before))

    def _end(self) -> Json:
        done = self._open.pop()
        if done.anchor is not None:
            self._anchors[done.anchor] = (done.value, self._nodes - done.before)
        return done.value


_TAGS: Final[dict[str, Callable[[Json], bool]]] = {
    "null": lambda value: value is None,
    "bool": lambda value: isinstance(value, bool),
    "int": lambda value: type(value) is int,
    "float": lambda value: type(value) is float,
}
"""The tags of the core schema, and what a scalar with one must be."""
