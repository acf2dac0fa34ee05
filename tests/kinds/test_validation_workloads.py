"""What the API server refuses of Deployments, sets, Jobs and CronJobs, in its own words."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from reconcile.kinds import Kinds, defaulted
from reconcile.kinds.validation import create_errors, status_update_errors, update_errors
from reconcile.kinds.validation.schedule import schedule_errors, zone_errors

KINDS = Kinds()
UID = "6e7cbe97-201e-4d54-a2d1-1073d5280bbf"
NOT_NEGATIVE = "must be greater than or equal to 0"
PERCENT = (
    "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or "
    "'93%', regex used for validation is '[0-9]+%')"
)
MISMATCH = "`selector` does not match template `labels`"


def template(**spec: Any) -> dict:
    """Return a template of Pods with one container."""
    containers = [{"name": "c", "image": "i:1"}]
    return {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": containers, **spec}}


def workload(kind: str, **spec: Any) -> dict:
    """Return a workload as it is stored."""
    held = {"selector": {"matchLabels": {"a": "b"}}, "template": template(), **spec}
    metadata = {"name": "w", "namespace": "n"}
    return defaulted({"apiVersion": "apps/v1", "kind": kind, "metadata": metadata, "spec": held})


def labels_of_job() -> dict[str, str]:
    """Return the labels that a Job's Pods are given."""
    named = {"controller-uid": UID, "job-name": "j"}
    return {**named, **{f"batch.kubernetes.io/{key}": value for key, value in named.items()}}


def job(pods: dict | None = None, /, **spec: Any) -> dict:
    """Return a Job as it is stored, with what is made for it."""
    held = {"template": template(restartPolicy="Never", **(pods or {})), **spec}
    metadata = {"name": "j", "namespace": "n", "uid": UID}
    made = defaulted({"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata, "spec": held})
    made["spec"]["template"]["metadata"]["labels"].update(labels_of_job())
    own = {"batch.kubernetes.io/controller-uid": UID}
    made["spec"].setdefault("selector", {"matchLabels": own})
    return made


def cron_job(**spec: Any) -> dict:
    """Return a CronJob as it is stored."""
    made = {"spec": {"template": template(restartPolicy="Never")}}
    held = {"schedule": "* * * * *", "jobTemplate": made, **spec}
    metadata = {"name": "c", "namespace": "n"}
    return defaulted(
        {"apiVersion": "batch/v1", "kind": "CronJob", "metadata": metadata, "spec": held}
    )


def told(document: dict) -> list[str]:
    """Return what is said of a new object."""
    return sorted(str(error) for error in create_errors(KINDS, document))


def told_of_change(before: dict, **spec: Any) -> list[str]:
    """Return what is said of a change of some members of the spec."""
    after = copy.deepcopy(before)
    after["spec"].update(spec)
    return sorted(str(error) for error in update_errors(KINDS, before, after))


def told_of_status(document: dict, before: dict, after: dict) -> list[str]:
    """Return what is said of a new status."""
    old, new = ({**document, "status": status} for status in (before, after))
    return sorted(str(error) for error in status_update_errors(KINDS, old, new))


DEPLOYMENTS: list[tuple[dict, list[str]]] = [
    ({}, []),
    (
        {"selector": {"matchLabels": {"a": "c"}}},
        [f'spec.template.metadata.labels: Invalid value: {{"a":"b"}}: {MISMATCH}'],
    ),
    (
        {"selector": {"matchExpressions": [{"key": "a", "operator": "Is"}]}},
        [
            'spec.selector: Invalid value: {"matchExpressions":[{"key":"a","operator":"Is"}]}: '
            "invalid label selector",
            'spec.selector.matchExpressions[0].operator: Invalid value: "Is": '
            "not a valid selector operator",
        ],
    ),
    (
        {"strategy": {"type": "Odd"}},
        [
            'spec.strategy: Unsupported value: {"Type":"Odd","RollingUpdate":null}: '
            'supported values: "Recreate", "RollingUpdate"'
        ],
    ),
    (
        {"strategy": {"rollingUpdate": {"maxUnavailable": "0%", "maxSurge": 0}}},
        [
            'spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "0%": '
            "may not be 0 when `maxSurge` is 0"
        ],
    ),
    (
        {"strategy": {"rollingUpdate": {"maxUnavailable": "1x", "maxSurge": -1}}},
        [
            f"spec.strategy.rollingUpdate.maxSurge: Invalid value: -1: {NOT_NEGATIVE}",
            f'spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "1x": {PERCENT}',
        ],
    ),
    (
        {"template": template(activeDeadlineSeconds=3)},
        [
            "spec.template.spec.activeDeadlineSeconds: Forbidden: "
            "activeDeadlineSeconds in ReplicaSet is not Supported"
        ],
    ),
]


@pytest.mark.parametrize(("spec", "expected"), DEPLOYMENTS)
def test_a_deployment_is_told_all_that_is_wrong_with_it(spec: dict, expected: list[str]) -> None:
    """A Deployment has the server's errors, all of them."""
    assert told(workload("Deployment", **spec)) == sorted(expected)


def test_selectors_do_not_change() -> None:
    """The selector of a workload may never change, and is told as it would be."""
    for kind in ("Deployment", "ReplicaSet", "DaemonSet"):
        before = workload(kind)
        assert told_of_change(before, selector={"matchLabels": {"a": "b"}}) == []
        new = {"matchExpressions": [{"key": "a", "operator": "Exists"}]}
        assert told_of_change(before, selector=new) == [
            'spec.selector: Invalid value: {"matchExpressions":[{"key":"a","operator":"Exists"}]}: '
            "field is immutable"
        ]


def test_a_daemon_set_takes_a_surge_or_an_absence() -> None:
    """Not both of them, and not none."""
    strategy = {"rollingUpdate": {"maxUnavailable": 1, "maxSurge": 1}}
    place = "spec.updateStrategy.rollingUpdate"
    assert told(workload("DaemonSet", updateStrategy=strategy)) == [
        f"{place}.maxSurge: Invalid value: 1: may not be set when maxUnavailable is non-zero"
    ]
    strategy = {"rollingUpdate": {"maxUnavailable": 0, "maxSurge": 0}}
    assert told(workload("DaemonSet", updateStrategy=strategy)) == [
        f"{place}.maxUnavailable: Required value: cannot be 0 when maxSurge is 0"
    ]
    assert told(workload("DaemonSet", updateStrategy={"type": "Odd"})) == [
        'spec.updateStrategy: Unsupported value: {"Type":"Odd","RollingUpdate":null}: '
        'supported values: "RollingUpdate", "OnDelete"'
    ]


def test_a_stateful_set_mounts_its_claims() -> None:
    """A claim is a volume of the template; what is neither is not there."""
    claim = {
        "metadata": {"name": "data"},
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "resources": {"requests": {"storage": "1Gi"}},
        },
    }
    pods = template()
    pods["spec"]["containers"][0]["volumeMounts"] = [{"name": "data", "mountPath": "/d"}]
    held = workload("StatefulSet", template=pods, volumeClaimTemplates=[claim])
    assert told(held) == []
    assert told(workload("StatefulSet", template=pods)) == [
        'spec.template.spec.containers[0].volumeMounts[0].name: Not found: "data"'
    ]


def test_a_stateful_set_is_told_all_that_is_wrong_with_it() -> None:
    """A StatefulSet has the server's errors, all of them."""
    held = workload(
        "StatefulSet",
        podManagementPolicy="Odd",
        updateStrategy={"type": "RollingUpdate", "rollingUpdate": {"partition": -1}},
        ordinals={"start": -1},
        serviceName="a.b",
        persistentVolumeClaimRetentionPolicy={"whenDeleted": "Keep", "whenScaled": "Retain"},
    )
    assert told(held) == [
        f"spec.ordinals.start: Invalid value: -1: {NOT_NEGATIVE}",
        'spec.persistentVolumeClaimRetentionPolicy.whenDeleted: Unsupported value: "Keep": '
        'supported values: "Retain", "Delete"',
        "spec.podManagementPolicy: Invalid value: \"Odd\": must be 'OrderedReady' or 'Parallel'",
        'spec.serviceName: Invalid value: "a.b": must not contain dots',
        f"spec.updateStrategy.rollingUpdate.partition: Invalid value: -1: {NOT_NEGATIVE}",
    ]


def test_a_stateful_set_keeps_what_its_pods_are_named_by() -> None:
    """Of a StatefulSet only what is listed may change."""
    before = workload("StatefulSet", serviceName="s")
    assert told_of_change(before, replicas=3, minReadySeconds=1) == []
    assert told_of_change(before, serviceName="t") == [
        "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', "
        "'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', "
        "'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden"
    ]


def test_what_was_wrong_with_a_stateful_set_may_stay() -> None:
    """A template that is wrong already does not hinder another change."""
    before = workload("StatefulSet")
    before["spec"]["template"]["spec"]["containers"] = []
    assert told_of_change(before, replicas=3) == []


def test_a_revision_does_not_change() -> None:
    """The data of a ControllerRevision must be there, and stay."""
    metadata = {"name": "r", "namespace": "n"}
    before = {
        "apiVersion": "apps/v1",
        "kind": "ControllerRevision",
        "metadata": metadata,
        "revision": 1,
        "data": {"a": 1},
    }
    after = {**before, "data": {"a": 2}, "revision": -1}
    assert sorted(str(error) for error in update_errors(KINDS, before, after)) == [
        'data: Invalid value: {"a":2}: field is immutable',
        f"revision: Invalid value: -1: {NOT_NEGATIVE}",
    ]
    del after["data"]
    assert "data: Required value: data is mandatory" in told(after)


def test_no_count_of_a_status_is_above_the_whole() -> None:
    """Replicas that are ready are replicas; collisions do not become fewer."""
    held = workload("StatefulSet")
    assert told_of_status(held, {"collisionCount": 2}, {"readyReplicas": 1, "replicas": 0}) == [
        "status.collisionCount: Invalid value: 0: cannot be decremented",
        "status.readyReplicas: Invalid value: 1: cannot be greater than status.replicas",
    ]


JOBS: list[tuple[dict, list[str]]] = [
    ({}, []),
    (
        {"completionMode": "Indexed", "parallelism": 1},
        ["spec.completions: Required value: when completion mode is Indexed"],
    ),
    (
        {"backoffLimitPerIndex": 1, "maxFailedIndexes": 2},
        [
            "spec.backoffLimitPerIndex: Invalid value: 1: requires indexed completion mode",
            "spec.maxFailedIndexes: Invalid value: 2: requires indexed completion mode",
        ],
    ),
    (
        {"maxFailedIndexes": 5, "completionMode": "Indexed", "completions": 3},
        [
            "spec.backoffLimitPerIndex: Required value: when maxFailedIndexes is specified",
            "spec.maxFailedIndexes: Invalid value: 5: must be less than or equal to completions",
        ],
    ),
    (
        {"successPolicy": {"rules": [{"succeededCount": 1}]}},
        [
            'spec.successPolicy: Invalid value: {"Rules":[{"SucceededIndexes":null,'
            '"SucceededCount":1}]}: requires indexed completion mode'
        ],
    ),
    (
        {
            "completionMode": "Indexed",
            "completions": 4,
            "successPolicy": {
                "rules": [
                    {"succeededIndexes": "0-1,3", "succeededCount": 4},
                    {},
                    {"succeededIndexes": "3,1"},
                    {"succeededIndexes": "4"},
                ]
            },
        },
        [
            "spec.successPolicy.rules[0].succeededCount: Invalid value: 4: must be less than or "
            "equal to 3 (the number of indexes in the specified succeededIndexes field)",
            "spec.successPolicy.rules[1]: Required value: "
            "at least one of succeededCount or succeededIndexes must be specified",
            'spec.successPolicy.rules[2].succeededIndexes: Invalid value: "3,1": error parsing '
            "succeededIndexes: non-increasing order, previous: 3, current: 1",
            'spec.successPolicy.rules[3].succeededIndexes: Invalid value: "4": error parsing '
            'succeededIndexes: too large index: "4"',
        ],
    ),
    (
        {
            "podFailurePolicy": {
                "rules": [
                    {"action": "Odd"},
                    {
                        "action": "FailIndex",
                        "onExitCodes": {
                            "operator": "In",
                            "values": [2, 0, 2],
                            "containerName": "x",
                        },
                        "onPodConditions": [{"type": "A", "status": "Maybe"}],
                    },
                ]
            }
        },
        [
            'spec.podFailurePolicy.rules[0].action: Unsupported value: "Odd": supported values: '
            '"Count", "FailIndex", "FailJob", "Ignore"',
            "spec.podFailurePolicy.rules[0]: Invalid value: "
            "specifying one of OnExitCodes and OnPodConditions is required",
            'spec.podFailurePolicy.rules[1].action: Invalid value: "FailIndex": '
            "requires the backoffLimitPerIndex to be set",
            "spec.podFailurePolicy.rules[1]: Invalid value: "
            "specifying both OnExitCodes and OnPodConditions is not supported",
            'spec.podFailurePolicy.rules[1].onExitCodes.containerName: Invalid value: "x": '
            "must be one of the container or initContainer names in the pod template",
            "spec.podFailurePolicy.rules[1].onExitCodes.values: Invalid value: [2,0,2]: "
            "must be ordered",
            "spec.podFailurePolicy.rules[1].onExitCodes.values[1]: Invalid value: 0: "
            "must not be 0 for the In operator",
            "spec.podFailurePolicy.rules[1].onExitCodes.values[2]: Duplicate value: 2",
            'spec.podFailurePolicy.rules[1].onPodConditions[0].status: Unsupported value: "Maybe": '
            'supported values: "False", "True", "Unknown"',
        ],
    ),
    (
        {"managedBy": "me", "podReplacementPolicy": "Odd"},
        [
            'spec.managedBy: Invalid value: "me": '
            'must be a domain-prefixed path (such as "acme.io/foo")',
            'spec.podReplacementPolicy: Unsupported value: "Odd": supported values: "Failed", '
            '"TerminatingOrFailed"',
        ],
    ),
]


@pytest.mark.parametrize(("spec", "expected"), JOBS)
def test_a_job_is_told_all_that_is_wrong_with_it(spec: dict, expected: list[str]) -> None:
    """A Job has the server's errors, all of them."""
    assert told(job(**spec)) == sorted(expected)


def test_a_job_has_the_labels_that_are_made_for_it() -> None:
    """A label of another Job is refused, wherever it comes from."""
    held = job()
    held["spec"]["template"]["metadata"]["labels"]["job-name"] = "k"
    (error,) = [each for each in told(held) if "labels[job-name]" in each]
    assert error.startswith('spec.template.metadata.labels[job-name]: Invalid value: {"a":"b",')
    assert error.endswith("must be 'j'")


def test_a_job_that_waits_may_be_told_where_to_run() -> None:
    """A suspended Job that never started may get another node selector, a running one not."""
    waits, runs = job(suspend=True), job(suspend=False)
    for held, taken in ((waits, True), (runs, False)):
        new = copy.deepcopy(held["spec"]["template"])
        new["spec"]["nodeSelector"] = {"a": "b"}
        errors = told_of_change(held, template=new)
        assert (errors == []) is taken
        assert taken or all(each.startswith("spec.template: Invalid value: {") for each in errors)
    new = copy.deepcopy(waits["spec"]["template"])
    new["spec"]["containers"][0]["image"] = "i:2"
    assert len(told_of_change(waits, template=new)) == 1


def test_an_indexed_job_grows_in_tandem() -> None:
    """Completions of an indexed Job follow parallelism; of another they stay."""
    indexed = job(completionMode="Indexed", completions=2, parallelism=2)
    assert told_of_change(indexed, completions=3, parallelism=3) == []
    assert told_of_change(indexed, completions=3) == [
        "spec.completions: Invalid value: 3: can only be modified in tandem with spec.parallelism"
    ]
    assert told_of_change(job(completions=2), completions=3) == [
        "spec.completions: Invalid value: 3: field is immutable"
    ]


def test_a_finished_job_stays_finished() -> None:
    """A terminal condition does not go away, counters do not fall."""
    done = [{"type": kind, "status": "True"} for kind in ("SuccessCriteriaMet", "Complete")]
    times = {"startTime": "2026-01-01T00:00:00Z", "completionTime": "2026-01-01T00:01:00Z"}
    complete = {**times, "succeeded": 1, "conditions": done}
    assert told_of_status(job(), {"startTime": times["startTime"]}, complete) == []
    assert told_of_status(job(), complete, {**complete, "succeeded": 0}) == [
        "status.succeeded: Invalid value: 0: cannot decrease the succeeded counter"
    ]
    assert told_of_status(job(), complete, {**complete, "conditions": []}) == [
        'status.completionTime: Invalid value: "2026-01-01T00:01:00Z": '
        "cannot set completionTime when there is no Complete=True condition",
        "status.conditions: Invalid value: cannot disable the SuccessCriteriaMet=True condition",
        "status.conditions: Invalid value: cannot disable the terminal Complete=True condition",
    ]


def test_a_cron_job_makes_jobs_that_are_right() -> None:
    """What is wrong with its Jobs is told, but for what is made for them."""
    made = {"spec": {"template": template(restartPolicy="Always"), "manualSelector": True}}
    assert told(cron_job(jobTemplate=made, concurrencyPolicy="Odd")) == [
        'spec.concurrencyPolicy: Unsupported value: "Odd": supported values: '
        '"Allow", "Forbid", "Replace"',
        'spec.jobTemplate.spec.manualSelector: Unsupported value: true: supported values: "nil", '
        '"false"',
        "spec.jobTemplate.spec.template.spec.restartPolicy: Required value: valid values: "
        '"OnFailure", "Never"',
    ]
    named = cron_job()
    named["metadata"]["name"] = "c" * 53
    assert told(named) == [
        f'metadata.name: Invalid value: "{"c" * 53}": must be no more than 52 characters'
    ]


SCHEDULES = {
    "*/5 0-6/2 1,15 JAN-mar sun": "",
    "@hourly": "",
    "@every 1h30m": "",
    "* * * *": "expected exactly 5 fields, found 4: [* * * *]",
    "60 * * * *": "end of range (60) above maximum (59): 60",
    "* * 0 * *": "beginning of range (0) below minimum (1): 0",
    "5-1 * * * *": "beginning of range (5) beyond end of range (1): 5-1",
    "*/0 * * * *": "step of range should be a positive number: */0",
    "1-2-3 * * * *": "too many hyphens: 1-2-3",
    "*/1/2 * * * *": "too many slashes: */1/2",
    "x * * * *": ('failed to parse int from x: strconv.Atoi: parsing "x": invalid syntax'),
    "@often": "unrecognized descriptor: @often",
    "@every x": 'failed to parse duration @every x: time: invalid duration "x"',
    "CRON_TZ=UTC * * * * *": "cannot use TZ or CRON_TZ in schedule, use timeZone field instead",
}


@pytest.mark.parametrize(("schedule", "expected"), SCHEDULES.items())
def test_a_schedule_is_told_its_first_fault(schedule: str, expected: str) -> None:
    """A schedule that cannot be read has the reader's words."""
    errors = schedule_errors(schedule, None, "p")
    assert [error.detail for error in errors] == ([expected] if expected else [])


def test_a_schedule_names_its_zone_once() -> None:
    """Where a schedule may name a zone, the field may not."""
    assert schedule_errors("TZ=UTC * * * * *", None, "p", zoned=True) == []
    (error,) = schedule_errors("TZ=UTC * * * * *", "UTC", "p", zoned=True)
    assert error.detail == "cannot use both timeZone field and TZ or CRON_TZ in schedule"


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        ("Europe/Berlin", []),
        ("Etc/UTC", []),
        ("America/Argentina/Salta", []),
        ("", ["timeZone must be nil or non-empty string"]),
        ("Mars/Base", ["unknown time zone Mars/Base"]),
        ("../etc", ["unknown time zone ../etc"]),
        (
            "local",
            [
                "timeZone must be an explicit time zone as defined in "
                "https://www.iana.org/time-zones",
                "unknown time zone local",
            ],
        ),
    ],
)
def test_a_time_zone_is_one_of_those_there_are(zone: str, expected: list[str]) -> None:
    """A time zone has a name of the list, and a form."""
    assert [error.detail for error in zone_errors(zone, "p")] == expected
