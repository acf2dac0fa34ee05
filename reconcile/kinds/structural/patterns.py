"""Regular expressions as Go's `regexp` reads them, run by Python's `re`.

1. `compiled` translates what the two spell differently and refuses what Go does not have: looking
   around, references back, possessive and atomic groups.
2. Classes of Unicode hold the scripts and categories that people write in; their rarest
   characters are left out, and categories that are not listed are refused.

Source: https://pkg.go.dev/regexp/syntax.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

__all__ = ["PatternFault", "compiled"]

_POSIX: Final = {
    "alnum": "0-9A-Za-z",
    "alpha": "A-Za-z",
    "ascii": "\\x00-\\x7F",
    "blank": "\\t ",
    "cntrl": "\\x00-\\x1F\\x7F",
    "digit": "0-9",
    "graph": "!-~",
    "lower": "a-z",
    "print": " -~",
    "punct": "!-/:-@\\[-`{-~",
    "space": "\\t\\n\\v\\f\\r ",
    "upper": "A-Z",
    "word": "0-9A-Za-z_",
}
_PERL: Final = {"d": "0-9", "w": "0-9A-Za-z_", "s": "\\t\\n\\f\\r "}
_UNICODE: Final = {
    "L": "a-zA-Z\\u00aa\\u00b5\\u00ba\\u00c0-\\u00d6\\u00d8-\\u00f6\\u00f8-\\u02c1\\u0370-\\u0373"
    "\\u0376\\u0377\\u037b-\\u037d\\u037f\\u0386\\u0388-\\u03ff\\u0400-\\u0481\\u048a-\\u052f"
    "\\u0531-\\u0556\\u0561-\\u0587\\u05d0-\\u05ea\\u0620-\\u064a\\u0904-\\u0939\\u1e00-\\u1fff"
    "\\u3041-\\u3096\\u30a1-\\u30fa\\u3400-\\u4dbf\\u4e00-\\u9fff\\uac00-\\ud7a3",
    "Lu": "A-Z\\u00c0-\\u00d6\\u00d8-\\u00de\\u0391-\\u03a1\\u03a3-\\u03ab\\u0410-\\u042f",
    "Ll": "a-z\\u00b5\\u00df-\\u00f6\\u00f8-\\u00ff\\u03b1-\\u03c9\\u0430-\\u044f",
    "N": "0-9\\u00b2\\u00b3\\u00b9\\u00bc-\\u00be\\u0660-\\u0669\\u06f0-\\u06f9\\u0966-\\u096f",
    "Nd": "0-9\\u0660-\\u0669\\u06f0-\\u06f9\\u0966-\\u096f\\uff10-\\uff19",
    "Greek": "\\u0370-\\u03ff\\u1f00-\\u1fff",
    "Cyrillic": "\\u0400-\\u052f",
    "Latin": "A-Za-z\\u00aa\\u00ba\\u00c0-\\u00d6\\u00d8-\\u00f6\\u00f8-\\u02b8\\u1e00-\\u1eff",
    "Han": "\\u2e80-\\u2fd5\\u3005\\u3007\\u3400-\\u4dbf\\u4e00-\\u9fff",
    "P": "!-#%-*,-/:;?@\\[-\\]_{}\\u00a1\\u00a7\\u00ab\\u00b6\\u00b7\\u00bb\\u00bf\\u2010-\\u2027",
    "S": "$+<->^`|~\\u00a2-\\u00a6\\u00a8\\u00a9\\u00ac\\u00ae-\\u00b1\\u00b4\\u20a0-\\u20bf",
    "Z": " \\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000",
    "Zs": " \\u00a0\\u1680\\u2000-\\u200a\\u202f\\u205f\\u3000",
}
_LITERAL: Final = frozenset("afnrtv")
_MAX_REPEAT: Final = 1000


class PatternFault(Exception):
    """Why Go cannot read a pattern; the text is Go's."""


@lru_cache(maxsize=1024)
def compiled(pattern: str) -> re.Pattern[str]:
    """Return a pattern that searches as Go's does.

    Raises: PatternFault with Go's text if Go refuses it.
    """
    translated = _Reader(pattern).read()
    try:
        return re.compile(translated)
    except (re.error, OverflowError) as error:  # one that Go has and Python has not
        raise PatternFault(f"error parsing regexp: {error}: `{pattern}`") from error


class _Reader:
    """One walk over a pattern, writing Python's spelling."""

    __slots__ = ("names", "out", "pattern", "place")

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.place = 0
        self.out: list[str] = []
        self.names: set[str] = set()

    def fault(self, what: str, where: str) -> PatternFault:
        return PatternFault(f"error parsing regexp: {what}: `{where}`")

    def read(self) -> str:
        """Return the whole pattern in Python's spelling."""
        pattern = self.pattern
        depth = 0
        scopes: list[list[str]] = []  # the flags set in the middle of each group around
        opened: list[str] = []
        repeatable = False
        last_repeat = ""
        while self.place < len(pattern):
            start = self.place
            char = pattern[start]
            repeat = ""
            if char == "(":
                flags = self._group()
                if flags is None:
                    depth += 1
                    scopes.append(opened)
                    opened = []
                else:
                    self.out.append(f"(?{flags}:")
                    opened.append(flags)
                repeatable = False
            elif char == ")":
                if not depth:
                    raise self.fault("unexpected )", pattern)
                depth -= 1
                self.out.append(")" * len(opened) + ")")
                opened = scopes.pop()
                self.place += 1
                repeatable = True
            elif char == "|":
                # A flag set in one branch holds for the branches after it.
                self.out.append(")" * len(opened) + "|")
                self.out.extend(f"(?{each}:" for each in opened)
                self.place += 1
                repeatable = False
            elif char in "*+?" or (char == "{" and self._is_repeat()):
                repeat = self._repeat(start)
                if not repeatable:
                    raise self.fault("missing argument to repetition operator", repeat)
                if last_repeat:
                    raise self.fault("invalid nested repetition operator", last_repeat + repeat)
                self.out.append(repeat)
            else:
                repeatable = self._one(char)
            last_repeat = repeat
        if depth:
            raise self.fault("missing closing )", pattern)
        self.out.append(")" * len(opened))
        return "".join(self.out)

    def _one(self, char: str) -> bool:
        """Write one character, class or escape. Return whether it may be repeated."""
        if char == "[":
            self.out.append(self._class())
            return True
        if char == "\\":
            return self._escape()
        self.place += 1
        if char == "$":
            self.out.append(r"\Z")
        elif char in "{}":
            self.out.append("\\" + char)
        elif char == ".":
            self.out.append(".")
        else:
            self.out.append("^" if char == "^" else re.escape(char))
        return True

    def _is_repeat(self) -> bool:
        return re.compile(r"\{\d+(,\d*)?\}").match(self.pattern, self.place) is not None

    def _repeat(self, start: int) -> str:
        found = re.compile(r"[*+?]\??|\{(\d+)(?:,(\d*))?\}\??").match(self.pattern, start)
        assert found is not None
        self.place = found.end()
        if found[1] is not None:
            least = int(found[1])
            most = int(found[2]) if found[2] else least
            if least > _MAX_REPEAT or most > _MAX_REPEAT or most < least:
                raise self.fault("invalid repeat count", found[0].rstrip("?"))
        return found[0]

    def _group(self) -> str | None:
        """Write the beginning of a group. Return the flags if it is none but sets flags."""
        pattern, start = self.pattern, self.place
        if not pattern.startswith("(?", start):
            self.out.append("(")
            self.place += 1
            return None
        named = re.compile(r"\(\?P?<([^>]*)>").match(pattern, start)
        if named is not None and not pattern.startswith(("(?<=", "(?<!"), start):
            name = named[1]
            if not re.fullmatch("[A-Za-z0-9_]+", name):
                raise self.fault("invalid named capture", named[0])
            if name in self.names:
                raise self.fault("duplicate capture group name", name)
            self.names.add(name)
            self.out.append("(")
            self.place = named.end()
            return None
        flags = re.compile(r"\(\?([imsU]*)(?:-([imsU]+))?([:)])").match(pattern, start)
        if flags is None or not (flags[1] or flags[2] or flags[3] == ":"):
            if pattern.startswith(("(?<=", "(?<!"), start):
                where = pattern[start : start + 4]
            else:
                begun = re.compile(r"\(\?[imsU-]*.?", re.DOTALL).match(pattern, start)
                where = "" if begun is None else begun[0]
            if ")" not in pattern[start:] and re.fullmatch(r"\(\?[imsU-]*", pattern[start:]):
                raise self.fault("missing closing )", pattern)
            raise self.fault("invalid or unsupported Perl syntax", where)
        self.place = flags.end()
        on = flags[1].replace("U", "")
        off = (flags[2] or "").replace("U", "")
        both = on + (f"-{off}" if off else "")
        if flags[3] == ":":
            self.out.append(f"(?{both}:")
            return None
        return both

    def _escape(self) -> bool:
        pattern, start = self.pattern, self.place
        if start + 1 >= len(pattern):
            raise self.fault("trailing backslash at end of expression", "")
        char = pattern[start + 1]
        self.place += 2
        if char == "Q":
            end = pattern.find("\\E", self.place)
            end = len(pattern) if end < 0 else end
            self.out.append(re.escape(pattern[self.place : end]))
            self.place = min(end + 2, len(pattern))
            return True
        simple = {"A": r"\A", "z": r"\Z", "b": r"(?a:\b)", "B": r"(?a:\B)", "C": r"[\s\S]"}
        if char in simple:
            self.out.append(simple[char])
            return True
        if char.lower() in _PERL:
            self.out.append(f"[{'' if char.islower() else '^'}{_PERL[char.lower()]}]")
            return True
        if char in "pP":
            inside, negative = self._unicode(char, start)
            self.out.append(f"[{'^' if negative else ''}{inside}]")
            return True
        self.out.append(re.escape(self._character(char, start)))
        return True

    def _unicode(self, char: str, start: int) -> tuple[str, bool]:
        """Return what a class of Unicode holds, and whether it is meant to hold the rest."""
        found = re.compile(r"\{\^?([^}]*)\}|(.)").match(self.pattern, self.place)
        if found is None:
            raise self.fault("invalid character class range", self.pattern[start:])
        self.place = found.end()
        name = found[1] if found[1] is not None else found[2]
        if name not in _UNICODE:
            raise self.fault("invalid character class range", self.pattern[start : self.place])
        return _UNICODE[name], (char == "P") != found[0].startswith("{^")

    def _character(self, char: str, start: int) -> str:
        """Return the character that an escape stands for."""
        if char in _LITERAL:
            return {"a": "\a", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}[char]
        if char == "x":
            found = re.compile(r"\{([0-9a-fA-F]+)\}|([0-9a-fA-F]{2})").match(
                self.pattern, self.place
            )
            if found is not None and int(found[1] or found[2], 16) <= 0x10FFFF:
                self.place = found.end()
                return chr(int(found[1] or found[2], 16))
        elif char == "0" or (
            char in "1234567" and self.pattern[self.place : self.place + 1] in tuple("01234567")
        ):
            found = re.compile("[0-7]{1,3}").match(self.pattern, start + 1)
            assert found is not None
            self.place = found.end()
            return chr(int(found[0], 8))
        elif char.isascii() and not char.isalnum():
            return char
        raise self.fault("invalid escape sequence", self.pattern[start : self.place])

    def _class(self) -> str:
        """Return a class of characters."""
        pattern, start = self.pattern, self.place
        self.place += 1
        negative = pattern.startswith("^", self.place)
        self.place += int(negative)
        inside: list[str] = []
        first = True
        while first or not pattern.startswith("]", self.place):
            if self.place >= len(pattern):
                raise self.fault("missing closing ]", pattern[start:])
            first = False
            whole = self._named()
            if whole is not None:
                inside.append(whole)
                continue
            begin = self.place
            low = self._member(start)
            if pattern.startswith("-", self.place) and not pattern.startswith("-]", self.place):
                self.place += 1
                high = self._member(start)
                if high < low:
                    where = pattern[begin : self.place]
                    raise self.fault("invalid character class range", where)
                inside.append(f"{_in_class(low)}-{_in_class(high)}")
            else:
                inside.append(_in_class(low))
        self.place += 1
        return f"[{'^' if negative else ''}{''.join(inside)}]"

    def _named(self) -> str | None:
        """Return a class inside a class, None if there is none."""
        found = re.compile(r"\[:(\^?)([^:\]]*):\]").match(self.pattern, self.place)
        if found is not None:
            if found[2] not in _POSIX:
                raise self.fault("invalid character class range", found[0])
            self.place = found.end()
            return _POSIX[found[2]] if not found[1] else _rest(_POSIX[found[2]])
        following = self.pattern[self.place : self.place + 2]
        if len(following) == 2 and following[0] == "\\":
            char = following[1]
            if char.lower() in _PERL:
                self.place += 2
                return _PERL[char] if char.islower() else _rest(_PERL[char.lower()])
            if char in "pP":
                start = self.place
                self.place += 2
                inside, negative = self._unicode(char, start)
                return _rest(inside) if negative else inside
        return None

    def _member(self, start: int) -> str:
        """Return one character of a class."""
        if self.place >= len(self.pattern):
            raise self.fault("missing closing ]", self.pattern[start:])
        char = self.pattern[self.place]
        self.place += 1
        if char != "\\":
            return char
        if self.place >= len(self.pattern):
            raise self.fault("missing closing ]", self.pattern[start:])
        char = self.pattern[self.place]
        self.place += 1
        return self._character(char, self.place - 2)


def _in_class(char: str) -> str:
    return f"\\{char}" if char in "\\]^-[&~|" else char


@lru_cache(maxsize=64)
def _rest(inside: str) -> str:
    """Return all characters but some, for use inside a class."""
    within = re.compile(f"[{inside}]")
    ranges: list[str] = []
    begin = 0
    edges = [code for code in range(0x3000) if within.match(chr(code))]
    for code in [*edges, 0x110000]:
        if code > begin:
            ranges.append(f"\\U{begin:08x}-\\U{code - 1:08x}")
        begin = code + 1
    return "".join(ranges)
