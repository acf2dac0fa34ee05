"""A ConfigMap copied into other namespaces, and kept like its source."""

from typing import Annotated

from pydantic import Field

from reconcile import (
    Child,
    Contribution,
    Controller,
    ListType,
    Model,
    Observed,
    Parent,
    Related,
    all_of,
    for_each,
    require,
    rule,
)
from reconcile.kinds.core_v1 import ConfigMap


class PropagationSpec(Model):
    """Which ConfigMap goes where."""

    source_name: str
    source_namespace: str
    target_namespaces: Annotated[list[str], Field(max_length=1000), ListType("set")] = []


class PropagationStatus(Model):
    """How far it got."""

    expected_copies: int | None = None
    actual_copies: int | None = None


class ConfigMapPropagation(
    Parent[PropagationSpec, PropagationStatus],
    group="examples.metacontroller.io",
    version="v1alpha1",
    scope="Cluster",
):
    """One ConfigMap and the namespaces it is copied into."""


def namespaces(observed: Observed[ConfigMapPropagation]) -> list[str]:
    """Return the namespaces that get a copy."""
    return list(observed.parent.spec.target_namespaces)


def copy(observed: Observed[ConfigMapPropagation], namespace: str) -> ConfigMap | None:
    """The source's data under its name, in one namespace."""
    spec = observed.parent.spec
    original = observed.related_one(ConfigMap, spec.source_name, namespace=spec.source_namespace)
    if original is None:  # not reached: `require` has seen it
        return None
    return ConfigMap(original.name, namespace=namespace, data=original.data or None)


@rule
def counts(observed: Observed[ConfigMapPropagation]) -> Contribution:
    """How many copies there are, and how many there should be."""
    return Contribution(
        status=PropagationStatus(
            expected_copies=len(observed.parent.spec.target_namespaces),
            actual_copies=len(observed.children(ConfigMap)),
        )
    )


def customize(parent: ConfigMapPropagation) -> list[Related]:
    """Ask for the source, which belongs to somebody else."""
    spec = parent.spec
    return [Related(ConfigMap, names=[spec.source_name], namespace=spec.source_namespace)]


def source_name(observed: Observed[ConfigMapPropagation]) -> str:
    """Return the name of the source."""
    return observed.parent.spec.source_name


def source_namespace(observed: Observed[ConfigMapPropagation]) -> str:
    """Return the namespace of the source."""
    return observed.parent.spec.source_namespace


controller = Controller(
    ConfigMapPropagation,
    # While the source is not seen, copies stay as they are: a view that lags deletes nothing.
    rules=all_of(
        counts,
        require(
            ConfigMap,
            source_name,
            namespace=source_namespace,
            then=for_each(namespaces, copy, key=str),
        ),
    ),
    children=[Child(ConfigMap, "InPlace")],
    customize=customize,
)
