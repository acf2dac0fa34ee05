"""The classes and aliases of a generated module: each once, with a name that says what it is.

1. What is written out alike is one class, wherever it stands: its text is its identity.
2. A name is the field's. Where another class has that, the names of the objects around it are put
   before it, and a number after it in the end.
3. Inner classes stand before those that use them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from reconcile.manifests.importing.names import RESERVED_CLASSES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

__all__ = ["Classes"]

_FORMATS: Final = {
    ("int", "int32"): "Int32",
    ("float", "double"): "Double",
    ("float", "float"): "Float",
    ("str", "byte"): "Base64",
    ("str", "date"): "Date",
    ("str", "date-time"): "DateTime",
    ("str", "duration"): "Duration",
    ("str", "email"): "Email",
    ("str", "hostname"): "Hostname",
    ("str", "ipv4"): "Ipv4",
    ("str", "ipv6"): "Ipv6",
    ("str", "password"): "Password",
    ("str", "uri"): "Uri",
    ("str", "uuid"): "Uuid",
}


class Classes:
    """What a module defines, in the order in which it must stand."""

    def __init__(self, reserved: Iterable[str]) -> None:
        """Begin a module. `reserved` are names that its parents will have."""
        self.texts: list[str] = []
        self.formats: dict[str, str] = {}
        """Aliases of types with a format, by name."""
        self.uses: set[str] = set()
        """What is imported."""
        self._names = {*RESERVED_CLASSES, *_FORMATS.values(), *reserved}
        self._known: dict[str, str] = {}

    def defined(self, path: Sequence[str], key: str, write: Callable[[str], str]) -> str:
        """Return the name of what is defined so, after defining it where it is new.

        Shape: `path` are names for it, the closest first. `key` is all that it says; `write`
            returns its text under a name.
        """
        if key in self._known:
            return self._known[key]
        name = self._free(path)
        self._names.add(name)
        self._known[key] = name
        self.texts.append(write(name))
        return name

    def parent(self, text: str) -> None:
        """Define a parent, whose name was reserved."""
        self.texts.append(text)

    def formatted(self, base: str, form: str) -> str | None:
        """Return the alias for a type with a format, None if there is none."""
        name = _FORMATS.get((base, form))
        if name is not None:
            self.uses |= {"Annotated", "Schema"}
            self.formats[name] = f'{name} = Annotated[{base}, Schema({{"format": "{form}"}})]'
        return name

    def _free(self, path: Sequence[str]) -> str:
        name = path[0]
        for outer in path[1:]:
            if name not in self._names:
                return name
            if not name.startswith(outer):
                name = f"{outer}{name}"
        number = 2
        base = name
        while name in self._names:
            name = f"{base}{number}"
            number += 1
        return name
