"""What a namespace demands of its Pods."""

from __future__ import annotations

from typing import Any

import pytest

from reconcile.simulate import ApiServer
from reconcile.simulate.server.pod_security import violations

PODS = "/api/v1/namespaces/safe/pods"
GOOD: dict[str, Any] = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "runAsNonRoot": True,
    "seccompProfile": {"type": "RuntimeDefault"},
}


def pod(context: Any = None, *, container: Any = None, **spec: Any) -> dict[str, Any]:
    """Return a Pod with one container that has a security context."""
    one: dict[str, Any] = {"name": "main", "image": "img:1", **(container or {})}
    if context is not None:
        one["securityContext"] = context
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "p"},
        "spec": {"containers": [one], **spec},
    }


def safe(level: str | None) -> ApiServer:
    """Return a server with a namespace of a level."""
    server = ApiServer()
    labels = {} if level is None else {"pod-security.kubernetes.io/enforce": level}
    about = {"name": "safe", "labels": labels}
    server.request("POST", "/api/v1/namespaces", body={"kind": "Namespace", "metadata": about})
    return server


def test_a_plain_pod_is_refused_where_the_restricted_level_is_enforced() -> None:
    """In the recorded words, all faults at once."""
    answer = safe("restricted").request("POST", PODS, body=pod())
    assert answer.status == 403
    assert isinstance(answer.body, dict)
    assert answer.body["message"] == (
        'pods "p" is forbidden: violates PodSecurity "restricted:latest": '
        'allowPrivilegeEscalation != false (container "main" must set '
        "securityContext.allowPrivilegeEscalation=false), unrestricted capabilities (container "
        '"main" must set securityContext.capabilities.drop=["ALL"]), runAsNonRoot != true (pod or '
        'container "main" must set securityContext.runAsNonRoot=true), seccompProfile (pod or '
        'container "main" must set securityContext.seccompProfile.type to "RuntimeDefault" or '
        '"Localhost")'
    )


@pytest.mark.parametrize(
    ("level", "context", "status"),
    [
        (None, None, 201),
        ("privileged", {"privileged": True}, 201),
        ("baseline", None, 201),
        ("baseline", {"privileged": True}, 403),
        ("restricted", GOOD, 201),
        ("unknown", None, 201),
    ],
)
def test_levels(level: str | None, context: Any, status: int) -> None:
    """Nothing is demanded without a level, less at the lower one."""
    assert safe(level).request("POST", PODS, body=pod(context)).status == status


@pytest.mark.parametrize(
    ("document", "told"),
    [
        (pod(hostNetwork=True, hostPID=True), "host namespaces (hostNetwork=true, hostPID=true)"),
        (
            pod(container={"ports": [{"containerPort": 1, "hostPort": 80}]}),
            'hostPort (container "main" uses hostPort 80)',
        ),
        (pod({"procMount": "Unmasked"}), "procMount (container "),
        (
            pod({"capabilities": {"add": ["CHOWN", "NET_ADMIN"]}}),
            'non-default capabilities (container "main" must not include "NET_ADMIN" in ',
        ),
        (pod(volumes=[{"name": "v", "hostPath": {"path": "/"}}]), 'hostPath volumes (volume "v")'),
        (
            pod(securityContext={"sysctls": [{"name": "kernel.msgmax", "value": "1"}]}),
            "forbidden sysctls (kernel.msgmax)",
        ),
        (
            pod(securityContext={"seccompProfile": {"type": "Unconfined"}}),
            "seccompProfile (pod must not set ",
        ),
    ],
)
def test_what_the_baseline_refuses(document: dict[str, Any], told: str) -> None:
    """One fault, and what would be right; the restricted level refuses it, too."""
    (found,) = violations(document, "baseline")
    assert found.startswith(told)
    assert len(violations(document, "restricted")) > 1
    assert violations(document, "") == []


@pytest.mark.parametrize(
    ("document", "told"),
    [
        (pod({**GOOD, "runAsUser": 0}), 'runAsUser=0 (container "main" must not set runAsUser=0)'),
        (
            pod({**GOOD, "runAsNonRoot": False}),
            'runAsNonRoot != true (container "main" must not set ',
        ),
        (
            pod({**GOOD, "capabilities": {"drop": ["ALL"], "add": ["CHOWN"]}}),
            'unrestricted capabilities (container "main" must not include "CHOWN"',
        ),
        (
            pod(GOOD, volumes=[{"name": "v", "nfs": {"server": "s", "path": "/"}}]),
            'restricted volume types (volume "v" uses restricted volume type "nfs")',
        ),
        (
            pod({**GOOD, "seccompProfile": {"type": "Unconfined"}}),
            'seccompProfile (container "main" must not set ',
        ),
    ],
)
def test_what_only_the_restricted_level_refuses(document: dict[str, Any], told: str) -> None:
    """One fault of a Pod that is good otherwise."""
    (found,) = violations(document, "restricted")
    assert found.startswith(told)


def test_what_the_pod_says_counts_for_its_containers() -> None:
    """Where they say nothing themselves; several are named together."""
    own = {name: GOOD[name] for name in ("allowPrivilegeEscalation", "capabilities")}
    whole = {"runAsNonRoot": True, "seccompProfile": {"type": "Localhost"}}
    assert violations(pod(own, securityContext=whole), "restricted") == []
    two = pod()
    two["spec"]["initContainers"] = [{"name": "first"}]
    found = violations(two, "restricted")
    assert found[0].startswith('allowPrivilegeEscalation != false (containers "first", "main" must')


def test_a_change_is_looked_at_if_it_changes_an_image() -> None:
    """A label may change where the level came later; an image may not."""
    server = safe(None)
    server.request("POST", PODS, body=pod())
    labels = {"metadata": {"labels": {"pod-security.kubernetes.io/enforce": "restricted"}}}
    merge = "application/merge-patch+json"
    server.request("PATCH", "/api/v1/namespaces/safe", body=labels, content_type=merge)
    label = {"metadata": {"labels": {"a": "b"}}}
    assert server.request("PATCH", f"{PODS}/p", body=label, content_type=merge).status == 200
    image = {"spec": {"containers": [{"name": "main", "image": "img:2"}]}}
    strategic = "application/strategic-merge-patch+json"
    assert server.request("PATCH", f"{PODS}/p", body=image, content_type=strategic).status == 403
