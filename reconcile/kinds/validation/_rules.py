"""What the validation of a kind is made of, and the table of all kinds.

1. A module per group, imported when one of its kinds is first asked for.
2. Metadata is looked at in one place, by `Rules.names` and `Rules.metadata`; the functions of a
   kind look at the rest of the object.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

from reconcile.kinds.field_error import FieldError
from reconcile.value.types import JsonObject

from ._primitives import dns_subdomain

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["CreateRule", "Rules", "UpdateRule", "no_errors", "rules_of"]

CreateRule: TypeAlias = Callable[[JsonObject], list[FieldError]]
UpdateRule: TypeAlias = Callable[[JsonObject, JsonObject], list[FieldError]]


def no_errors(_document: JsonObject, /) -> list[FieldError]:
    """Return no errors: of such objects only the metadata is looked at."""
    return []


class Rules(NamedTuple):
    """How objects of one kind are validated."""

    create: CreateRule = no_errors
    """What is wrong with an object, its metadata left out."""
    update: UpdateRule | None = None
    """All that is wrong with a change (before, after), metadata left out, with what `create` would
    say of `after`; None where that is all."""
    status: UpdateRule | None = None
    """What is wrong with a write to the status (before, after); None where nothing is looked at."""
    names: Callable[[str], list[str]] = dns_subdomain
    """What is wrong with a name."""
    metadata: Literal["kube", "plain", "late", "none"] = "kube"
    """`kube`: finalizers must have a domain; `plain`: they need not; `late`: the kind itself never
    looks at metadata, so the server does only where it finds nothing else; `none`: nobody does, as
    in reviews, which are answered and not kept."""
    first: CreateRule | None = None
    """What is wrong with an object that the server looks at before all else, to allocate what it
    needs; if anything is, it says nothing more."""
    again: int = 0
    """How often the kind looks at the metadata of an update as it does at that of a create."""
    changes: bool = True
    """Whether the kind, beside the registry, looks at what an update changes of the metadata."""


_NONE: Final[dict[str, Rules]] = {}


def rules_of(group: str, kind: str) -> Rules:
    """Return the rules of a kind; those of all kinds where it has none of its own."""
    return _group(group).get(kind, Rules())


@cache
def _group(group: str) -> Mapping[str, Rules]:
    """Return the rules of one group, whose module is imported when first asked for."""
    match group:
        case "":
            from . import core

            return core.RULES
        case "admissionregistration.k8s.io":
            from . import admissionregistration

            return admissionregistration.RULES
        case "apiextensions.k8s.io":
            from . import apiextensions

            return apiextensions.RULES
        case "apiregistration.k8s.io":
            from . import apiregistration

            return apiregistration.RULES
        case "apps":
            from . import workloads

            return workloads.RULES
        case "authentication.k8s.io":
            from . import reviews

            return reviews.RULES
        case "authorization.k8s.io":
            from . import reviews

            return reviews.RULES
        case "autoscaling":
            from . import autoscaling

            return autoscaling.RULES
        case "batch":
            from . import batch

            return batch.RULES
        case "certificates.k8s.io":
            from . import certificates

            return certificates.RULES
        case "coordination.k8s.io":
            from . import coordination

            return coordination.RULES
        case "discovery.k8s.io":
            from . import discovery

            return discovery.RULES
        case "events.k8s.io":
            from . import events

            return events.RULES
        case "flowcontrol.apiserver.k8s.io":
            from . import flowcontrol

            return flowcontrol.RULES
        case "networking.k8s.io":
            from . import networking

            return networking.RULES
        case "node.k8s.io":
            from . import scheduling

            return scheduling.RULES
        case "policy":
            from . import policy

            return policy.RULES
        case "rbac.authorization.k8s.io":
            from . import rbac

            return rbac.RULES
        case "resource.k8s.io":
            from . import resource

            return resource.RULES
        case "scheduling.k8s.io":
            from . import scheduling

            return scheduling.RULES
        case "storage.k8s.io":
            from . import storage

            return storage.RULES
        case _:
            return _NONE
