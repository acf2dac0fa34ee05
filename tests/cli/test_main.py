"""Facts about the command line as a whole."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

from reconcile.cli import main, version

ROOT = Path(__file__).parents[2]
CONTROLLER = """
from reconcile.hook.reply import Reply

class C:
    def respond(self, body, **arguments):
        return Reply(200, {}, body)

controller = C()
"""


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    """The version is what is installed."""
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"reconcile {version()}\n"


def test_no_distribution(monkeypatch: pytest.MonkeyPatch) -> None:
    """From a folder of sources there is no version, and that is said."""

    def missing(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", missing)
    assert version() == "(not installed)"
    monkeypatch.setattr(metadata, "version", lambda name: f"{name} 1")
    assert version() == "kube-reconcile 1"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["simluate"], "reconcile: there is no command simluate, did you mean 'simulate'?"),
        (["xyzzy"], "reconcile: there is no command xyzzy; reconcile --help shows what there is"),
        (["--verion"], "reconcile: there is no flag --verion, did you mean '--version'?"),
        (["-x"], "reconcile: there is no flag -x; reconcile --help shows its flags"),
        (["plan", "--jsn", "a:b"], "reconcile plan: there is no flag --jsn, did you mean '--json'?"),
        (["serve", "--prt=8", "a:b"], "reconcile serve: there is no flag --prt, did you mean '--port'?"),
        (["plan", "--js", "a:b"], "reconcile plan: there is no flag --js, did you mean '--json'?"),
        (["plan", "a:b", "--colour", "alwys"], "reconcile plan: --colour cannot be alwys, did you mean 'always'?"),
        (["plan", "a:b", "--apply", "x"], "reconcile plan: --apply cannot be x; it is dynamic or server-side"),
        (["plan", "a:b", "c", "d"], "reconcile plan: d is one argument too many; reconcile plan --help shows its form"),
        (["plan", "a:b", "--json", "--tree"], "reconcile plan: --tree: not allowed with argument --json"),
        (["serve", "a:b", "--port"], "reconcile serve: --port: expected one argument"),
        (["serve", "a:b", "--port", "x"], "reconcile serve: --port: must be a whole number"),
    ],
)  # fmt: skip
def test_mistakes_are_told(
    arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """What cannot be understood is 2, and a line that says what was likely meant."""
    assert main(arguments) == 2
    assert capsys.readouterr() == ("", told + "\n")


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    """The help lists what there is."""
    assert main(["--help"]) == 0
    text = capsys.readouterr().out
    for command in ("sync", "plan", "serve"):
        assert command in text


def run(*arguments: str, folder: Path, text: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Run the command in a process of its own."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "reconcile", *arguments]
    return subprocess.run(
        command, input=text, capture_output=True, cwd=folder, env=environment, check=False
    )


def test_as_a_process(tmp_path: Path) -> None:
    """`python -m reconcile` finds the module in the current directory and reads stdin."""
    (tmp_path / "mine.py").write_text(CONTROLLER)
    done = run("sync", "mine:controller", folder=tmp_path, text=b'{"a":1}')
    assert (done.returncode, done.stdout, done.stderr) == (0, b'{\n  "a": 1\n}\n', b"")
    done = run("sync", "yours:controller", folder=tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith(b"reconcile: there is no module yours in ")
    assert done.stderr.count(b"\n") == 1


def test_a_reader_that_has_enough(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A closed pipe is 1 and no traceback; Python's own last words go nowhere."""
    (tmp_path / "mine.py").write_text(CONTROLLER)
    (tmp_path / "request").write_text("1")
    with (tmp_path / "out").open("w") as out:

        class Closed:
            """A standard output that nobody reads."""

            def fileno(self) -> int:
                return out.fileno()

            @property
            def buffer(self) -> object:
                raise BrokenPipeError

        monkeypatch.setattr("sys.stdout", Closed())
        assert main(["sync", f"{tmp_path}/mine.py:controller", f"{tmp_path}/request"]) == 1
        monkeypatch.undo()
        out.write("last words")
    assert (tmp_path / "out").read_text() == ""
    assert capsys.readouterr().err == ""
