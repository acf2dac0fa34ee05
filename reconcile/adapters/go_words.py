"""What Go's HTTP client says of a call that failed; Metacontroller puts it into Events.

1. Only texts: what happened is found out elsewhere.
2. Errors of the system have the C library's text, in lower case, which is also Go's.

Source: read off Go 1.26's net/http and net, fault by fault.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from http.client import HTTPMessage

__all__ = [
    "AWAITING",
    "READING",
    "dial_failed",
    "head_fault",
    "operation_failed",
    "quoted",
    "status_line_fault",
    "version_fault",
]

AWAITING: Final = "context deadline exceeded (Client.Timeout exceeded while awaiting headers)"
READING: Final = (
    "context deadline exceeded (Client.Timeout or context cancellation while reading body)"
)
_BROKEN: Final = "net/http: HTTP/1.x transport connection broken: "
_ESCAPES: Final = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def dial_failed(address: str, error: OSError) -> str:
    """Return the text of a connection that could not be made: `dial tcp ADDRESS: connect: ...`."""
    return f"dial tcp {address}: connect: {_system(error)}"


def operation_failed(verb: str, ends: str, error: OSError) -> str:
    """Return the text of a read or write that failed: `read tcp ENDS: read: ...`."""
    return f"{verb} tcp {ends}: {verb}: {_system(error)}"


def status_line_fault(line: str) -> str:
    """Return what is wrong with the first line of an answer."""
    line = line.rstrip("\r\n")
    version, space, rest = line.partition(" ")
    code = rest.lstrip(" ").partition(" ")[0]
    if not space:
        fault = f"malformed HTTP response {quoted(line)}"
    elif not re.fullmatch(r"[0-9]{3}", code, re.ASCII):
        fault = f"malformed HTTP status code {quoted(code)}"
    else:
        return version_fault(version)
    return _BROKEN + fault


def version_fault(version: str) -> str:
    """Return what is wrong with an answer of another protocol."""
    return f"{_BROKEN}malformed HTTP version {quoted(version)}"


def head_fault(head: HTTPMessage) -> str:
    """Return what is wrong with the headers of an answer; "" when nothing is."""
    if head.defects:
        # Python's parser takes the rest, from the faulty line on, for a body.
        line = str(head.get_payload()).lstrip("\r\n").partition("\n")[0].rstrip("\r")
        return f"{_BROKEN}malformed MIME header: missing colon: {quoted(line)}"
    coding = [value.strip() for value in head.get_all("transfer-encoding", [])]
    if len(coding) > 1:
        return f"{_BROKEN}too many transfer encodings: {_listed(coding)}"
    if coding:
        if coding[0].lower() != "chunked":
            return f"{_BROKEN}unsupported transfer encoding: {quoted(coding[0])}"
        return ""
    lengths = list(dict.fromkeys(value.strip() for value in head.get_all("content-length", [])))
    if len(lengths) > 1:
        return (
            f"{_BROKEN}http: message cannot contain multiple Content-Length headers; "
            f"got {_listed(lengths)}"
        )
    if lengths and not re.fullmatch(r"[0-9]{1,18}", lengths[0], re.ASCII):
        return f"{_BROKEN}bad Content-Length {quoted(lengths[0])}"
    return ""


def quoted(text: str) -> str:
    """Return a text of bytes (latin-1) in quotes, as Go's `%q` writes it."""
    written = [
        _ESCAPES.get(char, char)
        if " " <= char <= "~" or char in _ESCAPES
        else f"\\x{ord(char):02x}"
        for char in text
    ]
    return f'"{"".join(written)}"'


def _listed(texts: list[str]) -> str:
    return f"[{' '.join(quoted(text) for text in texts)}]"


def _system(error: OSError) -> str:
    return "unknown error" if error.errno is None else os.strerror(error.errno).lower()
