"""Objects as the API server stores them: recorded ones, and what must hold for all others."""

from __future__ import annotations

import copy
import json
import random
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

import pytest

from reconcile.diff import diff, equal
from reconcile.errors import LimitError, ObjectError
from reconcile.kinds import Kinds, defaulted, with_crds
from reconcile.kinds.defaults import PLANS
from reconcile.kinds.defaults import defaulted as defaulted_by
from reconcile.kinds.defaults._rule import Plan
from reconcile.value import freeze
from tests.recorded import filled
from tests.suites import shared

if TYPE_CHECKING:
    from collections.abc import Iterator

SERVERS_OWN = ("uid", "creationTimestamp", "managedFields", "resourceVersion", "generation")
REVIEWS = ("authentication.k8s.io", "authorization.k8s.io")
CLUSTERS_OWN = {
    "Job": ("/metadata/labels", "/spec/selector", "/spec/template/metadata/labels"),
    "Node": ("/spec/taints",),
    "PersistentVolume": ("/status/lastPhaseTransitionTime",),
    "Pod": (
        "/spec/preemptionPolicy",
        "/spec/priority",
        "/spec/tolerations",
        "/status/conditions",
        "/status/qosClass",
    ),
    "SelfSubjectRulesReview": ("/spec/namespace",),
    "Service": (
        "/spec/clusterIP",
        "/spec/clusterIPs",
        "/spec/healthCheckNodePort",
        "/spec/ipFamilies",
        "/spec/ipFamilyPolicy",
    ),
}
"""What depends on the cluster or the moment, as `defaulted` says; for reviews the status."""


def thing(api_version: str, kind: str, **spec: Any) -> dict[str, Any]:
    """Return an object with a spec."""
    return {"apiVersion": api_version, "kind": kind, "spec": spec}


WORKLOADS = [
    ("v1", "PodTemplate"),
    ("v1", "ReplicationController"),
    ("apps/v1", "DaemonSet"),
    ("apps/v1", "Deployment"),
    ("apps/v1", "ReplicaSet"),
    ("apps/v1", "StatefulSet"),
    ("batch/v1", "CronJob"),
    ("batch/v1", "Job"),
]
MORE: list[tuple[dict[str, Any], str, Any]] = [
    ({"volumes": [{"name": "v"}]}, "/volumes/0/emptyDir", {}),
    (
        {"volumes": [{"projected": {"sources": [{"serviceAccountToken": {"path": "p"}}]}}]},
        "/volumes/0/projected/sources/0/serviceAccountToken/expirationSeconds",
        3600,
    ),
    (
        {
            "volumes": [
                {"projected": {"sources": [{"downwardAPI": {"items": [{"resourceFieldRef": {}}]}}]}}
            ]
        },
        "/volumes/0/projected/sources/0/downwardAPI/items/0/resourceFieldRef/divisor",
        "0",
    ),
    (
        {"volumes": [{"downwardAPI": {"items": [{"fieldRef": {"fieldPath": "metadata.name"}}]}}]},
        "/volumes/0/downwardAPI/items/0/fieldRef/apiVersion",
        "v1",
    ),
]
"""Parts of Pods that nobody recorded: what is sent, a place, what is stored there."""
RESOURCES = {
    "matchPolicy": "Equivalent",
    "namespaceSelector": {},
    "objectSelector": {},
    "resourceRules": [{"scope": "*"}],
    "excludeResourceRules": [{"scope": "*"}],
}
DEVICE = {
    "deviceClassName": "c",
    "allocationMode": "ExactCount",
    "count": 1,
    "tolerations": [{"operator": "Equal"}],
}
SENT = {"deviceClassName": "c", "tolerations": [{}]}
FLAT = {"devices": {"requests": [{"name": "a", **SENT}]}}
FLAT_STORED = {"devices": {"requests": [{"name": "a", **DEVICE}]}}
NESTED = {"devices": {"requests": [{"exactly": SENT}, {"firstAvailable": [SENT]}]}}
NESTED_STORED = {"devices": {"requests": [{"exactly": DEVICE}, {"firstAvailable": [DEVICE]}]}}
NO_REQUESTS = {"requests": None}
CAPACITY = {"basic": {"capacity": {"m": {}}}}
PORT = {"ports": [{"containerPort": 80}]}
HOST_PORT = {"ports": [{"hostPort": 80}]}
PATTERN = {"onPodConditions": [{"type": "DisruptionTarget"}]}
PATTERN_STORED = {"onPodConditions": [{"status": "True"}]}
LIKEWISE: list[tuple[dict[str, Any], dict[str, Any]]] = [
    *(
        (
            {
                "apiVersion": "admissionregistration.k8s.io/v1",
                "kind": kind,
                "spec": {place: {"resourceRules": [{}], "excludeResourceRules": [{}]}},
            },
            {place: RESOURCES},
        )
        for kind, place in (
            ("MutatingAdmissionPolicy", "matchConstraints"),
            ("MutatingAdmissionPolicyBinding", "matchResources"),
            ("ValidatingAdmissionPolicy", "matchConstraints"),
            ("ValidatingAdmissionPolicyBinding", "matchResources"),
        )
    ),
    *(
        (
            {
                "apiVersion": f"resource.k8s.io/{version}",
                "kind": kind,
                "spec": {"spec": sent} if kind == "ResourceClaimTemplate" else sent,
            },
            {"spec": stored} if kind == "ResourceClaimTemplate" else stored,
        )
        for version, sent, stored in (
            ("v1", NESTED, NESTED_STORED),
            ("v1beta1", FLAT, FLAT_STORED),
        )
        for kind in ("ResourceClaim", "ResourceClaimTemplate")
    ),
    (
        {
            "apiVersion": "batch/v1",
            "kind": "CronJob",
            "spec": {"jobTemplate": {"spec": {"podFailurePolicy": {"rules": [PATTERN]}}}},
        },
        {"jobTemplate": {"spec": {"podFailurePolicy": {"rules": [PATTERN_STORED]}}}},
    ),
    (
        {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "spec": {"dataSourceRef": {"kind": "PersistentVolumeClaim", "name": "a"}},
        },
        {"dataSource": {"apiGroup": None}, "dataSourceRef": {"apiGroup": None}},
    ),
    (
        thing("v1", "Pod", hostNetwork=True, containers=[PORT], initContainers=[PORT]),
        {"containers": [HOST_PORT], "initContainers": [HOST_PORT]},
    ),
    (
        thing("v1", "Service", externalIPs=["192.0.2.1"], ports=[{"port": 80, "targetPort": 0}]),
        {"externalTrafficPolicy": "Cluster", "ports": [{"targetPort": 80}]},
    ),
    (thing("resource.k8s.io/v1", "ResourceClaim"), {"devices": NO_REQUESTS}),
    (
        thing("resource.k8s.io/v1", "ResourceClaimTemplate", spec={}),
        {"spec": {"devices": NO_REQUESTS}},
    ),
    (
        thing("resource.k8s.io/v1beta1", "ResourceSlice", devices=[{"name": "a"}, CAPACITY]),
        {"devices": [{"basic": {}}, {"basic": {"capacity": {"m": {"value": "0"}}}}]},
    ),
    (
        thing("apps/v1", "Deployment", strategy={"rollingUpdate": {"maxUnavailable": ""}}),
        {"strategy": {"rollingUpdate": {"maxUnavailable": "", "maxSurge": "25%"}}},
    ),
    (
        thing("v1", "Pod", overhead={"cpu": None}),
        {"overhead": {"cpu": "0"}},
    ),
    (
        thing("v1", "Node", podCIDRs=["10.0.0.0/24", "fd00::/64"]),
        {"podCIDR": "10.0.0.0/24", "podCIDRs": ["10.0.0.0/24", "fd00::/64"]},
    ),
    (
        thing("v1", "Node", podCIDR="10.0.1.0/24", podCIDRs=["10.0.0.0/24"]),
        {"podCIDR": "10.0.1.0/24", "podCIDRs": ["10.0.1.0/24"]},
    ),
    (
        thing("autoscaling/v2", "HorizontalPodAutoscaler", behavior={"scaleUp": {"policies": []}}),
        {"behavior": {"scaleUp": {"policies": [], "selectPolicy": "Max"}}},
    ),
    (
        thing("apps/v1", "StatefulSet", updateStrategy={"rollingUpdate": {"maxUnavailable": 2}}),
        {"updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 0}}},
    ),
]
"""Objects that nobody recorded, and what must at least stand in their spec."""


def recorded(*, changed: bool = False) -> Iterator[dict[str, Any]]:
    """Yield the recorded creations that were not refused; if asked, those changed at random."""
    folder = ("recordings", "random") if changed else ("recordings", "defaults")
    for file in sorted(shared(*folder).glob("defaults.jsonl" if changed else "*.jsonl")):
        for line in file.read_text(encoding="utf-8").splitlines():
            case = json.loads(line)
            if case["status"] < 300:
                yield case


def judged(stored: dict[str, Any]) -> dict[str, Any]:
    """Return an object without what the cluster and the moment gave it."""
    made: dict[str, Any] = copy.deepcopy(stored)
    about = made.get("metadata") or {}
    for name in (*SERVERS_OWN, "namespace"):
        about.pop(name, None)
    for pointer in CLUSTERS_OWN.get(made["kind"], ()):
        *above, name = pointer.split("/")[1:]
        holder: Any = made
        for part in above:
            holder = holder.get(part) or {}
        holder.pop(name, None)
    for port in (made.get("spec") or {}).get("ports") or () if made["kind"] == "Service" else ():
        port.pop("nodePort", None)
    if made["apiVersion"].startswith(REVIEWS):
        made.pop("status", None)
    return made


def workload(api_version: str, kind: str, spec: dict[str, Any]) -> dict[str, Any]:
    """Return a workload whose Pods have a spec."""
    template = {"metadata": {"labels": {"a": "b"}}, "spec": spec}
    body: dict[str, Any] = {"spec": {"selector": {}, "template": template}}
    if kind == "PodTemplate":
        body = {"template": template}
    elif kind == "CronJob":
        body = {"spec": {"jobTemplate": {"spec": {"template": template}}}}
    elif kind == "Pod":
        body = {"spec": spec}
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": "a"}, **body}


def pod_spec(document: dict[str, Any]) -> dict[str, Any]:
    """Return the spec of the Pods of a workload."""
    inner = document.get("spec", document)
    inner = inner.get("jobTemplate", {}).get("spec", inner)
    found: dict[str, Any] = inner.get("template", document)["spec"]
    return found


def pods() -> list[dict[str, Any]]:
    """Return specs of Pods: the recorded ones, each also with its probes and hooks as others."""
    found = [case["input"]["spec"] for case in recorded() if case["kind"] == "Pod"]
    for spec in copy.deepcopy(found):
        for container in spec["containers"]:
            if "livenessProbe" in container:
                container["readinessProbe"] = container["startupProbe"] = container["livenessProbe"]
            if "postStart" in container.get("lifecycle", {}):
                container["lifecycle"]["preStop"] = container["lifecycle"]["postStart"]
        found.append(spec)
    return found


@pytest.mark.parametrize("changed", [False, True])
def test_recorded_objects(*, changed: bool) -> None:
    """Each object is stored as the real API server stored it, but for what is the cluster's own."""
    counts: Counter[str] = Counter()
    wrong: dict[str, Any] = {}
    for case in recorded(changed=changed):
        found = judged(defaulted(case["input"]))
        changes = diff(found, judged(case["output"]), lists={"/*": "position"})
        counts[case["kind"]] += 1
        if changes:
            wrong[f"{case['kind']}: {case['note']}"] = changes.to_json()
    assert wrong == {}
    assert counts.total() >= (600 if changed else 301)


def test_what_is_stored_is_a_fixed_point() -> None:
    """What the server stored, stored again, is the same; the rules never add to their own result."""
    for case in recorded():
        stored = judged(case["output"])
        again = defaulted(stored)
        if case["apiVersion"].startswith(REVIEWS):
            again.pop("status", None)
        for name in ("status",):  # a new object has a status of its own, and Pods one of the moment
            again.pop(name, None)
            stored.pop(name, None)
        assert equal(judged(again), stored), case["note"]
        once = defaulted(case["input"])
        assert equal(defaulted(once), once), case["note"]


def test_nothing_is_shared() -> None:
    """What is done to the result is not done to what it was made of."""
    for case in recorded():
        mine = {id(holder) for holder in _objects(case["input"])}
        assert not any(id(holder) in mine for holder in _objects(defaulted(case["input"])))


def test_whatever_is_left_out_or_added_a_second_time_changes_nothing() -> None:
    """Two hundred recorded inputs with members removed and added at random."""
    drawn = random.Random(7)
    cases = list(recorded())
    for _ in range(200):
        document = copy.deepcopy(drawn.choice(cases)["input"])
        other = drawn.choice(cases)["input"]
        for holder in list(_objects(document)):
            if holder is document:
                continue
            for name in list(holder):
                if drawn.random() < 0.1:
                    del holder[name]
                elif drawn.random() < 0.05:
                    holder[name] = drawn.choice([None, {}, [], "", 0, False])
            if drawn.random() < 0.1:
                holder["more"] = other
        before = copy.deepcopy(document)
        once = defaulted(document)
        assert equal(document, before)
        assert equal(defaulted(once), once), document


def test_read_only_objects_are_like_others() -> None:
    """What is observed may be asked for as it is."""
    for case in recorded():
        frozen = freeze(case["input"])
        assert isinstance(frozen, dict)
        assert equal(defaulted(frozen), defaulted(case["input"]))


def test_depth_is_limited_and_half_characters_are_kept() -> None:
    """No input ends in an error without a type."""
    deep: Any = {}
    for _ in range(5_000):
        deep = {"properties": {"a": deep}}
    crd = {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition"}
    with pytest.raises(LimitError):
        defaulted({**crd, "spec": {"versions": [{"schema": {"openAPIV3Schema": deep}}]}})
    secret = {"apiVersion": "v1", "kind": "Secret", "stringData": {"a": "\ud800"}}
    assert defaulted(secret)["data"] == {"a": "7aCA"}


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    for item in list(value.values()) if isinstance(value, dict) else value:
        if isinstance(item, (dict, list)):
            yield from _objects(item)


@pytest.mark.parametrize(("api_version", "kind"), WORKLOADS)
def test_templates_are_defaulted_like_pods(api_version: str, kind: str) -> None:
    """What holds for a Pod holds for the Pods of each workload, but for what only Pods get."""
    for spec in pods():
        alone = defaulted(workload("v1", "Pod", spec))["spec"]
        within = pod_spec(defaulted(workload(api_version, kind, spec)))
        assert isinstance(alone, dict)
        if "enableServiceLinks" not in spec:
            alone.pop("enableServiceLinks")
        for holder in (alone, within, *alone["containers"], *within["containers"]):
            holder.get("resources", {}).pop("requests", None)
        for holder in (*alone.get("initContainers", ()), *within.get("initContainers", ())):
            holder["resources"].pop("requests", None)
        assert equal(alone, within)


@pytest.mark.parametrize(("api_version", "kind"), [("v1", "Pod"), *WORKLOADS])
@pytest.mark.parametrize("place", ["initContainers", "ephemeralContainers"])
def test_all_containers_are_defaulted_alike(api_version: str, kind: str, place: str) -> None:
    """What holds for a container holds for one that runs before and for one that comes later."""
    for spec in pods():
        containers = spec["containers"]
        document = workload(api_version, kind, {"containers": containers, place: containers})
        found = pod_spec(defaulted(document))
        for holder in (*found["containers"], *found[place]):
            holder["resources"].pop("requests", None)
        assert equal(found[place], found["containers"])


PLACES = ["livenessProbe", "readinessProbe", "startupProbe"]
HOOKS = ["postStart", "preStop"]


def test_all_probes_and_hooks_are_defaulted_alike() -> None:
    """What holds for a liveness probe holds for the others, and for one hook as for the other."""
    for spec in pods():
        for container in spec["containers"]:
            probe = container.get("livenessProbe", {})
            hook = container.get("lifecycle", {}).get("postStart", {})
            made = {
                "name": "a",
                "lifecycle": dict.fromkeys(HOOKS, hook),
                **dict.fromkeys(PLACES, probe),
            }
            document = workload("v1", "Pod", {"containers": [made]})
            found = pod_spec(defaulted(document))["containers"][0]
            assert all(equal(found[place], found["livenessProbe"]) for place in PLACES)
            assert equal(found["lifecycle"]["preStop"], found["lifecycle"]["postStart"])


@pytest.mark.parametrize(("part", "pointer", "value"), MORE)
def test_volumes_that_nobody_recorded(part: dict[str, Any], pointer: str, value: Any) -> None:
    """As the defaults of the source say."""
    spec: Any = defaulted(workload("v1", "Pod", {"containers": [], **part}))["spec"]
    for name in pointer.split("/")[1:]:
        spec = spec[int(name)] if isinstance(spec, list) else spec[name]
    assert equal(spec, value)


@pytest.mark.parametrize(("document", "spec"), LIKEWISE)
def test_objects_that_nobody_recorded(document: dict[str, Any], spec: dict[str, Any]) -> None:
    """As a sibling that was recorded."""
    found = defaulted(document)["spec"]
    assert isinstance(found, dict)
    assert [c for c in diff(found, spec) if c.op != "remove"] == []


def balanced() -> dict[str, Any]:
    """Return a Service with the places of a load balancer: an address, and a name."""
    places = [{"ip": "10.1.2.3"}, {"hostname": "a.example"}, {"ip": "::1", "ipMode": "Proxy"}]
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "spec": {"type": "LoadBalancer"},
        "status": {"loadBalancer": {"ingress": places}},
    }


def modes(document: dict[str, Any]) -> list[str | None]:
    """Return the modes of the places of a load balancer, after they were written."""
    made: Any = defaulted_by(Kinds(), document, keep_status=True)
    return [each.get("ipMode") for each in made["status"]["loadBalancer"]["ingress"]]


def test_addresses_of_load_balancers_have_a_mode() -> None:
    """Where the type of the Service says so; a name has none. Source: SetDefaults_Service."""
    document = balanced()
    assert modes(document) == ["VIP", None, "Proxy"]
    assert modes({**document, "spec": {"type": "NodePort"}}) == [None, None, "Proxy"]


def corpus() -> dict[tuple[str, str], list[dict[str, Any]]]:
    """Return the objects that the tests above judge, by API version and kind."""
    found: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for case in (*recorded(), *recorded(changed=True)):
        found[case["apiVersion"], case["kind"]].append(case["input"])
    # Its type always writes both lists.
    empty: dict[str, Any] = {"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice"}
    always = {"metadata": {}, "addressType": "", "endpoints": None, "ports": None}
    assert defaulted(empty) == {**empty, **always}
    found["discovery.k8s.io/v1", "EndpointSlice"].append(empty)
    addressed = workload("v1", "Pod", {"containers": []})
    addressed["status"] = {"podIP": "10.0.0.1"}
    found["v1", "Pod"].append(addressed)
    found["v1", "Service"].append(balanced())
    for document, _ in LIKEWISE:
        found[document["apiVersion"], document["kind"]].append(document)
    for api_version, kind in [("v1", "Pod"), *WORKLOADS]:
        for spec in [*pods(), *({"containers": [], **part} for part, _, _ in MORE)]:
            found[api_version, kind].append(workload(api_version, kind, spec))
            for place in ("initContainers", "ephemeralContainers"):
                moved = {"containers": [], place: spec["containers"]}
                found[api_version, kind].append(workload(api_version, kind, moved))
    return found


def both(document: dict[str, Any]) -> list[Any]:
    """Return an object as it is created, and as its status is written if it has one."""
    made = [defaulted(document)]
    if "status" in document:
        made.append(defaulted_by(Kinds(), document, keep_status=True))
    return made


@pytest.mark.slow
def test_each_rule_matters(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without any one of the rules, some of the objects judged here is stored differently."""
    documents = corpus()
    count = 0
    idle: list[str] = []
    for group, plans in PLANS.items():
        for kind, plan in list(plans.items()):
            mine = [
                document
                for (version, name), some in documents.items()
                for document in some
                if name == kind and group in (version, version.rpartition("/")[0])
            ]
            stored = [both(document) for document in mine]
            for index, rule in enumerate(plan.rules):
                count += 1
                others = plan.rules[:index] + plan.rules[index + 1 :]
                monkeypatch.setitem(plans, kind, Plan(others))
                if all(both(one) == two for one, two in zip(mine, stored, strict=True)):
                    idle.append(f"{group}/{kind} {rule.path}")
            monkeypatch.setitem(plans, kind, plan)
    assert not idle, "\n".join(idle)
    assert count > 800


def test_recorded_custom_resources() -> None:
    """Custom resources are pruned and defaulted as they were."""
    judged_here = 0
    wrong: dict[str, Any] = {}
    for file in sorted(shared("recordings", "api").glob("*.json")):
        conversation = json.loads(file.read_text(encoding="utf-8"))
        crds = {crd["metadata"]["name"]: crd for crd in conversation.get("crds") or []}
        for index, step in enumerate(conversation["steps"]):
            body, answer = step.get("body"), step.get("response")
            if step["method"] != "POST" or step["status"] != 201 or not isinstance(body, dict):
                continue
            if body.get("kind") == "CustomResourceDefinition":
                crds[answer["metadata"]["name"]] = body
                continue
            body = filled(body, conversation["steps"])
            kinds = with_crds(crds.values())
            version, kind = str(body.get("apiVersion")), str(body.get("kind"))
            if not kinds.known(version, kind) or kinds.built_in(version, kind):
                continue
            found = {**kinds.defaulted(body), "metadata": None}
            judged_here += 1
            if changes := diff(found, {**answer, "metadata": None}):
                wrong[f"{file.stem}/{index}"] = changes.to_json()
    assert wrong.keys() == {"crd_versions/1"}, wrong  # stored at another version, pruned there too
    assert judged_here >= 95


@pytest.mark.parametrize(
    ("document", "pointers"),
    [
        ([], [""]),
        ({}, ["/apiVersion", "/kind"]),
        ({"apiVersion": "v1", "kind": 1}, ["/kind"]),
        ({"apiVersion": "v1", "kind": "Pode"}, ["/kind"]),
    ],
)
def test_what_is_no_object_is_refused(document: Any, pointers: list[str]) -> None:
    """With a typed error that says where."""
    with pytest.raises(ObjectError) as caught:
        defaulted(document)
    assert [fault.pointer for fault in caught.value.faults] == pointers


@pytest.mark.parametrize(
    "spec", [None, [], "text", 1, {"containers": {"a": 1}}, {"volumes": [None, 1]}]
)
def test_what_is_of_a_wrong_type_stays_as_it_is(spec: Any) -> None:
    """Validation is not what this is for; nothing breaks."""
    found = defaulted({"apiVersion": "v1", "kind": "Pod", "spec": spec})
    assert found["kind"] == "Pod"
