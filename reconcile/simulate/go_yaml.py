"""YAML as the API server reads and writes it: YAML 1.1's words for true and false, made into JSON.

1. Reading needs PyYAML, the extra `apiserver`; its loader is given the scalars of the server's own
   reader. `reconcile.objects.yaml` is the reader for people, of YAML 1.2.
2. Whatever is no JSON when it has been read is refused.

Source: sigs.k8s.io/yaml (goyaml.v2, resolve.go); recorded bodies.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, cast

from reconcile.errors import DefinitionError
from reconcile.simulate.go_json import quoted

if TYPE_CHECKING:
    from reconcile.value.types import Json

__all__ = ["GoYamlError", "read_yaml", "write_yaml"]

_MOST_ALIASES: Final = 100
_WORDS: Final[dict[str, Json]] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys("y Y yes Yes YES true True TRUE on On ON".split(), True),
    **dict.fromkeys("n N no No NO false False FALSE off Off OFF".split(), False),
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
        message = "error converting YAML to JSON: yaml: document contains excessive aliasing"
        raise GoYamlError(message)
    try:
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        node = next(yaml.compose_all(data, Loader=loader), None)  # only the first counts
    except yaml.YAMLError as error:
        raise GoYamlError(f"error converting YAML to JSON: yaml: {_told(error)}") from None
    except (UnicodeDecodeError, RecursionError):
        message = "error converting YAML to JSON: yaml: control characters are not allowed"
        raise GoYamlError(message) from None
    remarks: list[str] = []
    return (None if node is None else _value(node, yaml, 0, remarks)), remarks


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


def _value(node: Any, yaml: Any, depth: int, remarks: list[str]) -> Json:
    if depth > 10_000:
        message = "error converting YAML to JSON: yaml: exceeded max depth of 10000"
        raise GoYamlError(message)
    if isinstance(node, yaml.MappingNode):
        made: dict[str, Json] = {}
        for key, value in node.value:
            name = _key(_value(key, yaml, depth + 1, remarks))
            if name in made:
                line = key.start_mark.line + 1
                remarks.append(f"line {line}: key {quoted(name)} already set in map")
            made[name] = _value(value, yaml, depth + 1, remarks)
        return made
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, yaml, depth + 1, remarks) for item in node.value]
    text = cast("str", node.value)
    return text if node.style in _QUOTED else _scalar(text)


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
    """Return a document as the server writes it: sorted keys, block style."""
    from reconcile.value.frozen import thaw

    yaml = _yaml()

    class Dumper(yaml.SafeDumper):  # type: ignore[misc,name-defined]
        """A writer whose texts are quoted where a reader would take them for something else."""

    def represent(dumper: Any, text: str) -> Any:
        style = None
        if "\n" in text:
            style = "|"
        elif not isinstance(_scalar(text), str) or _TIME.match(text):
            style = '"'
        return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)

    Dumper.add_representer(str, represent)
    return str(
        yaml.dump(
            thaw(document),
            Dumper=Dumper,
            sort_keys=True,
            default_flow_style=False,
            allow_unicode=True,
            width=2**31,
        )
    )
