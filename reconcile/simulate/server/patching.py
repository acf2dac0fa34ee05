"""Patches: from the object that is there and what was sent to the object that should be.

1. Four kinds, by media type; custom resources know three of them. An apply is a patch that names
   its manager, keeps the owners itself, and creates what is not there.
2. What results is read like any body: what does not fit is refused, now with 422.

Source: k8s.io/apiserver pkg/endpoints/handlers/patch.go; recorded conversations.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, NamedTuple, cast

from reconcile.diff import apply as json_apply
from reconcile.diff import merge_apply
from reconcile.errors import LimitError, ReadOnlyError, ReconcileError
from reconcile.kinds.field_error import FieldError
from reconcile.simulate.go.convert import convert
from reconcile.simulate.go.json import GoJsonError, encoded, parse
from reconcile.simulate.go.patch import spelt_the_same, values_as_sent
from reconcile.simulate.go.strategic import StrategicError, merge_strategic
from reconcile.simulate.go.typed import printed
from reconcile.simulate.go.types import Unreadable, read
from reconcile.simulate.server import applying
from reconcile.simulate.server.decoding import (
    MAX_REQUEST,
    Body,
    other_kind,
    read_metadata,
    strictly,
    too_large,
    warning_of,
    written,
)
from reconcile.simulate.server.options import write_options
from reconcile.simulate.server.status import ApiError, bad_request, internal, invalid
from reconcile.simulate.server.writing import Outcome, check_place, metadata_of, update
from reconcile.value.frozen import thaw
from reconcile.value.pointer import resolve
from reconcile.value.types import ABSENT, Absent

if TYPE_CHECKING:
    from reconcile.simulate.server.resource_type import ResourceType
    from reconcile.simulate.server.routes import Query
    from reconcile.simulate.server.writing import Target
    from reconcile.value.types import Json, JsonIn, JsonObject

__all__ = ["patch"]

JSON: Final = "application/json-patch+json"
MERGE: Final = "application/merge-patch+json"
STRATEGIC: Final = "application/strategic-merge-patch+json"
APPLY: Final = "application/apply-patch+yaml"
_BAD: Final = 400
_UNPROCESSABLE: Final = 422
_MOST_OPERATIONS: Final = 10_000
_REFUSED: Final = "the server rejected our request due to an error in our request"


def patch(
    target: Target, body: bytes | JsonIn | Absent, media: str, query: Query, user: str
) -> Outcome:
    """Change an object by a patch, or create it by an apply. Raises: ApiError."""
    kind = target.type
    known = (JSON, MERGE, APPLY) if kind.served.custom else (JSON, MERGE, STRATEGIC, APPLY)
    if media not in known:
        raise _unsupported(kind)
    options = write_options(query, "PatchOptions", user, apply=media == APPLY)
    if media == APPLY:
        return applying.apply(target, body, options)
    if body is ABSENT:
        data = b""
    elif isinstance(body, bytes):
        data = body
    else:
        data = written(thaw(cast("Json", body)))
    if len(data) > MAX_REQUEST:
        raise too_large()
    change = _CHANGES[media](data, kind)

    told: list[str] = []

    def make(before: JsonObject) -> tuple[JsonObject, list[str]]:
        try:
            return made_of(before)
        except ReadOnlyError:  # a part that is shared has to change after all
            return made_of(cast("JsonObject", thaw(before)))

    def made_of(before: JsonObject) -> tuple[JsonObject, list[str]]:
        after, twice, left = change(before)
        read_as = Body(after, twice, data)
        made, warnings = finished(target, after, options.validation, read_as, strategic=left)
        told.extend(warnings)
        return made, warnings

    with warning_of(told):
        return update(target, make, options)


def _unsupported(kind: ResourceType) -> ApiError:
    if kind.served.custom:
        message = (
            "the body of the request was in an unknown format - accepted media types include: "
            f"{JSON}, {MERGE}, {APPLY}"
        )
        return ApiError(415, "UnsupportedMediaType", message)
    return ApiError(415, "UnsupportedMediaType", "415: Unsupported Media Type", details={})


def finished(
    target: Target,
    after: JsonObject,
    validation: str,
    read_as: Body,
    *,
    applied: bool = False,
    strategic: JsonObject | None = None,
) -> tuple[JsonObject, list[str]]:
    """Return what a patch has made of an object, read as a body is, and what to warn of.

    Shape: `strategic` is what is left of a strategic patch, which is shown instead of the object.
    Raises: ApiError when it does not fit its type.
    """
    kind = target.type
    if kind.served.custom:
        try:
            unknown = read_metadata(after, kind, "")
        except ApiError as error:
            raise _misfit(after, error.message) from None
        more, wrong = kind.prune(after)
        if wrong:
            raise _misfit(after, wrong)
        unknown += more
    else:
        after = {
            **after,
            "apiVersion": after.get("apiVersion") or kind.served.api_version,
            "kind": after.get("kind") or kind.served.kind,
        }
        told, at = str(after["kind"]), str(after["apiVersion"])
        if (at, told) != (kind.served.api_version, kind.served.kind):
            raise _misfit(after, other_kind(at, told, kind))
        try:
            unknown = (read if strategic is None else convert)(after, kind.schema)
        except Unreadable as error:
            if applied:
                raise _not_converted(target, after, str(error)) from None
            raise _misfit(after, str(error), strategic) from None
    try:
        warnings = strictly(read_as.twice, unknown, "", validation, read_as.remarks)
    except ApiError as error:
        raise _misfit(after, error.message, strategic) from None
    made = kind.completed(after, applied=applied)
    same_object(target, made)
    check_place(target, made)
    return made, warnings


def _not_converted(target: Target, after: JsonObject, why: str) -> ApiError:
    """What was applied does not fit its type: another answer than to a patch."""
    served = target.type.served
    shown = f"{served.group}/{served.version}, Kind={served.kind}"
    about = metadata_of(after)
    place = f"{about.get('namespace', '')}/{about.get('name', '')}"
    return internal(
        f"failed to convert new object ({place}; {shown}) to proper version: unable to convert "
        f"unstructured object to {shown}: error decoding from json: {why}"
    )


def same_object(target: Target, document: JsonObject) -> None:
    """Raise ApiError unless a document is about the object of the request."""
    name = metadata_of(document).get("name")
    if not name:
        message = (
            f"the name of the object ({target.name} based on URL) was undeterminable: "
            "name must be provided"
        )
        raise bad_request(message)
    if name != target.name:
        message = (
            f"the name of the object ({name}) does not match the name on the URL ({target.name})"
        )
        raise bad_request(message)


def _misfit(after: JsonObject, why: str, strategic: JsonObject | None = None) -> ApiError:
    shown = encoded(after).decode() if strategic is None else printed(strategic)
    return invalid("", "", "", [FieldError("FieldValueInvalid", "patch", why, shown)])


def _rejected() -> ApiError:
    return ApiError(422, "Invalid", _REFUSED, details={})


class Changed(NamedTuple):
    """What a patch has made of an object."""

    document: JsonObject
    twice: list[str]
    """The paths of keys that the patch has twice."""
    left: JsonObject | None = None
    """What is left of a strategic patch, which is shown instead of the object."""


Change = Callable[["JsonObject"], Changed]


def _json_patch(data: bytes, kind: ResourceType) -> Change:
    del kind
    try:
        operations, twice = parse(data)
    except GoJsonError as error:
        raise bad_request(f"error decoding patch: {error}") from None
    if not isinstance(operations, list):
        if operations is not None:
            raise _undecodable(operations, "[]handlers.jsonPatchOp")
        operations = []
    if len(operations) > _MOST_OPERATIONS:
        message = (
            f"The allowed maximum operations in a JSON patch is {_MOST_OPERATIONS}, "
            f"got {len(operations)}"
        )
        raise ApiError(413, "RequestEntityTooLarge", message)

    known = cast("list[JsonObject]", operations)
    sent = values_as_sent(data)

    def change(before: JsonObject) -> Changed:
        made = thaw(before)
        try:
            for place, each in enumerate(known):
                if isinstance(each, dict) and each.get("op") == "test" and place < len(sent):
                    _tested(made, each, sent[place])
                else:
                    made = json_apply(made, [each], dialect="kubernetes")
        except ReconcileError:
            raise _rejected() from None
        if not isinstance(made, dict):
            raise _rejected()
        return Changed(made, twice)

    return change


def _tested(document: Json, operation: JsonObject, text: bytes | None) -> None:
    """Raise unless a value of the object is spelt as the operation spells it."""
    found = resolve(document, str(operation.get("path", "")))
    if found is ABSENT or found is None:
        # The server finds nothing where it cannot get, and nothing equals null.
        json_apply(document, [operation], dialect="kubernetes")
    elif text is None or not spelt_the_same(found, text):
        raise _rejected()


def _merge_patch(data: bytes, kind: ResourceType) -> Change:
    del kind
    try:
        sent, twice = parse(data)
    except GoJsonError as error:
        raise bad_request(f"error decoding patch: {error}") from None
    if sent is None:
        message = "Invalid JSON Patch"
        raise bad_request(message)
    if not isinstance(sent, dict):
        raise _undecodable(sent, "map[string]interface {}")

    def change(before: JsonObject) -> Changed:
        return Changed(_merged(before, sent), twice)

    return change


def _merged(before: JsonObject, sent: JsonObject) -> JsonObject:
    """Return an object with a merge patch applied to it, which shares what does not change.

    Source: `reconcile.diff.merge_apply`, which copies all of it.
    """
    merged = dict(before)
    stack = [(merged, sent)]
    while stack:
        target, source = stack.pop()
        for key, value in source.items():
            held = target.get(key)
            if value is None:
                target.pop(key, None)
            elif isinstance(value, dict):
                into = target[key] = dict(held) if isinstance(held, dict) else {}
                stack.append((into, value))
            elif isinstance(value, list):
                # What takes the place of an object is taken as it is; anything else is pruned.
                one = {key: held} if isinstance(held, dict) else {}
                new = cast("JsonObject", merge_apply(one, {key: value}, dialect="kubernetes"))
                target[key] = new[key]
            else:
                target[key] = value
    return merged


def _strategic_patch(data: bytes, kind: ResourceType) -> Change:
    try:
        sent, twice = parse(data)
    except GoJsonError as error:
        raise bad_request(f"error decoding patch: {error}") from None
    if sent is not None and not isinstance(sent, dict):
        raise _undecodable(sent, "map[string]interface {}")

    def change(before: JsonObject) -> Changed:
        used = cast("JsonObject", thaw(sent or {}))
        try:
            made = merge_strategic(cast("JsonObject", thaw(before)), used, kind.schema)
        except LimitError:
            raise _rejected() from None
        except StrategicError as error:
            if error.code == _UNPROCESSABLE:
                raise _rejected() from None
            reason = "BadRequest" if error.code == _BAD else ""
            raise ApiError(error.code, reason, str(error)) from None
        return Changed(made, twice, used)

    return change


def _undecodable(value: Json, wanted: str) -> ApiError:
    what = _go_kind(value)
    message = f"json: cannot unmarshal {what} into Go value of type {wanted}"
    return bad_request(f"error decoding patch: {message}")


def _go_kind(value: Json) -> str:
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, (int, float)):
        return "number"
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, list) else "object"


_CHANGES: Final = {
    JSON: _json_patch,
    MERGE: _merge_patch,
    STRATEGIC: _strategic_patch,
}
