"""A kubelet for all Nodes: they are ready, and Pods that are bound go as its user chooses.

1. It is no part of the built-in controllers: who wants Pods to run puts it beside them. Recordings
   play it by hand.
2. It keeps nothing: when a Pod began, and so when it is ready or over, is in the Pod's status.

Source: k8s.io/kubernetes pkg/kubelet; recordings in which the kubelet is played.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from ipaddress import IPv4Address
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, cast, get_args

from reconcile.errors import DefinitionError, nearest
from reconcile.objects.selector import selects
from reconcile.simulate.actors.actor import Api
from reconcile.simulate.actors.kubelet_nodes import renew, report
from reconcile.simulate.actors.parts import about, labels_of, name_of, spec_of, status_of
from reconcile.simulate.actors.pod_states import differs, ended, running
from reconcile.simulate.actors.pods import Document, is_ended, moment, terminating
from reconcile.simulate.server.clock import stamp

if TYPE_CHECKING:
    from reconcile.simulate.server.store import Event
    from reconcile.value.types import JsonIn

__all__ = ["JOBS", "End", "Kubelet", "PodChoice", "Ready", "Removal"]

Ready = Literal["at once", "slow", "never"]
"""When the containers of a Pod are ready; `slow` is after a number of seconds."""
End = Literal["never", "succeeds", "fails"]
"""Whether the containers of a Pod end by themselves."""
Removal = Literal["at once", "after grace"]
"""When a Pod that is being deleted is gone."""

JOBS: Final[Mapping[str, Any]] = {
    "matchExpressions": [{"key": "batch.kubernetes.io/job-name", "operator": "Exists"}]
}
"""A selector of the Pods of all Jobs."""
_PREFIX: Final = "/Pod/"
_NODES: Final = "/Node/"
_USER: Final = "kubelet"
_HOST: Final = "10.1.0.1"
"""The address of a Node that says none."""
_FIRST: Final = IPv4Address("10.2.0.1")
_ADDRESSES: Final = 2**16 - 2
"""Pods that may have an address at once: one network of 16 bits."""
_KILLED: Final = 143
"""The exit code of a container that was told to stop."""


class PodChoice(NamedTuple):
    """How the Pods go that a name or a selector names.

    Units: `seconds` from the start of a Pod until it is ready, where `ready` is `slow`; `after`,
        seconds from its start until it ends, where `ends` is not `never`.
    """

    name: str = ""
    """The name of the Pod; empty for any."""
    selector: Mapping[str, Any] | None = None
    """A label selector as objects hold it; None for any labels."""
    ready: Ready = "at once"
    seconds: float = 10.0
    ends: End = "never"
    after: float = 0.0
    exit_code: int = 1
    """What the containers of a Pod that fails return, > 0."""

    def chooses(self, pod: Document) -> bool:
        """Return whether a Pod goes this way."""
        named = self.name in ("", name_of(pod))
        return named and (self.selector is None or selects(self.selector, labels_of(pod)))


class Kubelet:
    """Runs the Pods that are bound to a Node.

    Shape: the first of `choices` that chooses a Pod counts; the others go as `ready` and `seconds`
        say, and do not end. `nodes` are the names of the Nodes it works for, None for all; Pods
        run whether there is such a Node or not.
    Units: `heartbeat`, the seconds between two renewals of the lease of a Node, > 0. None for no
        lease: then the controller `node-lifecycle-controller` has to be off, or it finds the Nodes
        silent after 50 seconds. Time goes faster without.
    Raises: DefinitionError for a word that is not known or a time that is negative.
    Guarantees: addresses of Pods are the lowest of 10.2.0.0/16 that no other Pod has.
    """

    name = "kubelet"

    def __init__(
        self,
        ready: Ready = "at once",
        *,
        seconds: float = 10.0,
        choices: Iterable[PodChoice] = (),
        removal: Removal = "at once",
        nodes: Collection[str] | None = None,
        heartbeat: float | None = 10.0,
    ) -> None:
        self.choices = (*choices, PodChoice(ready=ready, seconds=seconds))
        self.removal = removal
        self.nodes = nodes
        self.heartbeat = heartbeat
        wrong = [fault for each in self.choices for fault in _faults(each)]
        wrong += _unknown("removal", removal, get_args(Removal))
        wrong += (
            ["heartbeat must be more than 0"] if heartbeat is not None and heartbeat <= 0 else []
        )
        if wrong:
            raise DefinitionError(wrong, subject="Kubelet")

    def concerned(self, event: Event, api: Api) -> Iterable[str]:
        """Yield a Node, or a Pod of a Node, that was written."""
        del api
        if event.type == "DELETED":
            return
        bound = event.key.startswith(_PREFIX) and spec_of(event.after).get("nodeName")
        if bound or event.key.startswith(_NODES):
            yield event.key

    def sync(self, api: Api, key: str) -> float | None:
        """Let a Node be ready; start a Pod, let it be ready, end or go, as is chosen for it."""
        if key.startswith(_NODES):
            return self._keep(Api(api.server, _USER), key)
        pod = api.at("v1", "Pod", key)
        node = "" if pod is None else str(spec_of(pod).get("nodeName") or "")
        if pod is None or not node or (self.nodes is not None and node not in self.nodes):
            return None
        own = Api(api.server, _USER)
        if terminating(pod):
            return self._remove(own, pod)
        if is_ended(pod):
            return None
        choice = next(each for each in self.choices if each.chooses(pod))
        now = api.now
        began = moment(status_of(pod).get("startTime")) or now
        over = None if choice.ends == "never" else began + timedelta(seconds=choice.after)
        if over is not None and over <= now:
            code = choice.exit_code if choice.ends == "fails" else 0
            _write(own, pod, ended(pod, stamp(now), code))
            return None
        due: datetime | None = None
        if choice.ready == "slow":
            due = began + timedelta(seconds=choice.seconds)
        ready = choice.ready == "at once" or (due is not None and due <= now)
        _write(own, pod, running(pod, stamp(now), ready=ready))
        coming = [each for each in (due, over) if each is not None and each > now]
        return (min(coming) - now).total_seconds() if coming else None

    def _keep(self, api: Api, key: str) -> float | None:
        """Let a Node be ready; return when its lease is to be renewed."""
        node = api.at("v1", "Node", key)
        if node is None or (self.nodes is not None and name_of(node) not in self.nodes):
            return None
        report(api, node)
        return None if self.heartbeat is None else renew(api, node, self.heartbeat)

    def _remove(self, api: Api, pod: Document) -> float | None:
        """Take away a Pod that is being deleted; what others still hold with finalizers ends."""
        if about(pod).get("deletionGracePeriodSeconds") == 0:
            return None
        due = moment(about(pod).get("deletionTimestamp"))
        if self.removal == "after grace" and due is not None and due > api.now:
            return (due - api.now).total_seconds()
        if about(pod).get("finalizers") and status_of(pod).get("startTime") and not is_ended(pod):
            _write(api, pod, ended(pod, stamp(api.now), _KILLED))
        api.delete(cast("JsonIn", pod), {"gracePeriodSeconds": 0})
        return None


def _write(api: Api, pod: Document, made: dict[str, Any]) -> None:
    """Merge a status into a Pod's own, with addresses if it has none, if it says anything new."""
    if made["phase"] == "Running" and not status_of(pod).get("podIP"):
        host = _host(api, str(spec_of(pod)["nodeName"]))
        address = host if spec_of(pod).get("hostNetwork") else _free(api)
        made |= {"hostIP": host, "hostIPs": [{"ip": host}]}
        made |= {"podIP": address, "podIPs": [{"ip": address}]} if address else {}
    if differs(pod, made):
        body = {"metadata": {"uid": about(pod)["uid"]}, "status": made}
        api.patch(cast("JsonIn", pod), body, how="strategic", subresource="status")


def _host(api: Api, node: str) -> str:
    """Return the internal address of a Node."""
    found = api.get("v1", "Node", "", node)
    known: Sequence[Document] = () if found is None else status_of(found).get("addresses") or ()
    internal = (str(each["address"]) for each in known if each.get("type") == "InternalIP")
    return next(internal, _HOST)


def _free(api: Api) -> str:
    """Return the lowest address that no Pod has that has not ended, empty if there is none."""
    taken = {status_of(pod).get("podIP") for pod in api.list("v1", "Pod") if not is_ended(pod)}
    addresses = (str(_FIRST + place) for place in range(_ADDRESSES))
    return next((each for each in addresses if each not in taken), "")


def _faults(choice: PodChoice) -> list[str]:
    wrong = _unknown("ready", choice.ready, get_args(Ready))
    wrong += _unknown("ends", choice.ends, get_args(End))
    wrong += [
        f"{name} must not be negative"
        for name, value in (("seconds", choice.seconds), ("after", choice.after))
        if value < 0
    ]
    return wrong + (["exit_code must be more than 0"] if choice.exit_code < 1 else [])


def _unknown(name: str, word: str, known: tuple[str, ...]) -> list[str]:
    if word in known:
        return []
    return [f"{name} must be one of {', '.join(known)}{nearest(word, known)}"]
