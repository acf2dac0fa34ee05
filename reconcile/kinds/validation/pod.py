"""The rules of Pods and of their templates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ._read import obj
from ._rules import Rules
from .pod_spec import pod_spec_errors, pod_template_errors
from .pod_status import status_updated
from .pod_updates import created, updated

if TYPE_CHECKING:
    from reconcile.kinds.field_error import FieldError
    from reconcile.value.types import JsonObject

__all__ = ["RULES", "pod_spec_errors", "pod_template_errors"]


def _template(document: JsonObject) -> list[FieldError]:
    return pod_template_errors(obj(document, "template"), "template")


RULES: Final[dict[str, Rules]] = {
    "Pod": Rules(created, updated, status_updated, again=True),
    "PodTemplate": Rules(_template),
}
