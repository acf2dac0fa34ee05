"""Secrets in recorded traffic: masked so that nobody can guess them and a controller still decides.

1. Secret are: each value in data and stringData of a Secret, the value of an environment variable
   whose name says so, and what stands behind the scheme of an Authorization header.
2. A value that is secret in one place is masked wherever its text stands, plain or in base64, also
   inside longer texts and in annotations. Not so if it is shorter than eight characters or also a
   name, a namespace, a label or a kind in the same call: then it is masked in its place only.
3. A mask is a keyed digest: equal values have equal masks, so what was equal stays equal; without
   the key, which is never written, a guess cannot be tried. Data stays base64. Empty stays empty.
4. The annotations that hold a whole object are masked inside, and stay readable as that object.
5. Names, labels, keys of objects and numbers stay as they are.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from hashlib import blake2b
from typing import TYPE_CHECKING, Final, cast

from reconcile.adapters.clock import entropy
from reconcile.errors import LimitError
from reconcile.value.limits import MAX_DEPTH
from reconcile.value.redact import APPLIED

if TYPE_CHECKING:
    from reconcile.value import Json

__all__ = ["MASKS", "NAMES", "Masking", "masks"]

NAMES: Final = (
    r"pass(wd|word|phrase)|(^|[_-])pass$|secret|token|credential|private|(^|[_-])auth($|[_-])"
    r"|(api|access|encryption)[_-]?key|dsn$|connection[_-]?string"
)
"""What names of environment variables hold secrets: a pattern, looked for in any case."""

_BEGIN: Final = "masked-"
# 39 characters: their base64 has 52 and needs no padding.
_PLAIN: Final = rf"{_BEGIN}[0-9a-f]{{32}}"
_CODED: Final = rf"{base64.b64encode(_BEGIN[:6].encode()).decode()}[A-Za-z0-9+/]{{44}}"
MASKS: Final = re.compile(f"{_PLAIN}|{_CODED}")
"""A mask, plain or in base64."""

_SHORT: Final = 8
_IDENTITY: Final = ("apiVersion", "kind")


class Masking:
    """Masks documents; one key, so that equal values of all of them have equal masks."""

    def __init__(self, *, names: str = NAMES, key: bytes | None = None) -> None:
        """Take a pattern for names of environment variables, and a key.

        Shape: `key` holds 16 to 64 bytes that nobody knows; fresh ones by default.
        Raises: re.error, ValueError.
        """
        self._names = re.compile(names, re.IGNORECASE)
        self._key = entropy() if key is None else key
        if not 16 <= len(self._key) <= 64:
            message = "key must have 16 to 64 bytes"
            raise ValueError(message)

    def call(self, request: Json, response: Json) -> tuple[Json, Json]:
        """Return copies of what was asked and answered, with all secrets of both masked.

        Raises: LimitError when one is nested too deeply.
        Cost: linear in both, times the secrets that are found in long texts.
        """
        walked = _Found(self._names)
        walked.walk(request, 0)
        walked.walk(response, 0)
        if not walked.secrets:
            return request, response
        found: dict[str, str] = {}
        for secret in walked.secrets:
            self._learn(secret, found)
        public = walked.public | {
            base64.b64encode(text.encode("utf-8", "surrogatepass")).decode()
            for text in walked.public
        }
        spread = (text for text in found if len(text) >= _SHORT and text not in public)
        # A longer one first: it may hold a shorter one.
        long = sorted(spread, key=lambda text: (-len(text), text))
        pattern = re.compile("|".join(map(re.escape, long))) if long else None
        hider = _Hider(self._names, found, pattern)
        return hider.hide(request, 0), hider.hide(response, 0)

    def authorization(self, value: str) -> str:
        """Return an Authorization header with its credentials masked."""
        scheme, space, credentials = value.partition(" ")
        return (
            f"{scheme} {self._mask(credentials.encode())}" if space else self._mask(value.encode())
        )

    def _learn(self, secret: tuple[str, bool], found: dict[str, str]) -> None:
        """Note a secret's text and its other form, each with its mask."""
        text, coded = secret
        plain = text.encode("utf-8", "surrogatepass")
        if coded:
            try:
                plain = base64.b64decode(text, validate=True)
            except binascii.Error:
                # Not what the API server would take; hidden as it is.
                coded = False
        mask = self._mask(plain)
        hidden = base64.b64encode(mask.encode()).decode()
        found[base64.b64encode(plain).decode()] = hidden
        if not coded:
            found[text] = mask
            return
        try:
            found.setdefault(plain.decode(), mask)
        except UnicodeDecodeError:
            return

    def _mask(self, value: bytes) -> str:
        return _BEGIN + blake2b(value, digest_size=16, key=self._key).hexdigest()


def masks(text: str) -> frozenset[str]:
    """Return the masks in a text, those in base64 in their plain form."""
    return frozenset(
        found if found.startswith(_BEGIN) else base64.b64decode(found).decode("latin-1")
        for found in MASKS.findall(text)
    )


class _Hider:
    """Makes the masked copies of one call."""

    def __init__(
        self, names: re.Pattern[str], found: dict[str, str], pattern: re.Pattern[str] | None
    ) -> None:
        self._names = names
        self._found = found
        self._pattern = pattern

    def hide(self, value: Json, depth: int) -> Json:
        if depth > MAX_DEPTH:
            raise LimitError("levels of nesting", MAX_DEPTH)
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, list):
            return [self.hide(item, depth + 1) for item in value]
        if not isinstance(value, dict):
            return value
        secret = _is_secret(value)
        hidden: dict[str, Json] = {}
        for key, member in value.items():
            if secret and key in ("data", "stringData"):
                hidden[key] = self._values(member)
            elif key == "metadata" and isinstance(member, dict):
                hidden[key] = self._metadata(member, depth + 1)
            elif key == "value" and _is_variable(value, self._names):
                hidden[key] = self._value(member)
            elif key in APPLIED and isinstance(member, str):
                hidden[key] = self._object(member, depth + 1)
            elif key in _IDENTITY and isinstance(member, str):
                hidden[key] = member
            else:
                hidden[key] = self.hide(member, depth + 1)
        return hidden

    def _metadata(self, metadata: dict[str, Json], depth: int) -> Json:
        """Return metadata of which names and labels stay."""
        return {
            key: {
                name: text if isinstance(text, str) else self.hide(text, depth)
                for name, text in member.items()
            }
            if key == "labels" and isinstance(member, dict)
            else member
            if isinstance(member, str)
            else self.hide(member, depth)
            for key, member in metadata.items()
        }

    def _values(self, member: Json) -> Json:
        if isinstance(member, dict):
            return {key: self._value(value) for key, value in member.items()}
        return self._value(member)

    def _value(self, value: Json) -> Json:
        """Return a secret value's mask; what is no text is nothing that can be kept."""
        if isinstance(value, str):
            return self._found[value] if value else value
        return value if value is None else "masked"

    def _text(self, text: str) -> str:
        if self._pattern is None or len(text) < _SHORT:
            return text
        return self._pattern.sub(lambda match: self._found[match[0]], text)

    def _object(self, text: str, depth: int) -> str:
        document = _parsed(text)
        if document is None:
            return "masked" if text else text
        hidden = self.hide(document, depth)
        if hidden == document:
            return text
        return json.dumps(hidden, ensure_ascii=False, separators=(",", ":"))


class _Found:
    """What one walk finds: secret texts, each with whether it is in base64, and public ones."""

    def __init__(self, names: re.Pattern[str]) -> None:
        self._names = names
        self.secrets: list[tuple[str, bool]] = []
        self.public: set[str] = set()

    def walk(self, value: Json, depth: int) -> None:
        if depth > MAX_DEPTH:
            raise LimitError("levels of nesting", MAX_DEPTH)
        if isinstance(value, list):
            for item in value:
                if isinstance(item, (dict, list)):
                    self.walk(item, depth + 1)
        if not isinstance(value, dict):
            return
        secret = _is_secret(value)
        for key, member in value.items():
            if secret and key in ("data", "stringData"):
                values = member.values() if isinstance(member, dict) else (member,)
                coded = key == "data"
                self.secrets += [(text, coded) for text in values if isinstance(text, str) and text]
            elif isinstance(member, dict):
                if key == "metadata":
                    self._names_of(member)
                self.walk(member, depth + 1)
            elif isinstance(member, list):
                self.walk(member, depth + 1)
            elif isinstance(member, str):
                if key in APPLIED:
                    self.walk(_parsed(member), depth + 1)
                elif key in _IDENTITY:
                    self.public.add(member)
                elif key == "value" and member and _is_variable(value, self._names):
                    self.secrets.append((member, False))

    def _names_of(self, metadata: dict[str, Json]) -> None:
        labels = metadata.get("labels")
        texts = [metadata.get("name"), metadata.get("namespace")]
        if isinstance(labels, dict):
            texts += labels.values()
        self.public.update(text for text in texts if isinstance(text, str))


def _is_secret(value: dict[str, Json]) -> bool:
    return value.get("kind") == "Secret"


def _is_variable(value: dict[str, Json], names: re.Pattern[str]) -> bool:
    name = value.get("name")
    return isinstance(name, str) and names.search(name) is not None


def _parsed(text: str) -> Json:
    """Return the object in an annotation; None when there is none."""
    try:
        document = cast("Json", json.loads(text))
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None
