"""What is refused for the moment is tried again."""

from __future__ import annotations

import pytest

from reconcile.simulate.actors.service_accounts import ServiceAccountController
from reconcile.simulate.faults import On, Refused
from tests.simulate.actors.objects import World


def _world(code, times):
    world = World(ServiceAccountController())
    path = "/api/v1/namespaces/default/serviceaccounts"
    world.server.faults = (Refused(code, On("POST", path), times=times),)
    world.wait()
    return world


@pytest.mark.parametrize("code", [409, 429, 500, 503])
def test_a_refusal_that_passes_is_waited_for(code):
    """A second later it is tried again, as often as it takes."""
    world = _world(code, 3)
    for _ in range(2):
        world.wait(1)
        assert world.read("ServiceAccount", "default") is None
    world.wait(1)
    assert world.read("ServiceAccount", "default") is not None


def test_what_is_wrong_is_not_tried_again():
    """It would be refused for ever."""
    world = _world(422, None)
    assert world.queue.wakes is None


def test_when_all_is_well_nobody_waits():
    """The actor says itself when it looks again."""
    world = World(ServiceAccountController())
    world.wait()
    assert world.queue.wakes is None
