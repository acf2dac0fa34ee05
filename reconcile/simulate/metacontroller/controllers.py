"""Controller objects, and the controllers that run because of them.

1. A controller is started when its object comes, restarted when the spec of it changes, stopped
   when it goes. What was made by it stays (rules 3.0, 3.0b, 3.33).

Source: pkg/controller/{composite,decorator}/metacontroller.go of Metacontroller 4.17.2.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

from reconcile.diff import equal
from reconcile.simulate.metacontroller.client import Refusal
from reconcile.simulate.metacontroller.definitions import VERSION
from reconcile.simulate.metacontroller.running import Running
from reconcile.simulate.metacontroller.settings import CreateError, resource_of, settings_of
from reconcile.simulate.metacontroller.triggers import started

if TYPE_CHECKING:
    from reconcile.simulate.metacontroller.process import Metacontroller
    from reconcile.value.types import JsonObject

__all__ = ["reconcile", "set_ticks"]


def reconcile(process: Metacontroller, key: str) -> None:
    """Start, restart or stop a controller, as its object says (rules 3.0, 3.0b)."""
    name = key.partition("/")[2]
    kind = process.server.catalogue.find_kind(VERSION, key.partition("/")[0])
    document = None if kind is None else process.cache.get(kind, "", name)
    run = process.running.get(key)
    if document is None:
        if run is not None:
            _stop(process, key, run)
        process.objects.forget(key)
        return
    if run is not None:
        if equal(run.settings.spec, document["spec"]):
            return
        _stop(process, key, run, document)
    try:
        _start(process, key, document)
    except CreateError as error:
        if not error.silent:
            message = f"Cannot create new controller: {error}"
            process.emit(document, "Warning", "CreateError", message)
        process.objects.add_failed(key, process.now)
    except LookupError:
        process.objects.add_failed(key, process.now)
    else:
        process.objects.forget(key)


def _start(process: Metacontroller, key: str, document: JsonObject) -> None:
    """Start a controller. Raises: CreateError; LookupError where nothing is told (rule 3.0)."""
    name = key.partition("/")[2]
    if document["kind"] == "CompositeController" and not _has_status(process, document, name):
        return

    def secret(namespace: str, name: str) -> Mapping[str, bytes] | None:
        return _secret(process, namespace, name)

    settings = settings_of(document, process.server.catalogue, secret)
    run = process.running[key] = Running(settings, document)
    process.emit(document, "Normal", "Started", f"Started controller: {name}")
    process.emit(document, "Normal", "Starting", f"Starting controller: {name}")
    for rule in settings.parents:
        process.cache.watch(rule.kind, process.server.world)
    for child in settings.children:
        process.cache.watch(child.kind, process.server.world)
    set_ticks(process, run)
    started(process, run)


def _has_status(process: Metacontroller, document: JsonObject, name: str) -> bool:
    """Return whether the parents of a composite have a status of their own.

    Raises: LookupError for parents that no definition defines.
    """
    parent = cast("Mapping[str, Any]", document["spec"])["parentResource"]
    kind = resource_of(process.server.catalogue, parent["apiVersion"], parent["resource"])
    if kind is None or kind.crd is None:
        message = "the kind of the parents has no definition"
        raise LookupError(message)
    if "status" in kind.served.subresources:
        return True
    message = (
        f"[{name}] Sync error - ignoring, CRD [apiextensions.k8s.io/v1, "
        "Kind=CustomResourceDefinition] does not have subresource 'Status' enabled"
    )
    process.emit(document, "Warning", "SyncError", message)
    return False


def set_ticks(process: Metacontroller, run: Running) -> None:
    """Say when all parents of a controller are looked at again."""
    period = run.settings.resync
    seconds = process.flags.resync if period is None else min(period, process.flags.resync)
    run.ticks = process.now + timedelta(seconds=seconds)


def _stop(
    process: Metacontroller, key: str, run: Running, document: JsonObject | None = None
) -> None:
    name = run.settings.name
    del process.running[key]
    process.emit(run.object, "Normal", "Stopping", f"Stopping controller: {name}")
    about = run.object if document is None else document
    process.emit(about, "Normal", "Stopped", f"Stopped controller: {name}")


def _secret(process: Metacontroller, namespace: str, name: str) -> Mapping[str, bytes] | None:
    kind = process.server.catalogue.find_kind("v1", "Secret")
    assert kind is not None
    try:
        document = process.client.get(kind, namespace, name)
    except Refusal:
        return None
    data = cast("Mapping[str, str]", document.get("data") or {})
    try:
        return {key: base64.b64decode(value) for key, value in data.items()}
    except (binascii.Error, ValueError):
        return {}
