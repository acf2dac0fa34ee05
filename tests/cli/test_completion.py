"""Facts about completion: what the parser knows, and what shells make of the scripts.

bash is asked twice: its function with the words that it splits a line into, and the whole shell
behind a terminal, as zsh is where it is installed; fish tells by itself what it would offer.
"""

from __future__ import annotations

import os
import pty
import select
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from reconcile.cli import GROUPS, build, main
from reconcile.cli.completion_shells import bash, fish, zsh
from reconcile.cli.completion_targets import candidates
from reconcile.cli.completion_words import words

ROOT = Path(__file__).parents[2]
CONTROLLER = """
import reconcile
from reconcile import Controller, Parent

class Thing(Parent[int, int], group="ex.com", version="v1"):
    pass

class Plain:
    pass

number = 1
main = reconcile.Controller(Thing)
other: Controller = Controller(Thing)
_hidden = 1
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a controller, a package with another, and files."""
    (tmp_path / "controller.py").write_text(CONTROLLER)
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "__init__.py").touch()
    (tmp_path / "app" / "deep.py").write_text(CONTROLLER)
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools" / "plain.py").write_text("a = 1\n_b = 2\nclass C: pass\n")
    (tmp_path / "wrong.py").write_text("def (\n")
    (tmp_path / "store.yaml").touch()
    (tmp_path / "a file.yaml").touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


# -- targets ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "wanted", "found"),
    [
        ("", "controller", ["app.", "app/", "controller:", "tools/"]),
        ("c", "controller", ["controller:"]),
        ("controller:", "controller", ["controller:main", "controller:other"]),
        ("controller:m", "controller", ["controller:main"]),
        ("controller:", "class", ["controller:Thing"]),
        ("controller.py:o", "controller", ["controller.py:other"]),
        ("./c", "controller", ["./controller.py:"]),
        ("app.", "controller", ["app.deep:"]),
        ("app/", "controller", ["app/deep.py:"]),
        ("app.deep:m", "controller", ["app.deep:main"]),
        ("app/deep.py:T", "class", ["app/deep.py:Thing"]),
        ("app:", "controller", []),
        ("tools/", "controller", ["tools/plain.py:"]),
        ("tools/plain.py:", "controller", ["tools/plain.py:a"]),
        ("tools/plain.py:", "class", ["tools/plain.py:C"]),
        ("wrong:", "controller", []),
        ("nowhere/", "controller", []),
        ("nowhere.", "controller", []),
        ("nowhere:", "controller", []),
        ("a\0b/", "controller", []),
        ("a\0b:", "controller", []),
    ],
)
def test_targets(word: str, wanted: str, found: list[str], folder: Path) -> None:
    """Controllers are found in files without running them; other names where there is none."""
    assert candidates(word, wanted) == found


def test_targets_are_printed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The scripts ask for them; nothing is run and nobody is told of what is wrong."""
    (folder / "evil.py").write_text("raise SystemExit\nmade = Controller()\n")
    assert main(["completion", "--controller=evil:"]) == 0
    assert main(["completion", "--class=controller:"]) == 0
    assert main(["completion", "--controller=wrong:"]) == 0
    assert capsys.readouterr() == ("evil:made\ncontroller:Thing\n", "")


def test_a_shell_is_needed(capsys: pytest.CaptureFixture[str]) -> None:
    """Without one, the line to type is told."""
    assert main(["completion"]) == 2
    assert capsys.readouterr().err == (
        "reconcile completion: SHELL is missing: bash, zsh, fish\n"
        "  for example: reconcile completion bash\n"
    )
    assert main(["completion", "tcsh"]) == 2
    assert "cannot be tcsh" in capsys.readouterr().err


def test_all_commands_are_in_all_scripts() -> None:
    """Each command and each of its flags, but hidden ones."""
    known = words(build())
    assert [each.name for each in known.commands] == [m.NAME for _, ms in GROUPS for m in ms]
    for script in (bash(known), zsh(known), fish(known)):
        for command in known.commands:
            assert command.name in script
            for flag in command.flags:
                assert flag.names[-1].lstrip("-") in script
        assert "--class " not in script
    for each in (*known.commands, *(inner for one in known.commands for inner in one.commands)):
        for place in each.places:
            assert place.value.kind in {"controller", "class", "file", "choice", "text"}


# -- bash ------------------------------------------------------------------------------------------


def program(folder: Path) -> str:
    """Return a folder with a `reconcile` in it, which completes, or tells how it is called."""
    made = folder / "bin"
    made.mkdir()
    file = made / "reconcile"
    file.write_text(
        f'#!/bin/sh\nif [ "$1" = completion ]; then PYTHONPATH="{ROOT}" exec "{sys.executable}" '
        "-m reconcile \"$@\"; fi\nprintf 'RAN'; printf ' <%s>' \"$@\"; echo ' DONE'\n"
    )
    file.chmod(0o755)
    return str(made)


CASES = [
    (["pl"], ["plan"]),
    (["si"], ["simulate"]),
    (["nothing"], []),
    (["plan", "--js"], ["--json"]),
    (["plan", "--col"], ["--colour", "--color"]),
    (["--v"], ["--version"]),
    (["plan", "--colour", ""], ["auto", "always", "never"]),
    (["plan", "--colour", "=", "al"], ["always"]),
    (["plan", "--colour", "="], ["auto", "always", "never"]),
    (["plan", "--now", ""], []),
    (["plan", "cont"], ["controller:"]),
    (["plan", "controller", ":"], ["main", "other"]),
    (["plan", "controller", ":", "m"], ["main"]),
    (["plan", "app/deep.py", ":", "o"], ["other"]),
    (["plan", "--json", "--colour", "never", "controller", ":", "m"], ["main"]),
    (["plan", "controller", ":", "main", "st"], ["store.yaml"]),
    (["plan", "controller", ":", "main", "store.yaml", ""], []),
    (["simulate", "controller", ":", "main", "store.yaml", "a"], ["app", "a file.yaml"]),
    (["simulate", "--also", "controller", ":", "o"], ["other"]),
    (["replay", "store.yaml", "--write", "to"], ["tools"]),
    (["diff", "store.yaml", "st"], ["store.yaml"]),
    (["diff", "--style", "t"], ["tree"]),
    (["completion", "f"], ["fish"]),
    (["crd", "controller", ":"], ["Thing"]),
    (["crd", "im"], ["import"]),
    (["crd", "import", "st"], ["store.yaml"]),
    (["crd", "import", "--ver"], ["--version"]),
    (["crd", "controller", ":", "Thing", "im"], []),
    (["crd", "--compare", "st"], ["store.yaml"]),
]


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not there")
def test_bash(folder: Path) -> None:
    """What bash offers behind a line, split into words as bash splits them."""
    asked = "".join(
        f"COMP_WORDS=(reconcile {' '.join(repr(word) for word in line)}); "
        f"COMP_CWORD={len(line)}; _reconcile; "
        'for each in "${COMPREPLY[@]}"; do printf \'%s|\' "$each"; done; echo\n'
        for line, _ in CASES
    )
    done = subprocess.run(
        ["bash", "--norc", "-u", "-c", f'eval "$(reconcile completion bash)"\n{asked}'],
        capture_output=True,
        text=True,
        env={**os.environ, "PATH": f"{program(folder)}{os.pathsep}{os.environ['PATH']}"},
        check=True,
    )
    assert done.stderr == ""
    told = [line.split("|")[:-1] for line in done.stdout.splitlines()]
    assert [(line, sorted(found)) for (line, _), found in zip(CASES, told, strict=True)] == [
        (line, sorted(found)) for line, found in CASES
    ]


# -- whole shells ----------------------------------------------------------------------------------

BASH = ["bash", "--norc", "--noprofile", "-i"], 'eval "$(reconcile completion bash)"'
ZSH = ["zsh", "-f", "-i"], 'autoload -U compinit; compinit -D; eval "$(reconcile completion zsh)"'
LINES = [
    ("pl\tcont\tm\tst\t--js\t", "<plan> <controller:main> <store.yaml> <--json>"),
    ("simul\t--apply dyn\tapp/d\to\ta\\ f\t", "<simulate> <--apply> <dynamic> <app/deep.py:other> <a file.yaml>"),
    ("crd imp\tst\t--js\t", "<crd> <import> <store.yaml> <--json>"),
    ("crd cont\tT\t", "<crd> <controller:Thing>"),
]  # fmt: skip


@pytest.mark.parametrize(("command", "setup"), [BASH, ZSH], ids=["bash", "zsh"])
def test_a_shell_behind_a_terminal(command: list[str], setup: str, folder: Path) -> None:
    """Tabs make whole lines of a few letters."""
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not there")
    environment = {
        "PATH": f"{program(folder)}{os.pathsep}{os.environ['PATH']}",
        "TERM": "xterm",
        "HOME": str(folder),
        "PS1": "$ ",
        "LC_ALL": "C.UTF-8",
    }
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        command, stdin=follower, stdout=follower, stderr=follower,
        env=environment, start_new_session=True)  # fmt: skip
    os.close(follower)
    try:
        say(leader, f"{setup}; echo READY''NOW\r", "READYNOW")
        for line, told in LINES:
            assert told in say(leader, f"reconcile {line}\r", "DONE")
    finally:
        process.kill()
        process.wait()
        os.close(leader)


def say(terminal: int, text: str, until: str) -> str:
    """Type something and return what is shown until a text is."""
    os.write(terminal, text.encode())
    shown = ""
    while until not in shown:
        ready, _, _ = select.select([terminal], [], [], 30)
        assert ready, shown
        shown += os.read(terminal, 65536).decode(errors="replace")
    return shown


FISH = [
    ("pl", ["plan"]),
    ("plan --js", ["--json"]),
    ("plan --colour ", ["always", "auto", "never"]),
    ("plan controller:", ["controller:main", "controller:other"]),
    ("simulate st", ["store.yaml"]),
    ("replay --write to", ["tools/"]),
    ("crd im", ["import"]),
    ("crd import --ver", ["--version"]),
    ("completion b", ["bash"]),
]


@pytest.mark.skipif(shutil.which("fish") is None, reason="fish is not there")
def test_fish(folder: Path) -> None:
    """What fish offers behind a line."""
    asked = "".join(f"complete -C 'reconcile {line}'; echo END\n" for line, _ in FISH)
    done = subprocess.run(
        ["fish", "--no-config", "-c", f"reconcile completion fish | source\n{asked}"],
        capture_output=True,
        text=True,
        env={**os.environ, "PATH": f"{program(folder)}{os.pathsep}{os.environ['PATH']}"},
        check=True,
    )
    assert done.stderr == ""
    told = [
        [line.partition("\t")[0] for line in part.splitlines()]
        for part in done.stdout.split("END\n")[:-1]
    ]
    assert [(line, sorted(found)) for (line, _), found in zip(FISH, told, strict=True)] == FISH
