"""Manifests into a simulated server, and all of its objects out of it again.

1. Everything goes through requests, so what the server refuses is refused here too.
2. A server gives out uids and versions itself: owners come before what they own, and references to
   them are written anew.
3. Messages name objects and fields, never values: Secrets are among them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast
from urllib.parse import quote

from reconcile.errors import ReconcileError

if TYPE_CHECKING:
    from reconcile.http_api.app import Answer, Served
    from reconcile.value.types import JsonIn, JsonObject

__all__ = ["LoadError", "load", "snapshot"]

_USER: Final = "reconcile"
# What only the server sets. A create that brings a resourceVersion is refused.
_GIVEN: Final = ("uid", "resourceVersion", "creationTimestamp", "generation", "selfLink")
_DELETION: Final = ("deletionTimestamp", "deletionGracePeriodSeconds")
# The server's own controllers write these.
_SELF_MADE: Final = frozenset({"CustomResourceDefinition", "Namespace", "APIService"})
_LAST: Final = frozenset({"LimitRange", "ResourceQuota"})


class LoadError(ReconcileError):
    """The author of a manifest must act: the server cannot take an object.

    `subject` is kind, namespace and name; `message` says why.
    """

    def __init__(self, subject: str, message: str) -> None:
        super().__init__()
        self.subject = subject
        self.message = message

    def __str__(self) -> str:
        return f"{self.subject}: {self.message}"


class _Resource(NamedTuple):
    plural: str
    namespaced: bool
    has_status: bool


def load(served: Served, documents: Iterable[JsonIn]) -> int:
    """Create objects, and return how many.

    Shape: whole objects, or lists of them (`kind: List`); nulls are passed over. Namespaces come
        first, then CustomResourceDefinitions, then the rest in its order, owners before what they
        own.
    Guarantees: objects that come from a server, and so have a uid, get their status too, and are
        marked as being deleted if they were. What the server had from the beginning is replaced.
    Raises: `LoadError` at the first object that is refused; those before it stay.
    """
    return _Loading(served).run(_ordered(list(_flat(documents))))


def snapshot(served: Served) -> list[JsonObject]:
    """Return all objects, in an order in which `load` takes them."""
    found: dict[str, JsonObject] = {}
    for api_version, path in _versions(served):
        listed = _got(served, path)
        for about in listed["resources"]:
            if "/" in about["name"] or "list" not in about["verbs"]:
                continue
            items = _items(served, f"{path}/{about['name']}")
            for item in items:
                uid = item["metadata"].get("uid")
                if uid is not None:
                    # Two groups may show one object: the first to name it names it.
                    head = {"apiVersion": api_version, "kind": about["kind"]}
                    found.setdefault(uid, {**head, **item})
    return _ordered([*found.values()])


class _Loading:
    def __init__(self, served: Served) -> None:
        self._served = served
        self._resources: dict[str, dict[str, _Resource]] = {}
        self._uids: dict[str, str] = {}
        self._made: set[str] = set()

    def run(self, documents: list[dict[str, Any]]) -> int:
        going: list[str] = []
        defining = False
        for document in documents:
            if document["kind"] == "CustomResourceDefinition":
                defining = True
            elif defining:
                # Definitions are served when their controllers have looked at them.
                self._served.settle()
                self._resources.clear()
                defining = False
            path = self._create(document)
            if "deletionTimestamp" in document["metadata"]:
                going.append(path)
        if defining:
            self._served.settle()
        for path in reversed(going):
            self._served.request("DELETE", path, user=_USER)
        return len(documents)

    def _create(self, document: dict[str, Any]) -> str:
        subject = _subject(document)
        resource = self._resource(document, subject)
        metadata: dict[str, Any] = dict(document["metadata"])
        uid, name = metadata.get("uid"), metadata.get("name")
        for key in (*_GIVEN, *_DELETION):
            metadata.pop(key, None)
        if metadata.get("ownerReferences"):
            metadata["ownerReferences"] = [
                self._owner(each) for each in metadata["ownerReferences"]
            ]
        body = {**document, "metadata": metadata}
        where = _path(document["apiVersion"])
        if resource.namespaced:
            namespace = metadata.get("namespace") or "default"
            where += f"/namespaces/{quote(namespace, safe='')}"
        where += f"/{resource.plural}"
        answer = self._ask("POST", where, body)
        path = f"{where}/{quote(name, safe='')}" if isinstance(name, str) else where
        if answer.status == 409 and isinstance(name, str) and path not in self._made:
            answer = self._replace(path, body)
        made = _checked(answer, subject)
        path = f"{where}/{quote(made['metadata']['name'], safe='')}"
        self._made.add(path)
        if uid is not None:
            self._uids[uid] = made["metadata"]["uid"]
            if (
                resource.has_status
                and document.get("status")
                and document["kind"] not in _SELF_MADE
            ):
                made["status"] = document["status"]
                _checked(self._ask("PUT", f"{path}/status", made), subject)
        return path

    def _replace(self, path: str, body: dict[str, Any]) -> Answer:
        live = json.loads(self._served.request("GET", path, user=_USER).raw)
        metadata = {**body["metadata"], "resourceVersion": live["metadata"]["resourceVersion"]}
        return self._ask("PUT", path, {**body, "metadata": metadata})

    def _ask(self, method: str, path: str, body: JsonIn) -> Answer:
        data = json.dumps(body).encode()
        return self._served.request(
            method, path, body=data, content_type="application/json", user=_USER
        )

    def _owner(self, reference: Any) -> Any:
        if isinstance(reference, Mapping):
            about = cast("Mapping[str, Any]", reference)
            known = self._uids.get(about.get("uid", ""))
            return {**about, "uid": known} if known else about
        return reference

    def _resource(self, document: dict[str, Any], subject: str) -> _Resource:
        api_version: str = document["apiVersion"]
        known = self._resources.get(api_version)
        if known is None:
            answer = self._served.request("GET", _path(api_version), user=_USER)
            if answer.status != 200:
                raise LoadError(subject, "the server has no such group and version")
            listed = json.loads(answer.raw)["resources"]
            parts = {about["name"] for about in listed}
            known = self._resources[api_version] = {
                about["kind"]: _Resource(
                    about["name"], about["namespaced"], f"{about['name']}/status" in parts
                )
                for about in listed
                if "/" not in about["name"]
            }
        if document["kind"] not in known:
            raise LoadError(subject, "the server has no such kind in this version")
        return known[document["kind"]]


def _flat(documents: Iterable[JsonIn]) -> Iterator[dict[str, Any]]:
    for number, document in enumerate(documents, 1):
        if document is None:
            continue
        if not isinstance(document, Mapping):
            raise LoadError(f"document {number}", "is not an object")
        kind = document.get("kind")
        if isinstance(kind, str) and kind.endswith("List") and "items" in document:
            head = {"apiVersion": document.get("apiVersion"), "kind": kind.removesuffix("List")}
            items = document["items"] or ()
            if not isinstance(items, (list, tuple)):
                raise LoadError(f"document {number}", "its items are not a list")
            typed = cast("list[JsonIn]", items)
            # Items of a list of one kind need not tell it.
            filled = ({**head, **item} if isinstance(item, Mapping) else item for item in typed)
            yield from _flat(typed if kind == "List" else filled)
            continue
        for key in ("apiVersion", "kind"):
            if not isinstance(document.get(key), str) or not document[key]:
                raise LoadError(f"document {number}", f"has no {key}")
        metadata = document.get("metadata")
        if not isinstance(metadata, Mapping):
            raise LoadError(f"document {number}", "has no metadata")
        yield {**document, "metadata": dict(metadata)}


def _ordered(documents: list[dict[str, Any]]) -> list[dict[str, Any]]:
    waiting = sorted(documents, key=_rank)
    present = {document["metadata"].get("uid") for document in documents}
    placed: set[str] = set()
    ordered: list[dict[str, Any]] = []
    while waiting:
        later: list[dict[str, Any]] = []
        for document in waiting:
            needed = {uid for uid in _owners(document) if uid in present and uid not in placed}
            if needed:
                later.append(document)
                continue
            ordered.append(document)
            placed.add(document["metadata"].get("uid"))
        if len(later) == len(waiting):
            # They own one another; the order cannot help them.
            return ordered + later
        waiting = later
    return ordered


def _owners(document: dict[str, Any]) -> Iterator[str]:
    for reference in document["metadata"].get("ownerReferences") or ():
        if isinstance(reference, Mapping):
            uid = cast("Mapping[str, Any]", reference).get("uid")
            if isinstance(uid, str) and uid != document["metadata"].get("uid"):
                yield uid


def _rank(document: dict[str, Any]) -> int:
    if document["kind"] == "Namespace" and document["apiVersion"] == "v1":
        return 0
    if document["kind"] == "CustomResourceDefinition":
        return 1
    # Limits would be applied to what was there before them.
    return 3 if document["kind"] in _LAST and "uid" in document["metadata"] else 2


def _subject(document: dict[str, Any]) -> str:
    metadata = document["metadata"]
    name = metadata.get("name") or f"{metadata.get('generateName') or '(no name)'}"
    namespace = metadata.get("namespace")
    return (
        f"{document['apiVersion']} {document['kind']} {f'{namespace}/' if namespace else ''}{name}"
    )


def _path(api_version: str) -> str:
    group = "/apis/" if "/" in api_version else "/api/"
    return group + quote(api_version)


def _checked(answer: Answer, subject: str) -> dict[str, Any]:
    body = cast("dict[str, Any]", json.loads(answer.raw))
    if answer.status < 300:
        return body
    details = cast("dict[str, Any]", body.get("details") or {})
    causes = cast("list[dict[str, str]]", details.get("causes") or [])
    about = f"{answer.status} {body.get('reason') or 'refused'}"
    fields = sorted({cause.get("field", "") for cause in causes} - {""})
    if fields:
        about += f" at {', '.join(fields)}"
    elif details.get("name") and details.get("kind"):
        about += f" ({details['kind']} {details['name']})"
    raise LoadError(subject, f"the server answers {about}")


def _versions(served: Served) -> Iterator[tuple[str, str]]:
    for version in _got(served, "/api")["versions"]:
        yield version, f"/api/{version}"
    for group in _got(served, "/apis")["groups"]:
        for version in group["versions"]:
            yield version["groupVersion"], f"/apis/{version['groupVersion']}"


def _items(served: Served, path: str) -> list[dict[str, Any]]:
    answer = served.request("GET", path, user=_USER)
    # A kind that cannot be listed after all has nothing to keep.
    return json.loads(answer.raw)["items"] or [] if answer.status == 200 else []


def _got(served: Served, path: str) -> dict[str, Any]:
    answer = served.request("GET", path, user=_USER)
    if answer.status != 200:
        raise LoadError(path, f"the server answers {answer.status}")
    return cast("dict[str, Any]", json.loads(answer.raw))
