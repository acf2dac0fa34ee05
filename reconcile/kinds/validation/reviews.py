"""Reviews of access and of tokens, which are answered and not kept.

Source: k8s.io/kubernetes pkg/apis/authorization/validation/validation.go, 1.36.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ._go import printed
from ._primitives import invalid, required
from ._read import given, obj, objs, text, texts
from ._rules import Rules
from ._shared import set_selector

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
        return [invalid("spec.nonResourceAttributes", _shown(spec), what)]
    if not resource and not other:
        what = "exactly one of nonResourceAttributes or resourceAttributes must be specified"
        return [invalid(path, None, what)]
    return []


def _shown(spec: JsonObject) -> JsonObject:
    return printed("NonResourceAttributes", obj(spec, "nonResourceAttributes"))


def _chosen(spec: JsonObject) -> list[FieldError]:
    """Return what is wrong with the selectors of the objects that access is asked for."""
    found: list[FieldError] = []
    for name in ("fieldSelector", "labelSelector"):
        held = obj(spec, "resourceAttributes", name)
        if not given(obj(spec, "resourceAttributes"), name):
            continue
        path = f"spec.resourceAttributes.{name}"
        raw, needs = text(held, "rawSelector"), objs(held, "requirements")
        if raw and needs:
            what = "may not specified at the same time as requirements"
            found.append(invalid(f"{path}.rawSelector", raw, what))
        elif not raw and not needs:
            what = f"when {path} is specified, requirements or rawSelector is required"
            found.append(required(f"{path}.requirements", what))
        for index, each in enumerate(needs):
            place = f"{path}.requirements[{index}]"
            wrong = set_selector(each, place)
            if name == "fieldSelector":  # whose keys are paths
                wrong = [error for error in wrong if error.path != f"{place}.key"]
                if not text(each, "key"):
                    wrong.insert(0, required(f"{place}.key", "must be specified"))
            found += wrong
    return found


def _about(document: JsonObject, kept: str = "") -> list[FieldError]:
    """Return whether a review says anything of itself."""
    metadata = obj(document, "metadata")
    if not set(metadata) - {"managedFields", "namespace" if kept else ""}:
        return []
    what = "must be empty except for namespace" if kept else "must be empty"
    return [invalid("metadata", printed("Metadata", document), what)]


def _access(document: JsonObject, kept: str = "") -> list[FieldError]:
    spec = obj(document, "spec")
    found = _attributes(spec)
    if not text(spec, "user") and not texts(spec, "groups"):
        what = "at least one of user or group must be specified"
        found.append(invalid("spec.user", "", what))
    return found + _chosen(spec) + _about(document, kept)


def _self_access(document: JsonObject) -> list[FieldError]:
    spec = obj(document, "spec")
    return _attributes(spec) + _chosen(spec) + _about(document)


def _local_access(document: JsonObject) -> list[FieldError]:
    found = _access(document, "namespace")
    namespace = text(obj(document, "metadata"), "namespace")
    spec = obj(document, "spec")
    wanted = text(obj(spec, "resourceAttributes"), "namespace")
    path = "spec.resourceAttributes.namespace"
    if given(spec, "resourceAttributes") and namespace and wanted != namespace:
        found.append(invalid(path, wanted, "must match metadata.namespace"))
    if given(spec, "nonResourceAttributes"):
        what = "disallowed on this kind of request"
        found.append(invalid("spec.nonResourceAttributes", _shown(spec), what))
    return found


RULES: Final = {
    "SubjectAccessReview": Rules(_access, metadata="none"),
    "SelfSubjectAccessReview": Rules(_self_access, metadata="none"),
    "LocalSubjectAccessReview": Rules(_local_access, metadata="none"),
    "SelfSubjectRulesReview": Rules(metadata="none"),
    "SelfSubjectReview": Rules(metadata="none"),
    "TokenReview": Rules(metadata="none"),
}
