"""Two schemas of one place compared: what of values that fit the first does not fit the second.

1. `objects`: an update of a stored object that leaves the value alone is refused, or what is stored
   is lost. `clients`: values that are stored are let pass while nobody changes them, and what
   clients send is refused, or read otherwise. `safe`: neither.
2. The server lets pass what was wrong already in a part that an update does not change
   (CRDValidationRatcheting). A part is found again by the names of members and the keys of map
   lists. So a new bound of a text is the business of clients; what is asked of an object with more
   in it, or of items of a list without keys, comes up at every change beside it.
3. What cannot be decided, such as whether one pattern holds more than another, counts as narrower.

Source: k8s.io/apiextensions-apiserver pkg/apiserver/validation/ratcheting.go, 1.36.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal, NamedTuple, TypeAlias, cast

from reconcile.kinds.structural.formats import known
from reconcile.value.equality import equal

from .places import part, several

__all__ = ["Difference", "Effect", "compared"]

Effect: TypeAlias = Literal["objects", "clients", "safe"]

_OPEN: Final = "x-kubernetes-preserve-unknown-fields"
_LIST: Final = "x-kubernetes-list-type"
_KEYS: Final = "x-kubernetes-list-map-keys"
_MAP: Final = "x-kubernetes-map-type"
_EMBEDDED: Final = "x-kubernetes-embedded-resource"
_EITHER: Final = "x-kubernetes-int-or-string"
_RULES: Final = "x-kubernetes-validations"
_LOWER: Final = ("minimum", "minLength", "minItems", "minProperties")
_UPPER: Final = ("maximum", "maxLength", "maxItems", "maxProperties")
_TOLD: Final = ("description", "title", "example", "externalDocs")
_JUNCTORS: Final = ("allOf", "anyOf", "oneOf", "not")
_WIDER: Final = frozenset(
    {("integer", "number"), ("integer", _EITHER), ("string", _EITHER), ("object", "any")}
)
_KEPT: Final = ("apiVersion", "kind", "metadata")

_LET_PASS: Final = "stored values are let pass while nobody changes them; other writes are refused"  # noqa: S105
_AT_EACH: Final = "a stored object that breaks it is refused at every change beside it"
_BEFORE: Final = "change the objects first, or allow both for a time"


class Difference(NamedTuple):
    """One difference of two schemas, and what comes of it."""

    effect: Effect
    field: str
    what: str
    why: str
    remedy: str = ""


class _Pair(NamedTuple):
    """One place in both schemas."""

    field: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    found_again: bool
    """Whether the server knows what a value was before an update: no list without keys above."""

    def constraint(self, what: str) -> Difference:
        """Return what comes of asking more of a value."""
        kind = _type(self.after)
        whole = kind in {"object", "any"} or (kind == "array" and self.after.get(_LIST) == "map")
        if self.found_again and not whole:
            return Difference("clients", self.field, what, _LET_PASS, _BEFORE)
        return Difference("objects", self.field, what, _AT_EACH, _BEFORE)

    def safe(self, what: str) -> Difference:
        """Return a difference of which nothing comes."""
        return Difference("safe", self.field, what, "")


def compared(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Difference]:
    """Yield what differs between two structural schemas, a place before what is in it.

    Cost: linear in both, but for lists of values and rules, which are compared each with each.
    """
    waiting = [_Pair("", before, after, found_again=True)]
    while waiting:
        pair = waiting.pop()
        if equal(cast("Any", pair.before), cast("Any", pair.after)):
            continue
        inner: list[_Pair] = []
        yield from _place(pair, inner)
        waiting.extend(reversed(inner))


def _type(schema: Mapping[str, Any]) -> str:
    """Return the type of a place; `any` for what has none."""
    if schema.get(_EITHER) is True:
        return _EITHER
    return schema.get("type") or "any"


def _open(schema: Mapping[str, Any]) -> bool:
    """Return whether a place keeps members that it does not describe."""
    anything = schema.get("additionalProperties") is True
    return anything or schema.get(_OPEN) is True or _type(schema) == "any"


def _holds(schema: Mapping[str, Any]) -> bool:
    """Return whether values of a place have members: what is no object keeps none of them."""
    while _type(schema) == "array":
        schema = part(schema, "items")
    return _type(schema) in {"object", "any"}


def _place(pair: _Pair, inner: list[_Pair]) -> Iterator[Difference]:
    before, after = pair.before, pair.after
    if any(not equal(before.get(key), after.get(key)) for key in _TOLD):
        yield pair.safe("described otherwise")
    yield from _null(pair)
    old, new = _type(before), _type(after)
    if old != new:
        what = f"of type {_said(new)}, was {_said(old)}"
        if (old, new) in _WIDER or (new == "any" and _open(after)):
            yield pair.safe(what)
        elif _holds(before) and not _open(after):
            why = "what is stored in it is lost at the next write"
            yield Difference(
                "objects", pair.field, what, why, "give the new form a name of its own"
            )
            return
        elif pair.found_again:
            why = f"{_LET_PASS}; who reads it finds either type"
            remedy = "give the new form a name of its own, or a version with a conversion webhook"
            yield Difference("clients", pair.field, what, why, remedy)
            return
        else:
            yield pair.constraint(what)
            return
    yield from _bounds(pair)
    yield from _values(pair)
    yield from _rules(pair)
    yield from _lists(pair, inner)
    yield from _members(pair, inner)


def _said(kind: str) -> str:
    return {_EITHER: "int-or-string", "any": "any"}.get(kind, kind)


def _null(pair: _Pair) -> Iterator[Difference]:
    """Yield what differs in null and in what stands in for nothing."""
    before, after = pair.before, pair.after
    was, may = (each.get("nullable") is True for each in (before, after))
    if was and not may:
        why = "a null that is stored is dropped, or becomes the default"
        yield Difference("objects", pair.field, "no longer null", why, "keep nullable: true")
    elif may and not was:
        yield pair.safe("may be null")
    old, new = before.get("default"), after.get("default")
    if equal(old, new):
        return
    remedy = "write the value into the objects that rely on it"
    if old is None:
        why = "objects without it are read with the default from now on"
        yield Difference("clients", pair.field, "has a default", why, "")
    elif new is None:
        why = "new objects no longer get it; stored ones keep what they were given"
        yield Difference("clients", pair.field, "no longer has a default", why, remedy)
    else:
        why = "new objects get another value; stored ones keep what they were given"
        yield Difference("clients", pair.field, "has another default", why, remedy)


def _bounds(pair: _Pair) -> Iterator[Difference]:
    before, after = pair.before, pair.after
    for keys, sign in ((_LOWER, 1), (_UPPER, -1)):
        for key in keys:
            old, new = before.get(key), after.get(key)
            edge = f"exclusive{key[0].upper()}{key[1:]}"
            was, now = (each.get(edge) is True for each in (before, after))
            if equal(old, new) and was == now:
                continue
            if new is None:
                yield pair.safe(f"no longer has a {key}")
            elif old is None:
                yield pair.constraint(f"has a {key}")
            elif sign * new > sign * old or (new == old and now and not was):
                yield pair.constraint(f"{key} is narrower")
            else:
                yield pair.safe(f"{key} is wider")
    old, new = before.get("multipleOf"), after.get("multipleOf")
    if not equal(old, new):
        wider = new is None or (isinstance(old, int) and isinstance(new, int) and old % new == 0)
        yield pair.safe("multipleOf is wider") if wider else pair.constraint("multipleOf differs")


def _values(pair: _Pair) -> Iterator[Difference]:
    """Yield what differs in what a value looks like."""
    before, after = pair.before, pair.after
    old, new = before.get("pattern") or "", after.get("pattern") or ""
    if old != new:
        if new:
            yield pair.constraint("has another pattern" if old else "has a pattern")
        else:
            yield pair.safe("no longer has a pattern")
    old, new = before.get("format") or "", after.get("format") or ""
    if old != new:
        kind = _type(after)
        narrower = known(new) if kind == "string" else new in {"int32", "float"}
        if new and narrower:
            yield pair.constraint(f"has the format {new}")
        else:
            yield pair.safe("has another format" if new else "no longer has a format")
    one, other = several(before, "enum"), several(after, "enum")
    if other and not one:
        yield pair.constraint("has an enum")
    elif one and not other:
        yield pair.safe("no longer has an enum")
    elif one:
        gone = sum(not any(equal(each, kept) for kept in other) for each in one)
        if gone:
            what = (
                "1 value of the enum is gone"
                if gone == 1
                else f"{gone} values of the enum are gone"
            )
            yield pair.constraint(what)
        elif len(other) > len(one):
            yield pair.safe("the enum has more values")


def _rules(pair: _Pair) -> Iterator[Difference]:
    before, after = pair.before, pair.after
    old, new = ([_rule(each) for each in several(side, _RULES)] for side in (before, after))
    if more := [text for text, _ in (each for each in new if each not in old)]:
        compares = any("oldSelf" in text for text in more)
        yield pair.constraint("has a rule about changes" if compares else "has another rule")
    if any(each not in new for each in old):
        yield pair.safe("has lost a rule")
    for key in _JUNCTORS:
        if equal(before.get(key), after.get(key)):
            continue
        if after.get(key):
            yield pair.constraint(f"{key} differs" if before.get(key) else f"has {key}")
        else:
            yield pair.safe(f"no longer has {key}")


def _rule(rule: Mapping[str, Any]) -> tuple[str, bool]:
    """Return what decides whether a rule holds."""
    return " ".join(str(rule.get("rule") or "").split()), rule.get("optionalOldSelf") is True


def _lists(pair: _Pair, inner: list[_Pair]) -> Iterator[Difference]:
    before, after, field = pair.before, pair.after, pair.field
    old, new = ((each.get(_LIST) or "atomic") for each in (before, after))
    keys = several(after, _KEYS)
    if old != new:
        if new == "atomic":
            why = "whoever applies it owns all of it from now on: of several, the last one wins"
        else:
            why = "lists with doubles are refused; items belong to whoever applied them"
        yield Difference("clients", field, f"is a list of type {new}, was {old}", why, "")
    elif several(before, _KEYS) != keys:
        why = "items are told apart by other fields: lists with doubles are refused"
        yield Difference("clients", field, "has other list keys", why, "")
    old, new = ((each.get(_MAP) or "granular") for each in (before, after))
    if old != new:
        why = "whoever applies it owns all of it from now on: of several, the last one wins"
        if new == "granular":
            why = "fields in it belong to whoever applied them"
        yield Difference("clients", field, f"is a map of type {new}, was {old}", why, "")
    if isinstance(before.get("items"), Mapping) and isinstance(after.get("items"), Mapping):
        keyed = pair.found_again and after.get(_LIST) == "map"
        inner.append(_Pair(f"{field}[*]", part(before, "items"), part(after, "items"), keyed))


def _members(pair: _Pair, inner: list[_Pair]) -> Iterator[Difference]:
    before, after = pair.before, pair.after
    old, new = part(before, "properties"), part(after, "properties")
    others, rest = part(before, "additionalProperties"), part(after, "additionalProperties")
    for name in new:
        field = f"{pair.field}.{name}" if pair.field else name
        if name in old:
            inner.append(_Pair(field, old[name], new[name], pair.found_again))
        elif others or _open(before):
            yield Difference("safe", field, "described, was any", "")
            inner.append(_Pair(field, others or {_OPEN: True}, new[name], pair.found_again))
        else:
            yield Difference("safe", field, "new", "")
    for name in old:
        if name in new:
            continue
        field = f"{pair.field}.{name}" if pair.field else name
        if rest:
            inner.append(_Pair(field, old[name], rest, pair.found_again))
        elif _open(after):
            yield Difference("safe", field, "no longer described, any value is kept", "")
        elif not (pair.field == "" and name in _KEPT):
            yield _lost(field, "removed")
    if others and rest:
        inner.append(_Pair(f"{pair.field}[*]", others, rest, pair.found_again))
    elif (others or (_open(before) and _type(after) == "object")) and not _open(after):
        if rest:
            yield pair.constraint("its members are described, were any")
        elif not (pair.field == "" and not others and before.get(_OPEN) is not True):
            yield _lost(pair.field, "members that are not described are no longer kept")
    elif (rest or _open(after)) and not (others or _open(before)):
        yield pair.safe("keeps members that are not described")
    yield from _required(pair, new)
    was, now = (each.get(_EMBEDDED) is True for each in (before, after))
    if now and not was:
        yield pair.constraint("is an object of its own, with apiVersion and kind")
    elif was and not now and not _open(after):
        yield _lost(pair.field, "is no longer an object of its own")


def _lost(field: str, what: str) -> Difference:
    why = "what is stored of it is dropped at the next write, and not shown before"
    return Difference(
        "objects", field, what, why, "keep it, and say in its description that it is going"
    )


def _required(pair: _Pair, fields: Mapping[str, Any]) -> Iterator[Difference]:
    old, new = several(pair.before, "required"), several(pair.after, "required")
    for name in new:
        if name in old:
            continue
        field = f"{pair.field}.{name}" if pair.field else str(name)
        if part(fields, name).get("default") is not None:
            yield Difference("safe", field, "required, with a default", "")
            continue
        why = "a stored object without it is refused at every change beside it"
        remedy = "give it a default, or write it into all objects first"
        yield Difference("objects", field, "required", why, remedy)
    for name in old:
        if name not in new:
            field = f"{pair.field}.{name}" if pair.field else str(name)
            yield Difference("safe", field, "no longer required", "")
