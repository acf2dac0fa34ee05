"""How fields are called in Python, on the wire, and in rules of CEL."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["cel_name", "wire_name"]

_RESERVED: Final = frozenset(
    {"as", "break", "const", "continue", "else", "false", "for", "function", "if", "import", "in"}
    | {"let", "loop", "namespace", "null", "package", "return", "true", "var", "void", "while"}
)
_ESCAPES: Final = (
    ("__", "__underscores__"),
    (".", "__dot__"),
    ("-", "__dash__"),
    ("/", "__slash__"),
)


def wire_name(name: str) -> str:
    """Return `storageClass` for `storage_class`, and `class` for `class_`.

    Guarantees: a name of the wire is itself, unless it has underscores.
    """
    first, *rest = name.removesuffix("_").split("_")
    return first + "".join(part[:1].upper() + part[1:] for part in rest)


def cel_name(name: str) -> str | None:
    """Return how a rule of CEL calls a field of the wire, None if it cannot.

    Source: k8s.io/apiserver pkg/cel/escaping.go, 1.36.
    """
    if not name or name[0].isdigit() or re.fullmatch(r"[A-Za-z0-9_./-]+", name) is None:
        return None
    if name in _RESERVED:
        return f"__{name}__"
    for character, escape in _ESCAPES:
        name = name.replace(character, escape)
    return name
