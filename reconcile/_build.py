"""Which build is imported: the compiled modules where they were built, or their plain source.

1. RECONCILE_PURE=1 imports the plain source though compiled modules are there.
2. RECONCILE_COMPILED=1 makes it an error when they are not.
"""

from __future__ import annotations

import os
import sys
from importlib.machinery import EXTENSION_SUFFIXES, ModuleSpec, PathFinder, SourceFileLoader
from importlib.util import spec_from_file_location
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType

__all__ = ["choose"]


class _Finder:
    """Finds the modules that may be compiled, as the environment asks."""

    def __init__(self, compiled: bool) -> None:
        self.compiled = compiled

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the module's plain source, or refuse it."""
        if not (name.startswith("reconcile.") and name.endswith("_cy")):
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is None or spec.origin is None:
            return None
        if self.compiled:
            if spec.origin.endswith(tuple(EXTENSION_SUFFIXES)):
                return spec
            raise ImportError(f"RECONCILE_COMPILED is set, and {name} was not compiled", name=name)
        stem = name.rpartition(".")[2]
        source = os.path.join(os.path.dirname(spec.origin), f"{stem}.py")  # noqa: PTH118, PTH120
        return spec_from_file_location(name, source, loader=SourceFileLoader(name, source))


def choose() -> None:
    """Follow RECONCILE_PURE and RECONCILE_COMPILED in what is imported from now on."""
    for variable, compiled in (("RECONCILE_PURE", False), ("RECONCILE_COMPILED", True)):
        if os.environ.get(variable, "0") not in {"", "0"}:  # noqa: TID251  # asked once, at import
            sys.meta_path.insert(0, _Finder(compiled))
            return
