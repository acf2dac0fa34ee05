"""A controller that runs: its settings, its queue, and what it remembers of its hooks' answers.

Source: pkg/controller/{composite,decorator}/controller.go of Metacontroller 4.17.2.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from reconcile.simulate.go.json import encoded
from reconcile.simulate.metacontroller.documents import finalizers_of, metadata_of
from reconcile.simulate.metacontroller.work_queue import WorkQueue

if TYPE_CHECKING:
    from reconcile.simulate.metacontroller.process import Metacontroller
    from reconcile.simulate.metacontroller.responses import RelatedRule, SyncAnswer
    from reconcile.simulate.metacontroller.settings import ParentRule, Settings
    from reconcile.simulate.metacontroller.webhook import Etags
    from reconcile.simulate.server.resource_type import ResourceType
    from reconcile.value.types import JsonObject

__all__ = ["Customized", "Quiet", "Running", "Sync"]


class Customized(NamedTuple):
    """An answer of the customize hook, and until when it is remembered."""

    rules: tuple[RelatedRule, ...]
    until: datetime


class Quiet(NamedTuple):
    """A request, its answer, and that the sync wrote nothing."""

    request: bytes
    reply: bytes
    answer: SyncAnswer


class Sync(NamedTuple):
    """One sync: of which parent, by which controller."""

    process: Metacontroller
    run: Running
    rule: ParentRule
    """The rule of the parent's kind."""
    parent: JsonObject


class Running:
    """One controller while it runs."""

    __slots__ = (
        "customized",
        "etags",
        "object",
        "queue",
        "quiet",
        "related",
        "settings",
        "text",
        "ticks",
    )

    def __init__(self, settings: Settings, controller: JsonObject) -> None:
        self.settings = settings
        self.object = controller
        """The controller object as it was at the start."""
        self.text = encoded(settings.shown, escape_html=True)
        """The controller as every request carries it."""
        self.queue = WorkQueue()
        self.quiet: dict[str, Quiet] = {}
        """Parents whose last sync wrote nothing, by their keys."""
        self.etags: dict[str, Etags] = {"sync": {}, "finalize": {}, "customize": {}}
        self.customized: dict[tuple[str, int], Customized] = {}
        """(uid, generation) of a parent -> the last answer about it (rule 8.3)."""
        self.related: dict[str, ResourceType] = {}
        """Related kinds that are watched for it, by the beginning of their keys."""
        self.ticks: datetime | None = None
        """When all parents are looked at again."""

    def copy(self) -> Running:
        """Return a controller that goes its own way. Cost: what it remembers."""
        made = Running(self.settings, self.object)
        made.queue = self.queue.copy()
        made.quiet = dict(self.quiet)
        made.text = self.text
        made.etags = {hook: dict(etags) for hook, etags in self.etags.items()}
        made.customized = dict(self.customized)
        made.related = dict(self.related)
        made.ticks = self.ticks
        return made

    def rule_of(self, parent: JsonObject) -> ParentRule | None:
        """Return the rule of a parent's kind, None if it is no kind of parents."""
        group, _, _ = str(parent.get("apiVersion", "")).rpartition("/")
        return self.settings.parent(group, str(parent.get("kind", "")))

    def cares(self, parent: JsonObject, rule: ParentRule) -> bool:
        """Return whether a parent is selected or has this controller's finalizer."""
        settings = self.settings
        return settings.selects(parent, rule) or settings.finalizer in finalizers_of(parent)

    def key(self, parent: JsonObject) -> str:
        """Return the key of a parent in the queue: `group/Kind/namespace/name`."""
        group, _, _ = str(parent.get("apiVersion", "")).rpartition("/")
        metadata = cast("dict[str, Any]", metadata_of(parent))
        namespace = metadata.get("namespace")
        place = f"{namespace}/" if namespace else ""
        return f"{group}/{parent.get('kind', '')}/{place}{metadata['name']}"

    def prefixes(self) -> Iterator[tuple[str, str]]:
        """Yield the kinds that are watched for it, and what they are: parent, child, related."""
        for parent in self.settings.parents:
            yield parent.kind.prefix, "parent"
        for child in self.settings.children:
            yield child.kind.prefix, "child"
        for prefix in self.related:
            yield prefix, "related"
