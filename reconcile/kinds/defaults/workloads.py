"""apps and batch. Shown by the recordings of each kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ._rule import Change, Default, Rule, at
from .pod import CLAIM_SPEC, TEMPLATE

if TYPE_CHECKING:
    from reconcile.value.types import Absent, Json, JsonObject

__all__ = ["APPS", "BATCH"]


def _rolling(holder: JsonObject, _root: JsonObject) -> bool:
    return holder.get("type") == "RollingUpdate"


def _untyped(holder: JsonObject, _root: JsonObject) -> bool:
    return "type" not in holder


def _one_at_a_time(holder: JsonObject, _root: JsonObject) -> None:
    """How many may be missing is asked for by a feature that is switched off."""
    holder.pop("maxUnavailable", None)


def _once(holder: JsonObject, _root: JsonObject) -> None:
    """A Job that says nothing of how many runs once."""
    if "completions" not in holder and "parallelism" not in holder:
        holder["completions"] = holder["parallelism"] = 1
    holder.setdefault("parallelism", 1)


def _labels(holder: JsonObject, _root: JsonObject) -> None:
    """A Job without labels has those of its Pods: the same map, so that it grows with theirs."""
    spec = holder.get("spec")
    template = spec.get("template") if isinstance(spec, dict) else None
    about = template.get("metadata") if isinstance(template, dict) else None
    labels = about.get("labels") if isinstance(about, dict) else None
    metadata = holder.setdefault("metadata", {})
    if isinstance(labels, dict) and labels and isinstance(metadata, dict):
        metadata["labels"] = metadata.get("labels") or labels


def _retries(holder: JsonObject, _root: JsonObject) -> Json:
    return 6 if "backoffLimitPerIndex" not in holder else 2**31 - 1


def _replacement(holder: JsonObject, _root: JsonObject) -> Json | Absent:
    return "TerminatingOrFailed" if "podFailurePolicy" not in holder else "Failed"


def _generation(holder: JsonObject, _root: JsonObject) -> None:
    """A DaemonSet keeps the generation of its template in an annotation."""
    metadata = holder.get("metadata")
    if isinstance(metadata, dict):
        annotations = metadata.setdefault("annotations", {})
        if isinstance(annotations, dict):
            annotations.setdefault("deprecated.daemonset.template.generation", "1")


JOB_SPEC: Final = (
    Default("/podFailurePolicy/rules/*/onPodConditions/*/status", "True"),
    *at("/template", TEMPLATE),
)
APPS: Final[dict[str, tuple[Rule, ...]]] = {
    "ControllerRevision": (),
    "DaemonSet": (
        Change("", _generation),
        Default("/spec/updateStrategy/type", "RollingUpdate"),
        Default("/spec/updateStrategy/rollingUpdate", {}, _rolling),
        Default("/spec/updateStrategy/rollingUpdate/maxUnavailable", 1),
        Default("/spec/updateStrategy/rollingUpdate/maxSurge", 0),
        Default("/spec/revisionHistoryLimit", 10),
        *at("/spec/template", TEMPLATE),
    ),
    "Deployment": (
        Default("/spec/replicas", 1),
        Default("/spec/strategy/type", "RollingUpdate"),
        Default("/spec/strategy/rollingUpdate", {}, _rolling),
        Default("/spec/strategy/rollingUpdate/maxUnavailable", "25%"),
        Default("/spec/strategy/rollingUpdate/maxSurge", "25%"),
        Default("/spec/revisionHistoryLimit", 10),
        Default("/spec/progressDeadlineSeconds", 600),
        *at("/spec/template", TEMPLATE),
    ),
    "ReplicaSet": (Default("/spec/replicas", 1), *at("/spec/template", TEMPLATE)),
    "StatefulSet": (
        Default("/spec/podManagementPolicy", "OrderedReady"),
        # Given with the type only: who says the type himself gets none.
        Default("/spec/updateStrategy/rollingUpdate", {}, _untyped),
        Default("/spec/updateStrategy/type", "RollingUpdate"),
        Change("/spec/updateStrategy/rollingUpdate", _one_at_a_time),
        Default("/spec/updateStrategy/rollingUpdate/partition", 0),
        Default("/spec/persistentVolumeClaimRetentionPolicy", {}),
        Default("/spec/persistentVolumeClaimRetentionPolicy/whenDeleted", "Retain"),
        Default("/spec/persistentVolumeClaimRetentionPolicy/whenScaled", "Retain"),
        Default("/spec/replicas", 1),
        Default("/spec/revisionHistoryLimit", 10),
        Default("/spec/volumeClaimTemplates/*/apiVersion", "v1"),
        Default("/spec/volumeClaimTemplates/*/kind", "PersistentVolumeClaim"),
        Default("/spec/volumeClaimTemplates/*/status/phase", "Pending"),
        *at("/spec/volumeClaimTemplates/*/spec", CLAIM_SPEC),
        *at("/spec/template", TEMPLATE),
    ),
}
BATCH: Final[dict[str, tuple[Rule, ...]]] = {
    "CronJob": (
        Default("/spec/concurrencyPolicy", "Allow"),
        Default("/spec/suspend", value=False),
        Default("/spec/successfulJobsHistoryLimit", 3),
        Default("/spec/failedJobsHistoryLimit", 1),
        *at("/spec/jobTemplate/spec", JOB_SPEC),
    ),
    "Job": (
        Change("", _labels),
        Change("/spec", _once),
        Default("/spec/backoffLimit", _retries),
        Default("/spec/completionMode", "NonIndexed"),
        Default("/spec/suspend", value=False),
        Default("/spec/manualSelector", value=False),
        Default("/spec/podReplacementPolicy", _replacement),
        *at("/spec", JOB_SPEC),
    ),
}
