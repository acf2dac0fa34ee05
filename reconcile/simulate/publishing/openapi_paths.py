"""What may be done with a resource, as OpenAPI tells it: paths and operations.

1. Pure functions of a resource and the names of the schemas it speaks; version 3 is made here,
   version 2 is made from it.
2. Operations hold what clients look at: kinds, actions, parameters, bodies, answers.

Source: k8s.io/apiserver pkg/endpoints/installer.go; k8s.io/apiextensions-apiserver
pkg/controller/openapi/builder; path names of recorded documents.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from reconcile.simulate.publishing.resources import Part, Served
from reconcile.value.types import Json, JsonObject

__all__ = ["META", "PREFIX", "Names", "paths_of", "ref", "root_path"]

META: Final = "io.k8s.apimachinery.pkg.apis.meta.v1."
PREFIX: Final = "#/components/schemas/"
Names = Mapping[tuple[str, str], str]
"""Group-and-version and kind -> name of the schema."""

_GVK: Final = "x-kubernetes-group-version-kind"
_ACTION: Final = "x-kubernetes-action"
_JSON: Final = "application/json"
_READ_TYPES: Final = (_JSON, "application/yaml", "application/vnd.kubernetes.protobuf")
_ISSUER: Final = "ServiceAccountIssuerOpenID"
_KEYS: Final = "get service account issuer OpenID JSON Web Key Set"
_ROOTS: Final = {
    "/api/": ("getCoreAPIVersions", "core", "get available API versions"),
    "/apis/": ("getAPIVersions", "apis", "get available API versions"),
    "/version/": ("getCodeVersion", "version", "get the version information for this server"),
    "/.well-known/openid-configuration/": (
        f"get{_ISSUER}Configuration",
        "WellKnown",
        "get service account issuer OpenID configuration, also known as the 'OIDC discovery doc'",
    ),
    "/openid/v1/jwks/": (
        f"get{_ISSUER}Keyset",
        "openid",
        f"{_KEYS} (contains public token verification keys)",
    ),
}
"""Path -> name, tag and text of its operation."""
_OBJECT_TYPES: Final = (_JSON, "application/vnd.kubernetes.protobuf", "application/yaml")
_STREAM_TYPES: Final = (
    f"{_JSON};stream=watch",
    "application/vnd.kubernetes.protobuf;stream=watch",
)
_CUSTOM_TYPES: Final = (_JSON, "application/yaml")
_PATCH_TYPES: Final = (
    "application/apply-patch+yaml",
    "application/json-patch+json",
    "application/merge-patch+json",
)
_STRATEGIC: Final = "application/strategic-merge-patch+json"
_METHODS: Final = {"get": "get", "create": "post", "update": "put", "patch": "patch"}
_METHODS_OF_CONNECT: Final = {**_METHODS, "delete": "delete"}
_IN_WORDS: Final = {
    "list": "list or watch objects of kind {kind}",
    "get": "read the specified {kind}",
    "post": "create a {kind}",
    "put": "replace the specified {kind}",
    "patch": "partially update the specified {kind}",
    "delete": "delete a {kind}",
    "deletecollection": "delete collection of {kind}",
    "watch": "watch changes to an object of kind {kind}",
    "watchlist": "watch individual changes to a list of {kind}",
    "connect": "connect requests to {part} of {kind}",
}
_VERBS_IN_IDS: Final = {
    "get": "read",
    "post": "create",
    "put": "replace",
    "deletecollection": "delete",
    "watchlist": "watch",
}
_BOOLEAN: Final = "boolean"
_LIST_QUERY: Final = (
    ("allowWatchBookmarks", _BOOLEAN),
    ("continue", "string"),
    ("fieldSelector", "string"),
    ("labelSelector", "string"),
    ("limit", "integer"),
    ("resourceVersion", "string"),
    ("resourceVersionMatch", "string"),
    ("sendInitialEvents", _BOOLEAN),
    ("shardSelector", "string"),
    ("timeoutSeconds", "integer"),
    ("watch", _BOOLEAN),
)
_WRITE_QUERY: Final = (
    ("dryRun", "string"),
    ("fieldManager", "string"),
    ("fieldValidation", "string"),
)
_DELETE_QUERY: Final = (
    ("dryRun", "string"),
    ("gracePeriodSeconds", "integer"),
    ("ignoreStoreReadErrorWithClusterBreakingPotential", _BOOLEAN),
    ("orphanDependents", _BOOLEAN),
    ("propagationPolicy", "string"),
)
_QUERIES: Final[dict[str, tuple[tuple[str, str], ...]]] = {
    "list": _LIST_QUERY,
    "watch": _LIST_QUERY,
    "watchlist": _LIST_QUERY,
    "post": _WRITE_QUERY,
    "put": _WRITE_QUERY,
    "patch": (*_WRITE_QUERY, ("force", _BOOLEAN)),
    "delete": _DELETE_QUERY,
    "deletecollection": (*_DELETE_QUERY, *_LIST_QUERY[1:-1]),
}


def ref(name: str) -> JsonObject:
    """Return a reference to a schema."""
    return {"$ref": f"{PREFIX}{name}"}


def root_path(path: str, schema: str | None) -> dict[str, JsonObject]:
    """Return the path of a document that is only read, such as a list of resources."""
    name, tag, description = _ROOTS.get(path, ("", "", ""))
    if not name:
        group, _, version = path.strip("/").removeprefix("apis/").partition("/")
        if path.startswith("/api/"):
            group, version = "core", path.strip("/").partition("/")[2]
        group = group.removesuffix(".k8s.io")
        tag = _camel(group, first=False) + (f"_{version}" if version else "")
        what = "APIResources" if version else "APIGroup"
        name = f"get{_camel(group)}{_camel(version)}{what}"
        description = "get available resources" if version else "get information of a group"
    answer: JsonObject = {"description": "OK"}
    types = (_JSON,) if schema is None or "version.Info" in schema else _READ_TYPES
    answer["content"] = _content(types, {"type": "string"} if schema is None else ref(schema))
    operation: JsonObject = {
        "tags": [tag],
        "description": description,
        "operationId": name,
        "responses": {"200": answer, "401": {"description": "Unauthorized"}},
    }
    return {path: {"get": operation}}


class _Maker:
    """Makes the paths of one resource."""

    def __init__(self, served: Served, names: Names) -> None:
        self.served = served
        self.names = names
        group, version = served.group, served.version
        self.base = f"/apis/{group}/{version}" if group else f"/api/{version}"
        short = group.removesuffix(".k8s.io") or "core"
        self.group_words = _camel(short) + _camel(version)
        self.tag = f"{_camel(short, first=False)}_{version}"
        self.types = _CUSTOM_TYPES if served.custom else _OBJECT_TYPES

    def paths(self) -> dict[str, JsonObject]:
        served, verbs = self.served, frozenset(self.served.verbs)
        inside = "/namespaces/{namespace}" if served.namespaced else ""
        collection = f"{self.base}{inside}/{served.plural}"
        one = f"{collection}/{{name}}"
        made = {
            collection: self.collection(verbs),
            one: self.single(verbs),
        }
        if served.namespaced and "list" in verbs:
            item = self.item({"get": self.operation("list", "list", everywhere=True)}, "list")
            made[f"{self.base}/{served.plural}"] = item
        for name, part in served.subresources.items():
            made.update(self.part(f"{one}/{name}", name, part))
        if "watch" in verbs and not served.custom:
            made.update(self.watches(inside))
        return {path: item for path, item in made.items() if item}

    def collection(self, verbs: frozenset[str]) -> JsonObject:
        made: JsonObject = {}
        if "list" in verbs:
            made["get"] = self.operation("list", "list")
        if "create" in verbs:
            made["post"] = self.operation("post", "post")
        if "deletecollection" in verbs:
            made["delete"] = self.operation("deletecollection", "deletecollection")
        return self.item(made, "collection")

    def single(self, verbs: frozenset[str]) -> JsonObject:
        made: JsonObject = {
            method: self.operation(method, method)
            for verb, method in _METHODS_OF_CONNECT.items()
            if verb in verbs and verb != "create"
        }
        return self.item(made, "single")

    def part(self, path: str, name: str, part: Part) -> dict[str, JsonObject]:
        kind = part.kind
        if kind.endswith("Options") or name == "log":
            return self.connection(path, name, part)
        made: JsonObject = {
            method: self.operation(method, method, part=part, name=name)
            for verb, method in _METHODS.items()
            if verb in part.verbs
        }
        return {path: self.item(made, "single")}

    def connection(self, path: str, name: str, part: Part) -> dict[str, JsonObject]:
        log = name == "log"
        methods = [method for verb, method in _METHODS_OF_CONNECT.items() if verb in part.verbs]
        if name == "proxy":
            methods += ["options", "head"]
        made: JsonObject = {
            method: self.operation("get" if log else "connect", method, part=part, name=name)
            for method in methods
        }
        found = {path: self.item(made, "single")}
        if name == "proxy":
            further: JsonObject = {
                method: self.operation("connect", method, part=part, name="proxyWithPath")
                for method in methods
            }
            item = self.item(further, "single")
            parameters = item["parameters"]
            assert isinstance(parameters, list)
            parameters.append(_parameter("path", "string", where="path"))
            found[f"{path}/{{path}}"] = item
        return found

    def watches(self, inside: str) -> dict[str, JsonObject]:
        plural, base = self.served.plural, f"{self.base}/watch"
        listed = self.item({"get": self.operation("watchlist", "watchlist")}, "collection")
        one = self.item({"get": self.operation("watch", "watch")}, "single")
        made = {f"{base}{inside}/{plural}": listed, f"{base}{inside}/{plural}/{{name}}": one}
        if inside:
            operation = self.operation("watchlist", "watchlist", everywhere=True)
            made[f"{base}/{plural}"] = self.item({"get": operation}, "list")
        return made

    def item(self, operations: JsonObject, reach: str) -> JsonObject:
        """Return a path with its parameters, empty if nothing can be done there."""
        if not operations:
            return {}
        parameters: list[Json] = []
        if reach == "single":
            parameters.append(_parameter("name", "string", where="path"))
        if self.served.namespaced and reach != "list":
            parameters.append(_parameter("namespace", "string", where="path"))
        parameters.append(_parameter("pretty", "string"))
        return {**operations, "parameters": parameters}

    def operation(
        self,
        action: str,
        method: str,
        *,
        part: Part | None = None,
        name: str = "",
        everywhere: bool = False,
    ) -> JsonObject:
        served = self.served
        kind = served.kind if part is None else part.kind
        group, version = served.group, served.version
        if part is not None and part.version:
            group, version = part.group, part.version
        reach = "Namespaced" if served.namespaced and not everywhere else ""
        if action == "deletecollection":
            reach = f"Collection{reach}"
        if action == "connect":
            reach = f"{_camel(method)}{reach}"
        verb = _VERBS_IN_IDS.get(action, action)
        words = f"{served.kind}{_camel(name)}" if name else served.kind
        tail = "List" if action == "watchlist" else ""
        if everywhere and served.namespaced:
            tail += "ForAllNamespaces"
        made: JsonObject = {
            "description": _IN_WORDS[action].format(
                kind=served.kind if action == "connect" else kind, part=name[:5]
            ),
            "operationId": f"{verb}{self.group_words}{reach}{words}{tail}",
            "tags": [self.tag],
            _ACTION: action,
            _GVK: self.known(group, version, kind),
        }
        query = _QUERIES.get(action, ())
        if query:
            made["parameters"] = [_parameter(each, of) for each, of in query]
        body = self.body(action, group, version, kind)
        if body is not None:
            made["requestBody"] = body
        made["responses"] = self.answers(action, group, version, kind, text=name == "log")
        return made

    def known(self, group: str, version: str, kind: str) -> JsonObject:
        """Return the kind an operation is of; of a custom resource it is always its own."""
        served = self.served
        if served.custom:
            group, version, kind = served.group, served.version, served.kind
        return {"group": group, "version": version, "kind": kind}

    def body(self, action: str, group: str, version: str, kind: str) -> JsonObject | None:
        if action in ("post", "put"):
            schema = ref(self.named(group, version, kind))
            types: tuple[str, ...] = ("*/*",) if not self.served.custom else self.types
            return {"content": _content(types, schema), "required": True}
        if action == "patch":
            types = _PATCH_TYPES if self.served.custom else (*_PATCH_TYPES, _STRATEGIC)
            return {"content": _content(types, ref(f"{META}Patch")), "required": True}
        if action in ("delete", "deletecollection"):
            types = ("*/*",) if not self.served.custom else self.types
            return {"content": _content(types, ref(f"{META}DeleteOptions"))}
        return None

    def answers(
        self, action: str, group: str, version: str, kind: str, *, text: bool
    ) -> JsonObject:
        types = self.types
        if action == "connect" or text:
            schema: JsonObject = {"type": "string"}
            types = ("*/*",) if action == "connect" else (*types, "text/plain")
        elif action == "list":
            schema = ref(self.named(group, version, self.served.list_kind))
            types = types if self.served.custom else (*types, *_STREAM_TYPES)
        elif action in ("watch", "watchlist"):
            schema = ref(f"{META}WatchEvent")
            types = (*types, *_STREAM_TYPES)
        elif action in ("delete", "deletecollection"):
            # What is deleted at once is told by a Status, other kinds by themselves.
            own = kind in _ANSWERED_BY_THEMSELVES and action == "delete"
            schema = ref(self.named(group, version, kind) if own else f"{META}Status")
        else:
            schema = ref(self.named(group, version, kind))
        content = _content(types, schema)
        made: JsonObject = {"200": {"description": "OK", "content": content}}
        if action in ("post", "put") or (action == "patch" and not self.served.custom):
            made["201"] = {"description": "Created", "content": content}
        if action in ("post", "delete"):
            made["202"] = {"description": "Accepted", "content": content}
        made["401"] = {"description": "Unauthorized"}
        return made

    def named(self, group: str, version: str, kind: str) -> str:
        api_version = f"{group}/{version}" if group else version
        return self.names[api_version, kind]


_ANSWERED_BY_THEMSELVES: Final = frozenset(
    {
        *("Pod", "PodTemplate", "PersistentVolume", "PersistentVolumeClaim", "ResourceQuota"),
        *("Service", "ServiceAccount", "StorageClass", "CSIDriver", "CSINode", "VolumeAttachment"),
        *("VolumeAttributesClass", "DeviceClass", "DeviceTaintRule", "ResourceClaim"),
        *("ResourceClaimTemplate", "ResourceSlice"),
    }
)


def paths_of(served: Served, names: Names) -> dict[str, JsonObject]:
    """Return the paths of a resource with their operations."""
    return _Maker(served, names).paths()


def _parameter(name: str, kind: str, *, where: str = "query") -> JsonObject:
    made: JsonObject = {"name": name, "in": where}
    if where == "path":
        made["required"] = True
    made["schema"] = {"type": kind, "uniqueItems": True}
    return made


def _content(types: tuple[str, ...], schema: JsonObject) -> JsonObject:
    return {each: {"schema": schema} for each in types}


def _camel(text: str, *, first: bool = True) -> str:
    """Return a name as it stands inside of a longer one, or as its beginning."""
    words = text.replace("-", ".").split(".")
    made = "".join(word[:1].upper() + word[1:] for word in words)
    return made if first else made[:1].lower() + made[1:]
