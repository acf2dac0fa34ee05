"""Facts about a real controller behind the webhook, from bytes to bytes."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from reconcile.adapters.webhook import Responder, Webhook
from reconcile.hook.controller import Decorator
from reconcile.kinds.core_v1 import ConfigMap, Pod
from reconcile.rules.rule import rule
from reconcile.state.declared import Child

if TYPE_CHECKING:
    from reconcile.state.observed import Observed


@rule
def label(observed: Observed[Pod]) -> ConfigMap:
    """Return a config map named like the pod."""
    return ConfigMap("copy", data={"finalizing": str(observed.finalizing)})


POD = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a", "namespace": "b", "uid": "c"}}
REQUEST = {
    "controller": {"apiVersion": "metacontroller.k8s.io/v1alpha1", "kind": "DecoratorController"},
    "object": POD,
    "attachments": {},
    "related": {},
    "finalizing": False,
}
controller = Decorator(resources=[Pod], rules=label, attachments=[Child(ConfigMap, "InPlace")])


def test_a_controller_is_a_responder() -> None:
    """What the library builds is what the webhook takes; the types say so as well."""
    responder: Responder = controller
    webhook = Webhook(responder)
    headers = {"Content-Type": "application/json"}
    body = json.dumps(REQUEST).encode()
    now = datetime(2026, 1, 31, tzinfo=UTC)
    reply = webhook.answer("POST", "/sync", headers, body, now=now, entropy=bytes(32))
    assert reply.failure is None
    (child,) = json.loads(reply.body)["attachments"]
    assert (reply.status, child["data"]) == (200, {"finalizing": "False"})
    same = {**headers, "if-none-match": reply.headers["ETag"]}
    assert webhook.answer("POST", "/sync", same, body, now=now, entropy=bytes(32)).status == 304


def test_a_bad_request_is_the_senders() -> None:
    """A body that is no request is refused with a fixed word and an id, and nothing of itself."""
    headers = {"Content-Type": "application/json"}
    now = datetime(2026, 1, 31, tzinfo=UTC)
    for body in (b"", b"{", b"[]", b'{"object":null}'):
        reply = Webhook(controller).answer(
            "POST", "/sync", headers, body, now=now, entropy=bytes(32)
        )
        assert reply.status == 400
        assert reply.failure is not None
        assert set(json.loads(reply.body)) == {"error", "id"}
