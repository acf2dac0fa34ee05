"""Who the Pods of a StatefulSet are: their ordinals, names, labels and volumes.

Source: k8s.io/kubernetes pkg/controller/statefulset/stateful_set_utils.go.
"""

from __future__ import annotations

import re
from typing import Any, Final, cast

from reconcile.simulate.actors.history import HASH_LABEL
from reconcile.simulate.actors.parts import labels_of, name_of
from reconcile.simulate.actors.pods import Document, pod_of
from reconcile.value.frozen import thaw

__all__ = [
    "claim_name",
    "claim_templates",
    "claims_of",
    "has_identity",
    "has_storage",
    "in_range",
    "is_member",
    "ordinal_of",
    "ordinals",
    "replica",
    "revision_name",
    "with_identity",
    "with_storage",
]

_NAME: Final = re.compile(r"(.*)-([0-9]+)$")
_NAME_LABEL: Final = "statefulset.kubernetes.io/pod-name"
_INDEX_LABEL: Final = "apps.kubernetes.io/pod-index"
_MOST: Final = 2**31 - 1


def _parted(pod: Document) -> tuple[str, int]:
    """Return the StatefulSet and the ordinal that a Pod's name tells, -1 if none."""
    found = _NAME.fullmatch(pod["metadata"]["name"])
    if found is None:
        return "", -1
    ordinal = int(found[2])
    return found[1], ordinal if ordinal <= _MOST else -1


def ordinal_of(pod: Document) -> int:
    """Return the ordinal in the name of a Pod, -1 if there is none."""
    return _parted(pod)[1]


def is_member(owner: Document, pod: Document) -> bool:
    """Return whether a Pod has the name of a StatefulSet's Pod."""
    return _parted(pod)[0] == name_of(owner)


def ordinals(owner: Document) -> range:
    """Return the ordinals that a StatefulSet wants."""
    start: int = cast("Document", owner["spec"].get("ordinals") or {}).get("start") or 0
    return range(start, start + owner["spec"]["replicas"])


def in_range(pod: Document, owner: Document) -> bool:
    """Return whether a StatefulSet wants a Pod of this ordinal."""
    return ordinal_of(pod) in ordinals(owner)


def revision_name(pod: Document) -> str:
    """Return the name of the revision that a Pod was made of, empty if it says none."""
    return labels_of(pod).get(HASH_LABEL) or ""


def claim_templates(owner: Document) -> tuple[Document, ...]:
    """Return the templates of the claims that each Pod of a StatefulSet has."""
    return tuple(owner["spec"].get("volumeClaimTemplates") or ())


def claim_name(owner: Document, template: Document, ordinal: int) -> str:
    """Return the name of a Pod's claim."""
    return f"{name_of(template)}-{name_of(owner)}-{ordinal}"


def claims_of(owner: Document, pod: Document) -> dict[str, dict[str, Any]]:
    """Return the claims that a Pod needs, not yet sent, by the names of their templates."""
    ordinal = ordinal_of(pod)
    made: dict[str, dict[str, Any]] = {}
    for template in claim_templates(owner):
        claim = cast("dict[str, Any]", thaw(cast("dict[str, Any]", template)))
        about = claim["metadata"]
        matched = cast("Document", owner["spec"]["selector"].get("matchLabels") or {})
        labels = {**labels_of(claim), **matched}
        about["name"] = claim_name(owner, template, ordinal)
        about["namespace"] = owner["metadata"]["namespace"]
        if labels:
            about["labels"] = labels
        made[name_of(template)] = {
            **claim,
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
        }
    return made


def has_identity(owner: Document, pod: Document) -> bool:
    """Return whether a Pod is called as a Pod of a StatefulSet is, by its label too."""
    parent, ordinal = _parted(pod)
    name = pod["metadata"]["name"]
    return (
        ordinal >= 0
        and parent == name_of(owner)
        and name == f"{parent}-{ordinal}"
        and labels_of(pod).get(_NAME_LABEL) == name
    )


def has_storage(owner: Document, pod: Document) -> bool:
    """Return whether the volumes of a Pod are the claims that are its own."""
    ordinal = ordinal_of(pod)
    if ordinal < 0:
        return False
    claimed: dict[str, str | None] = {
        volume["name"]: cast("Document", volume.get("persistentVolumeClaim") or {}).get("claimName")
        for volume in pod["spec"].get("volumes") or ()
    }
    return all(
        claimed.get(name_of(template)) == claim_name(owner, template, ordinal)
        for template in claim_templates(owner)
    )


def with_identity(owner: Document, pod: dict[str, Any]) -> None:
    """Give a Pod the name and the labels of its ordinal."""
    ordinal = ordinal_of(pod)
    about = pod["metadata"]
    about["name"] = name = f"{name_of(owner)}-{ordinal}"
    about["labels"] = {
        **labels_of(pod),
        _NAME_LABEL: name,
        _INDEX_LABEL: str(ordinal),
    }


def with_storage(owner: Document, pod: dict[str, Any]) -> None:
    """Give a Pod its claims as volumes, in place of those of the same names."""
    claims = claims_of(owner, pod)
    volumes = [
        {"name": name, "persistentVolumeClaim": {"claimName": claim["metadata"]["name"]}}
        for name, claim in claims.items()
    ]
    others = [each for each in pod["spec"].get("volumes") or () if each["name"] not in claims]
    if volumes or others:
        pod["spec"]["volumes"] = [*volumes, *others]


def replica(owner: Document, ordinal: int, revision: str) -> dict[str, Any]:
    """Return the Pod of an ordinal, not yet sent.

    Shape: `owner` has the template of the revision that is named.
    """
    pod = pod_of(owner["spec"]["template"], owner)
    about = pod["metadata"]
    about["name"] = f"{name_of(owner)}-{ordinal}"
    with_identity(owner, pod)
    about["labels"][HASH_LABEL] = revision
    pod["spec"]["hostname"] = about["name"]
    if owner["spec"].get("serviceName"):
        pod["spec"]["subdomain"] = owner["spec"]["serviceName"]
    with_storage(owner, pod)
    return pod
