"""The table of known kinds: built-in ones from recorded facts, others from their CRDs.

1. A table is a value: `with_crds` gives another one. Kinds of CRDs have the same interface as
   built-in ones, and come first where both say they know a kind.
2. What is computed from a schema is kept by its table; schemas never change.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, cast

from reconcile.errors import Fault, LimitError, ObjectError, nearest
from reconcile.kinds._facts import Resource, load, schema_named
from reconcile.kinds._immutable import EVERY_KIND, FIXED, Fixed
from reconcile.kinds._index import MODULES
from reconcile.kinds._schema import Schema
from reconcile.objects.gvk import Gvk
from reconcile.objects.ref import named
from reconcile.value.limits import MAX_DEPTH
from reconcile.value.pointer import escape
from reconcile.value.types import ABSENT, Absent, Json, JsonIn, JsonObject

if TYPE_CHECKING:
    from reconcile.diff import ListRule, Patch
    from reconcile.kinds._loop import Apply, Loop
    from reconcile.objects.view import Kind

__all__ = ["Field", "Kinds"]

_OBJECT_META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"


@dataclass(frozen=True, slots=True)
class Field:
    """The facts of one field of an object."""

    name: str
    """On the wire."""
    type: str
    """`object`, `array`, `string`, `integer`, `number`, `boolean`, or "" for anything."""
    required: bool
    list_rule: ListRule | None
    """How items of a list are told apart, None for what is no list."""
    atomic: bool
    """Whether an object is replaced as a whole when it is applied."""
    default: Json | Absent
    """The value the schema gives to the absent field, ABSENT if none."""
    int_or_string: bool
    embedded: bool
    """Whether it holds a whole object of another kind."""
    immutable: bool
    """Whether it may never change once the object is there; what may under a condition is not."""


class Kinds:
    """The kinds that are known, with schemas, scopes and list rules.

    Guarantees: read-only; two tables made of the same CRDs answer the same.
    """

    __slots__ = ("_crds", "_rules", "_schemas")

    def __init__(self) -> None:
        self._crds: dict[Gvk, tuple[Resource, Mapping[str, Any]]] = {}
        self._schemas: dict[Gvk, Schema] = {}
        self._rules: dict[Gvk, Mapping[str, ListRule]] = {}

    def with_crds(self, crds: Iterable[Mapping[str, JsonIn]]) -> Kinds:
        """Return a table that also knows the kinds of these CustomResourceDefinitions.

        Shape: whole objects of apiextensions.k8s.io/v1, as they are applied; every version of
            each is known, with its structural schema, or without fields where it has none.
        Raises: ObjectError with all that is missing in them.
        """
        made = Kinds()
        made._crds = dict(self._crds)
        faults: list[Fault] = []
        for place, crd in enumerate(crds):
            made._crds.update(_read_crd(cast("Mapping[str, Any]", crd), f"/{place}", faults))
        if faults:
            raise ObjectError(faults)
        return made

    def known(self, api_version: str, kind: str) -> bool:
        """Tell whether a kind is known."""
        module = MODULES.get(api_version)
        return Gvk(api_version, kind) in self._crds or (
            module is not None and kind in load(module).kinds
        )

    def schema(self, api_version: str, kind: str) -> Schema:
        """Return the schema of a kind.

        Shape: an OpenAPI v3 schema object with `x-kubernetes-list-type`, `-list-map-keys`,
            `-map-type`, `-patch-strategy` and `-patch-merge-key`; references are followed when
            somebody looks.
        Raises: ObjectError if the kind is not known.
        """
        gvk = Gvk(api_version, kind)
        found = self._schemas.get(gvk)
        if found is None:
            if gvk in self._crds:
                raw = self._crds[gvk][1]
            else:
                module = MODULES.get(api_version)
                name = load(module).kinds.get(kind) if module else None
                if name is None:
                    raise self._unknown(gvk)
                raw = {"$ref": name}
            found = self._schemas[gvk] = Schema(raw, schema_named)
        return found

    def built_in(self, api_version: str, kind: str) -> bool:
        """Tell whether a kind that is known is none of a CRD."""
        return Gvk(api_version, kind) not in self._crds

    def defaulted(self, document: Mapping[str, JsonIn] | Kind) -> JsonObject:
        """Return an object as the API server stores it; see `reconcile.kinds.defaulted`.

        Shape: custom resources are pruned and get the defaults of their schema.
        Raises: ObjectError if the kind is not known or it is no object.
        """
        from reconcile.kinds.defaults import defaulted

        return defaulted(self, document)

    def differences_that_matter(
        self, desired: Mapping[str, JsonIn] | Kind, observed: Mapping[str, JsonIn] | Kind
    ) -> Patch:
        """Return what applying would change; see `reconcile.kinds.differences_that_matter`."""
        from reconcile.kinds.settling import differences_that_matter

        return differences_that_matter(self, desired, observed)

    def loops(
        self, desired: Mapping[str, JsonIn] | Kind, *, apply: Apply = "dynamic"
    ) -> tuple[Loop, ...]:
        """Return the fields that never settle; see `reconcile.kinds.loops`."""
        from reconcile.kinds.settling import loops

        return loops(self, desired, apply=apply)

    def is_resource(self, api_version: str, kind: str) -> bool:
        """Tell whether a kind that is known is served by itself, as lists and options are not."""
        gvk = Gvk(api_version, kind)
        return gvk in self._crds or kind in load(MODULES[api_version]).resources

    def has_status(self, api_version: str, kind: str) -> bool:
        """Tell whether the status of a kind is a subresource of its own."""
        if not self.is_resource(api_version, kind):
            return False
        return "status" in self.resource(api_version, kind).subresources

    def validate(self, document: Mapping[str, JsonIn] | Kind, *, unknown: bool = True) -> None:
        """Raise unless the API server may take an object; see `reconcile.kinds.validate`.

        Shape: custom resources are held to the whole schema of their version, rules included.
        Raises: as there; RulesNotRunError if a rule would have to run and the extra `cel` is
            missing.
        """
        from reconcile.kinds.defaults import identified
        from reconcile.kinds.validation import faults

        raw = identified(document)
        found = faults(self, raw, unknown=unknown)
        if found:
            raise ObjectError(found, ref=named(raw))

    def resource(self, api_version: str, kind: str) -> Resource:
        """Return how a kind is served: plural, singular, short names, scope, verbs.

        Raises: ObjectError if the kind is not known, or is no resource of its own.
        """
        gvk = Gvk(api_version, kind)
        if gvk in self._crds:
            return self._crds[gvk][0]
        module = MODULES.get(api_version)
        found = load(module).resources.get(kind) if module else None
        if found is None:
            raise self._unknown(gvk)
        return found

    def scope(self, api_version: str, kind: str) -> Literal["Namespaced", "Cluster"]:
        """Return whether objects of a kind live in namespaces.

        Raises: ObjectError if the kind is not known.
        """
        namespaced = self.resource(api_version, kind).scope == "Namespaced"
        return "Namespaced" if namespaced else "Cluster"

    def plural(self, api_version: str, kind: str) -> str:
        """Return the resource's name, as in URLs.

        Raises: ObjectError if the kind is not known.
        """
        return self.resource(api_version, kind).plural

    def list_rules(self, api_version: str, kind: str) -> Mapping[str, ListRule]:
        """Return how the items of each list of a kind are told apart.

        Shape: by pointer pattern, `*` for any item or any member of a map:
            `/spec/template/spec/containers/*/ports` -> ("containerPort", "protocol").
        Guarantees: below a place where a schema holds itself, nothing is listed.
        Raises: ObjectError if the kind is not known.
        """
        gvk = Gvk(api_version, kind)
        found = self._rules.get(gvk)
        if found is None:
            rules: dict[str, ListRule] = {}
            _collect(self.schema(api_version, kind), "", rules, (), 0)
            found = self._rules[gvk] = MappingProxyType(rules)
        return found

    def fields(self, api_version: str, kind: str, *, pointer: str = "") -> Mapping[str, Field]:
        """Return the facts of the fields of an object, by wire name.

        Shape: `pointer` names a place in objects of the kind, "" the top; lists are entered by
            any position or `*`.
        Raises: ObjectError if the kind is not known or has no such place.
        """
        schema = self.schema(api_version, kind)
        for part in pointer.split("/")[1:]:
            name = part.replace("~1", "/").replace("~0", "~")
            step = schema.get("properties", {}).get(name)
            if step is None:
                step = schema.get("items") or schema.get("additionalProperties")
            if not isinstance(step, Schema):
                names = schema.get("properties", {})
                message = f"{kind} has no such field{nearest(name, names)}"
                raise ObjectError([Fault(pointer, message)])
            schema = step
        required = schema.get("required", ())
        described = schema.get("properties", {})
        fixed = [path.split("/")[1:] for path in self.immutable_fields(api_version, kind)]
        above = pointer.split("/")[1:]
        return MappingProxyType(
            {
                name: _field(
                    name, inner, name in required, immutable=_under([*above, escape(name)], fixed)
                )
                for name, inner in described.items()
            }
        )

    def immutable_fields(
        self, api_version: str, kind: str, *, observed: Mapping[str, JsonIn] | None = None
    ) -> tuple[str, ...]:
        """Return what may not change; see `reconcile.kinds.immutable_fields`."""
        schema = self.schema(api_version, kind)
        fixed = list(EVERY_KIND)
        if self.built_in(api_version, kind):
            group = api_version.rpartition("/")[0]
            fixed += FIXED.get((group, kind), ())
        else:
            _own_rules(schema, "", fixed, 0)
        if not self.is_resource(api_version, kind):
            return ()
        if self.scope(api_version, kind) == "Cluster":
            fixed = [one for one in fixed if one.path != "/metadata/namespace"]
        found: list[str] = []
        for one in fixed:
            if one.when is not None and (observed is None or not one.when(observed)):
                continue
            place = _place(schema, one.path)
            if place is not None and one.but:
                names: Mapping[str, object] = place.get("properties") or {}
                found += [f"{one.path}/{name}" for name in names if name not in one.but]
            elif place is not None:
                found.append(one.path)
        return tuple(sorted(found))

    def _unknown(self, gvk: Gvk) -> ObjectError:
        module = MODULES.get(gvk.api_version)
        inside = {other.kind for other in self._crds if other.api_version == gvk.api_version}
        if module is not None:
            inside |= set(load(module).kinds)
        if inside:
            hint = nearest(gvk.kind, sorted(inside))
            fault = Fault("/kind", f"{gvk.kind} is not a known kind of {gvk.api_version}{hint}")
        else:
            versions = {*MODULES, *(other.api_version for other in self._crds)}
            hint = nearest(gvk.api_version, sorted(versions))
            fault = Fault("/apiVersion", f"no kinds of {gvk.api_version} are known{hint}")
        return ObjectError([fault])


def rule_of(schema: Mapping[str, Any]) -> ListRule:
    """Return how the items of one list are told apart.

    Source: Kubernetes list types win; before them came patch strategies, which strategic merge
        still reads. A list of which neither speaks is replaced as a whole.
    """
    kind = schema.get("x-kubernetes-list-type")
    if kind == "map":
        return tuple(schema.get("x-kubernetes-list-map-keys", ()))
    if kind in ("set", "atomic"):
        return "set" if kind == "set" else "atomic"
    if "merge" in str(schema.get("x-kubernetes-patch-strategy", "")).split(","):
        key = schema.get("x-kubernetes-patch-merge-key")
        return (str(key),) if key else "set"
    return "atomic"


def _place(schema: Schema, pattern: str) -> Schema | None:
    """Return the schema of a place, None where a version of the kind has none."""
    for part in pattern.split("/")[1:]:
        step = schema.get("properties", {}).get(part) or schema.get("items")
        if not isinstance(step, Schema):
            return None
        schema = step
    return schema


def _under(parts: list[str], fixed: list[list[str]]) -> bool:
    """Return whether a place is one of some others, or is in one of them."""
    return any(
        len(other) <= len(parts)
        and all(wanted in ("*", part) for wanted, part in zip(other, parts, strict=False))
        for other in fixed
    )


def _own_rules(schema: Schema, pointer: str, found: list[Fixed], depth: int) -> None:
    """Find the fields that a definition itself says are immutable, in CEL's usual words."""
    if depth > MAX_DEPTH:
        limit = "levels of nesting in a schema"
        raise LimitError(limit, MAX_DEPTH, pointer=pointer)
    for rule in schema.get("x-kubernetes-validations") or ():
        if "".join(str(rule.get("rule")).split()) in ("self==oldSelf", "oldSelf==self"):
            found.append(Fixed(pointer))
            return
    for name, inner in schema.get("properties", {}).items():
        if not (pointer == "" and name == "metadata"):
            _own_rules(inner, f"{pointer}/{escape(name)}", found, depth + 1)


def _field(name: str, schema: Schema, required: bool, *, immutable: bool) -> Field:
    kind = schema.get("type", "")
    return Field(
        name=name,
        type=kind,
        required=required,
        list_rule=rule_of(schema) if kind == "array" else None,
        atomic=schema.get("x-kubernetes-map-type") == "atomic",
        default=schema.get("default", ABSENT),
        int_or_string=schema.get("format") == "int-or-string"
        or bool(schema.get("x-kubernetes-int-or-string")),
        embedded=bool(schema.get("x-kubernetes-embedded-resource")),
        immutable=immutable,
    )


def _collect(
    schema: Schema, pointer: str, rules: dict[str, ListRule], above: tuple[str, ...], depth: int
) -> None:
    if depth > MAX_DEPTH:
        limit = "levels of nesting in a schema"
        raise LimitError(limit, MAX_DEPTH, pointer=pointer)
    if schema.name is not None:
        if schema.name in above:
            return
        above = (*above, schema.name)
    for name, inner in schema.get("properties", {}).items():
        _collect(inner, f"{pointer}/{escape(name)}", rules, above, depth + 1)
    if schema.get("type") == "array":
        rules[pointer] = rule_of(schema)
    for key in ("items", "additionalProperties"):
        inner = schema.get(key)
        if isinstance(inner, Schema):
            _collect(inner, f"{pointer}/*", rules, above, depth + 1)


def _read_crd(
    crd: Mapping[str, Any], pointer: str, faults: list[Fault]
) -> dict[Gvk, tuple[Resource, Mapping[str, Any]]]:
    found: dict[Gvk, tuple[Resource, Mapping[str, Any]]] = {}
    spec = _part(crd, "spec", pointer, faults)
    names = _part(spec, "names", f"{pointer}/spec", faults)
    versions: Any = spec.get("versions")
    texts = [
        (names, "kind", f"{pointer}/spec/names"),
        (names, "plural", f"{pointer}/spec/names"),
        (spec, "group", f"{pointer}/spec"),
    ]
    wrong = [
        Fault(f"{where}/{key}", "must be a text that is not empty")
        for inside, key, where in texts
        if not (isinstance(inside.get(key), str) and inside[key])
    ]
    if spec.get("scope") not in ("Namespaced", "Cluster"):
        wrong.append(Fault(f"{pointer}/spec/scope", "must be Namespaced or Cluster"))
    if not isinstance(versions, list | tuple) or not versions:
        wrong.append(Fault(f"{pointer}/spec/versions", "must be a list that is not empty"))
    if wrong:
        faults += wrong
        return found
    kind = names["kind"]
    for place, one in enumerate(cast("list[object]", versions)):
        where = f"{pointer}/spec/versions/{place}"
        version = cast("Mapping[str, Any]", one if isinstance(one, Mapping) else {})
        if not isinstance(version.get("name"), str):
            faults.append(Fault(f"{where}/name", "must be a text"))
            continue
        resource = Resource(
            plural=names["plural"],
            singular=names.get("singular") or kind.lower(),
            scope=spec["scope"],
            short_names=tuple(names.get("shortNames") or ()),
            subresources=tuple(sorted(version.get("subresources") or ())),
            verbs=(
                *("delete", "deletecollection", "get", "list"),
                *("patch", "create", "update", "watch"),
            ),
        )
        held: Mapping[str, Any] = version.get("schema") or {}
        schema: Mapping[str, Any] = held.get("openAPIV3Schema") or {"type": "object"}
        # The API server itself knows these three, whatever a CRD says of them.
        properties: dict[str, Any] = {
            **(schema.get("properties") or {}),
            "apiVersion": {"type": "string"},
            "kind": {"type": "string"},
            "metadata": {"$ref": _OBJECT_META},
        }
        gvk = Gvk(f"{spec['group']}/{version['name']}", kind)
        found[gvk] = (resource, {**schema, "properties": properties})
    return found


def _part(
    inside: Mapping[str, Any], key: str, pointer: str, faults: list[Fault]
) -> Mapping[str, Any]:
    part = inside.get(key)
    if isinstance(part, Mapping):
        return cast("Mapping[str, Any]", part)
    faults.append(Fault(f"{pointer}/{key}", "must be an object"))
    return {}
