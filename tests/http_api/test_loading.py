"""Facts about manifests that are loaded, and about snapshots that come back."""

from __future__ import annotations

import json

import pytest
from scenario import CRD, deployment, tool

from reconcile.http_api import LoadError, load, snapshot
from reconcile.objects.yaml import all_from_yaml, to_yaml
from reconcile.simulate import ApiServer
from reconcile.value.types import ABSENT

MAPS = "/api/v1/namespaces/default/configmaps"
TOOLS = "/apis/users.example.com/v1/namespaces/team/tools"


def _map(name="conf", **metadata):
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, **metadata}}


def _space(name="team"):
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}


def _ask(api, method, path, body=ABSENT, content_type="application/json"):
    answer = api.request(method, path, body=body, content_type=content_type)
    assert answer.status < 300, answer.raw
    return json.loads(answer.raw)


def _told(documents):
    """Return documents without what a server chooses, by kind, namespace and name."""
    uids = {each["metadata"]["uid"]: each["metadata"]["name"] for each in documents}
    told = {}
    for each in documents:
        metadata = {
            key: value
            for key, value in each["metadata"].items()
            if key not in ("uid", "resourceVersion", "creationTimestamp", "managedFields")
        }
        for reference in metadata.get("ownerReferences", []):
            reference["uid"] = uids.get(reference["uid"], "nobody")
        key = (each["apiVersion"], each["kind"], metadata.get("namespace"), metadata["name"])
        told[key] = {**each, "metadata": metadata}
    return told


def test_what_is_needed_comes_first():
    """Namespaces and definitions are made before what is in them, wherever they stand."""
    api = ApiServer()
    instance = tool()
    instance["metadata"]["namespace"] = "team"
    assert load(api, [instance, _map(namespace="team"), CRD, _space()]) == 4
    assert _ask(api, "GET", f"{TOOLS}/a")["spec"] == {"color": "red", "size": 1}


def test_lists_are_unpacked():
    """A List gives its items, a list of one kind tells its items' kind; nulls are passed over."""
    api = ApiServer()
    bare = {"metadata": {"name": "bare"}}
    listed = {"apiVersion": "v1", "kind": "List", "items": [_map("one"), _map("two")]}
    of_kind = {"apiVersion": "v1", "kind": "ConfigMapList", "metadata": {}, "items": [bare]}
    assert load(api, [listed, None, of_kind]) == 3
    names = [item["metadata"]["name"] for item in _ask(api, "GET", MAPS)["items"]]
    assert names == ["bare", "one", "two"]


def test_what_is_there_from_the_beginning_is_replaced():
    """A namespace of the server's own takes what the manifest says."""
    api = ApiServer()
    space = _space("default")
    space["metadata"]["labels"] = {"a": "b"}
    load(api, [space])
    assert _ask(api, "GET", "/api/v1/namespaces/default")["metadata"]["labels"]["a"] == "b"


@pytest.mark.parametrize(
    ("documents", "text"),
    [
        (
            [_map(namespace="no")],
            "v1 ConfigMap no/conf: the server answers 404 NotFound (namespaces no)",
        ),
        ([_map("Bad")], "v1 ConfigMap Bad: the server answers 422 Invalid at metadata.name"),
        (
            [_map(), _map()],
            "v1 ConfigMap conf: the server answers 409 AlreadyExists (configmaps conf)",
        ),
        ([tool()], "users.example.com/v1 Tool a: the server has no such group and version"),
        (
            [{**_map(), "kind": "Nothing"}],
            "v1 Nothing conf: the server has no such kind in this version",
        ),
        ([{"kind": "ConfigMap", "metadata": {}}], "document 1: has no apiVersion"),
        ([{"apiVersion": "v1", "metadata": {}}], "document 1: has no kind"),
        ([{"apiVersion": "v1", "kind": "ConfigMap"}], "document 1: has no metadata"),
        ([_space(), "text"], "document 2: is not an object"),
        (
            [{"apiVersion": "v1", "kind": "List", "items": "x"}],
            "document 1: its items are not a list",
        ),
    ],
)
def test_what_cannot_be_loaded_is_told(documents, text):
    """The message names the object, the reason and the fields."""
    with pytest.raises(LoadError) as caught:
        load(ApiServer(), documents)
    assert str(caught.value) == text


def test_no_value_is_told():
    """A Secret that is refused is named, and what it holds is not."""
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "keys"},
        "data": {"password": "hunter2!"},
    }
    with pytest.raises(LoadError) as caught:
        load(ApiServer(), [secret])
    assert "hunter2" not in str(caught.value)
    assert "Secret keys" in str(caught.value)


def _used():
    """Return a server in which something of everything has happened."""
    api = ApiServer()
    instance = tool()
    instance["metadata"]["namespace"] = "team"
    load(api, [CRD, _space(), instance, deployment(), _map()])
    owner = _ask(api, "GET", "/apis/apps/v1/namespaces/default/deployments/web")
    reference = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "name": "web",
        "uid": owner["metadata"]["uid"],
    }
    _ask(api, "POST", MAPS, _map("a-dependent", ownerReferences=[reference]))
    merge = "application/merge-patch+json"
    _ask(api, "PATCH", f"{TOOLS}/a/status", {"status": {"ready": True}}, merge)
    status = {"status": {"replicas": 1, "readyReplicas": 1, "observedGeneration": 1}}
    _ask(api, "PATCH", "/apis/apps/v1/namespaces/default/deployments/web/status", status, merge)
    _ask(api, "POST", MAPS, _map("going", finalizers=["example.com/f"]))
    _ask(api, "DELETE", f"{MAPS}/going")
    return api


def test_a_snapshot_comes_back():
    """What a snapshot holds is there again after loading it: status, owners and marks as well."""
    api = _used()
    held = snapshot(api)
    [listed] = all_from_yaml(to_yaml({"apiVersion": "v1", "kind": "List", "items": held}))
    again = ApiServer()
    assert load(again, [listed]) == len(held)
    before, after = _told(held), _told(snapshot(again))
    assert before.keys() == after.keys()
    for key, document in before.items():
        if "deletionTimestamp" in document["metadata"]:
            assert "deletionTimestamp" in after[key]["metadata"]
        elif key[1] in ("CustomResourceDefinition", "Namespace"):
            # Conditions tell when they changed.
            assert after[key]["spec"] == document["spec"]
        else:
            assert after[key] == document


def test_what_has_an_owner_stays_after_loading():
    """References to owners are written anew, so the garbage collector leaves dependents alone."""
    again = ApiServer()
    load(again, snapshot(_used()))
    again.settle(60)
    owner = _ask(again, "GET", "/apis/apps/v1/namespaces/default/deployments/web")
    dependent = _ask(again, "GET", f"{MAPS}/a-dependent")
    assert dependent["metadata"]["ownerReferences"][0]["uid"] == owner["metadata"]["uid"]


def test_objects_that_own_one_another_are_loaded():
    """A circle of owners has no order; everything is there afterwards."""
    first = _map("first", uid="1", ownerReferences=[_reference("second", "2")])
    second = _map("second", uid="2", ownerReferences=[_reference("first", "1")])
    api = ApiServer()
    assert load(api, [first, second]) == 2
    assert len(_ask(api, "GET", MAPS)["items"]) == 2


def _reference(name, uid):
    return {"apiVersion": "v1", "kind": "ConfigMap", "name": name, "uid": uid}
