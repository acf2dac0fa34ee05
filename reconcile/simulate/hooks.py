"""What a simulated Metacontroller calls: controllers of this library, functions, or hooks by URL.

1. All are called with bytes and answer with bytes, as over HTTP, so a test of rules tests the wire.
2. Each call gets the cluster's time and entropy of its own, made of the seed and the number of the
   call: what a rule draws anew at every call shows as a loop, as it would in a real cluster.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias, cast

import msgspec

from reconcile.diff import equal
from reconcile.errors import DefinitionError
from reconcile.hook.transport import Answer, Call, Transport, TransportError
from reconcile.manifests import controller_object, crd
from reconcile.objects.accept import accept
from reconcile.objects.resource import Parent
from reconcile.simulate.metacontroller.documents import map_of
from reconcile.simulate.server.clock import hashed

if TYPE_CHECKING:
    from datetime import datetime

    from reconcile.hook.controller import Controller, Decorator
    from reconcile.hook.reply import Failure
    from reconcile.value.types import JsonObject
    from reconcile.wire.messages import Hook

    AnyController: TypeAlias = Controller[Any] | Decorator[Any]

__all__ = [
    "Answering",
    "Hooked",
    "Installed",
    "answered",
    "definitions_of",
    "functions",
    "installed",
]

_HOST: Final = "hooks"


class Hooked(NamedTuple):
    """A controller object and what its hooks call, for hooks that are not of this library.

    Shape: `controller` is a CompositeController or DecoratorController as a document; `hook` is
        called with every request of it. `crds` are definitions that it needs.
    """

    controller: Mapping[str, Any]
    hook: Transport
    crds: tuple[Mapping[str, Any], ...] = ()


class Installed(NamedTuple):
    """A controller as it is put into a cluster."""

    name: str
    document: JsonObject
    crds: tuple[JsonObject, ...]
    controller: AnyController | None
    """None for hooks that are not of this library."""
    hook: Transport | None


def functions(**hooks: Callable[..., Any]) -> Transport:
    """Return a hook made of plain functions, by the last part of the URL: `sync`, `finalize`...

    Shape: a function takes the request as a dict, and the headers, with names in small letters,
        if it has a second parameter. It returns the answer as a dict, or status, headers and body;
        a body that is a text goes as it is. A function that raises answers 500.
    """
    wants = {name: len(inspect.signature(each).parameters) > 1 for name, each in hooks.items()}

    def call(asked: Call) -> Answer:
        name = asked.url.partition("?")[0].rpartition("/")[2]
        function = hooks.get(name)
        if function is None:
            return Answer(404, {}, b"there is no such hook")
        request = msgspec.json.decode(asked.body) if asked.body else None
        headers = {name.lower(): value for name, value in asked.headers.items()}
        try:
            made = function(request, headers) if wants[name] else function(request)
        except Exception as error:  # noqa: BLE001  # as a server does
            return Answer(500, {}, type(error).__name__.encode())
        status, told, body = answered(made)
        data = b"" if status == 304 else _written(body)
        return Answer(status, told, data)

    return call


def answered(made: Any) -> tuple[int, Mapping[str, str], Any]:
    """Return status, headers and body of what a function returned."""
    if isinstance(made, tuple):
        return cast("tuple[int, Mapping[str, str], Any]", made)
    return 200, {}, made


def _written(body: Any) -> bytes:
    """Return a body as it goes out: texts as they are, anything else as JSON."""
    if isinstance(body, bytes):
        return body
    return body.encode() if isinstance(body, str) else msgspec.json.encode(body)


def installed(given: AnyController | Hooked, taken: set[str], options: Any) -> Installed:
    """Return how a controller is put into a cluster.

    Shape: `taken` are the names of other controllers; `options` are those of `controller_object`,
        of which only `name` may be left out: it follows from the parents then.
    Raises: DefinitionError.
    """
    if isinstance(given, Hooked):
        document = accept(dict(given.controller))
        name = str(cast("Mapping[str, Any]", document.get("metadata") or {}).get("name") or "")
        if not name or name in taken:
            message = "metadata.name must be there, and no other controller's"
            raise DefinitionError([message], subject="Hooked")
        crds = tuple(accept(dict(each)) for each in given.crds)
        return Installed(name, document, crds, None, given.hook)
    settings = dict(options)
    name = _free(settings.pop("name", None) or _name(given), taken)
    document = controller_object(given, name=name, url=f"http://{_HOST}/{name}", **settings)
    parent = getattr(given, "parent", None)
    own = isinstance(parent, type) and issubclass(parent, Parent)
    crds = (crd(cast("type[Parent[Any, Any]]", parent)),) if own else ()
    return Installed(name, document, crds, given, None)


def definitions_of(controllers: Iterable[Installed]) -> Sequence[JsonObject]:
    """Return the definitions that controllers need, each once.

    Raises: DefinitionError for two different ones of one name.
    """
    made: dict[str, JsonObject] = {}
    for each in controllers:
        for definition in each.crds:
            name = str(cast("Mapping[str, Any]", definition.get("metadata") or {}).get("name"))
            if not equal(made.setdefault(name, definition), definition):
                message = f"two controllers bring different definitions of {name}"
                raise DefinitionError([message], subject=each.name)
    return list(made.values())


def _name(controller: AnyController) -> str:
    """Return a name for a controller: that of its parents' kind, in small letters."""
    parent = getattr(controller, "parent", None)
    kinds = (
        [parent.gvk.kind]
        if parent is not None
        else [gvk.kind for gvk in cast("Any", controller).resources]
    )
    return "-".join(str(kind).lower() for kind in kinds)


def _free(name: str, taken: set[str]) -> str:
    if name not in taken:
        return name
    return next(made for number in range(2, 1000) if (made := f"{name}-{number}") not in taken)


class Answering(NamedTuple):
    """What answers the calls of a cluster."""

    installed: Mapping[str, Installed]
    memo: dict[tuple[str, bytes], Answer] | None
    """Answers of hooks that are declared pure, by URL and body; None for none."""

    def answer(
        self, call: Call, *, now: datetime, seed: int, count: int
    ) -> tuple[Answer, Failure | None]:
        """Return the answer to a call, and what went wrong. Raises: TransportError."""
        host, _, path = call.url.partition("://")[2].partition("/")
        name, _, hook = path.rpartition("/")
        known = self.installed.get(name) if host == _HOST else None
        if known is None or known.controller is None:
            return self._other(call), None
        at = (call.url, call.body)
        conditional = any(header.lower() == "if-none-match" for header in call.headers)
        if self.memo is not None and not conditional and at in self.memo:
            return self.memo[at], None
        entropy = hashed(seed, "entropy", count) + hashed(seed, "more entropy", count)
        reply = known.controller.respond(
            call.body, hook=cast("Hook", hook), headers=call.headers, now=now, entropy=entropy
        )
        made = Answer(reply.status, reply.headers, reply.body)
        if self.memo is not None and reply.status == 200 and not conditional:
            self.memo[at] = made
        return made, reply.failure

    def _other(self, call: Call) -> Answer:
        for each in self.installed.values():
            if each.hook is not None and _calls(each.document, call.url):
                return each.hook(call)
        host = call.url.partition("://")[2].partition("/")[0].partition(":")[0]
        message = f"dial tcp: lookup {host}: no such host"
        raise TransportError(message)


def _calls(document: JsonObject, url: str) -> bool:
    """Return whether a controller's hooks are at an address."""
    spec = cast("dict[str, Any]", document.get("spec") or {})
    for hook in map_of(spec.get("hooks")).values():
        webhook = map_of(map_of(hook).get("webhook"))
        service = map_of(webhook.get("service"))
        if webhook.get("url") == url:
            return True
        if service and url.partition("://")[2].startswith(
            f"{service.get('name')}.{service.get('namespace')}"
        ):
            return True
    return False
