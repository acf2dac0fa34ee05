"""Tokens of ServiceAccounts on request: told, not kept, and not signed.

Source: k8s.io/kubernetes pkg/registry/core/serviceaccount/storage/token.go,
pkg/apis/authentication/validation.
"""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import msgspec

from reconcile.kinds.field_error import FieldError
from reconcile.simulate.server.clock import stamp
from reconcile.simulate.server.status import invalid
from reconcile.simulate.server.writing import Outcome

if TYPE_CHECKING:
    from reconcile.simulate.server.writing import Target
    from reconcile.value.types import Json, JsonObject

__all__ = ["token"]

_ISSUER: Final = "https://kubernetes.default.svc.cluster.local"
_HOUR: Final = 3600
_LEAST: Final = 600
_MOST: Final = 1 << 32


def token(target: Target, document: JsonObject) -> Outcome:
    """Answer a TokenRequest with a token that anybody can read, and nobody can have forged.

    Raises: ApiError for an account that is not there, 422 for a time that is none.
    """
    stored, now = target.stored, target.world.now
    if stored is None:
        raise target.missing()
    asked = document.get("spec")
    spec: JsonObject = asked if isinstance(asked, dict) else {}
    seconds = spec.get("expirationSeconds")
    if not isinstance(seconds, int):
        seconds = _HOUR
    wrong = "may not specify a duration less than 10 minutes" if seconds < _LEAST else ""
    if seconds > _MOST:
        wrong = "may not specify a duration larger than 2^32 seconds"
    if wrong:
        error = FieldError("FieldValueInvalid", "spec.expirationSeconds", wrong, seconds)
        raise invalid("TokenRequest", "authentication.k8s.io", target.name, [error])
    audiences: Json = spec.get("audiences") or [_ISSUER]
    ends = now + timedelta(seconds=seconds)
    claims: JsonObject = {
        "aud": audiences,
        "exp": int(ends.timestamp()),
        "iat": int(now.timestamp()),
        "iss": _ISSUER,
        "sub": f"system:serviceaccount:{target.namespace}:{target.name}",
    }
    made: JsonObject = {
        "kind": "TokenRequest",
        "apiVersion": "authentication.k8s.io/v1",
        "metadata": {
            "name": target.name,
            "namespace": target.namespace,
            "creationTimestamp": stamp(now),
        },
        "spec": {
            "audiences": audiences,
            "expirationSeconds": seconds,
            "boundObjectRef": spec.get("boundObjectRef"),
        },
        "status": {
            "token": f"{_part({'alg': 'none'})}.{_part(claims)}.",
            "expirationTimestamp": stamp(ends),
        },
    }
    return Outcome(target.world, made, 201)


def _part(claims: JsonObject) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(claims)).decode().rstrip("=")
