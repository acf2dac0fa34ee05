"""Services: the addresses and ports that they are given, keep and give back.

1. Who holds what is in the world (`World.taken`); an address that is asked for and taken is
   refused.
2. What is chosen follows from the seed: the same requests get the same addresses.

Source: k8s.io/kubernetes pkg/registry/core/service/{strategy.go,storage/alloc.go}; recorded
conversations, whose server gives addresses of 10.0.0.0/16.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import AddressValueError, IPv4Address, ip_address, ip_network
from typing import TYPE_CHECKING, Final, cast

from reconcile.kinds.field_error import FieldError
from reconcile.simulate.server.clock import hashed
from reconcile.simulate.server.status import invalid
from reconcile.value.frozen import thaw

if TYPE_CHECKING:
    from reconcile.simulate.server.store import World
    from reconcile.value.types import Json, JsonObject

__all__ = ["allocate", "claim", "drop", "prepare", "prepare_update", "release"]

_RANGE: Final = ip_network("10.0.0.0/16")
_RESERVED: Final = 256
"""Addresses at the beginning that are only given to who asks for them."""
_PORTS: Final = range(30_000, 32_768)
_RESERVED_PORTS: Final = 86


def _spec(document: JsonObject) -> JsonObject:
    found = document.get("spec")
    return found if isinstance(found, dict) else {}


def _ports(spec: JsonObject) -> list[JsonObject]:
    found = spec.get("ports")
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _has_address(spec: JsonObject) -> bool:
    return spec.get("type") in ("ClusterIP", "NodePort", "LoadBalancer")


def _has_ports(spec: JsonObject) -> bool:
    kind = spec.get("type")
    return kind == "NodePort" or (
        kind == "LoadBalancer" and spec.get("allocateLoadBalancerNodePorts") is not False
    )


def _has_health_port(spec: JsonObject) -> bool:
    return spec.get("type") == "LoadBalancer" and spec.get("externalTrafficPolicy") == "Local"


def prepare(document: JsonObject) -> None:
    """Bring a new Service into the form that is validated."""
    spec = _spec(document)
    if spec.get("clusterIP") and not spec.get("clusterIPs"):
        spec["clusterIPs"] = [spec["clusterIP"]]
    document["status"] = {"loadBalancer": {}}


def prepare_update(before: JsonObject, after: JsonObject) -> None:
    """Bring a changed Service into the form that is validated: what it was given, it keeps."""
    old, new = _spec(before), _spec(after)
    _keep_given(old, new)
    _one_address(old, new)


def drop(before: JsonObject, after: JsonObject) -> None:
    """Take from a changed Service what its type does not need any more."""
    _drop_what_the_type_has_not(_spec(before), _spec(after))
    if _spec(after).get("type") != "LoadBalancer":
        status = after.get("status")
        after["status"] = {**(status if isinstance(status, dict) else {}), "loadBalancer": {}}


def _one_address(old: JsonObject, new: JsonObject) -> None:
    """`clusterIP` and the first of `clusterIPs` are the same; who changes one changes both."""
    mine, all_mine = new.get("clusterIP") or "", new.get("clusterIPs") or []
    had, all_had = old.get("clusterIP") or "", old.get("clusterIPs") or []
    if mine and not all_mine:
        new["clusterIPs"] = [mine]
    elif had and not mine and all_mine == all_had:
        new.pop("clusterIPs", None)
    elif had and mine and had != mine and all_mine == all_had:
        new["clusterIPs"] = [mine]


def _keep_given(old: JsonObject, new: JsonObject) -> None:
    if _has_address(old) and _has_address(new):
        if not new.get("clusterIP") and old.get("clusterIP"):
            new["clusterIP"] = old["clusterIP"]
        if not new.get("clusterIPs") and new.get("clusterIP") == old.get("clusterIP"):
            new["clusterIPs"] = thaw(old.get("clusterIPs") or [])
    if _has_ports(old) and _has_ports(new):
        had = {str(port.get("name", "")): port.get("nodePort") for port in _ports(old)}
        now = [port.get("nodePort") for port in _ports(new)]
        used = [value for value in had.values() if value in now]
        for port in _ports(new):
            value = had.get(str(port.get("name", "")))
            if not port.get("nodePort") and value and value not in used:
                port["nodePort"] = value
                used.append(value)
    if _has_health_port(old) and _has_health_port(new) and not new.get("healthCheckNodePort"):
        new["healthCheckNodePort"] = old.get("healthCheckNodePort")
    for field in ("ipFamilies", "ipFamilyPolicy"):
        if _has_address(old) and _has_address(new) and not new.get(field) and old.get(field):
            new[field] = thaw(old[field])


def _drop_what_the_type_has_not(old: JsonObject, new: JsonObject) -> None:
    """What an older type needed goes with it, unless somebody changed it in the same write."""
    kept = new.get("clusterIPs") == old.get("clusterIPs")
    if _has_address(old) and not _has_address(new) and kept:
        for field in ("clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"):
            new.pop(field, None)
    if _has_ports(old) and not _has_ports(new):
        had = [port.get("nodePort") for port in _ports(old)]
        if [port.get("nodePort") for port in _ports(new)] == had:
            for port in _ports(new):
                port.pop("nodePort", None)
        else:
            known = set(had)
            for port in _ports(new):
                if port.get("nodePort") in known:
                    port.pop("nodePort", None)
    if _has_health_port(old) and not _has_health_port(new):
        _drop_same(old, new, "healthCheckNodePort")
    if old.get("type") == "LoadBalancer" and new.get("type") != "LoadBalancer":
        _drop_same(old, new, "allocateLoadBalancerNodePorts")
        _drop_same(old, new, "loadBalancerClass")
    outside = ("NodePort", "LoadBalancer")
    if old.get("type") in outside and new.get("type") not in outside and not new.get("externalIPs"):
        _drop_same(old, new, "externalTrafficPolicy")
    if _has_address(old) and not _has_address(new):
        _drop_same(old, new, "internalTrafficPolicy")


def _drop_same(old: JsonObject, new: JsonObject, field: str) -> None:
    if new.get(field) == old.get(field):
        new.pop(field, None)


def allocate(
    world: World, key: str, document: JsonObject, name: str, before: JsonObject | None = None
) -> World:
    """Return the world after what a Service needs and has not was chosen; the object holds it.

    Shape: `before` is None for a new one. It comes before validation, as it does in the server.
    Raises: ApiError when what it asks for is taken or not to be had.
    """
    spec = _spec(document)
    had = before is not None and _has_address(_spec(before))
    found: list[FieldError] = []
    if _has_address(spec):
        _families(spec, found)
        if found:
            raise invalid("Service", "", name, found)
        if not had:
            world = _addresses(world, key, spec, found)
    elif "clusterIP" in spec and not spec["clusterIP"]:
        del spec["clusterIP"]
    if _has_ports(spec):
        world = _node_ports(world, key, spec, found)
    if _has_health_port(spec):
        port = spec.get("healthCheckNodePort")
        if port:
            wrong = _refused_port(world, key, port)
            if wrong:
                error = FieldError("FieldValueInvalid", "spec.healthCheckNodePort", wrong, port)
                found.append(error)
        else:
            world, spec["healthCheckNodePort"] = _free_port(world, set())
    if found:
        raise invalid("Service", "", name, found)
    return world


def _families(spec: JsonObject, found: list[FieldError]) -> None:
    """Give a Service the families of its addresses; the cluster has one, IPv4.

    Source: alloc.go, initIPFamilyFields. A headless Service that selects nothing may want both.
    """
    headless = spec.get("clusterIP") == "None" or spec.get("clusterIPs") == ["None"]
    families = spec.get("ipFamilies")
    if headless and not spec.get("selector"):
        if not spec.get("ipFamilyPolicy"):
            spec["ipFamilyPolicy"] = "RequireDualStack" if not families else "SingleStack"
        if not families:
            two = spec["ipFamilyPolicy"] != "SingleStack"
            spec["ipFamilies"] = ["IPv4", "IPv6"] if two else ["IPv4"]
        return
    if spec.get("ipFamilyPolicy") == "RequireDualStack":
        detail = "this cluster is not configured for dual-stack services"
        error = FieldError(
            "FieldValueInvalid", "spec.ipFamilyPolicy", detail, spec["ipFamilyPolicy"]
        )
        found.append(error)
    for place, family in enumerate(families if isinstance(families, list) else ()):
        if family != "IPv4":
            where = f"spec.ipFamilies[{place}]"
            detail = "not configured on this cluster"
            found.append(FieldError("FieldValueInvalid", where, detail, family))
    spec.setdefault("ipFamilyPolicy", "SingleStack")
    if not families:
        spec["ipFamilies"] = ["IPv4"]


def _addresses(world: World, key: str, spec: JsonObject, found: list[FieldError]) -> World:
    asked = cast("list[Json]", spec.get("clusterIPs") or [])
    if asked == ["None"]:
        return world
    if asked:
        for each in asked:
            wrong = _refused_address(world, key, str(each))
            if wrong:
                detail = f"failed to allocate IP {each}: {wrong}"
                found.append(FieldError("FieldValueInvalid", "spec.clusterIPs", detail, asked))
        return world
    world, address = _free_address(world)
    spec["clusterIP"] = address
    spec["clusterIPs"] = [address]
    return world


def _refused_address(world: World, key: str, text: str) -> str:
    try:
        address = ip_address(text)
    except (AddressValueError, ValueError):
        return ""
    if address not in _RANGE:
        return "the provided network does not match the current range"
    holder = world.taken.get(f"ip/{text}")
    return "provided IP is already allocated" if holder not in (None, key) else ""


def _free_address(world: World) -> tuple[World, str]:
    size = _RANGE.num_addresses - _RESERVED - 1
    serial = world.serial
    while True:
        serial += 1
        offset = int.from_bytes(hashed(world.seed, "address", serial)[:4], "big") % size
        address = str(IPv4Address(int(_RANGE.network_address) + _RESERVED + offset))
        if world.taken.get(f"ip/{address}") is None:
            return world._replace(serial=serial), address


def _node_ports(world: World, key: str, spec: JsonObject, found: list[FieldError]) -> World:
    chosen: set[int] = set()
    for place, port in enumerate(_ports(spec)):
        asked = port.get("nodePort")
        if not asked:
            continue
        if isinstance(asked, int) and asked not in chosen:
            wrong = _refused_port(world, key, asked)
            if wrong:
                path = f"spec.ports[{place}].nodePort"
                found.append(FieldError("FieldValueInvalid", path, wrong, asked))
            chosen.add(asked)
    for port in _ports(spec):
        if not port.get("nodePort"):
            # TCP and UDP of one port may share it; source: alloc.go, updateNodePorts.
            same = next(
                (
                    other["nodePort"]
                    for other in _ports(spec)
                    if other is not port
                    and other.get("nodePort")
                    and other.get("port") == port.get("port")
                    and other.get("protocol") != port.get("protocol")
                ),
                None,
            )
            if same is None:
                world, made = _free_port(world, chosen)
                chosen.add(made)
                same = made
            port["nodePort"] = same
    return world


def _refused_port(world: World, key: str, port: Json) -> str:
    if port not in _PORTS:
        return "provided port is not in the valid range. The range of valid ports is 30000-32767"
    holder = world.taken.get(f"port/{port}")
    return "provided port is already allocated" if holder not in (None, key) else ""


def _free_port(world: World, chosen: set[int]) -> tuple[World, int]:
    size = len(_PORTS) - _RESERVED_PORTS
    serial = world.serial
    while True:
        serial += 1
        offset = int.from_bytes(hashed(world.seed, "port", serial)[:4], "big") % size
        port = _PORTS[_RESERVED_PORTS + offset]
        if port not in chosen and world.taken.get(f"port/{port}") is None:
            return world._replace(serial=serial), port


def _held(document: JsonObject | None) -> Iterator[str]:
    """Yield what a Service holds."""
    spec = _spec(document) if document is not None else {}
    for address in cast("list[Json]", spec.get("clusterIPs") or []):
        if address != "None":
            yield f"ip/{address}"
    for port in _ports(spec):
        if port.get("nodePort"):
            yield f"port/{port['nodePort']}"
    if spec.get("healthCheckNodePort"):
        yield f"port/{spec['healthCheckNodePort']}"


def claim(world: World, key: str, document: JsonObject) -> World:
    """Return a world that knows what a Service holds now."""
    stored = world.objects.get(key)
    now = set(_held(document))
    taken = world.taken
    for each in set(_held(cast("JsonObject", stored.document) if stored else None)) - now:
        taken = taken.without(each)
    for each in sorted(now):
        taken = taken.set(each, key)
    return world._replace(taken=taken)


def release(world: World, key: str) -> World:
    """Return a world in which a Service holds nothing any more."""
    stored = world.objects.get(key)
    taken = world.taken
    for each in _held(cast("JsonObject", stored.document) if stored else None):
        taken = taken.without(each)
    return world._replace(taken=taken)
