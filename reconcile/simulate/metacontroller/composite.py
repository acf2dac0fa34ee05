"""One sync of a composite's parent: finalizer, children, related, hook, children, status.

The order is the one of rule 0.1; each step says which rule it follows.

Source: pkg/controller/composite/controller.go of Metacontroller 4.17.2.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final, cast

from reconcile.diff import equal
from reconcile.simulate.metacontroller.children import aggregated, manage
from reconcile.simulate.metacontroller.claims import Claims
from reconcile.simulate.metacontroller.client import CrashError, Refusal
from reconcile.simulate.metacontroller.documents import (
    described,
    finalizers_of,
    generation_of,
    is_deleted,
    metadata_of,
)
from reconcile.simulate.metacontroller.findings import of_answer
from reconcile.simulate.metacontroller.object_maps import (
    Gvk,
    desired_map,
    place_of,
    written,
)
from reconcile.simulate.metacontroller.related import related_objects
from reconcile.simulate.metacontroller.responses import SyncAnswer, read_sync
from reconcile.simulate.metacontroller.running import Quiet, Sync
from reconcile.simulate.metacontroller.selecting import Selector, printed, selector_of
from reconcile.simulate.metacontroller.webhook import HookError
from reconcile.value.frozen import thaw

if TYPE_CHECKING:
    from reconcile.simulate.metacontroller.object_maps import ObjectMap
    from reconcile.simulate.metacontroller.process import Metacontroller
    from reconcile.simulate.metacontroller.running import Running
    from reconcile.simulate.metacontroller.settings import HookSettings, ParentRule
    from reconcile.simulate.server.resource_type import ResourceType
    from reconcile.value.types import Json, JsonObject

__all__ = ["DisabledError", "ask", "finalizer_kept", "label_selector", "should_finalize", "sync"]

_UID_LABEL: Final = "controller-uid"
_COLLECTED: Final = frozenset({"foregroundDeletion", "orphan"})


def sync(process: Metacontroller, run: Running, rule: ParentRule, parent: JsonObject) -> None:
    """Sync one parent, as the cache has it.

    Raises: HookError, Refusal, TooManyRequestsError, CrashError: why it failed.
    """
    if not run.cares(parent, rule):
        return
    parent = finalizer_kept(process, run, rule, parent)
    if not run.cares(parent, rule):
        return
    selector = label_selector(run, parent)
    observed = _claimed(process, run, rule, parent, selector)
    related = related_objects(process, run, parent)
    one = Sync(process, run, rule, parent)
    answer = _answered(one, observed, related)
    if answer.resync > 0:
        run.queue.add_after(run.key(parent), answer.resync, process.now)
    if answer.quiet:
        return
    desired = desired_map(answer.children, parent)
    for finding in of_answer(one, len(answer.children), desired):
        process.found(finding)
    if answer.finalized:
        parent = _released(process, run, rule, parent)
        selector = label_selector(run, parent)
    _check_labels(process, run, parent, desired, selector)
    errors: list[str] = []
    if not is_deleted(parent) or should_finalize(run, parent):
        errors = manage(process, run.settings, parent, observed, desired)
    try:
        _write_status(process, rule, parent, answer.status)
    except Refusal as error:
        if error.reason in ("NotFound", "Conflict"):
            return
        message = f"can't update status for {described(parent)}: {error}"
        raise HookError(message) from error
    if errors:
        message = f"can't reconcile children for {described(parent)}: {aggregated(errors)}"
        raise HookError(message)


# -- before the hook -------------------------------------------------------------------------------


def finalizer_kept(
    process: Metacontroller, run: Running, rule: ParentRule, parent: JsonObject
) -> JsonObject:
    """Add or remove this controller's finalizer, as its hooks say; return the parent then.

    Raises: HookError. Source: rules 3.31, 3.32.
    """
    settings = run.settings
    there = settings.finalizer in finalizers_of(parent)
    try:
        if settings.finalizes and not there and not is_deleted(parent):
            return process.client.change(
                rule.kind, _about(parent), lambda live: _with(live, settings.finalizer)
            )
        if not settings.finalizes and there:
            return process.client.change(
                rule.kind, _about(parent), lambda live: _without(live, settings.finalizer)
            )
    except Refusal as error:
        message = f"can't sync finalizer for {described(parent)}: {error}"
        raise HookError(message) from error
    return parent


def _about(parent: JsonObject) -> dict[str, Any]:
    return cast("dict[str, Any]", metadata_of(parent))


def _with(live: JsonObject, finalizer: str) -> bool:
    known = finalizers_of(live)
    if finalizer in known:
        return False
    metadata_of(live)["finalizers"] = cast("Json", [*known, finalizer])
    return True


def _without(live: JsonObject, finalizer: str) -> bool:
    known = finalizers_of(live)
    if finalizer not in known:
        return False
    left = [each for each in known if each != finalizer]
    if left:
        metadata_of(live)["finalizers"] = cast("Json", left)
    else:
        metadata_of(live).pop("finalizers", None)
    return True


def should_finalize(run: Running, parent: JsonObject) -> bool:
    """Return whether children are managed while the parent is being deleted (rule 3.34)."""
    known = finalizers_of(parent)
    settings = run.settings
    return settings.finalizes and settings.finalizer in known and not _COLLECTED.intersection(known)


def label_selector(run: Running, parent: JsonObject) -> Selector:
    """Return what the labels of children must hold (rules 3.1, 3.2). Raises: HookError."""
    if run.settings.generate_selector:
        return Selector(((_UID_LABEL, str(metadata_of(parent).get("uid"))),))
    spec = parent.get("spec")
    found = spec.get("selector") if isinstance(spec, dict) else None
    if found is None:
        found = {}
    if not _is_selector(found):
        message = f"can't get label selector from {described(parent)}"
        raise HookError(message)
    document = cast("dict[str, Any]", found)
    if not document.get("matchLabels") and not document.get("matchExpressions"):
        message = ".spec.selector must have either matchLabels, matchExpressions, or both"
        raise HookError(message)
    made = selector_of(document)
    if isinstance(made, str):
        message = f"can't convert label selector ({printed(document)}): {made}"
        raise HookError(message)
    return made


def _is_selector(document: Json) -> bool:
    """Return whether a document has the form of a label selector, as Go reads it."""
    if not isinstance(document, dict):
        return False
    labels, expressions = document.get("matchLabels"), document.get("matchExpressions")
    if labels is not None and not (
        isinstance(labels, dict) and all(isinstance(each, str) for each in labels.values())
    ):
        return False
    if expressions is None:
        return True
    return isinstance(expressions, list) and all(_is_expression(each) for each in expressions)


def _is_expression(document: Json) -> bool:
    if not isinstance(document, dict):
        return False
    values = document.get("values")
    return all(isinstance(document.get(name, ""), str) for name in ("key", "operator")) and (
        values is None
        or (isinstance(values, list) and all(isinstance(each, str) for each in values))
    )


def _claimed(
    process: Metacontroller,
    run: Running,
    rule: ParentRule,
    parent: JsonObject,
    selector: Selector,
) -> ObjectMap:
    """Return the children of a parent by kind (rules 3.10 to 3.17). Raises: HookError."""
    claims = Claims(process.client, parent, rule.kind, selector)
    made: ObjectMap = {}
    for child in run.settings.children:
        served = child.kind.served
        group = made.setdefault(Gvk(served.group, served.version, served.kind), {})
        try:
            candidates = _candidates(process, child.kind, parent, selector)
            found = claims.claim(child.kind, candidates)
        except Refusal as error:
            message = f"can't claim {served.kind} children: {error}"
            raise HookError(message) from error
        for document in found:
            group[place_of(document)] = document
    return made


def _candidates(
    process: Metacontroller, kind: ResourceType, parent: JsonObject, selector: Selector
) -> Iterator[JsonObject]:
    """Yield what a parent owns and may adopt, in its namespace if it has one."""
    home, _ = place_of(parent)
    uid = str(metadata_of(parent).get("uid"))
    cache = process.cache
    for document in (*cache.owned(kind, uid), *cache.orphans(kind, selector)):
        if not home or place_of(document)[0] == home:
            yield document


# -- the hook --------------------------------------------------------------------------------------


def _answered(sync: Sync, observed: ObjectMap, related: ObjectMap) -> SyncAnswer:
    run, parent = sync.run, sync.parent
    if run.settings.rolling and (not is_deleted(parent) or should_finalize(run, parent)):
        from reconcile.simulate.metacontroller.revisions import answered

        return answered(sync, observed, related)
    try:
        return ask(sync, observed, related)
    except DisabledError as error:
        message = f"sync hook nil//not defined for {described(parent)}: {error}"
        raise HookError(message) from error
    except HookError as error:
        message = f"sync hook failed for {described(parent)}: {error}"
        raise HookError(message) from error


def ask(sync: Sync, observed: ObjectMap, related: ObjectMap) -> SyncAnswer:
    """Return what the sync or the finalize hook says (rule 1.7).

    Raises: HookError, TooManyRequestsError, CrashError.
    """
    process, run, rule, parent = sync
    settings = run.settings
    decorator = settings.decorator
    finalizing = settings.finalize is not None and (
        is_deleted(parent) or not settings.selects(parent, rule)
    )
    hook = settings.finalize if finalizing else settings.sync
    if hook is None:
        raise _disabled(run)
    body = _request(sync, hook, observed, related)
    try:
        reply = process.call(run, hook, body, parent)
        known = run.quiet.get(run.key(parent))
        if (
            known is not None
            and known.request == body
            and known.reply == reply
            and process.is_live(rule.kind, parent)
        ):
            return known.answer
        answer = read_sync(reply, hook, decorator=decorator)
    except HookError as error:
        message = f"{hook.hook} hook failed (version={hook.version}): {error}"
        raise HookError(message) from error
    process.asked = Quiet(body, reply, answer._replace(quiet=True))
    return answer


class DisabledError(HookError):
    """No hook is there to be called."""


def _disabled(run: Running) -> HookError:
    if run.settings.decorator:
        return HookError("no enabled hooks found")
    if run.settings.rolling:
        rule, message = "1.6", "no sync hook is there for a rolling update, which ends the process"
        raise CrashError(rule, message)
    return DisabledError("%!w(<nil>)")


def _request(sync: Sync, hook: HookSettings, observed: ObjectMap, related: ObjectMap) -> bytes:
    """Return a request in the order of its fields (rule 1.8)."""
    process, run, _, parent = sync
    names = (b"object", b"attachments") if run.settings.decorator else (b"parent", b"children")
    return b'{"controller":%b,"%b":%b,"%b":%b,"related":%b,"finalizing":%b}' % (
        run.text,
        names[0],
        process.text(parent),
        names[1],
        written(observed, hook.version, parent, process.text),
        written(related, hook.version, parent, process.text),
        b"true" if hook.hook == "finalize" else b"false",
    )


# -- after the hook --------------------------------------------------------------------------------


def _released(
    process: Metacontroller, run: Running, rule: ParentRule, parent: JsonObject
) -> JsonObject:
    """Remove the finalizer, whatever hook said so (rule 1.27). Raises: HookError."""
    finalizer = run.settings.finalizer  # looked for in the live object, which may be gone
    try:
        return process.client.change(
            rule.kind, _about(parent), lambda live: _without(live, finalizer)
        )
    except Refusal as error:
        message = f"can't remove finalizer for {described(parent)}: {error}"
        raise HookError(message) from error


def _check_labels(
    process: Metacontroller,
    run: Running,
    parent: JsonObject,
    desired: ObjectMap,
    selector: Selector,
) -> None:
    """Label desired children and refuse those that would not be selected (3.3, 3.4).

    Raises: HookError: then nothing is done to any child.
    """
    uid = str(metadata_of(parent).get("uid"))
    for gvk in sorted(desired):
        group = desired[gvk]
        for at in process.order(group):
            child = group[at]
            labels = _labels(child)
            if run.settings.generate_selector and _UID_LABEL not in labels:
                labels = {**labels, _UID_LABEL: uid}
                metadata = child.get("metadata")
                about = dict(metadata) if isinstance(metadata, dict) else {}
                group[at] = {**child, "metadata": {**about, "labels": cast("Json", labels)}}
            if not selector.matches(labels):
                message = f"labels on desired child {described(child)} don't match parent selector"
                raise HookError(message)


def _labels(child: JsonObject) -> dict[str, str]:
    """Return the labels of a desired child. Raises: HookError for what are none (rule 1.38)."""
    metadata = child.get("metadata")
    if not isinstance(metadata, dict) or "labels" not in metadata:
        return {}
    found = metadata["labels"]
    if isinstance(found, dict):
        for key, value in found.items():
            if not isinstance(value, str):
                why = (
                    f'contains non-string value in the map under key "{key}": {_shown(value)} is '
                    f"of the type {_type(value)}, expected string"
                )
                raise HookError(_bad_labels(child, why))
        return cast("dict[str, str]", dict(found))
    why = f"{_shown(found)} is of the type {_type(found)}, expected map[string]interface{{}}"
    raise HookError(_bad_labels(child, why))


def _bad_labels(child: JsonObject, why: str) -> str:
    return (
        f"invalid labels on desired child {described(child)}: "
        f".metadata.labels accessor error: {why}"
    )


def _type(value: Json) -> str:
    """Return the type of a value, as Go names it."""
    if value is None:
        return "<nil>"
    names = {bool: "bool", int: "int64", float: "float64", str: "string", list: "[]interface {}"}
    return names.get(cast("Any", type(value)), "map[string]interface {}")


def _shown(value: Json) -> str:
    """Return a value as Go prints it (`%v`)."""
    if value is None:
        return "<nil>"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return f"[{' '.join(_shown(each) for each in value)}]"
    if isinstance(value, dict):
        inner = " ".join(f"{key}:{_shown(value[key])}" for key in sorted(value))
        return f"map[{inner}]"
    return str(value)


def _write_status(
    process: Metacontroller, rule: ParentRule, parent: JsonObject, status: JsonObject | None
) -> None:
    """Write the status, unless it is so already (rules 7.1 to 7.5). Raises: Refusal."""
    wanted: JsonObject = dict(status) if status is not None else {}
    wanted["observedGeneration"] = generation_of(parent)

    def change(live: JsonObject) -> bool:
        if equal(live.get("status"), wanted):
            return False
        live["status"] = thaw(wanted)
        return True

    process.client.change(rule.kind, _about(parent), change, "status")
