"""No command but `sync` shows what a Secret holds, whatever it prints and however it fails."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest

from reconcile.cli import main

if TYPE_CHECKING:
    from pathlib import Path

PLAIN = "canary-of-the-mine"
PACKED = base64.b64encode(PLAIN.encode()).decode()

CONTROLLER = f'''
from reconcile import Child, Controller, Model, Observed, Parent, all_of, base64_values, rule
from reconcile.kinds.core_v1 import Secret

class Spec(Model):
    name: str = "made"
    fail: bool = False

class Thing(Parent[Spec, Spec], group="ex.com", version="v1"):
    """A thing."""

@rule
def secret(observed: Observed[Thing]) -> Secret:
    spec = observed.parent.spec
    if spec.fail:
        raise ValueError("{PLAIN}")
    return Secret(spec.name, data=base64_values({{"password": "{PLAIN}"}}))

controller = Controller(Thing, rules=all_of(secret), children=[Child(Secret, "InPlace")])
'''
NOW = ["--now", "2026-01-31T12:00:00Z"]


def secret(name: str, **more: Any) -> dict[str, Any]:
    """Return a Secret with the canary in it."""
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "data": {"a": PACKED}, **more}  # fmt: skip


def thing(*, uid: str | None = None, **spec: Any) -> dict[str, Any]:
    """Return a parent, as a user writes it or as a server has it."""
    metadata = {"name": "t", "namespace": "default"} | ({"uid": uid} if uid else {})
    return {"apiVersion": "ex.com/v1", "kind": "Thing", "metadata": metadata, "spec": spec}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A controller that makes a Secret, and files that hold some."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "secretive.py").write_text(CONTROLLER)
    applied = {"metacontroller.k8s.io/last-applied-configuration": json.dumps(secret("made"))}
    observed = secret(
        "made", metadata={"name": "made", "namespace": "default", "annotations": applied}
    )
    for name, spec in (("request", {}), ("failing", {"fail": True})):
        request = {
            "controller": {"kind": "CompositeController", "metadata": {"name": "c"}, "spec": {}},
            "parent": thing(uid="p", **spec),
            "children": {"Secret.v1": {"made": observed}},
            "related": {},
            "finalizing": False,
        }
        (tmp_path / f"{name}.json").write_text(json.dumps(request))
    files = {
        "thing.json": thing(),
        "other.json": thing(name="other"),
        "failing_thing.json": thing(fail=True),
        "mine.json": secret("mine"),
        "wrong.json": secret("wrong", data={"a": f"{PLAIN} is not base64"}),
        "unknown.json": secret("unknown", password=PLAIN),
        "empty.json": {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "mine"}},
    }
    for name, document in files.items():
        (tmp_path / name).write_text(json.dumps(document))
    (tmp_path / "torn.json").write_text(json.dumps(secret("torn"))[:-2])
    return tmp_path


def test_sync_is_for_programs(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """The response holds it, as Metacontroller has to have it."""
    assert main(["sync", "secretive.py:controller", "request.json", *NOW]) == 0
    assert PACKED.encode() in capfdbinary.readouterr().out


TARGET = "secretive.py:controller"
QUIET = [
    (1, ["sync", TARGET, "failing.json", *NOW]),
    (2, ["sync", TARGET, "torn.json", *NOW]),
    (0, ["plan", TARGET, "request.json", *NOW]),
    (0, ["plan", TARGET, "request.json", *NOW, "--tree"]),
    (0, ["plan", TARGET, "request.json", *NOW, "--json"]),
    (0, ["plan", TARGET, "request.json", *NOW, "--apply", "server-side"]),
    (1, ["plan", TARGET, "failing.json", *NOW]),
    (2, ["plan", TARGET, "torn.json", *NOW]),
    (0, ["explain", TARGET, "Secret/made", "--request", "request.json", *NOW]),
    (0, ["explain", TARGET, "Secret/made", "data", "--request", "request.json", *NOW, "--json"]),
    (1, ["explain", TARGET, "Secret/made", "--request", "failing.json", *NOW]),
    (2, ["explain", TARGET, "Secret/made", "--request", "torn.json", *NOW]),
    (1, ["check", TARGET, "--sample", "thing.json", "--strict"]),
    (1, ["check", TARGET, "--sample", "failing_thing.json"]),
    (2, ["check", TARGET, "--manifests", "torn.json"]),
    (0, ["simulate", TARGET, "thing.json", "mine.json"]),
    (0, ["simulate", TARGET, "thing.json", "other.json", "--json"]),
    (0, ["simulate", TARGET, "thing.json", "mine.json", "--apply", "server-side", "--workloads"]),
    (1, ["simulate", TARGET, "failing_thing.json"]),
    (1, ["simulate", TARGET, "wrong.json"]),
    (1, ["simulate", TARGET, "unknown.json"]),
    (2, ["simulate", TARGET, "torn.json"]),
    (1, ["diff", "mine.json", "empty.json"]),
    (1, ["diff", "empty.json", "mine.json", "--style", "tree"]),
    (2, ["diff", "empty.json", "mine.json", "--json"]),
    (2, ["diff", "empty.json", "mine.json", "--merge"]),
    (2, ["diff", "empty.json", "torn.json"]),
    (1, ["apiserver", "--port", "0", "--load", "wrong.json"]),
    (2, ["apiserver", "--port", "0", "--load", "torn.json"]),
    (1, ["replay", "request.json"]),
    (2, ["replay", "torn.json"]),
]  # fmt: skip


@pytest.mark.parametrize(("code", "arguments"), QUIET, ids=[" ".join(each) for _, each in QUIET])
def test_no_other_command_shows_it(
    code: int, arguments: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    """Neither the value nor its base64 is printed."""
    if arguments[0] == "apiserver":
        pytest.importorskip("uvicorn")
        pytest.importorskip("httptools")
    assert main(arguments) == code
    told = "".join(capfd.readouterr())
    assert told
    assert PLAIN not in told
    assert PACKED not in told


def test_no_page_shows_it(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The page that shows a run is for people, too."""
    assert main(["simulate", TARGET, "thing.json", "mine.json", "--html", "run.html"]) == 0
    page = (folder / "run.html").read_text()
    assert "Secret" in page
    assert PLAIN not in page
    assert PACKED not in page
