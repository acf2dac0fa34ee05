"""pydantic's findings as faults of ours: places and constraints, never values.

1. A message is made from the finding's type and the field's constraints. pydantic's own text is
   not used: validators that users write put values into it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, cast

import msgspec
from pydantic import ValidationError

from reconcile.errors import Fault
from reconcile.value.pointer import render

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

__all__ = ["faults_of", "read_json"]

_TEXTS: Final[Mapping[str, str]] = {
    "bool_parsing": "must be true or false",
    "bool_type": "must be true or false",
    "bytes_type": "must be a text",
    "date_from_datetime_parsing": "must be a date such as 2026-01-31",
    "date_type": "must be a date such as 2026-01-31",
    "datetime_from_date_parsing": "must be a time such as 2026-01-31T12:00:00Z",
    "datetime_parsing": "must be a time such as 2026-01-31T12:00:00Z",
    "datetime_type": "must be a time such as 2026-01-31T12:00:00Z",
    "dict_type": "must be an object",
    "enum": "must be {expected}",
    "extra_forbidden": "is not a known field",
    "finite_number": "must be a finite number",
    "float_parsing": "must be a number",
    "float_type": "must be a number",
    "frozen_field": "cannot be changed",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "int_from_float": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_parsing_size": "must be a whole number of at most 64 bits",
    "int_type": "must be a whole number",
    "invalid_key": "must have texts as keys",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be at most {le}",
    "list_type": "must be a list",
    "literal_error": "must be {expected}",
    "mapping_type": "must be an object",
    "missing": "is required",
    "model_attributes_type": "must be an object",
    "model_type": "must be an object",
    "multiple_of": "must be a multiple of {multiple_of}",
    "none_required": "must be null",
    "quantity": "must be a quantity such as 500m or 1Gi",
    "recursion_loop": "holds itself",
    "set_type": "must be a list without duplicates",
    "frozen_set_type": "must be a list without duplicates",
    "string_pattern_mismatch": "must match the pattern {pattern}",
    "string_too_long": "must have at most {max_length} characters",
    "string_too_short": "must have at least {min_length} characters",
    "string_type": "must be a text",
    "string_unicode": "must be a text that UTF-8 can say",
    "timezone_aware": "must be a time with a time zone",
    "too_long": "must have at most {max_length} items",
    "too_short": "must have at least {min_length} items",
    "tuple_type": "must be a list",
    "union_tag_invalid": "must have a tag of {expected_tags}",
    "union_tag_not_found": "must have the tag that tells its form",
    "url_parsing": "must be a URL",
    "url_type": "must be a URL",
    "uuid_parsing": "must be a UUID",
    "uuid_type": "must be a UUID",
}
"""What a place wants, by the type of the finding. Braces take the field's constraints."""


def read_json(reader: Any, value: Any, pointer: str, faults: list[Fault]) -> Any:
    """Return `value` as `reader` understands it, or append faults and return None.

    Shape: `reader` is a pydantic validator. Read as JSON and not as Python, so that texts become
        times and enum members as on the wire, and nothing else becomes anything else.
    """
    try:
        data = msgspec.json.encode(value)
    except (TypeError, ValueError, OverflowError, RecursionError):
        try:
            # Whole numbers of more than 64 bits, which msgspec does not write.
            data = json.dumps(value).encode()
        except (TypeError, ValueError, RecursionError):
            faults.append(Fault(pointer, "has no JSON form"))
            return None
    try:
        return reader.validate_json(data)
    except ValidationError as error:
        faults += faults_of(error, value, pointer)
        return None


def faults_of(error: ValidationError, value: object, pointer: str = "") -> list[Fault]:
    """Return the findings of `error` as faults in `value`, without duplicates, by pointer."""
    findings = error.errors(include_url=False, include_input=False)
    return sorted({_fault(finding, value, pointer) for finding in findings})


def _fault(finding: ErrorDetails, value: object, pointer: str) -> Fault:
    kind = finding["type"]
    # Names of union members stand between the parts of the place; only what is in the document,
    # or is missed there, belongs to the pointer.
    parts: list[str | int] = []
    for position, part in enumerate(finding["loc"]):
        if isinstance(value, Mapping) and part in value:
            value = cast("Mapping[Any, object]", value)[part]
        elif isinstance(value, (list, tuple)) and _index(part, len(cast("list[Any]", value))):
            value = cast("list[object]", value)[cast("int", part)]
        elif not (kind == "missing" and position == len(finding["loc"]) - 1):
            continue
        parts.append(part)
    text = _TEXTS.get(kind)
    if text is None:
        message = f"is not valid ({kind})"
    else:
        constraints = finding.get("ctx", {})
        try:
            message = text.format_map(constraints)
        except (KeyError, ValueError, IndexError, AttributeError):
            message = f"is not valid ({kind})"
    return Fault(pointer + render(parts), message)


def _index(part: str | int, length: int) -> bool:
    return isinstance(part, int) and 0 <= part < length
