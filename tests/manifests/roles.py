"""What roles allow, judged as the API server's authorizer does; and what Metacontroller asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

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
