"""Typed parents: pydantic models that speak Kubernetes on the wire and Python in code.

1. The document is the truth. A model is a reading of it; `raw` keeps what was observed, unknown
   fields, nulls, key order and number types included.
2. Read-only, all the way down: a rule that changes what it observed gets a TypeError.
3. Documents are read with `read`, which keeps unknown fields; code constructs by keyword, where
   an unknown name is an error, because there it is a misspelling.
4. Faults tell what kind of value a place wants, never which one it has.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Final, Generic, Literal, Self, TypeVar, cast

from pydantic import BaseModel, ConfigDict, PrivateAttr, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from reconcile.errors import DefinitionError, Fault, ObjectError, ReadOnlyError, nearest
from reconcile.objects._faults import faults_of, read_json
from reconcile.objects.accept import plain
from reconcile.objects.gvk import Gvk
from reconcile.objects.marks import RAW, RULES, Cel, Column, Scale, annotated
from reconcile.objects.ref import Ref
from reconcile.objects.wire_names import wire_name
from reconcile.value.equality import equal
from reconcile.value.frozen import FrozenDict, FrozenList, freeze, thaw
from reconcile.value.limits import MAX_DEPTH
from reconcile.value.redact import describe
from reconcile.value.types import Json, JsonIn, JsonObject

__all__ = ["Model", "ObjectMeta", "OwnerReference", "Parent"]

SpecT = TypeVar("SpecT")
StatusT = TypeVar("StatusT")

_GROUP: Final = re.compile(r"[a-z0-9]([-a-z0-9.]*[a-z0-9])?", re.ASCII)
_VERSION: Final = re.compile(r"[a-z][-a-z0-9]*", re.ASCII)


class Model(BaseModel):
    """Base of specs, statuses and the objects inside them.

    Shape: fields are snake_case in Python and camelCase on the wire; one trailing underscore is
        dropped (`class_` is `class`). Another wire name is given with
        `Field(validation_alias=..., serialization_alias=...)`.
        `class Span(Model, cel=[Cel("self.first <= self.last")])` has rules for the whole object,
        which the server evaluates; a class has those of the classes it is made from, too.
        `schema={...}` has keys of the schema as they are, for what nothing else says, as the mark
        `Schema` has for a field; None takes a key away.
    Guarantees: read-only, containers included. Numbers, texts and truth values are not taken for
        each other. Constructed by keyword, a None for a field whose default is None is unset.
    Raises: TypeError for an unknown keyword, with the nearest name; ObjectError for bad values.
    """

    _rules: ClassVar[tuple[Cel, ...]] = ()
    _schema: ClassVar[Mapping[str, Any]] = {}

    model_config = ConfigDict(
        alias_generator=wire_name,
        populate_by_name=True,
        extra="allow",
        frozen=True,
        strict=True,
        hide_input_in_errors=True,
        ser_json_inf_nan="constants",
    )

    def __init__(self, /, **data: Any) -> None:
        cls = type(self)
        fields = cls.__pydantic_fields__
        for name in data:
            if name not in fields and name not in _aliases(cls):
                hint = nearest(name, fields)
                message = f"{cls.__name__} has no field {name!r}{hint}"
                raise TypeError(message)
        # Under wire names, so that faults are placed by them.
        given = {
            _keyword(fields, name): value
            for name, value in data.items()
            if value is not None or name not in fields or fields[name].default is not None
        }
        try:
            self.__pydantic_validator__.validate_python(given, self_instance=self)
        except ValidationError as error:
            raise ObjectError(faults_of(error, given), ref=cls.__name__) from None

    def __init_subclass__(
        cls, *, cel: Sequence[Cel] = (), schema: Mapping[str, Any] | None = None, **config: Any
    ) -> None:
        """Take what the definition has of the class beside its fields."""
        super().__init_subclass__(**config)
        if isinstance(cel, Cel) or not all(isinstance(each, Cel) for each in cel):
            raise DefinitionError(["cel= takes a list of Cel(...)"], subject=cls.__name__)
        if schema is not None and not isinstance(schema, Mapping):
            raise DefinitionError(["schema= takes a dict of keys"], subject=cls.__name__)
        cls._rules = (*cls._rules, *cel)
        cls._schema = {**cls._schema, **(schema or {})}

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: Any, handler: Any, /) -> dict[str, Any]:
        """Return what pydantic tells of the class, with its rules."""
        told: dict[str, Any] = handler(core_schema)
        if cls._rules or cls._schema:
            told = handler.resolve_ref_schema(told)
        if cls._rules:
            told[RULES] = [rule.to_wire() for rule in cls._rules]
        if cls._schema:
            told[RAW] = dict(cls._schema)
        return told

    # pydantic calls an __init__ of our own for every nested document too, unless it carries this
    # mark; reading must not go through it: it is slow, and unknown fields are fine there.
    vars()["__init__"].__pydantic_base_init__ = True

    if not TYPE_CHECKING:
        # pydantic's own refusal prints the value. Hidden from type checkers, to which a class
        # with a __setattr__ is one whose every attribute may be set.

        def __setattr__(self, name: str, value: object) -> None:
            if not name.startswith("_"):
                raise ReadOnlyError("observed documents are read-only; copy first")
            super().__setattr__(name, value)

    def model_post_init(self, context: Any, /) -> None:  # noqa: ARG002 -- pydantic's signature
        """Make containers read-only."""
        values = vars(self)
        for name, value in values.items():
            if value.__class__ is dict or value.__class__ is list:
                values[name] = _read_only(value, 0)
        extra = self.__pydantic_extra__
        if extra:
            for name, value in extra.items():
                if value.__class__ is dict or value.__class__ is list:
                    extra[name] = _read_only(value, 0)

    @classmethod
    def read(cls, document: Mapping[str, JsonIn], *, pointer: str = "") -> Self:
        """Return the document as this model.

        Shape: wire names. Unknown fields are kept.
        Raises: ObjectError with every fault, placed below `pointer`.
        """
        faults: list[Fault] = []
        model = read_json(cls.__pydantic_validator__, document, pointer, faults)
        if faults:
            raise ObjectError(faults)
        return cast("Self", model)

    def to_wire(self) -> JsonObject:
        """Return the document: fields that were set, under their wire names, and unknown ones.

        Guarantees: fresh and plain. A field left at its default is left out: no opinion.
        """
        return cast(
            "JsonObject",
            self.model_dump(mode="json", by_alias=True, exclude_unset=True, warnings="none"),
        )


def _keyword(fields: Mapping[str, FieldInfo], name: str) -> str:
    alias = fields[name].validation_alias if name in fields else None
    return alias if isinstance(alias, str) else name


def _aliases(cls: type[Model]) -> set[str]:
    names: set[str] = set()
    for field in cls.__pydantic_fields__.values():
        for alias in (field.alias, field.validation_alias):
            if isinstance(alias, str):
                names.add(alias)
    return names


def _read_only(value: Any, depth: int) -> Any:
    if depth > MAX_DEPTH:
        return value
    if value.__class__ is dict:
        return FrozenDict({key: _read_only(item, depth + 1) for key, item in value.items()})
    if value.__class__ is list:
        return FrozenList([_read_only(item, depth + 1) for item in value])
    return value


class OwnerReference(Model):
    """Who owns an object, and whether it controls it."""

    api_version: str
    kind: str
    name: str
    uid: str
    controller: bool | None = None
    block_owner_deletion: bool | None = None


class ObjectMeta(Model):
    """What every object has under `metadata`, as far as we must understand it."""

    name: str
    namespace: str | None = None
    generate_name: str | None = None
    uid: str | None = None
    resource_version: str | None = None
    generation: int | None = None
    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}
    creation_timestamp: str | None = None
    """RFC 3339 text, as on the wire."""
    deletion_timestamp: str | None = None
    """RFC 3339 text; set while the object is being deleted."""
    deletion_grace_period_seconds: int | None = None
    finalizers: list[str] = []
    owner_references: list[OwnerReference] = []


_MEMBERS: Final = ("metadata", "spec", "status")
_METADATA: Final = {wire_name(name) for name in ObjectMeta.model_fields}


class Parent(Model, Generic[SpecT, StatusT]):
    """Base of the objects a controller is about.

    Shape: `class Thing(Parent[ThingSpec, ThingStatus], group="example.com", version="v1")`, with
        `kind` (the class name if not given), `plural`, `singular` and `scope` when they differ, and
        what else kubectl may know it by: `short_names` and `categories`. What its definition has
        beside: printer `columns`, a `scale` subresource, rules for the whole object (`cel`);
        `deprecated`, which may be the warning's text; `served` False for a version that is kept
        for stored objects alone. With `nulls=False` a `| None` says of a field that it may be
        absent, not that it may be null, as most definitions have it; `Schema({"nullable": True})`
        says of a field that it may be null.
    Raises: DefinitionError when the class is made with a bad group, version or scope.
    """

    gvk: ClassVar[Gvk]
    plural: ClassVar[str]
    scope: ClassVar[Literal["Namespaced", "Cluster"]]
    short_names: ClassVar[tuple[str, ...]] = ()
    categories: ClassVar[tuple[str, ...]] = ()
    singular: ClassVar[str]
    columns: ClassVar[tuple[Column, ...]] = ()
    scale: ClassVar[Scale | None] = None
    deprecated: ClassVar[bool | str] = False
    served: ClassVar[bool] = True
    list_kind: ClassVar[str]
    nulls: ClassVar[bool] = True

    metadata: ObjectMeta
    spec: SpecT
    status: StatusT | None = None

    _document: JsonObject | None = PrivateAttr(default=None)
    _raw: JsonObject | None = PrivateAttr(default=None)
    _spec_reader: ClassVar[Any]
    _status_reader: ClassVar[Any]

    def __init_subclass__(  # pyright: ignore[reportIncompatibleMethodOverride] -- pydantic takes any
        cls,
        *,
        group: str | None = None,
        version: str | None = None,
        kind: str | None = None,
        plural: str | None = None,
        scope: Literal["Namespaced", "Cluster"] = "Namespaced",
        short_names: Sequence[str] = (),
        categories: Sequence[str] = (),
        singular: str | None = None,
        columns: Sequence[Column] = (),
        scale: Scale | None = None,
        deprecated: bool | str = False,
        served: bool = True,
        cel: Sequence[Cel] = (),
        list_kind: str | None = None,
        nulls: bool = True,
        schema: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init_subclass__(cel=cel, schema=schema)
        if version is None:
            if group is not None or kind is not None or plural is not None:
                raise DefinitionError(["version= is missing"], subject=cls.__name__)
            return
        findings: list[str] = []
        if group and not _GROUP.fullmatch(group):
            findings.append("group= must be a lower case DNS name such as example.com")
        if not _VERSION.fullmatch(version):
            findings.append("version= must be such as v1 or v1alpha1")
        if scope not in ("Namespaced", "Cluster"):
            findings.append("scope= must be Namespaced or Cluster")
        if isinstance(short_names, str) or isinstance(categories, str):
            findings.append("short_names= and categories= take lists of texts")
        for each in columns:
            if not isinstance(each, Column) or not (each.name and each.type and each.json_path):
                findings.append("columns= takes Column(name, type=..., json_path=...)")
                break
        if scale is not None and not isinstance(scale, Scale):
            findings.append("scale= takes Scale(...)")
        if findings:
            raise DefinitionError(findings, subject=cls.__name__)
        cls.gvk = Gvk(f"{group}/{version}" if group else version, kind or cls.__name__)
        cls.plural = plural or _plural(cls.gvk.kind.lower())
        cls.scope = scope
        cls.short_names = tuple(short_names)
        cls.categories = tuple(categories)
        cls.singular = singular or cls.gvk.kind.lower()
        cls.columns = tuple(columns)
        cls.scale = scale
        cls.deprecated = deprecated
        cls.served = served
        cls.list_kind = list_kind or f"{cls.gvk.kind}List"
        cls.nulls = nulls

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        """Make the readers of spec and status, once for the class."""
        super().__pydantic_init_subclass__(**kwargs)
        cls._spec_reader = _reader(annotated(cls.model_fields["spec"]))
        cls._status_reader = _reader(annotated(cls.model_fields["status"]))

    @classmethod
    def read(cls, document: Mapping[str, JsonIn], *, pointer: str = "") -> Self:
        """Return the document as this parent.

        Shape: an absent spec is read as an empty one. A status that does not fit is None, for a
            status is what we said last and not a memory; `raw` has it.
        Guarantees: keeps `document` for `raw`; the caller must not change it afterwards.
        Raises: ObjectError with every fault, placed below `pointer`.
        """
        faults: list[Fault] = []
        wanted = cls._kind()
        if document.get("apiVersion") != wanted.api_version:
            faults.append(Fault(f"{pointer}/apiVersion", f"must be {wanted.api_version}"))
        if document.get("kind") != wanted.kind:
            faults.append(Fault(f"{pointer}/kind", f"must be {wanted.kind}"))
        metadata = _read_metadata(document.get("metadata"), pointer, faults)
        spec = read_json(cls._spec_reader, document.get("spec", {}), f"{pointer}/spec", faults)
        if faults:
            raise ObjectError(faults)
        status = document.get("status")
        if status is not None:
            status = read_json(cls._status_reader, status, "", faults)
        # As model_construct does, which takes twice as long as all the reading before.
        self = cls.__new__(cls)
        put = object.__setattr__
        put(self, "__dict__", {"metadata": metadata, "spec": spec, "status": status})
        put(self, "__pydantic_fields_set__", {key for key in _MEMBERS if key in document})
        put(self, "__pydantic_extra__", {})
        put(self, "__pydantic_private__", {"_document": document, "_raw": None})
        return self

    @classmethod
    def of(
        cls,
        name: str,
        *,
        namespace: str | None = None,
        spec: SpecT | Mapping[str, JsonIn] | None = None,
        status: StatusT | Mapping[str, JsonIn] | None = None,
        labels: Mapping[str, str] | None = None,
        annotations: Mapping[str, str] | None = None,
        uid: str | None = None,
        generation: int | None = None,
        finalizers: Sequence[str] | None = None,
        deletion_timestamp: str | None = None,
    ) -> Self:
        """Return a parent made in code, as a test or a simulation needs it.

        Shape: None is unset. `spec` and `status` as models or as documents.
        Raises: ObjectError with every fault.
        """
        metadata: dict[str, object] = {
            "name": name,
            "namespace": namespace,
            "uid": uid,
            "generation": generation,
            "deletionTimestamp": deletion_timestamp,
            "labels": labels,
            "annotations": annotations,
            "finalizers": finalizers,
        }
        wanted = cls._kind()
        document: dict[str, object] = {
            "apiVersion": wanted.api_version,
            "kind": wanted.kind,
            "metadata": {key: value for key, value in metadata.items() if value is not None},
        }
        if spec is not None:
            document["spec"] = spec
        if status is not None:
            document["status"] = status
        return cls.read(cast("JsonObject", plain(document)))

    @classmethod
    def _kind(cls) -> Gvk:
        try:
            return cls.gvk
        except AttributeError:
            finding = 'it has no kind; give the class group= and version="v1"'
            raise DefinitionError([finding], subject=cls.__name__) from None

    @property
    def name(self) -> str:
        """Return the name."""
        return self.metadata.name

    @property
    def namespace(self) -> str:
        """Return the namespace, "" for a cluster-scoped parent."""
        return self.metadata.namespace or ""

    @property
    def labels(self) -> Mapping[str, str]:
        """Return the labels, read-only."""
        return self.metadata.labels

    @property
    def annotations(self) -> Mapping[str, str]:
        """Return the annotations, read-only."""
        return self.metadata.annotations

    @property
    def ref(self) -> Ref:
        """Return what tells this parent from others."""
        return Ref(self._kind(), self.namespace, self.name)

    @property
    def raw(self) -> JsonObject:
        """Return the document as it was observed, read-only; nothing of it is lost."""
        if self._raw is None:
            document = self._document
            self._raw = cast("JsonObject", freeze(self._made() if document is None else document))
        return self._raw

    def __eq__(self, other: object) -> bool:
        """Return whether both are of one class and of equal documents."""
        if type(self) is type(other):
            return equal(self.raw, cast("Self", other).raw)
        return NotImplemented

    __hash__ = None  # type: ignore[assignment]  # a document has no hash

    def to_wire(self) -> JsonObject:
        """Return a fresh, plain copy of the whole document."""
        return cast("JsonObject", thaw(self.raw))

    def _made(self) -> JsonObject:
        wanted = self._kind()
        return {"apiVersion": wanted.api_version, "kind": wanted.kind, **super().to_wire()}


def _reader(annotation: Any) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation.__pydantic_validator__
    if isinstance(annotation, TypeVar):
        return None
    return TypeAdapter(cast("Any", annotation)).validator


def _read_metadata(metadata: Any, pointer: str, faults: list[Fault]) -> Any:
    if not isinstance(metadata, Mapping):
        message = f"must be an object, not {describe(metadata)}"
        faults.append(Fault(f"{pointer}/metadata", message))
        return None
    # managedFields alone is often larger than the rest of the object; `raw` has it.
    known: dict[str, Json] = {
        key: value
        for key, value in cast("Mapping[str, Json]", metadata).items()
        if key in _METADATA and value is not None
    }
    found = len(faults)
    try:
        read = ObjectMeta.__pydantic_validator__.validate_python(known)
    except ValidationError as error:
        faults += faults_of(error, known, f"{pointer}/metadata")
        return None
    if not known["name"]:
        faults.insert(found, Fault(f"{pointer}/metadata/name", "must not be empty"))
    return read


def _plural(word: str) -> str:
    if word.endswith(("s", "x", "z", "ch", "sh")):
        return f"{word}es"
    if word.endswith("y") and word[-2:-1] not in ("a", "e", "i", "o", "u"):
        return f"{word[:-1]}ies"
    return f"{word}s"
