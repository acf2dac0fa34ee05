"""Check a controller: what its rules make, and the manifests that it runs by.

1. Pure: nothing is sent, and rules are asked about objects in memory. Same code and documents,
   same findings in the same order.
2. A finding tells something that goes wrong. Where an object had to be made up, what may be its
   fault is a warning.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from reconcile.errors import Fault, ObjectError, ReconcileError
from reconcile.hook.controller import Controller
from reconcile.kinds import Kinds
from reconcile.manifests.checking.asking import Asking
from reconcile.manifests.checking.declared import declared
from reconcile.manifests.checking.definitions import defined, definition_of, refused
from reconcile.manifests.checking.failing import failing
from reconcile.manifests.checking.finding import Finding, ordered
from reconcile.manifests.checking.installed import installed, matching, member, name_of
from reconcile.manifests.checking.made import made
from reconcile.manifests.checking.roles import allowed
from reconcile.manifests.checking.samples import Sample, related_of, request_of, samples
from reconcile.objects.accept import plain
from reconcile.value.equality import equal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from reconcile.hook.controller import Decorator
    from reconcile.kinds._loop import Apply
    from reconcile.manifests.judging.findings import CrdFinding
    from reconcile.objects.gvk import Gvk
    from reconcile.state.declared import Related
    from reconcile.value.types import JsonIn, JsonObject

__all__ = ["check", "check_together", "requests"]


def check(
    controller: Controller[Any] | Decorator[Any],
    *,
    parents: Sequence[Mapping[str, JsonIn]] = (),
    manifests: Sequence[Mapping[str, JsonIn]] = (),
    apply: Apply = "dynamic",
) -> tuple[Finding, ...]:
    """Return what is wrong with a controller, and with what is installed for it.

    Shape: `parents` are objects as users write them, or requests of Metacontroller, whose related
        objects are used, too; without any, examples are made from the schema. `manifests` are the
        documents that are applied: the definition, the controller object, roles; those that are
        for something else are passed by. `apply` is Metacontroller's apply strategy.
    Guarantees: errors first, each once; no text holds a value of an object. The same arguments
        give the same findings, unless a rule is no function.
    Assumes: the rules do no harm when they are called.
    Raises: ObjectError for a sample that is of no kind of the controller.
    Cost: the rules are asked some hundred times.
    """
    given = [cast("JsonObject", plain(each)) for each in parents]
    documents = [cast("JsonObject", plain(each)) for each in manifests]
    _fitting(controller, given)
    generates = isinstance(controller, Controller) and controller.generate_selector
    judged = _judged(documents)
    # What the server would not take defines nothing.
    kinds = Kinds().with_crds([definition for definition, faults in judged if not faults])
    asking = Asking(controller, kinds=kinds, apply=apply, generate_selector=generates)
    found = [*_found(asking, given, documents)]
    if documents:
        found += _documents(controller, documents, judged)
    return ordered(found)


def _found(
    asking: Asking,
    given: Sequence[JsonObject],
    documents: Sequence[JsonObject],
) -> Iterator[Finding]:
    controller = asking.controller
    seen: set[Gvk] = set()
    asked: set[str] = set()
    related: list[Related] = []
    chosen = samples(controller, given, documents)
    taken = 0
    for sample in chosen:
        quiet = not sample.least and taken > 0
        try:
            wanted = _wanted(asking, sample)
            objects = sample.related
            if objects is None:
                namespace = str(member(sample.document, "metadata", "namespace") or "")
                objects = related_of(wanted, namespace=namespace)
            settled = asking.settle(sample.document, objects)
        except ReconcileError as error:
            if not quiet:
                yield _unread(sample, error)
            continue
        except _CustomizeError as error:
            if not quiet:
                yield _customize(sample, error)
            continue
        taken += 1
        related += wanted
        for ref, rules in settled.made:
            seen.add(ref.gvk)
            asked.update(rule.partition("[")[0] for rule in rules)
        kinds = frozenset(f"{child.gvk.group}/{child.gvk.kind}" for child in controller.children)
        for failure in settled.answer.failures:
            for finding in failing(failure, declared=kinds, certain=sample.certain):
                if not (quiet and finding.id == "rule-fails"):
                    yield finding
        yield from made(
            asking.without(settled.answer.failures),
            settled,
            sample.schema,
            given=sample.certain,
            least=sample.least,
        )
        if controller.tears_down:
            leaving = asking.ask(settled.parent, settled.children, settled.related, finalizing=True)
            for failure in leaving.failures:
                yield from failing(failure, declared=kinds, certain=sample.certain)
            for ref in leaving.desired.objects:
                seen.add(ref.gvk)
    yield from declared(controller, seen=seen, asked=asked)
    if documents:
        yield from allowed(controller, documents, related=related, apply=asking.apply)


class _CustomizeError(Exception):
    """The user's function failed; it holds the name of the error's class."""


def _wanted(asking: Asking, sample: Sample) -> Sequence[Related]:
    """Return what `customize` asks for. Raises: ReconcileError, _CustomizeError."""
    try:
        return asking.related(sample.document)
    except ReconcileError:
        raise
    except Exception as error:
        raise _CustomizeError(type(error).__name__) from error


def requests(
    controller: Controller[Any] | Decorator[Any],
    *,
    parents: Sequence[Mapping[str, JsonIn]] = (),
    manifests: Sequence[Mapping[str, JsonIn]] = (),
) -> tuple[JsonObject, ...]:
    """Return the requests of Metacontroller for the parents that `check` asks about.

    Shape: arguments as of `check`; hooks of version 2. Those that cannot be made are left out.
    """
    found: list[JsonObject] = []
    given = [cast("JsonObject", plain(each)) for each in parents]
    documents = [cast("JsonObject", plain(each)) for each in manifests]
    asking = Asking(controller, kinds=Kinds(), apply="dynamic", generate_selector=False)
    for sample in samples(controller, given, documents):
        related = sample.related
        if related is None:
            namespace = str(member(sample.document, "metadata", "namespace") or "")
            try:
                related = related_of(asking.related(sample.document), namespace=namespace)
            except Exception:  # noqa: BLE001, S112 -- the user's; `check` tells of it
                continue
        found.append(request_of(controller, sample, related))
    return tuple(found)


def _fitting(controller: Controller[Any] | Decorator[Any], given: Sequence[JsonObject]) -> None:
    """Raise for a sample that the controller is not about."""
    kinds = [controller.gvk] if isinstance(controller, Controller) else list(controller.resources)
    for document in given:
        held = document.get("parent") or document.get("object")
        parent = held if isinstance(held, dict) else document
        found = (parent.get("apiVersion"), parent.get("kind"))
        if found not in [tuple(kind) for kind in kinds]:
            names = ", ".join(str(kind) for kind in kinds)
            raise ObjectError([Fault("/kind", f"must be {names}")], ref="the sample")


def _judged(documents: Sequence[JsonObject]) -> list[tuple[JsonObject, tuple[CrdFinding, ...]]]:
    """Return the definitions among the documents, with what the server refuses of each."""
    return [
        (document, refused(document))
        for document in documents
        if document.get("kind") == "CustomResourceDefinition"
    ]


def _unread(sample: Sample, error: ReconcileError) -> Finding:
    told = error.faults[0] if isinstance(error, ObjectError) and error.faults else None
    if sample.certain:
        return Finding(
            "sample-refused",
            "error",
            "the sample",
            f"is not taken by the class of the parent: {told.message if told else error}",
            "such a parent gets a condition that says so, and its children stay as they are",
            "write a parent as users would, or mend the class",
            told.pointer if told else "",
        )
    return Finding(
        "no-example",
        "warning",
        "the parent",
        "cannot be made up from its schema, so the rules were not asked",
        "what the class asks for beyond the schema is not known",
        "give a parent as users write it (--sample FILE)",
        told.pointer if told else "",
    )


def _customize(sample: Sample, error: _CustomizeError) -> Finding:
    return Finding(
        "customize-fails",
        "error" if sample.certain else "warning",
        "customize",
        f"raised {error}",
        "while it fails, the sync fails, and no child is touched",
        "mend it" if sample.certain else "give a parent as users write it (--sample FILE)",
    )


def _documents(
    controller: Controller[Any] | Decorator[Any],
    documents: Sequence[JsonObject],
    judged: Sequence[tuple[JsonObject, tuple[CrdFinding, ...]]],
) -> Iterator[Finding]:
    installs = matching(controller, documents)
    composite = isinstance(controller, Controller)
    kind = "CompositeController" if composite else "DecoratorController"
    if not installs:
        yield Finding(
            "not-installed",
            "error",
            "the manifests",
            f"hold no {kind} for "
            + (
                controller.gvk.kind
                if isinstance(controller, Controller)
                else ", ".join(each.kind for each in controller.resources)
            ),
            "nothing calls the hooks of this controller",
            "add one; reconcile.manifests.controller_object makes it",
        )
    if len(installs) > 1 and composite and not _apart(installs):
        yield _rivals([name_of(each) for each in installs])
    held = [[*installed(controller, document)] for document in installs]
    # Where one selects what the code does, the others are for other controllers of the kind.
    fitting = [each for each in held if not any(one.id == "other-selector" for one in each)]
    for each in fitting or held:
        yield from each
    if isinstance(controller, Controller):
        definition = definition_of(controller, documents)
        for document, faults in judged:
            if document is definition:
                yield from defined(controller, document, faults)


def _apart(installs: Sequence[JsonObject]) -> bool:
    """Return whether controllers of one resource select parents of their own."""
    selectors = [member(each, "spec", "parentResource", "labelSelector") for each in installs]
    return all(selectors) and not any(
        equal(one, other) for place, one in enumerate(selectors) for other in selectors[:place]
    )


def _rivals(names: Sequence[str]) -> Finding:
    return Finding(
        "two-controllers",
        "error",
        " and ".join(names),
        "have the same parents",
        "each writes the status of the other away, and takes the other's children for its own or "
        "for orphans",
        "make one controller of their rules (all_of), or give each parents of its own "
        "(label_selector)",
        source="7.9",
    )


def check_together(
    controllers: Mapping[str, Controller[Any] | Decorator[Any]],
) -> tuple[Finding, ...]:
    """Return what is wrong between several controllers that run in one cluster.

    Shape: controllers by the name they are spoken of.
    """
    found: list[Finding] = []
    parents: dict[tuple[str, str], list[tuple[str, Controller[Any]]]] = {}
    for name, controller in controllers.items():
        if isinstance(controller, Controller):
            key = (controller.gvk.group, controller.gvk.kind)
            parents.setdefault(key, []).append((name, controller))
    for rivals in parents.values():
        selectors = [plain(controller.label_selector or {}) for _, controller in rivals]
        for place, (name, _) in enumerate(rivals):
            for at in range(place):
                apart = selectors[place] and selectors[at]
                if not apart or equal(selectors[place], selectors[at]):
                    found.append(_rivals([rivals[at][0], name]))
    return ordered(found)
