"""Every code block of README and docs runs, and prints what the page says it prints.

1. A Python block is a module of its own. If its first line is `# name.py`, later blocks of the page
   import it by that name.
2. A text block behind a Python block is what that block prints.
3. A Python block whose name begins with `test_` is a file of tests: pytest runs it as a user's.
4. Blocks of other languages are commands; those of `make` are held to the Makefile elsewhere.
"""

from __future__ import annotations

import contextlib
import importlib.util
import io
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
FENCE = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NAME = re.compile(r"# (\w+)\.py\n")
FRAMEWORKS = ("flask", "fastapi", "starlette")


@dataclass(frozen=True)
class Block:
    """One code block."""

    language: str
    text: str
    line: int


def _blocks(page: Path) -> list[Block]:
    text = page.read_text()
    return [
        Block(found[1], found[2], text.count("\n", 0, found.start()) + 2)
        for found in FENCE.finditer(text)
    ]


@contextlib.contextmanager
def _modules() -> Iterator[None]:
    """Let a page import the example, and forget afterwards what it made."""
    path = ROOT / "examples" / "objectstore" / "controller.py"
    spec = importlib.util.spec_from_file_location("objectstore", path)
    assert spec is not None
    assert spec.loader is not None
    before = set(sys.modules)
    module = sys.modules["objectstore"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    try:
        yield
    finally:
        for name in set(sys.modules) - before:
            if not name.startswith(("reconcile", "pydantic")) and name.partition(".")[0] in MADE:
                del sys.modules[name]


MADE: set[str] = {"objectstore"}


def _run(block: Block, page: Path, number: int) -> str:
    named = NAME.match(block.text)
    name = named[1] if named else f"block_{page.stem}_{number}"
    MADE.add(name)
    module = sys.modules[name] = ModuleType(name)
    printed = io.StringIO()
    code = compile("\n" * (block.line - 1) + block.text, str(page), "exec")
    with contextlib.redirect_stdout(printed):
        exec(code, module.__dict__)
    return printed.getvalue()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_blocks_of_a_page(page: Path) -> None:
    """The blocks of a page run one after the other and print what stands behind them."""
    blocks = _blocks(page)
    for framework in FRAMEWORKS:
        if any(f"import {framework}" in block.text.lower() for block in blocks):
            pytest.importorskip(framework)
    with _modules():
        for number, block in enumerate(blocks):
            if block.language != "python":
                continue
            printed = _run(block, page, number)
            following = blocks[number + 1] if number + 1 < len(blocks) else None
            if printed:
                assert following is not None, f"{page.name}:{block.line} prints, nothing is shown"
                assert following.language == "text"
                assert printed == following.text


def _prose(text: str) -> str:
    """Return a page without its code, where brackets are no links."""
    blocks_left_out = re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)
    return re.sub(r"`[^`\n]+`", "", blocks_left_out)


TESTED = [
    page
    for page in PAGES
    if any(
        block.language == "python" and block.text.startswith("# test_") for block in _blocks(page)
    )
]


@pytest.mark.parametrize("page", TESTED, ids=lambda page: str(page.relative_to(ROOT)))
def test_tests_of_a_page(page: Path, tmp_path: Path) -> None:
    """The tests that a page shows pass, with the other modules of the page beside them."""
    shutil.copy(ROOT / "examples" / "objectstore" / "controller.py", tmp_path / "objectstore.py")
    for block in _blocks(page):
        named = NAME.match(block.text)
        if block.language == "python" and named:
            (tmp_path / f"{named[1]}.py").write_text(block.text)
    (tmp_path / "pytest.ini").write_text("[pytest]\npythonpath = .\n")
    options = ["-p", "no:cacheprovider", "-p", "no:xdist", "--strict-markers", "--update-golden"]
    run = subprocess.run(
        [sys.executable, "-m", "pytest", *options],
        cwd=tmp_path,
        env={key: value for key, value in os.environ.items() if key != "PYTEST_ADDOPTS"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr


def test_links_of_pages_exist() -> None:
    """What a page links to within the repository is there."""
    missing = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in [*PAGES, ROOT / "CONTRIBUTING.md", *(ROOT / "examples").rglob("*.md")]
        for target in re.findall(r"\]\(([^)#:]+?)(?:#[^)]*)?\)", _prose(page.read_text()))
        if not (page.parent / target).exists()
    ]
    assert missing == []
