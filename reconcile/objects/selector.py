"""Label selectors as plain documents: does this selector select these labels?

1. Absent and null parts of a selector say nothing; a selector that says nothing selects all.
   Whether that is wanted is for the caller to decide.
2. Nothing here knows of pydantic; `label_selector` has the typed form.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from reconcile.errors import Fault, ObjectError, nearest
from reconcile.value.redact import describe

if TYPE_CHECKING:
    from reconcile.value.types import JsonIn

__all__ = ["check_selector", "selects"]

_OPERATORS: Final = ("In", "NotIn", "Exists", "DoesNotExist")
_MEMBERS: Final = ("matchLabels", "matchExpressions")


def selects(selector: Mapping[str, JsonIn], labels: Mapping[str, str]) -> bool:
    """Return whether `selector` selects an object with these labels.

    Shape: `matchLabels` and `matchExpressions` as on the wire, all of which must hold. `NotIn`
        holds for an absent key, as in Kubernetes.
    Raises: ObjectError with every fault if it is not a selector.
    Source: apimachinery pkg/apis/meta/v1, LabelSelectorAsSelector; labels.Requirement.Matches.
    """
    faults = check_selector(selector)
    if faults:
        raise ObjectError(faults)
    wanted = selector.get("matchLabels")
    if isinstance(wanted, Mapping) and any(
        labels.get(key) != value for key, value in wanted.items()
    ):
        return False
    expressions = selector.get("matchExpressions")
    return not isinstance(expressions, (list, tuple)) or all(
        _holds(expression, labels) for expression in expressions if isinstance(expression, Mapping)
    )


def _holds(expression: Mapping[str, JsonIn], labels: Mapping[str, str]) -> bool:
    label = labels.get(str(expression["key"]))
    values = expression.get("values")
    listed = isinstance(values, (list, tuple)) and label in values
    match expression["operator"]:
        case "In":
            return label is not None and listed
        case "NotIn":
            return label is None or not listed
        case "Exists":
            return label is not None
        case _:
            return label is None


def check_selector(selector: Mapping[str, JsonIn]) -> list[Fault]:
    """Return all that is wrong with a label selector, sorted by pointer.

    Shape: pointers begin at the selector. An empty list means it can be used.
    """
    faults = [
        Fault("", f"has an unknown member{nearest(key, _MEMBERS)}")
        for key in selector
        if key not in _MEMBERS
    ]
    labels = selector.get("matchLabels")
    if isinstance(labels, Mapping):
        faults += [
            Fault("/matchLabels", f"values must be texts, not {describe(value)}")
            for value in labels.values()
            if not isinstance(value, str)
        ]
    elif labels is not None:
        faults.append(Fault("/matchLabels", f"must be an object, not {describe(labels)}"))
    expressions = selector.get("matchExpressions")
    if isinstance(expressions, (list, tuple)):
        for index, expression in enumerate(expressions):
            faults += _check_expression(expression, f"/matchExpressions/{index}")
    elif expressions is not None:
        faults.append(Fault("/matchExpressions", f"must be a list, not {describe(expressions)}"))
    return sorted(faults)


def _check_expression(expression: JsonIn, pointer: str) -> list[Fault]:
    if not isinstance(expression, Mapping):
        return [Fault(pointer, f"must be an object, not {describe(expression)}")]
    faults: list[Fault] = []
    key, operator = expression.get("key"), expression.get("operator")
    values = expression.get("values")
    if not (isinstance(key, str) and key):
        faults.append(Fault(f"{pointer}/key", "must be a text that is not empty"))
    if operator not in _OPERATORS:
        faults.append(Fault(f"{pointer}/operator", f"must be one of {', '.join(_OPERATORS)}"))
    if not (values is None or isinstance(values, (list, tuple))):
        return [*faults, Fault(f"{pointer}/values", f"must be a list, not {describe(values)}")]
    if any(not isinstance(value, str) for value in values or ()):
        faults.append(Fault(f"{pointer}/values", "must hold texts only"))
    if operator in ("In", "NotIn") and not values:
        faults.append(Fault(f"{pointer}/values", "must not be empty with In and NotIn"))
    if operator in ("Exists", "DoesNotExist") and values:
        faults.append(Fault(f"{pointer}/values", "must be empty with Exists and DoesNotExist"))
    return faults
