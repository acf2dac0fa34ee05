"""What may be said of a value."""

from __future__ import annotations

import pytest

from reconcile.errors import LimitError
from reconcile.value import describe, mask

CANARY = "canary"


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (None, "null"),
        (True, "true or false"),
        (7, "a whole number"),
        (7.5, "a number"),
        (CANARY, "a text of 6 characters"),
        ("x", "a text of 1 character"),
        ({CANARY: CANARY}, "an object with 1 member"),
        ([CANARY, CANARY], "a list of 2 items"),
        (b"canary", "a bytes"),
        ({CANARY}, "a set"),
    ],
)
def test_describe(value: object, told: str) -> None:
    """A value is told by type and size only."""
    assert describe(value) == told
    assert CANARY not in describe(value)


def test_mask_hides_secrets() -> None:
    """Data of Secrets and annotations that hold whole objects are gone, the rest is there."""
    document = {
        "kind": "Secret",
        "metadata": {
            "name": "a",
            "annotations": {
                "metacontroller.k8s.io/last-applied-configuration": CANARY,
                "kubectl.kubernetes.io/last-applied-configuration": CANARY,
                "plain": "kept",
            },
        },
        "data": {"key": CANARY},
        "stringData": CANARY,
        "type": "Opaque",
    }
    masked = mask([document, {"kind": "ConfigMap", "data": {"key": "kept"}}])
    assert CANARY not in str(masked)
    assert isinstance(masked, list)
    assert masked[0]["data"] == {"key": "<a text of 6 characters>"}
    assert masked[0]["metadata"]["annotations"]["plain"] == "kept"
    assert masked[0]["type"] == "Opaque"
    assert masked[1] == {"kind": "ConfigMap", "data": {"key": "kept"}}


def test_mask_limits_nesting() -> None:
    """Too deep a document is a LimitError."""
    document: object = 1
    for _ in range(200):
        document = [document]
    with pytest.raises(LimitError):
        mask(document)
