"""Typed parents from a definition: what was written in YAML, as a person writes it in Python.

1. Text in, text out: nothing is read, nothing is run. See `reading`, `shapes` and `source`.
2. A definition is a stranger's text: nothing of it becomes code but names, which are cut down to
   letters, digits and underscores. All else is a literal.
3. `crd` of the module's parents is the definition that was read, but for what is said in
   docs/howto/import.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconcile.manifests.importing.reading import read
from reconcile.manifests.importing.source import written

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["parent_source"]


def parent_source(document: Mapping[str, Any], *, version: str | None = None) -> str:
    """Return the Python code of the typed parents that a CustomResourceDefinition tells of.

    Shape: `document` is of apiextensions.k8s.io/v1. The stored version is a class of the kind's
        name; others have their version's behind it: `Thing`, `ThingV1beta1`. `version` asks for one
        of them alone.
    Guarantees: the same text for the same document, in lines of at most 100 columns where no single
        word is longer, as ruff formats it. Nothing in the document can become code.
    Raises: DefinitionError with what is wrong: it is no definition, a server would refuse it, there
        is no such version, or it has fields beside spec and status. LimitError if it is too large.
    """
    return written(read(document, version))
