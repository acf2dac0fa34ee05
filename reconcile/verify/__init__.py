"""What tests hold a controller to: that it settles, and then writes nothing.

1. Importing this loads nothing but the names that are asked for, and never pytest: the plugin is
   loaded by pytest itself, by its entry point.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from reconcile.verify.asserting import assert_no_writes, assert_settles
    from reconcile.verify.clusters import ClusterFactory
    from reconcile.verify.golden import Golden, golden_text

__all__ = ["ClusterFactory", "Golden", "assert_no_writes", "assert_settles", "golden_text"]

_HOMES: Final = {
    "ClusterFactory": "clusters",
    "Golden": "golden",
    "assert_no_writes": "asserting",
    "assert_settles": "asserting",
    "golden_text": "golden",
}


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    return vars(import_module(f"{__name__}.{home}"))[name]
