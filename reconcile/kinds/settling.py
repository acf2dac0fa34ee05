"""Whether a desired object and what is stored of it come to rest.

1. Metacontroller writes when what it would write differs from what is stored, and tries again when
   the server refuses. Under server-side apply it writes once for each desired object, whatever
   becomes of it, so there only what is refused comes again.
2. What depends on other objects, on the parent or on earlier answers is not seen from here.

Source: Metacontroller 4.17.2, pkg/dynamic/apply and pkg/controller/common/manage_children.go.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from reconcile.diff import (
    Operation,
    Patch,
    diff,
    equal,
    merge_apply,
    server_side_apply,
    three_way,
)
from reconcile.errors import Fault, LimitError, ObjectError, PointerError
from reconcile.kinds._loop import Loop
from reconcile.kinds.defaults import identified
from reconcile.value.frozen import thaw
from reconcile.value.limits import MAX_DEPTH
from reconcile.value.pointer import escape, resolve
from reconcile.value.types import ABSENT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from reconcile.kinds._loop import Apply
    from reconcile.kinds._table import Kinds
    from reconcile.objects.view import Kind
    from reconcile.value.types import Json, JsonIn, JsonObject

__all__ = ["differences_that_matter", "loops"]

_ROUNDS = 4
_APPLY = "server-side apply"
_USE = f"use {_APPLY}, which knows all keys of a list"
_REFUSED = "is refused at every sync"
_TAINTS = ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable")


def differences_that_matter(
    kinds: Kinds, desired: Mapping[str, JsonIn] | Kind, observed: Mapping[str, JsonIn] | Kind
) -> Patch:
    """Return what applying would change; see `reconcile.kinds.differences_that_matter`."""
    have = kinds.defaulted(observed)
    # Nulls say nothing to the server.
    wanted = cast("JsonObject", merge_apply({}, identified(desired), dialect="kubernetes"))
    wanted.pop("status", None)
    schema = kinds.schema(str(have["apiVersion"]), str(have["kind"]))
    metadata = have.get("metadata")
    if isinstance(metadata, dict):
        metadata.pop("managedFields", None)
    made = server_side_apply(have, wanted, manager="desired", schema=schema, time="", force=True)
    about = made.get("metadata")
    if isinstance(about, dict):
        about.pop("managedFields", None)
    return diff(have, kinds.defaulted(made), lists=schema)


def loops(
    kinds: Kinds, desired: Mapping[str, JsonIn] | Kind, *, apply: Apply = "dynamic"
) -> tuple[Loop, ...]:
    """Return the fields that never settle; see `reconcile.kinds.loops`."""
    if apply not in ("dynamic", "server-side"):
        raise ObjectError([Fault("", "apply is dynamic or server-side")])
    document = cast("JsonObject", thaw(cast("Json", identified(desired))))
    dynamic = apply == "dynamic"
    metadata = document.get("metadata")
    if dynamic and isinstance(metadata, dict) and not _texts(metadata.get("annotations", {})):
        del metadata["annotations"]  # Metacontroller puts its own in their place
    found = [*_identity(kinds, document, dynamic=dynamic)]
    if dynamic:
        found += [*_written_again(kinds, document), *_added_to(document)]
    found += _refused(kinds, document, dynamic=dynamic)
    # Of several reasons for one field, or for what is in it, the first is the nearest.
    named: set[str] = set()
    kept: list[Loop] = []
    for loop in found:
        above = (loop.pointer[:end] for end, at in enumerate(loop.pointer) if at == "/")
        if loop.pointer not in named and not named.intersection(filter(None, above)):
            named.add(loop.pointer)
            kept.append(loop)
    return tuple(kept)


def _identity(kinds: Kinds, document: JsonObject, *, dynamic: bool) -> Iterator[Loop]:
    """Yield what makes an object another one, or none at all, at every sync."""
    metadata = document.get("metadata")
    if not isinstance(metadata, dict):
        return
    if not metadata.get("name") and metadata.get("generateName"):
        reason = "makes another object at every sync" if dynamic else "is not enough to apply"
        yield Loop("/metadata/generateName", reason, "give it a name of its own")
    scope = kinds.scope(str(document["apiVersion"]), str(document["kind"]))
    if metadata.get("namespace") and scope == "Cluster":
        reason = "is given to an object that is in none, and so is never found again"
        yield Loop("/metadata/namespace", reason, "leave it out")
    if not _texts(metadata.get("labels", {})):
        reason = "is no map of texts, at which every sync of the parent fails"
        yield Loop("/metadata/labels", reason, "leave it out, or write texts")
    for name in ("resourceVersion", "managedFields") if dynamic else ():
        if metadata.get(name):
            reason = "changes with every write, and is part of what is written"
            yield Loop(f"/metadata/{name}", reason, "leave it out: do not return what is observed")


def _texts(value: Json) -> bool:
    return isinstance(value, dict) and all(isinstance(item, str) for item in value.values())


def _added_to(document: JsonObject) -> Iterator[Loop]:
    """Yield the list that the server adds to, while dynamic apply replaces it as a whole.

    Source: k8s.io/kubernetes plugin/pkg/admission/defaulttolerationseconds, on by default.
    """
    spec = document.get("spec")
    own = spec.get("tolerations") if isinstance(spec, dict) else None
    if document["apiVersion"] != "v1" or document["kind"] != "Pod" or not isinstance(own, list):
        return
    for taint in _TAINTS:
        if not any(
            isinstance(one, dict)
            and (one.get("key") or taint) == taint
            and (one.get("effect") or "NoExecute") == "NoExecute"
            for one in own
        ):
            reason = f"gets a toleration of {taint} from the server, and is replaced as a whole"
            yield Loop("/spec/tolerations", reason, f"write that of {taint} too, or use {_APPLY}")


def _refused(kinds: Kinds, document: JsonObject, *, dynamic: bool) -> Iterator[Loop]:
    """Yield what the server refuses, however often it is sent."""
    version, kind = str(document["apiVersion"]), str(document["kind"])
    schema = kinds.schema(version, kind)
    try:
        kinds.validate(document, unknown=not dynamic)
    except ObjectError as error:
        for fault in error.faults:
            if _known(schema, fault.pointer):
                yield Loop(fault.pointer, _REFUSED, fault.message)
            else:
                reason = f"is a field that the kind does not have, and {_REFUSED}"
                yield Loop(fault.pointer, reason, "leave it out")
    if kinds.built_in(version, kind):
        found = _misfits(document, schema, _in_base64, "", 0)
        yield from (Loop(pointer, _REFUSED, "must be in base64") for pointer in found)
        return
    content = {key: item for key, item in document.items() if key != "metadata"}
    for pointer in _misfits(content, schema, _may_be_null, "", 0):
        yield Loop(pointer, f"is null, where the kind allows none, and {_REFUSED}", "leave it out")


def _in_base64(value: Json, schema: Mapping[str, object]) -> bool:
    if isinstance(value, str) and schema.get("format") == "byte":
        try:
            base64.b64decode(value.replace("\r", "").replace("\n", ""), validate=True)
        except ValueError:
            return False
    return True


def _may_be_null(value: Json, schema: Mapping[str, object]) -> bool:
    """Return whether a value is not null, or a null that is kept or replaced by a default."""
    free = "type" not in schema and not schema.get("x-kubernetes-int-or-string")
    return value is not None or free or bool(schema.get("nullable")) or "default" in schema


def _misfits(
    value: Json,
    schema: Mapping[str, object],
    fits: Callable[[Json, Mapping[str, object]], bool],
    pointer: str,
    depth: int,
) -> Iterator[str]:
    """Yield where values are that do not fit, as far as the schema speaks of them."""
    if depth > MAX_DEPTH:
        raise LimitError("levels of nesting", MAX_DEPTH, pointer=pointer)
    if not fits(value, schema):
        yield pointer
    elif isinstance(value, dict):
        properties = cast("Mapping[str, object]", schema.get("properties") or {})
        for key, item in value.items():
            inner = properties.get(key) or schema.get("additionalProperties")
            if isinstance(inner, Mapping):
                below = cast("Mapping[str, object]", inner)
                yield from _misfits(item, below, fits, f"{pointer}/{escape(key)}", depth + 1)
    elif isinstance(value, list) and isinstance(schema.get("items"), Mapping):
        below = cast("Mapping[str, object]", schema["items"])
        for place, item in enumerate(value):
            yield from _misfits(item, below, fits, f"{pointer}/{place}", depth + 1)


def _written_again(kinds: Kinds, document: JsonObject) -> tuple[Loop, ...]:
    """Return the fields in which what dynamic apply writes always differs from what is stored."""
    first = observed = kinds.defaulted(document)
    written = three_way(document, observed, document)
    for _ in range(_ROUNDS):
        stored = kinds.defaulted(written)
        if equal(written, observed) or equal(stored, observed):
            break
        observed = stored
        written = three_way(document, observed, document)
    if equal(written, observed):  # it has come to rest, as it was stored first or as it became
        return tuple(
            Loop(operation.path, "is taken from another item with the same merge key", _USE)
            for operation in diff(first, observed)
        )
    schema = kinds.schema(str(observed["apiVersion"]), str(observed["kind"]))
    found = diff(observed, written)
    return tuple(_explained(operation, observed, schema) for operation in found)


def _explained(operation: Operation, observed: JsonObject, schema: Mapping[str, object]) -> Loop:
    """Return why an operation comes again, and what to do."""
    pointer, value = operation.path, operation.value
    name = pointer.rpartition("/")[2]
    if operation.op == "remove":
        lost = _at(observed, pointer)
        if isinstance(lost, (str, int, bool)):
            shown = lost if isinstance(lost, str) else str(lost).lower()
            remedy = f"write `{name}: {shown}`" if shown else "write it"
            return Loop(pointer, "is a default that its list loses", remedy)
        return Loop(pointer, "is a default that its list loses", "write it as it is stored")
    if value is None:
        return Loop(pointer, "is null, which is not stored", "leave it out")
    if operation.op == "add":
        if not _known(schema, pointer):
            return Loop(pointer, "is a field that the kind does not have", "leave it out")
        if name == "stringData":
            return Loop(pointer, "is stored as data", "write data, in base64")
        if isinstance(value, (dict, list, str, int)) and not value:
            return Loop(pointer, "is empty, which is not stored", "leave it out")
        return Loop(pointer, "is not stored as it is written", "write it as it is stored")
    if operation.op == "replace":
        return Loop(pointer, "is stored in another spelling", "write it as it is stored")
    return Loop(pointer, "stands in its list in another place or twice", "write each item once")


def _at(document: JsonObject, pointer: str) -> object:
    try:
        return resolve(document, pointer)
    except PointerError:
        return ABSENT


def _known(schema: Mapping[str, object], pointer: str) -> bool:
    """Return whether a kind has a field."""
    about = schema
    for part in pointer.split("/")[1:]:
        properties = cast("Mapping[str, object]", about.get("properties") or {})
        below = properties.get(part) or about.get("items") or about.get("additionalProperties")
        if below is None:
            return about.get("x-kubernetes-preserve-unknown-fields") is True
        if below is True:
            return True
        about = cast("Mapping[str, object]", below)
    return True
