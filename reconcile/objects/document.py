"""One observed object as bytes, decoded section by section when somebody looks.

1. Nothing is parsed before the first question; then the object is cut one level deep, and a
   section (`metadata`, `spec`, `status`) is parsed when it is asked for, once.
2. Every section is decoded as strictly as a whole document; a key given twice is found where it
   stands: at the top by the cut, inside a section by the section's decoding.
3. What a section returns is shared between all who ask and must not be changed. Views of it are
   read-only; `document()` gives a fresh copy, `frozen()` one that refuses changes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from reconcile.errors import LimitError, RequestError
from reconcile.objects._unparsed import Unparsed
from reconcile.value.codec import decode
from reconcile.value.frozen import freeze
from reconcile.value.pointer import escape
from reconcile.value.redact import describe
from reconcile.value.types import ABSENT, Absent, Json, JsonObject

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Document"]

_cutter = msgspec.json.Decoder(dict[str, msgspec.Raw])
_joiner = msgspec.json.Encoder()
_BRACE = ord("{")
_LARGE = 1024
"""From how many bytes on cutting an object is cheaper than parsing it."""


class Document(Unparsed):
    """One object as it came in, parsed as far as it was read.

    Cost: nothing until read; then one pass over the bytes without building values, and the
        parsing of the sections asked for.
    """

    __slots__ = ("_data", "_frozen", "_inner", "_parts", "_sections", "_whole", "pointer")

    def __init__(self, data: bytes | memoryview | msgspec.Raw, *, pointer: str = "") -> None:
        self._data = data
        self._parts: dict[str, msgspec.Raw] | None = None
        self._sections: JsonObject = {}
        self._inner: dict[str, Document] = {}
        self._whole: JsonObject | None = None
        self._frozen: JsonObject | None = None
        self.pointer = pointer
        """Where the object stands in the request, for messages."""

    @property
    def raw_bytes(self) -> bytes:
        """Return the object's bytes as they came in."""
        return bytes(self._data)

    def section(self, key: str) -> Json | Absent:
        """Return one top-level member, ABSENT if it is not there.

        Raises: RequestError if the object or this member is not strict JSON.
        """
        sections = self._sections
        if key in sections:
            return sections[key]
        parts = self._parts
        if parts is None:
            parts = self._cut()
            if key in sections:
                return sections[key]
        part = parts.get(key)
        if part is None:
            return ABSENT
        value = sections[key] = self._decoded(part, f"{self.pointer}/{escape(key)}")
        return value

    def get(self, key: str) -> Json | Document:
        """Return one top-level member, None if it is not there; a large object as a document.

        So one label can be read without parsing the managed fields beside it.
        """
        inner = self._inner.get(key)
        if inner is not None:
            return inner
        if key not in self._sections:
            parts = self._cut() if self._parts is None else self._parts
            part = parts.get(key)
            if part is None:
                return None
            view = memoryview(part)
            if len(view) > _LARGE and view[0] == _BRACE:
                pointer = f"{self.pointer}/{escape(key)}"
                inner = self._inner[key] = Document(part, pointer=pointer)
                return inner
        value = self.section(key)
        return None if value is ABSENT else value

    def whole(self) -> JsonObject:
        """Return the whole object, decoded once and shared: it must not be changed."""
        if self._whole is None:
            self._whole = self.document()
        return self._whole

    def __contains__(self, key: object) -> bool:
        return key in (self._cut() if self._parts is None else self._parts)

    def __iter__(self) -> Iterator[str]:
        return iter(self._cut() if self._parts is None else self._parts)

    def document(self) -> JsonObject:
        """Return the whole object, decoded afresh: the caller may change it.

        Raises: RequestError if it is not strict JSON, or nested too deeply.
        """
        document = self._decoded(self._data, self.pointer)
        if not isinstance(document, dict):
            message = f"is {describe(document)}, an object is needed"
            raise RequestError("shape", message, pointer=self.pointer)
        return document

    @staticmethod
    def _decoded(data: bytes | memoryview | msgspec.Raw, pointer: str) -> Json:
        try:
            return decode(data, pointer=pointer)
        except LimitError as error:
            # Whoever sent the object must act, not the author of the rule that reads it.
            message = f"has {error}".removesuffix(f" at {error.pointer or 'the document'}")
            raise RequestError("limit", message, pointer=pointer) from error

    def frozen(self) -> JsonObject:
        """Return the whole object as a read-only copy; the same one on every call."""
        if self._frozen is None:
            frozen = freeze(self.whole())
            assert isinstance(frozen, dict)
            self._frozen = frozen
        return self._frozen

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {len(memoryview(self._data))} bytes>"

    def _cut(self) -> dict[str, msgspec.Raw]:
        data = self._data
        try:
            parts = _cutter.decode(data)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return self._read_whole()
        # Of a key given twice the cut keeps the last, so what was kept is shorter than the whole.
        # Escapes in keys and white space make it shorter too, nothing makes it longer: equal
        # lengths prove that nothing was lost. (Adding the lengths up in Python takes twice as long
        # as writing the parts again.)
        if len(_joiner.encode(parts)) != len(memoryview(data)):
            return self._read_whole(parts)
        self._parts = parts
        return parts

    def _read_whole(self, parts: dict[str, msgspec.Raw] | None = None) -> dict[str, msgspec.Raw]:
        whole = self.whole()
        self._sections = {**whole, **self._sections}
        self._parts = dict.fromkeys(whole, msgspec.Raw(b"null")) if parts is None else parts
        return self._parts
