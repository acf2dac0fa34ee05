"""What may be changed of a Pod.

1. The new Pod is looked at as a whole, then its difference from the old one.
2. What may change is set back to what it was; nothing may be left that differs. The difference is
   told below the first line of what the server says.
3. A Pod that waits at gates may still be told where to run.

Source: k8s.io/kubernetes pkg/apis/core/validation, ValidatePodUpdate and its neighbours (1.36).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ._go import printed, printed_all
from ._go_diff import told_with_difference
from ._primitives import (
    Telling,
    forbidden,
    in_range,
    invalid,
    required,
)
from ._read import given, listed, number, obj, objs, pairs, text
from .pod_resources import comparable
from .pod_scheduling import tolerations
from .pod_security import matching_profiles
from .pod_spec import MIRROR, pod_annotations, pod_errors

if TYPE_CHECKING:
    from reconcile.kinds.field_error import FieldError
    from reconcile.value.types import Json, JsonObject

__all__ = ["annotation_updates", "created", "updated"]

_UPDATABLE: Final = (
    "`spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,"
    "`spec.tolerations` (only additions to existing tolerations),"
    "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)"
)
_APPARMOR: Final = "container.apparmor.security.beta.kubernetes.io/"
_REQUIRED: Final = "requiredDuringSchedulingIgnoredDuringExecution"


def created(document: JsonObject) -> list[FieldError]:
    """Return what is wrong with a Pod that is created."""
    metadata, spec = obj(document, "metadata"), obj(document, "spec")
    found = pod_errors(document)
    if objs(spec, "ephemeralContainers"):
        found.append(forbidden("spec.ephemeralContainers", "cannot be set on create"))
    if text(spec, "nodeName") and objs(spec, "schedulingGates"):
        what = "cannot be set until all schedulingGates have been cleared"
        found.append(forbidden("spec.nodeName", what))
    return found + matching_profiles(metadata, spec, "spec")


def updated(before: JsonObject, after: JsonObject) -> list[FieldError]:
    """Return what is wrong with a changed Pod, and with the change."""
    old, new = obj(before, "spec"), obj(after, "spec")
    found = pod_errors(after)
    found += annotation_updates(before, after)
    for name in ("containers", "initContainers"):
        mine, theirs = objs(new, name), objs(old, name)
        if len(mine) != len(theirs):
            what = "pod updates may not add or remove containers"
            return [*found, forbidden(f"spec.{name}", what)]
        for index, container in enumerate(mine):
            image, place = text(container, "image"), f"spec.{name}[{index}].image"
            if not image:
                found.append(required(place))
            if image != image.strip():
                what = "must not have leading or trailing whitespace"
                found.append(invalid(place, image, what))
    wrong, stop = _deadline(old, new)
    found += wrong
    if stop:
        return found
    found += _tolerations(old, new)
    found += _gates(old, new)
    rest, wrong = _set_back(old, new)
    found += wrong
    if comparable(rest) != comparable(old):
        what = f"pod updates may not change fields other than {_UPDATABLE}"
        found.append(forbidden("spec", told_with_difference(what, "PodSpec", old, rest)))
    return found


def annotation_updates(before: JsonObject, after: JsonObject) -> list[FieldError]:
    """Return what is wrong with changed annotations, and with those that are there."""
    metadata, path = obj(after, "metadata"), "metadata.annotations"
    new, old = pairs(metadata, "annotations"), pairs(obj(before, "metadata"), "annotations")
    found: list[FieldError] = []
    for key in {**old, **new}:
        if key in old and new.get(key) == old[key]:
            continue
        how = "remove or update" if key in old else "add"
        if key.startswith(_APPARMOR):
            found.append(forbidden(f"{path}[{key}]", f"may not {how} AppArmor annotations"))
        if key == MIRROR:
            found.append(forbidden(f"{path}[{key}]", f"may not {how} mirror pod annotation"))
    return found + pod_annotations(metadata, obj(after, "spec"), path)


def _deadline(old: JsonObject, new: JsonObject) -> tuple[list[FieldError], bool]:
    """Return what is wrong with a new deadline, and whether the server looks no further."""
    place = "spec.activeDeadlineSeconds"
    seconds, former = (number(each, "activeDeadlineSeconds") for each in (new, old))
    if seconds is None:
        what = "must not update from a positive integer to nil value"
        return ([] if former is None else [invalid(place, None, what)]), False
    wrong = in_range(seconds, 0, 2**31 - 1)
    if not wrong and former is not None and former < seconds:
        wrong = ["must be less than or equal to previous value"]
    return [invalid(place, seconds, each) for each in wrong], bool(wrong)


def _tolerations(old: JsonObject, new: JsonObject) -> list[FieldError]:
    def known(each: JsonObject) -> JsonObject:
        return {key: value for key, value in each.items() if key != "tolerationSeconds"}

    held = [known(each) for each in objs(new, "tolerations")]
    if any(known(each) not in held for each in objs(old, "tolerations")):
        what = "existing toleration can not be modified except its tolerationSeconds"
        return [forbidden("spec.tolerations", what)]
    return tolerations(new, "spec.tolerations")


def _gates(old: JsonObject, new: JsonObject) -> list[FieldError]:
    held = {text(each, "name"): index for index, each in enumerate(objs(new, "schedulingGates"))}
    for each in objs(old, "schedulingGates"):
        held.pop(text(each, "name"), None)
    plain = "only deletion is allowed, but found new scheduling gate"
    return [
        forbidden(f"spec.schedulingGates[{index}].name", Telling(f"{plain} '{name}'", plain))
        for name, index in held.items()
    ]


def _set_back(old: JsonObject, new: JsonObject) -> tuple[JsonObject, list[FieldError]]:
    """Return a new spec with the old values of all that may change, and what may not."""
    rest: JsonObject = dict(new)
    for name in ("containers", "initContainers"):
        if name in new:
            both = zip(objs(new, name), objs(old, name), strict=False)
            rest[name] = [_with(mine, "image", theirs.get("image")) for mine, theirs in both]
    fields = ["activeDeadlineSeconds", "schedulingGates", "tolerations"]
    grace = number(old, "terminationGracePeriodSeconds")
    if grace is not None and grace < 0 and number(new, "terminationGracePeriodSeconds") == 1:
        fields.append("terminationGracePeriodSeconds")
    for name in fields:
        rest = _with(rest, name, old.get(name))
    found: list[FieldError] = []
    if objs(old, "schedulingGates"):
        found += _node_selector(pairs(old, "nodeSelector"), pairs(new, "nodeSelector"))
        rest = _with(rest, "nodeSelector", old.get("nodeSelector"))
        mine, theirs = (obj(each, "affinity") for each in (new, old))
        found += _node_affinity(obj(theirs, "nodeAffinity"), obj(mine, "nodeAffinity"))
        affinity = _with(mine, "nodeAffinity", theirs.get("nodeAffinity"))
        rest = _with(rest, "affinity", affinity or old.get("affinity"))
    return rest, found


def _with(document: JsonObject, name: str, value: Json) -> JsonObject:
    """Return a copy with another value of a member, without it if there is none."""
    made = {key: held for key, held in document.items() if key != name}
    return made if value is None else {**made, name: value}


def _node_selector(old: dict[str, str], new: dict[str, str]) -> list[FieldError]:
    if all(new.get(key) == value for key, value in old.items()):
        return []
    what = "only additions to spec.nodeSelector are allowed (no mutations or deletions)"
    shown: JsonObject = dict(sorted(new.items()))
    return [invalid("spec.nodeSelector", shown or None, what)]


def _node_affinity(old: JsonObject, new: JsonObject) -> list[FieldError]:
    if old == new or not given(old, _REQUIRED):
        return []
    place = f"spec.affinity.nodeAffinity.{_REQUIRED}.nodeSelectorTerms"
    theirs = objs(obj(old, _REQUIRED), "nodeSelectorTerms")
    mine = objs(obj(new, _REQUIRED), "nodeSelectorTerms")
    if theirs and len(theirs) != len(mine):
        what = "no additions/deletions to non-empty NodeSelectorTerms list are allowed"
        return [invalid(place, printed_all("NodeSelectorTerm", mine), what)]
    what = "only additions are allowed (no mutations or deletions)"
    return [
        invalid(f"{place}[{index}]", printed("NodeSelectorTerm", term), what)
        for index, (term, former) in enumerate(zip(mine, theirs, strict=False))
        if not _only_more(term, former)
    ]


def _only_more(term: JsonObject, former: JsonObject) -> bool:
    """Tell whether a term asks for all that it asked for, in the same order, and for more."""
    names = ("matchExpressions", "matchFields")
    if not any(listed(former, name) for name in names):
        return not any(listed(term, name) for name in names)
    return all(
        listed(term, name)[: len(listed(former, name))] == listed(former, name) for name in names
    )
