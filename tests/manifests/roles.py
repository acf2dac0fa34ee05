"""What roles allow, judged as the API server's authorizer does; and what Metacontroller asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from reconcile.simulate.api_server import ApiServer

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pytest

    from reconcile.simulate import Cluster

VERBS = {"POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete", "GET": "get"}


class Asked(NamedTuple):
    """A request, as an authorizer sees it."""

    group: str
    resource: str
    """With its subresource."""
    verb: str


def asked(verb: str, uri: str) -> Asked:
    """Return what a request asks for."""
    parts = uri.partition("?")[0].strip("/").split("/")
    group, rest = ("", parts[2:]) if parts[0] == "api" else (parts[1], parts[3:])
    if rest[0] == "namespaces" and len(rest) > 2:
        rest = rest[2:]
    return Asked(group, "/".join([rest[0], *rest[2:3]]), verb)


def allowed(roles: Iterable[Mapping[str, Any]]) -> set[Asked]:
    """Return what ClusterRoles allow. None of ours has a wildcard."""
    return {
        Asked(group, resource, verb)
        for role in roles
        if role["kind"] == "ClusterRole"
        for rule in role["rules"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }


def listened(monkeypatch: pytest.MonkeyPatch) -> set[Asked]:
    """Return what Metacontroller asks of any simulated API server, as it goes on."""
    made: set[Asked] = set()
    request = ApiServer.request

    def noted(self: ApiServer, method: str, path: str, **more: Any) -> Any:
        if more.get("user") == "metacontroller":
            made.add(asked(VERBS[method], path))
        return request(self, method, path, **more)

    monkeypatch.setattr(ApiServer, "request", noted)
    return made


def watched(cluster: Cluster) -> set[Asked]:
    """Return what an informer asks for, for each kind that is watched."""
    made: set[Asked] = set()
    for prefix in cluster._process.cache.prefixes:
        group, name = prefix.rstrip("/").rsplit("/", 1)
        kinds = (
            cluster._server.catalogue.find_kind(f"{group}/{version}".lstrip("/"), name)
            for version in ("v1", "v1alpha1")
        )
        kind = next(each for each in kinds if each is not None)
        made |= {Asked(group, kind.served.plural, verb) for verb in ("list", "watch")}
    return made
