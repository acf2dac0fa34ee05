"""The Dockerfile of an image that holds a controller and what it needs."""

from __future__ import annotations

import json
from typing import Final

from reconcile.manifests.workload.running import USER, Workload, command
from reconcile.manifests.workload.source import Source

__all__ = ["PYTHON", "dockerfile"]

PYTHON: Final = "3.13"

_TEXT: Final = """\
FROM python:{python}-slim
WORKDIR /app
RUN pip install --no-cache-dir {requirements}
{copies}
# Nothing is written when it runs: its file system may be read-only.
RUN python -m compileall -q .
ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
USER {user}:{user}
EXPOSE {port}
CMD {command}
"""


def dockerfile(workload: Workload, source: Source, *, python: str = PYTHON) -> str:
    """Return a Dockerfile, to be built in the folder in which the source's files are.

    Shape: `docker build -f Dockerfile -t IMAGE FOLDER`. `python` is a tag of the official image.
    """
    folders: dict[str, list[str]] = {}
    for path in sorted(source.files):
        folders.setdefault(path.rpartition("/")[0], []).append(path)
    copies = [
        f"COPY {json.dumps([*paths, f'./{folder}/' if folder else './'])}"
        for folder, paths in folders.items()
    ]
    return _TEXT.format(
        python=python,
        requirements=" ".join(f"'{each}'" for each in source.requirements),
        copies="\n".join(copies),
        user=USER,
        port=workload.port,
        command=json.dumps(command(workload)),
    )
