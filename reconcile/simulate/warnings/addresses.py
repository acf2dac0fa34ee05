"""What the API server warns of in addresses: other ways to write what has one good way.

Addresses are read as leniently as the server reads them: a part of an IPv4 address may begin with
zeros, and an IPv6 address may stand for an IPv4 one.

Source: k8s.io/apimachinery pkg/util/validation/ip.go (GetWarningsForIP, GetWarningsForCIDR).
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import TypeAlias

from reconcile.simulate.go.json import quoted

__all__ = ["address_warnings", "range_warnings"]

Address: TypeAlias = IPv4Address | IPv6Address


def address_warnings(where: str, text: str) -> Iterator[str]:
    """Warn of an address."""
    address, odd = _read(text)
    if address is None:
        return
    if odd:
        yield (
            f"{where}: non-standard IP address {quoted(text)} will be considered invalid in a "
            f"future Kubernetes release: use {quoted(str(address))}"
        )
    elif str(address) != text:
        yield (
            f"{where}: IPv6 address {quoted(text)} should be in RFC 5952 canonical format "
            f"({quoted(str(address))})"
        )


def range_warnings(where: str, text: str) -> Iterator[str]:
    """Warn of a range of addresses."""
    begin, _, length = text.partition("/")
    address, odd = _read(begin)
    if address is None or not length.isdecimal():
        return
    size = int(length)
    if isinstance(address, IPv4Address) and ":" in begin:
        size -= 96  # the length counts the bits that make it an IPv6 one
    if not 0 <= size <= address.max_prefixlen:
        return
    low = int(address) & ((1 << (address.max_prefixlen - size)) - 1)
    whole = f"{type(address)(int(address) - low)}/{size}"
    if low:
        single = f"{address}/{address.max_prefixlen}"
        yield (
            f"{where}: CIDR value {quoted(text)} is ambiguous in this context "
            f"(should be {quoted(whole)} or {quoted(single)}?)"
        )
    if odd or (length != "0" and length.startswith("0")):
        yield (
            f"{where}: non-standard CIDR value {quoted(text)} will be considered invalid in a "
            f"future Kubernetes release: use {quoted(whole)}"
        )
    elif not low and ":" in text and whole != text:
        yield (
            f"{where}: IPv6 CIDR value {quoted(text)} should be in RFC 5952 canonical format "
            f"({quoted(whole)})"
        )


def _read(text: str) -> tuple[Address | None, bool]:
    """Return an address, and whether it is written in a way that is no standard one."""
    parts = text.split(".")
    zeros = ":" not in text and all(part.isdecimal() for part in parts)
    plain = ".".join(str(int(part)) for part in parts) if zeros else text
    try:
        address = ip_address(plain)
    except ValueError:
        return None, False
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped, True
    return address, plain != text
