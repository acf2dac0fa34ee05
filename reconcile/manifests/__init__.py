"""What to install for a controller, and whether it is right: definitions, roles, workloads, checks.

1. Documents only: nothing is written and nothing is sent. Same code, same documents.
2. Importing this loads nothing but the names that are asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reconcile.manifests.access import ServiceAccount, rbac
    from reconcile.manifests.bundle import manifests
    from reconcile.manifests.checking.finding import Finding
    from reconcile.manifests.checking.whole import check, check_together
    from reconcile.manifests.controller import TokenSecret, controller_object
    from reconcile.manifests.definition import crd
    from reconcile.manifests.importing import parent_source
    from reconcile.manifests.judging.changes import CrdChange, crd_changes
    from reconcile.manifests.judging.findings import CrdFinding, crd_findings
    from reconcile.manifests.schema import SchemaError
    from reconcile.manifests.workload.image import dockerfile
    from reconcile.manifests.workload.knative import knative_service
    from reconcile.manifests.workload.kubeless import kubeless_function
    from reconcile.manifests.workload.kubernetes import deployment
    from reconcile.manifests.workload.openfaas import openfaas_function
    from reconcile.manifests.workload.running import Running, Workload
    from reconcile.manifests.workload.source import Source
    from reconcile.manifests.workload.zipapp import zipapp

_MODULES = {
    "checking.finding": ("Finding",),
    "checking.whole": ("check", "check_together"),
    "access": ("ServiceAccount", "rbac"),
    "bundle": ("manifests",),
    "controller": ("TokenSecret", "controller_object"),
    "definition": ("crd",),
    "importing": ("parent_source",),
    "judging.changes": ("CrdChange", "crd_changes"),
    "judging.findings": ("CrdFinding", "crd_findings"),
    "schema": ("SchemaError",),
    "workload.image": ("dockerfile",),
    "workload.knative": ("knative_service",),
    "workload.kubeless": ("kubeless_function",),
    "workload.kubernetes": ("deployment",),
    "workload.openfaas": ("openfaas_function",),
    "workload.running": ("Running", "Workload"),
    "workload.source": ("Source",),
    "workload.zipapp": ("zipapp",),
}
_HOMES = {name: module for module, names in _MODULES.items() for name in names}

__all__ = [
    "CrdChange",
    "CrdFinding",
    "Finding",
    "Running",
    "SchemaError",
    "ServiceAccount",
    "Source",
    "TokenSecret",
    "Workload",
    "check",
    "check_together",
    "controller_object",
    "crd",
    "crd_changes",
    "crd_findings",
    "deployment",
    "dockerfile",
    "knative_service",
    "kubeless_function",
    "manifests",
    "openfaas_function",
    "parent_source",
    "rbac",
    "zipapp",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
