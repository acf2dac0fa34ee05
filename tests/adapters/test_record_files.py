"""Facts about the files that calls are recorded in."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from reconcile.adapters.record_files import PATTERN, RecordFiles
from reconcile.errors import DefinitionError

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)


def names(folder: Path) -> list[str]:
    """The files, oldest first."""
    return sorted(file.name for file in folder.glob(PATTERN))


def lines(folder: Path) -> list[bytes]:
    """All lines of all files."""
    return [line for name in names(folder) for line in (folder / name).read_bytes().splitlines()]


def test_a_line_a_call(tmp_path: Path) -> None:
    """Lines follow each other in one file, which only its owner can read."""
    folder = tmp_path / "a" / "b"
    files = RecordFiles(folder)
    assert not folder.exists()
    files.write(b"one", NOW)
    files.write(b"two", NOW)
    assert names(folder) == [f"calls-20260131T120000Z-{os.getpid()}-0001.jsonl"]
    assert lines(folder) == [b"one", b"two"]
    assert (folder.stat().st_mode & 0o777, next(folder.iterdir()).stat().st_mode & 0o777) == (
        0o700,
        0o600,
    )


def test_size_and_number_are_bounded(tmp_path: Path) -> None:
    """A file that would grow too large is followed by another; the oldest go; others stay."""
    (tmp_path / "notes.txt").write_text("mine")
    files = RecordFiles(tmp_path, max_bytes=20, max_files=3)
    for number in range(10):
        files.write(b"line %04d" % number, NOW)
    # Two lines of ten bytes a file.
    assert [name[-10:-6] for name in names(tmp_path)] == ["0003", "0004", "0005"]
    assert lines(tmp_path) == [b"line %04d" % number for number in range(4, 10)]
    assert all(file.stat().st_size <= 20 for file in tmp_path.glob(PATTERN))
    assert (tmp_path / "notes.txt").read_text() == "mine"
    with pytest.raises(OverflowError):
        files.write(b"x" * 20, NOW)
    assert len(lines(tmp_path)) == 6


def test_bounds_must_be_positive(tmp_path: Path) -> None:
    """A recorder without room is refused."""
    for options in ({"max_bytes": 0}, {"max_files": 0}):
        with pytest.raises(DefinitionError):
            RecordFiles(tmp_path, **options)


def test_what_fits_only_in_part_is_taken_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk leaves whole lines; afterwards writing goes on."""
    files = RecordFiles(tmp_path)
    files.write(b"one", NOW)
    write = os.write
    monkeypatch.setattr(os, "write", lambda file, data: write(file, data[:2]))
    with pytest.raises(OSError, match="only a part"):
        files.write(b"two", NOW)
    monkeypatch.setattr(os, "write", write)
    files.write(b"three", NOW)
    assert lines(tmp_path) == [b"one", b"three"]

    def full(file, data):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(OSError, match="No space"):
        files.write(b"four", NOW)
    monkeypatch.setattr(os, "write", write)
    files.write(b"five", NOW)
    assert lines(tmp_path) == [b"one", b"three", b"five"]
    assert len(names(tmp_path)) == 2


def test_names_that_are_taken(tmp_path: Path) -> None:
    """Two recorders of one process, or equal numbers in two containers, never share a file."""
    RecordFiles(tmp_path).write(b"one", NOW)
    RecordFiles(tmp_path).write(b"two", NOW)
    assert len(names(tmp_path)) == 2
    assert lines(tmp_path) == [b"one", b"two"]


def test_threads(tmp_path: Path) -> None:
    """Lines of threads do not mix, also while files are changed."""
    files = RecordFiles(tmp_path, max_bytes=5000, max_files=100)
    texts = [bytes([65 + number]) * 300 for number in range(4)]

    def write(text: bytes) -> None:
        for _ in range(50):
            files.write(text, NOW)

    threads = [threading.Thread(target=write, args=(text,)) for text in texts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = lines(tmp_path)
    assert sorted(found) == sorted(text for text in texts for _ in range(50))


FORK = """
import os, sys
from datetime import UTC, datetime
from reconcile.adapters.record_files import RecordFiles
now = datetime(2026, 1, 31, 12, tzinfo=UTC)
files = RecordFiles(sys.argv[1])
files.write(b"before", now)
child = os.fork()
files.write(b"child" if child == 0 else b"parent", now)
if child:
    os.waitpid(child, 0)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_after_a_fork(tmp_path: Path) -> None:
    """Workers of a server that forked write a file each."""
    subprocess.run([sys.executable, "-c", FORK, str(tmp_path)], check=True, cwd=ROOT)
    assert sorted(file.read_bytes() for file in tmp_path.glob(PATTERN)) == [
        b"before\nparent\n",
        b"child\n",
    ]


def test_close_begins_another(tmp_path: Path) -> None:
    """After close, the next call goes to a new file."""
    files = RecordFiles(tmp_path)
    files.write(b"one", NOW)
    files.close()
    files.close()
    files.write(b"two", NOW)
    assert len(names(tmp_path)) == 2
