"""Kubernetes controllers as pure functions: observed state in, desired state out.

The public names, each loaded when it is first used: importing `reconcile` costs next to nothing,
and pydantic comes in with the first model.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from reconcile._build import choose

if TYPE_CHECKING:
    from reconcile.errors import (
        ConflictError,
        DefinitionError,
        Fault,
        LimitError,
        ObjectError,
        PatchError,
        PointerError,
        ReadOnlyError,
        ReconcileError,
        RequestError,
        RetryLater,
        RuleError,
    )
    from reconcile.hook.controller import Controller, Decorator
    from reconcile.hook.reply import Failure, Reply
    from reconcile.objects.condition import Condition
    from reconcile.objects.gvk import Gvk
    from reconcile.objects.int_or_string import IntOrString
    from reconcile.objects.label_selector import LabelSelector
    from reconcile.objects.marks import (
        Cel,
        Column,
        EmbeddedResource,
        Immutable,
        ListType,
        MapType,
        PreserveUnknown,
        Scale,
        Schema,
        Selectable,
        at_least_one_of,
        at_most_one_of,
        exactly_one_of,
    )
    from reconcile.objects.quantity import Quantity
    from reconcile.objects.ref import Ref
    from reconcile.objects.resource import Model, ObjectMeta, Parent
    from reconcile.objects.secret import base64_values
    from reconcile.objects.view import Kind, View
    from reconcile.rules.combinators import (
        all_of,
        for_each,
        in_order,
        keep,
        require,
        rollout,
        teardown,
        when,
    )
    from reconcile.rules.contribution import Contribution, once
    from reconcile.rules.readiness import ready
    from reconcile.rules.rule import Rule, rule
    from reconcile.state.declared import Child, Decorated, Related
    from reconcile.state.desired import Desired
    from reconcile.state.object_map import ObjectMap
    from reconcile.state.observed import Observed
    from reconcile.state.plan import Plan
    from reconcile.value.types import ABSENT, NULL, Absent, Json, JsonIn, JsonObject, Null

    __version__: str

choose()

_MODULES = {
    "errors": (
        "ConflictError",
        "DefinitionError",
        "Fault",
        "LimitError",
        "ObjectError",
        "PatchError",
        "PointerError",
        "ReadOnlyError",
        "ReconcileError",
        "RequestError",
        "RetryLater",
        "RuleError",
    ),
    "hook.controller": ("Controller", "Decorator"),
    "hook.reply": ("Failure", "Reply"),
    "objects.condition": ("Condition",),
    "objects.gvk": ("Gvk",),
    "objects.int_or_string": ("IntOrString",),
    "objects.label_selector": ("LabelSelector",),
    "objects.marks": (
        "Cel",
        "Column",
        "EmbeddedResource",
        "Immutable",
        "ListType",
        "MapType",
        "PreserveUnknown",
        "Scale",
        "Schema",
        "Selectable",
        "at_least_one_of",
        "at_most_one_of",
        "exactly_one_of",
    ),
    "objects.quantity": ("Quantity",),
    "objects.ref": ("Ref",),
    "objects.resource": ("Model", "ObjectMeta", "Parent"),
    "objects.secret": ("base64_values",),
    "objects.view": ("Kind", "View"),
    "rules.combinators": (
        "all_of",
        "for_each",
        "in_order",
        "keep",
        "require",
        "rollout",
        "teardown",
        "when",
    ),
    "rules.contribution": ("Contribution", "once"),
    "rules.readiness": ("ready",),
    "rules.rule": ("Rule", "rule"),
    "state.declared": ("Child", "Decorated", "Related"),
    "state.desired": ("Desired",),
    "state.object_map": ("ObjectMap",),
    "state.observed": ("Observed",),
    "state.plan": ("Plan",),
    "value.types": ("ABSENT", "NULL", "Absent", "Json", "JsonIn", "JsonObject", "Null"),
}
_HOMES = {name: module for module, names in _MODULES.items() for name in names}

__all__ = [
    "ABSENT",
    "NULL",
    "Absent",
    "Cel",
    "Child",
    "Column",
    "Condition",
    "ConflictError",
    "Contribution",
    "Controller",
    "Decorated",
    "Decorator",
    "DefinitionError",
    "Desired",
    "EmbeddedResource",
    "Failure",
    "Fault",
    "Gvk",
    "Immutable",
    "IntOrString",
    "Json",
    "JsonIn",
    "JsonObject",
    "Kind",
    "LabelSelector",
    "LimitError",
    "ListType",
    "MapType",
    "Model",
    "Null",
    "ObjectError",
    "ObjectMap",
    "ObjectMeta",
    "Observed",
    "Parent",
    "PatchError",
    "Plan",
    "PointerError",
    "PreserveUnknown",
    "Quantity",
    "ReadOnlyError",
    "ReconcileError",
    "Ref",
    "Related",
    "Reply",
    "RequestError",
    "RetryLater",
    "Rule",
    "RuleError",
    "Scale",
    "Schema",
    "Selectable",
    "View",
    "__version__",
    "all_of",
    "at_least_one_of",
    "at_most_one_of",
    "base64_values",
    "exactly_one_of",
    "for_each",
    "in_order",
    "keep",
    "once",
    "ready",
    "require",
    "rollout",
    "rule",
    "teardown",
    "when",
]


def __getattr__(name: str) -> object:
    if name == "__version__":
        from importlib.metadata import PackageNotFoundError, version

        try:
            return version("kube-reconcile")
        except PackageNotFoundError:  # vendored: the files without what an installer writes
            return "0+unknown"
    home = _HOMES.get(name)
    if home is None:
        message = f"module 'reconcile' has no attribute {name!r}"
        raise AttributeError(message)
    try:
        module = import_module(f"reconcile.{home}")
    except ModuleNotFoundError as error:
        if error.name == f"reconcile.{home.partition('.')[0]}":
            message = (
                f"this 'reconcile' is not the one of kube-reconcile: it has no {home}; "
                "another distribution with a package of that name is installed"
            )
            raise ImportError(message) from error
        raise
    value: object = getattr(module, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
