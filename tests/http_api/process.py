"""The server as people start it: a process, found by its kubeconfig file."""

from __future__ import annotations

import contextlib
import re
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass
class Process:
    """A running `python -m reconcile apiserver`."""

    process: subprocess.Popen
    kubeconfig: str
    host: str
    port: int
    log: Path

    @property
    def url(self):
        """Where it is."""
        return f"http://{self.host}:{self.port}"

    def stop(self, number=signal.SIGTERM):
        """Ask it to end, and return its exit code."""
        self.process.send_signal(number)
        return self.process.wait(30)


@contextlib.contextmanager
def started(folder, *options, cwd=ROOT):
    """Start a server on a free port and wait until it says where its kubeconfig is."""
    log = Path(folder) / "apiserver.log"
    with log.open("wb") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "reconcile", "apiserver", "--port", "0", *options],
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            cwd=cwd,
        )
    try:
        line = process.stdout.readline()
        assert line.startswith("KUBECONFIG="), log.read_text()
        name = line.removeprefix("KUBECONFIG=").strip()
        host, port = re.search(r"http://(.+):(\d+)", Path(name).read_text()).groups()
        yield Process(process, name, host, int(port), log)
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        process.stdout.close()
