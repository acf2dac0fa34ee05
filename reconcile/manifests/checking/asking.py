"""Ask the rules of a controller about an object, as often as it takes until all is there.

1. Nothing is simulated: a child that was asked for is observed as it was asked for, with the
   defaults of its kind and the signs that it is ready. What the rules ask for then is compared.
2. A rule that fails is left out and the others are asked again, so that one fault hides no other.
3. Time and entropy are fixed texts: the same controller is asked the same.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, cast

from reconcile.errors import ConflictError, ReconcileError, RetryLater, RuleError
from reconcile.hook.controller import Controller
from reconcile.objects.names import FIELD_MANAGER, LAST_APPLIED
from reconcile.objects.view import Kind
from reconcile.rules.combinators import All, ForEach, InOrder
from reconcile.rules.combine import evaluate
from reconcile.rules.rule import Leaf, Rule, leaves
from reconcile.state.desired import Desired
from reconcile.state.object_map import ObjectMap
from reconcile.state.observed import Observed
from reconcile.state.plan import Plan, plan
from reconcile.state.plan_sync import Sync, metadata_of
from reconcile.value import encode, thaw
from reconcile.value.equality import equal

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from reconcile.hook.controller import Decorator
    from reconcile.kinds import Kinds
    from reconcile.kinds._loop import Apply
    from reconcile.objects.ref import Ref
    from reconcile.value.types import JsonObject

__all__ = ["Answer", "Asking", "Moment", "Settled"]

_ROUNDS: Final = 8
"""Syncs after which a controller has made all it makes, besides two for each of its rules."""


@dataclass(frozen=True, slots=True)
class Moment:
    """The time and the entropy that a rule may ask for."""

    seconds: int = 0

    @property
    def now(self) -> datetime:
        """Return the time."""
        return datetime(2030, 1, 1, tzinfo=UTC) + timedelta(seconds=self.seconds)

    @property
    def entropy(self) -> bytes:
        """Return 32 bytes."""
        return bytes([self.seconds % 256]) * 32


@dataclass(frozen=True, slots=True)
class Answer:
    """What the rules ask for, and which of them failed."""

    desired: Desired
    failures: tuple[RuleError | ConflictError | RetryLater, ...] = ()


@dataclass(frozen=True, slots=True)
class Settled:
    """What the rules come to for one object."""

    parent: JsonObject
    """The object as it was observed last, with its status."""
    related: tuple[JsonObject, ...]
    answer: Answer
    children: Mapping[Ref, JsonObject]
    """The children as they were observed last."""
    before: Desired | None
    """What was asked for one sync earlier, where it never came to rest; None where it did."""
    made: frozenset[tuple[Ref, tuple[str, ...]]] = field(
        default=frozenset["tuple[Ref, tuple[str, ...]]"]()
    )
    """Every child that was asked for on the way, with its rules."""


class Asking:
    """A controller, and what there is to know when its rules are asked."""

    def __init__(
        self,
        controller: Controller[Any] | Decorator[Any],
        *,
        kinds: Kinds,
        apply: Apply,
        generate_selector: bool,
    ) -> None:
        self.controller = controller
        self.kinds = kinds
        self.apply: Apply = apply
        self.generate_selector = generate_selector
        self.composite = isinstance(controller, Controller)
        self.rules: Rule[Any] = controller.rules
        self._methods = {child.gvk: child.update for child in controller.children}
        self._signs = [leaf.ready for leaf in leaves(controller.rules) if leaf.ready]

    # -- one sync ---------------------------------------------------------------------------

    def ask(
        self,
        parent: JsonObject,
        children: Mapping[Ref, JsonObject],
        related: Sequence[JsonObject] = (),
        *,
        moment: Moment = Moment(),
        finalizing: bool = False,
    ) -> Answer:
        """Return what the rules ask for.

        Raises: ObjectError if the controller's own model does not take the parent.
        """
        typed = self.read(parent)
        failures: list[RuleError | ConflictError | RetryLater] = []
        root = self.rules
        for _ in range(1 + sum(1 for _ in leaves(root))):
            observed = Observed(
                typed,
                parent,
                ObjectMap.of(children.values()),
                ObjectMap.of(related),
                finalizing=finalizing,
                now=moment.now,
                entropy=moment.entropy,
            )
            try:
                desired = evaluate(root, observed, declared=self.controller.children)
            except (RuleError, ConflictError) as error:
                failures.append(error)
            except RetryLater as error:
                return Answer(Desired({}), (*failures, error))
            except ReconcileError:
                break
            else:
                return Answer(desired, tuple(failures))
            muted = _muted(root, _wrong(failures))
            if muted is root:
                break
            root = muted
        return Answer(Desired({}), tuple(failures))

    def without(self, failures: Sequence[RuleError | ConflictError | RetryLater]) -> Asking:
        """Return the same without the rules that failed."""
        made = Asking(
            self.controller,
            kinds=self.kinds,
            apply=self.apply,
            generate_selector=self.generate_selector,
        )
        made.rules = _muted(self.rules, _wrong(failures))
        return made

    def read(self, parent: JsonObject) -> Any:
        """Return an object as the rules see it. Raises: ObjectError, RequestError."""
        if isinstance(self.controller, Controller):
            cls: Any = self.controller.parent
            return cls.observed(parent) if issubclass(cls, Kind) else cls.read(parent)
        for gvk, kind in self.controller.resources.items():
            if (gvk.api_version, gvk.kind) == (parent.get("apiVersion"), parent.get("kind")):
                return kind.observed(parent)
        raise AssertionError("samples are of a kind of the controller")

    def related(self, parent: JsonObject) -> Sequence[Any]:
        """Return what `customize` asks for. Raises: whatever the user's function raises."""
        customize = self.controller._customize  # pyright: ignore[reportPrivateUsage]
        return () if customize is None else tuple(customize(self.read(parent)))

    # -- until all is there -----------------------------------------------------------------

    def settle(
        self,
        parent: JsonObject,
        related: Sequence[JsonObject] = (),
        *,
        children: Mapping[Ref, JsonObject] | None = None,
    ) -> Settled:
        """Return what the rules come to: each child they ask for is there at the next sync."""
        held = dict(children or {})
        before: Desired | None = None
        answer = Answer(Desired({}))
        failures: dict[str, RuleError | ConflictError | RetryLater] = {}
        made: set[tuple[Ref, tuple[str, ...]]] = set()
        rounds = _ROUNDS + 2 * sum(1 for _ in leaves(self.controller.rules))
        for _ in range(rounds):
            before = answer.desired
            answer = self.ask(parent, held, related)
            for error in answer.failures:
                failures.setdefault(f"{type(error).__name__} {error}", error)
            made |= {(ref, _rules(answer.desired, ref)) for ref in answer.desired.objects}
            held = self.applied(parent, answer.desired, held)
            if self.composite and answer.desired.status is not None:
                parent = {**parent, "status": thaw(answer.desired.status)}
            if _same(before, answer.desired):
                before = None
                break
        told = replace(answer, failures=tuple(failures.values()))
        return Settled(parent, tuple(related), told, held, before, frozenset(made))

    def applied(
        self, parent: JsonObject, desired: Desired, held: Mapping[Ref, JsonObject]
    ) -> dict[Ref, JsonObject]:
        """Return the children after Metacontroller has applied what is desired."""
        sync = self.sync(parent)
        made: dict[Ref, JsonObject] = {}
        for ref, document in desired.objects.items():
            before = held.get(ref)
            if before is not None and self.method(ref) == "OnDelete":
                made[ref] = before
            else:
                made[ref] = self._stored(sync, ref, document)
        return made

    def method(self, ref: Ref) -> str:
        """Return the update strategy of a child."""
        return self._methods.get(ref.gvk, "OnDelete")

    def sync(self, parent: JsonObject) -> Sync:
        """Return what Metacontroller knows when it acts."""
        return Sync(
            parent,
            str(metadata_of(parent).get("namespace") or ""),
            None,
            self.composite and self.generate_selector,
            None if self.composite else "example",
            self.apply,
            FIELD_MANAGER,
            finalizing=False,
            kinds=self.kinds,
            declared={
                (child.gvk.group, child.gvk.kind): child for child in self.controller.children
            },
        )

    def plan(self, parent: JsonObject, desired: Desired, held: Mapping[Ref, JsonObject]) -> Plan:
        """Return what Metacontroller would do with an answer."""
        return plan(
            ObjectMap.of(held.values()),
            desired,
            self.controller.children,
            parent=parent,
            selector=self._selector(parent),
            generate_selector=self.composite and self.generate_selector,
            decorator=None if self.composite else "example",
            apply=self.apply,
            kinds=self.kinds,
        )

    def _selector(self, parent: JsonObject) -> JsonObject | None:
        if not self.composite or self.generate_selector:
            return None
        spec = parent.get("spec")
        selector = spec.get("selector") if isinstance(spec, dict) else None
        return selector if isinstance(selector, dict) else {}

    def _stored(self, sync: Sync, ref: Ref, document: JsonObject) -> JsonObject:
        stamped = sync.stamped(document)
        made = cast("JsonObject", thaw(stamped))
        if sync.known(ref.gvk):
            made = self.kinds.defaulted(made)
        metadata = metadata_of(made)
        metadata["uid"] = f"uid-of-{ref}"
        metadata["generation"] = 1
        owner: JsonObject = {
            "apiVersion": sync.parent["apiVersion"],
            "kind": sync.parent["kind"],
            "name": metadata_of(sync.parent).get("name"),
            "uid": sync.uid,
            "controller": True,
            "blockOwnerDeletion": True,
        }
        metadata["ownerReferences"] = [owner]
        if self.apply == "dynamic":
            annotations = metadata.get("annotations")
            texts = annotations if isinstance(annotations, dict) else {}
            metadata["annotations"] = {**texts, LAST_APPLIED: encode(stamped).decode()}
        made["status"] = _ready(made, self._signs)
        return made


def _wrong(failures: Sequence[RuleError | ConflictError | RetryLater]) -> set[str]:
    """Return the names of the rules that are to be left out."""
    names: set[str] = set()
    for error in failures:
        if isinstance(error, RuleError):
            names.update(error.rule.split(", "))
        elif isinstance(error, ConflictError):
            names.add(error.managers[1])
    return {name.partition("[")[0] for name in names}


def _rules(desired: Desired, ref: Ref) -> tuple[str, ...]:
    return tuple(dict.fromkeys(rule for rule, _ in desired.contributions.get(ref, ())))


def _same(before: Desired, after: Desired) -> bool:
    return (
        equal(
            {str(ref): each for ref, each in before.objects.items()},
            {str(ref): each for ref, each in after.objects.items()},
        )
        and equal(before.status, after.status)
        and tuple(before.waiting) == tuple(after.waiting)
    )


def _muted(rule: Rule[Any], names: Collection[str]) -> Rule[Any]:
    """Return a rule set in which some rules ask for nothing; itself if it has none of them."""
    if isinstance(rule, ForEach):
        # Asked item by item, so it is left out as a whole.
        inner: Any = rule.inner
        return Leaf(_nothing, inner.name, owns=inner.owns) if inner.name in names else rule
    if isinstance(rule, Leaf):
        quiet = rule.name not in names or rule.function is _nothing
        return rule if quiet else replace(rule, function=_nothing)
    parts = tuple(_muted(part, names) for part in rule.parts)
    if all(new is old for new, old in zip(parts, rule.parts, strict=True)):
        return rule
    if isinstance(rule, (All, InOrder)):
        return replace(rule, rules=parts)
    around: Any = rule
    return cast("Rule[Any]", replace(around, inner=parts[0]))


def _nothing(observed: Observed[Any]) -> None:
    del observed


def _ready(document: JsonObject, signs: Sequence[str]) -> JsonObject:
    """Return the status of an object that does what it is for."""
    spec = document.get("spec")
    replicas = spec.get("replicas", 1) if isinstance(spec, dict) else 1
    kind = str(document.get("kind"))
    conditions = [*signs, *_CONDITIONS.get(kind, ("Ready",))]
    status: JsonObject = {
        "observedGeneration": 1,
        "conditions": [{"type": each, "status": "True"} for each in dict.fromkeys(conditions)],
    }
    for count in _COUNTS.get(kind, ()):
        status[count] = replicas
    if kind in _PHASES:
        status["phase"] = _PHASES[kind]
    if kind == "Service":
        status["loadBalancer"] = {"ingress": [{"ip": "192.0.2.1"}]}
    return status


_REPLICAS: Final = ("replicas", "updatedReplicas", "readyReplicas", "availableReplicas")
_COUNTS: Final[Mapping[str, tuple[str, ...]]] = {
    "Deployment": _REPLICAS,
    "StatefulSet": _REPLICAS,
    "ReplicaSet": ("replicas", "readyReplicas", "availableReplicas"),
    "DaemonSet": ("desiredNumberScheduled", "updatedNumberScheduled", "numberAvailable"),
    "Job": ("succeeded",),
}
_CONDITIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "Deployment": ("Available", "Progressing"),
    "Job": ("Complete",),
    "CustomResourceDefinition": ("Established",),
    "Service": (),
}
_PHASES: Final[Mapping[str, str]] = {
    "Pod": "Running",
    "PersistentVolumeClaim": "Bound",
    "PersistentVolume": "Bound",
    "Namespace": "Active",
}
