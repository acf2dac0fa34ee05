"""What the simulated server tells of itself: discovery, version, health, its root.

1. Pure functions of what is served. Objects have no part in it.
2. Both forms of discovery: one document for each group and version, and all of it at once
   (aggregated), which clients ask for with a media type.
3. A path that is none of these is none of ours: None.

Source: k8s.io/apiserver pkg/endpoints/discovery and .../aggregated; k8s.io/kube-aggregator
pkg/apiserver/handler_apis.go; k8s.io/apiextensions-apiserver
customresource_discovery_controller.go; recorded answers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

import msgspec

from reconcile.simulate.publishing.resources import Group, Part, Resources, Served
from reconcile.simulate.server.negotiation import JSON, check_route, negotiated
from reconcile.simulate.server.status import ApiError
from reconcile.value.types import Json, JsonObject

__all__ = ["VERSION", "Answer", "aggregated", "discovery", "resource_list"]

VERSION: Final[Mapping[str, str]] = MappingProxyType(
    {
        "major": "1",
        "minor": "36",
        "emulationMajor": "1",
        "emulationMinor": "36",
        "minCompatibilityMajor": "1",
        "minCompatibilityMinor": "35",
        "gitVersion": "v1.36.3",
        "gitCommit": "0000000000000000000000000000000000000000",
        "gitTreeState": "clean",
        "buildDate": "1970-01-01T00:00:00Z",
        "goVersion": "go1.26",
        "compiler": "gc",
        "platform": "linux/amd64",
    }
)
"""The version of the server that is simulated; nothing was built, so the rest says nothing."""
TEXT: Final = "text/plain; charset=utf-8"
_DISCOVERY: Final = "apidiscovery.k8s.io"
_HEALTH: Final = {
    "healthz": ("ping", "log", "etcd"),
    "livez": ("ping", "log", "etcd"),
    "readyz": ("ping", "log", "etcd", "etcd-readiness", "informer-sync", "shutdown"),
}
_ROOTS: Final = ("/metrics", "/openapi/v2", "/openapi/v3", "/openapi/v3/", "/version")


class Answer(NamedTuple):
    """An answer: a document, or text: where the content type says so, and none at all in a 304."""

    status: int
    content_type: str
    document: Json
    headers: Mapping[str, str] = MappingProxyType({})


def discovery(
    resources: Resources,
    path: str,
    accept: str = "",
    *,
    if_none_match: str = "",
    verbose: bool = False,
    address: str = "127.0.0.1:6443",
) -> Answer | None:
    """Return the answer to a GET of a path, None if it is none of discovery.

    Shape: `path` is without the query; `accept` and `if_none_match` are headers, empty if there
        are none; `verbose` says that the query asks health for details; `address` is where the
        server says it is.
    Raises: ApiError 406.
    """
    parts = [part for part in path.split("/") if part]
    match parts:
        case []:
            return Answer(200, JSON, {"paths": _paths(resources)})
        case ["version"]:
            return Answer(200, JSON, dict(VERSION))
        case [("healthz" | "livez" | "readyz") as name, *check]:
            return _health(name, "/".join(check), verbose=verbose)
        case ["api"]:
            return _everything(resources, accept, if_none_match, core=True) or Answer(
                200, negotiated(accept, transforms=False).media_type, _versions(address)
            )
        case ["apis"]:
            return _everything(resources, accept, if_none_match, core=False) or Answer(
                200, negotiated(accept, transforms=False).media_type, _groups(resources)
            )
        case ["apis", name]:
            group = resources.group(name)
            if group is None:
                return None
            about: JsonObject = {"kind": "APIGroup", "apiVersion": "v1", **_group(group)}
            return Answer(200, negotiated(accept, transforms=False).media_type, about)
        case ["api", version]:
            return _resources(resources, "", version, accept)
        case ["apis", name, version]:
            return _resources(resources, name, version, accept)
        case _:
            return None


def resource_list(group: str, version: str, served: tuple[Served, ...]) -> JsonObject:
    """Return the document of a group and version."""
    listed: list[Json] = []
    for each in served:
        listed.append(_resource(each))
        listed += (_part(each, name, part) for name, part in each.subresources.items())
    about: JsonObject = {"kind": "APIResourceList"}
    if group:
        about["apiVersion"] = "v1"
    about["groupVersion"] = f"{group}/{version}" if group else version
    about["resources"] = listed
    return about


def aggregated(resources: Resources, version: str, *, core: bool) -> JsonObject:
    """Return all of discovery at once, of the core group or of the others."""
    groups = [group for group in (resources.group(""), *resources.groups()) if group is not None]
    return {
        "kind": "APIGroupDiscoveryList",
        "apiVersion": f"{_DISCOVERY}/{version}",
        "metadata": {},
        "items": [
            {
                "metadata": {"name": group.name} if group.name else {},
                "versions": [
                    {
                        "version": name,
                        "resources": [
                            _found(served)
                            for served in resources.of_version(group.name, name) or ()
                        ],
                        "freshness": "Current",
                    }
                    for name in group.versions
                ],
            }
            for group in groups
            if bool(group.name) is not core
        ],
    }


def _everything(
    resources: Resources, accept: str, if_none_match: str, *, core: bool
) -> Answer | None:
    """Return aggregated discovery if that is what the client likes best."""
    try:
        form = negotiated(accept, group=_DISCOVERY)  # an empty header asks for documents
    except ApiError:
        return None
    target = form.target
    if target is None:
        return None
    document = aggregated(resources, target.version, core=core)
    digest = hashlib.sha512(msgspec.json.encode(document)).hexdigest().upper()
    headers = {"ETag": f'"{digest}"', "Vary": "Accept"}
    kind = f"{form.media_type};g={target.group};v={target.version};as={target.kind}"
    if headers["ETag"] in if_none_match:
        return Answer(304, kind, "", headers)
    return Answer(200, kind, document, headers)


def _resources(resources: Resources, group: str, version: str, accept: str) -> Answer | None:
    served = resources.of_version(group, version)
    if served is None:
        return None
    if not all(each.custom for each in served):
        check_route(accept)
    form = negotiated(accept, transforms=False)
    return Answer(200, form.media_type, resource_list(group, version, served))


def _resource(served: Served) -> JsonObject:
    about: JsonObject = {
        "name": served.plural,
        "singularName": served.singular,
        "namespaced": served.namespaced,
        "kind": served.kind,
        "verbs": list(served.verbs),
    }
    if served.short_names:
        about["shortNames"] = list(served.short_names)
    if served.categories:
        about["categories"] = list(served.categories)
    if served.storage_hash:
        about["storageVersionHash"] = served.storage_hash
    return about


def _part(served: Served, name: str, part: Part) -> JsonObject:
    about: JsonObject = {
        "name": f"{served.plural}/{name}",
        "singularName": "",
        "namespaced": served.namespaced,
    }
    if part.version:
        about["group"] = part.group
        about["version"] = part.version
    about["kind"] = part.kind
    about["verbs"] = list(part.verbs)
    return about


def _found(served: Served) -> JsonObject:
    # Built-in resources do not say the group and version of their kind here; custom ones do.
    own = (served.group, served.version) if served.custom else ("", "")
    about: JsonObject = {
        "resource": served.plural,
        "responseKind": _kind(*own, served.kind),
        "scope": "Namespaced" if served.namespaced else "Cluster",
        "singularResource": served.singular,
        "verbs": list(served.verbs),
    }
    if served.short_names:
        about["shortNames"] = list(served.short_names)
    if served.categories:
        about["categories"] = list(served.categories)
    if served.subresources:
        about["subresources"] = [
            {
                "subresource": name,
                "responseKind": _kind(
                    *((part.group, part.version) if part.version else own), part.kind
                ),
                "verbs": list(part.verbs),
            }
            for name, part in served.subresources.items()
        ]
    return about


def _kind(group: str, version: str, kind: str) -> JsonObject:
    return {"group": group, "version": version, "kind": kind}


def _versions(address: str) -> JsonObject:
    return {
        "kind": "APIVersions",
        "versions": ["v1"],
        "serverAddressByClientCIDRs": [{"clientCIDR": "0.0.0.0/0", "serverAddress": address}],
    }


def _groups(resources: Resources) -> JsonObject:
    groups: list[Json] = [_group(group) for group in resources.groups()]
    return {"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}


def _group(group: Group) -> JsonObject:
    versions: list[Json] = [
        {"groupVersion": f"{group.name}/{version}", "version": version}
        for version in group.versions
    ]
    return {"name": group.name, "versions": versions, "preferredVersion": versions[0]}


def _health(name: str, check: str, *, verbose: bool) -> Answer | None:
    checks = _HEALTH[name]
    if check:
        return Answer(200, TEXT, "ok") if check in checks else None
    if not verbose:
        return Answer(200, TEXT, "ok")
    lines = [*(f"[+]{each} ok" for each in checks), f"{name} check passed", ""]
    return Answer(200, TEXT, "\n".join(lines))


def _paths(resources: Resources) -> list[Json]:
    paths = {"/api", "/api/v1", "/apis", "/apis/", *_ROOTS}
    for group in resources.groups():
        paths.add(f"/apis/{group.name}")
        paths.update(f"/apis/{group.name}/{version}" for version in group.versions)
    for name, checks in _HEALTH.items():
        paths.add(f"/{name}")
        paths.update(f"/{name}/{check}" for check in checks)
    return list[Json](sorted(paths))
