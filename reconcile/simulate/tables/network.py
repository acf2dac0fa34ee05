"""Columns of services, endpoints, ingresses, addresses, and of what holds data: maps, secrets.

Source: k8s.io/kubernetes pkg/printers/internalversion/printers.go; column texts are those of the
fields they show.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from reconcile.simulate.tables.shared import (
    AGE,
    NAME,
    Cells,
    Column,
    Object,
    Printer,
    age,
    at,
    joined,
    labels_text,
    listed,
    mapped,
    more,
    name_of,
    number,
    selector_text,
    since,
    text,
    wide,
)

__all__ = ["NETWORK"]

_SHOWN: Final = 3
"""How many addresses or ports are shown in one cell."""


def _balancer(obj: Object) -> str:
    """Return the addresses of a load balancer, sorted."""
    entries = listed(obj, "status", "loadBalancer", "ingress")
    found = {text(each, "ip") or text(each, "hostname") for each in entries}
    return joined(sorted(found - {""}))


def _external(obj: Object) -> str:
    addresses = joined(map(str, listed(obj, "spec", "externalIPs")))
    match text(obj, "spec", "type"):
        case "ClusterIP" | "NodePort":
            return addresses or "<none>"
        case "LoadBalancer":
            return joined(filter(None, (_balancer(obj), addresses))) or "<pending>"
        case "ExternalName":
            return text(obj, "spec", "externalName")
        case _:
            return "<unknown>"


def _port(port: Object) -> str:
    node = number(port, "nodePort")
    shown = f"{number(port, 'port')}:{node}" if node > 0 else str(number(port, "port"))
    return f"{shown}/{text(port, 'protocol')}"


def _service(obj: Object, now: datetime) -> Cells:
    addresses = listed(obj, "spec", "clusterIPs")
    return [
        name_of(obj),
        text(obj, "spec", "type"),
        addresses[0] if addresses else "<none>",
        _external(obj),
        joined(map(_port, listed(obj, "spec", "ports"))) or "<none>",
        age(obj, now),
        labels_text(mapped(obj, "spec", "selector")),
    ]


def _host_port(address: str, port: int) -> str:
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def _endpoints(obj: Object, now: datetime) -> Cells:
    shown: list[str] = []
    for subset in listed(obj, "subsets"):
        addresses = [text(each, "ip") for each in listed(subset, "addresses")]
        ports = listed(subset, "ports")
        if not ports:
            shown += addresses
        for port in ports:
            shown += (_host_port(address, number(port, "port")) for address in addresses)
    found = more(shown, len(shown), _SHOWN) if listed(obj, "subsets") else "<none>"
    return [name_of(obj), found, age(obj, now)]


def _slice_port(port: Object) -> str:
    where, name = at(port, "port"), at(port, "name")
    return str(where) if where is not None else name if name is not None else "*"


def _endpoint_slice(obj: Object, now: datetime) -> Cells:
    ports = [_slice_port(port) for port in listed(obj, "ports")]
    addresses = [
        str(address) for each in listed(obj, "endpoints") for address in listed(each, "addresses")
    ]
    return [
        name_of(obj),
        text(obj, "addressType"),
        more(ports, len(ports), _SHOWN) or "<unset>",
        more(addresses, len(addresses), _SHOWN) or "<unset>",
        age(obj, now),
    ]


def _hosts(rules: list[Any]) -> str:
    """Return the hosts of an ingress; rules without one take no place, but are counted."""
    shown: list[str] = []
    for rule in rules:
        if len(shown) == _SHOWN:
            return more(shown, len(rules), _SHOWN)
        if host := text(rule, "host"):
            shown.append(host)
    return joined(shown) or "*"


def _ingress(obj: Object, now: datetime) -> Cells:
    name = at(obj, "spec", "ingressClassName")
    return [
        name_of(obj),
        "<none>" if name is None else name,
        _hosts(listed(obj, "spec", "rules")),
        _balancer(obj),
        "80, 443" if listed(obj, "spec", "tls") else "80",
        age(obj, now),
    ]


def _ingress_class(obj: Object, now: datetime) -> Cells:
    about = at(obj, "spec", "parameters")
    shown = "<none>"
    if about is not None:
        group = at(about, "apiGroup")
        kind = text(about, "kind") if group is None else f"{text(about, 'kind')}.{group}"
        shown = f"{kind}/{text(about, 'name')}"
    return [name_of(obj), text(obj, "spec", "controller"), shown, age(obj, now)]


def _network_policy(obj: Object, now: datetime) -> Cells:
    return [name_of(obj), selector_text(at(obj, "spec", "podSelector")), age(obj, now)]


def _service_cidr(obj: Object, now: datetime) -> Cells:
    return [name_of(obj), joined(map(str, listed(obj, "spec", "cidrs"))), age(obj, now)]


def _ip_address(obj: Object, now: datetime) -> Cells:
    parent = at(obj, "spec", "parentRef")
    shown = "<none>"
    if parent is not None:
        group, resource = text(parent, "group"), text(parent, "resource")
        kind = f"{resource}.{group}" if group else resource
        parts = (kind.lower(), text(parent, "namespace"), text(parent, "name"))
        shown = joined((parts[0], *filter(None, parts[1:2]), parts[2]), "/")
    # The server fills one cell more than there are columns.
    return [name_of(obj), shown, age(obj, now)]


def _namespace(obj: Object, now: datetime) -> Cells:
    return [name_of(obj), text(obj, "status", "phase"), age(obj, now)]


def _secret(obj: Object, now: datetime) -> Cells:
    return [name_of(obj), text(obj, "type"), len(mapped(obj, "data")), age(obj, now)]


def _config_map(obj: Object, now: datetime) -> Cells:
    count = len(mapped(obj, "data")) + len(mapped(obj, "binaryData"))
    return [name_of(obj), count, age(obj, now)]


def _service_account(obj: Object, now: datetime) -> Cells:
    return [name_of(obj), age(obj, now)]


def _component_status(obj: Object, now: datetime) -> Cells:
    del now
    found = next(
        (each for each in listed(obj, "conditions") if each.get("type") == "Healthy"), None
    )
    if found is None:
        return [name_of(obj), "Unknown", "", ""]
    status = "Healthy" if text(found, "status") == "True" else "Unhealthy"
    return [name_of(obj), status, text(found, "message"), text(found, "error")]


def _event(obj: Object, now: datetime) -> Cells:
    """Return the cells of an event of either group, whose fields have other names."""
    old = text(obj, "apiVersion") == "v1"
    names = ("involvedObject", "source", "firstTimestamp", "lastTimestamp", "count", "message")
    if not old:
        names = (
            *("regarding", "deprecatedSource", "deprecatedFirstTimestamp"),
            *("deprecatedLastTimestamp", "deprecatedCount", "note"),
        )
    about, source, first_field, last_field, count_field, message = (at(obj, each) for each in names)
    controller = "reportingComponent" if old else "reportingController"
    first = since(first_field if first_field is not None else at(obj, "eventTime"), now)
    last = first if last_field is None else since(last_field, now)
    count = count_field or 1
    series = at(obj, "series")
    if series is not None:
        last = since(at(series, "lastObservedTime"), now)
        count = number(series, "count")
    kind, name = text(about, "kind").lower(), text(about, "name")
    component = text(source, "component") or text(obj, controller)
    instance = text(source, "host") or text(obj, "reportingInstance")
    return [
        last,
        text(obj, "type"),
        text(obj, "reason"),
        f"{kind}/{name}" if name else kind,
        text(about, "fieldPath"),
        f"{component}, {instance}" if instance else component,
        message.strip() if isinstance(message, str) else "",
        first,
        count,
        name_of(obj),
    ]


_SERVICE: Final = "#api.core.v1.ServiceSpec/"
_SLICE: Final = "#api.discovery.v1.EndpointSlice/"
_EVENT: Final = "#api.core.v1.Event/"
_EVENT_PRINTER: Final = Printer(
    (
        Column("Last Seen", f"{_EVENT}lastTimestamp"),
        Column("Type", f"{_EVENT}type"),
        Column("Reason", f"{_EVENT}reason"),
        Column("Object", f"{_EVENT}involvedObject"),
        wide("Subobject", "#api.core.v1.ObjectReference/fieldPath"),
        wide("Source", f"{_EVENT}source"),
        Column("Message", f"{_EVENT}message"),
        wide("First Seen", f"{_EVENT}firstTimestamp"),
        wide("Count", f"{_EVENT}count"),
        NAME._replace(priority=1),
    ),
    _event,
)

NETWORK: Final[dict[tuple[str, str], Printer]] = {
    ("", "Service"): Printer(
        (
            NAME,
            Column("Type", f"{_SERVICE}type"),
            Column("Cluster-IP", f"{_SERVICE}clusterIP"),
            Column("External-IP", f"{_SERVICE}externalIPs"),
            Column("Port(s)", f"{_SERVICE}ports"),
            AGE,
            wide("Selector", f"{_SERVICE}selector"),
        ),
        _service,
    ),
    ("", "Endpoints"): Printer(
        (NAME, Column("Endpoints", "#api.core.v1.Endpoints/subsets"), AGE), _endpoints
    ),
    ("discovery.k8s.io", "EndpointSlice"): Printer(
        (
            NAME,
            Column("AddressType", f"{_SLICE}addressType"),
            Column("Ports", f"{_SLICE}ports"),
            Column("Endpoints", f"{_SLICE}endpoints"),
            AGE,
        ),
        _endpoint_slice,
    ),
    ("networking.k8s.io", "Ingress"): Printer(
        (
            NAME,
            Column(
                "Class",
                "The name of the IngressClass resource that should be used for additional"
                " configuration",
            ),
            Column(
                "Hosts", "Hosts that incoming requests are matched against before the ingress rule"
            ),
            Column("Address", "Address is a list containing ingress points for the load-balancer"),
            Column("Ports", "Ports of TLS configurations that open"),
            AGE,
        ),
        _ingress,
    ),
    ("networking.k8s.io", "IngressClass"): Printer(
        (
            NAME,
            Column("Controller", "Controller that is responsible for handling this class"),
            Column("Parameters", "A reference to a resource with additional parameters"),
            AGE,
        ),
        _ingress_class,
    ),
    ("networking.k8s.io", "NetworkPolicy"): Printer(
        (
            NAME,
            Column("Pod-Selector", "#api.networking.v1.NetworkPolicySpec/podSelector"),
            AGE,
        ),
        _network_policy,
    ),
    ("networking.k8s.io", "ServiceCIDR"): Printer(
        (NAME, Column("CIDRs", "#api.networking.v1.ServiceCIDRSpec/cidrs"), AGE), _service_cidr
    ),
    ("networking.k8s.io", "IPAddress"): Printer(
        (NAME, Column("ParentRef", "#api.networking.v1.IPAddressSpec/parentRef")), _ip_address
    ),
    ("", "Namespace"): Printer(
        (NAME, Column("Status", "The status of the namespace"), AGE), _namespace
    ),
    ("", "Secret"): Printer(
        (
            NAME,
            Column("Type", "#api.core.v1.Secret/type"),
            Column("Data", "#api.core.v1.Secret/data"),
            AGE,
        ),
        _secret,
    ),
    ("", "ConfigMap"): Printer(
        (NAME, Column("Data", "#api.core.v1.ConfigMap/data"), AGE), _config_map
    ),
    ("", "ServiceAccount"): Printer((NAME, AGE), _service_account),
    ("", "ComponentStatus"): Printer(
        (
            NAME,
            Column("Status", "Status of the component conditions"),
            Column("Message", "Message of the component conditions"),
            Column("Error", "Error of the component conditions"),
        ),
        _component_status,
    ),
    ("", "Event"): _EVENT_PRINTER,
}
