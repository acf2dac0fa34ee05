"""What a controller object says, resolved against what is served: the settings of a running one.

1. Settings are a value, made once when a controller starts; what is wrong stops the start.
2. The controller as hooks see it is made here, too: it is a snapshot of the start.

Source: pkg/controller/{composite,decorator}/controller.go, pkg/hooks of Metacontroller 4.17.2.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

from reconcile.errors import ReconcileError
from reconcile.simulate.metacontroller.documents import map_of
from reconcile.simulate.metacontroller.flags import duration
from reconcile.simulate.metacontroller.selecting import (
    EVERYTHING,
    Selector,
    annotation_selector,
    selector_of,
)
from reconcile.value.frozen import thaw

if TYPE_CHECKING:
    from reconcile.simulate.server.resource_type import Catalogue, ResourceType
    from reconcile.value.types import Json, JsonObject
    from reconcile.wire.keys import Version

__all__ = [
    "ChildRule",
    "CreateError",
    "HookSettings",
    "ParentRule",
    "Settings",
    "resource_of",
    "settings_of",
]

_TIMEOUT: Final = 10.0
_ROLLING: Final = frozenset({"RollingRecreate", "RollingInPlace"})
_NO_ADDRESS: Final = (
    "invalid webhook config: must specify either a full 'url', or both 'service' and 'path'"
)


class CreateError(ReconcileError):
    """A controller cannot be started; the text is Metacontroller's.

    `silent`: nothing is told, neither by an event nor by a retry (rule 2.14).
    """

    def __init__(self, message: str, *, silent: bool = False) -> None:
        super().__init__()
        self.message = message
        self.silent = silent

    def __str__(self) -> str:
        return self.message


class HookSettings(NamedTuple):
    """How one hook is called. An absent webhook makes none of these."""

    hook: str
    """`sync`, `finalize` or `customize`."""
    version: Version
    url: str
    timeout: float
    """Seconds."""
    strict: bool
    etag: bool
    remembers: float
    """Seconds for which an answer is remembered, 0 for ever."""
    authorization: str
    """The header of that name, empty for none."""


class ChildRule(NamedTuple):
    """One declared kind of children."""

    kind: ResourceType
    method: str
    """The update method as it was set; empty where none was."""
    conditions: Sequence[Mapping[str, str]]

    @property
    def rolling(self) -> bool:
        """Whether children are updated one by one."""
        return self.method in _ROLLING


class ParentRule(NamedTuple):
    """One kind of parents and which of its objects are selected."""

    kind: ResourceType
    labels: Selector
    annotations: Selector
    ignores_status: bool


class Settings(NamedTuple):
    """A controller that can run."""

    decorator: bool
    name: str
    spec: JsonObject
    shown: JsonObject
    """The controller as every request carries it."""
    parents: tuple[ParentRule, ...]
    children: tuple[ChildRule, ...]
    methods: Mapping[tuple[str, str], ChildRule]
    """(group, kind) -> the rule whose update strategy counts."""
    generate_selector: bool
    sync: HookSettings | None
    finalize: HookSettings | None
    customize: HookSettings | None
    finalizer: str
    finalizes: bool
    """Whether a finalize hook is there, even one without a webhook (rule 1.4)."""
    field_paths: tuple[str, ...]
    resync: float | None
    """Seconds between two syncs of each parent, None for the default."""

    @property
    def rolling(self) -> bool:
        """Whether any kind of children is updated one by one."""
        return not self.decorator and any(rule.rolling for rule in self.methods.values())

    def method(self, group: str, kind: str) -> str:
        """Return the update method of a kind, whatever its version."""
        rule = self.methods.get((group, kind))
        return rule.method if rule is not None else ""

    def parent(self, group: str, kind: str) -> ParentRule | None:
        """Return the rule of a kind of parents: of several for one kind, the last (rule 3.22)."""
        found = None
        for rule in self.parents:
            if (rule.kind.served.group, rule.kind.served.kind) == (group, kind):
                found = rule
        return found

    def selects(self, parent: JsonObject, rule: ParentRule) -> bool:
        """Return whether a parent is selected by the rule of its kind."""
        metadata = cast("Mapping[str, Any]", parent["metadata"])
        return rule.labels.matches(metadata.get("labels") or {}) and rule.annotations.matches(
            metadata.get("annotations") or {}
        )


def resource_of(catalogue: Catalogue, api_version: str, plural: str) -> ResourceType | None:
    """Return what is served under an apiVersion and a plural name, None for nothing."""
    group, _, version = api_version.rpartition("/")
    return catalogue.find(group, version, plural)


def settings_of(controller: JsonObject, catalogue: Catalogue, secret: Any) -> Settings:
    """Return the settings of a controller object.

    Shape: `secret(namespace, name)` returns the data of a Secret, decoded, None if there is none.
    Raises: CreateError.
    """
    decorator = controller["kind"] == "DecoratorController"
    spec = cast("dict[str, Any]", controller["spec"])
    name = str(cast("Mapping[str, Any]", controller["metadata"])["name"])
    hooks = spec.get("hooks")
    if decorator:
        found = _hooks(hooks, spec, secret)
        parents = tuple(_parent(each, catalogue) for each in spec["resources"])
        children = _children(spec.get("attachments"), catalogue, decorator=True)
    else:
        parents = (_parent(spec["parentResource"], catalogue),)
        children = _children(spec.get("childResources"), catalogue, decorator=False)
        found = _hooks(hooks, spec, secret)
    kind = "decorator" if decorator else "composite"
    period = spec.get("resyncPeriodSeconds")
    history = map_of(map_of(spec.get("parentResource")).get("revisionHistory"))
    return Settings(
        decorator=decorator,
        name=name,
        spec=spec,
        shown=_shown(controller, decorator=decorator),
        parents=parents,
        children=children,
        methods=_methods(children),
        generate_selector=spec.get("generateSelector") is True,
        sync=found["sync"],
        finalize=found["finalize"],
        customize=found["customize"],
        finalizer=f"metacontroller.io/{kind}controller-{name}",
        finalizes=map_of(hooks).get("finalize") is not None,
        field_paths=tuple(history.get("fieldPaths") or ()) or ("spec",),
        resync=None if period is None else max(1.0, float(period)),
    )


def _parent(rule: Mapping[str, Any], catalogue: Catalogue) -> ParentRule:
    kind = resource_of(catalogue, rule["apiVersion"], rule["resource"])
    if kind is None:
        message = f'can\'t find resource "{rule["resource"]}" in apiVersion "{rule["apiVersion"]}"'
        raise CreateError(message)
    labels, annotations = rule.get("labelSelector"), rule.get("annotationSelector")
    return ParentRule(
        kind,
        EVERYTHING if labels is None else _selector(labels),
        EVERYTHING if annotations is None else _checked(annotation_selector(annotations)),
        rule.get("ignoreStatusChanges") is True,
    )


def _selector(document: Any) -> Selector:
    return _checked(selector_of(document))


def _checked(selector: Selector | str) -> Selector:
    if isinstance(selector, str):
        raise CreateError(selector)
    return selector


def _children(rules: Any, catalogue: Catalogue, *, decorator: bool) -> tuple[ChildRule, ...]:
    made: list[ChildRule] = []
    for rule in rules or ():
        plural, api_version = rule["resource"], rule["apiVersion"]
        kind = resource_of(catalogue, api_version, plural)
        if kind is None:
            group, _, version = api_version.rpartition("/")
            where = f"{plural}.{version}" + (f".{group}" if group else "")
            message = (
                f"can't create informer for child resource: can't create client for {where} shared "
                f"informer: discovery: can't find resource {plural} in apiVersion {api_version}"
            )
            raise CreateError(message)
        strategy = map_of(rule.get("updateStrategy"))
        checks = () if decorator else map_of(strategy.get("statusChecks")).get("conditions") or ()
        made.append(ChildRule(kind, strategy.get("method") or "", tuple(checks)))
    return tuple(made)


def _methods(children: Sequence[ChildRule]) -> dict[tuple[str, str], ChildRule]:
    """Return the rule that counts of each kind: the last that is not OnDelete (rule 6.1)."""
    made: dict[tuple[str, str], ChildRule] = {}
    for rule in children:
        if rule.method not in ("", "OnDelete"):
            made[rule.kind.served.group, rule.kind.served.kind] = rule
    return made


def _hooks(hooks: Any, spec: Mapping[str, Any], secret: Any) -> dict[str, HookSettings | None]:
    if hooks is None:
        message = "no hooks defined"
        raise CreateError(message)
    return {
        name: _hook(name, hooks.get(name), spec, secret)
        for name in ("sync", "finalize", "customize")
    }


def _hook(name: str, hook: Any, spec: Mapping[str, Any], secret: Any) -> HookSettings | None:
    webhook = map_of(hook).get("webhook")
    if webhook is None:
        return None
    version: Version = "v2" if hook.get("version") == "v2" else "v1"
    url = _url(webhook)
    etag = map_of(webhook.get("etag"))
    enabled = etag.get("enabled") is True
    remembers = etag.get("cacheTimeoutSeconds") or 0
    if enabled and remembers and etag.get("cacheCleanupSeconds") is None:
        message = "cacheTimeoutSeconds is set without cacheCleanupSeconds"
        raise CreateError(message, silent=True)
    mode = webhook.get("responseUnMarshallMode")
    strict = mode == "strict" if mode else version == "v2"
    return HookSettings(
        name,
        version,
        url,
        _seconds(webhook.get("timeout")),
        strict,
        enabled,
        float(remembers),
        _authorization(name, url, webhook, spec, secret),
    )


def _url(webhook: Mapping[str, Any]) -> str:
    """Return where a hook is called (rule 2.2). Raises: CreateError."""
    if webhook.get("url"):
        return str(webhook["url"])
    service, path = webhook.get("service"), webhook.get("path")
    if not service or not path or not service.get("name") or not service.get("namespace"):
        raise CreateError(_NO_ADDRESS)
    protocol, port = service.get("protocol") or "http", service.get("port") or 80
    return f"{protocol}://{service['name']}.{service['namespace']}:{port}{path}"


def _seconds(text: Any) -> float:
    """Return a duration of Go in seconds, the default for none and for what is not above 0."""
    return (duration(text) if isinstance(text, str) else 0.0) or _TIMEOUT


_SECRETS: Final = ("caBundle", "clientTLS", "authorization", "basicAuth")


def _authorization(
    name: str, url: str, webhook: Mapping[str, Any], spec: Mapping[str, Any], secret: Any
) -> str:
    """Return the header `Authorization` of a hook (rules 2.20, 2.21). Raises: CreateError."""
    source: Mapping[str, Any] = webhook
    if not any(webhook.get(each) for each in _SECRETS):
        host = _host(_host_of(url), url)
        known = spec.get("endpointConfigs") or ()
        source = map_of(
            next((each for each in known if _host(each.get("host") or "", url) == host), None)
        )
    bearer, basic = source.get("authorization"), source.get("basicAuth")
    begins = f"can't resolve endpoint config for {name} hook: can't resolve"
    if bearer and basic:
        message = f"{begins} auth: authorization and basicAuth are mutually exclusive"
        raise CreateError(message)
    if bearer:
        return _bearer(bearer, secret, begins)
    return _basic(basic, secret, begins) if basic else ""


def _host_of(url: str) -> str:
    return url.partition("://")[2].partition("/")[0]


def _host(host: str, url: str) -> str:
    """Return a host as it is compared: in small letters, without the port that is the default."""
    default = ":443" if url.startswith("https") else ":80"
    return host.lower().removesuffix(default)


def _bearer(bearer: Mapping[str, Any], secret: Any, begins: str) -> str:
    reference = bearer["secretRef"]
    data = _data(reference, secret, f"{begins} authorization: can't get authorization secret")
    kind, key = bearer.get("type") or "Bearer", reference.get("key") or ""
    if key not in data:
        message = (
            f"{begins} authorization: secret {reference['namespace']}/{reference['name']} "
            f'has no key "{key}"'
        )
        raise CreateError(message)
    return f"{kind} {data[key].decode('utf-8', 'replace').strip()}"


def _basic(basic: Mapping[str, Any], secret: Any, begins: str) -> str:
    import base64

    reference = basic["secretRef"]
    data = _data(reference, secret, f"{begins} basicAuth: can't get basicAuth secret")
    user = data.get(basic.get("usernameKey") or "username", b"")
    word = data.get(basic.get("passwordKey") or "password", b"")
    return f"Basic {base64.b64encode(user + b':' + word).decode()}"


def _data(reference: Mapping[str, Any], secret: Any, begins: str) -> Mapping[str, bytes]:
    namespace, name = reference["namespace"], reference["name"]
    found = secret(namespace, name)
    if found is None:
        message = f'{begins} {namespace}/{name}: Secret "{name}" not found'
        raise CreateError(message)
    return cast("Mapping[str, bytes]", found)


def _shown(controller: JsonObject, *, decorator: bool) -> JsonObject:
    """Return a controller as requests carry it: as its type writes it (rule 1.10)."""
    spec = cast("dict[str, Any]", _without_nulls(thaw(controller["spec"])))
    for name in ("childResources", "attachments", "endpointConfigs"):
        if name in spec and not spec[name]:
            del spec[name]
    if not decorator:
        for child in spec.get("childResources") or ():
            if "updateStrategy" in child:
                child["updateStrategy"].setdefault("statusChecks", {})
    return {
        "kind": controller["kind"],
        "apiVersion": controller["apiVersion"],
        "metadata": thaw(controller["metadata"]),
        "spec": cast("JsonObject", spec),
        "status": {},
    }


def _without_nulls(value: Json) -> Json:
    if isinstance(value, dict):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_without_nulls(item) for item in value]
    return value
