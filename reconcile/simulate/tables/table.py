"""Objects made into tables, or into their metadata alone: what clients ask for to show them.

1. Pure functions of objects as they are answered, in the version of the request.
2. Whether a client may ask for such a form is `negotiation`'s business; whether it fits what was
   asked for (a list or one object) is told here.

Source: k8s.io/apiserver pkg/endpoints/handlers/response.go; pkg/registry/rest/table.go;
k8s.io/apiextensions-apiserver pkg/registry/customresource/tableconvertor; recorded answers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from reconcile.kinds.field_error import FieldError
from reconcile.simulate.publishing.resources import Served
from reconcile.simulate.server.negotiation import Target
from reconcile.simulate.server.status import ApiError, bad_request
from reconcile.simulate.tables.columns import DEFAULT, PRINTERS, Printer, told
from reconcile.simulate.tables.custom import custom_printer
from reconcile.simulate.tables.pods import pod_conditions
from reconcile.simulate.tables.shared import Object, listed, mapped
from reconcile.value.types import Json, JsonObject

__all__ = ["check_include", "metadata_list", "metadata_only", "printer_of", "table", "transformed"]

_INCLUDED: Final = ("", "Metadata", "Object", "None")
_META: Final = "meta.k8s.io"


def transformed(
    document: Object,
    target: Target,
    served: Served,
    now: datetime,
    *,
    include: str = "",
    headers: bool = True,
    kind: str = "",
) -> JsonObject:
    """Return an answer in the form that was asked for.

    Shape: `document` is an object or a list as it is answered otherwise, `include` the query's
        `includeObject`. `headers=False` leaves the columns out, as in all but the first event of
        a watch. `kind` names what a subresource speaks if that is not the resource's kind.
    Raises: ApiError 400 for an unknown `include`, 406 where the form does not fit the answer.
    """
    is_list = str(document.get("kind", "")).endswith("List") and "items" in document
    match target.kind:
        case "Table":
            return table(
                listed(document, "items") if is_list else [document],
                served,
                now,
                include=include,
                list_metadata=mapped(document, "metadata") if is_list else None,
                version=target.version,
                headers=headers,
                kind=kind,
            )
        case "PartialObjectMetadata" if not is_list:
            return metadata_only(document, target.version)
        case "PartialObjectMetadataList" if is_list:
            return metadata_list(document, target.version)
        case _:
            article = "not a list" if target.kind.endswith("List") else "a list"
            raise ApiError(
                406,
                "NotAcceptable",
                f"you requested {target.kind}, but the requested object is {article} "
                f"({_go_type(served, is_list=is_list)})",
            )


def table(
    objects: Sequence[Object],
    served: Served,
    now: datetime,
    *,
    include: str = "",
    list_metadata: Mapping[str, Json] | None = None,
    crd_columns: Sequence[Mapping[str, Any]] | None = None,
    version: str = "v1",
    headers: bool = True,
    kind: str = "",
) -> JsonObject:
    """Return the table of objects of one resource.

    Shape: `objects` are whole, in the version that was asked for; those of a list may leave out
        what they are. `list_metadata` is the list's metadata, None for a single object.
        `crd_columns` are the printer columns of a custom resource, those of `served` unless given.
    Raises: ApiError 400 for an unknown `include`.
    Cost: linear in the cells; the first table also reads the texts of the columns.
    """
    check_include(include)
    kind = kind or served.kind
    printer = printer_of(served, kind, crd_columns)
    rows: list[Json] = []
    for bare in _in_order(objects, served):
        obj = bare if "kind" in bare else {"kind": kind, "apiVersion": served.api_version, **bare}
        row: JsonObject = {"cells": printer.cells(obj, now)}
        if kind == "Pod" and not served.custom:
            over = pod_conditions(obj)
            if over:
                row["conditions"] = [dict(each) for each in over]
        if include == "Object":
            row["object"] = dict(obj)
        elif include == "None":
            row["object"] = None
        else:
            row["object"] = metadata_only(obj, version)
        rows.append(row)
    # A storage without a printer makes no list before there is a row to put in.
    missing = printer is DEFAULT and not rows
    return {
        "kind": "Table",
        "apiVersion": f"{_META}/{version}",
        "metadata": _list_metadata(objects, list_metadata),
        "columnDefinitions": _told(printer) if headers else None,
        "rows": None if missing else rows,
    }


def _told(printer: Printer) -> list[Json]:
    return [told(column) for column in printer.columns]


def check_include(include: str) -> None:
    """Raise unless `includeObject` of a query says something known.

    Raises: ApiError 400.
    """
    if include not in _INCLUDED:
        detail = "must be 'Metadata', 'Object', 'None', or empty"
        fault = FieldError("FieldValueInvalid", "includeObject", detail, include)
        raise bad_request(f"Unable to convert to Table as requested: {fault}")


def printer_of(
    served: Served, kind: str = "", crd_columns: Sequence[Mapping[str, Any]] | None = None
) -> Printer:
    """Return the columns of a resource, and what fills them."""
    if served.custom:  # the scale of a custom object too: its columns are looked up in the scale
        return custom_printer(served.columns if crd_columns is None else crd_columns)
    if kind == "Scale":
        return PRINTERS["autoscaling", "Scale"]
    storage = served.storage
    group = served.group if storage is None else storage.group
    return PRINTERS.get((group, served.kind), DEFAULT)


def metadata_only(obj: Object, version: str = "v1") -> JsonObject:
    """Return the metadata of an object, as a `PartialObjectMetadata`."""
    return {
        "kind": "PartialObjectMetadata",
        "apiVersion": f"{_META}/{version}",
        "metadata": dict(mapped(obj, "metadata")),
    }


def metadata_list(document: Object, version: str = "v1") -> JsonObject:
    """Return the metadata of the objects of a list, as a `PartialObjectMetadataList`."""
    return {
        "kind": "PartialObjectMetadataList",
        "apiVersion": f"{_META}/{version}",
        "metadata": dict(mapped(document, "metadata")),
        "items": [metadata_only(item, version) for item in listed(document, "items")],
    }


def _in_order(objects: Sequence[Object], served: Served) -> Sequence[Object]:
    if served.custom or served.kind != "FlowSchema":
        return objects
    # The one kind whose rows are sorted: as the server matches requests.
    return sorted(objects, key=_precedence)


def _precedence(obj: Object) -> tuple[int, str]:
    spec, metadata = mapped(obj, "spec"), mapped(obj, "metadata")
    return spec.get("matchingPrecedence") or 0, str(metadata.get("name"))


def _list_metadata(
    objects: Sequence[Object], list_metadata: Mapping[str, Json] | None
) -> JsonObject:
    if list_metadata is not None:
        return dict(list_metadata)
    if len(objects) != 1:
        return {}
    version = mapped(objects[0], "metadata").get("resourceVersion")
    return {"resourceVersion": version} if version else {}


def _go_type(served: Served, *, is_list: bool) -> str:
    """Return the name of the structure the server holds objects in, as its message tells it."""
    if served.custom:
        return "*unstructured.UnstructuredList" if is_list else "*unstructured.Unstructured"
    group = served.group if served.storage is None else served.storage.group
    package = group.partition(".")[0] or "core"
    return f"*{package}.{served.list_kind if is_list else served.kind}"
