"""Objects by kind, then by namespace and name: read-only, and read only where asked for.

1. A group is indexed when it is asked for, an object is parsed when one of its fields is read.
2. A group that is there but empty is not the same as one that is missing: Metacontroller sends
   every declared kind, so a missing group was never asked for.
3. Whatever order the objects came in, they are given out sorted by namespace and name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar, overload

from reconcile.objects.accept import accept
from reconcile.objects.document import Document
from reconcile.objects.gvk import Gvk
from reconcile.objects.ref import Ref
from reconcile.objects.view import Kind
from reconcile.value import encode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from reconcile.value import JsonObject

__all__ = ["Group", "ObjectMap"]

K = TypeVar("K", bound=Kind)
Index = dict[tuple[str, str], Document]


class Group:
    """The objects of one kind, indexed when first asked for."""

    __slots__ = ("_index", "_load", "_sorted")

    def __init__(self, load: Callable[[], Index]) -> None:
        self._load: Callable[[], Index] | None = load
        self._index: Index = {}
        self._sorted: tuple[tuple[str, str], ...] | None = None

    @property
    def index(self) -> Index:
        """Return the documents by (namespace, name)."""
        if self._load is not None:
            self._index = self._load()
            self._load = None
        return self._index

    @property
    def keys(self) -> tuple[tuple[str, str], ...]:
        """Return the keys, sorted."""
        if self._sorted is None:
            self._sorted = tuple(sorted(self.index))
        return self._sorted


class ObjectMap:
    """Objects by kind, namespace and name.

    Guarantees: read-only; the order in which objects are given out does not depend on the order
        in which they came.
    Cost: nothing per object until its kind is asked for; no parsing until a field is read.
    """

    __slots__ = ("_groups",)

    def __init__(self, groups: Mapping[Gvk, Group]) -> None:
        self._groups = {gvk: groups[gvk] for gvk in sorted(groups)}

    @classmethod
    def of(cls, objects: Iterable[object], *, kinds: Iterable[Gvk] = ()) -> ObjectMap:
        """Return a map of `objects`: anything `accept` takes, each with a name.

        `kinds` are there even if no object is of them.
        Raises: ObjectError when an object has no apiVersion, kind or name.
        """
        indexes: dict[Gvk, Index] = {gvk: {} for gvk in kinds}
        for thing in objects:
            document = accept(thing)
            ref = Ref.of(document)
            indexes.setdefault(ref.gvk, {})[ref.namespace, ref.name] = Document(encode(document))
        return cls({gvk: Group(_held(index)) for gvk, index in indexes.items()})

    @property
    def kinds(self) -> tuple[Gvk, ...]:
        """Return the kinds that are there, also those without an object, sorted."""
        return tuple(self._groups)

    def __iter__(self) -> Iterator[Ref]:
        for gvk, group in self._groups.items():
            for namespace, name in group.keys:
                yield Ref(gvk, namespace, name)

    def __len__(self) -> int:
        return sum(len(group.index) for group in self._groups.values())

    def __contains__(self, ref: Ref) -> bool:
        return self.entry(ref) is not None

    def __repr__(self) -> str:
        counts = ", ".join(f"{gvk.key}: {len(group.index)}" for gvk, group in self._groups.items())
        return f"<ObjectMap {counts or 'empty'}>"

    def group(self, gvk: Gvk) -> Group | None:
        """Return the objects of one kind, None if the kind is not there at all."""
        return self._groups.get(gvk)

    def entry(self, ref: Ref) -> Document | None:
        """Return the document of `ref` as it is held, None if it is not there."""
        group = self._groups.get(ref.gvk)
        return None if group is None else group.index.get((ref.namespace, ref.name))

    def get(self, ref: Ref) -> JsonObject | None:
        """Return the whole document of `ref`, None if it is not there. Not to be changed."""
        entry = self.entry(ref)
        return None if entry is None else entry.document()

    @overload
    def views(self, kind: type[K]) -> tuple[K, ...]: ...
    @overload
    def views(self, kind: Gvk) -> tuple[Kind, ...]: ...
    def views(self, kind: type[Kind] | Gvk) -> tuple[Kind, ...]:
        """Return all objects of `kind`, sorted by namespace and name."""
        cls, gvk = _class_and_gvk(kind)
        group = self._groups.get(gvk)
        if group is None:
            return ()
        return tuple(cls.observed(group.index[key]) for key in group.keys)

    @overload
    def view(self, kind: type[K], namespace: str, name: str) -> K | None: ...
    @overload
    def view(self, kind: Gvk, namespace: str, name: str) -> Kind | None: ...
    def view(self, kind: type[Kind] | Gvk, namespace: str, name: str) -> Kind | None:
        """Return one object of `kind`, None if it is not there."""
        cls, gvk = _class_and_gvk(kind)
        entry = self.entry(Ref(gvk, namespace, name))
        return None if entry is None else cls.observed(entry)


def _held(index: Index) -> Callable[[], Index]:
    return lambda: index


def _class_and_gvk(kind: type[Kind] | Gvk) -> tuple[type[Kind], Gvk]:
    return (Kind, kind) if isinstance(kind, Gvk) else (kind, kind.gvk)
