"""Facts about `reconcile doctor`: what it finds wrong, in environments that are wrong."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from importlib import metadata
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

import pytest

from reconcile.cli import installation, main
from reconcile.cli.installation import PURPOSES, Package

ROOT = Path(__file__).parents[2]
FOR_WORK = {"test", "lint", "docs", "bench", "peers", "mutation"}


def run(*arguments: str, path: Path) -> subprocess.CompletedProcess[str]:
    """Run the command where a folder comes before all that is installed."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("RECONCILE_")}
    return subprocess.run(
        [sys.executable, "-m", "reconcile", *arguments],
        capture_output=True,
        text=True,
        cwd=path,
        env={**kept, "PYTHONPATH": f"{path}{os.pathsep}{ROOT}"},
        check=False,
    )


def distribution(folder: Path, name: str, version: str, *, package: str | None = None) -> None:
    """Write what an installer writes about a distribution."""
    info = folder / f"{name.replace('-', '_')}-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    (info / "RECORD").write_text("")
    if package is not None:
        (info / "top_level.txt").write_text(package + "\n")


def test_every_extra_has_a_purpose() -> None:
    """What users may install is told apart from what work on the library needs."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert set(PURPOSES) | FOR_WORK == set(project["optional-dependencies"])
    assert not set(PURPOSES) & FOR_WORK


def test_what_is_here(capsys: pytest.CaptureFixture[str]) -> None:
    """Version, build and dependencies are told, for people and for programs."""
    code = main(["doctor", "--json"])
    told = json.loads(capsys.readouterr().out)
    assert code == (1 if told["problems"] else 0)
    assert told["ok"] is not told["problems"]
    assert told["version"] == metadata.version("kube-reconcile")
    assert {each["name"] for each in told["requirements"]} == {"msgspec", "pydantic"}
    assert all(each["ok"] for each in told["requirements"])
    assert main(["doctor"]) == code
    text = capsys.readouterr().out
    assert f"build     {told['build']['name']}: {told['build']['why']}" in text
    assert f"pydantic  {metadata.version('pydantic')}" in text


def test_another_distribution(tmp_path: Path) -> None:
    """Another distribution that installs a package `reconcile` is found, by its name."""
    distribution(tmp_path, "qontract-reconcile", "0.10.1", package="reconcile")
    done = run("doctor", path=tmp_path)
    assert done.returncode == 1, done.stderr
    assert "WRONG: qontract-reconcile installs a package of the name reconcile, too" in done.stdout
    assert "pip uninstall qontract-reconcile" in done.stdout
    assert "Nothing is wrong" not in done.stdout


def test_another_package(tmp_path: Path) -> None:
    """Where another's files are over ours, commands say so in a line and the doctor tells more."""
    mixed = tmp_path / "reconcile"
    mixed.mkdir()
    for each in (ROOT / "reconcile").iterdir():
        if each.name not in {"__init__.py", "__pycache__"}:
            (mixed / each.name).symlink_to(each)
    (mixed / "__init__.py").write_text("__all__ = ['reconcile']\n")
    done = run("plan", "mine:controller", path=tmp_path)
    file = mixed / "__init__.py"
    line = f"reconcile: import reconcile finds another package, {file}; reconcile doctor tells"
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"{line} what helps\n"
    done = run("doctor", "--json", path=tmp_path)
    assert (done.returncode, done.stderr) == (1, "")
    told = json.loads(done.stdout)["problems"]
    assert f"import reconcile finds another package: {file}" in [each["what"] for each in told]


def test_versions_that_are_too_old(tmp_path: Path) -> None:
    """What is required is held to its least version, and what is optional where it is there."""
    distribution(tmp_path, "kube-reconcile", "9.9")
    with (tmp_path / "kube_reconcile-9.9.dist-info" / "METADATA").open("a") as file:
        file.write("Requires-Dist: msgspec>=0.19\nRequires-Dist: pydantic>=2.10\n")
        file.write('Requires-Dist: pyyaml>=6; extra == "yaml"\n')
        file.write('Requires-Dist: absent-thing>=1; extra == "cel"\n')
        file.write('Requires-Dist: pytest>=8; extra == "test"\n')
    distribution(tmp_path, "pydantic", "2.9.12")
    distribution(tmp_path, "pyyaml", "5.4.1")
    done = run("doctor", "--json", path=tmp_path)
    told = json.loads(done.stdout)
    assert (done.returncode, told["version"]) == (1, "9.9")
    problems = {each["what"]: each["remedy"] for each in told["problems"]}
    assert problems["pydantic 2.10 or later is needed, 2.9.12 is there"] == (
        "pip install --upgrade 'kube-reconcile'"
    )
    assert problems["pyyaml 6 or later is needed, 5.4.1 is there"] == (
        "pip install --upgrade 'kube-reconcile[yaml]'"
    )
    assert {each["name"]: each["ok"] for each in told["extras"]} == {"cel": False, "yaml": False}
    text = run("doctor", path=tmp_path).stdout
    assert (
        "  no   cel         rules of CEL in the schemas of custom resources; not there: absent-thing"
        in text
    )
    assert "all that is not there: pip install 'kube-reconcile[cel,yaml]'" in text


@pytest.mark.parametrize(
    ("needed", "installed", "ok"),
    [
        ("2.10", "2.9.9", False),
        ("2.10", "2.10", True),
        ("2.10", "2.10.0", True),
        ("2.10", "10.0b1", True),
        ("6", "6.0.2", True),
        ("0.1.3", "0.1", False),
        ("1.0", "1", True),
        (None, "1", True),
        ("1", None, False),
        (None, None, False),
    ],
)
def test_versions_are_compared(needed: str | None, installed: str | None, ok: bool) -> None:
    """Versions are numbers between points, not texts."""
    assert Package("x", needed, installed).ok is ok


def test_builds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which build is imported follows from the files and the environment, and is said with why."""
    monkeypatch.delenv("RECONCILE_PURE", raising=False)
    for name in ("_a_cy", "_b_cy"):
        (tmp_path / f"{name}.py").touch()
    assert installation._build(tmp_path)[0] == "plain"
    (tmp_path / "_a_cy.cpython-27-old.so").touch()
    assert installation._build(tmp_path) == ("plain", "it was compiled for another Python")
    (tmp_path / f"_a_cy{EXTENSION_SUFFIXES[0]}").touch()
    assert installation._build(tmp_path) == ("mixed", "1 of 2 modules are compiled")
    (tmp_path / f"_b_cy{EXTENSION_SUFFIXES[0]}").touch()
    assert installation._build(tmp_path)[0] == "compiled"
    monkeypatch.setenv("RECONCILE_PURE", "1")
    assert installation._build(tmp_path) == ("plain", "RECONCILE_PURE is set")


def test_a_build_in_parts(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A build of which a part is missing is wrong."""
    monkeypatch.setattr(installation, "_build", lambda folder: ("mixed", "1 of 2"))
    assert main(["doctor"]) == 1
    assert "WRONG: the build is in parts: 1 of 2" in capsys.readouterr().out


def test_notes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What may be meant as it is, is noted and not wrong."""

    def missing(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    (tmp_path / "reconcile.py").touch()
    command = tmp_path / "reconcile"
    command.write_text("#!/bin/sh\n")
    command.chmod(0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(metadata, "distribution", missing)
    main(["doctor"])
    text = capsys.readouterr().out
    assert text.startswith("kube-reconcile (not installed)\n")
    assert "note: kube-reconcile is not installed, its files are used as they are" in text
    assert "note: in this folder, reconcile.py hides the library" in text
    assert f"note: the command reconcile is another environment's: {command}" in text
