"""The rules of the core group, gathered from the modules that hold them."""

from __future__ import annotations

from typing import Final

from ._rules import Rules
from .core_config import RULES as CONFIG
from .core_limits import RULES as LIMITS
from .core_nodes import RULES as NODES
from .core_service import RULES as SERVICE
from .core_volumes import RULES as VOLUMES
from .pod import RULES as POD

__all__ = ["RULES"]

RULES: Final[dict[str, Rules]] = {**POD, **CONFIG, **SERVICE, **VOLUMES, **LIMITS, **NODES}
