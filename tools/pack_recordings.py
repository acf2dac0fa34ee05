"""Pack the open recordings of real programs into the tests, so that a clone can check the claims.

    python tools/pack_recordings.py [FOLDER OF RECORDINGS]

Archives are made of the files alone, in order of their names: no times, no owners, so that the same
files give the same bytes. The random three-way merges are of another program and stay out.
"""

from __future__ import annotations

import lzma
import sys
import tarfile
from io import BytesIO
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
PACKED: Final = ROOT / "tests" / "recordings"
FOLDERS: Final = ("api", "random", "defaults", "workloads", "metacontroller")
LEFT_OUT: Final = frozenset({"three_way.jsonl"})


def files_of(folder: Path) -> dict[str, bytes]:
    """Return the files of a folder that are packed, in order, by their paths below it."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name not in LEFT_OUT and "__pycache__" not in path.parts
    }


def packed(files: dict[str, bytes]) -> bytes:
    """Return an archive of files."""
    whole = BytesIO()
    with tarfile.open(fileobj=whole, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, BytesIO(data))
    return lzma.compress(whole.getvalue(), preset=9 | lzma.PRESET_EXTREME)


def main(arguments: list[str]) -> int:
    """Write an archive a folder."""
    source = Path(arguments[0]) if arguments else ROOT.parent / "shared" / "recordings"
    for folder in FOLDERS:
        target = PACKED / f"{folder}.tar.xz"
        target.write_bytes(packed(files_of(source / folder)))
        sys.stdout.write(f"{target.relative_to(ROOT)}: {target.stat().st_size:,} bytes\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
