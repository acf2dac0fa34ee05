"""A webhook as a function of OpenFaaS: the stack file of faas-cli, and the folder that it builds.

1. The stack file is for faas-cli; the API server does not know it.
2. Whoever reaches the gateway may call a function, so a `token_secret` is worth its while: OpenFaaS
   shows a Secret as files below /var/openfaas/secrets, named by its keys.

Source: docs.openfaas.com/reference/yaml; github.com/openfaas/python-flask-template, python3-http.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from reconcile.errors import DefinitionError
from reconcile.manifests.controller import TokenSecret
from reconcile.manifests.workload.running import DEADLINE, Running, Workload, image_of, resources
from reconcile.manifests.workload.source import Source
from reconcile.objects.yaml import to_yaml

if TYPE_CHECKING:
    from reconcile.value.types import JsonObject

__all__ = ["openfaas_function"]

_GATEWAY: Final = "http://gateway.openfaas:8080"
_SECRETS: Final = "/var/openfaas/secrets"
_TIMEOUTS: Final = ("read_timeout", "write_timeout", "exec_timeout")
_HANDLER: Final = '''"""What OpenFaaS calls."""

import sys
from pathlib import Path

# OpenFaaS puts this folder into a package of its own; the modules in it know nothing of that.
sys.path.insert(0, str(Path(__file__).parent))

{imports}

handle = handler({attribute}{options})
'''


def openfaas_function(workload: Workload, source: Source) -> Running:
    """Return the files of a function: `stack.yaml`, and a folder of the workload's name.

    Shape: for the template `python3-http`. `replicas` is the least number of Pods. The Secret of a
        token has its own name as its key, as `faas-cli secret create` makes it.
    Raises: DefinitionError without an image, or for what OpenFaaS could not run.
    """
    findings: list[str] = []
    if "handler.py" in source.files:
        findings.append("handler.py is the name of the file that OpenFaaS calls: rename yours")
    if "." in source.attribute:
        findings.append(f"the controller is {source.attribute}: give it a name of its module")
    if findings:
        raise DefinitionError(findings, subject=f"function {workload.name}")
    asked = resources(workload)
    function: JsonObject = {
        "lang": "python3-http",
        "handler": f"./{workload.name}",
        "image": image_of(workload),
        "namespace": workload.namespace,
        "labels": {"com.openfaas.scale.min": str(workload.replicas)},
        "readonly_root_filesystem": True,
        "environment": dict.fromkeys(_TIMEOUTS, f"{DEADLINE}s"),
        "requests": asked["requests"],
        "limits": asked["limits"],
    }
    imports, options, token = ["from reconcile.adapters.openfaas import handler"], "", None
    if workload.token_secret is not None:
        function["secrets"] = [workload.token_secret]
        imports.insert(0, "from reconcile.adapters.auth import Bearer")
        options = f', auth=Bearer(files=["{_SECRETS}/{workload.token_secret}"])'
        token = TokenSecret(workload.token_secret, workload.namespace, workload.token_secret)
    imports.insert(0, f"from {source.module} import {source.attribute}\n")
    stack: JsonObject = {
        "version": "1.0",
        "provider": {"name": "openfaas", "gateway": "http://127.0.0.1:8080"},
        "functions": {workload.name: function},
    }
    texts = {
        "stack.yaml": to_yaml(stack),
        f"{workload.name}/handler.py": _HANDLER.format(
            imports="\n".join(imports), attribute=source.attribute, options=options
        ),
        f"{workload.name}/requirements.txt": source.needs,
        **{f"{workload.name}/{path}": text for path, text in source.files.items()},
    }
    url = f"{_GATEWAY}/function/{workload.name}.{workload.namespace}"
    return Running(url, (), {path: text.encode() for path, text in texts.items()}, token)
