"""What the server warns of in Pods."""

from __future__ import annotations

from typing import Any

import pytest

from reconcile.simulate.warnings.pods import pod_warnings

FRACTION = "is invalid, must be an integer"
NULL = "labelSelector: a null labelSelector results in matching no pod"


def told(spec: dict[str, Any], prefix: str = "", **annotations: str) -> list[str]:
    """Return the warnings of a Pod with a specification."""
    about = {key.replace("__", "/").replace("_", "."): value for key, value in annotations.items()}
    return list(pod_warnings({"metadata": {"annotations": about}, "spec": spec}, prefix))


def of(**container: Any) -> list[str]:
    """Return the warnings of a Pod with a container."""
    return told({"containers": [{"name": "c", **container}]})


def test_ports_of_all_containers_are_told_apart() -> None:
    """A port and a name may be used once in a Pod."""
    one = {"containerPort": 80, "protocol": "TCP", "name": "n"}
    other = {"containerPort": 80, "protocol": "TCP", "hostPort": 1, "name": "n"}
    assert told({"containers": [{"ports": [one]}, {"ports": [one, other]}]}, "t.") == [
        "t.spec.containers[1].ports[0]: duplicate port definition with t.spec.containers[0].ports[0]",
        "t.spec.containers[1].ports[1]: overlapping port definition with "
        "t.spec.containers[0].ports[0]",
        "t.spec.containers[1].ports[1]: overlapping port definition with "
        "t.spec.containers[1].ports[0]",
        *(
            f't.spec.containers[1].ports[{place}]: duplicate port name "n" with '
            "t.spec.containers[0].ports[0], services and probes that select ports by name will use "
            "t.spec.containers[0].ports[0]"
            for place in (0, 1)
        ),
    ]


def test_a_host_port_may_be_ambiguous() -> None:
    """One port of a host, with and without its address, is warned of."""
    one = {"containerPort": 80, "protocol": "TCP", "hostPort": 1}
    assert of(ports=[one, {**one, "hostIP": "10.0.0.1"}, {**one, "hostPort": 2}]) == [
        "spec.containers[0].ports[1]: dangerously ambiguous port definition with "
        "spec.containers[0].ports[0]"
    ]


def test_an_address_of_the_host_needs_a_port() -> None:
    """The port is shown as the server prints it."""
    assert of(ports=[{"containerPort": 80, "protocol": "TCP", "hostIP": "10.0.0.1"}]) == [
        "spec.containers[0].ports[0]: hostIP set without hostPort: "
        "{Name: HostPort:0 ContainerPort:80 Protocol:TCP HostIP:10.0.0.1}"
    ]


def test_bytes_are_whole() -> None:
    """Amounts of bytes are told memory first, limits first."""
    amounts = {"ephemeral-storage": "1m", "memory": "2m", "cpu": "3m"}
    found = of(resources={"requests": amounts, "limits": amounts})
    assert found == [
        f'spec.containers[0].resources.{side}[{name}]: fractional byte value "{value}" {FRACTION}'
        for name, value in (("memory", "2m"), ("ephemeral-storage", "1m"))
        for side in ("limits", "requests")
    ]
    assert told({"overhead": {"memory": "1500m"}}) == [
        f'spec.overhead[memory]: fractional byte value "1500m" {FRACTION}'
    ]
    claim = {"resources": {"requests": {"storage": "1m"}}}
    volume = {"ephemeral": {"volumeClaimTemplate": {"spec": claim}}}
    assert told({"volumes": [volume, {"ephemeral": {}}]}) == [
        "spec.volumes[0].ephemeral.volumeClaimTemplate.spec.resources.requests[storage]: "
        f'fractional byte value "1m" {FRACTION}'
    ]


@pytest.mark.parametrize(
    ("second", "hides"),
    [
        ({"value": "b"}, True),
        ({"value": "$(A)"}, True),
        ({"value": "$(A)b"}, False),
        ({"valueFrom": {}}, True),
    ],
)
def test_a_variable_may_hide_another(second: dict[str, Any], hides: bool) -> None:
    """A second value that is not made of the first hides it."""
    assert (
        of(env=[{"name": "A", "value": "a"}, {"name": "A", **second}])
        == [
            'spec.containers[0].env[1]: hides previous definition of "A", which may be dropped when '
            "using apply"
        ]
        * hides
    )


def test_labels_of_nodes() -> None:
    """Labels on their way out are told wherever nodes are selected, null selectors of Pods too."""
    key = "beta.kubernetes.io/os"
    why = 'deprecated since v1.14; use "kubernetes.io/os" instead'
    term = {"matchExpressions": [{"key": "a"}, {"key": key}]}
    required = "requiredDuringSchedulingIgnoredDuringExecution"
    preferred = "preferredDuringSchedulingIgnoredDuringExecution"
    pods = {required: [{}, {"labelSelector": {}}], preferred: [{"podAffinityTerm": {}}]}
    spec = {
        "nodeSelector": {"a": "", key: ""},
        "affinity": {
            "nodeAffinity": {
                required: {"nodeSelectorTerms": [term]},
                preferred: [{"preference": term}],
            },
            "podAffinity": pods,
        },
        "topologySpreadConstraints": [
            {"topologyKey": key},
            {"topologyKey": "a", "labelSelector": {}},
        ],
        "terminationGracePeriodSeconds": -1,
    }
    node = "spec.affinity.nodeAffinity."
    assert told(spec) == [
        f"spec.nodeSelector[{key}]: {why}",
        f"{node}{required}.nodeSelectorTerms[0].matchExpressions[1].key: {key} is {why}",
        f"{node}{preferred}[0].preference.matchExpressions[1].key: {key} is {why}",
        f"spec.topologySpreadConstraints[0].topologyKey: {key} is {why}",
        f"spec.topologySpreadConstraints[0].{NULL}",
        "spec.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be "
        "treated as 1",
        f"spec.affinity.podAffinity.{required}[0].{NULL}",
        f"spec.affinity.podAffinity.{preferred}[0].podAffinityTerm.{NULL}",
    ]


def test_names_that_are_there_twice() -> None:
    """Secrets and aliases are told once, and secrets have names."""
    spec = {
        "imagePullSecrets": [{"name": "a"}, {"name": "a"}, {}],
        "hostAliases": [{"ip": "10.0.0.1"}, {"ip": "10.0.0.1"}],
    }
    assert told(spec) == [
        'spec.hostAliases[1].ip: duplicate ip "10.0.0.1"',
        'spec.imagePullSecrets[1].name: duplicate name "a"',
        'spec.imagePullSecrets[2].name: invalid empty name ""',
    ]


def test_annotations_in_place_of_fields() -> None:
    """An annotation is warned of unless the field is there; AppArmor's only in templates."""
    spec: dict[str, Any] = {"containers": [{"name": "c"}]}
    notes = {
        "security_alpha_kubernetes_io__sysctls": "",
        "seccomp_security_alpha_kubernetes_io__pod": "",
        "container_seccomp_security_alpha_kubernetes_io__c": "",
        "container_apparmor_security_beta_kubernetes_io__c": "",
    }
    use = 'non-functional in v1.27+; use the "seccompProfile" field instead'
    pod = [
        "metadata.annotations[security.alpha.kubernetes.io/sysctls]: non-functional in v1.11+; use "
        'the "sysctls" field instead',
        f"metadata.annotations[seccomp.security.alpha.kubernetes.io/pod]: {use}",
        f"metadata.annotations[container.seccomp.security.alpha.kubernetes.io/c]: {use}",
    ]
    assert told(spec, **notes) == pod
    armor = (
        "t.metadata.annotations[container.apparmor.security.beta.kubernetes.io/c]: deprecated "
        'since v1.30; use the "appArmorProfile" field instead'
    )
    assert told(spec, "t.", **notes) == [*(f"t.{each}" for each in pod), armor]
    profiles = {"seccompProfile": {"type": "a"}, "appArmorProfile": {"type": "a"}}
    spec = {"containers": [{"name": "c", "securityContext": profiles}], "securityContext": profiles}
    assert told(spec, "t.", **notes) == [f"t.{pod[0]}"]


def test_volumes_that_go_away() -> None:
    """Sources of volumes are told by the names that the server has for them."""
    assert told({"volumes": [{"storageos": {}}, {"gitRepo": {}}, {"emptyDir": {}}]}) == [
        "spec.volumes[0].storageOS: deprecated in v1.22, non-functional in v1.25+",
        "spec.volumes[1].gitRepo: deprecated in v1.11, and disabled by default in v1.33+",
    ]


def test_files_in_the_place_of_a_token() -> None:
    """A file that is projected over a token is told."""
    items = {"items": [{"path": "a"}, {"path": "t"}]}
    sources = [
        {"serviceAccountToken": {"path": "t"}},
        {"configMap": items},
        {"secret": items},
        {"downwardAPI": items},
        {"clusterTrustBundle": {"path": "t"}},
    ]
    assert told({"volumes": [{"projected": {"sources": sources}}]}) == [
        f"spec.volumes[0].projected.sources.{each}: has duplicated path with ServiceAccountToken "
        '"t"'
        for each in ("configMap[1]", "secrets[1]", "downwardAPI[1]", "ClusterTrustBundle")
    ]
