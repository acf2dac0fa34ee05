"""What tells one object from another."""

from __future__ import annotations

import pytest

from reconcile.errors import ObjectError
from reconcile.objects.gvk import Gvk
from reconcile.objects.ref import Ref, named
from reconcile.value.frozen import freeze
from reconcile.value.types import JsonObject


def test_a_namespaced_object_says_its_namespace() -> None:
    """A reference is written as kind, namespace and name."""
    ref = Ref.of({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a", "namespace": "b"}})
    assert ref == Ref(Gvk("v1", "Pod"), "b", "a")
    assert str(ref) == "Pod b/a"


@pytest.mark.parametrize("extra", [{}, {"namespace": None}, {"namespace": ""}])
def test_no_namespace_is_the_empty_text(extra: JsonObject) -> None:
    """An absent, null or empty namespace is the empty text."""
    metadata: JsonObject = {"name": "a", **extra}
    document = freeze({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})
    assert isinstance(document, dict)
    assert str(Ref.of(document)) == "Namespace a"


def test_every_missing_part_is_named() -> None:
    """All that is missing is told at once, and no value is."""
    with pytest.raises(ObjectError) as caught:
        Ref.of({"kind": "", "metadata": {"name": 12345, "namespace": 6789}})
    places = [fault.pointer for fault in caught.value.faults]
    assert places == ["/apiVersion", "/kind", "/metadata/name", "/metadata/namespace"]
    assert "12345" not in str(caught.value)
    assert "6789" not in str(caught.value)


def test_null_metadata_is_a_fault() -> None:
    """A null metadata is a fault, not a crash."""
    with pytest.raises(ObjectError, match="/metadata: must be an object"):
        Ref.of({"apiVersion": "v1", "kind": "Pod", "metadata": None})


def test_an_identity_in_words() -> None:
    """A document that states no identity has no words for it."""
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": "d"}}
    assert named(pod) == "Pod d/p"
    assert named({}) is None
