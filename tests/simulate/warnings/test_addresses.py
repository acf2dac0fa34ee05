"""What the server warns of in addresses."""

from __future__ import annotations

import pytest

from reconcile.simulate.warnings.addresses import address_warnings, range_warnings

ODD = "will be considered invalid in a future Kubernetes release: use"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("10.0.0.1", []),
        ("fd00::1", []),
        ("nothing", []),
        ("010.0.0.1", [f'a: non-standard IP address "010.0.0.1" {ODD} "10.0.0.1"']),
        ("::ffff:10.0.0.1", [f'a: non-standard IP address "::ffff:10.0.0.1" {ODD} "10.0.0.1"']),
        (
            "FD00::0:1",
            ['a: IPv6 address "FD00::0:1" should be in RFC 5952 canonical format ("fd00::1")'],
        ),
    ],
)
def test_addresses(text: str, words: list[str]) -> None:
    """An address has one good way to be written."""
    assert list(address_warnings("a", text)) == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("10.0.0.0/8", []),
        ("fd00::/8", []),
        ("10.0.0.0", []),
        ("10.0.0.0/99", []),
        (
            "10.1.0.0/8",
            [
                'a: CIDR value "10.1.0.0/8" is ambiguous in this context '
                '(should be "10.0.0.0/8" or "10.1.0.0/32"?)'
            ],
        ),
        ("010.0.0.0/8", [f'a: non-standard CIDR value "010.0.0.0/8" {ODD} "10.0.0.0/8"']),
        ("10.0.0.0/08", [f'a: non-standard CIDR value "10.0.0.0/08" {ODD} "10.0.0.0/8"']),
        (
            "::ffff:10.0.0.0/104",
            [f'a: non-standard CIDR value "::ffff:10.0.0.0/104" {ODD} "10.0.0.0/8"'],
        ),
        (
            "FD00::/8",
            ['a: IPv6 CIDR value "FD00::/8" should be in RFC 5952 canonical format ("fd00::/8")'],
        ),
    ],
)
def test_ranges(text: str, words: list[str]) -> None:
    """A range begins at its first address, and is written one way."""
    assert list(range_warnings("a", text)) == words
