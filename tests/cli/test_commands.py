"""Facts about `sync` and `serve`."""

from __future__ import annotations

import io
import logging
import os
import signal
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

import reconcile.cli.serve as module
from reconcile.adapters.log import LOGGER
from reconcile.cli import main

if TYPE_CHECKING:
    from pathlib import Path

SOURCE = """
from reconcile.errors import RequestError, RuleError
from reconcile.hook.reply import Failure, Reply

class Controller:
    def respond(self, body, *, hook, now, entropy):
        if body == b"fail":
            failure = Failure("00ff", RuleError("keys", "raised KeyError"))
            return Reply(500, {}, b'{"error":"rule","id":"00ff"}', failure)
        if body == b"same":
            return Reply(304, {}, b"")
        text = f'{{"hook":"{hook}","now":"{now.isoformat()}","entropy":{len(entropy)},"n":1.0}}'
        return Reply(200, {}, text.encode())

    def plan_request(self, body, **_):
        raise RequestError("not-json", "not JSON", pointer="")

controller = Controller()
"""


@pytest.fixture
def target(tmp_path: Path) -> str:
    """A controller in a file."""
    (tmp_path / "a_controller.py").write_text(SOURCE)
    return f"{tmp_path}/a_controller.py:controller"


@pytest.fixture
def request_file(tmp_path: Path) -> Path:
    """A request in a file."""
    file = tmp_path / "request.json"
    file.write_text("{}")
    return file


NOW = ["--now", "2026-01-31T12:00:00Z"]


def test_sync(target: str, request_file: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """The response is printed for people, or as its bytes."""
    arguments = ["sync", target, str(request_file), *NOW, "--entropy", "00" * 32]
    assert main(arguments) == 0
    assert capfdbinary.readouterr().out == (
        b'{\n  "hook": "sync",\n  "now": "2026-01-31T12:00:00+00:00",\n'
        b'  "entropy": 32,\n  "n": 1.0\n}\n'
    )
    assert main([*arguments, "--compact", "--hook", "customize"]) == 0
    assert capfdbinary.readouterr().out.startswith(b'{"hook":"customize","now"')


def test_sync_that_fails(
    target: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Any status but 200 is 1, with what the caller and what the log would see."""
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(b"fail")))
    assert main(["sync", target]) == 1
    first = 'status 500: {"error":"rule","id":"00ff"}'
    second = "failure 00ff: RuleError: rule keys: raised KeyError"
    assert capsys.readouterr() == ("", f"{first}\n{second}\n")
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(b"same")))
    assert main(["sync", target, "-"]) == 1
    assert capsys.readouterr().err == "status 304\n"


def test_misuse_is_one_line(target: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What cannot be found or read is 2."""
    assert main(["sync", target, "nowhere.json"]) == 2
    assert main(["plan", target + "x"]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "reconcile: nowhere.json cannot be read: No such file or directory"
    assert "did you mean 'controller'?" in lines[1]
    assert len(lines) == 2


def test_serve(
    target: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The address is logged; a signal ends it with 0, and the log is as before."""
    announce = module._announce

    def ready(server: object) -> None:
        announce(server)
        os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(module, "_announce", ready)
    (tmp_path / "tokens").write_text("t")
    (tmp_path / "users").write_text("u:p")
    files = ["--token-file", str(tmp_path / "tokens"), "--basic-file", str(tmp_path / "users")]
    before = (LOGGER.level, list(LOGGER.handlers))
    assert main(["serve", target, "--port", "0", "--host", "0.0.0.0", *files]) == 0
    assert main(["serve", target, "--port", "0"]) == 0
    assert main(["serve", target, "--port", "0", "--host", "0.0.0.0", "--insecure"]) == 0
    lines = capsys.readouterr().err
    assert lines.count("INFO serving on http://0.0.0.0:") == 2
    assert lines.count("INFO serving on http://127.0.0.1:") == 1
    assert (LOGGER.level, LOGGER.handlers) == before


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["--host", "0.0.0.0"], "reconcile: serving on 0.0.0.0: anybody who reaches"),
        (["--token-file", "nowhere"], "reconcile: bearer tokens: nowhere holds no line"),
        (["--deadline", "0"], "reconcile: the webhook: deadline must be"),
        (["--host", "192.0.2.1", "--insecure"], "reconcile: "),
        (["--port", "70000"], "a port is a number from 0 to 65535"),
        (["--max-body", "0"], "a number above 0"),
        (["--max-body", "many"], "a whole number"),
    ],
)
def test_serve_that_cannot(
    target: str, arguments: list[str], text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """What cannot be served is 2, with the reason."""
    assert main(["serve", target, "--port", "0", *arguments]) == 2
    assert text in capsys.readouterr().err


def test_the_address_of_version_six(caplog: pytest.LogCaptureFixture) -> None:
    """Such an address is written in brackets, as a URL wants it."""
    caplog.set_level(logging.INFO, "reconcile")
    module._announce(SimpleNamespace(server_name="::1", server_port=8080))
    assert caplog.messages == ["serving on http://[::1]:8080"]
