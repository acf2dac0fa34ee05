"""What the API server says of one field that it refuses.

1. The facts are fields; `Status` objects are made from them, as the server words them, value
   included, by whoever stands in for the server. `Fault`s for people hold no value.
2. Paths are the server's own: `spec.ports[0].name`, `metadata.labels`, `data[key]`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

from reconcile.value.types import ABSENT, Absent

if TYPE_CHECKING:
    from typing import Self

    from reconcile.value.types import Json

__all__ = ["FieldError", "Reason", "Telling"]

Reason: TypeAlias = Literal[
    "FieldValueRequired",
    "FieldValueInvalid",
    "FieldValueNotSupported",
    "FieldValueForbidden",
    "FieldValueDuplicate",
    "FieldValueNotFound",
    "FieldValueTooLong",
    "FieldValueTooMany",
    "FieldValueTypeInvalid",
    "InternalError",
]

_LABELS: Final[dict[str, str]] = {
    "FieldValueRequired": "Required value",
    "FieldValueInvalid": "Invalid value",
    "FieldValueNotSupported": "Unsupported value",
    "FieldValueForbidden": "Forbidden",
    "FieldValueDuplicate": "Duplicate value",
    "FieldValueNotFound": "Not found",
    "FieldValueTooLong": "Too long",
    "FieldValueTooMany": "Too many",
    "FieldValueTypeInvalid": "Invalid value",
    "InternalError": "Internal error",
}
_VALUE_LESS: Final = frozenset(
    {"FieldValueRequired", "FieldValueForbidden", "FieldValueTooLong", "InternalError"}
)


class FieldError(NamedTuple):
    """One field that is refused."""

    reason: Reason
    path: str
    detail: str = ""
    """What would be right; empty where the reason says it all."""
    value: Json | Absent = ABSENT
    """What was sent; ABSENT where the server does not show it."""

    @property
    def message(self) -> str:
        """The server's text: the reason, the value as it shows it, the detail.

        Source: k8s.io/apimachinery pkg/util/validation/field, Error.ErrorBody.
        """
        shown = _LABELS[self.reason]
        if self.value is not ABSENT and self.reason not in _VALUE_LESS:
            shown += f": {_shown(self.value)}"
        return f"{shown}: {self.detail}" if self.detail else shown

    def __str__(self) -> str:
        return f"{self.path}: {self.message}" if self.path else self.message


class Telling(str):
    """A detail that tells values.

    Shape: the text itself is the server's; `plain` says as much as may be said without a value.
    """

    __slots__ = ("plain",)
    plain: str

    def __new__(cls, text: str, plain: str) -> Self:
        """Make the server's text, with what may be said without a value beside it."""
        made = super().__new__(cls, text)
        made.plain = plain
        return made


def _shown(value: Json | Absent) -> str:
    """Return a value as Go prints it."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
