"""One version's schema of a CustomResourceDefinition, made ready for the documents it is for.

1. Made once and kept by whoever holds the definition; a document then costs microseconds.
2. `prune`, `default` and `coerce` change a document as the server does when it decodes one;
   `errors` and `update_errors` tell what the server refuses. Metadata of the document itself is
   nobody's business here.
3. Rules of `x-kubernetes-validations` need the extra `cel`; without it a document that would have
   to be held to one raises, and is never let pass.

Source: k8s.io/apiextensions-apiserver pkg/registry/customresource/strategy.go and
pkg/apiserver/customresource_handler.go, 1.36.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

from reconcile.errors import LimitError
from reconcile.kinds.field_error import FieldError
from reconcile.value.frozen import thaw
from reconcile.value.limits import MAX_DEPTH

from ._go import EMPTY, NOWHERE, is_list, is_object
from .correlation import Correlated
from .embedded import coercing, embedded_checks
from .fast import checking
from .lists import apart_checks, list_checks
from .rules import Rules, has_rules, rules_of
from .values import Node, as_errors, validate
from .walks import defaulting, null_dropping, pruning

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconcile.value.types import JsonObject

__all__ = ["Structural"]

_BLOCKING: Final = frozenset(
    {
        "FieldValueNotSupported",
        "FieldValueRequired",
        "FieldValueTooLong",
        "FieldValueTooMany",
        "FieldValueTypeInvalid",
    }
)
_NOT_CHECKED: Final = (
    "some validation rules were not checked because the object was invalid; "
    "correct the existing errors to complete validation"
)


def _depth(schema: object, depth: int = 0) -> None:
    """Raise if a schema is nested too deep to be walked."""
    if depth > MAX_DEPTH * 2:
        raise LimitError("levels of nesting in a schema", MAX_DEPTH * 2)
    if is_object(schema):
        for each in schema.values():
            _depth(each, depth + 1)
    elif is_list(schema):
        for each in schema:
            _depth(each, depth + 1)


def _fine(_value: Any) -> bool:
    return True


class Structural:
    """A structural schema, compiled.

    Shape: `schema` is the `openAPIV3Schema` of one version, in the form in which it is stored;
        None is a version without a schema, which knows no field.
    Raises: LimitError for a schema nested too deep.
    """

    __slots__ = (
        "_apart",
        "_check",
        "_coerce",
        "_default",
        "_drop_nulls",
        "_embedded",
        "_lists",
        "_node",
        "_prune",
        "_rules",
        "_status",
        "_status_check",
        "has_rules",
        "schema",
    )

    def __init__(self, schema: Mapping[str, Any] | None) -> None:
        _depth(schema)
        made: dict[str, Any] = cast("dict[str, Any]", thaw(cast("Any", schema or EMPTY)))
        self.schema: Mapping[str, Any] = made
        """The schema it was made from; not to be changed."""
        self._node = Node(made)
        self._check = checking(self._node)
        self._prune = pruning(made, root=True)
        self._default = defaulting(made)
        self._drop_nulls = null_dropping(made)
        self._coerce = coercing(made)
        self._embedded = embedded_checks(made)
        self._lists = list_checks(made)
        self._apart = apart_checks(made) or _fine
        status = self._node.properties.get("status")
        self._status = status
        self._status_check = None if status is None else checking(status)
        self._rules: Rules | None = None
        self.has_rules = has_rules(made)
        """Whether the schema has rules of CEL anywhere."""

    def prune(self, document: JsonObject) -> list[str]:
        """Take what the schema does not know out of a document. Return the paths of it, sorted.

        Shape: paths as in the server's warnings: `spec.unknown`, `spec.ports[0].x`.
        """
        if self._prune is None:
            return []
        unknown = self._prune(document)
        return sorted(unknown) if unknown else []

    def default(self, document: JsonObject, *, drop_nulls: bool = True) -> None:
        """Give a document the defaults of its schema.

        Shape: nulls that may not be give way to defaults; those without one are dropped, unless
            not asked: the server drops them when it decodes a document, not when one is applied.
        """
        if self._default is not None:
            self._default(document)
        if drop_nulls and self._drop_nulls is not None:
            self._drop_nulls(document)

    def coerce(self, document: JsonObject) -> tuple[list[str], FieldError | None]:
        """Give the metadata of objects within a document its form.

        Shape: returns the paths of members that metadata does not have, and what the server says
            instead of decoding the document, None if nothing is of a wrong type.
        """
        unknown: list[str] = []
        found: list[FieldError] = []
        if self._coerce is not None:
            self._coerce(document, "", unknown, found)
        return unknown, found[0] if found else None

    def errors(self, document: JsonObject) -> list[FieldError]:
        """Return what the server refuses of a document that is created.

        Raises: RulesNotRunError if a rule would have to run and the extra `cel` is missing.
            LimitError for a document that is nested too deep.
        Cost: a document that is valid is not walked for texts.
        """
        try:
            found = self._value_errors(document)
            if self._embedded is not None:
                self._embedded(document, "", [], found)
            if self._lists is not None and not self._apart(document):
                self._lists(document, "", found)
            self._run_rules(document, None, found)
        except RecursionError as error:
            raise LimitError("levels of nesting", MAX_DEPTH) from error
        return found

    def update_errors(
        self, before: JsonObject, after: JsonObject, *, warnings: list[str] | None = None
    ) -> list[FieldError]:
        """Return what the server refuses of a document that replaces another.

        Shape: `warnings` takes what rules say of parts that have not changed, as the server warns.
        Guarantees: what is wrong with a part that has not changed is let pass, where the part is
            found again: by the names of members, by the keys of map lists.
        Raises: as `errors`.
        """
        try:
            found: list[FieldError] = []
            if not self._check(after):
                correlated = Correlated(after, before, self.schema)
                found = as_errors(validate(self._node, after, "", correlated))
            return self._update(before, after, found, warnings)
        except RecursionError as error:
            raise LimitError("levels of nesting", MAX_DEPTH) from error

    def status_update_errors(
        self, before: JsonObject, after: JsonObject, *, warnings: list[str] | None = None
    ) -> list[FieldError]:
        """Return what the server refuses of a document whose status replaces another.

        Shape: `warnings` as in `update_errors`.
        Raises: as `errors`.
        """
        try:
            found: list[FieldError] = []
            status, check = self._status, self._status_check
            if status is not None and check is not None and "status" in after:
                value = after["status"]
                if not check(value):
                    correlated = Correlated(after, before, self.schema).member("status")
                    found = as_errors(validate(status, value, "", correlated), "status")
            return self._update(before, after, found, warnings)
        except RecursionError as error:
            raise LimitError("levels of nesting", MAX_DEPTH) from error

    def _value_errors(self, document: JsonObject) -> list[FieldError]:
        if self._check(document):
            return []
        return as_errors(validate(self._node, document, ""))

    def _update(
        self,
        before: JsonObject,
        after: JsonObject,
        found: list[FieldError],
        warnings: list[str] | None,
    ) -> list[FieldError]:
        """Return the errors that are the same for both ways to update."""
        if self._embedded is not None:
            self._embedded(after, "", [], found)
        if self._lists is not None and not self._apart(after):
            lists: list[FieldError] = []
            self._lists(after, "", lists)
            if lists:
                old: list[FieldError] = []
                self._lists(before, "", old)
                if not old:
                    found.extend(lists)
        self._run_rules(after, before, found, warnings)
        return found

    def _run_rules(
        self,
        document: JsonObject,
        before: JsonObject | None,
        found: list[FieldError],
        warnings: list[str] | None = None,
    ) -> None:
        if not self.has_rules:
            return
        if any(each.reason in _BLOCKING for each in found):
            found.append(FieldError("FieldValueInvalid", NOWHERE, _NOT_CHECKED, None))
        else:
            if self._rules is None:  # compiled by the first document that is held to them
                self._rules = rules_of(self.schema)
            found.extend(self._rules.errors(document, before, warnings=warnings))
