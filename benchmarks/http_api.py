"""How fast is the simulated API server over HTTP? `python -m benchmarks.http_api [--json]`.

1. The server is a process of its own, started as people start it; the clients are this process,
   one event loop with plain sockets, so that what is measured is the server.
2. Each answer is checked. Each watcher counts every event: lost and doubled ones are told.
3. The server's own processor seconds stand beside the wall clock: on a machine that is shared they
   are the number to look at.
"""

from __future__ import annotations

import asyncio
import json
import os
import platform
import resource
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

__all__ = ["Rate", "Watched", "main", "rates", "watchers"]

WHERE = "/api/v1/namespaces/default/configmaps"


@dataclass(frozen=True)
class Rate:
    """Requests of one sort."""

    what: str
    requests: int
    seconds: float
    server_seconds: float
    """Processor time of the server."""

    @property
    def per_second(self) -> float:
        """Requests a second by the wall clock."""
        return self.requests / self.seconds

    @property
    def per_core(self) -> float:
        """Requests a second of the server's processor time."""
        return self.requests / self.server_seconds


@dataclass(frozen=True)
class Watched:
    """Many watchers of one kind."""

    watchers: int
    writes: int
    delivered: int
    lost: int
    doubled: int
    seconds: float
    server_seconds: float


class Server:
    """`python -m reconcile apiserver`, while the block runs."""

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "reconcile", "apiserver", "--port", "0"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        name = self._process.stdout.readline().strip().removeprefix("KUBECONFIG=")
        lines = Path(name).read_text(encoding="utf-8").splitlines()
        [line] = [line for line in lines if "server:" in line]
        address = urlsplit(json.loads(line.partition("server: ")[2]))
        self.host, self.port = address.hostname, address.port
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait()

    def used(self) -> float:
        """Return the processor seconds of the process so far; nan where nobody tells."""
        try:
            fields = Path(f"/proc/{self._process.pid}/stat").read_text(encoding="ascii")
        except OSError:
            return float("nan")
        user, system = fields.rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def request(method: str, path: str, body: object = None, media: str = "application/json") -> bytes:
    """Return the bytes of a request."""
    data = b"" if body is None else json.dumps(body).encode()
    head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\n"
    if data:
        head += f"Content-Type: {media}\r\nContent-Length: {len(data)}\r\n"
    return head.encode() + b"\r\n" + data


def config_map(name: str) -> dict[str, object]:
    """Return a small object."""
    return {"metadata": {"name": name, "labels": {"app": "web"}}, "data": {"key": "value"}}


async def ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, data: bytes) -> bytes:
    """Send a request and return the body of its answer, which must be a success."""
    writer.write(data)
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
    body = await reader.readexactly(length)
    if not head.startswith(b"HTTP/1.1 2"):
        raise AssertionError(head + body)
    return body


async def _rate(server: Server, what: str, requests: list[bytes], connections: int) -> Rate:
    async def work(mine: list[bytes]) -> None:
        reader, writer = await asyncio.open_connection(server.host, server.port, limit=2**20)
        for data in mine:
            await ask(reader, writer, data)
        writer.close()

    used, began = server.used(), time.perf_counter()
    await asyncio.gather(*(work(requests[number::connections]) for number in range(connections)))
    seconds = time.perf_counter() - began
    return Rate(what, len(requests), seconds, server.used() - used)


async def rates(server: Server, *, requests: int = 5000, connections: int = 16) -> list[Rate]:
    """Return how many requests of each sort are answered, over some connections."""
    names = [f"rate-{number}" for number in range(requests)]
    merge = "application/merge-patch+json"
    sorts = {
        "create": [request("POST", WHERE, config_map(name)) for name in names],
        "get": [request("GET", f"{WHERE}/{name}") for name in names],
        "merge patch": [
            request("PATCH", f"{WHERE}/{name}", {"data": {"key": "other"}}, merge) for name in names
        ],
        "delete": [request("DELETE", f"{WHERE}/{name}") for name in names],
    }
    return [await _rate(server, what, made, connections) for what, made in sorts.items()]


async def watchers(server: Server, *, count: int = 1000, writes: int = 100) -> Watched:
    """Return what many watchers of one kind see of some writes, one after the other."""
    reader, writer = await asyncio.open_connection(server.host, server.port, limit=2**24)
    listed = json.loads(await ask(reader, writer, request("GET", f"{WHERE}?limit=1")))
    version = listed["metadata"]["resourceVersion"]
    begin = request("GET", f"{WHERE}?watch=1&resourceVersion={version}")
    last = f'"name":"watched-{writes - 1}"'.encode()
    ready = asyncio.Semaphore(64)
    # Looked at afterwards, so that the clients do not slow the server down meanwhile.
    seen: list[list[bytes]] = []

    async def opened() -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        async with ready:
            streams = await asyncio.open_connection(server.host, server.port, limit=2**20)
            streams[1].write(begin)
            head = await streams[0].readuntil(b"\r\n\r\n")
            if not head.startswith(b"HTTP/1.1 200"):
                raise AssertionError(head)
            return streams

    async def watch(stream: asyncio.StreamReader) -> None:
        mine: list[bytes] = []
        seen.append(mine)
        while True:
            size = int(await stream.readline(), 16)
            chunk = await stream.readexactly(size + 2)
            mine.append(chunk)
            if not size or last in chunk:
                return

    streams = await asyncio.gather(*(opened() for _ in range(count)))
    watching = [asyncio.create_task(watch(stream)) for stream, _ in streams]
    used, began = server.used(), time.perf_counter()
    for number in range(writes):
        await ask(reader, writer, request("POST", WHERE, config_map(f"watched-{number}")))
    await asyncio.wait_for(asyncio.gather(*watching), 120)
    seconds = time.perf_counter() - began
    delivered = lost = doubled = 0
    for mine in seen:
        lines = b"".join(chunk[:-2] for chunk in mine).splitlines()
        names = [json.loads(line)["object"]["metadata"]["name"] for line in lines]
        delivered += len(names)
        lost += writes - len(set(names))
        doubled += len(names) - len(set(names))
    for _, each in (*streams, (reader, writer)):
        each.close()
    return Watched(count, writes, delivered, lost, doubled, seconds, server.used() - used)


async def _all(*, small: bool) -> tuple[list[Rate], Watched]:
    with Server() as server:
        few = {"requests": 50, "connections": 4} if small else {}
        answered = await rates(server, **few)
        return answered, await watchers(server, **({"count": 20, "writes": 5} if small else {}))


def main(arguments: list[str]) -> None:
    """Print the answers; `--small` only tries whether it works."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 8192)), hard))
    answered, watched = asyncio.run(_all(small="--small" in arguments))
    if "--json" in arguments:
        print(json.dumps({"rates": [asdict(rate) for rate in answered], "watch": asdict(watched)}))
        return
    python = f"{platform.python_implementation()} {platform.python_version()}"
    print(f"{python}, {platform.machine()}, {os.cpu_count()} cores\n")
    print("| requests | number | a second | a second of the server's core |")
    print("|---|--:|--:|--:|")
    for rate in answered:
        print(f"| {rate.what} | {rate.requests} | {rate.per_second:.0f} | {rate.per_core:.0f} |")
    print(
        "\n| watchers | writes | events delivered | lost | doubled | seconds | events a second "
        "| a second of the core |"
    )
    print("|--:|--:|--:|--:|--:|--:|--:|--:|")
    print(
        f"| {watched.watchers} | {watched.writes} | {watched.delivered} | {watched.lost} "
        f"| {watched.doubled} | {watched.seconds:.2f} "
        f"| {watched.delivered / watched.seconds:.0f} "
        f"| {watched.delivered / watched.server_seconds:.0f} |"
    )


if __name__ == "__main__":
    main(sys.argv[1:])
