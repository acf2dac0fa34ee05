"""What a rule may cost at worst, estimated from its checked expression and the sizes of its types.

1. The unit is the server's: a step costs one, a text a tenth of its length. Sizes come from limits
   of the schema, or from what fits into a request.
2. Expressions come as messages of `cel.expr.CheckedExpr`; only what costs is read of them.

Source: github.com/google/cel-go checker/cost.go; k8s.io/apiserver pkg/cel/library/cost.go, 1.36.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, NamedTuple

from .cel_wire import Message, checked, kind_of, read, text_of, types_of

if TYPE_CHECKING:
    from .cel_types import Decl

__all__ = ["estimated"]

_MAX: Final = 2**64 - 1
_TEXT: Final = 0.1
_REGEX: Final = 0.25
_LIST: Final = 10
_MAP: Final = 30
_MESSAGE: Final = 40
_SCALARS: Final = frozenset({"bool", "int", "uint", "double", "timestamp", "duration"})
_COMPARED: Final = frozenset({"_==_", "_!=_"})
_ORDERED: Final = frozenset({"_<_", "_<=_", "_>_", "_>=_"})
_WALKS_LIST: Final = frozenset({"isSorted", "sum", "min", "max", "indexOf", "lastIndexOf"})
_WALKS_TEXT: Final = frozenset(
    {
        *("url", "isURL", "ip", "isIP", "ip.isCanonical", "cidr", "isCIDR", "quantity"),
        *("isQuantity", "semver", "isSemver", "bytes", "base64.decode", "base64.encode"),
    }
)
_SAME_SIZE: Final = frozenset(
    {"lowerAscii", "upperAscii", "substring", "trim", "charAt", "reverse"}
)


class _Range(NamedTuple):
    """The least and the most of a cost or a size."""

    least: int
    most: int

    def __add__(self, other: object) -> _Range:
        assert isinstance(other, _Range)
        return _Range(_add(self.least, other.least), _add(self.most, other.most))

    def times(self, other: _Range) -> _Range:
        return _Range(_times(self.least, other.least), _times(self.most, other.most))

    def by(self, factor: float) -> _Range:
        return _Range(_factor(self.least, factor), _factor(self.most, factor))

    def either(self, other: _Range) -> _Range:
        return _Range(min(self.least, other.least), max(self.most, other.most))


_NOTHING: Final = _Range(0, 0)
_ONE: Final = _Range(1, 1)
_ANY: Final = _Range(0, _MAX)


def _add(one: int, other: int) -> int:
    return min(_MAX, one + other)


def _times(one: int, other: int) -> int:
    return min(_MAX, one * other)


def _factor(number: int, factor: float) -> int:
    return _MAX if number >= _MAX else min(_MAX, math.ceil(number * factor))


def estimated(tree: bytes, decl: Decl) -> int:
    """Return the most that an expression may cost.

    Shape: `tree` is a `cel.expr.CheckedExpr`, alone or in an `Any`; `decl` is the type of `self`.
    """
    if not tree:
        return 0
    message = checked(tree)
    return _Coster(message, decl).cost(message[4][0]).most


class _Coster:
    """One walk over an expression."""

    __slots__ = ("_decl", "_paths", "_ranges", "_sizes", "_types")

    def __init__(self, message: Message, decl: Decl) -> None:
        self._decl = decl
        self._types = types_of(message)
        self._sizes: dict[int, _Range] = {}
        self._paths: dict[int, tuple[str, ...]] = {}
        self._ranges: dict[str, list[tuple[tuple[str, ...], str]]] = {}

    def cost(self, raw: bytes) -> _Range:
        """Return what an expression costs."""
        expression = read(raw)
        identity = expression.get(2, [0])[0]
        if 3 in expression:
            self._constant(identity, read(expression[3][0]))
            return _NOTHING
        if 4 in expression:
            return self._ident(identity, text_of(read(expression[4][0]), 1))
        if 5 in expression:
            return self._select(identity, read(expression[5][0]))
        if 6 in expression:
            return self._call(identity, read(expression[6][0]))
        if 7 in expression:
            return self._list(identity, read(expression[7][0]))
        if 8 in expression:
            return self._struct(read(expression[8][0]))
        return self._loop(identity, read(expression[9][0])) if 9 in expression else _NOTHING

    def _constant(self, identity: int, constant: Message) -> None:
        if 6 in constant:
            size = len(bytes(constant[6][0]).decode("utf-8", "replace"))
            self._sizes[identity] = _Range(size, size)
        elif 7 in constant:
            self._sizes[identity] = _Range(len(constant[7][0]), len(constant[7][0]))
        else:
            self._sizes[identity] = _ONE

    def _ident(self, identity: int, name: str) -> _Range:
        held = self._ranges.get(name)
        if held:
            path, part = held[-1]
            if path:
                self._paths[identity] = (*path, part)
        else:
            self._paths[identity] = (name,)
        return _ONE

    def _select(self, identity: int, select: Message) -> _Range:
        operand = select[1][0]
        total = self.cost(operand)
        path = self._paths.get(self._id(operand))
        if path:
            self._paths[identity] = (*path, text_of(select, 2))
        if select.get(3, [0])[0]:
            return total  # whether a member is there costs nothing more
        kind = self._kind(self._id(operand))
        return total + _ONE if kind in {"map", "message", "dyn"} else total

    def _list(self, identity: int, made: Message) -> _Range:
        elements = made.get(1, [])
        total = _Range(_LIST, _LIST)
        for each in elements:
            total += self.cost(each)
        self._sizes[identity] = _Range(len(elements), len(elements))
        return total

    def _struct(self, made: Message) -> _Range:
        base = _MESSAGE if text_of(made, 1) else _MAP
        total = _Range(base, base)
        for each in made.get(2, []):
            entry = read(each)
            for number in (3, 4):
                if number in entry:
                    total += self.cost(entry[number][0])
        return total

    def _loop(self, identity: int, loop: Message) -> _Range:
        over = loop[2][0]
        total = self.cost(over) + self.cost(loop[4][0])
        name = text_of(loop, 1)
        kind = self._kind(self._id(over))
        part = "@keys" if kind == "map" else "@items"
        self._ranges.setdefault(name, []).append((self._paths.get(self._id(over), ()), part))
        # The result so far is a variable without a size.
        accumulated = text_of(loop, 3)
        self._ranges.setdefault(accumulated, []).append(((), "@items"))
        each = self.cost(loop[5][0]) + self.cost(loop[6][0])
        self._ranges[name].pop()
        total += self.cost(loop[7][0])
        self._ranges[accumulated].pop()
        count = self._size(over)
        start = read(loop[4][0])
        self._sizes[identity] = count if 7 in start else _ONE
        return total + count.times(each)

    def _call(self, identity: int, call: Message) -> _Range:
        function = text_of(call, 2)
        target = call.get(1, [None])[0]
        arguments: list[bytes] = [*([] if target is None else [target]), *call.get(3, [])]
        costs = [self.cost(each) for each in arguments]
        if function in {"_&&_", "_||_"}:
            return _Range(costs[0].least, _add(costs[0].most, costs[1].most))
        if function == "_?_:_":
            self._sizes[identity] = self._size(arguments[1]).either(self._size(arguments[2]))
            return costs[0] + costs[1].either(costs[2])
        total = _NOTHING
        for each in costs:
            total += each
        if function == "_[_]" and (path := self._paths.get(self._id(arguments[0]))):
            part = "@values" if self._kind(self._id(arguments[0])) == "map" else "@items"
            self._paths[identity] = (*path, part)
        own, size = self._function(function, arguments)
        if size is not None:
            self._sizes[identity] = size
        return total + own

    def _function(self, name: str, arguments: list[bytes]) -> tuple[_Range, _Range | None]:
        """Return what a function costs by itself, and the size of its result if it is known."""
        sizes = [self._size(each) for each in arguments]
        kinds = [self._kind(self._id(each)) for each in arguments]
        first = sizes[0] if sizes else _ONE
        if name == "matches" and len(sizes) > 1:
            return (first + _ONE).by(_TEXT).times(sizes[1].by(_REGEX)), None
        if name in {"find", "findAll"} and len(sizes) > 1:
            cost = (first + _ONE).by(_TEXT).times(sizes[1].by(_REGEX))
            return cost, _Range(0, first.most)
        if name == "contains" and len(sizes) > 1:
            return first.by(_TEXT).times(sizes[1].by(_TEXT)), None
        if name in {"startsWith", "endsWith"} and len(sizes) > 1:
            return sizes[1].by(_TEXT), None
        if name == "@in" and kinds[1] == "list":
            return sizes[1], None
        if name == "_+_" and kinds[0] in {"string", "bytes", "list"}:
            size = first + sizes[1]
            return (_ONE if kinds[0] == "list" else size.by(_TEXT)), size
        if name in _COMPARED or (name in _ORDERED and kinds[0] in {"string", "bytes"}):
            most = min(first.most, sizes[1].most)
            return _Range(1 if most > 0 else 0, most).by(_TEXT), None
        if name == "string" and kinds[0] == "bytes":
            return first.by(_TEXT), first
        if name in _WALKS_LIST and kinds[0] == "list":
            return self._walk(arguments[0], first), None
        if name in {"indexOf", "lastIndexOf"}:
            return first.by(_TEXT), None
        if name in _WALKS_TEXT and kinds[0] in {"string", "bytes"}:
            return first.by(_TEXT), None
        if name in _SAME_SIZE and kinds[0] == "string":
            return first.by(_TEXT), _Range(0, first.most)
        if name == "replace" and len(sizes) > 2:
            most = _times(first.most, max(1, sizes[2].most))
            return first.by(_TEXT), _Range(0, most)
        if name == "split":
            return first.by(_TEXT), _Range(0, first.most)
        if name == "join":
            return self._joined(arguments[0], first, sizes), None
        if name.startswith("sets.") and len(sizes) > 1:
            return first.times(sizes[1]) + _ONE, None
        return _ONE, None

    def _walk(self, values: bytes, size: _Range) -> _Range:
        """Return what it costs to look at each item of a list."""
        path = self._paths.get(self._id(values))
        item = self._at((*path, "@items")) if path else None
        if item is None or item.kind not in {"string", "bytes"}:
            return size
        return size.times(_ONE + _Range(0, item.most).by(_TEXT))

    def _joined(self, values: bytes, size: _Range, sizes: list[_Range]) -> _Range:
        path = self._paths.get(self._id(values))
        item = self._at((*path, "@items")) if path else None
        between = sizes[1].most if len(sizes) > 1 else 0
        each = _MAX if item is None else _add(item.most, between)
        return _Range(0, _times(size.most, each)).by(_TEXT)

    def _id(self, raw: bytes) -> int:
        return int(read(raw).get(2, [0])[0])

    def _kind(self, identity: int) -> str:
        return kind_of(self._types.get(identity))

    def _at(self, path: tuple[str, ...]) -> Decl | None:
        """Return what stands at a path that begins with a variable."""
        here: Decl | None = self._decl
        for name in path[1:]:
            if here is None:
                return None
            if name == "@keys":
                return None
            if name in {"@items", "@values"}:
                here = here.inner
            else:
                found = here.fields.get(name)
                here = None if found is None else found[1]
        return here

    def _size(self, raw: bytes) -> _Range:
        """Return how large a value may be."""
        identity = self._id(raw)
        known = self._sizes.get(identity)
        if known is not None:
            return known
        path = self._paths.get(identity)
        if path and path[0] in {"self", "oldSelf"}:
            if path[-1] == "@keys":  # the server knows no size of them, and takes none
                return _NOTHING
            here = self._at(path)
            if here is not None:
                return _Range(0, here.most)
        return _ONE if self._kind(identity) in _SCALARS else _ANY
