"""Label selectors as Metacontroller uses them: checked once, then asked often.

1. A selector that cannot be used is a text in Go's words.

Source: k8s.io/apimachinery pkg/apis/meta/v1 LabelSelectorAsSelector; pkg/controller/decorator.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from reconcile.simulate.go.json import encoded
from reconcile.simulate.metacontroller.documents import map_of

if TYPE_CHECKING:
    from reconcile.value.types import Json

__all__ = ["EVERYTHING", "Selector", "annotation_selector", "printed", "selector_of"]

_OPERATORS: Final = ("In", "NotIn", "Exists", "DoesNotExist")
_EMPTY: Final = "for 'in', 'notin' operators, values set can't be empty"
_FULL: Final = "values set must be empty for exists and does not exist"


class Selector(NamedTuple):
    """What labels must hold."""

    equals: tuple[tuple[str, str], ...] = ()
    requires: tuple[tuple[str, str, tuple[str, ...]], ...] = ()
    """(key, operator, values)."""

    @property
    def empty(self) -> bool:
        """Whether it selects everything."""
        return not self.equals and not self.requires

    def matches(self, labels: Mapping[str, object]) -> bool:
        """Return whether labels are selected."""
        for key, value in self.equals:
            if labels.get(key) != value:
                return False
        return all(_holds(key, how, values, labels) for key, how, values in self.requires)

    def with_labels(self, labels: Mapping[str, str]) -> Selector:
        """Return a selector that asks for some labels more."""
        return Selector((*self.equals, *labels.items()), self.requires)


EVERYTHING: Final = Selector()


def _holds(key: str, how: str, values: Sequence[str], labels: Mapping[str, object]) -> bool:
    there = key in labels
    if how == "Exists":
        return there
    if how == "DoesNotExist":
        return not there
    listed = there and labels[key] in values
    return listed if how == "In" else not listed


def selector_of(document: Any) -> Selector | str:
    """Return what a label selector asks for, or why it cannot be used."""
    return _made(document.get("matchLabels"), document.get("matchExpressions"))


def annotation_selector(document: Any) -> Selector | str:
    """Return what an annotation selector asks for, or why it cannot be used."""
    return _made(document.get("matchAnnotations"), document.get("matchExpressions"))


def _made(equal: Any, expressions: Any) -> Selector | str:
    requires: list[tuple[str, str, tuple[str, ...]]] = []
    for each in expressions or ():
        how, values = str(each.get("operator", "")), tuple(each.get("values") or ())
        if how not in _OPERATORS:
            return f'"{how}" is not a valid label selector operator'
        if how in ("In", "NotIn") and not values:
            return f"values: Invalid value: {_shown(each)}: {_EMPTY}"
        if how in ("Exists", "DoesNotExist") and values:
            return f"values: Invalid value: {_shown(each)}: {_FULL}"
        requires.append((str(each.get("key", "")), how, values))
    equals = tuple((str(key), str(item)) for key, item in map_of(equal).items())
    return Selector(equals, tuple(requires))


def _shown(expression: Any) -> str:
    return encoded(expression.get("values")).decode()


def printed(selector: Mapping[str, Json]) -> str:
    """Return a label selector as Go prints the structure (`%#v`)."""
    labels, expressions = selector.get("matchLabels"), selector.get("matchExpressions")
    return (
        f"&v1.LabelSelector{{MatchLabels:{_texts(labels)}, MatchExpressions:{_list(expressions)}}}"
    )


def _texts(labels: Any) -> str:
    if not labels:
        return "map[string]string(nil)" if labels is None else "map[string]string{}"
    inner = ", ".join(f'"{key}":"{labels[key]}"' for key in sorted(labels))
    return f"map[string]string{{{inner}}}"


def _list(expressions: Any) -> str:
    if not expressions:
        return "[]v1.LabelSelectorRequirement(nil)"
    inner = ", ".join(
        f'v1.LabelSelectorRequirement{{Key:"{each.get("key", "")}", '
        f'Operator:"{each.get("operator", "")}", Values:{_values(each.get("values"))}}}'
        for each in expressions
    )
    return f"[]v1.LabelSelectorRequirement{{{inner}}}"


def _values(values: Any) -> str:
    if values is None:
        return "[]string(nil)"
    return "[]string{" + ", ".join(f'"{each}"' for each in values) + "}"
