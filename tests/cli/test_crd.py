"""Facts about `reconcile crd`."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from reconcile.cli import main
from reconcile.manifests import crd_changes, crd_findings
from reconcile.objects.yaml import all_from_yaml, all_to_yaml, from_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

STORE = '''
from typing import Annotated

from pydantic import Field

from reconcile import Model, Parent


class Spec(Model):
    replicas: Annotated[int, Field(ge=1, le={most})] = 1


class Store(Parent[Spec, Spec], group="example.com", version="v1"):
    """A store."""


class StoreV1Beta1(Parent[Spec, Spec], group="example.com", version="v1beta1", kind="Store"):
    """A store."""


class Other(Parent[Spec, Spec], group="example.com", version="v1"):
    """Something else."""


class Nameless(Parent[Spec, Spec]):
    """It has no kind."""


class Wrong(Model):
    either: int | list[int] = 1


class Refused(Parent[Wrong, Spec], group="example.com", version="v1"):
    """It cannot be said."""


number = 1
'''


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with a module, and nothing of it left behind."""
    (tmp_path / "store.py").write_text(STORE.replace("{most}", "5"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    sys.modules.pop("store", None)
    yield tmp_path
    sys.modules.pop("store", None)


@pytest.fixture
def definition(capsys: pytest.CaptureFixture[str], folder: Path) -> dict[str, Any]:
    """The definition of a store, which stands in a file, too."""
    assert main(["crd", "store:Store"]) == 0
    text = capsys.readouterr().out
    (folder / "crd.yaml").write_text(text)
    return from_yaml(text)


def written(folder: Path, *documents: Any, name: str = "other.yaml") -> str:
    """Write documents into a file and return its name."""
    (folder / name).write_text(all_to_yaml(documents))
    return name


def changed(document: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """Return a definition whose field `replicas` says something else."""
    made = json.loads(json.dumps(document))
    schema = made["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    schema["properties"]["spec"]["properties"]["replicas"] |= fields
    return made


# -- printing --------------------------------------------------------------------------------------


def test_what_is_printed_is_what_crd_makes(
    definition: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    """As YAML and as JSON, the same each time."""
    assert definition["metadata"] == {"name": "stores.example.com"}
    assert main(["crd", "store:Store", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == definition


def test_classes_of_one_resource_are_versions_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    """The first is stored; another resource is a document of its own."""
    assert main(["crd", "store:Store", "store:Other", "store:StoreV1Beta1"]) == 0
    store, other = all_from_yaml(capsys.readouterr().out)
    versions: Any = store["spec"]
    assert [(each["name"], each["storage"]) for each in versions["versions"]] == [
        ("v1", True),
        ("v1beta1", False),
    ]
    assert other["metadata"] == {"name": "others.example.com"}
    assert main(["crd", "store:Store", "store:Other", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)) == 2


def test_the_same_bytes_whatever_the_hash_seed() -> None:
    """A file that is committed does not change by itself."""
    command = [sys.executable, "-m", "reconcile", "crd", "store:Store"]
    outs = {
        subprocess.run(
            command, capture_output=True, check=True, env={"PYTHONHASHSEED": seed}
        ).stdout
        for seed in ("1", "2")
    }
    assert len(outs) == 1


# -- diff ------------------------------------------------------------------------------------------


def test_a_file_that_fits(definition: dict[str, Any], folder: Path) -> None:
    """Other objects and other definitions in it say nothing."""
    assert main(["crd", "store:Store", "--diff", "crd.yaml"]) == 0
    config = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}}
    file = written(folder, config, definition)
    assert main(["crd", "store:Store", "--diff", file]) == 0


def test_a_file_that_does_not_fit(
    definition: dict[str, Any], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What differs is printed, as the file would change."""
    file = written(folder, changed(definition, maximum=3))
    assert main(["crd", "store:Store", "--diff", file]) == 1
    out, err = capsys.readouterr()
    assert "-                maximum: 3" in out
    assert "+                maximum: 5" in out
    assert err == f"reconcile: {file} is not what the code makes\n"
    assert main(["crd", "store:Store", "--diff", file, "--json"]) == 1
    [told] = json.loads(capsys.readouterr().out)
    assert told["found"]
    assert [each["value"] for each in told["patch"]] == [5]


def test_a_file_without_the_definition(
    definition: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    """It does not fit."""
    assert definition
    assert main(["crd", "store:Store", "store:Other", "--diff", "crd.yaml"]) == 1
    assert capsys.readouterr().out == "crd.yaml holds no others.example.com\n"
    assert main(["crd", "store:Other", "--diff", "crd.yaml", "--json"]) == 1
    [told] = json.loads(capsys.readouterr().out)
    assert told == {"name": "others.example.com", "found": False, "patch": None}


# -- check -----------------------------------------------------------------------------------------


def test_nothing_is_wrong(definition: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    """Of a file and of a class."""
    assert definition
    assert main(["crd", "--check", "crd.yaml", "store:Other"]) == 0
    assert capsys.readouterr().out == (
        "stores.example.com (crd.yaml): nothing is wrong\n"
        "others.example.com (store:Other): nothing is wrong\n"
        "2 checked: 0 refused, 0 breaks, 0 advice.\n"
    )


@pytest.mark.parametrize(
    ("fields", "code", "strict", "words"),
    [
        ({"type": "strin"}, 1, 1, "refused: spec.versions[*].schema.openAPIV3Schema"),
        ({"minLength": 9, "maxLength": 5}, 1, 1, "breaks: spec.versions[0].schema"),
        ({"type": "string", "format": "odd"}, 0, 1, "advice: spec\n"),
    ],
)
def test_what_is_wrong(  # noqa: PLR0917 - fixtures, and a row of the table
    definition: dict[str, Any],
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    fields: dict[str, Any],
    code: int,
    strict: int,
    words: str,
) -> None:
    """Advice alone is no fault, unless it is asked for."""
    document = changed(definition, default=None, maximum=None, minimum=None, **fields)
    file = written(folder, document)
    assert main(["crd", "--check", file]) == code
    out = capsys.readouterr().out
    assert words in out
    assert "      -> " in out or "supported values" in out
    assert main(["crd", "--check", file, "--strict"]) == strict
    capsys.readouterr()
    assert main(["crd", "--check", file, "--json"]) == code
    told = json.loads(capsys.readouterr().out)
    [checked] = told["definitions"]
    assert checked["findings"] == [each.to_json() for each in crd_findings(document)]
    assert sum(told["counts"].values()) == len(checked["findings"])


def test_lists_and_the_standard_input(
    definition: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """What kubectl prints is a List."""
    listed = {"apiVersion": "v1", "kind": "List", "items": [definition, {"kind": "Pod"}]}
    stdin = SimpleNamespace(buffer=io.BytesIO(json.dumps(listed).encode()))
    monkeypatch.setattr(sys, "stdin", stdin)
    assert main(["crd", "--check", "-"]) == 0
    assert "stores.example.com (the standard input): nothing" in capsys.readouterr().out


def test_what_strangers_say_does_nothing_to_a_terminal(
    definition: dict[str, Any], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Names hold what they like; they are printed on one line, without escapes."""
    document = changed(definition, pattern="(?!\x1b[2J)\n", type="string")
    document["metadata"]["name"] = "a\x1b[31m\nb"
    document["x\x1b[2J\ny"] = 1
    file = written(folder, document)
    assert main(["crd", "--check", file]) == 1
    assert main(["crd", "--compare", "crd.yaml", file]) == 1
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert all(line.isprintable() for line in out.split("\n"))


def test_colour_where_it_is_asked_for(
    definition: dict[str, Any], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And nowhere else, as where nobody looks."""
    file = written(folder, changed(definition, minLength=9, maxLength=5))
    main(["crd", "--check", file])
    assert "\x1b" not in capsys.readouterr().out
    main(["crd", "--check", file, "--colour", "always"])
    assert "\x1b[31mbreaks\x1b[0m" in capsys.readouterr().out


# -- compare ---------------------------------------------------------------------------------------


def test_nothing_differs(definition: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    """The file is what the code makes."""
    assert definition
    assert main(["crd", "--compare", "crd.yaml", "store:Store"]) == 0
    assert capsys.readouterr().out.startswith("stores.example.com: nothing differs\n")


def test_what_a_change_breaks(
    definition: dict[str, Any], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """1 where something breaks; what is safe is shown where it is asked for."""
    file = written(folder, changed(definition, maximum=3))
    assert main(["crd", "--compare", "store:Store", file]) == 1
    assert "  clients: v1 spec.replicas\n      maximum is narrower" in capsys.readouterr().out
    assert main(["crd", "--compare", file, "store:Store"]) == 0
    assert "nothing breaks; changes that are safe: 1 (--all" in capsys.readouterr().out
    assert main(["crd", "--compare", file, "store:Store", "--all"]) == 0
    assert "  safe: v1 spec.replicas\n      maximum is wider" in capsys.readouterr().out
    assert main(["crd", "--compare", "store:Store", file, "--json"]) == 1
    [told] = json.loads(capsys.readouterr().out)["definitions"]
    changes = crd_changes(definition, changed(definition, maximum=3))
    assert told == {"name": "stores.example.com", "changes": [each.to_json() for each in changes]}


def test_definitions_that_come_and_go(
    definition: dict[str, Any], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Several are matched by name; with a definition its objects go."""
    other = json.loads(json.dumps(definition).replace("stores", "others"))
    third = json.loads(json.dumps(definition).replace("stores", "thirds"))
    one = written(folder, definition, other, name="one.yaml")
    two = written(folder, definition, third, name="two.yaml")
    assert main(["crd", "--compare", one, two]) == 1
    out = capsys.readouterr().out
    assert "stores.example.com: nothing differs" in out
    assert "others.example.com\n  objects: the definition\n      the definition is gone" in out
    assert "thirds.example.com: nothing breaks" in out


# -- mistakes --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "MODULE:CLASS is missing, or --check or --compare"),
        (["store"], "expected MODULE:CLASS, such as store:Store"),
        (["store:Stor"], "store has no Stor, did you mean 'Store'?"),
        (["store:number"], "is an int, not the class of a parent; store has Other, Refused, Store"),
        (["store:Spec"], "store:Spec is the class Spec, not the class of a parent"),
        (["store:Nameless"], "has no kind: give its class group= and version="),
        (["store:Refused"], "store:Refused: Refused: /spec/either: is a union"),
        (["store:Store", "--strict"], "--strict is for --check"),
        (["store:Store", "--all"], "--all is for --compare"),
        (["--compare", "crd.yaml", "crd.yaml", "--strict"], "--strict is for --check"),
        (["--check", "crd.yaml", "--all"], "--all is for --compare"),
        (["store:Store", "--check", "crd.yaml"], "store:Store is one argument too many"),
        (["--compare", "crd.yaml"], "expected 2 arguments"),
        (["--check", "nowhere.yaml"], "nowhere.yaml cannot be read"),
        (["--check", "pod.yaml"], "pod.yaml holds no CustomResourceDefinition"),
        (["--check", "old.yaml"], "is of v1beta1, which no server takes since 1.22"),
        (["--compare", "crd.yaml", "old.yaml"], "old.yaml: stores.example.com: is of v1beta1"),
        (["--compare", "twice.yaml", "twice.yaml"], "stores.example.com is there twice"),
        (["--compare", "crd.yaml", "wrong.yaml"], "wrong.yaml: stores.example.com: spec.scope is"),
        (["--check", "key.yaml"], "the key 'kind' is there twice"),
        (["store:Store", "--chek"], "did you mean '--check'?"),
    ],
)
def test_mistakes(
    definition: dict[str, Any],
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    words: str,
) -> None:
    """Each is told in a line, with what to type."""
    written(folder, {"apiVersion": "v1", "kind": "Pod"}, name="pod.yaml")
    old = {**definition, "apiVersion": "apiextensions.k8s.io/v1beta1"}
    written(folder, old, name="old.yaml")
    written(folder, definition, definition, name="twice.yaml")
    wrong = {**definition, "spec": {**definition["spec"], "scope": 3}}
    written(folder, wrong, name="wrong.yaml")
    (folder / "key.yaml").write_text((folder / "crd.yaml").read_text() + "kind: Pod\n")
    assert main(["crd", *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert words in err
    assert err.startswith("reconcile")
    assert "Traceback" not in err
