"""What form of an answer a request accepts: a media type, and an object made into another.

1. Two gates, as in the server: the routes of built-in resources list media types and know no
   wildcard but `*/*`; behind them a type is chosen by quality, with its parameters.
2. Protobuf is told among the types the server has, and never chosen: nothing here writes it.

Source: k8s.io/apiserver pkg/endpoints/handlers/negotiation, pkg/endpoints/handlers/rest.go,
AllowsMediaTypeTransform; github.com/emicklei/go-restful, Route.matchesAccept.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from reconcile.simulate.server.status import ApiError

__all__ = ["JSON", "YAML", "Negotiated", "Target", "check_route", "clauses", "negotiated"]

JSON: Final = "application/json"
YAML: Final = "application/yaml"
_PROTOBUF: Final = "application/vnd.kubernetes.protobuf"
_TYPES: Final = (JSON, YAML, _PROTOBUF)
_STREAMS: Final = (f"{JSON};stream=watch", f"{_PROTOBUF};stream=watch")
_META: Final = "meta.k8s.io"
_FORMS: Final = ("Table", "PartialObjectMetadata", "PartialObjectMetadataList")
_DISCOVERY: Final = "apidiscovery.k8s.io"


class Target(NamedTuple):
    """What an answer is to be made into."""

    group: str
    version: str
    kind: str


_ALL_AT_ONCE: Final = Target(_DISCOVERY, "v2", "APIGroupDiscoveryList")
"""The beta of this form is not served any more."""


class Negotiated(NamedTuple):
    """The form of an answer."""

    media_type: str
    target: Target | None
    pretty: bool = False


_JSON: Final = Negotiated(JSON, None)
_PLAIN: Final = frozenset({JSON, "*/*"})
"""What most clients accept, which is the plain object in JSON."""


class Clause(NamedTuple):
    """One of the media types a client accepts."""

    type: str
    subtype: str
    quality: float
    parameters: dict[str, str]

    def takes(self, media_type: str) -> bool:
        """Return whether a media type is of this kind."""
        major, _, minor = media_type.partition("/")
        if self.type == "*":
            return self.subtype == "*"
        return self.type == major and self.subtype in ("*", minor)


def clauses(accept: str) -> list[Clause]:
    """Return what a client accepts, what it likes best first.

    Guarantees: malformed parts are left out, as the server does.
    """
    found: list[Clause] = []
    for part in accept.split(","):
        media_type, *parameters = part.strip().split(";")
        names = [name.strip() for name in media_type.split("/")]
        if names == ["*"]:
            names = ["*", "*"]
        if len(names) != 2:
            continue
        quality = 1.0
        told: dict[str, str] = {}
        for parameter in parameters:
            name, *value = parameter.split("=")
            if len(value) == 1 and value[0]:
                if name.strip() == "q":
                    quality = _number(value[0])
                else:
                    told[name.strip()] = value[0].strip()
        found.append(Clause(names[0], names[1], quality, told))
    return sorted(found, key=lambda each: (-each.quality, each.type == "*", each.subtype == "*"))


def check_route(accept: str, *, collection: bool = False) -> None:
    """Raise unless the route of a built-in resource has a type that is accepted.

    Shape: `accept` is the header, empty if there is none. `collection` says that the path is one
        of a list, whose routes can stream.
    Raises: ApiError 406.
    """
    if accept in _PLAIN:
        return
    types = (*_TYPES, *_STREAMS) if collection else _TYPES
    accepted = [part.partition(";")[0].strip() for part in (accept or "*/*").split(",")]
    if not any(one == "*/*" or one in types for one in accepted):
        message = f"406: Not Acceptable\n\nAvailable representations: {', '.join(types)}"
        raise ApiError(406, "NotAcceptable", message, details={})


def negotiated(accept: str, *, transforms: bool = True, group: str = _META) -> Negotiated:
    """Return the form of an answer to a request.

    Shape: `accept` is the header, empty if there is none. `transforms` says that objects can be
        made into tables and metadata, which holds for all resources. With the `group` of
        discovery, only all of discovery at once is a form.
    Raises: ApiError 406.
    """
    if not accept or (accept in _PLAIN and group == _META):
        return _JSON
    for clause in clauses(accept):
        target = _target(clause.parameters)
        if not _possible(target, group if transforms else ""):
            continue
        if clause.parameters.get("sv", "v1") != "v1":
            continue
        if clause.parameters.get("stream", "watch") != "watch":
            continue
        for media_type in (JSON, YAML):
            if clause.takes(media_type):
                return Negotiated(media_type, target, clause.parameters.get("pretty") == "1")
    message = f"only the following media types are accepted: {', '.join(_TYPES)}"
    raise ApiError(406, "NotAcceptable", message)


def _target(parameters: dict[str, str]) -> Target | None:
    if not parameters.keys() & {"as", "g", "v"}:
        return None
    return Target(*(parameters.get(name, "") for name in ("g", "v", "as")))


def _possible(target: Target | None, group: str) -> bool:
    if group == _DISCOVERY:  # only ever as a whole; plain types belong to the documents
        return target == _ALL_AT_ONCE
    if target is None:
        return True
    if not group or target.group != group or target.version not in ("v1", "v1beta1"):
        return False
    return target.kind in _FORMS


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0
