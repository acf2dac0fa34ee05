"""Group, version and kind."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconcile.objects.gvk import Gvk

WORD = st.text("abcXYZ019", min_size=1)


def test_core_group_is_empty() -> None:
    """The core group is the empty text."""
    pod = Gvk("v1", "Pod")
    assert (pod.group, pod.version, pod.key, str(pod)) == ("", "v1", "Pod.v1", "v1 Pod")


def test_group_is_before_the_slash() -> None:
    """The group stands before the slash of apiVersion."""
    role = Gvk("rbac.authorization.k8s.io/v1", "Role")
    assert (role.group, role.version) == ("rbac.authorization.k8s.io", "v1")
    assert role.key == "Role.rbac.authorization.k8s.io/v1"


@given(WORD, WORD, st.one_of(st.just(""), WORD.map(lambda word: f"{word}.io/")))
def test_a_key_gives_its_kind_back(kind: str, version: str, group: str) -> None:
    """A key read gives the kind it was made of, dots in the group included."""
    gvk = Gvk(group + version, kind)
    assert Gvk.from_key(gvk.key) == gvk


@pytest.mark.parametrize("text", ["", "Pod", ".v1", "Pod."])
def test_a_key_needs_both_parts(text: str) -> None:
    """A key without a kind or without a version is refused."""
    with pytest.raises(ValueError, match="Kind"):
        Gvk.from_key(text)


def test_kinds_are_ordered_by_group_and_version_first() -> None:
    """Kinds sort by group, version and kind, the core group first."""
    kinds = [Gvk("v1", "Pod"), Gvk("apps/v1", "Deployment"), Gvk("v1", "ConfigMap")]
    assert [gvk.kind for gvk in sorted(kinds)] == ["ConfigMap", "Pod", "Deployment"]
