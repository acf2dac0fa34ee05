"""A schema as a read-only mapping whose references are followed when somebody looks.

1. The form is an OpenAPI v3 schema object with Kubernetes' own keys. A reference is replaced by
   what it names; keys beside it (a default, a list type) win over those of what it names.
2. Followed lazily, one step at a time, so a schema that holds itself is no trouble.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar, cast

from reconcile.value.frozen import freeze

__all__ = ["Schema"]

Made = TypeVar("Made")

_PREFIX = "#/components/schemas/"
_MAPS_OF_SCHEMAS = frozenset({"properties", "patternProperties", "definitions"})
_SCHEMAS = frozenset({"items", "additionalProperties", "not"})
_LISTS_OF_SCHEMAS = frozenset({"allOf", "anyOf", "oneOf"})


class _Lazy(Mapping[str, Any]):
    """A read-only mapping that wraps its values when they are asked for."""

    __slots__ = ("_find", "_known", "_raw")

    def __init__(self, raw: Mapping[str, Any], find: Callable[[str], Mapping[str, Any]]) -> None:
        self._raw = raw
        self._find = find
        self._known: dict[str, Any] = {}

    def __getitem__(self, key: str) -> Any:
        known = self._known
        if key not in known:
            known[key] = self._wrap(key, self._raw[key])
        return known[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._raw)

    def __len__(self) -> int:
        return len(self._raw)

    def __contains__(self, key: object) -> bool:
        return key in self._raw

    def _wrap(self, key: str, value: Any) -> Any:
        raise NotImplementedError

    def __hash__(self) -> int:
        return id(self)

    def __repr__(self) -> str:
        return f"<{type(self).__name__.strip('_')}: {', '.join(self)}>"


class Schema(_Lazy):
    """An OpenAPI v3 schema object, read-only.

    Shape: `properties`, `items` and `additionalProperties` lead to further schemas; the rest is
        as recorded, deeply read-only.
    """

    __slots__ = ("_made", "name")

    def __init__(self, raw: Mapping[str, Any], find: Callable[[str], Mapping[str, Any]]) -> None:
        self.name: str | None = None
        """The full name of the schema this one stands for, None if it has none."""
        self._made: dict[Callable[..., Any], Any] = {}
        resolved = raw
        seen: set[str] = set()
        while (target := _reference(resolved)) is not None and target not in seen:
            seen.add(target)
            self.name = self.name or target
            beside = {key: value for key, value in resolved.items() if key not in ("$ref", "allOf")}
            resolved = {**find(target), **beside}
        super().__init__(resolved, find)

    def remember(self, make: Callable[[Schema], Made]) -> Made:
        """Return what a function makes of this schema; it is made once and kept."""
        if make not in self._made:
            self._made[make] = make(self)
        return cast("Made", self._made[make])

    def _wrap(self, key: str, value: Any) -> Any:
        if key in _MAPS_OF_SCHEMAS:
            return _Properties(value, self._find)
        if key in _SCHEMAS and isinstance(value, Mapping):
            return Schema(cast("Mapping[str, Any]", value), self._find)
        if key in _LISTS_OF_SCHEMAS:
            several: list[Mapping[str, Any]] = value
            return tuple(Schema(item, self._find) for item in several)
        return freeze(value)


class _Properties(_Lazy):
    __slots__ = ()

    def _wrap(self, key: str, value: Any) -> Any:
        del key
        return Schema(value, self._find)


def _reference(schema: Mapping[str, Any]) -> str | None:
    target = schema.get("$ref")
    several: list[Mapping[str, Any]] = schema.get("allOf") or []
    if target is None and len(several) == 1 and len(several[0]) == 1:
        target = several[0].get("$ref")
    return target.removeprefix(_PREFIX) if isinstance(target, str) else None
