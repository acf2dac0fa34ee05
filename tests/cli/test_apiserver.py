"""Facts about `reconcile apiserver`: a process, its files and its exit codes."""

from __future__ import annotations

import contextlib
import importlib.util
import io
import json
import re
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

import reconcile.cli.apiserver as module
from reconcile.cli import main

ROOT = Path(__file__).parents[2]
NEEDED = [name for name in ("uvicorn", "httptools", "yaml") if not importlib.util.find_spec(name)]
pytestmark = pytest.mark.skipif(bool(NEEDED), reason=f"not installed: {', '.join(NEEDED)}")

MANIFEST = """
apiVersion: v1
kind: ConfigMap
metadata: {name: conf, namespace: team}
data: {a: b}
---
apiVersion: v1
kind: Namespace
metadata: {name: team}
"""


@contextlib.contextmanager
def _started(*options):
    command = [sys.executable, "-m", "reconcile", "apiserver", "--port", "0", *options]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT
    ) as process:
        try:
            line = process.stdout.readline()
            assert line.startswith("KUBECONFIG="), process.stderr.read()
            yield process, Path(line.removeprefix("KUBECONFIG=").strip())
        finally:
            if process.poll() is None:
                process.kill()


def _address(file):
    return re.search(r'server: "(.+)"', file.read_text())[1]


def _get(file, path):
    with urllib.request.urlopen(_address(file) + path) as answer:
        return json.load(answer)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_server_starts_and_ends(number, tmp_path):
    """It says where it is and what it is not, answers, and ends with 0 at a signal."""
    with _started() as (process, file):
        assert _get(file, "/api/v1/namespaces/default")["metadata"]["name"] == "default"
        assert file.stat().st_mode & 0o077 == 0
        process.send_signal(number)
        said = process.communicate(timeout=30)[1]
        assert process.returncode == 0
    assert "not a production server" in said
    assert f"kubectl --kubeconfig {file} get" in said
    # A temporary file goes with the server.
    assert not file.exists()


@pytest.mark.parametrize("suffix", ["yaml", "json"])
def test_what_is_loaded_is_served_and_kept(suffix, tmp_path):
    """Manifests are there from the beginning, and a snapshot can be loaded as they were."""
    (tmp_path / "manifest.yaml").write_text(MANIFEST)
    kept = tmp_path / f"kept.{suffix}"
    options = ["--snapshot", str(kept), "--kubeconfig", str(tmp_path / "config")]
    with _started("--load", str(tmp_path / "manifest.yaml"), *options) as (process, file):
        assert file == tmp_path / "config"
        assert _get(file, "/api/v1/namespaces/team/configmaps/conf")["data"] == {"a": "b"}
        process.terminate()
        assert process.wait(30) == 0
    assert kept.stat().st_mode & 0o077 == 0
    # A kubeconfig of ours is written over.
    with _started("--load", str(kept), *options) as (process, file):
        assert _get(file, "/api/v1/namespaces/team/configmaps/conf")["data"] == {"a": "b"}
        process.terminate()
        assert process.wait(30) == 0


def test_a_manifest_may_come_from_the_standard_input(tmp_path, capsys, monkeypatch):
    """`--load -` reads what is piped in; what is refused is 1 and one line."""
    monkeypatch.setattr(
        sys, "stdin", io.TextIOWrapper(io.BytesIO(b"{apiVersion: v1, kind: No, metadata: {}}"))
    )
    assert main(["apiserver", "--load", "-"]) == 1
    told = capsys.readouterr().err.splitlines()
    assert told == ["reconcile: -: v1 No (no name): the server has no such kind in this version"]


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (["--load", "no-such-file"], "no-such-file cannot be read"),
        (["--load", "BAD"], "line 2, column 1"),
        (["--host", "0.0.0.0"], "say insecure"),
        (["--kubeconfig", "MINE"], "holds something else, which is not written over"),
        (["--kubeconfig", "FOLDER"], "is a folder"),
        (["--kubeconfig", "no/such/folder/file"], "there is no such folder"),
        (["--snapshot", "no/such/folder/file"], "there is no such folder"),
        (["--port", "x"], "a whole number"),
    ],
)
def test_misuse_is_one_line(options, text, tmp_path, capsys):
    """What cannot be done as it was written ends with 2 and says why, and touches nothing."""
    (tmp_path / "bad.yaml").write_text("a: [")
    (tmp_path / "mine").write_text("apiVersion: v1\nkind: Config\n")
    places = {
        "BAD": str(tmp_path / "bad.yaml"),
        "MINE": str(tmp_path / "mine"),
        "FOLDER": str(tmp_path),
    }
    assert main(["apiserver", *(places.get(word, word) for word in options)]) == 2
    assert text in capsys.readouterr().err.splitlines()[-1]
    assert (tmp_path / "mine").read_text() == "apiVersion: v1\nkind: Config\n"


def test_a_port_that_is_taken_is_misuse(capsys):
    """An address that cannot be bound is told, with 2."""
    with _started() as (_, file):
        port = _address(file).rpartition(":")[2]
        assert main(["apiserver", "--port", port]) == 2
    assert "in use" in capsys.readouterr().err


def test_what_is_missing_is_told(monkeypatch, capsys):
    """Without its servers the command says what to install."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert main(["apiserver"]) == 2
    assert "pip install 'kube-reconcile[apiserver]'" in capsys.readouterr().err


def test_a_snapshot_that_cannot_be_written_is_told(tmp_path, capsys):
    """A folder in the place of the snapshot is 1 and one line."""
    from reconcile.simulate import ApiServer

    assert module._write_snapshot(ApiServer(), str(tmp_path)) == 1
    assert "cannot be written" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
