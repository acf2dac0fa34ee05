"""Texts, numbers and names as all kinds are held to: what is wrong with a value, in words.

1. A function that ends in nothing but a noun (`dns_label`, `port_name`) takes a value and returns
   messages, none if it is right. The others return field errors and take the path first.
2. Details are those of the API server to the letter. A detail that tells a value is a `Telling`,
   which also holds what may be said where no value may be shown.

Source: k8s.io/apimachinery pkg/util/validation and pkg/api/validate/content, 1.36.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from reconcile.kinds.field_error import FieldError, Telling

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from reconcile.value.types import Json

__all__ = [
    "IMMUTABLE",
    "NOT_NEGATIVE",
    "PORT_RANGE",
    "POSITIVE",
    "SUBDOMAIN",
    "Telling",
    "config_key",
    "dns_1035_label",
    "dns_label",
    "dns_subdomain",
    "duplicate",
    "env_name",
    "fails",
    "forbidden",
    "header_name",
    "identifier",
    "in_range",
    "invalid",
    "label_value",
    "not_found",
    "not_supported",
    "path_segment",
    "percent",
    "port_name",
    "port_number",
    "qualified_name",
    "required",
    "too_long",
    "too_many",
    "wildcard_subdomain",
]

IMMUTABLE: Final = "field is immutable"
NOT_NEGATIVE: Final = "must be greater than or equal to 0"
POSITIVE: Final = "must be greater than zero"
PORT_RANGE: Final = "must be between 1 and 65535, inclusive"

_LABEL: Final = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_SUBDOMAIN: Final = rf"{_LABEL}(\.{_LABEL})*"
_1035: Final = "[a-z]([-a-z0-9]*[a-z0-9])?"
_PART: Final = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
_CONFIG_KEY: Final = "[-._a-zA-Z0-9]+"
_PERCENT: Final = "[0-9]+%"
_HEADER: Final = "[-A-Za-z0-9]+"
_IDENTIFIER: Final = "[A-Za-z_][A-Za-z0-9_]*"
_is_label: Final = re.compile(_LABEL).fullmatch
_is_subdomain: Final = re.compile(_SUBDOMAIN).fullmatch
_is_word: Final = re.compile("[a-z]+").fullmatch
_is_part: Final = re.compile(_PART).fullmatch


def invalid(path: str, value: Json, detail: str) -> FieldError:
    """Return that a value is invalid."""
    return FieldError("FieldValueInvalid", path, detail, value)


def required(path: str, detail: str = "") -> FieldError:
    """Return that a value is not there."""
    return FieldError("FieldValueRequired", path, detail)


def forbidden(path: str, detail: str) -> FieldError:
    """Return that a value may not be there."""
    return FieldError("FieldValueForbidden", path, detail)


def duplicate(path: str, value: Json) -> FieldError:
    """Return that a value is there twice."""
    return FieldError("FieldValueDuplicate", path, "", value)


def not_found(path: str, value: Json) -> FieldError:
    """Return that a value names what is not there."""
    return FieldError("FieldValueNotFound", path, "", value)


def not_supported(path: str, value: Json, choices: Iterable[str]) -> FieldError:
    """Return that a value is none of the choices, told in the order they are given in."""
    told = ", ".join(f'"{each}"' for each in choices)
    detail = f"supported values: {told}" if told else ""
    return FieldError("FieldValueNotSupported", path, detail, value)


def too_long(path: str, maximum: int) -> FieldError:
    """Return that a value has too many bytes."""
    return FieldError("FieldValueTooLong", path, f"may not be more than {maximum} bytes")


def too_many(path: str, number: int, maximum: int) -> FieldError:
    """Return that there are too many values."""
    items = "item" if maximum == 1 else "items"
    return FieldError("FieldValueTooMany", path, f"must have at most {maximum} {items}", number)


def fails(path: str, value: str, check: Callable[[str], list[str]]) -> list[FieldError]:
    """Return the errors of a text that is held to one of the nouns below."""
    messages = check(value)
    return [invalid(path, value, message) for message in messages] if messages else []


def _told(what: str, pattern: str, *examples: str) -> str:
    """Return a rule with examples, spaced as the server spaces it."""
    shown = " or ".join(f"'{each}', " for each in examples)
    return f"{what} (e.g. {shown}regex used for validation is '{pattern}')"


_DNS_LABEL_TEXT: Final = _told(
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', "
    "and must start and end with an alphanumeric character",
    _LABEL,
    "my-name",
    "123-abc",
)
SUBDOMAIN: Final = _told(
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or "
    "'.', and must start and end with an alphanumeric character",
    _SUBDOMAIN,
    "example.com",
)
_1035_TEXT: Final = _told(
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an "
    "alphabetic character, and end with an alphanumeric character",
    _1035,
    "my-name",
    "abc-123",
)
_WILDCARD_TEXT: Final = _told(
    "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which "
    "must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric "
    "character",
    rf"\*\.{_SUBDOMAIN}",
    "*.example.com",
)
_PART_RULE: Final = (
    "must consist of alphanumeric characters, '-', '_' or '.', "
    "and must start and end with an alphanumeric character"
)
_NAME_TEXT: Final = _told(_PART_RULE, _PART, "MyName", "my.name", "123-abc")
_VALUE_TEXT: Final = _told(
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', "
    "and must start and end with an alphanumeric character",
    f"({_PART})?",
    "MyValue",
    "my_value",
    "12345",
)
_CONFIG_KEY_TEXT: Final = _told(
    "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
    _CONFIG_KEY,
    "key.name",
    "KEY_NAME",
    "key-name",
)
_PERCENT_TEXT: Final = _told(
    "a valid percent string must be a numeric string followed by an ending '%'",
    _PERCENT,
    "1%",
    "93%",
)
_HEADER_TEXT: Final = _told(
    "a valid HTTP header must consist of alphanumeric characters or '-'", _HEADER, "X-Header-Name"
)
_IDENTIFIER_TEXT: Final = _told(
    "a valid C identifier must start with alphabetic character or '_', followed by a string of "
    "alphanumeric characters or '_'",
    _IDENTIFIER,
    "my_name",
    "MY_NAME",
    "MyName",
)


def _size(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))


def _longest(text: str, maximum: int, unit: str = "characters") -> list[str]:
    return [f"must be no more than {maximum} {unit}"] if _size(text) > maximum else []


def dns_label(text: str) -> list[str]:
    """Return what is wrong with an RFC 1123 label."""
    if len(text) <= 63 and _is_label(text):
        return []
    found = _longest(text, 63)
    if not _is_label(text):
        dotted = _is_subdomain(text) is not None
        found.append("must not contain dots" if dotted else _DNS_LABEL_TEXT)
    return found


def dns_subdomain(text: str) -> list[str]:
    """Return what is wrong with an RFC 1123 subdomain."""
    if len(text) <= 63 and _is_label(text):
        return []
    found = _longest(text, 253)
    if not _is_subdomain(text):
        found.append(SUBDOMAIN)
    return found


def dns_1035_label(text: str) -> list[str]:
    """Return what is wrong with an RFC 1035 label, which begins with a letter."""
    found = _longest(text, 63)
    if not re.fullmatch(_1035, text):
        found.append(_1035_TEXT)
    return found


def wildcard_subdomain(text: str) -> list[str]:
    """Return what is wrong with a subdomain whose first label is `*`."""
    found = _longest(text, 253)
    if not re.fullmatch(rf"\*\.{_SUBDOMAIN}", text):
        found.append(_WILDCARD_TEXT)
    return found


def path_segment(text: str) -> list[str]:
    """Return what is wrong with a name that only has to fit in a URL."""
    if text in {".", ".."}:
        return [f"may not be '{text}'"]
    return [f"may not contain '{each}'" for each in "/%" if each in text]


def qualified_name(text: str) -> list[str]:
    """Return what is wrong with a name that may have a domain, as the keys of labels."""
    if len(text) <= 63 and _is_part(text):
        return []
    prefix, slash, name = text.partition("/")
    found: list[str] = []
    if not slash:
        name = prefix
    elif "/" in name:
        what = f"a valid label key {_NAME_TEXT}"
        return [f"{what} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"]
    elif not prefix:
        found.append("prefix part must be non-empty")
    else:
        found.extend(f"prefix part {message}" for message in dns_subdomain(prefix))
    if not name:
        found.append("name part must be non-empty")
    found.extend(f"name part {message}" for message in _longest(name, 63, "bytes"))
    if not _is_part(name):
        found.append(f"name part {_NAME_TEXT}")
    return found


def label_value(text: str) -> list[str]:
    """Return what is wrong with the value of a label."""
    if not text or (len(text) <= 63 and _is_part(text)):
        return []
    found = _longest(text, 63, "bytes")
    if not _is_part(text):
        found.append(_VALUE_TEXT)
    return found


def config_key(text: str) -> list[str]:
    """Return what is wrong with a key in the data of a ConfigMap or a Secret."""
    found = _longest(text, 253)
    if not re.fullmatch(_CONFIG_KEY, text):
        found.append(_CONFIG_KEY_TEXT)
    if text in {".", ".."}:
        found.append(f"must not be '{text}'")
    elif text.startswith(".."):
        found.append("must not start with '..'")
    return found


def port_number(number: int) -> list[str]:
    """Return what is wrong with a port."""
    return [] if 1 <= number <= 65535 else [PORT_RANGE]


def in_range(number: int, least: int, most: int) -> list[str]:
    """Return what is wrong with a number that has bounds."""
    return [] if least <= number <= most else [f"must be between {least} and {most}, inclusive"]


def port_name(text: str) -> list[str]:
    """Return what is wrong with the name of a port, an IANA service name."""
    if len(text) <= 15 and _is_word(text):
        return []
    found = _longest(text, 15)
    if not re.fullmatch("[-a-z0-9]+", text):
        found.append("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)")
    if not re.search("[a-z]", text):
        found.append("must contain at least one letter (a-z)")
    if "--" in text:
        found.append("must not contain consecutive hyphens")
    if text.startswith("-") or text.endswith("-"):
        found.append("must not begin or end with a hyphen")
    return found


def percent(text: str) -> list[str]:
    """Return what is wrong with a percentage."""
    return [] if re.fullmatch(_PERCENT, text) else [_PERCENT_TEXT]


def header_name(text: str) -> list[str]:
    """Return what is wrong with the name of an HTTP header."""
    return [] if re.fullmatch(_HEADER, text) else [_HEADER_TEXT]


def identifier(text: str) -> list[str]:
    """Return what is wrong with an identifier of C."""
    return [] if re.fullmatch(_IDENTIFIER, text) else [_IDENTIFIER_TEXT]


def env_name(text: str) -> list[str]:
    """Return what is wrong with the name of an environment variable."""
    if not text:
        return ["environment variable name must be non-empty"]
    if re.fullmatch("[ -<>-~]+", text):
        return []
    rule = "must consist only of printable ASCII characters other than '='"
    return [f"a valid environment variable name {rule}"]
