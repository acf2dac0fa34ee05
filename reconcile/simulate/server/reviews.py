"""What is posted and not kept: who somebody is, what he may do, where a Pod runs.

1. Everybody may do everything, as on the server that was recorded; nobody's token is known.
2. What is sent comes back with its managers; what the server makes itself has none.

Source: k8s.io/kubernetes pkg/registry/authorization, pkg/registry/authentication; recorded reviews.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconcile.simulate.server import managers
from reconcile.simulate.server.bindings import bound
from reconcile.simulate.server.clock import stamp
from reconcile.simulate.server.status import bad_request, invalid
from reconcile.simulate.server.writing import Outcome, Target, check_place, metadata_of

if TYPE_CHECKING:
    from reconcile.simulate.server.options import WriteOptions
    from reconcile.value.types import Json, JsonObject

__all__ = ["reviewed"]


def reviewed(target: Target, document: JsonObject, options: WriteOptions, user: str) -> Outcome:
    """Return the answer to a review.

    Shape: `document` is complete, and is used up.
    Raises: ApiError.
    """
    kind, world = target.type, target.world
    if kind.served.kind == "Binding":
        pods = target.catalogue.find("", "v1", "pods") or kind
        name = str(metadata_of(document).get("name") or "")
        return bound(target._replace(type=pods, name=name), document, options)
    check_place(target, document)
    document.pop("status", None)
    made = managers.created(kind, document, options.manager, stamp(world.now))
    match kind.served.kind:
        case "SelfSubjectReview":
            made = _own(document, "metadata", {"creationTimestamp": stamp(world.now)})
            made["status"] = {"userInfo": _user(user)}
        case "SelfSubjectRulesReview":
            spec = document.get("spec")
            if not isinstance(spec, dict) or not spec.get("namespace"):
                message = "no namespace on request"
                raise bad_request(message)
            made = _own(document, "metadata", {})
            made |= {"spec": {}, "status": _everything()}
        case "TokenReview":
            spec = document.get("spec")
            if not isinstance(spec, dict) or not spec.get("token"):
                message = "token is required for TokenReview in authentication"
                raise bad_request(message)
            made["status"] = {"user": {}, "error": "invalid bearer token"}
        case _:
            found = kind.create_errors(made)
            if found:  # the server leaves the kind out
                raise invalid("", kind.served.group, "", found)
            made["status"] = {"allowed": True}
    return Outcome(world, made, 201)


def _own(document: JsonObject, name: str, value: JsonObject) -> JsonObject:
    """Return an object that the server makes itself."""
    return {"kind": document["kind"], "apiVersion": document["apiVersion"], name: value}


def _user(name: str) -> JsonObject:
    groups: Json = ["system:masters", "system:authenticated"]
    return {"username": name, "uid": name, "groups": groups}


def _everything() -> JsonObject:
    resources: Json = [{"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}]
    urls: Json = [{"verbs": ["*"], "nonResourceURLs": ["*"]}]
    return {"resourceRules": resources, "nonResourceRules": urls, "incomplete": False}
