"""The rules of Pods and of their templates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ._rules import Rules

if TYPE_CHECKING:
    from reconcile.kinds.field_error import FieldError
    from reconcile.value.types import JsonObject

__all__ = ["RULES", "pod_template_errors"]


def pod_template_errors(_template: JsonObject, _path: str) -> list[FieldError]:
    """Return what is wrong with a PodTemplateSpec."""
    return []


RULES: Final[dict[str, Rules]] = {"Pod": Rules(), "PodTemplate": Rules()}
