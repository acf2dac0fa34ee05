"""Typed views of Kubernetes objects: attributes for reading and writing, the raw document below.

1. The raw document is the truth. A view holds no values; unknown fields, explicit nulls, the
   order of keys and the types of numbers survive, because nobody touches them.
2. None means unset, for reading and for writing; `NULL` writes an explicit null. An absent or
   null object, list or map reads as an empty one, attached at the first write.
3. Observed views refuse every write; so do all views reached through them.
4. A field's annotation says what it is: `Scalar`, `Required`, `Nested`, `ListOf`, `Values`,
   `MapOf`, `MapOfViews`. Type checkers read it as a descriptor; here its text is looked at, and
   the class it names is looked up in the module that says it when it is first needed.
5. No text made here holds a value of a document.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, dataclass_transform

from reconcile.errors import DefinitionError, Fault, ObjectError, nearest
from reconcile.objects._declared import declared, plainly_declared
from reconcile.objects._fields import (
    Field,
    ListOf,
    MapOf,
    MapOfViews,
    Nested,
    Quantities,
    QuantityText,
    Required,
    Scalar,
    Values,
    positional,
    wire,
)
from reconcile.objects._metadata import MetaMap, MetaText
from reconcile.objects._node import SCALARS, Node, ReadOnly, copied, plain
from reconcile.objects._unparsed import Unparsed
from reconcile.objects.gvk import Gvk
from reconcile.objects.ref import Ref, named
from reconcile.value.equality import equal
from reconcile.value.frozen import freeze
from reconcile.value.redact import describe
from reconcile.value.types import ABSENT, Json, JsonObject

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Self

    from reconcile.objects.accept import Acceptable
    from reconcile.objects.document import Document

__all__ = [
    "Kind",
    "ListOf",
    "MapOf",
    "MapOfViews",
    "Nested",
    "Quantities",
    "QuantityText",
    "Required",
    "Scalar",
    "Values",
    "View",
    "wire",
]

_new = object.__new__
_set_raw = Node.__dict__["_raw"].__set__
_set_up = Node.__dict__["_up"].__set__


class _Unbuilt:
    """What stands for the fields of a class until one of them is used."""

    __slots__ = ()

    def __get__(self, node: Any, owner: Any) -> dict[str, Field]:
        fields: dict[str, Field] = {}
        for base in reversed(owner.__bases__):
            if isinstance(base, _Slotted):
                fields.update(base._fields)
        own = declared(owner)
        for name, field in own.items():
            setattr(owner, name, field)
        fields.update(own)
        owner._fields = fields
        return fields


class _UnbuiltWires:
    """What stands for the fields of a class by wire name."""

    __slots__ = ()

    def __get__(self, node: Any, owner: Any) -> dict[str, Field]:
        owner._wires = {field.wire: field for field in owner._fields.values()}
        wires: dict[str, Field] = owner._wires
        return wires


_unbuilt: Any = _Unbuilt()
_unbuilt_wires: Any = _UnbuiltWires()


class _Slotted(type):
    """Give every class of views empty slots, so that a misspelt attribute has no place to go."""

    _fields: Any

    def __new__(
        cls, name: str, bases: tuple[type, ...], namespace: dict[str, Any], **words: Any
    ) -> Any:
        namespace.setdefault("__slots__", ())
        namespace["_fields"] = _unbuilt
        namespace["_wires"] = _unbuilt_wires
        return super().__new__(cls, name, bases, namespace, **words)


@dataclass_transform(kw_only_default=True, eq_default=False, field_specifiers=(positional,))
class View(Node, metaclass=_Slotted):
    """A typed view of one JSON object.

    Shape: subclasses declare fields, `replicas: Scalar[int] = wire("replicas")`; all are optional
        keywords of the constructor. Subclasses stand at the top of their module.
    Guarantees: equal to a view of the same class with a strictly equal document; no hash.
    """

    if TYPE_CHECKING:
        _fields: ClassVar[dict[str, Field]]
        _wires: ClassVar[dict[str, Field]]

    def __init_subclass__(cls, **words: Any) -> None:
        super().__init_subclass__(**words)
        if not plainly_declared(cls):
            declared(cls)  # finds what is wrong now; what is right is looked at when it is used

    if not TYPE_CHECKING:

        def __init__(self, **values: Any) -> None:
            raw: dict[str, Any] = {}
            fields = self._fields
            for name, value in values.items():
                if value is not None:
                    field = fields.get(name)
                    if field is None:
                        raise _unknown_keyword(type(self), name)
                    if field.as_is and value.__class__ in SCALARS:
                        raw[field.wire] = value
                    else:
                        raw[field.wire] = field.store(value)
            _set_raw(self, raw)
            _set_up(self, None)

        def __getattr__(self, name: str) -> Any:
            message = f"{type(self).__name__} has no field {name!r}{nearest(name, self._fields)}"
            # Without obj=: a traceback would put a guess of its own behind ours. With name=: newer
            # Pythons would fill in both.
            raise AttributeError(message, name=name)

        def __setattr__(self, name: str, value: Any) -> None:
            field = self._fields.get(name)
            if field is None:
                self.__getattr__(name)
            field.__set__(self, value)

        def __delattr__(self, name: str) -> None:
            self.__setattr__(name, None)

    @classmethod
    def of(cls, raw: Acceptable) -> Self:
        """Return a view of a document, which is not copied: writes go into it.

        Shape: a dict; or anything else that `accept` takes, of which the view has a copy.
        Raises: ObjectError if it has no JSON form.
        """
        view = _new(cls)
        _set_raw(view, raw if isinstance(raw, dict) else cls._accepted(raw))
        _set_up(view, None)
        return view

    @classmethod
    def _accepted(cls, thing: object) -> JsonObject:
        from reconcile.objects.accept import accept

        return accept(thing)

    @classmethod
    def observed(cls, source: JsonObject | Document) -> Self:
        """Return a read-only view of a document, or of one still in bytes.

        Assumes: nobody changes `source` afterwards; it is not copied.
        Cost: nothing is parsed before a field is read.
        """
        view = _new(cls)
        _set_raw(view, source)
        _set_up(view, ReadOnly())
        return view

    def members(self, *names: str) -> JsonObject:
        """Return some members of the document, by their wire names, as they are held.

        Assumes: nobody changes what is returned; it is shared with the view.
        Cost: of an observed document only these members are parsed.
        """
        found = self._find()
        if isinstance(found, Unparsed):
            sections = ((name, found.section(name)) for name in names)
            return {name: value for name, value in sections if value is not ABSENT}
        return {name: found[name] for name in names if name in found}

    @property
    def raw(self) -> JsonObject:
        """Return the live document; a frozen copy of it where it is observed.

        Cost: of an observed view one copy, kept at the top, made each time below it.
        """
        up = self._up
        if up is None:
            live: JsonObject = self._raw
            return live
        found = self._find()
        if not self._read_only():
            attached: JsonObject = found if found is not self._empty else self._own()
            return attached
        if isinstance(found, Unparsed):
            return found.frozen()
        if isinstance(up, ReadOnly):
            if up.frozen is None:
                up.frozen = _frozen(found)
            return up.frozen
        return _frozen(found)

    def copy(self) -> Self:
        """Return a view of a deep copy, which may be written to."""
        view = _new(type(self))
        _set_raw(view, copied(self._find()))
        _set_up(view, None)
        return view

    def __contains__(self, field: object) -> bool:
        """Tell whether a field, by its Python or its wire name, is there, be it null."""
        known = self._fields.get(field) if isinstance(field, str) else None
        return field in self._find() if known is None else known.present(self)

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return equal(_whole(self), _whole(other))

    __hash__ = None  # type: ignore[assignment] # what can change has no hash

    def __copy__(self) -> Self:
        return self.copy()

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self.copy()

    def __reduce__(self) -> tuple[Any, ...]:
        return _revive, (type(self), copied(self._find()), self._read_only())

    def __repr__(self) -> str:
        wires = self._wires
        names = (wires[key].name for key in self._find() if key in wires)
        return f"<{self._title()}: {', '.join(names)}>"

    def _title(self) -> str:
        return type(self).__name__


class Kind(View):
    """A typed view of a whole object, of one kind.

    Shape: declared with `class Deployment(Kind, api_version="apps/v1", kind="Deployment",
        plural="deployments", namespaced=True)`; `kind` is the class's name unless given.
        Constructed with its name and keywords; `apiVersion`, `kind` and `metadata` come first.
    """

    _api_version: ClassVar[str] = ""
    _kind: ClassVar[str] = ""
    gvk: ClassVar[Gvk]
    """The kind, as objects name it."""
    plural: ClassVar[str]
    """The name of its resource, as in URLs and in a controller's declaration."""
    namespaced: ClassVar[bool]
    """Whether its objects live in namespaces."""

    name: Required[str] = positional(kw_only=False)
    """Name in `metadata`."""
    namespace: Scalar[str] = wire("namespace")
    """Namespace in `metadata`."""
    labels: MapOf[str] = wire("labels")
    """Labels in `metadata`."""
    annotations: MapOf[str] = wire("annotations")
    """Annotations in `metadata`."""

    def __init_subclass__(
        cls,
        *,
        api_version: str | None = None,
        kind: str | None = None,
        plural: str | None = None,
        namespaced: bool = True,
        **words: Any,
    ) -> None:
        super().__init_subclass__(**words)
        if api_version is not None:
            cls.gvk = Gvk(api_version, kind or cls.__name__)
            cls._api_version, cls._kind = api_version, cls.gvk.kind
            cls.plural = plural or _guess_plural(cls.gvk.kind)
            cls.namespaced = namespaced

    if not TYPE_CHECKING:

        def __init__(
            self,
            name: str,
            *,
            namespace: str | None = None,
            labels: Mapping[str, str] | None = None,
            annotations: Mapping[str, str] | None = None,
            metadata: Any = None,
            **values: Any,
        ) -> None:
            cls = type(self)
            gvk = getattr(cls, "gvk", None)
            if gvk is None:
                finding = "declare it with api_version="
                raise DefinitionError([finding], subject=cls.__name__)
            if not isinstance(name, str):
                message = f"{cls.__name__} takes its name as a text, not {describe(name)}"
                raise TypeError(message)
            inner: dict[str, Any] = {"name": name}
            fields = self._fields
            if namespace is not None:
                inner["namespace"] = plain(namespace)
            if labels is not None:
                inner["labels"] = fields["labels"].store(labels)
            if annotations is not None:
                inner["annotations"] = fields["annotations"].store(annotations)
            if metadata is not None:
                field = fields.get("metadata")
                given = plain(metadata) if field is None else field.store(metadata)
                inner = {**inner, **given, **inner}
            raw = {"apiVersion": gvk.api_version, "kind": gvk.kind, "metadata": inner}
            for word, value in values.items():
                if value is not None:
                    field = fields.get(word)
                    if field is None:
                        raise _unknown_keyword(cls, word)
                    if field.as_is and value.__class__ in SCALARS:
                        raw[field.wire] = value
                    else:
                        raw[field.wire] = field.store(value)
            _set_raw(self, raw)
            _set_up(self, None)

    @classmethod
    def of(cls, raw: Acceptable) -> Self:
        """Return a view of a document of this kind, which is not copied: writes go into it.

        Shape: a dict; or anything else that `accept` takes, of which the view has a copy. A model
            without `apiVersion` and `kind`, as clients give them in lists, gets those of its class.
        Raises: ObjectError if `apiVersion` or `kind` are not this kind's, or it has no JSON form.
        """
        if not isinstance(raw, dict):
            raw = cls._accepted(raw)
        if raw.get("apiVersion") != cls._api_version or raw.get("kind") != cls._kind:
            _check(cls, raw)
        view = _new(cls)
        _set_raw(view, raw)
        _set_up(view, None)
        return view

    @classmethod
    def observed(cls, source: JsonObject | Document) -> Self:
        """Return a read-only view of a document of this kind, or of one still in bytes.

        Assumes: bytes are of this kind, which would have to be parsed to be checked; nobody
            changes `source` afterwards.
        Raises: ObjectError if `apiVersion` or `kind` of a dict are not this kind's.
        """
        if isinstance(source, dict):
            _check(cls, source)
        return super().observed(source)

    @classmethod
    def _accepted(cls, thing: object) -> JsonObject:
        from reconcile.objects.accept import accept, accept_as

        return accept(thing) if cls is Kind else accept_as(thing, cls.gvk)

    @property
    def ref(self) -> Ref:
        """Return what tells this object from others.

        Raises: ObjectError if it has no name.
        """
        identity = self.members("apiVersion", "kind", "metadata")
        return Ref.of(identity)

    def _title(self) -> str:
        try:
            return str(self.ref)
        except ObjectError:
            return f"{type(self).__name__} without a name"


if not TYPE_CHECKING:
    # Four fields of every kind live one level deeper; type checkers need not know.
    Kind._fields = {}
    for _field in (
        MetaText("name", required=True),
        MetaText("namespace"),
        MetaMap("labels"),
        MetaMap("annotations"),
    ):
        _field.owner = Kind
        setattr(Kind, _field.name, _field)
        Kind._fields[_field.name] = _field
    del _field


def _check(cls: type[Kind], raw: JsonObject) -> None:
    if cls is Kind:
        return  # a kind without a class: any object is one
    gvk = cls.gvk
    if raw.get("apiVersion") != gvk.api_version or raw.get("kind") != gvk.kind:
        faults = [
            Fault(f"/{key}", f"must be {wanted} to be read as {cls.__name__}")
            for key, wanted in (("apiVersion", gvk.api_version), ("kind", gvk.kind))
            if raw.get(key) != wanted
        ]
        raise ObjectError(faults, ref=named(raw))


def _whole(view: Any) -> Json:
    found = view._find()
    whole: Json = found.document() if isinstance(found, Unparsed) else found
    return whole


def _frozen(document: JsonObject) -> JsonObject:
    frozen = freeze(document)
    assert isinstance(frozen, dict)
    return frozen


def _revive(cls: type[View], raw: JsonObject, read_only: bool) -> View:
    view = _new(cls)
    _set_raw(view, raw)
    _set_up(view, ReadOnly() if read_only else None)
    return view


def _unknown_keyword(cls: type[View], name: str) -> TypeError:
    message = f"{cls.__name__} has no field {name!r}{nearest(name, cls._fields)}"
    return TypeError(message)


def _guess_plural(kind: str) -> str:
    lower = kind.lower()
    if lower.endswith("y") and lower[-2:-1] not in set("aeiou"):
        return f"{lower[:-1]}ies"
    return f"{lower}es" if lower.endswith(("s", "x", "ch", "sh")) else f"{lower}s"
