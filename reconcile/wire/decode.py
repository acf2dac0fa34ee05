"""From the bytes of a request to what it says, with every child still unread."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from reconcile.errors import LimitError, RequestError
from reconcile.objects.document import Document
from reconcile.objects.gvk import Gvk
from reconcile.state.object_map import Group, Index, ObjectMap
from reconcile.value import MAX_BODY, MAX_OBSERVED

from .envelope import open_envelope
from .keys import Version, split_key
from .messages import Envelope, Hook, Request

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconcile.value import Json

__all__ = ["decode_request"]

Members = dict[str, msgspec.Raw]


def decode_request(body: bytes, *, hook: Hook, max_body: int = MAX_BODY) -> Request:
    """Return what a request of a hook says.

    Guarantees: nothing of the request is lost: `encode_request` gives it back. Children are not
        parsed.
    Raises: RequestError when it is not a request of that hook, LimitError when it is too large.
        An object that is broken inside is found when it is read.
    Cost: linear in the length of `body`; per child about a microsecond.
    """
    envelope, unknown = open_envelope(body, max_body=max_body)
    if isinstance(envelope.controller, msgspec.UnsetType):
        raise RequestError("missing", "the controller is missing", pointer="/controller")
    controller = Document(envelope.controller)
    decorator = _decorator(envelope, controller, hook)
    version = _version(controller, hook)
    parent = _parent(envelope, decorator=decorator and hook != "customize")
    if hook == "customize":
        empty = ObjectMap({})
        return Request(
            hook,
            version,
            decorator,
            controller,
            parent,
            empty,
            empty,
            finalizing=False,
            unknown=unknown,
        )
    children = envelope.attachments if decorator else envelope.children
    name = "attachments" if decorator else "children"
    finalizing = envelope.finalizing
    if isinstance(children, msgspec.UnsetType):
        raise RequestError("missing", f"{name} are missing", pointer=f"/{name}")
    if isinstance(envelope.related, msgspec.UnsetType):
        raise RequestError("missing", "related are missing", pointer="/related")
    if isinstance(finalizing, msgspec.UnsetType):
        raise RequestError("missing", "finalizing is missing", pointer="/finalizing")
    count = sum(map(len, children.values())) + sum(map(len, envelope.related.values()))
    if count > MAX_OBSERVED:
        raise LimitError("observed objects", MAX_OBSERVED)
    namespace = _text(parent, "namespace")
    return Request(
        hook,
        version,
        decorator,
        controller,
        parent,
        _object_map(children, name, version, namespace),
        _object_map(envelope.related, "related", version, namespace),
        finalizing,
        unknown,
    )


def _decorator(envelope: Envelope, controller: Document, hook: Hook) -> bool:
    """Return whether a DecoratorController asks; what it sends must fit what it says it is."""
    kind = controller.section("kind")
    decorator = kind == "DecoratorController"
    if kind not in {"CompositeController", "DecoratorController"}:
        message = "is neither a CompositeController nor a DecoratorController"
        raise RequestError("controller-kind", message, pointer="/controller/kind")
    wrong = envelope.parent if decorator else envelope.object
    if hook != "customize" and not isinstance(wrong, msgspec.UnsetType):
        expected = "object" if decorator else "parent"
        raise RequestError("shape", f"a {kind} sends {expected}", pointer="")
    return decorator


def _version(controller: Document, hook: Hook) -> Version:
    """Return the version of the hook; Metacontroller takes an absent or empty one for v1."""
    spec = controller.section("spec")
    hooks = spec.get("hooks") if isinstance(spec, dict) else None
    described = hooks.get(hook) if isinstance(hooks, dict) else None
    version = described.get("version") if isinstance(described, dict) else None
    if version is None or version in ("", "v1"):
        return "v1"
    if version == "v2":
        return "v2"
    pointer = f"/controller/spec/hooks/{hook}/version"
    raise RequestError("hook-version", "is neither v1 nor v2", pointer=pointer)


def _parent(envelope: Envelope, *, decorator: bool) -> Document:
    name = "object" if decorator else "parent"
    raw = envelope.object if decorator else envelope.parent
    if isinstance(raw, msgspec.UnsetType):
        raise RequestError("missing", f"the {name} is missing", pointer=f"/{name}")
    parent = Document(raw, pointer=f"/{name}")
    for key in ("apiVersion", "kind"):
        if not isinstance(parent.section(key), str):
            raise RequestError("shape", "a text is needed", pointer=f"/{name}/{key}")
    if not isinstance(parent.section("metadata"), dict) or not _text(parent, "name"):
        message = "an object with a name is needed"
        raise RequestError("shape", message, pointer=f"/{name}/metadata")
    return parent


def _text(document: Document, key: str) -> str:
    metadata: Json | object = document.section("metadata")
    value = metadata.get(key) if isinstance(metadata, dict) else None
    return value if isinstance(value, str) else ""


def _object_map(
    groups: dict[str, Members], where: str, version: Version, namespace: str
) -> ObjectMap:
    known: dict[Gvk, Group] = {}
    for key, members in groups.items():
        try:
            gvk = Gvk.from_key(key)
        except ValueError:
            message = "keys are Kind.version or Kind.group/version"
            raise RequestError("key", message, pointer=f"/{where}") from None
        known[gvk] = Group(
            _loader(members, f"/{where}/{key.replace('/', '~1')}", version, namespace)
        )
    return ObjectMap(known)


def _loader(
    members: Members, pointer: str, version: Version, namespace: str
) -> Callable[[], Index]:
    def load() -> Index:
        return {
            split_key(key, version=version, parent_namespace=namespace): Document(
                raw, pointer=f"{pointer}/{key.replace('/', '~1')}"
            )
            for key, raw in members.items()
        }

    return load
