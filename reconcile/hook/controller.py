"""The whole flow on one page: a controller, and its answer to one request.

        bytes -> decode_request -> Observed -> evaluate -> Desired -> encode -> Reply

1. Nothing is fetched and nothing remembered: the same request, time and entropy give the same
   reply, byte for byte.
2. `respond` never raises. Whatever goes wrong becomes an error status, never a partial answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from reconcile.errors import DefinitionError, ObjectError, RequestError
from reconcile.kinds import fields, known
from reconcile.objects.document import Document
from reconcile.objects.gvk import Gvk
from reconcile.objects.selector import check_selector
from reconcile.objects.view import Kind
from reconcile.rules.combine import evaluate
from reconcile.rules.definition import check
from reconcile.rules.evaluate import call
from reconcile.rules.finalizing import tears_down
from reconcile.rules.rule import Rule
from reconcile.state.declared import Child, Decorated, Related
from reconcile.state.observed import Observed
from reconcile.state.plan import Plan, plan
from reconcile.value import MAX_BODY, paused_collector
from reconcile.wire.decode import decode_request
from reconcile.wire.encode import encode_composite, encode_customize, encode_decorator

from .answer import ACCEPTED, rejected
from .etag import matches, tag
from .failure import JSON, failed
from .reply import Reply

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from pydantic.fields import FieldInfo

    from reconcile.kinds._loop import Apply
    from reconcile.kinds._table import Kinds
    from reconcile.objects.resource import Parent
    from reconcile.state.desired import Desired
    from reconcile.state.explanation import Explanation
    from reconcile.value import Json, JsonIn, JsonObject
    from reconcile.wire.messages import Hook, Request

__all__ = ["Controller", "Decorator"]

P = TypeVar("P")
K = TypeVar("K", bound=Kind)


class _Hooks(Generic[P]):
    """What both kinds of controllers do with a request."""

    rules: Rule[P]
    children: tuple[Child, ...]
    max_body: int
    _customize: Callable[[P], Iterable[Related]] | None
    _decorates: bool
    _namespaced: bool | None
    """Whether the parents live in a namespace; None for a decorator of both sorts."""

    @property
    def customizes(self) -> bool:
        """Return whether it asks for related objects."""
        return self._customize is not None

    @property
    def tears_down(self) -> bool:
        """Return whether its rules have something to do while the parent is being deleted."""
        return tears_down(self.rules)

    def respond(
        self,
        body: bytes,
        *,
        hook: Hook = "sync",
        headers: Mapping[str, str] | None = None,
        now: datetime | None = None,
        entropy: bytes | None = None,
    ) -> Reply:
        """Return the reply to one request of Metacontroller: the whole webhook.

        `headers` are those of the request; only `If-None-Match` is looked at. `now` is the time
        and `entropy` 32 random bytes, which adapters pass in; a rule that asks for one that is
        not given fails.

        Guarantees: never raises; the reply to a failure holds no text of an error and no value of
            an object; equal arguments give an equal reply.
        Cost: one pass over the bytes of the children that no rule reads.
        """
        reading = True
        with paused_collector():
            try:
                request = decode_request(body, hook=hook, max_body=self.max_body)
                reading = False
                answer = self._answer(request, now, entropy)
            except Exception as error:  # noqa: BLE001  # rule 2 above
                return failed(error, body, reading=reading)
        etag = tag(answer)
        if matches(headers, etag):
            return Reply(304, {"ETag": etag}, b"")
        return Reply(200, {**JSON, "ETag": etag}, answer)

    def sync(self, observed: Observed[P]) -> Desired:
        """Return what should exist: the whole unit test of a controller's rules.

        Raises: RuleError, ConflictError, RetryLater.
        """
        conditions = () if self._decorates else (ACCEPTED,)
        return evaluate(self.rules, observed, declared=self.children, conditions=conditions)

    def plan(self, observed: Observed[P], *, apply: Apply = "dynamic") -> Plan:
        """Return what would change, child by child and field by field, and which rule asked.

        `apply` is Metacontroller's apply strategy. Labels of children are held to the selector of
        the parent, where it has one.
        """
        parent = observed.parent_document
        return plan(
            observed.child_map,
            self.sync(observed),
            self.children,
            parent=parent,
            selector=None if self._decorates else _selector(parent),
            decorator="" if self._decorates else None,
            apply=apply,
            finalizing=observed.finalizing,
        )

    def plan_request(
        self,
        body: bytes,
        *,
        now: datetime | None = None,
        entropy: bytes | None = None,
        apply: Apply = "dynamic",
        kinds: Kinds | None = None,
    ) -> Plan:
        """Return what the answer to one sync request would change; see `plan`.

        `kinds` knows the kinds of custom resources, too; by default only built-in ones are known.

        Raises: RequestError, LimitError, and what `sync` raises.
        """
        request = decode_request(body, hook="sync", max_body=self.max_body)
        desired = self._desired(request, now, entropy)
        parent = request.parent.whole()
        controller = request.controller.whole()
        name = _member(controller, "metadata", "name")
        generates = not request.decorator and _member(controller, "spec", "generateSelector")
        return plan(
            request.children,
            desired,
            self.children,
            parent=parent,
            selector=None if request.decorator else _selector(parent),
            generate_selector=generates is True,
            decorator=str(name or "") if request.decorator else None,
            apply=apply,
            finalizing=request.finalizing,
            kinds=kinds,
        )

    def explain_request(
        self, body: bytes, *, now: datetime | None = None, entropy: bytes | None = None
    ) -> Explanation:
        """Return why each field of the children of one sync request is as it is.

        Raises: RequestError, LimitError, and what `sync` raises.
        """
        from reconcile.state.explanation import Explanation

        request = decode_request(body, hook="sync", max_body=self.max_body)
        return Explanation(request.children, self._desired(request, now, entropy))

    def _answer(self, request: Request, now: datetime | None, entropy: bytes | None) -> bytes:
        if request.decorator != self._decorates:
            expected = "DecoratorController" if self._decorates else "CompositeController"
            message = f"a {expected} is needed, that is what this webhook serves"
            raise RequestError("controller-kind", message, pointer="/controller/kind")
        if request.hook == "customize":
            return self._related(request)
        desired = self._desired(request, now, entropy)
        encode = encode_decorator if self._decorates else encode_composite
        return encode(desired, finalizing=request.finalizing)

    def _desired(self, request: Request, now: datetime | None, entropy: bytes | None) -> Desired:
        document = request.parent.whole()
        try:
            parent = self._read(request.parent)
        except ObjectError as error:
            return rejected(error, document, request.children, now=now)
        observed = Observed(
            parent,
            document,
            request.children,
            request.related,
            finalizing=request.finalizing,
            now=now,
            entropy=entropy,
        )
        return self.sync(observed)

    def _related(self, request: Request) -> bytes:
        if self._customize is None:
            return encode_customize(())
        try:
            parent = self._read(request.parent)
        except ObjectError:
            # The sync hook, called next, says what is wrong and leaves the children alone.
            return encode_customize(())
        customize = self._customize
        return encode_customize(call("customize", lambda: _checked(customize(parent))))

    def _read(self, parent: Document) -> P:
        raise NotImplementedError

    def _check(self, subject: str, findings: list[str]) -> None:
        if not isinstance(self.rules, Rule):
            findings.append("rules= takes a rule: put @rule above the function, or use all_of")
        elif not findings:
            findings += check(
                self.rules,
                declared=self.children,
                namespaced=self._namespaced,
                customizes=self._customize is not None,
            )
        if findings:
            raise DefinitionError(findings, subject=subject)


class Controller(_Hooks[P]):
    """A CompositeController's hooks: a parent, rules, and the kinds of children they make.

    `customize` tells from the parent which related objects its rules want to see.
    `generate_selector` says whether Metacontroller finds children by a label of its own,
    `controller-uid`; without it, children must carry the labels that the parent's `spec.selector`
    looks for. By default it is so for parents whose spec has no `selector`.
    `label_selector` selects the parents that the controller is about, in the shape of a
    LabelSelector; None selects all. Both only stand in the controller object that is installed.
    Units: `max_body` in bytes.
    Raises: DefinitionError with everything that is wrong, when the controller is built.
    """

    def __init__(
        self,
        parent: type[P],
        *,
        rules: Rule[P],
        children: Sequence[Child],
        customize: Callable[[P], Iterable[Related]] | None = None,
        generate_selector: bool | None = None,
        label_selector: Mapping[str, JsonIn] | None = None,
        max_body: int = MAX_BODY,
    ) -> None:
        from reconcile.objects.resource import Parent  # loads pydantic

        self.parent = parent
        self.rules = rules
        self.children = tuple(children)
        self.max_body = max_body
        self._customize = customize
        self._decorates = False
        self.label_selector = label_selector
        findings = _declared_findings("children", self.children)
        findings += [f"label_selector= {fault}" for fault in check_selector(label_selector or {})]
        if not (isinstance(parent, type) and issubclass(parent, (Parent, Kind))):
            findings.append("the first argument is the class of the parent, made from Parent")
            raise DefinitionError(findings, subject="Controller")
        cls = cast("type[Parent[Any, Any] | Kind]", parent)
        self.gvk: Gvk = cls.gvk
        namespaced = cls.namespaced if issubclass(cls, Kind) else cls.scope == "Namespaced"
        self._namespaced = namespaced
        if generate_selector is None:
            generate_selector = not _has_selector(cls)
        self.generate_selector: bool = generate_selector
        self._check(f"controller of {self.gvk}", findings)

    def _read(self, parent: Document) -> P:
        from reconcile.objects.resource import Parent  # loaded with the parent's class

        found = Gvk(str(parent.section("apiVersion")), str(parent.section("kind")))
        if found != self.gvk:
            message = f"is not {self.gvk}, which this webhook serves"
            raise RequestError("parent-kind", message, pointer="/parent/kind")
        cls: type[object] = self.parent
        if issubclass(cls, Parent):
            return cast("P", cls.read(parent.whole()))
        assert issubclass(cls, Kind)
        return cast("P", cls.observed(parent))


class Decorator(_Hooks[K]):
    """A DecoratorController's hooks: objects of some kinds, rules, and what they attach.

    `resources` are the kinds, or `Decorated(kind, ...)` for some of their objects only. `rules` see
    the object as their parent and the attachments as its children. `customize` tells from the
    object which related objects its rules want to see.
    Units: `max_body` in bytes.
    Raises: DefinitionError with everything that is wrong, when the decorator is built.
    """

    def __init__(
        self,
        *,
        resources: Sequence[type[K] | Decorated[K]],
        rules: Rule[K],
        attachments: Sequence[Child],
        customize: Callable[[K], Iterable[Related]] | None = None,
        max_body: int = MAX_BODY,
    ) -> None:
        self.decorated: tuple[Decorated[K], ...] = tuple(
            each if isinstance(each, Decorated) else Decorated(each) for each in resources
        )
        kinds = [each.kind for each in self.decorated]
        self.resources: Mapping[Gvk, type[K]] = {kind.gvk: kind for kind in kinds}
        self.rules = rules
        self.children = tuple(attachments)
        self.max_body = max_body
        self._customize = customize
        self._decorates = True
        findings = _declared_findings("attachments", self.children)
        if not resources:
            findings.append("resources= takes at least one kind")
        scopes = {kind.namespaced for kind in kinds}
        names = ", ".join(str(gvk) for gvk in self.resources)
        self._namespaced = scopes.pop() if len(scopes) == 1 else None
        self._check(f"decorator of {names}", findings)

    def _read(self, parent: Document) -> K:
        found = Gvk(str(parent.section("apiVersion")), str(parent.section("kind")))
        kind = self.resources.get(found)
        if kind is None:
            names = ", ".join(str(gvk) for gvk in self.resources)
            message = f"is none of {names}, which this webhook serves"
            raise RequestError("parent-kind", message, pointer="/object/kind")
        return kind.observed(parent)


def _has_selector(parent: type[Parent[Any, Any] | Kind]) -> bool:
    """Return whether the spec of a parent has a field `selector`."""
    if issubclass(parent, Kind):
        gvk = parent.gvk
        names = (gvk.api_version, gvk.kind)
        specified = known(*names) and "spec" in fields(*names)
        return specified and "selector" in fields(*names, pointer="/spec")
    spec = parent.model_fields["spec"].annotation
    inside: Mapping[str, FieldInfo] = getattr(spec, "model_fields", {})
    return any("selector" in (name, field.alias) for name, field in inside.items())


def _member(document: JsonObject, *path: str) -> Json:
    found: Json = document
    for name in path:
        found = found.get(name) if isinstance(found, dict) else None
    return found


def _selector(parent: JsonObject) -> JsonObject | None:
    """Return the selector of a composite's parent, None where it says nothing."""
    selector = _member(parent, "spec", "selector")
    return selector if isinstance(selector, dict) and any(selector.values()) else None


def _declared_findings(what: str, children: tuple[Child, ...]) -> list[str]:
    return [
        f"{what}= takes Child(...), not a {type(child).__name__}"
        for child in children
        if not isinstance(child, Child)
    ]


def _checked(related: Iterable[Related]) -> list[Related]:
    asked = list(related)
    for rule in asked:
        if not isinstance(rule, Related):
            message = f"customize returned a {type(rule).__name__}, Related(...) is needed"
            raise DefinitionError([message], subject="customize")
    return asked
