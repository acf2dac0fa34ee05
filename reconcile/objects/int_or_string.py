"""Fields that take a whole number or a percentage, such as `maxUnavailable`."""

from __future__ import annotations

import re
from typing import Final, TypeAlias

from reconcile.errors import Fault, ObjectError
from reconcile.value.redact import describe

__all__ = ["IntOrString", "scaled"]

IntOrString: TypeAlias = int | str
"""A whole number, or a text such as `25%`."""

_PERCENT: Final = re.compile(r"[+-]?[0-9]{1,9}%", re.ASCII)


def scaled(value: IntOrString, total: int, *, round_up: bool) -> int:
    """Return `value` as a number: itself, or that percentage of `total`.

    Shape: `total` is a count. `round_up` says which way a part goes; Kubernetes rounds
        `maxSurge` up and `maxUnavailable` down.
    Raises: ObjectError if `value` is neither a whole number nor a whole percentage. A text of
        digits alone is refused, as Kubernetes refuses it.
    Source: apimachinery pkg/util/intstr, GetScaledValueFromIntOrPercent.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and _PERCENT.fullmatch(value):
        product = int(value[:-1]) * total
        return -(-product // 100) if round_up else product // 100
    message = f"must be a whole number or a percentage such as 25%, not {describe(value)}"
    raise ObjectError([Fault("", message)])
