"""ConfigMaps, Secrets, ServiceAccounts, Namespaces and Events: what the API server refuses of them.

1. Contents of Secrets are in no message; the server leaves them out as well.

Source: k8s.io/kubernetes pkg/apis/core/validation/validation.go, events.go, 1.36.
"""

from __future__ import annotations

import base64
import binascii
import json
from typing import TYPE_CHECKING, Final

from ._primitives import (
    Telling,
    config_key,
    dns_label,
    dns_subdomain,
    fails,
    forbidden,
    invalid,
    qualified_name,
    required,
    too_long,
)
from ._read import flag, given, obj, text, texts
from ._rules import Rules
from ._shared import immutable

if TYPE_CHECKING:
    from reconcile.kinds.field_error import FieldError
    from reconcile.value.types import Json, JsonObject

__all__ = ["EVENTS", "RULES"]

_MAX_DATA: Final = 1024 * 1024
_SEALED: Final = "field is immutable when `immutable` is set"
_EVENT_FIELDS: Final = {
    "regarding": "involvedObject",
    "reason": "reason",
    "note": "message",
    "deprecatedSource": "source",
    "deprecatedFirstTimestamp": "firstTimestamp",
    "deprecatedLastTimestamp": "lastTimestamp",
    "deprecatedCount": "count",
    "type": "type",
    "eventTime": "eventTime",
    "action": "action",
    "related": "related",
    "reportingController": "reportingController",
    "reportingInstance": "reportingInstance",
}
_STANDARD_FINALIZERS: Final = frozenset({"kubernetes", "orphan", "foregroundDeletion"})


def _config_map(document: JsonObject) -> list[FieldError]:
    found: list[FieldError] = []
    data, binary = obj(document, "data"), obj(document, "binaryData")
    for key in data:
        found.extend(fails(f"data[{key}]", key, config_key))
        if key in binary:
            what = "duplicate of key present in binaryData"
            found.append(invalid(f"data[{key}]", key, what))
    for key in binary:
        found.extend(fails(f"binaryData[{key}]", key, config_key))
    size = sum(_size(value) for value in data.values())
    if size + sum(_decoded_size(value) for value in binary.values()) > _MAX_DATA:
        found.append(too_long("[]", _MAX_DATA))
    return found


def _size(value: Json) -> int:
    return len(value.encode("utf-8", "surrogatepass")) if isinstance(value, str) else 0


def _decoded_size(value: Json) -> int:
    """Return how many bytes a text in base64 stands for."""
    if not isinstance(value, str):
        return 0
    held = value.replace("\n", "").replace("\r", "")
    return len(held) // 4 * 3 - (len(held) - len(held.rstrip("=")))


def _sealed(before: JsonObject, after: JsonObject, *names: str) -> list[FieldError]:
    """Return what of an object was changed that was made immutable."""
    if not flag(before, "immutable"):
        return []
    found = [] if flag(after, "immutable") else [forbidden("immutable", _SEALED)]
    found += [forbidden(name, _SEALED) for name in names if obj(before, name) != obj(after, name)]
    return found


def _config_map_update(before: JsonObject, after: JsonObject) -> list[FieldError]:
    return _sealed(before, after, "data", "binaryData") + _config_map(after)


def _secret(document: JsonObject) -> list[FieldError]:
    found: list[FieldError] = []
    data = obj(document, "data")
    for key in data:
        found.extend(fails(f"data[{key}]", key, config_key))
    if sum(_decoded_size(value) for value in data.values()) > _MAX_DATA:
        found.append(too_long("data", _MAX_DATA))
    match text(document, "type"):
        case "kubernetes.io/service-account-token":
            key = "kubernetes.io/service-account.name"
            if not text(obj(document, "metadata", "annotations"), key):
                found.append(required(f"metadata.annotations[{key}]"))
        case "kubernetes.io/dockercfg":
            found.extend(_json(data, ".dockercfg"))
        case "kubernetes.io/dockerconfigjson":
            found.extend(_json(data, ".dockerconfigjson"))
        case "kubernetes.io/basic-auth":
            if "username" not in data and "password" not in data:
                found.extend([required("data[username]"), required("data[password]")])
        case "kubernetes.io/ssh-auth":
            if not data.get("ssh-privatekey"):
                found.append(required("data[ssh-privatekey]"))
        case "kubernetes.io/tls":
            found.extend(
                required(f"data[{key}]") for key in ("tls.crt", "tls.key") if key not in data
            )
        case _:
            pass
    return found


def _json(data: JsonObject, key: str) -> list[FieldError]:
    """Return whether a member of a Secret is no JSON object."""
    held = data.get(key)
    if key not in data:
        return [required(f"data[{key}]")]
    try:
        content = base64.b64decode(held if isinstance(held, str) else "")
    except (binascii.Error, ValueError):
        return []
    wrong = _json_fault(content.decode("utf-8", "replace"))
    return [invalid(f"data[{key}]", "<secret contents redacted>", wrong)] if wrong else []


def _json_fault(content: str) -> str:
    """Return why Go could not read a text as a JSON object; approximate but for the first byte."""
    try:
        made: object = json.loads(content)
    except ValueError as error:
        place = error.pos if isinstance(error, json.JSONDecodeError) else 0
        rest = content[place:].lstrip(" \t\r\n")
        if not rest:
            return "unexpected end of JSON input"
        shown = {"'": r"'\''", '"': "'\"'"}.get(rest[0], f"'{rest[0]}'")
        where = "looking for beginning of value"
        if isinstance(error, json.JSONDecodeError):
            where = {
                "Expecting property name enclosed in double quotes": (
                    "looking for beginning of object key string"
                ),
                "Expecting ':' delimiter": "after object key",
                "Expecting ',' delimiter": "after object key:value pair",
                "Extra data": "after top-level value",
            }.get(error.msg, where)
        return f"invalid character {shown} {where}"
    if made is None or isinstance(made, dict):
        return ""
    what = "array" if isinstance(made, list) else "string" if isinstance(made, str) else "number"
    what = "bool" if isinstance(made, bool) else what
    return f"json: cannot unmarshal {what} into Go value of type map[string]interface {{}}"


def _secret_update(before: JsonObject, after: JsonObject) -> list[FieldError]:
    found = immutable(before.get("type"), after.get("type"), "type")
    return found + _sealed(before, after, "data") + _secret(after)


def _namespace(document: JsonObject) -> list[FieldError]:
    found: list[FieldError] = []
    what = "name is neither a standard finalizer name nor is it fully qualified"
    for each in texts(obj(document, "spec"), "finalizers"):
        found.extend(fails("spec.finalizers", each, qualified_name))
        if "/" not in each and each not in _STANDARD_FINALIZERS:
            found.append(invalid("spec.finalizers", each, what))
    return found


def _namespace_status(_before: JsonObject, after: JsonObject) -> list[FieldError]:
    going = given(obj(after, "metadata"), "deletionTimestamp")
    phase = text(obj(after, "status"), "phase")
    if going and phase != "Terminating":
        what = "may only be 'Terminating' if `deletionTimestamp` is not empty"
        return [invalid("status.Phase", phase, what)]
    if not going and phase != "Active":
        what = "may only be 'Active' if `deletionTimestamp` is empty"
        return [invalid("status.Phase", phase, what)]
    return []


def _event(document: JsonObject) -> list[FieldError]:
    """Return what is wrong with an Event of the core group, or with what it shares with others."""
    found: list[FieldError] = []
    namespace = text(obj(document, "metadata"), "namespace")
    about = text(obj(document, "involvedObject") or obj(document, "regarding"), "namespace")
    legacy = not given(document, "eventTime")
    unmatched = namespace and about != namespace
    if not about:
        unmatched = unmatched and namespace not in (
            {"default"} if legacy else {"default", "kube-system"}
        )
    elif not legacy:
        unmatched = False
    if unmatched:
        what = "does not match event.namespace"
        found.append(invalid("involvedObject.namespace", about, what))
    if legacy:
        found.extend(fails("namespace", namespace, dns_subdomain) if namespace else ())
        return found
    old = "involvedObject" in document
    who = text(document, "reportingComponent" if old else "reportingController")
    if not who:
        found.append(required("reportingController"))
    found.extend(invalid("reportingController", who, wrong) for wrong in qualified_name(who))
    for name in ("reportingInstance", "action", "reason"):
        held = text(document, name)
        if not held:
            found.append(required(name))
        if _size(held) > 128:
            found.append(invalid(name, "", "can have at most 128 characters"))
    if _size(text(document, "message" if old else "note")) > 1024:
        found.append(invalid("message", "", "can have at most 1024 characters"))
    return found


def _new_event(document: JsonObject) -> list[FieldError]:
    found = _event(document)
    if not given(document, "eventTime"):
        found.append(required("eventTime"))
    kind = text(document, "type")
    if kind not in {"Normal", "Warning"}:
        what = "has invalid value"
        found.append(invalid("type", "", Telling(f"{what}: {kind}", what)))
    return found


def _new_event_update(before: JsonObject, after: JsonObject) -> list[FieldError]:
    """Return what was changed of an Event: all but its series stays."""
    found = _event(after)
    for name, told in _EVENT_FIELDS.items():
        found.extend(immutable(before.get(name), after.get(name), told))
    return found


EVENTS: Final = {"Event": Rules(_new_event, _new_event_update)}
RULES: Final = {
    "ConfigMap": Rules(_config_map, _config_map_update, again=1),
    "Secret": Rules(_secret, _secret_update, again=1),
    "ServiceAccount": Rules(again=1),
    "Namespace": Rules(_namespace, None, _namespace_status, dns_label, again=1),
    "Event": Rules(_event, metadata="late"),
}
