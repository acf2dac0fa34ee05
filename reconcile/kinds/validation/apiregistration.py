"""APIServices: what the API server refuses of them.

Source: k8s.io/kube-aggregator pkg/apis/apiregistration/validation, 1.36.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ._primitives import (
    Telling,
    dns_1035_label,
    dns_subdomain,
    fails,
    invalid,
    path_segment,
    port_number,
    required,
)
from ._read import flag, given, number, obj, text
from ._rules import Rules

if TYPE_CHECKING:
    from reconcile.kinds.field_error import FieldError
    from reconcile.value.types import JsonObject

__all__ = ["RULES"]


def _api_service(document: JsonObject) -> list[FieldError]:
    spec = obj(document, "spec")
    found: list[FieldError] = []
    group, version = text(spec, "group"), text(spec, "version")
    name = text(obj(document, "metadata"), "name")
    if name and not path_segment(name) and name != f"{version}.{group}":
        rule = 'must be `spec.version+"."+spec.group`'
        found.append(invalid("metadata.name", name, Telling(f'{rule}: "{version}.{group}"', rule)))
    if not group and version != "v1":
        what = "only v1 may have an empty group and it better be legacy kube"
        found.append(required("spec.group", what))
    if group:
        found.extend(fails("spec.group", group, dns_subdomain))
    found.extend(fails("spec.version", version, dns_1035_label))
    for field, most in (("groupPriorityMinimum", 20_000), ("versionPriority", 1000)):
        held = number(spec, field) or 0
        if not 0 < held <= most:
            what = f"must be positive and less than {most}"
            found.append(invalid(f"spec.{field}", held, what))
    insecure, bundle = flag(spec, "insecureSkipTLSVerify"), text(spec, "caBundle")
    if not given(spec, "service"):
        if bundle:
            size = len(bundle) // 4 * 3 - (len(bundle) - len(bundle.rstrip("=")))
            what = "local APIServices may not have a caBundle"
            found.append(invalid("spec.caBundle", f"{size} bytes", what))
        if insecure:
            what = "local APIServices may not have insecureSkipTLSVerify"
            found.append(invalid("spec.insecureSkipTLSVerify", insecure, what))
        return found
    service = obj(spec, "service")
    missing = [field for field in ("namespace", "name") if not text(service, field)]
    found.extend(required(f"spec.service.{field}") for field in missing)
    port = number(service, "port")
    if port is not None:
        what = "port is not valid: "
        found.extend(invalid("spec.service.port", port, what + m) for m in port_number(port))
    if insecure and bundle:
        what = "may not be true if caBundle is present"
        found.append(invalid("spec.insecureSkipTLSVerify", insecure, what))
    return found


RULES: Final = {
    "APIService": Rules(_api_service, names=path_segment, metadata="plain", again=1),
}
