"""Facts about `reconcile crd import`."""

from __future__ import annotations

import io
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from reconcile.cli import main

STORE = Path(__file__).parents[1] / "manifests" / "importing" / "store.yaml"
CODE = Path(__file__).parents[1] / "type_checks" / "imported.py"


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "store.yaml").write_text(STORE.read_text())


def test_code_of_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    """The code is on stdout, and nothing else is anywhere."""
    assert main(["crd", "import", "store.yaml"]) == 0
    out, err = capsys.readouterr()
    assert out == CODE.read_text()
    assert err == ""


def test_code_of_the_standard_input(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A dash is the standard input."""
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(STORE.read_bytes())))
    assert main(["crd", "import", "-", "--version", "v1beta1"]) == 0
    assert 'version="v1beta1"' in capsys.readouterr().out


def test_code_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    """Programs get the name, too."""
    assert main(["crd", "import", "store.yaml", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found == {"definition": "stores.example.com", "source": CODE.read_text()}


def test_what_is_printed_makes_the_definition(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """There and back on the command line: the same fields under the same names."""
    assert main(["crd", "import", "store.yaml"]) == 0
    (tmp_path / "imported_store.py").write_text(capsys.readouterr().out)
    targets = ["imported_store:Store", "imported_store:StoreV1beta1"]
    assert main(["crd", *targets, "--json"]) == 0
    made: Any = json.loads(capsys.readouterr().out)
    (made,) = made if isinstance(made, list) else [made]
    assert made["metadata"]["name"] == "stores.example.com"
    assert main(["crd", "--compare", "store.yaml", targets[0]]) in {0, 1}


def test_one_of_several(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Other objects are passed over; of several definitions one is named."""
    text = STORE.read_text()
    other = text.replace("stores", "shops").replace("kind: Store", "kind: Shop")
    (tmp_path / "all.yaml").write_text(f"{text}---\nkind: Pod\n---\n{other}")
    assert main(["crd", "import", "all.yaml"]) == 2
    message = capsys.readouterr().err
    assert "all.yaml holds 2 definitions: choose one of stores.example.com, shops.example.com" in (
        message
    )
    assert main(["crd", "import", "all.yaml", "--name", "shops.example.com"]) == 0
    assert "class Shop(" in capsys.readouterr().out
    assert main(["crd", "import", "all.yaml", "--name", "a.b"]) == 2
    assert "all.yaml holds no definition a.b; it holds stores.example.com" in (
        capsys.readouterr().err
    )


def test_a_list(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """What `kubectl get crd -o json` prints is a list."""
    from reconcile.objects.yaml import from_yaml

    items = [from_yaml(STORE.read_text())]
    listed = {"apiVersion": "v1", "kind": "List", "items": items}
    (tmp_path / "list.json").write_text(json.dumps(listed))
    assert main(["crd", "import", "list.json"]) == 0
    assert capsys.readouterr().out == CODE.read_text()


BOMB = "\n".join(
    ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9)]
)
BAD = [
    ("", "bad.yaml holds no CustomResourceDefinition"),
    ("kind: Pod\n", "bad.yaml holds no CustomResourceDefinition"),
    ("a: 1\nb: 2\na: 3\n", "bad.yaml: line 3, column 1: the key 'a' is there twice"),
    ('{"kind": "A", "kind": "B"}', "the key 'kind' is there twice"),
    (BOMB, "has more than 1000000 keys and values"),
    ("[" * 1000, "more than 128 "),  # levels; JSON and YAML say it each in their way
    ("a: [1,\n", "bad.yaml: line 2, column 1"),
    ("kind: CustomResourceDefinition\n", "bad.yaml: the definition: its apiVersion must be"),
    (STORE.read_text().replace("type: object", "type: text", 1), "the server refuses it"),
]


@pytest.mark.parametrize(("text", "told"), BAD, ids=[each[1] for each in BAD])
def test_bad_files(
    text: str, told: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Each is one line that names the file, and nothing is printed."""
    (tmp_path / "bad.yaml").write_text(text)
    assert main(["crd", "import", "bad.yaml"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert told in err
    assert "bad.yaml" in err
    assert err.count("\n") == 1


def test_a_file_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    """And a version that is not."""
    assert main(["crd", "import", "nothing.yaml"]) == 2
    assert "nothing.yaml cannot be read: No such file or directory" in capsys.readouterr().err
    assert main(["crd", "import", "store.yaml", "--version", "v3"]) == 2
    assert "it has no version v3; it has v1, v1beta1" in capsys.readouterr().err
