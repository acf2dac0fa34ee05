"""Related objects: what the customize hook asks to see, and whom a change of them concerns.

1. The answer is remembered by uid and generation for 20 minutes, whatever else changes (rule 8.3).
2. What is listed and what triggers are two questions, asked in the same words (rules 8.6, 8.11).

Source: pkg/controller/common/customize/manager.go of Metacontroller 4.17.2.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from reconcile.simulate.go.json import encoded
from reconcile.simulate.metacontroller.documents import (
    generation_of,
    labels_of,
    metadata_of,
)
from reconcile.simulate.metacontroller.object_maps import Gvk, place_of
from reconcile.simulate.metacontroller.responses import read_customize
from reconcile.simulate.metacontroller.running import Customized
from reconcile.simulate.metacontroller.selecting import EVERYTHING, Selector, selector_of
from reconcile.simulate.metacontroller.settings import resource_of
from reconcile.simulate.metacontroller.webhook import HookError

if TYPE_CHECKING:
    from reconcile.simulate.metacontroller.object_maps import ObjectMap
    from reconcile.simulate.metacontroller.process import Metacontroller
    from reconcile.simulate.metacontroller.responses import RelatedRule
    from reconcile.simulate.metacontroller.running import Running
    from reconcile.simulate.server.resource_type import ResourceType
    from reconcile.value.types import JsonObject

__all__ = ["NotSyncedError", "concerned", "related_objects"]

_LASTS: Final = timedelta(minutes=20)
_Way: TypeAlias = Literal["labels", "namespace and labels", "names", "namespaces"]


class NotSyncedError(HookError):
    """A related kind is watched by nobody yet: the sync is tried again, silently (rule 7.23)."""


def related_objects(process: Metacontroller, run: Running, parent: JsonObject) -> ObjectMap:
    """Return what the customize hook asks to see.

    Raises: HookError, TooManyRequestsError; NotSyncedError the first time a kind is asked for.
    """
    if run.settings.customize is None:
        return {}
    rules = _rules(process, run, parent)
    made: ObjectMap = {}
    fresh = False
    for rule in rules:
        kind = resource_of(process.server.catalogue, rule.api_version, rule.resource)
        if kind is None:
            message = (
                f"discovery: can't find resource {rule.resource} in apiVersion {rule.api_version}"
            )
            raise HookError(message)
        if kind.prefix not in run.related:
            run.related[kind.prefix] = kind
            fresh = process.watch_related(run, kind) or fresh
        served = kind.served
        group = made.setdefault(Gvk(served.group, served.version, served.kind), {})
        for document in _listed(process, run, parent, rule, kind):
            group[place_of(document)] = document
    if fresh:
        message = "a related kind is not watched yet"
        raise NotSyncedError(message)
    return made


def _rules(process: Metacontroller, run: Running, parent: JsonObject) -> tuple[RelatedRule, ...]:
    """Return the answer of the customize hook, the remembered one if there is one."""
    hook = run.settings.customize
    assert hook is not None
    metadata = metadata_of(parent)
    key = (str(metadata.get("uid")), generation_of(parent))
    known = run.customized.get(key)
    now = process.now
    if known is not None and now < known.until:
        return known.rules
    body = b'{"controller":%b,"parent":%b}' % (
        run.text,
        process.text(parent),
    )
    rules = read_customize(process.call(run, hook, body, parent), hook)
    run.customized[key] = Customized(rules, now + _LASTS)
    return rules


def _way(rule: RelatedRule) -> _Way:
    """Return how a rule selects (rule 8.5). Raises: HookError."""
    selects = rule.label_selector is not None or rule.namespace_selector is not None
    if rule.names and selects:
        message = "related rule cannot have both names and labelSelector/namespaceSelector"
        raise HookError(f"{message} specified: {_printed(rule)}")
    if rule.namespace and rule.namespace_selector is not None:
        message = "related rule cannot have both namespace and namespaceSelector"
        raise HookError(f"{message} specified: {_printed(rule)}")
    if rule.namespace_selector is not None:
        return "namespaces"
    if rule.label_selector is not None and rule.namespace:
        return "namespace and labels"
    return "names" if rule.namespace or rule.names else "labels"


def _listed(
    process: Metacontroller,
    run: Running,
    parent: JsonObject,
    rule: RelatedRule,
    kind: ResourceType,
) -> Iterator[JsonObject]:
    """Yield what a rule selects (rule 8.6). Raises: HookError."""
    way = _way(rule)
    home, _ = place_of(parent)
    at_home = _stays_home(run, parent) and kind.served.namespaced
    cache = process.cache
    if way == "names":
        if at_home and rule.namespace and rule.namespace != home:
            raise HookError(_elsewhere(rule, home))
        for document in cache.list(kind, rule.namespace):
            if not rule.names or place_of(document)[1] in rule.names:
                yield document
        return
    selector = _selector(rule.label_selector)
    if way == "namespaces":
        if at_home:
            message = "namespaceSelector is not supported for namespaced parent in v1 hook version"
            raise HookError(message)
        if not kind.served.namespaced:
            message = f"namespaceSelector is not supported for cluster scoped {kind.served.kind}"
            raise HookError(message)
        chosen = _selector(rule.namespace_selector)
        for namespace in process.namespaces(chosen):
            for document in cache.list(kind, namespace):
                if selector.matches(labels_of(document)):
                    yield document
        return
    namespace = home if at_home else ""
    if way == "namespace and labels":
        if at_home and rule.namespace != home:
            raise HookError(_elsewhere(rule, home))
        namespace = rule.namespace
    for document in cache.list(kind, namespace):
        if selector.matches(labels_of(document)):
            yield document


def _stays_home(run: Running, parent: JsonObject) -> bool:
    """Return whether rules may not leave the parent's namespace: v1 of a namespaced parent."""
    hook = run.settings.customize
    return hook is not None and hook.version == "v1" and bool(place_of(parent)[0])


def _elsewhere(rule: RelatedRule, home: str) -> str:
    return (
        f"requested related object namespace {rule.namespace} differs from parent object namespace "
        f"{home}"
    )


def _selector(document: JsonObject | None) -> Selector:
    if document is None:
        return EVERYTHING
    made = selector_of(document)
    if isinstance(made, str):
        raise HookError(made)
    return made


def concerned(
    process: Metacontroller, run: Running, changed: Iterable[JsonObject]
) -> Iterator[JsonObject]:
    """Yield the parents that asked to see one of some states of an object (rule 8.11).

    Guarantees: an error of the customize hook concerns nobody.
    """
    states = list(changed)
    for parent_rule in run.settings.parents:
        for parent in process.cache.list(parent_rule.kind):
            if run.settings.customize is None:
                continue
            try:
                rules = _rules(process, run, parent)
            except (HookError, process.TooMany):
                continue
            if any(
                _triggers(process, run, parent, rule, state) for rule in rules for state in states
            ):
                yield parent


def _triggers(
    process: Metacontroller, run: Running, parent: JsonObject, rule: RelatedRule, state: JsonObject
) -> bool:
    kind = resource_of(process.server.catalogue, rule.api_version, rule.resource)
    if kind is None or kind.served.kind != state.get("kind"):
        return False
    group, _, _ = str(state.get("apiVersion", "")).rpartition("/")
    if group != kind.served.group:
        return False
    home, _ = place_of(parent)
    namespace, name = place_of(state)
    at_home = _stays_home(run, parent) and kind.served.namespaced
    try:
        way = _way(rule)
        if way == "names":
            if rule.namespace and namespace != rule.namespace:
                return False
            if at_home and namespace != home:
                return False
            return not rule.names or name in rule.names
        if not _selector(rule.label_selector).matches(labels_of(state)):
            return False
        if way == "namespaces":
            return namespace in process.namespaces(_selector(rule.namespace_selector))
    except HookError:
        return False
    if way == "namespace and labels":
        return namespace == rule.namespace or not kind.served.namespaced
    return not at_home or namespace == home


def _printed(rule: RelatedRule) -> str:
    """Return a rule as Go prints the structure (`%#v`), pointers by a number that says nothing."""
    names = _strings(rule.names)
    return (
        "&v1alpha1.RelatedResourceRule{ResourceRule:v1alpha1.ResourceRule{"
        f'APIVersion:"{rule.api_version}", Resource:"{rule.resource}"}}, '
        f"LabelSelector:{_pointer(rule.label_selector)}, "
        f"NamespaceSelector:{_pointer(rule.namespace_selector)}, "
        f'Namespace:"{rule.namespace}", Names:{names}}}'
    )


def _pointer(document: Any) -> str:
    return "(*v1.LabelSelector)(nil)" if document is None else "(*v1.LabelSelector)(0xc000000000)"


def _strings(names: Iterable[str]) -> str:
    told = ", ".join(encoded(name).decode() for name in names)
    return f"[]string{{{told}}}" if told else "[]string(nil)"
