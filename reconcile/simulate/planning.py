"""What a cluster would do next: plans of the syncs of its parents.

1. A plan is made of the request that the next sync would send; nothing of the cluster changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from reconcile.objects.gvk import Gvk
from reconcile.objects.ref import Ref
from reconcile.simulate.metacontroller.process import HookCalled
from reconcile.simulate.server.clock import hashed
from reconcile.simulate.users import gvk_of

if TYPE_CHECKING:
    from reconcile.hook.controller import Controller, Decorator
    from reconcile.simulate.api_server import ApiServer
    from reconcile.simulate.hooks import Installed
    from reconcile.simulate.metacontroller.process import Metacontroller
    from reconcile.simulate.remembering import Told
    from reconcile.simulate.server.resource_type import ResourceType
    from reconcile.simulate.users import AnyKind
    from reconcile.state.explanation import Explanation
    from reconcile.state.plan import Plan

__all__ = ["Planning"]


class Planning:
    """The part of a cluster that looks ahead."""

    _installed: Mapping[str, Installed]
    _process: Metacontroller
    _rows: Told | None
    _seed: int
    _server: ApiServer

    if TYPE_CHECKING:
        # What the other parts of a cluster give.
        @property
        def now(self) -> datetime: ...  # noqa: D102
        @property
        def server_side(self) -> bool: ...  # noqa: D102
        def copy(self) -> Self: ...  # noqa: D102
        def _own(self) -> None: ...
        def _home(self, namespace: str | None) -> str: ...
        def _type(self, gvk: Gvk) -> ResourceType: ...

    def plan(self, kind: AnyKind, name: str, *, namespace: str | None = None) -> Plan:
        """Return what the next sync of a parent would change, and which rule asks for it.

        Raises: LookupError if no controller of this library would call its hook about it; what the
            rules raise.
        """
        controller, body = self._asked(kind, name, namespace)
        return controller.plan_request(
            body,
            now=self.now,
            entropy=self._entropy(),
            apply="server-side" if self.server_side else "dynamic",
            kinds=self._server.catalogue.kinds,
        )

    def explain(self, kind: AnyKind, name: str, *, namespace: str | None = None) -> Explanation:
        """Return why each field of the children of a parent is as it is.

        Raises: LookupError if no controller of this library would call its hook about it; what the
            rules raise.
        """
        controller, body = self._asked(kind, name, namespace)
        return controller.explain_request(body, now=self.now, entropy=self._entropy())

    def _entropy(self) -> bytes:
        return hashed(self._seed, "plan", 0) + hashed(self._seed, "plan", 1)

    def _asked(
        self, kind: AnyKind, name: str, namespace: str | None
    ) -> tuple[Controller[Any] | Decorator[Any], bytes]:
        """Return who would be asked about a parent next, and with which request."""
        gvk = gvk_of(kind)
        place = self._type(gvk).key(self._home(namespace), name)
        for each in self._installed.values():
            run = self._process.running.get(f"{each.document['kind']}/{each.name}")
            if run is None or each.controller is None:
                continue
            if run.settings.parent(gvk.group, gvk.kind) is None:
                continue
            body = self._request(f"{each.document['kind']}/{each.name}", place)
            if body is not None:
                return each.controller, body
        message = f"no hook of this library would be called about {gvk.kind} {name}"
        raise LookupError(message)

    def _request(self, controller: str, place: str) -> bytes | None:
        """Return what a controller would ask its sync hook about a parent now, None for nothing."""
        twin = self.copy()
        twin._own()
        known = twin._rows
        body: bytes | None = None
        # The first sync that asks for a related kind only begins to watch it (rule 7.23).
        for _ in range(2):
            twin._process.deliver()
            twin._process.sync(twin._process.running[controller], place)
            told = twin._rows
            while told is not None and told is not known:
                if isinstance(told.row, HookCalled) and told.row.hook != "customize":
                    # Of several revisions of a parent the first is the one as it is now.
                    body = told.row.called.call.body
                told = told.before
            if body is not None:
                return body
        return None

    def deliver(self) -> None:
        """Let Metacontroller hear of all that happened, without a sync; plans are cheaper then."""
        self._own()
        self._process.deliver()

    def plans(self) -> dict[Ref, Plan]:
        """Return what the next sync of each parent of a controller of this library would change."""
        made: dict[Ref, Plan] = {}
        for each in self._installed.values():
            run = self._process.running.get(f"{each.document['kind']}/{each.name}")
            if run is None or each.controller is None:
                continue
            for rule in run.settings.parents:
                served = rule.kind.served
                for document in self._process.cache.list(rule.kind):
                    ref = Ref.of(document)
                    with suppress(LookupError):
                        gvk = Gvk(served.api_version, served.kind)
                        made[ref] = self.plan(gvk, ref.name, namespace=ref.namespace)
        return made
