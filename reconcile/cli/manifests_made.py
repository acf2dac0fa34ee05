"""What the flags of `reconcile manifests` make of some controllers.

1. Controllers that cannot run beside each other are refused before anything is made.
2. One image holds the code of all of them; whatever takes code itself gets that of each.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

from reconcile.cli.target import MisuseError, load
from reconcile.errors import ReconcileError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Sequence

    from reconcile.hook.controller import Controller, Decorator
    from reconcile.manifests import Running, Source, Workload
    from reconcile.state.declared import Related
    from reconcile.value.types import JsonObject

    AnyController = Controller[Any] | Decorator[Any]

__all__ = ["Made", "Part", "made_of", "parts_of"]

_NAMES: Final = frozenset({"controller", "decorator", "app", "main"})
"""Names of controllers that say nothing."""


class Part(NamedTuple):
    """One controller of the command line."""

    target: str
    name: str
    controller: AnyController


class Made(NamedTuple):
    """Documents by the file that they go to, in order, and files of other tools."""

    documents: dict[str, list[JsonObject]]
    files: dict[str, bytes]


def parts_of(arguments: argparse.Namespace) -> list[Part]:
    """Return the controllers with their names. Raises: MisuseError."""
    from reconcile.manifests.bundle import clashes

    targets: list[str] = list(dict.fromkeys(arguments.targets))
    if arguments.name and len(targets) > 1:
        raise MisuseError("--name is for one controller; several have names of their own")
    found: list[Part] = []
    for target in targets:
        controller = load(target, method="respond")
        if not hasattr(controller, "customizes"):
            what = f"of the class {type(controller).__name__}, which says nothing of what it needs"
            raise MisuseError(f"{target} is {what}; a Controller or a Decorator does")
        name = arguments.name or _name(target, controller)
        found.append(Part(target, name, controller))
    if clash := clashes({part.target: part.controller for part in found}):
        raise MisuseError(clash[0])
    named: dict[str, str] = {}
    for part in found:
        if part.name in named:
            both = f"{named[part.name]} and {part.target}"
            raise MisuseError(f"{both} would both be named {part.name}; say them one by one")
        named[part.name] = part.target
    return found


def _name(target: str, controller: AnyController) -> str:
    """Return a name: by the parent of a composite, by what the code calls a decorator."""
    parent: Any = getattr(controller, "parent", None)
    where, _, attribute = target.rpartition(":")
    said = attribute.rpartition(".")[2]
    if parent is not None:
        said = str(parent.gvk.kind)
    elif said in _NAMES:
        said = Path(where).stem if "/" in where or where.endswith(".py") else where
    words = "".join(letter if letter.isalnum() else "-" for letter in said.lower())
    return f"{words.strip('-')}-controller"


def _related(told: Sequence[str] | None) -> list[Related] | None:
    """Return what --related says; None where it says nothing. Raises: MisuseError."""
    from reconcile import Gvk, Related

    if told is None:
        return None
    if told == ["none"]:
        return []
    found: list[Related] = []
    for each in told:
        version, _, resource = each.rpartition("/")
        if not version or not resource or version.count("/") > 1:
            message = f"--related takes VERSION/RESOURCE, such as v1/configmaps, not {each}"
            raise MisuseError(message)
        found.append(Related(Gvk(version, resource), plural=resource))
    return found


def made_of(arguments: argparse.Namespace, parts: list[Part]) -> Made:
    """Return all there is to install. Raises: MisuseError, ReconcileError."""
    from reconcile.manifests import ServiceAccount, controller_object, rbac
    from reconcile.manifests.bundle import definitions

    home, colon, account = arguments.serviceaccount.partition(":")
    if not (home and colon and account):
        raise MisuseError("--serviceaccount takes NAMESPACE:NAME")
    crds: dict[str, JsonObject] = {}
    roles: list[JsonObject] = []
    workloads: list[JsonObject] = []
    objects: list[JsonObject] = []
    files: dict[str, bytes] = {}
    related = _related(arguments.related)
    for part in parts:
        for each in definitions(part.controller):
            crds[str(cast("Any", each)["metadata"]["name"])] = each
        running = _run(arguments, part, home, parts)
        finalize: bool | None = arguments.finalize
        asks = part.controller.customizes
        try:
            roles += rbac(
                part.controller,
                name=part.name,
                account=ServiceAccount(account, home),
                apply=arguments.apply,
                related=related if asks else None,
                finalize=finalize,
                token=running.token,
            )
        except ReconcileError as error:
            if asks and related is None:
                message = (
                    f"{part.target} has a customize hook, and only its author knows which kinds it "
                    "asks for: say them, such as --related v1/configmaps"
                )
                raise MisuseError(message) from error
            raise
        workloads += running.documents
        files |= running.files
        objects.append(
            controller_object(
                part.controller,
                name=part.name,
                url=running.url,
                finalize=finalize,
                resync_period=arguments.resync_period,
                ignore_status_changes=arguments.ignore_status_changes,
                etag_seconds=arguments.etag_seconds,
                token=running.token,
            )
        )
    if arguments.create_namespace:
        name = _namespace(arguments)
        namespace: JsonObject = {
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {"name": name},
        }
        workloads.insert(0, namespace)
    made = {
        "crd.yaml": list(crds.values()),
        "rbac.yaml": roles,
        "workload.yaml": workloads,
        "controller.yaml": objects,
    }
    return Made(made, files)


def _namespace(arguments: argparse.Namespace) -> str:
    usual = "openfaas-fn" if arguments.workload == "openfaas" else "default"
    return arguments.namespace or usual


def _run(arguments: argparse.Namespace, part: Part, callers: str, parts: list[Part]) -> Running:
    """Return what runs the webhook of one controller. Raises: MisuseError, ReconcileError."""
    from reconcile import manifests

    kind = arguments.workload or ("none" if arguments.url else "deployment")
    if kind == "none":
        if not arguments.url:
            raise MisuseError("--workload none needs --url: where is the webhook?")
        return manifests.Running(arguments.url)
    if arguments.url:
        raise MisuseError(f"--url is for a webhook that runs already, not for --workload {kind}")
    if arguments.runtime and kind != "kubeless":
        raise MisuseError("--runtime is for --workload kubeless")
    sources = _sources(parts, needed=kind in {"kubeless", "openfaas"})
    source = sources.get(part.target)
    workload = manifests.Workload(
        part.name,
        _namespace(arguments),
        source.target if source else part.target,
        arguments.image or ("" if kind == "kubeless" else f"{parts[0].name}:1"),
        arguments.port,
        arguments.replicas,
        arguments.cpu,
        arguments.memory,
        arguments.token_secret,
        callers=callers,
    )
    if source and kind == "kubeless":
        more = {"runtime": arguments.runtime} if arguments.runtime else {}
        return manifests.kubeless_function(workload, source, **more)
    if source and kind == "openfaas":
        return manifests.openfaas_function(workload, source)
    maker: Callable[[Workload], Running] = (
        manifests.deployment if kind == "deployment" else manifests.knative_service
    )
    if part is not parts[0] or not sources:
        return maker(workload)
    # One image holds all of them; each Deployment says which one it serves.
    text = manifests.dockerfile(workload, _together(list(sources.values())))
    return maker(workload)._replace(files={"Dockerfile": text.encode()})


def _sources(parts: list[Part], *, needed: bool) -> dict[str, Source]:
    """Return the code of all controllers; nothing where it is installed, and is not `needed`.

    Raises: MisuseError.
    """
    from reconcile.cli.sources import ElsewhereError, source_of

    try:
        return {part.target: source_of(part.target) for part in parts}
    except ElsewhereError:
        if needed:
            raise
        return {}  # its image is somebody else's business


def _together(sources: list[Source]) -> Source:
    """Return the code of several controllers as one. Raises: MisuseError."""
    files: dict[str, str] = {}
    for each in sources:
        for path, text in each.files.items():
            if files.setdefault(path, text) != text:
                message = f"there are two files {path}, and one image holds all: install one by one"
                raise MisuseError(message)
    needs = dict.fromkeys(need for each in sources for need in each.requirements)
    return replace(sources[0], files=files, requirements=tuple(needs))
