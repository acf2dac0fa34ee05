"""Controllers that are wrong in one thing each, and beside each the one where that is mended."""

from __future__ import annotations

import itertools
from typing import Any, NamedTuple

from reconcile import (
    Child,
    Contribution,
    Controller,
    Decorator,
    Gvk,
    LabelSelector,
    Model,
    Observed,
    Parent,
    all_of,
    base64_values,
    keep,
    once,
    rule,
)
from reconcile.kinds.apps_v1 import Deployment, DeploymentSpec
from reconcile.kinds.core_v1 import ConfigMap, Pod, Secret, Service, ServiceSpec


class ShopSpec(Model):
    """What a team asks for."""

    image: str = "shop:1"
    cpu: str = "1"
    replicas: int = 1
    items: list[str] = []
    note: str | None = None


class ShopStatus(Model):
    """What a team gets to know."""

    syncs: int = 0
    seen: str | None = None


class Shop(Parent[ShopSpec, ShopStatus], group="example.com", version="v1"):
    """A shop."""


class Mall(Parent[ShopSpec, ShopStatus], group="example.com", version="v1", scope="Cluster"):
    """Many shops."""


class PickySpec(Model):
    """A spec with a selector of its own."""

    selector: LabelSelector


class Picky(Parent[PickySpec, ShopStatus], group="example.com", version="v1", plural="pickies"):
    """A parent that finds its children itself."""


class Wrong(NamedTuple):
    """One fault, and its remedy."""

    id: str
    wrong: Controller[Any] | Decorator[Any]
    mended: Controller[Any] | Decorator[Any]
    where: str
    """What the finding is about."""
    pointer: str = ""
    severity: str = "error"
    apply: Any = "dynamic"


def shop(rules: Any, *children: Child, parent: Any = Shop, **more: Any) -> Controller[Any]:
    """Return a controller."""
    return Controller(parent, rules=rules, children=children, **more)


def config(observed: Observed[Any], **data: str) -> ConfigMap:
    """Return a child that nothing is wrong with."""
    return ConfigMap(observed.parent.name, data=data or {"a": "b"})


def template(observed: Observed[Any], cpu: str = "1", app: str = "shop") -> Deployment:
    """Return a Deployment of the spec."""
    labels = {"app": app}
    container = {
        "name": "shop",
        "image": observed.parent.spec.image,
        "resources": {"limits": {"cpu": cpu}},
    }
    return Deployment(
        observed.parent.name,
        spec=DeploymentSpec.of(
            {
                "selector": {"matchLabels": labels},
                "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
            }
        ),
    )


IN_PLACE = Child(ConfigMap, "InPlace")
ticks = itertools.count()


@rule
def good(observed: Observed[Any]) -> ConfigMap:
    return config(observed)


@rule
def image(observed: Observed[Any]) -> ConfigMap:
    return config(observed, image=observed.parent.spec.image)


@rule(name="child")
def undeclared(observed: Observed[Any]) -> Any:
    return Secret("s", data={"a": "Yg=="})


@rule(name="child")
def other_version(observed: Observed[Any]) -> Any:
    return {
        "apiVersion": "autoscaling/v1",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "h"},
        "spec": {
            "maxReplicas": 2,
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "d"},
        },
    }


@rule(name="child")
def elsewhere(observed: Observed[Any]) -> ConfigMap:
    return ConfigMap("c", namespace="kube-system", data={"a": "b"})


@rule(name="child")
def nowhere(observed: Observed[Any]) -> ConfigMap:
    return ConfigMap("c", data={"a": "b"})


@rule(name="child")
def in_a_namespace(observed: Observed[Any]) -> ConfigMap:
    return ConfigMap("c", namespace="default", data={"a": "b"})


@rule(name="child")
def generated(observed: Observed[Any]) -> Any:
    metadata = {"name": "c", "generateName": "c-"}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata}


@rule(name="child")
def echo(observed: Observed[Any]) -> Any:
    there = observed.child(ConfigMap, observed.parent.name)
    return config(observed) if there is None else there


@rule(name="child")
def uid_of_nobody(observed: Observed[Any]) -> Any:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c", "uid": "u"}}


@rule(name="child")
def broken(observed: Observed[Any]) -> ConfigMap:
    raise KeyError("a")


@rule
def other_image(observed: Observed[Any]) -> ConfigMap:
    return config(observed, image="other")


@rule(name="child")
def unlabelled(observed: Observed[Any]) -> ConfigMap:
    return config(observed)


@rule(name="child")
def another_uid(observed: Observed[Any]) -> ConfigMap:
    return ConfigMap(observed.parent.name, labels={"controller-uid": "mine"}, data={"a": "b"})


@rule(name="child")
def labelled(observed: Observed[Any]) -> ConfigMap:
    labels = observed.parent.spec.selector.match_labels
    return ConfigMap(observed.parent.name, labels=labels, data={"a": "b"})


@rule(name="child")
def half_a_service(observed: Observed[Any]) -> Service:
    return Service(observed.parent.name, spec=ServiceSpec(selector={"a": "b"}))


@rule(name="child")
def a_service(observed: Observed[Any]) -> Service:
    ports = [{"port": 80, "protocol": "TCP", "targetPort": 80}]
    return Service(observed.parent.name, spec=ServiceSpec.of({"ports": ports}))


@rule(name="child")
def a_suffix(observed: Observed[Any]) -> Service:
    ports = [{"port": 80, "protocol": "TCP", "targetPort": 80}]
    return Service(f"{observed.parent.name}-service", spec=ServiceSpec.of({"ports": ports}))


@rule(name="child")
def a_suffix_on_what_fits(observed: Observed[Any]) -> Service:
    ports = [{"port": 80, "protocol": "TCP", "targetPort": 80}]
    return Service(f"{observed.parent.name[:50]}-service", spec=ServiceSpec.of({"ports": ports}))


@rule(name="child")
def spelling(observed: Observed[Any]) -> Deployment:
    return template(observed, "1000m")


@rule(name="child")
def spelt(observed: Observed[Any]) -> Deployment:
    return template(observed)


@rule(name="child")
def counting(observed: Observed[Any]) -> ConfigMap:
    return config(observed, n=str(next(ticks)))


@rule(name="child")
def timed(observed: Observed[Any]) -> ConfigMap:
    return config(observed, at=f"{observed.now:%H:%M}")


@rule(name="child")
def drawn(observed: Observed[Any]) -> Secret:
    return Secret("s", data=base64_values({"p": observed.token("p", length=9)}))


@rule(name="child")
def drawn_once(observed: Observed[Any]) -> Secret:
    return once(Secret("s", data=base64_values({"p": observed.token("p", length=9)})))


@rule(name="child")
def growing(observed: Observed[Any]) -> ConfigMap:
    there = observed.child(ConfigMap, observed.parent.name)
    before = there.data["n"] if there is not None else ""
    return config(observed, n=before + "x")


@rule(name="child")
def remembering(observed: Observed[Any]) -> Contribution:
    before = observed.parent.status
    return Contribution(status=ShopStatus(syncs=1 + (before.syncs if before else 0)))


@rule(name="child")
def clock(observed: Observed[Any]) -> Contribution:
    return Contribution(status=ShopStatus(seen=f"{observed.now:%H:%M:%S}"))


@rule(name="child")
def still(observed: Observed[Any]) -> Contribution:
    return Contribution(status=ShopStatus(seen="yes"))


@rule(name="child")
def moving_selector(observed: Observed[Any]) -> Deployment:
    return template(observed, app=observed.parent.spec.image.replace(":", "-"))


HPA = Gvk("autoscaling/v2", "HorizontalPodAutoscaler")
HPA_V1 = Gvk("autoscaling/v1", "HorizontalPodAutoscaler")

WRONGS = [
    Wrong("undeclared", shop(undeclared, IN_PLACE), shop(keep(undeclared), Child(Secret)),
          "Secret of rule child", "/kind", apply="server-side"),
    Wrong("other-version", shop(other_version, Child(HPA, "InPlace")),
          shop(other_version, Child(HPA_V1, "InPlace")),
          "HorizontalPodAutoscaler of rule child", "/kind"),
    Wrong("other-namespace", shop(elsewhere, IN_PLACE), shop(nowhere, IN_PLACE),
          "ConfigMap of rule child", "/metadata/namespace"),
    Wrong("no-namespace", shop(nowhere, IN_PLACE, parent=Mall),
          shop(in_a_namespace, IN_PLACE, parent=Mall),
          "ConfigMap of rule child", "/metadata/namespace"),
    Wrong("generated-name", shop(generated, IN_PLACE), shop(good, IN_PLACE),
          "ConfigMap of rule child", "/metadata/generateName"),
    Wrong("not-a-child", shop(echo, IN_PLACE), shop(good, IN_PLACE),
          "ConfigMap of rule child", "/metadata/uid"),
    Wrong("not-a-child", shop(uid_of_nobody, IN_PLACE), shop(good, IN_PLACE),
          "ConfigMap of rule child", "/metadata/uid"),
    Wrong("rule-fails", shop(broken, IN_PLACE), shop(good, IN_PLACE),
          "rule child", severity="warning"),
    Wrong("conflict", shop(all_of(image, other_image), IN_PLACE), shop(image, IN_PLACE),
          "rules image and other_image", "/data/image"),
    Wrong("labels", shop(unlabelled, IN_PLACE, parent=Picky), shop(labelled, IN_PLACE, parent=Picky),
          "ConfigMap of rule child", "/metadata/labels", severity="warning"),
    Wrong("labels", shop(unlabelled, IN_PLACE, parent=Picky),
          shop(unlabelled, IN_PLACE, parent=Picky, generate_selector=True),
          "ConfigMap of rule child", "/metadata/labels", severity="warning"),
    Wrong("controller-uid", shop(another_uid, IN_PLACE), shop(good, IN_PLACE),
          "ConfigMap of rule child", "/metadata/labels"),
    Wrong("no-selector", shop(good, IN_PLACE, generate_selector=False), shop(good, IN_PLACE),
          "the parent Shop", "/spec/selector"),
    Wrong("refused", shop(half_a_service, Child(Service, "InPlace")),
          shop(a_service, Child(Service, "InPlace")),
          "Service of rule child", "/spec/ports", severity="warning"),
    Wrong("loops", shop(spelling, Child(Deployment, "InPlace")),
          shop(spelt, Child(Deployment, "InPlace")), "Deployment of rule child",
          "/spec/template/spec/containers/0/resources/limits/cpu", severity="warning"),
    Wrong("long-name", shop(a_suffix, Child(Service, "InPlace")),
          shop(a_suffix_on_what_fits, Child(Service, "InPlace")),
          "Service of rule child", "/metadata/name", severity="warning"),
    Wrong("not-a-function", shop(counting, IN_PLACE), shop(good, IN_PLACE),
          "ConfigMap of rule child", "/data/n"),
    Wrong("every-sync", shop(timed, IN_PLACE), shop(good, IN_PLACE),
          "ConfigMap of rule child", "/data/at"),
    Wrong("every-sync", shop(drawn, Child(Secret, "InPlace")),
          shop(drawn_once, Child(Secret, "InPlace")), "Secret of rule child", "/data/p",
          apply="server-side"),
    Wrong("every-sync", shop(clock), shop(still), "the status", "/seen"),
    Wrong("unsettled", shop(growing, IN_PLACE), shop(good, IN_PLACE),
          "ConfigMap of rule child", "/data/n"),
    Wrong("unsettled", shop(remembering), shop(still), "the status", "/syncs"),
    Wrong("secret-copied", shop(drawn_once, Child(Secret)), shop(good, IN_PLACE),
          "Secret of rule child", "/data", severity="warning"),
    Wrong("on-delete", shop(image, Child(ConfigMap)), shop(image, IN_PLACE),
          "ConfigMap of rule image", "/data/image", severity="warning"),
    Wrong("on-delete", shop(image, Child(ConfigMap)), shop(keep(image), Child(ConfigMap)),
          "ConfigMap of rule image", "/data/image", severity="warning"),
    Wrong("immutable", shop(moving_selector, Child(Deployment, "InPlace")),
          shop(moving_selector, Child(Deployment, "Recreate")),
          "Deployment of rule child", "/spec/selector", severity="warning"),
    Wrong("unmade", shop(good, IN_PLACE, Child(Pod)), shop(good, IN_PLACE),
          "Child(Pod)", severity="warning"),
    Wrong("rolling", shop(good, Child(ConfigMap, "RollingInPlace")), shop(good, IN_PLACE),
          "Child(ConfigMap)", severity="warning"),
    Wrong("rolling", shop(in_a_namespace, Child(ConfigMap, "RollingRecreate"), parent=Mall),
          shop(in_a_namespace, Child(ConfigMap, "Recreate"), parent=Mall), "Child(ConfigMap)"),
    Wrong("rolling",
          Decorator(resources=[Pod], rules=good, attachments=[Child(ConfigMap, "RollingInPlace")]),
          Decorator(resources=[Pod], rules=good, attachments=[IN_PLACE]),
          "Child(ConfigMap)", severity="warning"),
]  # fmt: skip
"""Each fault, one controller that has it, and one that does not."""
