"""The aggregation of ClusterRoles: rules of those that selectors name, put together in one.

Source: k8s.io/kubernetes pkg/controller/clusterroleaggregation.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, cast

from reconcile.objects.selector import selects
from reconcile.simulate.actors.parts import changed, labels_of, listed, name_of
from reconcile.simulate.actors.retrying import retrying

if TYPE_CHECKING:
    from reconcile.simulate.actors.actor import Api
    from reconcile.simulate.server.store import Event
    from reconcile.value.types import JsonIn, JsonObject

__all__ = ["ClusterRoleAggregation"]

_VERSION: Final = "rbac.authorization.k8s.io/v1"
_PREFIX: Final = "rbac.authorization.k8s.io/ClusterRole/"
_MANAGER: Final = "clusterrole-aggregation-controller"


class ClusterRoleAggregation:
    """Keep the rules of roles that are made of others."""

    name = "clusterrole-aggregation-controller"

    def concerned(self, event: Event, api: Api) -> Iterator[str]:
        """Yield all roles that are made of others when any role changed."""
        if event.key.startswith(_PREFIX):
            for role in api.list(_VERSION, "ClusterRole"):
                if role.get("aggregationRule") is not None:
                    yield f"{_PREFIX}{name_of(role)}"

    @retrying()
    def sync(self, api: Api, key: str) -> float | None:
        """Put the rules of one role together."""
        role = api.get(_VERSION, "ClusterRole", "", key.removeprefix(_PREFIX))
        rule = None if role is None else role.get("aggregationRule")
        if role is None or not isinstance(rule, dict):
            return None
        rules = _rules(api, role, cast("Mapping[str, Any]", rule))
        if rules == [changed(each) for each in listed(role, "rules")]:
            return None
        body = {
            "apiVersion": _VERSION,
            "kind": "ClusterRole",
            "metadata": {"name": name_of(role)},
            "rules": rules,
        }
        api.server.request(
            "PATCH",
            f"/apis/{_VERSION}/clusterroles/{name_of(role)}?fieldManager={_MANAGER}&force=true",
            body=cast("JsonIn", body),
            content_type="application/apply-patch+yaml",
            user=api.user,
        )
        return None


def _rules(api: Api, role: JsonObject, rule: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the rules of all roles that one is made of, each once."""
    found: list[dict[str, Any]] = []
    for selector in listed(rule, "clusterRoleSelectors"):
        for other in api.list(_VERSION, "ClusterRole"):
            if name_of(other) == name_of(role) or not selects(selector, labels_of(other)):
                continue
            for each in listed(other, "rules"):
                if each not in found:
                    found.append(changed(each))
    return found
