"""A real cluster in the simulated one: the parents of a controller, and all that their syncs see.

1. Read are the parents, the kinds that the controller declares as children, what its customize
   hook asks for, the definitions of custom kinds, and Metacontroller's own object for the
   controller, if it is installed.
2. Objects keep their uids, so that owners are owners, and everything that others wrote.
3. The controller is the one of the code: what it declares and how it updates is not read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import deepcopy
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias, cast

from reconcile.errors import ObjectError, ReconcileError, nearest
from reconcile.hook.controller import Controller
from reconcile.kinds import known
from reconcile.live.reading import LiveError, Reader, Served
from reconcile.manifests import controller_object
from reconcile.objects.gvk import Gvk
from reconcile.objects.ref import Ref
from reconcile.objects.resource import Parent
from reconcile.simulate.cluster import Cluster
from reconcile.simulate.metacontroller.selecting import Selector, annotation_selector, selector_of
from reconcile.value.codec import decode_object, encode

if TYPE_CHECKING:
    from reconcile.hook.controller import Decorator
    from reconcile.hook.reply import Reply
    from reconcile.kinds._loop import Apply
    from reconcile.simulate.api_server import ApiServer
    from reconcile.state.explanation import Explanation
    from reconcile.state.plan import Plan
    from reconcile.value.types import JsonObject

    AnyController: TypeAlias = Controller[Any] | Decorator[Any]

__all__ = ["Mirror", "Planned", "mirror"]

_DEFINITIONS: Final = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
_METACONTROLLER: Final = "metacontroller.k8s.io/v1alpha1"


class Planned(NamedTuple):
    """What becomes of one parent."""

    parent: Ref
    plan: Plan | None
    """None where there is none: `error` says why."""
    error: str = ""


class Mirror(NamedTuple):
    """What was read of a cluster."""

    cluster: Cluster
    """A cluster in memory with it."""
    controller: AnyController
    parents: Sequence[JsonObject]
    """Those that are asked about, sorted by namespace and name."""
    unselected: int = 0
    """How many more there are that the controller does not select."""

    def plans(self) -> list[Planned]:
        """Return what the next sync of each parent would change."""
        return [self.plan(each) for each in self.parents]

    def plan(self, parent: JsonObject) -> Planned:
        """Return what the next sync of one parent would change."""
        ref = Ref.of(parent)
        error = self._unreadable(parent)
        if error:
            return Planned(ref, None, error)
        try:
            made = self.cluster.plan(ref.gvk, ref.name, namespace=ref.namespace)
        except LookupError:
            return Planned(ref, None, self._uncalled(parent))
        except ReconcileError as wrong:
            return Planned(ref, None, f"{type(wrong).__name__}: {wrong}")
        return Planned(ref, made)

    def explanation(self, parent: JsonObject) -> Explanation:
        """Return why each field of the children of a parent is as it is.

        Raises: LiveError for a parent that no hook would be called about; what the rules raise.
        """
        ref = Ref.of(parent)
        error = self._unreadable(parent)
        if not error:
            try:
                return self.cluster.explain(ref.gvk, ref.name, namespace=ref.namespace)
            except LookupError:
                error = self._uncalled(parent)
        raise LiveError(str(ref), error)

    def _uncalled(self, parent: JsonObject) -> str:
        """Return why the sync of a parent comes to no call of its hook."""
        if self.controller.customizes:
            failure = _customized(self.controller, parent).failure
            if failure is not None:
                error = failure.error
                text = str(error) if isinstance(error, ReconcileError) else type(error).__name__
                return f"the customize hook fails: {text}"
        return "Metacontroller would not call the hook about it"

    def _unreadable(self, parent: JsonObject) -> str:
        """Return why a parent is refused, with its children left as they are; "" if it is not."""
        if not isinstance(self.controller, Controller):
            return ""
        model: Any = self.controller.parent
        if not (isinstance(model, type) and issubclass(model, Parent)):
            return ""
        try:
            model.read(parent)
        except ObjectError as wrong:
            return f"is not accepted, its children stay as they are: {wrong}"
        return ""


def mirror(
    controller: AnyController,
    reader: Reader,
    *,
    now: datetime,
    namespace: str = "",
    names: Sequence[str] = (),
    labels: str = "",
    installed_as: str = "",
    apply: Apply = "dynamic",
    seen: Callable[[str], None] = lambda _what: None,
) -> Mirror:
    """Return what a cluster has of a controller.

    Shape: parents of one namespace, of all of them for "". `names` are those that are asked about,
        all if there are none; `labels` selects them as kubectl's `-l` does. `installed_as` is the
        name of Metacontroller's object for the controller, "" for the one that is about the same
        parents. `seen` is told what is read next.
    Raises: LiveError for what cannot be read, for a parent's kind that is not served, for names
        that are not there or not selected, and where several controllers are about the same
        parents; DefinitionError for a controller that Metacontroller would not start.
    Cost: one list for each kind, in chunks.
    """
    reading = _Reading(reader, namespace, seen)
    kinds = [reading.served(each) for each in _parent_kinds(controller)]
    name = installed_as or reading.installed(controller, kinds)
    there = [each for kind in kinds for each in reading.listed(kind, labels=labels)]
    if names:
        known = {Ref.of(each).name for each in there}
        missing = sorted({*names} - known)
        if missing:
            hint = nearest(missing[0], sorted(known))
            raise LiveError(" ".join(missing), f"is no parent there{hint}")
        there = [each for each in there if Ref.of(each).name in names]
    parents = sorted((each for each in there if _cares(controller, each, name)), key=Ref.of)
    if names and len(parents) < len(there):
        left = sorted({*names} - {Ref.of(each).name for each in parents})
        raise LiveError(" ".join(left), "is there, but the controller does not select it")
    # Children of a parent without a namespace may be in any.
    where = namespace if all(each.namespaced for each in kinds) else ""
    for child in controller.children:
        served = reading.reader.find(child.gvk.api_version, kind=child.gvk.kind)
        if served is not None:  # of a kind that is not served there can be no children
            reading.listed(served, namespace=where)
    if controller.customizes:
        for parent in parents:
            for rule in _related(controller, parent):
                reading.related(rule)
    cluster = Cluster(
        controller,
        namespace=namespace or "default",
        apply=apply,
        now=now,
        options={"name": name} if name else None,
    )
    _define(cluster.server, reading.definitions)
    _fill(cluster.server, reading.objects.values())
    cluster.deliver()
    return Mirror(cluster, controller, parents, len(there) - len(parents))


class _Reading:
    """What has been read so far."""

    def __init__(self, reader: Reader, namespace: str, seen: Callable[[str], None]) -> None:
        self.reader = reader
        self.namespace = namespace
        self.seen = seen
        self.objects: dict[Ref, JsonObject] = {}
        self.definitions: dict[str, JsonObject] = {}
        self._listed: dict[tuple[Served, str, str], list[JsonObject]] = {}

    def served(self, gvk: Gvk) -> Served:
        """Return the resource of a kind of parents. Raises: LiveError."""
        found = self.reader.find(gvk.api_version, kind=gvk.kind)
        if found is None:
            raise LiveError(str(gvk), "is not served there: apply its definition first")
        return found

    def listed(
        self, served: Served, *, namespace: str | None = None, labels: str = ""
    ) -> list[JsonObject]:
        """Return the objects of a resource and keep them. Raises: LiveError."""
        where = self.namespace if namespace is None else namespace
        key = (served, where if served.namespaced else "", labels)
        if key not in self._listed:
            self.seen(f"{served.plural} {where}".strip())
            self._define(served)
            self._listed[key] = self.reader.list(served, namespace=where, labels=labels)
            self.objects.update((Ref.of(each), each) for each in self._listed[key])
        return self._listed[key]

    def related(self, rule: Mapping[str, Any]) -> None:
        """Read what a rule of a customize hook could select. Raises: LiveError."""
        served = self.reader.find(str(rule.get("apiVersion")), plural=str(rule.get("resource")))
        if served is not None:
            self.listed(served, namespace=str(rule.get("namespace") or ""))
        if rule.get("namespaceSelector") is not None:
            self.listed(Served("v1", "Namespace", "namespaces", namespaced=False), namespace="")

    def _define(self, served: Served) -> None:
        group, _, _ = served.api_version.rpartition("/")
        if known(served.api_version, served.kind) or not group:
            return
        name = f"{served.plural}.{group}"
        if name not in self.definitions:
            found = self.reader.get(f"{_DEFINITIONS}/{name}")
            if found is not None:
                self.definitions[name] = found

    def installed(self, controller: AnyController, parents: Sequence[Served]) -> str:
        """Return under which name Metacontroller has the controller, "" if it has not.

        Raises: LiveError, also where several could be meant.
        """
        kind = str(controller_object(controller, name="mirror", url="http://mirror")["kind"])
        served = self.reader.find(_METACONTROLLER, kind=kind)
        if served is None:
            return ""
        self.seen(served.plural)
        plurals = {(each.api_version, each.plural) for each in parents}
        names = [
            str(found["metadata"]["name"])
            for found in cast("list[dict[str, Any]]", self.reader.list(served))
            if plurals & set(_resources(found["spec"]))
        ]
        if len(names) > 1:
            message = f"several are about these parents: {', '.join(names)}; say which it is"
            raise LiveError(kind, message)
        return names[0] if names else ""


def _parent_kinds(controller: AnyController) -> list[Gvk]:
    if isinstance(controller, Controller):
        return [controller.gvk]
    return [each.kind.gvk for each in controller.decorated]


def _resources(spec: Mapping[str, Any]) -> list[tuple[Any, Any]]:
    """Return the resources whose objects a controller object is about."""
    told = [spec["parentResource"]] if "parentResource" in spec else spec.get("resources") or ()
    return [(each.get("apiVersion"), each.get("resource")) for each in told]


def _cares(controller: AnyController, parent: JsonObject, name: str) -> bool:
    """Return whether a controller is about a parent: it selects it, or has its finalizer on it."""
    about = cast("dict[str, Any]", parent["metadata"])
    kind = "composite" if isinstance(controller, Controller) else "decorator"
    if name and f"metacontroller.io/{kind}controller-{name}" in (about.get("finalizers") or ()):
        return True
    labels: Any = None
    annotations: Any = None
    if isinstance(controller, Controller):
        labels = controller.label_selector
    else:
        for each in controller.decorated:
            if each.kind.gvk == Ref.of(parent).gvk:  # of several for one kind, the last
                labels, annotations = each.label_selector, each.annotation_selector
    return _matches(selector_of(labels or {}), about.get("labels")) and _matches(
        annotation_selector(annotations or {}), about.get("annotations")
    )


def _matches(selector: Selector | str, texts: Mapping[str, object] | None) -> bool:
    # What is no selector was refused when the controller was made.
    return isinstance(selector, Selector) and selector.matches(texts or {})


def _customized(controller: AnyController, parent: JsonObject) -> Reply:
    about = controller_object(controller, name="mirror", url="http://mirror")
    return controller.respond(encode({"controller": about, "parent": parent}), hook="customize")


def _related(controller: AnyController, parent: JsonObject) -> list[Mapping[str, Any]]:
    """Return what the customize hook asks to see; nothing where it fails, as plans tell then."""
    reply = _customized(controller, parent)
    if reply.status != 200:
        return []
    answer = cast("dict[str, Any]", decode_object(reply.body))
    return list(answer.get("relatedResources") or ())


def _define(server: ApiServer, definitions: Mapping[str, JsonObject]) -> None:
    """Let the server serve custom kinds as the real one does. Raises: LiveError."""
    for name, definition in definitions.items():
        held = server.request("GET", f"{_DEFINITIONS}/{name}")
        body = cast("dict[str, Any]", deepcopy(definition))
        body["metadata"] = {"name": name}
        body.pop("status", None)
        if held.status == 200:
            about = cast("dict[str, Any]", held.body)["metadata"]
            body["metadata"]["resourceVersion"] = about["resourceVersion"]
            answer = server.request("PUT", f"{_DEFINITIONS}/{name}", body=body)
        else:
            answer = server.request("POST", _DEFINITIONS, body=body)
        if answer.status not in (200, 201):
            raise LiveError(f"the definition {name}", "is not taken by the simulated server")
    server.settle()


def _fill(server: ApiServer, documents: Iterable[JsonObject]) -> None:
    """Put objects into a server as they are, their namespaces with them."""
    world = server.world
    homes: set[str] = set()
    for document in documents:
        ref = Ref.of(document)
        kind = server.catalogue.find_kind(ref.gvk.api_version, ref.gvk.kind)
        if kind is None:
            continue
        if ref.namespace:
            homes.add(ref.namespace)
        world, _ = world.put(kind.key(ref.namespace, ref.name), deepcopy(document))
    for home in sorted(homes):
        kind = server.catalogue.find_kind("v1", "Namespace")
        assert kind is not None
        if world.objects.get(kind.key("", home)) is None:
            about: JsonObject = {
                "name": home,
                "uid": home,
                "labels": {"kubernetes.io/metadata.name": home},
            }
            made: JsonObject = {"apiVersion": "v1", "kind": "Namespace", "metadata": about}
            world, _ = world.put(kind.key("", home), made)
    server.world = world
