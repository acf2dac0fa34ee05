"""Golden files: objects as text that is the same at every run, and why it is another.

1. What the server draws is left out: uids, times, versions, owners of fields, addresses and ports;
   what Metacontroller last applied, too, so both ways of applying give one text.
2. Members stand in one order: `apiVersion`, `kind`, `metadata` and `name` first, then by name.
3. Values of a Secret become their type and size.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from difflib import unified_diff
from typing import TYPE_CHECKING, Any, Final, Protocol, cast

from reconcile.objects.accept import accept
from reconcile.objects.yaml import all_to_yaml
from reconcile.simulate.cluster import Cluster
from reconcile.simulate.pictures.scenery import objects
from reconcile.value.redact import APPLIED, mask

if TYPE_CHECKING:
    from reconcile.objects.accept import Acceptable
    from reconcile.value.types import Json, JsonObject

__all__ = ["Golden", "changed_lines", "golden_text"]

_DRAWN: Final = frozenset(
    {
        "uid",
        "resourceVersion",
        "managedFields",
        "selfLink",
        "creationTimestamp",
        "deletionTimestamp",
    }
)
"""Members of metadata that are left out."""
_ALLOCATED: Final = frozenset({"clusterIP", "clusterIPs", "nodePort", "healthCheckNodePort"})
"""Members of the spec of a Service that the server chooses, unless it was told."""
_FIRST: Final = {"apiVersion": 0, "kind": 1, "metadata": 2, "name": 3}
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z\Z")
_UID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_SHOWN: Final = 60


class Golden(Protocol):
    """What the fixture `golden` is."""

    def __call__(self, thing: Cluster | Acceptable | Iterable[Acceptable], name: str) -> None:
        """Assert that an object, several, or what a cluster holds is as a file says.

        Shape: the file is `golden/NAME.yaml` beside the test; `pytest --update-golden` writes it.
        Raises: AssertionError if it is not there, or with the lines that are others.
        """
        ...


def golden_text(thing: Cluster | Acceptable | Iterable[Acceptable]) -> str:
    """Return an object, several, or what a cluster holds, as YAML that is the same at every run.

    Raises: ObjectError for what has no JSON form.
    """
    things: Iterable[Acceptable]
    if isinstance(thing, Cluster):
        things = [document for _, document in objects(thing)]
    elif _several(thing):
        things = cast("Iterable[Acceptable]", thing)
    else:
        things = (cast("Acceptable", thing),)
    return all_to_yaml([_steady(accept(each)) for each in things])


def _several(thing: object) -> bool:
    """Return whether something is several objects; models and mappings may be iterable, too."""
    one = isinstance(thing, Mapping) or any(
        hasattr(type(thing), name) for name in ("raw", "to_dict", "model_dump", "__struct_fields__")
    )
    return isinstance(thing, Iterable) and not one


def changed_lines(before: str, after: str) -> str:
    """Return which lines of a golden file are others, the first sixty."""
    lines = list(
        unified_diff(before.splitlines(), after.splitlines(), "golden", "now", lineterm="")
    )
    rest = len(lines) - _SHOWN
    return "\n".join([*lines[:_SHOWN], *([f"and {rest} more lines"] if rest > 0 else [])])


def _steady(document: JsonObject) -> JsonObject:
    """Return an object without what is another at every run."""
    made = cast("JsonObject", mask(document))
    metadata = made.get("metadata")
    if isinstance(metadata, dict):
        kept = {key: value for key, value in metadata.items() if key not in _DRAWN}
        annotations = kept.get("annotations")
        if isinstance(annotations, dict):
            left = {key: value for key, value in annotations.items() if key not in APPLIED}
            kept = {key: value for key, value in kept.items() if key != "annotations"}
            if left:
                kept["annotations"] = left
        made["metadata"] = kept
    if made.get("kind") == "Service" and isinstance(made.get("spec"), dict):
        made["spec"] = _unallocated(made["spec"])
    return cast("JsonObject", _ordered(made))


def _unallocated(value: Json) -> Json:
    if isinstance(value, list):
        return [_unallocated(item) for item in value]
    if not isinstance(value, Mapping):
        return value
    return {
        key: "<allocated>"
        if key in _ALLOCATED and item not in ("", "None", ["None"])
        else _unallocated(item)
        for key, item in value.items()
    }


def _ordered(value: Json) -> Json:
    """Return a value with its members in order, without times and uids."""
    if isinstance(value, list):
        return [_ordered(item) for item in value]
    if isinstance(value, dict):
        members = cast("dict[str, Any]", value)
        keys = sorted(members, key=lambda key: (_FIRST.get(key, len(_FIRST)), key))
        return {key: _ordered(members[key]) for key in keys if not _passing(key, members[key])}
    return _UID.sub("<uid>", value) if isinstance(value, str) else value


def _passing(key: str, value: Json) -> bool:
    """Return whether a member holds a time, or the uid of another object."""
    if not isinstance(value, str):
        return False
    return bool(_TIME.match(value)) or (key == "uid" and bool(_UID.fullmatch(value)))
