"""Files that volumes are made of: keys of data, fields of the Pod, tokens, certificates.

1. A volume may gather files of several sources; two files with one path are told at the volume.
2. Paths lead down from the volume's root.

Source: k8s.io/kubernetes pkg/apis/core/validation, validateProjectionSources (1.36).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ._go import printed
from ._primitives import (
    dns_subdomain,
    forbidden,
    invalid,
    not_supported,
    required,
)
from ._read import given, number, obj, objs, text
from ._shared import label_selector, selector_value, signer_name
from .pod_env import local_path, object_field, resource_field

if TYPE_CHECKING:
    from reconcile.kinds.field_error import FieldError
    from reconcile.value.types import JsonObject

__all__ = ["downward_file", "file_mode", "key_to_path", "projected"]

_MODE: Final = "must be a number between 0 and 0777 (octal), both inclusive"
_FIELDS: Final = (
    "metadata.annotations",
    "metadata.labels",
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
)
_KEY_TYPES: Final = ("RSA3072", "RSA4096", "ECDSAP256", "ECDSAP384", "ECDSAP521", "ED25519")
_DAYS: Final = 24 * 60 * 60
"""Seconds."""


def file_mode(document: JsonObject, name: str, path: str) -> list[FieldError]:
    """Return what is wrong with the permissions of files."""
    mode = number(document, name)
    if mode is None or 0 <= mode <= 0o777:
        return []
    return [invalid(f"{path}.{name}", mode, _MODE)]


def key_to_path(item: JsonObject, path: str) -> list[FieldError]:
    """Return what is wrong with a key that becomes a file."""
    found = [required(f"{path}.{name}") for name in ("key", "path") if not text(item, name)]
    found += local_path(text(item, "path"), f"{path}.path")
    return found + file_mode(item, "mode", path)


def downward_file(item: JsonObject, path: str) -> list[FieldError]:
    """Return what is wrong with a field of the Pod that becomes a file."""
    found = [] if text(item, "path") else [required(f"{path}.path")]
    found += local_path(text(item, "path"), f"{path}.path")
    if given(item, "fieldRef"):
        found += object_field(obj(item, "fieldRef"), _FIELDS, f"{path}.fieldRef")
        if given(item, "resourceFieldRef"):
            what = "fieldRef and resourceFieldRef can not be specified simultaneously"
            found.append(invalid(path, "resource", what))
    elif given(item, "resourceFieldRef"):
        held = obj(item, "resourceFieldRef")
        found += resource_field(held, f"{path}.resourceFieldRef", volume=True)
    else:
        found.append(required(path, "one of fieldRef and resourceFieldRef is required"))
    return found + file_mode(item, "mode", path)


def projected(volume: JsonObject, path: str) -> list[FieldError]:
    """Return what is wrong with a volume of several sources."""
    found = file_mode(volume, "defaultMode", path)
    paths: set[str] = set()
    for index, source in enumerate(objs(volume, "sources")):
        place = f"{path}.sources[{index}]"
        kinds = 0
        for name in ("secret", "configMap"):
            if given(source, name):
                kinds += 1
                found += _data(obj(source, name), paths, f"{place}.{name}", path)
        if given(source, "downwardAPI"):
            kinds += 1
            for item in objs(obj(source, "downwardAPI"), "items"):
                found += downward_file(item, f"{place}.downwardAPI")
                file = text(item, "path")
                found += _twice(file, file, paths, path)
        if given(source, "serviceAccountToken"):
            kinds += 1
            held = obj(source, "serviceAccountToken")
            found += _token(held, f"{place}.serviceAccountToken", path)
        if given(source, "clusterTrustBundle"):
            kinds += 1
            held = obj(source, "clusterTrustBundle")
            found += _trust(held, f"{place}.clusterTrustBundle")
            file = text(held, "path")
            found += _twice(file or "\0", file, paths, path)
        if given(source, "podCertificate"):
            kinds += 1
            held = obj(source, "podCertificate")
            found += _certificate(held, paths, f"{place}.podCertificate", path)
        if kinds > 1:
            what = "may not specify more than 1 volume type per source"
            found.append(forbidden(place, what))
    return found


def _twice(file: str, told: str, paths: set[str], path: str) -> list[FieldError]:
    """Return whether a path was there before; an empty one is none."""
    if not file:
        return []
    if file in paths:
        return [invalid(path, told, "conflicting duplicate paths")]
    paths.add(file)
    return []


def _data(source: JsonObject, paths: set[str], place: str, path: str) -> list[FieldError]:
    name = text(source, "name")
    found = [] if name else [required(f"{place}.name")]
    for index, item in enumerate(objs(source, "items")):
        found += key_to_path(item, f"{place}.items[{index}]")
        found += _twice(text(item, "path"), name, paths, path)
    return found


def _token(token: JsonObject, place: str, path: str) -> list[FieldError]:
    seconds = number(token, "expirationSeconds") or 0
    found: list[FieldError] = []
    if seconds < 10 * 60:
        what = "may not specify a duration less than 10 minutes"
        found.append(invalid(f"{place}.expirationSeconds", seconds, what))
    if seconds > 1 << 32:
        what = "may not specify a duration larger than 2^32 seconds"
        found.append(invalid(f"{place}.expirationSeconds", seconds, what))
    file = text(token, "path")
    return found + (local_path(file, f"{path}.path") if file else [required(f"{path}.path")])


def _trust(bundle: JsonObject, path: str) -> list[FieldError]:
    named, signed = given(bundle, "name"), given(bundle, "signerName")
    name, signer = text(bundle, "name"), text(bundle, "signerName")
    found: list[FieldError] = []
    if named and signed:
        what = "only one of name and signerName may be used"
        found.append(invalid(path, printed("TrustBundle", bundle), what))
    elif named:
        if not name:
            found.append(required(f"{path}.name", "must be a valid object name"))
        what = "not a valid clustertrustbundlename:"
        found += [invalid(f"{path}.name", name, f"{what} {each}") for each in _bundle_name(name)]
        if given(bundle, "labelSelector"):
            what = "labelSelector must be unset if name is specified"
            shown = selector_value(obj(bundle, "labelSelector"))
            found.append(invalid(f"{path}.labelSelector", shown, what))
    elif signed:
        if not signer:
            found.append(required(f"{path}.signerName", "must be a valid signer name"))
        found += signer_name(signer, f"{path}.signerName")
        found += label_selector(obj(bundle, "labelSelector"), f"{path}.labelSelector")
    else:
        found.append(required(path, "either name or signerName must be specified"))
    if not text(bundle, "path"):
        found.append(required(f"{path}.path"))
    return found + local_path(text(bundle, "path"), f"{path}.path")


def _bundle_name(name: str) -> list[str]:
    """Return what is wrong with the name of a trust bundle: after the signer's, it is a name."""
    return dns_subdomain(name.rpartition(":")[2])


def _certificate(
    certificate: JsonObject, paths: set[str], place: str, path: str
) -> list[FieldError]:
    signer, key = text(certificate, "signerName"), text(certificate, "keyType")
    found = signer_name(signer, f"{place}.signerName")
    if key not in _KEY_TYPES:
        found.append(not_supported(f"{place}.keyType", key, _KEY_TYPES))
    seconds, spot = number(certificate, "maxExpirationSeconds"), f"{place}.maxExpirationSeconds"
    if seconds is not None:
        if seconds < 3600:
            what = "if provided, maxExpirationSeconds must be >= 3600"
            found.append(invalid(spot, seconds, what))
        own = signer.partition("/")[0].endswith("kubernetes.io")
        most = (1 if own else 91) * _DAYS
        if seconds > most:
            what = f"if provided, maxExpirationSeconds must be <= {most}"
            found.append(invalid(spot, seconds, what))
    files = ("credentialBundlePath", "keyPath", "certificateChainPath")
    for name in files:
        file = text(certificate, name)
        if file:
            found += local_path(file, f"{place}.{name}")
            found += _twice(file, file, paths, path)
    if not any(text(certificate, name) for name in files):
        what = "specify at least one of credentialBundlePath, keyPath, and certificateChainPath"
        found.append(required(place, what))
    return found
