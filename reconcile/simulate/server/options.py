"""What a request asks for besides its body: dry run, manager, strictness, force, how to delete.

Source: k8s.io/apimachinery pkg/apis/meta/v1/validation; recorded refusals.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias, cast

from reconcile.kinds.field_error import FieldError
from reconcile.simulate.go.numbers import GoNumberError, parse_int
from reconcile.simulate.server.status import bad_request, invalid

if TYPE_CHECKING:
    from reconcile.simulate.server.routes import Query
    from reconcile.value.types import Json, JsonObject

__all__ = ["DeleteOptions", "WriteOptions", "delete_options", "write_options"]

Propagation: TypeAlias = Literal["Foreground", "Background", "Orphan"]
_META = "meta.k8s.io"
_VALIDATIONS = ("", "Ignore", "Strict", "Warn")
_LONGEST = 128
"""Bytes of the name of a manager."""


class WriteOptions(NamedTuple):
    """The options of a create, an update or a patch."""

    dry_run: bool
    manager: str
    validation: str
    """`Ignore`, `Warn` or `Strict`."""
    force: bool = False


class DeleteOptions(NamedTuple):
    """The options of a deletion."""

    dry_run: bool = False
    propagation: Propagation | None = None
    orphan: bool | None = None
    grace: int | None = None
    """Seconds; None for what the kind does by itself."""
    uid: str | None = None
    version: str | None = None


def write_options(
    query: Query,
    kind: Literal["CreateOptions", "UpdateOptions", "PatchOptions"],
    user: str,
    *,
    apply: bool = False,
) -> WriteOptions:
    """Return the options of a write. Raises: ApiError with all that is wrong with them."""
    if query.empty and not apply:
        return WriteOptions(dry_run=False, manager=_manager_of(user), validation="Warn")
    found = _dry_run(query)
    manager = query.get("fieldManager")
    if len(manager.encode()) > _LONGEST:
        found.append(
            FieldError("FieldValueTooLong", "fieldManager", "may not be more than 128 bytes")
        )
    at = 0
    for each in manager:
        if not each.isprintable():
            detail = f"invalid character U+{ord(each):04X} (at position {at})"
            found.append(FieldError("FieldValueInvalid", "fieldManager", detail, manager))
        at += len(each.encode())
    validation = query.get("fieldValidation")
    if validation not in _VALIDATIONS:
        found.append(_unsupported("fieldValidation", validation, _VALIDATIONS))
    if kind == "PatchOptions":
        if apply and not manager:
            found.append(
                FieldError("FieldValueRequired", "fieldManager", "is required for apply patch")
            )
        elif not apply and "force" in query:
            found.append(
                FieldError(
                    "FieldValueForbidden", "force", "may not be specified for non-apply patch"
                )
            )
    if found:
        raise invalid(kind, _META, "", found)
    return WriteOptions(
        dry_run="dryRun" in query and query.get("dryRun") == "All",
        manager=manager or _manager_of(user),
        validation=validation or "Warn",
        force=query.true("force"),
    )


def _manager_of(user: str) -> str:
    """Return who owns fields if the query does not say it: the program, as far as there is room.

    Source: k8s.io/apiserver pkg/endpoints/handlers/rest.go, prefixFromUserAgent.
    """
    made = ""
    for each in user.partition("/")[0]:
        if each.isprintable():
            if len((made + each).encode()) > _LONGEST:
                break
            made += each
    return made


def _dry_run(query: Query) -> list[FieldError]:
    asked = query.get("dryRun")
    if asked in ("", "All"):
        return []
    detail = 'supported values: "All"'
    return [FieldError("FieldValueNotSupported", "dryRun", detail, [asked])]


def _unsupported(field: str, value: Json, choices: tuple[str, ...]) -> FieldError:
    detail = "supported values: " + ", ".join(f'"{each}"' for each in choices)
    return FieldError("FieldValueNotSupported", field, detail, value)


def delete_options(query: Query, body: Json) -> DeleteOptions:
    """Return the options of a deletion: those of the body, or else those of the query.

    Raises: ApiError with all that is wrong with them.
    """
    given: Mapping[str, Json] = body if isinstance(body, dict) else {}
    found: list[FieldError] = []
    if given:
        dry = given.get("dryRun")
        asked = [str(each) for each in dry] if isinstance(dry, list) else []
        propagation = given.get("propagationPolicy")
        orphan = given.get("orphanDependents")
        grace = given.get("gracePeriodSeconds")
        required = given.get("preconditions")
    else:
        asked = [query.get("dryRun")] if query.get("dryRun") else []
        propagation = query.get("propagationPolicy") or None
        orphan = query.true("orphanDependents") if "orphanDependents" in query else None
        grace = _seconds(query.get("gracePeriodSeconds"))
        required = None
    if any(each != "All" for each in asked):
        detail = 'supported values: "All"'
        found.append(FieldError("FieldValueNotSupported", "dryRun", detail, cast("Json", asked)))
    if propagation is not None and orphan is not None:
        detail = "orphanDependents and deletionPropagation cannot be both set"
        found.append(FieldError("FieldValueInvalid", "propagationPolicy", detail, propagation))
    elif propagation is not None and propagation not in ("Foreground", "Background", "Orphan"):
        choices = ("Foreground", "Background", "Orphan", "nil")
        found.append(_unsupported("propagationPolicy", propagation, choices))
    if found:
        raise invalid("DeleteOptions", _META, "", found)
    conditions: JsonObject = required if isinstance(required, dict) else {}
    uid, version = conditions.get("uid"), conditions.get("resourceVersion")
    return DeleteOptions(
        dry_run=bool(asked),
        propagation=cast("Propagation | None", propagation),
        orphan=orphan if isinstance(orphan, bool) else None,
        grace=grace if isinstance(grace, int) and not isinstance(grace, bool) else None,
        uid=uid if isinstance(uid, str) else None,
        version=version if isinstance(version, str) else None,
    )


def _seconds(text: str) -> int | None:
    if not text:
        return None
    try:
        return parse_int(text)
    except GoNumberError as error:
        raise bad_request(str(error)) from None
