"""What a hook answered, read as Go reads it: its leniency, its strictness, its words.

1. Names are matched as they are spelt. Null is the zero value of everything.
2. The first wrong type fails the whole answer; so does a child without a kind (rule 1.24). An
   element that is null ends the process (rule 1.23).
3. Strict reading refuses members that are unknown or there twice, but does not look into children.

Source: pkg/controller/{composite,decorator}/api, common/customize/api of Metacontroller 4.17.2;
encoding/json, sigs.k8s.io/json.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

import msgspec

from reconcile.simulate.go.json import GoJsonError, parse
from reconcile.simulate.metacontroller.client import CrashError
from reconcile.simulate.metacontroller.webhook import HookError

if TYPE_CHECKING:
    from reconcile.simulate.metacontroller.settings import HookSettings
    from reconcile.value.types import Json, JsonObject

__all__ = ["RelatedRule", "SyncAnswer", "read_customize", "read_sync"]


class SyncAnswer(NamedTuple):
    """An answer of a sync or finalize hook, of both kinds of controllers."""

    status: JsonObject | None
    children: list[JsonObject]
    resync: float
    """Seconds, 0 or less for none."""
    finalized: bool
    labels: Mapping[str, str | None]
    annotations: Mapping[str, str | None]
    quiet: bool = False
    """Whether the same answer to the same request changed nothing the last time."""


class RelatedRule(NamedTuple):
    """One rule of a customize hook."""

    api_version: str
    resource: str
    label_selector: JsonObject | None
    namespace_selector: JsonObject | None
    namespace: str
    names: Sequence[str]


class _Field(NamedTuple):
    go: str
    """The type as Go names it."""
    check: str
    """object, texts, number, flag, children, text, list, selector."""


class _Reading(NamedTuple):
    """One answer that is read with care."""

    body: bytes
    hook: HookSettings
    fields: Mapping[str, _Field]
    name: str
    """Of the type, in Go."""
    where: str
    """The member that holds the children."""


_COMMON: Final = {
    "status": _Field("map[string]interface {}", "object"),
    "resyncAfterSeconds": _Field("float64", "number"),
    "finalized": _Field("bool", "flag"),
}
_COMPOSITE: Final = {
    **_COMMON,
    "children": _Field("[]*unstructured.Unstructured", "children"),
}
_DECORATOR: Final = {
    **_COMMON,
    "labels": _Field("map[string]*string", "texts"),
    "annotations": _Field("map[string]*string", "texts"),
    "attachments": _Field("[]*unstructured.Unstructured", "children"),
}
_RULE: Final = {
    "apiVersion": _Field("string", "text"),
    "resource": _Field("string", "text"),
    "labelSelector": _Field("v1.LabelSelector", "selector"),
    "namespaceSelector": _Field("v1.LabelSelector", "selector"),
    "namespace": _Field("string", "text"),
    "names": _Field("[]string", "names"),
}
_SELECTOR: Final = frozenset({"matchLabels", "matchExpressions"})
_RAW: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_RAWS: Final = msgspec.json.Decoder(list[msgspec.Raw])
_STEP: Final = re.compile(r"^([^.\[]+)")


def read_sync(body: bytes, hook: HookSettings, *, decorator: bool) -> SyncAnswer:
    """Return what a sync or finalize hook answered.

    Raises: HookError; CrashError for a child that is null.
    """
    fields = _DECORATOR if decorator else _COMPOSITE
    name = "DecoratorHookResponse" if decorator else "CompositeHookResponse"
    document, twice = _parsed(body, hook, name)
    where = "attachments" if decorator else "children"
    if (
        type(document) is dict
        and document.keys() <= fields.keys()
        and not twice
        and _plain(document, where)
    ):
        children = cast("list[JsonObject]", document.get(where) or [])
    else:
        reading = _Reading(body, hook, fields, name, where)
        children = _carefully(reading, document, twice)
    found = cast("dict[str, Any]", document)
    return SyncAnswer(
        found.get("status"),
        children,
        float(found.get("resyncAfterSeconds") or 0),
        found.get("finalized") is True,
        cast("dict[str, str | None]", (found.get("labels") if decorator else None) or {}),
        cast("dict[str, str | None]", (found.get("annotations") if decorator else None) or {}),
    )


def _parsed(body: bytes, hook: HookSettings, name: str) -> tuple[JsonObject, list[str]]:
    try:
        document, twice = parse(body)
    except GoJsonError as error:
        raise _unreadable(hook, str(error)) from None
    if document is None:
        return {}, twice
    if not isinstance(document, dict):
        message = f"json: cannot unmarshal {_kind(document)} into Go value of type "
        raise _unreadable(hook, f"{message}{hook.version}.{name}")
    return document, twice


def _unreadable(hook: HookSettings, why: str) -> HookError:
    return HookError(
        f"can't unmarshal webhookResponse (version: {hook.version}, type: {hook.hook}): {why}"
    )


def _plain(document: Mapping[str, Json], where: str) -> bool:
    """Return whether an answer has nothing that needs a second look."""
    children = document.get(where)
    if type(children) is not list or not all(
        type(child) is dict
        and type(child.get("kind")) is str
        and child["kind"]
        and type(child.get("apiVersion")) is str
        and cast("str", child["apiVersion"]).count("/") < 2
        for child in children
    ):
        return False
    status = document.get("status")
    if status is not None and type(status) is not dict:
        return False
    resync, finalized = document.get("resyncAfterSeconds"), document.get("finalized")
    if type(resync) not in (int, float, type(None)) or type(finalized) not in (bool, type(None)):
        return False
    return all(
        _wrong(document[name], "texts") is None
        for name in ("labels", "annotations")
        if (name in document)
    )


def _carefully(reading: _Reading, document: dict[str, Json], twice: list[str]) -> list[JsonObject]:
    """Return the children of an answer that is not plain. Raises: HookError, CrashError."""
    wrong: str | None = None
    children: list[JsonObject | None] = []
    for key, value in document.items():
        field = reading.fields.get(key)
        if field is None or value is None:
            continue
        if field.check == "children":
            told = _read_children(reading, value, children)
        else:
            what = _wrong(value, field.check)
            told = what and _told(what[0], f"{reading.name}.{key}", what[1] or field.go)
        wrong = wrong or told
    if wrong is not None:
        raise _unreadable(reading.hook, wrong)
    _strictly(document, twice, reading.hook, reading.fields.keys(), reading.where)
    known = [child for child in children if child is not None]
    if len(known) < len(children):
        rule = "1.23"
        message = f"an element of {reading.where} is null, which ends the process"
        raise CrashError(rule, message)
    return known


def _told(what: str, where: str, go: str) -> str:
    return f"json: cannot unmarshal {what} into Go struct field {where} of type {go}"


def _read_children(reading: _Reading, value: Json, children: list[JsonObject | None]) -> str | None:
    """Read the children into a list; return what is wrong of their types. Raises: HookError."""
    key = reading.where
    field = f"{reading.name}.{key}"
    if not isinstance(value, list):
        return _told(_kind(value), field, reading.fields[key].go)
    raws = _RAWS.decode(_RAW.decode(reading.body)[key])
    wrong: str | None = None
    for child, raw in zip(value, raws, strict=True):
        if child is None:
            children.append(None)
            continue
        if not isinstance(child, dict):
            wrong = wrong or _told(_kind(child), field, "map[string]interface {}")
            continue
        api_version = child.get("apiVersion")
        split = isinstance(api_version, str) and api_version.count("/") > 1
        kind = child.get("kind")
        if not isinstance(kind, str) or not kind or split:
            text = bytes(raw).decode("utf-8", "replace")
            raise _unreadable(reading.hook, f"Object 'Kind' is missing in '{text}'")
        children.append(child)
    return wrong


def _strictly(
    document: Mapping[str, Json],
    twice: Sequence[str],
    hook: HookSettings,
    known: Any,
    unseen: str,
) -> None:
    """Refuse members that are unknown or there twice, where the hook is read strictly."""
    if not hook.strict:
        return
    found = [
        f'duplicate field "{path}"'
        for path in twice
        if (step := _STEP.match(path)) is None or step[1] != unseen or path == unseen
    ]
    found += [f'unknown field "{key}"' for key in document if key not in known]
    if found:
        raise HookError(
            f"strict validation failed for {hook.version} webhookResponse (type: {hook.hook}, "
            f"mode: strict): {', '.join(found)}"
        )


def _wrong(value: Json, check: str) -> tuple[str, str] | None:
    """Return what a value is and what it should be (empty: the field's type), None if it fits."""
    if value is None:
        return None
    if check in ("object", "selector"):
        return None if isinstance(value, dict) else (_kind(value), "")
    if check == "number":
        fits = isinstance(value, (int, float)) and not isinstance(value, bool)
        return None if fits else (_kind(value), "")
    if check == "flag":
        return None if isinstance(value, bool) else (_kind(value), "")
    if check == "text":
        return None if isinstance(value, str) else (_kind(value), "")
    if check == "names":
        return _wrong_names(value)
    if not isinstance(value, dict):
        return _kind(value), ""
    return next(
        (
            (_kind(item), "string")
            for item in value.values()
            if not isinstance(item, (str, type(None)))
        ),
        None,
    )


def _wrong_names(value: Json) -> tuple[str, str] | None:
    if not isinstance(value, list):
        return _kind(value), ""
    return next(((_kind(item), "string") for item in value if not isinstance(item, str)), None)


def _kind(value: Json) -> str:
    """Return what a value is in JSON, as Go calls it."""
    if isinstance(value, dict):
        return "object"
    if isinstance(value, list):
        return "array"
    if isinstance(value, str):
        return "string"
    return "bool" if isinstance(value, bool) else "number"


def read_customize(body: bytes, hook: HookSettings) -> tuple[RelatedRule, ...]:
    """Return the rules that a customize hook answered.

    Raises: HookError; CrashError for a rule that is null.
    """
    name = "CustomizeHookResponse"
    document, twice = _parsed(body, hook, name)
    rules = document.get("relatedResources")
    wrong: str | None = None
    if rules is not None and not isinstance(rules, list):
        wrong = (
            f"json: cannot unmarshal {_kind(rules)} into Go struct field {name}.relatedResources "
            "of type []*v1alpha1.RelatedResourceRule"
        )
    made: list[RelatedRule] = []
    null = False
    unknown: list[str] = []
    for index, rule in enumerate(rules if isinstance(rules, list) else ()):
        if rule is None:
            null = True
            continue
        wrong = wrong or _wrong_rule(rule, name)
        if isinstance(rule, dict):
            unknown += [
                f'unknown field "relatedResources[{index}].{key}"'
                for key in rule
                if key not in _RULE
            ]
            if wrong is None:
                made.append(_rule(rule))
    if wrong is not None:
        raise _unreadable(hook, wrong)
    if hook.strict:
        told = [f'duplicate field "{path}"' for path in twice]
        told += [f'unknown field "{key}"' for key in document if key != "relatedResources"]
        told += unknown
        if told:
            raise HookError(
                f"strict validation failed for {hook.version} webhookResponse (type: "
                f"{hook.hook}, mode: strict): {', '.join(told)}"
            )
    if null:
        rule_number = "1.23"
        message = "an element of relatedResources is null, which ends the process"
        raise CrashError(rule_number, message)
    return tuple(made)


def _wrong_rule(rule: Json, name: str) -> str | None:
    if not isinstance(rule, dict):
        return (
            f"json: cannot unmarshal {_kind(rule)} into Go struct field {name}.relatedResources "
            "of type v1alpha1.RelatedResourceRule"
        )
    for key, field in _RULE.items():
        what = _wrong(rule.get(key), field.check)
        if what is not None:
            return (
                f"json: cannot unmarshal {what[0]} into Go struct field "
                f"RelatedResourceRule.relatedResources.{key} of type {what[1] or field.go}"
            )
    return None


def _rule(rule: Mapping[str, Any]) -> RelatedRule:
    return RelatedRule(
        _text(rule.get("apiVersion")),
        _text(rule.get("resource")),
        rule.get("labelSelector"),
        rule.get("namespaceSelector"),
        _text(rule.get("namespace")),
        tuple(each for each in rule.get("names") or () if isinstance(each, str)),
    )


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
