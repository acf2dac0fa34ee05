"""Facts about MODULE:ATTRIBUTE and the arguments beside it."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from reconcile.cli.target import MisuseError, load, parse_entropy, parse_time, read_request

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SOURCE = """
import dataclasses
from beside import Base

@dataclasses.dataclass
class Mine(Base):
    name: str = "mine"

class Holder:
    inner = Mine("inner")

controller = Mine()
number = 1
empty = None
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A current directory with a controller in it, and nothing left behind."""
    (tmp_path / "apps").mkdir()
    (tmp_path / "beside_main.py").write_text("class Base:\n    def respond(self): ...\n")
    (tmp_path / "apps" / "beside.py").write_text("from beside_main import Base\n")
    (tmp_path / "apps" / "mine.py").write_text(SOURCE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        del sys.modules[name]


def test_a_file() -> None:
    """A file's path works; what stands beside it, and in the current directory, is found."""
    assert load("apps/mine.py:controller", method="respond").name == "mine"
    assert load("apps/mine.py:Holder.inner", method="respond").name == "inner"


def test_a_module(folder: Path) -> None:
    """A module is looked for in the current directory."""
    (folder / "top.py").write_text("from beside_main import Base\ncontroller = Base()\n")
    assert load("top:controller", method="respond").__class__.__name__ == "Base"


@pytest.mark.parametrize(
    ("target", "text"),
    [
        ("apps/mine.py", "expected MODULE:ATTRIBUTE, such as controller:controller"),
        (":controller", "expected MODULE:ATTRIBUTE"),
        ("apps/mine.py:", "expected MODULE:ATTRIBUTE"),
        ("nowhere:controller", "there is no module nowhere in "),
        ("nowhere.deep:controller", "there is no module nowhere.deep in "),
        ("apps/nowhere.py:controller", "there is no file apps/nowhere.py"),
        ("apps/:controller", "there is no file apps"),
        ("apps/text:controller", "apps/text is not a Python file"),
        ("apps/mine.py:controler", "apps/mine.py has no controler, did you mean 'controller'?"),
        ("apps/mine.py:xyz", "apps/mine.py has no xyz; apps/mine.py has controller"),
        ("apps/mine.py:number", "apps/mine.py:number is an int, not a controller; "),
        ("apps/mine.py:empty", "apps/mine.py:empty is a NoneType, not a controller; "),
        ("apps/mine.py:Mine", "is the class Mine, not a controller; apps/mine.py has controller"),
        ("beside_main:Base", "beside_main has no controller"),
        ("apps/broken.py:c", "apps/broken.py cannot be imported: ZeroDivisionError at "),
        ("apps/ending.py:c", "apps/ending.py cannot be imported: SystemExit at "),
        ("apps/needing.py:c", "apps/needing.py cannot be imported: it needs nowhere_else"),
        ("apps/wrong.py:c", "apps/wrong.py cannot be imported: SyntaxError at wrong.py:1: invalid"),
        (
            "apps/typing_error.py:c",
            "imported: ImportError at typing_error.py:1: reconcile has no Controler, did you mean 'Controller'?",
        ),
        ("apps/unnamed.py:c", "imported: NameError at unnamed.py:1: there is no nowhere"),
        ("apps/missing.py:c", "imported: AttributeError at missing.py:2: there is no maxsice"),
        ("apps/defining.py:c", "imported: DefinitionError at defining.py:2: "),
        ("apps/marking.py:c", "imported: DefinitionError at marking.py:2: ListType: keys= takes a"),
        ("apps/raising.py:c", "apps/raising.py cannot be imported: ValueError at raising.py:1"),
        ("apps/null.py:c", "apps/null.py cannot be imported: SyntaxError"),
        (".apps:c", ".apps is relative to nothing; write the module's name in full"),
        ("bad..name:c", "there is no module bad..name in "),
    ],
)
def test_mistakes_are_told(folder: Path, target: str, text: str) -> None:
    """Each mistake is one line that says what was found."""
    (folder / "apps" / "broken.py").write_text("1 / 0\n")
    (folder / "apps" / "marking.py").write_text(
        'from reconcile import ListType\nListType("map", keys="name")\n'
    )
    (folder / "apps" / "ending.py").write_text("import sys; sys.exit()\n")
    (folder / "apps" / "needing.py").write_text("import nowhere_else\n")
    (folder / "apps" / "wrong.py").write_text("def\n")
    (folder / "apps" / "typing_error.py").write_text("from reconcile import Controler\n")
    (folder / "apps" / "unnamed.py").write_text("nowhere\n")
    (folder / "apps" / "missing.py").write_text("import sys\nsys.maxsice\n")
    definition = "class A(r.Parent[r.Model, r.Model], group='No Group', version='v1'): 'a'"
    (folder / "apps" / "defining.py").write_text(f"import reconcile as r\n{definition}\n")
    (folder / "apps" / "raising.py").write_text("raise ValueError('CANARY')\n")
    (folder / "apps" / "null.py").write_text("a = 1\0\n")
    (folder / "apps" / "text").write_text("text")
    with pytest.raises(MisuseError) as caught:
        load(target, method="respond")
    assert text in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "CANARY" not in str(caught.value)
    assert "<frozen" not in str(caught.value)


def test_a_broken_file_leaves_no_module(folder: Path) -> None:
    """A file that cannot be imported takes no other module's place."""
    (folder / "json.py").write_text("1 / 0\n")
    (folder / "unheard_of.py").write_text("1 / 0\n")
    import json

    for name in ("json", "unheard_of"):
        with pytest.raises(MisuseError):
            load(f"./{name}.py:c", method="respond")
    assert sys.modules["json"] is json
    assert "unheard_of" not in sys.modules


def test_time() -> None:
    """RFC 3339 with a zone; nothing is the clock's time."""
    assert parse_time("2026-01-31T12:00:00Z") == datetime(2026, 1, 31, 12, tzinfo=UTC)
    assert parse_time(None).tzinfo is not None
    for wrong in ("yesterday", "2026-01-31T12:00:00"):
        with pytest.raises(MisuseError, match="--now"):
            parse_time(wrong)


def test_entropy() -> None:
    """Thirty-two bytes in hexadecimal; nothing is fresh ones."""
    assert parse_entropy("00" * 32) == bytes(32)
    assert parse_entropy(None) != parse_entropy(None)
    for wrong in ("x", "00"):
        with pytest.raises(MisuseError, match="--entropy"):
            parse_entropy(wrong)


def test_a_request_that_is_not_there() -> None:
    """A file that cannot be read is misuse."""
    with pytest.raises(MisuseError, match=r"nowhere\.json cannot be read: No such file"):
        read_request("nowhere.json")
