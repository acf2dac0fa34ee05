"""How the API server's own library sees a JSON patch: what `test` takes for equal.

1. `test` compares text: scalars by their spelling, objects and lists part by part. The object is
   spelt as the server writes it; the patch as it was sent.

Source: gopkg.in/evanphx/json-patch.v4 (patch.go, lazyNode.equal); recorded refusals.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from reconcile.simulate.go.json import encoded

if TYPE_CHECKING:
    from reconcile.value.types import Json

__all__ = ["spelt_the_same", "values_as_sent"]

_RAW = msgspec.json.Decoder(list[dict[str, msgspec.Raw]])
_MEMBERS = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ITEMS = msgspec.json.Decoder(list[msgspec.Raw])


def values_as_sent(data: bytes) -> list[bytes | None]:
    """Return the text of the value of each operation of a JSON patch, None where it has none."""
    try:
        operations = _RAW.decode(data)
    except msgspec.DecodeError:
        return []
    return [bytes(each["value"]) if "value" in each else None for each in operations]


def spelt_the_same(value: Json, text: bytes) -> bool:
    """Return whether a value of an object equals one that was sent, as `test` looks at it."""
    text = text.strip()
    if isinstance(value, dict):
        if not text.startswith(b"{"):
            return False
        members = _MEMBERS.decode(text)
        return members.keys() == value.keys() and all(
            spelt_the_same(value[key], bytes(part)) for key, part in members.items()
        )
    if isinstance(value, list):
        if not text.startswith(b"["):
            return False
        items = _ITEMS.decode(text)
        return len(items) == len(value) and all(
            spelt_the_same(mine, bytes(part)) for mine, part in zip(value, items, strict=True)
        )
    return encoded(value, escape_html=True) == text
