"""Recordings of a real API server (kube-apiserver 1.36.3) and Metacontroller (4.17.2) for tests.

1. One archive a folder of recordings, with the description of its form; `tools/pack_recordings.py`
   packs them, and the same files always give the same bytes.
2. Documents are read once and shared: nobody may change them.
"""

from __future__ import annotations

import json
import lzma
import tarfile
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any, Final

__all__ = ["FOLDERS", "archive", "conversations", "created", "files", "runs"]

FOLDERS: Final = ("api", "random", "defaults", "workloads", "metacontroller")
"""`api` and `random`: conversations; `defaults` (and a file of `random`): objects that were created;
`workloads`: conversations with a server beside which controllers run; `metacontroller`: runs, each in
a folder of its own with its hooks."""


def archive(folder: str) -> Path:
    """Return where a folder of recordings is packed."""
    return Path(__file__).resolve().parent / f"{folder}.tar.xz"


@cache
def files(folder: str) -> dict[str, bytes]:
    """Return all files of a folder by name, in order."""
    data = lzma.decompress(archive(folder).read_bytes())
    with tarfile.open(fileobj=BytesIO(data)) as packed:
        found: dict[str, bytes] = {}
        for member in packed.getmembers():
            held = packed.extractfile(member)
            assert held is not None
            found[member.name] = held.read()
    return found


@cache
def conversations(folder: str) -> dict[str, dict[str, Any]]:
    """Return the conversations of a folder by name, in order."""
    return {
        name.removesuffix(".json"): json.loads(data)
        for name, data in files(folder).items()
        if name.endswith(".json")
    }


@cache
def created(folder: str) -> dict[str, dict[str, Any]]:
    """Return the created objects of a folder, one a line of its files, by file and line from 0."""
    return {
        f"{name.removesuffix('.jsonl')}:{number}": json.loads(line)
        for name, data in files(folder).items()
        if name.endswith(".jsonl")
        for number, line in enumerate(data.splitlines())
    }


@cache
def runs() -> tuple[str, ...]:
    """Return the names of the runs of Metacontroller, in order."""
    end = "/recording.json"
    return tuple(name.removesuffix(end) for name in files("metacontroller") if name.endswith(end))
