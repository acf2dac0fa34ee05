"""The hash of a template of Pods that names the ReplicaSets of a Deployment, as the real one.

1. What is hashed is a text of the Go structure with all its fields, set or not, in the order of
   the sources. Their layout is data, made by `tools/generate_templates.py`.
2. Empty lists and maps are nothing, as they are on the wire between server and controller.

Source: k8s.io/kubernetes pkg/controller/controller_utils.go, ComputeHash; k8s.io/utils dump;
github.com/davecgh/go-spew spew/format.go; k8s.io/apimachinery pkg/api/resource/quantity.go.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final, cast

import msgspec

from reconcile.simulate.actors.pods import Document

__all__ = ["hashed_text", "template_hash"]

_LETTERS: Final = "bcdfghjklmnpqrstvwxz2456789"
_BEGIN: Final = 2166136261
_PRIME: Final = 16777619
_TEXT: Final = re.compile(r"([+-]?)([0-9]*)(?:\.([0-9]*))?(.*)", re.DOTALL)
_DECIMAL: Final = {
    suffix: 3 * place
    for place, suffix in enumerate(("n", "u", "m", "", "k", "M", "G", "T", "P", "E"), -3)
}
_BINARY: Final = {
    suffix: 10 * place for place, suffix in enumerate(("Ki", "Mi", "Gi", "Ti", "Pi", "Ei"), 1)
}
_FEW: Final = 18
"""Digits that an integer of 64 bits holds in any case."""
_LARGEST: Final = 2**63 - 1


def template_hash(template: Document, collisions: int | None = None) -> str:
    """Return the hash of a template of Pods.

    Shape: the template is in its normal form, with defaults. `collisions` says how many others had
        the same hash; 0 and None give different ones.
    """
    content = hashed_text(template).encode()
    if collisions is not None:
        content += collisions.to_bytes(4, "little") + bytes(4)
    made = _BEGIN
    for byte in content:
        made = (made ^ byte) * _PRIME & 0xFFFFFFFF
    return "".join(_LETTERS[ord(digit) % len(_LETTERS)] for digit in str(made))


def hashed_text(template: Document) -> str:
    """Return the text of a template of Pods that is hashed."""
    return _typed("v1.PodTemplateSpec", template)


class _Layout(msgspec.Struct):
    structs: dict[str, list[tuple[str, str, str]]]
    """The fields of a structure: the name in Go, in JSON, the type."""
    named: dict[str, str]
    """What a type with a name of its own is."""


@cache
def _layout() -> _Layout:
    # Reading the package's own data, which never change while a program runs. Imported here,
    # because most programs never ask.
    import gzip
    from importlib.resources import files

    archive = files("reconcile.simulate") / "data" / "templates.json.gz"
    return msgspec.json.decode(gzip.decompress(archive.read_bytes()), type=_Layout)


def _typed(kind: str, value: object) -> str:
    """Return a value behind its type."""
    if not kind.startswith("*"):
        return f"({kind}){_plain(kind, value)}"
    return f"({kind})<nil>" if value is None else f"({kind}){_plain(kind[1:], value)}"


def _plain(kind: str, value: object) -> str:
    """Return a value without its type; None stands for nothing."""
    known = _layout()
    kind = known.named.get(kind, kind)
    fields = known.structs.get(kind)
    if fields is not None:
        return _structure(fields, value)
    if kind.startswith("[]"):
        items = cast("Sequence[object]", value or ())
        inner = kind[2:]
        return f"[{' '.join(_plain(inner, item) for item in items)}]" if items else "<nil>"
    if kind.startswith("map["):
        members = cast("Mapping[str, object]", value or {})
        inner = kind.partition("]")[2]
        told = (f"{name}:{_plain(inner, item)}" for name, item in sorted(members.items()))
        return f"map[{' '.join(told)}]" if members else "<nil>"
    match kind:
        case "string":
            return "" if value is None else str(value)
        case "bool":
            return "true" if value else "false"
        case "v1.Time":
            return "{Time:(time.Time){wall:(uint64)0 ext:(int64)0 loc:(*time.Location)<nil>}}"
        case "intstr.IntOrString":
            return _int_or_string(value)
        case "resource.Quantity":
            return _quantity(value)
        case _:
            return str(value or 0)


def _structure(fields: Sequence[tuple[str, str, str]], value: object) -> str:
    members = cast("Mapping[str, Any]", value or {})
    told = (
        f"{name}:{_typed(kind, members.get(shown) if shown else members)}"
        for name, shown, kind in fields
    )
    return f"{{{' '.join(told)}}}"


def _int_or_string(value: object) -> str:
    if isinstance(value, str):
        return f"{{Type:(intstr.Type)1 IntVal:(int32)0 StrVal:(string){value}}}"
    return f"{{Type:(intstr.Type)0 IntVal:(int32){value or 0} StrVal:(string)}}"


def _quantity(value: object) -> str:
    """Return an amount of a resource as Go has it after reading it: a number, or a long one."""
    text = "0" if value is None else str(value)
    if text == "0":
        return _amount(0, 0, text, "DecimalSI")
    match = _TEXT.fullmatch(text)
    assert match is not None
    whole, part = match[2].lstrip("0") or "0", match[3] or ""
    suffix = match[4]
    number = int(whole + part)
    sign = -1 if match[1] == "-" else 1
    if suffix in _BINARY:
        exponent = _BINARY[suffix]
        result = number << exponent
        room = 15 - len(whole) - exponent * 3 // 10 - 1
        if match[3] is None and room >= 0 and result <= _LARGEST:
            kept = text if number & 7 else ""
            return _amount(sign * result, 0, kept, "BinarySI")
        return _long(sign * number << exponent, len(part), "BinarySI")
    form = "DecimalSI" if suffix in _DECIMAL else "DecimalExponent"
    exponent = _DECIMAL[suffix] if suffix in _DECIMAL else int(suffix[1:])
    scale = exponent - len(part)
    shifted = whole + part
    if len(shifted) <= _FEW and scale >= -9:
        short = scale % 3 == 0 and not shifted.endswith("000") and shifted[0] != "0"
        return _amount(sign * number, scale, text if short else "", form)
    return _long(sign * number, -scale, form)


def _amount(value: int, scale: int, text: str, form: str) -> str:
    return (
        f"{{i:(resource.int64Amount){{value:(int64){value} scale:(resource.Scale){scale}}} "
        f"d:(resource.infDecAmount){{Dec:(*inf.Dec)<nil>}} s:(string){text} "
        f"Format:(resource.Format){form}}}"
    )


def _long(value: int, scale: int, form: str) -> str:
    """Return an amount with too many digits for an integer: words of 64 bits, the lowest first."""
    value *= 10 ** (9 - scale)  # brought to billionths, of which there is no part
    words: list[int] = []
    left = abs(value)
    while left:
        words.append(left & 0xFFFFFFFFFFFFFFFF)
        left >>= 64
    told = f"[{' '.join(map(str, words))}]" if words else "<nil>"
    return (
        "{i:(resource.int64Amount){value:(int64)0 scale:(resource.Scale)0} "
        "d:(resource.infDecAmount){Dec:(*inf.Dec){"
        f"unscaled:(big.Int){{neg:(bool){'true' if value < 0 else 'false'} abs:(big.nat){told}}} "
        f"scale:(inf.Scale)9}}}} s:(string) Format:(resource.Format){form}}}"
    )
