"""What admission and parts of Pods do to them."""

from __future__ import annotations

from typing import Any

from reconcile.simulate import ApiServer
from tests.simulate.served import PODS, asking, made, pod, refused

MEDIA = "application/strategic-merge-patch+json"


def patched(api: ApiServer, part: str, body: dict[str, Any]) -> Any:
    """Return what a patch of a part of the Pod makes."""
    answer = api.request("PATCH", f"{PODS}/p/{part}", body=body, content_type=MEDIA)
    assert answer.status == 200, answer.body
    return answer.body


def test_containers_are_added_to_look_inside() -> None:
    """The part owns what it adds, and the Pod has another generation; nothing else is changed."""
    api = ApiServer()
    made(api, PODS, pod())
    body = {
        "metadata": {"labels": {"a": "b"}},
        "spec": {"ephemeralContainers": [{"name": "debug", "image": "i"}], "nodeName": "n"},
    }
    found = patched(api, "ephemeralcontainers", body)
    assert [each["name"] for each in found["spec"]["ephemeralContainers"]] == ["debug"]
    assert "nodeName" not in found["spec"]
    assert "labels" not in found["metadata"]
    assert found["metadata"]["generation"] == 2
    [entry] = [e for e in found["metadata"]["managedFields"] if "subresource" in e]
    assert entry["subresource"] == "ephemeralcontainers"
    assert list(entry["fieldsV1"]) == ["f:spec"]
    assert list(entry["fieldsV1"]["f:spec"]) == ["f:ephemeralContainers"]


def test_a_container_that_looks_inside_stays_as_it_is() -> None:
    """What differs is told below what is said."""
    api = ApiServer()
    made(api, PODS, pod())
    spec = {"ephemeralContainers": [{"name": "debug", "image": "i"}]}
    patched(api, "ephemeralcontainers", {"spec": spec})
    spec["ephemeralContainers"][0]["image"] = "j"
    told = refused(api, "PATCH", f"{PODS}/p/ephemeralcontainers", {"spec": spec}, media=MEDIA)
    assert told.startswith(
        'Pod "p" is invalid: spec.ephemeralContainers: Forbidden: existing ephemeral containers '
        '"debug" may not be changed\n@@ -1,6 +1,6 @@\n {\n  "Name": "debug",\n- "Image": "i",\n'
        '+ "Image": "j",\n'
    )


def test_a_pod_is_resized_by_a_part_only() -> None:
    """Amounts may change there, and nothing beside them does."""
    api = ApiServer()
    made(api, PODS, pod(containers=[asking({"cpu": "1"}, {"cpu": "1"})]))
    resources = {"requests": {"cpu": "2"}, "limits": {"cpu": "2"}}
    container = {"name": "c", "resources": resources, "image": "other"}
    assert "may not change fields" in refused(
        api, "PATCH", f"{PODS}/p", {"spec": {"containers": [container]}}, media=MEDIA
    )
    found = patched(api, "resize", {"spec": {"containers": [container]}})
    assert found["spec"]["containers"][0]["resources"] == resources
    assert found["spec"]["containers"][0]["image"] == "i"
    assert found["metadata"]["generation"] == 2
    [entry] = [e for e in found["metadata"]["managedFields"] if "subresource" in e]
    [item] = entry["fieldsV1"]["f:spec"]["f:containers"].values()
    assert list(item) == ["f:resources"]


def test_the_first_address_of_a_pod_is_told_twice() -> None:
    """The address alone makes the list, and wins over it; the list alone makes the address."""
    api = ApiServer()
    made(api, PODS, pod())
    media = "application/merge-patch+json"
    for sent, address, addresses in (
        ({"podIP": "10.0.0.1"}, "10.0.0.1", ["10.0.0.1"]),
        (
            {"podIP": None, "podIPs": [{"ip": "10.0.0.2"}, {"ip": "::1"}]},
            "10.0.0.2",
            ["10.0.0.2", "::1"],
        ),
        ({"podIP": "10.0.0.3"}, "10.0.0.3", ["10.0.0.3"]),
    ):
        found = api.request("PATCH", f"{PODS}/p/status", body={"status": sent}, content_type=media)
        status = found.body["status"]
        assert status["podIP"] == address
        assert [each["ip"] for each in status["podIPs"]] == addresses


def test_a_pod_says_no_priority_but_that_of_its_class() -> None:
    """Another number or policy is refused; left out of a change, they stay."""
    api = ApiServer()
    start = 'pods "p" is forbidden: '
    end = "from the given PriorityClass name"
    assert refused(api, "POST", PODS, pod(priority=5)) == (
        f"{start}the integer value of priority (5) must not be provided in pod spec; "
        f"priority admission controller computed 0 {end}"
    )
    assert refused(api, "POST", PODS, pod(preemptionPolicy="Never")) == (
        f"{start}the string value of PreemptionPolicy (Never) must not be provided in pod spec; "
        f"priority admission controller computed PreemptLowerPriority {end}"
    )
    found = made(api, PODS, pod(priorityClassName="system-node-critical", priority=2000001000))
    again = pod(priorityClassName="system-node-critical")
    again["metadata"]["labels"] = {"a": "b"}
    answer = api.request("PUT", f"{PODS}/p", body=again)
    assert answer.status == 200
    assert answer.body["spec"] == found["spec"]


def test_a_pod_that_is_wrong_is_not_asked_what_it_wants() -> None:
    """What a Pod asks for is looked at once it is valid."""
    api = ApiServer()
    limits = {"limits": [{"type": "Pod", "max": {"cpu": "1"}}]}
    about = {"apiVersion": "v1", "kind": "LimitRange", "metadata": {"name": "l"}, "spec": limits}
    made(api, "/api/v1/namespaces/default/limitranges", about)
    assert "is invalid" in refused(api, "POST", PODS, pod(containers=[]))
    assert "is forbidden" in refused(api, "POST", PODS, pod())
