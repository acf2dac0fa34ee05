"""Recorded conversations with an API server, played on the simulated one.

1. A conversation is data: what was said, in order; references into earlier answers are filled in
   from the answers of the server it is played on.
2. What comes out has the form of what went in, so that the same judge reads both.

Source: the recordings' own description of their form.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias, cast

from reconcile.simulate.api_server import ApiServer, Response
from reconcile.value.pointer import resolve
from reconcile.value.types import ABSENT

if TYPE_CHECKING:
    from reconcile.value.types import Absent, Json, JsonObject

__all__ = ["MEDIA_TYPES", "Ask", "Asked", "filled", "play", "prepared"]

MEDIA_TYPES: Final = {
    "json": "application/json",
    "merge": "application/merge-patch+json",
    "jsonpatch": "application/json-patch+json",
    "strategic": "application/strategic-merge-patch+json",
    "apply": "application/apply-patch+yaml",
    "yaml": "application/yaml",
    "text": "text/plain",
}
_REFERENCE: Final = re.compile(r"\$\{(\d+):([^}]*)\}")
_REPEAT: Final = re.compile(r"\$\{repeat:(.*?):(\d+)\}", re.DOTALL)
_KEPT_HEADERS: Final = ("Content-Type", "Warning", "Retry-After")


class Asked(NamedTuple):
    """A request of a conversation, as it is put to a server."""

    method: str
    path: str
    """With the query."""
    body: bytes | Json | Absent = ABSENT
    """Bytes as they are sent, or a document."""
    media: str | None = None
    user: str = "user"
    headers: Mapping[str, str] = MappingProxyType({})


Ask: TypeAlias = Callable[[Asked], Response]
"""How a request is put to a server."""


def filled(value: Json, answers: Sequence[Json]) -> Json:
    """Return a value with what earlier answers hold in place of its references.

    Shape: `${STEP:POINTER}` in texts and keys stands for what the answer of a step holds there,
        nothing if it holds nothing; `${repeat:TEXT:COUNT}` for a text, again and again.
    """
    if isinstance(value, str):
        return _filled_text(value, answers)
    if isinstance(value, list):
        return [filled(item, answers) for item in value]
    if isinstance(value, dict):
        return {_filled_text(key, answers): filled(item, answers) for key, item in value.items()}
    return value


def _filled_text(text: str, answers: Sequence[Json]) -> str:
    if "${" not in text:
        return text

    def earlier(match: re.Match[str]) -> str:
        found = resolve(answers[int(match[1])], match[2])
        if found is ABSENT:
            return ""
        return found if isinstance(found, str) else json.dumps(found)

    text = _REFERENCE.sub(earlier, text)
    return _REPEAT.sub(lambda match: match[1] * int(match[2]), text)


def _asking(server: ApiServer) -> Ask:
    def ask(asked: Asked) -> Response:
        return server.request(
            asked.method,
            asked.path,
            body=asked.body,
            content_type=asked.media,
            user=asked.user,
            headers=asked.headers,
        )

    return ask


def prepared(recording: Mapping[str, Any], ask: Ask) -> None:
    """Make the namespaces and definitions that a conversation begins with."""
    for name in recording.get("namespaces", ()):
        made: JsonObject = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
        ask(Asked("POST", "/api/v1/namespaces", made))
    for crd in recording.get("crds", ()):
        path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
        ask(Asked("POST", path, crd))


def play(
    recording: Mapping[str, Any],
    *,
    ask: Ask | None = None,
    settle: Callable[[float], None] | None = None,
) -> JsonObject:
    """Return a conversation as it goes on the simulated server, in the form of a recording.

    Shape: `ask` and `settle` are those of a new server unless they are given, as over HTTP.
    """
    if ask is None or settle is None:
        server = ApiServer()
        ask, settle = _asking(server), server.settle
    prepared(recording, ask)
    answers: list[Json] = []
    steps: list[Json] = []
    for step in recording["steps"]:
        response = ask(_asked(step, answers))
        body = response.body if isinstance(response.body, str) else _read(response, step)
        answers.append(body)
        made: JsonObject = dict(step)
        made["status"] = response.status
        made["headers"] = {
            name: value for name, value in response.headers.items() if name in _KEPT_HEADERS
        }
        made["response"] = body
        if "responseText" in step:
            made["responseText"] = response.raw.decode()
        steps.append(made)
        if "settle" in step:
            settle(float(step["settle"]))
    return {**recording, "steps": steps}


def _read(response: Response, step: Mapping[str, Any]) -> Json:
    """Return a body as somebody reads it who knows only its text; events come line by line."""
    text = response.raw.decode("utf-8", "replace")
    if isinstance(response.body, list) and "watch" in step["path"]:
        return [json.loads(line) for line in text.splitlines()]
    return cast("Json", json.loads(text))


def _asked(step: Mapping[str, Any], answers: Sequence[Json]) -> Asked:
    """Return the request of a step."""
    path = _filled_text(step["path"], answers)
    media = step.get("type")
    content_type = MEDIA_TYPES.get(media, media) if media else None
    body: bytes | Json | Absent = ABSENT
    if "raw64" in step:
        body = base64.b64decode(step["raw64"])
    elif "raw" in step:
        body = _filled_text(step["raw"], answers).encode("utf-8", "surrogatepass")
    elif "body" in step:
        body = filled(step["body"], answers)
    headers = {"Accept": "application/json", **step.get("sent", {})}
    if content_type is None and body is not ABSENT:
        content_type = "application/json"
    return Asked(step["method"], path, body, content_type, step.get("user", "user"), headers)
