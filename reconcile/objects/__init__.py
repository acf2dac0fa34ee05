"""Kubernetes objects: names, typed views, typed parents, and whatever a user hands us.

1. Names are loaded when they are asked for: a controller of plain views needs neither pydantic,
   nor a decoder, nor the arithmetic of quantities.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reconcile.objects.accept import accept, plain
    from reconcile.objects.condition import (
        Condition,
        ConditionStatus,
        merge_conditions,
        with_condition,
    )
    from reconcile.objects.gvk import Gvk
    from reconcile.objects.int_or_string import IntOrString, scaled
    from reconcile.objects.label_selector import LabelSelector, LabelSelectorRequirement
    from reconcile.objects.last_applied import last_applied
    from reconcile.objects.names import (
        CONTROLLER_UID,
        DECORATOR_CONTROLLER,
        FIELD_MANAGER,
        LAST_APPLIED,
    )
    from reconcile.objects.quantity import Quantity
    from reconcile.objects.ref import Ref
    from reconcile.objects.resource import Model, ObjectMeta, OwnerReference, Parent
    from reconcile.objects.selector import check_selector, selects

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

_MODULES = {
    "accept": (
        "accept",
        "plain",
    ),
    "condition": (
        "Condition",
        "ConditionStatus",
        "merge_conditions",
        "with_condition",
    ),
    "gvk": ("Gvk",),
    "int_or_string": (
        "IntOrString",
        "scaled",
    ),
    "label_selector": (
        "LabelSelector",
        "LabelSelectorRequirement",
    ),
    "last_applied": ("last_applied",),
    "names": (
        "CONTROLLER_UID",
        "DECORATOR_CONTROLLER",
        "FIELD_MANAGER",
        "LAST_APPLIED",
    ),
    "quantity": ("Quantity",),
    "ref": ("Ref",),
    "resource": (
        "Model",
        "ObjectMeta",
        "OwnerReference",
        "Parent",
    ),
    "selector": (
        "check_selector",
        "selects",
    ),
}
_HOMES = {name: module for module, names in _MODULES.items() for name in names}


class _Package(ModuleType):
    """Keeps the functions that have their module's name, whoever imports those modules."""

    def __setattr__(self, name: str, value: object) -> None:
        if name in _HOMES and isinstance(value, ModuleType):
            value = vars(value)[name]
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    return vars(import_module(f"{__name__}.{home}"))[name]
