"""Every command with every kind of bad input: one line on stderr, exit code 2, no traceback.

1. A bad target is a module that does not import or an attribute that is no controller; a bad file
   is one that is not there or not what a command reads.
2. A command that is not in these tables makes a test fail: say there what it reads.
"""

from __future__ import annotations

import gzip
import json
import os
import sys
from typing import TYPE_CHECKING

import pytest

from reconcile.cli import GROUPS, main

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CONTROLLER = '''
from reconcile import Child, Controller, Model, Observed, Parent, rule
from reconcile.kinds.core_v1 import ConfigMap

class Spec(Model):
    text: str = "new"

class Thing(Parent[Spec, Spec], group="ex.com", version="v1"):
    """A thing."""

@rule
def config(observed: Observed[Thing]) -> ConfigMap:
    return ConfigMap("c", data={"k": "v"})

controller = Controller(Thing, rules=config, children=[Child(ConfigMap, "InPlace")])
number = 1
'''
CANARY = "Q0FOQVJZ"

TARGETS = {
    "nothing": "",
    "no attribute": "good",
    "no module": ":controller",
    "an empty attribute": "good:",
    "a module that is not there": "nowhere:controller",
    "a package that is not there": "nowhere.deep:controller",
    "a file that is not there": "./nowhere.py:controller",
    "a folder": "folder/:controller",
    "a folder named as a file": "./named.py:controller",
    "a file of another kind": "./text.txt:controller",
    "a syntax error": "syntax:controller",
    "an error at import": "raising:controller",
    "the end of the process at import": "ending:controller",
    "a module that it needs": "needing:controller",
    "a name that is not there": "naming:controller",
    "an import in a circle": "circle:controller",
    "null bytes": "null:controller",
    "no text": "binary:controller",
    "endless recursion at import": "endless:controller",
    "a relative module": ".good:controller",
    "two colons": "good:controller:more",
    "an attribute that is not there": "good:nothing",
    "an attribute of one": "good:number.nothing",
    "a number": "good:number",
    "a class of no use": "good:Spec",
    "a function": "json:loads",
    "a module with a line break": "go\nod:controller",
    "a module with an escape": "\x1b[2J:controller",
}

FILES = {
    "not there": "nowhere",
    "in no folder": "nowhere/file",
    "a folder": "folder",
    "a link to itself": "loop",
    "empty": "empty",
    "only comments": "comment",
    "all bytes": "bytes",
    "UTF-16": "utf16",
    "Latin-1": "latin",
    "no YAML": "torn",
    "tabs": "tabs",
    "many aliases": "many",
    "a key twice": "twice",
    "a key twice, in JSON": "twice_json",
    "too deep": "deep",
    "too deep, in YAML": "deep_yaml",
    "a list": "list",
    "a text": "text.txt",
    "a tag of Python": "tag",
    "a number too long": "digits",
    "null bytes": "nulls",
    "torn behind a secret": "secret",
    "two documents, one torn": "second",
    "a name with a line break": "no\nfile",
}


def commands(target: str, file: str) -> dict[str, list[list[str]]]:
    """Return how each command is called with a target and a file."""
    now = ["--now", "2026-01-31T12:00:00Z"]
    return {
        "sync": [["sync", target, file, *now]],
        "plan": [["plan", target, file, *now]],
        "simulate": [
            ["simulate", target, file],
            ["simulate", "good:controller", "--also", target, file],
        ],
        "check": [["check", target, "--sample", file], ["check", "good:controller", target]],
        "crd": [["crd", target], ["crd", "--compare", "definition.json", target]],
        "manifests": [["manifests", target]],
        "explain": [["explain", target, "ConfigMap/c", "--request", file, *now]],
        "replay": [["replay", file, "--hook", target]],
        "serve": [["serve", target, "--port", "0", "--token-file", file]],
        "record": [["record", target, "--port", "0", "--token-file", file, "--folder", "calls"]],
    }


def readers(file: str) -> dict[str, list[list[str]]]:
    """Return how each command is called that reads a file, with all else as it should be."""
    called = commands("good:controller", file)
    # A file of tokens is any text, and one without a line that can be used is refused elsewhere.
    taken = {name: called[name] for name in called if name not in {"serve", "record"}}
    return {
        **taken,
        "check": [
            ["check", "good:controller", "--sample", file],
            ["check", "good:controller", "--manifests", file],
        ],
        "crd": [
            ["crd", "--check", file],
            ["crd", "--compare", "definition.json", file],
            ["crd", "--compare", file, "definition.json"],
            ["crd", "good:Thing", "--diff", file],
            ["crd", "import", file],
        ],
        "manifests": [
            [
                "manifests",
                "good:controller",
                "--workload",
                "none",
                "--url",
                "http://a",
                "--check",
                file,
            ]
        ],
        "replay": [["replay", file], ["replay", file, "--hook", "good:controller"]],
        "apiserver": [["apiserver", "--port", "0", "--load", file]],
        "diff": [["diff", file, "good.json"], ["diff", "good.json", file, "--json"]],
    }


NO_INPUT = {"doctor", "completion"}
FINE = {
    # A folder may be one of recordings, and what is JSON may be no recording.
    "replay": {"folder", "utf16", "twice_json"},
    # What is committed may differ in any way, also by not being there yet.
    "manifests": {"folder", "empty", "comment"},
}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with modules and files of all kinds, and nothing left behind."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "named.py").mkdir()
    texts = {
        "good.py": CONTROLLER,
        "syntax.py": "def (:\n",
        "raising.py": f"raise ValueError('{CANARY}')\n",
        "ending.py": f"import sys\nsys.exit('{CANARY}')\n",
        "needing.py": "import nowhere_else\n",
        "naming.py": "from reconcile import Controler\n",
        "circle.py": "from circle import controller\n",
        "endless.py": "def f(): f()\nf()\n",
        "null.py": "controller = 1\0\n",
        "good.json": '{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}}',
        "text.txt": "hello",
        "empty": "",
        "comment": "# nothing\n---\n# nothing\n",
        "torn": "a: [1\nb: }",
        "tabs": "a:\n\t- b\n",
        "many": f"a: &a [x]\nb: [{', '.join(['*a'] * 200)}]\n",
        "twice": "apiVersion: v1\nkind: ConfigMap\nkind: Secret\nmetadata: {name: a}\n",
        "twice_json": '{"apiVersion": "v1", "apiVersion": "v1", "steps": []}',
        "deep": '{"a":' * 100_000,
        "deep_yaml": "a: " + "[" * 100_000,
        "list": "- 1\n- 2\n",
        "tag": f"a: !!python/object/apply:os.system ['echo {CANARY}']\n",
        "digits": f"a: {'9' * 10_000}\n",
        "nulls": 'a: "\0"',
        "secret": f"apiVersion: v1\nkind: Secret\nmetadata: {{name: a}}\ndata: {{a: {CANARY}}}\n data: [\n",
        "second": f"a: {CANARY}\n---\nb: [\n",
    }  # fmt: skip
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "binary.py").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "bytes").write_bytes(bytes(range(256)))
    (tmp_path / "utf16").write_bytes(json.dumps([1]).encode("utf-16"))
    (tmp_path / "latin").write_bytes("a: ä".encode("latin-1"))
    (tmp_path / "loop").symlink_to("loop")
    definition = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "as.ex.com"},
        "spec": {
            "group": "ex.com",
            "names": {"kind": "A", "plural": "as"},
            "scope": "Namespaced",
            "versions": [
                {
                    "name": "v1",
                    "served": True,
                    "storage": True,
                    "schema": {"openAPIV3Schema": {"type": "object"}},
                }
            ],
        },
    }
    (tmp_path / "definition.json").write_text(json.dumps(definition))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        if not name.startswith(("reconcile", "pydantic", "yaml", "_yaml")):
            del sys.modules[name]


def test_every_command_is_here() -> None:
    """A new command says in this file what it reads."""
    known = {module.NAME for _, modules in GROUPS for module in modules}
    assert known == {*commands("", ""), *readers(""), *NO_INPUT}


def refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """Return the one line that a command refuses its input with."""
    code = main(arguments)
    out, err = capsys.readouterr()
    assert (code, out) == (2, ""), (arguments, err)
    assert err.endswith("\n"), arguments
    assert err.count("\n") == 1, (arguments, err)
    assert err.startswith("reconcile"), err
    assert err[:-1].isprintable(), err
    for never in ("Traceback", "this should not happen", "<frozen", CANARY):
        assert never not in err, (arguments, err)
    return err


@pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS)
def test_targets(target: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Modules that do not import and attributes that are no controller, in every command."""
    for called in commands(target, "good.json").values():
        for arguments in called:
            refused(arguments, capsys)


@pytest.mark.parametrize("file", FILES.values(), ids=FILES)
def test_files(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Files that are not there, or not what they should be, in every command that reads one."""
    for called in readers(file).values():
        for arguments in called:
            if file in FINE.get(arguments[0], ()):
                assert main(arguments) in {0, 1}
                assert CANARY not in "".join(capsys.readouterr())
                continue
            line = refused(arguments, capsys)
            assert file.split(maxsplit=1)[0] in line


def test_a_bomb(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Few aliases that stand for a thousand million values are not written out."""
    lines = ["a: &a [x,x,x,x,x,x,x,x,x,x]"]
    for before, key in zip("abcdefgh", "bcdefghi", strict=True):
        lines.append(f"{key}: &{key} [{','.join([f'*{before}'] * 10)}]")
    (tmp_path / "bomb").write_text("\n".join(lines))
    line = refused(["simulate", "good:controller", "bomb"], capsys)
    assert "has more than 1000000 keys and values" in line


def test_files_that_only_the_owner_reads(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file that cannot be read is named, with the reason."""
    (tmp_path / "empty").chmod(0)
    if os.access("empty", os.R_OK):
        pytest.skip("this user reads all files")
    for called in readers("empty").values():
        for arguments in called:
            assert "Permission denied" in refused(arguments, capsys)


@pytest.mark.parametrize(
    "steps",
    [
        [{"method": 1, "path": 2, "status": "x", "response": 0}],
        [{"do": 1, "result": 1, "timeline": 1, "world": 1}],
        [{"do": {}, "result": {}, "timeline": [], "world": {}}],
        [{"method": "GET", "path": "/api/${3:/x}", "status": 200, "response": {}}],
    ],
)
def test_recordings_that_are_none(
    steps: object, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What looks like a recording and cannot be played is refused, with the place."""
    (tmp_path / "made.json").write_text(json.dumps({"steps": steps}))
    assert "made.json cannot be played: " in refused(["replay", "made.json"], capsys)


@pytest.mark.parametrize(
    "data", [b"", b"\x1f\x8b", gzip.compress(b"{}")[:-6], gzip.compress(b"{}")[:12] + b"\xff" * 20]
)
def test_packed_recordings(data: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is packed wrongly is named."""
    (tmp_path / "made.json.gz").write_bytes(data)
    assert "made.json.gz cannot be read as JSON" in refused(["replay", "made.json.gz"], capsys)


def test_a_recording_that_is_too_large(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A small file may hold much; it is not unpacked beyond a bound."""
    from reconcile.cli import replay

    monkeypatch.setattr(replay, "_LARGEST", 1000)
    (tmp_path / "made.json.gz").write_bytes(gzip.compress(b" " * 2000 + b"{}"))
    assert "made.json.gz has more than 1000 bytes" in refused(["replay", "made.json.gz"], capsys)


def test_without_the_package_for_yaml(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where YAML cannot be read, the line to install it is told; JSON is read all the same."""
    monkeypatch.setitem(sys.modules, "yaml", None)
    for arguments in (["diff", "twice", "good.json"], ["simulate", "good:controller", "twice"]):
        assert "pip install 'kube-reconcile[yaml]'" in refused(arguments, capsys)
    assert main(["diff", "good.json", "good.json"]) == 0
