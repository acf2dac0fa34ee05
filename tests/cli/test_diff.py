"""Facts about `reconcile diff`."""

from __future__ import annotations

import io
import json
import re
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from reconcile.cli import main
from reconcile.diff import apply, equal, merge_apply

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Writer = Callable[[Any, Any], list[str]]

CANARY = "Q0FOQVJZ"


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Writer:
    """Write two files, texts as they are and documents as JSON, and return their names."""
    monkeypatch.chdir(tmp_path)

    def write(before: Any, after: Any) -> list[str]:
        for name, document in (("before", before), ("after", after)):
            text = document if isinstance(document, str) else json.dumps(document)
            (tmp_path / name).write_text(text)
        return ["before", "after"]

    return write


def deployment(**spec: Any) -> dict[str, Any]:
    """Return a Deployment."""
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web"},
        "spec": spec,
    }


def secret(name: str, **data: Any) -> dict[str, Any]:
    """Return a Secret."""
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "data": data}


def service(*ports: dict[str, Any]) -> dict[str, Any]:
    """Return a Service."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "s"},
        "spec": {"ports": [*ports]},
    }


def yaml(*documents: Any) -> str:
    """Return documents as one YAML text: each JSON text is one."""
    return "\n---\n".join(json.dumps(document) for document in documents)


def test_text(files: Writer, capsys: pytest.CaptureFixture[str]) -> None:
    """Changed lines of YAML with lines around them, and 1; nothing and 0 where nothing differs."""
    names = files(deployment(replicas=1, paused=True), deployment(replicas=3, paused=True))
    assert main(["diff", *names, "--context", "1"]) == 1
    assert capsys.readouterr() == (
        "--- before Deployment web\n+++ after Deployment web\n@@ -5,3 +5,3 @@ spec\n"
        " spec:\n-  replicas: 1\n+  replicas: 3\n   paused: true\n",
        "",
    )
    assert main(["diff", *names, "--style", "tree"]) == 1
    assert capsys.readouterr().out == "Deployment web\n~ spec.replicas: 1 -> 3\n"
    assert main(["diff", "after", "after"]) == 0
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        ({"a": True}, {"a": 1}, 1),
        ({"a": 1}, {"a": 1.0}, 1),
        ({"a": None}, {}, 1),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, 0),
        ([1, 2], [2, 1], 1),
        ("[1, 2]", "- 1\n- 2\n", 2),  # a YAML text is one of objects
        ("a: on", 'a: "on"', 0),
        ("a: 0o14", "a: 12", 0),
        ("1", "1", 0),
    ],
)
def test_values_are_told_apart(before: Any, after: Any, code: int, files: Writer) -> None:
    """True is not 1, null is not absent, and a list has an order; YAML is read as YAML 1.2."""
    assert main(["diff", *files(before, after)]) == code


def test_a_patch_can_be_applied(files: Writer, capsys: pytest.CaptureFixture[str]) -> None:
    """`--json` is a JSON patch and `--merge` a merge patch, from one file to the other."""
    before, after = deployment(replicas=1, paused=True), deployment(replicas=2, x=[{"a": 1}])
    names = files(before, after)
    assert main(["diff", *names, "--json"]) == 1
    assert equal(apply(before, json.loads(capsys.readouterr().out)), after)
    assert main(["diff", *names, "--merge"]) == 1
    assert equal(merge_apply(before, json.loads(capsys.readouterr().out)), after)
    assert main(["diff", "after", "after", "--json"]) == 0
    assert capsys.readouterr().out == "[]\n"


def test_a_merge_patch_that_cannot_say_it(
    files: Writer, capsys: pytest.CaptureFixture[str]
) -> None:
    """A merge patch cannot set a null, and is for one document."""
    assert main(["diff", *files({"a": 1}, {"a": None}), "--merge"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("reconcile: --merge: ")
    assert "/a" in err
    assert main(["diff", *files(yaml({"a": 1}, {"b": 1}), {"a": 1}), "--merge"]) == 2
    assert capsys.readouterr().err == (
        "reconcile: --merge is for one document on each side; --json takes several\n"
    )


def test_lists_of_built_in_kinds(files: Writer, capsys: pytest.CaptureFixture[str]) -> None:
    """Items find each other by the keys that the kind's schema names: port and protocol here."""
    udp = {"port": 80, "protocol": "UDP"}
    before, after = service({"port": 80}, udp), service({"port": 80, "name": "web"}, udp)
    told = []
    for kind in ("Service", "Thing"):
        names = files({**before, "kind": kind}, {**after, "kind": kind})
        assert main(["diff", *names, "--json"]) == 1
        told.append(json.loads(capsys.readouterr().out))
    assert told[0] == [{"op": "add", "path": "/spec/ports/0/name", "value": "web"}]
    names = files(service({"port": 1, "name": "a"}), service({"port": 2, "name": "a"}))
    assert main(["diff", *names, "--json"]) == 1
    assert [each["op"] for each in json.loads(capsys.readouterr().out)] == ["remove", "add"]
    thing = {**service({"port": 1, "name": "a"}), "kind": "Thing"}
    names = files(thing, {**service({"port": 2, "name": "a"}), "kind": "Thing"})
    assert main(["diff", *names, "--json"]) == 1
    assert [each["op"] for each in json.loads(capsys.readouterr().out)] == ["replace"]


def test_several_documents(files: Writer, capsys: pytest.CaptureFixture[str]) -> None:
    """Objects are matched by kind, namespace and name, whatever their order."""
    other = {**deployment(replicas=1), "metadata": {"name": "web", "namespace": "other"}}
    before = yaml(deployment(replicas=1), service({"port": 1}), other)
    after = yaml(secret("new"), other, deployment(replicas=2))
    assert main(["diff", *files(before, after), "--style", "tree"]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "Deployment web", "~ spec.replicas: 1 -> 2", "- Service s", "+ Secret new"]  # fmt: skip
    assert main(["diff", "before", "after", "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert [(each["kind"], each["action"]) for each in told] == [
        ("Deployment", "changed"), ("Service", "removed"), ("Secret", "added")]  # fmt: skip
    assert told[0]["patch"] == [{"op": "replace", "path": "/spec/replicas", "value": 2}]
    assert told[2]["object"] == secret("new")
    assert main(["diff", "before", "after"]) == 1
    lines = capsys.readouterr().out.splitlines()
    at = lines.index("--- before Service s")
    assert lines[at : at + 3] == [
        "--- before Service s",
        "+++ after (not there)",
        "-apiVersion: v1",
    ]
    assert "--- before (not there)" in lines
    assert main(["diff", "after", "after"]) == 0


def test_a_list_is_its_items(files: Writer, capsys: pytest.CaptureFixture[str]) -> None:
    """What kubectl prints of several objects is compared with the files of them."""
    listed = {"apiVersion": "v1", "kind": "List", "items": [service({"port": 1}), secret("a")]}
    assert main(["diff", *files(listed, yaml(secret("a"), service({"port": 1})))]) == 0
    assert main(["diff", *files(listed, yaml(secret("a")))]) == 1
    assert "-  - port: 1" in capsys.readouterr().out


def test_documents_that_are_no_objects(files: Writer, capsys: pytest.CaptureFixture[str]) -> None:
    """They are matched by their order."""
    assert main(["diff", *files("a: 1\n---\nb: 1\n", "a: 1\n---\nb: 2\n---\nc: 3\n")]) == 1
    out = capsys.readouterr().out
    assert "-b: 1\n+b: 2\n" in out
    assert "+++ after document 3\n+c: 3\n" in out


def test_one_document_on_each_side(files: Writer, capsys: pytest.CaptureFixture[str]) -> None:
    """They are compared whatever their names are."""
    renamed = {**deployment(), "metadata": {"name": "api"}}
    assert main(["diff", *files(deployment(), renamed), "--style", "tree"]) == 1
    assert capsys.readouterr().out == "Deployment api\n~ metadata.name: web -> api\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (secret("s", a="b2xk"), secret("s", a=CANARY)),
        (secret("s", a=CANARY), secret("s", a="bmV3")),
        (secret("s"), secret("s", a=CANARY)),
        (secret("s", a=CANARY), deployment()),
        (yaml(deployment(), secret("s", a=CANARY)), yaml(deployment(), secret("t", a=CANARY))),
        (
            {"metadata": {}},
            {
                "metadata": {
                    "annotations": {"kubectl.kubernetes.io/last-applied-configuration": CANARY}
                }
            },
        ),
    ],
)
def test_secrets(
    before: Any, after: Any, files: Writer, capsys: pytest.CaptureFixture[str]
) -> None:
    """No text shows a value of a Secret; a patch that needs one is printed on demand only."""
    names = files(before, after)
    for style in ("unified", "tree"):
        assert main(["diff", *names, "--style", style]) == 1
        out, err = capsys.readouterr()
        assert out
        assert CANARY not in out + err
    needed = CANARY in json.dumps(after)
    for more in (["--json"], ["--merge"]):
        code = main(["diff", *names, *more])
        out, err = capsys.readouterr()
        assert CANARY not in out + err
        if needed and isinstance(after, dict):
            assert (code, out) == (2, "")
            assert "--show-secrets" in err
            assert main(["diff", *names, *more, "--show-secrets"]) == 1
            assert CANARY in capsys.readouterr().out


def test_numbers_in_secrets(files: Writer, capsys: pytest.CaptureFixture[str]) -> None:
    """A value that somebody forgot to quote is a secret all the same."""
    assert main(["diff", *files(secret("s"), secret("s", pin=1234)), "--json"]) == 2
    assert "1234" not in "".join(capsys.readouterr())


def test_colour(files: Writer, capsys: pytest.CaptureFixture[str]) -> None:
    """Colour on demand, with the same text."""
    pytest.importorskip("rich")
    names = files(yaml(deployment(), service()), yaml(deployment(replicas=1)))
    assert main(["diff", *names]) == 1
    plain = capsys.readouterr().out
    assert main(["diff", *names, "--colour", "always"]) == 1
    out = capsys.readouterr().out
    assert re.sub(r"\x1b\[[0-9;]*m", "", out) == plain
    assert "\x1b[31m-apiVersion: v1" in out


def test_nothing_acts_on_the_terminal(files: Writer, capsys: pytest.CaptureFixture[str]) -> None:
    """Names of objects are shown without what a terminal would do."""
    evil = {**service(), "metadata": {"name": "\x1b[2Jgone"}}
    for style in ("unified", "tree"):
        assert main(
            ["diff", *files(yaml(evil, deployment()), yaml(deployment())), "--style", style]
        )
    assert "\x1b" not in capsys.readouterr().out


def test_the_standard_input(
    files: Writer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """- is the standard input, on one side."""
    files({"a": 1}, {"a": 2})
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(b"a: 2")))
    assert main(["diff", "-", "after"]) == 0
    assert main(["diff", "-", "-"]) == 2
    assert "only one of BEFORE and AFTER" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "before holds no document"),
        ("---\n---\n", "before holds no document"),
        ('{"apiVersion": "v1", "kind": "List", "items": []}', "before holds no document"),
        ('{"a": 1, "a": 2}', "before: line 1, column 10: the key 'a' is there twice"),
        ("a: [1", "before: line 2, column 1: is not YAML"),
        (yaml(service(), deployment(), service()), "before: Service s of v1 is there twice"),
        ("\x00\x01", "before: "),
    ],
)  # fmt: skip
def test_files_that_are_wrong(
    text: str, told: str, files: Writer, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each is a line that names the file."""
    assert main(["diff", *files(text, yaml(deployment(), deployment(x=1)))]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert err.startswith(f"reconcile: {told}")
