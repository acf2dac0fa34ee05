"""The OpenAPI documents the simulated server publishes: an index, and one for each version.

1. Made when they are asked for, from the facts and texts of the kinds and from definitions.
2. A hash stands for what a document is made of, so the index costs no document; only equality of
   hashes means anything, as for the server's own.

Source: k8s.io/kube-openapi pkg/handler3; k8s.io/apiextensions-apiserver
pkg/controller/openapi/builder; recorded documents.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, Final, NamedTuple, cast

import msgspec

from reconcile.kinds._facts import load, schema_named
from reconcile.kinds._index import MODULES
from reconcile.simulate.publishing.descriptions import described, descriptions
from reconcile.simulate.publishing.openapi_custom import custom_names, custom_schemas
from reconcile.simulate.publishing.openapi_paths import META, PREFIX, paths_of, root_path
from reconcile.simulate.publishing.resources import Resources, Served
from reconcile.value.types import Json, JsonObject

__all__ = ["Published", "document", "index", "names_of", "published", "schemas_of"]

_GVK: Final = "x-kubernetes-group-version-kind"
_SPEAKING: Final = ("DeleteOptions", "WatchEvent")
"""Kinds that each group and version has as its own."""
_SERVER_ONLY: Final = frozenset(
    {
        *("admission.k8s.io", "apiextensions.k8s.io", "apiregistration.k8s.io"),
        "imagepolicy.k8s.io",
    }
)
"""Groups whose kinds clients have no library for."""
_SECURITY: Final[JsonObject] = {
    "BearerToken": {
        "type": "apiKey",
        "description": "Bearer Token authentication",
        "name": "authorization",
        "in": "header",
    }
}
_INFO: Final[JsonObject] = {"title": "Kubernetes", "version": "v1.36.3"}
_CUSTOM_INFO: Final[JsonObject] = {"title": "Kubernetes CRD Swagger", "version": "v0.1.0"}
_ROOTS: Final[Mapping[str, str | None]] = {
    ".well-known/openid-configuration": None,
    "api": f"{META}APIVersions",
    "apis": f"{META}APIGroupList",
    "openid/v1/jwks": None,
    "version": "io.k8s.apimachinery.pkg.version.Info",
}


class Published(NamedTuple):
    """An answer about OpenAPI; `document` is None where the status says it all."""

    status: int
    document: JsonObject | None
    headers: Mapping[str, str]


def published(
    resources: Resources,
    crds: Iterable[Mapping[str, Any]],
    path: str,
    *,
    asked_hash: str = "",
    if_none_match: str = "",
) -> Published | None:
    """Return the answer to a GET below `/openapi/v3`, None if the path is none of ours.

    Shape: `path` is without the query, whose `hash` is `asked_hash`. `crds` are the definitions
        that `resources` was made with. The caller writes the document as JSON.
    """
    rest = path.removeprefix("/openapi/v3").strip("/")
    if not path.startswith("/openapi/v3") or (rest and path[11] != "/"):
        return None
    definitions = list(crds)
    if not rest:
        made = index(resources, definitions)
        return _tagged(_hash(msgspec.json.encode(made)), made, if_none_match)
    documents = _documents(resources)
    if rest not in documents:
        return Published(404, None, {})
    known = _hash_of(resources, definitions, rest, documents[rest])
    if asked_hash and asked_hash != known:
        return Published(301, None, {"Location": f"/openapi/v3/{rest}?hash={known}"})
    if f'"{known}"' in if_none_match:
        return _tagged(known, {}, if_none_match)
    answer = _tagged(known, document(resources, definitions, rest), if_none_match)
    if asked_hash:
        return answer._replace(headers={**answer.headers, "Cache-Control": "public, immutable"})
    return answer


def _tagged(digest: str, made: JsonObject, if_none_match: str) -> Published:
    headers = {"ETag": f'"{digest}"', "Vary": "Accept"}
    if headers["ETag"] in if_none_match:
        return Published(304, None, headers)
    return Published(200, made, headers)


def index(resources: Resources, crds: Iterable[Mapping[str, Any]]) -> JsonObject:
    """Return the list of documents, each with the hash of its contents."""
    definitions = list(crds)
    paths: JsonObject = {}
    documents = _documents(resources)
    for path in sorted(documents):
        digest = _hash_of(resources, definitions, path, documents[path])
        paths[path] = {"serverRelativeURL": f"/openapi/v3/{path}?hash={digest}"}
    return {"paths": paths}


def document(resources: Resources, crds: Iterable[Mapping[str, Any]], path: str) -> JsonObject:
    """Return one document, such as `apis/apps/v1`.

    Raises: KeyError if there is none.
    """
    version = _documents(resources)[path]
    if version is None:
        schema = _ROOTS.get(path, f"{META}APIGroup")
        return _assembled(root_path(f"/{path}/", schema), {}, ("", ""))
    served = resources.of_version(*version) or ()
    names = names_of(served)
    built_in = [each for each in served if not each.custom]
    paths: dict[str, JsonObject] = {}
    if built_in:
        paths.update(root_path(f"/{path}/", f"{META}APIResourceList"))
    for each in served:
        paths.update(paths_of(each, names))
    return _assembled(paths, custom_schemas(served, crds, old=False), version)


def names_of(served: Iterable[Served]) -> dict[tuple[str, str], str]:
    """Return the names of the schemas that resources speak, by version and kind."""
    names: dict[tuple[str, str], str] = {}
    for each in served:
        if each.custom:
            names.update(custom_names(each))
        else:
            kinds = load(MODULES[each.api_version]).kinds
            names.update({(each.api_version, kind): name for kind, name in kinds.items()})
        for part in each.subresources.values():
            if part.version:
                spoken = f"{part.group}/{part.version}"
                names[spoken, part.kind] = _spoken(spoken, part.kind)
    return names


def _spoken(api_version: str, kind: str) -> str:
    """Return the name of a kind that only a subresource of another group speaks."""
    return next(
        name
        for name, schema in load(MODULES[api_version]).schemas.items()
        if any(known["kind"] == kind for known in schema.get(_GVK, ()))
    )


def schemas_of(roots: Iterable[str], own: Mapping[str, JsonObject]) -> dict[str, JsonObject]:
    """Return schemas, and all that they refer to, by name.

    Shape: `own` are schemas that no facts hold.
    """
    found: dict[str, JsonObject] = {}
    waiting = list(roots)
    while waiting:
        name = waiting.pop()
        if name not in found:
            schema = own.get(name)
            found[name] = _schema(name) if schema is None else schema
            waiting.extend(_references(found[name]))
    return dict(sorted(found.items()))


@cache
def _schema(name: str) -> JsonObject:
    other = descriptions().others.get(name)
    return other if other is not None else described(name, schema_named(name))


def _assembled(
    paths: Mapping[str, JsonObject], own: Mapping[str, JsonObject], version: tuple[str, str]
) -> JsonObject:
    schemas = schemas_of(_references(dict(paths)), own)
    for kind in _SPEAKING:
        name = f"{META}{kind}"
        if name in schemas:
            versions = _of_clients() if own else dict.fromkeys((("", "v1"), version))
            known: list[Json] = [
                {"group": group, "kind": kind, "version": each} for group, each in versions
            ]
            schemas[name] = {**schemas[name], _GVK: known}
    components: JsonObject = {}
    if schemas:
        components["schemas"] = cast("Json", schemas)
    if not own:
        components["securitySchemes"] = _SECURITY
    return {
        "openapi": "3.0.0",
        "info": dict(_CUSTOM_INFO if own else _INFO),
        "paths": dict(sorted(paths.items())),
        "components": components,
    }


def _of_clients() -> list[tuple[str, str]]:
    """Return the versions that the part of the server for custom resources knows of."""
    return [each for each in descriptions().registered if each[0] not in _SERVER_ONLY]


def _references(value: object) -> list[str]:
    """Return the names of schemas that are referred to anywhere inside of a value."""
    found: dict[str, None] = {}
    waiting: list[object] = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict):
            for key, inner in cast("dict[str, object]", each).items():
                if key == "$ref" and isinstance(inner, str):
                    found[inner.removeprefix(PREFIX)] = None
                else:
                    waiting.append(inner)
        elif isinstance(each, list):
            waiting.extend(cast("list[object]", each))
    return list(found)


def _documents(resources: Resources) -> dict[str, tuple[str, str] | None]:
    """Return the paths of all documents, with the group and version they are of."""
    found: dict[str, tuple[str, str] | None] = dict.fromkeys(_ROOTS)
    found["api/v1"] = ("", "v1")
    for group in resources.groups():
        for version in group.versions:
            found[f"apis/{group.name}/{version}"] = (group.name, version)
        if any(
            not each.custom for v in group.versions for each in _served(resources, group.name, v)
        ):
            found[f"apis/{group.name}"] = None
    return found


def _served(resources: Resources, group: str, version: str) -> tuple[Served, ...]:
    return resources.of_version(group, version) or ()


def _hash_of(
    resources: Resources,
    crds: list[Mapping[str, Any]],
    path: str,
    version: tuple[str, str] | None,
) -> str:
    """Return what stands for the contents of a document."""
    made_of: list[Any] = [path]
    if version is not None:
        served = [each for each in _served(resources, *version) if each.custom]
        known = {each.qualified for each in served}
        made_of += sorted(_contents(crd) for crd in crds if _named(crd) in known)
    return _hash(msgspec.json.encode(made_of))


def _contents(crd: Mapping[str, Any]) -> tuple[str, str]:
    """Return what stands for a definition."""
    try:
        contents = msgspec.json.encode(crd["spec"], order="sorted")
    except RecursionError:
        # Nested beyond all measure, and cut off when it is published: its version will do.
        about = {key: crd["metadata"].get(key) for key in ("uid", "generation", "resourceVersion")}
        contents = msgspec.json.encode(about)
    return _named(crd), _hash(contents)


def _named(crd: Mapping[str, Any]) -> str:
    return str(crd["metadata"]["name"])


def _hash(data: bytes) -> str:
    return hashlib.sha512(data).hexdigest().upper()
