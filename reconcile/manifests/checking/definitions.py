"""What is wrong with the definition of a parent, held to the class that reads it.

1. Of a definition by itself only the first thing is told that the API server refuses;
   `reconcile crd --check` tells all of it.

Source: rule 3.0 of Metacontroller 4.17.2; the API server's rules for custom resources.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconcile.errors import ReconcileError
from reconcile.manifests.checking.declared import scope_of
from reconcile.manifests.checking.finding import Finding
from reconcile.manifests.checking.installed import member, name_of, objects
from reconcile.manifests.judging.findings import CrdFinding, crd_findings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reconcile.hook.controller import Controller
    from reconcile.value.types import JsonObject

__all__ = ["defined", "definition_of", "refused"]


def definition_of(
    controller: Controller[Any], documents: Sequence[JsonObject]
) -> JsonObject | None:
    """Return the definition of a composite's parent, None if it is not among the documents."""
    parent: Any = controller.parent
    for document in documents:
        if document.get("kind") == "CustomResourceDefinition" and (
            member(document, "spec", "group"),
            member(document, "spec", "names", "plural"),
        ) == (controller.gvk.group, parent.plural):
            return document
    return None


def refused(document: JsonObject) -> tuple[CrdFinding, ...]:
    """Return what the API server refuses of a definition."""
    try:
        found = crd_findings(document)
    except ReconcileError as error:
        return (CrdFinding("refused", "", str(error), text=str(error)),)
    return tuple(each for each in found if each.severity == "refused")


def defined(
    controller: Controller[Any], document: JsonObject, faults: Sequence[CrdFinding]
) -> Iterator[Finding]:
    """Yield where a definition does not fit the class of the parent.

    Shape: `faults` are what the server refuses of it.
    """
    where = name_of(document)
    for each in faults[:1]:
        yield Finding(
            "definition-refused",
            "error",
            where,
            f"is refused by the API server: {each.text}",
            "no parent can be created, and the controller never starts",
            "see all of it with reconcile crd --check FILE",
        )
    kind = member(document, "spec", "names", "kind")
    if kind != controller.gvk.kind:
        yield Finding(
            "parent-kind",
            "error",
            where,
            f"defines another kind than {controller.gvk.kind}, which the code reads",
            "every request is refused, as its parent is of another kind",
            f"write kind: {controller.gvk.kind}",
            "/spec/names/kind",
        )
    if member(document, "spec", "scope") != scope_of(controller):
        yield Finding(
            "parent-scope",
            "error",
            where,
            f"is not {scope_of(controller)}, as the code has it",
            "children get a namespace that they should not have, or get none",
            f"write scope: {scope_of(controller)}, or scope= of the class",
            "/spec/scope",
        )
    versions = objects(member(document, "spec", "versions"))
    wanted = controller.gvk.version
    place = next((at for at, each in enumerate(versions) if each.get("name") == wanted), None)
    if place is None:
        yield Finding(
            "not-served",
            "error",
            where,
            f"has no version {wanted}, which the code reads",
            "the controller never starts, as no such parent is served",
            f"add version {wanted}, or read one that is there",
            "/spec/versions",
            source="3.0",
        )
        return
    version, pointer = versions[place], f"/spec/versions/{place}"
    if version.get("served") is not True:
        yield Finding(
            "not-served",
            "error",
            where,
            f"does not serve version {wanted}, which the code reads",
            "the controller never starts, as no such parent is served",
            "write served: true",
            f"{pointer}/served",
            source="3.0",
        )
    if not isinstance(member(version, "subresources", "status"), dict):
        yield Finding(
            "no-status",
            "error",
            where,
            f"has no status subresource in version {wanted}",
            "Metacontroller does not start a controller of such parents, and says so once",
            "write subresources: {status: {}}",
            f"{pointer}/subresources",
            source="3.0",
        )
