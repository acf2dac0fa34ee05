"""A webhook as a Function of Kubeless, with its code inside, as in the talk's demo.

1. One file goes as text, several as an archive; the checksum is that of the bytes that Kubeless
   checks before it runs them, in the form of its command line.
2. Kubeless has no image with a Python that this library runs on: the runtime must be one that its
   configuration was given.

Source: github.com/vmware-archive/kubeless, pkg/apis/kubeless/v1beta1/function.go,
cmd/kubeless/function/function.go, pkg/utils/kubelessutil.go.
"""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from reconcile.errors import DefinitionError
from reconcile.manifests.workload.kubernetes import network_policy
from reconcile.manifests.workload.running import (
    DEADLINE,
    Running,
    Workload,
    container_security,
    resources,
)
from reconcile.manifests.workload.source import Source, named, packed

if TYPE_CHECKING:
    from reconcile.value.types import JsonObject

__all__ = ["kubeless_function"]

RUNTIME: Final = "python3.11"
_FILE: Final = "handler"


def kubeless_function(
    workload: Workload, source: Source, *, runtime: str = RUNTIME, timeout: int = DEADLINE
) -> Running:
    """Return a Function with the code of a controller, and the NetworkPolicy before it.

    Shape: kubeless.io/v1beta1. `runtime` is a name that Kubeless' configuration knows. An image of
        the workload is that of the runtime, if there is one.
    Units: `timeout` in seconds.
    Raises: DefinitionError for what Kubeless could not run.
    """
    findings: list[str] = []
    if len(source.files) > 1 and f"{_FILE}.py" in source.files:
        findings.append(f"{_FILE}.py is the name of the file that Kubeless calls: rename yours")
    if isinstance(timeout, bool) or timeout < 1:
        findings.append("timeout= takes whole seconds from 1 up")
    if workload.port != 8080:
        findings.append("port= is 8080 for Kubeless, whose runtime listens there")
    if "." in source.attribute:
        findings.append(f"the controller is {source.attribute}: give it a name of its module")
    if findings:
        raise DefinitionError(findings, subject=f"Function {workload.name}")
    content, function, text = _content(workload, source)
    found: JsonObject = {"created-by": "kubeless", "function": workload.name}
    container: JsonObject = {
        "resources": resources(workload),
        "securityContext": {
            # Kubeless chooses the user, and its images write what they install.
            key: value
            for key, value in container_security().items()
            if key not in {"readOnlyRootFilesystem", "runAsUser"}
        },
    }
    if workload.image:
        container["image"] = workload.image
    pod: JsonObject = {"automountServiceAccountToken": False, "containers": [container]}
    if workload.token_secret is not None:
        volume = f"{workload.token_secret}-vol"
        container["volumeMounts"] = [{"name": volume, "mountPath": f"/{workload.token_secret}"}]
        pod["volumes"] = [{"name": volume, "secret": {"secretName": workload.token_secret}}]
    made: JsonObject = {
        "apiVersion": "kubeless.io/v1beta1",
        "kind": "Function",
        "metadata": {
            "name": workload.name,
            "namespace": workload.namespace,
            "labels": found,
        },
        "spec": {
            "runtime": runtime,
            "timeout": str(timeout),
            "handler": f"{_FILE}.{function}",
            "deps": source.needs,
            "checksum": f"sha256:{sha256(content).hexdigest()}",
            "function-content-type": "base64+zip" if text is None else "text",
            "function": b64encode(content).decode() if text is None else text,
            "service": {
                "type": "ClusterIP",
                "selector": found,
                "ports": [
                    {
                        "name": "http-function-port",
                        "protocol": "TCP",
                        "port": workload.port,
                        "targetPort": workload.port,
                    }
                ],
            },
            "deployment": {"spec": {"replicas": workload.replicas, "template": {"spec": pod}}},
        },
    }
    # Without what lets it out: dependencies are fetched when the function's Pod begins.
    policy = network_policy(workload, found)
    rules = policy["spec"]
    assert isinstance(rules, dict)
    rules["policyTypes"] = ["Ingress"]
    url = f"http://{workload.name}.{workload.namespace}:{workload.port}"
    return Running(url, (made, policy), {}, workload.token)


def _content(workload: Workload, source: Source) -> tuple[bytes, str, str | None]:
    """Return the function's bytes, the name that is called, and the text if it is one."""
    files = source.files
    if len(files) == 1:
        return _text(workload, source)
    lines = ['"""What Kubeless calls."""', "", "from reconcile.adapters.kubeless import handler"]
    options = ""
    if workload.token_secret is not None:
        lines.insert(2, "from reconcile.adapters.auth import Bearer")
        options = f', auth=Bearer(files=["/{workload.token_secret}/token"])'
    lines += ["", f"from {source.module} import {source.attribute}", ""]
    lines += [f"sync = handler({source.attribute}{options})", ""]
    texts = {**files, f"{_FILE}.py": "\n".join(lines)}
    return packed({path: text.encode() for path, text in texts.items()}), "sync", None


def _text(workload: Workload, source: Source) -> tuple[bytes, str, str]:
    """Return the user's file with what Kubeless calls below it; its names get in nobody's way."""
    adapter, bearer, function = (named(source, each) for each in ("_kubeless", "_Bearer", "sync"))
    lines = ["", "", "# What Kubeless calls."]
    options = ""
    if workload.token_secret is not None:
        lines.append(f"from reconcile.adapters.auth import Bearer as {bearer}  # noqa: E402")
        options = f', auth={bearer}(files=["/{workload.token_secret}/token"])'
    lines += [f"from reconcile.adapters.kubeless import handler as {adapter}  # noqa: E402", ""]
    lines += [f"{function} = {adapter}({source.attribute}{options})", ""]
    text = source.files[source.main].rstrip("\n") + "\n".join(lines)
    return text.encode(), function, text
