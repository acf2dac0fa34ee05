"""Whether some objects can be the beginning of a cluster: what no real cluster would hold.

1. All that is wrong is told at once, object by object.

Source: what k8s.io/apiserver and the garbage collector leave standing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, cast

from reconcile.errors import Fault, ObjectError

if TYPE_CHECKING:
    from reconcile.simulate.server.resource_type import Catalogue
    from reconcile.value.types import JsonObject

__all__ = ["WorldError", "check_start"]


class WorldError(ObjectError):
    """Objects that no cluster can begin with; whoever wrote the test must act."""


def check_start(objects: Sequence[JsonObject], catalogue: Catalogue) -> None:
    """Look whether a cluster can begin with some objects. Raises: WorldError."""
    faults: list[Fault] = []
    known = {_key(document): document for document in objects}
    seen: set[tuple[str, str, str]] = set()
    for index, document in enumerate(objects):
        key = _key(document)
        if key in seen:
            faults.append(Fault(f"/{index}", f"is there twice: {' '.join(key).strip()}"))
        seen.add(key)
        for pointer, message in _wrong(document, known, catalogue):
            faults.append(Fault(f"/{index}{pointer}", message))
    if faults:
        raise WorldError(faults)


def _key(document: JsonObject) -> tuple[str, str, str]:
    about = _about(document)
    return (
        str(document.get("kind", "")),
        str(about.get("namespace") or ""),
        str(about.get("name") or ""),
    )


def _about(document: JsonObject) -> dict[str, Any]:
    found = document.get("metadata")
    return cast("dict[str, Any]", found if isinstance(found, dict) else {})


def _wrong(
    document: JsonObject, known: dict[tuple[str, str, str], JsonObject], catalogue: Catalogue
) -> Iterator[tuple[str, str]]:
    about = _about(document)
    kind = catalogue.find_kind(str(document.get("apiVersion", "")), str(document.get("kind", "")))
    if kind is None:
        yield "/kind", "is served by nobody; give the cluster the definition of this kind first"
        return
    if about.get("deletionTimestamp") and not about.get("finalizers"):
        message = "nothing holds an object that is being deleted; give it a finalizer"
        yield "/metadata/deletionTimestamp", message
    if about.get("namespace") and not kind.served.namespaced:
        yield "/metadata/namespace", f"a {document['kind']} is in no namespace"
    controllers = 0
    for index, owner in enumerate(about.get("ownerReferences") or ()):
        where = f"/metadata/ownerReferences/{index}"
        controllers += owner.get("controller") is True
        served = catalogue.find_kind(str(owner.get("apiVersion")), str(owner.get("kind")))
        if served is None:
            yield where, "names a kind that is not served"
            continue
        namespace = str(about.get("namespace") or "") if served.served.namespaced else ""
        found = known.get((str(owner.get("kind")), namespace, str(owner.get("name"))))
        if found is None:
            yield where, "names an owner that is not there: the collector would delete this object"
        elif _about(found).get("uid") not in (None, owner.get("uid")):
            yield f"{where}/uid", "is not the uid of the owner of that name"
    if controllers > 1:
        yield "/metadata/ownerReferences", "has more than one controller"
