"""The claims of a StatefulSet's Pods: made before their Pod, kept or given up as the policy says.

1. Who goes with whom is said by owner references: a claim that is to go with its Pod or its
   StatefulSet is controlled by it; the garbage collector does the rest.
2. Claims that others control, or that belong to a former incarnation, are left alone.

Source: k8s.io/kubernetes pkg/controller/statefulset/stateful_pod_control.go,
stateful_set_utils.go.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final, cast

from reconcile.simulate.actors.pods import Document, controller_reference, terminating
from reconcile.simulate.actors.statefulset_identity import (
    claim_name,
    claim_templates,
    claims_of,
    in_range,
    ordinal_of,
)

if TYPE_CHECKING:
    from reconcile.simulate.actors.actor import Api

__all__ = ["create_claims", "is_stale", "keep_policy", "policy_kept"]

_KIND: Final = "PersistentVolumeClaim"


def create_claims(api: Api, owner: Document, pod: Document) -> bool:
    """Create the claims of a Pod that are missing; return whether all are there to be used."""
    complete = True
    for claim in claims_of(owner, pod).values():
        about = claim["metadata"]
        found = api.get("v1", _KIND, about["namespace"], about["name"])
        if found is None:
            complete = api.create(claim).status == 201 and complete
        elif terminating(found):
            complete = False
    return complete


def is_stale(api: Api, owner: Document, pod: Document) -> bool:
    """Return whether a claim still belongs to a former Pod of the same name, and so blocks it."""
    if _policy(owner)[0] == "Retain":
        return False
    return any(_is_former(claim, pod) for claim in _claims(api, owner, pod))


def policy_kept(api: Api, owner: Document, pod: Document) -> bool:
    """Return whether the claims of a Pod have the owners that the policy asks for."""
    return all(_up_to_date(claim, owner, pod) for claim in _claims(api, owner, pod))


def keep_policy(api: Api, owner: Document, pod: Document) -> bool:
    """Give the claims of a Pod the owners that the policy asks for; return whether it was done."""
    done = True
    for claim in _claims(api, owner, pod):
        if not _up_to_date(claim, owner, pod):
            about = {**claim["metadata"], "ownerReferences": _owners(claim, owner, pod)}
            done = api.update({**claim, "metadata": about}).status == 200 and done
    return done


def _claims(api: Api, owner: Document, pod: Document) -> Iterator[Document]:
    """Yield the claims of a Pod that are there."""
    ordinal = ordinal_of(pod)
    for template in claim_templates(owner):
        name = claim_name(owner, template, ordinal)
        found = api.get("v1", _KIND, owner["metadata"]["namespace"], name)
        if found is not None:
            yield found


def _policy(owner: Document) -> tuple[str, str]:
    """Return what becomes of claims when a StatefulSet is scaled down, and when it is deleted."""
    told = cast("Document", owner["spec"].get("persistentVolumeClaimRetentionPolicy") or {})
    return told.get("whenScaled") or "Retain", told.get("whenDeleted") or "Retain"


def _references(claim: Document) -> list[dict[str, Any]]:
    return list(claim["metadata"].get("ownerReferences") or ())


def _uid(document: Document) -> str:
    """Return the uid of an object, empty for a Pod that was not sent yet."""
    return str(document["metadata"].get("uid") or "")


def _names(reference: Document, document: Document) -> bool:
    """Return whether an owner reference names an object, of whatever incarnation."""
    named = (reference["apiVersion"], reference["kind"], reference["name"])
    return named == (document["apiVersion"], document["kind"], document["metadata"]["name"])


def _is_former(claim: Document, document: Document) -> bool:
    """Return whether a claim belongs to a former incarnation of an object."""
    for reference in _references(claim):
        if _names(reference, document):
            return bool(reference["uid"] != _uid(document))
    return False


def _has_owner(claim: Document, document: Document) -> bool:
    return any(each["uid"] == _uid(document) for each in _references(claim))


def _is_foreign(claim: Document, owner: Document, pod: Document) -> bool:
    """Return whether somebody else controls a claim that the policy is about."""
    if _policy(owner) == ("Retain", "Retain"):
        return False
    for reference in _references(claim):
        named = next((each for each in (owner, pod) if _names(reference, each)), None)
        if named is not None:
            if reference["uid"] != _uid(named):
                return True
        elif reference.get("controller"):
            return True
    return False


def _wanted(owner: Document, pod: Document) -> Document | None:
    """Return whom a claim is to go with: the StatefulSet, the Pod, or nobody."""
    scaled, deleted = _policy(owner)
    if scaled == "Delete" and not in_range(pod, owner):
        return pod
    return owner if deleted == "Delete" else None


def _up_to_date(claim: Document, owner: Document, pod: Document) -> bool:
    """Return whether a claim has the owners it should have, or is none of our business."""
    if _is_former(claim, owner) or _is_former(claim, pod):
        return True
    if _is_foreign(claim, owner, pod):
        return not (_has_owner(claim, owner) or _has_owner(claim, pod))
    ours = (_uid(owner), _uid(pod))
    if any(each["uid"] in ours and not each.get("controller") for each in _references(claim)):
        return False
    wanted = _wanted(owner, pod)
    return all(_has_owner(claim, each) == (each is wanted) for each in (owner, pod))


def _owners(claim: Document, owner: Document, pod: Document) -> list[dict[str, Any]]:
    """Return the owner references that a claim should have."""
    kept = [each for each in _references(claim) if not (_names(each, owner) or _names(each, pod))]
    wanted = _wanted(owner, pod)
    if wanted is None or _is_foreign(claim, owner, pod):
        return kept
    if any(each["uid"] == _uid(wanted) for each in kept):
        return kept
    return [*kept, controller_reference(wanted)]
