"""CertificateSigningRequests: what the API server refuses of them.

1. Of the request itself the frame is looked at; not whether it is a good one, and signed.

Source: k8s.io/kubernetes pkg/apis/certificates/validation/validation.go, 1.36.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING, Final

from ._primitives import (
    duplicate,
    invalid,
    not_supported,
    required,
)
from ._read import number, obj, objs, text, texts
from ._rules import Rules
from ._shared import signer_name

if TYPE_CHECKING:
    from reconcile.kinds.field_error import FieldError
    from reconcile.value.types import JsonObject

__all__ = ["RULES"]

_SHORTEST: Final = 600
_USAGES: Final = (
    "any",
    "cert sign",
    "client auth",
    "code signing",
    "content commitment",
    "crl sign",
    "data encipherment",
    "decipher only",
    "digital signature",
    "email protection",
    "encipher only",
    "ipsec end system",
    "ipsec tunnel",
    "ipsec user",
    "key agreement",
    "key encipherment",
    "microsoft sgc",
    "netscape sgc",
    "ocsp signing",
    "s/mime",
    "server auth",
    "signing",
    "timestamping",
)
_CONDITIONS: Final = frozenset({"Approved", "Denied", "Failed"})


def _request(document: JsonObject) -> list[FieldError]:
    spec = obj(document, "spec")
    found: list[FieldError] = []
    held = text(spec, "request")
    if _block_type(held) != "CERTIFICATE REQUEST":
        what = "PEM block type must be CERTIFICATE REQUEST"
        found.append(invalid("spec.request", held, what))
    usages = texts(spec, "usages")
    if not usages:
        found.append(required("spec.usages"))
    for index, each in enumerate(usages):
        if each not in _USAGES:
            found.append(not_supported(f"spec.usages[{index}]", each, _USAGES))
        elif each in usages[:index]:
            found.append(duplicate(f"spec.usages[{index}]", each))
    found.extend(signer_name(text(spec, "signerName"), "spec.signerName"))
    seconds = number(spec, "expirationSeconds")
    if seconds is not None and seconds < _SHORTEST:
        what = "may not specify a duration less than 600 seconds (10 minutes)"
        found.append(invalid("spec.expirationSeconds", seconds, what))
    return found


def _block_type(held: str) -> str:
    """Return the type of the first PEM block in a text in base64."""
    try:
        content = base64.b64decode(held).decode("ascii", "replace")
    except (binascii.Error, ValueError):
        return ""
    match = re.search(r"-----BEGIN ([^\n]*?)-----\s*\n.*?-----END \1-----", content, re.DOTALL)
    return match[1] if match else ""


def _conditions(document: JsonObject) -> list[FieldError]:
    found: list[FieldError] = []
    seen: set[str] = set()
    conditions = objs(obj(document, "status"), "conditions")
    for index, each in enumerate(conditions):
        path = f"status.conditions[{index}]"
        kind, status = text(each, "type"), text(each, "status")
        if not kind:
            found.append(required(f"{path}.type"))
        if kind in _CONDITIONS and status != "True":
            found.append(not_supported(f"{path}.status", status, ["True"]))
        if kind in seen:
            found.append(duplicate(f"{path}.type", kind))
        seen.add(kind)
    if {"Approved", "Denied"} <= seen:
        what = "Approved and Denied conditions are mutually exclusive"
        shown = obj(document, "status").get("conditions")
        found.append(invalid("status.conditions", shown, what))
    return found


def _request_update(_before: JsonObject, after: JsonObject) -> list[FieldError]:
    return _request(after)  # its spec cannot be changed: the server keeps it as it was


def _request_status(_before: JsonObject, after: JsonObject) -> list[FieldError]:
    return _conditions(after)


RULES: Final = {
    "CertificateSigningRequest": Rules(_request, _request_update, _request_status, again=1),
}
