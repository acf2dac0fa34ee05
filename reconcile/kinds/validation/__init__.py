"""What the API server would refuse of an object, as far as the object itself says.

1. All faults at once, sorted by where they are; messages hold names of fields, never values.
2. Shapes come from the schema: types, required and unknown fields, keys of lists. Names, labels and
   annotations follow the rules of all objects, a few kinds have rules of their own for names.
3. Left out is what a kind demands of its values beyond its schema, and what the cluster decides.

Source: recordings of API server 1.36; k8s.io/apimachinery, pkg/api/validation, pkg/util/validation.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final, cast

from reconcile.errors import Fault, LimitError, ReconcileError, nearest
from reconcile.kinds._schema import Schema
from reconcile.objects.quantity import Quantity
from reconcile.value.limits import MAX_DEPTH
from reconcile.value.pointer import escape
from reconcile.value.redact import describe

if TYPE_CHECKING:
    from reconcile.kinds._table import Kinds
    from reconcile.value.types import Json, JsonObject

__all__ = ["faults"]

_LABEL: Final = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_SUBDOMAIN: Final = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_QUALIFIED: Final = re.compile(r"([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]")
_DNS_LABEL_KINDS: Final = frozenset({"Namespace", "Service", "StatefulSet"})
"""Kinds whose names are one DNS label; that of a StatefulSet is part of its Pods' host names."""
_FREE_NAMES: Final = frozenset(
    {"ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding", "IPAddress", "APIService"}
)
"""Kinds whose names are any part of a path."""
_FINALIZERS: Final = frozenset({"orphan", "foregroundDeletion", "kubernetes"})
_MAX_ANNOTATIONS: Final = 256 * 1024
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_TYPES: Final[dict[str, tuple[type, ...]]] = {
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
    "object": (dict,),
    "array": (list,),
}
_WANTED: Final = {
    "string": "a text",
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
    "object": "an object",
    "array": "a list",
}


def faults(kinds: Kinds, document: JsonObject, *, unknown: bool = True) -> list[Fault]:
    """Return what is wrong with an object of a known kind; see `reconcile.kinds.validate`."""
    version, kind = str(document.get("apiVersion")), str(document.get("kind"))
    shapes = _Shapes(unknown=unknown)
    shapes.value(document, kinds.schema(version, kind), "", 0)
    if kinds.is_resource(version, kind):
        namespaced = kinds.scope(version, kind) == "Namespaced"
        _metadata(document.get("metadata"), kind, namespaced, shapes.found)
        verbs = kinds.resource(version, kind).verbs
        if not verbs or "get" in verbs:  # reviews are answered, not kept
            _named(document.get("metadata"), shapes.found)
    return sorted(shapes.found, key=lambda fault: (fault.pointer, fault.message))


class _Shapes:
    """A walk over an object and its schema."""

    __slots__ = ("found", "unknown")

    def __init__(self, *, unknown: bool) -> None:
        self.found: list[Fault] = []
        self.unknown = unknown

    def value(self, value: Json, schema: Mapping[str, Any], pointer: str, depth: int) -> None:
        """Look at a value and all that is in it. Null says nothing, wherever it stands."""
        if depth > MAX_DEPTH:
            raise LimitError("levels of nesting", MAX_DEPTH, pointer=pointer[:200])
        if value is None:
            return
        name = (schema.name or "").rpartition(".")[2] if isinstance(schema, Schema) else ""
        if name == "Quantity":
            _quantity(value, pointer, self.found)
        elif name == "IntOrString" or schema.get("x-kubernetes-int-or-string") is True:
            if not isinstance(value, (int, str)) or isinstance(value, bool):
                self.found.append(_wrong(value, pointer, "a whole number or a text"))
        elif not _fits(value, schema.get("type")):
            self.found.append(_wrong(value, pointer, _WANTED[cast("str", schema["type"])]))
        elif isinstance(value, dict):
            self.members(value, schema, pointer, depth)
        elif isinstance(value, list):
            self.items(value, schema, pointer, depth)
        elif isinstance(value, str):
            _text(value, schema, pointer, self.found)

    def members(
        self, value: JsonObject, schema: Mapping[str, Any], pointer: str, depth: int
    ) -> None:
        """Look at the members of an object, and for those that must be there."""
        properties: Mapping[str, Any] = schema.get("properties") or {}
        others = schema.get("additionalProperties")
        self.found.extend(
            Fault(f"{pointer}/{escape(name)}", "is not there; it is required")
            for name in cast("Iterable[str]", schema.get("required") or ())
            if value.get(name) is None and _is_missed(properties.get(name, {}))
        )
        closed = properties and not others
        if schema.get("x-kubernetes-preserve-unknown-fields") is True or not self.unknown:
            closed = False
        for name, item in value.items():
            place = f"{pointer}/{escape(name)}"
            inner = properties.get(name, others)
            if isinstance(inner, Mapping):
                self.value(item, cast("Mapping[str, Any]", inner), place, depth + 1)
            elif closed:
                self.found.append(Fault(place, f"is not a field{nearest(name, properties)}"))

    def items(self, value: list[Json], schema: Mapping[str, Any], pointer: str, depth: int) -> None:
        """Look at the items of a list, and for two with the same merge keys."""
        items = cast("Mapping[str, Any]", schema.get("items") or {})
        for index, item in enumerate(value):
            self.value(item, items, f"{pointer}/{index}", depth + 1)
        if pointer.startswith("/metadata/"):
            return  # there nobody minds
        kind = schema.get("x-kubernetes-list-type")
        names = tuple(cast("Iterable[str]", schema.get("x-kubernetes-list-map-keys") or ()))
        defaults = cast("Mapping[str, Any]", items.get("properties") or {})
        seen: set[object] = set()
        for index, item in enumerate(value if kind in {"map", "set"} else ()):
            parts: list[object] = [item]
            if kind == "map":
                entry = item if isinstance(item, dict) else {}
                parts = [entry.get(n, defaults.get(n, {}).get("default")) for n in names]
            if any(isinstance(part, (dict, list)) for part in parts):
                continue
            key = tuple((type(part), part) for part in parts)
            if key in seen:
                told = f"the same {' and '.join(names)}" if names else "the same value"
                message = f"has {told} as an item before it"
                self.found.append(Fault(f"{pointer}/{index}", message))
            seen.add(key)


def _is_missed(schema: Mapping[str, Any]) -> bool:
    """Return whether a required member is missed: an object or a list may be an empty one."""
    return schema.get("default") != {} and schema.get("type") != "array"


def _fits(value: Json, kind: object) -> bool:
    if not isinstance(kind, str) or kind not in _TYPES:
        return True
    if isinstance(value, bool):
        return kind == "boolean"
    if kind == "integer" and isinstance(value, float):
        return value.is_integer()
    return isinstance(value, _TYPES[kind])


def _wrong(value: Json, pointer: str, wanted: str) -> Fault:
    return Fault(pointer, f"is {describe(value)}; {wanted} is needed")


def _quantity(value: Json, pointer: str, found: list[Fault]) -> None:
    if isinstance(value, (str, int, float)) and not isinstance(value, bool):
        try:
            Quantity(value)
        except ReconcileError:
            pass
        else:
            return
    found.append(Fault(pointer, f"is {describe(value)}; a quantity such as 500m or 1Gi is needed"))


def _text(value: str, schema: Mapping[str, Any], pointer: str, found: list[Fault]) -> None:
    allowed = cast("list[str] | None", schema.get("enum"))
    if allowed and value not in allowed:
        choices = ", ".join(str(each) for each in allowed)
        found.append(Fault(pointer, f"is none of {choices}"))
    if schema.get("format") == "date-time" and not _TIME.fullmatch(value):
        found.append(Fault(pointer, "is no time as 2026-01-31T12:00:00Z"))


def _named(value: Json, found: list[Fault]) -> None:
    metadata = value if isinstance(value, dict) else {}
    if not metadata.get("name") and not metadata.get("generateName"):
        found.append(Fault("/metadata/name", "is not there; name or generateName is required"))


def _metadata(value: Json, kind: str, namespaced: bool, found: list[Fault]) -> None:
    metadata = value if isinstance(value, dict) else {}
    for field in ("name", "generateName"):
        text = metadata.get(field)
        if isinstance(text, str) and text:
            # What is generated has five characters behind it, so it may end with a dash.
            whole = text if field == "name" else f"{text.rstrip('-')}x"
            _name(whole, kind, f"/metadata/{field}", found)
    namespace = metadata.get("namespace")
    if namespace and not namespaced:
        message = "is there; objects of this kind are in no namespace, leave it out"
        found.append(Fault("/metadata/namespace", message))
    elif isinstance(namespace, str) and namespace and (wrong := _is_dns(namespace, _LABEL, 63)):
        found.append(Fault("/metadata/namespace", wrong))
    _labels(metadata.get("labels"), found)
    annotations = metadata.get("annotations")
    if isinstance(annotations, dict):
        size = 0
        for key, text in annotations.items():
            _key(key.lower(), f"/metadata/annotations/{escape(key)}", found)
            size += _size(key) + (_size(text) if isinstance(text, str) else 0)
        if size > _MAX_ANNOTATIONS:
            message = f"take more than {_MAX_ANNOTATIONS} bytes"
            found.append(Fault("/metadata/annotations", message))
    finalizers = metadata.get("finalizers")
    for index, each in enumerate(finalizers if isinstance(finalizers, list) else ()):
        if isinstance(each, str):
            pointer = f"/metadata/finalizers/{index}"
            _key(each, pointer, found)
            if "/" not in each and each not in _FINALIZERS:
                found.append(Fault(pointer, "has no domain, as in example.com/finalizer"))


def _size(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))


def _name(name: str, kind: str, pointer: str, found: list[Fault]) -> None:
    wrong = ""
    if kind in _FREE_NAMES:
        if name in {".", ".."} or "/" in name or "%" in name:
            wrong = "is . or .., or holds / or %"
    elif kind in _DNS_LABEL_KINDS:
        wrong = _is_dns(name, _LABEL, 63)
    else:
        wrong = _is_dns(name, _SUBDOMAIN, 253)
    if wrong:
        found.append(Fault(pointer, wrong))


def _is_dns(text: str, pattern: re.Pattern[str], size: int) -> str:
    """Return what is wrong with a DNS label or name, an empty text if nothing is."""
    if len(text) > size:
        return f"has more than {size} characters"
    if pattern.fullmatch(text):
        return ""
    what = "a DNS label: lower case letters, digits and -"
    if pattern is _SUBDOMAIN:
        what = "a DNS name: lower case letters, digits, - and ."
    return f"is not {what}, a letter or digit first and last"


def _labels(value: Json, found: list[Fault]) -> None:
    for key, text in value.items() if isinstance(value, dict) else ():
        pointer = f"/metadata/labels/{escape(key)}"
        _key(key, pointer, found)
        if isinstance(text, str) and text and not (len(text) <= 63 and _QUALIFIED.fullmatch(text)):
            message = "is no value of a label: at most 63 letters, digits, -, _ and ."
            found.append(Fault(pointer, f"{message}, a letter or digit first and last"))


def _key(key: str, pointer: str, found: list[Fault]) -> None:
    prefix, slash, name = key.rpartition("/")
    good = len(name) <= 63 and _QUALIFIED.fullmatch(name) is not None
    if slash:
        good = good and not _is_dns(prefix, _SUBDOMAIN, 253)
    if not good:
        message = (
            "is no qualified name: an optional DNS name and /, at most 63 letters, digits, -, _"
        )
        found.append(Fault(pointer, f"{message} and ., a letter or digit first and last"))
