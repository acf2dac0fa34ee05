"""A patch: the operations that turn one document into another. Source: RFC 6902."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, cast, overload

from reconcile.errors import PatchError
from reconcile.value.equality import equal
from reconcile.value.redact import describe
from reconcile.value.types import ABSENT

from ._engine_cy import ADD, COPY, MOVE, REMOVE, REPLACE, documents
from .operation import Operation, operation_from_json

if TYPE_CHECKING:
    from reconcile.value.types import Absent, Json, JsonIn

    from .render import Style


__all__ = ["Patch", "Raw"]

Raw = tuple[int, object, "str | int | None", object, object]


class Patch(Sequence[Operation]):
    """A tuple of operations, put together when they are looked at.

    Guarantees: false exactly if it is empty. Values are references into the documents it was made
        from: do not change those while the patch is used. Two patches are equal if their
        operations are.
    """

    __slots__ = ("_operations", "_raw")

    def __init__(self, operations: Iterable[Operation] = ()) -> None:
        self._raw: list[Raw] | None = None
        self._operations: tuple[Operation, ...] | None = tuple(operations)

    @classmethod
    def _of(cls, raw: list[Raw]) -> Patch:
        patch = cls.__new__(cls)
        patch._raw = raw
        patch._operations = None
        return patch

    @classmethod
    def from_json(cls, document: Iterable[object]) -> Patch:
        """Return the patch a JSON document is.

        Raises: PatchError, with the index of the operation, when it is none.
        """
        if isinstance(document, (str, bytes, dict)) or not isinstance(document, Iterable):
            raise PatchError(
                0, "", f"the patch is {describe(cast('object', document))}; expected a list"
            )
        return cls(operation_from_json(item, index) for index, item in enumerate(document))

    def to_json(self) -> list[dict[str, Json]]:
        """Return the operations as RFC 6902 writes them. Values are references.

        Cost: linear; the pointer of a container is put together once for the operations in it.
        """
        if self._raw is None:
            return [operation.to_json() for operation in self._all()]
        return documents(self._raw)

    def invert(self, before: JsonIn | Absent = ABSENT) -> Patch:
        """Return the patch that undoes this one.

        Shape: a patch that `diff` made knows what was there; one that was read needs `before`,
            the document it applies to.
        Raises: PatchError when `before` is needed and not given, or the patch does not apply to it.
        """
        if self._raw is not None:
            return Patch._of([_inverted(raw) for raw in reversed(self._raw)])
        if not self._all():
            return Patch()
        if before is ABSENT:
            raise PatchError(0, self[0].path, "what was there is not known; give `before`")
        from .apply import apply
        from .compute import diff

        return diff(apply(before, self), before)

    def render(
        self,
        before: JsonIn,
        *,
        style: Style = "unified",
        context: int = 3,
        colour: bool = False,
    ) -> str:
        """Return what this patch changes in a document, as text for people; see `diff.render`.

        Raises: PatchError when the patch does not apply to the document.
        """
        from .apply import apply
        from .render import render

        return render(before, apply(before, self), style=style, context=context, colour=colour)

    def _all(self) -> tuple[Operation, ...]:
        if self._operations is None:
            self._operations = tuple(
                Operation(
                    document["op"],
                    cast("str", document["path"]),
                    document.get("value", ABSENT),
                    cast("str | None", document.get("from")),
                )
                for document in documents(self._raw or [])
            )
        return self._operations

    @overload
    def __getitem__(self, index: int) -> Operation: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Operation, ...]: ...
    def __getitem__(self, index: int | slice) -> Operation | tuple[Operation, ...]:
        return self._all()[index]

    def __len__(self) -> int:
        return len(self._all()) if self._raw is None else len(self._raw)

    def __bool__(self) -> bool:
        return len(self) > 0

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Patch):
            return NotImplemented
        return len(self) == len(other) and equal(
            cast("JsonIn", self.to_json()), cast("JsonIn", other.to_json())
        )

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"<Patch of {len(self)} operation{'' if len(self) == 1 else 's'}>"


def _inverted(raw: Raw) -> Raw:
    code, place, part, value, before = raw
    if code == ADD:
        return REMOVE, place, part, ABSENT, value
    if code == REMOVE:
        return ADD, place, part, before, ABSENT
    if code == REPLACE:
        return REPLACE, place, part, before, value
    assert code == MOVE and code != COPY  # noqa: PT018  # diff makes no others
    return MOVE, place, cast("int", value), part, ABSENT
