"""Parts that many kinds have: labels and selectors, quantities, numbers and percentages, addresses.

1. Functions take the value and its path, and return errors; a value that is absent is no fault
   unless the name says so.
2. Which of them a field is held to, and whether it must be there, the kind says.

Source: k8s.io/apimachinery pkg/apis/meta/v1/validation; k8s.io/kubernetes pkg/apis/core/validation.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Final

from reconcile.errors import ReconcileError
from reconcile.objects.quantity import Quantity

from ._primitives import (
    IMMUTABLE,
    NOT_NEGATIVE,
    Telling,
    dns_label,
    dns_subdomain,
    fails,
    forbidden,
    invalid,
    label_value,
    not_supported,
    percent,
    qualified_name,
    required,
    too_long,
)
from ._read import obj, objs, ordered, pairs, text, texts

if TYPE_CHECKING:
    from reconcile.kinds.field_error import FieldError
    from reconcile.value.types import Json, JsonObject

__all__ = [
    "address",
    "amount",
    "cidr",
    "immutable",
    "int_or_percent",
    "label_pairs",
    "label_selector",
    "labels",
    "node_selector",
    "not_more_than_all",
    "not_negative",
    "one_of",
    "resource_amount",
    "selector_value",
    "set_selector",
    "signer_name",
    "special_address",
    "unsupported",
]

_IP: Final = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"
_LONGEST_DOMAIN: Final = 253
_LONGEST_SIGNER: Final = 571
_CIDR: Final = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"


def labels(document: JsonObject, path: str, name: str = "labels") -> list[FieldError]:
    """Return what is wrong with the labels that an object holds under a name."""
    return label_pairs(pairs(document, name), path)


def label_pairs(held: dict[str, str], path: str) -> list[FieldError]:
    """Return what is wrong with labels, all told at one path."""
    found: list[FieldError] = []
    for key, value in held.items():
        found.extend(fails(path, key, qualified_name))
        found.extend(fails(path, value, label_value))
    return found


def label_selector(selector: JsonObject, path: str) -> list[FieldError]:
    """Return what is wrong with a LabelSelector."""
    found = labels(selector, f"{path}.matchLabels", "matchLabels")
    for index, each in enumerate(objs(selector, "matchExpressions")):
        place = f"{path}.matchExpressions[{index}]"
        found.extend(set_selector(each, place))
        for position, value in enumerate(texts(each, "values")):
            found.extend(fails(f"{place}.values[{position}]", value, label_value))
    return found


def set_selector(requirement: JsonObject, path: str) -> list[FieldError]:
    """Return what is wrong with one expression, its values left out."""
    found: list[FieldError] = []
    operator, values = text(requirement, "operator"), texts(requirement, "values")
    if operator in {"In", "NotIn"}:
        if not values:
            what = "must be specified when `operator` is 'In' or 'NotIn'"
            found.append(required(f"{path}.values", what))
    elif operator in {"Exists", "DoesNotExist"}:
        if values:
            what = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"
            found.append(forbidden(f"{path}.values", what))
    else:
        found.append(invalid(f"{path}.operator", operator, "not a valid selector operator"))
    found.extend(fails(f"{path}.key", text(requirement, "key"), qualified_name))
    return found


def selector_value(selector: JsonObject) -> JsonObject:
    """Return a LabelSelector as the server prints it."""
    made = ordered(selector, "matchLabels", "matchExpressions")
    if isinstance(made.get("matchLabels"), dict):
        made["matchLabels"] = dict(sorted(obj(made, "matchLabels").items()))
    if "matchExpressions" in made:
        wanted = ("key", "operator", "values")
        made["matchExpressions"] = [ordered(e, *wanted) for e in objs(made, "matchExpressions")]
    return made


def node_selector(selector: JsonObject, path: str) -> list[FieldError]:
    """Return what is wrong with a NodeSelector."""
    terms = objs(selector, "nodeSelectorTerms")
    if not terms:
        what = "must have at least one node selector term"
        return [required(f"{path}.nodeSelectorTerms", what)]
    found: list[FieldError] = []
    for index, term in enumerate(terms):
        place = f"{path}.nodeSelectorTerms[{index}]"
        for position, each in enumerate(objs(term, "matchExpressions")):
            found.extend(_node_expression(each, f"{place}.matchExpressions[{position}]"))
        for position, each in enumerate(objs(term, "matchFields")):
            found.extend(_node_field(each, f"{place}.matchFields[{position}]"))
    return found


def _node_expression(requirement: JsonObject, path: str) -> list[FieldError]:
    found: list[FieldError] = []
    operator, values = text(requirement, "operator"), texts(requirement, "values")
    if operator in {"In", "NotIn"}:
        if not values:
            what = "must be specified when `operator` is 'In' or 'NotIn'"
            found.append(required(f"{path}.values", what))
    elif operator in {"Exists", "DoesNotExist"}:
        if values:
            what = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"
            found.append(forbidden(f"{path}.values", what))
    elif operator in {"Gt", "Lt"}:
        if len(values) != 1:
            what = "must be specified single value when `operator` is 'Lt' or 'Gt'"
            found.append(required(f"{path}.values", what))
    else:
        found.append(invalid(f"{path}.operator", operator, "not a valid selector operator"))
    found.extend(fails(f"{path}.key", text(requirement, "key"), qualified_name))
    for position, value in enumerate(values):
        found.extend(fails(f"{path}.values[{position}]", value, label_value))
    return found


def _node_field(requirement: JsonObject, path: str) -> list[FieldError]:
    found: list[FieldError] = []
    operator, values = text(requirement, "operator"), texts(requirement, "values")
    if operator in {"In", "NotIn"}:
        if len(values) != 1:
            what = (
                "must be only one value when `operator` is 'In' or 'NotIn' for node field selector"
            )
            found.append(required(f"{path}.values", what))
    else:
        found.append(invalid(f"{path}.operator", operator, "not a valid selector operator"))
    key = text(requirement, "key")
    if key != "metadata.name":
        found.append(invalid(f"{path}.key", key, "not a valid field selector key"))
        return found
    for position, value in enumerate(values):
        found.extend(fails(f"{path}.values[{position}]", value, dns_subdomain))
    return found


def not_negative(number: int | None, path: str) -> list[FieldError]:
    """Return whether a number is below nothing."""
    return [invalid(path, number, NOT_NEGATIVE)] if number is not None and number < 0 else []


def int_or_percent(value: Json, path: str) -> list[FieldError]:
    """Return what is wrong with a number that is not negative, or a percentage."""
    if isinstance(value, str):
        return fails(path, value, percent)
    return not_negative(int(value), path) if isinstance(value, (int, float)) else []


def not_more_than_all(value: Json, path: str) -> list[FieldError]:
    """Return whether a percentage is more than 100%."""
    if isinstance(value, str) and not percent(value) and int(value[:-1]) > 100:
        return [invalid(path, value, "must not be greater than 100%")]
    return []


def immutable(before: Json, after: Json, path: str) -> list[FieldError]:
    """Return whether a value was changed that may not be."""
    return [] if before == after else [invalid(path, after, IMMUTABLE)]


def one_of(value: str, choices: Iterable[str], path: str) -> list[FieldError]:
    """Return whether a text that must be there is one of these."""
    choices = list(choices)
    if not value:
        return [required(path)]
    return [] if value in choices else [not_supported(path, value, choices)]


def unsupported(value: str, choices: Iterable[str], path: str) -> list[FieldError]:
    """Return whether a text, that may be empty only if a choice is, is one of these."""
    choices = list(choices)
    return [] if value in choices else [not_supported(path, value, choices)]


def amount(value: Json) -> Quantity | None:
    """Return a quantity, None where there is none."""
    if isinstance(value, (str, int, float)) and not isinstance(value, bool):
        try:
            return Quantity(value)
        except ReconcileError:
            return None
    return None


def resource_amount(value: Json, path: str) -> list[FieldError]:
    """Return whether a quantity is below nothing."""
    held = amount(value)
    if held is not None and held.value < 0:
        return [invalid(path, held.canonical, NOT_NEGATIVE)]
    return []


def _parsed(value: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Return an address, leading zeros allowed, None where it is none."""
    if "%" in value:
        return None
    if re.fullmatch(r"(\d+\.){3}\d+", value):
        value = ".".join(str(int(part)) for part in value.split("."))
    try:
        return ipaddress.ip_address(value)
    except ValueError:
        return None


def address(value: str, path: str, *, strict: bool = True) -> list[FieldError]:
    """Return what is wrong with an IP address.

    Shape: older fields are not `strict`: they hold addresses of more than one spelling.
    """
    held = _parsed(value)
    if held is None:
        return [invalid(path, value, _IP)]
    found: list[FieldError] = []
    if not strict:
        return found
    if isinstance(held, ipaddress.IPv6Address) and held.ipv4_mapped is not None:
        found.append(invalid(path, value, "must not be an IPv4-mapped IPv6 address"))
    elif isinstance(held, ipaddress.IPv4Address) and str(held) != value:
        found.append(invalid(path, value, "must not have leading 0s"))
    elif str(held) != value:
        found.append(_canonical(path, value, str(held)))
    return found


def _canonical(path: str, value: str, form: str) -> FieldError:
    plain = "must be in canonical form"
    return invalid(path, value, Telling(f'{plain} ("{form}")', plain))


def special_address(value: str, path: str) -> list[FieldError]:
    """Return whether an address is one that endpoints and external addresses may not have."""
    held = _parsed(value)
    if held is None:
        return [invalid(path, value, "must be a valid IP address")]
    found: list[FieldError] = []
    if held.is_unspecified:
        found.append(
            invalid(
                path, value, Telling(f"may not be unspecified ({value})", "may not be unspecified")
            )
        )
    if held.is_loopback:
        found.append(
            invalid(path, value, "may not be in the loopback range (127.0.0.0/8, ::1/128)")
        )
    local = "may not be in the link-local range (169.254.0.0/16, fe80::/10)"
    if held.is_link_local:
        found.append(invalid(path, value, local))
    many = "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)"
    if value.startswith("224.0.0.") or held.compressed.lower().startswith("ff02:"):
        found.append(invalid(path, value, many))
    return found


def cidr(value: str, path: str, *, strict: bool = True) -> list[FieldError]:
    """Return what is wrong with a range of addresses; see `address` for `strict`."""
    base, slash, size = value.partition("/")
    held = _parsed(base)
    if held is None or not slash or not re.fullmatch(r"[0-9]{1,9}", size):
        return [invalid(path, value, _CIDR)]
    if int(size) > held.max_prefixlen:
        return [invalid(path, value, _CIDR)]
    if not strict:
        return []
    zeros = isinstance(held, ipaddress.IPv4Address) and str(held) != base
    network = ipaddress.ip_network(f"{held}/{size}", strict=False)
    if zeros or size != str(int(size)):
        what = "must not have leading 0s in IP or prefix length"
    elif isinstance(held, ipaddress.IPv6Address) and held.ipv4_mapped is not None:
        what = "must not have an IPv4-mapped IPv6 address"
    elif network.network_address != held:
        what = "must not have bits set beyond the prefix length"
    elif str(network) != value:
        return [_canonical(path, value, str(network))]
    else:
        return []
    return [invalid(path, value, what)]


def signer_name(name: str, path: str) -> list[FieldError]:
    """Return what is wrong with the name of a signer: a domain, a slash, names with dots.

    Source: k8s.io/kubernetes pkg/apis/core/validation/names.go, ValidateSignerName.
    """
    if not name:
        return [required(path)]
    segments = name.split("/")
    if len(segments) != 2:
        what = "must be a fully qualified domain and path of the form 'example.com/signer-name'"
        return [invalid(path, name, what)]
    domain, rest = segments
    found: list[FieldError] = []
    if len(domain.encode()) > _LONGEST_DOMAIN:
        found.append(too_long(path, _LONGEST_DOMAIN))
    found += _first_wrong(domain, dns_label, path)
    if "." not in domain:
        what = "should be a domain with at least two segments separated by dots"
        found.append(invalid(path, domain, what))
    found += _first_wrong(rest, dns_subdomain, path)
    if len(name.encode()) > _LONGEST_SIGNER:
        found.append(too_long(path, _LONGEST_SIGNER))
    return found


def _first_wrong(segment: str, check: Callable[[str], list[str]], path: str) -> list[FieldError]:
    """Return what is wrong with the first part between dots that is wrong."""
    for label in segment.split("."):
        if messages := check(label):
            return [
                invalid(path, segment, Telling(f'validating label "{label}": {each}', each))
                for each in messages
            ]
    return []
