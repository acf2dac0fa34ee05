"""Operations: what clients look at."""

from __future__ import annotations

import pytest

from reconcile.simulate.publishing.openapi import names_of
from reconcile.simulate.publishing.openapi_paths import paths_of, root_path
from reconcile.simulate.publishing.resources import Resources
from tests.simulate.custom import CUSTOM, TAB

DEFAULT = Resources.built_in()
GVK = "x-kubernetes-group-version-kind"
ACTION = "x-kubernetes-action"


def paths(group: str, plural: str, resources: Resources = DEFAULT) -> dict:
    served = resources.by_path(group, "v1", plural)
    return paths_of(served, names_of([served]))


def reference(operation: dict, code: str = "200") -> str:
    content = operation["responses"][code]["content"]["application/json"]
    return content["schema"]["$ref"].rpartition("/")[2]


def parameters(operation: dict) -> set[str]:
    return {each["name"] for each in operation.get("parameters", ())}


def test_one_object() -> None:
    """An object is read, replaced, patched and deleted; each says of which kind."""
    base = "/apis/apps/v1/namespaces/{namespace}/deployments/{name}"
    item = paths("apps", "deployments")[base]
    assert parameters(item) == {"name", "namespace", "pretty"}
    methods = {method: item[method][ACTION] for method in item if method != "parameters"}
    assert methods == {"get": "get", "put": "put", "patch": "patch", "delete": "delete"}
    for method in methods:
        assert item[method][GVK] == {"group": "apps", "version": "v1", "kind": "Deployment"}
    assert item["get"]["operationId"] == "readAppsV1NamespacedDeployment"
    assert item["get"]["tags"] == ["apps_v1"]
    assert reference(item["get"]) == "io.k8s.api.apps.v1.Deployment"
    assert reference(item["delete"]).endswith(".Status")
    # Clients look here for what the server can check.
    assert {"dryRun", "fieldManager", "fieldValidation", "force"} <= parameters(item["patch"])
    assert "application/strategic-merge-patch+json" in item["patch"]["requestBody"]["content"]


def test_collections() -> None:
    """A collection is listed, added to and deleted; across namespaces it is listed only."""
    found = paths("apps", "deployments")
    inside = found["/apis/apps/v1/namespaces/{namespace}/deployments"]
    assert reference(inside["get"]) == "io.k8s.api.apps.v1.DeploymentList"
    assert set(inside["post"]["responses"]) == {"200", "201", "202", "401"}
    assert inside["delete"]["operationId"] == "deleteAppsV1CollectionNamespacedDeployment"
    assert {"labelSelector", "dryRun", "limit"} <= parameters(inside["delete"])
    everywhere = found["/apis/apps/v1/deployments"]
    assert set(everywhere) == {"get", "parameters"}
    assert parameters(everywhere) == {"pretty"}
    assert everywhere["get"]["operationId"] == "listAppsV1DeploymentForAllNamespaces"


def test_the_old_way_to_watch() -> None:
    """Built-in resources can be watched below a path of its own, custom ones cannot."""
    found = paths("", "nodes")
    watch = found["/api/v1/watch/nodes/{name}"]["get"]
    assert (watch[ACTION], watch["operationId"]) == ("watch", "watchCoreV1Node")
    assert found["/api/v1/watch/nodes"]["get"]["operationId"] == "watchCoreV1NodeList"
    assert not any("/watch/" in path for path in paths("table.example.com", "tabs", CUSTOM))


def test_parts_of_other_kinds() -> None:
    """A subresource speaks its own kind."""
    found = paths("", "pods")
    base = "/api/v1/namespaces/{namespace}/pods/{name}"
    eviction = found[f"{base}/eviction"]["post"]
    assert eviction[GVK] == {"group": "policy", "version": "v1", "kind": "Eviction"}
    assert eviction["operationId"] == "createCoreV1NamespacedPodEviction"
    status = found[f"{base}/status"]
    assert status["get"][GVK]["kind"] == "Pod"
    log = found[f"{base}/log"]["get"]
    assert log[ACTION] == "get"
    assert "text/plain" in log["responses"]["200"]["content"]


def test_connections() -> None:
    """A proxy takes every method, with a path behind it or without."""
    found = paths("", "pods")
    base = "/api/v1/namespaces/{namespace}/pods/{name}/proxy"
    assert found[base]["get"]["operationId"] == "connectCoreV1GetNamespacedPodProxy"
    behind = found[f"{base}/{{path}}"]
    assert behind["post"]["operationId"] == "connectCoreV1PostNamespacedPodProxyWithPath"
    assert set(behind) == {
        *("get", "post", "put", "patch", "delete", "options", "head", "parameters")
    }
    assert parameters(behind) == {"name", "namespace", "path", "pretty"}


def test_what_answers_with_itself() -> None:
    """A Pod that is deleted is told itself."""
    item = paths("", "pods")["/api/v1/namespaces/{namespace}/pods/{name}"]
    assert reference(item["delete"]) == "io.k8s.api.core.v1.Pod"


def test_what_can_only_be_created() -> None:
    """A review has one path and one method."""
    (path,) = found = paths("authorization.k8s.io", "selfsubjectaccessreviews")
    assert set(found[path]) == {"post", "parameters"}


def test_custom_resources() -> None:
    """A custom resource knows no strategic merge, and every operation is of its kind."""
    found = paths("table.example.com", "tabs", CUSTOM)
    base = "/apis/table.example.com/v1/namespaces/{namespace}/tabs/{name}"
    patch = found[base]["patch"]
    assert "application/strategic-merge-patch+json" not in patch["requestBody"]["content"]
    assert set(patch["responses"]) == {"200", "401"}
    assert patch["operationId"] == "patchTableExampleComV1NamespacedTab"
    assert patch["tags"] == ["tableExampleCom_v1"]
    assert reference(patch) == TAB
    scale = found[f"{base}/scale"]["get"]
    assert scale[GVK]["kind"] == "Tab"
    assert reference(scale) == "io.k8s.api.autoscaling.v1.Scale"


@pytest.mark.parametrize(
    ("path", "name", "tag"),
    [
        ("/api/v1/", "getCoreV1APIResources", "core_v1"),
        ("/apis/apps/v1/", "getAppsV1APIResources", "apps_v1"),
        ("/apis/apps/", "getAppsAPIGroup", "apps"),
        (
            "/apis/rbac.authorization.k8s.io/v1/",
            "getRbacAuthorizationV1APIResources",
            "rbacAuthorization_v1",
        ),
        ("/api/", "getCoreAPIVersions", "core"),
        ("/version/", "getCodeVersion", "version"),
        ("/openid/v1/jwks/", "getServiceAccountIssuerOpenIDKeyset", "openid"),
    ],
)
def test_documents_that_are_only_read(path: str, name: str, tag: str) -> None:
    """What tells of groups and versions has one operation."""
    operation = root_path(path, None)[path]["get"]
    assert (operation["operationId"], operation["tags"]) == (name, [tag])
    assert operation["responses"]["200"]["content"]["application/json"]["schema"] == {
        "type": "string"
    }
