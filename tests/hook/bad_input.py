"""Every bad input we know, what the caller sees of it, and what the log holds.

Run as a program this writes docs/bad-input.md; the test compares the page with what happens.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from reconcile import (
    Child,
    Contribution,
    Controller,
    Decorator,
    Model,
    Observed,
    Parent,
    Reply,
    all_of,
    rule,
)
from reconcile.adapters.webhook import Webhook
from reconcile.kinds.core_v1 import ConfigMap, Pod, Secret

CANARY = "canary-7f3a"
NOW = datetime(2026, 1, 1, tzinfo=UTC)
PAGE = Path(__file__).parents[2] / "docs" / "bad-input.md"


class Inner(Model):
    """A part of a spec."""

    size: int = 1


class Spec(Model):
    """A spec."""

    count: int = 1
    inner: Inner = Inner()
    labels: dict[str, str] = {}


class Status(Model):
    """A status."""


class Thing(Parent[Spec, Status], group="example.com", version="v1"):
    """A parent."""


def request() -> dict[str, Any]:
    """Return a request in which every text that is a value holds the canary."""
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "s", "namespace": "ns", "annotations": {"note": CANARY}},
        "data": {"key": CANARY},
    }
    return {
        "controller": {
            "kind": "CompositeController",
            "apiVersion": "metacontroller.k8s.io/v1alpha1",
            "metadata": {"name": "c", "annotations": {"note": CANARY}},
            "spec": {"hooks": {"sync": {"version": "v1"}}},
        },
        "parent": {
            "apiVersion": "example.com/v1",
            "kind": "Thing",
            "metadata": {"name": "t", "namespace": "ns", "generation": 1},
            "spec": {"count": 2, "labels": {"note": CANARY}},
            "status": {"note": CANARY},
        },
        "children": {"Secret.v1": {"s": secret}, "ConfigMap.v1": {}},
        "related": {},
        "finalizing": False,
    }


def text(**changes: Any) -> bytes:
    """Return the bytes of a request with some members changed."""
    return json.dumps({**request(), **changes}, separators=(",", ":")).encode()


def child(document: str) -> bytes:
    """Return the bytes of a request whose Secret is the given text."""
    whole = request()
    whole["children"]["Secret.v1"]["s"] = "@"
    return json.dumps(whole, separators=(",", ":")).encode().replace(b'"@"', document.encode())


@rule
def quiet(observed: Observed[Thing]) -> ConfigMap:
    """Read nothing but the parent."""
    return ConfigMap(observed.parent.name, data={"count": str(observed.parent.spec.count)})


@rule
def reader(observed: Observed[Thing]) -> ConfigMap:
    """Read the Secret."""
    secret = observed.child(Secret, "s")
    data = dict(secret.data) if secret is not None else {}
    return ConfigMap(observed.parent.name, data={"keys": ",".join(data)})


def composite(*rules: Any) -> Controller[Thing]:
    """Return a controller with some rules."""
    return Controller(Thing, rules=all_of(*rules), children=[Child(Secret), Child(ConfigMap)])


def raising(body: Callable[[Observed[Thing]], Any]) -> Controller[Thing]:
    """Return a controller with one rule that does what `body` does."""
    return composite(rule(name="author", owns=[ConfigMap])(body))


def _raise(_observed: Observed[Thing]) -> Any:
    raise KeyError(CANARY)


def _write_view(observed: Observed[Thing]) -> Any:
    secret = observed.child(Secret, "s")
    assert secret is not None
    secret.type = CANARY


def _write_raw(observed: Observed[Thing]) -> Any:
    secret = observed.child(Secret, "s")
    assert secret is not None
    secret.raw["data"]["key"] = CANARY


def _write_spec(observed: Observed[Thing]) -> Any:
    observed.parent.spec.labels["note"] = CANARY


def _write_parent(observed: Observed[Thing]) -> Any:
    observed.parent.raw["spec"]["count"] = 5


async def _async(_observed: Observed[Thing]) -> Any:
    return None


def _config(**metadata: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c", **metadata}}


def _many(_observed: Observed[Thing]) -> Any:
    return [ConfigMap(f"c{number}") for number in range(10_001)]


def _deep(_observed: Observed[Thing]) -> Any:
    value: Any = CANARY
    for _ in range(10_000):
        value = [value]
    return {**_config(), "data": value}


POST = ("POST", "/sync", {"content-type": "application/json"})


@dataclass(frozen=True)
class Case:
    """One bad input."""

    what: str
    body: bytes | Callable[[], bytes]
    controller: Any
    status: int
    word: str
    """The fixed word in the body, "" where the answer is an ordinary one."""
    error: str
    """The class of the error in the log, "" for none."""
    call: tuple[str, str, dict[str, str]] = POST

    def reply(self) -> Reply:
        """Return what the webhook answers."""
        body = self.body if isinstance(self.body, bytes) else self.body()
        method, path, headers = self.call
        webhook = Webhook(self.controller)
        return webhook.answer(method, path, headers, body, now=NOW, entropy=b"e" * 32)


@rule(owns=[])
def look(observed: Observed[Thing]) -> None:
    """Read every Secret."""
    for secret in observed.children(Secret):
        _ = secret.raw


Q, R = composite(quiet), composite(quiet, look)


DEEP = "[" * 10_000 + "]" * 10_000
HEAD = '{"apiVersion":"v1","kind":"Secret","metadata":{"name":"s","namespace":"ns"},"data":'

CASES = [
    # -- the text of the request
    Case("empty body", b"", Q, 400, "not-json", "RequestError"),
    Case("not JSON", b"hello", Q, 400, "not-json", "RequestError"),
    Case("HTML", b"<html></html>", Q, 400, "not-json", "RequestError"),
    Case("truncated", lambda: text()[:-20], Q, 400, "not-json", "RequestError"),
    Case("something behind the end", lambda: text() + b"x", Q, 400, "not-json", "RequestError"),
    Case("byte order mark", lambda: b"\xef\xbb\xbf" + text(), Q, 400, "not-json", "RequestError"),
    Case("a list", b"[]", Q, 400, "shape", "RequestError"),
    Case("null", b"null", Q, 400, "shape", "RequestError"),
    Case("NaN in the parent", lambda: text().replace(b'"count":2', b'"count":NaN'), Q, 400, "not-json", "RequestError"),
    Case("invalid UTF-8 in the parent", lambda: text().replace(b'"Thing"', b'"Thi\xff"'), Q, 400, "not-utf8", "RequestError"),
    Case("invalid UTF-8 in a child that nobody reads", lambda: child("@").replace(b"@", b'{"a":"\xff"}'), Q, 400, "not-utf8", "RequestError"),
    Case("10,000 levels, a list", DEEP.encode(), Q, 400, "shape", "RequestError"),
    Case("10,000 levels in an unknown member", lambda: text()[:-1] + b',"x":' + DEEP.encode() + b"}", Q, 400, "limit", "LimitError"),
    Case("10,000 levels in a child", lambda: child(HEAD + DEEP + "}"), Q, 400, "limit", "LimitError"),
    Case("10,000 levels in the parent", lambda: text().replace(b'"count":2', b'"count":' + DEEP.encode()), Q, 400, "limit", "LimitError"),
    Case("200 levels in a child that nobody reads", lambda: child(HEAD + "[" * 200 + "]" * 200 + "}"), Q, 200, "", ""),
    Case("200 levels in a child that is read", lambda: child(HEAD + "[" * 200 + "]" * 200 + "}"), R, 400, "limit", "RequestError"),
    Case("32 MiB and one byte", lambda: b" " * (32 * 1024 * 1024 + 1), Q, 413, "body-too-large", ""),
    # -- keys that are there twice
    Case("a member of the request twice", lambda: text()[:-1] + b',"related":{}}', Q, 400, "duplicate-key", "RequestError"),
    Case("a kind of children twice", lambda: text().replace(b'"ConfigMap.v1":{}', b'"ConfigMap.v1":{},"ConfigMap.v1":{}'), Q, 400, "duplicate-key", "RequestError"),
    Case("a child twice", lambda: text().replace(b'"Secret.v1":{', b'"Secret.v1":{"s":{"kind":"x"},'), Q, 400, "duplicate-key", "RequestError"),
    Case("a kind of related objects twice", lambda: text().replace(b'"related":{}', b'"related":{"Pod.v1":{},"Pod.v1":{}}'), Q, 400, "duplicate-key", "RequestError"),
    Case("a member of the parent twice", lambda: text().replace(b'"count":2', b'"count":2,"count":3'), Q, 400, "duplicate-key", "RequestError"),
    Case("a member of a child that nobody reads twice", lambda: child(HEAD + '{"k":"a","k":"b"}}'), Q, 200, "", ""),
    Case("a member of a child that is read twice", lambda: child(HEAD + '{"k":"a","k":"b"}}'), R, 400, "duplicate-key", "RequestError"),
    # -- numbers
    Case("a whole number over 64 bits in a child that is read", lambda: child(HEAD + '{"k":123456789012345678901234567890}}'), R, 200, "", ""),
    Case("1e400 in a child that nobody reads", lambda: child(HEAD + '{"k":1e400}}'), Q, 200, "", ""),
    Case("1e400 in a child that is read", lambda: child(HEAD + '{"k":1e400}}'), R, 400, "number", "RequestError"),
    # -- the shape of the request
    Case("no parent", lambda: json.dumps({k: v for k, v in request().items() if k != "parent"}).encode(), Q, 400, "missing", "RequestError"),
    Case("no children", lambda: json.dumps({k: v for k, v in request().items() if k != "children"}).encode(), Q, 400, "missing", "RequestError"),
    Case("no controller", lambda: json.dumps({k: v for k, v in request().items() if k != "controller"}).encode(), Q, 400, "missing", "RequestError"),
    Case("`children: null`", lambda: text(children=None), Q, 400, "shape", "RequestError"),
    Case("a kind of children that is null", lambda: text(children={"Secret.v1": None}), Q, 400, "shape", "RequestError"),
    Case("`finalizing` is a text", lambda: text(finalizing="no"), Q, 400, "shape", "RequestError"),
    Case("a key that is no kind", lambda: text(children={"Secret": {}}), Q, 400, "key", "RequestError"),
    Case("an unknown member of the request", lambda: text(surprise={"a": 1}), Q, 200, "", ""),
    Case("an unknown version of the hook", lambda: text().replace(b'"version":"v1"', b'"version":"v9"'), Q, 400, "hook-version", "RequestError"),
    Case("an unknown kind of controller", lambda: text().replace(b"CompositeController", b"OtherController"), Q, 400, "controller-kind", "RequestError"),
    Case("a decorator's request for a composite", lambda: text().replace(b"CompositeController", b"DecoratorController").replace(b'"parent"', b'"object"').replace(b'"children"', b'"attachments"'), Q, 400, "controller-kind", "RequestError"),
    Case("a composite's request for a decorator", text, Decorator(resources=[Pod], rules=rule(name="none", owns=[])(lambda _o: None), attachments=[]), 400, "controller-kind", "RequestError"),
    Case("a parent of another kind", lambda: text().replace(b'"Thing"', b'"Other"'), Q, 400, "parent-kind", "RequestError"),
    Case("a parent without a name", lambda: text().replace(b'"name":"t",', b""), Q, 400, "shape", "RequestError"),
    Case("a parent that is a text", lambda: text(parent=CANARY), Q, 400, "shape", "RequestError"),
    Case("a parent whose spec is not valid", lambda: text().replace(b'"count":2', b'"count":"%s"' % CANARY.encode()), Q, 200, "", ""),
    Case("a child with null metadata that nobody reads", lambda: child('{"apiVersion":"v1","kind":"Secret","metadata":null}'), Q, 200, "", ""),
    Case("a child with null metadata that is read", lambda: child('{"apiVersion":"v1","kind":"Secret","metadata":null}'), R, 200, "", ""),
    # -- the call
    Case("another method", text, Q, 405, "method-not-allowed", "", ("GET", "/sync", {})),
    Case("another path", text, Q, 404, "not-found", "", ("POST", "/sink", POST[2])),
    Case("another content type", text, Q, 415, "unsupported-media-type", "", ("POST", "/sync", {"content-type": "text/plain"})),
    Case("compressed", text, Q, 415, "unsupported-content-encoding", "", ("POST", "/sync", {**POST[2], "content-encoding": "gzip"})),
    # -- rules
    Case("a rule that raises", text, raising(_raise), 500, "rule", "RuleError"),
    Case("a rule that returns a number", text, raising(lambda _o: 7), 500, "rule", "RuleError"),
    Case("a rule that returns a text", text, raising(lambda _o: CANARY), 500, "rule", "RuleError"),
    Case("a rule that returns a set", text, raising(lambda _o: {1}), 500, "rule", "RuleError"),
    Case("a rule that returns any object", text, raising(lambda _o: object()), 500, "rule", "RuleError"),
    Case("a rule that returns None among children", text, raising(lambda _o: [None]), 500, "rule", "RuleError"),
    Case("a rule that is async", text, raising(_async), 500, "rule", "RuleError"),
    Case("a rule that writes to a child it observes", text, raising(_write_view), 500, "rule", "RuleError"),
    Case("a rule that writes to the document of a child", text, raising(_write_raw), 500, "rule", "RuleError"),
    Case("a rule that writes to the parent's spec", text, raising(_write_spec), 500, "rule", "RuleError"),
    Case("a rule that writes to the parent's document", text, raising(_write_parent), 500, "rule", "RuleError"),
    Case("a child of a kind that is not declared", text, raising(lambda _o: Pod("p")), 500, "rule", "RuleError"),
    Case("a child without a name", text, raising(lambda _o: _config(name="")), 500, "rule", "RuleError"),
    Case("a child without a kind", text, raising(lambda _o: {"metadata": {"name": "x"}}), 500, "rule", "RuleError"),
    Case("a child with generateName", text, raising(lambda _o: _config(generateName="x-")), 500, "rule", "RuleError"),
    Case("a child with a status", text, raising(lambda _o: {**_config(), "status": {}}), 500, "rule", "RuleError"),
    Case("a child that was observed", text, raising(lambda _o: _config(resourceVersion="7")), 500, "rule", "RuleError"),
    Case("a child in another namespace", text, raising(lambda _o: _config(namespace="other")), 500, "rule", "RuleError"),
    Case("a child with null labels", text, raising(lambda _o: _config(labels=None)), 500, "rule", "RuleError"),
    Case("a child with a label that is a number", text, raising(lambda _o: _config(labels={"a": 1})), 500, "rule", "RuleError"),
    Case("one child twice", text, raising(lambda _o: [ConfigMap("c"), ConfigMap("c")]), 500, "rule", "RuleError"),
    Case("10,001 children", text, raising(_many), 500, "limit", "LimitError"),
    Case("a child with 10,000 levels", text, raising(_deep), 500, "rule", "RuleError"),
    Case("a child with NaN", text, raising(lambda _o: {**_config(), "data": {"a": float("nan")}}), 500, "rule", "RuleError"),
    Case("a child with infinity", text, raising(lambda _o: {**_config(), "data": {"a": float("inf")}}), 500, "rule", "RuleError"),
    Case("a child with a whole number over 64 bits", text, raising(lambda _o: {**_config(), "data": {"a": 2**64}}), 500, "rule", "RuleError"),
    Case("a child with a set", text, raising(lambda _o: {**_config(), "data": {"a": {CANARY}}}), 500, "rule", "RuleError"),
    Case("a child with bytes", text, raising(lambda _o: {**_config(), "data": {"a": CANARY.encode()}}), 500, "rule", "RuleError"),
    Case("a child with a key that is no text", text, raising(lambda _o: {**_config(), "data": {1: CANARY}}), 500, "rule", "RuleError"),
    Case("a status with NaN", text, raising(lambda _o: Contribution(status={"a": float("nan")})), 500, "rule", "RuleError"),
    Case("a resync after no time", text, raising(lambda _o: Contribution(resync_after=0)), 500, "rule", "RuleError"),
    Case("a time that nobody gave", text, raising(lambda o: ConfigMap(o.token("a", length=0))), 500, "rule", "RuleError"),
    Case("two rules that disagree", text, composite(quiet, rule(name="other", owns=[ConfigMap])(lambda _o: ConfigMap("t", data={"count": "9"}))), 500, "conflict", "ConflictError"),
]  # fmt: skip


def row(case: Case) -> str:
    """Return the line of one case in the table."""
    reply = case.reply()
    seen = f"`{reply.body.decode()}`" if reply.status != 200 else "the answer"
    if reply.failure is None:
        log = "" if reply.status == 200 else "the status"
    else:
        log = f"{type(reply.failure.error).__name__}: {reply.failure.error}"
        seen = seen.replace(reply.failure.id, "…")
    return f"| {case.what} | {reply.status} | {seen} | {log.replace('|', '/')} |"


def page() -> str:
    """Return the page."""
    rows = "\n".join(row(case) for case in CASES)
    return f"""# Bad input

What happens to every bad input we know. The body of a failure is a fixed word and an id, the digest
of the request: Metacontroller copies bodies into Events, so no text of ours is in it. The log line
with the same id says what was wrong and where. Neither holds a value of an object.

An error is never an empty answer: an answer without children would delete them all. A child that no
rule reads is never parsed, so what is wrong inside it is found when it is read.

What the command line makes of bad files and names stands on [its page](cli.md).

The table is written by `python tests/hook/bad_input.py` and held to what happens by a test.

| input | status | what the caller sees | what the log holds |
|---|---|---|---|
{rows}
"""


if __name__ == "__main__":
    PAGE.write_text(page())
