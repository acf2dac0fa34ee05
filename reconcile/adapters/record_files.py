"""Files of recorded calls: JSON lines, a bounded number of files of bounded size.

1. A line is a call. It is written at once, by one system call, and taken back if only a part of it
   fits: a reader sees whole lines, and a last line without an end is no line.
2. Each process writes files of its own, so that none waits for another; a process that has forked
   begins a new file. Names sort by time: `calls-20260131T120000Z-PID-0001.jsonl`.
3. A file that is full is followed by another; beyond the number of files the oldest ones go.
4. Only the owner can read them: masked traffic is still traffic.
"""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from reconcile.errors import DefinitionError

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["MAX_BYTES", "MAX_FILES", "PATTERN", "RecordFiles"]

MAX_BYTES: Final = 16 * 1024 * 1024
"""Bytes of one file."""
MAX_FILES: Final = 16
"""Files in the folder, those of all processes together."""
PATTERN: Final = "calls-*.jsonl"
"""The names of our files; no others are ever removed."""

_FLAGS: Final = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL


class RecordFiles:
    """Where one process writes its calls."""

    def __init__(
        self,
        folder: str | os.PathLike[str],
        *,
        max_bytes: int = MAX_BYTES,
        max_files: int = MAX_FILES,
    ) -> None:
        """Take the folder; nothing is made before the first call is written.

        Units: `max_bytes` > 0 of one file, `max_files` > 0 in the folder.
        Raises: DefinitionError.
        """
        if max_bytes < 1 or max_files < 1:
            message = "max_bytes and max_files must be above 0"
            raise DefinitionError([message], subject="the recorder")
        self.folder = Path(folder)
        self.max_bytes = max_bytes
        self.max_files = max_files
        self._lock = threading.Lock()
        self._file = -1
        self._size = 0
        self._number = 0
        self._process = 0

    def write(self, line: bytes, now: datetime) -> None:
        """Append one line; `line` has no line break.

        Raises: OSError when it cannot be written, OverflowError when it is larger than a file.
        """
        data = line + b"\n"
        if len(data) > self.max_bytes:
            raise OverflowError
        with self._lock:
            if self._process != os.getpid():
                # The file of the process before the fork is that one's alone.
                self._process, self._file = os.getpid(), -1
            if self._file >= 0 and self._size + len(data) > self.max_bytes:
                self._close()
            if self._file < 0:
                self._open(now)
            self._append(data)

    def close(self) -> None:
        """Close the file; a later call begins another."""
        with self._lock:
            self._close()

    def _append(self, data: bytes) -> None:
        try:
            written = os.write(self._file, data)
            if written == len(data):
                self._size += written
                return
            os.ftruncate(self._file, self._size)
        except OSError:
            # What the file holds now is not known; the next call begins another.
            self._close()
            raise
        message = "only a part of the line could be written"
        raise OSError(message)

    def _open(self, now: datetime) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        begin = f"calls-{now:%Y%m%dT%H%M%SZ}-{os.getpid()}"
        while self._file < 0:
            self._number += 1
            # Another container may have the same process number and share the folder.
            with suppress(FileExistsError):
                name = self.folder / f"{begin}-{self._number:04}.jsonl"
                self._file = os.open(name, _FLAGS, 0o600)
        self._size = 0
        for old in sorted(self.folder.glob(PATTERN))[: -self.max_files]:
            # Another process may have been faster.
            with suppress(FileNotFoundError):
                old.unlink()

    def _close(self) -> None:
        if self._file >= 0:
            os.close(self._file)
        self._file = -1

    def __del__(self) -> None:
        if getattr(self, "_file", -1) >= 0 and self._process == os.getpid():
            os.close(self._file)
