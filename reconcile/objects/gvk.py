"""Group, version and kind of an object, and the key Metacontroller makes of them."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["Gvk"]


class Gvk(NamedTuple):
    """A kind as an object names it: `apiVersion` and `kind`.

    Ordered by group, version and kind, the core group first, as Metacontroller visits them.
    """

    api_version: str
    """`v1` or `apps/v1`, as on the wire."""
    kind: str

    @property
    def group(self) -> str:
        """Return the group, "" for the core group."""
        group, slash, _ = self.api_version.rpartition("/")
        return group if slash else ""

    @property
    def version(self) -> str:
        """Return the version without the group."""
        return self.api_version.rpartition("/")[2]

    @property
    def key(self) -> str:
        """Return the key of this kind's objects in a hook request.

        Shape: `Pod.v1`, `Deployment.apps/v1`.
        Source: Metacontroller pkg/controller/common/api/v1, GroupVersionKind.MarshalText.
        """
        return f"{self.kind}.{self.api_version}"

    @classmethod
    def from_key(cls, text: str) -> Gvk:
        """Return the kind a request key names.

        Shape: split at the first dot, because a group may hold dots and a kind never does.
        Raises: ValueError if there is no dot, or nothing before or behind it.
        """
        kind, _, api_version = text.partition(".")
        if not kind or not api_version:
            message = "a key of kinds is Kind.version or Kind.group/version"
            raise ValueError(message)
        return cls(api_version, kind)

    def __lt__(self, other: tuple[str, ...]) -> bool:
        return self._order < other._order if isinstance(other, Gvk) else NotImplemented

    def __le__(self, other: tuple[str, ...]) -> bool:
        return self._order <= other._order if isinstance(other, Gvk) else NotImplemented

    def __gt__(self, other: tuple[str, ...]) -> bool:
        return self._order > other._order if isinstance(other, Gvk) else NotImplemented

    def __ge__(self, other: tuple[str, ...]) -> bool:
        return self._order >= other._order if isinstance(other, Gvk) else NotImplemented

    @property
    def _order(self) -> tuple[str, str, str]:
        return self.group, self.version, self.kind

    def __str__(self) -> str:
        return f"{self.api_version} {self.kind}"
