"""CustomResourceDefinitions: of them only the metadata is looked at here."""

from __future__ import annotations

from typing import Final

from ._rules import Rules

__all__ = ["RULES"]

RULES: Final = {"CustomResourceDefinition": Rules(metadata="plain", again=1)}
