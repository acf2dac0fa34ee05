"""How hooks are called, and which answers are answers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from reconcile.hook.transport import Answer, TransportError
from reconcile.simulate import NotSettledError
from tests.simulate.scenes import (
    CONFIG_MAP,
    answering,
    cluster,
    composite,
    config_map,
    warnings,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconcile.hook.transport import Call
    from reconcile.simulate import Cluster

WANTED = {"status": {}, "children": [config_map(v="1")]}
BODY = json.dumps(WANTED).encode()


def called_by(hook: Callable[[Call], Answer], **webhook: Any) -> Cluster:
    """Return a cluster whose hook is a transport."""
    given = composite(sync=answering(), hooks={"sync": {"webhook": webhook}})
    return cluster(given._replace(hook=hook))


@pytest.mark.parametrize("status", [201, 202, 204, 206, 304, 400, 404, 412, 500, 503])
def test_only_200_is_an_answer(status: int) -> None:
    """Whatever else comes fails the sync, with a good body, too (rules 2.4 and 2.12)."""
    made = called_by(lambda _: Answer(status, {}, BODY))
    made.settle(failures=True)
    assert made.failing
    assert made.find(CONFIG_MAP, "c") is None
    assert f"unsupported status code: {status}" in warnings(made)[0]


def test_how_a_hook_is_called() -> None:
    """A POST of JSON, with the headers of Go (rule 2.1)."""
    made = called_by(lambda _: Answer(200, {"Content-Type": "text/html"}, BODY))
    made.settle()
    call = made.calls[0].called.call
    headers = {name.lower(): value for name, value in call.headers.items()}
    assert call.method == "POST"
    assert headers["content-type"] == "application/json"
    assert headers["user-agent"] == "Go-http-client/1.1"
    assert headers["accept-encoding"] == "gzip"
    assert "if-none-match" not in headers


ADDRESSES = {
    "rule 2.2: a URL": ({"url": "http://a/b"}, "http://a/b"),
    "rule 2.2: a service": (
        {"service": {"name": "s", "namespace": "n"}, "path": "/p"},
        "http://s.n:80/p",
    ),
    "rule 2.2: a service with all": (
        {"service": {"name": "s", "namespace": "n", "port": 8, "protocol": "https"}, "path": "/p"},
        "https://s.n:8/p",
    ),
    "rule 2.2: the URL before the service": (
        {"url": "http://a/b", "service": {"name": "s", "namespace": "n"}, "path": "/p"},
        "http://a/b",
    ),
    "rule 2.2: nothing": ({}, None),
    "rule 2.2: a service without a path": ({"service": {"name": "s", "namespace": "n"}}, None),
}


@pytest.mark.parametrize("name", ADDRESSES)
def test_addresses(name: str) -> None:
    """What is no address does not start, and an event says so."""
    webhook, expected = ADDRESSES[name]
    given = composite(hooks={"sync": {"webhook": webhook}})
    seen = []

    def hook(call: Call) -> Answer:
        seen.append(call.url)
        return Answer(200, {}, BODY)

    made = cluster(given._replace(hook=hook))
    made.settle(failures=True)
    reasons = {event["reason"] for event in made.events if event["type"] == "Warning"}
    if expected is None:
        assert not made.calls
        assert reasons == {"CreateError"}
    else:
        assert made.calls[0].called.call.url == expected


@pytest.mark.parametrize(("timeout", "waits"), [(None, 10), ("2s", 2), ("0s", 10), ("-1s", 10)])
def test_time_out(timeout: str | None, waits: int) -> None:
    """An answer that comes later than it may is none (rule 2.3)."""
    webhook = {} if timeout is None else {"timeout": timeout}
    late = called_by(lambda _: Answer(200, {}, BODY, delay=waits + 1), **webhook)
    late.settle(limit=300, failures=True, patience=0)
    assert late.failing
    assert "imeout" in warnings(late)[0] or "deadline" in warnings(late)[0]
    soon = called_by(lambda _: Answer(200, {}, BODY, delay=waits - 1), **webhook)
    soon.settle()
    assert soon.get(CONFIG_MAP, "c")


@pytest.mark.parametrize(
    ("status", "method"), [(301, "GET"), (302, "GET"), (303, "GET"), (307, "POST"), (308, "POST")]
)
def test_redirects(status: int, method: str) -> None:
    """Some are repeated, some become a GET, and the answer counts (rule 2.5)."""

    asked: list[str] = []

    def hook(call: Call) -> Answer:
        asked.append(call.method)
        if len(asked) == 1:
            return Answer(status, {"Location": call.url}, b"")
        return Answer(200, {}, BODY)

    made = called_by(hook)
    made.settle()
    second = made.calls[1].called.call
    assert (second.method, bool(second.body)) == (method, method == "POST")
    assert made.get(CONFIG_MAP, "c")


def test_too_many_requests() -> None:
    """429 waits as long as it says, without an event (rule 2.6)."""
    made = called_by(lambda _: Answer(429, {"Retry-After": "30"}, b""))
    made.settle()
    assert len(made.calls) == 1
    made.advance(29)
    assert len(made.calls) == 1
    made.advance(2)
    assert len(made.calls) == 2
    assert not warnings(made)


@pytest.mark.parametrize("headers", [{}, {"Retry-After": "1.5"}, {"Retry-After": "soon"}])
def test_too_many_requests_without_a_delay(headers: dict[str, str]) -> None:
    """A delay that is no whole number of seconds is none (rule 2.6)."""
    made = called_by(lambda _: Answer(429, headers, b""))
    with pytest.raises(NotSettledError, match=r"rule 2\.6"):
        made.settle(limit=5)


def test_addresses_that_nothing_answers_at() -> None:
    """A hook that cannot be reached fails the sync (rule 2.4)."""

    def hook(_: Call) -> Answer:
        message = "dial tcp: lookup nowhere: no such host"
        raise TransportError(message)

    made = called_by(hook)
    made.settle(failures=True)
    assert "no such host" in warnings(made)[0]


@pytest.mark.parametrize("status", [304, 412])
def test_tags(status: int) -> None:
    """A tag that was told comes back, and the stored answer counts again (rules 2.11 and 2.12)."""

    def hook(call: Call) -> Answer:
        headers = {name.lower(): value for name, value in call.headers.items()}
        if headers.get("if-none-match") == '"one"':
            return Answer(status, {}, b"")
        return Answer(200, {"ETag": '"one"'}, BODY)

    made = called_by(hook, etag={"enabled": True})
    made.settle()
    made.delete(CONFIG_MAP, "c")
    made.settle()
    codes = [row.called.answer and row.called.answer.status for row in made.calls]
    assert codes[0] == 200
    assert set(codes[1:]) == {status}
    assert made.get(CONFIG_MAP, "c")["data"] == {"v": "1"}


def test_broken_answers_are_stored() -> None:
    """A tag poisons: what cannot be read is read again and again (rule 2.13)."""

    def hook(call: Call) -> Answer:
        headers = {name.lower(): value for name, value in call.headers.items()}
        return (
            Answer(304, {}, b"") if "if-none-match" in headers else Answer(200, {"ETag": "x"}, b"{")
        )

    made = called_by(hook, etag={"enabled": True})
    made.settle(failures=True)
    assert made.failing
    assert [row.called.answer and row.called.answer.status for row in made.calls[:3]] == [
        200,
        304,
        304,
    ]


def test_a_time_out_of_tags_without_a_clean_up_never_starts() -> None:
    """Nothing is called, and no event says why (rule 2.14)."""
    made = called_by(
        lambda _: Answer(200, {}, BODY), etag={"enabled": True, "cacheTimeoutSeconds": 5}
    )
    made.settle(failures=True)
    assert not made.calls
    assert not warnings(made)


def test_tokens() -> None:
    """A token of a Secret goes with each call, without white space around it (rule 2.20)."""
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "s"},
        "stringData": {"token": " abc\n"},
    }
    given = composite(
        sync=answering(),
        hooks={
            "sync": {
                "webhook": {
                    "authorization": {
                        "secretRef": {"name": "s", "namespace": "default", "key": "token"}
                    }
                }
            }
        },
    )
    made = cluster(given, objects=[secret])
    made.settle()
    seen = {row.called.call.headers.get("Authorization") for row in made.calls}
    assert seen == {"Bearer abc"}
