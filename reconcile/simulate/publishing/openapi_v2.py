"""The OpenAPI document of version 2 the simulated server publishes, as JSON and as protobuf.

1. All groups in one document, made from the documents of version 3.
2. Version 2 knows no defaults of references and no choice of types; what says so is left out.

Source: k8s.io/kube-openapi pkg/openapiconv, pkg/handler; recorded definitions.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple, cast

import msgspec

from reconcile.simulate.publishing.descriptions import descriptions
from reconcile.simulate.publishing.discovery import VERSION
from reconcile.simulate.publishing.openapi import document, index, schemas_of
from reconcile.simulate.publishing.openapi_custom import custom_schemas
from reconcile.simulate.publishing.openapi_paths import META, PREFIX
from reconcile.simulate.publishing.resources import Resources
from reconcile.simulate.server.negotiation import JSON, clauses
from reconcile.simulate.server.protobuf import document_v2
from reconcile.simulate.server.status import ApiError
from reconcile.value.types import Json, JsonObject

__all__ = ["PROTOBUF", "PublishedV2", "published_v2", "swagger"]

PROTOBUF: Final = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"
"""What the protobuf form is told as."""
_ASKED: Final = (PROTOBUF, "application/com.github.proto-openapi.spec.v2@v1.0+protobuf")
_GVK: Final = "x-kubernetes-group-version-kind"
_DEFINITIONS: Final = "#/definitions/"
_MAX_DEPTH: Final = 128
_CHOICES: Final = ({"integer", "string"}, {"number", "string"})


class PublishedV2(NamedTuple):
    """An answer about OpenAPI: a document or the bytes of one, None for a 304."""

    status: int
    content_type: str
    content: JsonObject | bytes | None
    headers: Mapping[str, str]


def published_v2(
    resources: Resources,
    crds: Iterable[Mapping[str, Any]],
    accept: str = "",
    *,
    if_none_match: str = "",
) -> PublishedV2:
    """Return the answer to a GET of `/openapi/v2`.

    Shape: `accept` and `if_none_match` are headers, empty if there are none; `crds` are the
        definitions that `resources` was made with.
    Raises: ApiError 406.
    Cost: all groups are told at once, which takes a good part of a second; a client that tells
        the tag it knows costs little.
    """
    definitions = list(crds)
    media_type = _negotiated(accept)
    made_of = msgspec.json.encode([media_type, index(resources, definitions)])
    tag = f'"{hashlib.sha512(made_of).hexdigest().upper()}"'
    headers = {"ETag": tag, "Vary": "Accept"}
    if tag in if_none_match:
        return PublishedV2(304, media_type, None, headers)
    made = swagger(resources, definitions)
    content: JsonObject | bytes = made if media_type == JSON else document_v2(made)
    return PublishedV2(200, media_type, content, headers)


def swagger(resources: Resources, crds: Iterable[Mapping[str, Any]]) -> JsonObject:
    """Return the document of version 2."""
    definitions = list(crds)
    schemas: dict[str, JsonObject] = {}
    paths: JsonObject = {}
    security: JsonObject = {}
    for path in index_paths(resources, definitions):
        made = document(resources, definitions, path)
        paths.update({name: _path(cast("JsonObject", item)) for name, item in _of(made, "paths")})
        components = cast("dict[str, JsonObject]", made["components"])
        schemas.update(cast("dict[str, JsonObject]", components.get("schemas", {})))
        security = components.get("securitySchemes") or security
    own = custom_schemas(resources.custom(), definitions, old=True)
    schemas = {**schemas, **schemas_of(own, own)}
    for kind in ("DeleteOptions", "WatchEvent"):
        name = f"{META}{kind}"
        schemas[name] = {**schemas[name], _GVK: _registered(kind)}
    return {
        "swagger": "2.0",
        "info": {"title": "Kubernetes", "version": VERSION["gitVersion"]},
        "paths": dict(sorted(paths.items())),
        "definitions": {
            name: _schema(schemas[name], 0, defaults=name in own) for name in sorted(schemas)
        },
        "securityDefinitions": security,
        "security": [{"BearerToken": []}],
    }


def index_paths(resources: Resources, crds: list[Mapping[str, Any]]) -> list[str]:
    """Return the names of the documents of version 3."""
    return [name for name, _ in _of(index(resources, crds), "paths")]


def _of(made: JsonObject, member: str) -> list[tuple[str, Json]]:
    return list(cast("JsonObject", made[member]).items())


def _registered(kind: str) -> list[Json]:
    return [
        {"group": group, "kind": kind, "version": version}
        for group, version in descriptions().registered
    ]


def _negotiated(accept: str) -> str:
    for clause in clauses(accept or "*/*"):
        if any(clause.takes(each) for each in _ASKED) and clause.type != "*":
            return PROTOBUF
        if clause.takes(JSON):
            return JSON
    raise ApiError(406, "NotAcceptable", "406 not acceptable\n", text="")


def _schema(schema: Mapping[str, Json], depth: int, *, defaults: bool = False) -> JsonObject:
    """Return a schema of version 3 as version 2 says it; built-in ones tell no defaults."""
    if depth > _MAX_DEPTH:
        return {}
    made: JsonObject = {}
    for key, value in schema.items():
        match key, value:
            case "properties", dict():
                made[key] = {
                    name: _schema(each, depth + 1, defaults=defaults)
                    for name, each in cast("dict[str, JsonObject]", value).items()
                }
            case (("items" | "additionalProperties"), dict()):
                made[key] = _schema(value, depth + 1, defaults=defaults)
            case "allOf", [{"$ref": str(target)}]:
                made["$ref"] = _DEFINITIONS + target.removeprefix(PREFIX)
            case "$ref", str():
                made[key] = _DEFINITIONS + value.removeprefix(PREFIX)
            case "oneOf", list():
                # A choice of types is told as text; any other choice is not told.
                if {str(each.get("type")) for each in value if isinstance(each, dict)} in _CHOICES:
                    made["type"] = "string"
            case "default", _ if not defaults:
                pass
            case (("anyOf" | "allOf" | "not"), _):
                pass
            case _:
                made[key] = value
    return made


def _path(item: JsonObject) -> JsonObject:
    made: JsonObject = {}
    for key, value in item.items():
        made[key] = (
            _parameters(value) if key == "parameters" else _operation(cast("JsonObject", value))
        )
    return made


def _operation(operation: JsonObject) -> JsonObject:
    made: JsonObject = {
        key: value
        for key, value in operation.items()
        if key not in ("parameters", "requestBody", "responses")
    }
    parameters: list[Json] = _parameters(operation.get("parameters", []))
    body = operation.get("requestBody")
    if isinstance(body, dict):
        types, schema = _content(body)
        made["consumes"] = types
        told: JsonObject = {"name": "body", "in": "body", "schema": schema}
        if body.get("required") is True:
            told["required"] = True
        parameters = [told, *parameters]
    if parameters:
        made["parameters"] = parameters
    made["schemes"] = ["https"]
    responses: JsonObject = {}
    for code, each in _of(operation, "responses"):
        answer = cast("JsonObject", each)
        response: JsonObject = {"description": answer["description"]}
        if "content" in answer:
            made["produces"], response["schema"] = _content(answer)
        responses[code] = response
    made["responses"] = responses
    return made


def _content(holder: JsonObject) -> tuple[list[Json], JsonObject]:
    """Return the media types of a body or an answer, and the schema they share."""
    content = cast("dict[str, dict[str, JsonObject]]", holder["content"])
    return list(content), _schema(next(iter(content.values()))["schema"], 0)


def _parameters(parameters: Json) -> list[Json]:
    made: list[Json] = []
    for each in cast("list[JsonObject]", parameters):
        plain: JsonObject = {key: value for key, value in each.items() if key != "schema"}
        made.append({**plain, **cast("JsonObject", each["schema"])})
    return made
