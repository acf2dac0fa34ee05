"""How the manual is built: Sphinx with MyST and Furo; warnings are errors."""

from importlib.metadata import version as version_of

project = "reconcile"
author = "the authors of kube-reconcile"
copyright = "2026, the authors of kube-reconcile"  # noqa: A001  # Sphinx's name for it
release = version_of("kube-reconcile")
version = release

extensions = ["myst_parser", "sphinx.ext.autodoc"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build"]
root_doc = "index"

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_preserve_defaults = True
html_theme = "furo"
html_title = f"reconcile {release}"
html_static_path: list[str] = []
