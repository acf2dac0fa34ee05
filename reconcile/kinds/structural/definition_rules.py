"""Rules in a definition: their forms, whether they compile, what they may cost.

1. Without the extra `cel` only the forms are looked at; a definition with rules is then taken as it
   is, and the first object that would be held to one raises.

Source: k8s.io/apiextensions-apiserver pkg/apis/apiextensions/validation/validation.go and
cel_validation.go, 1.36.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from reconcile.kinds.field_error import FieldError
from reconcile.kinds.validation._primitives import forbidden, invalid, not_supported, required

from .cel_compile import Checked, Compiler, available
from .cel_cost import estimated
from .cel_types import Decl, declared
from .field_paths import PathFault, field_path
from .internal_form import internal_rule

__all__ = ["Costs", "Scope", "rule_errors", "rule_forms"]

_REASONS: Final = (
    "FieldValueDuplicate",
    "FieldValueForbidden",
    "FieldValueInvalid",
    "FieldValueRequired",
)
_RULE_LIMIT: Final = 10_000_000
_TOTAL_LIMIT: Final = 100_000_000
_MOST_EXPENSIVE: Final = 4
_UNBOUNDED: Final = 2**64 - 1
_MAX_REQUEST: Final = 3 * 1024 * 1024


@dataclass(slots=True)
class Costs:
    """What the rules of a whole schema may cost together."""

    total: int = 0
    expensive: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])

    def observe(self, path: str, cost: int) -> None:
        """Count the cost of a rule. The total of overflows stays the largest number."""
        if cost <= 0:
            return
        self.total = min(_UNBOUNDED, self.total + cost)
        self.expensive.append((cost, path))
        self.expensive.sort(key=lambda each: -each[0])
        del self.expensive[_MOST_EXPENSIVE:]

    def errors(self, path: str) -> list[FieldError]:
        """Return what is wrong with the total."""
        if self.total <= _TOTAL_LIMIT:
            return []
        detail = (
            "contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 "
            "schema"
        )
        found = [forbidden(at, detail) for _, at in self.expensive]
        what = "x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema"
        return [*found, forbidden(path, _too_expensive(what, self.total, _TOTAL_LIMIT))]


def _too_expensive(what: str, cost: int, limit: int) -> str:
    factor = cost / limit
    if factor > 100:
        shown = "more than 100x"
    elif factor < 1.5:
        shown = f"{factor:f}x"
    else:
        shown = f"{factor:.1f}x"
    return (
        f"{what} exceeds budget by factor of {shown} (try simplifying the rule, or adding "
        "maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)"
    )


@dataclass(frozen=True, slots=True)
class Scope:
    """What rules see at a place, and how often the place may be there."""

    decl: Decl | None
    often: int | None
    """The largest number of times; None if nothing says."""
    most: int | None = None
    """The largest number of elements of the place itself; None if nothing says."""

    @classmethod
    def of_root(cls, schema: Mapping[str, Any]) -> Scope:
        """Return what rules see at the root."""
        return cls(declared(schema, root=True), 1, _most(schema))

    def member(self, schema: Mapping[str, Any], name: str) -> Scope:
        """Return what rules see of a member."""
        del name
        return Scope(_of(schema), self.often, _most(schema))

    def items(self, schema: Mapping[str, Any]) -> Scope:
        """Return what rules see of an item, or of a value of a map."""
        known = self.often is not None and self.most is not None
        often = min(_UNBOUNDED, (self.often or 0) * (self.most or 0)) if known else None
        return Scope(_of(schema), often, _most(schema))

    def times(self, cost: int) -> int:
        """Return what a rule of a cost may cost at all places together."""
        often = self.often
        if often is None and self.decl is not None:
            often = _MAX_REQUEST // (self.decl.least + 1)
        return min(_UNBOUNDED, cost * (often or 0))


def _most(schema: Mapping[str, Any]) -> int | None:
    kind = schema.get("type")
    limit = {"array": "maxItems", "object": "maxProperties"}.get(kind or "")
    most = schema.get(limit) if limit else None
    return None if most is None else max(0, most)


def _of(schema: Mapping[str, Any]) -> Decl | None:
    return declared(schema, root=schema.get("x-kubernetes-embedded-resource") is True)


def _breaks(text: str) -> bool:
    return re.search("[\n\r]", text) is not None


def rule_forms(
    rules: Sequence[Mapping[str, Any]], schema: Mapping[str, Any], path: str
) -> list[FieldError]:
    """Return what is wrong with rules before anything of them is read."""
    found: list[FieldError] = []
    for index, rule in enumerate(rules):
        at = f"{path}[{index}]"
        source, message = rule.get("rule") or "", rule.get("message") or ""
        expression, where = rule.get("messageExpression") or "", rule.get("fieldPath") or ""
        if not source.strip():
            found.append(required(f"{at}.rule", "rule is not specified"))
        elif message and not message.strip():
            detail = "must be non-empty if specified"
            found.append(invalid(f"{at}.message", message, detail))
        elif _breaks(message.strip()):
            detail = "must not contain line breaks"
            found.append(invalid(f"{at}.message", message, detail))
        elif _breaks(source.strip()) and not message.strip():
            detail = "message must be specified if rule contains line breaks"
            found.append(required(f"{at}.message", detail))
        if expression and not expression.strip():
            detail = "messageExpression must be non-empty if specified"
            found.append(required(f"{at}.messageExpression", detail))
        if rule.get("reason") is not None and rule["reason"] not in _REASONS:
            found.append(not_supported(f"{at}.reason", rule["reason"], _REASONS))
        if where and not where.strip():
            detail = "must be non-empty if specified"
            found.append(invalid(f"{at}.fieldPath", where, detail))
        if _breaks(where):
            detail = "must not contain line breaks"
            found.append(invalid(f"{at}.fieldPath", where, detail))
        if where:
            try:
                field_path(where, schema)
            except PathFault:
                detail = "must be a valid path"
                found.append(invalid(f"{at}.fieldPath", where, detail))
    return found


def rule_errors(
    rules: Sequence[Mapping[str, Any]],
    path: str,
    scope: Scope,
    costs: Costs,
    *,
    uncorrelated: str,
    each_cost: bool,
) -> list[FieldError]:
    """Return what is wrong with rules as expressions."""
    if not available():
        return []
    if scope.decl is None:
        detail = "internal error: failed to retrieve type information for x-kubernetes-validations"
        return [FieldError("InternalError", path, detail)]
    compiler = Compiler(scope.decl)
    found: list[FieldError] = []
    for index, rule in enumerate(rules):
        at = f"{path}[{index}]"
        optional = rule.get("optionalOldSelf")
        checked = compiler.check(rule["rule"], optional_old=optional is True)
        wrong = _rule_text(checked)
        cost = 0 if wrong else scope.times(estimated(checked.tree, scope.decl))
        if each_cost and cost > _RULE_LIMIT:
            detail = _too_expensive("estimated rule cost", cost, _RULE_LIMIT)
            found.append(forbidden(f"{at}.rule", detail))
        costs.observe(f"{at}.rule", cost)
        if wrong:
            found.append(invalid(f"{at}.rule", internal_rule(rule), wrong))
        found.extend(_message(compiler, rule, at, scope, costs, each_cost=each_cost))
        if checked.uses_old:
            if uncorrelated:
                detail = (
                    "oldSelf cannot be used on the uncorrelatable portion of the schema within "
                    f"{uncorrelated}"
                )
                found.append(invalid(f"{at}.rule", rule["rule"], detail))
        elif optional is not None:
            detail = "may not be set if oldSelf is not used in rule"
            found.append(invalid(f"{at}.optionalOldSelf", optional, detail))
    return found


def _rule_text(checked: Checked) -> str:
    if checked.error:
        return f"compilation failed: {checked.error}"
    return "" if checked.result == "BOOL" else "cel expression must evaluate to a bool"


def _message(
    compiler: Compiler,
    rule: Mapping[str, Any],
    at: str,
    scope: Scope,
    costs: Costs,
    *,
    each_cost: bool,
) -> list[FieldError]:
    """Return what is wrong with the expression of a message."""
    expression = rule.get("messageExpression") or ""
    if not expression.strip() or scope.decl is None:
        return []
    checked = compiler.check(expression, optional_old=rule.get("optionalOldSelf") is True)
    wrong = ""
    if checked.error:
        wrong = f"messageExpression compilation failed: {checked.error}"
    elif checked.result != "STRING":
        wrong = "messageExpression must evaluate to a string"
    where = f"{at}.messageExpression"
    if wrong:
        return [invalid(where, internal_rule(rule), wrong)]
    cost = estimated(checked.tree, scope.decl)
    costs.observe(where, cost)
    if not each_cost or cost <= _RULE_LIMIT:
        return []
    what = "estimated messageExpression cost"
    return [forbidden(where, _too_expensive(what, cost, _RULE_LIMIT))]
