"""The file by which kubectl and the client libraries find the server."""

from __future__ import annotations

import json
from typing import Final

__all__ = ["MARK", "kubeconfig"]

MARK: Final = "# Written by reconcile for its simulated API server; it holds no secret.\n"
"""The first line: only a file that begins so is ever written over."""


def kubeconfig(url: str, *, namespace: str = "default") -> str:
    """Return the text of a kubeconfig file; `url` as `http://127.0.0.1:8080`."""
    name = "reconcile"
    # A JSON text is a YAML scalar, whatever stands in it.
    server, space = json.dumps(url), json.dumps(namespace)
    return f"""{MARK}apiVersion: v1
kind: Config
current-context: {name}
clusters:
- name: {name}
  cluster:
    server: {server}
contexts:
- name: {name}
  context:
    cluster: {name}
    user: {name}
    namespace: {space}
users:
- name: {name}
  user: {{}}
"""
