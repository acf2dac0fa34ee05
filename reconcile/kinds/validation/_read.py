"""Reading a document whose shapes are right: what is absent or null is empty.

1. No value here is refused; of another type than asked for, it is as if it were absent.
"""

from __future__ import annotations

from ._read_cy import flag, given, listed, number, obj, objs, ordered, pairs, text, texts

__all__ = ["flag", "given", "listed", "number", "obj", "objs", "ordered", "pairs", "text", "texts"]
