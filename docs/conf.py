"""How the manual is built: Sphinx with MyST and Furo; warnings are errors."""

from __future__ import annotations

import importlib.util
import re
import sys
from importlib.metadata import version as version_of
from pathlib import Path
from typing import TYPE_CHECKING, get_origin

if TYPE_CHECKING:
    from sphinx.application import Sphinx

project = "reconcile"
author = "the authors of kube-reconcile"
copyright = "2026, the authors of kube-reconcile"  # noqa: A001  # Sphinx's name for it
release = version_of("kube-reconcile")
version = release

extensions = ["myst_parser", "sphinx.ext.autodoc"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build"]
root_doc = "index"

# What docstrings put between single backticks is code.
default_role = "code"

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

# Not nitpicky: annotations name type variables, which have no place in a manual.
autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"
autodoc_preserve_defaults = True
html_theme = "furo"
html_title = f"reconcile {release}"
html_static_path = ["_static"]
html_css_files = ["site.css"]

HEADING = re.compile(r"^(Shape|Guarantees|Assumes|Units|Raises|Cost|Source): (.*)$")


def headings_to_fields(
    _app: Sphinx, _what: str, _name: str, thing: object, _options: object, lines: list[str]
) -> None:
    """Write the headings of a docstring as fields, which reStructuredText lays out as a list."""
    if get_origin(thing) is not None:
        # The alias of a type would show the docstring of Python's own dict.
        lines.clear()
        return
    written: list[str] = []
    in_field = False
    for line in lines:
        heading = HEADING.match(line)
        if heading and written and written[-1] and not in_field:
            written.append("")
        in_field = (in_field or bool(heading)) and (not line or bool(heading) or line[0] == " ")
        if written and written[-1].startswith((":", " ")) and line and not in_field:
            # A paragraph after a field.
            written.append("")
        written.append(f":{heading[1]}: {heading[2]}" if heading else line)
    lines[:] = written


def write_run(app: Sphinx, exception: Exception | None) -> None:
    """Write the page of a run, as `reconcile simulate --html` does, beside the manual's own."""
    if exception is not None or app.builder.format != "html":
        return
    spec = importlib.util.spec_from_file_location(
        "objectstore_of_manual", Path(__file__).parents[1] / "examples/objectstore/controller.py"
    )
    assert spec is not None
    assert spec.loader is not None
    example = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = example
    spec.loader.exec_module(example)

    from reconcile.kinds.apps_v1 import Deployment
    from reconcile.simulate import Cluster
    from reconcile.simulate.pictures.page import page

    cluster = Cluster(example.controller)
    cluster.run_workloads()
    selector = {"matchLabels": {"app": "store"}}
    cluster.create(example.Objectstore.of("store", spec={"selector": selector}))
    cluster.settle()
    cluster.delete(Deployment, "store")
    cluster.settle()
    made = page(cluster, title="objectstore")
    (Path(app.outdir) / "_static" / "run.html").write_text(made, "utf-8")


def setup(app: Sphinx) -> None:
    app.connect("build-finished", write_run)
    app.connect("autodoc-process-docstring", headings_to_fields)
