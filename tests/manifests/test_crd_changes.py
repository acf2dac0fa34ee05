"""What a change of a definition breaks, held to a simulated server that makes the change."""

from __future__ import annotations

import copy
import json
from collections import Counter
from typing import Any, NamedTuple

import pytest

from reconcile.errors import DefinitionError, LimitError
from reconcile.manifests import crd_changes
from reconcile.simulate import ApiServer
from tests.kinds.structural_recorded import causes, writes

pytest.importorskip("cel_expr_python")

CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
MERGE = "application/merge-patch+json"
TEXT = {"type": "string"}
NUMBER = {"type": "integer"}
OPEN = "x-kubernetes-preserve-unknown-fields"
LIST = "x-kubernetes-list-type"
KEYS = "x-kubernetes-list-map-keys"
RULES = "x-kubernetes-validations"
EITHER = {"x-kubernetes-int-or-string": True}
NAMED = {"type": "object", "required": ["name"], "properties": {"name": TEXT, "size": NUMBER}}


def obj(_required: list[str] | None = None, **fields: Any) -> dict[str, Any]:
    """Return the schema of an object."""
    made: dict[str, Any] = {"type": "object", "properties": fields}
    return {**made, "required": _required} if _required else made


def items(schema: dict[str, Any], kind: str | None = None, *keys: str) -> dict[str, Any]:
    """Return the schema of a list."""
    made: dict[str, Any] = {"type": "array", "items": schema}
    if kind is not None:
        made[LIST] = kind
    return {**made, KEYS: [*keys]} if keys else made


def version(spec: dict[str, Any], name: str = "v1", **more: Any) -> dict[str, Any]:
    """Return a version of a definition."""
    schema = obj(spec=spec, status=obj(phase=TEXT))
    return {
        "name": name,
        "served": True,
        "storage": True,
        "schema": {"openAPIV3Schema": schema},
        "subresources": {"status": {}},
        **more,
    }


def definition(*versions: dict[str, Any], **spec: Any) -> dict[str, Any]:
    """Return a definition."""
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "things.example.com"},
        "spec": {
            "group": "example.com",
            "scope": "Namespaced",
            "names": {"plural": "things", "kind": "Thing", "shortNames": ["th"]},
            "versions": [*versions],
            **spec,
        },
    }


class Case(NamedTuple):
    """A change of the schema of a spec, and an object that shows what comes of it."""

    name: str
    before: dict[str, Any]
    after: dict[str, Any]
    stored: dict[str, Any]
    """The spec of an object that was valid."""
    beside: dict[str, Any]
    """A change of it that leaves the field alone, as a merge patch of the spec."""
    effect: str
    what: str
    """What is said of the change that decides."""


def field(name: str, before: Any, after: Any, value: Any, effect: str, what: str) -> Case:  # noqa: PLR0917
    """Return a case of one field of the spec, beside another one."""
    old = obj(it=before, beside=NUMBER)
    new = obj(it=after, beside=NUMBER)
    return Case(name, old, new, {"it": value, "beside": 1}, {"beside": 2}, effect, what)


def within(name: str, before: Any, after: Any, value: Any, effect: str, what: str) -> Case:  # noqa: PLR0917
    """Return a case of the items of an atomic list, of which another one changes."""
    old = obj(list=items(obj(it=before, beside=NUMBER)))
    new = obj(list=items(obj(it=after, beside=NUMBER)))
    kept = {"it": value, "beside": 1}
    beside = {"list": [kept, {"beside": 2}]}
    return Case(name, old, new, {"list": [kept]}, beside, effect, what)


def keyed(name: str, before: Any, after: Any, value: Any, effect: str, what: str) -> Case:  # noqa: PLR0917
    """Return a case of the items of a map list, of which another field changes."""
    old = obj(list=items(obj(["key"], key=TEXT, it=before, beside=NUMBER), "map", "key"))
    new = obj(list=items(obj(["key"], key=TEXT, it=after, beside=NUMBER), "map", "key"))
    kept = {"key": "a", "it": value}
    beside = {"list": [{**kept, "beside": 2}]}
    return Case(name, old, new, {"list": [kept]}, beside, effect, what)


def ruled(schema: dict[str, Any], *rules: str) -> dict[str, Any]:
    """Return a schema with rules."""
    return {**schema, RULES: [{"rule": rule} for rule in rules]}


def some(**more: Any) -> dict[str, Any]:
    """Return the schema of a text."""
    return {**TEXT, **more}


CASES = [
    field("enum narrowed", some(enum=["a", "b"]), some(enum=["a"]), "b", "clients", "1 value of the"),
    field("enum added", TEXT, some(enum=["a"]), "b", "clients", "has an enum"),
    field("enum widened", some(enum=["a"]), some(enum=["a", "b"]), "a", "safe", "has more values"),
    field("enum removed", some(enum=["a"]), TEXT, "a", "safe", "no longer has an enum"),
    field("longer text", some(maxLength=9), some(maxLength=3), "long", "clients", "is narrower"),
    field("bound added", NUMBER, {**NUMBER, "maximum": 3}, 5, "clients", "has a maximum"),
    field("bound raised", {**NUMBER, "minimum": 1}, {**NUMBER, "minimum": 4}, 2, "clients", "minimum"),
    field("bound lowered", {**NUMBER, "minimum": 4}, {**NUMBER, "minimum": 1}, 5, "safe", "wider"),
    field("bound removed", {**NUMBER, "minimum": 4}, NUMBER, 5, "safe", "no longer has a minimum"),
    field(
        "edge excluded", {**NUMBER, "minimum": 4}, {**NUMBER, "minimum": 4, "exclusiveMinimum": True},
        4, "clients", "minimum is narrower",
    ),
    field("multiple", NUMBER, {**NUMBER, "multipleOf": 2}, 3, "clients", "multipleOf"),
    field("multiple of less", {**NUMBER, "multipleOf": 4}, {**NUMBER, "multipleOf": 2}, 4, "safe", "m"),
    field("pattern added", TEXT, some(pattern="^a$"), "b", "clients", "has a pattern"),
    field("pattern changed", some(pattern="^b$"), some(pattern="^a$"), "b", "clients", "another pat"),
    field("pattern removed", some(pattern="^b$"), TEXT, "b", "safe", "no longer has a pattern"),
    field("format added", TEXT, some(format="date"), "b", "clients", "has the format date"),
    field("unknown format", TEXT, some(format="odd"), "b", "safe", "another format"),
    field("int32", NUMBER, {**NUMBER, "format": "int32"}, 2**40, "clients", "the format int32"),
    field("text to number", TEXT, NUMBER, "b", "clients", "of type integer, was string"),
    field("number to float", NUMBER, {"type": "number"}, 3, "safe", "of type number, was integer"),
    field("float to number", {"type": "number"}, NUMBER, 1.5, "clients", "of type integer, was numb"),
    field("number to either", NUMBER, EITHER, 3, "safe", "of type int-or-string, was integer"),
    field("either to number", EITHER, NUMBER, "b", "clients", "of type integer"),
    field("object to text", obj(a=TEXT), TEXT, {"a": "b"}, "objects", "of type string, was object"),
    field("object to list", obj(a=TEXT), items(TEXT), {"a": "b"}, "objects", "of type array"),
    field("object to anything", obj(a=TEXT), {OPEN: True}, {"a": "b"}, "safe", "of type any"),
    field("list to object", items(TEXT), obj(a=TEXT), ["a"], "clients", "of type object, was array"),
    field("null removed", some(nullable=True), TEXT, None, "objects", "no longer null"),
    field("null added", TEXT, some(nullable=True), "b", "safe", "may be null"),
    field("members lost", obj(a=TEXT, b=TEXT), obj(a=TEXT), {"b": "c"}, "objects", "removed"),
    field(
        "members kept", obj(a=TEXT), {"type": "object", OPEN: True}, {"a": "c"}, "safe",
        "no longer described",
    ),
    field(
        "open to described", {"type": "object", OPEN: True}, obj(a=TEXT), {"b": "c"}, "objects",
        "members that are not described are no longer kept",
    ),
    field(
        "map to described", {"type": "object", "additionalProperties": TEXT}, obj(a=TEXT),
        {"b": "c"}, "objects", "members that are not described are no longer kept",
    ),
    field(
        "described to map", obj(a=TEXT), {"type": "object", "additionalProperties": TEXT},
        {"a": "c"}, "safe", "",
    ),
    field(
        "map of less", {"type": "object", "additionalProperties": TEXT},
        {"type": "object", "additionalProperties": some(maxLength=1)}, {"a": "long"}, "clients",
        "has a maxLength",
    ),
    field("rule of a text", TEXT, ruled(TEXT, "self != 'b'"), "b", "clients", "has another rule"),
    field("rule removed", ruled(TEXT, "self != 'b'"), TEXT, "c", "safe", "has lost a rule"),
    field("longer list", items(TEXT), {**items(TEXT), "maxItems": 1}, ["a", "b"], "clients", "maxI"),
    field("list to set", items(TEXT), items(TEXT, "set"), ["a", "a"], "clients", "of type set"),
    field(
        "list to map", items(NAMED), items(NAMED, "map", "name"), [{"name": "a"}, {"name": "a"}],
        "clients", "is a list of type map",
    ),
    field("described", TEXT, some(description="new"), "b", "safe", "described otherwise"),
    field("not", TEXT, some(**{"not": {"enum": ["b"]}}), "b", "clients", "has not"),
    within("text within a list", TEXT, some(maxLength=1), "long", "objects", "has a maxLength"),
    within("enum within a list", some(enum=["a", "b"]), some(enum=["a"]), "b", "objects", "1 value"),
    within("type within a list", TEXT, NUMBER, "b", "objects", "of type integer"),
    keyed("text within a map list", TEXT, some(maxLength=1), "long", "clients", "has a maxLength"),
    keyed("rule within a map list", TEXT, ruled(TEXT, "self == 'a'"), "b", "clients", "another rule"),
    Case(
        "required", obj(a=TEXT, b=NUMBER), obj(["a"], a=TEXT, b=NUMBER), {"b": 1}, {"b": 2},
        "objects", "required",
    ),
    Case(
        "required, with a default", obj(a=TEXT, b=NUMBER),
        obj(["a"], a=some(default="x"), b=NUMBER), {"b": 1}, {"b": 2}, "clients", "has a default",
    ),
    Case(
        "no longer required", obj(["a"], a=TEXT, b=NUMBER), obj(a=TEXT, b=NUMBER),
        {"a": "x", "b": 1}, {"b": 2}, "safe", "no longer required",
    ),
    Case(
        "new and required", obj(b=NUMBER), obj(["a"], a=TEXT, b=NUMBER), {"b": 1}, {"b": 2},
        "objects", "required",
    ),
    Case("new", obj(b=NUMBER), obj(a=TEXT, b=NUMBER), {"b": 1}, {"b": 2}, "safe", "new"),
    Case("removed", obj(a=TEXT, b=NUMBER), obj(b=NUMBER), {"a": "x"}, {"b": 2}, "objects", "removed"),
    Case(
        "default changed", obj(a=some(default="x"), b=NUMBER), obj(a=some(default="y"), b=NUMBER),
        {"b": 1}, {"b": 2}, "clients", "has another default",
    ),
    Case(
        "default removed", obj(a=some(default="x"), b=NUMBER), obj(a=TEXT, b=NUMBER), {"b": 1},
        {"b": 2}, "clients", "no longer has a default",
    ),
    Case(
        "rule of the spec", obj(a=TEXT, b=NUMBER), ruled(obj(a=TEXT, b=NUMBER), "has(self.a)"),
        {"b": 1}, {"b": 2}, "objects", "has another rule",
    ),
    Case(
        "rule about changes", obj(a=TEXT, b=NUMBER),
        ruled(obj(a=TEXT, b=NUMBER), "self.b == oldSelf.b"), {"b": 1}, {"b": 2}, "objects",
        "has a rule about changes",
    ),
    Case(
        "fewer members", obj(a=TEXT, b=NUMBER), {**obj(a=TEXT, b=NUMBER), "maxProperties": 1},
        {"a": "x", "b": 1}, {"b": 2}, "objects", "has a maxProperties",
    ),
    Case(
        "one of", obj(a=TEXT, b=NUMBER), {**obj(a=TEXT, b=NUMBER), "oneOf": [
            {"required": ["a"]}, {"required": ["b"]},
        ]}, {"a": "x", "b": 1}, {"b": 2}, "objects", "has oneOf",
    ),
]  # fmt: skip


def happened(case: Case) -> str:
    """Return what a server does with a stored object and with a new one."""
    old, new = definition(version(case.before)), definition(version(case.after))
    server = ApiServer()
    assert server.request("POST", CRDS, body=old).status == 201, case.name
    server.settle()
    things = "/apis/example.com/v1/namespaces/default/things"
    thing = {"apiVersion": "example.com/v1", "kind": "Thing", "spec": case.stored}
    made = server.request("POST", things, body={**thing, "metadata": {"name": "a"}})
    assert made.status == 201, (case.name, made.body)
    asked = dict(made.body)["spec"]
    changed = server.request(
        "PATCH", f"{CRDS}/things.example.com", body={"spec": new["spec"]}, content_type=MERGE
    )
    if changed.status != 200:
        return "refused"
    server.settle()
    read = dict(server.request("GET", f"{things}/a").body)["spec"]
    beside = server.request("PATCH", f"{things}/a", body={"spec": case.beside}, content_type=MERGE)
    if beside.status != 200 or loses(asked, read):
        return "objects"
    again = server.request("POST", things, body={**thing, "metadata": {"name": "b"}})
    # A float may be written as a whole number, which is no other value.
    same = again.status == 201 and dict(again.body)["spec"] == asked and read == asked
    return "safe" if same else "clients"


def loses(before: Any, after: Any) -> bool:
    """Return whether something of a document is gone."""
    if isinstance(before, dict):
        return not isinstance(after, dict) or any(
            name not in after or loses(value, after[name]) for name, value in before.items()
        )
    if isinstance(before, list):
        return not isinstance(after, list) or any(map(loses, before, after))
    return False


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_what_is_told_of_a_change_is_what_happens(case: Case) -> None:
    """Stored objects break, clients do, or nothing does, as the server has it."""
    found = crd_changes(definition(version(case.before)), definition(version(case.after)))
    assert found, "a change is told"
    assert found[0].effect == case.effect, found
    assert happened(case) == case.effect
    if case.what:
        assert any(case.what in each.what for each in found if each.effect == case.effect), found


def test_every_recorded_change_is_judged_alike() -> None:
    """What a real server refused of changes of definitions is told, place by place."""
    count: Counter[str] = Counter()
    for write in writes():
        if write.crd is not None or write.before is None or write.applied or write.status_path:
            continue
        changes = crd_changes(write.before, write.body)
        # That a resourceVersion is missing says nothing of a definition.
        wanted = {path for path, *_ in causes(write.response)} - {"metadata.resourceVersion"}
        wanted = wanted if write.status == 422 else set()
        assert {each.field for each in changes if each.effect == "refused"} == wanted, write.name
        count["refused" if wanted else "taken"] += 1
    assert count["refused"] >= 5
    assert count["taken"] >= 1


SPEC = obj(a=TEXT, b=NUMBER)
BETA = version(SPEC, "v1beta1", storage=False)
SCALE = {"specReplicasPath": ".spec.b", "statusReplicasPath": ".status.n"}
AGE = {"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"}


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (definition(version(SPEC), BETA), definition(version(SPEC)), "clients v1beta1 the version is gone"),
        (
            definition(version(SPEC), BETA),
            definition(version(SPEC), {**BETA, "served": False}),
            "clients v1beta1 the version is no longer served",
        ),
        (
            definition(version(SPEC)),
            definition(version(SPEC), version(obj(a=TEXT), "v2", storage=False)),
            "clients v2 the version is new, and does not have spec.b of v1",
        ),
        (
            definition(version(SPEC)),
            definition(version(SPEC), version(SPEC, "v2", storage=False)),
            "safe v2 the version is new",
        ),
        (
            definition(version(SPEC)),
            definition(version(SPEC, storage=False), version(obj(a=TEXT), "v2")),
            "objects v1 -> v2 removed",
        ),
        (
            definition(version(SPEC)),
            definition(version(SPEC), names={"plural": "things", "kind": "Thing"}),
            "clients spec.names.shortNames th is gone",
        ),
        (
            definition(version(SPEC)),
            definition(version(SPEC, subresources={})),
            "clients v1 is no longer a subresource",
        ),
        (
            definition(version(SPEC, subresources={})),
            definition(version(SPEC)),
            "clients v1 is a subresource",
        ),
        (
            definition(version(SPEC, subresources={"status": {}, "scale": SCALE})),
            definition(version(SPEC)),
            "clients v1 has no scale subresource any more",
        ),
        (
            definition(version(SPEC, selectableFields=[{"jsonPath": ".spec.a"}])),
            definition(version(SPEC)),
            "clients v1 objects can no longer be selected by it",
        ),
        (
            definition(version(SPEC)),
            definition(version(SPEC, additionalPrinterColumns=[AGE])),
            "safe v1 has other columns",
        ),
        (
            definition(version(SPEC)),
            definition(version(SPEC, deprecated=True)),
            "safe v1 the version is deprecated otherwise",
        ),
    ],
)  # fmt: skip
def test_changes_outside_of_schemas(
    before: dict[str, Any], after: dict[str, Any], told: str
) -> None:
    """The worst change is told first, of its version or of the definition."""
    first = crd_changes(before, after)[0]
    place = first.version or first.field
    assert f"{first.effect} {place} {first.what}" == told
    assert bool(first.why) == (first.effect != "safe")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"scope": "Cluster"}, "spec.scope"),
        ({"names": {"plural": "things", "kind": "Other"}}, "spec.names.kind"),
        ({"group": "other.example.com"}, "spec.group"),
        ({"versions": [version(SPEC, "v2")]}, "status.storedVersions[0]"),
        ({"versions": [version(obj(a={"type": "strin"}))]}, "properties[a].type"),
    ],
)
def test_what_the_server_refuses_comes_first(change: dict[str, Any], told: str) -> None:
    """A simulated server refuses the same change, at the same place."""
    old = definition(version(SPEC))
    new = definition(version(SPEC), **change)
    server = ApiServer()
    server.request("POST", CRDS, body=old)
    server.settle()
    answer = server.request(
        "PATCH", f"{CRDS}/things.example.com", body={"spec": new["spec"]}, content_type=MERGE
    )
    refused = [each for each in crd_changes(old, new) if each.effect == "refused"]
    assert any(told in each.field for each in refused)
    assert answer.status == 422
    causes = {each["field"] for each in dict(answer.body)["details"]["causes"]}
    assert causes == {each.field for each in refused}


def test_a_version_that_was_stored_once_may_not_go() -> None:
    """The status of a definition from a server tells which versions were."""
    old = definition(version(SPEC), BETA)
    new = definition(version(SPEC))
    assert crd_changes(old, new)[0].effect == "clients"
    old["status"] = {"storedVersions": ["v1beta1", "v1"]}
    assert crd_changes(old, new)[0].effect == "refused"


def test_another_name_is_another_definition() -> None:
    """It does not replace the old one."""
    new = definition(version(SPEC))
    new["metadata"]["name"] = "others.example.com"
    assert crd_changes(definition(version(SPEC)), new)[0].effect == "refused"


def test_a_webhook_decides_what_becomes_of_stored_objects() -> None:
    """What another version does not have is not said to be lost where versions are converted."""
    webhook = {
        "strategy": "Webhook",
        "webhook": {
            "clientConfig": {"url": "https://a.example"},
            "conversionReviewVersions": ["v1"],
        },
    }
    old = definition(version(SPEC), conversion=webhook)
    new = definition(version(SPEC, storage=False), version(obj(a=TEXT), "v2"), conversion=webhook)
    assert {each.effect for each in crd_changes(old, new)} == {"safe"}


def test_nothing_changed() -> None:
    """The same definition, however it is written, differs in nothing."""
    old = definition(version(SPEC), BETA)
    assert crd_changes(old, old) == ()
    written = json.loads(json.dumps(old, sort_keys=True))
    written["spec"]["names"] |= {"singular": "thing", "listKind": "ThingList"}
    assert crd_changes(old, written) == ()


def test_a_change_tells_no_value() -> None:
    """Defaults and values of an enum could be somebody's."""
    canary = "Q0FOQVJZ"
    old = definition(version(obj(a=some(default=canary, enum=[canary, "b"]))))
    new = definition(version(obj(a=some(default="b", enum=["b"]))))
    for found in (crd_changes(old, new), crd_changes(new, old)):
        assert found
        assert canary not in json.dumps([each.to_json() for each in found])
        assert canary not in "".join(map(str, found))


@pytest.mark.parametrize(
    "wrong",
    [{}, {"kind": "Pod"}, {**definition(), "apiVersion": "v1"}, {**definition(), "spec": 3}],
)
def test_what_is_no_definition(wrong: dict[str, Any]) -> None:
    """Either side must be one."""
    for pair in ((wrong, definition(version(SPEC))), (definition(version(SPEC)), wrong)):
        with pytest.raises(DefinitionError):
            crd_changes(*pair)


def test_limits() -> None:
    """A schema that is nested too deep is not walked."""
    deep: dict[str, Any] = TEXT
    for _ in range(200):
        deep = obj(a=deep)
    with pytest.raises(LimitError):
        crd_changes(definition(version(deep)), definition(version(SPEC)))


def test_arguments_are_not_changed() -> None:
    """Documents are somebody's."""
    old, new = definition(version(SPEC)), definition(version(obj(a=TEXT)))
    kept = copy.deepcopy([old, new])
    crd_changes(old, new)
    assert [old, new] == kept
