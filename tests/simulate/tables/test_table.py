"""Tables and metadata, held to recorded answers."""

from __future__ import annotations

import json
from datetime import datetime

import pytest

from reconcile.simulate.publishing.resources import Resources
from reconcile.simulate.server.negotiation import negotiated
from reconcile.simulate.server.status import ApiError
from reconcile.simulate.tables.table import metadata_list, table, transformed
from tests.columns import NOW
from tests.suites import shared

DEFAULT = Resources.built_in()
FORM = "application/json;as={};v=v1;g=meta.k8s.io"
POD = {"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "x", "resourceVersion": "7"}}


def form(kind: str, version: str = "v1"):
    return negotiated(f"application/json;as={kind};v={version};g=meta.k8s.io").target


def served(kind: str, api_version: str = "v1"):
    return DEFAULT.by_kind(api_version, kind)


def established(crd: dict) -> dict:
    names = crd["spec"]["names"]
    return {
        **crd,
        "status": {
            "acceptedNames": names,
            "conditions": [{"type": "Established", "status": "True"}],
        },
    }


def recorded(name: str) -> tuple[list[dict], Resources]:
    """Return the steps of a conversation, and what its server served."""
    told = json.loads(shared("recordings", "api", f"{name}.json").read_text())
    return told["steps"], DEFAULT.with_crds(map(established, told["crds"]))


@pytest.mark.parametrize(
    ("step", "of", "resource"),
    [
        (2, [0, 1], ("table.example.com", "v1", "tabs")),
        (3, [0], ("table.example.com", "v1", "tabs")),
        (5, [4], ("apps", "v1", "deployments")),
        (7, [6], ("demo.example.com", "v1", "things")),
    ],
)
def test_recorded_tables(step: int, of: list[int], resource: tuple[str, str, str]) -> None:
    """A table of recorded objects, seconds after they were made, is the recorded table."""
    steps, resources = recorded("crd_table")
    asked, items = steps[step], [steps[n]["response"] for n in of]
    found = resources.by_path(*resource)
    document = items[0]
    if "/tabs/" not in asked["path"]:
        metadata = asked["response"]["metadata"]
        document = {"kind": found.list_kind, "metadata": metadata, "items": items}
    include = asked["path"].partition("includeObject=")[2]
    now = datetime.fromisoformat(items[0]["metadata"]["creationTimestamp"])
    target = negotiated(asked["sent"]["Accept"]).target
    assert transformed(document, target, found, now, include=include) == asked["response"]


def test_recorded_metadata() -> None:
    """Metadata of recorded objects is the recorded one, of a list and of one object."""
    steps, resources = recorded("verbs_list_metadata")
    lists, one = steps[10]["response"], steps[11]["response"]
    document = {
        "kind": "ConfigMapList",
        "metadata": lists["metadata"],
        "items": [{**item, "kind": "ConfigMap", "data": {}} for item in lists["items"]],
    }
    target = negotiated(steps[10]["sent"]["Accept"]).target
    assert transformed(document, target, served("ConfigMap"), NOW) == lists
    target = negotiated(steps[11]["sent"]["Accept"]).target
    thing = resources.by_kind("demo.example.com/v1", "Thing")
    assert transformed({**one, "spec": {}, "kind": "Thing"}, target, thing, NOW) == one


def test_what_a_row_holds() -> None:
    """A row holds the object, its metadata, or nothing, as the query says."""
    for include, kind in (("", "PartialObjectMetadata"), ("Metadata", "PartialObjectMetadata")):
        (row,) = table([POD], served("Pod"), NOW, include=include)["rows"]
        assert row["object"]["kind"] == kind
    (row,) = table([POD], served("Pod"), NOW, include="Object")["rows"]
    assert row["object"] == POD
    (row,) = table([POD], served("Pod"), NOW, include="None")["rows"]
    assert row["object"] is None
    with pytest.raises(ApiError) as caught:
        table([POD], served("Pod"), NOW, include="All")
    assert caught.value.code == 400
    assert caught.value.message == (
        'Unable to convert to Table as requested: includeObject: Invalid value: "All": '
        "must be 'Metadata', 'Object', 'None', or empty"
    )


def test_the_metadata_of_a_table() -> None:
    """A table has the metadata of the list, or the version of the one object."""
    assert table([POD], served("Pod"), NOW)["metadata"] == {"resourceVersion": "7"}
    told = {"resourceVersion": "9", "continue": "c", "remainingItemCount": 4}
    assert table([POD], served("Pod"), NOW, list_metadata=told)["metadata"] == told
    assert table([], served("Pod"), NOW)["metadata"] == {}
    assert table([{"metadata": {}}], served("Pod"), NOW)["metadata"] == {}


def test_empty_tables() -> None:
    """No rows are an empty list, but null for a kind without columns of its own."""
    assert table([], served("Pod"), NOW, list_metadata={})["rows"] == []
    assert table([], served("LimitRange"), NOW, list_metadata={})["rows"] is None


def test_later_events_have_no_columns() -> None:
    """In a watch all but the first table come without columns."""
    assert table([POD], served("Pod"), NOW, headers=False)["columnDefinitions"] is None


def test_rows_of_pods_that_are_over() -> None:
    """Conditions of a row are there for a pod that is over, and only then."""
    done = {**POD, "status": {"phase": "Succeeded"}}
    rows = table([done, POD], served("Pod"), NOW, list_metadata={})["rows"]
    assert [list(row) for row in rows] == [["cells", "conditions", "object"], ["cells", "object"]]


def test_flow_schemas_are_sorted() -> None:
    """Rows of flow schemas are in the order in which the server tries them."""
    several = [
        {"metadata": {"name": name}, "spec": {"matchingPrecedence": precedence}}
        for name, precedence in (("a", 9), ("c", 1), ("b", 1))
    ]
    resource = served("FlowSchema", "flowcontrol.apiserver.k8s.io/v1")
    rows = table(several, resource, NOW, list_metadata={})["rows"]
    assert [row["cells"][0] for row in rows] == ["b", "c", "a"]


def test_a_subresource_has_columns_of_its_own() -> None:
    """The scale of a resource is shown as a scale."""
    scale = {"kind": "Scale", "metadata": {"name": "x"}, "spec": {"replicas": 2}}
    resource = served("Deployment", "apps/v1")
    made = transformed(scale, form("Table"), resource, NOW, kind="Scale")
    assert made["rows"][0]["cells"] == ["x", 2, 0, "<unknown>"]


def test_storage_decides_about_columns() -> None:
    """Both groups of events, and both versions of an autoscaler, have the same columns."""
    old, new = (table([], served("Event", group), NOW) for group in ("v1", "events.k8s.io/v1"))
    assert old["columnDefinitions"] == new["columnDefinitions"]
    assert old["columnDefinitions"][0]["name"] == "Last Seen"


def test_an_older_version_of_tables() -> None:
    """Tables and the metadata in them have the version that was asked for."""
    made = transformed(POD, form("Table", "v1beta1"), served("Pod"), NOW)
    assert made["apiVersion"] == "meta.k8s.io/v1beta1"
    assert made["rows"][0]["object"]["apiVersion"] == "meta.k8s.io/v1beta1"


@pytest.mark.parametrize(
    ("kind", "document", "message"),
    [
        (
            "PartialObjectMetadata",
            {"kind": "PodList", "items": []},
            "you requested PartialObjectMetadata, but the requested object is a list"
            " (*core.PodList)",
        ),
        (
            "PartialObjectMetadataList",
            POD,
            "you requested PartialObjectMetadataList, but the requested object is not a list"
            " (*core.Pod)",
        ),
    ],
)
def test_forms_that_do_not_fit(kind: str, document: dict, message: str) -> None:
    """Metadata of one object is not that of a list; the server says which it is."""
    with pytest.raises(ApiError) as caught:
        transformed(document, form(kind), served("Pod"), NOW)
    assert (caught.value.code, caught.value.reason) == (406, "NotAcceptable")
    assert caught.value.message == message


def test_custom_objects_are_unstructured() -> None:
    """Of a custom resource the server says how it holds objects, not what they are."""
    _, resources = recorded("verbs_list_metadata")
    thing = resources.by_kind("demo.example.com/v1", "Thing")
    with pytest.raises(ApiError, match=r"a list \(\*unstructured\.UnstructuredList\)"):
        transformed({"kind": "ThingList", "items": []}, form("PartialObjectMetadata"), thing, NOW)


def test_nothing_is_shared_that_could_change() -> None:
    """The maps of a list of metadata are its own."""
    document = {"kind": "PodList", "metadata": {"a": "b"}, "items": [POD]}
    made = metadata_list(document)
    made["metadata"]["c"] = "d"
    made["items"][0]["metadata"]["c"] = "d"
    assert document["metadata"] == {"a": "b"}
    assert "c" not in POD["metadata"]


def test_objects_of_lists_may_be_bare() -> None:
    """An object that does not say what it is is one of the resource, in its version."""
    bare = {"metadata": {"name": "x"}, "spec": {"targetCPUUtilizationPercentage": 60}}
    first = served("HorizontalPodAutoscaler", "autoscaling/v1")
    (row,) = table([bare], first, NOW, list_metadata={}, include="Object")["rows"]
    assert row["cells"][2] == "cpu: <unknown>/60%"
    assert row["object"]["kind"] == "HorizontalPodAutoscaler"
    assert row["object"]["apiVersion"] == "autoscaling/v1"
    assert "kind" not in bare


def test_parts_that_are_the_object_itself() -> None:
    """The status of an object is shown as the object is."""
    done = {**POD, "status": {"phase": "Succeeded"}}
    (row,) = table([done], served("Pod"), NOW, kind="Pod")["rows"]
    assert row["conditions"][0]["reason"] == "Succeeded"


def test_the_scale_of_a_custom_object() -> None:
    """The columns of a custom object are looked up in its scale."""
    _, resources = recorded("crd_table")
    tab = resources.by_kind("table.example.com/v1", "Tab")
    scale = {"kind": "Scale", "metadata": {"name": "x"}, "spec": {"size": 4}}
    made = table([scale], tab, NOW, kind="Scale")
    assert made["rows"][0]["cells"][:3] == ["x", 4, None]
    assert len(made["columnDefinitions"]) == 8
