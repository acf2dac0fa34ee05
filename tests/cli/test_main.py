"""Facts about the command line as a whole."""

from __future__ import annotations

import argparse
import os
import pty
import re
import shlex
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from reconcile.cli import GROUPS, build, main, version
from reconcile.cli.parser import Parser

if TYPE_CHECKING:
    from collections.abc import Iterator

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


@pytest.mark.parametrize("name", ["sync", "plan", "simulate", "replay", "diff"])
def test_what_is_missing_is_told_with_an_example(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two lines: what is missing, and a line to type instead."""
    assert main([name]) == 2
    out, err = capsys.readouterr()
    first, second = err.splitlines()
    assert out == ""
    assert first.startswith(f"reconcile {name}: ")
    assert "missing" in first
    assert second.startswith(f"  for example: reconcile {name} ")


def test_the_program_alone(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a command, the same help as on demand; nothing was done, so it is misuse."""
    assert main(["--help"]) == 0
    text = capsys.readouterr().out
    assert main([]) == 2
    assert capsys.readouterr() == ("", text)


def test_words_for_flags(capsys: pytest.CaptureFixture[str]) -> None:
    """Who writes `help` and `version` as words is understood."""
    for words, flags in (
        (["help"], ["--help"]),
        (["help", "plan"], ["plan", "--help"]),
        (["version"], ["--version"]),
    ):
        assert main(flags) == 0
        told = capsys.readouterr()
        assert main(words) == 0
        assert capsys.readouterr() == told
    assert main(["help", "plam"]) == 2
    assert capsys.readouterr().err == "reconcile: there is no command plam, did you mean 'plan'?\n"


def test_help_names_every_command(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The help lists what there is, by what one wants to do, a line each, on any terminal."""
    monkeypatch.setenv("COLUMNS", "40")
    assert main(["--help"]) == 0
    lines = capsys.readouterr().out.splitlines()
    for title, modules in (group for group in GROUPS if group[1]):
        at = lines.index(f"{title}:")
        shown = lines[at + 1 : at + 1 + len(modules)]
        assert shown == [f"  {module.NAME:<12}{module.HELP}" for module in modules]
    assert max(map(len, lines)) <= 80


def parsers() -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """Yield all commands, also those in others, with their parsers."""
    waiting: list[tuple[str, argparse.ArgumentParser]] = [("", build())]
    while waiting:
        name, parser = waiting.pop()
        if name:
            yield name, parser
        if isinstance(parser, Parser):
            waiting += [(f"{name} {word}", each) for word, (each, _) in parser.commands.items()]
        for action in parser._actions:
            if isinstance(action, argparse._SubParsersAction):
                waiting += [
                    (f"{name} {word}".strip(), each) for word, each in action.choices.items()
                ]


@pytest.mark.parametrize(("name", "parser"), [*parsers()], ids=[name for name, _ in parsers()])
def test_help_teaches(
    name: str, parser: argparse.ArgumentParser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each command says what it is for, shows examples that can be understood, and how it ends."""
    monkeypatch.setenv("COLUMNS", "80")
    text = parser.format_help()
    assert max(map(len, text.splitlines())) <= 80
    assert parser.description
    assert "exit codes:\n  0  " in text
    assert "\n  2  misuse" in text
    assert isinstance(parser, Parser)
    assert parser.lesson.examples
    for each, _ in parser.lesson.examples:
        # One part of a pipe is ours; where it reads from and writes to is the shell's.
        ours = next(part for part in re.split(r"[|<>]", each) if "reconcile" in part)
        words = shlex.split(ours)
        if words[0] == "eval":
            words = words[1].strip("$()").split()
        assert words[0] == "reconcile"
        assert build().parse_args(words[1:]).run


def test_an_error_that_should_not_be(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A defect is told without a traceback and without a value; the traceback is there on demand."""

    def broken() -> None:
        raise KeyError("canary")

    monkeypatch.setattr("reconcile.cli.doctor.look", broken)
    monkeypatch.delenv("RECONCILE_TRACEBACK", raising=False)
    assert main(["doctor"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("reconcile: this should not happen: KeyError at ")
    assert "canary" not in err
    assert err.splitlines()[1:] == ["  please report it; RECONCILE_TRACEBACK=1 shows more"]
    monkeypatch.setenv("RECONCILE_TRACEBACK", "1")
    with pytest.raises(KeyError):
        main(["doctor"])


def test_ctrl_c(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """It is 130, as a shell has it, and nothing more is said."""

    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("reconcile.cli.doctor.look", interrupted)
    assert main(["doctor"]) == 130
    assert capsys.readouterr() == ("", "")


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


def test_a_terminal_that_knows_few_letters(tmp_path: Path) -> None:
    """What the encoding of a terminal does not know is escaped; a pipe is UTF-8 all the same."""
    (tmp_path / "a").write_text('{"kind": "A", "name": "ä"}', encoding="utf-8")
    (tmp_path / "b").write_text('{"kind": "A", "name": "ö"}', encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "ascii"}
    command = [sys.executable, "-m", "reconcile", "diff", "a", "b", "--style", "tree"]
    options = {"cwd": tmp_path, "env": {**environment, "NO_COLOR": "1"}}
    done = subprocess.run(command, capture_output=True, check=False, **options)
    assert (done.returncode, done.stderr) == (1, b"")
    assert "ä".encode() in done.stdout
    leader, follower = pty.openpty()
    done = subprocess.run(command, stdout=follower, stderr=follower, check=False, **options)
    assert done.returncode == 1
    os.close(follower)
    shown = os.read(leader, 65536)
    os.close(leader)
    assert b"\\xe4" in shown


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
