"""What a JSON document is: its types, and the difference between absent and null.

1. `Json` is what we return, `JsonIn` what we accept.
2. `ABSENT` says that a key is not there; `None` is JSON null. The two are never mixed up.
3. `NULL` is how a caller of a typed view asks for an explicit null, because there None is unset.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Final, Literal, TypeAlias, Union

__all__ = ["ABSENT", "NULL", "Absent", "Json", "JsonArray", "JsonIn", "JsonObject", "Null"]

Json: TypeAlias = Union[None, bool, int, float, str, "list[Json]", "dict[str, Json]"]
"""A JSON value as we return it."""
JsonObject: TypeAlias = dict[str, Json]
"""A JSON object as we return it."""
JsonArray: TypeAlias = list[Json]
"""A JSON array as we return it."""
JsonIn: TypeAlias = None | bool | int | float | str | Sequence["JsonIn"] | Mapping[str, "JsonIn"]
"""A JSON value as we accept it."""


class Absent(Enum):
    """The type of `ABSENT`."""

    ABSENT = "absent"

    def __repr__(self) -> str:
        return "ABSENT"

    def __bool__(self) -> Literal[False]:
        return False


ABSENT: Final = Absent.ABSENT
"""The key is not there. JSON null is None."""


class Null(Enum):
    """The type of `NULL`."""

    NULL = "null"

    def __repr__(self) -> str:
        return "NULL"

    def __bool__(self) -> Literal[False]:
        return False


NULL: Final = Null.NULL
"""An explicit JSON null, where None would mean unset."""
