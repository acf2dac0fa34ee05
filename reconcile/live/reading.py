"""Documents of a real cluster, as its server has them.

1. Lists come in chunks; one that has become too old while it was read is begun anew, whole.
2. Every refusal is one line that says what was asked for and what would help.
3. How bytes get here is the caller's: `Answered` is a function, so a test needs no network.

Source: k8s.io/apimachinery pkg/apis/meta/v1/types.go (ListMeta, APIResourceList), 1.36.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias, cast
from urllib.parse import quote, urlencode

from reconcile.errors import ReconcileError, RequestError
from reconcile.value.codec import decode_object

if TYPE_CHECKING:
    from reconcile.value.types import JsonObject

__all__ = ["Answered", "LiveError", "Reader", "Served"]

Answered: TypeAlias = Callable[[str], tuple[int, bytes]]
"""What a server says to a GET of a path with its query: status and body. Raises: LiveError."""

_CHUNK: Final = 500
_REMEDIES: Final = {
    400: "the server does not understand the question: is the selector right?",
    401: "the cluster does not know who asks: log in again",
    403: "whoever asks may not read it: a role with get and list of it is needed",
    429: "the server has too much to do: try again later",
}


class LiveError(ReconcileError):
    """Whoever asks must act: a cluster cannot be read.

    `subject` is what was asked for, `message` why it did not come, `status` the server's, 0 for
    none.
    """

    def __init__(self, subject: str, message: str, *, status: int = 0) -> None:
        super().__init__()
        self.subject = subject
        self.message = message
        self.status = status

    def __str__(self) -> str:
        return f"{self.subject}: {self.message}"


class Served(NamedTuple):
    """A resource as a server has it."""

    api_version: str
    kind: str
    plural: str
    namespaced: bool

    def path(self, namespace: str = "", name: str = "") -> str:
        """Return where its objects are, or one of them; without a namespace, in all of them."""
        path = _group(self.api_version)
        if namespace and self.namespaced:
            path += f"/namespaces/{quote(namespace, safe='')}"
        path += f"/{self.plural}"
        return f"{path}/{quote(name, safe='')}" if name else path


class Reader:
    """What is asked of a server, each thing once."""

    def __init__(self, answered: Answered) -> None:
        self._answered = answered
        self._resources: dict[str, tuple[Served, ...]] = {}

    def get(self, path: str) -> JsonObject | None:
        """Return a document, None where there is none. Raises: LiveError."""
        status, body = self._answered(path)
        if status == 404:
            return None
        return _document(path, status, body)

    def list(self, served: Served, *, namespace: str = "", labels: str = "") -> list[JsonObject]:
        """Return the objects of a resource, of one namespace or of all, in the server's order.

        Shape: `labels` is a selector as kubectl's `-l` takes it. Objects have apiVersion and kind.
        Raises: LiveError.
        """
        path = served.path(namespace)
        query = {"labelSelector": labels} if labels else {}
        try:
            items = list(self._chunks(path, {**query, "limit": str(_CHUNK)}))
        except LiveError as error:
            if error.status != 410:
                raise
            items = list(self._chunks(path, query))
        head = {"apiVersion": served.api_version, "kind": served.kind}
        return [{**head, **each} for each in items]

    def _chunks(self, path: str, query: Mapping[str, str]) -> Iterator[JsonObject]:
        more = ""
        while True:
            asked = {**query, "continue": more} if more else query
            where = f"{path}?{urlencode(asked)}" if asked else path
            status, body = self._answered(where)
            made = cast("dict[str, Any]", _document(path, status, body))
            yield from made.get("items") or ()
            about = cast("dict[str, Any]", made.get("metadata") or {})
            more = str(about.get("continue") or "")
            if not more:
                return

    def find(self, api_version: str, *, kind: str = "", plural: str = "") -> Served | None:
        """Return the resource of a kind or of a plural, None where it is not served.

        Raises: LiveError.
        """
        if api_version not in self._resources:
            found = cast("dict[str, Any]", self.get(_group(api_version)) or {})
            self._resources[api_version] = tuple(
                Served(api_version, each["kind"], each["name"], each.get("namespaced") is True)
                for each in found.get("resources") or ()
                if "/" not in each["name"]
            )
        for each in self._resources[api_version]:
            if each.plural == plural or each.kind == kind:
                return each
        return None


def _group(api_version: str) -> str:
    return f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"


def _document(path: str, status: int, body: bytes) -> JsonObject:
    subject = f"GET {path}"
    if status != 200:
        remedy = _REMEDIES.get(status, "the server has an error: try again later")
        if status == 410:
            remedy = "the list became too old while it was read"
        elif 400 <= status < 500 and status not in _REMEDIES:
            remedy = "the server refuses the question"
        raise LiveError(subject, f"answered with {status}: {remedy}", status=status)
    try:
        return decode_object(body)
    except RequestError as error:
        raise LiveError(subject, "answered with something that is no JSON object") from error
