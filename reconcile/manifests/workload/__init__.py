"""What runs the webhook of a controller: a module for each platform.

1. Each gives a `Running`: documents for the API server, files for tools that are not it, and the
   address at which Metacontroller finds the webhook.
2. Nothing is open by default: no user root, no writable file system, no capabilities, no token of a
   service account, no network but what Metacontroller needs.
"""

from __future__ import annotations
