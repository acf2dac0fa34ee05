"""The peers: how each compares two documents and, where it can, applies what it found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from importlib import import_module
from typing import Any

from reconcile.diff import Patch, apply, diff

__all__ = ["OURS", "Engine", "peers"]


@dataclass(frozen=True)
class Engine:
    """An engine by name. `changed` says whether a result tells of a difference."""

    name: str
    diff: Callable[[Any, Any], Any]
    apply: Callable[[Any, Any], Any] | None = None
    changed: Callable[[Any], bool] = bool


def _ours(before: Any, after: Any) -> Any:
    return diff(before, after).to_json()


OURS = Engine("reconcile", _ours, lambda before, found: apply(before, Patch.from_json(found)))


def _jsonpatch(module: Any) -> Engine:
    return Engine(
        module.__name__,
        lambda a, b: module.make_patch(a, b).patch,
        module.apply_patch,
    )


def _deepdiff(module: Any) -> Engine:
    return Engine(
        "deepdiff",
        module.DeepDiff,
        lambda a, found: a + module.Delta(found, raise_errors=True),
    )


def _structdelta(module: Any) -> Engine:
    return Engine("structdelta", module.diff, module.apply_patch, lambda delta: bool(delta.ops))


def _pydantic_deep_patch(module: Any) -> Engine:
    # Its own apply_patch wants models of pydantic; what it does with each operation is asked here.
    one = module.engine._apply_single_op
    return Engine("pydantic-deep-patch", module.diff, lambda a, found: reduce(one, found, a))


PEERS: dict[str, Callable[[Any], Engine]] = {
    "jsonpatch": _jsonpatch,
    "fastjsonpatch": _jsonpatch,
    "deepdiff": _deepdiff,
    "patchdiff": lambda m: Engine("patchdiff", lambda a, b: m.diff(a, b)[0], m.apply),
    "jsondiff": lambda m: Engine("jsondiff", m.diff, m.patch),
    "dictdiffer": lambda m: Engine(
        "dictdiffer", lambda a, b: list(m.diff(a, b)), lambda a, found: m.patch(found, a)
    ),
    "deepdiff_rs": lambda m: Engine("deepdiff-rs", m.DeepDiff),
    "structdelta": _structdelta,
    "pydantic_deep_patch": _pydantic_deep_patch,
    "cjsondiff": lambda m: Engine("cjsondiff", m.diff, m.patch),
    "turbodiff": lambda m: Engine("turbodiff", m.DeepDiff),
}


def peers() -> tuple[list[Engine], list[str]]:
    """Return the peers that are installed, and the names of the others."""
    found: list[Engine] = []
    missing: list[str] = []
    for name, adapter in PEERS.items():
        try:
            found.append(adapter(import_module(name)))
        except ImportError:
            missing.append(name)
    return found, missing
