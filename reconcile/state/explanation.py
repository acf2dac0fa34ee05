"""Why each field of a child is as it is: the rule that asks for it, its managers, the defaults.

1. Fields are the leaves of what is observed and of what is desired together: scalars, empty
   containers, and whatever stands in a list that is one value. Items of associative lists stand
   where the observed object has them.
2. A value that no rule asks for and that the API server would set by itself is a default; of custom
   kinds no defaults are known.
3. Nothing that is shown is a secret: values are masked first.

Source: k8s.io/apimachinery pkg/apis/meta/v1 ManagedFieldsEntry; structured-merge-diff fieldpath.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast

from reconcile.errors import LimitError, ReconcileError
from reconcile.kinds import defaulted, known, scope
from reconcile.objects.last_applied import last_applied
from reconcile.objects.names import FIELD_MANAGER
from reconcile.value import ABSENT, equal
from reconcile.value.limits import MAX_DEPTH
from reconcile.value.pointer import escape, resolve

from .alignment import aligned
from .desired import lists_of
from .plan_fields import masked

if TYPE_CHECKING:
    from reconcile.objects.ref import Ref
    from reconcile.value import Absent, Json, JsonObject

    from .desired import Desired
    from .object_map import ObjectMap

__all__ = ["ExplainedField", "Explanation", "Manager"]

_NOT_FIELDS: Final = ("/metadata/managedFields",)


@dataclass(frozen=True, slots=True)
class Manager:
    """Who wrote a field last, as `managedFields` of the object has it."""

    name: str
    operation: str
    """Apply or Update."""
    time: str
    """RFC 3339, "" if it is not told."""
    subresource: str = ""

    def __str__(self) -> str:
        within = f" of {self.subresource}" if self.subresource else ""
        return f"{self.name} ({self.operation}{within})"


@dataclass(frozen=True, slots=True)
class ExplainedField:
    """One field of a child."""

    pointer: str
    observed: Json | Absent
    """Masked; ABSENT where it is not there."""
    desired: Json | Absent
    """Masked; ABSENT where no rule asks for it."""
    rules: tuple[str, ...] = ()
    """Those that ask for it."""
    managers: tuple[Manager, ...] = ()
    default: bool = False
    """Whether the API server set it, as no rule asks for it."""
    applied: Json | Absent = ABSENT
    """What Metacontroller applied last time, masked; ABSENT where it did not apply the field."""

    differs: bool = False
    """Whether what is desired is not what is observed; told of secrets, too."""

    def to_json(self) -> JsonObject:
        """Return the field as a JSON object; what is absent is left out."""
        made: JsonObject = {"field": self.pointer}
        for name, value in (
            ("observed", self.observed),
            ("desired", self.desired),
            ("lastApplied", self.applied),
        ):
            if value is not ABSENT:
                made[name] = value
        made["rules"] = list(self.rules)
        made["managers"] = [
            {
                "manager": each.name,
                "operation": each.operation,
                "time": each.time,
                "subresource": each.subresource,
            }
            for each in self.managers
        ]
        made["default"] = self.default
        made["differs"] = self.differs
        return made


class Explanation:
    """Why the children of one parent are as they are.

    Shape: `refs` are all children, observed or desired, sorted.
    """

    refs: tuple[Ref, ...]

    def __init__(self, observed: ObjectMap, desired: Desired) -> None:
        self._desired = desired
        self._observed = observed
        self._wanted = {_placed(ref, observed, desired): ref for ref in desired.objects}
        self.refs = tuple(sorted({*observed, *self._wanted}))

    def fields(self, ref: Ref) -> list[ExplainedField]:
        """Return the fields of one child, in the order of the object as it is observed.

        Raises: KeyError for one that is neither observed nor desired; LimitError for one that is
            nested too deeply.
        Cost: linear in the fields, and in the sets of its managers.
        """
        if ref not in self.refs:
            raise KeyError(ref)
        named = self._wanted.get(ref, ref)
        observed, desired = self._observed.get(ref), self._desired.objects.get(named)
        shown = masked(observed) if observed is not None else ABSENT
        real = observed if observed is not None else ABSENT
        lists = lists_of(ref.gvk)
        wanted = aligned(masked(desired) if desired is not None else {}, real, lists)
        asked = aligned(desired if desired is not None else {}, real, lists)
        filled = aligned(_filled(desired), real, lists)
        before = aligned(masked(_applied(observed)), real, lists)
        owners = self._desired.owners(named)
        managed = _managed(observed or {})
        made: list[ExplainedField] = []
        if desired is None:
            pointers = dict.fromkeys(_leaves(shown))
        else:
            pointers = dict.fromkeys((*_leaves(shown), *_leaves(wanted.document)))
        for pointer in pointers:
            if pointer.startswith(_NOT_FIELDS):
                continue
            value = resolve(wanted.document, pointer)
            is_now = _resolved(shown, pointer)
            of_server = resolve(filled.document, pointer) if value is ABSENT else ABSENT
            stored = _resolved(real, pointer)
            made.append(
                ExplainedField(
                    pointer,
                    is_now,
                    value,
                    _nearest(owners, wanted.own(pointer)) if value is not ABSENT else (),
                    tuple(dict.fromkeys(_at(managed, pointer))),
                    default=of_server is not ABSENT and not _differs(of_server, stored),
                    applied=resolve(before.document, pointer),
                    differs=_differs(resolve(asked.document, pointer), stored),
                )
            )
        return made


def _differs(desired: Json | Absent, observed: Json | Absent) -> bool:
    """Return whether something is desired that is not what is there."""
    if desired is ABSENT:
        return False
    return observed is ABSENT or not equal(desired, observed)


def _resolved(document: Json | Absent, pointer: str) -> Json | Absent:
    return ABSENT if document is ABSENT else resolve(document, pointer)


def _applied(observed: JsonObject | None) -> JsonObject:
    if observed is None:
        return {}
    return last_applied(observed, field_manager=FIELD_MANAGER)


def _placed(ref: Ref, observed: ObjectMap, desired: Desired) -> Ref:
    """Return where a desired child is: in the namespace of the parent, where it names none."""
    if ref.namespace or not desired.namespace:
        return ref
    there = ref._replace(namespace=desired.namespace)
    if known(ref.gvk.api_version, ref.gvk.kind):
        return there if scope(ref.gvk.api_version, ref.gvk.kind) == "Namespaced" else ref
    return there if there in observed else ref


def _filled(desired: JsonObject | None) -> JsonObject:
    """Return what is desired as the server would store it, as it is where nobody knows."""
    if desired is None:
        return {}
    if not known(str(desired.get("apiVersion")), str(desired.get("kind"))):
        return desired
    try:
        return defaulted(desired)
    except ReconcileError:
        return desired


def _leaves(value: Json | Absent, pointer: str = "", depth: int = 0) -> Iterator[str]:
    """Yield the pointers of what has nothing below it."""
    if value is ABSENT:
        return
    if depth > MAX_DEPTH:
        raise LimitError("levels of nesting", MAX_DEPTH, pointer=pointer)
    if isinstance(value, dict) and value:
        for key, each in value.items():
            yield from _leaves(each, f"{pointer}/{escape(key)}", depth + 1)
    elif isinstance(value, list) and value:
        for index, each in enumerate(value):
            yield from _leaves(each, f"{pointer}/{index}", depth + 1)
    else:
        yield pointer


def _nearest(owners: Mapping[str, tuple[str, ...]], pointer: str) -> tuple[str, ...]:
    """Return who set a field, or the object or the list that it stands in."""
    while pointer not in owners and pointer:
        pointer = pointer.rpartition("/")[0]
    return owners.get(pointer, ())


# -- managedFields ---------------------------------------------------------------------------------


def _managed(document: JsonObject) -> dict[str, list[Manager]]:
    """Return the managers of each place of an object that one of them has."""
    made: dict[str, list[Manager]] = {}
    metadata = cast("dict[str, Any]", document.get("metadata") or {})
    for entry in cast("Sequence[Any]", metadata.get("managedFields") or ()):
        if not isinstance(entry, dict):
            continue
        told = cast("dict[str, Any]", entry)
        who = Manager(
            str(told.get("manager") or ""),
            str(told.get("operation") or ""),
            str(told.get("time") or ""),
            str(told.get("subresource") or ""),
        )
        for pointer in _places(told.get("fieldsV1"), document, "", 0):
            made.setdefault(pointer, []).append(who)
    return made


def _places(fields: Any, value: Json, pointer: str, depth: int) -> Iterator[str]:
    """Yield the places of `value` that a `fieldsV1` has; those that are not there are left out."""
    if depth > MAX_DEPTH:
        raise LimitError("levels of nesting", MAX_DEPTH, pointer=pointer)
    if not isinstance(fields, dict):
        return
    members = cast("dict[str, Any]", fields)
    if not members or "." in members:
        yield pointer
    for name, below in members.items():
        kind, _, rest = name.partition(":")
        if kind == "f" and isinstance(value, dict):
            if rest in value:
                yield from _places(below, value[rest], f"{pointer}/{escape(rest)}", depth + 1)
        elif kind in ("k", "v", "i") and isinstance(value, list):
            for index, item in enumerate(value):
                if _is(kind, rest, index, item):
                    yield from _places(below, item, f"{pointer}/{index}", depth + 1)


def _is(kind: str, text: str, index: int, item: Json) -> bool:
    """Return whether an item of a list is the one that an element names."""
    try:
        named = json.loads(text)
    except ValueError:
        return False
    if kind == "i":
        return bool(named == index)
    if kind == "v":
        return equal(named, item)
    if not isinstance(item, dict) or not isinstance(named, dict):
        return False
    keys = cast("JsonObject", named)
    return all(key in item and equal(item[key], each) for key, each in keys.items())


def _at(managed: Mapping[str, Sequence[Manager]], pointer: str) -> Iterator[Manager]:
    """Yield the managers of a place, of the nearest place above it where it has none."""
    while True:
        if pointer in managed:
            yield from managed[pointer]
            return
        if not pointer:
            return
        pointer = pointer.rpartition("/")[0]
