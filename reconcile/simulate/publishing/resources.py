"""What the simulated API server serves: groups, versions, resources and their parts.

1. A value: the built-in resources are recorded facts, custom ones come from definitions. Nothing
   here knows of objects.
2. As a server with default settings does: a version that ends in alpha or beta is served only
   where somebody switched it on.
3. Resources of several versions, or of two groups, may share one storage: `Served.storage`.

Source: recorded discovery of API server 1.36; k8s.io/kubernetes pkg/controlplane/instance.go,
DefaultAPIResourceConfigSource; k8s.io/apiextensions-apiserver
customresource_discovery_controller.go.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, cached_property
from types import MappingProxyType
from typing import Any, Final, NamedTuple

import msgspec

from reconcile.value.types import JsonIn

__all__ = ["Group", "Part", "Resources", "Served", "Storage", "storage_hash", "version_order"]

_CUSTOM_VERBS: Final = (
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "create",
    "update",
    "watch",
)
# What is left of a definition that is being deleted.
_TERMINATING_VERBS: Final = ("delete", "deletecollection", "get", "list", "watch")
_PART_VERBS: Final = ("get", "patch", "update")
# Kinds whose use the server warns of.
_DEPRECATED: Final = {
    ("v1", "ComponentStatus"): "v1 ComponentStatus is deprecated in v1.19+",
    ("v1", "Endpoints"): (
        "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice"
    ),
}
_KUBE_VERSION: Final = re.compile(r"v([1-9][0-9]*)(?:(alpha|beta)([1-9][0-9]*))?")


class Part(NamedTuple):
    """A subresource: the kind it speaks, and what may be done with it."""

    kind: str
    group: str
    version: str
    """Empty, with `group`, if the kind is of the resource's own group and version."""
    verbs: tuple[str, ...]


class Storage(NamedTuple):
    """Where objects are kept: resources with the same storage show the same objects."""

    group: str
    kind: str
    version: str
    """The version they are stored in."""


class Served(NamedTuple):
    """A resource of one version, as it is served."""

    group: str
    version: str
    kind: str
    plural: str
    singular: str
    short_names: tuple[str, ...]
    categories: tuple[str, ...]
    namespaced: bool
    verbs: tuple[str, ...]
    """In the order in which discovery tells them."""
    list_kind: str
    subresources: Mapping[str, Part]
    storage: Storage | None
    """None for what is only asked and answered, such as reviews."""
    storage_hash: str
    """Empty where discovery tells none."""
    custom: bool = False
    columns: tuple[Mapping[str, Any], ...] = ()
    """The printer columns of a custom resource, as its definition has them."""
    warning: str | None = None
    """What the server warns of when the resource is used."""

    @property
    def api_version(self) -> str:
        """Return group and version as objects tell them."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def qualified(self) -> str:
        """Return the resource's name with its group, as in messages."""
        return f"{self.plural}.{self.group}" if self.group else self.plural


class Group(NamedTuple):
    """A group and its served versions; the first is preferred."""

    name: str
    versions: tuple[str, ...]


class _Resource(msgspec.Struct, frozen=True, rename="camel"):
    plural: str
    singular: str
    kind: str
    namespaced: bool
    verbs: tuple[str, ...]
    short_names: tuple[str, ...]
    categories: tuple[str, ...]
    storage: tuple[str, str] | None
    subresources: dict[str, tuple[str, str, str, tuple[str, ...]]]


class _Version(msgspec.Struct, frozen=True):
    version: str
    resources: tuple[_Resource, ...]


class _Group(msgspec.Struct, frozen=True):
    name: str
    versions: tuple[_Version, ...]


class Resources:
    """The resources a server serves, a value.

    Guarantees: never changes; `with_crds` returns another. Groups, versions and resources are in
        the order in which the server tells them.
    Cost: lookups are one or two of a dict.
    """

    __slots__ = ("__dict__", "_base", "_built_in", "_custom", "_order")

    def __init__(
        self,
        built_in: tuple[Served, ...],
        base: tuple[Group, ...],
        custom: tuple[Served, ...] = (),
        order: tuple[Group, ...] | None = None,
    ) -> None:
        self._built_in = built_in
        self._base = base
        self._custom = custom
        self._order = base if order is None else order

    @classmethod
    def built_in(cls, *, every_version: bool = False) -> Resources:
        """Return what a server without custom resources serves.

        `every_version` adds those that are off by default (`api/all=true`).
        """
        return _built_in(every_version)

    def with_crds(self, crds: Iterable[Mapping[str, JsonIn]]) -> Resources:
        """Return the same built-in resources, and those of these CustomResourceDefinitions.

        Shape: whole objects, as stored; the status counts, since only accepted names are served
            and only of an established definition. Custom resources of `self` are not kept.
        """
        custom: list[Served] = []
        versions: dict[str, set[str]] = {}
        for crd in sorted(crds, key=_name):
            for served in _of_crd(crd):
                custom.append(served)
                versions.setdefault(served.group, set()).add(served.version)
        known = {group.name: group.versions for group in self._base}
        order = dict(known)
        for name in sorted(versions):
            mine = sorted(versions[name].difference(known.get(name, ())), key=version_order)
            order[name] = (*mine, *known.get(name, ()))
        groups = tuple(Group(name, listed) for name, listed in order.items())
        return Resources(self._built_in, self._base, tuple(custom), groups)

    def by_path(self, group: str, version: str, plural: str) -> Served | None:
        """Return the resource of a path, None if it is not served."""
        return self._by_path.get((group, version, plural))

    def by_kind(self, api_version: str, kind: str) -> Served | None:
        """Return the resource of a kind, None if it is not served."""
        return self._by_kind.get((api_version, kind))

    def all(self) -> tuple[Served, ...]:
        """Return all resources, group by group and version by version."""
        return tuple(served for listed in self._by_version.values() for served in listed)

    def of_version(self, group: str, version: str) -> tuple[Served, ...] | None:
        """Return the resources of a group and version, None if it is not served."""
        return self._by_version.get((group, version))

    def groups(self) -> tuple[Group, ...]:
        """Return the named groups; the core group, whose name is empty, is not among them."""
        return tuple(group for group in self._order if group.name)

    def group(self, name: str) -> Group | None:
        """Return a group, the core group too, None if it is not served."""
        return next((group for group in self._order if group.name == name), None)

    def custom(self) -> tuple[Served, ...]:
        """Return the custom resources."""
        return self._custom

    @cached_property
    def _by_version(self) -> dict[tuple[str, str], tuple[Served, ...]]:
        found: dict[tuple[str, str], list[Served]] = {
            (group.name, version): [] for group in self._order for version in group.versions
        }
        for served in (*self._built_in, *self._custom):
            found[served.group, served.version].append(served)
        return {key: tuple(listed) for key, listed in found.items()}

    @cached_property
    def _by_path(self) -> dict[tuple[str, str, str], Served]:
        return {(served.group, served.version, served.plural): served for served in self.all()}

    @cached_property
    def _by_kind(self) -> dict[tuple[str, str], Served]:
        return {(served.api_version, served.kind): served for served in self.all()}


def storage_hash(group: str, version: str, kind: str) -> str:
    """Return how discovery tells in which version objects are stored.

    Source: k8s.io/apiserver pkg/endpoints/discovery/storageversionhash.go.
    """
    digest = hashlib.sha256(f"{group}/{version}/{kind}".encode()).digest()
    return base64.b64encode(digest[:8]).decode()


def version_order(version: str) -> tuple[int, int, int, str]:
    """Return a sort key that puts stable versions first and among equals the newest.

    Source: k8s.io/apimachinery pkg/version/helpers.go, CompareKubeAwareVersionStrings.
    """
    match = _KUBE_VERSION.fullmatch(version)
    if match is None:
        return (3, 0, 0, version)
    major, stage, minor = match.groups()
    rank = {None: 0, "beta": 1, "alpha": 2}[stage]
    return (rank, -int(major), -int(minor or 0), version)


@cache
def _recorded() -> tuple[_Group, ...]:
    # Reading the package's own data, which never change while a program runs. Imported here,
    # because most programs never ask.
    import gzip
    from importlib.resources import files

    archive = files("reconcile.simulate") / "data" / "served.json.gz"
    return msgspec.json.decode(gzip.decompress(archive.read_bytes()), type=tuple[_Group, ...])


@cache
def _built_in(every_version: bool) -> Resources:
    order: list[Group] = []
    found: list[Served] = []
    for group in _recorded():
        versions = [v for v in group.versions if every_version or _on_by_default(v.version)]
        if versions:
            order.append(Group(group.name, tuple(v.version for v in versions)))
        for version in versions:
            found += (_recorded_one(group.name, version.version, r) for r in version.resources)
    return Resources(tuple(found), tuple(order))


def _on_by_default(version: str) -> bool:
    return "alpha" not in version and "beta" not in version


def _recorded_one(group: str, version: str, about: _Resource) -> Served:
    parts = {name: Part(*part) for name, part in about.subresources.items()}
    storage = about.storage and Storage(about.storage[0], about.kind, about.storage[1])
    api_version = f"{group}/{version}" if group else version
    return Served(
        group=group,
        version=version,
        kind=about.kind,
        plural=about.plural,
        singular=about.singular,
        short_names=about.short_names,
        categories=about.categories,
        namespaced=about.namespaced,
        verbs=about.verbs,
        list_kind=f"{about.kind}List",
        subresources=MappingProxyType(parts),
        storage=storage,
        storage_hash=storage_hash(storage.group, storage.version, about.kind) if storage else "",
        warning=_DEPRECATED.get((api_version, about.kind)),
    )


def _name(crd: Mapping[str, Any]) -> str:
    return str(crd["metadata"]["name"])


def _of_crd(crd: Mapping[str, Any]) -> Iterator[Served]:
    """Yield the resources of a definition, one for each served version."""
    status: Mapping[str, Any] = crd.get("status") or {}
    conditions = {about["type"]: about["status"] for about in status.get("conditions") or ()}
    if conditions.get("Established") != "True":
        return
    spec: Mapping[str, Any] = crd["spec"]
    names: Mapping[str, Any] = status["acceptedNames"]
    group, kind = str(spec["group"]), str(names["kind"])
    stored = next(version for version in spec["versions"] if version["storage"])
    storage = Storage(group, kind, stored["name"])
    terminating = conditions.get("Terminating") == "True"
    for version in spec["versions"]:
        if not version["served"]:
            continue
        api_version = f"{group}/{version['name']}"
        warning = None
        if version.get("deprecated"):
            warning = version.get("deprecationWarning")
            warning = (
                _deprecated(api_version, version["name"], spec) if warning is None else warning
            )
        yield Served(
            group=group,
            version=version["name"],
            kind=kind,
            plural=names["plural"],
            singular=names.get("singular") or "",
            short_names=tuple(names.get("shortNames") or ()),
            categories=tuple(names.get("categories") or ()),
            namespaced=spec["scope"] == "Namespaced",
            verbs=_TERMINATING_VERBS if terminating else _CUSTOM_VERBS,
            list_kind=names.get("listKind") or f"{kind}List",
            subresources=_parts(kind, version.get("subresources") or {}),
            storage=storage,
            # The server looks for the storage version among those it serves.
            storage_hash=storage_hash(group, storage.version, kind) if stored["served"] else "",
            custom=True,
            columns=tuple(version.get("additionalPrinterColumns") or ()),
            warning=warning,
        )


def _deprecated(api_version: str, version: str, spec: Mapping[str, Any]) -> str:
    """Return the warning of a deprecated version whose definition words none."""
    kind = spec["names"]["kind"]
    better = [
        other["name"]
        for other in spec["versions"]
        if other["served"]
        and not other.get("deprecated")
        and version_order(other["name"]) < version_order(version)
    ]
    text = f"{api_version} {kind} is deprecated"
    if better:
        text += f"; use {spec['group']}/{min(better, key=version_order)} {kind}"
    return text


def _parts(kind: str, subresources: Mapping[str, Any]) -> Mapping[str, Part]:
    parts: dict[str, Part] = {}
    if subresources.get("status") is not None:
        parts["status"] = Part(kind, "", "", _PART_VERBS)
    if subresources.get("scale") is not None:
        parts["scale"] = Part("Scale", "autoscaling", "v1", _PART_VERBS)
    return MappingProxyType(parts)
