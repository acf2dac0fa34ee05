"""The values of a Secret, written as the API server wants them."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["base64_values"]


def base64_values(values: Mapping[str, str | bytes]) -> dict[str, str]:
    """Return `values` in base64, for the `data` of a Secret; a text is taken as UTF-8."""
    return {
        key: b64encode(value.encode() if isinstance(value, str) else value).decode("ascii")
        for key, value in values.items()
    }
