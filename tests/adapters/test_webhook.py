"""Facts about what a webhook answers."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconcile.adapters.auth import Bearer
from reconcile.adapters.webhook import Webhook
from reconcile.errors import DefinitionError
from reconcile.hook.reply import Reply
from reconcile.value.limits import MAX_BODY

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
JSON = {"content-type": "application/json"}


class Recording:
    """Keep what the controller was called with."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.calls: list[dict[str, Any]] = []

    def respond(self, body: bytes, **arguments: Any) -> Reply:
        """Return an empty answer."""
        self.calls.append({"body": body, **arguments})
        if self.error is not None:
            raise self.error
        return Reply(200, {}, b"{}")


def answer(webhook: Webhook, method: str, path: str, **more: Any) -> Reply:
    """Make one call with JSON headers."""
    headers = {**JSON, **more.pop("headers", {})}
    body = more.pop("body", b"{}")
    return webhook.answer(method, path, headers, body, now=NOW, entropy=b"e" * 32)


def test_everything_reaches_the_controller() -> None:
    """Body, hook, time, entropy and headers are handed on; names in lower case, no credentials."""
    controller = Recording()
    headers = {"If-None-Match": '"x"', "Authorization": "Bearer t", "Cookie": "c"}
    answer(Webhook(controller), "POST", "/finalize", headers=headers, body=b" 1")
    assert controller.calls == [
        {
            "body": b" 1",
            "hook": "finalize",
            "headers": {**JSON, "if-none-match": '"x"'},
            "now": NOW,
            "entropy": b"e" * 32,
        }
    ]


def test_prefix() -> None:
    """Behind a prefix the paths without it are unknown, health pages too."""
    webhook = Webhook(Recording(), prefix="/hooks")
    assert answer(webhook, "POST", "/hooks/sync").status == 200
    assert answer(webhook, "GET", "/hooks/readyz").status == 200
    assert answer(webhook, "POST", "/hooks").status == 404
    for path in ("/sync", "/healthz", "/hookssync", "/other/sync", ""):
        assert answer(webhook, "POST", path).status == 404


def test_root() -> None:
    """Where one address is one hook, the address itself calls it."""
    controller = Recording()
    webhook = Webhook(controller, prefix="/f", root="customize")
    assert answer(webhook, "POST", "/f").status == 200
    assert answer(webhook, "POST", "/f/").status == 200
    assert [call["hook"] for call in controller.calls] == ["customize", "customize"]


def test_health_takes_get_and_head() -> None:
    """A health page is read, not posted to."""
    webhook = Webhook(Recording(), auth=Bearer("t"))
    assert answer(webhook, "HEAD", "/healthz") == Reply(200, {}, b"")
    reply = answer(webhook, "POST", "/readyz")
    assert (reply.status, reply.headers["Allow"]) == (405, "GET, HEAD")


@pytest.mark.parametrize(
    ("length", "status"),
    [("2", 200), ("10", 200), ("11", 413), ("9" * 30, 413), ("-1", 400), ("²", 400), ("", 400)],
)
def test_content_length(length: str, status: int) -> None:
    """A length above the limit is refused before the body is read; what is none is refused."""
    webhook = Webhook(Recording(), max_body=10)
    assert answer(webhook, "POST", "/sync", headers={"Content-Length": length}).status == status


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content-Type": 'APPLICATION/JSON ;charset="utf-8";'}, 200),
        ({"Content-Type": ""}, 415),
        ({"Content-Type": "application/json; profile=x"}, 415),
        ({"Content-Encoding": "Identity"}, 200),
        ({"Content-Encoding": "gzip"}, 415),
    ],
)
def test_content(headers: dict[str, str], status: int) -> None:
    """JSON in UTF-8, as it is, and nothing else."""
    given = {name.lower(): value for name, value in headers.items()}
    assert answer(Webhook(Recording()), "POST", "/sync", headers=given).status == status


def test_body_above_the_limit() -> None:
    """What was read is measured too."""
    webhook = Webhook(Recording(), max_body=10)
    assert answer(webhook, "POST", "/sync", body=b"1" * 10).status == 200
    assert answer(webhook, "POST", "/sync", body=b"1" * 11).status == 413
    assert MAX_BODY == 33_554_432


@pytest.mark.parametrize("error", [KeyError("secret"), RecursionError(), MemoryError()])
def test_a_controller_that_raises(error: Exception) -> None:
    """An exception becomes a 500 with an id made of the request, and no text of it is sent."""
    webhook = Webhook(Recording(error))
    first, second = answer(webhook, "POST", "/sync"), answer(webhook, "POST", "/sync")
    assert first == second
    assert first.status == 500
    assert first.failure is not None
    assert first.failure.error is error
    assert first.body == b'{"error":"internal","id":"%b"}' % first.failure.id.encode()


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"max_body": 0}, "max_body"),
        ({"prefix": "hooks"}, "prefix"),
        ({"prefix": "/hooks/"}, "prefix"),
    ],
)
def test_wrong_arguments(arguments: dict[str, Any], text: str) -> None:
    """What cannot work is refused when the webhook is made."""
    with pytest.raises(DefinitionError, match=text):
        Webhook(Recording(), **arguments)


def test_not_a_controller() -> None:
    """Something without `respond` is named by its type."""
    with pytest.raises(DefinitionError, match="a dict is not a controller"):
        Webhook({})  # type: ignore[arg-type]


@given(
    st.sampled_from(["GET", "POST", "HEAD"]) | st.text(),
    st.sampled_from(["/sync", "/healthz", "/"]) | st.text(),
    st.dictionaries(
        st.sampled_from(["Content-Type", "content-length", "Authorization"]) | st.text(),
        st.sampled_from(["application/json", "7", "Bearer t", "Basic ==="]) | st.text(),
    ),
    st.binary(max_size=100),
)
def test_every_call_is_answered(
    method: str, path: str, headers: dict[str, str], body: bytes
) -> None:
    """Any call gives a reply, and a refusal never has more than 256 bytes."""
    webhook = Webhook(Recording(ValueError("x")), auth=Bearer("t"), max_body=50)
    reply = webhook.answer(method, path, headers, body, now=NOW, entropy=b"")
    assert reply.status in {200, 400, 401, 404, 405, 413, 415, 500}
    assert len(reply.body) <= 256
