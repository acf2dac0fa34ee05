"""What the API server refuses of the parts of a Pod that are written by themselves.

These are its status, its size, and the containers that are added to look inside.
"""

from __future__ import annotations

import copy
from typing import Any

import pytest

from reconcile.kinds import Kinds
from reconcile.kinds.validation import status_update_errors
from reconcile.kinds.validation.pod_parts import ephemeral_containers_updated, resized
from tests.kinds.test_validation_pod import changed, pod

KINDS = Kinds()
ASKED = {"resources": {"requests": {"cpu": "1"}, "limits": {"cpu": "2"}}}
MORE = {"resources": {"requests": {"cpu": "2"}, "limits": {"cpu": "2"}}}
ONLY = "only cpu and memory resources are mutable"


def told_of_status(before: dict, old: dict, new: dict) -> list[str]:
    """Return what is said of a new status."""
    documents = ({**copy.deepcopy(before), "status": status} for status in (old, new))
    return sorted(str(error) for error in status_update_errors(KINDS, *documents))


def told_of_size(before: dict, after: dict) -> list[str]:
    """Return what is said of a new size."""
    return sorted(str(error) for error in resized(before, after))


def test_a_container_that_ended_for_good_does_not_run_again() -> None:
    """A status may not bring back a container that is never started again."""
    before = pod(restartPolicy="Never")
    ended = {"name": "c", "state": {"terminated": {"exitCode": 1}}}
    runs = {"name": "c", "state": {"running": {}}}
    old = {"qosClass": "BestEffort", "containerStatuses": [ended]}
    new = {"qosClass": "Burstable", "containerStatuses": [runs]}
    assert told_of_status(before, old, new) == [
        "status.containerStatuses[0].state: Forbidden: "
        "may not be transitioned to non-terminated state",
        'status.qosClass: Invalid value: "Burstable": field is immutable',
    ]


def test_a_pod_keeps_what_it_asks_for_and_its_class() -> None:
    """A new size may not take an amount away, nor make of a Pod one of another class."""
    before = pod(ASKED)
    after = pod({"resources": {"requests": {"cpu": "1"}}})
    assert told_of_size(before, after) == [
        "spec.containers[0].resources.limits: Forbidden: resource limits cannot be removed"
    ]
    bigger = pod(MORE)
    assert resized(before, bigger) == []
    other = changed(bigger, nodeName="n")
    assert told_of_size(before, other) == [f"spec: Forbidden: {ONLY}"]


def test_an_added_container_stays_as_it_is() -> None:
    """A container that was added may neither change nor go."""
    before = pod()
    added = {"name": "d", "image": "i", "terminationMessagePolicy": "File"}
    before = changed(before, ephemeralContainers=[added])
    after = changed(before, ephemeralContainers=[{**added, "image": "j"}])
    for changed_pod, how in (
        (after, "changed"),
        (changed(before, ephemeralContainers=[]), "removed"),
    ):
        (error,) = ephemeral_containers_updated(before, changed_pod)
        assert error.message.split("\n")[0] == (
            f'Forbidden: existing ephemeral containers "d" may not be {how}'
        )


def test_all_containers_may_run_again_for_one_of_them() -> None:
    """A rule that starts all containers again lets each of them run again."""
    rule = {"action": "RestartAllContainers", "exitCodes": {"operator": "In", "values": [3]}}
    before = pod({"restartPolicy": "Never", "restartPolicyRules": [rule]}, restartPolicy="Never")
    old = {"containerStatuses": [{"name": "c", "state": {"terminated": {"exitCode": 1}}}]}
    new = {"containerStatuses": [{"name": "c", "state": {"running": {}}}]}
    assert told_of_status(before, old, new) == []


@pytest.mark.parametrize(
    ("spec", "status", "told"),
    [
        (
            {},
            {"observedGeneration": -1, "conditions": [{"type": "a b", "observedGeneration": -2}]},
            [
                "status.conditions[0].Type: Invalid value",
                "status.conditions[0].observedGeneration: Invalid value: -2: must be a "
                "non-negative integer",
                "status.observedGeneration: Invalid value: -1: must be a non-negative integer",
            ],
        ),
        (
            {"nodeName": "n"},
            {"nominatedNodeName": "m"},
            [
                "status.nominatedNodeName: Forbidden: may not be set on pods that are already "
                "bound to a node"
            ],
        ),
        (
            {"resourceClaims": [{"name": "a", "resourceClaimName": "b"}]},
            {"resourceClaimStatuses": [{"name": "a"}, {"name": "a", "resourceClaimName": "B"}]},
            [
                'status.resourceClaimStatuses[1].name: Duplicate value: "a"',
                "status.resourceClaimStatuses[1].resourceClaimName: Invalid value",
            ],
        ),
        (
            {},
            {"resourceClaimStatuses": [{"name": "a"}]},
            [
                'status.resourceClaimStatuses[0].name: Invalid value: "a": must match the name of '
                "an entry in `spec.resourceClaims`"
            ],
        ),
        (
            {},
            {"extendedResourceClaimStatus": {"requestMappings": []}},
            [
                "status.extendedResourceClaimStatus.requestMappings: Required value: at least one "
                "request mapping is required",
                "status.extendedResourceClaimStatus.resourceClaimName: Required value",
            ],
        ),
        (
            {},
            {
                "extendedResourceClaimStatus": {
                    "resourceClaimName": "r",
                    "requestMappings": [
                        {"containerName": "c", "resourceName": "a.b/c", "requestName": "q"},
                        {"containerName": "d", "resourceName": "a.b/c", "requestName": "Q"},
                    ],
                }
            },
            [
                "status.extendedResourceClaimStatus.requestMappings[0].resourceName: Invalid value",
                "status.extendedResourceClaimStatus.requestMappings[1].containerName: Invalid "
                'value: "d": must match the name of an entry in spec.initContainers.name or '
                "spec.containers.name",
                "status.extendedResourceClaimStatus.requestName: Invalid value",
            ],
        ),
        (
            {},
            {"hostIP": "1.2.3.4", "hostIPs": [{"ip": "1.2.3.5"}, {"ip": "1.2.3.6"}]},
            [
                'status.hostIPs: Invalid value: [{"IP":"1.2.3.5"},{"IP":"1.2.3.6"}]: may specify '
                "no more than one IP for each IP family",
                'status.hostIPs[0].ip: Invalid value: "1.2.3.5": must be equal to `hostIP`',
            ],
        ),
        ({}, {"podIP": "1.2.3.4", "podIPs": [{"ip": "1.2.3.4"}, {"ip": "::1"}]}, []),
        ({}, {"podIPs": [{"ip": "1.2"}]}, ["status.podIPs[0]: Invalid value"]),
        (
            {},
            {"containerStatuses": [{"user": {"linux": {"uid": -1, "supplementalGroups": [-2]}}}]},
            [
                "status.containerStatuses[0].user.linux.supplementalGroups[0]: Invalid value: -2",
                "status.containerStatuses[0].user.linux.uid: Invalid value: -1",
            ],
        ),
        (
            {"os": {"name": "windows"}},
            {"containerStatuses": [{"user": {"linux": {"uid": 1}}}]},
            ["status.containerStatuses[0].user.linux: Forbidden: cannot be set for a windows pod"],
        ),
        (
            {},
            {
                "containerStatuses": [
                    {
                        "name": "c",
                        "allocatedResourcesStatus": [
                            {"name": "claim:x/y"},
                            {
                                "name": "gpu",
                                "resources": [
                                    {"resourceID": "1", "health": "Healthy", "message": ""},
                                    {"resourceID": "1", "health": "Ill"},
                                ],
                            },
                        ],
                    }
                ],
                "ephemeralContainerStatuses": [{"allocatedResourcesStatus": [{"name": "gpu"}]}],
            },
            [
                "status.containerStatuses[0].allocatedResourcesStatus[0].name: Invalid value: "
                '"claim:x/y": must match one of the container\'s resource claims in a format '
                "'claim:<claimName>/<request>' or 'claim:<claimName>' if request is empty",
                "status.containerStatuses[0].allocatedResourcesStatus[1].name: Invalid value: "
                '"gpu": must match one of the container\'s resource requests',
                "status.containerStatuses[0].allocatedResourcesStatus[1].resources[0].message: "
                "Required value: must be non-empty if specified",
                "status.containerStatuses[0].allocatedResourcesStatus[1].resources[1].health: "
                'Unsupported value: "Ill": supported values: "Healthy", "Unhealthy", "Unknown"',
                "status.containerStatuses[0].allocatedResourcesStatus[1].resources[1].resourceID: "
                'Duplicate value: "1"',
                "status.ephemeralContainerStatuses[0].allocatedResourcesStatus: Forbidden: must "
                "not be specified in container status",
            ],
        ),
    ],
)
def test_a_status_fits_its_pod(spec: dict[str, Any], status: dict, told: list[str]) -> None:
    """What a status tells of nodes, claims, addresses, users and amounts must be true."""
    found = told_of_status(pod(**spec), {}, status)
    assert len(found) == len(told), found
    for each, start in zip(found, told, strict=True):
        assert each.startswith(start)


def test_addresses_that_were_there_stay() -> None:
    """An address that is wrong may stay if it was there already."""
    status = {"podIPs": [{"ip": "01.2.3.4"}]}
    assert told_of_status(pod(), status, status) == []
    assert len(told_of_status(pod(), {}, status)) == 1


def test_containers_keep_their_places_in_a_new_size() -> None:
    """No container comes, goes, or changes places with another."""
    before = pod(ASKED)
    first, second = before["spec"]["containers"][0], {"name": "d", "image": "i:1"}
    both = pod(ASKED)
    both["spec"]["containers"] = [first, {**first, **second}]
    turned = copy.deepcopy(both)
    turned["spec"]["containers"].reverse()
    assert told_of_size(before, both) == [
        "spec.containers: Forbidden: containers may not be added or removed on resize"
    ]
    assert told_of_size(both, turned) == [
        f"spec.containers[{index}].name: Forbidden: containers may not be renamed or reordered on "
        "resize"
        for index in (0, 1)
    ]


def test_init_containers_take_a_new_size() -> None:
    """An init container may ask for more, and nothing else of it may differ."""
    first = {**pod(ASKED)["spec"]["containers"][0], "name": "a"}
    before = pod(ASKED, initContainers=[first])
    assert told_of_size(before, changed(before, initContainers=[{**first, **MORE}])) == []
    assert told_of_size(before, changed(before, initContainers=[{**first, "image": "j"}])) == [
        "spec.initContainers[0]: Forbidden: only cpu and memory resources for init or sidecar "
        "containers are mutable"
    ]
    anew = {**first, "resizePolicy": [{"resourceName": "cpu", "restartPolicy": "RestartContainer"}]}
    before = pod(ASKED, initContainers=[anew])
    assert told_of_size(before, changed(before, initContainers=[{**anew, **MORE}])) == [
        "spec.initContainers[0].resizePolicy[0].restartPolicy: Invalid value: "
        "\"RestartContainer\": must not be set to 'RestartContainer' for non-sidecar "
        "initContainers",
        "spec.initContainers[0]: Forbidden: non-sidecar init containers with a resize policy of "
        "RestartContainer cannot be resized",
    ]


def test_a_pod_takes_a_new_size_as_a_whole() -> None:
    """What a Pod asks for as a whole may change in amount, and may not go away."""
    before = pod(**ASKED)
    assert told_of_size(before, pod(**MORE)) == []
    assert told_of_size(before, changed(before, resources=None)) == [
        "spec.resources: Forbidden: pod-level resources cannot be removed",
        'spec: Invalid value: "": Pod QOS Class may not change as a result of resizing',
    ]
    less = {"requests": {"cpu": "1"}}
    assert told_of_size(before, changed(before, resources=less)) == [
        "spec.resources.limits: Forbidden: pod-level resource limits cannot be removed"
    ]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            {"metadata": {"annotations": {"kubernetes.io/config.mirror": "x"}}},
            "Forbidden: static pods cannot be resized",
        ),
        ({"os": {"name": "windows"}}, "Forbidden: windows pods cannot be resized"),
        (
            {"status": {"containerStatuses": [{"state": {"running": {}}}]}},
            "spec: Forbidden: Pod running on node without support for resize",
        ),
        (
            {"status": {"nodeAllocatableResourceClaimStatuses": [{"resourceClaimName": "r"}]}},
            "spec: Forbidden: pods with node allocatable resource claims cannot be resized",
        ),
    ],
)
def test_some_pods_keep_their_size(change: dict[str, Any], told: str) -> None:
    """A Pod of a file, of Windows, or of an old node keeps its size."""
    before = pod(ASKED)
    for name, value in change.items():
        held = before if name in {"metadata", "status"} else before["spec"]
        held[name] = {**held.get(name, {}), **value}
    after = copy.deepcopy(before)
    after["spec"]["containers"][0].update(MORE)
    assert told_of_size(before, after) == [told]
