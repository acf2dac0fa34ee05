"""Documents of OpenAPI version 3, held to recorded ones."""

from __future__ import annotations

import gzip
import json
import re

import pytest

from reconcile.simulate.publishing.openapi import document, index, names_of, published
from reconcile.simulate.publishing.resources import Resources
from tests.simulate.custom import CRD, CUSTOM, TAB
from tests.suites import shared

ALL = Resources.built_in(every_version=True)
DEFAULT = Resources.built_in()
GVK = "x-kubernetes-group-version-kind"
OPTIONS = "io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions"


@pytest.fixture(scope="module")
def recorded() -> dict:
    archive = shared("recordings", "openapi", "v3.json.gz").read_bytes()
    return json.loads(gzip.decompress(archive))


def test_the_index_names_every_document(recorded: dict) -> None:
    """With all versions on, the index names the recorded documents, each with a hash."""
    paths = index(ALL, [])["paths"]
    assert set(paths) == set(recorded)
    for name, told in paths.items():
        assert re.fullmatch(
            rf"/openapi/v3/{re.escape(name)}\?hash=[0-9A-F]{{128}}", told["serverRelativeURL"]
        )


def test_every_recorded_document(recorded: dict) -> None:
    """Each document has the recorded paths, and the recorded components to the letter."""
    for name, told in recorded.items():
        made = document(ALL, [], name)
        assert sorted(made["paths"]) == sorted(told["paths"]), name
        assert made["components"] == told["components"], name


def test_documents_of_what_is_served() -> None:
    """Versions that are off have no document."""
    assert "apis/storage.k8s.io/v1beta1" not in index(DEFAULT, [])["paths"]
    assert published(DEFAULT, [], "/openapi/v3/apis/storage.k8s.io/v1beta1").status == 404


def test_every_operation_has_its_own_name() -> None:
    """No two operations of all documents share an id."""
    seen: set[str] = set()
    for name in index(ALL, [])["paths"]:
        for path, item in document(ALL, [], name)["paths"].items():
            for method, operation in item.items():
                if method != "parameters":
                    assert operation["operationId"] not in seen, (path, method)
                    seen.add(operation["operationId"])
    assert len(seen) > 1000


def test_documents_of_definitions() -> None:
    """A definition has a document of each version, with the schemas it refers to."""
    paths = index(CUSTOM, [CRD])["paths"]
    assert {"apis/table.example.com/v1", "apis/table.example.com/v2"} <= set(paths)
    assert "apis/table.example.com" not in paths
    made = document(CUSTOM, [CRD], "apis/table.example.com/v1")
    assert made["info"]["title"] == "Kubernetes CRD Swagger"
    schemas = made["components"]["schemas"]
    assert {TAB, f"{TAB}List", "io.k8s.api.autoscaling.v1.Scale"} <= set(schemas)
    groups = [known["group"] for known in schemas[OPTIONS][GVK]]
    assert groups[:2] == ["", "admissionregistration.k8s.io"]
    assert "apiextensions.k8s.io" not in groups
    assert sorted(made["paths"]) == [
        "/apis/table.example.com/v1/namespaces/{namespace}/tabs",
        "/apis/table.example.com/v1/namespaces/{namespace}/tabs/{name}",
        "/apis/table.example.com/v1/namespaces/{namespace}/tabs/{name}/scale",
        "/apis/table.example.com/v1/namespaces/{namespace}/tabs/{name}/status",
        "/apis/table.example.com/v1/tabs",
    ]


def test_common_kinds_know_each_group(recorded: dict) -> None:
    """What deletes and watches is a kind of each group; the shared schema is not changed."""
    apps = document(ALL, [], "apis/apps/v1")["components"]["schemas"][OPTIONS]
    batch = document(ALL, [], "apis/batch/v1")["components"]["schemas"][OPTIONS]
    assert [known["group"] for known in apps[GVK]] == ["", "apps"]
    assert [known["group"] for known in batch[GVK]] == ["", "batch"]


def test_answers_to_clients_that_cache() -> None:
    """With its hash a document may be kept; another hash leads to it; a known tag to nothing."""
    path = "/openapi/v3/apis/apps/v1"
    first = published(DEFAULT, [], path)
    tag = first.headers["ETag"]
    assert first.status == 200
    assert "Cache-Control" not in first.headers
    kept = published(DEFAULT, [], path, asked_hash=tag.strip('"'))
    assert kept.headers["Cache-Control"] == "public, immutable"
    assert kept.document == first.document
    moved = published(DEFAULT, [], path, asked_hash="OLD")
    assert moved.status == 301
    assert moved.headers["Location"] == f"{path}?hash={tag.strip(chr(34))}"
    assert published(DEFAULT, [], path, if_none_match=tag)[:2] == (304, None)


def test_the_index_is_tagged() -> None:
    """The index has a tag too, and another one once there are other documents."""
    first = published(DEFAULT, [], "/openapi/v3")
    assert published(DEFAULT, [], "/openapi/v3/").document == first.document
    tag = first.headers["ETag"]
    assert published(DEFAULT, [], "/openapi/v3", if_none_match=tag).status == 304
    assert published(CUSTOM, [CRD], "/openapi/v3", if_none_match=tag).status == 200


def test_hashes_follow_definitions() -> None:
    """A changed definition changes the hashes of its own documents alone."""
    other = {**CRD, "spec": {**CRD["spec"], "conversion": {"strategy": "None"}}}
    before, after = (index(CUSTOM, [crd])["paths"] for crd in (CRD, other))
    assert {name for name in before if before[name] != after[name]} == {
        *("apis/table.example.com/v1", "apis/table.example.com/v2")
    }


def test_paths_of_others() -> None:
    """Paths that only begin alike are none of OpenAPI."""
    assert published(DEFAULT, [], "/openapi/v2") is None
    assert published(DEFAULT, [], "/openapi/v30") is None
    assert published(DEFAULT, [], "/openapi/v3/nothing").status == 404


def test_names_of_schemas() -> None:
    """Kinds of other groups that a subresource speaks have names too."""
    names = names_of(DEFAULT.of_version("", "v1"))
    assert names["policy/v1", "Eviction"] == "io.k8s.api.policy.v1.Eviction"
    assert names["v1", "PodList"] == "io.k8s.api.core.v1.PodList"
    assert names_of(CUSTOM.custom())["table.example.com/v1", "TabList"] == f"{TAB}List"
