"""Leases: what the API server refuses of them.

Source: k8s.io/kubernetes pkg/apis/coordination/validation/validation.go, 1.36.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ._primitives import invalid, required
from ._read import number, obj, text
from ._rules import Rules
from ._shared import not_negative

if TYPE_CHECKING:
    from reconcile.kinds.field_error import FieldError
    from reconcile.value.types import JsonObject

__all__ = ["RULES"]


def _lease(document: JsonObject) -> list[FieldError]:
    spec = obj(document, "spec")
    found: list[FieldError] = []
    seconds = number(spec, "leaseDurationSeconds")
    if seconds is not None and seconds <= 0:
        found.append(invalid("spec.leaseDurationSeconds", seconds, "must be greater than 0"))
    found.extend(not_negative(number(spec, "leaseTransitions"), "spec.leaseTransitions"))
    return found


def _candidate(document: JsonObject) -> list[FieldError]:
    spec = obj(document, "spec")
    names = ("leaseName", "strategy", "binaryVersion")
    return [required(f"spec.{name}") for name in names if not text(spec, name)]


RULES: Final = {"Lease": Rules(_lease), "LeaseCandidate": Rules(_candidate)}
