"""A resource with all that is needed to read, check and keep its objects; and all of them.

1. What differs between built-in kinds and custom resources ends here: above, there are documents,
   a strategy and errors.
2. A catalogue is a value. A definition that comes or goes gives another one; types of resources
   that did not change are shared.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, Final, cast

from reconcile.diff.field_set import FieldSet
from reconcile.kinds import Kinds
from reconcile.kinds._facts import schema_named
from reconcile.kinds._schema import Schema
from reconcile.kinds.defaults import defaulted
from reconcile.kinds.defaults.normal import normal
from reconcile.kinds.field_error import FieldError
from reconcile.kinds.structural import Structural, scale_errors
from reconcile.kinds.structural.definition import crd_errors, crd_update_errors
from reconcile.kinds.structural.zeroed import zeroed
from reconcile.kinds.validation import (
    create_errors,
    part_update_errors,
    status_update_errors,
    update_errors,
)
from reconcile.simulate._numbers_cy import renumbered
from reconcile.simulate.go.structs import unset
from reconcile.simulate.publishing.resources import Resources
from reconcile.simulate.server.strategy import strategy_of
from reconcile.value.frozen import FrozenDict, freeze, thaw

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from reconcile.diff.field_set import FieldPath
    from reconcile.simulate.publishing.resources import Served
    from reconcile.simulate.server.store import Stored
    from reconcile.value.types import Json, JsonObject

__all__ = ["Catalogue", "ResourceType"]

_MANY: Final = 64
"""Sets of fields that are kept with a type: there are few unless members have any name."""
_META: Final = ("apiVersion", "kind", "metadata")


class ResourceType:
    """One version of a resource."""

    __slots__ = (
        "_ignored",
        "_kinds",
        "_lists",
        "_scale",
        "_structural",
        "crd",
        "first_status",
        "metadata",
        "prefix",
        "schema",
        "served",
        "strategy",
        "unset",
    )

    def __init__(self, served: Served, kinds: Kinds, crd: Mapping[str, Any] | None) -> None:
        self.served = served
        self._kinds = kinds
        self.crd = crd
        """The definition of a custom resource, None for a built-in one."""
        structure: Mapping[str, Any] = {} if crd is None else _structure(crd, served.version)
        self.schema: Schema = (
            kinds.schema(served.api_version, served.kind)
            if crd is None
            else Schema(_typed(structure), schema_named)
        )
        """What the kind's fields are, for patches and for owners of fields."""
        self.metadata: Schema = kinds.schema("v1", "ConfigMap")["properties"]["metadata"]
        self.strategy = strategy_of(
            served.kind, custom=served.custom, has_status="status" in served.subresources
        )
        storage = served.storage
        kept = f"{storage.group}/{storage.kind}" if storage else served.qualified
        self.prefix = f"{kept}/"
        self._structural = None if crd is None else Structural(structure)
        self._scale = (
            None if crd is None else _version_of(crd, served.version, "subresources", "scale")
        )
        self.unset = None if served.custom else unset(served.api_version, served.kind)
        """The object with nothing set, of a built-in kind."""
        self._lists = tuple(_nulls(self.unset or {}, self.schema))
        self.first_status = self._first_status()
        """The status that an object of a built-in kind always has, read-only; None without one."""
        self._ignored: dict[frozenset[FieldPath], FieldSet] = {}

    @property
    def selectable(self) -> tuple[str, ...]:
        """The fields that a custom resource may be selected by, as `spec.color`."""
        for each in cast(
            "list[Mapping[str, Any]]", (self.crd or {}).get("spec", {}).get("versions", ())
        ):
            if each["name"] == self.served.version:
                found = cast("list[Mapping[str, Any]]", each.get("selectableFields") or ())
                return tuple(str(field["jsonPath"]).removeprefix(".") for field in found)
        return ()

    def key(self, namespace: str, name: str) -> str:
        """Return where an object of the resource is kept."""
        return (
            f"{self.prefix}{namespace}/{name}" if self.served.namespaced else f"{self.prefix}{name}"
        )

    def knows(self, api_version: str, kind: str) -> bool:
        """Tell whether there is a kind that is no custom one."""
        if kind in _KNOWN_EVERYWHERE:
            return True
        return self._kinds.known(api_version, kind) and self._kinds.built_in(api_version, kind)

    def prune(self, document: JsonObject) -> tuple[list[str], str]:
        """Take out of a custom resource what its schema does not have.

        Shape: the paths of what was taken out, and why the rest cannot be decoded, empty if it can.
        """
        if self._structural is None:
            return [], ""
        unknown = self._structural.prune(document)
        more, wrong = self._structural.coerce(document)
        return unknown + more, "" if wrong is None else str(wrong)

    def completed(self, document: JsonObject, *, applied: bool = False) -> JsonObject:
        """Return an object in its normal form, with defaults, its status as it is.

        Shape: a custom resource has been pruned. `document` may be used up. What an apply makes
            keeps its nulls, which are refused where they do not fit.
        """
        about = document.get("metadata")
        clears = isinstance(about, dict) and about.get("managedFields") == []
        made = self._completed(document, applied=applied)
        if clears:  # an empty list would be gone, but says something
            cast("JsonObject", made["metadata"])["managedFields"] = [{}]
        deep = self.strategy.deep
        if deep and _loses(document.get(deep), made.get(deep), self.schema["properties"][deep]):
            cast("JsonObject", made["metadata"])["generation"] = None  # it is another, all the same
        return made

    def _completed(self, document: JsonObject, *, applied: bool) -> JsonObject:
        if self._structural is None:
            if self.is_definition:
                document = zeroed(document)
            made = defaulted(self._kinds, document, keep_status=True)
            for path in self._lists:
                _emptied(path, document, made)
            if self.served.kind in PROTECTED:
                return _unprotected(document, made)
            return _unfinalized(document, made) if self.served.kind == "Namespace" else made
        about = document.get("metadata")
        if isinstance(about, FrozenDict):  # from the store, so it has its form
            metadata: Json = dict(about)
        else:
            metadata = normal(about if isinstance(about, dict) else {}, self.metadata)
        made = {**document, "metadata": metadata}
        self._structural.default(made, drop_nulls=not applied)
        return made

    def prepared(self, document: JsonObject) -> JsonObject:
        """Return a new object with what is added to it after it was told who wrote it.

        Source: PrepareForCreate of PersistentVolumeClaim, which writes the source of data twice.
        """
        if self.served.kind != "PersistentVolumeClaim" or self.served.custom:
            return document
        return defaulted(self._kinds, document, keep_status=True)

    def kept(self, document: JsonObject) -> JsonObject:
        """Return an object of any version as it is kept in the form of this one."""
        if self._structural is None:
            for path in self._lists:
                document = _nulled(path, document)
            return document
        served = self.served
        made = converted(document, served.group, served.version)
        if made is not document:  # it comes from another version
            self._structural.prune(made)
        self._structural.default(made)
        return cast("JsonObject", renumbered(made))

    def shown(self, stored: Stored) -> FrozenDict:
        """Return a stored object as this version shows it, read-only.

        Guarantees: no copy unless another version, or another schema of this one, wrote it.
        """
        if stored.form is self:
            return stored.document
        served = self.served
        made = converted(cast("JsonObject", thaw(stored.document)), served.group, served.version)
        if self._structural is not None:
            self._structural.default(made)
            self._structural.prune(made)
        return cast("FrozenDict", freeze(made))

    def _first_status(self) -> Json:
        """Return the status that an object of a built-in kind always has, None without one."""
        if self.served.custom:
            return None
        about: JsonObject = {"apiVersion": self.served.api_version, "kind": self.served.kind}
        return freeze(defaulted(self._kinds, about, keep_status=True).get("status"))

    def ignored(self, subresource: str, document: JsonObject) -> FieldSet:
        """Return the fields that a write comes to own in no case; each set is made once."""
        fields = frozenset(self.strategy.ignored(subresource, document))
        known = self._ignored.get(fields)
        if known is None:
            known = FieldSet(fields)
            if len(self._ignored) < _MANY:
                self._ignored[fields] = known
        return known

    def create_errors(self, document: JsonObject) -> list[FieldError]:
        """Return why an object may not be created."""
        if self.is_definition:
            # Of its name, a definition says more than any object, once it has one.
            name = cast("Mapping[str, Any]", document.get("metadata") or {}).get("name")
            about = create_errors(self._kinds, document)
            kept = (each for each in about if not (name and each.path == "metadata.name"))
            return [*kept, *crd_errors(document)]
        if self._structural is not None and document.get("kind") != self.served.kind:
            detail = f"must be {self.served.kind}"
            return [FieldError("FieldValueInvalid", "kind", detail, document.get("kind"))]
        found = create_errors(self._kinds, document)
        if self._structural is not None:
            found += self._structural.errors(document)
            found += scale_errors(document, self._scale)
        return found

    def part_errors(
        self, part: str, before: JsonObject, after: JsonObject, warnings: list[str]
    ) -> list[FieldError]:
        """Return why an object may not be changed through a part of it, empty for the whole.

        Shape: `warnings` takes what is wrong and let pass, because it was so before.
        """
        if part == "status":
            return self._status_errors(before, after, warnings)
        if part and not self.served.custom and not self.is_definition:
            return part_update_errors(self._kinds, part, before, after)
        if self.is_definition:
            return crd_update_errors(before, after)
        found = update_errors(self._kinds, before, after)
        if self._structural is not None:
            found += self._structural.update_errors(before, after, warnings=warnings)
            if part != "scale":  # a scale says it in its own words
                found += scale_errors(after, self._scale)
        return found

    def _status_errors(
        self, before: JsonObject, after: JsonObject, warnings: list[str]
    ) -> list[FieldError]:
        found = status_update_errors(self._kinds, before, after)
        if self._structural is not None:
            found += self._structural.status_update_errors(before, after, warnings=warnings)
            found += scale_errors(after, self._scale, status=True)
        return found

    @property
    def is_definition(self) -> bool:
        """Whether the objects are CustomResourceDefinitions."""
        return self.served.kind == "CustomResourceDefinition" and not self.served.custom


def _nulls(empty: JsonObject, schema: Schema) -> Iterator[tuple[str, ...]]:
    """Yield where an object with nothing set has null for a list."""
    properties: Mapping[str, Schema] = schema.get("properties") or {}
    for name, value in empty.items():
        inner = properties.get(name)
        if inner is None:
            continue
        if isinstance(value, dict):
            yield from ((name, *path) for path in _nulls(value, inner))
        elif value is None and inner.get("type") == "array":
            yield (name,)


def _emptied(path: tuple[str, ...], sent: JsonObject, made: JsonObject) -> None:
    """Write an empty list that was sent; the store will make null of it, but not before."""
    *above, last = path
    at: Json = sent
    to: Json = made
    for name in above:
        at = at.get(name) if isinstance(at, dict) else None
        to = to.get(name) if isinstance(to, dict) else None
    if (
        isinstance(at, dict)
        and isinstance(to, dict)
        and at.get(last) == []
        and to.get(last) is None
    ):
        to[last] = []


def _loses(sent: Json, made: Json, schema: Schema) -> bool:
    """Return whether something that was sent empty is nothing in the normal form."""
    if isinstance(sent, dict) and isinstance(made, dict):
        known = cast("Mapping[str, Schema]", schema.get("properties") or {})
        return any(
            value in ([], {}) if name not in made else _loses(value, made[name], known[name])
            for name, value in sent.items()
            if name in known
        )
    if isinstance(sent, list) and isinstance(made, list):
        below = schema.get("items")
        return isinstance(below, Schema) and any(
            _loses(one, other, below) for one, other in zip(sent, made, strict=False)
        )
    return False


def _nulled(path: tuple[str, ...], document: JsonObject) -> JsonObject:
    """Return a document with null in place of an empty list."""
    name, *below = path
    value = document.get(name)
    if below:
        if not isinstance(value, dict):
            return document
        made: Json = _nulled(tuple(below), value)
        return document if made is value else {**document, name: made}
    return {**document, name: None} if value == [] else document


_KNOWN_EVERYWHERE: Final = frozenset(
    {
        "CreateOptions",
        "DeleteOptions",
        "GetOptions",
        "List",
        "ListOptions",
        "PatchOptions",
        "Status",
        "UpdateOptions",
        "WatchEvent",
    }
)
PROTECTED: Final = {
    "PersistentVolumeClaim": "kubernetes.io/pvc-protection",
    "PersistentVolume": "kubernetes.io/pv-protection",
    "VolumeAttributesClass": "kubernetes.io/vac-protection",
}
"""Kinds whose objects get a finalizer from admission when they are created."""


def _unprotected(before: JsonObject, made: JsonObject) -> JsonObject:
    """Return an object without the finalizer of admission, unless it came with it."""
    about, metadata = before.get("metadata"), made.get("metadata")
    had = about.get("finalizers") if isinstance(about, dict) else None
    if isinstance(metadata, dict):
        metadata.pop("finalizers", None)
        if isinstance(had, list) and had:
            metadata["finalizers"] = thaw(had)
    spec, had_spec = made.get("spec"), before.get("spec")
    if isinstance(spec, dict) and isinstance(had_spec, dict):
        for name in ("dataSource", "dataSourceRef"):
            if name not in had_spec:
                spec.pop(name, None)
    return made


_SAYS_NO_TYPE: Final = frozenset({"allOf", "anyOf", "oneOf", "not"})


def _typed(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return a structural schema without what only says which values are valid."""
    made: dict[str, Any] = {}
    for name, value in schema.items():
        if name in _SAYS_NO_TYPE:
            continue
        if name == "properties":
            made[name] = {key: _typed(inner) for key, inner in value.items()}
        elif name in ("items", "additionalProperties") and isinstance(value, Mapping):
            made[name] = _typed(cast("Mapping[str, Any]", value))
        else:
            made[name] = value
    return made


def _unfinalized(before: JsonObject, made: JsonObject) -> JsonObject:
    """Return a namespace without what its strategy gives it, unless it came with it."""
    for name in ("spec", "status"):
        if not before.get(name):
            made.pop(name, None)
    return made


def _version_of(crd: Mapping[str, Any], version: str, *path: str) -> Mapping[str, Any] | None:
    """Return a part of one version of a definition, None if it is not there."""
    for each in cast("list[Mapping[str, Any]]", crd["spec"]["versions"]):
        if each["name"] == version:
            held: Mapping[str, Any] = each
            for name in path:
                held = held.get(name) or {}
            return held or None
    return None


def _structure(crd: Mapping[str, Any], version: str) -> Mapping[str, Any]:
    """Return the schema of one version of a definition."""
    return _version_of(crd, version, "schema", "openAPIV3Schema") or {"type": "object"}


def converted(document: JsonObject, group: str, version: str) -> JsonObject:
    """Return an object at another version, as the strategy None converts: by name alone."""
    api_version = f"{group}/{version}" if group else version
    if document.get("apiVersion") == api_version:
        return document
    return {**document, "apiVersion": api_version}


class Catalogue:
    """What a server serves, with the type of each resource.

    Guarantees: read-only; built-in types are shared by all catalogues that grew from one.
    """

    __slots__ = ("_built_in", "_crds", "_custom", "kinds", "resources")

    @classmethod
    def built_in(cls) -> Catalogue:
        """Return the catalogue of a server without custom resources."""
        return _built_in()

    def __init__(self) -> None:
        self.resources = Resources.built_in()
        self.kinds = Kinds()
        self._crds: dict[str, Mapping[str, Any]] = {}
        self._built_in: dict[tuple[str, str, str], ResourceType] = {}
        self._custom: dict[tuple[str, str, str], ResourceType] = {}

    def with_crds(self, crds: Iterable[Mapping[str, Any]]) -> Catalogue:
        """Return a catalogue of the built-in resources and those of these definitions."""
        known = list(crds)
        if not known and not self._crds:
            return self
        made = Catalogue()
        made.resources = Resources.built_in().with_crds(known)
        made.kinds = Kinds().with_crds(known)
        made._built_in = self._built_in
        made._crds = {str(crd["metadata"]["name"]): crd for crd in known}
        # A type stays with its definition: only what changed is compiled anew.
        made._custom = {
            at: held
            for at, held in self._custom.items()
            if held.crd is not None
            and made._crds.get(str(held.crd["metadata"]["name"])) is held.crd
        }
        return made

    def owns(self, group: str) -> bool:
        """Return whether a group is one of the server's own."""
        return any(each.group == group for each in self._built_in_resources())

    def _built_in_resources(self) -> tuple[Served, ...]:
        return tuple(each for each in self.resources.all() if not each.custom)

    def find(self, group: str, version: str, plural: str) -> ResourceType | None:
        """Return the type of a resource, None if it is not served."""
        at = (group, version, plural)
        known = self._built_in.get(at) or self._custom.get(at)
        if known is not None:
            return known
        served = self.resources.by_path(group, version, plural)
        if served is None:
            return None
        if served.custom:
            crd = self._crds.get(f"{plural}.{group}")
            made = self._custom[at] = ResourceType(served, self.kinds, crd)
        else:
            made = self._built_in[at] = ResourceType(served, self.kinds, None)
        return made

    def find_kind(self, api_version: str, kind: str) -> ResourceType | None:
        """Return the type of a kind, None if it is not served."""
        served = self.resources.by_kind(api_version, kind)
        return self.find(served.group, served.version, served.plural) if served else None


@cache
def _built_in() -> Catalogue:
    return Catalogue()
