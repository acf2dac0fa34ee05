"""Facts about `reconcile plan`."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from reconcile.cli import main

if TYPE_CHECKING:
    from pathlib import Path

SOURCE = '''
from reconcile import Child, Controller, Model, Observed, Parent, all_of, rule
from reconcile.kinds.core_v1 import ConfigMap, Secret


class Spec(Model):
    text: str = "new"
    namespace: str | None = None
    null: bool = False


class Thing(Parent[Spec, Spec], group="ex.com", version="v1"):
    """A thing."""


@rule
def config(observed: Observed[Thing]) -> ConfigMap:
    spec = observed.parent.spec
    data = {"k": spec.text, "n": 1} if spec.null else {"k": spec.text}
    return ConfigMap("c", data=data)


@rule
def token(observed: Observed[Thing]) -> Secret:
    return Secret("s", data={"token": observed.token("t", length=20)})


controller = Controller(
    Thing, rules=all_of(config, token), children=[Child(ConfigMap, "InPlace"), Child(Secret)]
)
'''
MORE = ["--now", "2026-01-31T12:00:00Z", "--entropy", "00" * 32]


def request(**spec: Any) -> dict[str, Any]:
    """Return a request about a thing whose ConfigMap is there already."""
    record = json.dumps({
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c", "namespace": "ns"},
        "data": {"k": "old"}})  # fmt: skip
    config = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": "c", "namespace": "ns", "uid": "u",
            "annotations": {"metacontroller.k8s.io/last-applied-configuration": record},
            "ownerReferences": [{"apiVersion": "ex.com/v1", "kind": "Thing", "name": "t",
                                 "uid": "p", "controller": True}],
        },
        "data": {"k": "old"},
    }  # fmt: skip
    return {
        "controller": {"kind": "CompositeController", "metadata": {"name": "things"}, "spec": {}},
        "parent": {
            "apiVersion": "ex.com/v1",
            "kind": "Thing",
            "metadata": {"name": "t", "namespace": "ns", "uid": "p"},
            "spec": spec,
        },
        "children": {"ConfigMap.v1": {"c": config}, "Secret.v1": {}},
        "related": {},
        "finalizing": False,
    }


@pytest.fixture
def arguments(tmp_path: Path) -> list[str]:
    """A controller and a request in files."""
    (tmp_path / "thing_controller.py").write_text(SOURCE)
    (tmp_path / "request.json").write_text(json.dumps(request()))
    target = f"{tmp_path}/thing_controller.py:controller"
    return ["plan", target, str(tmp_path / "request.json"), *MORE]


TEXT = """\
  ~ ConfigMap ns/c will be updated: InPlace, PUT of the whole object  (config)
      ~ /data/k: "old" -> "new"  (config)
  + Secret ns/s will be created: POST  (token)
      + /data/token: (secret)  (token)
      + /type: "Opaque"  (set by the server)
Plan: 1 to create, 1 to update, 0 to recreate, 0 to delete.
"""


def test_text(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """The plan is printed without colour where nobody sees it, and is fine."""
    assert main(arguments) == 0
    assert capsys.readouterr() == (TEXT, "")


def test_exit_codes(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Changes are fine unless asked for; what is not taken never is."""
    assert main([*arguments, "--exit-code"]) == 1
    settled = request(text="old")
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s", "namespace": "ns"}}
    settled["children"]["Secret.v1"]["s"] = secret
    (tmp_path / "request.json").write_text(json.dumps(settled))
    assert main([*arguments, "--exit-code"]) == 0  # OnDelete leaves the Secret as it is
    assert "1 left by OnDelete" in capsys.readouterr().out
    (tmp_path / "request.json").write_text(json.dumps(request(null=True)))
    assert main(arguments) == 1
    assert "x ConfigMap ns/c is not taken" in capsys.readouterr().out
    (tmp_path / "request.json").write_text("{")
    assert main(arguments) == 2
    told = "the body is not JSON; what is needed is a request of Metacontroller, as JSON"
    assert capsys.readouterr() == ("", f"reconcile: {arguments[2]}: {told}\n")


def test_json(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """The same plan for programs, masked; colour has no influence."""
    assert main([*arguments, "--json", "--colour", "always"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [step["action"] for step in told["steps"]] == ["update", "create"]
    assert told["steps"][1]["changes"][0] == {
        "pointer": "/data/token", "after": "(secret)", "rules": ["token"], "source": "rule"}  # fmt: skip
    assert told["parent"]["name"] == "t"


def test_tree(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Parent and children."""
    assert main([*arguments, "--tree"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "Thing ns/t",
        "├── ~ ConfigMap ns/c will be updated, 1 field  (config)",
        "└── + Secret ns/s will be created  (token)",
    ]


def test_apply(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Under server-side apply other requests are made."""
    assert main([*arguments, "--apply", "server-side"]) == 0
    assert "PATCH, an apply by force as metacontroller" in capsys.readouterr().out


def test_colour(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """On a terminal, or when asked for; NO_COLOR and a dumb terminal say no."""
    for name in ("NO_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)

    def coloured(*more: str) -> bool:
        assert main([*arguments, *more]) == 0
        out = capsys.readouterr().out
        assert re.sub(r"\x1b\[[0-9;]*m", "", out) == TEXT
        return out != TEXT

    assert coloured("--colour", "always")
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    assert coloured()
    assert not coloured("--colour", "never")
    monkeypatch.setenv("TERM", "dumb")
    assert not coloured()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "1")
    assert not coloured("--colour", "auto")
    assert coloured("--colour", "always")


def test_misuse(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Two forms at once, and unknown choices, are 2."""
    assert main([*arguments, "--json", "--tree"]) == 2
    assert main([*arguments, "--colour", "some"]) == 2
    assert main([*arguments, "--apply", "some"]) == 2
    assert capsys.readouterr().out == ""
