"""Below the edges everything is computed: nothing fetched, nothing remembered, nothing random."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EDGES = {"adapters", "cli", "http_api", "__main__.py"}
PURE = [
    path
    for path in sorted((ROOT / "reconcile").rglob("*.py"))
    if path.relative_to(ROOT / "reconcile").parts[0] not in EDGES
]
FORBIDDEN = {"open", "print", "eval", "exec", "compile", "input", "breakpoint", "globals", "vars"}
ALLOWED = {
    ("reconcile/__init__.py", "globals"): "a lazy import puts what it found into the module",
    ("reconcile/objects/__init__.py", "vars"): "a lazy import looks up a name from a list",
    ("reconcile/objects/_fields.py", "vars"): "names in annotations are looked up in their module",
    ("reconcile/value/__init__.py", "vars"): "a lazy import looks up a name from a list",
    ("reconcile/simulate/__init__.py", "vars"): "a lazy import looks up a name from a list",
    ("reconcile/verify/__init__.py", "vars"): "a lazy import looks up a name from a list",
    ("reconcile/objects/resource.py", "vars"): "fields of a model, which pydantic keeps there",
}
DRIVEN = {"getattr", "setattr", "delattr", "__import__"}
DRIVEN_ALLOWED = {
    "reconcile/__init__.py": "names come from a table in the file",
    "reconcile/manifests/__init__.py": "names come from a table in the file",
    "reconcile/objects/__init__.py": "names come from a table in the file",
    "reconcile/objects/accept.py": "names come from the attribute_map of a client's class",
    "reconcile/objects/_fields.py": "names come from annotations of a class",
    "reconcile/objects/view.py": "names come from annotations of a class",
}


def _calls(path: Path) -> list[tuple[str, ast.Call]]:
    return [
        (node.func.id, node)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    ]


@pytest.mark.parametrize("path", PURE, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_forbidden_calls(path: Path) -> None:
    """No file below the edges opens, prints or evaluates anything."""
    name = str(path.relative_to(ROOT))
    called = {call for call, _ in _calls(path) if call in FORBIDDEN}
    assert {call for call in called if (name, call) not in ALLOWED} == set()


@pytest.mark.parametrize("path", PURE, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_attribute_is_named_by_data(path: Path) -> None:
    """Documents are read by key: an attribute with a computed name is a way in."""
    if str(path.relative_to(ROOT)) in DRIVEN_ALLOWED:
        return
    computed = [
        node.lineno
        for call, node in _calls(path)
        if call in DRIVEN and not (len(node.args) > 1 and isinstance(node.args[1], ast.Constant))
    ]
    assert computed == []


SNIPPET = """
import sys
events = []
def hook(event, args):
    quiet = ("object.", "gc.", "code.", "compile", "sys._", "marshal", "builtins.id")
    if watching and not event.startswith(quiet):
        events.append(event)
watching = False
sys.addaudithook(hook)
sys.path.insert(0, "examples/objectstore")
from controller import controller
from datetime import datetime, timezone
from pathlib import Path
body = Path("examples/objectstore/request.json").read_bytes()
now = datetime(2026, 1, 1, tzinfo=timezone.utc)
def answer(hook):
    return controller.respond(body, hook=hook, now=now, entropy=bytes(32), headers={})
HOOKS = ("sync", "finalize", "customize")
def all_answers():
    answers = [answer(hook) for hook in HOOKS]
    return [*answers, controller.respond(b"no", hook="sync")]
first = all_answers()      # imports, facts of the kinds
watching = True
again = all_answers()
watching = False
told = [(reply.status, reply.body) for reply in first]
assert told == [(reply.status, reply.body) for reply in again], told
assert told[0][0] == 200, first[0]
assert told[-1][0] == 400, first[-1]
print(*sorted(set(events)))
"""


def test_an_answer_touches_nothing() -> None:
    """From bytes to bytes no file, socket, process, thread or clock is asked for anything."""
    run = subprocess.run(
        [sys.executable, "-c", SNIPPET], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.split() == []
