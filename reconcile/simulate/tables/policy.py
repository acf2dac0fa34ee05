"""Columns of who may do what and what is let through: bindings, admission, flow control, services.

Source: k8s.io/kubernetes pkg/printers/internalversion/printers.go; k8s.io/kube-aggregator
pkg/registry/apiservice/etcd. Column texts are those of the fields they show.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from reconcile.simulate.tables.shared import (
    AGE,
    NAME,
    Cells,
    Column,
    Object,
    Printer,
    age,
    at,
    condition,
    joined,
    listed,
    mapped,
    more,
    name_of,
    number,
    text,
    wide,
)

__all__ = ["POLICY"]


def _binding(obj: Object, now: datetime) -> Cells:
    subjects: dict[str, list[str]] = {"User": [], "Group": [], "ServiceAccount": []}
    for each in listed(obj, "subjects"):
        kind, name = text(each, "kind"), text(each, "name")
        shown = f"{text(each, 'namespace')}/{name}" if kind == "ServiceAccount" else name
        subjects.setdefault(kind, []).append(shown)
    role = f"{text(obj, 'roleRef', 'kind')}/{text(obj, 'roleRef', 'name')}"
    known = (subjects[kind] for kind in ("User", "Group", "ServiceAccount"))
    return [name_of(obj), role, age(obj, now), *(joined(names, ", ") for names in known)]


def _webhooks(obj: Object, now: datetime) -> Cells:
    return [name_of(obj), len(listed(obj, "webhooks")), age(obj, now)]


def _policy(obj: Object, now: datetime) -> Cells:
    field = "mutations" if text(obj, "kind").startswith("Mutating") else "validations"
    kind = at(obj, "spec", "paramKind")
    shown = "<unset>" if kind is None else f"{text(kind, 'apiVersion')}/{text(kind, 'kind')}"
    return [name_of(obj), len(listed(obj, "spec", field)), shown, age(obj, now)]


def _policy_binding(obj: Object, now: datetime) -> Cells:
    param = at(obj, "spec", "paramRef")
    shown, name = "<unset>", text(param, "name")
    if name:
        shown = f"{text(param, 'namespace') or '*'}/{name}"
    elif at(param, "selector") is not None:
        shown = _go_selector(at(param, "selector"))
    return [name_of(obj), text(obj, "spec", "policyName"), shown, age(obj, now)]


def _go_selector(selector: Object) -> str:
    """Return a selector as its Go structure prints itself."""
    labels = "".join(f"{k}: {v}," for k, v in sorted(mapped(selector, "matchLabels").items()))
    expressions = "".join(
        f"LabelSelectorRequirement{{Key:{text(each, 'key')},Operator:{text(each, 'operator')},"
        f"Values:[{joined(map(str, listed(each, 'values')), ' ')}],}},"
        for each in listed(selector, "matchExpressions")
    )
    return (
        f"&LabelSelector{{MatchLabels:map[string]string{{{labels}}},"
        f"MatchExpressions:[]LabelSelectorRequirement{{{expressions}}},}}"
    )


def _flow_schema(obj: Object, now: datetime) -> Cells:
    method = at(obj, "spec", "distinguisherMethod")
    dangling = condition(obj, "Dangling")
    return [
        name_of(obj),
        text(obj, "spec", "priorityLevelConfiguration", "name"),
        number(obj, "spec", "matchingPrecedence"),
        "<none>" if method is None else text(method, "type"),
        age(obj, now),
        "?" if dangling is None else text(dangling, "status"),
    ]


def _priority_level(obj: Object, now: datetime) -> Cells:
    limited = at(obj, "spec", "limited")
    queuing = at(limited, "limitResponse", "queuing")
    shares = "<none>" if limited is None else number(limited, "nominalConcurrencyShares")
    fields = ("queues", "handSize", "queueLengthLimit")
    return [
        name_of(obj),
        text(obj, "spec", "type"),
        shares,
        *("<none>" if queuing is None else number(queuing, field) for field in fields),
        age(obj, now),
    ]


def _storage_version(obj: Object, now: datetime) -> Cells:
    common = at(obj, "status", "commonEncodingVersion")
    stored = [
        f"{text(each, 'apiServerID')}={text(each, 'encodingVersion')}"
        for each in listed(obj, "status", "storageVersions")
    ]
    shown = more(stored, len(stored), 3) or "<unset>"
    return [name_of(obj), "<unset>" if common is None else common, shown, age(obj, now)]


def _api_service(obj: Object, now: datetime) -> Cells:
    service, available = at(obj, "spec", "service"), condition(obj, "Available")
    where = "Local"
    if service is not None:
        where = f"{text(service, 'namespace')}/{text(service, 'name')}"
    status = "Unknown" if available is None else text(available, "status")
    if status != "True" and text(available, "reason"):
        status = f"{status} ({text(available, 'reason')})"
    return [name_of(obj), where, status, age(obj, now)]


# The server tells the texts of an older version, which is not published any more.
_UNRESOLVED: Final = "If the RoleRef cannot be resolved, the Authorizer must return an error."
_ROLES: Final = {
    "RoleBinding": (
        "RoleRef can reference a Role in the current namespace or a ClusterRole in the global"
        f" namespace. {_UNRESOLVED}"
    ),
    "ClusterRoleBinding": (
        f"RoleRef can only reference a ClusterRole in the global namespace. {_UNRESOLVED}"
    ),
}


def _binding_columns(kind: str) -> tuple[Column, ...]:
    name = kind[0].lower() + kind[1:]
    return (
        NAME,
        Column("Role", _ROLES[kind]),
        AGE,
        *(wide(each, f"{each} in the {name}") for each in ("Users", "Groups", "ServiceAccounts")),
    )


_HOOKS: Final = Printer(
    (
        NAME,
        Column(
            "Webhooks",
            "Webhooks indicates the number of webhooks registered in this configuration",
            "integer",
        ),
        AGE,
    ),
    _webhooks,
)
_PARAM_KIND: Final = Column(
    "ParamKind", "ParamKind specifies the kind of resources used to parameterize this policy"
)
# The server's own spelling.
_POLICY_BINDING: Final = Printer(
    (
        NAME,
        Column(
            "PolicyName",
            "PolicyName indicates the policy definition which the policy binding binded to",
        ),
        Column(
            "ParamRef", "ParamRef indicates the param resource which sets the configuration param"
        ),
        AGE,
    ),
    _policy_binding,
)
_ADMISSION: Final = "admissionregistration.k8s.io"
_FLOW: Final = "flowcontrol.apiserver.k8s.io"
_LEVEL: Final = "#api.flowcontrol.v1."
_STORED: Final = "#api.apiserverinternal.v1alpha1.StorageVersionStatus/"

POLICY: Final[dict[tuple[str, str], Printer]] = {
    ("rbac.authorization.k8s.io", "RoleBinding"): Printer(
        _binding_columns("RoleBinding"), _binding
    ),
    ("rbac.authorization.k8s.io", "ClusterRoleBinding"): Printer(
        _binding_columns("ClusterRoleBinding"), _binding
    ),
    (_ADMISSION, "MutatingWebhookConfiguration"): _HOOKS,
    (_ADMISSION, "ValidatingWebhookConfiguration"): _HOOKS,
    (_ADMISSION, "ValidatingAdmissionPolicy"): Printer(
        (
            NAME,
            Column(
                "Validations",
                "Validations indicates the number of validation rules defined in this"
                " configuration",
                "integer",
            ),
            _PARAM_KIND,
            AGE,
        ),
        _policy,
    ),
    (_ADMISSION, "MutatingAdmissionPolicy"): Printer(
        (
            NAME,
            Column(
                "Mutations",
                "Mutation indicates the number of mutations rules defined in this configuration",
                "integer",
            ),
            _PARAM_KIND,
            AGE,
        ),
        _policy,
    ),
    (_ADMISSION, "ValidatingAdmissionPolicyBinding"): _POLICY_BINDING,
    (_ADMISSION, "MutatingAdmissionPolicyBinding"): _POLICY_BINDING,
    (_FLOW, "FlowSchema"): Printer(
        (
            NAME,
            Column("PriorityLevel", f"{_LEVEL}PriorityLevelConfigurationReference/name"),
            Column("MatchingPrecedence", f"{_LEVEL}FlowSchemaSpec/matchingPrecedence"),
            Column("DistinguisherMethod", f"{_LEVEL}FlowSchemaSpec/distinguisherMethod"),
            AGE,
            Column("MissingPL", "references a broken or non-existent PriorityLevelConfiguration"),
        ),
        _flow_schema,
    ),
    (_FLOW, "PriorityLevelConfiguration"): Printer(
        (
            NAME,
            Column("Type", f"{_LEVEL}PriorityLevelConfigurationSpec/type"),
            Column(
                "NominalConcurrencyShares",
                f"{_LEVEL}LimitedPriorityLevelConfiguration/nominalConcurrencyShares",
            ),
            Column("Queues", f"{_LEVEL}QueuingConfiguration/queues"),
            Column("HandSize", f"{_LEVEL}QueuingConfiguration/handSize"),
            Column("QueueLengthLimit", f"{_LEVEL}QueuingConfiguration/queueLengthLimit"),
            AGE,
        ),
        _priority_level,
    ),
    ("internal.apiserver.k8s.io", "StorageVersion"): Printer(
        (
            NAME,
            Column("CommonEncodingVersion", f"{_STORED}commonEncodingVersion"),
            Column("StorageVersions", f"{_STORED}storageVersions"),
            AGE,
        ),
        _storage_version,
    ),
    ("apiregistration.k8s.io", "APIService"): Printer(
        (
            NAME,
            Column("Service", "The reference to the service that hosts this API endpoint."),
            Column("Available", "Whether this service is available."),
            AGE,
        ),
        _api_service,
    ),
}
