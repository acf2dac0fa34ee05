"""Read-only documents: still dicts and lists, so everything that reads JSON reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from reconcile.errors import ReadOnlyError

from ._copy_cy import frozen, thaw

if TYPE_CHECKING:
    from .types import Json

__all__ = ["FrozenDict", "FrozenList", "freeze", "thaw"]


def _refuse(*_arguments: object, **_keywords: object) -> NoReturn:
    raise ReadOnlyError("observed documents are read-only; copy first")


class FrozenDict(dict[str, "Json"]):
    """A dict that cannot be changed. `dict(it)`, `copy` and `thaw` give one that can."""

    __slots__ = ()

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse

    def copy(self) -> dict[str, Json]:
        """Return a shallow copy that can be changed."""
        return dict(self)

    def __copy__(self) -> dict[str, Json]:
        return dict(self)

    def __deepcopy__(self, _memo: object) -> Json:
        return thaw(self)

    def __reduce__(self) -> tuple[object, ...]:
        return freeze, (thaw(self),)


class FrozenList(list["Json"]):
    """A list that cannot be changed. `list(it)`, `copy` and `thaw` give one that can."""

    __slots__ = ()

    __setitem__ = __delitem__ = __iadd__ = __imul__ = _refuse
    append = clear = extend = insert = pop = remove = reverse = sort = _refuse

    def copy(self) -> list[Json]:
        """Return a shallow copy that can be changed."""
        return list(self)

    def __copy__(self) -> list[Json]:
        return list(self)

    def __deepcopy__(self, _memo: object) -> Json:
        return thaw(self)

    def __reduce__(self) -> tuple[object, ...]:
        return freeze, (thaw(self),)


def freeze(document: Json, *, depth: int = 0) -> Json:
    """Return a deep read-only copy. Raises: LimitError when the document is too deep.

    Guarantees: what is read-only all the way down is not copied again.
    """
    return frozen(document, FrozenDict, FrozenList, depth)
