"""A real cluster, read: what a controller would change in it, and why a field is as it is.

1. Only reads: nothing but GET is ever sent.
2. Documents come as the server has them. The `kubernetes` client finds and authenticates against
   the cluster; its models, which lose fields, are not used.
3. What is read is mirrored into the simulated cluster, where the sync of each parent is planned
   with the code of Metacontroller that the recordings are judged by.
"""

from __future__ import annotations

from reconcile.live.mirror import Mirror, Planned, mirror
from reconcile.live.reading import Answered, LiveError, Reader

__all__ = ["Answered", "LiveError", "Mirror", "Planned", "Reader", "mirror"]
