"""A JSON patch applied: all of it, or nothing. Source: RFC 6902; for the dialect see `apply`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal, cast

from reconcile.errors import LimitError, PatchError
from reconcile.value._walk_cy import MAX_LEVELS, Walk, container
from reconcile.value.pointer import parse, render
from reconcile.value.redact import describe

from ._engine_cy import ADD, MOVE, REMOVE
from .operation import Operation, operation_from_json
from .patch import Patch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconcile.value.types import Absent, Json, JsonIn

    from .patch import Raw

__all__ = ["MAX_GROWTH", "Dialect", "apply", "copied"]

Dialect = Literal["rfc6902", "kubernetes"]
MAX_GROWTH = 3 * 1024 * 1024
"""Bytes that the copy operations of one patch may add: what the API server allows."""


def apply(
    document: JsonIn,
    patch: Patch | Iterable[Operation | Mapping[str, JsonIn]],
    *,
    dialect: Dialect = "rfc6902",
    max_growth: int = MAX_GROWTH,
) -> Json:
    """Return the document with the patch applied to it.

    Shape: `patch` is a Patch, or RFC 6902 operations. In the dialect "kubernetes" it is applied as
        the API server does: indices count from the end when negative; `replace` of a missing member
        of an object adds it; `test` takes a missing member for null, and numbers and texts as they
        are spelt; `remove` of the whole document is refused.
    Units: `max_growth`: bytes, about, that all copy operations together may add.
    Guarantees: neither argument is changed, nor shares a container with the result. A patch that
        fails leaves nothing half done. Any depth.
    Raises: PatchError with the index of the operation and the pointer: an operation that is none, a
        place that is not there, a `test` that fails, too much growth. LimitError for a value that
        contains itself. TypeError for what JSON does not have.
    Cost: linear in the document and the patch; an operation in a list moves the items behind it.
    Source: RFC 6902; "kubernetes": evanphx/json-patch v4, as kube-apiserver 1.36 uses it.
    """
    patched = _Patched(copied(document), dialect == "kubernetes", max_growth)
    operations: Iterable[object] = patch
    if isinstance(patch, Patch):
        if patch._raw is not None and not patched.kubernetes:
            return _by_places(patched.document, patch._raw)
    else:
        if isinstance(patch, (str, bytes, Mapping)) or not isinstance(patch, Iterable):
            raise PatchError(
                0, "", f"the patch is {describe(cast('object', patch))}; expected a list"
            )
        operations = [
            item
            if isinstance(item, Operation)
            else operation_from_json(item, index, lenient=patched.kubernetes)
            for index, item in enumerate(patch)
        ]
    for index, operation in enumerate(operations):
        patched.do(cast("Operation", operation), index)
    return patched.document


def copied(value: object) -> Json:
    """Return a copy that shares no container with the value. Any depth.

    Raises: TypeError for what JSON does not have; LimitError for a value that contains itself.
    """
    inside = container(value)
    if inside is None:
        return cast("Json", value)
    root: list[Json] | dict[str, Json] = {} if isinstance(inside, dict) else []
    stack: list[tuple[Any, list[Json] | dict[str, Json], int]] = [(inside, root, 0)]
    while stack:
        source, target, level = stack.pop()
        if level > MAX_LEVELS:
            raise LimitError("levels of nesting", MAX_LEVELS)
        if isinstance(target, dict):
            for key, item in source.items():
                if type(key) is not str:
                    raise TypeError(f"JSON has no keys of type {type(key).__name__}")
                part = container(item)
                if part is None:
                    target[key] = item
                else:
                    made: list[Json] | dict[str, Json] = {} if isinstance(part, dict) else []
                    target[key] = made
                    if part:
                        stack.append((part, made, level + 1))
        else:
            for item in source:
                part = container(item)
                if part is None:
                    target.append(item)
                else:
                    inner: list[Json] | dict[str, Json] = {} if isinstance(part, dict) else []
                    target.append(inner)
                    if part:
                        stack.append((part, inner, level + 1))
    return root


def _by_places(document: Json, raw: Sequence[Raw]) -> Json:
    """Return the document with the operations of `diff` done to it.

    The place of a container is looked for once: what is done in a container comes before it is
    moved, so the place stays that container's.
    """
    found: dict[int, dict[str, Json] | list[Json]] = {}
    for index, (code, place, part, value, _) in enumerate(raw):
        if place is None:
            document = copied(value)
            continue
        at = _container(document, place, found, index)
        try:
            if code == MOVE:
                items = cast("list[Json]", at)
                items.insert(cast("int", part), items.pop(cast("int", value)))
            elif code == REMOVE:
                del at[part]  # type: ignore[arg-type]
            elif code == ADD and isinstance(at, list):
                if cast("int", part) > len(at):
                    raise _elsewhere(index, place, part)
                at.insert(cast("int", part), copied(value))
            elif code != ADD and isinstance(at, dict) and part not in at:
                raise _elsewhere(index, place, part)
            else:
                at[part] = copied(value)  # type: ignore[index]
        except (LookupError, TypeError) as error:
            raise _elsewhere(index, place, part) from error
    return document


def _container(
    document: Json, place: object, found: dict[int, dict[str, Json] | list[Json]], index: int
) -> dict[str, Json] | list[Json]:
    """Return the container at a place, and remember it and those above it."""
    steps: list[tuple[object, object]] = []
    while id(place) not in found and place:
        above, part = cast("tuple[object, object]", place)
        steps.append((place, part))
        place = above
    value: Any = found.get(id(place), document) if place else document
    for here, part in reversed(steps):
        try:
            value = value[part]
        except (LookupError, TypeError) as error:
            raise _elsewhere(index, here, None) from error
        found[id(here)] = cast("dict[str, Json]", value)
    if type(value) not in (dict, list):
        raise _elsewhere(index, place, None)
    return cast("dict[str, Json] | list[Json]", value)


def _elsewhere(index: int, place: object, part: object) -> PatchError:
    parts: list[str | int] = [] if part is None else [cast("str | int", part)]
    while place:
        place, step = cast("tuple[object, str | int]", place)
        parts.append(step)
    return PatchError(
        index, render(reversed(parts)), "there is nothing; the patch is of another document"
    )


class _Patched:
    """A document while operations are done to it."""

    def __init__(self, document: Json, kubernetes: bool, max_growth: int) -> None:
        self.document = document
        self.kubernetes = kubernetes
        self.growth = max_growth
        self.max_growth = max_growth

    def do(self, operation: Operation, index: int) -> None:
        """Do one operation."""
        at = _Place(self, operation.path, index)
        match operation.op:
            case "add":
                at.add(copied(operation.value))
            case "remove":
                at.remove()
            case "replace":
                at.replace(copied(operation.value))
            case "test":
                at.test(operation.value)
            case "move":
                origin = _Place(self, operation.from_ or "", index)
                if operation.from_ == operation.path:
                    origin.value()
                    return
                if not self.kubernetes and f"{operation.path}/".startswith(f"{operation.from_}/"):
                    raise PatchError(index, operation.path, "lies inside of what is moved")
                value = origin.value()
                origin.remove()
                at.add(value)
            case "copy":
                value = _Place(self, operation.from_ or "", index).value(missing=self.kubernetes)
                self.growth -= _size(value, self.growth)
                if self.growth < 0:
                    raise PatchError(
                        index,
                        operation.path,
                        f"copies make the document grow by more than {self.max_growth} bytes",
                    )
                at.add(copied(value))


class _Place:
    """A place in a document: the container it is in, and its last part."""

    def __init__(self, patched: _Patched, pointer: str, index: int) -> None:
        self.patched = patched
        self.pointer = pointer
        self.index = index
        if patched.kubernetes and not pointer.startswith("/"):
            pointer = pointer[pointer.find("/") :] if "/" in pointer else ""
        self.parts = parse(pointer)

    def fail(self, message: str) -> PatchError:
        return PatchError(self.index, self.pointer, message)

    def parent(self) -> dict[str, Json] | list[Json]:
        """Return the container the place is in."""
        value = self.patched.document
        for depth, part in enumerate(self.parts[:-1]):
            if isinstance(value, dict):
                if part not in value:
                    raise self.fail(f"there is nothing at its part {depth + 1}")
                value = value[part]
            elif isinstance(value, list):
                value = value[self.at(part, len(value) - 1)]
            else:
                raise self.fail(f"at its part {depth + 1} there is {describe(value)}")
        if not isinstance(value, (dict, list)):
            raise self.fail(f"its last part is looked for in {describe(value)}")
        return value

    def at(self, part: str, last: int) -> int:
        """Return the index a part is, in a list whose last possible index is `last`."""
        digits = part.removeprefix("-") if self.patched.kubernetes else part
        if not (digits.isascii() and digits.isdigit()):
            wrong = "- is the place behind a list, where nothing is" if part == "-" else "no index"
            raise self.fail(f"{wrong}; the list has {last + 1} places")
        if digits != "0" and digits.startswith("0"):
            raise self.fail("an index does not begin with 0")
        if len(digits) > 18 or int(digits) > last + (digits != part):
            raise self.fail(f"is past the end; the list has {last + 1} places")
        return last + 1 - int(digits) if digits != part else int(digits)

    def value(self, *, missing: bool = False) -> Json:
        """Return what is there; null for nothing if that may be missing."""
        if not self.parts:
            return self.patched.document
        parent, part = self.parent(), self.parts[-1]
        if isinstance(parent, list):
            return parent[self.at(part, len(parent) - 1)]
        if part not in parent and not missing:
            raise self.fail("there is nothing")
        return parent.get(part)

    def add(self, value: Json) -> None:
        if not self.parts:
            self.patched.document = value
            return
        parent, part = self.parent(), self.parts[-1]
        if isinstance(parent, dict):
            parent[part] = value
        elif part == "-":
            parent.append(value)
        else:
            parent.insert(self.at(part, len(parent)), value)

    def remove(self) -> None:
        if not self.parts:
            raise self.fail("the whole document cannot be removed")
        parent, part = self.parent(), self.parts[-1]
        if isinstance(parent, list):
            del parent[self.at(part, len(parent) - 1)]
        elif part not in parent:
            raise self.fail("there is nothing to remove")
        else:
            del parent[part]

    def replace(self, value: Json) -> None:
        if not self.parts:
            self.patched.document = value
            return
        parent, part = self.parent(), self.parts[-1]
        if isinstance(parent, list):
            parent[self.at(part, len(parent) - 1)] = value
        elif part not in parent and not self.patched.kubernetes:
            raise self.fail("there is nothing to replace")
        else:
            parent[part] = value

    def test(self, wanted: Json | Absent) -> None:
        if self.patched.kubernetes:
            try:
                found: Json = self.value()
            except PatchError:
                if wanted is not None:
                    raise
                found = None
        else:
            found = self.value()
        walk = Walk(not self.patched.kubernetes)
        if walk.start(found, wanted) or walk.step():
            raise self.fail("the test failed: another value is there")


def _size(value: Json, enough: int) -> int:
    """Return about how many bytes a value takes as JSON; stops counting when it is enough."""
    size = 0
    stack = [value]
    while stack and size <= enough:
        item = stack.pop()
        if isinstance(item, str):
            size += len(item) + 2
        elif isinstance(item, dict):
            size += 2 + sum(len(key) + 4 for key in item)
            stack.extend(item.values())
        elif isinstance(item, list):
            size += 2 + len(item)
            stack.extend(item)
        else:
            size += 4 if item is None or isinstance(item, bool) else len(repr(item))
    return size
