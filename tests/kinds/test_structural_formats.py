"""Formats of texts: which are checked, and what they let pass."""

from __future__ import annotations

import pytest

from reconcile.kinds.structural.formats import format_of, known

GOOD = {
    "bsonobjectid": ["507f1f77bcf86cd799439011"],
    "byte": ["AAE=", "AAAA"],
    "cidr": ["10.0.0.0/8", "fd00::/64"],
    "creditcard": ["4111 1111 1111 1111"],
    "date": ["2024-02-29"],
    "date-time": ["2024-01-02T03:04:05Z", "2024-01-02t03:04:05.123+01:00"],
    "duration": ["1h5m", "P1D", "3 days", "-1.5s", "0"],
    "email": ["a@b.example", "A B <a@b>"],
    "hexcolor": ["#fff", "00ff00"],
    "hostname": ["a.example", "host"],
    "ipv4": ["1.2.3.4"],
    "ipv6": ["::1", "::ffff:1.2.3.4"],
    "isbn": ["0321751043", "978-0321751041"],
    "k8s-long-name": ["a.b-c"],
    "k8s-short-name": ["a-b"],
    "mac": ["00:11:22:33:44:55", "0011.2233.4455"],
    "rgbcolor": ["rgb(1,2,255)"],
    "ssn": ["123-45-6789"],
    "uri": ["http://x.example/", "/a", "urn:/x"],
    "uuid": ["11111111-1111-1111-1111-111111111111"],
    "uuid4": ["11111111-1111-4111-8111-111111111111"],
}
BAD = {
    "byte": ["", "A", "AA"],
    "cidr": ["10.0.0.0", "10.0.0.0/33", "10.0.0.0/08"],
    "creditcard": ["4111 1111 1111 1112"],
    "date": ["2024-02-30", "2024-1-1"],
    "date-time": ["2024-01-02T03:04:05", "2024-01-02T24:00:00Z", "2024-01-02 03:04:05Z"],
    "duration": ["", "x", "5", "5 parsecs"],
    "email": ["a", "a@", "@b"],
    "hostname": ["a b", "-a", "a." + "b" * 64],
    "ipv4": ["::1", "1.2.3"],
    "ipv6": ["1.2.3.4", "::1%eth0"],
    "isbn": ["0321751044"],
    "k8s-short-name": ["a.b", "A", "a" * 64],
    "mac": ["00:11:22:33:44"],
    "rgbcolor": ["rgb(1,2,256)"],
    "ssn": ["123456789"],
    "uri": ["a b", "x", "http://a b/", "/%zz"],
    "uuid3": ["11111111-1111-4111-8111-111111111111"],
}


@pytest.mark.parametrize("name", GOOD)
def test_texts_of_a_format_pass(name):
    """Each is what the server takes."""
    check = format_of(name)
    assert check is not None
    assert [text for text in GOOD[name] if not check(text)] == []


@pytest.mark.parametrize("name", BAD)
def test_other_texts_do_not(name):
    """Each is what the server refuses."""
    check = format_of(name)
    assert check is not None
    assert [text for text in BAD[name] if check(text)] == []


def test_a_format_that_is_not_known_is_not_checked():
    """As if none was given; dashes do not count."""
    assert not known("nonsense")
    assert known("datetime")
    assert known("int32")
    assert format_of("int32") is None
