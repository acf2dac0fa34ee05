"""A controller and all that it needs in one file, which `python FILE` serves.

1. Parts of what is needed are machine code, which Python does not load out of an archive: they are
   unpacked when the file is first run. So the file is for one Python on one kind of machine, and
   says so on any other.
2. What was unpacked is used again only from a folder that belongs to the user alone.

Source: docs.python.org/3/library/zipapp.html.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Final

from reconcile.manifests.workload.source import packed

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["zipapp"]

_START: Final = b"#!/usr/bin/env python3\n"
_MAIN: Final = '''"""Serves {target}: unpacks what is in this file, once, and runs it."""

import importlib
import os
import sys
import sysconfig
import tempfile
import zipfile

MADE_FOR = "{made_for}"
DIGEST = "{digest}"


def place():
    """Return the folder with what is in this file."""
    root = os.environ.get("RECONCILE_UNPACK")
    if not root:
        user = os.getuid() if hasattr(os, "getuid") else "user"
        root = os.path.join(tempfile.gettempdir(), f"reconcile-{{user}}")
    os.makedirs(root, mode=0o700, exist_ok=True)
    if hasattr(os, "getuid"):
        about = os.lstat(root)
        if about.st_uid != os.getuid() or about.st_mode & 0o022:
            sys.exit(f"{{root}} can be written by others: say another folder in RECONCILE_UNPACK")
    found = os.path.join(root, DIGEST)
    if not os.path.isdir(found):
        fresh = tempfile.mkdtemp(dir=root)
        with zipfile.ZipFile(os.path.dirname(os.path.abspath(__file__))) as archive:
            archive.extractall(fresh)
        try:
            os.rename(fresh, found)
        except OSError:
            if not os.path.isdir(found):  # another process was first
                raise
    return found


def main():
    """Serve."""
    here = f"{{sys.implementation.cache_tag}} {{sysconfig.get_platform()}}"
    if here != MADE_FOR:
        sys.exit(f"this file was made for {{MADE_FOR}}, and this is {{here}}: make it again there")
    try:
        sys.path[0] = place()
    except OSError as error:
        sys.exit(f"{{error.strerror}}: {{error.filename}}: say a folder in RECONCILE_UNPACK")
    importlib.import_module("{module}")
    from reconcile.cli import main as run

    sys.exit(run(["serve", "{target}", *sys.argv[1:]]))


if __name__ == "__main__":
    main()
'''


def zipapp(files: Mapping[str, bytes], *, target: str, made_for: str) -> bytes:
    """Return a file that `python FILE --port 8080` serves a controller with.

    Shape: `files` are all modules by their path, those of the controller and those that are needed.
        `target` is MODULE:ATTRIBUTE. `made_for` is what the machine code among the files is for:
        `sys.implementation.cache_tag`, a space, `sysconfig.get_platform()`.
    Guarantees: the same bytes for the same files.
    """
    digest = sha256()
    for path in sorted(files):
        digest.update(f"{path}\0{len(files[path])}\0".encode())
        digest.update(files[path])
    main = _MAIN.format(
        target=target,
        module=target.partition(":")[0],
        made_for=made_for,
        digest=digest.hexdigest()[:32],
    )
    return _START + packed({**files, "__main__.py": main.encode()})
