"""When something is there that was asked for."""

from __future__ import annotations

from datetime import timedelta

import pytest

from reconcile.errors import DefinitionError
from reconcile.simulate.actors.actor import Api
from reconcile.simulate.actors.waiting import Wait
from reconcile.simulate.api_server import ApiServer
from reconcile.simulate.server.clock import EPOCH, stamp


@pytest.mark.parametrize(("ready", "left"), [("at once", 0.0), ("slow", 7.0), ("never", None)])
def test_what_is_left_to_wait(ready, left):
    """Three seconds of ten are over."""
    api = Api(ApiServer(now=EPOCH + timedelta(seconds=3)))
    assert Wait(ready, 10.0).left(api, stamp(EPOCH)) == left
    assert Wait("slow", 2.0).left(api, stamp(EPOCH)) == 0.0


def test_all_that_is_wrong_is_said_at_once():
    """With a guess at the word that was meant."""
    with pytest.raises(DefinitionError) as caught:
        Wait("slowly", -1.0).checked("LoadBalancers")
    assert caught.value.subject == "LoadBalancers"
    assert len(caught.value.findings) == 2
    assert "'slow'" in caught.value.findings[0]
