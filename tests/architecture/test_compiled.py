"""What may be compiled is named where it is built."""

from __future__ import annotations

import ast
from pathlib import Path


def test_every_module_that_may_be_compiled_is_built():
    """The list in setup.py names the modules that end in _cy, each with its types beside it."""
    root = Path(__file__).parents[2]
    setup = ast.parse((root / "setup.py").read_text())
    named = [
        ast.literal_eval(node.value)
        for node in setup.body
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "MODULES"
    ]
    found = sorted((root / "reconcile").rglob("*_cy.py"))
    names = [".".join(path.relative_to(root).with_suffix("").parts) for path in found]
    assert sorted(*named) == sorted(names)
    assert [path for path in found if not path.with_suffix(".pxd").exists()] == []
