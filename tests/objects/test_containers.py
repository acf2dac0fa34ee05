"""Lists and maps inside a document do what lists and dicts do."""

from __future__ import annotations

import pytest

from reconcile.objects.view import ListOf, MapOf, MapOfViews, Required, Values, View, wire


class Port(View):
    """A port."""

    number: Required[int] = wire("containerPort")


class Container(View):
    """A container."""

    name: Required[str] = wire("name")
    image: Required[str] = wire("image")
    args: Values[str] = wire("args")


class PodSpec(View):
    """What a pod should be."""

    containers: ListOf[Container] = wire("containers")
    node_selector: MapOf[str] = wire("nodeSelector")
    by_name: MapOfViews[Port] = wire("byName")


def test_lists_are_lists() -> None:
    """Views over lists do what lists do, on the live list."""
    spec = PodSpec(containers=[Container(name="a", image="b:1")])
    containers = spec.containers
    containers.insert(0, Container(name="z"))
    containers[1] = Container(name="y", args=["1", "2", "3"])
    containers.extend([Container(name="x")])
    assert [item.name for item in containers] == ["z", "y", "x"]
    assert [item.name for item in containers[1:]] == ["y", "x"]
    assert containers[-1].name == "x"
    assert containers == [{"name": "z"}, {"name": "y", "args": ["1", "2", "3"]}, {"name": "x"}]
    assert containers != [{"name": "z"}]
    assert containers != "text"
    args = containers[1].args
    args[0] = "0"
    args[1:] = ["a"]
    assert args == ["0", "a"]
    assert args[:1] == ["0"]
    assert [*args] == ["0", "a"]
    del args[0]
    assert len(args) == 1
    args.clear()
    assert not args
    with pytest.raises(TypeError, match="a slice takes a list"):
        args[:] = "abc"
    with pytest.raises(IndexError):
        _ = containers[9]
    del containers[0]
    assert len(spec.containers) == 2


def test_maps_are_maps() -> None:
    """Views over maps do what dicts do, on the live dict; None deletes."""
    spec = PodSpec(node_selector={"a": "b"}, by_name={"p": Port(number=1)})
    selector = spec.node_selector
    selector["c"] = "d"
    selector["a"] = None  # type: ignore[assignment] # None is unset everywhere
    assert selector == {"c": "d"}
    assert selector != {"c": 1}
    assert selector != {"c": {1}}
    assert selector != 3
    assert selector | {"e": "f"} == {"c": "d", "e": "f"}  # type: ignore[operator] # as dicts do
    assert {"e": "f"} | selector == {"c": "d", "e": "f"}  # type: ignore[operator] # as dicts do
    assert "c" in selector
    del selector["c"]
    assert selector == PodSpec().node_selector
    selector["x"] = "y"
    selector.clear()
    assert spec.raw["nodeSelector"] == {}
    assert {key: port.number for key, port in spec.by_name.items()} == {"p": 1}
    spec.by_name["p"].number = 2
    assert spec.raw["byName"] == {"p": {"containerPort": 2}}
