"""The conversion of a definition: none, or a webhook with an address.

Source: k8s.io/apiextensions-apiserver pkg/apis/apiextensions/validation/validation.go and
k8s.io/apiserver pkg/util/webhook/validation.go, 1.36.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from reconcile.kinds.validation._primitives import (
    dns_1035_label,
    dns_label,
    forbidden,
    invalid,
    not_supported,
    port_number,
    required,
)

from ._go import EMPTY

if TYPE_CHECKING:
    from reconcile.kinds.field_error import FieldError

__all__ = ["conversion_errors"]

_Map = Mapping[str, Any]
_KNOWN: Final = ("v1", "v1beta1")


def conversion_errors(conversion: _Map, path: str, *, lax_ca: bool) -> list[FieldError]:
    """Return what is wrong with a conversion.

    Shape: `lax_ca` lets any bundle of authorities pass.
    """
    if not conversion:
        return []
    found: list[FieldError] = []
    strategy = conversion.get("strategy") or ""
    if not strategy:
        found.append(required(f"{path}.strategy"))
    elif strategy not in {"None", "Webhook"}:
        found.append(not_supported(f"{path}.strategy", strategy, ("None", "Webhook")))
    webhook = conversion.get("webhook") or EMPTY
    client = webhook.get("clientConfig")
    reviews: list[str] = webhook.get("conversionReviewVersions") or []
    at = f"{path}.webhookClientConfig"
    if strategy != "Webhook":
        detail = "should not be set when strategy is not set to Webhook"
        if client is not None:
            found.append(forbidden(at, detail))
        if reviews:
            found.append(forbidden(f"{path}.conversionReviewVersions", detail))
        return found
    if client is None:
        found.append(required(at, "required when strategy is set to Webhook"))
    else:
        found.extend(_client(client, at, lax_ca=lax_ca))
    found.extend(_reviews(reviews, f"{path}.conversionReviewVersions"))
    return found


def _client(client: _Map, path: str, *, lax_ca: bool) -> list[FieldError]:
    url, service = client.get("url"), client.get("service")
    found: list[FieldError] = []
    if (url is None) == (service is None):
        found.append(required(path, "exactly one of url or service is required"))
    elif url is not None:
        found.extend(_url(url, f"{path}.url"))
    else:
        found.extend(_service(service or EMPTY, f"{path}.service"))
    bundle = client.get("caBundle")
    if bundle and not lax_ca and not _is_bundle(bundle):
        detail = "unable to load root certificates: unable to parse bytes as PEM block"
        found.append(invalid(f"{path}.caBundle", bundle, detail))
    return found


def _is_bundle(text: str) -> bool:
    try:
        return b"-----BEGIN CERTIFICATE-----" in base64.b64decode(text)
    except ValueError:
        return False


def _url(text: str, path: str) -> list[FieldError]:
    form = "; desired format: https://host[/path]"
    try:
        url = urlsplit(text)
    except ValueError as error:
        return [required(path, f"url must be a valid URL: {error}{form}")]
    found: list[FieldError] = []
    if url.scheme != "https":
        detail = f"'https' is the only allowed URL scheme{form}"
        found.append(invalid(path, url.scheme, detail))
    if not url.netloc:
        found.append(invalid(path, url.netloc, f"host must be specified{form}"))
    if "@" in url.netloc:
        user = url.netloc.rpartition("@")[0]
        found.append(invalid(path, user, f"user information is not permitted in the URL{form}"))
    if url.fragment:
        detail = f"fragments are not permitted in the URL{form}"
        found.append(invalid(path, url.fragment, detail))
    if url.query:
        detail = f"query parameters are not permitted in the URL{form}"
        found.append(invalid(path, url.query, detail))
    return found


def _service(service: _Map, path: str) -> list[FieldError]:
    found: list[FieldError] = []
    if not service.get("name"):
        found.append(required(f"{path}.name", "service name is required"))
    if not service.get("namespace"):
        found.append(required(f"{path}.namespace", "service namespace is required"))
    port = service.get("port", 443)
    if port_number(port):
        detail = f"port is not valid: {port_number(port)[0]}"
        found.append(invalid(f"{path}.port", port, detail))
    where = service.get("path")
    if where is None:
        return found
    at = f"{path}.path"
    if where == "":
        return found
    if where == "/":
        return found
    if not where.startswith("/"):
        found.append(invalid(at, where, "must start with a '/'"))
    steps = re.sub("^/", "", where)
    steps = steps.removesuffix("/")
    for index, step in enumerate(steps.split("/")):
        if not step:
            found.append(invalid(at, where, f"segment[{index}] may not be empty"))
            continue
        found.extend(invalid(at, where, f"segment[{index}]: {text}") for text in dns_label(step))
    return found


def _reviews(versions: Sequence[str], path: str) -> list[FieldError]:
    if not versions:
        return [required(path)]
    found: list[FieldError] = []
    seen: set[str] = set()
    for index, version in enumerate(versions):
        at = f"{path}[{index}]"
        if version in seen:
            found.append(invalid(at, version, "duplicate version"))
            continue
        seen.add(version)
        found.extend(invalid(at, version, text) for text in dns_1035_label(version))
    if not seen.intersection(_KNOWN):
        detail = f"must include at least one of {', '.join(_KNOWN)}"
        found.append(invalid(path, list(versions), detail))
    return found
