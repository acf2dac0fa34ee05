"""Facts about `reconcile manifests`."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from reconcile.cli import main
from reconcile.cli.sources import source_of
from reconcile.objects.yaml import all_from_yaml, from_yaml

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

EXAMPLES = Path(__file__).parents[2] / "examples"
CODE = '''"""Two controllers of one parent, a decorator, and things that are none."""

from reconcile import Child, Controller, Decorator, Model, Observed, Parent, Related, rule
from reconcile.kinds.core_v1 import ConfigMap, Pod


class Thing(Parent[Model, Model], group="demo.example.com", version="v1"):
    """A thing."""


@rule
def config(observed: Observed) -> ConfigMap:
    """One child."""
    return ConfigMap(observed.parent.name)


def customize(parent: Thing) -> list[Related]:
    """Ask for something."""
    return []


controller = Controller(Thing, rules=config, children=[Child(ConfigMap, "InPlace")])
other = Controller(Thing, rules=config, children=[Child(ConfigMap)])
asking = Controller(Thing, rules=config, children=[Child(ConfigMap)], customize=customize)
pods = Decorator(resources=[Pod], rules=config, attachments=[Child(ConfigMap)])


class Echo:
    """Answers, but says nothing of what it needs."""

    def respond(self, body: bytes) -> bytes:
        """Answer."""
        return body


echo = Echo()
'''


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with a controller in it, in which the commands run; it is forgotten afterwards."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    before = set(sys.modules)
    for name in ("made", "app"):
        (tmp_path / f"{name}.py").write_text(CODE)
    yield tmp_path
    for name in set(sys.modules) - before:
        if name in {"made", "app", "label_pods", "controller"}:
            del sys.modules[name]


@pytest.fixture
def reconcile(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Run the command; return its exit code, what it printed, and what it said beside it."""

    def run(*words: str) -> tuple[int, str, str]:
        code = main(["manifests", *words])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def _kinds(text: str) -> list[str]:
    return [f"{each['kind']}/{each['metadata']['name']}" for each in _all(text)]


def _all(text: str) -> list[Any]:
    return list(all_from_yaml(text))


@pytest.mark.parametrize("example", ["objectstore", "configmap_propagation", "service_per_pod"])
def test_examples_are_what_their_code_says(
    example: str, reconcile: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The committed manifests of the examples are made by the command that stands in them."""
    monkeypatch.chdir(EXAMPLES / example)
    for file in sorted(Path("manifests").glob("*.yaml")):
        first = file.read_text().partition("\n")[0]
        if not first.startswith("# Made by "):
            assert file.name == "myobjectstore.yaml"
            continue
        words = shlex.split(first.split("`")[1])
        assert words[:2] == ["reconcile", "manifests"]
        code, out, err = reconcile(*words[2:], "--check", "manifests")
        assert (code, out) == (0, ""), err
        assert err == "manifests is what the code says\n"


def test_printed(reconcile: Any) -> None:
    """All that is needed comes in the order in which it can be applied, the same each time."""
    code, out, err = reconcile("made:controller", "--namespace", "shop")
    assert (code, err) == (0, "")
    assert _kinds(out) == [
        "CustomResourceDefinition/things.demo.example.com",
        "ClusterRole/metacontroller-thing-controller",
        "ClusterRoleBinding/metacontroller-thing-controller",
        "Deployment/thing-controller",
        "Service/thing-controller",
        "NetworkPolicy/thing-controller",
        "CompositeController/thing-controller",
    ]
    assert reconcile("made:controller", "--namespace", "shop")[1] == out
    assert reconcile("made.py:controller", "--namespace", "shop")[1] == out
    listed = json.loads(reconcile("made:controller", "--namespace", "shop", "--json")[1])
    assert (listed["apiVersion"], listed["kind"]) == ("v1", "List")
    assert listed["items"] == _all(out)


def test_flags(reconcile: Any) -> None:
    """Flags say what the code cannot."""
    code, out, _ = reconcile(
        *("made:pods", "--name", "pods", "-n", "shop", "--image", "pods:2", "--port", "9000"),
        *("--replicas", "3", "--cpu", "1", "--memory", "1Gi", "--token-secret", "auth"),
        *("--serviceaccount", "ops:mc", "--apply", "server-side", "--finalize"),
        *("--resync-period", "60", "--etag-seconds", "5", "--ignore-status-changes"),
        "--create-namespace",
    )
    assert code == 0
    made = {each["kind"]: each for each in _all(out)}
    assert list(made)[:5] == [
        "ClusterRole",
        "ClusterRoleBinding",
        "Role",
        "RoleBinding",
        "Namespace",
    ]
    assert made["Namespace"]["metadata"]["name"] == "shop"
    subject = {"kind": "ServiceAccount", "name": "mc", "namespace": "ops"}
    assert made["ClusterRoleBinding"]["subjects"] == [subject]
    assert any("patch" in each["verbs"] for each in made["ClusterRole"]["rules"][:4])
    pods = made["Deployment"]["spec"]
    container = pods["template"]["spec"]["containers"][0]
    assert (pods["replicas"], container["image"]) == (3, "pods:2")
    assert container["resources"]["requests"] == {"cpu": "1", "memory": "1Gi"}
    assert container["command"][-1].startswith("--token-file=")
    spec = made["DecoratorController"]["spec"]
    assert spec["resyncPeriodSeconds"] == 60
    assert spec["resources"][0]["ignoreStatusChanges"] is True
    webhook = spec["hooks"]["finalize"]["webhook"]
    assert webhook["url"] == "http://pods.shop:9000/finalize"
    assert webhook["etag"]["cacheTimeoutSeconds"] == 5
    assert webhook["authorization"]["secretRef"]["name"] == "auth"


def test_workloads(reconcile: Any) -> None:
    """Each platform has documents of its own; none has what runs elsewhere."""
    for flag, kind in (("deployment", "Deployment"), ("knative", "Service")):
        kinds = [
            each.partition("/")[0] for each in _kinds(reconcile("made:pods", "--workload", flag)[1])
        ]
        assert kind in kinds
    code, out, _ = reconcile("made:pods", "--workload", "kubeless", "--runtime", "python3.13")
    [function] = [each for each in _all(out) if each["kind"] == "Function"]
    assert code == 0
    assert function["spec"]["runtime"] == "python3.13"
    assert function["spec"]["function"].startswith(CODE)
    code, out, _ = reconcile("made:pods", "--url", "http://there:80/a")
    assert _all(out)[-1]["spec"]["hooks"]["sync"]["webhook"]["url"] == "http://there:80/a/sync"
    assert len(_all(out)) == 3


def test_written_and_checked(reconcile: Any, folder: Path) -> None:
    """What was written is what the code says, until one of them changes."""
    words = ("made:controller", "--image", "thing:1")
    code, out, err = reconcile(*words, "--write", "out")
    assert (code, out) == (0, "")
    names = ["crd.yaml", "rbac.yaml", "workload.yaml", "controller.yaml", "Dockerfile"]
    assert err.splitlines() == [f"out/{name}" for name in names]
    for name in names:
        first = (folder / "out" / name).read_text().partition("\n")[0]
        assert first.startswith("# Made by `reconcile manifests made:controller --image thing:1`")
    (folder / "out" / "mine.yaml").write_text("kind: Mine\n")
    assert reconcile(*words, "--check", "out") == (0, "", "out is what the code says\n")
    file = folder / "out" / "workload.yaml"
    file.write_text("# a comment\n" + file.read_text().replace("replicas: 1", "replicas:  1"))
    assert reconcile(*words, "--check", "out")[0] == 0

    code, out, err = reconcile("made:controller", "--image", "thing:2", "--check", "out")
    assert code == 1
    assert "out/workload.yaml: Deployment default/thing-controller is not what the code says" in out
    assert "-        image: thing:1\n+        image: thing:2\n" in out
    assert err == "1 difference; the same command with --write makes them anew\n"

    code, out, _ = reconcile("made:other", "--image", "thing:1", "--check", "out", "--json")
    assert code == 1
    found = [(each["file"], each["object"], each["action"]) for each in json.loads(out)]
    assert found == [
        ("out/workload.yaml", "Deployment default/thing-controller", "changed"),
        ("out/controller.yaml", "CompositeController thing-controller", "changed"),
        ("out/Dockerfile", "", "changed"),
    ]


def test_check_finds_what_is_missing_and_what_is_too_much(reconcile: Any, folder: Path) -> None:
    """A file that is gone, and one that is made no more, differ too."""
    reconcile("made:controller", "--write", "out")
    (folder / "out" / "rbac.yaml").unlink()
    (folder / "out" / "Dockerfile").unlink()
    code, out, _ = reconcile("made:controller", "--check", "out")
    assert code == 1
    assert "out/rbac.yaml: ClusterRole metacontroller-thing-controller is not there" in out
    assert "out/Dockerfile is not there, and the code says it" in out
    reconcile("made:controller", "--write", "out")
    code, out, _ = reconcile("made:controller", "--url", "http://there", "--check", "out")
    assert code == 1
    assert "out/workload.yaml is there, and the code does not say it" in out
    assert "out/Dockerfile is there, and the code does not say it" in out


def test_check_of_one_file(reconcile: Any, folder: Path) -> None:
    """All documents may be in one file, as they are printed."""
    _, out, _ = reconcile("made:controller")
    (folder / "all.yaml").write_text(out)
    assert reconcile("made:controller", "--check", "all.yaml")[0] == 0
    (folder / "all.yaml").write_text(out + "---\napiVersion: v1\nkind: Odd\n")
    code, out, _ = reconcile("made:controller", "--check", "all.yaml")
    assert code == 1
    assert "all.yaml: Odd None is there, and the code does not say it" in out


def test_several(reconcile: Any) -> None:
    """Several controllers go together; each has a name and a workload of its own."""
    code, out, _ = reconcile("made:controller", "made:pods")
    assert code == 0
    kinds = _kinds(out)
    assert kinds[-2:] == [
        "CompositeController/thing-controller",
        "DecoratorController/pods-controller",
    ]
    assert kinds.index("ClusterRole/metacontroller-pods-controller") < kinds.index(
        "Deployment/thing-controller"
    )
    images = {
        each["spec"]["template"]["spec"]["containers"][0]["image"]
        for each in _all(out)
        if each["kind"] == "Deployment"
    }
    assert images == {"thing-controller:1"}


def test_openfaas(reconcile: Any, folder: Path) -> None:
    """What is for another tool than kubectl is written, with what is for kubectl beside it."""
    code, out, err = reconcile("made:pods", "--workload", "openfaas")
    assert (code, out) == (2, "")
    assert "say --write DIR" in err
    code, _, err = reconcile("made:pods", "--workload", "openfaas", "--write", "out")
    assert code == 0
    assert "whoever reaches the gateway can call the webhook" in err
    stack: Any = from_yaml((folder / "out" / "stack.yaml").read_text())
    assert stack["functions"]["pods-controller"]["namespace"] == "openfaas-fn"
    assert (folder / "out" / "pods-controller" / "made.py").read_text() == CODE
    assert reconcile("made:pods", "--workload", "openfaas", "--check", "out")[0] == 0
    (folder / "out" / "pods-controller" / "made.py").write_text(f"{CODE}x = 1\n")
    code, out, _ = reconcile("made:pods", "--workload", "openfaas", "--check", "out")
    assert code == 1
    assert "out/pods-controller/made.py is not what the code says\n" in out
    assert "\n-x = 1\n" in out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["made:controller", "made:other"], "are both controllers of demo.example.com/v1 Thing"),
        (["made:pods", "app:pods"], "both be named pods-controller"),
        (["made:asking"], "say them, such as --related v1/configmaps"),
        (["made:asking", "--related", "configmaps"], "--related takes VERSION/RESOURCE"),
        (["made:echo"], "made:echo is of the class Echo, which says nothing of what it needs"),
        (["made:config"], "made:config is a Leaf, not a controller"),
        (["nowhere:controller"], "there is no module nowhere"),
        (["made:contoller"], "did you mean 'controller'?"),
        (["made:controller", "made:pods", "--name", "a"], "--name is for one controller"),
        (["made:controller", "--name", "A b"], "name= "),
        (["made:controller", "--workload", "none"], "--workload none needs --url"),
        (["made:controller", "--workload", "knative", "--url", "http://a"], "runs already"),
        (["made:controller", "--url", "there"], "url= takes http:// or https://"),
        (["made:controller", "--runtime", "ruby2.5"], "--runtime is for --workload kubeless"),
        (["made:controller", "--serviceaccount", "a"], "--serviceaccount takes NAMESPACE:NAME"),
        (["made:controller", "--cpu", "fast"], "cpu= takes a quantity"),
        (["made:controller", "--port", "80"], "port= takes a port from 1024"),
        (["made:controller", "--check", "gone"], "there is no folder or file gone"),
        (["made:controller", "--check", "a", "--write", "b"], "exclude each other"),
        (["made:controller", "--workload", "helm"], "--workload cannot be helm"),
        (["made:controller", "made:pods", "--zipapp", "a"], "--zipapp is for one controller"),
        (["made:controller", "--write", "made.py"], "made.py/crd.yaml cannot be written"),
        ([], "MODULE:ATTR"),
    ],
)
def test_mistakes(words: list[str], said: str, reconcile: Any) -> None:
    """A mistake is one line that says what would be right, and nothing is done."""
    code, out, err = reconcile(*words)
    assert (code, out) == (2, "")
    assert said in err
    assert "Traceback" not in err
    if words:
        assert err.count("\n") == 1


def test_mistakes_in_files(reconcile: Any, folder: Path) -> None:
    """A file to compare that is no YAML is told with its line."""
    (folder / "all.yaml").write_text("a: b: c\n")
    code, _, err = reconcile("made:controller", "--check", "all.yaml")
    assert code == 2
    assert "all.yaml: line 1" in err
    (folder / "all.yaml").write_bytes(b"\xff")
    code, _, err = reconcile("made:controller", "--check", "all.yaml")
    assert (code, err) == (2, "reconcile: all.yaml cannot be read as UTF-8\n")


def test_related(reconcile: Any) -> None:
    """What the customize hook asks for is said; none is an answer, too."""
    code, out, _ = reconcile("made:asking", "--related", "v1/secrets", "--related", "apps/v1/x")
    assert code == 0
    [role] = [each for each in _all(out) if each["kind"] == "ClusterRole"]
    reads = {"apiGroups": [""], "resources": ["secrets"], "verbs": ["list", "watch"]}
    assert reads in role["rules"]
    assert reconcile("made:asking", "--related", "none")[0] == 0


def test_a_controller_that_is_installed(
    reconcile: Any, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Code that is elsewhere has an image of its own; what takes code says that it needs it."""
    (folder / "here").mkdir()
    monkeypatch.chdir(folder / "here")
    monkeypatch.syspath_prepend(folder)
    code, out, _ = reconcile("made:pods")
    assert code == 0
    [pods] = [each for each in _all(out) if each["kind"] == "Deployment"]
    assert "made:pods" in pods["spec"]["template"]["spec"]["containers"][0]["command"]
    assert reconcile("made:pods", "--write", "out")[0] == 0
    assert not Path("out", "Dockerfile").exists()
    for kind in ("kubeless", "openfaas"):
        code, _, err = reconcile("made:pods", "--workload", kind, "--write", "out")
        assert code == 2
        assert "made is not in this folder, from which its code would be taken" in err


def test_two_files_of_one_name(reconcile: Any, folder: Path) -> None:
    """One image cannot hold two files of one name."""
    for name, extra in (("a", ""), ("b", "x = 1\n")):
        (folder / name).mkdir()
        (folder / name / "made.py").write_text(CODE + extra)
    code, _, err = reconcile("a/made.py:controller", "b/made.py:pods")
    assert code == 2
    assert "there are two files made.py" in err


def test_notes(reconcile: Any, folder: Path) -> None:
    """What a person should know is said beside, and does not get into the manifests."""
    grants = CODE.replace("Child(ConfigMap)])", "Child(ConfigMap), Child(RoleBinding)])", 1)
    more = "from reconcile.kinds.rbac_v1 import RoleBinding\n"
    (folder / "app.py").write_text(grants.replace("\n\nclass", f"\n{more}\n\nclass", 1))
    code, out, err = reconcile("app:other")
    assert code == 0
    assert "Metacontroller must hold what they grant" in err
    assert "note" not in out
    assert "token" in reconcile("made:pods", "--workload", "knative")[2]
    assert reconcile("made:pods", "--workload", "knative", "--token-secret", "a")[2] == ""


def test_zipapp(reconcile: Any, folder: Path) -> None:
    """One file is written that can be run; manifests are printed without it."""
    code, out, err = reconcile("made:pods", "--no-finalize", "--zipapp", "pods.pyz")
    assert (code, out) == (0, "")
    assert "for this Python and machine only (msgspec, pydantic_core" in err
    file = folder / "pods.pyz"
    assert file.read_bytes().startswith(b"#!/usr/bin/env python3\nPK")
    assert file.stat().st_mode & 0o111
    (folder / "typing_extensions.py").write_text("mine = 1\n")
    (folder / "app.py").write_text(f"import typing_extensions\n{CODE}")
    code, _, err = reconcile("app:pods", "--zipapp", "pods.pyz")
    assert code == 2
    assert "typing_extensions.py is also the name of a module that is needed" in err


def test_flags_stand_in_what_is_written(reconcile: Any, folder: Path) -> None:
    """The first line of a file makes it again, whatever flags were given."""
    words = ("made:asking", "--no-finalize", "--related", "v1/a", "--related", "v1/b", "-n", "x")
    assert reconcile(*words, "--write", "out")[0] == 0
    first = (folder / "out" / "crd.yaml").read_text().partition("\n")[0]
    again = shlex.split(first.split("`")[1])[2:]
    assert "--no-finalize" in again
    assert reconcile(*again, "--check", "out")[0] == 0


# -- the code of a controller ----------------------------------------------------------------------


def test_sources(folder: Path) -> None:
    """The files are those that the module imports from beside it, in functions too; no others."""
    (folder / "app.py").unlink()
    (folder / "app").mkdir()
    (folder / "app" / "__init__.py").write_text("from . import parts\n")
    (folder / "app" / "main.py").write_text(
        "import json\nimport pydantic\nimport yaml\nfrom reconcile import rule\n"
        "from app.parts import one\nfrom .sub.deep import x\n"
        "def late():\n    import helper\n"
    )
    (folder / "app" / "parts.py").write_text("one = 1\n")
    (folder / "app" / "sub").mkdir()
    (folder / "app" / "sub" / "__init__.py").touch()
    (folder / "app" / "sub" / "deep.py").write_text("from ..parts import one as x\n")
    (folder / "helper.py").write_text("import not_there_at_all\n")
    (folder / "unused.py").touch()
    source = source_of("app.main:controller")
    assert list(source.files) == [
        "app/__init__.py",
        "app/main.py",
        "app/parts.py",
        "app/sub/__init__.py",
        "app/sub/deep.py",
        "helper.py",
    ]
    assert (source.main, source.target) == ("app/main.py", "app.main:controller")
    names = [each.partition("==")[0] for each in source.requirements]
    assert names == ["kube-reconcile", "PyYAML"]


def test_source_of_a_file(folder: Path) -> None:
    """A file that is named by its path has its folder for its own."""
    (folder / "deep").mkdir()
    (folder / "deep" / "one.py").write_text("import two\n")
    (folder / "deep" / "two.py").touch()
    source = source_of("deep/one.py:controller")
    assert list(source.files) == ["one.py", "two.py"]
    assert source.target == "one:controller"


def test_names_of_decorators(reconcile: Any, folder: Path) -> None:
    """A decorator is named as in the code; a name that says nothing gives way to the module's."""
    (folder / "label_pods.py").write_text(f"{CODE}\ndecorator = pods\n")
    assert _kinds(reconcile("label_pods:decorator")[1])[-1].endswith("/label-pods-controller")
    assert _kinds(reconcile("label_pods:pods")[1])[-1].endswith("/pods-controller")
