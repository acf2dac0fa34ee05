"""Which cluster, and who asks: a kubeconfig or the Pod's own account, by the `kubernetes` client.

1. The client knows kubeconfigs, plugins for credentials and certificates; this takes from it the
   address, the pool of connections and the header, and reads bytes itself.
2. Versions 34 to 37 of the client differ in their models, which are not used.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final

from reconcile.live.reading import LiveError

if TYPE_CHECKING:
    from reconcile.live.reading import Answered

__all__ = ["connect"]

_TIMEOUT: Final = 30.0


def connect(
    *, kubeconfig: str | None = None, context: str | None = None, timeout: float = _TIMEOUT
) -> tuple[Answered, str]:
    """Return what asks a cluster, and the namespace that is meant where none is said.

    Shape: `kubeconfig` None is as kubectl has it: KUBECONFIG, or the file of the user, or the
        account of the Pod this runs in.
    Units: `timeout` in seconds, for each answer.
    Raises: LiveError without the client, without a configuration, or with one that is wrong.
    """
    try:
        import kubernetes
        from kubernetes.config.config_exception import ConfigException
        from urllib3 import Retry
    except ImportError:
        message = "needs the kubernetes client: pip install 'kube-reconcile[kubernetes]'"
        raise LiveError("the cluster", message) from None
    library: Any = kubernetes  # it has no types
    client, config = library.client, library.config
    settings = client.Configuration()
    namespace = "default"
    # The client looks at the environment once, when it is loaded.
    file = kubeconfig or os.environ.get("KUBECONFIG") or None
    try:
        try:
            config.load_kube_config(file, context, client_configuration=settings)
            namespace = _namespace(config, file, context)
        except ConfigException:
            if kubeconfig is not None or context is not None:
                raise
            config.load_incluster_config(client_configuration=settings)
    except ConfigException:
        told = f"kubeconfig {kubeconfig}" if kubeconfig else "kubeconfig"
        wanted = f"context {context}" if context else "cluster"
        message = f"there is no {told}, or no {wanted} in it: kubectl config get-contexts"
        raise LiveError("the cluster", message) from None
    except Exception as error:
        message = f"the kubeconfig cannot be read ({type(error).__name__})"
        raise LiveError("the cluster", message) from error
    pool: Any = client.ApiClient(settings).rest_client.pool_manager
    # What a server says after the last try is told, not that there were tries.
    tries = Retry(2, raise_on_status=False)

    def answered(path: str) -> tuple[int, bytes]:
        headers = {"Accept": "application/json", "User-Agent": "reconcile"}
        for auth in settings.auth_settings().values():
            headers[auth["key"]] = auth["value"]
        try:
            reply = pool.request(
                "GET", settings.host + path, headers=headers, timeout=timeout, retries=tries
            )
        except Exception as error:
            why = type(getattr(error, "reason", None) or error).__name__
            message = f"no answer from {settings.host} ({why})"
            raise LiveError(f"GET {path.partition('?')[0]}", message) from error
        return int(reply.status), bytes(reply.data)

    return answered, namespace


def _namespace(config: Any, kubeconfig: str | None, context: str | None) -> str:
    """Return the namespace of the context."""
    known, active = config.list_kube_config_contexts(kubeconfig)
    found = next((each for each in known if each["name"] == context), active)
    return str(found["context"].get("namespace") or "default")
