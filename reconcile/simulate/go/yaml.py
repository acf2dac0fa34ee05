"""YAML as the API server reads and writes it: YAML 1.1's words for true and false, made into JSON.

1. Reading needs PyYAML, the extra `apiserver`; its loader is given the scalars of the server's own
   reader. `reconcile.objects.yaml` is the reader for people, of YAML 1.2.
2. Whatever is no JSON when it has been read is refused.

Source: sigs.k8s.io/yaml (goyaml.v2, resolve.go); recorded bodies.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from functools import cmp_to_key
from typing import TYPE_CHECKING, Any, Final, cast

from reconcile.errors import DefinitionError
from reconcile.simulate.go.json import quoted
from reconcile.value.limits import MAX_DEPTH

if TYPE_CHECKING:
    from reconcile.value.types import Json

__all__ = ["GoYamlError", "read_yaml", "write_yaml"]

_MOST_ALIASES: Final = 100
_MOST_VALUES: Final = 100_000
"""Of a document with aliases, written out."""
_EXCESSIVE: Final = "error converting YAML to JSON: yaml: document contains excessive aliasing"
_WORDS: Final[dict[str, Json]] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "on", "On", "ON"), True),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "off", "Off", "OFF"), False),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INTEGER: Final = re.compile(r"[-+]?(0b[01_]+|0o[0-7_]+|0x[0-9a-fA-F_]+|[0-9][0-9_]*)")
_FLOAT: Final = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_TIME: Final = re.compile(r"\d{4}-\d\d?-\d\d?($|[Tt ])")
_QUOTED: Final = ("'", '"', "|", ">")
_ALIAS: Final = re.compile(rb"(?m)(?:^|[\s\[{,:-])\*[^\s,\]}]+")


class GoYamlError(Exception):
    """The text is no YAML, or none that JSON can say; the message is the server's."""


def _yaml() -> Any:
    try:
        import yaml
    except ImportError:
        finding = "YAML needs PyYAML; install kube-reconcile[apiserver], or send JSON"
        raise DefinitionError([finding], subject="a body of YAML") from None
    return yaml


def read_yaml(data: bytes) -> tuple[Json, list[str]]:
    """Return the first document of a text, and what is odd about it. Raises: GoYamlError."""
    yaml = _yaml()
    if len(_ALIAS.findall(data)) > _MOST_ALIASES:
        raise GoYamlError(_EXCESSIVE)
    try:
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        node = next(yaml.compose_all(data, Loader=loader), None)  # only the first counts
    except yaml.YAMLError as error:
        raise GoYamlError(f"error converting YAML to JSON: yaml: {_told(error)}") from None
    except (UnicodeDecodeError, RecursionError):
        message = "error converting YAML to JSON: yaml: control characters are not allowed"
        raise GoYamlError(message) from None
    reading = _Reading(yaml, most=_MOST_VALUES if _ALIAS.search(data) else 0)
    return (None if node is None else reading.value(node, 0)), reading.remarks


_CAUSES: Final = {
    "did not find expected node content": "did not find expected node content",
    "expected the node content": "did not find expected node content",
    "mapping values are not allowed": "mapping values are not allowed in this context",
    "could not find expected ':'": "could not find expected ':'",
    "did not find expected key": "did not find expected key",
    "did not find expected ',' or ']'": "did not find expected ',' or ']'",
    "did not find expected ',' or '}'": "did not find expected ',' or '}'",
    "found character that cannot start any token": "found character that cannot start any token",
    "found unexpected end of stream": "found unexpected end of stream",
    "found undefined alias": "unknown anchor referenced",
}


def _told(error: Any) -> str:
    """Return an error of the parser in the words of the server's, which is its sibling."""
    problem = str(getattr(error, "problem", "") or "")
    mark = getattr(error, "problem_mark", None)
    cause = next((told for known, told in _CAUSES.items() if known in problem), problem)
    # It counts lines from one, and the end of the text as the line after.
    return f"line {mark.line}: {cause}" if mark is not None and mark.line else cause


class _Reading:
    """Nodes on the way to JSON, which writes out what an alias stands for."""

    def __init__(self, yaml: Any, most: int) -> None:
        self.yaml = yaml
        self.remarks: list[str] = []
        self._most = most
        """Values at most, 0 for any number."""
        self._values = 0
        self._open: set[int] = set()

    def value(self, node: Any, depth: int) -> Json:
        """Return what a node holds. Raises: GoYamlError."""
        if depth > MAX_DEPTH:
            message = f"error converting YAML to JSON: yaml: exceeded max depth of {MAX_DEPTH}"
            raise GoYamlError(message)
        self._values += 1
        if self._most and self._values > self._most:
            raise GoYamlError(_EXCESSIVE)
        if isinstance(node, self.yaml.ScalarNode):
            text = cast("str", node.value)
            return text if node.style in _QUOTED else _scalar(text)
        if id(node) in self._open:
            message = "error converting YAML to JSON: yaml: anchor value contains itself"
            raise GoYamlError(message)
        self._open.add(id(node))
        made: Json
        if isinstance(node, self.yaml.MappingNode):
            made = self._members(node, depth + 1)
        else:
            made = [self.value(item, depth + 1) for item in node.value]
        self._open.discard(id(node))
        return made

    def _members(self, node: Any, depth: int) -> Json:
        made: dict[str, Json] = {}
        for key, value in node.value:
            name = _key(self.value(key, depth))
            if name in made:
                line = key.start_mark.line + 1
                self.remarks.append(f"line {line}: key {quoted(name)} already set in map")
            made[name] = self.value(value, depth)
        return made


def _key(value: Json) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "null"
    if isinstance(value, (dict, list)):
        message = "error converting YAML to JSON: yaml: unsupported map key"
        raise GoYamlError(message)
    return str(value)


def _scalar(text: str) -> Json:
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        plain = text.replace("_", "")
        sign = -1 if plain.startswith("-") else 1
        digits = plain.lstrip("+-")
        try:
            if digits[:2].lower() in ("0b", "0o", "0x"):
                return sign * int(digits, 0)
            if len(digits) > 1 and digits.startswith("0"):
                return sign * int(digits, 8)
            return sign * int(digits)
        except ValueError:
            pass
    if _FLOAT.fullmatch(text.replace("_", "")) and text not in (".", "-", "+"):
        return float(text.replace("_", ""))
    return text


def write_yaml(document: Json) -> str:
    """Return a document as the server writes it: sorted keys, block style, lines of 80."""
    yaml = _yaml()

    class Dumper(yaml.SafeDumper):  # type: ignore[misc,name-defined]
        """A writer that knows no scalars but texts, so that nothing is quoted by its own rules."""

        yaml_implicit_resolvers: Final[dict[str, object]] = {}

        def ignore_aliases(self, data: object) -> bool:
            """Write everything out."""
            del data
            return True

    for kind, told in _TOLD.items():
        Dumper.add_representer(kind, _represented(told))
    written = yaml.dump(
        _sorted(document),
        Dumper=Dumper,
        sort_keys=False,
        default_flow_style=False,
        allow_unicode=True,
        width=_WIDTH,
    )
    return str(written)


_WIDTH: Final = 80
_OTHER_WORDS: Final = frozenset(
    {"<<", ".nan", ".NaN", ".NAN"}
    | {sign + word for sign in ("", "+", "-") for word in (".inf", ".Inf", ".INF")}
)
_BASE_60: Final = re.compile(r"[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?")


def _style(text: str) -> str | None:
    """Return how a text is written: as it is, unless a reader would take it for something else."""
    if "\n" in text:
        return "|"
    special = text in _OTHER_WORDS or _BASE_60.fullmatch(text) or _TIME.match(text)
    return '"' if special or not isinstance(_scalar(text), str) else None


def _float(value: float) -> str:
    """Return a number as `%g` writes it, with as many digits as it takes."""
    sign, digits, _ = (number := Decimal(repr(value))).as_tuple()
    exponent = number.adjusted()
    if -5 < exponent < _SIX:
        whole = f"{number:f}"
        return whole.rstrip("0").rstrip(".") if "." in whole else whole
    shown = "".join(map(str, digits)).rstrip("0") or "0"
    point = "." if shown[1:] else ""
    return f"{'-' if sign else ''}{shown[0]}{point}{shown[1:]}e{exponent:+03d}"


_SIX: Final = 6


_TOLD: Final[dict[type, Callable[[Any], tuple[str, str | None]]]] = {
    str: lambda value: (value, _style(value)),
    bool: lambda value: ("true" if value else "false", None),
    int: lambda value: (str(value), None),
    float: lambda value: (_float(value), None),
    type(None): lambda _: ("null", None),
}
"""How a value is written, and in what style."""


def _represented(told: Callable[[Any], tuple[str, str | None]]) -> Callable[[Any, Any], Any]:
    def represent(dumper: Any, value: Any) -> Any:
        text, style = told(value)
        return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)

    return represent


def _sorted(value: Json) -> Json:
    """Return a copy with members in the order of the server's writer."""
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value, key=cmp_to_key(_compare))}
    return [_sorted(item) for item in value] if isinstance(value, list) else value


def _compare(a: str, b: str) -> int:
    """Compare two keys: letters come after everything else, and numbers go by what they say."""
    for place, (x, y) in enumerate(zip(a, b, strict=False)):
        if x == y:
            continue
        if x.isalpha() or y.isalpha():
            if x.isalpha() and y.isalpha():
                return -1 if x < y else 1
            return -1 if y.isalpha() else 1
        begun = "0" in (x, y) and _in_number(a, place)
        (mine, end), (theirs, other) = _number(a, place, begun), _number(b, place, begun)
        return -1 if (mine, end, x) < (theirs, other, y) else 1
    return len(a) - len(b)


def _in_number(text: str, place: int) -> bool:
    """Return whether the digits right before a place are more than zeros."""
    before = text[:place]
    return before[len(before.rstrip("0123456789")) :].strip("0") != ""


def _number(text: str, place: int, begun: bool) -> tuple[int, int]:
    """Return the number at a place, after a one if it has begun before, and where it ends."""
    end = place
    while end < len(text) and text[end].isdecimal():
        end += 1
    return int(("1" if begun else "0") + text[place:end]), end
