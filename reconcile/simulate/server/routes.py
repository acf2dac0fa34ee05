"""What a path names: a group, a version, a namespace, a resource, an object, a part of it.

1. Nothing is looked up here; a path that names no resource is none of ours.
2. Percent escapes are undone once, after the path has been split, so `%2F` separates nothing.
"""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import parse_qsl, unquote

from reconcile.simulate.server.status import bad_request

__all__ = ["Query", "Route", "query_of", "route_of"]


class Query:
    """The query of a request: the first value of each name counts, as in Go."""

    __slots__ = ("_values",)

    def __init__(self, values: dict[str, str]) -> None:
        self._values = values

    @property
    def empty(self) -> bool:
        """Whether nothing is asked."""
        return not self._values

    def get(self, name: str) -> str:
        """Return a value, an empty text if it is not there."""
        return self._values.get(name, "")

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def true(self, name: str) -> bool:
        """Return whether a value says yes: there, and neither `false` nor `0`.

        Source: k8s.io/apimachinery pkg/conversion/queryparams, Convert_Slice_string_To_bool.
        """
        return name in self._values and self._values[name].lower() not in ("false", "0")


class Route(NamedTuple):
    """What a path of resources names."""

    group: str
    version: str
    namespace: str
    plural: str
    name: str
    subresource: str
    watch: bool
    """Whether the deprecated prefix `watch` asks for events."""


def query_of(text: str) -> Query:
    """Return the query of a request; `text` is what stands behind the question mark."""
    values: dict[str, str] = {}
    if text:
        try:
            pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=1000)
        except ValueError:
            raise bad_request("invalid URL escape or too many query parameters") from None
        for name, value in pairs:
            values.setdefault(name, value)
    return Query(values)


def route_of(path: str) -> Route | None:
    """Return what a path names, None if it is none of resources.

    Shape: `/api/v1/...` or `/apis/GROUP/VERSION/...`, then optionally `watch`, then
        `namespaces/NS/RESOURCE[/NAME[/SUBRESOURCE]]` or `RESOURCE[/NAME[/SUBRESOURCE]]`.
    """
    parts = [part for part in path.split("/") if part]
    if not parts:
        return None
    if parts[0] == "api" and len(parts) > 2:
        group, version, rest = "", parts[1], parts[2:]
    elif parts[0] == "apis" and len(parts) > 3:
        group, version, rest = parts[1], parts[2], parts[3:]
    else:
        return None
    if "%" in path:
        rest = [unquote(part) for part in rest]
    watch = rest[0] == "watch" and len(rest) > 1
    if watch:
        rest = rest[1:]
    namespace = ""
    # `namespaces/x/status` and `namespaces/x/finalize` are parts of the namespace itself.
    if rest[0] == "namespaces" and len(rest) > 2 and rest[2] not in ("status", "finalize"):
        namespace, rest = rest[1], rest[2:]
    name = rest[1] if len(rest) > 1 else ""
    subresource = "/".join(rest[2:])
    return Route(group, version, namespace, rest[0], name, subresource, watch)
