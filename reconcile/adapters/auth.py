"""Who may call: bearer tokens and user names with passwords, several at once for rotation.

1. Only digests are kept and compared; no token, user or password is ever in a message or a repr.
2. Every check does the same work whether it succeeds or not: all digests are compared, each in
   constant time, also when nothing was presented.
3. A file that cannot be read any more allows nobody.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from reconcile.errors import DefinitionError

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable

__all__ = ["AnyOf", "Auth", "Basic", "Bearer"]

_MAX_FILE: Final = 1024 * 1024


class Auth(Protocol):
    """Decide from the Authorization header whether a caller is known."""

    @property
    def challenge(self) -> str:
        """The value of WWW-Authenticate in a refusal."""
        ...

    def allows(self, authorization: str) -> bool:
        """Tell whether the header's value is one of those known; "" when there is none."""
        ...


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


class _Secrets:
    """Digests of what may be presented: given ones, and one per line of each file."""

    def __init__(
        self, given: Iterable[str], files: Iterable[str | os.PathLike[str]], *, subject: str
    ) -> None:
        self._given = tuple(_digest(secret) for secret in given)
        self._files = tuple(Path(file) for file in files)
        # Replaced as a whole, so that threads see the old or the new state, never a mixture.
        self._read: dict[Path, tuple[object, tuple[bytes, ...]]] = {}
        findings = [
            f"{file} holds no line that can be used, or cannot be read"
            for file in self._files
            if not self._of(file)
        ]
        if not self._given and not self._files:
            findings.append("neither values nor files: nobody could call")
        if findings:
            raise DefinitionError(findings, subject=subject)

    def _of(self, file: Path) -> tuple[bytes, ...]:
        try:
            # A Secret's volume is changed by moving a link, so the inode tells as well.
            stat = file.stat()
            mark = (stat.st_mtime_ns, stat.st_size, stat.st_ino, stat.st_dev)
            known = self._read.get(file)
            if known is not None and known[0] == mark:
                return known[1]
            with file.open("rb") as stream:
                lines = stream.read(_MAX_FILE).decode("utf-8").splitlines()
        except (OSError, UnicodeDecodeError):
            return ()
        digests = tuple(_digest(line.strip()) for line in lines if line.strip())
        self._read = {**self._read, file: (mark, digests)}
        return digests

    def hold(self, secret: str) -> bool:
        """Tell whether `secret` is one of them, in time that does not depend on which."""
        presented = _digest(secret)
        found = False
        for digest in self._given:
            found |= hmac.compare_digest(digest, presented)
        for file in self._files:
            for digest in self._of(file):
                found |= hmac.compare_digest(digest, presented)
        return found


def _presented(authorization: str, scheme: str) -> str:
    word, _, rest = authorization.strip().partition(" ")
    return rest.strip() if word.lower() == scheme else ""


class Bearer:
    """Allow callers that present one of several tokens.

    Shape: tokens as texts, and files with one token per line, read again when they change.
    Raises: `DefinitionError` when there is no token at all or a file holds none.
    """

    challenge: str = "Bearer"

    def __init__(self, *tokens: str, files: Iterable[str | os.PathLike[str]] = ()) -> None:
        if not all(token.strip() for token in tokens):
            raise DefinitionError(["an empty token"], subject="bearer tokens")
        self._secrets = _Secrets(
            (token.strip() for token in tokens), files, subject="bearer tokens"
        )

    def allows(self, authorization: str) -> bool:
        """Tell whether `authorization` is `Bearer` and one of the tokens."""
        token = _presented(authorization, "bearer")
        return self._secrets.hold(token) and token != ""


class Basic:
    """Allow callers that present one of several users with its password.

    Shape: pairs of user and password, and files with one `user:password` per line, read again
        when they change.
    Raises: `DefinitionError` when there is no pair at all, a file holds none, or a user is empty
        or contains ':'.
    """

    challenge: str = 'Basic realm="webhook", charset="UTF-8"'

    def __init__(
        self, *pairs: tuple[str, str], files: Iterable[str | os.PathLike[str]] = ()
    ) -> None:
        if not all(user and ":" not in user and password for user, password in pairs):
            raise DefinitionError(
                ["a user that is empty or contains ':', or an empty password"],
                subject="users and passwords",
            )
        self._secrets = _Secrets(
            (f"{user}:{password}" for user, password in pairs),
            files,
            subject="users and passwords",
        )

    def allows(self, authorization: str) -> bool:
        """Tell whether `authorization` is `Basic` and one of the pairs."""
        try:
            text = base64.b64decode(_presented(authorization, "basic"), validate=True).decode()
        except (binascii.Error, ValueError):
            text = ""
        return self._secrets.hold(text) and ":" in text


class AnyOf:
    """Allow callers that one of several ways allows; all of them are asked."""

    def __init__(self, *ways: Auth) -> None:
        """Raise `DefinitionError` when there is no way."""
        if not ways:
            raise DefinitionError(["no way to authenticate"], subject="authentication")
        self._ways = ways

    @property
    def challenge(self) -> str:
        """The challenges of all ways."""
        return ", ".join(way.challenge for way in self._ways)

    def allows(self, authorization: str) -> bool:
        """Tell whether any way allows `authorization`."""
        allowed = [way.allows(authorization) for way in self._ways]
        return any(allowed)
