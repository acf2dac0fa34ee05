"""What the simulated server tells of itself, held to recorded answers."""

from __future__ import annotations

import json

import pytest

from reconcile.simulate.publishing.discovery import VERSION, aggregated, discovery
from reconcile.simulate.publishing.resources import Resources
from reconcile.simulate.server.status import ApiError
from tests.suites import shared

ALL = Resources.built_in(every_version=True)
DEFAULT = Resources.built_in()
AT_ONCE = "application/json;g=apidiscovery.k8s.io;v={};as=APIGroupDiscoveryList"
V2, V2BETA1 = AT_ONCE.format("v2"), AT_ONCE.format("v2beta1")


def established(crd: dict) -> dict:
    """Return a definition as the server stores it once its names are accepted."""
    names = crd["spec"]["names"]
    names = {"singular": names["kind"].lower(), **names}
    conditions = [{"type": kind, "status": "True"} for kind in ("NamesAccepted", "Established")]
    return {**crd, "status": {"acceptedNames": names, "conditions": conditions}}


def told(path: str, resources: Resources = DEFAULT, accept: str = "", **more: object):
    """Return the document of a path."""
    return discovery(resources, path, accept, **more).document


def test_every_recorded_document() -> None:
    """With all versions on, each document of discovery is the recorded one."""
    recorded = json.loads(shared("recordings", "openapi", "discovery.json").read_text())
    assert len(recorded) == 34
    for path, document in recorded.items():
        assert told(path, ALL) == document, path


@pytest.mark.parametrize(
    ("name", "step"), [("crd_name_conflicts", 4), ("crd_versions", 10), ("crd_versions", 11)]
)
def test_documents_of_custom_groups(name: str, step: int) -> None:
    """Groups and versions of definitions are told as recorded."""
    recorded = json.loads(shared("recordings", "api", f"{name}.json").read_text())
    stored = [
        each["response"]
        for each in recorded["steps"][:step]
        if isinstance(each["response"], dict)
        and each["response"].get("kind") == "CustomResourceDefinition"
        and each["status"] in (200, 201)
    ]
    crds = {crd["metadata"]["name"]: established(crd) for crd in recorded["crds"]}
    for crd in stored:  # later looks show later states
        crds[crd["metadata"]["name"]] = crd if crd.get("status") else established(crd)
    asked = recorded["steps"][step]
    if name == "crd_name_conflicts":  # the second definition's names are taken
        crds = {"firsts.names.example.com": established(stored[0])}
    resources = DEFAULT.with_crds(crds.values())
    assert told(asked["path"], resources) == asked["response"]


def test_what_is_not_served_is_not_told() -> None:
    """A version that is off, an unknown group and paths of objects are none of discovery."""
    for path in (
        "/apis/networking.k8s.io/v1beta1",
        "/apis/internal.apiserver.k8s.io",
        "/apis/nothing.example.com/v1",
        "/api/v2",
        "/api/v1/pods",
        "/nope",
        "/healthz/nope",
    ):
        assert discovery(DEFAULT, path) is None, path


def test_slashes_at_the_end() -> None:
    """A slash at the end changes nothing."""
    for path in ("/api", "/apis", "/api/v1", "/apis/apps", "/apis/apps/v1"):
        assert told(f"{path}/") == told(path)


def test_all_at_once() -> None:
    """Aggregated discovery holds the same resources in the same order, with their parts."""
    answer = discovery(DEFAULT, "/apis", f"{V2},{V2BETA1},application/json")
    assert answer.content_type == V2
    assert answer.document["apiVersion"] == "apidiscovery.k8s.io/v2"
    groups = {item["metadata"]["name"]: item for item in answer.document["items"]}
    assert list(groups) == [group["name"] for group in told("/apis")["groups"]]
    (apps,) = groups["apps"]["versions"]
    assert apps["freshness"] == "Current"
    flat = [
        name
        for resource in apps["resources"]
        for name in (
            resource["resource"],
            *(
                f"{resource['resource']}/{part['subresource']}"
                for part in resource.get("subresources", ())
            ),
        )
    ]
    assert flat == [resource["name"] for resource in told("/apis/apps/v1")["resources"]]
    deployments = apps["resources"][2]
    assert deployments == {
        "resource": "deployments",
        "responseKind": {"group": "", "version": "", "kind": "Deployment"},
        "scope": "Namespaced",
        "singularResource": "deployment",
        "verbs": [
            "create",
            "delete",
            "deletecollection",
            "get",
            "list",
            "patch",
            "update",
            "watch",
        ],
        "shortNames": ["deploy"],
        "categories": ["all"],
        "subresources": [
            {
                "subresource": "scale",
                "responseKind": {"group": "autoscaling", "version": "v1", "kind": "Scale"},
                "verbs": ["get", "patch", "update"],
            },
            {
                "subresource": "status",
                "responseKind": {"group": "", "version": "", "kind": "Deployment"},
                "verbs": ["get", "patch", "update"],
            },
        ],
    }


def test_the_core_group_at_once() -> None:
    """Under `/api` aggregated discovery tells the core group alone, without a name."""
    (core,) = told("/api", accept=V2)["items"]
    assert core["metadata"] == {}
    assert core["versions"][0]["version"] == "v1"
    assert aggregated(DEFAULT, "v2", core=True) == told("/api", accept=V2)


def test_custom_kinds_at_once_say_their_group() -> None:
    """Kinds of definitions tell group and version in aggregated discovery."""
    crd = {
        "metadata": {"name": "things.demo.example.com"},
        "spec": {
            "group": "demo.example.com",
            "scope": "Cluster",
            "names": {"kind": "Thing", "plural": "things"},
            "versions": [
                {"name": "v1", "served": True, "storage": True, "subresources": {"scale": {}}}
            ],
        },
    }
    last = told("/apis", DEFAULT.with_crds([established(crd)]), V2)["items"][-1]
    (resource,) = last["versions"][0]["resources"]
    assert resource["responseKind"] == {
        "group": "demo.example.com",
        "version": "v1",
        "kind": "Thing",
    }
    assert resource["scope"] == "Cluster"
    assert resource["subresources"][0]["responseKind"]["group"] == "autoscaling"


def test_an_older_form_is_gone() -> None:
    """The beta form is not served; a client that takes documents too gets those."""
    answer = discovery(DEFAULT, "/apis", f"{V2BETA1},application/json")
    assert answer.document["kind"] == "APIGroupList"
    with pytest.raises(ApiError):
        discovery(DEFAULT, "/apis", V2BETA1)


def test_a_client_that_knows_what_is_there() -> None:
    """With the tag of the last answer nothing is sent; other resources have another tag."""
    first = discovery(DEFAULT, "/apis", V2)
    tag = first.headers["ETag"]
    assert len(tag) == 130
    again = discovery(DEFAULT, "/apis", V2, if_none_match=tag)
    assert (again.status, again.document) == (304, "")
    assert discovery(ALL, "/apis", V2, if_none_match=tag).status == 200


def test_forms_that_are_not_accepted() -> None:
    """Discovery refuses media types it does not have, in the words of each route."""
    with pytest.raises(ApiError) as caught:
        discovery(DEFAULT, "/apis", "text/html")
    assert caught.value.message.startswith("only the following media types are accepted: ")
    with pytest.raises(ApiError) as caught:
        discovery(DEFAULT, "/apis/apps/v1", "text/html")
    assert caught.value.message.startswith("406: Not Acceptable")
    assert discovery(DEFAULT, "/apis", "application/yaml").content_type == "application/yaml"


def test_version_and_health() -> None:
    """The version is told, and the server is well."""
    assert told("/version") == VERSION
    assert VERSION["gitVersion"] == "v1.36.3"
    for path in ("/healthz", "/livez", "/readyz", "/readyz/informer-sync", "/livez/ping"):
        answer = discovery(DEFAULT, path)
        assert (answer.status, answer.document) == (200, "ok")
        assert answer.content_type.startswith("text/plain")
    verbose = told("/livez", verbose=True)
    assert verbose == "[+]ping ok\n[+]log ok\n[+]etcd ok\nlivez check passed\n"


def test_the_root_lists_paths() -> None:
    """The root names groups, versions and what else there is, sorted."""
    paths = told("/")["paths"]
    assert paths == sorted(paths)
    assert {"/api/v1", "/apis/apps/v1", "/version", "/openapi/v3", "/readyz"} <= set(paths)
