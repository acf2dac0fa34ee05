"""Documents read into the server's structures."""

from __future__ import annotations

from typing import Any

import pytest

from reconcile.simulate.go.types import Unreadable, read
from reconcile.simulate.server.resource_type import Catalogue


def told(kind: str, **members: Any) -> list[str] | str:
    """Return what a kind ignores of a document, or why it cannot be read."""
    api_version, _, name = kind.rpartition("/")
    found = Catalogue.built_in().find_kind(api_version, name)
    assert found is not None
    try:
        return read({"apiVersion": api_version, "kind": name, **members}, found.schema)
    except Unreadable as error:
        return str(error)


def deployment(**spec: Any) -> list[str] | str:
    """Return what is said of the spec of a Deployment."""
    return told("apps/v1/Deployment", spec=spec)


def container(**members: Any) -> list[str] | str:
    """Return what is said of the container of a Pod."""
    return told("v1/Pod", spec={"containers": [{"name": "c", **members}]})


def test_what_is_not_known_is_ignored_in_order() -> None:
    """With the whole path to it; names have a case."""
    found = told("v1/Pod", spec={"containers": [{"cmd": 1}, {"Name": "x"}]}, zz=1)
    assert found == ["spec.containers[0].cmd", "spec.containers[1].Name", "zz"]
    assert told("v1/Pod", metadata={"labelz": {}}) == ["metadata.labelz"]


@pytest.mark.parametrize(
    ("spec", "why"),
    [
        (
            {"replicas": 1.5},
            "number 1.5 into Go struct field DeploymentSpec.spec.replicas of type int32",
        ),
        (
            {"replicas": 2**31},
            "number 2147483648 into Go struct field DeploymentSpec.spec.replicas of type int32",
        ),
        (
            {"replicas": "1"},
            "string into Go struct field DeploymentSpec.spec.replicas of type int32",
        ),
        (
            {"replicas": True},
            "bool into Go struct field DeploymentSpec.spec.replicas of type int32",
        ),
        ({"paused": 1}, "number into Go struct field DeploymentSpec.spec.paused of type bool"),
        ({"paused": "true"}, "string into Go struct field DeploymentSpec.spec.paused of type bool"),
        (
            {"selector": []},
            "array into Go struct field DeploymentSpec.spec.selector of type v1.LabelSelector",
        ),
        (
            {"strategy": {"rollingUpdate": {"maxUnavailable": True}}},
            "bool into Go struct field RollingUpdateDeployment.spec.strategy.rollingUpdate.maxUnavailable of type int32",
        ),
    ],
)
def test_what_does_not_fit_names_structure_and_type(spec: Any, why: str) -> None:
    """The structure that has the field, the path to it, the type in Go."""
    assert deployment(**spec) == f"json: cannot unmarshal {why}"


def test_null_fits_everywhere() -> None:
    """It is as if nothing was said."""
    assert deployment(replicas=None, paused=None, selector=None, template=None) == []


def test_the_first_misfit_is_told() -> None:
    """Though the reading goes on; what reads itself stops it, and wins."""
    assert deployment(paused=1, replicas="1") == (
        "json: cannot unmarshal number into Go struct field DeploymentSpec.spec.paused of type bool"
    )
    found = told(
        "v1/Pod",
        metadata={"labels": 1},
        spec={"containers": [{"resources": {"limits": {"cpu": "x"}}}]},
    )
    assert isinstance(found, str)
    assert found.startswith("quantities must match the regular expression")


@pytest.mark.parametrize(
    ("quantity", "why"),
    [
        ("1", None),
        (1, None),
        ("0.5", None),
        ("1e3", None),
        ("5Gi", None),
        ("", "quantities must match the regular expression"),
        ("x", "quantities must match the regular expression"),
        ("1Q", "quantities must match the regular expression"),
        ("1Kx", "quantities must match the regular expression"),
        ("1Gk", "unable to parse quantity's suffix"),
    ],
)
def test_quantities(quantity: Any, why: str | None) -> None:
    """A number is one, too; letters that are a unit elsewhere are no unit together."""
    found = container(resources={"limits": {"cpu": quantity}})
    assert found == [] if why is None else isinstance(found, str) and found.startswith(why)


def test_times_have_the_layout_of_their_type() -> None:
    """Seconds for objects, microseconds for leases."""
    lease = "coordination.k8s.io/v1/Lease"
    assert told(lease, spec={"renewTime": "2026-01-01T00:00:00.000000Z"}) == []
    assert told(lease, spec={"renewTime": "2026-01-01T00:00:00+01:00"}) == (
        'parsing time "2026-01-01T00:00:00+01:00" as "2006-01-02T15:04:05.000000Z07:00": '
        'cannot parse "+01:00" as ".000000"'
    )
    assert told("v1/Pod", metadata={"creationTimestamp": "2026-02-30T00:00:00Z"}) == (
        'parsing time "2026-02-30T00:00:00Z": day out of range'
    )
    assert told("v1/Pod", metadata={"creationTimestamp": "yesterday"}) == (
        'parsing time "yesterday" as "2006-01-02T15:04:05Z07:00": cannot parse "yesterday" as "2006"'
    )


def test_bytes_are_told_where_they_are_none() -> None:
    """As Go's reader of base64 says it."""
    assert told("v1/Secret", data={"a": "YQ=="}) == []
    assert told("v1/Secret", data={"a": "YQ="}) == "illegal base64 data at input byte 3"
    assert told("v1/Secret", data={"a": "!"}) == "illegal base64 data at input byte 0"
