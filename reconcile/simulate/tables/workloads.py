"""Columns of what runs: pods, what makes them, nodes.

Source: k8s.io/kubernetes pkg/printers/internalversion/printers.go; column texts are those of the
fields they show.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from reconcile.simulate.tables.pods import POD
from reconcile.simulate.tables.shared import (
    AGE,
    CONTAINERS,
    IMAGES,
    NAME,
    Cells,
    Column,
    Object,
    Printer,
    age,
    at,
    condition,
    human_duration,
    images,
    joined,
    labels_text,
    listed,
    mapped,
    name_of,
    number,
    parsed_time,
    selector_text,
    since,
    text,
    wide,
)

__all__ = ["WORKLOADS"]


def _pod_template(obj: Object, now: datetime) -> Cells:
    del now
    labels = labels_text(mapped(obj, "template", "metadata", "labels"))
    return [name_of(obj), *images(at(obj, "template")), labels]


def _replicas(obj: Object, now: datetime) -> Cells:
    selector = at(obj, "spec", "selector")
    core = text(obj, "apiVersion") == "v1"
    return [
        name_of(obj),
        number(obj, "spec", "replicas"),
        number(obj, "status", "replicas"),
        number(obj, "status", "readyReplicas"),
        age(obj, now),
        *images(at(obj, "spec", "template")),
        labels_text(selector or {}) if core else selector_text(selector),
    ]


def _replica_columns(kind: str, group: str) -> tuple[Column, ...]:
    return (
        NAME,
        Column("Desired", f"#api.{group}.{kind}Spec/replicas", "integer"),
        Column("Current", f"#api.{group}.{kind}Status/replicas", "integer"),
        Column("Ready", f"#api.{group}.{kind}Status/readyReplicas", "integer"),
        AGE,
        CONTAINERS,
        IMAGES,
        wide("Selector", f"#api.{group}.{kind}Spec/selector"),
    )


def _deployment(obj: Object, now: datetime) -> Cells:
    return [
        name_of(obj),
        f"{number(obj, 'status', 'readyReplicas')}/{number(obj, 'spec', 'replicas')}",
        number(obj, "status", "updatedReplicas"),
        number(obj, "status", "availableReplicas"),
        age(obj, now),
        *images(at(obj, "spec", "template")),
        selector_text(at(obj, "spec", "selector"), empty=""),
    ]


def _stateful_set(obj: Object, now: datetime) -> Cells:
    ready = f"{number(obj, 'status', 'readyReplicas')}/{number(obj, 'spec', 'replicas')}"
    return [name_of(obj), ready, age(obj, now), *images(at(obj, "spec", "template"))]


def _daemon_set(obj: Object, now: datetime) -> Cells:
    counts = (
        "desiredNumberScheduled",
        "currentNumberScheduled",
        "numberReady",
        "updatedNumberScheduled",
        "numberAvailable",
    )
    return [
        name_of(obj),
        *(number(obj, "status", field) for field in counts),
        labels_text(mapped(obj, "spec", "template", "spec", "nodeSelector")),
        age(obj, now),
        *images(at(obj, "spec", "template")),
        selector_text(at(obj, "spec", "selector")),
    ]


def _controller_revision(obj: Object, now: datetime) -> Cells:
    owners = listed(obj, "metadata", "ownerReferences")
    owner = next((each for each in owners if each.get("controller") is True), None)
    shown = "<none>"
    if owner is not None:
        group = text(owner, "apiVersion").rpartition("/")[0]
        kind = f"{owner['kind']}.{group}" if group else str(owner["kind"])
        shown = f"{kind.lower()}/{owner['name']}"
    return [name_of(obj), shown, number(obj, "revision"), age(obj, now)]


def _holds(obj: Object, kind: str) -> bool:
    return text(condition(obj, kind), "status") == "True"


def _job_status(obj: Object) -> str:
    if _holds(obj, "Complete"):
        return "Complete"
    if _holds(obj, "Failed"):
        return "Failed"
    if at(obj, "metadata", "deletionTimestamp") is not None:
        return "Terminating"
    later = ("Suspended", "FailureTarget", "SuccessCriteriaMet")
    return next((kind for kind in later if _holds(obj, kind)), "Running")


def _job(obj: Object, now: datetime) -> Cells:
    succeeded, wanted = number(obj, "status", "succeeded"), at(obj, "spec", "completions")
    parallel = number(obj, "spec", "parallelism")
    if wanted is not None:
        completions = f"{succeeded}/{wanted}"
    elif parallel > 1:
        completions = f"{succeeded}/1 of {parallel}"
    else:
        completions = f"{succeeded}/1"
    started = parsed_time(text(obj, "status", "startTime"))
    ended = parsed_time(text(obj, "status", "completionTime"))
    took = "" if started is None else human_duration((ended or now) - started)
    return [
        name_of(obj),
        _job_status(obj),
        completions,
        took,
        age(obj, now),
        *images(at(obj, "spec", "template")),
        selector_text(at(obj, "spec", "selector")),
    ]


def _cron_job(obj: Object, now: datetime) -> Cells:
    last, suspended = at(obj, "status", "lastScheduleTime"), at(obj, "spec", "suspend")
    job = at(obj, "spec", "jobTemplate", "spec")
    zone = at(obj, "spec", "timeZone")
    return [
        name_of(obj),
        text(obj, "spec", "schedule"),
        "<none>" if zone is None else zone,
        "<unset>" if suspended is None else str(suspended),
        len(listed(obj, "status", "active")),
        "<none>" if last is None else since(last, now),
        age(obj, now),
        *images(at(job, "template")),
        selector_text(at(job, "selector")),
    ]


def _node_address(obj: Object, kind: str) -> str:
    addresses = listed(obj, "status", "addresses")
    found = (text(each, "address") for each in addresses if each.get("type") == kind)
    return next(found, "<none>")


def _node(obj: Object, now: datetime) -> Cells:
    ready = condition(obj, "Ready")
    status = ["Unknown" if ready is None else "Ready" if _holds(obj, "Ready") else "NotReady"]
    if at(obj, "spec", "unschedulable"):
        status.append("SchedulingDisabled")
    roles: set[str] = set()
    for key, value in mapped(obj, "metadata", "labels").items():
        role = key.removeprefix("node-role.kubernetes.io/")
        if role not in (key, ""):
            roles.add(role)
        elif key == "kubernetes.io/role" and value:
            roles.add(value)
    about = at(obj, "status", "nodeInfo")
    fields = ("osImage", "kernelVersion", "containerRuntimeVersion")
    return [
        name_of(obj),
        joined(status),
        joined(sorted(roles)) or "<none>",
        age(obj, now),
        text(about, "kubeletVersion"),
        _node_address(obj, "InternalIP"),
        _node_address(obj, "ExternalIP"),
        *(text(about, field) or "<unknown>" for field in fields),
    ]


def _metric(spec: Object, status: object) -> str:
    """Return the current and the wanted value of a metric of an autoscaler."""
    kind = text(spec, "type")
    key = kind[:1].lower() + kind[1:]
    if key not in ("external", "pods", "object", "resource", "containerResource"):
        return "<unknown type>"
    target, current = at(spec, key, "target"), at(status, key, "current")
    average = at(target, "averageValue")
    if key in ("external", "object") and average is not None:
        told = at(current, "averageValue")
        return f"{'<unknown>' if told is None else told}/{average} (avg)"
    if key in ("external", "object", "pods"):
        field = "averageValue" if key == "pods" else "value"
        return f"{_current(status, key, field)}/{_quantity(at(target, field))}"
    prefix = f"{text(spec, key, 'name')}: "
    if average is not None:
        return f"{prefix}{_current(status, key, 'averageValue')}/{average}"
    used, wanted = at(current, "averageUtilization"), at(target, "averageUtilization")
    shown = "<unknown>" if used is None else f"{used}%"
    return f"{prefix}{shown}/{'<auto>' if wanted is None else f'{wanted}%'}"


def _current(status: object, key: str, field: str) -> str:
    if at(status, key) is None:
        return "<unknown>"
    return _quantity(at(status, key, "current", field))


def _quantity(value: object) -> str:
    return "<nil>" if value is None else str(value)


def _autoscaler(obj: Object, now: datetime) -> Cells:
    metrics, current = listed(obj, "spec", "metrics"), listed(obj, "status", "currentMetrics")
    if text(obj, "apiVersion") == "autoscaling/v1":
        metrics, current = _first_metrics(obj)
    shown = [
        _metric(metric, current[n] if n < len(current) else None)
        for n, metric in enumerate(metrics)
    ]
    targets = joined(shown[:2], ", ") or "<none>"
    if len(shown) > 2:
        targets += f" + {len(shown) - 2} more..."
    least = at(obj, "spec", "minReplicas")
    target = at(obj, "spec", "scaleTargetRef")
    return [
        name_of(obj),
        f"{text(target, 'kind')}/{text(target, 'name')}",
        targets,
        "<unset>" if least is None else str(least),
        number(obj, "spec", "maxReplicas"),
        number(obj, "status", "currentReplicas"),
        age(obj, now),
    ]


def _first_metrics(obj: Object) -> tuple[list[Object], list[Object]]:
    """Return the metrics of the first version, which knows one alone, as the second tells them."""
    wanted = at(obj, "spec", "targetCPUUtilizationPercentage")
    used = at(obj, "status", "currentCPUUtilizationPercentage")
    if wanted is None:
        return [], []
    spec = {"name": "cpu", "target": {"averageUtilization": wanted}}
    status = {"name": "cpu", "current": {"averageUtilization": used}}
    told: list[Object] = [] if used is None else [{"type": "Resource", "resource": status}]
    return [{"type": "Resource", "resource": spec}], told


def _disruption_budget(obj: Object, now: datetime) -> Cells:
    bounds = [at(obj, "spec", field) for field in ("minAvailable", "maxUnavailable")]
    allowed = number(obj, "status", "disruptionsAllowed")
    shown = ["N/A" if bound is None else str(bound) for bound in bounds]
    return [name_of(obj), *shown, allowed, age(obj, now)]


def _scale(obj: Object, now: datetime) -> Cells:
    wanted, there = number(obj, "spec", "replicas"), number(obj, "status", "replicas")
    return [name_of(obj), wanted, there, age(obj, now)]


def _csr(obj: Object, now: datetime) -> Cells:
    kinds = {each.get("type") for each in listed(obj, "status", "conditions")}
    status = "Denied" if "Denied" in kinds else "Approved" if "Approved" in kinds else "Pending"
    if "Failed" in kinds:
        status += ",Failed"
    if text(obj, "status", "certificate"):
        status += ",Issued"
    seconds = at(obj, "spec", "expirationSeconds")
    asked = "<none>" if seconds is None else human_duration(timedelta(seconds=seconds))
    signer, user = text(obj, "spec", "signerName"), text(obj, "spec", "username")
    return [name_of(obj), age(obj, now), signer or "<none>", user, asked, status]


_READY: Final = Column("Ready", "Number of the pod with ready state")
_DAEMON: Final = "#api.apps.v1.DaemonSet"
_AUTO: Final = "#api.autoscaling.v2.HorizontalPodAutoscaler"
_CSR: Final = "#api.certificates.v1.CertificateSigningRequest"
# The text of an older version, which is not published any more.
_SIGNER: Final = """\
Requested signer for the request. It is a qualified name in the form: `scope-hostname.io/name`. \
If empty, it will be defaulted:
 1. If it's a kubelet client certificate, it is assigned
    "kubernetes.io/kube-apiserver-client-kubelet".
 2. If it's a kubelet serving certificate, it is assigned
    "kubernetes.io/kubelet-serving".
 3. Otherwise, it is assigned "kubernetes.io/legacy-unknown".
Distribution of trust for signers happens out of band. \
You can select on this field using `spec.signerName`."""
_NODE: Final = "#api.core.v1.Node"
_CRON: Final = "#api.batch.v1.CronJob"

WORKLOADS: Final[dict[tuple[str, str], Printer]] = {
    ("", "Pod"): POD,
    ("", "PodTemplate"): Printer(
        (
            NAME,
            CONTAINERS._replace(priority=0),
            IMAGES._replace(priority=0),
            Column("Pod Labels", "The labels for the pod template."),
        ),
        _pod_template,
    ),
    ("", "ReplicationController"): Printer(
        _replica_columns("ReplicationController", "core.v1"), _replicas
    ),
    ("apps", "ReplicaSet"): Printer(_replica_columns("ReplicaSet", "apps.v1"), _replicas),
    ("apps", "Deployment"): Printer(
        (
            NAME,
            _READY,
            Column("Up-to-date", "#api.apps.v1.DeploymentStatus/updatedReplicas"),
            Column("Available", "#api.apps.v1.DeploymentStatus/availableReplicas"),
            AGE,
            CONTAINERS,
            IMAGES,
            wide("Selector", "#api.apps.v1.DeploymentSpec/selector"),
        ),
        _deployment,
    ),
    ("apps", "StatefulSet"): Printer((NAME, _READY, AGE, CONTAINERS, IMAGES), _stateful_set),
    ("apps", "DaemonSet"): Printer(
        (
            NAME,
            Column("Desired", f"{_DAEMON}Status/desiredNumberScheduled", "integer"),
            Column("Current", f"{_DAEMON}Status/currentNumberScheduled", "integer"),
            Column("Ready", f"{_DAEMON}Status/numberReady", "integer"),
            Column("Up-to-date", f"{_DAEMON}Status/updatedNumberScheduled", "integer"),
            Column("Available", f"{_DAEMON}Status/numberAvailable", "integer"),
            Column("Node Selector", "#api.core.v1.PodSpec/nodeSelector"),
            AGE,
            CONTAINERS,
            IMAGES,
            wide("Selector", f"{_DAEMON}Spec/selector"),
        ),
        _daemon_set,
    ),
    ("apps", "ControllerRevision"): Printer(
        (
            NAME,
            Column("Controller", "Controller of the object"),
            Column("Revision", "#api.apps.v1.ControllerRevision/revision"),
            AGE,
        ),
        _controller_revision,
    ),
    ("batch", "Job"): Printer(
        (
            NAME,
            Column("Status", "Status of the job."),
            Column("Completions", "#api.batch.v1.JobStatus/succeeded"),
            Column("Duration", "Time required to complete the job."),
            AGE,
            CONTAINERS,
            IMAGES,
            wide("Selector", "#api.batch.v1.JobSpec/selector"),
        ),
        _job,
    ),
    ("batch", "CronJob"): Printer(
        (
            NAME,
            Column("Schedule", f"{_CRON}Spec/schedule"),
            Column("Timezone", f"{_CRON}Spec/timeZone"),
            Column("Suspend", f"{_CRON}Spec/suspend", "boolean"),
            Column("Active", f"{_CRON}Status/active", "integer"),
            Column("Last Schedule", f"{_CRON}Status/lastScheduleTime"),
            AGE,
            CONTAINERS,
            IMAGES,
            wide("Selector", "#api.batch.v1.JobSpec/selector"),
        ),
        _cron_job,
    ),
    ("", "Node"): Printer(
        (
            NAME,
            Column("Status", "The status of the node"),
            Column("Roles", "The roles of the node"),
            AGE,
            Column("Version", f"{_NODE}SystemInfo/kubeletVersion"),
            wide("Internal-IP", f"{_NODE}Status/addresses"),
            wide("External-IP", f"{_NODE}Status/addresses"),
            wide("OS-Image", f"{_NODE}SystemInfo/osImage"),
            wide("Kernel-Version", f"{_NODE}SystemInfo/kernelVersion"),
            wide("Container-Runtime", f"{_NODE}SystemInfo/containerRuntimeVersion"),
        ),
        _node,
    ),
    ("autoscaling", "HorizontalPodAutoscaler"): Printer(
        (
            NAME,
            Column("Reference", f"{_AUTO}Spec/scaleTargetRef"),
            Column("Targets", f"{_AUTO}Spec/metrics"),
            Column("MinPods", f"{_AUTO}Spec/minReplicas"),
            Column("MaxPods", f"{_AUTO}Spec/maxReplicas"),
            Column("Replicas", f"{_AUTO}Status/currentReplicas"),
            AGE,
        ),
        _autoscaler,
    ),
    ("policy", "PodDisruptionBudget"): Printer(
        (
            NAME,
            Column("Min Available", "The minimum number of pods that must be available."),
            Column("Max Unavailable", "The maximum number of pods that may be unavailable."),
            Column(
                "Allowed Disruptions",
                "Calculated number of pods that may be disrupted at this time.",
                "integer",
            ),
            AGE,
        ),
        _disruption_budget,
    ),
    ("autoscaling", "Scale"): Printer(
        (
            NAME._replace(format=""),
            Column("Desired", "#api.autoscaling.v1.ScaleSpec/replicas", "integer"),
            Column("Available", "#api.autoscaling.v1.ScaleStatus/replicas", "integer"),
            AGE,
        ),
        _scale,
    ),
    ("certificates.k8s.io", "CertificateSigningRequest"): Printer(
        (
            NAME,
            AGE,
            Column("SignerName", _SIGNER),
            Column("Requestor", "Base64-encoded PKCS#10 CSR data"),
            Column("RequestedDuration", f"{_CSR}Spec/expirationSeconds"),
            Column("Condition", "Conditions applied to the request, such as approval or denial."),
        ),
        _csr,
    ),
}
