"""What the API server in memory costs: requests, copies of a world, bytes for each write.

1. Requests go in as a test makes them, objects in and objects out; the least of many short rounds
   counts, because a machine can only add. Each round begins with the same world.
2. The floor is a dict from keys to deep copies: what any double has to do that hands out objects
   which can be changed. It checks, defaults, merges and owns nothing.
3. `kmock`, where it is installed, does the same requests the only way it has, over HTTP; so it is
   set beside the server of `reconcile.http_api`, and not beside calls. No other package for Python
   keeps objects in memory behind the paths of the API: kr8s and lightkube have no double.
"""

from __future__ import annotations

import argparse
import asyncio
import copy
import gc
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from itertools import count
from typing import Any

from reconcile.diff import BUILD
from reconcile.simulate import ApiServer

from .apply import deployment

__all__ = ["bytes_of_copies", "bytes_of_writes", "import_time", "main", "rows"]

GOALS = {
    "create, get and write the status of a small custom resource": 60,
    "create a Deployment": 250,
    "apply a Deployment that is as applied": 200,
    "list 1,000 objects": 1000,
    "copy a world": 1,
}
"""Units: microseconds, the compiled build."""

_STRUCTURE: dict[str, Any] = {
    "type": "object",
    "properties": {
        "spec": {
            "type": "object",
            "properties": {"size": {"type": "integer"}, "color": {"type": "string"}},
        },
        "status": {"type": "object", "properties": {"ready": {"type": "boolean"}}},
    },
}
CRD: dict[str, Any] = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "things.example.com"},
    "spec": {
        "group": "example.com",
        "scope": "Namespaced",
        "names": {
            "plural": "things",
            "singular": "thing",
            "kind": "Thing",
            "listKind": "ThingList",
        },
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "subresources": {"status": {}},
                "schema": {"openAPIV3Schema": _STRUCTURE},
            }
        ],
    },
}
_DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
_THINGS = "/apis/example.com/v1/namespaces/default/things"
_DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments"
_MERGE = "application/merge-patch+json"
_APPLY = "application/apply-patch+yaml"
_STATUS: dict[str, Any] = {"status": {"ready": True}}


def thing(name: str) -> dict[str, Any]:
    """Return a small custom resource."""
    return {
        "apiVersion": "example.com/v1",
        "kind": "Thing",
        "metadata": {"name": name},
        "spec": {"size": 3, "color": "red"},
    }


def workload(name: str) -> dict[str, Any]:
    """Return a Deployment as somebody writes it, of about 25 fields."""
    made = deployment()
    made["metadata"] = {"name": name, "labels": made["metadata"]["labels"]}
    return made


def server() -> ApiServer:
    """Return a server that knows the custom resource."""
    made = ApiServer()
    made.request("POST", _DEFINITIONS, body=CRD)
    made.settle(1)
    return made


class Bench:
    """A server and what is asked of it; names are new each time."""

    def __init__(self, size: int = 0) -> None:
        self.base = server()
        self._names = count()
        self.server = self.base
        for _ in range(size):
            self.create()
        self.wanted = workload("applied")
        for _ in range(2):
            self.apply()
        self.base = self.server.copy()

    def again(self) -> None:
        """Begin anew."""
        self.server = self.base.copy()

    def create(self) -> str:
        """Create a custom resource and return its name."""
        name = f"t{next(self._names)}"
        answer = self.server.request("POST", _THINGS, body=thing(name))
        assert answer.status == 201, answer.body
        return name

    def cycle(self) -> Any:
        """Create a custom resource, get it, write its status."""
        path = f"{_THINGS}/{self.create()}"
        self.server.request("GET", path)
        return self.server.request(
            "PATCH", f"{path}/status", body=_STATUS, content_type=_MERGE
        ).body

    def deploy(self) -> Any:
        """Create a Deployment."""
        body = workload(f"d{next(self._names)}")
        return self.server.request("POST", _DEPLOYMENTS, body=body).body

    def apply(self) -> Any:
        """Apply a Deployment."""
        path = f"{_DEPLOYMENTS}/applied?fieldManager=m"
        return self.server.request("PATCH", path, body=self.wanted, content_type=_APPLY).body

    def apply_other(self) -> Any:
        """Apply a Deployment with another number of replicas each time."""
        self.wanted["spec"]["replicas"] = next(self._names)
        return self.apply()

    def list(self) -> Any:
        """List the custom resources."""
        return self.server.request("GET", _THINGS).body


class Floor:
    """A dict of deep copies."""

    def __init__(self) -> None:
        self._objects: dict[str, Any] = {}
        self._names = count()

    def cycle(self) -> Any:
        """Keep an object, get it, write its status: each a copy of its own."""
        name = f"t{next(self._names)}"
        self._objects[name] = copy.deepcopy(thing(name))
        copy.deepcopy(self._objects[name])
        self._objects[name] = copy.deepcopy({**self._objects[name], **_STATUS})
        return copy.deepcopy(self._objects[name])

    def deploy(self) -> Any:
        """Keep a Deployment and return it."""
        name = f"d{next(self._names)}"
        self._objects[name] = copy.deepcopy(workload(name))
        return copy.deepcopy(self._objects[name])

    def list(self) -> Any:
        """Return all that there is."""
        return copy.deepcopy(list(self._objects.values()))


def rows(size: int = 1000) -> Iterator[tuple[str, Callable[[], Any], Callable[[], None]]]:
    """Yield what is timed: its name, a call, and what comes before each round."""

    def nothing() -> None:
        pass

    bench, full, floor = Bench(), Bench(size), Floor()
    first, create, apply, many, _ = GOALS
    yield first, bench.cycle, bench.again
    yield create, bench.deploy, bench.again
    yield apply, bench.apply, bench.again
    yield "apply a Deployment with another number of replicas", bench.apply_other, bench.again
    yield many, full.list, full.again
    yield (
        "list 1,000 objects, as bytes",
        lambda: full.server.request("GET", _THINGS).raw,
        full.again,
    )
    yield "copy a world", full.server.copy, nothing
    yield f"a dict of deep copies: {first}", floor.cycle, nothing
    yield f"a dict of deep copies: {create}", floor.deploy, nothing
    held = Floor()
    for _ in range(size):
        held.cycle()
    yield f"a dict of deep copies: {many}", held.list, nothing


def timed(
    sides: list[tuple[Callable[[], Any], Callable[[], None]]], rounds: int, repeat: int
) -> list[float]:
    """Return the least time of one call of each, all of them in turns. Units: microseconds."""
    best = [float("inf")] * len(sides)
    for _ in range(rounds):
        gc.collect()
        for number, (side, before) in enumerate(sides):
            before()
            side()
            start = time.perf_counter()
            for _ in range(repeat):
                side()
            best[number] = min(best[number], (time.perf_counter() - start) / repeat)
    return [each * 1e6 for each in best]


def bytes_of_copies(size: int = 1000) -> float:
    """Return what a copy of a world holds on to. Units: bytes."""
    bench = Bench(size)
    kept: list[ApiServer] = [bench.server] * 1000
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for place in range(1000):
        kept[place] = bench.server.copy()
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    return grown / 1000


def bytes_of_writes(size: int = 1000) -> tuple[float, float]:
    """Return what a write to a status adds to a cluster, and how much of it are documents.

    Shape: all that a write holds on to, with the world before still held; and the same without what
        the object itself takes, which is the tree, the log and the world. Units: bytes.
    """
    bench = Bench(size)
    path = f"{_THINGS}/t{size // 2}/status"

    def write(ready: int) -> None:
        body = {"status": {"ready": bool(ready % 2)}}
        bench.server.request("PATCH", path, body=body, content_type=_MERGE)

    write(1)
    worlds = [bench.server.copy()] * 200
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for place in range(200):
        write(place)
        worlds[place] = bench.server.copy()
    whole = (tracemalloc.get_traced_memory()[0] - before) / 200
    key = next(key for key, _ in bench.server.world.objects.items("example.com/Thing/"))
    stored = bench.server.world.objects.get(key)
    assert stored is not None
    world, held = bench.server.world, []
    documents = [{**stored.document, "metadata": dict(stored.metadata)} for _ in range(200)]
    before = tracemalloc.get_traced_memory()[0]
    for document in documents:
        world, made = world.put(key, document, stored.form)
        held.append(world)
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    # Its two outermost dicts are new; all else of the document is shared.
    own = sys.getsizeof(made.document) + sys.getsizeof(made.document["metadata"])
    return whole, grown / 200 - own


def import_time(rounds: int = 5) -> float:
    """Return what it takes to import the server in a new process. Units: milliseconds."""
    code = (
        "import time; start = time.perf_counter(); from reconcile.simulate import ApiServer; "
        "print(time.perf_counter() - start)"
    )
    took = [
        float(
            subprocess.run(
                [sys.executable, "-c", code], capture_output=True, text=True, check=True
            ).stdout
        )
        for _ in range(rounds)
    ]
    return min(took) * 1000


def over_http(repeat: int) -> float:
    """Return what kmock takes for the cycle of the first row. Units: microseconds."""
    import kmock

    async def run() -> float:
        best = float("inf")
        emulator = kmock.KubernetesEmulator()
        emulator.resources["example.com/v1/things"] = {
            "kind": "Thing",
            "singular": "thing",
            "namespaced": True,
            "subresources": {"status"},
        }
        async with emulator, kmock.Server(emulator) as site:
            names = count()
            for _ in range(5):
                start = time.perf_counter()
                for _ in range(repeat):
                    body = thing(f"t{next(names)}")
                    path = f"{_THINGS}/{body['metadata']['name']}"
                    made = await site.client.post(_THINGS, json=body)
                    assert made.status < 300, await made.text()
                    await (await site.client.get(path)).json()
                    patched = await site.client.patch(
                        f"{path}/status", json=_STATUS, headers={"Content-Type": _MERGE}
                    )
                    assert patched.status < 300, await patched.text()
                best = min(best, (time.perf_counter() - start) / repeat)
        return best * 1e6

    return asyncio.run(run())


def main() -> None:
    """Print a table of what each call costs, in the build that is in use."""
    parser = argparse.ArgumentParser(prog="benchmarks.simulate", description=__doc__)
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--size", type=int, default=1000, help="objects in the cluster")
    arguments = parser.parse_args()
    print(f"the {BUILD} build\n\n| call | us | goal |\n|---|--:|--:|")
    names, calls, before = zip(*rows(arguments.size), strict=True)
    took = timed(list(zip(calls, before, strict=True)), arguments.rounds, arguments.repeat)
    for name, each in zip(names, took, strict=True):
        print(f"| {name} | {each:.1f} | {GOALS.get(name, '')} |")
    if find_spec("kmock") is not None:
        print(f"| kmock, over HTTP: {next(iter(GOALS))} | {over_http(arguments.repeat):.0f} | |")
    else:
        print("kmock is not there: pip install kmock", file=sys.stderr)
    whole, bare = bytes_of_writes(arguments.size)
    print(f"\n{bytes_of_copies(arguments.size):.0f} bytes a copy of a world")
    print(f"{whole:.0f} bytes a write, {bare:.0f} of it beside the object")
    print(f"{import_time():.0f} ms to import the server")


if __name__ == "__main__":
    main()
