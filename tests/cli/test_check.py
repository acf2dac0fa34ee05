"""Facts about `reconcile check`: what it prints, where it looks, and how it ends."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import reconcile.cli.check as module
from reconcile.cli import main

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
SEEDS = module._SEEDS
PAGE = ROOT / "docs" / "howto" / "check.md"
SOURCE = '''
from reconcile import Child, Controller, Decorator, Model, Observed, Parent, all_of, rule
from reconcile.kinds.core_v1 import ConfigMap, Pod


class Spec(Model):
    """What is asked for."""

    text: str = "a"
    tags: list[str] = ["one", "two", "three", "four", "five"]


class Thing(Parent[Spec, None], group="ex.com", version="v1"):
    """A thing."""


@rule
def good(observed: Observed[Thing]) -> ConfigMap:
    return ConfigMap(observed.parent.name, data={"text": observed.parent.spec.text})


@rule
def tagged(observed: Observed[Thing]) -> ConfigMap:
    return ConfigMap("tags", data={"tags": ",".join(set(observed.parent.spec.tags))})


@rule
def lost(observed):
    return Pod("lost", spec={"containers": [{"name": "a", "image": "a"}]})


@rule
def beside(observed: Observed[Pod]) -> ConfigMap:
    return ConfigMap(observed.parent.name, data={"a": "b"})


IN_PLACE = Child(ConfigMap, "InPlace")
right = Controller(Thing, rules=good, children=[IN_PLACE])
held_back = Controller(Thing, rules=good, children=[Child(ConfigMap)])
wrong = Controller(Thing, rules=all_of(good, lost), children=[IN_PLACE])
unsorted = Controller(Thing, rules=tagged, children=[IN_PLACE])
pods = Decorator(resources=[Pod], rules=beside, attachments=[IN_PLACE])
'''
OBJECT = """
apiVersion: metacontroller.k8s.io/v1alpha1
kind: CompositeController
metadata: {name: things}
spec:
  generateSelector: true
  parentResource: {apiVersion: ex.com/v1, resource: things}
  childResources:
  - {apiVersion: v1, resource: configmaps, updateStrategy: {method: InPlace}}
  hooks:
    sync: {version: v2, webhook: {url: "http://things/sync"}}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with controllers and manifests."""
    (tmp_path / "things.py").write_text(SOURCE)
    (tmp_path / "deploy").mkdir()
    (tmp_path / "deploy" / "controller.yaml").write_text(OBJECT)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(module, "_SEEDS", ())  # two processes for each controller take long
    return tmp_path


def check(*arguments: str) -> int:
    """Run the command."""
    return main(["check", *(re.sub(r"^:", "things.py:", each) for each in arguments)])


def test_nothing_is_wrong(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A controller that nothing is wrong with ends with 0, and a line says so."""
    assert check(":right", ":pods") == 0
    told = "no errors, no warnings in things.py:right, things.py:pods\n"
    assert capsys.readouterr() == (told, "")
    assert check(":right", "--strict", "--manifests", "deploy") == 0


def test_errors_and_warnings(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An error ends with 1; a warning with 0, and with 1 where warnings count."""
    assert check(":wrong") == 1
    lines = capsys.readouterr().out.splitlines()
    what = "Pod of rule lost /kind v1 Pod is not declared as a kind of children [undeclared]"
    assert lines[0] == f"error: things.py:wrong: {what}"
    assert lines[1].startswith("  why: ")
    assert lines[2] == "  fix: add Child(...) for the kind to the controller"
    assert lines[3] == "1 error, no warnings in things.py:wrong"
    assert check(":held_back") == 0
    assert capsys.readouterr().out.startswith(
        "warning: things.py:held_back: ConfigMap of rule good"
    )
    assert check(":held_back", "--strict") == 1


def test_json(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Programs get every finding with its target, and its file where it is about a document."""
    text = OBJECT.replace("generateSelector: true", "generateSelector: false")
    (folder / "deploy" / "controller.yaml").write_text(text)
    assert check(":right", ":held_back", "--json", "--manifests", "deploy") == 1
    document = json.loads(capsys.readouterr().out)
    assert [each["target"] for each in document["controllers"]] == [
        "things.py:right",
        "things.py:held_back",
    ]
    [finding] = document["controllers"][0]["findings"]
    assert finding["id"] == "generate-selector"
    assert finding["file"] == "deploy/controller.yaml"
    assert finding["pointer"] == "/spec/generateSelector"
    assert [each["id"] for each in document["together"]] == ["two-controllers"]


def test_colour(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Colour is where it is asked for, and no name does anything to a terminal."""
    text = OBJECT.replace("{name: things}", '{name: "a\\e[31mb"}').replace("InPlace", "Recreate")
    (folder / "deploy" / "controller.yaml").write_text(text)
    check(":right", "--manifests", "deploy", "--colour", "always")
    printed = capsys.readouterr().out
    assert printed.startswith("\x1b[33mwarning\x1b[0m: ")
    assert "a?[31mb" in printed
    assert printed.count("\x1b") == 2


def test_samples(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A sample is taken from its file, or from among the manifests; another kind is misuse."""
    sample = "apiVersion: ex.com/v1\nkind: Thing\nmetadata: {name: a}\nspec: {text: 1}\n"
    (folder / "sample.yaml").write_text(sample)
    assert check(":right", "--sample", "sample.yaml") == 1
    assert "[sample-refused]" in capsys.readouterr().out
    (folder / "deploy" / "sample.yaml").write_text(sample)
    assert check(":right", "--manifests", "deploy") == 1
    assert "[sample-refused]" in capsys.readouterr().out
    # With several controllers each takes its own; alone, it is a mistake.
    assert check(":pods", ":right", "--sample", "sample.yaml") == 1
    assert check(":pods", "--sample", "sample.yaml") == 2
    told = "reconcile: things.py:pods: the sample: /kind: must be v1 Pod\n"
    assert capsys.readouterr().err == told


def test_lists_of_documents(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A List stands for its items, in JSON as in YAML."""
    sample = {"apiVersion": "ex.com/v1", "kind": "Thing", "metadata": {"name": "a"}, "spec": {}}
    document = {"apiVersion": "v1", "kind": "List", "items": [sample, 5]}
    (folder / "list.json").write_text(json.dumps(document))
    assert check(":right", "--sample", "list.json") == 0
    (folder / "list.json").write_text(json.dumps({**document, "items": "none"}))
    assert check(":right", "--sample", "list.json") == 2
    assert capsys.readouterr().err == "reconcile: list.json holds no document\n"


@pytest.mark.slow
def test_the_order_of_a_set(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A rule that goes through a set answers another process differently, which is an error."""
    assert check(":unsorted") == 0
    monkeypatch.setattr(module, "_SEEDS", SEEDS)
    assert check(":unsorted", ":right") == 1
    printed = capsys.readouterr().out
    assert printed.count("[hash-order]") == 1
    assert "things.py:unsorted: things.py:unsorted answers" not in printed


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([":Thing"], "things.py:Thing is the class Thing, not a controller"),
        ([":right", "--manifests", "empty"], "empty holds no file of .yaml, .yml, .json"),
        ([":right", "--manifests", "nowhere"], "nowhere cannot be read: No such file or directory"),
        ([":right", "--sample", "five.json"], "five.json holds a document that is no object"),
    ],
)
def test_misuse(
    arguments: list[str], told: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A mistake is one line, and ends with 2."""
    (folder / "empty").mkdir()
    (folder / "five.json").write_text("5")
    assert check(*arguments) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith(f"reconcile: {told}")
    assert printed.err.count("\n") == 1


def test_what_is_like_a_controller_is_none(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Something that only answers requests has no rules to ask."""
    (folder / "like.py").write_text("class Like:\n    def respond(self): ...\n\nlike = Like()\n")
    assert main(["check", "like.py:like"]) == 2
    told = "reconcile: like.py:like is a Like; what is checked is a Controller or a Decorator\n"
    assert capsys.readouterr().err == told


@pytest.mark.parametrize(
    ("example", "attributes", "warnings"),
    [
        ("configmap_propagation", ["controller"], []),
        ("service_per_pod", ["services", "pod_names"], []),
        # The talk's controller, as it is: all three are true of it.
        ("objectstore", ["controller"], ["immutable", "on-delete", "secret-copied"]),
    ],
)
@pytest.mark.parametrize("sampled", [False, True])
def test_examples(
    example: str,
    attributes: list[str],
    warnings: list[str],
    *,
    sampled: bool,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The examples have no errors, with their manifests and with the requests that were recorded."""
    monkeypatch.chdir(EXAMPLES / example)
    monkeypatch.setattr(module, "_SEEDS", ())
    targets = [f"controller.py:{attribute}" for attribute in attributes]
    more = ["--sample", "request.json"] if sampled else []
    assert main(["check", *targets, "--manifests", "manifests", "--json", *more]) == 0
    document = json.loads(capsys.readouterr().out)
    found = [each for one in document["controllers"] for each in one["findings"]]
    assert [each["id"] for each in found] == warnings
    assert document["together"] == []


def test_the_page_shows_what_is_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The how-to's controller is checked as the page says, and every kind of finding is on it."""
    page = PAGE.read_text()
    source = re.search(r"```python\n(# shop\.py\n.*?)```", page, re.DOTALL)
    shown = re.search(r"```console\n\$ reconcile check shop:controller\n(.*?)```", page, re.DOTALL)
    assert source is not None
    assert shown is not None
    (tmp_path / "shop.py").write_text(source[1])
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(module, "_SEEDS", ())
    assert main(["check", "shop.py:controller"]) == 1
    assert capsys.readouterr().out.replace("shop.py:", "shop:") == shown[1]
    files = [*(ROOT / "reconcile" / "manifests" / "checking").glob("*.py")]
    code = "".join(file.read_text() for file in [*files, ROOT / "reconcile" / "cli" / "check.py"])
    words = {*re.findall(r'(?:Finding|_Kind)\(\s*"([a-z-]+)"', code)}
    assert len(words) > 40
    assert sorted(word for word in words if f"`{word}`" not in page) == []
