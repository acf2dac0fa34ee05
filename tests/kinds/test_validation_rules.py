"""Rules that kinds have of their own, which no recording shows: as the Go source words them."""

from __future__ import annotations

import copy
import random
import re
from typing import Any

import pytest

from reconcile.errors import ObjectError
from reconcile.kinds import Kinds, validate
from reconcile.kinds.validation import create_errors, status_update_errors, update_errors
from reconcile.value.pointer import parse
from tests.kinds.test_validation_recorded import NOT_HERE, defaults

KINDS = Kinds()
CANARY = "k4n4r1-Value_"
RBAC = "rbac.authorization.k8s.io"

BASES: dict[str, dict[str, Any]] = {
    "service": {
        "apiVersion": "v1",
        "kind": "Service",
        "spec": {"ports": [{"port": 80}], "selector": {"app": "x"}},
    },
    "balancer": {
        "apiVersion": "v1",
        "kind": "Service",
        "spec": {"ports": [{"port": 80}], "type": "LoadBalancer"},
    },
    "claim": {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "resources": {"requests": {"storage": "1Gi"}},
        },
    },
    "volume": {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "capacity": {"storage": "1Gi"},
            "hostPath": {"path": "/x"},
        },
    },
    "policy": {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "spec": {"podSelector": {}, "ingress": [{"ports": [{"port": 80}]}]},
    },
    "ingress": {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "spec": {
            "rules": [
                {
                    "host": "a.example.com",
                    "http": {
                        "paths": [
                            {
                                "path": "/",
                                "pathType": "Prefix",
                                "backend": {"service": {"name": "s", "port": {"number": 80}}},
                            }
                        ]
                    },
                }
            ]
        },
    },
    "quota": {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "spec": {"hard": {"pods": 1, "count/x.example.com": 2, "requests.nvidia.com/gpu": "1"}},
    },
    "limits": {
        "apiVersion": "v1",
        "kind": "LimitRange",
        "spec": {"limits": [{"type": "Container", "max": {"cpu": "1"}, "min": {"cpu": "100m"}}]},
    },
    "binding": {
        "apiVersion": f"{RBAC}/v1",
        "kind": "ClusterRoleBinding",
        "roleRef": {"apiGroup": RBAC, "kind": "ClusterRole", "name": "r"},
        "subjects": [{"kind": "ServiceAccount", "name": "a", "namespace": "b"}],
    },
    "role": {
        "apiVersion": f"{RBAC}/v1",
        "kind": "Role",
        "rules": [{"verbs": ["get"], "apiGroups": [""], "resources": ["pods"]}],
    },
    "budget": {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "spec": {"minAvailable": 1, "selector": {"matchLabels": {"a": "b"}}},
    },
    "scaler": {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "spec": {
            "maxReplicas": 3,
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "d"},
        },
    },
    "class": {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "provisioner": "example.com/disk",
    },
    "priority": {
        "apiVersion": "scheduling.k8s.io/v1",
        "kind": "PriorityClass",
        "value": 10,
    },
    "slice": {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "addressType": "IPv4",
        "endpoints": [{"addresses": ["10.0.0.1"]}],
        "ports": [{"name": "a", "port": 80}],
    },
    "webhook": {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingWebhookConfiguration",
        "webhooks": [
            {
                "name": "a.example.com",
                "sideEffects": "None",
                "admissionReviewVersions": ["v1"],
                "clientConfig": {"service": {"name": "s", "namespace": "n"}},
                "rules": [
                    {
                        "operations": ["CREATE"],
                        "apiGroups": ["*"],
                        "apiVersions": ["*"],
                        "resources": ["*/*"],
                    }
                ],
            }
        ],
    },
    "lease": {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "spec": {}},
    "secret": {"apiVersion": "v1", "kind": "Secret", "data": {"a": "YQ=="}},
    "map": {"apiVersion": "v1", "kind": "ConfigMap", "data": {"a": "b"}},
    "endpoints": {
        "apiVersion": "v1",
        "kind": "Endpoints",
        "subsets": [{"addresses": [{"ip": "10.0.0.1"}], "ports": [{"port": 80}]}],
    },
    "node": {"apiVersion": "v1", "kind": "Node", "spec": {}},
    "replicator": {
        "apiVersion": "v1",
        "kind": "ReplicationController",
        "spec": {
            "replicas": 1,
            "selector": {"a": "b"},
            "template": {
                "metadata": {"labels": {"a": "b"}},
                "spec": {"containers": [{"name": "c", "image": "i"}]},
            },
        },
    },
    "flow": {
        "apiVersion": "flowcontrol.apiserver.k8s.io/v1",
        "kind": "FlowSchema",
        "spec": {
            "matchingPrecedence": 10,
            "priorityLevelConfiguration": {"name": "p"},
            "rules": [
                {
                    "subjects": [{"kind": "User", "user": {"name": "u"}}],
                    "nonResourceRules": [{"verbs": ["*"], "nonResourceURLs": ["*"]}],
                }
            ],
        },
    },
    "runtime": {"apiVersion": "node.k8s.io/v1", "kind": "RuntimeClass", "handler": "h"},
    "claims": {
        "apiVersion": "resource.k8s.io/v1",
        "kind": "ResourceClaim",
        "spec": {"devices": {}},
    },
    "namespace": {"apiVersion": "v1", "kind": "Namespace"},
    "ranges": {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "ServiceCIDR",
        "spec": {"cidrs": ["10.1.0.0/16"]},
    },
}


def made(base: str, changes: dict[str, Any]) -> dict[str, Any]:
    """Return an object of a kind with values put at pointers; None takes one away."""
    document = copy.deepcopy({"metadata": {"name": "a"}, **BASES[base]})
    for pointer, value in changes.items():
        *way, last = parse(pointer)
        place: Any = document
        for step in way:
            place = place[int(step)] if isinstance(place, list) else place.setdefault(step, {})
        if isinstance(place, list):
            place[int(last) :] = [value]
        elif value is None:
            place.pop(last, None)
        else:
            place[last] = value
    stored = KINDS.defaulted(document)
    if KINDS.scope(stored["apiVersion"], stored["kind"]) == "Namespaced":
        stored["metadata"]["namespace"] = "n"
    return stored


@pytest.mark.parametrize("base", BASES)
def test_bases_are_taken(base: str) -> None:
    """What the cases below begin with is no fault."""
    assert create_errors(KINDS, made(base, {})) == []


CREATES = [
    ("service", {"/spec/ports/0/nodePort": 30000}, ["spec.ports[0].nodePort: Forbidden: may not"]),
    ("service", {"/spec/clusterIP": "x"}, ['spec.clusterIPs[0]: Invalid value: "x": must be a']),
    ("service", {"/spec/externalName": "x", "/spec/type": "ExternalName"}, []),
    (
        "service",
        {"/spec/type": "ExternalName", "/spec/externalName": "A_"},
        ['spec.externalName: Invalid value: "A_": a lowercase RFC 1123 subdomain'],
    ),
    (
        "service",
        {
            "/spec/sessionAffinity": "ClientIP",
            "/spec/sessionAffinityConfig/clientIP/timeoutSeconds": 0,
        },
        [
            "spec.sessionAffinityConfig.clientIP.timeoutSeconds: Invalid value: 0: must be greater than 0"
        ],
    ),
    (
        "service",
        {"/spec/sessionAffinityConfig/clientIP/timeoutSeconds": 1},
        ["spec.sessionAffinityConfig: Forbidden: must not be set when session affinity is None"],
    ),
    ("service", {"/spec/externalIPs": ["127.0.0.1"]}, ['spec.externalIPs[0]: Invalid value: "127']),
    ("service", {"/spec/loadBalancerClass": "a"}, ["spec.loadBalancerClass: Forbidden: may only"]),
    (
        "service",
        {"/spec/clusterIP": "None", "/spec/type": "NodePort"},
        [
            "spec.clusterIPs[0]: Invalid value: \"None\": may not be set to 'None' for NodePort services"
        ],
    ),
    (
        "service",
        {"/spec/internalTrafficPolicy": "Far"},
        [
            'spec.internalTrafficPolicy: Unsupported value: "Far": supported values: "Cluster", "Local"'
        ],
    ),
    ("service", {"/spec/ipFamilies": ["IPv5"]}, ['spec.ipFamilies[0]: Unsupported value: "IPv5"']),
    ("service", {"/spec/ipFamilies": ["IPv4", "IPv4"]}, ["spec.ipFamilies[1]: Duplicate value"]),
    (
        "balancer",
        {"/spec/loadBalancerSourceRanges": ["10.0.0.0/8", "x"]},
        ["spec.LoadBalancerSour"],
    ),
    ("balancer", {"/spec/ports/0/port": 10250}, []),  # older servers took it for the kubelet's
    ("claim", {"/spec/accessModes/0": "Never"}, ['spec.accessModes: Unsupported value: "Never"']),
    (
        "claim",
        {"/spec/volumeMode": "Tape"},
        ['spec.volumeMode: Unsupported value: "Tape": supported'],
    ),
    (
        "claim",
        {"/spec/dataSourceRef": {"kind": "Thing", "name": "x"}},
        [
            f"spec.{name}: Invalid value: \"Thing\": must be 'PersistentVolumeClaim' when"
            for name in ("dataSource", "dataSourceRef")
        ],
    ),
    (
        "volume",
        {"/spec/nfs": {"server": "s", "path": "/p"}},
        ["spec.nfs: Forbidden: may not specify"],
    ),
    (
        "volume",
        {"/spec/hostPath/path": "/a/../b"},
        ['spec.hostPath.path: Invalid value: "/a/../b"'],
    ),
    (
        "volume",
        {"/spec/hostPath/path": "/", "/spec/persistentVolumeReclaimPolicy": "Recycle"},
        [
            "spec.persistentVolumeReclaimPolicy: Forbidden: may not be 'recycle' for a hostPath mount"
        ],
    ),
    (
        "volume",
        {"/spec/nodeAffinity/required/nodeSelectorTerms": [{"matchExpressions": [{"key": "a"}]}]},
        [
            'spec.nodeAffinity.required.nodeSelectorTerms[0].matchExpressions[0].operator: Invalid value: ""'
        ],
    ),
    (
        "policy",
        {"/spec/ingress/0/ports/0/endPort": 70},
        [
            "spec.ingress[0].ports[0].endPort: Invalid value: 70: must be greater than or equal to `port`"
        ],
    ),
    (
        "policy",
        {"/spec/ingress/0/from": [{}]},
        ["spec.ingress[0].from[0]: Required value: must spec"],
    ),
    (
        "policy",
        {"/spec/ingress/0/from": [{"ipBlock": {"cidr": "10.0.0.0/8", "except": ["11.0.0.0/9"]}}]},
        [
            'spec.ingress[0].from[0].ipBlock.except[0]: Invalid value: "11.0.0.0/9": must be a strict'
        ],
    ),
    (
        "policy",
        {"/spec/podSelector/matchExpressions": [{"key": "a", "operator": "In"}]},
        ["spec.podSelector.matchExpressions[0].values: Required value: must be specified when"],
    ),
    (
        "ingress",
        {"/spec/rules/0/host": "10.0.0.1"},
        ['spec.rules[0].host: Invalid value: "10.0.0.1"'],
    ),
    ("ingress", {"/spec/rules/0/host": "*.b.c"}, []),
    ("ingress", {"/spec/rules/0/http/paths/0/path": "/a//b"}, ["spec.rules[0].http.paths[0].path"]),
    (
        "ingress",
        {"/spec/rules/0/http/paths/0/pathType": None},
        ["spec.rules[0].http.paths[0].pathType"],
    ),
    ("quota", {"/spec/hard/pods": "-1"}, ['spec.hard[pods]: Invalid value: "-1": must be greater']),
    ("quota", {"/spec/scopes": ["Terminating", "NotTerminating"]}, ["spec.scopes: Invalid value"]),
    (
        "limits",
        {"/spec/limits/0/type": "Pod", "/spec/limits/0/min/cpu": "2"},
        ['spec.limits[0].min[cpu]: Invalid value: "2": min value 2 is greater than max value 1'],
    ),
    (
        "limits",
        {"/spec/limits/0/type": "Thing"},
        ['spec.limits[0].type: Invalid value: "Thing": must'],
    ),
    ("binding", {"/subjects/0/namespace": None}, ["subjects[0].namespace: Required value"]),
    (
        "binding",
        {"/subjects/0/kind": "Robot"},
        ['subjects[0].kind: Unsupported value: "Robot": supp'],
    ),
    (
        "role",
        {"/rules/0/nonResourceURLs": ["/x"]},
        ["rules[0].nonResourceURLs: Invalid value: "] * 2,
    ),
    (
        "budget",
        {"/spec/minAvailable": "101%"},
        ['spec.minAvailable: Invalid value: "101%": must not'],
    ),
    (
        "budget",
        {"/spec/minAvailable": "x"},
        ['spec.minAvailable: Invalid value: "x": a valid percent'],
    ),
    (
        "scaler",
        {"/spec/minReplicas": 0},
        [
            "spec.minReplicas: Invalid value: 0: must be greater than",
            "spec.metrics: Forbidden: must specify at least one",
        ],
    ),
    (
        "scaler",
        {"/spec/metrics": [{"type": "Pods", "resource": {"name": "cpu", "target": {}}}]},
        [
            "spec.metrics[0].pods: Required value: must populate information for the given metric",
            "spec.metrics[0].resource.target.averageUtilization: Required value: must set either a",
            "spec.metrics[0].resource.target.type: Required value: must specify a metric target type",
            'spec.metrics[0].resource.target.type: Invalid value: "": must be either Utilization',
        ],
    ),
    ("class", {"/reclaimPolicy": "Recycle"}, ['reclaimPolicy: Unsupported value: "Recycle": supp']),
    ("priority", {"/value": 2_000_000_000}, ["value: Forbidden: maximum allowed value of a user"]),
    (
        "slice",
        {"/addressType": "IPv6"},
        ['endpoints[0].addresses[0]: Invalid value: "10.0.0.1": must'],
    ),
    (
        "slice",
        {"/ports/0/protocol": "tcp"},
        ['ports[0].protocol: Unsupported value: "tcp": supported'],
    ),
    (
        "webhook",
        {"/webhooks/0/name": "a.b"},
        ['webhooks[0].name: Invalid value: "a.b": should be a'],
    ),
    (
        "webhook",
        {"/webhooks/0/timeoutSeconds": 31},
        ["webhooks[0].timeoutSeconds: Invalid value: 31"],
    ),
    (
        "webhook",
        {"/webhooks/0/sideEffects": "Some"},
        ['webhooks[0].sideEffects: Unsupported value: "S'],
    ),
    (
        "webhook",
        {"/webhooks/0/clientConfig": {}},
        ["webhooks[0].clientConfig: Required value: exac"],
    ),
    (
        "lease",
        {"/spec/leaseDurationSeconds": 0},
        ["spec.leaseDurationSeconds: Invalid value: 0: must"],
    ),
    ("secret", {"/type": "kubernetes.io/ssh-auth"}, ["data[ssh-privatekey]: Required value"]),
    ("secret", {"/data": {"..a": ""}}, ['data[..a]: Invalid value: "..a": must not start with']),
    (
        "endpoints",
        {"/subsets/0/addresses/0/ip": "::1"},
        ["subsets[0].addresses[0].ip: Invalid value"],
    ),
    ("endpoints", {"/subsets/0": {}}, ["subsets[0]: Required value: must specify `addresses` or"]),
    ("node", {"/spec/taints": [{"key": "a"}]}, ["metadata.taints[0].effect: Required value"]),
    (
        "replicator",
        {"/spec/selector": {"a": "c"}},
        ["spec.template.metadata.labels: Invalid value"],
    ),
    (
        "flow",
        {"/spec/rules/0/subjects": None},
        ["spec.rules[0].subjects: Required value: subjects"],
    ),
    (
        "runtime",
        {"/handler": "A"},
        ['handler: Invalid value: "A": a lowercase RFC 1123 label must'],
    ),
    (
        "ranges",
        {"/spec/cidrs": ["10.1.0.1/16"]},
        ['spec.cidrs[0]: Invalid value: "10.1.0.1/16": must'],
    ),
    (
        "namespace",
        {"/spec/finalizers": ["x"]},
        ['spec.finalizers: Invalid value: "x": name is neither'],
    ),
]


@pytest.mark.parametrize(("base", "changes", "expected"), CREATES)
def test_creates(base: str, changes: dict[str, Any], expected: list[str]) -> None:
    """Each kind says what it demands, at its path and in its words."""
    found = sorted(str(error) for error in create_errors(KINDS, made(base, changes)))
    expected = sorted(expected)
    assert len(found) == len(expected), found
    assert all(text.startswith(part) for part, text in zip(expected, found, strict=True)), found


UPDATES = [
    ("service", {}, {"/spec/selector": {"app": "y"}}, []),
    (
        "service",
        {"/spec/clusterIP": "10.0.0.1", "/spec/clusterIPs": ["10.0.0.1"]},
        {"/spec/clusterIP": "10.0.0.2", "/spec/clusterIPs": ["10.0.0.2"]},
        ['spec.clusterIPs[0]: Invalid value: ["10.0.0.2"]: may not change once set'],
    ),
    (
        "balancer",
        {"/spec/loadBalancerClass": "a/b"},
        {"/spec/loadBalancerClass": "a/c"},
        ['spec.loadBalancerClass: Invalid value: "a/c": may not change once set'],
    ),
    (
        "claim",
        {"/spec/volumeName": "v"},
        {"/spec/volumeName": "w"},
        ["spec: Forbidden: spec is immutable after creation except resources.requests and volume"],
    ),
    (
        "volume",
        {},
        {"/spec/hostPath/path": "/y"},
        ["spec.persistentvolumesource: Forbidden: spec.per"],
    ),
    ("binding", {}, {"/roleRef/name": "s"}, ['roleRef: Invalid value: {"APIGroup":"rbac']),
    (
        "map",
        {"/immutable": True},
        {"/data/a": "c", "/immutable": True},
        ["data: Forbidden: field is"],
    ),
    ("secret", {}, {"/type": "x"}, ['type: Invalid value: "x": field is immutable']),
    ("class", {}, {"/provisioner": "x/y"}, ["provisioner: Forbidden: updates to provisioner are"]),
    ("priority", {}, {"/value": 11}, ["value: Forbidden: may not be changed in an update."]),
    ("runtime", {}, {"/handler": "i"}, ['handler: Invalid value: "i": field is immutable']),
    (
        "slice",
        {"/endpoints": None},
        {"/endpoints": None, "/addressType": "IPv6"},
        ['addressType: Invalid value: "IPv6": field is immutable'],
    ),
    (
        "quota",
        {},
        {"/spec/scopes": ["Terminating"], "/spec/hard": {"pods": 1}},
        ['spec.scopes: Invalid value: ["Terminating"]: field is immutable'],
    ),
    (
        "node",
        {"/spec/providerID": "p"},
        {"/spec/providerID": "q"},
        ["spec.providerID: Forbidden: node"],
    ),
    (
        "ranges",
        {},
        {"/spec/cidrs": ["10.2.0.0/16"]},
        ['spec.cidrs[0]: Invalid value: "10.2.0.0/16"'],
    ),
    (
        "claims",
        {},
        {"/spec/devices/requests": [{"name": "r", "exactly": {"deviceClassName": "c"}}]},
        ["spec: Invalid value: {"],
    ),
    (
        "lease",
        {"/metadata/uid": "1", "/metadata/generation": 2},
        {"/metadata/uid": "2", "/metadata/generation": 1},
        ['metadata.uid: Invalid value: "2": field is immutable'] * 2
        + ["metadata.generation: Invalid value: 1: must not be decremented"] * 2,
    ),
    (
        "lease",
        {"/metadata/deletionTimestamp": "2026-01-01T00:00:00Z"},
        {
            "/metadata/deletionTimestamp": "2026-01-01T00:00:00Z",
            "/metadata/finalizers": ["b.example.com/x", "a.example.com/x"],
        },
        ["metadata.finalizers: Forbidden: no new finalizers can be added if the object is being"]
        * 2,
    ),
]


@pytest.mark.parametrize(("base", "first", "second", "expected"), UPDATES)
def test_updates(
    base: str, first: dict[str, Any], second: dict[str, Any], expected: list[str]
) -> None:
    """What may not be changed is told, and how often the server tells it."""
    before, after = made(base, first), made(base, second)
    assert update_errors(KINDS, before, before) == []
    found = sorted(str(error) for error in update_errors(KINDS, before, after))
    expected = sorted(expected)
    assert len(found) == len(expected), found
    assert all(text.startswith(part) for part, text in zip(expected, found, strict=True)), found


def test_status_updates() -> None:
    """A status is held to its own rules."""
    budget = made("budget", {})
    after = {**budget, "status": {"currentHealthy": -1}}
    found = status_update_errors(KINDS, budget, after)
    assert [str(error) for error in found] == [
        "status.currentHealthy: Invalid value: -1: must be greater than or equal to 0"
    ]
    namespace = made("namespace", {})
    after = {**namespace, "status": {"phase": "Terminating"}}
    assert [error.path for error in status_update_errors(KINDS, namespace, after)] == [
        "status.Phase"
    ]


def test_a_name_that_is_generated() -> None:
    """A prefix may end with a dash, whatever a name may be."""
    for prefix, wrong in (("a-", 0), ("A", 1), ("a..", 1), ("-", 1)):
        document = made("map", {"/metadata/generateName": prefix, "/metadata/name": None})
        assert len(create_errors(KINDS, document)) == wrong, prefix


@pytest.mark.slow
def test_no_message_holds_a_value() -> None:
    """Whatever value is wrong, its text is in no fault: keys of maps are, as parts of pointers."""
    looked_at = 0
    for write in defaults():
        if write.kind in NOT_HERE or looked_at > 3000:
            continue
        for way in leaves(write.after):
            document = copy.deepcopy(write.after)
            place: Any = document
            for step in way[:-1]:
                place = place[step]
            place[way[-1]] = CANARY
            looked_at += 1
            assert not [told for told in messages(document) if CANARY in told], way
    assert looked_at > 1000


def messages(document: Any) -> list[str]:
    """Return what is said of an object."""
    try:
        validate(document)
    except ObjectError as error:
        return [fault.message for fault in error.faults]
    return []


def leaves(document: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the places of the texts of an object, but those that say what it is."""
    if isinstance(document, dict):
        inner = [(key, value) for key, value in document.items() if way or key not in KEPT]
    elif isinstance(document, list):
        inner = list(enumerate(document))
    else:
        return [way] if isinstance(document, str) else []
    return [found for key, value in inner for found in leaves(value, (*way, key))]


KEPT = frozenset({"apiVersion", "kind"})


def test_no_rule_fails_on_what_is_left_out() -> None:
    """Any member may be missing, or be empty: that is a fault at most, and never an accident."""
    for base in BASES:
        whole = made(base, {})
        for way in places(whole):
            for value in (None, {}, [], "", 0, False):
                document = copy.deepcopy(whole)
                place: Any = document
                for step in way[:-1]:
                    place = place[step]
                place[way[-1]] = value
                for error in create_errors(KINDS, document) + update_errors(KINDS, whole, document):
                    assert re.match(r"[\w\[]", error.path)


def places(document: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the places of all there is in an object, but those that say what it is."""
    found = [way] if way else []
    if isinstance(document, dict):
        inner = [(key, value) for key, value in document.items() if way or key not in KEPT]
    else:
        inner = list(enumerate(document)) if isinstance(document, list) else []
    return found + [one for key, value in inner for one in places(value, (*way, key))]


@pytest.mark.slow
def test_nothing_is_raised_but_our_own_errors() -> None:
    """Whatever stands in the place of a member, it is valid, or a fault."""
    chance = random.Random(7)
    documents = [write.after for write in defaults()]
    odd: list[Any] = [None, [], {}, "", 0, -1, True, "x", [None], [{}], {"a": None}, 1.5, "9%"]
    refused = 0
    for _ in range(2000):
        document = copy.deepcopy(chance.choice(documents))
        way = chance.choice(places(document))
        place: Any = document
        for step in way[:-1]:
            place = place[step]
        place[way[-1]] = copy.deepcopy(chance.choice(odd))
        refused += bool(messages(document))
    assert 500 < refused < 2000


def test_where_the_server_stops_people_are_told_all() -> None:
    """Addresses of a Service are looked at before all else, and then nothing else is."""
    service = made("service", {"/spec/clusterIP": "x", "/spec/ports/0/port": 0})
    assert [error.path for error in create_errors(KINDS, service)] == ["spec.clusterIPs[0]"]
    paths = {error.path for error in create_errors(KINDS, service, every=True)}
    assert paths == {"spec.clusterIPs[0]", "spec.ports[0].port", "spec.ports[0].targetPort"}
    assert any("/spec/ports/0/port" in fault.pointer for fault in told(service))


def told(document: dict[str, Any]) -> tuple[Any, ...]:
    """Return the faults of an object that has some."""
    with pytest.raises(ObjectError) as caught:
        validate(document)
    return tuple(caught.value.faults)
