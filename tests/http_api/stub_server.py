"""A stand-in for the simulated API server: it keeps what it is told, and tells what it was asked."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from reconcile.value.types import ABSENT


@dataclass
class Answer:
    """What a request is answered with."""

    status: int
    raw: bytes = b"{}"
    headers: dict = field(default_factory=lambda: {"Content-Type": "application/json"})


class Cursor:
    """A watch: everything that is posted."""

    headers = {"Content-Type": "application/json"}

    def __init__(self, server, *, timeout, bookmarks):
        self.server = server
        self.at = len(server.log)
        self.timeout = timeout
        self.bookmarks = bookmarks
        self.closed = False

    def take(self):
        self.server.taken += 1
        found = self.server.log[self.at :]
        self.at = len(self.server.log)
        self.closed = self.closed or any(b"ERROR" in event for event in found)
        return found

    def bookmark(self):
        return b'{"type":"BOOKMARK"}'


class StubServer:
    """`/posts` takes documents and shows them; other paths do what their name says."""

    def __init__(self):
        self.log: list[bytes] = []
        self.asked: list[dict] = []
        self.settled: list[float] = []
        self.taken = 0

    def request(self, method, path, *, body=ABSENT, content_type=None, user="user", headers=None):
        asked = {"method": method, "path": path, "body": body, "type": content_type}
        self.asked.append({**asked, "user": user, "headers": dict(headers or {})})
        if path == "/fails":
            raise RuntimeError("a fault")
        if path.startswith("/sized/"):
            return Answer(200, b'"' + b"x" * (int(path[7:]) - 2) + b'"')
        if path == "/warned":
            return Answer(200, headers={"Warning": '299 - "käse\n\x00"', "X-Other": "a"})
        if method == "POST" and path == "/posts":
            if len(body) > 3 * 1024 * 1024:
                return Answer(413, b'{"kind":"Status","code":413}')
            self.log.append(body)
            return Answer(201, body)
        if method == "GET" and path.startswith("/posts"):
            return Answer(200, json.dumps(len(self.log)).encode())
        if method in ("GET", "HEAD"):
            return Answer(404, b'{"kind":"Status","code":404}')
        return Answer(405, b'{"kind":"Status","code":405}')

    def watch(self, path, *, user="user", headers=None):
        if path.startswith("/refused"):
            return Answer(422, b'{"kind":"Status","code":422}')
        query = dict(pair.split("=") for pair in path.partition("?")[2].split("&") if "=" in pair)
        seconds = query.get("timeoutSeconds")
        return Cursor(
            self,
            timeout=float(seconds) if seconds else None,
            bookmarks="allowWatchBookmarks" in query,
        )

    def settle(self, seconds=0.0):
        self.settled.append(seconds)
