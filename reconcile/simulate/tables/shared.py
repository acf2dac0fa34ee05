"""What columns of tables are made of: definitions, and how values are shown in cells.

1. A description that begins with `#` names a field of a schema, whose text it is.
2. Objects are read as they are stored, so whatever is missing counts as unset.

Source: k8s.io/kubernetes pkg/printers; k8s.io/apimachinery pkg/util/duration, pkg/labels.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple, TypeAlias, cast

from reconcile.value.types import Json

__all__ = [
    "AGE",
    "CONTAINERS",
    "IMAGES",
    "NAME",
    "Cells",
    "Column",
    "Object",
    "Printer",
    "age",
    "at",
    "condition",
    "human_duration",
    "images",
    "joined",
    "labels_text",
    "listed",
    "mapped",
    "more",
    "name_of",
    "number",
    "parsed_time",
    "selector_text",
    "since",
    "text",
    "wide",
]

Object: TypeAlias = Mapping[str, Any]
"""An object, or a part of one."""
Cells: TypeAlias = list[Json]
_META: Final = "#apimachinery.pkg.apis.meta.v1.ObjectMeta/"


class Column(NamedTuple):
    """How a column is told."""

    name: str
    description: str = ""
    type: str = "string"
    priority: int = 0
    format: str = ""


class Printer(NamedTuple):
    """The columns of a kind, and what fills them."""

    columns: tuple[Column, ...]
    cells: Callable[[Object, datetime], Cells]


NAME: Final = Column("Name", f"{_META}name", format="name")
AGE: Final = Column("Age", f"{_META}creationTimestamp")
CONTAINERS: Final = Column("Containers", "Names of each container in the template.", priority=1)
IMAGES: Final = Column("Images", "Images referenced by each container in the template.", priority=1)


def wide(name: str, description: str = "", kind: str = "string") -> Column:
    """Return a column that is shown only where there is room."""
    return Column(name, description, kind, priority=1)


def at(value: object, *keys: str) -> Any:
    """Return what stands at a place, None if it is not there."""
    for key in keys:
        if not isinstance(value, Mapping):
            return None
        value = cast("Object", value).get(key)
    return value


def text(value: object, *keys: str) -> str:
    """Return the text at a place, an empty one if it is not there."""
    found = at(value, *keys)
    return found if isinstance(found, str) else ""


def number(value: object, *keys: str) -> int:
    """Return the integer at a place, 0 if it is not there."""
    found = at(value, *keys)
    return found if isinstance(found, int) else 0


def listed(value: object, *keys: str) -> list[Any]:
    """Return the list at a place, an empty one if it is not there."""
    found: object = at(value, *keys)
    return cast("list[object]", found) if isinstance(found, list) else []


def mapped(value: object, *keys: str) -> dict[str, Any]:
    """Return the map at a place, an empty one if it is not there."""
    found = at(value, *keys)
    return cast("dict[str, Any]", found) if isinstance(found, dict) else {}


def joined(values: Iterable[str], between: str = ",") -> str:
    """Return texts in one."""
    return between.join(values)


def more(shown: list[str], count: int, limit: int, between: str = ",") -> str:
    """Return the first of many texts, and how many are not shown."""
    found = joined(shown[:limit], between)
    return f"{found} + {count - limit} more..." if count > limit else found


def name_of(obj: Object) -> str:
    """Return the name of an object."""
    return text(obj, "metadata", "name")


def condition(obj: Object, kind: str) -> Object | None:
    """Return a condition of an object, None if it has none of that type."""
    found = (each for each in listed(obj, "status", "conditions") if each.get("type") == kind)
    return next(found, None)


def parsed_time(value: str) -> datetime | None:
    """Return a time as it is written, None if it is none."""
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def since(value: object, now: datetime) -> str:
    """Return how long ago a time was."""
    then = parsed_time(value) if isinstance(value, str) and value else None
    return "<unknown>" if then is None else human_duration(now - then)


def age(obj: Object, now: datetime) -> str:
    """Return how old an object is."""
    return since(at(obj, "metadata", "creationTimestamp"), now)


def human_duration(duration: timedelta) -> str:
    """Return a duration as people read it: two units at most, the smaller one where it matters.

    Source: k8s.io/apimachinery pkg/util/duration, HumanDuration.
    """
    exact = duration.total_seconds()
    seconds = int(exact)
    if seconds < -1:
        return "<invalid>"
    if seconds < 120:
        return f"{max(seconds, 0)}s"
    minutes, hours = seconds // 60, seconds // 3600
    days, years = hours // 24, hours // 24 // 365
    if minutes < 10:
        return _two(minutes, "m", seconds % 60, "s")
    if minutes < 180:
        return f"{minutes}m"
    if hours < 8:
        return _two(hours, "h", minutes % 60, "m")
    if hours < 48:
        return f"{hours}h"
    if days < 8:
        return _two(days, "d", hours % 24, "h")
    if years < 2:
        return f"{days}d"
    return _two(years, "y", days % 365, "d") if years < 8 else f"{years}y"


def _two(large: int, of: str, small: int, and_of: str) -> str:
    return f"{large}{of}{small}{and_of}" if small else f"{large}{of}"


def labels_text(labels: Object) -> str:
    """Return labels as text, sorted."""
    return joined(sorted(f"{key}={value}" for key, value in labels.items())) or "<none>"


def selector_text(selector: object, *, empty: str = "<none>") -> str:
    """Return a label selector as text; `empty` stands for one that says nothing.

    Source: k8s.io/apimachinery pkg/apis/meta/v1/helpers.go, FormatLabelSelector; pkg/labels,
    Requirement.String.
    """
    parts = [(key, f"{key}={value}") for key, value in mapped(selector, "matchLabels").items()]
    for each in listed(selector, "matchExpressions"):
        key, values = text(each, "key"), sorted(map(str, listed(each, "values")))
        match text(each, "operator"):
            case "In":
                parts.append((key, f"{key} in ({joined(values)})"))
            case "NotIn":
                parts.append((key, f"{key} notin ({joined(values)})"))
            case "Exists":
                parts.append((key, key))
            case "DoesNotExist":
                parts.append((key, f"!{key}"))
            case _:
                return "<error>" if empty else "<invalid>"
    return joined(shown for _, shown in sorted(parts, key=lambda part: part[0])) or empty


def images(template: object) -> list[Json]:
    """Return the cells of the containers of a template: their names, their images."""
    containers = listed(template, "spec", "containers")
    return [
        joined(text(each, "name") for each in containers),
        joined(text(each, "image") for each in containers),
    ]
