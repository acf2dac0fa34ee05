"""Layers are kept, and importing the library is cheap."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from shutil import which

import pytest

ROOT = Path(__file__).parents[2]
MODULES = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    for path in (ROOT / "reconcile").rglob("*.py")
    if path.name != "__main__.py"
)


def _run(code: str) -> list[str]:
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    return run.stdout.split()


def test_contracts_are_kept() -> None:
    """No layer imports one above it."""
    beside = Path(sys.executable).with_name("lint-imports")
    command = str(beside) if beside.exists() else which("lint-imports")
    if command is None:
        pytest.skip("import-linter is not installed; `make lint` runs the contracts")
    run = subprocess.run([command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout


def test_importing_the_library_loads_only_what_is_named() -> None:
    """`import reconcile` brings in neither pydantic nor an adapter nor the command line."""
    loaded = _run("import reconcile, sys; print(*sys.modules)")
    heavy = {"pydantic", "msgspec", "reconcile.adapters", "reconcile.cli", "reconcile.rules"}
    assert heavy.isdisjoint(loaded)


def test_pydantic_comes_with_the_first_model() -> None:
    """Typed children, rules and decorators work without pydantic being loaded."""
    loaded = _run(
        "import sys; from reconcile import Child, all_of, rule, Observed; "
        "from reconcile.kinds.apps_v1 import Deployment; Deployment('web', spec={'replicas': 1}); "
        "print(*sys.modules)"
    )
    assert "pydantic" not in loaded
    assert "reconcile.kinds.apps_v1" in loaded


def test_classes_of_kinds_bring_nothing_that_objects_do_not_need() -> None:
    """Most of the time of an import was data classes, decoders and hashes that nobody used."""
    brought = _run(
        "import sys; before = set(sys.modules); import reconcile.kinds.apps_v1; "
        "print(*set(sys.modules) - before)"
    )
    heavy = {
        "dataclasses",
        "inspect",
        "difflib",
        "msgspec",
        "hashlib",
        "json",
        "decimal",
        "logging",
    }
    assert heavy.isdisjoint(brought)


FIRST = """
import importlib, json, os, sys, traceback
import msgspec, pydantic  # what every process of ours has; nothing of ours is imported yet
told = {}
for module in json.load(sys.stdin):
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            importlib.import_module(module)
        except BaseException:
            os.write(write, traceback.format_exc()[-4000:].encode())
        os._exit(0)
    os.close(write)
    with open(read, "rb") as text:
        told[module] = text.read().decode()
    os.waitpid(child, 0)
print(json.dumps(told))
"""


@pytest.fixture(scope="module")
def failures() -> dict[str, str]:
    """What the import of each module says in a process of its own, "" if it works."""
    run = subprocess.run(
        [sys.executable, "-c", FIRST],
        cwd=ROOT,
        input=json.dumps(MODULES),
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


@pytest.mark.parametrize("module", MODULES)
def test_every_module_can_be_imported_first(module: str, failures: dict[str, str]) -> None:
    """No module works only because another one was imported before it."""
    framework = module.rpartition(".")[2]
    if framework in {"flask", "starlette", "fastapi"}:
        pytest.importorskip(framework)
    assert failures[module] == ""
