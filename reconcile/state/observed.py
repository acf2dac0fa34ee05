"""What one request says exists: the parent, its children, the related objects, the moment.

1. Read-only: a rule cannot change what it sees.
2. Time and entropy are data that the caller gives; nothing guessable is ever the default.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Generic, TypeVar, overload

from reconcile.errors import RuleError
from reconcile.objects.accept import accept
from reconcile.objects.ref import Ref
from reconcile.objects.view import Kind
from reconcile.value import freeze

from .declared import gvk_of, namespaced
from .object_map import ObjectMap

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from reconcile.objects.gvk import Gvk
    from reconcile.value import Json, JsonObject

__all__ = ["ALPHANUMERIC", "Observed"]

P_co = TypeVar("P_co", covariant=True)
Q = TypeVar("Q")
K = TypeVar("K", bound=Kind)

ALPHANUMERIC = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


class Observed(Generic[P_co]):
    """What a request says exists. Rules read it and nothing else.

    Guarantees: read-only; the order of objects in the request shows nowhere.
    """

    __slots__ = (
        "_children",
        "_entropy",
        "_finalizing",
        "_now",
        "_parent",
        "_parent_document",
        "_parent_ref",
        "_related",
    )

    def __init__(
        self,
        parent: P_co,
        parent_document: JsonObject,
        children: ObjectMap,
        related: ObjectMap,
        *,
        finalizing: bool = False,
        now: datetime | None = None,
        entropy: bytes | None = None,
    ) -> None:
        """Hold what the wire has decoded. To make one by hand, call `Observed.of`."""
        self._parent = parent
        self._parent_document = parent_document
        self._parent_ref = Ref.of(parent_document)
        self._children = children
        self._related = related
        self._finalizing = finalizing
        self._now = now
        self._entropy = entropy

    @staticmethod
    def of(
        parent: Q,
        children: Iterable[object] = (),
        *,
        related: Iterable[object] = (),
        finalizing: bool = False,
        now: datetime | None = None,
        entropy: bytes | None = None,
    ) -> Observed[Q]:
        """Return an observation made of objects, for a test.

        Shape: `children` and `related` are typed objects, dicts, or whatever else `accept` takes.
            A child without a namespace is put into its parent's, as the API server would have it.
        Raises: ObjectError when an object has no apiVersion, kind or name.
        """
        document = accept(parent)
        namespace = Ref.of(document).namespace
        return Observed(
            parent,
            document,
            ObjectMap.of(_placed(child, namespace) for child in children),
            ObjectMap.of(_placed(thing, namespace) for thing in related),
            finalizing=finalizing,
            now=now,
            entropy=entropy,
        )

    @property
    def parent(self) -> P_co:
        """Return the object this sync is about."""
        return self._parent

    @property
    def parent_document(self) -> JsonObject:
        """Return the parent's document. Not to be changed."""
        return self._parent_document

    @property
    def parent_ref(self) -> Ref:
        """Return what the parent is called."""
        return self._parent_ref

    @property
    def finalizing(self) -> bool:
        """Return whether the parent is being deleted and asks for cleaning up."""
        return self._finalizing

    @property
    def cluster_scoped(self) -> bool:
        """Return whether the parent is known to live in no namespace."""
        parent = self._parent
        if isinstance(parent, Kind):
            return not parent.namespaced
        return getattr(type(parent), "scope", None) == "Cluster"

    @property
    def now(self) -> datetime:
        """Return the moment of this sync, as the caller gave it.

        Raises: RuleError when the caller gave none.
        """
        if self._now is None:
            raise RuleError("", "asks for the time, but the caller gave none: pass now=")
        return self._now

    @property
    def clock(self) -> datetime | None:
        """Return the moment of this sync, None when the caller gave none."""
        return self._now

    def token(self, label: str, *, length: int, alphabet: str = ALPHANUMERIC) -> str:
        """Return a secret text of `length` characters that nobody can guess.

        Guarantees: the same entropy, parent and label give the same text; each character is drawn
            evenly from `alphabet`. The next request brings other entropy, so keep the first text
            with `once`.
        Raises: RuleError when the caller gave no entropy, or too little of it (16 bytes).
        """
        if self._entropy is None or len(self._entropy) < 16:
            raise RuleError("", "asks for a token, but the caller gave no entropy: pass entropy=")
        if length < 1 or not 2 <= len(set(alphabet)) == len(alphabet) <= 256:
            raise RuleError("", "asks for a token of no characters, or of a broken alphabet")
        ref = self.parent_ref
        about = f"{ref.gvk}\0{ref.namespace}\0{ref.name}\0{label}".encode()
        # A byte that would make some characters likelier than others is thrown away.
        fair = 256 - 256 % len(alphabet)
        drawn: list[str] = []
        block = 0
        while len(drawn) < length:
            seed = about + block.to_bytes(8, "big")
            stream = blake2b(seed, key=self._entropy[:64]).digest()
            drawn.extend(alphabet[byte % len(alphabet)] for byte in stream if byte < fair)
            block += 1
        return "".join(drawn[:length])

    @overload
    def children(self, kind: type[K]) -> tuple[K, ...]: ...
    @overload
    def children(self, kind: Gvk) -> tuple[Kind, ...]: ...
    def children(self, kind: type[Kind] | Gvk) -> tuple[Kind, ...]:
        """Return the children of one kind, sorted by namespace and name."""
        return self._children.views(kind)

    @overload
    def child(self, kind: type[K], name: str, *, namespace: str | None = None) -> K | None: ...
    @overload
    def child(self, kind: Gvk, name: str, *, namespace: str | None = None) -> Kind | None: ...
    def child(
        self, kind: type[Kind] | Gvk, name: str, *, namespace: str | None = None
    ) -> Kind | None:
        """Return one child, None if it is not observed; by default in the parent's namespace."""
        return self._children.view(kind, self._namespace(kind, namespace), name)

    @overload
    def related(self, kind: type[K]) -> tuple[K, ...]: ...
    @overload
    def related(self, kind: Gvk) -> tuple[Kind, ...]: ...
    def related(self, kind: type[Kind] | Gvk) -> tuple[Kind, ...]:
        """Return the related objects of one kind, sorted by namespace and name."""
        return self._related.views(kind)

    @overload
    def related_one(
        self, kind: type[K], name: str, *, namespace: str | None = None
    ) -> K | None: ...
    @overload
    def related_one(self, kind: Gvk, name: str, *, namespace: str | None = None) -> Kind | None: ...
    def related_one(
        self, kind: type[Kind] | Gvk, name: str, *, namespace: str | None = None
    ) -> Kind | None:
        """Return one related object, None if it is not there; see `child` for the namespace."""
        return self._related.view(kind, self._namespace(kind, namespace), name)

    @property
    def child_map(self) -> ObjectMap:
        """Return all children."""
        return self._children

    @property
    def related_map(self) -> ObjectMap:
        """Return all related objects."""
        return self._related

    @property
    def raw(self) -> JsonObject:
        """Return everything as one read-only document; every object in it is parsed."""
        whole: JsonObject = {
            "parent": self._parent_document,
            "children": _documents(self._children),
            "related": _documents(self._related),
            "finalizing": self._finalizing,
        }
        frozen = freeze(whole)
        assert isinstance(frozen, dict)
        return frozen

    def _namespace(self, kind: type[Kind] | Gvk, namespace: str | None) -> str:
        if namespace is not None:
            return namespace
        if namespaced(kind) is False:
            return ""
        own = self.parent_ref.namespace
        if self.cluster_scoped and namespaced(kind):
            message = f"asks for a {gvk_of(kind).kind} of a cluster-scoped parent: say namespace="
            raise RuleError("", message)
        return own


def _placed(thing: object, namespace: str) -> JsonObject:
    document = accept(thing)
    ref = Ref.of(document)
    if namespace and not ref.namespace and namespaced(ref.gvk) is not False:
        metadata = document["metadata"]
        assert isinstance(metadata, dict)
        metadata["namespace"] = namespace
    return document


def _documents(objects: ObjectMap) -> JsonObject:
    grouped: dict[str, dict[str, Json]] = {gvk.key: {} for gvk in objects.kinds}
    for ref in objects:
        key = f"{ref.namespace}/{ref.name}" if ref.namespace else ref.name
        grouped[ref.gvk.key][key] = objects.get(ref)
    return dict(grouped)
