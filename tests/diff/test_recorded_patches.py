"""Every recorded patch of a whole object, applied to the object before it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from reconcile.diff import apply, diff, merge_apply
from reconcile.diff.strategic import strategic_apply
from reconcile.errors import ReconcileError
from reconcile.kinds import schema
from tests.recorded import RecordedPatch, decoded, recorded_patches, uncounted

if TYPE_CHECKING:
    from collections.abc import Callable

# The server gives defaults; what it fills in beside what the patch says:
SAME = "the same"
DEFAULTED = "the server added defaults"
REFUSED = "refused by both"
INVALID = "applied here, refused by the server's validation"
SPELLED = "test looks at the spelling of a value, which parsed JSON does not hold"

# What the server does to an object after it has been patched.
AFTERWARDS = {
    "builtin_service/6": "gives up what another type of Service does not have",
    "builtin_service/7": "gives up what another type of Service does not have",
    "crd_pruning/2": "prunes what the schema does not know",
    "meta_generation_builtin/3": "moves stringData to data",
    "meta_generation_custom/5": "ignores a status that is not written to the subresource",
    "meta_generation_custom/7": "prunes what the schema does not know",
    "meta_immutable/2": "restores what cannot be changed",
    "meta_no_self_link/3": "drops selfLink",
    "patch_json_errors/11": "prunes what the schema does not know",
    "patch_resource_version/10": "reads resourceVersion as a number",
    "sub_status_builtin/8": "ignores a status that is not written to the subresource",
    "values_number_changes/1": "keeps 1 where 1.0 is written",
    "values_number_changes/2": "keeps 1 where 1.0 is written",
    "verbs_field_validation/13": "prunes what the schema does not know",
    "verbs_namespace_object/1": "restores the label of a namespace's name",
    "verbs_update_client_metadata/6": "restores what cannot be changed",
}


def outcomes(
    kind: str, patched: Callable[[RecordedPatch], Any]
) -> tuple[Counter[str], list[tuple[str, Any]]]:
    """Return how often each outcome came, and what none of them explains."""
    counts: Counter[str] = Counter()
    wrong: list[tuple[str, Any]] = []
    for step in recorded_patches(kind):
        try:
            result = patched(step)
        except ReconcileError as error:
            if step.status >= 400:
                counts[REFUSED] += 1
            else:
                wrong.append((step.name, str(error)))
            continue
        if step.name in AFTERWARDS:
            counts["the server " + AFTERWARDS[step.name]] += 1
            continue
        if step.status >= 400:
            if step.name.startswith("patch_json_test_values"):
                counts[SPELLED] += 1
            elif step.status in (400, 409, 422):
                counts[INVALID] += 1
            else:
                wrong.append((step.name, step.response.get("message")))
            continue
        changes = diff(decoded(uncounted(result)), decoded(uncounted(step.response)))
        if not changes:
            counts[SAME] += 1
        elif all(change.op == "add" for change in changes):
            counts[DEFAULTED] += 1
        else:
            wrong.append((step.name, changes.to_json()))
    return counts, wrong


def test_json_patches() -> None:
    """JSON patches give the recorded objects."""
    counts, wrong = outcomes(
        "jsonpatch", lambda step: apply(step.before, step.body, dialect="kubernetes")
    )
    assert wrong == []
    assert counts[SAME] >= 35
    assert counts[SPELLED] == 5


def test_merge_patches() -> None:
    """Merge patches give the recorded objects."""
    counts, wrong = outcomes(
        "merge", lambda step: merge_apply(step.before, step.body, dialect="kubernetes")
    )
    assert wrong == []
    assert counts[SAME] >= 338


def test_strategic_merge_patches() -> None:
    """Strategic merge patches give the recorded objects."""

    def patched(step: RecordedPatch) -> Any:
        known = schema(step.before["apiVersion"], step.before["kind"])
        return strategic_apply(step.before, step.body, schema=known)

    counts, wrong = outcomes("strategic", patched)
    assert wrong == []
    assert counts[SAME] >= 500
    assert counts[SAME] + counts[DEFAULTED] >= 900
