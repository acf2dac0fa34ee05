"""Definitions of the kinds of function platforms, as strict as their programs are.

No definition of theirs is at hand, so these are written from their documentation: the fields that
are known to each, and nothing else. What a container and a Pod may say is Kubernetes' own schema.

Source: knative.dev/docs/serving/reference/serving-api, pkg/apis/serving/fieldmask.go (what is taken
without feature flags); vmware-archive/kubeless pkg/apis/kubeless/v1beta1/function.go.
"""

from __future__ import annotations

from typing import Any

TEXT = {"type": "string"}
WHOLE = {"type": "integer"}
FLAG = {"type": "boolean"}
TEXTS = {"type": "object", "additionalProperties": TEXT}
EITHER = {"x-kubernetes-int-or-string": True}


def _object(required: tuple[str, ...] = (), **properties: Any) -> dict[str, Any]:
    made: dict[str, Any] = {"type": "object", "properties": properties}
    if required:
        made["required"] = [*required]
    return made


def _list(items: Any) -> dict[str, Any]:
    return {"type": "array", "items": items}


def _definition(group: str, version: str, kind: str, spec: Any) -> dict[str, Any]:
    plural = f"{kind.lower()}s"
    served = {
        "name": version,
        "served": True,
        "storage": True,
        "schema": {"openAPIV3Schema": _object(("spec",), spec=spec)},
    }
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{group}"},
        "spec": {
            "group": group,
            "scope": "Namespaced",
            "names": {"kind": kind, "plural": plural, "listKind": f"{kind}List"},
            "versions": [served],
        },
    }


SECURITY = _object(
    allowPrivilegeEscalation=FLAG,
    capabilities=_object(add=_list(TEXT), drop=_list(TEXT)),
    readOnlyRootFilesystem=FLAG,
    runAsGroup=WHOLE,
    runAsNonRoot=FLAG,
    runAsUser=WHOLE,
    seccompProfile=_object(("type",), type=TEXT, localhostProfile=TEXT),
)
RESOURCES = _object(
    requests={"type": "object", "additionalProperties": EITHER},
    limits={"type": "object", "additionalProperties": EITHER},
)
PROBE = _object(
    httpGet=_object(path=TEXT, port=EITHER, scheme=TEXT),
    periodSeconds=WHOLE,
    timeoutSeconds=WHOLE,
)
MOUNT = _object(("name", "mountPath"), name=TEXT, mountPath=TEXT, readOnly=FLAG)
CONTAINER = _object(
    name=TEXT,
    image=TEXT,
    command=_list(TEXT),
    args=_list(TEXT),
    env=_list(_object(("name",), name=TEXT, value=TEXT)),
    ports=_list(
        _object(
            ("containerPort",),
            containerPort=WHOLE,
            name={**TEXT, "enum": ["", "h2c", "http1"]},
            protocol=TEXT,
        )
    ),
    readinessProbe=PROBE,
    livenessProbe=PROBE,
    resources=RESOURCES,
    securityContext=SECURITY,
    volumeMounts=_list(MOUNT),
)
VOLUME = _object(("name",), name=TEXT, secret=_object(secretName=TEXT))
METADATA = _object(annotations=TEXTS, labels=TEXTS, name=TEXT)

KNATIVE = _definition(
    "serving.knative.dev",
    "v1",
    "Service",
    _object(
        template=_object(
            metadata=METADATA,
            spec=_object(
                ("containers",),
                automountServiceAccountToken=FLAG,
                containerConcurrency=WHOLE,
                containers=_list(CONTAINER),
                enableServiceLinks=FLAG,
                serviceAccountName=TEXT,
                timeoutSeconds=WHOLE,
                volumes=_list(VOLUME),
            ),
        ),
    ),
)

KUBELESS = _definition(
    "kubeless.io",
    "v1beta1",
    "Function",
    _object(
        ("handler", "runtime", "function"),
        **{
            "handler": {**TEXT, "pattern": r"^[A-Za-z_]\w*\.[A-Za-z_]\w*$"},
            "function": TEXT,
            "function-content-type": {
                **TEXT,
                "enum": ["text", "base64", "url", "base64+zip", "url+zip"],
            },
            "checksum": {**TEXT, "pattern": "^sha256:[0-9a-f]{64}$"},
            "runtime": TEXT,
            "timeout": {**TEXT, "pattern": "^[0-9]+$"},
            "deps": TEXT,
            "service": _object(
                type=TEXT,
                selector=TEXTS,
                ports=_list(_object(name=TEXT, protocol=TEXT, port=WHOLE, targetPort=EITHER)),
            ),
            "deployment": _object(
                spec=_object(
                    replicas=WHOLE,
                    template=_object(
                        spec=_object(
                            automountServiceAccountToken=FLAG,
                            containers=_list(CONTAINER),
                            volumes=_list(VOLUME),
                        )
                    ),
                )
            ),
        },
    ),
)
