"""Selectors in queries: which objects a list, a watch or a deletion is about.

1. Label selectors are read by a parser of the server's grammar, so that what it refuses is refused
   with its words. `reconcile.objects.selector` has the other form, of documents.
2. Field selectors know the fields of their kind only; a custom resource names its own.

Source: k8s.io/apimachinery pkg/labels/selector.go, pkg/fields/selector.go; k8s.io/kubernetes
pkg/apis/core/v1/conversion.go and its siblings.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

from reconcile.kinds.validation._primitives import label_value, qualified_name
from reconcile.simulate.go.json import quoted
from reconcile.simulate.go.numbers import GoNumberError, parse_int
from reconcile.simulate.server.status import bad_request

if TYPE_CHECKING:
    from reconcile.simulate.server.resource_type import ResourceType
    from reconcile.value.types import Json, JsonObject

__all__ = ["Matches", "field_selector", "label_selector"]

Matches = Callable[[dict[str, Any]], bool]
"""Whether an object is selected."""

_TOKEN: Final = re.compile(r"\s*(?:(==|!=|[()=!<>,])|([^\s()=!<>,]+))")
_OPERATORS: Final = ("in", "notin", "=", "==", "!=", "gt", "lt")


class _Requirement(NamedTuple):
    key: str
    operator: str
    values: tuple[str, ...]

    def holds(self, labels: dict[str, str]) -> bool:
        value = labels.get(self.key)
        match self.operator:
            case "in" | "=" | "==":
                return value is not None and value in self.values
            case "notin" | "!=":
                return value is None or value not in self.values
            case "exists":
                return value is not None
            case "!":
                return value is None
            case _:
                found, bound = _integer(value), _integer(self.values[0])
                if found is None or bound is None:
                    return False
                return found > bound if self.operator == ">" else found < bound


def _integer(text: str | None) -> int | None:
    """Return the number that a text is, None if it is none."""
    try:
        return None if text is None else parse_int(text)
    except GoNumberError:
        return None


class _Parser:
    """A reader of label selectors. `found` is the next token, "" at the end."""

    def __init__(self, text: str) -> None:
        self._tokens = [
            (match[1] or match[2], match[1] is None)
            for match in _TOKEN.finditer(text)
            if match[1] or match[2]
        ]
        self._at = 0

    def _look(self) -> tuple[str, bool]:
        """Return the next token, and whether it is a word."""
        return self._tokens[self._at] if self._at < len(self._tokens) else ("", False)

    def _take(self) -> tuple[str, bool]:
        found = self._look()
        self._at += 1
        return found

    def parse(self) -> list[_Requirement]:
        requirements: list[_Requirement] = []
        while True:
            found, word = self._look()
            if not found:
                return requirements
            if not word and found != "!":
                raise bad_request(f"found '{found}', expected: !, identifier, or 'end of string'")
            requirements.append(self._requirement())
            found, _ = self._take()
            if not found:
                return requirements
            if found != ",":
                raise bad_request(f"found '{found}', expected: ',' or 'end of string'")
            after, word = self._look()
            if not word and after != "!":
                raise bad_request(f"found '{after}', expected: identifier after ','")

    def _refuse(self, why: str) -> Exception:
        return bad_request(f"unable to parse requirement: {why}")

    def _requirement(self) -> _Requirement:
        found, word = self._take()
        absent = found == "!"
        if absent:
            found, word = self._take()
        if not word:
            raise self._refuse(f"found '{found}', expected: identifier")
        key = found
        if wrong := qualified_name(key):
            raise self._refuse(f"<nil>: Invalid value: {quoted(key)}: {'; '.join(wrong)}")
        if absent:
            return _Requirement(key, "!", ())
        if self._look()[0] in ("", ","):
            return _Requirement(key, "exists", ())
        operator, _ = self._take()
        if operator in ("in", "notin"):
            return self._checked(_Requirement(key, operator, self._values()))
        if operator not in ("=", "==", "!=", ">", "<"):
            raise self._refuse(f"found '{operator}', expected: {', '.join(_OPERATORS)}")
        return self._checked(_Requirement(key, operator, (self._exact(),)))

    def _checked(self, made: _Requirement) -> _Requirement:
        if made.operator in (">", "<") and _integer(made.values[0]) is None:
            raise self._refuse(
                f"values[0]: Invalid value: {quoted(made.values[0])}: "
                "for 'Gt', 'Lt' operators, the value must be an integer"
            )
        for place, value in enumerate(sorted(made.values)):
            if wrong := label_value(value):
                where = f"values[{place}][{made.key}]"
                raise self._refuse(f"{where}: Invalid value: {quoted(value)}: {'; '.join(wrong)}")
        return made

    def _values(self) -> tuple[str, ...]:
        found, _ = self._take()
        if found != "(":
            raise self._refuse(f"found '{found}' expected: '('")
        found, word = self._look()
        if found == ")":
            self._take()
            return ("",)
        if not word and found != ",":
            raise self._refuse(f"found '{found}', expected: ',', ')' or identifier")
        values: list[str] = []
        while True:
            found, word = self._take()
            if word:
                values.append(found)
                after = self._look()[0]
                if after == ")":
                    break
                if after != ",":
                    raise self._refuse(f"found '{after}', expected: ',' or ')'")
            elif found == ",":
                if not values:
                    values.append("")
                after = self._look()[0]
                if after == ")":
                    values.append("")
                    break
                if after == ",":
                    self._take()
                    values.append("")
            else:
                raise self._refuse(f"found '{found}', expected: ',', or identifier")
        self._take()
        return tuple(dict.fromkeys(values))

    def _exact(self) -> str:
        found, word = self._look()
        if found in ("", ","):
            return ""
        self._take()
        if not word:
            raise self._refuse(f"found '{found}', expected: identifier")
        return found


def label_selector(text: str) -> Matches | None:
    """Return what a label selector selects, None if it selects everything.

    Raises: ApiError if it cannot be read.
    """
    requirements = _Parser(text).parse() if text.strip() else []
    if not requirements:
        return None

    def matches(document: dict[str, Any]) -> bool:
        labels: dict[str, str] = document["metadata"].get("labels") or {}
        return all(each.holds(labels) for each in requirements)

    return matches


_NAMES: Final = ("metadata.name", "metadata.namespace")
_FIELDS: Final[dict[str, tuple[str, ...]]] = {
    "Pod": (
        *_NAMES,
        "spec.nodeName",
        "spec.restartPolicy",
        "spec.schedulerName",
        "spec.serviceAccountName",
        "spec.hostNetwork",
        "status.phase",
        "status.podIP",
        "status.podIPs",
        "status.nominatedNodeName",
    ),
    "Node": ("metadata.name", "spec.unschedulable"),
    "ReplicationController": (*_NAMES, "status.replicas"),
    "Event": (
        *_NAMES,
        *(
            f"involvedObject.{name}"
            for name in (
                "kind",
                "namespace",
                "name",
                "uid",
                "apiVersion",
                "resourceVersion",
                "fieldPath",
            )
        ),
        "reason",
        "reportingComponent",
        "source",
        "type",
    ),
    "Namespace": ("metadata.name", "status.phase"),
    "Secret": (*_NAMES, "type"),
    "Service": (*_NAMES, "spec.clusterIP", "spec.type"),
    "ReplicaSet": (*_NAMES, "status.replicas"),
    "Job": (*_NAMES, "status.successful"),
    "CertificateSigningRequest": ("metadata.name", "spec.signerName"),
    "ResourceSlice": ("metadata.name", "spec.nodeName", "spec.driver"),
}
"""The fields that kinds can be selected by; all others by name and namespace alone."""
_FALSE: Final = frozenset({"spec.hostNetwork", "spec.unschedulable"})


def field_selector(text: str, kind: ResourceType) -> Matches | None:
    """Return what a field selector selects of a resource, None if it selects everything.

    Raises: ApiError if it cannot be read, or names a field that the kind cannot be selected by.
    """
    if not text:
        return None
    terms = [_term(each) for each in _split(text) if each]
    custom = kind.selectable
    for field, _, _ in terms:
        if kind.served.custom or kind.served.kind in _FIELDS:
            known = (*_NAMES, *custom) if kind.served.custom else _FIELDS[kind.served.kind]
            if field not in known:
                raise bad_request(f"field label not supported: {field}")
        elif field not in _NAMES:
            told = ", ".join(quoted(each) for each in _NAMES)
            raise bad_request(f"{quoted(field)} is not a known field selector: only {told}")

    def matches(document: dict[str, Any]) -> bool:
        return all((_value(document, field) == value) is equal for field, value, equal in terms)

    return matches


def _split(text: str) -> list[str]:
    """Return the terms of a selector; a comma behind a backslash is part of one."""
    return cast("list[str]", re.findall(r"(?:\\.|[^,\\])+", text))


def _term(text: str) -> tuple[str, str, bool]:
    found = re.match(r"((?:\\.|[^=!\\])*?)(!=|==|=)(.*)", text, re.DOTALL)
    if not found:
        raise bad_request(f"invalid selector: '{text}'; can't understand '{text}'")
    return found[1], re.sub(r"\\([,=\\])", r"\1", found[3]), found[2] != "!="


def _value(document: JsonObject, field: str) -> str:
    """Return what a field of an object says to selectors: text, empty where it is not there."""
    if field == "source":  # of Events: whichever of the two forms says it
        return str(_at(document, "source.component") or _at(document, "reportingComponent") or "")
    value = _at(document, field)
    if value is None:
        if field == "status.replicas":
            return "0"
        return "false" if field in _FALSE else ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _at(document: JsonObject, field: str) -> Json:
    value: Json = document
    for name in field.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value
