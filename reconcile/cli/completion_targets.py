"""What MODULE:ATTR may become, for the completion of shells.

1. Files are read and parsed, never imported: pressing TAB runs nobody's code.
2. What cannot be read offers nothing; there is nobody to tell.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Literal, TypeAlias

__all__ = ["Wanted", "candidates"]

Wanted: TypeAlias = Literal["controller", "class"]

_MAKERS: Final = frozenset({"Controller", "Decorator"})
_BASES: Final = frozenset({"Parent"})
_LARGEST: Final = 1_000_000


def candidates(word: str, wanted: Wanted) -> list[str]:
    """Return what a word may become, sorted.

    Shape: `app/`, `app/main.py:` and `app.main:` while the module is written, then
        `app.main:controller`; first those that are made as what is wanted, and where there is none,
        all public names.
    """
    where, colon, _ = word.partition(":")
    found = _attributes(where, wanted) if colon else _modules(word, wanted)
    return sorted(each for each in found if each.startswith(word))


def _attributes(where: str, wanted: Wanted) -> list[str]:
    is_file = where.endswith(".py") or "/" in where
    file = Path(where if is_file else where.replace(".", "/") + ".py")
    if not is_file and not file.is_file():
        file = file.with_suffix("") / "__init__.py"
    return [f"{where}:{name}" for name in _names(file, wanted)]


def _modules(word: str, wanted: Wanted) -> Iterator[str]:
    """Yield files, folders and packages that a word may become."""
    path = "/" in word
    begin = word[: word.rfind("/" if path else ".") + 1]
    try:
        entries = sorted(Path(begin if path else begin.replace(".", "/")).iterdir())
    except (OSError, ValueError):
        return
    files = [each for each in entries if each.suffix == ".py" and each.stem != "__init__"]
    # Where some files hold what is wanted, the others are beside the point.
    for each in [file for file in files if _made(file, wanted)] or files:
        yield f"{begin}{each.name}:" if path else f"{begin}{each.stem}:"
    for each in entries:
        if each.name.startswith((".", "__")) or not each.is_dir():
            continue
        if path or not begin:
            yield f"{begin}{each.name}/"
        if not path and (each / "__init__.py").is_file():
            yield f"{begin}{each.name}."


def _names(file: Path, wanted: Wanted) -> list[str]:
    return _made(file, wanted) or _public(_tree(file), wanted)


def _tree(file: Path) -> ast.Module:
    try:
        if file.stat().st_size <= _LARGEST:
            return ast.parse(file.read_bytes())
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        pass
    return ast.Module(body=[], type_ignores=[])


def _made(file: Path, wanted: Wanted) -> list[str]:
    """Return the names in a file that are plainly what is wanted."""
    names: list[str] = []
    for statement in _tree(file).body:
        if wanted == "class":
            if isinstance(statement, ast.ClassDef) and any(
                _called(base) in _BASES for base in statement.bases
            ):
                names.append(statement.name)
        elif isinstance(statement, ast.Assign | ast.AnnAssign):
            value = statement.value
            if isinstance(value, ast.Call) and _called(value.func) in _MAKERS:
                names += _targets(statement)
    return names


def _public(tree: ast.Module, wanted: Wanted) -> list[str]:
    names: list[str] = []
    for statement in tree.body:
        if wanted == "class" and isinstance(statement, ast.ClassDef):
            names.append(statement.name)
        elif wanted != "class" and isinstance(statement, ast.Assign | ast.AnnAssign):
            names += _targets(statement)
    return [name for name in names if not name.startswith("_")]


def _called(expression: ast.expr) -> str:
    """Return the last name of `Parent`, `reconcile.Parent` or `Parent[Spec, Status]`."""
    if isinstance(expression, ast.Subscript):
        expression = expression.value
    if isinstance(expression, ast.Attribute):
        return expression.attr
    return expression.id if isinstance(expression, ast.Name) else ""


def _targets(statement: ast.Assign | ast.AnnAssign) -> list[str]:
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
    return [target.id for target in targets if isinstance(target, ast.Name)]
