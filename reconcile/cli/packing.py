"""What is installed, as files for an archive: distributions with all that they need."""

from __future__ import annotations

import sys
import sysconfig
from importlib import metadata
from pathlib import Path
from typing import Final

import reconcile
from reconcile.cli.installation import DISTRIBUTION
from reconcile.cli.sources import requirement_names
from reconcile.cli.target import MisuseError
from reconcile.manifests.workload.source import Source
from reconcile.manifests.workload.zipapp import zipapp

__all__ = ["application"]

_SKIPPED: Final = (
    ".pyc",
    ".pyi",
    ".pxd",
    ".c",
    "RECORD",
    "INSTALLER",
    "REQUESTED",
    "direct_url.json",
)


def application(source: Source) -> tuple[bytes, list[str]]:
    """Return a controller with all that it needs in one file, and what of it is machine code.

    Raises: MisuseError where something that is needed is not there as files.
    """
    needed: set[str] = set()
    for each in source.requirements:
        needed |= requirement_names(each.partition("==")[0])
    files = dict(_library())
    for name in sorted(needed - {DISTRIBUTION}):
        files |= _distribution(name)
    clash = sorted(set(files) & set(source.files))
    if clash:
        raise MisuseError(f"{clash[0]} is also the name of a module that is needed: rename yours")
    files |= {path: text.encode() for path, text in source.files.items()}
    native = sorted({path.partition("/")[0] for path in files if path.endswith((".so", ".pyd"))})
    made_for = f"{sys.implementation.cache_tag} {sysconfig.get_platform()}"
    return zipapp(files, target=source.target, made_for=made_for), native


def _library() -> dict[str, bytes]:
    """Return this library: it may be used from a checkout, whose metadata names no files."""
    root = Path(reconcile.__file__).parent
    return {
        f"{root.name}/{path.relative_to(root).as_posix()}": path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and not path.name.endswith(_SKIPPED)
    }


def _distribution(name: str) -> dict[str, bytes]:
    held = metadata.distribution(name)
    if held.files is None:
        raise MisuseError(f"{name} is needed, and nothing says which files it is made of")
    found: dict[str, bytes] = {}
    for each in held.files:
        path = Path(str(held.locate_file(each)))
        if ".." in each.parts or each.name.endswith(_SKIPPED) or not path.is_file():
            continue
        found[each.as_posix()] = path.read_bytes()
    if not any(path.endswith((".py", ".so", ".pyd")) for path in found):
        raise MisuseError(f"{name} is needed, and is installed in a way that cannot be packed")
    return found
