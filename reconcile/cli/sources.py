"""The code of a controller as files: its module, what it imports from beside it, what it needs.

1. Imports are read, not run: those inside of functions count, and the answer does not depend on
   what happened to be loaded.
2. What lies in the folder in which the module was found is the user's own and goes along; what was
   installed is named with its version.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Final

from reconcile.cli.installation import DISTRIBUTION
from reconcile.cli.target import MisuseError
from reconcile.manifests.workload.source import Source

__all__ = ["ElsewhereError", "requirement_names", "source_of"]

_LIBRARY: Final = "reconcile"


class ElsewhereError(MisuseError):
    """The module is not in the folder in which the command runs, but installed."""


def source_of(target: str) -> Source:
    """Return the code behind MODULE:ATTRIBUTE, which can be imported.

    Raises: ElsewhereError where it is not below this folder; MisuseError where its files cannot be
        read.
    """
    where, _, attribute = target.rpartition(":")
    if where.endswith(".py") or "/" in where:
        root, module = Path(where).parent, Path(where).stem
    else:
        root, module = Path(), where
    main = _path(root, module)
    if main is None:
        message = f"{where} is not in this folder, from which its code would be taken"
        raise ElsewhereError(message)
    files: dict[str, str] = {}
    others: set[str] = set()
    waiting = [main]
    while waiting:
        path = waiting.pop()
        name = path.relative_to(root).as_posix()
        if name in files:
            continue
        text = _read(path)
        files[name] = text
        for imported in _imports(ast.parse(text), name):
            waiting += _found(root, imported, others)
    needed = {*_distributions(others)} - requirement_names(DISTRIBUTION)
    return Source(
        dict(sorted(files.items())),
        main.relative_to(root).as_posix(),
        attribute,
        tuple(_pinned(name) for name in (DISTRIBUTION, *sorted(needed))),
    )


def _distributions(modules: set[str]) -> Iterator[str]:
    """Yield what is installed that has some modules."""
    elsewhere: list[str] = []
    for name in sorted(modules):
        try:
            yield str(metadata.metadata(name)["Name"])
        except metadata.PackageNotFoundError:
            elsewhere.append(name)
    if elsewhere:
        # Reads what every distribution is made of, which takes a while.
        packages = metadata.packages_distributions()
        for name in elsewhere:
            yield from packages.get(name, [])[:1]


def requirement_names(distribution: str) -> set[str]:
    """Return the installed distributions that one needs, extras left out, and itself."""
    found: set[str] = set()
    waiting = [distribution]
    while waiting:
        name = _normal(waiting.pop())
        if name in found:
            continue
        try:
            requires = metadata.requires(name) or []
        except metadata.PackageNotFoundError:
            continue
        found.add(name)
        for each in requires:
            bare, _, marker = each.partition(";")
            if "extra" not in marker:
                waiting.append(_bare(bare))
    return found


def _bare(requirement: str) -> str:
    """Return the name in a requirement."""
    for index, letter in enumerate(requirement):
        if not (letter.isalnum() or letter in "-_."):
            return requirement[:index]
    return requirement


def _normal(name: str) -> str:
    return name.replace("_", "-").replace(".", "-").lower()


def _pinned(name: str) -> str:
    try:
        return f"{name}=={metadata.version(name)}"
    except metadata.PackageNotFoundError:
        return name


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise MisuseError(f"{path} cannot be read as UTF-8") from error


def _path(root: Path, module: str) -> Path | None:
    """Return the file of a module below a folder."""
    base = root.joinpath(*module.split("."))
    for path in (base.with_name(f"{base.name}.py"), base / "__init__.py"):
        if path.is_file():
            return path
    return None


def _imports(tree: ast.Module, name: str) -> Iterator[str]:
    """Yield what a file imports: modules, and names of modules that may be modules."""
    package = name.removesuffix(".py").split("/")[:-1]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            parts = [*base, *(node.module.split(".") if node.module else [])]
            yield ".".join(parts)
            yield from (".".join([*parts, each.name]) for each in node.names)


def _found(root: Path, module: str, others: set[str]) -> Iterator[Path]:
    """Yield the files of a module below a folder, its packages' too; note what is elsewhere."""
    parts = [part for part in module.split(".") if part]
    for length in range(1, len(parts) + 1):
        path = _path(root, ".".join(parts[:length]))
        if path is not None:
            yield path
        elif length == 1 and not root.joinpath(parts[0]).is_dir():
            if parts[0] != _LIBRARY and parts[0] not in sys.stdlib_module_names:
                others.add(parts[0])
            return
