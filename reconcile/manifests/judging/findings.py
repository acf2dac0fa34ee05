"""What is wrong with a definition: what the server refuses, what will not work, what to do.

1. `refused`: a server, or kubectl before it, does not take it. `breaks`: it is taken, and something
   does not work then: Metacontroller does not start, objects cannot be valid. `advice`: it works,
   and somebody will be surprised.
2. What the server says is `message`, word for word, values included. `text` is for people: what
   could be somebody's, such as a default, is told by its type and size.
3. A definition that is refused is not advised: what it would mean is not known.

Source: reconcile.kinds.structural; recordings of kube-apiserver 1.36.3.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, TypeAlias

from reconcile.kinds._table import Kinds
from reconcile.kinds.structural import crd_errors, crd_warnings
from reconcile.kinds.structural.cel_compile import available
from reconcile.kinds.validation import create_errors
from reconcile.value.redact import describe
from reconcile.value.types import ABSENT

from .document import completed, form_errors, subject_of
from .lint import Note, lint
from .places import field_of, places, schema_of, versions_of
from .remedies import remedy_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reconcile.kinds.field_error import FieldError
    from reconcile.value.types import JsonObject

__all__ = ["CrdFinding", "Severity", "crd_findings", "plain"]

Severity: TypeAlias = Literal["refused", "breaks", "advice"]

_ORDER: Final = ("refused", "breaks", "advice")
_SHOWN: Final = 80
"""Characters of a value that are told."""
_SOMEBODYS: Final = re.compile(r"\.(default|example|enum)\b")
_MAX_REQUEST: Final = 3 * 1024 * 1024
_MAX_STORED: Final = 1_572_864
"""Bytes that etcd takes at once."""
_MAX_ANNOTATION: Final = 256 * 1024
"""Bytes of all annotations, one of which holds the definition where kubectl applies it."""


class CrdFinding(NamedTuple):
    """One thing that is wrong with a definition."""

    severity: Severity
    path: str
    """The server's field path: `spec.versions[0].schema.openAPIV3Schema.properties[spec]`."""
    message: str
    """What is wrong; the server's own words where `reason` is set."""
    remedy: str = ""
    """What to do about it; "" where the message says it."""
    reason: str = ""
    """The server's reason, such as FieldValueRequired; "" for what the server does not say."""
    text: str = ""
    """The message without values that could be somebody's."""

    @property
    def field(self) -> str:
        """The field of the objects it is about, such as `spec.ports[*].name`; "" for none."""
        return field_of(self.path)

    def __str__(self) -> str:
        """Return the finding on one line."""
        advice = f"; {self.remedy}" if self.remedy else ""
        return f"{self.severity}: {self.path or 'the definition'}: {self.text}{advice}"

    def to_json(self) -> JsonObject:
        """Return the finding as a JSON object, every member there, without such values."""
        return {
            "severity": self.severity,
            "path": self.path,
            "field": self.field,
            "message": self.text,
            "remedy": self.remedy,
            "reason": self.reason,
        }


def crd_findings(document: Mapping[str, Any]) -> tuple[CrdFinding, ...]:
    """Return what is wrong with a CustomResourceDefinition, worst first.

    Shape: `document` as somebody wrote it, or as a server answers it: its status is not looked at.
    Guarantees: no finding `refused` where a server of 1.36 takes it as a new definition and
        nothing in it is unknown, as far as recordings tell; the same for the same document.
    Raises: DefinitionError if the document is no definition. LimitError if it is too deep or
        too large.
    """
    subject_of(document)
    form = form_errors(document)
    found = [CrdFinding("refused", each.path, each.message, text=each.message) for each in form]
    if not all(each.readable for each in form):
        return tuple(found)
    made = completed(document)
    found.extend(_size(made))
    seen: dict[tuple[str, str, str], CrdFinding] = {}
    for error in [*crd_errors(made), *create_errors(Kinds(), made)]:
        seen.setdefault((error.path, error.reason, error.message), _said(error, made))
    found.extend(seen.values())
    if not any(each.severity == "refused" for each in found):
        found.extend(_noted(made))
    return tuple(sorted(found, key=lambda each: _ORDER.index(each.severity)))


def _said(error: FieldError, crd: JsonObject) -> CrdFinding:
    """Return what the server says as a finding."""
    message = error.message
    return CrdFinding(
        "refused", error.path, message, remedy_of(error, crd), error.reason, plain(error)
    )


def plain(error: FieldError) -> str:
    """Return what the server says, without values that could be somebody's."""
    value, message = error.value, error.message
    label = message.partition(":")[0]
    shown = (
        message != label
        and value is not ABSENT
        and not message.startswith(f"{label}: {error.detail}")
    )
    if not shown:
        return message
    scalar = value is None or isinstance(value, (str, int, float))
    if scalar and len(str(value)) <= _SHOWN and not _SOMEBODYS.search(error.path):
        return message
    return f"{label} ({describe(value)}): {error.detail}" if error.detail else label


def _size(crd: JsonObject) -> list[CrdFinding]:
    """Return what is wrong with the size of a definition."""
    text = json.dumps(crd, ensure_ascii=False, separators=(",", ":"))
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > _MAX_STORED:
        what = f"takes {size:,} bytes, and a server stores at most {_MAX_STORED:,}"
        remedy = "shorten the descriptions, or move parts into a kind of their own"
        return [CrdFinding("refused", "", what, remedy, text=what)]
    if size > _MAX_ANNOTATION:
        what = (
            f"takes {size:,} bytes: kubectl apply cannot note it in an annotation, which ends at "
        )
        what += f"{_MAX_ANNOTATION:,}"
        remedy = "install it with kubectl apply --server-side, or shorten the descriptions"
        return [CrdFinding("advice", "", what, remedy, text=what)]
    return []


def _noted(crd: JsonObject) -> Iterator[CrdFinding]:
    """Yield what is to be said of a definition that a server takes."""
    notes = [*lint(crd)]
    for warning in crd_warnings(None, crd):
        what = f"{warning}: the server does not check it"
        notes.append(Note("advice", "spec", what, "take a format that it knows, or a pattern"))
    if not available() and any(_ruled(each) for each in versions_of(crd)):
        what = "has rules of CEL, which were not compiled here"
        notes.append(Note("advice", "", what, "install kube-reconcile[cel] to have them checked"))
    for note in notes:
        yield CrdFinding(note.severity, note.path, note.message, note.remedy, text=note.message)


def _ruled(version: Mapping[str, Any]) -> bool:
    """Return whether a version has rules anywhere."""
    return any("x-kubernetes-validations" in each.schema for each in places(schema_of(version), ""))
