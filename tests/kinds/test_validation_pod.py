"""What the API server refuses of Pods and their templates, in its own words."""

from __future__ import annotations

import copy
import dataclasses
import json
import re
from collections import Counter
from itertools import chain
from typing import TYPE_CHECKING, Any

import pytest

from reconcile.kinds import Kinds, defaulted
from reconcile.kinds.validation import create_errors, update_errors
from reconcile.kinds.validation.pod_parts import ephemeral_containers_updated, resized
from tests.kinds.test_validation_recorded import POD_KINDS, Write, conversations, defaults
from tests.recorded import filled, follow
from tests.suites import shared

if TYPE_CHECKING:
    from collections.abc import Iterator

KINDS = Kinds()
UID = "6e7cbe97-201e-4d54-a2d1-1073d5280bbf"
ELSEWHERE = {
    # Empty labels are gone in the stored form.
    "random/defaults/292",
    "random/defaults/302",
    "random/defaults/342",
    # The patch itself is refused, not the object that it makes.
    "meta_immutable/7",
    "patch_merge_builtin/8",
    "patch_merge_builtin/9",
    "patch_merge_builtin/10",
}
"""Refusals that the stored form of the objects does not show."""
ADMITTED = {
    # Admission gives tolerations back to a Pod before it is looked at.
    "builtin_pod_updates/7",
}
"""Writes that were taken after admission had mended them."""


def generated(write: Write) -> Write:
    """Return a creation of a Job with the selector and the labels that are made for it."""
    if write.kind != "Job" or write.before is not None or write.after["spec"].get("manualSelector"):
        return write
    job = copy.deepcopy(write.after)
    told = re.search(r'controller-uid":"([-0-9a-f]{36})', str(write.causes))
    uid = job["metadata"].setdefault("uid", told[1] if told else UID)
    labels = job["spec"]["template"].setdefault("metadata", {}).setdefault("labels", {})
    for prefix in ("", "batch.kubernetes.io/"):
        labels.setdefault(f"{prefix}controller-uid", uid)
        labels.setdefault(f"{prefix}job-name", job["metadata"].get("name", ""))
    selector = job["spec"].setdefault("selector", {}).setdefault("matchLabels", {})
    selector.setdefault("batch.kubernetes.io/controller-uid", uid)
    return dataclasses.replace(write, after=job)


def recorded() -> Iterator[Write]:
    """Yield all recorded writes of Pods and of what holds Pods."""
    patterns = ("api/*.json", "random/random_s*.json", "workloads/*.json")
    for write in chain(*(conversations(pattern) for pattern in patterns), defaults()):
        if write.kind in POD_KINDS:
            yield generated(write)


def first_lines(causes: list[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    """Return errors without what the server prints of a difference."""
    return sorted((path, reason, text.split("\n")[0]) for path, reason, text in causes)


@pytest.mark.slow
def test_what_was_refused_is_refused_in_the_same_words_and_nothing_else_is() -> None:
    """Every recorded write of a Pod, a template or a workload has the same errors here.

    Those that are left out of the comparison differ, or they would be compared.
    """
    counts: Counter[str] = Counter()
    wrong: dict[str, Any] = {}
    for write in recorded():
        found = first_lines(write.errors())
        told = first_lines(write.causes or [])
        counts["refused" if write.causes is not None else "taken"] += 1
        if found != told:
            wrong[write.name] = (write.kind, found, told)
    left_out = ELSEWHERE | ADMITTED
    assert {name: what for name, what in wrong.items() if name not in left_out} == {}
    assert set(wrong) == left_out
    assert counts["taken"] > 1500
    assert counts["refused"] > 500


def test_the_parts_of_a_pod_are_held_to_their_rules() -> None:
    """Added containers may not change, and sizes not exceed limits, as was recorded."""
    counts: Counter[str] = Counter()
    for file in sorted(shared("recordings", "api").glob("*.json")):
        steps = json.loads(file.read_text(encoding="utf-8"))["steps"]
        objects: dict[str, dict] = {}
        for step in steps:
            url = filled(step["path"], steps)
            path = url.partition("?")[0]
            whole = re.sub(r"/(status|scale|ephemeralcontainers|resize)$", "", path)
            check = {"ephemeralcontainers": ephemeral_containers_updated, "resize": resized}.get(
                path.rpartition("/")[2]
            )
            before = objects.get(whole)
            if check and before and step["method"] in {"PATCH", "PUT"} and step["status"] == 200:
                assert check(before, step["response"]) == []
                counts["taken"] += 1
            follow(objects, step, url, whole, path)
    assert counts["taken"] >= 2


# ---------------------------------------------------------------------------------- by hand


def pod(container: dict | None = None, /, **spec: Any) -> dict:
    """Return a Pod as it is stored, with one container."""
    first = {"name": "c", "image": "i:1", **(container or {})}
    document = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "p", "namespace": "n"},
        "spec": {"containers": [first], **spec},
    }
    return defaulted(document)


def told(document: dict) -> list[str]:
    """Return what is said of a new object."""
    return sorted(str(error) for error in create_errors(KINDS, document))


def changed(before: dict, **spec: Any) -> dict:
    """Return a Pod with other members of its spec."""
    after = copy.deepcopy(before)
    for name, value in spec.items():
        if value is None:
            after["spec"].pop(name, None)
        else:
            after["spec"][name] = value
    return after


def told_of_change(before: dict, after: dict) -> list[str]:
    """Return what is said of a change, the first line of each."""
    return sorted(str(error).split("\n")[0] for error in update_errors(KINDS, before, after))


C = "spec.containers[0]"
LABEL = (
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and "
    "must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used "
    "for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
)

CONTAINERS: list[tuple[dict, list[str]]] = [
    ({}, []),
    ({"name": "A"}, [f'{C}.name: Invalid value: "A": {LABEL}']),
    (
        {"ports": [{"containerPort": 70000, "name": "http"}, {"containerPort": 1, "name": "http"}]},
        [
            f"{C}.ports[0].containerPort: Invalid value: 70000: "
            "must be between 1 and 65535, inclusive",
            f'{C}.ports[1].name: Duplicate value: "http"',
        ],
    ),
    (
        {"ports": [{"containerPort": 1, "hostPort": 5}, {"containerPort": 2, "hostPort": 5}]},
        [f'{C}.ports[1].hostPort: Duplicate value: "TCP//5"'],
    ),
    (
        {"env": [{"name": "A", "valueFrom": {}}]},
        [
            f'{C}.env[0].valueFrom: Invalid value: "": must specify one of: `fieldRef`, '
            "`resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`"
        ],
    ),
    (
        {"env": [{"name": "A", "value": "1", "valueFrom": {"fieldRef": {"fieldPath": "x.y"}}}]},
        [
            f'{C}.env[0].valueFrom.fieldRef.fieldPath: Invalid value: "x.y": '
            "error converting fieldPath: field label not supported: x.y",
            f'{C}.env[0].valueFrom: Invalid value: "": '
            "may not be specified when `value` is not empty",
        ],
    ),
    (
        {"env": [{"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "status.phase"}}}]},
        [
            f'{C}.env[0].valueFrom.fieldRef.fieldPath: Unsupported value: "status.phase": '
            'supported values: "metadata.name", "metadata.namespace", "metadata.uid", '
            '"spec.nodeName", "spec.serviceAccountName", "status.hostIP", "status.hostIPs", '
            '"status.podIP", "status.podIPs"'
        ],
    ),
    (
        {
            "env": [
                {
                    "name": "A",
                    "valueFrom": {"resourceFieldRef": {"resource": "limits.cpu", "divisor": "2"}},
                }
            ]
        },
        [
            f'{C}.env[0].valueFrom.resourceFieldRef.divisor: Invalid value: "limits.cpu": '
            "only divisor's values 1m and 1 are supported with the cpu resource"
        ],
    ),
    (
        {"volumeMounts": [{"name": "v", "mountPath": "/a"}, {"name": "v", "mountPath": "/a"}]},
        [
            f'{C}.volumeMounts[0].name: Not found: "v"',
            f'{C}.volumeMounts[1].mountPath: Invalid value: "/a": must be unique',
            f'{C}.volumeMounts[1].name: Not found: "v"',
        ],
    ),
    (
        {"resources": {"requests": {"memory": "2Gi"}, "limits": {"memory": "1Gi"}}},
        [
            f'{C}.resources.requests: Invalid value: "2Gi": '
            "must be less than or equal to memory limit of 1Gi"
        ],
    ),
    (
        {"resources": {"requests": {"example.com/gpu": "1"}}},
        [
            f"{C}.resources.limits: Required value: "
            "Limit must be set for non overcommitable resources"
        ],
    ),
    (
        {"resources": {"limits": {"example.com/gpu": "0.5", "foo": "1"}}},
        [
            f'{C}.resources.limits[example.com/gpu]: Invalid value: "500m": must be an integer',
            f'{C}.resources.limits[foo]: Invalid value: "foo": '
            "must be a standard resource for containers",
            f'{C}.resources.limits[foo]: Invalid value: "foo": '
            "must be a standard resource type or fully qualified",
            f'{C}.resources.requests[example.com/gpu]: Invalid value: "500m": must be an integer',
            f'{C}.resources.requests[foo]: Invalid value: "foo": '
            "must be a standard resource for containers",
            f'{C}.resources.requests[foo]: Invalid value: "foo": '
            "must be a standard resource type or fully qualified",
        ],
    ),
    (
        {"resources": {"claims": [{"name": "x"}]}},
        [
            f'{C}.resources.claims[0]: Not found: "x": '
            "must be one of the names in pod.spec.resourceClaims which is empty"
        ],
    ),
    (
        {"livenessProbe": {"httpGet": {"port": 0}, "successThreshold": 2}},
        [
            f"{C}.livenessProbe.httpGet.port: Invalid value: 0: "
            "must be between 1 and 65535, inclusive",
            f"{C}.livenessProbe.successThreshold: Invalid value: 2: must be 1",
        ],
    ),
    (
        {"readinessProbe": {"exec": {}, "terminationGracePeriodSeconds": 3}},
        [
            f"{C}.readinessProbe.exec.command: Required value",
            f"{C}.readinessProbe.terminationGracePeriodSeconds: Invalid value: 3: "
            "must not be set for readinessProbes",
        ],
    ),
    (
        {"lifecycle": {"preStop": {"sleep": {"seconds": 31}}}},
        [
            f"{C}.lifecycle.preStop.sleep: Invalid value: 31: must be non-negative and less than "
            "terminationGracePeriodSeconds (30)"
        ],
    ),
    (
        {"securityContext": {"privileged": True, "allowPrivilegeEscalation": False}},
        [
            f'{C}.securityContext: Invalid value: {{"Capabilities":null,"Privileged":true,'
            '"SELinuxOptions":null,"WindowsOptions":null,"RunAsUser":null,"RunAsGroup":null,'
            '"RunAsNonRoot":null,"ReadOnlyRootFilesystem":null,"AllowPrivilegeEscalation":false,'
            '"ProcMount":null,"SeccompProfile":null,"AppArmorProfile":null}: cannot set '
            "`allowPrivilegeEscalation` to false and `privileged` to true"
        ],
    ),
    (
        {"securityContext": {"runAsUser": -1, "seccompProfile": {"type": "Localhost"}}},
        [
            f"{C}.securityContext.runAsUser: Invalid value: -1: "
            "must be between 0 and 2147483647, inclusive",
            f"{C}.securityContext.seccompProfile.localhostProfile: Required value: "
            "must be set when seccomp type is Localhost",
        ],
    ),
    (
        {"restartPolicy": "Sometimes"},
        [
            f'{C}.restartPolicy: Unsupported value: "Sometimes": '
            'supported values: "Always", "Never", "OnFailure"'
        ],
    ),
    (
        {"image": " i "},
        [f'{C}.image: Invalid value: " i ": must not have leading or trailing whitespace'],
    ),
]


@pytest.mark.parametrize(("container", "expected"), CONTAINERS)
def test_a_container_is_told_all_that_is_wrong_with_it(
    container: dict, expected: list[str]
) -> None:
    """A container has the server's errors, all of them."""
    assert told(pod(container)) == sorted(expected)


V = "spec.volumes[0]"
VOLUMES: list[tuple[dict, list[str]]] = [
    ({"emptyDir": {}}, []),
    ({"hostPath": {"path": ""}}, [f"{V}.hostPath.path: Required value"]),
    (
        {"emptyDir": {}, "secret": {"secretName": "s"}},
        [f"{V}.secret: Forbidden: may not specify more than 1 volume type"],
    ),
    (
        {"emptyDir": {}, "downwardAPI": {}, "cephfs": {"monitors": ["a"]}},
        [
            f"{V}.cephFS: Forbidden: may not specify more than 1 volume type",
            f"{V}.downwarAPI: Forbidden: may not specify more than 1 volume type",
        ],
    ),
    (
        {"hostPath": {"path": "/a/../b", "type": "Dir"}},
        [
            f"{V}.hostPath.path: Invalid value: \"/a/../b\": must not contain '..'",
            f'{V}.hostPath.type: Unsupported value: "Dir": supported values: "", "BlockDevice", '
            '"CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket"',
        ],
    ),
    (
        {"configMap": {"name": "c", "items": [{"key": "k", "path": "/x", "mode": 512}]}},
        [
            f"{V}.configMap.items[0].mode: Invalid value: 512: "
            "must be a number between 0 and 0777 (octal), both inclusive",
            f'{V}.configMap.items[0].path: Invalid value: "/x": must be a relative path',
        ],
    ),
    (
        {"nfs": {"server": "", "path": "x"}},
        [
            f'{V}.nfs.path: Invalid value: "x": must be an absolute path',
            f"{V}.nfs.server: Required value",
        ],
    ),
    (
        {"gcePersistentDisk": {"pdName": "", "partition": 300}},
        [
            f"{V}.persistentDisk.partition: Invalid value: 300: "
            "must be between 1 and 255, inclusive",
            f"{V}.persistentDisk.pdName: Required value",
        ],
    ),
    (
        {
            "projected": {
                "sources": [
                    {"secret": {"name": "a", "items": [{"key": "k", "path": "p"}]}},
                    {"configMap": {"name": "b", "items": [{"key": "k", "path": "p"}]}},
                    {"secret": {"name": "c"}, "configMap": {"name": "d"}},
                ]
            }
        },
        [
            f'{V}.projected: Invalid value: "b": conflicting duplicate paths',
            f"{V}.projected.sources[2]: Forbidden: "
            "may not specify more than 1 volume type per source",
        ],
    ),
    (
        {
            "projected": {
                "sources": [{"serviceAccountToken": {"path": "t", "expirationSeconds": 5}}]
            }
        },
        [
            f"{V}.projected.sources[0].serviceAccountToken.expirationSeconds: Invalid value: 5: "
            "may not specify a duration less than 10 minutes",
            f"{V}.projected.sources[0].serviceAccountToken: Forbidden: "
            "must not be specified when serviceAccountName is not set",
        ],
    ),
    (
        {"csi": {"driver": "A_"}},
        [
            f'{V}.csi.driver: Invalid value: "A_": a lowercase RFC 1123 subdomain must consist of '
            "lower case alphanumeric characters, '-' or '.', and must start and end with an "
            "alphanumeric character (e.g. 'example.com', regex used for validation is "
            "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
        ],
    ),
    ({"image": {}}, [f"{V}.image.reference: Required value"]),
    ({"ephemeral": {}}, [f"{V}.ephemeral.volumeClaimTemplate: Required value"]),
]


@pytest.mark.parametrize(("source", "expected"), VOLUMES)
def test_a_volume_comes_from_one_source_that_is_right(source: dict, expected: list[str]) -> None:
    """A volume has the server's errors, all of them."""
    assert told(pod(volumes=[{"name": "v", **source}])) == sorted(expected)


SPECS: list[tuple[dict, list[str]]] = [
    (
        {"restartPolicy": "Sometimes", "dnsPolicy": "Mine"},
        [
            'spec.dnsPolicy: Unsupported value: "Mine": supported values: '
            '"ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"',
            'spec.restartPolicy: Unsupported value: "Sometimes": supported values: '
            '"Always", "OnFailure", "Never"',
        ],
    ),
    (
        {"dnsPolicy": "None"},
        ["spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None"],
    ),
    (
        {"dnsConfig": {"nameservers": ["1.1.1.1", "2.2.2.2", "3.3.3.3", "x"]}},
        [
            'spec.dnsConfig.nameservers: Invalid value: ["1.1.1.1","2.2.2.2","3.3.3.3","x"]: '
            "must not have more than 3 nameservers",
            'spec.dnsConfig.nameservers[3]: Invalid value: "x": '
            "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)",
        ],
    ),
    (
        {"tolerations": [{"operator": "Equal", "effect": "Never", "tolerationSeconds": 3}]},
        [
            'spec.tolerations[0].effect: Invalid value: "Never": '
            "effect must be 'NoExecute' when `tolerationSeconds` is set",
            'spec.tolerations[0].effect: Unsupported value: "Never": supported values: '
            '"NoSchedule", "PreferNoSchedule", "NoExecute"',
            'spec.tolerations[0].operator: Invalid value: "Equal": operator must be Exists '
            'when `key` is empty, which means "match all values and all keys"',
        ],
    ),
    (
        {"tolerations": [{"key": "k", "operator": "Gt", "value": "5"}]},
        [
            'spec.tolerations[0].operator: Unsupported value: "Gt": supported values: '
            '"Equal", "Exists", "Lt", "Gt"'
        ],
    ),
    (
        {
            "topologySpreadConstraints": [
                {"maxSkew": 0, "topologyKey": "z", "whenUnsatisfiable": "X", "minDomains": 2}
            ]
        },
        [
            "spec.topologySpreadConstraints[0].maxSkew: Invalid value: 0: "
            "must be greater than zero",
            "spec.topologySpreadConstraints[0].minDomains: Invalid value: 2: "
            "can only use minDomains if whenUnsatisfiable=DoNotSchedule, not X",
            'spec.topologySpreadConstraints[0].whenUnsatisfiable: Unsupported value: "X": '
            'supported values: "DoNotSchedule", "ScheduleAnyway"',
        ],
    ),
    (
        {
            "affinity": {
                "nodeAffinity": {
                    "requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": []},
                    "preferredDuringSchedulingIgnoredDuringExecution": [
                        {
                            "weight": 0,
                            "preference": {
                                "matchExpressions": [
                                    {"key": "k", "operator": "In", "values": ["not a label"]}
                                ]
                            },
                        }
                    ],
                },
                "podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [{}]},
            }
        },
        [
            "spec.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].weight: "
            "Invalid value: 0: must be in the range 1-100",
            "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution"
            ".nodeSelectorTerms: Required value: must have at least one node selector term",
            "spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0]"
            ".topologyKey: Required value: can not be empty",
            "spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0]"
            '.topologyKey: Invalid value: "": name part must be non-empty',
            "spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0]"
            '.topologyKey: Invalid value: "": name part must consist of alphanumeric characters, '
            "'-', '_' or '.', and must start and end with an alphanumeric character (e.g. "
            "'MyName',  or 'my.name',  or '123-abc', regex used for validation is "
            "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
        ],
    ),
    (
        {"initContainers": [{"name": "c", "image": "i", "livenessProbe": {"exec": {}}}]},
        [
            "spec.initContainers[0].livenessProbe: Forbidden: "
            "may not be set for init containers without restartPolicy=Always",
            'spec.initContainers[0].name: Duplicate value: "c"',
        ],
    ),
    (
        {"ephemeralContainers": [{"name": "d", "image": "i", "targetContainerName": "x"}]},
        [
            "spec.ephemeralContainers: Forbidden: cannot be set on create",
            'spec.ephemeralContainers[0].targetContainerName: Not found: "x"',
        ],
    ),
    (
        {"hostname": "A.b", "activeDeadlineSeconds": 0},
        [
            "spec.activeDeadlineSeconds: Invalid value: 0: "
            "must be between 1 and 2147483647, inclusive",
            f'spec.hostname: Invalid value: "A.b": {LABEL}',
        ],
    ),
    (
        {"os": {"name": "windows"}, "hostPID": True, "securityContext": {"runAsUser": 1}},
        [
            "spec.hostPID: Forbidden: cannot be set for a windows pod",
            "spec.securityContext.runAsUser: Forbidden: cannot be set for a windows pod",
        ],
    ),
    (
        {"schedulingGates": [{"name": "a"}, {"name": "a"}], "nodeName": "n"},
        [
            "spec.nodeName: Forbidden: cannot be set until all schedulingGates have been cleared",
            'spec.schedulingGates[1]: Duplicate value: "a"',
        ],
    ),
    (
        {"resources": {"requests": {"cpu": "1"}, "limits": {"example.com/x": "1"}}},
        [
            f'spec.resources.{which}[example.com/x]: Unsupported value: "example.com/x": '
            'supported values: "cpu", "hugepages-", "memory"'
            for which in ("limits", "requests")
        ],
    ),
    (
        {"resourceClaims": [{"name": "a"}]},
        [
            'spec.resourceClaims[0]: Invalid value: {"Name":"a","ResourceClaimName":null,'
            '"ResourceClaimTemplateName":null}: must specify one of: `resourceClaimName`, '
            "`resourceClaimTemplateName`"
        ],
    ),
]


@pytest.mark.parametrize(("spec", "expected"), SPECS)
def test_a_pod_is_told_all_that_is_wrong_with_it(spec: dict, expected: list[str]) -> None:
    """A Pod has the server's errors, all of them."""
    assert told(pod(**spec)) == sorted(expected)


FIELDS = (
    "spec: Forbidden: pod updates may not change fields other than "
    "`spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,"
    "`spec.tolerations` (only additions to existing tolerations),"
    "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)"
)


def test_a_pod_may_change_its_image_its_deadline_and_nothing_else() -> None:
    """An image, a deadline and more tolerations are taken, a node is not."""
    before = pod()
    image = [{**before["spec"]["containers"][0], "image": "i:2"}]
    more = [{"key": "k", "operator": "Exists"}]
    after = changed(before, containers=image, activeDeadlineSeconds=5, tolerations=more)
    assert told_of_change(before, after) == []
    assert told_of_change(before, changed(before, nodeName="n")) == [FIELDS]


def test_a_pod_that_waits_at_gates_may_be_told_where_to_run() -> None:
    """A node selector may grow while a Pod waits, and its terms may ask for more."""
    before = pod(schedulingGates=[{"name": "g"}], nodeSelector={"a": "b"})
    grown = changed(before, nodeSelector={"a": "b", "c": "d"})
    assert told_of_change(before, grown) == []
    assert told_of_change(before, changed(before, nodeSelector={"c": "d"})) == [
        'spec.nodeSelector: Invalid value: {"c":"d"}: '
        "only additions to spec.nodeSelector are allowed (no mutations or deletions)"
    ]
    free = changed(before, schedulingGates=None)
    assert told_of_change(before, free) == []
    assert told_of_change(free, changed(free, nodeSelector={"c": "d"})) == [FIELDS]


def test_amounts_spelt_another_way_are_no_change() -> None:
    """`1e3` and `1k` are one amount."""
    before = pod({"resources": {"requests": {"memory": "1e3"}}})
    after = pod({"resources": {"requests": {"memory": "1k"}}})
    assert told_of_change(before, after) == []
