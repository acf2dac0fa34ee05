"""Which texts and numbers have the format that a schema asks for, as the API server checks it.

1. A format is known by its name without dashes. A format that is not known is as if none was given.
2. Numbers have formats too; those are checked with the range of numbers, not here.

Source: k8s.io/kube-openapi pkg/validation/strfmt; k8s.io/apiextensions-apiserver
pkg/apiserver/validation/formats.go, 1.36.
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from datetime import date
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["NUMBERS", "format_of", "known"]

NUMBERS: Final = frozenset({"int32", "int64", "float", "double"})
"""Formats of numbers."""

# Patterns are compiled when a format is first asked for: they are many, and few are.
_NAME: Final = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_UUID: Final = "(?i)[0-9a-f]{8}-?[0-9a-f]{4}-?%s[0-9a-f]{3}-?%s[0-9a-f]{3}-?[0-9a-f]{12}"
_ANY: Final = "[0-9a-f]"
_COLOR: Final = r"\s*(0|[1-9]\d?|1\d\d?|2[0-4]\d|25[0-5])\s*"
_TIME: Final = r"([0-9]{2}):([0-9]{2}):([0-9]{2})(?:.[0-9]+)?(?:z|[+-][0-9]{2}:[0-9]{2})"
_GO_DURATION: Final = r"[-+]?(?:0|(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)"
_SCALA_DURATION: Final = re.compile(r"(\d+)\s*([A-Za-zµ]+)", re.ASCII)
_UNITS: Final = (
    ("ns", "nano"),
    ("us", "µs", "micro"),
    ("ms", "milli"),
    ("s", "sec"),
    ("m", "min"),
    ("h", "hr", "hour"),
    ("d", "day"),
    ("w", "wk", "week"),
)
_HOST: Final = (
    "[a-zA-Z0-9]-?[a-zA-Z0-9]{0,62}"
    r"|([a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?\.)+[a-zA-Z0-9](-?[a-zA-Z0-9]){1,62}"
)
_MAC: Final = (
    r"([0-9a-fA-F]{2})([:-])(?:[0-9a-fA-F]{2}\2){4}(?:[0-9a-fA-F]{2}"
    r"|(?:[0-9a-fA-F]{2}\2){2}[0-9a-fA-F]{2}|(?:[0-9a-fA-F]{2}\2){14}[0-9a-fA-F]{2})"
    r"|[0-9a-fA-F]{4}(?:\.[0-9a-fA-F]{4}){2}|[0-9a-fA-F]{4}(?:\.[0-9a-fA-F]{4}){3}"
    r"|[0-9a-fA-F]{4}(?:\.[0-9a-fA-F]{4}){9}"
)
_ATOM: Final = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\u0080-\U0010ffff-]+"
_LOCAL: Final = rf"(?:{_ATOM}(?:\.{_ATOM})*|\"(?:[^\"\\]|\\.)*\")"
_DOMAIN: Final = rf"(?:{_ATOM}(?:\.{_ATOM})*|\[[^\]\\]*\])"
_PHRASE: Final = rf"(?:\"(?:[^\"\\]|\\.)*\"|{_ATOM}(?:[ .]+{_ATOM})*\.?)"
_EMAIL: Final = rf"\s*(?:{_LOCAL}@{_DOMAIN}|{_PHRASE}?\s*<{_LOCAL}@{_DOMAIN}>)\s*"
_CARD: Final = (
    "4[0-9]{12}(?:[0-9]{3})?|5[1-5][0-9]{14}|(222[1-9]|22[3-9][0-9]|2[3-6][0-9]{2}|27[01][0-9]|2720)"
    r"[0-9]{12}|6(?:011|5[0-9][0-9])[0-9]{12}|3[47][0-9]{13}|3(?:0[0-5]|[68][0-9])[0-9]{11}"
    r"|(?:2131|1800|35\d{3})\d{11}|6[27][0-9]{14}|(?:5[0678]\d\d|6304|6390|67\d\d)\d{8,15}"
)


def _matching(pattern: str) -> Callable[[str], bool]:
    """Return a check that a whole text matches."""
    return lambda text: re.fullmatch(pattern, text, re.ASCII) is not None


def _date(text: str) -> bool:
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text) is None:
        return False
    year = "2000" if text[:4] == "0000" else text[:4]  # a year that Go knows and Python does not
    try:
        date.fromisoformat(year + text[4:])
    except ValueError:
        return False
    return True


def _date_time(text: str) -> bool:
    day, separator, rest = text.lower().partition("t")
    found = re.fullmatch(_TIME, rest)
    if not separator or found is None or not _date(day):
        return False
    return found[1] <= "23" and found[2] <= "59" and found[3] <= "59"


def _duration(text: str) -> bool:
    if re.fullmatch(_GO_DURATION, text):
        return True
    known_unit = False
    for number, unit in _SCALA_DURATION.findall(text):
        if int(number) >= 1 << 63:
            return False
        known_unit = known_unit or any(_names(unit.lower(), variants) for variants in _UNITS)
    return known_unit


def _names(unit: str, variants: tuple[str, ...]) -> bool:
    return unit in variants or unit.startswith(variants[-1])


def _hostname(text: str) -> bool:
    plain = "".join("a" if unicodedata.category(each)[0] in "LS" else each for each in text)
    parts = text.encode("utf-8", "surrogatepass").split(b".")
    long = len(text.encode("utf-8", "surrogatepass")) > 255 or any(len(part) > 63 for part in parts)
    return re.fullmatch(_HOST, plain) is not None and not long


def _address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return "%" not in text


def _ipv4(text: str) -> bool:
    return "." in text and _address(text)


def _ipv6(text: str) -> bool:
    return ":" in text and _address(text)


def _cidr(text: str) -> bool:
    address, slash, length = text.partition("/")
    if not slash or not re.fullmatch("0|[1-9][0-9]{0,2}", length) or not _address(address):
        return False
    return int(length) <= (128 if ":" in address else 32)


def _uri(text: str) -> bool:
    """As Go's `net/url.ParseRequestURI`."""
    before_query = text.partition("?")[0]
    if re.search(r"[\x00-\x1f\x7f]", text) or re.search("%(?![0-9a-fA-F]{2})", before_query):
        return False
    if text.startswith("/"):
        return True
    found = re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*:(/.*)", text, re.DOTALL)
    if found is None:
        return text == "*"
    if not found[1].startswith("//"):
        return True
    host = re.split("[/?#]", found[1][2:], maxsplit=1)[0].rpartition("@")[2]
    return re.fullmatch(r"(\[[^\]\s]*\]|[^\s:\[\]<>\"\\^`{|}]*)(:[0-9]*)?", host) is not None


def _isbn10(text: str) -> bool:
    digits = re.sub(r"[\s-]+", "", text)
    if re.fullmatch("[0-9]{9}X|[0-9]{10}", digits) is None:
        return False
    values = [10 if each == "X" else int(each) for each in digits]
    return sum((place + 1) * value for place, value in enumerate(values)) % 11 == 0


def _isbn13(text: str) -> bool:
    digits = re.sub(r"[\s-]+", "", text)
    if re.fullmatch("[0-9]{13}", digits) is None:
        return False
    return (
        sum(int(each) * (1 if place % 2 == 0 else 3) for place, each in enumerate(digits)) % 10 == 0
    )


def _credit_card(text: str) -> bool:
    digits = re.sub("[^0-9]+", "", text)
    if re.fullmatch(_CARD, digits) is None:
        return False
    total = 0
    for place, each in enumerate(reversed(digits)):
        value = int(each) * (1 + place % 2)
        total += value % 10 + value // 10
    return total % 10 == 0


_TEXTS: Final[dict[str, Callable[[str], bool]]] = {
    "bsonobjectid": _matching("[0-9a-fA-F]{24}"),
    "byte": _matching(
        "(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})"
    ),
    "cidr": _cidr,
    "creditcard": _credit_card,
    "date": _date,
    "datetime": _date_time,
    "duration": _duration,
    "email": lambda text: re.fullmatch(_EMAIL, text) is not None,
    "hexcolor": _matching("#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})"),
    "hostname": _hostname,
    "ipv4": _ipv4,
    "ipv6": _ipv6,
    "isbn": lambda text: _isbn10(text) or _isbn13(text),
    "isbn10": _isbn10,
    "isbn13": _isbn13,
    "k8slongname": lambda text: (
        len(text) <= 253 and re.fullmatch(rf"{_NAME}(\.{_NAME})*", text) is not None
    ),
    "k8sshortname": lambda text: len(text) <= 63 and re.fullmatch(_NAME, text) is not None,
    "mac": lambda text: re.fullmatch(_MAC, text) is not None,
    "password": lambda _text: True,
    "rgbcolor": _matching(rf"rgb\({_COLOR},{_COLOR},{_COLOR}\)"),
    "ssn": lambda text: (
        len(text) == 11 and re.fullmatch(r"[0-9]{3}[- ]?[0-9]{2}[- ]?[0-9]{4}", text) is not None
    ),
    "uri": _uri,
    "uuid": _matching(_UUID % (_ANY, _ANY)),
    "uuid3": _matching(_UUID % ("3", _ANY)),
    "uuid4": _matching(_UUID % ("4", "[89ab]")),
    "uuid5": _matching(_UUID % ("5", "[89ab]")),
}


def known(name: str) -> bool:
    """Return whether a format is checked at all."""
    return name in NUMBERS or name.replace("-", "") in _TEXTS


def format_of(name: str) -> Callable[[str], bool] | None:
    """Return the check of a format of texts, None if it is none of texts."""
    return _TEXTS.get(name.replace("-", ""))
