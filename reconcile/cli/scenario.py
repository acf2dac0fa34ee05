"""What a user does in a simulated run, read from files: manifests, and steps between them.

1. A document is a manifest, which is applied by server-side apply, or a step: `apiVersion:
   simulate.reconcile/v1`, `kind: Step`, and one of `delete`, `patch`, `wait`, `restart`, `crash`.
2. A step begins when the cluster is at rest; manifests are applied one after another at once, as
   `kubectl apply -f` does.
3. Every mistake in a file is one line that names the file, the document (from 1) and what would be
   right. What the server refuses is no mistake of a file: it raises `RefusedError`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

from reconcile.cli.target import MisuseError, read_request
from reconcile.errors import ReconcileError, nearest
from reconcile.objects.gvk import Gvk
from reconcile.objects.yaml import all_from_yaml

if TYPE_CHECKING:
    from reconcile.simulate.cluster import Cluster
    from reconcile.value.types import Json, JsonObject

__all__ = ["VERSION", "Doing", "RefusedError", "parse_seconds", "play", "read", "rest"]

VERSION: Final = "simulate.reconcile/v1"
_ACTIONS: Final = ("delete", "patch", "wait", "restart", "crash")
_SPAN: Final = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h)")
_UNITS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_CONTROLLERS: Final = ("CompositeController", "DecoratorController")
_IDENTITY: Final = ("apiVersion", "kind", "metadata")


class RefusedError(ReconcileError):
    """The simulated server refuses what a document asks for; its author must act."""

    def __init__(self, where: str, what: str, why: str) -> None:
        super().__init__()
        self.where = where
        self.what = what
        self.why = why

    def __str__(self) -> str:
        return f"{self.where}: the server refuses to {self.what}: {self.why}"


class Doing(NamedTuple):
    """One document: something to do."""

    where: str
    """As `store.yaml, document 2`."""
    action: str
    """`apply`, or what the step does."""
    body: Json


def parse_seconds(text: str) -> float | None:
    """Return a span of time, such as `90s`, `1.5m`, `1h30m`, in seconds; None if it is none."""
    parts = list(_SPAN.finditer(text))
    if not parts or "".join(part[0] for part in parts) != text:
        return None
    return sum(float(part[1]) * _UNITS[part[2]] for part in parts)


# -- reading ---------------------------------------------------------------------------------------


def read(names: Sequence[str]) -> list[Doing]:
    """Return what files say, in order; `-` is the standard input. Raises: MisuseError."""
    made: list[Doing] = []
    for name in names:
        try:
            documents = all_from_yaml(read_request(name))
        except ImportError as error:
            raise MisuseError(f"{name}: {error}") from error
        except ReconcileError as error:
            raise MisuseError(f"{name}: {error}") from error
        if not documents:
            raise MisuseError(f"{name} holds no document")
        for number, document in enumerate(documents, 1):
            made += _doings(f"{name}, document {number}", document)
    return made


def _doings(where: str, document: JsonObject) -> Iterator[Doing]:
    api_version, kind = document.get("apiVersion"), document.get("kind")
    if not isinstance(api_version, str) or not isinstance(kind, str):
        raise MisuseError(f"{where}: an object needs apiVersion and kind, as texts")
    if api_version.startswith("simulate.reconcile/") or (kind == "Step" and "/" not in api_version):
        yield _step(where, document)
    elif (api_version, kind) == ("v1", "List"):
        items = document.get("items")
        for number, item in enumerate(cast("list[Json]", items if isinstance(items, list) else [])):
            if not isinstance(item, dict):
                raise MisuseError(f"{where}: /items/{number} must be an object")
            yield from _doings(f"{where}, item {number + 1}", item)
    elif kind in _CONTROLLERS and api_version.startswith("metacontroller.k8s.io/"):
        message = "the controller object is made from MODULE:ATTR; leave this document out"
        raise MisuseError(f"{where}: {message}")
    else:
        yield Doing(where, "apply", _named(where, "", document))


def _named(where: str, pointer: str, document: Json) -> JsonObject:
    """Return an object that says which one it is. Raises: MisuseError."""
    place = f" {pointer}" if pointer else ""
    known = document if isinstance(document, dict) else {}
    metadata = known.get("metadata")
    name = metadata.get("name") if isinstance(metadata, dict) else None
    if isinstance(metadata, dict) and not pointer:
        name = name or metadata.get("generateName")
    texts = (known.get("apiVersion"), known.get("kind"), name)
    if not all(isinstance(text, str) and text for text in texts):
        message = "must be an object with apiVersion, kind and metadata.name, as texts"
        raise MisuseError(f"{where}:{place} {message}".replace(":  ", ": "))
    return known


def _step(where: str, document: JsonObject) -> Doing:
    if document.get("apiVersion") != VERSION or document.get("kind") != "Step":
        raise MisuseError(f"{where}: a step has apiVersion {VERSION} and kind Step")
    rest = [key for key in document if key not in _IDENTITY]
    unknown = [key for key in rest if key not in _ACTIONS]
    if unknown:
        hint = nearest(unknown[0], _ACTIONS) or f"; steps are {', '.join(_ACTIONS)}"
        raise MisuseError(f"{where}: a step has no {unknown[0]!r}{hint}")
    if len(rest) != 1:
        raise MisuseError(f"{where}: a step has one of {', '.join(_ACTIONS)}, not {len(rest)}")
    [action] = rest
    body = document[action]
    if action in ("delete", "patch"):
        return Doing(where, action, _named(where, f"/{action}", body))
    if action == "wait":
        seconds = parse_seconds(body) if isinstance(body, str) else None
        if seconds is None:
            raise MisuseError(f"{where}: /wait must be a time, such as 30s or 5m")
        return Doing(where, action, seconds)
    if action == "restart" and body is not True:
        raise MisuseError(f"{where}: /restart must be true")
    if action == "crash" and (isinstance(body, bool) or not isinstance(body, int) or body < 1):
        message = "must be a number from 1: after how many writes Metacontroller crashes"
        raise MisuseError(f"{where}: /crash {message}")
    return Doing(where, action, body)


# -- doing -----------------------------------------------------------------------------------------


def rest(cluster: Cluster, *, failures: bool) -> None:
    """Let a cluster come to rest; a crash that was asked for is survived by a restart.

    Raises: NotSettledError.
    """
    from reconcile.simulate.unsettled.error import NotSettledError

    try:
        cluster.settle(failures=failures)
    except NotSettledError:
        if not crashed_as_asked(cluster):
            raise
        cluster.restart()
        cluster.settle(failures=failures)


def crashed_as_asked(cluster: Cluster) -> bool:
    """Return whether Metacontroller does not run because a step made it crash."""
    from reconcile.simulate.metacontroller.process import Crashed

    last = cluster.rows[-1] if cluster.rows else None
    return not cluster.alive and isinstance(last, Crashed) and last.error.rule == "asked for"


def play(cluster: Cluster, doings: Sequence[Doing]) -> None:
    """Do what files say.

    Raises: MisuseError for kinds that nobody serves; RefusedError for what the server refuses;
        NotSettledError where a step should begin and the cluster does not come to rest.
    """
    from reconcile.simulate.server.status import ApiError

    for doing in doings:
        if doing.action != "apply":
            rest(cluster, failures=True)
        try:
            _do(cluster, doing)
        except ApiError as error:
            document = cast("JsonObject", doing.body)
            secret = document.get("kind") == "Secret"
            # Of a Secret only the word for the refusal is told, or its number where it has none.
            word = error.reason or f"status {error.code}"
            why = word if secret else " ".join(str(error).split())
            what = f"{doing.action} {_about(cluster, document)}"
            raise RefusedError(doing.where, what, why) from error


def _about(cluster: Cluster, document: JsonObject) -> str:
    metadata = cast("Mapping[str, Any]", document["metadata"])
    name = metadata.get("name") or metadata.get("generateName")
    namespace = metadata.get("namespace") or cluster.namespace
    served = cluster.server.catalogue.find_kind(str(document["apiVersion"]), str(document["kind"]))
    place = f"{namespace}/{name}" if served is None or served.served.namespaced else str(name)
    return f"{document['kind']} {place}"


def _do(cluster: Cluster, doing: Doing) -> None:
    match doing.action:
        case "apply":
            _apply(cluster, doing)
        case "delete" | "patch":
            document = cast("JsonObject", doing.body)
            gvk = _served(cluster, doing.where, document)
            metadata = cast("Mapping[str, Any]", document["metadata"])
            name, namespace = str(metadata["name"]), cast("str | None", metadata.get("namespace"))
            if doing.action == "delete":
                cluster.delete(gvk, name, namespace=namespace)
                return
            status = {"status": document["status"]} if "status" in document else {}
            changed = {key: value for key, value in document.items() if key != "status"}
            if changed.keys() - _IDENTITY or metadata.keys() - {"name", "namespace"}:
                cluster.patch(gvk, name, changed, namespace=namespace)
            if status:
                cluster.patch(gvk, name, status, namespace=namespace, subresource="status")
        case "wait":
            cluster.advance(cast("float", doing.body))
        case "restart":
            cluster.restart()
        case _:
            cluster.crash(after=cast("int", doing.body))


def _apply(cluster: Cluster, doing: Doing) -> None:
    document = cast("JsonObject", doing.body)
    gvk = _served(cluster, doing.where, document)
    metadata = cast("Mapping[str, Any]", document["metadata"])
    if not metadata.get("name"):
        cluster.create(document)
        return
    given = {key: value for key, value in document.items() if key != "status"}
    cluster.apply(given, force=True)
    if document.get("status") is not None:
        status = {"status": document["status"]}
        namespace = cast("str | None", metadata.get("namespace"))
        name = str(metadata["name"])
        cluster.patch(gvk, name, status, namespace=namespace, subresource="status")


def _served(cluster: Cluster, where: str, document: JsonObject) -> Gvk:
    """Return the kind of an object that the cluster knows. Raises: MisuseError."""
    gvk = Gvk(str(document["apiVersion"]), str(document["kind"]))
    if cluster.server.catalogue.find_kind(*gvk) is None:
        message = f"nobody serves {gvk.kind} of {gvk.api_version}"
        raise MisuseError(f"{where}: {message}; put its CustomResourceDefinition before it")
    return gvk
