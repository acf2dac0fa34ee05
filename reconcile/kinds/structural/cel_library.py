"""What Kubernetes adds to CEL: lists, regular expressions, URLs, addresses, quantities, versions.

1. Functions are plain Python; what is of a type of its own (a URL, a quantity) is passed between
   them as a map that holds its normal form, so that two of them are equal as they should be.
2. Missing, because the library cannot bind them: `format` (its `validate` returns an optional),
   `string()` of an address, `transformMap`, which fails when it runs. What only a policy sees
   (`authorizer`, `namespaceObject`) no definition of a custom resource does.

Source: k8s.io/apiserver pkg/cel/library, 1.36.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final, TypeAlias
from urllib.parse import SplitResult, parse_qs, urlsplit

from reconcile.errors import ReconcileError
from reconcile.objects.quantity import Quantity

from .formats import format_of
from .patterns import PatternFault, compiled

__all__ = ["FUNCTIONS", "Function"]

Function: TypeAlias = tuple[str, bool, tuple[str, ...], str, Callable[..., Any]]
"""Name, whether it is a member, types of its arguments, type of its result, what it does.

Types: `int`, `string`, ..., `list(T)`; `Quantity` and the like are types of their own.
"""
_Map: TypeAlias = Mapping[str, Any]


def _sorted(values: Sequence[Any]) -> bool:
    return not any(values[i] > values[i + 1] for i in range(len(values) - 1))


def _sum(values: Sequence[Any], zero: Any = 0) -> Any:
    total = zero
    for each in values:
        total = total + each
    return total


def _least(values: Sequence[Any]) -> Any:
    if not values:
        raise ValueError("min called on empty list")
    return min(values)


def _most(values: Sequence[Any]) -> Any:
    if not values:
        raise ValueError("max called on empty list")
    return max(values)


def _index(values: Sequence[Any], wanted: Any) -> int:
    return next((i for i, each in enumerate(values) if bool(each == wanted)), -1)


def _last_index(values: Sequence[Any], wanted: Any) -> int:
    return next((i for i in range(len(values) - 1, -1, -1) if values[i] == wanted), -1)


def _pattern(pattern: str) -> re.Pattern[str]:
    try:
        return compiled(pattern)
    except PatternFault as error:
        raise ValueError(f"Illegal regex: {error}") from error


def _find(text: str, pattern: str) -> str:
    found = _pattern(pattern).search(text)
    return found[0] if found else ""


def _find_all(text: str, pattern: str, limit: int = -1) -> list[str]:
    found = [each[0] for each in _pattern(pattern).finditer(text)]
    return found if limit < 0 else found[:limit]


def _split(value: _Map) -> SplitResult:
    return urlsplit(str(value["url"]))


def _is_url(text: str) -> bool:
    check = format_of("uri")
    return check is not None and check(text) and text != "*"


def _url(text: str) -> _Map:
    if not _is_url(text):
        raise ValueError(f"URL parse error during conversion from string: parse {text!r}")
    return {"url": text}


def _host(value: _Map) -> str:
    return _split(value).netloc.rpartition("@")[2]


def _port(value: _Map) -> str:
    found = re.fullmatch(r"(?:\[[^\]]*\]|[^:]*):(\d*)", _host(value))
    return found[1] if found else ""


def _hostname(value: _Map) -> str:
    found = re.match(r"\[([^\]]*)\]|[^:]*", _host(value))
    return "" if found is None else found[1] or found[0]


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        made = ipaddress.ip_address(text)
    except ValueError:
        return None
    mapped = isinstance(made, ipaddress.IPv6Address) and made.ipv4_mapped is not None
    return None if "%" in text or mapped else made


def _ip(text: str) -> _Map:
    made = _address(text)
    if made is None:
        raise ValueError(f'IP Address "{text}" parse error during conversion from string')
    return {"ip": str(made)}


def _ip_is_canonical(text: str) -> bool:
    return bool(_ip(text)["ip"] == text)


def _parsed(value: _Map) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    return ipaddress.ip_address(value["ip"])


def _global(value: _Map) -> bool:
    made = ipaddress.ip_address(value["ip"])
    broadcast = str(made) == "255.255.255.255"
    special = made.is_unspecified or made.is_loopback or made.is_multicast or made.is_link_local
    return not (broadcast or special)


def _network(text: str) -> ipaddress.IPv4Interface | ipaddress.IPv6Interface | None:
    address, slash, length = text.partition("/")
    if not slash or not re.fullmatch("0|[1-9][0-9]{0,2}", length) or _address(address) is None:
        return None
    try:
        return ipaddress.ip_interface(text)
    except ValueError:
        return None


def _cidr(text: str) -> _Map:
    made = _network(text)
    if made is None:
        raise ValueError(f'network address parse error during conversion from string: "{text}"')
    return {"cidr": str(made)}


def _interface(value: _Map) -> ipaddress.IPv4Interface | ipaddress.IPv6Interface:
    return ipaddress.ip_interface(value["cidr"])


def _holds_ip(value: _Map, address: str) -> bool:
    made = _address(address)
    if made is None:
        raise ValueError(f'IP Address "{address}" parse error during conversion from string')
    network = _interface(value).network
    return made.version == network.version and made in network


def _holds_network(value: _Map, other: str) -> bool:
    inner, outer = _interface(_cidr(other)).network, _interface(value).network
    if isinstance(inner, ipaddress.IPv4Network) and isinstance(outer, ipaddress.IPv4Network):
        return inner.subnet_of(outer)
    if isinstance(inner, ipaddress.IPv6Network) and isinstance(outer, ipaddress.IPv6Network):
        return inner.subnet_of(outer)
    return False


def _is_quantity(text: str) -> bool:
    try:
        Quantity(text)
    except ReconcileError:
        return False
    return True


def _quantity(text: str) -> _Map:
    try:
        return {"quantity": str(Quantity(text).value)}
    except ReconcileError as error:
        what = "quantities must match the regular expression"
        raise ValueError(f"{what} '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'") from error


def _amount(value: _Map) -> Fraction:
    return Fraction(value["quantity"])


def _made(amount: Fraction) -> _Map:
    return {"quantity": str(amount)}


def _whole(value: _Map) -> bool:
    return _amount(value).denominator == 1 and abs(_amount(value)) < 1 << 63


def _as_integer(value: _Map) -> int:
    if not _whole(value):
        raise ValueError("cannot convert value to integer")
    return int(_amount(value))


def _sign(number: Fraction) -> int:
    return (number > 0) - (number < 0)


_SEMVER: Final = re.compile(
    r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-((?:0|[1-9]\d*|\d*[A-Za-z-][0-9A-Za-z-]*)"
    r"(?:\.(?:0|[1-9]\d*|\d*[A-Za-z-][0-9A-Za-z-]*))*))?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?",
    re.ASCII,
)


def _semver_text(text: str, *, normal: bool = False) -> str:
    """Return a version, with what is missing filled in if asked."""
    if not normal:
        return text
    numbers, mark, rest = re.fullmatch(r"v?([^-+]*)([-+]?)(.*)", text, re.DOTALL).groups()  # type: ignore[union-attr]
    parts = [part.lstrip("0") or "0" for part in numbers.split(".")] if numbers else []
    return ".".join([*parts, *["0"] * (3 - len(parts))]) + mark + rest


def _is_semver(text: str, normal: bool = False) -> bool:  # noqa: FBT002 - CEL has no keywords
    return _SEMVER.fullmatch(_semver_text(text, normal=normal)) is not None


def _semver(text: str, normal: bool = False) -> _Map:  # noqa: FBT002 - CEL has no keywords
    if not _is_semver(text, normal):
        raise ValueError(f"semver parse error during conversion from string: {text!r}")
    return {"semver": _semver_text(text, normal=normal).partition("+")[0]}


def _numbers(value: _Map) -> tuple[int, int, int]:
    major, minor, patch = value["semver"].partition("-")[0].split(".")
    return int(major), int(minor), int(patch)


def _order(value: _Map) -> tuple[Any, ...]:
    early = value["semver"].partition("-")[2]
    marks = tuple(
        (0, int(part), "") if part.isdigit() else (1, 0, part)
        for part in (early.split(".") if early else ())
    )
    return *_numbers(value), not early, marks


def _compare(one: Any, other: Any) -> int:
    return int(one > other) - int(one < other)


_ORDERED: Final = ("int", "uint", "double", "string", "bool", "bytes", "duration", "timestamp")


def _one(act: Callable[[Any], Any]) -> Callable[..., Any]:
    """Return a function of one argument; a type checker then knows what it takes."""
    return act


def _two(act: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    """Return a function of two arguments."""
    return act


FUNCTIONS: Final[tuple[Function, ...]] = (
    *(
        function
        for kind in _ORDERED
        for function in (
            ("isSorted", True, (f"list({kind})",), "bool", _sorted),
            ("min", True, (f"list({kind})",), kind, _least),
            ("max", True, (f"list({kind})",), kind, _most),
        )
    ),
    ("sum", True, ("list(int)",), "int", _sum),
    ("sum", True, ("list(uint)",), "uint", _sum),
    ("sum", True, ("list(double)",), "double", _one(lambda values: _sum(values, 0.0))),
    ("sum", True, ("list(duration)",), "duration", _sum),
    ("indexOf", True, ("list(dyn)", "dyn"), "int", _index),
    ("lastIndexOf", True, ("list(dyn)", "dyn"), "int", _last_index),
    ("find", True, ("string", "string"), "string", _find),
    ("findAll", True, ("string", "string"), "list(string)", _find_all),
    ("findAll", True, ("string", "string", "int"), "list(string)", _find_all),
    ("isURL", False, ("string",), "bool", _is_url),
    ("url", False, ("string",), "URL", _url),
    ("getScheme", True, ("URL",), "string", _one(lambda value: _split(value).scheme)),
    ("getHost", True, ("URL",), "string", _host),
    ("getHostname", True, ("URL",), "string", _hostname),
    ("getPort", True, ("URL",), "string", _port),
    ("getEscapedPath", True, ("URL",), "string", _one(lambda value: _split(value).path)),
    ("getQuery", True, ("URL",), "map(string, list(string))",
     _one(lambda value: parse_qs(_split(value).query, keep_blank_values=True))),
    ("isIP", False, ("string",), "bool", _one(lambda text: _address(text) is not None)),
    ("ip", False, ("string",), "IP", _ip),
    ("ip.isCanonical", False, ("string",), "bool", _ip_is_canonical),
    ("family", True, ("IP",), "int", _one(lambda value: _parsed(value).version)),
    ("isUnspecified", True, ("IP",), "bool",
     _one(lambda value: _parsed(value).is_unspecified)),
    ("isLoopback", True, ("IP",), "bool",
     _one(lambda value: _parsed(value).is_loopback)),
    ("isLinkLocalMulticast", True, ("IP",), "bool",
     _one(lambda value: value["ip"].startswith("224.0.0.")
     or re.match("ff.2:", value["ip"]) is not None)),
    ("isLinkLocalUnicast", True, ("IP",), "bool",
     _one(lambda value: _parsed(value).is_link_local)),
    ("isGlobalUnicast", True, ("IP",), "bool", _global),
    ("isCIDR", False, ("string",), "bool", _one(lambda text: _network(text) is not None)),
    ("cidr", False, ("string",), "CIDR", _cidr),
    ("containsIP", True, ("CIDR", "string"), "bool", _holds_ip),
    ("containsIP", True, ("CIDR", "IP"), "bool",
     _two(lambda value, address: _holds_ip(value, address["ip"]))),
    ("containsCIDR", True, ("CIDR", "string"), "bool", _holds_network),
    ("containsCIDR", True, ("CIDR", "CIDR"), "bool",
     _two(lambda value, other: _holds_network(value, other["cidr"]))),
    ("ip", True, ("CIDR",), "IP", _one(lambda value: {"ip": str(_interface(value).ip)})),
    ("masked", True, ("CIDR",), "CIDR",
     _one(lambda value: {"cidr": str(_interface(value).network)})),
    ("prefixLength", True, ("CIDR",), "int",
     _one(lambda value: _interface(value).network.prefixlen)),
    ("isQuantity", False, ("string",), "bool", _is_quantity),
    ("quantity", False, ("string",), "Quantity", _quantity),
    ("isInteger", True, ("Quantity",), "bool", _whole),
    ("asInteger", True, ("Quantity",), "int", _as_integer),
    ("asApproximateFloat", True, ("Quantity",), "double",
     _one(lambda value: float(Decimal(_amount(value).numerator) / _amount(value).denominator))),
    ("sign", True, ("Quantity",), "int", _one(lambda value: _sign(_amount(value)))),
    ("isGreaterThan", True, ("Quantity", "Quantity"), "bool",
     _two(lambda one, two: _amount(one) > _amount(two))),
    ("isLessThan", True, ("Quantity", "Quantity"), "bool",
     _two(lambda one, two: _amount(one) < _amount(two))),
    ("compareTo", True, ("Quantity", "Quantity"), "int",
     _two(lambda one, two: _compare(_amount(one), _amount(two)))),
    ("add", True, ("Quantity", "Quantity"), "Quantity",
     _two(lambda one, two: _made(_amount(one) + _amount(two)))),
    ("add", True, ("Quantity", "int"), "Quantity",
     _two(lambda one, two: _made(_amount(one) + two))),
    ("sub", True, ("Quantity", "Quantity"), "Quantity",
     _two(lambda one, two: _made(_amount(one) - _amount(two)))),
    ("sub", True, ("Quantity", "int"), "Quantity",
     _two(lambda one, two: _made(_amount(one) - two))),
    ("isSemver", False, ("string",), "bool", _is_semver),
    ("isSemver", False, ("string", "bool"), "bool", _is_semver),
    ("semver", False, ("string",), "Semver", _semver),
    ("semver", False, ("string", "bool"), "Semver", _semver),
    ("major", True, ("Semver",), "int", _one(lambda value: _numbers(value)[0])),
    ("minor", True, ("Semver",), "int", _one(lambda value: _numbers(value)[1])),
    ("patch", True, ("Semver",), "int", _one(lambda value: _numbers(value)[2])),
    ("isGreaterThan", True, ("Semver", "Semver"), "bool",
     _two(lambda one, two: _order(one) > _order(two))),
    ("isLessThan", True, ("Semver", "Semver"), "bool",
     _two(lambda one, two: _order(one) < _order(two))),
    ("compareTo", True, ("Semver", "Semver"), "int",
     _two(lambda one, two: _compare(_order(one), _order(two)))),
)  # fmt: skip
"""The functions, one entry for each way to call one."""
