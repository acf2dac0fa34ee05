"""Label selectors as a typed field of a parent's spec."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import ConfigDict

from reconcile.objects.resource import Model
from reconcile.objects.selector import selects

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["LabelSelector", "LabelSelectorRequirement"]


class LabelSelectorRequirement(Model):
    """One expression of a selector."""

    key: str
    operator: Literal["In", "NotIn", "Exists", "DoesNotExist"]
    values: list[str] | None = None


class LabelSelector(Model):
    """A selector of objects by their labels."""

    model_config = ConfigDict(json_schema_extra={"x-kubernetes-map-type": "atomic"})

    match_labels: dict[str, str] | None = None
    match_expressions: list[LabelSelectorRequirement] | None = None

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Return whether an object with these labels is selected.

        Guarantees: an empty selector matches everything.
        Raises: ObjectError if an expression's values do not fit its operator.
        """
        return selects(self.to_wire(), labels)
