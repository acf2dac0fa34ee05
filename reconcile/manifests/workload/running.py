"""How a webhook is run, whatever runs it: what is told, what comes out, what all of them share."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from reconcile.errors import DefinitionError, ReconcileError
from reconcile.kinds.validation._primitives import dns_label
from reconcile.manifests.controller import TokenSecret
from reconcile.objects.quantity import Quantity

if TYPE_CHECKING:
    from reconcile.value.types import Json, JsonObject

__all__ = ["Running", "Workload", "command", "container_security", "labels", "resources", "volumes"]

USER: Final = 65532
"""The user of images that have no other: nobody on any host."""
DEADLINE: Final = 10
"""Seconds after which Metacontroller gives up."""
_TARGET: Final = re.compile(r"[A-Za-z_][\w.]*(\.py)?:[A-Za-z_][\w.]*")
_MOUNT: Final = "/var/run/secrets/reconcile"
_PORTS: Final = range(1024, 65536)


@dataclass(frozen=True, slots=True)
class Workload:
    """How the webhook of a controller is run.

    Shape: `target` is MODULE:ATTRIBUTE as the container finds it. `token_secret` is the name of a
        Secret in `namespace` that holds the token which callers present, under the key `token`;
        without it anybody may call who can reach the webhook. `callers` is the namespace in which
        Metacontroller runs, the only one that may reach it where the cluster's network looks at
        policies.
    Units: `cpu` and `memory` are quantities; memory is a limit, too. `port` is 1024 or above, since
        the user is not root.
    Raises: DefinitionError with everything that is wrong.
    """

    name: str
    namespace: str = "default"
    target: str = "controller:controller"
    image: str = ""
    port: int = 8080
    replicas: int = 1
    cpu: str = "50m"
    memory: str = "128Mi"
    token_secret: str | None = None
    callers: str = field(default="metacontroller", kw_only=True)

    def __post_init__(self) -> None:
        findings = [
            f"{what}= {text}"
            for what, told in (("name", self.name), ("namespace", self.namespace))
            for text in dns_label(told)
        ]
        if not _TARGET.fullmatch(self.target):
            findings.append("target= takes MODULE:ATTRIBUTE, such as controller:controller")
        if isinstance(self.port, bool) or self.port not in _PORTS:
            findings.append("port= takes a port from 1024 to 65535")
        if isinstance(self.replicas, bool) or self.replicas < 1:
            findings.append("replicas= takes a number from 1")
        for what, told in (("cpu", self.cpu), ("memory", self.memory)):
            try:
                fits = Quantity(told).value > 0
            except (ReconcileError, ValueError):
                fits = False
            if not fits:
                findings.append(f"{what}= takes a quantity above 0, such as 50m or 128Mi")
        if any(each.isspace() for each in self.image):
            findings.append("image= takes the name of an image")
        if findings:
            raise DefinitionError(findings, subject=f"workload {self.name}")

    @property
    def token(self) -> TokenSecret | None:
        """Return where Metacontroller finds the token; None for no token."""
        return TokenSecret(self.token_secret, self.namespace) if self.token_secret else None


class Running(NamedTuple):
    """What runs a webhook."""

    url: str
    """Where Metacontroller finds it, without the hook's name."""
    documents: tuple[JsonObject, ...] = ()
    """What the API server takes."""
    files: Mapping[str, bytes] = {}
    """What tools take that are not the API server, by the path at which they look for it."""
    token: TokenSecret | None = None


def image_of(workload: Workload) -> str:
    """Return the image. Raises: DefinitionError where none is told."""
    if not workload.image:
        what = "image= is missing: the image that holds kube-reconcile and the controller"
        raise DefinitionError([what], subject=f"workload {workload.name}")
    return workload.image


def labels(workload: Workload) -> JsonObject:
    """Return the labels by which everything of a workload is found."""
    return {"app.kubernetes.io/name": workload.name}


def command(workload: Workload) -> list[Json]:
    """Return what a container runs."""
    who = f"--token-file={_MOUNT}/token" if workload.token_secret else "--insecure"
    serve: list[Json] = ["python", "-m", "reconcile", "serve", workload.target]
    return [*serve, "--host=0.0.0.0", f"--port={workload.port}", who]


def resources(workload: Workload) -> JsonObject:
    """Return what a container asks for and may use at most."""
    return {
        "requests": {"cpu": workload.cpu, "memory": workload.memory},
        # No limit of CPU: it would only make answers late that fit otherwise.
        "limits": {"memory": workload.memory},
    }


def container_security() -> JsonObject:
    """Return what a container may not do."""
    return {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "readOnlyRootFilesystem": True,
        "runAsNonRoot": True,
        "runAsUser": USER,
        "seccompProfile": {"type": "RuntimeDefault"},
    }


def volumes(workload: Workload) -> tuple[list[Json], list[Json]]:
    """Return the volumes of a Pod and where its container finds them."""
    if workload.token_secret is None:
        return [], []
    volume: JsonObject = {"name": "token", "secret": {"secretName": workload.token_secret}}
    mount: JsonObject = {"name": "token", "mountPath": _MOUNT, "readOnly": True}
    return [volume], [mount]
