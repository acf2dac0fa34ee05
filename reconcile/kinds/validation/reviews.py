"""Reviews of access and of tokens, which are answered and not kept.

Source: k8s.io/kubernetes pkg/apis/authorization/validation/validation.go, 1.36.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ._primitives import invalid
from ._read import given, obj, text, texts
from ._rules import Rules

if TYPE_CHECKING:
    from reconcile.kinds.field_error import FieldError
    from reconcile.value.types import JsonObject

__all__ = ["RULES"]


def _attributes(spec: JsonObject) -> list[FieldError]:
    """Return whether it is told what access is asked for, and only once."""
    resource, other = given(spec, "resourceAttributes"), given(spec, "nonResourceAttributes")
    path = "spec.resourceAttributes"
    if resource and other:
        what = "cannot be specified in combination with resourceAttributes"
        shown = obj(spec, "nonResourceAttributes")
        return [invalid("spec.nonResourceAttributes", shown, what)]
    if not resource and not other:
        what = "exactly one of nonResourceAttributes or resourceAttributes must be specified"
        return [invalid(path, None, what)]
    return []


def _access(document: JsonObject) -> list[FieldError]:
    spec = obj(document, "spec")
    found = _attributes(spec)
    if not text(spec, "user") and not texts(spec, "groups"):
        what = "at least one of user or group must be specified"
        found.append(invalid("spec.user", "", what))
    return found


def _self_access(document: JsonObject) -> list[FieldError]:
    return _attributes(obj(document, "spec"))


def _local_access(document: JsonObject) -> list[FieldError]:
    found = _access(document)
    namespace = text(obj(document, "metadata"), "namespace")
    spec = obj(document, "spec")
    wanted = text(obj(spec, "resourceAttributes"), "namespace")
    path = "spec.resourceAttributes.namespace"
    if given(spec, "resourceAttributes") and namespace and wanted != namespace:
        found.append(invalid(path, wanted, "must match metadata.namespace"))
    if given(spec, "nonResourceAttributes"):
        shown = obj(spec, "nonResourceAttributes")
        what = "disallowed on this kind of request"
        found.append(invalid("spec.nonResourceAttributes", shown, what))
    return found


RULES: Final = {
    "SubjectAccessReview": Rules(_access, metadata="none"),
    "SelfSubjectAccessReview": Rules(_self_access, metadata="none"),
    "LocalSubjectAccessReview": Rules(_local_access, metadata="none"),
    "SelfSubjectRulesReview": Rules(metadata="none"),
    "SelfSubjectReview": Rules(metadata="none"),
    "TokenReview": Rules(metadata="none"),
}
