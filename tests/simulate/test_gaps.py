"""What the simulated API server does not do, and whether the manual's list names all gaps."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from reconcile.simulate import ApiServer

PAGE = Path(__file__).resolve().parents[2] / "docs" / "simulator-gaps.md"
CORE = "/api/v1/namespaces/default"
ADMISSION = "/apis/admissionregistration.k8s.io/v1"
RBAC = "/apis/rbac.authorization.k8s.io/v1"
MERGE = "application/merge-patch+json"
EVERY_CONFIGMAP = {
    "apiGroups": [""],
    "apiVersions": ["v1"],
    "operations": ["*"],
    "resources": ["configmaps"],
}
CONTAINERS = [{"name": "c", "image": "i"}]


@pytest.fixture
def server() -> ApiServer:
    """Return a server of its own for each test."""
    return ApiServer()


def made(server, path, document):
    """Create an object and return it."""
    answer = server.request("POST", path, body=document)
    assert answer.status == 201, answer.body
    return answer.body


def items(server, path):
    """Return the objects of a collection."""
    return server.request("GET", path).body["items"]


def policy(server, expression):
    """Create a policy about ConfigMaps, and bind it."""
    spec = {
        "failurePolicy": "Fail",
        "matchConstraints": {"resourceRules": [EVERY_CONFIGMAP]},
        "validations": [{"expression": expression}],
    }
    made(
        server,
        f"{ADMISSION}/validatingadmissionpolicies",
        {"metadata": {"name": "p"}, "spec": spec},
    )
    spec = {"policyName": "p", "validationActions": ["Deny"]}
    path = f"{ADMISSION}/validatingadmissionpolicybindings"
    made(server, path, {"metadata": {"name": "p"}, "spec": spec})


def test_admission_policies(server):
    """A policy that forbids every ConfigMap forbids none."""
    policy(server, "false")
    made(server, f"{CORE}/configmaps", {"metadata": {"name": "a"}})


def test_policy_expressions(server):
    """An expression with a name that nothing declares is kept."""
    policy(server, "nothing.declares.this")


def test_webhooks(server):
    """A webhook that nobody answers refuses nothing."""
    hook = {
        "name": "w.example.com",
        "sideEffects": "None",
        "admissionReviewVersions": ["v1"],
        "failurePolicy": "Fail",
        "clientConfig": {"url": "https://127.0.0.1:1/x"},
        "rules": [EVERY_CONFIGMAP],
    }
    path = f"{ADMISSION}/validatingwebhookconfigurations"
    made(server, path, {"metadata": {"name": "w"}, "webhooks": [hook]})
    made(server, f"{CORE}/configmaps", {"metadata": {"name": "a"}})


def test_quota(server):
    """A quota of no Pods lets Pods in and counts nothing."""
    quota = {"metadata": {"name": "q"}, "spec": {"hard": {"pods": "0"}}}
    made(server, f"{CORE}/resourcequotas", quota)
    made(server, f"{CORE}/pods", {"metadata": {"name": "p"}, "spec": {"containers": CONTAINERS}})
    server.settle(60)
    assert server.request("GET", f"{CORE}/resourcequotas/q").body["status"] == {}


def levelled(server, mode):
    """Let the namespace demand a level: `enforce`, `warn` or the version of one."""
    labels = {f"pod-security.kubernetes.io/{key}": value for key, value in mode.items()}
    path, body = "/api/v1/namespaces/default", {"metadata": {"labels": labels}}
    assert server.request("PATCH", path, body=body, content_type=MERGE).status == 200


@pytest.mark.parametrize(
    "part",
    [
        {"securityContext": {"appArmorProfile": {"type": "Unconfined"}}},
        {"securityContext": {"seLinuxOptions": {"type": "spc_t"}}},
        {"livenessProbe": {"httpGet": {"port": 80, "host": "example.com"}}},
    ],
    ids=["AppArmor", "SELinux", "the host of a probe"],
)
def test_pod_security_parts(server, part):
    """A Pod is let into a namespace of the level baseline that should not be."""
    levelled(server, {"enforce": "baseline"})
    spec = {"containers": [{**CONTAINERS[0], **part}]}
    made(server, f"{CORE}/pods", {"metadata": {"name": "p"}, "spec": spec})


def test_pod_security_warnings(server):
    """Neither of a Pod nor of the template of a Deployment is anybody warned."""
    levelled(server, {"warn": "restricted", "enforce": "restricted"})
    template = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": CONTAINERS}}
    spec = {"selector": {"matchLabels": {"a": "b"}}, "template": template}
    path = "/apis/apps/v1/namespaces/default/deployments"
    answer = server.request("POST", path, body={"metadata": {"name": "d"}, "spec": spec})
    assert answer.status == 201
    assert "Warning" not in answer.headers


def test_pod_security_versions(server):
    """A level of an old version demands what the newest does: the default seccomp profile."""
    levelled(server, {"enforce": "restricted", "enforce-version": "v1.18"})
    context = {
        "allowPrivilegeEscalation": False,
        "runAsNonRoot": True,
        "capabilities": {"drop": ["ALL"]},
    }
    containers = [{**CONTAINERS[0], "securityContext": context}]
    pod = {"metadata": {"name": "p"}, "spec": {"containers": containers}}
    answer = server.request("POST", f"{CORE}/pods", body=pod)
    assert answer.status == 403
    assert "seccompProfile" in answer.body["message"]


def test_service_accounts(server):
    """A Pod has no service account and no volume that it was not sent with."""
    pod = {"metadata": {"name": "p"}, "spec": {"containers": CONTAINERS}}
    spec = made(server, f"{CORE}/pods", pod)["spec"]
    assert "serviceAccountName" not in spec
    assert "volumes" not in spec


def test_workloads(server):
    """A Deployment makes no ReplicaSet, a Job no Pod."""
    template = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": CONTAINERS}}
    spec = {"selector": {"matchLabels": {"a": "b"}}, "template": template}
    path = "/apis/apps/v1/namespaces/default"
    made(server, f"{path}/deployments", {"metadata": {"name": "d"}, "spec": spec})
    job = {"template": {"spec": {"restartPolicy": "Never", "containers": CONTAINERS}}}
    made(server, "/apis/batch/v1/namespaces/default/jobs", {"metadata": {"name": "j"}, "spec": job})
    server.settle(600)
    assert items(server, f"{path}/replicasets") == []
    assert items(server, f"{CORE}/pods") == []


def test_scheduler(server):
    """A Pod waits for ever, with nodes around."""
    made(server, "/api/v1/nodes", {"metadata": {"name": "n"}})
    made(server, f"{CORE}/pods", {"metadata": {"name": "p"}, "spec": {"containers": CONTAINERS}})
    server.settle(600)
    pod = server.request("GET", f"{CORE}/pods/p").body
    assert "nodeName" not in pod["spec"]
    assert pod["status"]["phase"] == "Pending"


def test_endpoints(server):
    """A Service has neither Endpoints nor EndpointSlices."""
    spec = {"selector": {"a": "b"}, "ports": [{"port": 1}]}
    made(server, f"{CORE}/services", {"metadata": {"name": "s"}, "spec": spec})
    server.settle(60)
    assert items(server, f"{CORE}/endpoints") == []
    assert items(server, "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices") == []


def test_new_namespaces(server):
    """A new namespace is empty."""
    made(server, "/api/v1/namespaces", {"metadata": {"name": "n"}})
    server.settle(60)
    assert items(server, "/api/v1/namespaces/n/serviceaccounts") == []
    assert items(server, "/api/v1/namespaces/n/configmaps") == []


def test_aggregated_roles(server):
    """A role that gathers others gathers none."""
    rule = {"clusterRoleSelectors": [{"matchLabels": {"x": "1"}}]}
    made(server, f"{RBAC}/clusterroles", {"metadata": {"name": "all"}, "aggregationRule": rule})
    one = {
        "metadata": {"name": "one", "labels": {"x": "1"}},
        "rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}],
    }
    made(server, f"{RBAC}/clusterroles", one)
    server.settle(60)
    assert not server.request("GET", f"{RBAC}/clusterroles/all").body["rules"]


def test_volumes(server):
    """A claim that fits a volume is not bound to it."""
    size = {"storage": "1Gi"}
    volume = {"capacity": size, "accessModes": ["ReadWriteOnce"], "hostPath": {"path": "/x"}}
    made(server, "/api/v1/persistentvolumes", {"metadata": {"name": "v"}, "spec": volume})
    claim = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": size}}
    made(server, f"{CORE}/persistentvolumeclaims", {"metadata": {"name": "c"}, "spec": claim})
    server.settle(60)
    found = server.request("GET", f"{CORE}/persistentvolumeclaims/c").body
    assert found["status"]["phase"] == "Pending"


def test_events(server):
    """An Event of yesterday is still there."""
    event = {"metadata": {"name": "e"}, "involvedObject": {"namespace": "default"}}
    made(server, f"{CORE}/events", event)
    server.settle(86_400)
    assert server.request("GET", f"{CORE}/events/e").status == 200


def test_authorization(server):
    """Somebody without any role may do everything."""
    answer = server.request("GET", f"{CORE}/secrets", user="nobody")
    assert answer.status == 200
    assert items(server, f"{RBAC}/clusterrolebindings") == []


def test_impersonation(server):
    """Who asks in the name of another is told who it is itself."""
    path = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
    headers = {"Impersonate-User": "jane"}
    answer = server.request("POST", path, body={}, headers=headers)
    assert answer.body["status"]["userInfo"]["username"] == "user"


def definition(strategy):
    """Return a definition of two versions."""
    schema = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    return {
        "metadata": {"name": "things.g.example.com"},
        "spec": {
            "group": "g.example.com",
            "scope": "Namespaced",
            "names": {"kind": "Thing", "plural": "things"},
            "conversion": strategy,
            "versions": [
                {"name": name, "served": True, "storage": name == "v1", "schema": schema}
                for name in ("v1", "v2")
            ],
        },
    }


CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
THINGS = "/apis/g.example.com/{}/namespaces/default/things"


def test_conversion_webhooks(server):
    """An object is read in another version though nobody answers the webhook that would convert it."""
    config = {"url": "https://127.0.0.1:1/c"}
    webhook = {"conversionReviewVersions": ["v1"], "clientConfig": config}
    made(server, CRDS, definition({"strategy": "Webhook", "webhook": webhook}))
    server.settle()
    thing = {
        "apiVersion": "g.example.com/v1",
        "kind": "Thing",
        "metadata": {"name": "t"},
        "spec": {"a": 1},
    }
    made(server, THINGS.format("v1"), thing)
    found = server.request("GET", THINGS.format("v2") + "/t")
    assert found.status == 200
    assert found.body["apiVersion"] == "g.example.com/v2"
    assert found.body["spec"] == {"a": 1}


def test_versions_of_autoscalers(server):
    """An autoscaler of the version v1 is read in v2 without its metric."""
    path = "/apis/autoscaling/{}/namespaces/default/horizontalpodautoscalers"
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "d"}
    spec = {"scaleTargetRef": target, "maxReplicas": 2, "targetCPUUtilizationPercentage": 50}
    made(server, path.format("v1"), {"metadata": {"name": "h"}, "spec": spec})
    found = server.request("GET", f"{path.format('v2')}/h").body
    assert "metrics" not in found["spec"]


def test_aggregation(server):
    """A group that an APIService promises is not served."""
    spec = {
        "group": "ext.example.com",
        "version": "v1",
        "groupPriorityMinimum": 1,
        "versionPriority": 1,
        "service": {"name": "s", "namespace": "default"},
    }
    path = "/apis/apiregistration.k8s.io/v1/apiservices"
    made(server, path, {"metadata": {"name": "v1.ext.example.com"}, "spec": spec})
    server.settle(60)
    assert server.request("GET", "/apis/ext.example.com/v1").status == 404


def ruled(rule):
    """Return a definition whose objects are held to a rule."""
    made = definition({"strategy": "None"})
    short = {"type": "string", "maxLength": 20}
    tags = {"type": "object", "maxProperties": 5, "additionalProperties": short}
    spec = {
        "type": "object",
        "properties": {"name": short, "tags": tags},
        "x-kubernetes-validations": [{"rule": rule}],
    }
    schema = {"openAPIV3Schema": {"type": "object", "properties": {"spec": spec}}}
    for version in made["spec"]["versions"]:
        version["schema"] = schema
    return made


@pytest.mark.parametrize(
    "rule",
    ["!format.dns1123Label().validate(self.name).hasValue()", "string(ip(self.name)) == self.name"],
)
def test_cel_functions(server, rule):
    """Named formats and addresses as texts are no functions of the library."""
    pytest.importorskip("cel_expr_python")
    answer = server.request("POST", CRDS, body=ruled(rule))
    assert (answer.status, answer.body["reason"]) == (422, "Invalid")


def test_cel_macros(server):
    """Maps are not transformed: the rule fails whatever the object holds."""
    pytest.importorskip("cel_expr_python")
    made(server, CRDS, ruled("self.tags.transformMap(k, v, v + 'x').size() < 3"))
    server.settle()
    answer = server.request("POST", THINGS.format("v1"), body=thing())
    assert answer.status == 422
    assert "no such overload" in answer.body["message"]


def thing():
    """Return an object that every rule here should let pass."""
    return {
        "apiVersion": "g.example.com/v1",
        "kind": "Thing",
        "metadata": {"name": "a"},
        "spec": {"name": "a", "tags": {"a": "b"}},
    }


@pytest.mark.parametrize("part", ["log", "exec", "attach", "portforward", "proxy"])
def test_pods_from_inside(server, part):
    """No text and no stream comes out of a Pod: all of it is refused."""
    made(server, f"{CORE}/pods", {"metadata": {"name": "p"}, "spec": {"containers": CONTAINERS}})
    answer = server.request("GET", f"{CORE}/pods/p/{part}")
    assert answer.status == 400
    assert answer.body["message"] == "pod p does not have a host assigned"
    assert answer.status != 101


def test_other_encodings(server):
    """CBOR is not read, and neither it nor protobuf is written."""
    path = f"{CORE}/configmaps"
    assert server.request("POST", path, body=b"\xa0", content_type="application/cbor").status == 415
    made(server, path, {"metadata": {"name": "a"}})
    for media in ("application/cbor", "application/vnd.kubernetes.protobuf"):
        assert server.request("GET", f"{path}/a", headers={"Accept": media}).status == 406


@pytest.mark.parametrize("path", ["/metrics", "/logs", "/debug/pprof"])
def test_metrics(server, path):
    """What a server tells of itself for its operators is not there."""
    assert server.request("GET", path).status == 404


def test_depth(server):
    """A custom resource of two hundred levels is refused."""
    made(server, CRDS, definition({"strategy": "None"}))
    server.settle()
    deep = {}
    for _ in range(200):
        deep = {"a": deep}
    thing = {
        "apiVersion": "g.example.com/v1",
        "kind": "Thing",
        "metadata": {"name": "t"},
        "spec": deep,
    }
    assert server.request("POST", THINGS.format("v1"), body=thing).status == 400


def test_caches(server):
    """A list at any version not older than asked for, and a watch, see the write before them."""
    made(server, f"{CORE}/configmaps", {"metadata": {"name": "a"}})
    for query in ("", "?resourceVersion=0", "?resourceVersion=0&watch=1"):
        found = server.request("GET", f"{CORE}/configmaps{query}").body
        assert len(found if isinstance(found, list) else found["items"]) == 1


def test_clock(server):
    """Two objects made one after the other are of the same time, until the clock is moved."""
    times = []
    for name, seconds in (("a", 0), ("b", 5), ("c", 0)):
        found = made(server, f"{CORE}/configmaps", {"metadata": {"name": name}})
        times.append(found["metadata"]["creationTimestamp"])
        server.settle(seconds)
    assert times[0] == times[1] < times[2]


def test_first_objects(server):
    """A new server has no roles, no flow schemas and no priority levels."""
    flow = "/apis/flowcontrol.apiserver.k8s.io/v1"
    for path in (
        f"{RBAC}/clusterroles",
        f"{flow}/flowschemas",
        f"{flow}/prioritylevelconfigurations",
    ):
        assert items(server, path) == []


def test_the_list_of_gaps_names_these_tests_and_no_others():
    """Each gap of the page has a test, here or in a file beside this one, and each test a line."""
    told = set(re.findall(r"\| `(\w+)` \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE))
    tests = [
        name
        for path in sorted(Path(__file__).parent.glob("test_gaps*.py"))
        for name in re.findall(r"^def test_(\w+)\(", path.read_text(encoding="utf-8"), re.MULTILINE)
    ]
    assert len(tests) == len(set(tests))
    assert told == {*tests} - {"the_list_of_gaps_names_these_tests_and_no_others"}
