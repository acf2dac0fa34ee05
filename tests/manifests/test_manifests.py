"""The public names of the layer, loaded when somebody asks for them."""

from __future__ import annotations

import subprocess
import sys

import pytest

from reconcile import manifests


def test_names() -> None:
    """What is listed can be had, and nothing else."""
    assert callable(manifests.crd)
    assert callable(manifests.controller_object)
    assert issubclass(manifests.SchemaError, Exception)
    for name in manifests.__all__:
        assert getattr(manifests, name) is getattr(manifests, name)
        assert getattr(manifests, name).__name__ == name
    with pytest.raises(AttributeError, match="no attribute 'crds'"):
        _ = manifests.crds  # type: ignore[attr-defined]


def test_names_load_what_they_need() -> None:
    """The package alone loads neither pydantic nor the rules of the server."""
    code = "import sys, reconcile.manifests; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert {"pydantic", "reconcile.kinds", "reconcile.hook"}.isdisjoint(run.stdout.split())


@pytest.mark.parametrize("first", ["crd", "controller_object", "SchemaError"])
def test_a_name_is_the_same_twice(first: str) -> None:
    """No module of the layer hides a function of its name."""
    code = (
        f"from reconcile.manifests import {first} as once\n"
        f"from reconcile.manifests import {first} as twice\n"
        "print(once is twice and callable(once))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "True\n"
