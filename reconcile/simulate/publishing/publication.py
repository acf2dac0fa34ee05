"""What the simulated server answers below `/openapi`: either version, in the form asked for.

1. The one door to OpenAPI for whoever answers requests; documents are made elsewhere.
2. Refusals have no body, as the server's own.

Source: k8s.io/kube-openapi pkg/handler, pkg/handler3.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from reconcile.simulate.publishing.openapi import published
from reconcile.simulate.publishing.openapi_v2 import published_v2
from reconcile.simulate.publishing.resources import Resources
from reconcile.simulate.server.negotiation import JSON, clauses
from reconcile.simulate.server.status import ApiError
from reconcile.value.types import JsonObject

__all__ = ["Publication", "publication"]

_TEXT: Final = "text/plain; charset=utf-8"


class Publication(NamedTuple):
    """An answer: a document, the bytes of one, or text, mostly empty."""

    status: int
    content_type: str
    content: JsonObject | bytes | str
    headers: Mapping[str, str]


def publication(
    resources: Resources,
    crds: Iterable[Mapping[str, Any]],
    path: str,
    *,
    accept: str = "",
    asked_hash: str = "",
    if_none_match: str = "",
) -> Publication | None:
    """Return the answer to a GET of a path, None if it is none of OpenAPI.

    Shape: `path` is without the query, whose `hash` is `asked_hash`; `accept` and `if_none_match`
        are headers, all empty if they are not there; `crds` are the definitions that `resources`
        was made with, as stored.
    Cost: version 2 tells all groups at once, which takes a good part of a second; a document of
        version 3 some milliseconds; an answer to a client that knows it already, much less.
    """
    if path.rstrip("/") == "/openapi/v2":
        try:
            old = published_v2(resources, crds, accept, if_none_match=if_none_match)
        except ApiError as refused:
            return Publication(refused.code, _TEXT, "", {})
        content = "" if old.content is None else old.content
        return Publication(old.status, old.content_type, content, old.headers)
    answer = published(resources, crds, path, asked_hash=asked_hash, if_none_match=if_none_match)
    if answer is None:
        return None
    if not any(clause.takes(JSON) for clause in clauses(accept or "*/*")):
        return Publication(406, _TEXT, "", {})
    if answer.document is None:
        return Publication(answer.status, _TEXT, "", answer.headers)
    return Publication(answer.status, JSON, answer.document, answer.headers)
