"""Parts of objects that have a path of their own: status, scale, and those of Pods and namespaces.

1. A part is read from its object and written through it: all that holds for a write of the whole
   (versions, owners of fields, generation) holds for a write of a part.
2. What needs a node of a real cluster (logs, exec, proxies) is refused.

Source: k8s.io/kubernetes pkg/registry/*/storage, pkg/registry/core/pod/storage; recorded
conversations.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconcile.kinds._facts import schema_named
from reconcile.kinds._schema import Schema
from reconcile.simulate.go.json import quoted
from reconcile.simulate.go.types import Unreadable, read
from reconcile.simulate.server import patching, scaling
from reconcile.simulate.server.bindings import bound
from reconcile.simulate.server.decoding import object_of, read_body
from reconcile.simulate.server.evictions import evicted
from reconcile.simulate.server.options import write_options
from reconcile.simulate.server.reading import get
from reconcile.simulate.server.status import ApiError, bad_request
from reconcile.simulate.server.tokens import token
from reconcile.simulate.server.writing import Outcome, Target, check_place, metadata_of, update

if TYPE_CHECKING:
    from reconcile.simulate.server.exchange import Request
    from reconcile.value.types import Absent, JsonIn, JsonObject

__all__ = ["answer"]

_POSTED = {
    "Binding": "io.k8s.api.core.v1.Binding",
    "Eviction": "io.k8s.api.policy.v1.Eviction",
    "TokenRequest": "io.k8s.api.authentication.v1.TokenRequest",
}


def answer(target: Target, request: Request) -> Outcome:
    """Answer a request about a part of an object; the method is one it has. Raises: ApiError."""
    body, media, query, user = request.body, request.media, request.query, request.user
    match target.subresource:
        case "scale":
            return scaling.answer(target, request)
        case "binding":
            options = write_options(query, "CreateOptions", user)
            return bound(target, _posted("Binding", body, media), options)
        case "eviction":
            return evicted(target, _posted("Eviction", body, media), query, user)
        case "token":
            return token(target, _posted("TokenRequest", body, media))
        case "log" | "attach" | "exec" | "portforward" | "proxy":
            raise _unreachable(target)
        case part if part.startswith("proxy/"):
            raise _unreachable(target)
        case _:
            pass
    if request.method == "GET":
        return Outcome(target.world, get(target, query), 200)
    if request.method == "PATCH":
        return patching.patch(target, body, media, query, user)
    options = write_options(query, "UpdateOptions", user)
    kind = target.type
    document, warnings = object_of(
        read_body(body, media, kind.served.kind), kind, options.validation
    )
    patching.same_object(target, document)
    after = kind.completed(document)
    check_place(target, after)
    expected = metadata_of(after).get("uid")
    outcome = update(
        target, lambda _: (after, []), options, expected_uid=str(expected) if expected else None
    )
    return outcome._replace(warnings=(*warnings, *outcome.warnings))


def _unreachable(target: Target) -> ApiError:
    """Return the answer to what would be passed on to where a container runs: none does."""
    if target.stored is None:
        return target.missing()
    if target.type.served.kind == "Pod":
        return bad_request(f"pod {target.name} does not have a host assigned")
    message = f"no endpoints available for service {quoted(target.name)}"
    if target.type.served.kind == "Node":
        message = f"error trying to reach node {quoted(target.name)}"
    return ApiError(503, "ServiceUnavailable", message)


def _posted(kind: str, body: bytes | JsonIn | Absent, media: str) -> JsonObject:
    """Return the object that is posted to a part. Raises: ApiError if it is none of the kind."""
    document = read_body(body, media, kind).document
    if not isinstance(document, dict):
        return {}
    version = str(document.get("apiVersion") or "").rpartition("/")[2]
    try:
        read(document, Schema({"$ref": _POSTED[kind]}, schema_named))
    except Unreadable as error:
        message = f'{kind} in version "{version}" cannot be handled as a {kind}: {error}'
        raise bad_request(message) from None
    return document
