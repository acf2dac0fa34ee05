"""How the API server's own patch libraries see a patch: spelling in `test`, words for directives.

1. `test` of a JSON patch compares text: scalars by their spelling, objects and lists part by part.
   The object is spelt as the server writes it; the patch as it was sent.
2. A strategic patch that cannot be merged is told with the parts of the patch, as Go prints them.

Source: gopkg.in/evanphx/json-patch.v4 (patch.go, lazyNode.equal); k8s.io/apimachinery
pkg/util/strategicpatch, pkg/util/mergepatch; recorded refusals.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import msgspec

from reconcile.simulate.go_json import encoded
from reconcile.simulate.go_typed import printed
from reconcile.value.pointer import parse, resolve
from reconcile.value.types import ABSENT

if TYPE_CHECKING:
    from reconcile.errors import PatchError
    from reconcile.value.types import Json, JsonObject

__all__ = ["spelt_the_same", "strategic_words", "values_as_sent"]

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


def strategic_words(error: PatchError, patch: JsonObject) -> str:
    """Return why a strategic patch is refused, as the server says it."""
    place = resolve(patch, error.pointer)
    message = error.message
    name = error.pointer.rpartition("/")[2]
    holder = resolve(patch, error.pointer.rpartition("/")[0]) if error.pointer else patch
    if "does not fit $setElementOrder" in message and isinstance(holder, dict):
        order = holder.get(f"$setElementOrder/{parse(error.pointer)[-1]}")
        return (
            f"The order in patch list:\n{printed(cast('Json', place))}\n"
            f" doesn't match $setElementOrder list:\n{printed(order)}\n"
        )
    if "which is its merge key" in message and isinstance(place, list):
        key = message.partition("has no ")[2].partition(",")[0]
        item = next((each for each in place if isinstance(each, dict) and key not in each), None)
        return f"map: {printed(item)} does not contain declared merge key: {key}"
    if message.startswith("$patch"):
        held = _with_directive(place if place is not ABSENT else patch)
        if held is not None:
            return f"unknown patch type: {held['$patch']} in map: {printed(held)}"
    if "$retainKeys" in message:
        return "invalid patch format of retainKeys"
    del name
    return message


def _with_directive(value: object) -> JsonObject | None:
    """Return the first object with a directive that is none."""
    if isinstance(value, dict):
        found = cast("JsonObject", value)
        if "$patch" in found and found["$patch"] not in ("replace", "delete"):
            return found
        for item in found.values():
            inner = _with_directive(item)
            if inner is not None:
                return inner
    elif isinstance(value, list):
        for item in cast("list[object]", value):
            inner = _with_directive(item)
            if inner is not None:
                return inner
    return None
