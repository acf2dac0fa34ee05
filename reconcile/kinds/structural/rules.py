"""Rules of `x-kubernetes-validations`: where they stand in a schema, and what they say of a value.

1. Rules of a place run when it has a value that is not null. A rule that reads the old value runs
   only where there is one, unless it takes the old value as an optional.
2. What a rule says of a part that has not changed is let pass, unless the rule reads the old value.
3. The cost of running is not counted: the server gives up after some seconds of work, we do not.

Source: k8s.io/apiextensions-apiserver pkg/apiserver/schema/cel/validation.go, 1.36.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from reconcile.kinds.field_error import FieldError, Telling
from reconcile.value.types import ABSENT

from ._go import EMPTY, NOWHERE, below, is_list, is_object, keyed
from .cel_compile import Compiler, EvaluationFault, RulesNotRunError, available
from .cel_types import Convert, Decl, converting, declared
from .correlation import Correlated, by_keys, item_key
from .field_paths import PathFault, field_path

__all__ = ["Rules", "has_rules", "rules_of"]

_MAX_MESSAGE = 5 * 1024


class _Rule(NamedTuple):
    """A rule, compiled."""

    run: Callable[[Any, Any], Any]
    uses_old: bool
    optional_old: bool
    message: Callable[[Any, Any], Any] | None
    told: str
    """What its author says it is about: its message, or itself."""
    detail: str
    """What is told if there is no message to compute."""
    reason: str
    path: str
    error: str


class _Ratchet(NamedTuple):
    """How a place is beside what it was."""

    here: Correlated | None
    nearest: Correlated | None

    def unchanged(self) -> bool:
        at = self.here if self.here is not None else self.nearest
        return at is not None and at.unchanged()

    def member(self, name: str) -> _Ratchet:
        if self.here is None:
            return self
        if self.nearest is None and name in {"apiVersion", "kind"}:
            return _Ratchet(None, None)
        return _Ratchet(self.here.member(name), self.here)

    def item(self, index: int) -> _Ratchet:
        return self if self.here is None else _Ratchet(self.here.item(index), self.here)


class _Told(NamedTuple):
    """What rules say: what is refused, and what is let pass."""

    refused: list[FieldError]
    passed: list[FieldError]


class _Place:
    """The rules of one place of a schema, and the places below it."""

    __slots__ = ("convert", "items", "members", "others", "rules", "schema")

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self.schema = schema
        self.rules: tuple[_Rule, ...] = ()
        self.convert: Convert = lambda value: value
        self.items: _Place | None = None
        self.members: dict[str, _Place] = {}
        self.others: _Place | None = None

    def errors(self, value: Any, old: Any, path: str, ratchet: _Ratchet, found: _Told) -> None:
        """Add what the rules say of a value."""
        if value is None:
            return
        if self.rules:
            self._run(value, old, path, ratchet, found)
        if is_list(value):
            if self.items is not None:
                self._each(value, old, path, ratchet, found)
        elif is_object(value):
            before: dict[str, Any] = old if is_object(old) else {}
            if self.others is not None:
                for name, item in value.items():
                    at = keyed(path, name)
                    self.others.errors(item, before.get(name), at, ratchet.member(name), found)
            for name, place in self.members.items():
                if name in value:
                    at = below(path, name)
                    place.errors(value[name], before.get(name), at, ratchet.member(name), found)

    def _each(self, value: list[Any], old: Any, path: str, ratchet: _Ratchet, found: _Told) -> None:
        assert self.items is not None
        known = by_keys(self.schema, old) or {}
        keys = tuple(self.schema.get("x-kubernetes-list-map-keys") or ())
        inner = self.schema.get("items") or EMPTY
        for index, item in enumerate(value):
            key = item_key(item, keys, inner) if known else None
            before = None if key is None else known.get(key)
            at = f"{path}[{index}]"
            self.items.errors(item, before, at, ratchet.item(index), found)

    def _run(self, value: Any, old: Any, path: str, ratchet: _Ratchet, found: _Told) -> None:
        shown = self.convert(value)
        before = None if old is None else self.convert(old)
        where = path or NOWHERE
        kind = self.schema.get("type") or ""
        for rule in self.rules:
            if rule.error:
                found.refused.append(FieldError("FieldValueInvalid", where, rule.error, kind))
                continue
            if rule.uses_old and before is None and not rule.optional_old:
                continue
            try:
                passed = rule.run(shown, before)
            except EvaluationFault as fault:
                told = _fault(fault, rule)
                found.refused.append(FieldError("FieldValueInvalid", where, told, kind))
                continue
            if passed is True:
                continue
            at = _joined(path, rule.path) or NOWHERE
            computed = _message(rule, shown, before)
            detail = Telling(computed, rule.detail) if computed else rule.detail
            let_pass = not rule.uses_old and ratchet.unchanged()
            into = found.passed if let_pass else found.refused
            into.append(_failed(rule, at, detail, value))


def _fault(fault: EvaluationFault, rule: _Rule) -> str:
    if str(fault).startswith("no such overload"):
        what = "call arguments did not match a supported operator, function or macro signature"
        return f"'{fault}': {what} for rule: {rule.told}"
    return f"{fault} evaluating rule: {rule.told}"


def _joined(path: str, more: str) -> str:
    """Return a path with another below it."""
    return f"{path}{more}" if path and more.startswith("[") else below(path, more) if more else path


def _message(rule: _Rule, value: Any, old: Any) -> str:
    """Return the message that a rule computes, empty if it computes none that may be told."""
    if rule.message is None:
        return ""
    try:
        text = rule.message(value, old)
    except EvaluationFault:
        return ""
    if not isinstance(text, str):
        return ""
    text = text.strip()
    return "" if "\n" in text or len(text.encode()) > _MAX_MESSAGE else text


def _failed(rule: _Rule, path: str, detail: str, value: Any) -> FieldError:
    shown = ABSENT if isinstance(value, (dict, list)) else value
    if rule.reason == "FieldValueForbidden":
        return FieldError("FieldValueForbidden", path, detail)
    if rule.reason == "FieldValueRequired":
        return FieldError("FieldValueRequired", path, detail)
    if rule.reason == "FieldValueDuplicate":
        return FieldError("FieldValueDuplicate", path, "", shown)
    return FieldError("FieldValueInvalid", path, detail, shown)


class Rules:
    """All rules of a schema.

    Raises: `errors` raises RulesNotRunError if a rule would have to run and the extra is missing.
    """

    __slots__ = ("_place", "_schema")

    def __init__(self, schema: Mapping[str, Any], place: _Place | None) -> None:
        self._schema = schema
        self._place = place

    def errors(
        self,
        document: Any,
        before: Any,
        path: str = "",
        *,
        warnings: list[str] | None = None,
        ratcheting: bool = True,
    ) -> list[FieldError]:
        """Return what the rules say of a document.

        Shape: `before` is None for a new one; `warnings` takes what is let pass, which is what was
            as wrong before, unless `ratcheting` is off.
        """
        if self._place is None:
            raise RulesNotRunError
        found: list[FieldError] = []
        alike = ratcheting and before is not None
        here = Correlated(document, before, self._schema) if alike else None
        passed: list[FieldError] = []
        self._place.errors(document, before, path, _Ratchet(here, None), _Told(found, passed))
        if warnings is not None:
            warnings.extend(str(each) for each in passed)
        return found


def rules_of(schema: Mapping[str, Any], *, root: bool = True) -> Rules:
    """Return the rules of a schema, compiled. Shape: `root` says it is of whole objects."""
    if not available():
        return Rules(schema, None)
    place = _placed(schema, declared(schema, root=root))
    return Rules(schema, _Place(schema) if place is None else place)


def has_rules(schema: Any) -> bool:
    """Return whether a schema has rules anywhere."""
    if not is_object(schema):
        return False
    if schema.get("x-kubernetes-validations"):
        return True
    below_it = [schema.get("items"), schema.get("additionalProperties")]
    below_it.extend((schema.get("properties") or EMPTY).values())
    return any(has_rules(each) for each in below_it)


def _placed(schema: Mapping[str, Any], decl: Decl | None) -> _Place | None:
    """Return the rules of a place and below it, None if there are none."""
    if decl is None or not has_rules(schema):
        return None
    place = _Place(schema)
    rules = schema.get("x-kubernetes-validations") or ()
    if rules:
        compiler = Compiler(decl)
        place.convert = converting(decl)
        compiled = (_compiled(compiler, rule, schema) for rule in rules)
        place.rules = tuple(rule for rule in compiled if rule is not None)
    items, others = schema.get("items"), schema.get("additionalProperties")
    if is_object(items) and decl.kind == "list":
        place.items = _placed(items, decl.inner)
    if is_object(others) and decl.kind == "map":
        place.others = _placed(others, decl.inner)
    shown = dict(decl.fields.values())
    for name, each in (schema.get("properties") or EMPTY).items():
        inner = shown.get(name)
        if inner is None and re.fullmatch("[A-Za-z_./-][A-Za-z0-9_./-]*", name) is None:
            inner = declared(each, root=each.get("x-kubernetes-embedded-resource") is True)
        made = _placed(each, inner)
        if made is not None:
            place.members[name] = made
    return place


def _never(_value: Any, _old: Any) -> bool:
    """Stand in for a rule that does not compile."""
    return True


def _compiled(
    compiler: Compiler, rule: Mapping[str, Any], schema: Mapping[str, Any]
) -> _Rule | None:
    source = rule.get("rule") or ""
    if not source.strip():
        return None
    optional = rule.get("optionalOldSelf") is True
    checked = compiler.check(source, optional_old=optional)
    message = (rule.get("message") or "").strip()
    told = message or source.strip()
    run: Callable[[Any, Any], Any] = _never
    error = f"rule compile error: compilation failed: {checked.error}" if checked.error else ""
    if not error:
        run = compiler.program(source, optional_old=optional and checked.uses_old)
    expression = rule.get("messageExpression") or ""
    computed: Callable[[Any, Any], Any] | None = None
    if expression.strip() and not compiler.check(expression, optional_old=optional).error:
        computed = compiler.program(expression, optional_old=optional)
    path = ""
    if rule.get("fieldPath"):
        try:
            path = field_path(rule["fieldPath"].strip(), schema).path
        except PathFault:
            path = ""
    return _Rule(
        run=run,
        uses_old=checked.uses_old,
        optional_old=optional,
        message=computed,
        told=told,
        detail=message or f"failed rule: {told}",
        reason=rule.get("reason") or "FieldValueInvalid",
        path=path,
        error=error,
    )
