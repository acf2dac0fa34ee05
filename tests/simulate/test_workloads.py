"""Facts about what lets workloads run: the ground they stand on, and who acts."""

from __future__ import annotations

import pytest

from reconcile.errors import DefinitionError
from reconcile.simulate import ApiServer
from reconcile.simulate.workloads import actors, ground


def test_ground_is_taken_by_the_server() -> None:
    """A Node and a class of storage; the server takes both as they are."""
    server = ApiServer()
    node, storage = ground()
    assert server.request("POST", "/api/v1/nodes", body=node).status == 201
    path = "/apis/storage.k8s.io/v1/storageclasses"
    assert server.request("POST", path, body=storage).status == 201


def test_each_acts_once() -> None:
    """No actor is there twice, and a word that is not known is refused."""
    found = [each.name for each in actors("at once", 10.0, ())]
    assert len(set(found)) == len(found)
    assert "deployment-controller" in found
    with pytest.raises(DefinitionError):
        actors("soon", 10.0, ())  # type: ignore[arg-type]
