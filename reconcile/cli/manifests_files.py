"""Manifests as files: how they are written, and how files that are there differ from them."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

from reconcile.cli.target import MisuseError
from reconcile.errors import ReconcileError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from reconcile.value.types import Json, JsonObject

    Documents: TypeAlias = Mapping[str, Sequence[JsonObject]]

__all__ = ["Difference", "differences", "texts_of"]

_OURS: Final = (
    "crd.yaml",
    "rbac.yaml",
    "workload.yaml",
    "controller.yaml",
    "stack.yaml",
    "Dockerfile",
)
"""Files that are made; whatever else is in a folder is somebody's own."""


class Difference(NamedTuple):
    """How a file is not what the code says."""

    file: str
    object: str
    """`Kind/name`, or "" for a file that is none of the API server's."""
    action: Literal["missing", "changed", "superfluous"]
    """As seen from the file."""
    shown: str

    def text(self) -> str:
        """Return it for a person."""
        about = f"{self.file}: {self.object}" if self.object else self.file
        says = {
            "missing": "is not there, and the code says it",
            "changed": "is not what the code says",
            "superfluous": "is there, and the code does not say it",
        }
        return f"{about} {says[self.action]}\n{self.shown}"

    def to_json(self) -> dict[str, str]:
        """Return it for a program."""
        return {"file": self.file, "object": self.object, "action": self.action}


def texts_of(documents: Documents, files: Mapping[str, bytes], header: str) -> dict[str, bytes]:
    """Return the files of a folder, those that would be empty left out."""
    from reconcile.objects.yaml import all_to_yaml

    made = {name: (header + all_to_yaml(held)).encode() for name, held in documents.items() if held}
    for name, data in files.items():
        commented = name in {"Dockerfile", "stack.yaml"}
        made[name] = header.encode() + data if commented else data
    return made


def differences(path: Path, documents: Documents, files: Mapping[str, bytes]) -> list[Difference]:
    """Return how a folder, or one file of all documents, differs from what the code says.

    Raises: MisuseError where it cannot be read.
    """
    if path.is_dir():
        return [*_folder(path, documents, files)]
    if not path.exists():
        raise MisuseError(f"there is no folder or file {path}")
    held = [each for several in documents.values() for each in several]
    return [*_compared(str(path), _documents(path), held)]


def _folder(path: Path, documents: Documents, files: Mapping[str, bytes]) -> Iterator[Difference]:
    made = {name: held for name, held in documents.items() if held}
    for name, held in made.items():
        place = path / name
        yield from _compared(str(place), _documents(place) if place.exists() else [], held)
    for name, data in files.items():
        place = path / name
        there = _read(place) if place.exists() else None
        if there is None:
            yield Difference(str(place), "", "missing", "")
        elif (before := _uncommented(name, there)) != data.decode():
            shown = difflib.unified_diff(
                before.splitlines(keepends=True),
                data.decode().splitlines(keepends=True),
                "file",
                "code",
            )
            yield Difference(str(place), "", "changed", "".join(shown))
    for name in _OURS:
        if name not in made and name not in files and (path / name).exists():
            yield Difference(str(path / name), "", "superfluous", "")


def _compared(
    file: str, there: Sequence[JsonObject], wanted: Sequence[JsonObject]
) -> Iterator[Difference]:
    from reconcile.diff.render import render
    from reconcile.value.equality import equal

    before = {_key(each): each for each in there}
    after = {_key(each): each for each in wanted}
    for key, document in after.items():
        if key not in before:
            yield Difference(file, _shown(key), "missing", "")
        elif not equal(before[key], document):
            shown = render(before[key], document, style="unified", context=3, colour=False)
            yield Difference(file, _shown(key), "changed", shown)
    for key in before:
        if key not in after:
            yield Difference(file, _shown(key), "superfluous", "")


def _key(document: Mapping[str, Json]) -> tuple[str, ...]:
    metadata = document.get("metadata")
    named = metadata if isinstance(metadata, dict) else {}
    return (
        str(document.get("apiVersion")),
        str(document.get("kind")),
        str(named.get("namespace") or ""),
        str(named.get("name")),
    )


def _shown(key: tuple[str, ...]) -> str:
    place = f"{key[2]}/" if key[2] else ""
    return f"{key[1]} {place}{key[3]}"


def _documents(path: Path) -> list[JsonObject]:
    from reconcile.objects.yaml import all_from_yaml

    try:
        return list(all_from_yaml(_read(path)))
    except (ReconcileError, ImportError) as error:
        raise MisuseError(f"{path}: {error}") from error


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise MisuseError(f"{path} cannot be read as UTF-8") from error


def _uncommented(name: str, text: str) -> str:
    """Return a file without the line that says how it was made."""
    first, newline, rest = text.partition("\n")
    made = first.startswith("# Made by ") and name in {"Dockerfile", "stack.yaml"}
    return rest if made and newline else text
