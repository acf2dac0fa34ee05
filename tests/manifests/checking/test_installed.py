"""Facts about manifests held to the code: what is generated fits, and what is changed does not."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from reconcile import Child, Controller, Decorated, Decorator
from reconcile.kinds.core_v1 import ConfigMap, Pod
from reconcile.manifests import Finding, check, controller_object
from reconcile.value import escape, parse
from tests.manifests.checking.installs import FULL, SELECTING, SIMPLE, Other, documents
from tests.manifests.checking.wrongs import Picky, good, labelled


def found(controller: Any, manifests: list[Any]) -> list[Finding]:
    """Return the findings about manifests."""
    return list(check(controller, manifests=manifests))


@pytest.mark.parametrize("controller", [SIMPLE, FULL, SELECTING])
def test_what_is_generated_fits(controller: Controller[Any]) -> None:
    """Documents made from the code have no findings, with ETags or without."""
    assert found(controller, documents(controller)) == []
    assert found(controller, documents(controller, etag_seconds=60)) == []


DEFINITION, ROLE, BINDING, OBJECT = range(4)
PARENT = "/spec/parentResource"
CHILD = "/spec/childResources/0"
HOOKS = "/spec/hooks"
SYNC = "/spec/hooks/sync/webhook"
GONE = object()
CASES: list[tuple[str, str, Any, int, str, Any, str]] = [
    ("generate-selector", "true", SIMPLE, OBJECT, "/spec/generateSelector", False, ""),
    ("generate-selector", "false", SELECTING, OBJECT, "/spec/generateSelector", True, ""),
    ("generate-selector", "absent", SIMPLE, OBJECT, "/spec/generateSelector", GONE, ""),
    ("parent-version", "other", SIMPLE, OBJECT, f"{PARENT}/apiVersion", "example.com/v2", ""),
    ("other-selector", "absent", FULL, OBJECT, f"{PARENT}/labelSelector", GONE, ""),
    ("other-selector", "more", SIMPLE, OBJECT, f"{PARENT}/labelSelector",
     {"matchLabels": {"a": "b"}}, ""),
    ("child-version", "other", SIMPLE, OBJECT, f"{CHILD}/apiVersion", "v2", ""),
    ("child-not-watched", "absent", SIMPLE, OBJECT, "/spec/childResources", [],
     "/spec/childResources"),
    ("child-not-declared", "more", SIMPLE, OBJECT, "/spec/childResources/1",
     {"apiVersion": "v1", "resource": "pods"}, ""),
    ("other-strategy", "OnDelete", SIMPLE, OBJECT, f"{CHILD}/updateStrategy",
     {"method": "OnDelete"}, ""),
    ("other-strategy", "absent", SIMPLE, OBJECT, f"{CHILD}/updateStrategy", GONE, ""),
    ("other-strategy", "Recreate", SIMPLE, OBJECT, f"{CHILD}/updateStrategy/method", "Recreate",
     f"{CHILD}/updateStrategy"),
    ("no-sync", "absent", SIMPLE, OBJECT, f"{HOOKS}/sync", GONE, HOOKS),
    ("no-finalize", "absent", FULL, OBJECT, f"{HOOKS}/finalize", GONE, HOOKS),
    ("finalize-for-nothing", "there", SIMPLE, OBJECT, f"{HOOKS}/finalize",
     {"webhook": {"url": "http://a/finalize"}}, ""),
    ("no-customize", "absent", FULL, OBJECT, f"{HOOKS}/customize", GONE, HOOKS),
    ("customize-for-nothing", "there", SIMPLE, OBJECT, f"{HOOKS}/customize",
     {"webhook": {"url": "http://a/customize"}}, ""),
    ("hook-version", "v1", FULL, OBJECT, f"{HOOKS}/sync/version", "v1", f"{HOOKS}/sync"),
    ("hook-version", "absent", FULL, OBJECT, f"{HOOKS}/customize/version", GONE,
     f"{HOOKS}/customize"),
    ("no-url", "absent", SIMPLE, OBJECT, f"{SYNC}/url", GONE, SYNC),
    ("no-url", "half a service", SIMPLE, OBJECT, SYNC, {"service": {"name": "a"}}, ""),
    ("other-hook", "url", FULL, OBJECT, f"{HOOKS}/finalize/webhook/url", "http://a/sync", ""),
    ("other-hook", "path", SIMPLE, OBJECT, SYNC,
     {"service": {"name": "a", "namespace": "b"}, "path": "/customize"}, f"{SYNC}/path"),
    ("etag", "timeout alone", SIMPLE, OBJECT, f"{SYNC}/etag",
     {"enabled": True, "cacheTimeoutSeconds": 5}, ""),
    ("etag", "cleanup alone", SIMPLE, OBJECT, f"{SYNC}/etag",
     {"enabled": True, "cacheCleanupSeconds": 5}, ""),
    ("parent-kind", "other", SIMPLE, DEFINITION, "/spec/names/kind", "Sale", ""),
    ("parent-scope", "other", SIMPLE, DEFINITION, "/spec/scope", "Cluster", ""),
    ("not-served", "absent", SIMPLE, DEFINITION, "/spec/versions/0/name", "v2", "/spec/versions"),
    ("not-served", "not", SIMPLE, DEFINITION, "/spec/versions/0/served", False, ""),
    ("no-status", "absent", SIMPLE, DEFINITION, "/spec/versions/0/subresources", GONE, ""),
    ("not-allowed", "all", SIMPLE, ROLE, "/rules", [], ""),
    ("not-allowed", "related", FULL, ROLE, "/rules",
     [{"apiGroups": ["example.com"], "resources": ["*", "*/status"], "verbs": ["*"]},
      {"apiGroups": [""], "resources": ["configmaps", "services"], "verbs": ["*"]}], ""),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[0]}-{case[1]}")
def test_each_difference_is_found(case: Any) -> None:
    """A document that is changed at one place is told, at that place."""
    fault, _, controller, place, pointer, value, told = case
    manifests = copy.deepcopy(documents(controller))
    put(manifests[place], pointer, value)
    findings = found(controller, manifests)
    assert findings, "nothing found"
    assert {each.id for each in findings} == {fault}
    assert all(each.message and each.reason and each.remedy for each in findings)
    assert {each.pointer for each in findings} == {told or pointer}
    name = manifests[place]["metadata"]["name"]
    assert {each.where for each in findings} == {f"{manifests[place]['kind']} {name}"}


def put(document: Any, pointer: str, value: Any) -> None:
    """Change a document at one place."""
    *steps, last = parse(pointer)
    for step in steps:
        document = document[int(step)] if isinstance(document, list) else document[step]
    if value is GONE:
        del document[last]
    elif isinstance(document, list):
        document[int(last) :] = [value]
    else:
        document[last] = value


def test_documents_for_something_else_are_passed_by() -> None:
    """Only what is for the controller is held to it; where nothing is, that is told."""
    other = Controller(Other, rules=good, children=[Child(ConfigMap, "InPlace")])
    manifests = documents(other)[:1] + documents(other)[3:]
    manifests[1]["spec"]["hooks"]["sync"]["webhook"] = {}
    [finding] = found(SIMPLE, manifests)
    assert (finding.id, finding.where) == ("not-installed", "the manifests")
    assert found(SIMPLE, [*manifests, *documents(SIMPLE)]) == []


def test_two_controllers_of_one_parent() -> None:
    """Two documents for the same parents are told, unless each selects parents of its own."""
    first = documents(FULL)
    second = copy.deepcopy(first[3])
    second["metadata"]["name"] = "others"
    rivals = "CompositeController shops and CompositeController others"
    assert [(each.id, each.where) for each in found(FULL, [*first, second])] == [
        ("two-controllers", rivals)
    ]
    second["spec"]["parentResource"]["labelSelector"] = {"matchLabels": {"kind": "mall"}}
    assert found(FULL, [*first, second]) == []


def test_roles_of_others_do_not_count() -> None:
    """Where a binding names Metacontroller's account, its role counts and no other."""
    manifests = copy.deepcopy(documents(SIMPLE))
    rules = manifests[ROLE]["rules"]
    manifests[ROLE]["rules"] = []
    other = {"kind": "ClusterRole", "metadata": {"name": "other"}, "rules": rules}
    assert {each.id for each in found(SIMPLE, [*manifests, other])} == {"not-allowed"}
    del manifests[BINDING]
    assert found(SIMPLE, [*manifests, other]) == []


def test_rules_with_names_allow_nothing_that_is_made() -> None:
    """A rule for objects of some names is none for the others."""
    manifests = copy.deepcopy(documents(SIMPLE))
    for rule in manifests[ROLE]["rules"]:
        rule["resourceNames"] = ["one"]
    assert {each.id for each in found(SIMPLE, manifests)} == {"not-allowed"}


def test_decorators() -> None:
    """Of a decorator selectors and attachments are held to the code, and finalize to both."""
    selector = {"matchLabels": {"a": "b"}}
    decorator = Decorator(
        resources=[Decorated(Pod, label_selector=selector)],
        rules=good,
        attachments=[Child(ConfigMap, "InPlace")],
    )
    document: Any = controller_object(decorator, name="pods", url="http://pods.demo:8080")
    assert found(decorator, [document]) == []
    wrong = copy.deepcopy(document)
    del wrong["spec"]["resources"][0]["labelSelector"]
    del wrong["spec"]["hooks"]["finalize"]
    wrong["spec"]["attachments"][0]["updateStrategy"]["method"] = "Recreate"
    assert [(each.id, each.severity, each.pointer) for each in found(decorator, [wrong])] == [
        ("other-selector", "error", "/spec/resources/0/labelSelector"),
        ("no-finalize", "warning", "/spec/hooks"),
        ("other-strategy", "warning", "/spec/attachments/0/updateStrategy"),
    ]


def test_status_checks() -> None:
    """A rolling strategy with other checks than in the code is told."""
    rolling = Controller(
        Picky,
        rules=labelled,
        children=[Child(ConfigMap, "RollingInPlace", status_checks={"Ready": "True"})],
    )
    manifests = documents(rolling)
    assert {each.id for each in found(rolling, manifests)} == {"rolling"}
    checks = manifests[3]["spec"]["childResources"][0]["updateStrategy"]["statusChecks"]
    checks["conditions"][0]["status"] = "False"
    assert {each.id for each in found(rolling, manifests)} == {"rolling", "status-checks"}


VALUES = [None, True, 0, -1, 1.5, "", "x", [], {}, [None], {"a": None}, ["x"], "http://[", [[]]]


@pytest.mark.slow
@pytest.mark.parametrize("place", range(4))
def test_documents_that_are_broken_are_no_crash(place: int) -> None:
    """Whatever stands at any place of a document, there is an answer."""
    manifests = copy.deepcopy(documents(FULL))
    places = [each for each in _pointers(manifests[place]) if "openAPIV3Schema/" not in each]
    assert len(places) > 10
    for number, pointer in enumerate(places):
        changed = [*manifests]
        changed[place] = copy.deepcopy(manifests[place])
        value = VALUES[number % len(VALUES)]
        if pointer.count("/") == 1 and pointer != "/rules":
            value = VALUES[number % 3]
        put(changed[place], pointer, value)
        # The definition is long to judge, and is itself only where it is the broken one.
        assert isinstance(found(QUIET, changed[bool(place) :]), list)


QUIET = Controller(
    FULL.parent,
    rules=good,
    children=[Child(ConfigMap, "InPlace")],
    customize=lambda parent: (),
)


def _pointers(value: Any, pointer: str = "") -> list[str]:
    inside: Any = []
    if isinstance(value, dict):
        inside = value.items()
    elif isinstance(value, list):
        inside = enumerate(value)
    return [pointer] * bool(pointer) + [
        each for key, one in inside for each in _pointers(one, f"{pointer}/{escape(str(key))}")
    ]
