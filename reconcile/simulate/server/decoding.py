"""The body of a request, read as the server reads it: into a document, or a refusal in its words.

1. Media type, text, kind and version, structure: in this order, each with its own refusal.
2. What the type does not have is no refusal unless the request says so: it is told as warnings.

Source: k8s.io/apiserver pkg/endpoints/handlers (create.go, rest.go); recorded refusals.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

import msgspec

from reconcile.kinds.structural import Structural
from reconcile.simulate.go.json import GoJsonError, parse, quoted, spelled
from reconcile.simulate.go.types import Unreadable, read
from reconcile.simulate.server.status import ApiError, bad_request
from reconcile.value.frozen import FrozenDict, thaw
from reconcile.value.types import ABSENT, Absent

if TYPE_CHECKING:
    from reconcile.simulate.server.resource_type import ResourceType
    from reconcile.value.types import Json, JsonIn, JsonObject

__all__ = [
    "MAX_REQUEST",
    "Body",
    "object_of",
    "other_kind",
    "read_body",
    "read_metadata",
    "strictly",
    "too_large",
    "warning_of",
    "written",
]

MAX_REQUEST: Final = 3 * 1024 * 1024
"""Bytes of a body. Source: k8s.io/apiserver, MaxRequestBodyBytes."""
_JSON: Final = (
    "application/json",
    "application/json-patch+json",
    "application/merge-patch+json",
    "application/strategic-merge-patch+json",
)
_YAML: Final = ("application/yaml", "application/apply-patch+yaml")
_NO_KIND: Final = "couldn't get version/kind; json parse error: "
_HEADER: Final = (
    'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; '
    'Kind string "json:\\"kind,omitempty\\"" }'
)


class Body(NamedTuple):
    """A body that could be read."""

    document: Json
    twice: list[str]
    """The paths of keys that are there twice."""
    data: bytes | None
    """The text, None if the document came without one."""
    remarks: tuple[str, ...] = ()
    """What a reader of YAML remarks."""

    @property
    def text(self) -> bytes:
        """The text, made if there was none."""
        if self.data is not None:
            return self.data
        return json.dumps(self.document, ensure_ascii=False).encode("utf-8", "replace")


def written(document: Json) -> bytes:
    """Return a document as a client writes it: floats stay floats."""
    return msgspec.json.encode(document)


class warning_of:  # noqa: N801  # read as a phrase: `with warning_of(warnings)`
    """Let a refusal warn of what the body was warned of."""

    __slots__ = ("_warnings",)

    def __init__(self, warnings: list[str]) -> None:
        self._warnings = warnings

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        """Tell a refusal what it warns of."""
        if isinstance(error, ApiError):
            error.warnings = (*self._warnings, *error.warnings)


def too_large() -> ApiError:
    """The body is larger than the server reads."""
    message = f"Request entity too large: limit is {MAX_REQUEST}"
    return ApiError(413, "RequestEntityTooLarge", message)


def read_body(
    body: bytes | JsonIn | Absent, media: str, kind: str, *, custom: bool = False
) -> Body:
    """Return what a body holds; null where there is none.

    Shape: `media` is the content type without parameters; `kind` is for messages; `custom` whether
        it is one of a definition, whose numbers have no types before they are read.
    Raises: ApiError.
    """
    if body is ABSENT:
        body = b""
    if media in _YAML and isinstance(body, bytes):
        return _yaml(body)
    if media == "application/vnd.kubernetes.protobuf" and isinstance(body, bytes) and not custom:
        return _protobuf(body)
    if media and media not in _JSON and media not in _YAML:
        message = (
            "the body of the request was in an unknown format - accepted media types include: "
            "application/json, application/yaml, application/vnd.kubernetes.protobuf"
        )
        raise ApiError(415, "UnsupportedMediaType", message)
    if not isinstance(body, bytes):
        document = thaw(cast("Json", body))
        if len(written(document)) > MAX_REQUEST:
            raise too_large()
        return Body(document, [], None)
    if len(body) > MAX_REQUEST:
        raise too_large()
    try:
        document, twice = parse(body)
    except GoJsonError as error:
        message = str(error)
        if message.startswith("json: cannot unmarshal number"):
            if not custom:
                return Body(spelled(body), [], body)  # where it stands is told by its type
            raise bad_request(f"{_named(body, kind)}{message}") from None
        raise _unrecognized(
            kind, f"couldn't get version/kind; json parse error: {message}", body
        ) from None
    return Body(document, twice, body)


def _protobuf(body: bytes) -> Body:
    """Return what a message holds."""
    from reconcile.simulate.server.protobuf_bodies import document_of

    if len(body) > MAX_REQUEST:
        raise too_large()
    return Body(document_of(body), [], None)


def _named(data: bytes, kind: str) -> str:
    """Return how a message begins that is about an object whose kind could be read."""
    found = cast("dict[str, Json]", spelled(data))
    version = str(found.get("apiVersion", "")).rpartition("/")[2]
    return f'{found.get("kind")} in version "{version}" cannot be handled as a {kind}: '


def _yaml(body: bytes) -> Body:
    """Return what YAML holds, as the server's reader of YAML 1.1 understands it."""
    from reconcile.simulate.go.yaml import GoYamlError, read_yaml

    if len(body) > MAX_REQUEST:
        raise too_large()
    try:
        document, twice = read_yaml(body)
        return Body(document, [], body, tuple(twice))
    except GoYamlError as error:
        raise bad_request(f"error decoding YAML: {error}") from None


def _unrecognized(kind: str, why: str, data: bytes) -> ApiError:
    message = (
        f"the object provided is unrecognized (must be of type {kind}): {why} ({_summary(data)})"
    )
    return bad_request(message)


def _summary(data: bytes) -> str:
    """Return the beginning of a body. Source: handlers/rest.go, summarizeData."""
    if not data:
        return "<empty>"
    cut = data[:30] if len(data) > 30 else data
    told = cut.decode("utf-8", "replace") if data[:1] == b"{" else cut.hex()
    return f"{told} ..." if len(data) > 30 else told


def object_of(body: Body, kind: ResourceType, validation: str) -> tuple[JsonObject, list[str]]:
    """Return the object in a body, and what to warn of.

    Guarantees: it says its version and kind; a custom resource is pruned; what does not belong
        into a built-in one is still there (its normal form drops it).
    Raises: ApiError.
    """
    served = kind.served
    document = body.document
    if not isinstance(document, dict):
        if document is None and not served.custom:
            document = {}
        elif document is None:
            told = body.text.decode("utf-8", "replace")
            raise _unrecognized(served.kind, f"Object 'Kind' is missing in '{told}'", body.text)
        else:
            why = f"json: cannot unmarshal {_go_kind(document)} into Go value of type {_HEADER}"
            raise _unrecognized(served.kind, _NO_KIND + why, body.text)
    for name in ("apiVersion", "kind"):
        value = document.get(name)
        if value is not None and not isinstance(value, str):
            what = _go_kind(value)
            why = f"json: cannot unmarshal {what} into Go struct field .{name} of type string"
            raise _unrecognized(served.kind, _NO_KIND + why, body.text)
    if served.custom:
        return _custom(document, body, kind, validation)
    return _built_in(document, body, kind, validation)


def _go_kind(value: Json) -> str:
    """Return what Go's reader calls a value that is not null."""
    if isinstance(value, (dict, list)):
        return "object" if isinstance(value, dict) else "array"
    if isinstance(value, bool):
        return "bool"
    return "string" if isinstance(value, str) else "number"


def _built_in(
    document: JsonObject, body: Body, kind: ResourceType, validation: str
) -> tuple[JsonObject, list[str]]:
    served = kind.served
    told = str(document.get("kind") or served.kind)
    at = str(document.get("apiVersion") or served.api_version)
    begins = f'{told} in version "{at.rpartition("/")[2]}" cannot be handled as a {served.kind}: '
    if (at, told) != (served.api_version, served.kind):
        raise bad_request(begins + other_kind(at, told, kind))
    document = {**document, "apiVersion": at, "kind": told}
    try:
        unknown = read(document, kind.schema)
    except Unreadable as error:
        message = str(error)
        if "number " in message and body.data is not None:
            message = _respelled(body, kind, message)
        raise bad_request(begins + message) from None
    return document, strictly(body.twice, unknown, begins, validation, body.remarks)


def _respelled(body: Body, kind: ResourceType, message: str) -> str:
    """Return a message with a number as it was written: it is read again for that alone."""
    try:
        read({**cast("JsonObject", spelled(body.text))}, kind.schema)
    except Unreadable as error:
        return str(error)
    except ValueError:  # YAML
        pass
    return message


def other_kind(at: str, told: str, kind: ResourceType) -> str:
    """Return why an object of another kind cannot be handled."""
    group = kind.served.group.partition(".")[0] or "core"
    if kind.knows(at, told):
        version = at.rpartition("/")[2]
        wanted = f"{group}.{kind.served.kind}"
        return f"converting ({version}.{told}) to ({wanted}): unknown conversion"
    return (
        f'no kind "{told}" is registered for version "{at}" in scheme "pkg/runtime/scheme.go:111"'
    )


def _custom(
    document: JsonObject, body: Body, kind: ResourceType, validation: str
) -> tuple[JsonObject, list[str]]:
    served = kind.served
    told, at = document.get("kind"), document.get("apiVersion")
    if not told:
        text = body.text.decode("utf-8", "replace")
        raise _unrecognized(served.kind, f"Object 'Kind' is missing in '{text}'", body.text)
    at = str(at or "")
    begins = f'{told} in version "{at.rpartition("/")[2]}" cannot be handled as a {served.kind}: '
    unknown = read_metadata(document, kind, begins)
    more: list[str] = []
    wrong = ""
    if at == served.api_version:
        more, wrong = kind.prune(document)
    elif at.rpartition("/")[0] == served.group:
        more, wrong = _pruned(document, kind, at.rpartition("/")[2])
    if wrong:
        raise bad_request(begins + wrong)
    unknown += more
    warnings = strictly(body.twice, unknown, begins, validation, body.remarks)
    if at != served.api_version:
        message = (
            f"the API version in the data ({at}) does not match the expected API version "
            f"({served.api_version})"
        )
        error = bad_request(message)
        error.warnings = tuple(warnings)
        raise error
    return document, warnings


def _pruned(document: JsonObject, kind: ResourceType, version: str) -> tuple[list[str], str]:
    """Prune an object by another version of its definition, which may not have that version."""
    schema: Any = None
    for each in cast("list[Mapping[str, Any]]", (kind.crd or {})["spec"]["versions"]):
        if each["name"] == version:
            schema = cast("Mapping[str, Any]", each.get("schema") or {}).get("openAPIV3Schema")
    structural = Structural(cast("Mapping[str, Any]", schema or {"type": "object"}))
    unknown = structural.prune(document)
    more, wrong = structural.coerce(document)
    return unknown + more, "" if wrong is None else str(wrong)


def read_metadata(document: JsonObject, kind: ResourceType, begins: str) -> list[str]:
    """Return what the metadata of an object should not hold. Raises: ApiError."""
    if isinstance(document.get("metadata"), FrozenDict):
        return []  # they come from the store
    try:
        found = read(document.get("metadata"), kind.metadata)
    except Unreadable as error:
        raise bad_request(begins + str(error)) from None
    return [f"metadata.{path}" for path in found]


def strictly(
    twice: Iterable[str],
    unknown: Iterable[str],
    begins: str,
    validation: str,
    remarks: Iterable[str] = (),
) -> list[str]:
    """Return warnings of what is there twice or unknown, or refuse it, or say nothing."""
    found = list(remarks)
    found += [f"duplicate field {quoted(path)}" for path in twice]
    found += [f"unknown field {quoted(path)}" for path in unknown]
    if found and validation == "Strict":
        raise bad_request(f"{begins}strict decoding error: {', '.join(found)}")
    return found if validation == "Warn" else []
