"""What is wrong with definitions: as a real server said it, and what it does not say."""

from __future__ import annotations

import contextlib
import copy
import io
import json
import sys
from collections import Counter
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from reconcile.cli import main
from reconcile.errors import DefinitionError, LimitError
from reconcile.manifests import CrdFinding, crd, crd_changes, crd_findings
from reconcile.objects.resource import Model, Parent
from tests.kinds.structural_recorded import causes, writes
from tests.suites import shared

if TYPE_CHECKING:
    from collections.abc import Iterator

KIND = "CustomResourceDefinition"
TEXT = {"type": "string"}
NUMBER = {"type": "integer"}
OPEN = "x-kubernetes-preserve-unknown-fields"
STATUS = {
    "type": "object",
    "properties": {
        "observedGeneration": NUMBER,
        "conditions": {"type": "array", "items": TEXT, "x-kubernetes-list-type": "atomic"},
    },
}


def obj(**fields: Any) -> dict[str, Any]:
    """Return the schema of an object."""
    return {"type": "object", "properties": fields}


def definition(
    spec: dict[str, Any] | None = None, status: dict[str, Any] | None = STATUS, **version: Any
) -> dict[str, Any]:
    """Return a definition of one version."""
    fields = {"spec": spec or obj(a=TEXT)}
    if status is not None:
        fields["status"] = status
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "things.example.com"},
        "spec": {
            "group": "example.com",
            "scope": "Namespaced",
            "names": {"plural": "things", "kind": "Thing"},
            "versions": [
                {
                    "name": "v1",
                    "served": True,
                    "storage": True,
                    "schema": {"openAPIV3Schema": obj(**fields)},
                    "subresources": {"status": {}},
                    **version,
                }
            ],
        },
    }


def refused(document: dict[str, Any]) -> list[CrdFinding]:
    """Return what a server does not take."""
    return [each for each in crd_findings(document) if each.severity == "refused"]


# -- as recorded -----------------------------------------------------------------------------------


def recorded() -> Iterator[tuple[str, dict[str, Any], set[tuple[str, str, str]] | None]]:
    """Yield the definitions that a real server was sent, with what it said of those it refused."""
    for write in writes():
        new = write.crd is None and write.before is None
        if new and not write.applied and not write.status_path and write.status in {201, 422}:
            said = set(causes(write.response)) if write.status == 422 else None
            yield write.name, write.body, said
    # What stood in the server before a conversation began, and what it answered.
    for file in sorted(shared("recordings").rglob("*.json")):
        held = json.loads(file.read_text(encoding="utf-8"))
        steps = held.get("steps", ()) if isinstance(held, dict) else ()
        stood = list(held.get("crds", ())) if isinstance(held, dict) else []
        answers = [step.get("response") for step in steps if isinstance(step, dict)]
        stood += [each for each in answers if isinstance(each, dict) and each.get("kind") == KIND]
        for index, each in enumerate(stood):
            yield f"{file.parent.name}/{file.stem}/definition {index}", each, None


def checked(document: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> tuple[int, list[dict]]:
    """Return what `reconcile crd --check` ends with and prints."""
    stdin = SimpleNamespace(buffer=io.BytesIO(json.dumps(document).encode()))
    out = io.StringIO()
    with monkeypatch.context() as patched:
        patched.setattr(sys, "stdin", stdin)
        patched.setattr(sys, "stdout", out)
        code = main(["crd", "--check", "-", "--json"])
    return code, json.loads(out.getvalue())["definitions"][0]["findings"]


@pytest.mark.slow
def test_every_recorded_definition_is_judged_alike(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What a real server took is taken, what it refused is refused in its words, on both faces."""
    pytest.importorskip("cel_expr_python")
    count: Counter[str] = Counter()
    wrong: dict[str, Any] = {}
    seen: set[str] = set()
    for name, document, said in recorded():
        sent = {key: each for key, each in document.items() if key != "status"}
        sent["metadata"] = {"name": (document.get("metadata") or {}).get("name")}
        key = json.dumps(sent, sort_keys=True)
        if key in seen and said is None:
            count["accepted, the same again"] += 1
            continue
        seen.add(key)
        found = refused(document)
        told = {(each.path, each.reason, each.message) for each in found}
        code, printed = checked(document, monkeypatch)
        shown = [each for each in printed if each["severity"] == "refused"]
        count["accepted" if said is None else "refused"] += 1
        count["verdicts alike"] += bool(found) == (said is not None) == bool(shown)
        count["messages told"] += len(said or ())
        count["messages alike"] += len(told & (said or set()))
        hidden = [each for each in found if each.text != each.message]
        count["messages printed without a value"] += len(hidden)
        if told != (said or set()) or [each["path"] for each in shown] != [e.path for e in found]:
            wrong[name] = (told, said)
        if said is not None:
            assert code == 1
    with capsys.disabled():
        print("\n" + "\n".join(f"{value:>6} {name}" for name, value in sorted(count.items())))
    assert not wrong
    assert count["refused"] >= 33
    assert count["accepted"] >= 30
    assert count["verdicts alike"] == count["accepted"] + count["refused"]
    assert count["messages alike"] == count["messages told"] >= 42


# -- the form --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "path", "words"),
    [
        ({"spec": 3}, "spec", "an object is needed"),
        ({"spec": {"versions": {}}}, "spec.versions", "a list is needed"),
        ({"spec": {"versions": [{"name": 1}]}}, "spec.versions[0].name", "a text is needed"),
        ({"spec": {"versions": [{"served": "yes"}]}}, "spec.versions[0].served", "true or false"),
        ({"spec": {"names": {"kind": True}}}, "spec.names.kind", "a text is needed"),
        ({"spec": {"scop": "Cluster"}}, "spec.scop", "did you mean 'scope'"),
        ({"metadata": []}, "metadata", "an object is needed"),
        ({"specs": {}}, "specs", "unknown field"),
    ],
)
def test_what_has_no_form_of_a_definition(change: dict[str, Any], path: str, words: str) -> None:
    """Wrong types and unknown fields are told with their place."""
    first = refused({**definition(), **change})[0]
    assert first.path == path
    assert words in first.text


@pytest.mark.parametrize(
    ("schema", "path", "words"),
    [
        ({"type": 3}, ".type", "a text is needed"),
        ({"maximum": "3"}, ".maximum", "a number is needed"),
        ({"minLength": 1.5}, ".minLength", "a whole number is needed"),
        ({"items": 3}, ".items", "a schema is needed"),
        ({"items": {"typ": "string"}}, ".items.typ", "did you mean 'type'"),
        ({"items": [{"type": 3}]}, ".items[0].type", "a text is needed"),
        ({"additionalProperties": {"type": 3}}, ".additionalProperties.type", "a text"),
        ({"not": {"requird": []}}, ".not.requird", "did you mean 'required'"),
        ({"x-kubernetes-list": "set"}, ".x-kubernetes-list", "unknown field"),
    ],
)
def test_schemas_within_schemas(schema: dict[str, Any], path: str, words: str) -> None:
    """They are walked as deep as they go; defaults and values of an enum may be anything."""
    within = obj(a={"default": {"typ": 1}, "enum": [{"maximum": "x"}], **schema})
    told = {each.path: each.text for each in refused(definition(within))}
    at = "spec.versions[0].schema.openAPIV3Schema.properties[spec].properties[a]"
    assert words in told[f"{at}{path}"]
    assert not any(".default" in each or ".enum" in each for each in told)


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"kind": "Pod"},
        {"kind": "CustomResourceDefinition"},
        {**definition(), "apiVersion": "apiextensions.k8s.io/v1beta1"},
        [1],
        None,
    ],
)
def test_what_is_no_definition(document: Any) -> None:
    """It is not judged."""
    with pytest.raises(DefinitionError):
        crd_findings(document)


def test_limits() -> None:
    """What is nested too deep is not walked."""
    deep: dict[str, Any] = TEXT
    for _ in range(200):
        deep = obj(a=deep)
    with pytest.raises(LimitError):
        crd_findings(definition(deep))


# -- what the server does not say ------------------------------------------------------------------


def ranged(**more: Any) -> dict[str, Any]:
    """Return the schema of a number."""
    return obj(a={**NUMBER, **more})


@pytest.mark.parametrize(
    ("document", "severity", "path", "words"),
    [
        (definition(subresources={}), "breaks", ".subresources", "Metacontroller does not start"),
        (definition(status=None), "breaks", "", "has no status"),
        (definition(served=False), "breaks", "spec.versions", "no version is served"),
        (
            definition(status={**STATUS, "required": ["phase"], "properties": {
                **STATUS["properties"], "phase": TEXT,
            }}),
            "breaks", "properties[status]", "phase is required",
        ),
        (definition(status=obj(conditions=NUMBER)), "advice", "[status]", "no observedGeneration"),
        (definition(status=obj(observedGeneration=NUMBER)), "advice", "[status]", "no conditions"),
        (
            definition(status={**STATUS, "properties": {
                **STATUS["properties"], "phase": {**TEXT, "default": "new"},
            }}),
            "advice", "properties[phase]", "has a default",
        ),
        (definition(ranged(minimum=4, maximum=3)), "breaks", "[a]", "minimum is above maximum"),
        (definition({**obj(a=TEXT), "required": ["b"]}), "breaks", "[spec]", "b is required"),
        (definition(obj(a={**TEXT, "enum": [1, 2]})), "breaks", "[a].enum", "no value of the enum"),
        (definition(obj(a={**TEXT, "enum": ["x", 2]})), "advice", "[a].enum", "1 of 2 values"),
        (
            definition(obj(a={"type": "array", "items": {
                **obj(name=TEXT), "required": ["name"],
            }})),
            "advice", "[a]", "without a list type",
        ),
        (definition(obj(a={**TEXT, "pattern": "a+"})), "advice", "[a].pattern", "anywhere"),
        (definition(obj(a={**TEXT, "format": "odd"})), "advice", "spec", 'format "odd"'),
        (definition({"type": "object", OPEN: True}), "advice", "[spec]", "misspelt"),
        (
            definition(additionalPrinterColumns=[
                {"name": "A", "type": "string", "jsonPath": ".spec.b"},
            ]),
            "advice", "additionalPrinterColumns[0].jsonPath", "no field",
        ),
        (
            definition(additionalPrinterColumns=[
                {"name": "A", "type": "integer", "jsonPath": ".spec.a"},
            ]),
            "advice", "additionalPrinterColumns[0]", "of type integer and its field of type string",
        ),
        (
            definition(subresources={"status": {}, "scale": {
                "specReplicasPath": ".spec.a", "statusReplicasPath": ".status.observedGeneration",
            }}),
            "breaks", "scale.specReplicasPath", "no field of type integer",
        ),
        (
            definition({**obj(a=TEXT), "description": "x" * 300_000}), "advice", "",
            "which ends at 262,144",
        ),
    ],
)  # fmt: skip
def test_what_a_server_takes_and_somebody_regrets(
    document: dict[str, Any], severity: str, path: str, words: str
) -> None:
    """Each finding has a place, a reason and a remedy; nothing is said where it is right."""
    [found] = [each for each in crd_findings(document) if words in each.text]
    assert found.severity == severity
    assert found.path.endswith(path)
    assert found.remedy
    assert found.reason == ""
    assert not any(words in each.text for each in crd_findings(definition()))


def test_nothing_is_said_of_what_is_right() -> None:
    """A definition without fault, and that of a class."""

    class Empty(Model):
        a: str = ""

    class Thing(Parent[Empty, Empty], group="example.com", version="v1"):
        """A thing."""

    assert crd_findings(definition()) == ()
    assert crd_findings(crd(Thing)) == ()


def test_columns_that_lead_somewhere() -> None:
    """Metadata, members of maps and filters are not said to lead nowhere."""
    spec = obj(a={"type": "object", "additionalProperties": TEXT}, l={"type": "array", "items": TEXT,
        "x-kubernetes-list-type": "atomic"})  # fmt: skip
    paths = [
        ".metadata.name",
        ".spec.a.b",
        ".spec.l[0]",
        ".spec.l[?(@.type=='x')].y",
        ".spec['a']",
    ]
    columns = [{"name": f"c{n}", "type": "string", "jsonPath": p} for n, p in enumerate(paths)]
    found = crd_findings(definition(spec, additionalPrinterColumns=columns))
    assert [each.path for each in found if "no field" in each.text] == []


def test_what_is_too_large_to_be_stored() -> None:
    """Etcd takes so much at once."""
    first = refused(definition({**obj(a=TEXT), "description": "x" * 1_600_000}))[0]
    assert "a server stores at most 1,572,864" in first.text


def test_versions_that_say_the_same_are_told_once() -> None:
    """A field is told of in the first version that has it."""
    document = definition(obj(a={**TEXT, "pattern": "a+"}))
    spec = document["spec"]
    spec["versions"].append({**copy.deepcopy(spec["versions"][0]), "name": "v2", "storage": False})
    assert len([each for each in crd_findings(document) if "anywhere" in each.text]) == 1


def test_what_makes_rules_cheaper_is_named() -> None:
    """Lists, maps and texts without a bound, around the rule and in what it looks at."""
    pytest.importorskip("cel_expr_python")
    rule = {"rule": "self.all(x, self.exists(y, x.name == y.name))"}
    users = {"type": "array", "items": obj(name=TEXT), "x-kubernetes-validations": [rule]}
    found = refused(definition(obj(users=users)))
    assert found
    assert "spec.users (maxItems), spec.users[*].name (maxLength)" in found[0].remedy
    assert found[0].field == "spec.users"
    bounded = {**users, "maxItems": 10, "items": obj(name={**TEXT, "maxLength": 10})}
    assert not refused(definition(obj(users=bounded)))


def test_rules_that_were_not_compiled_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the extra a definition is not said to be right."""
    rules = {**TEXT, "x-kubernetes-validations": [{"rule": "no rule at all"}]}
    monkeypatch.setitem(sys.modules, "cel_expr_python", None)
    monkeypatch.setitem(sys.modules, "cel_expr_python.cel", None)
    [found] = crd_findings(definition(obj(a=rules)))
    assert "not compiled" in found.text
    assert "kube-reconcile[cel]" in found.remedy


def test_no_default_is_shown() -> None:
    """What the server says whole is printed without values that could be somebody's."""
    canary = "Q0FOQVJZ"
    some = {**TEXT, "enum": ["a"]}
    document = definition(obj(a={**some, "default": canary}, b={**some, "default": canary * 50}))
    found = refused(document)
    assert any(canary in each.message for each in found)
    assert canary not in json.dumps([each.to_json() for each in found])
    assert canary not in "".join(map(str, found))
    assert "a text of 8 characters" in found[0].text


def test_a_document_is_not_changed() -> None:
    """It is somebody's, and one from a server is judged as one that is written."""
    document = definition()
    document["status"] = {"storedVersions": ["v0"], "conditions": [], "acceptedNames": {}}
    kept = copy.deepcopy(document)
    assert crd_findings(document) == ()
    assert document == kept


@pytest.mark.parametrize(
    "place",
    [
        ("spec", "versions"),
        ("spec", "versions", 0),
        ("spec", "versions", 0, "schema"),
        ("spec", "versions", 0, "schema", "openAPIV3Schema"),
        ("spec", "versions", 0, "schema", "openAPIV3Schema", "properties", "spec"),
        ("spec", "versions", 0, "schema", "openAPIV3Schema", "properties", "spec", "x"),
        ("spec", "versions", 0, "additionalPrinterColumns"),
        ("spec", "names"),
        ("metadata",),
        ("spec",),
    ],
)
@pytest.mark.parametrize("value", [None, [None], {}, [], {"a": None}, {"items": [None]}])
def test_nulls_and_nothing_anywhere(place: tuple[str | int, ...], value: Any) -> None:
    """They are read as a server reads them, and are no reason to end otherwise."""
    document = definition()
    holder: Any = document
    for step in place[:-1]:
        holder = holder[step]
    holder[place[-1]] = value
    assert isinstance(crd_findings(document), tuple)
    with contextlib.suppress(DefinitionError):  # of a wrong type, so no server has read it
        assert isinstance(crd_changes(document, document), tuple)
