"""A newcomer types the tutorial word by word, and sees what the page shows."""

from __future__ import annotations

import importlib.util
import shutil
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("newcomer", ROOT / "tools" / "newcomer.py")
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(autouse=True)
def bash() -> None:
    if not shutil.which("bash"):
        pytest.skip("bash is not here")


def _faults(tool: ModuleType, page: str, folder: Path) -> list[str]:
    told, _ = tool.possible(tool.steps(page))
    return list(tool.faults(tool.follow(told, folder, package="", installed=True)))


@pytest.mark.slow
def test_tutorial_is_right(tool: ModuleType, tmp_path: Path) -> None:
    """Every file and every command of the page, in an empty folder; only pip is left out."""
    page = tool.PAGE.read_text("utf-8")
    assert _faults(tool, page, tmp_path) == []
    assert (tmp_path / "objectstore" / "controller.py").exists()


def test_every_block_is_followed(tool: ModuleType) -> None:
    """No block of the page is of a kind that the tool leaves out without a word."""
    page = tool.PAGE.read_text("utf-8")
    told = tool.steps(page)
    shown = sum(1 for step in told if step.command and step.text)
    assert page.count("\n```sh\n") == sum(1 for step in told if step.command)
    assert page.count("\n```text\n") == shown
    written = page.count("\n```python\n") + page.count("\n```yaml\n")
    assert written == sum(1 for step in told if step.file)
    assert set(tool.INSTALLS) <= {
        start for start in tool.INSTALLS for step in told if start in step.command
    }


PAGE = """
```python
# hello.py
print("hello")
```
```sh
cd .
python hello.py
```
```text
hello
```
```sh
echo last
```
"""


def test_page_that_is_right_has_no_fault(tool: ModuleType, tmp_path: Path) -> None:
    """Files are there when commands need them, and what is not shown is not compared."""
    assert _faults(tool, PAGE, tmp_path) == []


@pytest.mark.parametrize(
    ("was", "becomes", "fault"),
    [
        ("\nhello\n", "\nhallo\n", "prints something else than the page shows: cd .\npython hello"),
        ("python hello.py", "python hallo.py", "fails: cd .\npython hallo.py"),
        ("echo last", "exit 3", "fails: exit 3"),
    ],
)
def test_page_that_is_wrong_is_told(
    tool: ModuleType, tmp_path: Path, was: str, becomes: str, fault: str
) -> None:
    """What the page has and what happens are compared, and every failure is one."""
    told = _faults(tool, PAGE.replace(was, becomes), tmp_path)
    assert told
    assert told[0].startswith(fault)


def test_after_a_failure_nothing_is_typed(tool: ModuleType, tmp_path: Path) -> None:
    """Commands behind one that fails are told as never reached."""
    told = _faults(tool, PAGE.replace("python hello.py", "python hallo.py"), tmp_path)
    assert told[-1] == "never reached: echo last"


def test_what_never_ends_is_ended(
    tool: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A command that hangs is told as one that fails."""
    monkeypatch.setattr(tool, "SECONDS", 0.5)
    [fault] = _faults(tool, PAGE.replace("echo last", "sleep 60"), tmp_path)
    assert fault.startswith("fails: sleep 60")


@pytest.mark.parametrize(
    ("shown", "printed", "wrong"),
    [
        ("a\n", "a\n", False),
        ("a\n", "a  \n", False),
        ("a\n", "b\n", True),
        ("a\n", "a\nb\n", True),
        ("a\n...\nc\n", "a\nb\nb\nc\n", False),
        ("a\n...\nc\n", "a\nc\n", False),
        ("...\nc\n", "a\nb\nd\n", True),
        ("2 passed in ...s\n", "2 passed in 0.13s\n", False),
        ("2 passed in ...s\n", "3 passed in 0.13s\n", True),
        ("a.c\n", "abc\n", True),
    ],
)
def test_dots_stand_for_what_is_left_out(
    tool: ModuleType, shown: str, printed: str, wrong: bool
) -> None:
    """Alone on a line for lines, within a line for a part of it, and nothing else is left open."""
    assert tool.differs(shown, printed) is wrong


def test_own_lines_are_counted(tool: ModuleType) -> None:
    """Neither blank lines nor comments are code."""
    assert tool.counted("# a\n\nb = 1\n    # c\nd = 2\n") == 2
