"""Why two objects are not equal, in a few lines: what pytest shows of `assert a == b`.

1. Only objects, documents, what a typed view holds, and lists of objects are told of; of anything
   else pytest tells itself.
2. No secret is shown: values of a Secret become their type and size.

Source: docs.pytest.org, pytest_assertrepr_compare.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

from reconcile.diff.render import render
from reconcile.errors import LimitError, ObjectError
from reconcile.objects._node import Node
from reconcile.objects.resource import Parent
from reconcile.objects.view import View
from reconcile.value.codec import encode
from reconcile.value.frozen import thaw

if TYPE_CHECKING:
    from reconcile.value.types import Json

__all__ = ["explained"]

_SHOWN: Final = 5
"""Changes; pytest cuts an explanation off after eight lines."""
_WIDTH: Final = 110


def explained(left: object, right: object, *, verbose: int = 0) -> list[str] | None:
    """Return the lines that tell why two objects are not equal, None if pytest is to tell.

    Shape: a line for each of the first changes from left to right; with `verbose` 2 or more, both
        as YAML with the changed lines marked.
    """
    pair = _pair(left, right)
    if pair is None:
        return None
    x, y = pair
    head = f"{_named(left)} == {_named(right)}"
    lines = render(x, y).splitlines() if verbose > 1 else _changes(x, y)
    return [head, *(lines or ["equal as documents: what differs is the type in Python"])]


def _changes(x: Json, y: Json) -> list[str]:
    lines = render(x, y, style="tree").splitlines()
    signed = [line for line in lines if line.lstrip()[:2] in ("~ ", "+ ", "- ")]
    if len(signed) > _SHOWN:
        last = signed[_SHOWN - 1]
        lines = lines[: lines.index(last) + 1]
        lines.append(f"and {len(signed) - _SHOWN} more changes, with -vv as YAML")
    return [line if len(line) <= _WIDTH else f"{line[: _WIDTH - 3]}..." for line in lines]


def _pair(left: object, right: object) -> tuple[Json, Json] | None:
    """Return two things as documents; None unless at least one is an object, and both can be."""
    held = [_document(left), _document(right)]
    if all(found is None for found in held):
        return None
    x, y = (
        found if found is not None else _plain(thing)
        for found, thing in zip(held, (left, right), strict=True)
    )
    if x is None or y is None or not (_is_json(x) and _is_json(y)):
        return None
    if _secret(left) or _secret(right):
        # Values of a Secret are told from others by what they stand in.
        return {"kind": "Secret", "data": x}, {"kind": "Secret", "data": y}
    return x, y


def _is_json(value: Json) -> bool:
    """Return whether a value can be said in JSON: a dict may hold anything."""
    try:
        encode(value)
    except (ObjectError, LimitError):
        return False
    return True


def _document(thing: object) -> Json:
    """Return what stands for an object as its document, None for anything else."""
    if isinstance(thing, View):
        return thaw(cast("Any", thing.copy().raw))  # a part that is absent stays so
    if isinstance(thing, Node):
        return cast("Json", cast("Any", thing).copy())
    if isinstance(thing, Parent):
        return thaw(cast("Any", thing).raw)
    if isinstance(thing, dict):
        known = cast("dict[str, Any]", thing)
        named = isinstance(known.get("apiVersion"), str) and isinstance(known.get("kind"), str)
        return thaw(known) if named else None
    if isinstance(thing, (list, tuple)) and thing:
        items = [_document(item) for item in cast("list[object]", thing)]
        return None if any(item is None for item in items) else items
    return None


def _plain(thing: object) -> Json:
    """Return what an object is compared with, None if it is nothing of the kind."""
    if isinstance(thing, (dict, list)):
        return thaw(cast("Any", thing))
    return list(cast("tuple[Json, ...]", thing)) if isinstance(thing, tuple) else None


def _top(thing: Node) -> Node:
    """Return the object that a part of one belongs to."""
    while isinstance(thing._up, Node):
        thing = thing._up
    return thing


def _secret(thing: object) -> bool:
    """Return whether something is a part of a Secret."""
    if not isinstance(thing, Node):
        return False
    top = _top(thing)
    return top is not thing and top._find().get("kind") == "Secret"


def _named(thing: object) -> str:
    """Return how something is called: never by what it holds."""
    if isinstance(thing, Node) and (top := _top(thing)) is not thing:
        return f"{type(thing).__name__} of {_named(top)}"
    document = _document(thing)
    if isinstance(document, dict) and isinstance(document.get("kind"), str):
        found = document.get("metadata")
        metadata = cast("dict[str, Any]", found if isinstance(found, dict) else {})
        parts = [metadata.get("namespace"), metadata.get("name")]
        place = "/".join(part for part in parts if isinstance(part, str))
        return f"{document['kind']} {place}".strip()
    if isinstance(document, list):
        return f"{len(document)} object{'s' * (len(document) != 1)}"
    return type(thing).__name__
