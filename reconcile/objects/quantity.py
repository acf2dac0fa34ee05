"""Kubernetes resource quantities: exact numbers with a unit, and how the API server spells them.

1. The value is exact: a whole number of billionths, which is all Kubernetes keeps.
2. `str` gives what was written; `canonical` gives what the API server would answer.
3. Equality, order and hash go by value: `1`, `1000m` and `1e0` are one quantity.
"""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction
from functools import total_ordering
from typing import TYPE_CHECKING, Any, Final, Literal, NoReturn

from reconcile.errors import Fault, ObjectError
from reconcile.value.redact import describe

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Quantity", "QuantityFormat"]

QuantityFormat = Literal["DecimalSI", "DecimalExponent", "BinarySI"]
"""How a quantity is spelt: `12M`, `12e6` or `12Mi`."""

_NANO: Final = 10**9
_DECIMAL: Final[Mapping[str, int]] = {
    "n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18,
}  # fmt: skip
_BINARY: Final[Mapping[str, int]] = {
    "Ki": 10, "Mi": 20, "Gi": 30, "Ti": 40, "Pi": 50, "Ei": 60,
}  # fmt: skip
_DECIMAL_SUFFIX: Final = {exponent: suffix for suffix, exponent in _DECIMAL.items()}
_BINARY_SUFFIX: Final = {exponent: suffix for suffix, exponent in _BINARY.items()}
_BINARY_MAXIMUM: Final = (2**63 - 1) * _NANO
# The server reads a sign, digits and a point before it looks at the suffix, and is content with
# none of them: "m" and "+" are 0 (recorded).
_FORM: Final = re.compile(
    r"(?P<sign>[+-]?)(?P<whole>[0-9]*)(?:\.(?P<part>[0-9]*))?"
    r"(?P<suffix>[numkMGTPE]|[KMGTPE]i|[eE](?P<exponent>[+-]?[0-9]+))?",
    re.ASCII,
)
_MAX_TEXT: Final = 128
"""Characters; longer texts are no quantities anybody writes, and cost time to read."""
_MAX_EXPONENT: Final = 256
"""The server takes any exponent of 32 bits; a number of that many digits is an attack."""


@total_ordering
class Quantity:
    """An amount of a resource: `500m`, `1Gi`, `1e3`.

    Shape: of a text, a whole number, a Decimal, or a float (read by its shortest decimal text;
        write a text instead). A float or Decimal in exponent form keeps that form.
    Guarantees: immutable. Parts smaller than a billionth are rounded away from zero, and binary
        amounts are capped at 2**63-1, as the API server does.
    Raises: ObjectError if it is no quantity; the text is not in the message.
    Source: apimachinery pkg/api/resource/quantity.go, ParseQuantity and CanonicalizeBytes (1.36).
    """

    __slots__ = ("_format", "_kept", "_nano", "_text")

    _text: str | None
    _kept: bool
    _nano: int
    _format: QuantityFormat

    def __init__(self, value: str | int | float | Decimal | Quantity) -> None:  # noqa: PYI041
        if isinstance(value, Quantity):
            self._text, self._kept = value._text, value._kept
            self._nano, self._format = value._nano, value._format
            return
        if isinstance(value, str):
            # The server trims what stands in the JSON text: " 1" is 1 (recorded).
            text = value.strip()
        elif isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
            _refuse(f"must be a quantity, not {describe(value)}")
        elif isinstance(value, int) and value.bit_length() > 4 * _MAX_TEXT:
            _refuse("must be a quantity, not a number of that many digits")
        else:
            text = str(Decimal(str(value)) if isinstance(value, float) else value)
        self._text = text
        self._nano, self._format, self._kept = _parse(text)

    @classmethod
    def _made(cls, nano: int, form: QuantityFormat) -> Quantity:
        made = cls.__new__(cls)
        made._text, made._kept, made._nano, made._format = None, False, nano, form
        return made

    @property
    def value(self) -> Fraction:
        """Return the exact amount, in the resource's own unit (cores, bytes, pieces)."""
        return Fraction(self._nano, _NANO)

    @property
    def format(self) -> QuantityFormat:
        """Return how this quantity is spelt."""
        return self._format

    @property
    def canonical(self) -> str:
        """Return the text the API server answers for this quantity.

        Guarantees: odd spellings that the server keeps are kept (`1e3`, `+1`, `5.`, `00012`);
            all others are brought to the largest suffix that needs no fraction.
        """
        if self._kept and self._text is not None:
            return self._text
        return _canonical(self._nano, self._format)

    def rounded_up(self, *, digits: int = 3) -> Quantity:
        """Return this quantity rounded away from zero to `digits` decimal places.

        Shape: `digits` from 0 to 9. With 3 it is what the server does to Pods' resources and
            quotas, where `1n` becomes `1m`.
        """
        unit = 10 ** (9 - min(max(digits, 0), 9))
        if self._nano % unit == 0:
            return self
        return self._made(_divided_up(self._nano, unit) * unit, self._format)

    def __int__(self) -> int:
        """Return the amount as a whole number, rounded away from zero like Kubernetes' Value."""
        return _divided_up(self._nano, _NANO)

    def __float__(self) -> float:
        """Return the nearest float; exact only by luck."""
        return float(self.value)

    def __str__(self) -> str:
        return self.canonical if self._text is None else self._text

    def __repr__(self) -> str:
        return f"Quantity({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Quantity):
            return self._nano == other._nano
        return NotImplemented

    def __lt__(self, other: Quantity) -> bool:
        if isinstance(other, Quantity):
            return self._nano < other._nano
        return NotImplemented

    def __hash__(self) -> int:
        return hash(self._nano)

    def __bool__(self) -> bool:
        return self._nano != 0

    def __add__(self, other: Quantity) -> Quantity:
        """Return the sum, spelt like the left one, or like the right one if the left is 0."""
        if isinstance(other, Quantity):
            form = self._format if self._nano else other._format
            return self._made(self._nano + other._nano, form)
        return NotImplemented

    def __sub__(self, other: Quantity) -> Quantity:
        """Return the difference, spelt as a sum is."""
        if isinstance(other, Quantity):
            return self + -other
        return NotImplemented

    def __neg__(self) -> Quantity:
        return self._made(-self._nano, self._format)

    def __mul__(self, other: int | Fraction) -> Quantity:
        """Return this quantity so many times, rounded away from zero to a billionth."""
        if isinstance(other, bool) or not isinstance(other, (int, Fraction)):
            return NotImplemented
        product = self._nano * Fraction(other)
        return self._made(_divided_up(product.numerator, product.denominator), self._format)

    __rmul__ = __mul__

    def __reduce__(self) -> tuple[Any, ...]:
        # Slots without a setter for users: pickled by its text, which keeps value and format
        # (a sum of binary amounts may be over the cap of a text, so those go by their number).
        return _revive, (self._text, self._nano, self._format, self._kept)

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: object, _handler: object) -> Any:
        from pydantic_core import PydanticCustomError, core_schema

        def validate(value: object) -> Quantity:
            if isinstance(value, (Quantity, str, int, float)) and not isinstance(value, bool):
                try:
                    return cls(value)
                except ObjectError:
                    pass
            # Built without the value: neither text nor context may carry it.
            raise PydanticCustomError("quantity", "must be a quantity")

        return core_schema.no_info_plain_validator_function(
            validate,
            serialization=core_schema.plain_serializer_function_ser_schema(
                str, return_schema=core_schema.str_schema(), when_used="json-unless-none"
            ),
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, _schema: object, _handler: object) -> dict[str, Any]:
        # As controller-gen writes a resource.Quantity; the pattern is the server's.
        return {
            "anyOf": [{"type": "integer"}, {"type": "string"}],
            "x-kubernetes-int-or-string": True,
            "pattern": (
                r"^(\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))"
                r"(([KMGTPE]i)|[numkMGTPE]|([eE](\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))))?$"
            ),
        }


def _revive(text: str | None, nano: int, form: QuantityFormat, kept: bool) -> Quantity:
    made = Quantity._made(nano, form)  # pyright: ignore[reportPrivateUsage] -- same module
    made._text, made._kept = text, kept  # pyright: ignore[reportPrivateUsage] -- same module
    return made


def _refuse(message: str) -> NoReturn:
    raise ObjectError([Fault("", message)])


def _divided_up(number: int, divisor: int) -> int:
    quotient = -(-abs(number) // divisor)
    return quotient if number >= 0 else -quotient


def _parse(text: str) -> tuple[int, QuantityFormat, bool]:
    """Return billionths, format, and whether the server would keep the text as it is."""
    match = _FORM.fullmatch(text) if 0 < len(text) <= _MAX_TEXT else None
    if match is None:
        _refuse(f"must be a quantity such as 500m or 1Gi, not {describe(text)} of another form")
    suffix, part = match["suffix"] or "", match["part"] or ""
    whole = match["whole"].lstrip("0") or "0"
    digits = whole + part
    if text == "0":
        return 0, "DecimalSI", True
    power = _BINARY.get(suffix)
    if power is not None:
        nano = _divided_up(int(digits) * 2**power * _NANO, 10 ** len(part))
        kept = not part and 15 - len(whole) - power * 3 // 10 - 1 >= 0 and int(whole) & 7 != 0
        form: QuantityFormat = "BinarySI"
        nano = nano if kept else min(nano, _BINARY_MAXIMUM)
        if not kept and 0 < nano < _NANO:
            form = "DecimalSI"
    else:
        written = match["exponent"]
        form = "DecimalSI" if written is None else "DecimalExponent"
        exponent = _DECIMAL[suffix] if written is None else int(written)
        if abs(exponent) > _MAX_EXPONENT:
            _refuse(f"must be a quantity with an exponent of at most {_MAX_EXPONENT}")
        scale = exponent - len(part)
        if scale >= -9:
            nano = int(digits) * 10 ** (scale + 9)
        else:
            nano = _divided_up(int(digits), 10 ** (-9 - scale))
        kept = (
            len(digits) <= 18
            and scale >= -9
            and scale % 3 == 0
            and not digits.endswith("000")
            and digits[0] != "0"
        )
    return (-nano if match["sign"] == "-" else nano), form, kept


def _canonical(nano: int, form: QuantityFormat) -> str:
    if nano == 0:
        return "0"
    if form == "BinarySI":
        whole, rest = divmod(nano, _NANO)
        # "This avoids rounding and hopefully confusion, too": small and broken binary amounts
        # are spelt decimally.
        if rest == 0 and abs(whole) >= 1024:
            power = 0
            while whole % 1024 == 0 and power < 60:
                whole //= 1024
                power += 10
            return f"{whole}{_BINARY_SUFFIX[power] if power else ''}"
        form = "DecimalSI"
    exponent = -9
    while nano % 1000 == 0:
        nano //= 1000
        exponent += 3
    if form == "DecimalSI" and exponent in _DECIMAL_SUFFIX:
        return f"{nano}{_DECIMAL_SUFFIX[exponent]}"
    return f"{nano}e{exponent}" if exponent else str(nano)
