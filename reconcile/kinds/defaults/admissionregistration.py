"""admissionregistration.k8s.io. Shown by the recordings of webhooks and of admission policies."""

from __future__ import annotations

from typing import Final

from ._rule import Default, Rule, at

__all__ = ["ADMISSION"]

_MATCHING: Final = (
    Default("/matchPolicy", "Equivalent"),
    Default("/namespaceSelector", {}),
    Default("/objectSelector", {}),
)
_RESOURCES: Final = (
    *_MATCHING,
    Default("/resourceRules/*/scope", "*"),
    Default("/excludeResourceRules/*/scope", "*"),
)
_POLICY: Final = (
    Default("/spec/failurePolicy", "Fail"),
    *at("/spec/matchConstraints", _RESOURCES),
)
_BINDING: Final = at("/spec/matchResources", _RESOURCES)
_WEBHOOK: Final = (
    Default("/failurePolicy", "Fail"),
    *_MATCHING,
    Default("/timeoutSeconds", 10),
    Default("/clientConfig/service/port", 443),
    Default("/rules/*/scope", "*"),
)
ADMISSION: Final[dict[str, tuple[Rule, ...]]] = {
    "MutatingAdmissionPolicy": _POLICY,
    "MutatingAdmissionPolicyBinding": _BINDING,
    "MutatingWebhookConfiguration": (
        *at("/webhooks/*", _WEBHOOK),
        Default("/webhooks/*/reinvocationPolicy", "Never"),
    ),
    "ValidatingAdmissionPolicy": _POLICY,
    "ValidatingAdmissionPolicyBinding": _BINDING,
    "ValidatingWebhookConfiguration": at("/webhooks/*", _WEBHOOK),
}
