"""What a rule may cost at worst, estimated from its checked expression and the sizes of its types.

1. The unit is the server's: a step costs one, a text a tenth of its length. Sizes come from limits
   of the schema, or from what fits into a request.
2. Expressions come as messages of `cel.expr.CheckedExpr`; only what costs is read of them.

Source: github.com/google/cel-go checker/cost.go; k8s.io/apiserver pkg/cel/library/cost.go, 1.36.
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

from .cel_types import Decl
from .cel_wire import Message, checked, item_kind, kind_of, name_of, read, text_of, types_of

__all__ = ["estimated"]

_MAX: Final = 2**64 - 1
_TEXT: Final = 0.1
_REGEX: Final = 0.25
_LIST: Final = 10
_MAP: Final = 30
_MESSAGE: Final = 40
_NAMED_FORMAT: Final = 32
"""What a format of names costs for each tenth of a character."""
_SCALARS: Final = frozenset({"bool", "int", "uint", "double", "timestamp", "duration"})
_SIZED: Final = frozenset({"string", "bytes", "list"})
_COMPARED: Final = frozenset({"_==_", "_!=_"})
_ORDERED: Final = frozenset({"_<_", "_<=_", "_>_", "_>=_"})
_WALKS: Final = frozenset({"isSorted", "sum", "min", "max", "indexOf", "lastIndexOf"})
_SAME_SIZE: Final = frozenset({"lowerAscii", "upperAscii", "substring", "trim"})
_AT_ONCE: Final = frozenset({"net.IP", "net.CIDR", "kubernetes.Quantity", "kubernetes.Semver"})
"""Types whose values are equal or not at the cost of one step."""


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
_ADDRESS: Final = _Range(4, 16)
_KEY: Final = Decl("string")


class _Local(NamedTuple):
    """What a variable of a loop stands for."""

    path: tuple[str, ...] = ()
    size: _Range | None = None
    """Where no place in the schema tells it."""
    entries: _Range | None = None
    """The size of each element."""


def _add(one: int, other: int) -> int:
    return min(_MAX, one + other)


def _times(one: int, other: int) -> int:
    return min(_MAX, one * other)


def _factor(number: int, factor: float) -> int:
    return min(_MAX, math.ceil(float(number) * factor))


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

    __slots__ = ("_decl", "_entries", "_locals", "_paths", "_sizes", "_types")

    def __init__(self, message: Message, decl: Decl) -> None:
        self._decl = decl
        self._types = types_of(message)
        self._sizes: dict[int, _Range] = {}
        self._paths: dict[int, tuple[str, ...]] = {}
        self._entries: dict[int, _Range] = {}
        self._locals: dict[str, list[_Local]] = {}

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
            return self._struct(identity, read(expression[8][0]))
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
        held = self._locals.get(name)
        if not held:
            self._paths[identity] = (name,)
            return _ONE
        local = held[-1]
        if local.path:
            self._paths[identity] = local.path
        if local.size is not None and self._known_of(identity) is None:
            self._sizes[identity] = local.size
        if local.entries is not None:
            self._entries[identity] = local.entries
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
        return total + _ONE if kind in {"map", "message"} else total

    def _list(self, identity: int, made: Message) -> _Range:
        elements = made.get(1, [])
        total = _Range(_LIST, _LIST)
        each_size: _Range | None = None
        for each in elements:
            total += self.cost(each)
            size = self._size(each)
            each_size = size if each_size is None else each_size.either(size)
        self._sizes[identity] = _Range(len(elements), len(elements))
        self._entries[identity] = each_size or _NOTHING
        return total

    def _struct(self, identity: int, made: Message) -> _Range:
        base = _MESSAGE if text_of(made, 1) else _MAP
        total = _Range(base, base)
        entries = made.get(2, [])
        for each in entries:
            entry = read(each)
            for number in (3, 4):
                if number in entry:
                    total += self.cost(entry[number][0])
        if base == _MAP:
            self._sizes[identity] = _Range(len(entries), len(entries))
        return total

    def _loop(self, identity: int, loop: Message) -> _Range:
        over, start, result = loop[2][0], loop[4][0], loop[7][0]
        total = self.cost(over) + self.cost(start)
        accumulated = text_of(loop, 3)
        self._push(
            accumulated,
            _Local(self._path(start), self._known(start), self._entries.get(self._id(start))),
        )
        if not accumulated.startswith(("@", "__")):  # a name for a value: nothing is repeated
            total += self.cost(result)
            self._locals[accumulated].pop()
            if (size := self._known(result)) is not None:
                self._sizes[identity] = size
            return total
        names = [text_of(loop, 1), *([text_of(loop, 8)] if 8 in loop else [])]
        in_map = self._kind(self._id(over)) == "map"
        parts = ["@keys", "@values"] if in_map else ["@indices", "@items"]
        if len(names) == 1:
            parts = parts[:1] if in_map else parts[1:]
        entries = self._entries.get(self._id(over))
        for name, part in zip(names, parts, strict=True):
            size = entries if part == "@items" else None
            self._push(name, _Local((*self._path(over), part), size))
        each = self.cost(loop[5][0]) + self.cost(loop[6][0])
        for name in names:
            self._locals[name].pop()
        total += self.cost(result)
        self._locals[accumulated].pop()
        count = self._size(over)
        if {7, 8} & read(start).keys():
            self._sizes[identity] = count
            if (sizes := self._entries.get(self._id(loop[6][0]))) is not None:
                self._entries[identity] = sizes
        else:
            self._sizes[identity] = _ONE
        return total + count.times(each)

    def _push(self, name: str, local: _Local) -> None:
        self._locals.setdefault(name, []).append(local)

    def _call(self, identity: int, call: Message) -> _Range:
        function = text_of(call, 2)
        target = call.get(1, [None])[0]
        arguments: list[bytes] = [*([] if target is None else [target]), *call.get(3, [])]
        costs = [self.cost(each) for each in arguments]
        if function in {"_&&_", "_||_"}:
            return _Range(costs[0].least, _add(costs[0].most, costs[1].most))
        if function == "_?_:_":
            self._sizes[identity] = self._size(arguments[1]).either(self._size(arguments[2]))
            self._join_entries(identity, arguments[1:])
            return costs[0] + costs[1].either(costs[2])
        total = _NOTHING
        for each in costs:
            total += each
        if function == "dyn":
            if (size := self._known(arguments[0])) is not None:
                self._sizes[identity] = size
            return total + _ONE
        if function == "_[_]":
            self._index(identity, arguments[0])
        elif function == "_+_":
            self._join_entries(identity, arguments)
        own, size = self._function(function, arguments)
        if size is not None:
            self._sizes[identity] = size
        return total + own

    def _index(self, identity: int, container: bytes) -> None:
        """Keep what is known of an element."""
        entries = self._entries.get(self._id(container))
        if entries is not None:
            self._sizes[identity] = entries
        part = "@values" if self._kind(self._id(container)) == "map" else "@items"
        self._paths[identity] = (*self._path(container), part)

    def _join_entries(self, identity: int, parts: list[bytes]) -> None:
        first, second = (self._entries.get(self._id(each)) for each in parts)
        if first is not None and second is not None:
            self._entries[identity] = first.either(second)

    def _function(self, name: str, arguments: list[bytes]) -> tuple[_Range, _Range | None]:
        """Return what a function costs by itself, and the size of its result if it is known."""
        sizes = [self._size(each) for each in arguments]
        kinds = [self._kind(self._id(each)) for each in arguments]
        first = sizes[0] if sizes else _ONE
        second = sizes[1] if len(sizes) > 1 else _ONE
        found: tuple[_Range, _Range | None] = (_ONE, None)
        if len(sizes) == 2 and (name in _COMPARED or name in _ORDERED):
            found = self._comparison(name, arguments, sizes, kinds), None
        elif name in {"matches", "find", "findAll"} and len(sizes) > 1:
            cost = (first + _ONE).by(_TEXT).times(second.by(_REGEX))
            found = cost, (None if name == "matches" else _Range(0, first.most))
        elif name == "contains" and len(sizes) > 1:
            found = first.by(_TEXT).times(second.by(_TEXT)), None
        elif name in {"startsWith", "endsWith"} and len(sizes) > 1:
            found = second.by(_TEXT), None
        elif name == "@in" and kinds[1] == "list":
            found = second, None
        elif name == "_+_" and len(sizes) > 1:
            kind = kinds[1] if kinds[0] == "dyn" else kinds[0]
            if kind in _SIZED:
                size = first + second
                found = (_ONE if kind == "list" else size.by(_TEXT)), size
        elif name in _WALKS and sizes:
            found = self._walk(arguments[0], first), None
        elif name == "join" and sizes:
            size = self._joined(arguments[0], first, sizes)
            found = size.by(_TEXT), size
        elif name.startswith("sets.") and len(sizes) > 1:
            factor = 2 if name == "sets.equivalent" else 1
            found = first.times(second).by(factor) + _ONE, None
        elif name in {"containsIP", "containsCIDR"} and len(sizes) > 1:
            cost = (_ADDRESS + _ADDRESS).by(_TEXT)
            if name == "containsCIDR":
                cost += _ADDRESS.by(_TEXT) + _ONE
            found = (cost + second.by(_TEXT) if kinds[1] == "string" else cost), None
        elif name == "validate" and len(sizes) > 1:
            found = second.by(_TEXT).by(_NAMED_FORMAT), None
        elif kinds[:1] in (["string"], ["bytes"], ["dyn"]):
            found = _on_text(name, kinds[0], sizes)
        return found

    def _comparison(
        self, name: str, arguments: list[bytes], sizes: list[_Range], kinds: list[str]
    ) -> _Range:
        types = [name_of(self._types.get(self._id(each))) for each in arguments]
        if name == "_==_" and types[0] == types[1]:
            if types[0] in _AT_ONCE:
                return _ONE
            if types[0] == "kubernetes.URL":
                return _Range(1, sizes[1].most).by(_TEXT)
        if name in _ORDERED and not {"string", "bytes"} & set(kinds):
            return _ONE
        most = min(sizes[0].most, sizes[1].most)
        return _Range(1 if most > 0 else 0, most).by(_TEXT)

    def _walk(self, values: bytes, size: _Range) -> _Range:
        """Return what it costs to look at each item of a list, or each character of a text."""
        kind = item_kind(self._types.get(self._id(values)))
        if not kind:
            return size.by(_TEXT)
        if kind not in {"string", "bytes"}:
            return size
        return size.times(_ONE + self._item(values).by(_TEXT))

    def _joined(self, values: bytes, size: _Range, sizes: list[_Range]) -> _Range:
        found = size.times(self._item(values))
        if len(sizes) > 1:
            found += sizes[1].times(_Range(max(0, size.least - 1), max(0, size.most - 1)))
        return found

    def _item(self, values: bytes) -> _Range:
        """Return the size of the items of a list, as far as the schema tells it."""
        path = self._path(values)
        item = self._at((*path, "@items")) if path else None
        return _ANY if item is None else _Range(0, item.most)

    def _id(self, raw: bytes) -> int:
        return int(read(raw).get(2, [0])[0])

    def _kind(self, identity: int) -> str:
        return kind_of(self._types.get(identity))

    def _path(self, raw: bytes) -> tuple[str, ...]:
        return self._paths.get(self._id(raw), ())

    def _at(self, path: tuple[str, ...]) -> Decl | None:
        """Return what stands at a path, whose first name counts for `self` whatever it is.

        Shape: what is reached from something of no place has a path of its own last steps, as it
        has for the server.
        """
        here: Decl | None = self._decl
        for name in path[1:]:
            if here is None:
                return None
            if name == "@keys":  # the server knows no size of keys, and takes none
                return _KEY if here.kind == "map" else None
            if name in {"@items", "@values"}:
                here = here.inner
            else:
                found = here.fields.get(name)
                here = None if found is None else found[1]
        return here

    def _known(self, raw: bytes) -> _Range | None:
        """Return how large a value may be, None if nothing tells it."""
        return self._known_of(self._id(raw))

    def _known_of(self, identity: int) -> _Range | None:
        known = self._sizes.get(identity)
        if known is not None:
            return known
        path = self._paths.get(identity)
        if path:
            here = self._at(path)
            if here is not None:
                return _Range(0, here.most)
        held = self._types.get(identity)
        kind = kind_of(held)
        if kind == "abstract":
            kind = item_kind(held)
        return _ONE if kind in _SCALARS else None

    def _size(self, raw: bytes) -> _Range:
        return self._known(raw) or _ANY


def _on_text(name: str, kind: str, sizes: list[_Range]) -> tuple[_Range, _Range | None]:
    """Return what a function of a text costs, and the size of its result if it is known."""
    first = sizes[0]
    once, twice = first.by(_TEXT), first.by(2 * _TEXT)
    if name in _SAME_SIZE or name in {"url", "jsonpatch.escapeKey"}:
        return once, first
    if name == "bytes" and kind == "string":
        return once, _Range(first.least, _times(first.most, 4))
    if name == "string" and kind == "bytes":
        return once, _Range(first.least // 4, first.most)
    if name == "strings.quote":
        return once, _Range(first.least + 2, _add(_times(first.most, 2), 2))
    if name == "format":
        return once, None
    if name == "replace" and len(sizes) > 2:
        return twice, _replaced(first, sizes[1], sizes[2])
    if name == "split":
        return twice, _Range(0, first.most)
    return _ONE, None


def _replaced(text: _Range, old: _Range, new: _Range) -> _Range:
    """Return how large a text may be once parts of it are replaced."""
    if old.least == 0:
        most = _add(_times(_add(text.most, 1), new.most), text.most)
    elif new.most <= old.least:
        most = text.most
    else:
        most = _times(math.ceil(text.most / old.least), new.most)
    if old.most == 0:
        least = _add(_times(_add(text.least, 1), new.least), text.least)
    elif old.most <= new.least:
        least = text.least
    else:
        least = _times(math.ceil(text.least / old.most), new.least)
    return _Range(least, most)
