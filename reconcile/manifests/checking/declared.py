"""What is wrong with the children that a controller declares, whatever its rules answer.

Source: rules 6.1 to 6.33 of Metacontroller 4.17.2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconcile.hook.controller import Controller
from reconcile.manifests.checking.finding import Finding
from reconcile.objects.view import Kind
from reconcile.rules.rule import leaves

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from reconcile.hook.controller import Decorator
    from reconcile.objects.gvk import Gvk
    from reconcile.state.declared import Child

__all__ = ["declared", "scope_of"]


def declared(
    controller: Controller[Any] | Decorator[Any], *, seen: Collection[Gvk], asked: Collection[str]
) -> Iterator[Finding]:
    """Yield what is wrong with the declared children.

    Shape: `seen` are the kinds that the rules were seen to make, `asked` the names of the rules
        that were seen to make something.
    """
    owned: set[Gvk] = set()
    for leaf in leaves(controller.rules):
        owned.update(leaf.owns or ())
    # A rule that says nothing of its kinds, and made nothing so far, may make any of them.
    open_ended = any(
        leaf.owns is None and leaf.name not in asked for leaf in leaves(controller.rules)
    )
    for child in controller.children:
        where = f"Child({child.gvk.kind})"
        if not open_ended and child.gvk not in owned and child.gvk not in seen:
            yield Finding(
                "unmade",
                "warning",
                where,
                "is declared, but no rule makes it",
                "Metacontroller watches all objects of the kind, and deletes those that it finds "
                "for a parent",
                "take it out of the controller, or add the rule",
                source="3.17",
            )
        if child.update.startswith("Rolling"):
            yield _rolling(controller, child, where)


def _rolling(controller: Controller[Any] | Decorator[Any], child: Child, where: str) -> Finding:
    """Return why a rolling strategy does not do what its name says."""
    use = child.update.removeprefix("Rolling")
    if not isinstance(controller, Controller):
        return Finding(
            "rolling",
            "warning",
            where,
            f"has {child.update}, and a decorator does not roll",
            "all attachments change at once",
            f"say {use}, and rollout(rule, max_unavailable=...) to change a few at a time",
            source="6.3",
        )
    if scope_of(controller) == "Cluster":
        return Finding(
            "rolling",
            "error",
            where,
            f"has {child.update}, and its parent is cluster-scoped",
            "revisions need the namespace of the parent, so every sync fails",
            f"say {use}, and rollout(rule, max_unavailable=...) to change a few at a time",
            source="6.12",
        )
    checks = "" if child.status_checks else ", and has no status checks that would hold it up"
    return Finding(
        "rolling",
        "warning",
        where,
        f"has {child.update}{checks}",
        "Metacontroller 4.17.2 changes the first of several children and then waits for ever",
        f"say {use}, and rollout(rule, max_unavailable=...), which waits until children are ready",
        source="6.30",
    )


def scope_of(controller: Controller[Any]) -> str:
    """Return the scope of a composite's parent."""
    parent: Any = controller.parent
    if issubclass(parent, Kind):
        return "Namespaced" if parent.namespaced else "Cluster"
    return str(parent.scope)
