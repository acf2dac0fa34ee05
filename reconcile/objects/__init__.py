"""Kubernetes objects: names, typed views, typed parents, and whatever a user hands us.

1. Importing this does not import pydantic: the four names that need it are loaded when asked
   for, because a controller of plain views never needs them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconcile.objects.accept import accept, plain
from reconcile.objects.condition import (
    Condition,
    ConditionStatus,
    merge_conditions,
    with_condition,
)
from reconcile.objects.gvk import Gvk
from reconcile.objects.int_or_string import IntOrString, scaled
from reconcile.objects.last_applied import last_applied
from reconcile.objects.names import (
    CONTROLLER_UID,
    DECORATOR_CONTROLLER,
    FIELD_MANAGER,
    LAST_APPLIED,
)
from reconcile.objects.quantity import Quantity
from reconcile.objects.ref import Ref
from reconcile.objects.selector import check_selector, selects

if TYPE_CHECKING:
    from reconcile.objects.label_selector import LabelSelector, LabelSelectorRequirement
    from reconcile.objects.resource import Model, ObjectMeta, OwnerReference, Parent

__all__ = [
    "CONTROLLER_UID",
    "DECORATOR_CONTROLLER",
    "FIELD_MANAGER",
    "LAST_APPLIED",
    "Condition",
    "ConditionStatus",
    "Gvk",
    "IntOrString",
    "LabelSelector",
    "LabelSelectorRequirement",
    "Model",
    "ObjectMeta",
    "OwnerReference",
    "Parent",
    "Quantity",
    "Ref",
    "accept",
    "check_selector",
    "last_applied",
    "merge_conditions",
    "plain",
    "scaled",
    "selects",
    "with_condition",
]


def __getattr__(name: str) -> object:
    if name in {"Model", "ObjectMeta", "OwnerReference", "Parent"}:
        from reconcile.objects import resource

        return vars(resource)[name]
    if name in {"LabelSelector", "LabelSelectorRequirement"}:
        from reconcile.objects import label_selector

        return vars(label_selector)[name]
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)
