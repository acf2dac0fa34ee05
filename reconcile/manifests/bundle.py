"""All that is to be installed for a controller, in the order in which a server can take it.

1. The order is the one that works: the definition, the roles, what runs the webhook, and last the
   controller object, at which Metacontroller begins to call.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias, cast

from reconcile.hook.controller import Controller
from reconcile.manifests.access import ServiceAccount, rbac
from reconcile.manifests.controller import controller_object
from reconcile.manifests.definition import crd
from reconcile.objects.resource import Parent

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from reconcile.hook.controller import Decorator
    from reconcile.kinds._loop import Apply
    from reconcile.manifests.workload.running import Running
    from reconcile.objects.gvk import Gvk
    from reconcile.objects.view import Kind
    from reconcile.state.declared import Related
    from reconcile.value.types import JsonObject

    AnyController: TypeAlias = Controller[Any] | Decorator[Any]

__all__ = ["clashes", "definitions", "manifests"]

_DEFAULT = ServiceAccount()


def manifests(
    controller: AnyController,
    *,
    name: str,
    running: Running,
    account: ServiceAccount = _DEFAULT,
    apply: Apply = "dynamic",
    related: Iterable[Related | type[Kind] | Gvk] | None = None,
    finalize: bool | None = None,
    resync_period: int | None = None,
    ignore_status_changes: bool = False,
    etag_seconds: int | None = None,
) -> tuple[JsonObject, ...]:
    """Return what to install for a controller: definition, roles, workload, controller object.

    Shape: `name` is that of the controller object. `running` is what runs the webhook, as
        `deployment` gives it, or `Running(url)` for one that runs already. The others are those of
        `rbac` and `controller_object`.
    Guarantees: a server takes them one after the other. The same for the same arguments.
    Raises: DefinitionError, SchemaError.
    """
    document = controller_object(
        controller,
        name=name,
        url=running.url,
        finalize=finalize,
        resync_period=resync_period,
        ignore_status_changes=ignore_status_changes,
        etag_seconds=etag_seconds,
        token=running.token,
    )
    roles = rbac(
        controller,
        name=name,
        account=account,
        apply=apply,
        related=related,
        finalize=finalize,
        token=running.token,
    )
    return (*definitions(controller), *roles, *running.documents, document)


def definitions(controller: AnyController) -> tuple[JsonObject, ...]:
    """Return the definition of a controller's parent; none for kinds that are not its own."""
    parent: Any = getattr(controller, "parent", None)
    own = isinstance(parent, type) and issubclass(parent, Parent)
    return (crd(cast("type[Parent[Any, Any]]", parent)),) if own else ()


def clashes(controllers: Mapping[str, AnyController]) -> list[str]:
    """Return which controllers cannot run beside each other.

    Shape: `controllers` by a name for messages. A parent has one composite controller: two would
        undo each other's children and status for ever.
    """
    found: list[str] = []
    seen: dict[tuple[str, str], str] = {}
    for name, controller in controllers.items():
        if isinstance(controller, Controller):
            at = controller.gvk.group, controller.gvk.kind
            first = seen.setdefault(at, name)
            if first != name:
                found.append(
                    f"{first} and {name} are both controllers of {controller.gvk}, and would undo "
                    "each other's work: give them one parent each, or make one controller of them"
                )
    return found
