"""Gets and lists: what is there, or was, selected, page by page, in the form that is asked for.

1. Nothing is copied: answers share the frozen documents of the store.
2. An older version is the present one with what happened since undone; what is older than the
   window is gone, and said to be.

Source: k8s.io/apiserver pkg/endpoints/handlers/get.go, pkg/storage/{continue.go,etcd3/store.go};
k8s.io/apimachinery pkg/apis/meta/internalversion/validation; recorded conversations.
"""

from __future__ import annotations

import base64
import binascii
import json
from typing import TYPE_CHECKING, Any, NamedTuple

from reconcile.kinds.field_error import FieldError
from reconcile.simulate.go.json import GoJsonError, parse, quoted
from reconcile.simulate.go.numbers import GoNumberError, parse_int, parse_uint
from reconcile.simulate.server.selectors import field_selector, label_selector
from reconcile.simulate.server.status import (
    bad_request,
    expired,
    internal,
    invalid,
    too_large_version,
)

if TYPE_CHECKING:
    from reconcile.simulate.server.resource_type import ResourceType
    from reconcile.simulate.server.routes import Query
    from reconcile.simulate.server.selectors import Matches
    from reconcile.simulate.server.store import World
    from reconcile.simulate.server.writing import Target
    from reconcile.value.frozen import FrozenDict
    from reconcile.value.types import JsonObject

__all__ = ["Selection", "check_list_options", "get", "items_of", "list_objects", "selection"]


class Selection(NamedTuple):
    """Which objects of a resource a request is about."""

    kind: ResourceType
    prefix: str
    labels: Matches | None
    fields: Matches | None

    def takes(self, document: dict[str, Any]) -> bool:
        """Return whether an object, as the resource shows it, is selected."""
        return (self.labels is None or self.labels(document)) and (
            self.fields is None or self.fields(document)
        )

    @property
    def whole(self) -> bool:
        """Whether all objects are selected."""
        return self.labels is None and self.fields is None


def selection(kind: ResourceType, namespace: str, query: Query, name: str = "") -> Selection:
    """Return what a query selects. Raises: ApiError for selectors that cannot be read."""
    labels = label_selector(query.get("labelSelector"))
    fields = field_selector(query.get("fieldSelector"), kind)
    if name:
        given = fields

        def named(document: dict[str, Any]) -> bool:
            return document["metadata"].get("name") == name and (given is None or given(document))

        fields = named
    prefix = f"{kind.prefix}{namespace}/" if namespace and kind.served.namespaced else kind.prefix
    return Selection(kind, prefix, labels, fields)


def check_list_options(query: Query, *, watch: bool) -> None:
    """Raise ApiError for options of a list or watch that do not go together."""
    match = query.get("resourceVersionMatch")
    version = query.get("resourceVersion")
    found: list[FieldError] = []
    where = "resourceVersionMatch"
    if watch:
        if "sendInitialEvents" in query:
            if match != "NotOlderThan":
                detail = "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"
                found.append(FieldError("FieldValueForbidden", where, detail))
        elif match:
            detail = (
                "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"
            )
            found.append(FieldError("FieldValueForbidden", where, detail))
    else:
        if match:
            if not version:
                detail = "resourceVersionMatch is forbidden unless resourceVersion is provided"
                found.append(FieldError("FieldValueForbidden", where, detail))
            if query.get("continue"):
                detail = "resourceVersionMatch is forbidden when continue is provided"
                found.append(FieldError("FieldValueForbidden", where, detail))
            if match not in ("Exact", "NotOlderThan"):
                detail = 'supported values: "Exact", "NotOlderThan", ""'
                found.append(FieldError("FieldValueNotSupported", where, detail, match))
            elif match == "Exact" and version == "0":
                detail = 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"'
                found.append(FieldError("FieldValueForbidden", where, detail))
        if "sendInitialEvents" in query:
            detail = "sendInitialEvents is forbidden for list"
            found.append(FieldError("FieldValueForbidden", "sendInitialEvents", detail))
    if found:
        raise invalid("ListOptions", "meta.k8s.io", "", found)


def version_of(world: World, text: str, *, prefix: str = "") -> int:
    """Return the version that a query names, 0 for none.

    Shape: `prefix` begins the answer of a get or list, which also refuses a version that nobody
        has made yet; without one, as for a watch, a text that is no number is an internal error.
    Raises: ApiError.
    """
    if not text:
        return 0
    try:
        version = parse_uint(text)
    except GoNumberError as error:
        told = f"resourceVersion: Invalid value: {quoted(text)}: {error}"
        raise (bad_request(prefix + told) if prefix else internal(told)) from None
    if prefix and version > world.version:
        raise too_large_version(version, world.version)
    return version


def get(target: Target, query: Query) -> FrozenDict:
    """Return an object. Raises: ApiError."""
    version_of(target.world, query.get("resourceVersion"), prefix="invalid resource version: ")
    stored = target.stored
    if stored is None:
        raise target.missing()
    return target.type.shown(stored)


def items_of(world: World, chosen: Selection) -> list[FrozenDict]:
    """Return the selected objects as they are now, in the order of their keys."""
    kind = chosen.kind
    found = [kind.shown(stored) for stored in world.objects.values(chosen.prefix)]
    return found if chosen.whole else [each for each in found if chosen.takes(each)]


def list_objects(
    world: World, chosen: Selection, query: Query
) -> tuple[JsonObject, list[FrozenDict]]:
    """Return the metadata of a list and its items, whole objects. Raises: ApiError."""
    check_list_options(query, watch=False)
    limit = _limit(query.get("limit"))
    token = query.get("continue")
    version = 0
    start = ""
    if token:
        if query.get("resourceVersion") not in ("", "0"):
            message = "specifying resource version is not allowed when using continue"
            raise bad_request(message)
        version, start = _continued(token)
        version = version if version > 0 else world.version
    else:
        asked = version_of(world, query.get("resourceVersion"), prefix="invalid resource version: ")
        exactly = query.get("resourceVersionMatch") == "Exact"
        if exactly or (limit and asked and not query.get("resourceVersionMatch")):
            version = asked
    objects = world.objects
    if version and version != world.version:
        if version < world.floor:
            raise _too_old(bool(token))
        objects = world.objects_at(version, chosen.prefix)
    shown_version = version or world.version
    after = f"{chosen.prefix}{start}" if start else ""
    found: list[FrozenDict] = []
    entries = objects.items(chosen.prefix, after)
    metadata: JsonObject = {"resourceVersion": str(shown_version)}
    last = ""
    for key, stored in entries:
        document = chosen.kind.shown(stored)
        if not chosen.takes(document):
            continue
        if limit and len(found) == limit:
            metadata["continue"] = _token(shown_version, last.removeprefix(chosen.prefix))
            if chosen.whole:
                metadata["remainingItemCount"] = 1 + sum(1 for _ in entries)
            break
        found.append(document)
        last = key
    return metadata, found


def _limit(text: str) -> int:
    if not text:
        return 0
    try:
        return max(parse_int(text), 0)
    except GoNumberError as error:
        raise bad_request(str(error)) from None


def _token(version: int, start: str) -> str:
    """Return the token of the next page: it begins behind a key."""
    made: JsonObject = {"v": "meta.k8s.io/v1", "rv": version, "start": f"/{start}\x00"}
    text = json.dumps(made, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _continued(token: str) -> tuple[int, str]:
    """Return the version and the key that a token names. Raises: ApiError."""
    begins = "invalid continue token: continue key is not valid: "
    try:
        text = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise bad_request(f"{begins}illegal base64 data at input byte 0") from None
    try:
        found, _ = parse(text)
    except GoJsonError as error:
        told = str(error)
        if text and text[0] >= 0x80:  # Go looks at bytes, of text that is none
            told = f"invalid character '\\u{text[0]:04x}' looking for beginning of value"
        raise bad_request(begins + told) from None
    held: JsonObject = found if isinstance(found, dict) else {}
    if held.get("v") != "meta.k8s.io/v1":
        told = f'server does not recognize this encoded version "{held.get("v", "")}"'
        raise bad_request(begins + told)
    start, version = held.get("start"), held.get("rv")
    if not isinstance(version, int) or version == 0:
        message = "incorrect encoded start resourceVersion (version meta.k8s.io/v1)"
        raise bad_request(f"{begins}{message}")
    if not isinstance(start, str) or not start:
        raise bad_request(f"{begins}encoded start key empty (version meta.k8s.io/v1)")
    key = start.removeprefix("/")
    if ".." in key.split("/"):
        raise bad_request(begins + start)
    return version, key.removesuffix("\x00")


def _too_old(continued: bool) -> Exception:
    if continued:
        return expired(
            "The provided continue parameter is too old to display a consistent list result. "
            "You must start a new list without the continue parameter."
        )
    return expired("The resourceVersion for the provided list is too old.")
