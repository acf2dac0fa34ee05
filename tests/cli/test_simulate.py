"""Facts about `reconcile simulate`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from reconcile.cli import main

if TYPE_CHECKING:
    from pathlib import Path

SOURCE = '''
import itertools

from reconcile import (
    Child, Condition, Contribution, Controller, Model, Observed, Parent, all_of, rule,
)
from reconcile.kinds.core_v1 import ConfigMap, Secret

COUNT = itertools.count()


class Spec(Model):
    text: str = "new"


class Thing(Parent[Spec, Spec], group="ex.com", version="v1"):
    """A thing."""


@rule
def config(observed: Observed[Thing]) -> ConfigMap:
    spec = observed.parent.spec
    if spec.text == "raise":
        raise ValueError
    text = str(next(COUNT)) if spec.text == "loop" else spec.text
    return ConfigMap(observed.parent.name, data={"k": text})


@rule
def token(observed: Observed[Thing]) -> Secret:
    return Secret(observed.parent.name, string_data={"token": "hush"})


controller = Controller(
    Thing, rules=all_of(config, token), children=[Child(ConfigMap, "InPlace"), Child(Secret)]
)
something = 1


class Other:
    def respond(self, body, **_):
        return None


other = Other()
'''
THING = {"apiVersion": "ex.com/v1", "kind": "Thing", "metadata": {"name": "t"}}
CONFIG = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "t"}}


def step(**action: Any) -> dict[str, Any]:
    """Return a step."""
    return {"apiVersion": "simulate.reconcile/v1", "kind": "Step", **action}


class Runs:
    """Runs of one controller in one folder."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.capsys = capsys
        (folder / "things.py").write_text(SOURCE)

    def __call__(self, *documents: Any, more: tuple[str, ...] = ()) -> tuple[int, str, str]:
        """Run documents, one a document of a YAML file; return exit code, stdout, stderr."""
        file = self.folder / "run.yaml"
        file.write_text("\n---\n".join(json.dumps(each) for each in documents))
        code = main(["simulate", self.target, str(file), *more])
        told = self.capsys.readouterr()
        return code, told.out, told.err.replace(str(self.folder), "DIR")

    @property
    def target(self) -> str:
        """The controller."""
        return f"{self.folder}/things.py:controller"

    def json(self, *documents: Any, more: tuple[str, ...] = ()) -> dict[str, Any]:
        """Run documents that settle, and return the JSON."""
        code, out, err = self(*documents, more=("--json", *more))
        assert (code, err) == (0, "")
        found: dict[str, Any] = json.loads(out)
        return found


@pytest.fixture
def runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Runs:
    """What runs a scenario."""
    return Runs(tmp_path, capsys)


def test_text(runs: Runs) -> None:
    """A run that settles prints timeline, tree and objects, and ends with 0."""
    code, out, err = runs(THING)
    assert (code, err) == (0, "")
    timeline, tree, objects, end = out.split("# ")[1:]
    assert timeline.startswith(
        "What happened\n0s  admin           create CompositeController thing\n"
    )
    assert "201 create Secret default/t\n" in timeline
    assert tree == ("Who belongs to whom\nThing default/t\n├── ConfigMap t\n└── Secret t\n\n")
    assert '  token: "<a text of 8 characters>"\n' in objects
    assert "managedFields" not in objects
    assert "last-applied" not in objects
    assert end == (
        "Settled after 0s: 2 syncs, 2 hook calls, 3 writes by Metacontroller, 3 objects\n"
    )


def test_json(runs: Runs) -> None:
    """The JSON has history, calls and objects; Secrets are masked."""
    found = runs.json(THING)
    assert found["settled"] is True
    assert found["reason"] is None
    assert found["calls"] == [
        {"seconds": 0.0, "controller": "thing", "hook": "sync", "parent": "ex.com/Thing/default/t",
         "status": 200}
    ] * 2  # fmt: skip
    last = found["history"][-1]
    assert (last["who"], last["verb"], last["object"]["kind"]) == (
        "metacontroller", "update", "Thing",
    )  # fmt: skip
    assert last["changed"] == [{"op": "add", "path": "/status"}]
    assert [each["kind"] for each in found["objects"]] == ["ConfigMap", "Secret", "Thing"]
    assert found["objects"][1]["data"] == {"token": "<a text of 8 characters>"}


@pytest.mark.parametrize("more", [(), ("--json",), ("--workloads",), ("--apply", "server-side")])
def test_no_secret_is_told(runs: Runs, more: tuple[str, ...], tmp_path: Path) -> None:
    """What a Secret holds is in no output, and the same files give the same output."""
    page = tmp_path / "page.html"
    _, out, _ = first = runs(THING, more=(*more, "--html", str(page)))
    assert "hush" not in out
    assert "aHVzaA" not in out
    text = page.read_text()
    assert "hush" not in text
    assert "aHVzaA" not in text
    assert runs(THING, more=(*more, "--html", str(page))) == first
    assert page.read_text() == text


def test_steps(runs: Runs) -> None:
    """Steps are done in order, each when the cluster is at rest."""
    found = runs.json(
        THING,
        step(delete=CONFIG),
        step(patch={**THING, "spec": {"text": "two"}}),
        step(wait="1m30s"),
        step(restart=True),
        step(patch={**THING, "spec": {"text": None}, "status": {"text": "mine"}}),
    )
    done = [
        (
            each["who"],
            each["verb"],
            each["object"]["kind"],
            [one["path"] for one in each["changed"]],
        )
        for each in found["history"]
        if each["object"]["kind"] in ("Thing", "ConfigMap") and each["who"] != "admin"
    ]
    assert done[:5] == [
        ("user", "create", "Thing", []),
        ("metacontroller", "create", "ConfigMap", []),
        ("metacontroller", "update", "Thing", ["/status"]),
        ("user", "delete", "ConfigMap", []),
        ("metacontroller", "create", "ConfigMap", []),
    ]
    assert ("user", "update", "Thing", ["/status/text"]) in done
    assert found["seconds"] >= 90
    assert found["objects"][0]["data"] == {"k": "new"}
    assert found["objects"][2]["spec"] == {"text": "new"}


def test_crash(runs: Runs) -> None:
    """A crash that is asked for is survived, in the middle of a sync."""
    for until in ("settled", "10s"):
        code, out, err = runs(step(crash=1), THING, more=("--until", until))
        assert (code, err) == (0, "")
        assert "crash: the process was made to end after a write" in out
        assert out.count("start CompositeController thing") == 2
        assert "└── Secret t" in out


def test_manifests(runs: Runs) -> None:
    """Manifests are applied: again, with a status, with a name of the server, in a list."""
    items = [CONFIG, {**CONFIG, "metadata": {"generateName": "g-"}}]
    found = runs.json(
        {"apiVersion": "v1", "kind": "List", "items": items},
        {**CONFIG, "data": {"a": "b"}},
        {**THING, "spec": {"text": "one"}, "status": {"text": "mine"}, "metadata": {"name": "u"}},
        step(wait="0s"),
        {**THING, "metadata": {"name": "u"}},
        more=("--namespace", "team"),
    )
    objects = {each["metadata"]["name"]: each for each in found["objects"]}
    assert {each["metadata"]["namespace"] for each in found["objects"]} == {"team"}
    assert objects["t"]["data"] == {"a": "b"}
    assert any(name.startswith("g-") for name in objects)
    assert [each["spec"] for each in found["objects"] if each["kind"] == "Thing"] == [
        {"text": "new"}
    ]


def test_until_a_time(runs: Runs) -> None:
    """A run may go on until a virtual time since the beginning."""
    assert runs.json(THING, step(wait="20s"), more=("--until", "90s"))["seconds"] == 90
    assert runs.json(THING, step(wait="20s"), more=("--until", "5s"))["seconds"] == 20


def test_several_controllers(runs: Runs) -> None:
    """Controllers may share a cluster; each sync says whose it is."""
    code, out, _ = runs(THING, more=("--also", runs.target, "--until", "1s"))
    assert code in (0, 1)
    assert "sync 1 of Thing default/t by thing: " in out
    assert "sync 1 of Thing default/t by thing-2: " in out
    assert main(["simulate", runs.target, "x", "--also", "nonsense"]) == 2


def test_loop(runs: Runs) -> None:
    """A loop ends with 1; what happened is shown, and stderr has the error as it is."""
    for more in ((), ("--until", "9s")):
        code, out, err = runs({**THING, "spec": {"text": "loop"}}, more=more)
        assert code == 1
        assert err.startswith("thing: Thing default/t did not settle: it was synced more than 100")
        assert "\n  ConfigMap default/t /data/k (by thing) is another at every write: " in err
        assert "# Not settled after 0s: 101 syncs" in out
        assert " more like this\n" in out


def test_failing(runs: Runs) -> None:
    """Syncs that fail end with 1, in JSON with the reason."""
    for more in ((), ("--until", "9s")):
        code, out, err = runs({**THING, "spec": {"text": "raise"}}, more=("--json", *more))
        assert code == 1
        assert "still fails and is tried again" in err
        found = json.loads(out)
        assert found["settled"] is False
        assert found["reason"] == err.rstrip("\n")


def test_refused(runs: Runs) -> None:
    """A document that the server refuses ends the run with 1 and the server's words."""
    code, out, err = runs(THING, step(delete={**CONFIG, "metadata": {"name": "x"}}))
    assert code == 1
    assert err == (
        "DIR/run.yaml, document 2: the server refuses to delete ConfigMap default/x: "
        'configmaps "x" not found\n'
    )
    assert "# Not settled" in out
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}}
    code, out, err = runs({**secret, "data": {"hush": "no base 64 but hush"}})
    assert code == 1
    assert err.endswith("the server refuses to apply Secret default/s: status 500\n")
    node = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n"}}
    assert "refuses to delete Node n: " in runs(step(delete=node))[2]


def test_workloads(runs: Runs) -> None:
    """With workloads, Pods run and claims are bound."""
    labels = {"app": "web"}
    pod = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "c", "image": "i"}]}}
    web = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
           "spec": {"selector": {"matchLabels": labels}, "template": pod}}  # fmt: skip
    claim = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "c"},
             "spec": {"accessModes": ["ReadWriteOnce"],
                      "resources": {"requests": {"storage": "1Gi"}}}}  # fmt: skip
    code, out, err = runs(web, claim, more=("--workloads",))
    assert (code, err) == (0, "")
    assert "Deployment default/web  (ready)\n└── ReplicaSet web-" in out
    assert "PersistentVolumeClaim default/c  (ready)\n└── PersistentVolume pvc-" in out
    assert "Node node  (ready)" in out


UNSERVED = {"apiVersion": "ex.com/v9", "kind": "Gone", "metadata": {"name": "g"}}
OBJECT = "must be an object with apiVersion, kind and metadata.name, as texts"


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (UNSERVED, "document 1: nobody serves Gone of ex.com/v9; put its CustomResourceDefinition before it"),
        (step(delete=UNSERVED), "document 1: nobody serves Gone of ex.com/v9; put its CustomResourceDefinition before it"),
        ({"kind": "Thing"}, "document 1: an object needs apiVersion and kind, as texts"),
        ({"apiVersion": "v1", "kind": "ConfigMap"}, f"document 1: {OBJECT}"),
        ({"apiVersion": "v1", "kind": "List", "items": [1]}, "document 1: /items/0 must be an object"),
        ({"apiVersion": "metacontroller.k8s.io/v1alpha1", "kind": "CompositeController"},
         "document 1: the controller object is made from MODULE:ATTR; leave this document out"),
        (step(), "document 1: a step has one of delete, patch, wait, restart, crash, not 0"),
        (step(wait="1s", restart=True), "document 1: a step has one of delete, patch, wait, restart, crash, not 2"),
        (step(delet=1), "document 1: a step has no 'delet', did you mean 'delete'?"),
        (step(xyz=1), "document 1: a step has no 'xyz'; steps are delete, patch, wait, restart, crash"),
        ({**step(wait="1s"), "apiVersion": "simulate.reconcile/v2"},
         "document 1: a step has apiVersion simulate.reconcile/v1 and kind Step"),
        ({**step(wait="1s"), "apiVersion": "v1"},
         "document 1: a step has apiVersion simulate.reconcile/v1 and kind Step"),
        ({**step(wait="1s"), "kind": "Stop"},
         "document 1: a step has apiVersion simulate.reconcile/v1 and kind Step"),
        (step(delete="x"), f"document 1: /delete {OBJECT}"),
        (step(patch={**THING, "metadata": {"generateName": "x"}}), f"document 1: /patch {OBJECT}"),
        (step(wait=30), "document 1: /wait must be a time, such as 30s or 5m"),
        (step(wait="30"), "document 1: /wait must be a time, such as 30s or 5m"),
        (step(wait="-1s"), "document 1: /wait must be a time, such as 30s or 5m"),
        (step(restart=1), "document 1: /restart must be true"),
        (step(crash=True), "document 1: /crash must be a number from 1: after how many writes Metacontroller crashes"),
        (step(crash=0), "document 1: /crash must be a number from 1: after how many writes Metacontroller crashes"),
    ],
)  # fmt: skip
def test_misuse_in_documents(runs: Runs, document: Any, said: str) -> None:
    """What cannot be meant is told in one line, with its document, and ends with 2."""
    assert runs(document) == (2, "", f"reconcile: DIR/run.yaml, {said}\n")


def test_misuse(runs: Runs, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What cannot be run is told in one line and ends with 2."""
    file = tmp_path / "thing.json"
    file.write_text(json.dumps(THING))
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("a: [")
    there = [runs.target, str(file)]
    cases = {
        "--until is settled or a time": [*there, "--until", "soon"],
        "--html": [*there, "--html", str(tmp_path)],
        "is in no folder that is there": [*there, "--html", str(tmp_path / "no" / "page.html")],
        "wrong.yaml: line 2": [runs.target, str(wrong)],
        "gone.yaml cannot be read": [runs.target, str(tmp_path / "gone.yaml")],
        "is an int, not a controller": [f"{tmp_path}/things.py:something", str(file)],
        "is no Controller and no Decorator": [f"{tmp_path}/things.py:other", str(file)],
        "MANIFEST": [runs.target],
    }
    for said, arguments in cases.items():
        assert main(["simulate", *arguments]) == 2
        told = capsys.readouterr()
        assert told.out == ""
        assert said in told.err
        assert "Traceback" not in told.err


def test_wrong_file_writes_no_page(runs: Runs, tmp_path: Path) -> None:
    """A page is written for what ran, also for what did not settle, and for nothing else."""
    page = tmp_path / "page.html"
    assert runs(UNSERVED, more=("--html", str(page)))[0] == 2
    assert not page.exists()
    assert runs({**THING, "spec": {"text": "loop"}}, more=("--html", str(page)))[0] == 1
    assert "Why it did not settle" in page.read_text()


def test_help(capsys: pytest.CaptureFixture[str]) -> None:
    """The help tells all steps."""
    assert main(["simulate", "--help"]) == 0
    told = capsys.readouterr().out
    for word in ("simulate.reconcile/v1", "delete:", "patch:", "wait:", "restart:", "crash:"):
        assert word in told
