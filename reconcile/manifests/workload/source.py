"""The code of a controller, for platforms that take code: its files, and what it needs.

1. Files come in as texts; who reads them from a disk stands above.
2. The function that a platform calls is written here, around the user's own code, which stays as it
   is.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from reconcile.errors import DefinitionError

__all__ = ["Source", "named", "packed"]

_MOMENT = (1980, 1, 1, 0, 0, 0)
"""The first that an archive can say: the same files make the same bytes."""


@dataclass(frozen=True, slots=True)
class Source:
    """The code of a controller.

    Shape: `files` are texts by their path below the folder in which modules are looked for:
        `controller.py`, `shop/rules.py`. `main` is the one of the controller, `attribute` its name
        there. `requirements` are lines as pip reads them.
    Raises: DefinitionError where `main` is not among the files.
    """

    files: Mapping[str, str]
    main: str
    attribute: str
    requirements: tuple[str, ...] = ("kube-reconcile",)

    def __post_init__(self) -> None:
        if self.main not in self.files or not self.main.endswith(".py"):
            raise DefinitionError(["main= is none of the files"], subject=self.main)

    @property
    def module(self) -> str:
        """Return the name by which the controller's module is imported."""
        return self.main.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    @property
    def target(self) -> str:
        """Return the controller as commands name it."""
        return f"{self.module}:{self.attribute}"

    @property
    def needs(self) -> str:
        """Return the requirements as a file."""
        return "".join(f"{each}\n" for each in self.requirements)


def named(source: Source, wanted: str) -> str:
    """Return a name that the controller's module does not use, as near to `wanted` as can be."""
    used = {
        node.id if isinstance(node, ast.Name) else getattr(node, "name", "")
        for node in ast.walk(ast.parse(source.files[source.main]))
    }
    name = wanted
    while name in used:
        name += "_hook"
    return name


def packed(files: Mapping[str, bytes]) -> bytes:
    """Return files as a zip archive: the same bytes for the same files."""
    held = BytesIO()
    with ZipFile(held, "w", ZIP_DEFLATED) as archive:
        for path in sorted(files):
            about = ZipInfo(path, _MOMENT)
            about.compress_type = ZIP_DEFLATED
            about.external_attr = 0o644 << 16
            archive.writestr(about, files[path])
    return held.getvalue()
